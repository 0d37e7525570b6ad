"""Solana: a signature of the command line as published, and solders over our own text."""

from __future__ import annotations

import base64

from proofs.example import CHALLENGE, Example
from solders.keypair import Keypair

from recovery.proofs.values import SignedAnswer

_pair = Keypair.from_seed(b"\x33" * 32)
_ADDRESS = "2btLJAAb1S3x6hZYdVyAePjqtQYi2ZBSRGy4569RZu8h"
_TEXT = CHALLENGE.encode("ascii")
_SIZED = len(_TEXT).to_bytes(2, "little") + _TEXT
_DOMAIN = b"\xffsolana offchain\x00"


def _made(signed: bytes, form: str, *, in_base64: bool = False) -> Example:
    signature = _pair.sign_message(signed)
    text = base64.b64encode(bytes(signature)).decode("ascii") if in_base64 else str(signature)
    source = f"solders Keypair.sign_message with the seed of bytes 0x33, {form}"
    return Example("SOL", _ADDRESS, CHALLENGE, SignedAnswer(text), source)


EXAMPLES = (
    _made(_TEXT, "the bare bytes as signMessage signs them"),
    _made(_TEXT, "the bare bytes, in base64", in_base64=True),
    _made(
        _DOMAIN + bytes(32) + b"\x01\x01" + bytes(_pair.pubkey()) + _SIZED,
        "version 0 with application domain and signer (the proposal's layout)",
    ),
    _made(_DOMAIN + b"\x01" + _SIZED, "version 0 in the short layout of older command lines"),
    Example(
        "SOL",
        "4fwzf5RUcptqpMTYjNhXVuYabeX9bF1patCSYTkMufFN",
        "hey there",
        SignedAnswer(
            "3zHMng1qyLHbPTBw1YxBVwJGBWhkqRrX6JipKqmWiT9P4oMEuacqdjvWEbHaG6CbMF6rYL4e22qkP7zcY8FP4Bfr"
        ),
        "coinlist/hancock, solana/README.md: made by solana sign-offchain-message",
    ),
)
