"""SEP-53's own test cases, and solders over our own text."""

from __future__ import annotations

import base64
import hashlib

from proofs.example import CHALLENGE, Example
from solders.keypair import Keypair

from recovery.proofs.values import SignedAnswer

_ADDRESS = "GBXFXNDLV4LSWA4VB7YIL5GBD7BVNR22SGBTDKMO2SBZZHDXSKZYCP7L"
_SEP = "stellar-protocol, ecosystem/sep-0053.md, test case"
_pair = Keypair.from_seed(b"\x66" * 32)
_digest = hashlib.sha256(b"Stellar Signed Message:\n" + CHALLENGE.encode("ascii")).digest()

EXAMPLES = (
    Example(
        "XLM",
        _ADDRESS,
        "Hello, World!",
        SignedAnswer(
            "fO5dbYhXUhBMhe6kId/cuVq/AfEnHRHEvsP8vXh03M1uLpi5e46yO2Q8rEBzu3feXQewcQE5GArp88u6ePK6BA=="
        ),
        f"{_SEP} 1",
    ),
    Example(
        "XLM",
        _ADDRESS,
        "こんにちは、世界！",
        SignedAnswer(
            "083536eb95ecf32dce59b07fe7a1fd8cf814b2ce46f40d2a16e4ea1f6cecd980"
            "e04e6fbef9d21f98011c785a81edb85f3776a6e7d942b435eb0adc07da4d4604"
        ),
        f"{_SEP} 2, in hexadecimal",
    ),
    Example(
        "XLM",
        "GA2LJWIEGFLMW3OPBPVQUKKJW5KZZFANFPFW3PUMKOU3GATY4OTUMEE4",
        CHALLENGE,
        SignedAnswer(base64.b64encode(bytes(_pair.sign_message(_digest))).decode("ascii")),
        "solders Keypair.sign_message over SEP-53's digest with the seed of bytes 0x66",
    ),
)
