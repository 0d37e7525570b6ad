"""TON Connect's ``ton_proof``: how TON wallets sign for a site, bound to the address by its state-init.

Source: TON Connect 2, "Address proof signature"; TEP-2; the wallet contracts' published code. The wallet
shows the site's domain and not the payload, so a proof counts only where the text that was to be signed
names that very domain: what another site had signed proves nothing here. The payload is the text itself,
or, since wallets take 128 bytes at most, its SHA-256 in hexadecimal.

An address is the hash of the contract's first code and data. The data of a known wallet code holds the
key; none of these codes can change it. A wallet of version 5 can switch its key off later, which a node tells
(`recovery.proofs.ton_keys`); highload, multisig and unknown wallets prove by a verification deposit.
"""

from __future__ import annotations

import hashlib
import re

from recovery.chains.ton.cells import Cell, Slice, parse_boc
from recovery.errors import Garbled
from recovery.model import AddressKey
from recovery.networks import Network
from recovery.proofs.reading import (
    MAX_TEXT,
    bad_form,
    check_ed25519,
    check_parts,
    message_bytes,
    no_such_proof,
    read_address,
    read_base64,
    wrong_public_key,
)
from recovery.proofs.values import BadProof, Scheme, SignedAnswer

_ITEM = b"ton-proof-item-v2/"
_CONNECT = b"\xff\xffton-connect"
_LONGEST_DOMAIN = 128

V5R1 = "20834b7b72b112147e1b2fb457b84e74d1a30f04f737d4f62a668e9552d2b72f"
"""The hash of the code of wallets of version 5."""

# hash of the wallet's code: how many bits of its data stand before the key of 256
_BITS_BEFORE_KEY = {
    "a0cfc2c48aee16a271f2cfc0b7382d81756cecb1017d077faaab3bb602f6868c": 32,  # v1r1
    "d4902fcc9fad74698fa8e353220a68da0dcf72e32bcb2eb9ee04217c17d3062c": 32,  # v1r2
    "587cc789eff1c84f46ec3797e45fc809a14ff5ae24f1e0c7a6a99cc9dc9061ff": 32,  # v1r3
    "5c9a5e68c108e18721a07c42f9956bfb39ad77ec6d624b60c576ec88eee65329": 32,  # v2r1
    "fe9530d3243853083ef2ef0b4c2908c0abf6fa1c31ea243aacaa5bf8c7d753f1": 32,  # v2r2
    "b61041a58a7980b946e8fb9e198e3c904d24799ffa36574ea4251c41a566f581": 64,  # v3r1
    "84dafa449f98a6987789ba232358072bc0f76dc4524002a5d0918b9a75d2d599": 64,  # v3r2
    "feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0": 64,  # v4r2
    V5R1: 65,
}


def verify(network: Network, address: str, message: str, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the wallet's key signed for a domain that the message names.

    Signature and ``state_init`` are base64, ``timestamp`` is in seconds, ``domain`` as the wallet gave it.
    """
    check_parts(answer, extras=SCHEME.asks)
    raw = message_bytes(message)
    if answer.extras["domain"] not in message.split():
        raise bad_form(
            "the proof was signed for another site than the message names",
            hint="sign on the site that gave you the text",
        )
    try:
        check_payload(network, address, hashlib.sha256(raw).hexdigest().encode("ascii"), answer)
    except BadProof as refusal:
        if refusal.reference != "wrong-signer":
            raise
        check_payload(network, address, raw, answer)


def check_payload(network: Network, address: str, payload: bytes, answer: SignedAnswer) -> None:
    """Raises `BadProof` unless the wallet's key signed this payload, whatever the domain says."""
    key = read_address(network, address, family="ton").key
    check_parts(answer, extras=SCHEME.asks)
    public_key = read_public_key(key, answer.extras["state_init"])
    signature = read_base64(answer.signature, "the signature", 64)
    domain, timestamp = read_domain(answer), read_timestamp(answer)
    workchain = int.from_bytes(key.payload[:1], "big", signed=True)
    item = b"".join(
        (
            _ITEM,
            workchain.to_bytes(4, "big", signed=True) + key.payload[1:],
            len(domain).to_bytes(4, "little") + domain,
            timestamp.to_bytes(8, "little"),
            payload,
        )
    )
    whole = _CONNECT + hashlib.sha256(item).digest()
    check_ed25519(public_key, signature, hashlib.sha256(whole).digest())


def read_public_key(key: AddressKey, state_init: str) -> bytes:
    """The key (32 bytes) in a wallet's first data; raises `BadProof` where it is not the address's."""
    read_base64(state_init, "state_init")
    try:
        root = parse_boc(state_init.strip())
        if root.hash != key.payload[1:]:
            raise wrong_public_key()
        code, data = _read_state_init(root)
        return _read_key(code, data)
    except Garbled:
        raise bad_form("state_init is no wallet's code and data") from None


def read_code_hash(state_init: str) -> str | None:
    """Which code a wallet was made with, in hexadecimal; None where the text is no wallet's code and data."""
    if len(state_init) > MAX_TEXT:
        return None
    try:
        return _read_state_init(parse_boc(state_init.strip()))[0].hash.hex()
    except (Garbled, BadProof):
        return None


def _read_state_init(root: Cell) -> tuple[Cell, Cell]:
    """Code and data; a wallet has no split depth, no special flag and no library (TL-B StateInit)."""
    reader = Slice(root)
    if reader.left != 5 or reader.uint(5) != 0b00110:
        raise bad_form("state_init is no wallet's code and data")
    return reader.ref(), reader.ref()


def _read_key(code: Cell, data: Cell) -> bytes:
    name = code.hash.hex()
    before = _BITS_BEFORE_KEY.get(name)
    if before is None:
        raise no_such_proof("the wallet's code is none whose key can be read here")
    reader = Slice(data)
    begin = reader.uint(before)
    if name == V5R1 and not begin >> (before - 1):
        raise no_such_proof("the wallet was made without a key: extensions move its money")
    return reader.uint(256).to_bytes(32, "big")


def read_domain(answer: SignedAnswer) -> bytes:
    """The site's domain as the wallet signed it; raises `BadProof` where it can't be one."""
    text = answer.extras["domain"]
    if not re.fullmatch(rf"[!-~]{{1,{_LONGEST_DOMAIN}}}", text):
        raise bad_form(f"domain is not 1 to {_LONGEST_DOMAIN} characters of ASCII")
    return text.encode("ascii")


def read_timestamp(answer: SignedAnswer) -> int:
    """When the wallet signed, in seconds since 1970; raises `BadProof` where it is no number."""
    text = answer.extras["timestamp"]
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise bad_form("timestamp is not a number of seconds")
    return int(text)


SCHEME = Scheme(
    name="ton_proof",
    title="ton_proof (TON Connect)",
    verify=verify,
    asks=("timestamp", "domain", "state_init"),
)
