"""ADR-36: a signature that Keplr made, and fastecdsa over our own text."""

from __future__ import annotations

import base64
import hashlib

from fastecdsa.curve import secp256k1
from fastecdsa.ecdsa import sign
from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

_KEPLR = "cosmos1m9l358xunhhwds0568za49mzhvuxx9uxre5tud"
_ADDRESS = "cosmos1scyzsygs8txd4hng5heflglcn6mx8kmg8qtjr3"
_DATA = base64.b64encode(CHALLENGE.encode("ascii")).decode("ascii")
_DOCUMENT = (
    '{"account_number":"0","chain_id":"","fee":{"amount":[],"gas":"0"},"memo":"","msgs":[{"type":'
    '"sign/MsgSignData","value":{"data":"'
    + _DATA
    + '","signer":"'
    + _ADDRESS
    + '"}}],"sequence":"0"}'
)
_r, _s = sign(
    hashlib.sha256(_DOCUMENT.encode("ascii")).digest(), 0x77, curve=secp256k1, prehashed=True
)
_point = secp256k1.G * 0x77
_key = bytes((2 + _point.y % 2,)) + _point.x.to_bytes(32, "big")

EXAMPLES = (
    Example(
        "ATOM",
        _KEPLR,
        _KEPLR,
        SignedAnswer(
            "vb78/y129cOiWyQkeFF8wCKZsOyzjpILnpEVZ72o5YUhEOmQZzVPcbUqWPLR7aZQ20j6vnYhIuCQN0HEG3igFg==",
            "A/MdHVpitzHNSdD1Zw3kY+L5PEIPyd9l6sD5i4aIfXp9",
        ),
        "a public example of @keplr-wallet/cosmos verifyADR36Amino, signed in Keplr",
    ),
    Example(
        "ATOM",
        _ADDRESS,
        CHALLENGE,
        SignedAnswer(
            base64.b64encode(_r.to_bytes(32, "big") + _s.to_bytes(32, "big")).decode("ascii"),
            base64.b64encode(_key).decode("ascii"),
        ),
        "fastecdsa over a sign doc written out by hand, with the key 0x77",
    ),
)
