"""ECDSA over P-256, which Tezos calls tz3 and Sui secp256r1.

Knows: pycryptodome's verification. Must not know: any scheme's message.
"""

from __future__ import annotations

from typing import Literal

from recovery.proofs.reading import wrong_signer


def check_p256(
    public_key: bytes, signature: bytes, signed: bytes, *, digest: Literal["blake2b", "sha256"]
) -> None:
    """Raises `BadProof` unless the key (33 bytes) made r‖s (64 bytes) over the digest of the bytes.

    ``blake2b`` is of 256 bits. Either s is taken: nothing is derived from a signature's spelling.
    """
    from Crypto.Hash import SHA256, BLAKE2b
    from Crypto.PublicKey import ECC
    from Crypto.Signature import DSS

    hashed = (
        BLAKE2b.new(data=signed, digest_bits=256) if digest == "blake2b" else SHA256.new(signed)
    )
    try:
        key = ECC.import_key(public_key, curve_name="p256")
        # the mode says how a nonce is made, which verifying does not do; it takes any hash
        DSS.new(key, "deterministic-rfc6979").verify(hashed, signature)
    except (ValueError, TypeError, IndexError):
        raise wrong_signer() from None
