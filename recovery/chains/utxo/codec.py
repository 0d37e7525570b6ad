"""Addresses and scripts of the Bitcoin-type chains.

Knows: Base58Check (version byte, hash160), BIP-173/350 bech32, CashAddr, Zcash's two-byte versions
and shielded forms, and the standard output scripts. Must not know: transactions, nodes.

Which prefixes a network uses stands in its row's parameters, so that a development profile is
only other numbers. A script that no address of the network can express gives no key.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from base58_bech32.base58 import b58decode_check, b58encode_check
from base58_bech32.bech32 import (
    BECH32_1_CONST,
    BECH32_M_CONST,
    bech32_decode,
    bech32_encode,
    convertbits,
)
from base58_bech32.cashaddr import cashaddr_decode, cashaddr_encode

from recovery.chains.spelling import bad_address, hash160
from recovery.model import Address, AddressKey, Party
from recovery.networks import Network

_P2SH32 = "p2sh32"
_BECH32_PREFIXES = ("hrp", "mweb_hrp", "tex_hrp", "sapling_hrp", "unified_hrp")
_WITNESS_V0 = {20: "p2wpkh", 32: "p2wsh"}
_CASH_KINDS = {0: ("p2pkh", False), 1: ("p2sh", False), 2: ("p2pkh", True), 3: ("p2sh", True)}


def parse_address(network: Network, text: str) -> Address:
    """Parse any of the network's address forms; raises `BadInput` that says what is wrong."""
    facts = network.parameters
    separator = text.rfind("1")
    if separator > 0:
        hrp = text[:separator].lower()
        if _has_prefix(network, hrp):
            return _parse_bech32(network, text, hrp)
        if hrp == facts.get("platform_hrp"):
            raise bad_address(
                text, "it belongs to Dash Platform, not to the Dash chain", hint="X… or 7…"
            )
    if "cashaddr" in facts and (":" in text or text[:1] in "qpzrQPZR"):
        return _parse_cashaddr(network, text)
    return _parse_base58(network, text)


def _has_prefix(network: Network, hrp: str) -> bool:
    return any(network.parameters.get(name) == hrp for name in _BECH32_PREFIXES)


def _address(network: Network, key: AddressKey, form: str, *, text: str | None = None) -> Address:
    canonical = text or format_address(network, key)
    assert canonical is not None
    return Address(network.code, canonical, key, form)


def _parse_base58(network: Network, text: str) -> Address:
    facts = network.parameters
    try:
        raw = b58decode_check(text)
    except ValueError as wrong:
        if "checksum" in str(wrong):
            raise bad_address(text, "the checksum is wrong: a character was changed") from None
        raise bad_address(text, f"{wrong}", hint=_expected(network)) from None
    width = 1 if facts["p2pkh"][0] < 256 else 2
    version, payload = int.from_bytes(raw[:width], "big"), raw[width:]
    if version == facts.get("sprout") and len(payload) == 64:
        return Address(network.code, text, AddressKey("sprout", payload), "sprout")
    if len(payload) != 20:
        raise bad_address(text, f"it holds {len(payload)} bytes, not 20", hint=_expected(network))
    for scheme in ("p2pkh", "p2sh"):
        if version in facts[scheme]:
            # BCH is printed as CashAddr, and old prefixes (LTC 3…) as the present ones
            plain = version == facts[scheme][0] and "cashaddr" not in facts
            key = AddressKey(scheme, payload)
            return _address(network, key, scheme, text=text if plain else None)
    raise bad_address(
        text,
        f"version byte {version:#04x} is not {network.name}'s",
        hint=_expected(network),
    )


def _parse_bech32(network: Network, text: str, hrp: str) -> Address:
    facts = network.parameters
    try:
        _, data, constant = bech32_decode(text, limit=None if hrp != facts.get("hrp") else 90)
        if hrp == facts.get("hrp"):
            return _parse_witness(network, text, data, constant)
        if hrp == facts.get("tex_hrp"):
            payload = bytes(convertbits(data, 5, 8, False))
            if constant != BECH32_M_CONST or len(payload) != 20:
                raise bad_address(text, "a tex address is bech32m over 20 bytes")
            return _address(network, AddressKey("p2pkh", payload), "tex")
        return _parse_shielded(network, text.lower(), hrp, data, constant)
    except ValueError as wrong:
        raise bad_address(text, _explain_bech32(str(wrong)), hint=_expected(network)) from None


def _explain_bech32(reason: str) -> str:
    if "checksum" in reason:
        return "the checksum is wrong: a character was changed"
    if "mixed case" in reason:
        return "it mixes upper and lower case; write it in one case"
    return reason


def _parse_witness(network: Network, text: str, data: Sequence[int], constant: int) -> Address:
    if not data:
        raise bad_address(text, "it holds no witness program")
    version, program = data[0], bytes(convertbits(data[1:], 5, 8, False))
    if version > 16 or not 2 <= len(program) <= 40:
        raise bad_address(text, f"witness version {version} with {len(program)} bytes is none")
    if constant != (BECH32_1_CONST if version == 0 else BECH32_M_CONST):
        # BIP-350: version 0 is bech32, every later one bech32m
        raise bad_address(text, f"the checksum is not the one of witness version {version}")
    key = _witness_key(version, program)
    if key is None:
        raise bad_address(text, f"a version 0 program of {len(program)} bytes is invalid")
    form = "bech32" if version == 0 else "bech32m"
    return Address(network.code, text.lower(), key, form)


def _witness_key(version: int, program: bytes) -> AddressKey | None:
    if version == 0:
        scheme = _WITNESS_V0.get(len(program))
        return AddressKey(scheme, program) if scheme else None
    if version == 1 and len(program) == 32:
        return AddressKey("p2tr", program)
    return AddressKey("witness", bytes([version]) + program)


def _parse_shielded(
    network: Network, text: str, hrp: str, data: Sequence[int], constant: int
) -> Address:
    facts = network.parameters
    if hrp == facts.get("mweb_hrp"):
        payload = bytes(convertbits(data[1:], 5, 8, False))
        if list(data[:1]) != [0] or len(payload) != 66 or constant != BECH32_1_CONST:
            raise bad_address(text, "an MWEB address is two public keys of 33 bytes")
        return Address(network.code, text, AddressKey("mweb", payload), "mweb")
    payload = bytes(convertbits(data, 5, 8, False))
    if hrp == facts.get("sapling_hrp"):
        if len(payload) != 43 or constant != BECH32_1_CONST:
            raise bad_address(text, "a Sapling address is bech32 over 43 bytes")
        return Address(network.code, text, AddressKey("sapling", payload), "sapling")
    if len(payload) < 40 or constant != BECH32_M_CONST:
        raise bad_address(text, "a unified address is bech32m over its receivers")
    return Address(network.code, text, AddressKey("unified", payload), "unified")


def _parse_cashaddr(network: Network, text: str) -> Address:
    try:
        _, kind, payload = cashaddr_decode(text, prefix=network.parameters["cashaddr"])
    except ValueError as wrong:
        raise bad_address(text, _explain_bech32(str(wrong)), hint=_expected(network)) from None
    if kind not in _CASH_KINDS:
        raise bad_address(text, f"CashAddr type {kind} is not defined")
    scheme, token_aware = _CASH_KINDS[kind]
    if len(payload) == 32 and scheme == "p2sh":
        scheme = _P2SH32
    elif len(payload) != 20:
        raise bad_address(text, f"a {scheme} hash of {len(payload)} bytes is not defined")
    key = AddressKey(scheme, payload)
    if token_aware:
        return _address(network, key, "cashaddr-token")
    written = text.lower() if ":" in text else f"{network.parameters['cashaddr']}:{text.lower()}"
    return Address(network.code, written, key, "cashaddr")


def _expected(network: Network) -> str:
    facts = network.parameters
    beginnings = [f"{facts['cashaddr']}:"] if "cashaddr" in facts else []
    for version in (*facts["p2pkh"], *facts["p2sh"]):
        # a version of two bytes (Zcash) fixes two letters, one of a single byte the first
        shown = 1 if version < 256 else 2
        text = b58encode_check(_version(version) + bytes(20)).decode("ascii")
        beginnings.append(text[:shown])
    beginnings += [f"{facts[n]}1" for n in ("hrp", "tex_hrp") if facts.get(n)]
    return f"{network.code} addresses begin with {', '.join(dict.fromkeys(beginnings))}"


def _version(version: int) -> bytes:
    return version.to_bytes(1 if version < 256 else 2, "big")


def format_address(network: Network, key: AddressKey) -> str | None:
    """The canonical text of the key on this network, None where the network can't express it."""
    facts = network.parameters
    if "cashaddr" in facts and key.scheme in ("p2pkh", "p2sh", _P2SH32):
        kind = 0 if key.scheme == "p2pkh" else 1
        return cashaddr_encode(facts["cashaddr"], kind, key.payload).decode("ascii")
    if key.scheme in ("p2pkh", "p2sh"):
        version = _version(facts[key.scheme][0])
        return b58encode_check(version + key.payload).decode("ascii")
    if facts["segwit"]:
        return _format_witness(facts["hrp"], key)
    return None


def _format_witness(hrp: str, key: AddressKey) -> str | None:
    if key.scheme in ("p2wpkh", "p2wsh"):
        version, program = 0, key.payload
    elif key.scheme == "p2tr":
        version, program = 1, key.payload
    elif key.scheme == "witness":
        version, program = key.payload[0], key.payload[1:]
    else:
        return None
    values = [version, *convertbits(program, 8, 5, True)]
    constant = BECH32_1_CONST if version == 0 else BECH32_M_CONST
    return bech32_encode(hrp, values, m=constant).decode("ascii")


def name_script(script: bytes) -> str:
    """What kind of output script this is, in Core's names (``pubkeyhash``, ``nulldata``…)."""
    return _match_script(script)[0]


def read_script(network: Network, script: bytes) -> Party:
    """Who an output script pays: the canonical address and what controls it.

    Bare multisig, OP_RETURN and nonstandard scripts give neither. Pay-to-pubkey is given the
    P2PKH key and address of that public key: whoever can open the one can open the other, and
    an exchange's book knows only the address (`name_script` tells them apart). A witness program
    on a chain without segwit is open to anyone and belongs to nobody.
    """
    key = read_key(network, script)
    return Party(None, None) if key is None else Party(format_address(network, key), key)


def read_key(network: Network, script: bytes) -> AddressKey | None:
    """The key alone of what `read_script` says: for thousands of scripts."""
    kind, key = _match_script(script)
    if key is None or (kind.startswith("witness") and not network.parameters["segwit"]):
        return None
    if key.scheme == _P2SH32 and "cashaddr" not in network.parameters:
        return None
    return key


@functools.lru_cache(maxsize=65_536)
def _match_script(script: bytes) -> tuple[str, AddressKey | None]:
    size = len(script)
    if size == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return "pubkeyhash", AddressKey("p2pkh", script[3:23])
    if size == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return "scripthash", AddressKey("p2sh", script[2:22])
    if size == 35 and script[:2] == b"\xaa\x20" and script[34:] == b"\x87":
        return "scripthash", AddressKey(_P2SH32, script[2:34])  # CHIP-2022-05, BCH only
    if 4 <= size <= 42 and script[0] in (0, *range(0x51, 0x61)) and script[1] == size - 2:
        version = script[0] - 0x50 if script[0] else 0
        return f"witness_v{version}", _witness_key(version, script[2:])
    if size == 35 and script[0] == 33 and script[1] in (2, 3) and script[34] == 0xAC:
        return "pubkey", AddressKey("p2pkh", hash160(script[1:34]))
    if size == 67 and script[0] == 65 and script[1] == 4 and script[66] == 0xAC:
        return "pubkey", AddressKey("p2pkh", hash160(script[1:66]))
    if script[:1] == b"\x6a":
        return "nulldata", None
    if size > 36 and script[-1] == 0xAE and 0x51 <= script[0] <= 0x60:
        return "multisig", None
    return "nonstandard", None
