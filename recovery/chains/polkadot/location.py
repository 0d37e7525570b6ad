"""Places in the consensus system (XCM locations), by which Asset Hub names foreign assets.

Knows: the JSON of locations in both APIs, their SCALE bytes, which of them are Asset Hub's own
assets and which is its native coin. Must not know: events, transfers.

Versions 3 to 5 of XCM write equal places in equal bytes, so the bytes are a stable name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from recovery.assets import token_asset
from recovery.chains.polkadot.answer import read_count
from recovery.chains.shape import garbled, read_list, read_object
from recovery.model import AssetId
from recovery.networks import Network

ASSETS, UNIQUES, NFTS, POOL_ASSETS = 50, 51, 52, 55
"""Numbers of the pallets in Asset Hub's runtime, by which others name their assets."""

RELAY = b"\x01\x00"
"""The relay chain itself, one level up: its coin is DOT, Asset Hub's native asset."""

_NETWORKS = {
    "polkadot": 2, "kusama": 3, "westend": 4, "rococo": 5, "wococo": 6,
    "bitcoincore": 8, "bitcoincash": 9, "polkadotbulletin": 10,
}  # fmt: skip


class UnknownPlace(Exception):
    """A well-formed place of a kind that is not known here."""


def encode_compact(number: int) -> bytes:
    """SCALE's compact integer."""
    if number < 1 << 6:
        return bytes([number << 2])
    if number < 1 << 14:
        return (number << 2 | 1).to_bytes(2, "little")
    if number < 1 << 30:
        return (number << 2 | 2).to_bytes(4, "little")
    size = max(4, (number.bit_length() + 7) // 8)
    return bytes([(size - 4) << 2 | 3]) + number.to_bytes(size, "little")


def local_place(pallet: int, number: int) -> bytes:
    """An asset of one of Asset Hub's own pallets: PalletInstance and GeneralIndex."""
    return b"\x00\x02\x04" + bytes([pallet]) + b"\x05" + encode_compact(number)


def encode_place(value: Any) -> bytes:
    """The SCALE bytes of a location in JSON; raises `Garbled` or `UnknownPlace`."""
    place = read_object(value, "a location")
    parents = _number(place.get("parents"), 255)
    interior = place.get("interior")
    if isinstance(interior, str):
        interior = {interior: None}
    kind, inside = _variant(interior)
    if kind == "here":
        return bytes([parents, 0])
    found = re.fullmatch(r"x([1-8])", kind)
    if found is None:
        raise garbled("a location's interior is neither here nor X1 to X8")
    size = int(found.group(1))
    # XCM 3 wrote a single junction without a list around it
    steps = [inside] if size == 1 and isinstance(inside, dict) else read_list(inside, "junctions")
    if len(steps) != size:
        raise garbled("a location has not as many junctions as it says")
    return bytes([parents, size]) + b"".join(_junction(step) for step in steps)


def asset_of_place(network: Network, place: bytes) -> AssetId:
    """The asset a location names: the native coin, an own asset, or a foreign one."""
    if place == RELAY:
        return network.native_asset
    own = b"\x00\x02\x04" + bytes([ASSETS]) + b"\x05"
    if place.startswith(own):
        number = _decode_compact(place[len(own) :])
        if number is not None:
            return token_asset(network, "asset", str(number))
    return token_asset(network, "foreign", "0x" + place.hex())


def _decode_compact(data: bytes) -> int | None:
    mode = data[0] & 3
    size = (1, 2, 4)[mode] if mode < 3 else 0
    number = int.from_bytes(data, "little") >> 2 if mode < 3 else int.from_bytes(data[1:], "little")
    return number if encode_compact(number) == data and (not size or len(data) == size) else None


def _variant(value: Any) -> tuple[str, Any]:
    if isinstance(value, str):
        return value.lower().replace("_", ""), None
    if not isinstance(value, dict) or len(value) != 1:
        raise garbled("a location's part is not one of several kinds")
    ((kind, inside),) = value.items()
    return str(kind).lower().replace("_", ""), inside


def _number(value: Any, most: int) -> int:
    number = read_count(value, "a location's number")
    if number > most:
        raise garbled("a location's number is out of range")
    return number


def _bytes(value: Any, size: int) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(rf"0x[0-9a-f]{{{2 * size}}}", value):
        raise garbled(f"a location's key has not {size} bytes")
    return bytes.fromhex(value[2:])


def _network(value: Any) -> bytes:
    kind, inside = _variant(value)
    if kind in _NETWORKS:
        return bytes([_NETWORKS[kind]])
    if kind == "bygenesis":
        return b"\x00" + _bytes(inside, 32)
    if kind == "ethereum":
        chain = read_object(inside, "ethereum")
        return b"\x07" + encode_compact(_number(chain.get("chainId", chain.get("chain_id")), 2**64))
    raise UnknownPlace(f"consensus {kind}")


def _network_or_none(value: Any) -> bytes:
    if value is None or value in ("NULL", {"None": "NULL"}):
        return b"\x00"
    if isinstance(value, dict) and set(value) == {"Some"}:
        value = value["Some"]
    return b"\x01" + _network(value)


def _account(value: Any) -> bytes:
    inside = read_object(value, "accountId32")
    return b"\x01" + _network_or_none(inside.get("network")) + _bytes(inside.get("id"), 32)


def _key(value: Any) -> bytes:
    inside = read_object(value, "accountKey20")
    return b"\x03" + _network_or_none(inside.get("network")) + _bytes(inside.get("key"), 20)


def _general_key(value: Any) -> bytes:
    inside = read_object(value, "generalKey")
    return b"\x06" + bytes([_number(inside.get("length"), 32)]) + _bytes(inside.get("data"), 32)


_JUNCTIONS: dict[str, Callable[[Any], bytes]] = {
    "parachain": lambda value: b"\x00" + encode_compact(_number(value, 2**32 - 1)),
    "accountid32": _account,
    "accountkey20": _key,
    "palletinstance": lambda value: b"\x04" + bytes([_number(value, 255)]),
    "generalindex": lambda value: b"\x05" + encode_compact(_number(value, 2**128 - 1)),
    "generalkey": _general_key,
    "onlychild": lambda value: b"\x07",
    "globalconsensus": lambda value: b"\x09" + _network(value),
}


def _junction(value: Any) -> bytes:
    kind, inside = _variant(value)
    encode = _JUNCTIONS.get(kind)
    if encode is None:
        raise UnknownPlace(f"junction {kind}")
    return encode(inside)
