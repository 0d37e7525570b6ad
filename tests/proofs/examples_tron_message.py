"""signMessageV2: TronWeb's own vectors, and eth-keys over our own text."""

from __future__ import annotations

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

_key = PrivateKey(b"\x22" * 32)
_digest = keccak(
    b"\x19TRON Signed Message:\n" + str(len(CHALLENGE)).encode() + CHALLENGE.encode("ascii")
)
_signature = _key.sign_msg_hash(_digest)
_made = _signature.to_bytes()[:64] + bytes((27 + _signature.v,))

EXAMPLES = (
    Example(
        network="TRX",
        address="TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC",
        message="hello world",
        answer=SignedAnswer(
            "0x0dc0b53d525e0103a6013061cf18e60cf158809149f2b8994a545af65a7004cb"
            "1eeaff560e801ab51b28df5d42549aa024c2aa7e9d34de1e01294b9afb5e6c7e1c"
        ),
        source="tronprotocol/tronweb, test/testcases/src/sign-message.ts, the key 0x…01",
    ),
    Example(
        network="TRX",
        address="TBvJUBXorwBPzqvV38vjDgegj5Eh6g2Tsq",
        message=CHALLENGE,
        answer=SignedAnswer("0x" + _made.hex()),
        source="eth-keys over TIP-191's digest with the key of bytes 0x22",
    ),
)
