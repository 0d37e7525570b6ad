"""Cardano's CIP-8 signature as wallets give it by CIP-30: a COSE_Sign1 and a COSE_Key.

Knows: the two CBOR structures, the bytes that are signed (RFC 9052, 4.4), the ``hashed`` flag, payment
credentials. Must not know: nodes. The stake key is another key than the one that spends: its signature
proves nothing of a deposit. Script addresses have no key. Byron addresses are refused: their root hashes
the extended key with attributes that no COSE_Key carries.

Sources: CIP-8, CIP-30 ``signData``, CIP-19 (header bytes of addresses), RFC 9052 and 9053 (COSE).
"""

from __future__ import annotations

import hashlib
from typing import Any

from recovery.model import Address
from recovery.networks import Network
from recovery.proofs.reading import (
    bad_form,
    check_ed25519,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_hex,
    wrong_public_key,
    wrong_signer,
)
from recovery.proofs.values import BadProof, Scheme, SignedAnswer

_DEEPEST = 3
"""Levels of nesting: an array, a header map in it, the map's values."""

_SIGN1_TAG = b"\xd2"
_EDDSA, _OKP, _ED25519 = -8, 1, 6
_KTY, _KID, _ALG, _CURVE, _X = 1, 2, 3, -1, -2  # of a COSE_Key
_HEADER_ALG, _HEADER_KID = 1, 4


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the key of the address's payment credential signed the message.

    ``signature`` is CIP-30's ``signature`` (COSE_Sign1), ``public_key`` its ``key`` (COSE_Key), both in
    hexadecimal. The address that was signed may carry another stake part than ours: the payment
    credential alone is the lock.
    """
    account = read_address(network, address, family="cardano")
    if account.key.scheme != "cardano-key":
        raise no_such_proof(
            f"a {account.key.scheme.replace('-', ' ')} address does not sign this way"
        )
    check_parts(answer, public_key=True)
    envelope = read_hex(answer.signature, "the signature").removeprefix(_SIGN1_TAG)
    protected, unprotected, payload, signature = _read_sign1(envelope)
    header = _read_map(_read_cbor(protected, "the protected header"), "the protected header")
    public_key = _read_key(answer.public_key or "", header)
    if hashlib.blake2b(public_key, digest_size=28).digest() != account.key.payload:
        raise wrong_public_key()
    _check_header(header, account)
    _check_payload(payload, unprotected, message_bytes(message))
    check_ed25519(public_key, signature, _signed_bytes(protected, payload))


def _read_sign1(envelope: bytes) -> tuple[bytes, dict[Any, Any], bytes, bytes]:
    parts = _read_cbor(envelope, "the signature")
    if not isinstance(parts, list) or len(parts) != 4:
        raise bad_form("the signature is no COSE_Sign1")
    protected, unprotected, payload, signature = parts
    if not (isinstance(protected, bytes) and isinstance(signature, bytes) and len(signature) == 64):
        raise bad_form("the signature is no COSE_Sign1 of ed25519")
    if not isinstance(payload, bytes):
        raise bad_form("the signature does not hold the message")
    return protected, _read_map(unprotected, "the unprotected header"), payload, signature


def _read_map(value: Any, name: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise bad_form(f"{name} is no map")
    return value


def _read_key(text: str, header: dict[Any, Any]) -> bytes:
    raw = read_hex(text, "the public key")
    key = dict(_read_map(_read_cbor(raw, "the public key"), "the public key"))
    kid = key.pop(_KID, None)
    if kid is not None and kid not in (header.get(_HEADER_KID), header.get("address")):
        raise bad_form("the public key is marked as another one than the signature's")
    public_key = key.pop(_X, None)
    if key != {_KTY: _OKP, _ALG: _EDDSA, _CURVE: _ED25519}:
        raise bad_form("the public key is no COSE_Key of ed25519")
    if not isinstance(public_key, bytes) or len(public_key) != 32:
        raise bad_form("the public key does not have 32 bytes")
    return public_key


def _check_header(header: dict[Any, Any], account: Address) -> None:
    if header.get(_HEADER_ALG) != _EDDSA or set(header) - {_HEADER_ALG, _HEADER_KID, "address"}:
        raise bad_form("the protected header is not CIP-30's")
    signed_for = header.get("address")
    if not isinstance(signed_for, bytes) or not 29 <= len(signed_for) <= 57:
        raise bad_form("the protected header holds no address")
    kind = signed_for[0] >> 4
    if kind in (14, 15):
        raise wrong_signer(
            hint="it was signed with the stake key: choose the payment address to sign with"
        )
    # 0, 2, 4, 6: the payment part is a key (CIP-19); the next 28 bytes are its hash
    if kind not in (0, 2, 4, 6) or signed_for[1:29] != account.key.payload:
        raise wrong_signer()


def _check_payload(payload: bytes, unprotected: dict[Any, Any], message: bytes) -> None:
    hashed = unprotected.get("hashed", False)
    if not isinstance(hashed, bool) or set(unprotected) - {"hashed"}:
        raise bad_form("the unprotected header is not CIP-30's")
    if payload != (hashlib.blake2b(message, digest_size=28).digest() if hashed else message):
        raise wrong_signer()


def _signed_bytes(protected: bytes, payload: bytes) -> bytes:
    import cbor2

    return cbor2.dumps(["Signature1", protected, b"", payload])


def _read_cbor(raw: bytes, name: str) -> Any:
    import cbor2

    try:
        if _end_of(raw, 0, 1) != len(raw):
            raise bad_form(f"{name} ends before its last byte")
        value = cbor2.loads(raw)
    except BadProof:
        raise
    except (IndexError, ValueError, TypeError, EOFError):
        raise bad_form(f"{name} is not CBOR") from None
    if cbor2.dumps(value) != raw:
        raise bad_form(f"{name} spells a number in a longer way, or a label twice")
    return value


def _end_of(raw: bytes, start: int, depth: int) -> int:
    """Where the item that begins at ``start`` ends.

    Looked at before the library reads it: no tag (whose contents a reader would build: numbers of any
    size, patterns), no unknown length, no float and no deep nesting occurs in these structures.
    """
    major, rest = raw[start] >> 5, raw[start] & 0x1F
    if depth > _DEEPEST or rest > 27 or major == 6 or (major == 7 and rest not in (20, 21, 22)):
        raise bad_form("the CBOR holds what no signature does")
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(rest, 0)
    number = int.from_bytes(raw[start + 1 : start + 1 + width], "big") if width else rest
    place = start + 1 + width
    if major in (2, 3):
        place += number
    for _ in range({4: number, 5: 2 * number}.get(major, 0)):
        place = _end_of(raw, place, depth + 1)
    return place


SCHEME = Scheme(
    name="cip8",
    title="CIP-8 (Cardano)",
    verify=verify,
    asks=("public_key",),
)
