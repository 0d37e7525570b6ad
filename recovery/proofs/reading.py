"""What every scheme does alike: read pasted text strictly, refuse in one voice, check the two curves.

Knows: bounded hexadecimal, base64 and base58; ed25519 and secp256k1 over bytes. Must not know: any
scheme, cases, stores, nodes, clocks. Whatever is wrong raises `BadProof`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection

from base58_bech32.base58 import b58decode

from recovery.chains.codecs import parse_address
from recovery.errors import BadInput
from recovery.model import Address
from recovery.networks import Network
from recovery.proofs.values import BadProof, SignedAnswer

MAX_TEXT = 16_384
"""Characters of the longest part a claimant hands in: a wallet's state-init or COSE envelope is
below half of it."""

MAX_MESSAGE = 4_096
"""Bytes of the longest message that is checked; a challenge has about 400."""

_SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def bad_form(text: str, *, hint: str = "") -> BadProof:
    """What was handed in does not have the shape that the scheme reads."""
    return BadProof("bad-signature-form", text, hint=hint)


def wrong_signer(*, hint: str = "") -> BadProof:
    """Another key signed, or another message was signed: the two can't be told apart."""
    return BadProof(
        "wrong-signer",
        "the signature is not the address's over exactly this message",
        hint=hint or "sign the message unchanged, with the wallet that sent the deposit",
    )


def wrong_public_key() -> BadProof:
    """The public key handed in is not the one that the address was made from."""
    return BadProof(
        "wrong-public-key",
        "the public key is not the address's",
        hint="hand in the public key of the sending address itself",
    )


def no_such_proof(text: str, *, hint: str = "") -> BadProof:
    """This kind of address can't prove itself in this way."""
    hint = hint or "a verification deposit from the same address proves it as well"
    return BadProof("no-such-proof", text, hint=hint)


def key_without_rights() -> BadProof:
    """The account's own key signed, or one of its keys, and may not send from it by itself now."""
    return BadProof(
        "key-without-rights",
        "the key that signed may not send from this account by itself: its rights were given to other keys",
        hint="sign with a key that may, or send a verification deposit from the same address",
    )


def read_address(network: Network, address: str, *, family: str) -> Address:
    """The address parsed; raises `BadProof` where it is none, or the network of another family."""
    if network.family != family:
        raise no_such_proof(f"{network.code} does not sign this way")
    if len(address) > MAX_TEXT:
        raise no_such_proof("the address is too long to be one")
    try:
        return parse_address(network, address)
    except BadInput as wrong:
        raise no_such_proof(wrong.text, hint=wrong.hint) from None


def message_bytes(message: str) -> bytes:
    """The message in UTF-8; raises `BadProof` where it has none or is longer than `MAX_MESSAGE`."""
    try:
        raw = message[: MAX_MESSAGE + 1].encode("utf-8")
    except UnicodeEncodeError:
        raise bad_form("the message holds half a character") from None
    if len(raw) > MAX_MESSAGE:
        raise bad_form(f"the message is longer than {MAX_MESSAGE} bytes")
    return raw


def check_parts(
    answer: SignedAnswer, *, public_key: bool = False, extras: Collection[str] = ()
) -> None:
    """Raises `BadProof` unless exactly the parts that the scheme asks for are given, none too long.

    ``public_key`` says whether one may be given; ``extras`` names those that must be.
    """
    if answer.public_key is not None and not public_key:
        raise bad_form("a public key is not part of this proof")
    odd = sorted(set(answer.extras) - set(extras))
    if odd:
        raise bad_form(f"{odd[0][:40]!r} is not part of this proof")
    for name in extras:
        if name not in answer.extras:
            raise bad_form(f"{name!r} is missing")
    given = [answer.signature, answer.public_key or "", *answer.extras.values()]
    if any(len(part) > MAX_TEXT for part in given):
        raise bad_form(f"a part is longer than {MAX_TEXT} characters")


def read_hex(text: str, name: str, *sizes: int) -> bytes:
    """Bytes from hexadecimal, with 0x or without; of one of ``sizes``, or of any where none is given."""
    plain = text.strip()
    digits = plain[2:] if plain[:2] in ("0x", "0X") else plain
    if len(digits) > MAX_TEXT or len(digits) % 2 or not re.fullmatch(r"[0-9a-fA-F]+", digits):
        raise bad_form(f"{name} is not hexadecimal")
    return _of_size(bytes.fromhex(digits), name, sizes)


def read_base64(text: str, name: str, *sizes: int) -> bytes:
    """Bytes from padded base64 of the standard alphabet; spare bits must be zero."""
    plain = text.strip()
    if len(plain) > MAX_TEXT or not plain.isascii():
        raise bad_form(f"{name} is not base64")
    try:
        raw = base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        raise bad_form(f"{name} is not base64") from None
    if base64.b64encode(raw).decode("ascii") != plain:
        raise bad_form(f"{name} is not base64: its last character was changed")
    return _of_size(raw, name, sizes)


def read_base58(text: str, name: str, *sizes: int) -> bytes:
    """Bytes from base58 of Bitcoin's alphabet, without a checksum."""
    plain = text.strip()
    if not re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{1,256}", plain):
        raise bad_form(f"{name} is not base58")
    return _of_size(b58decode(plain, max_length=256), name, sizes)


def read_signature64(text: str) -> bytes:
    """A signature of 64 bytes in whichever of hexadecimal, base64 and base58 the wallet shows it.

    The length tells them apart: 128 digits, 88 characters that end in ``==``, at most 88 without.
    """
    plain = text.strip()
    if len(plain.removeprefix("0x")) == 128:
        return read_hex(plain, "the signature", 64)
    if plain.endswith("="):
        return read_base64(plain, "the signature", 64)
    return read_base58(plain, "the signature", 64)


def _of_size(raw: bytes, name: str, sizes: tuple[int, ...]) -> bytes:
    if sizes and len(raw) not in sizes:
        expected = " or ".join(map(str, sizes))
        raise bad_form(f"{name} has {len(raw)} bytes, not {expected}")
    return raw


def check_ed25519(public_key: bytes, signature: bytes, signed: bytes) -> None:
    """Raises `BadProof` unless the key of 32 bytes signed exactly these bytes (RFC 8032).

    libsodium refuses keys of small order, encodings that are not canonical, and S beyond the order.
    """
    from nacl.exceptions import CryptoError
    from nacl.signing import VerifyKey

    try:
        VerifyKey(public_key).verify(signed, signature)
    except (CryptoError, ValueError, TypeError):
        raise wrong_signer() from None


def recover_secp256k1(signature: bytes, recovery_id: int, digest: bytes) -> bytes:
    """The compressed public key (33 bytes) that made r‖s (64 bytes) over a digest (32 bytes).

    Either s is taken: nothing is derived from a signature's spelling, so a mirrored one proves as much.
    Raises `BadProof` where no key could have made it.
    """
    from coincurve import PublicKey

    low, recovery_id = _with_low_s(signature, recovery_id)
    try:
        key = PublicKey.from_signature_and_message(low + bytes((recovery_id,)), digest, hasher=None)
    except ValueError as none:
        raise wrong_signer() from none
    return key.format(compressed=True)


def check_secp256k1(public_key: bytes, signature: bytes, digest: bytes) -> None:
    """Raises `BadProof` unless the key (33 or 65 bytes) made r‖s (64 bytes) over the digest."""
    from coincurve import PublicKey
    from coincurve.ecdsa import cdata_to_der, deserialize_compact

    low, _ = _with_low_s(signature, 0)
    try:
        der = cdata_to_der(deserialize_compact(low))
        verified = PublicKey(public_key).verify(der, digest, hasher=None)
    except ValueError as none:
        raise wrong_signer() from none
    if not verified:
        raise wrong_signer()


def _with_low_s(signature: bytes, recovery_id: int) -> tuple[bytes, int]:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not 0 < r < _SECP256K1_ORDER or not 0 < s < _SECP256K1_ORDER:
        raise wrong_signer()
    if s > _SECP256K1_ORDER // 2:
        s, recovery_id = _SECP256K1_ORDER - s, recovery_id ^ 1
    return signature[:32] + s.to_bytes(32, "big"), recovery_id
