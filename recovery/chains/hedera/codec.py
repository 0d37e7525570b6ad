"""Addresses of Hedera: entity ids with HIP-15's optional checksum, EVM and key aliases.

Knows: the checksum over the ledger id, long-zero EVM addresses, HIP-32 aliases. Must not know:
which account an alias was given (the mirror node says).
"""

from __future__ import annotations

import base64
import re

from recovery.chains.evm.codec import checksum_address
from recovery.chains.evm.codec import parse_address as parse_evm
from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "0.0.1234, with its checksum as 0.0.1234-abcde if you have it"
_ENTITY = re.compile(r"(\d{1,5})\.(\d{1,5})\.(\d{1,19})(?:-([a-z]{5}))?")
_ED25519, _SECP256K1 = b"\x12\x20", b"\x3a\x21"  # protobuf tags of HIP-32's Key


def parse_address(network: Network, text: str) -> Address:
    """Parse an entity id, a bare number, an EVM alias or a key alias."""
    if re.fullmatch(r"\d{1,19}", text):
        return _entity(network, 0, 0, int(text), form="entity-number", unchecked=True)
    found = _ENTITY.fullmatch(text)
    if found:
        shard, realm, number = (int(g) for g in found.groups()[:3])
        checksum = found.group(4)
        entity, ledger_id = f"{shard}.{realm}.{number}", network.parameters["ledger_id"]
        if checksum is not None and checksum != checksum_of(entity, ledger_id):
            raise bad_address(
                text,
                "the HIP-15 checksum is wrong: a digit was changed, or it is another ledger's",
                hint=_HINT,
            )
        unchecked = checksum is None
        return _entity(network, shard, realm, number, form="entity-id", unchecked=unchecked)
    if text[:2] in ("0x", "0X"):
        return _parse_evm_alias(network, text)
    return _parse_key_alias(network, text)


def _entity(
    network: Network, shard: int, realm: int, number: int, *, form: str, unchecked: bool
) -> Address:
    if number >= 1 << 63:
        raise bad_address(f"{shard}.{realm}.{number}", "the number has more than 63 bits")
    if (shard, realm) != (network.parameters["shard"], network.parameters["realm"]):
        raise bad_address(f"{shard}.{realm}.{number}", "shard and realm are 0.0 on this network")
    payload = b"".join(n.to_bytes(8, "big") for n in (shard, realm, number))
    text = f"{shard}.{realm}.{number}"
    return Address(network.code, text, AddressKey("hedera", payload), form, unchecked=unchecked)


def _parse_evm_alias(network: Network, text: str) -> Address:
    parsed = parse_evm(network, text)
    raw = parsed.key.payload
    if not any(raw[:12]):  # long-zero: shard, realm and number written as 20 bytes
        number = int.from_bytes(raw[12:], "big")
        return _entity(network, 0, 0, number, form="evm-alias", unchecked=parsed.unchecked)
    return Address(network.code, parsed.text, parsed.key, "evm-alias", unchecked=parsed.unchecked)


def _parse_key_alias(network: Network, text: str) -> Address:
    bare = text.removeprefix("0.0.")
    if re.fullmatch(r"[A-Z2-7]{55,56}", bare):
        raw = base64.b32decode(bare + "=" * (-len(bare) % 8))
        exact = base64.b32encode(raw).decode("ascii").rstrip("=") == bare
        scheme = {_ED25519: "ed25519", _SECP256K1: "secp256k1"}.get(raw[:2])
        if exact and scheme and len(raw) == 2 + raw[1]:
            key = AddressKey(scheme, raw[2:])
            return Address(network.code, f"0.0.{bare}", key, "key-alias", unchecked=True)
    raise bad_address(text, "it is neither an entity id nor an alias", hint=_HINT)


def format_address(network: Network, key: AddressKey) -> str | None:
    """The entity id, or the alias of a bare key; None for what Hedera does not have."""
    if key.scheme == "hedera":
        parts = (int.from_bytes(key.payload[i : i + 8], "big") for i in (0, 8, 16))
        return ".".join(map(str, parts))
    if key.scheme == "evm":
        return checksum_address(key.payload)
    tag = {"ed25519": _ED25519, "secp256k1": _SECP256K1}.get(key.scheme)
    if tag is None:
        return None
    return "0.0." + base64.b32encode(tag + key.payload).decode("ascii").rstrip("=")


def checksum_of(entity: str, ledger_id: int) -> str:
    """HIP-15's five letters for an id as ``0.0.123`` on a ledger (0: mainnet)."""
    digits = [10 if c == "." else int(c) for c in entity]
    weighted = 0
    for digit in digits:
        weighted = (weighted * 31 + digit) % 26**3
    even, odd = sum(digits[::2]) % 11, sum(digits[1::2]) % 11
    ledger = 0
    for byte in bytes([ledger_id]) + bytes(6):
        ledger = (ledger * 31 + byte) % 26**5
    total = (((len(entity) % 5 * 11 + even) * 11 + odd) * 26**3 + weighted + ledger) % 26**5
    total = total * 1_000_003 % 26**5
    letters = ""
    for _ in range(5):
        total, letter = divmod(total, 26)
        letters = chr(ord("a") + letter) + letters
    return letters
