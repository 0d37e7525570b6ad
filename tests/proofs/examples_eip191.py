"""personal_sign: published vectors, and eth-account over our own text."""

from __future__ import annotations

from eth_account import Account
from eth_account.messages import encode_defunct
from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

_TREZOR = "0xCb3864960e8DB1A751212c580AF27Ee8867d688F"
_BARE = (
    "b7837058907192dbc9427bf57d93a0acca3816c92927a08be573b785f2d72dab"
    "65dad9c92fbe03a358acdb455eab2107b869945d11f4e353d9cc6ea957d08a871b"
)
_signed = Account.sign_message(encode_defunct(text=CHALLENGE), b"\x11" * 32)
_SIGNER = Account.from_key(b"\x11" * 32).address
_R_AND_S = _signed.signature[:64]
_PARITY = _signed.v - 27
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def _without_parity(text: str) -> frozenset[str]:
    """r‖s alone is EIP-2098's short form of an even parity: another text of one signature."""
    return frozenset({text[:-2]})


def _own(signature: bytes, spelling: str, network: str = "ETH") -> Example:
    text = "0x" + signature.hex()
    even = len(signature) == 65 and signature[64] in (0, 27)
    return Example(
        network=network,
        address=_SIGNER,
        message=CHALLENGE,
        answer=SignedAnswer(text),
        source=f"eth-account sign_message with the key of bytes 0x11, {spelling}",
        spellings=_without_parity(text) if even else frozenset(),
    )


_short = bytearray(_R_AND_S)
_short[32] |= _PARITY << 7
_mirrored = _R_AND_S[:32] + (_ORDER - _signed.s).to_bytes(32, "big")

EXAMPLES = (
    Example(
        network="ETH",
        address=_TREZOR,
        message="This is an example of a signed message.",
        answer=SignedAnswer(_BARE),
        spellings=_without_parity(_BARE),
        source="trezor-firmware, test_msg_ethereum_verifymessage: no 0x before the signature",
    ),
    Example(
        network="BASE",
        address=_TREZOR,
        message="VeryLongMessage!" * 64,
        answer=SignedAnswer(
            "0xda2b73b0170479c2bfba3dd4839bf0d67732a44df8c873f3f3a2aca8a57d7bdc"
            "0b5d534f54c649e2d44135717001998b176d3cd1212366464db51f5838430fb31c"
        ),
        source="trezor-firmware, test_msg_ethereum_verifymessage: a message of 1,024 characters",
    ),
    _own(_R_AND_S + bytes((27 + _PARITY,)), "v of 27 or 28"),
    _own(_R_AND_S + bytes((_PARITY,)), "v of 0 or 1", network="ZKSYNC"),
    _own(bytes(_short), "the short form of EIP-2098", network="POL"),
    _own(_mirrored + bytes((28 - _PARITY,)), "the mirrored s"),
)
