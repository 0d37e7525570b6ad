"""Words, topics and selectors: the few fixed shapes of the contract ABI that this family reads.

Knows: how Ethereum encodes numbers, addresses, strings and events. Must not know: networks,
transactions, what a value means. The rarer dynamic shapes are left to eth-abi.
"""

from __future__ import annotations

import functools
import re
from datetime import datetime
from typing import Any

from recovery.chains.evm.codec import checksum_address
from recovery.chains.labels import read_label
from recovery.chains.shape import garbled, read_moment
from recovery.model import AddressKey, Party

# Event topics: keccak-256 of the signature in the comment (a test computes them again).
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""``Transfer(address,address,uint256)``: ERC-20 and, with a fourth topic, ERC-721."""
TRANSFER_SINGLE = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62"
"""``TransferSingle(address,address,address,uint256,uint256)``: ERC-1155."""
TRANSFER_BATCH = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb"
"""``TransferBatch(address,address,address,uint256[],uint256[])``: ERC-1155."""
WRAPPED_DEPOSIT = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
"""``Deposit(address,uint256)``: WETH9 makes wrapped coin without a Transfer."""
WRAPPED_WITHDRAWAL = "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65"
"""``Withdrawal(address,uint256)``: WETH9 burns wrapped coin without a Transfer."""
LOG_TRANSFER = "0xe6497e3ee548a3372136af2fcb0696db31fc6cf20260707645068bd3fe97f3c4"
"""``LogTransfer(address,address,address,uint256,uint256,uint256,uint256,uint256)``: Polygon."""
USER_OPERATION = "0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f"
"""``UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)``: ERC-4337."""
SAFE_SUCCESS = "0x442e715f626346e8c54381002da614f62bee8d27386535b2521ec8540898556e"
"""``ExecutionSuccess(bytes32,uint256)``: a Safe's call went through."""
SAFE_FAILURE = "0x23428b18acfb3ea64b08dc0c1d296ea9c09702c09083ca5272e64d115b687d23"
"""``ExecutionFailure(bytes32,uint256)``: a Safe swallowed a failed call."""
REDEEM_SCHEDULED = "0x5ccd009502509cf28762c67858994d85b163bb6e451f5e9df7c5e18c9c2e123e"
"""``RedeemScheduled(bytes32,bytes32,uint64,uint64,address,uint256,uint256)``: Arbitrum."""

ZERO = "0x" + "0" * 40

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_WORD = 64
_TEXT_LIMIT = 64
"""Longest symbol or name kept: a contract may answer megabytes."""


def parse_quantity(value: Any, what: str) -> int:
    """A JSON-RPC quantity (``0x`` and hex, leading zeros tolerated); raises `Garbled`."""
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise garbled(f"{what} is not a quantity: {_shown(value)}")


def parse_optional(value: Any, what: str) -> int | None:
    return None if value is None else parse_quantity(value, what)


def parse_moment(value: Any, what: str) -> datetime:
    """Seconds since 1970: a quantity, of which some nodes make a plain number in receipts and logs."""
    return read_moment(value if type(value) is int else parse_quantity(value, what), what)


def parse_address(value: Any, what: str) -> str:
    """An address of an answer, lower-case; raises `Garbled`."""
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return value.lower()
    raise garbled(f"{what} is not an address: {_shown(value)}")


def parse_data(value: Any, what: str) -> str:
    """Hexadecimal data, unread; raises `Garbled` where it is none."""
    if isinstance(value, str) and value.startswith("0x"):
        return value
    raise garbled(f"{what} is not hexadecimal: {_shown(value)}")


def _shown(value: Any) -> str:
    return repr(value)[:80]


@functools.lru_cache(maxsize=65_536)
def party_of(address: str) -> Party:
    """The party behind a lower-case address of an answer, in EIP-55 spelling."""
    payload = bytes.fromhex(address[2:])
    return Party(checksum_address(payload), AddressKey("evm", payload))


@functools.lru_cache(maxsize=65_536)
def token_reference(standard: str, address: str) -> str:
    """``erc20:0x…`` with the contract in EIP-55 spelling."""
    return f"{standard}:{party_of(address).address}"


def words_of(data: Any) -> list[str]:
    """The 32-byte words of ABI data, 64 lower-case hex digits each; a cut last word is left out."""
    data = parse_data(data, "log data")
    return [data[i : i + _WORD] for i in range(2, len(data) - _WORD + 1, _WORD)]


def address_of_word(word: str) -> str | None:
    """The address in a word, lower-case; None where the upper twelve bytes are not zero."""
    if word[:24] != "0" * 24:
        return None
    return "0x" + word[24:].lower()


def word_of_topic(topic: Any) -> str:
    if isinstance(topic, str) and len(topic) == 66 and topic.startswith("0x"):
        return topic[2:]
    raise garbled(f"a log's topic is not 32 bytes: {_shown(topic)}")


def word_of_address(address: str) -> str:
    return "0" * 24 + address[2:].lower()


def word_of_number(number: int) -> str:
    return f"{number:064x}"


def int_of_word(word: str) -> int:
    try:
        return int(word, 16)
    except ValueError:
        raise garbled(f"not hexadecimal: {_shown(word)}") from None


@functools.lru_cache(maxsize=16_384)
def parse_text_answer(data: str | None) -> str | None:
    """What ``symbol()`` or ``name()`` answered: a string, or the bytes32 of old tokens (MKR).

    Untrusted: control and format characters (zero-width, text direction) are taken out, the
    length is bounded. None where the contract gave no readable text.
    """
    raw = _bytes(data)
    if raw is None or len(raw) < 32:
        return None
    if len(raw) == 32:
        raw = raw.rstrip(b"\0")
    else:
        start = int.from_bytes(raw[:32], "big")
        if start > len(raw) - 32:
            return None
        length = int.from_bytes(raw[start : start + 32], "big")
        raw = raw[start + 32 : start + 32 + min(length, 8 * _TEXT_LIMIT)]
    text = raw.decode("utf-8", "ignore")
    return read_label(text, most=_TEXT_LIMIT)


@functools.lru_cache(maxsize=1024)
def parse_decimals_answer(data: str | None) -> int | None:
    """What ``decimals()`` answered; None (unknown, never 18) for anything but one small number."""
    raw = _bytes(data)
    if raw is None or len(raw) != 32:
        return None
    number = int.from_bytes(raw, "big")
    return number if number <= 77 else None


def parse_revert(data: Any) -> str | None:
    """The reason in revert data: ``Error(string)``, ``Panic(uint256)``, or the custom selector."""
    raw = _bytes(data)
    if raw is None or len(raw) < 4:
        return None
    if raw[:4].hex() == "08c379a0":
        return parse_text_answer("0x" + raw[4:].hex())
    if raw[:4].hex() == "4e487b71":
        return f"panic 0x{int.from_bytes(raw[4:36], 'big'):x}"
    return f"custom error 0x{raw[:4].hex()}"


def _bytes(data: Any) -> bytes | None:
    if not isinstance(data, str) or not data.startswith("0x"):
        return None
    try:
        return bytes.fromhex(data[2:])
    except ValueError:
        return None
