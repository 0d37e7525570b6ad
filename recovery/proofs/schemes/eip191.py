"""EIP-191 version 0x45, ``personal_sign``: how every EVM wallet signs a text.

Source: EIP-191, EIP-2098 (the short form), EIP-55. A signature's other spellings (v of 0 or 27, the
mirrored s) are taken: nothing is derived from a signature, so malleability gains nobody anything.
"""

from __future__ import annotations

from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_hex,
    recover_secp256k1,
    wrong_signer,
)
from recovery.proofs.values import Scheme, SignedAnswer

PREFIX = b"\x19Ethereum Signed Message:\n"
_PARITY_BIT = 0x80


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the address's own key signed the message; 65 or 64 bytes in hex."""
    claimed = read_address(network, address, family="evm").key.payload
    check_recovered(claimed, message, answer, prefix=PREFIX)


def check_recovered(claimed: bytes, message: str, answer: SignedAnswer, *, prefix: bytes) -> None:
    """Raises `BadProof` unless the 20 bytes are of the key that signed (Tron differs by the prefix)."""
    if not any(claimed):
        raise no_such_proof("nobody holds a key of the zero address")
    if recover_signer(message, answer, prefix=prefix) != claimed:
        raise wrong_signer()


def recover_signer(message: str, answer: SignedAnswer, *, prefix: bytes) -> bytes:
    """The 20 bytes of the address of the key that signed."""
    check_parts(answer)
    r_and_s, recovery_id = _take_apart(answer.signature)
    return _address_of(
        recover_secp256k1(r_and_s, recovery_id, hash_message(message, prefix=prefix))
    )


def hash_message(message: str, *, prefix: bytes = PREFIX) -> bytes:
    """keccak-256 of prefix, length in decimal digits, and the message's bytes."""
    from eth_hash.auto import keccak

    raw = message_bytes(message)
    return bytes(keccak(prefix + str(len(raw)).encode("ascii") + raw))


def _take_apart(signature: str) -> tuple[bytes, int]:
    raw = read_hex(signature, "the signature")
    if len(raw) == 64:  # EIP-2098: the parity stands in the highest bit of s
        s = bytes((raw[32] & ~_PARITY_BIT,)) + raw[33:]
        return raw[:32] + s, raw[32] >> 7
    if len(raw) != 65:
        raise bad_form(
            f"the signature has {len(raw)} bytes, not 65 or 64",
            hint="a smart-contract wallet's signature is checked by asking the contract (ERC-1271)",
        )
    parity = {0: 0, 1: 1, 27: 0, 28: 1}.get(raw[64])
    if parity is None:
        raise bad_form(f"the signature ends in {raw[64]}, not in 27 or 28")
    return raw[:64], parity


def _address_of(public_key: bytes) -> bytes:
    from coincurve import PublicKey
    from eth_hash.auto import keccak

    point = PublicKey(public_key).format(compressed=False)
    return bytes(keccak(point[1:])[12:])


SCHEME = Scheme(
    name="eip191",
    title="personal_sign (EIP-191)",
    verify=verify,
)
