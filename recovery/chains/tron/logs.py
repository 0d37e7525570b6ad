"""Movements of tokens as the logs of a successful call tell them.

Knows: the events of TRC-20, TRC-721 and TRC-1155, which are Ethereum's. Must not know: whether a
token is honest (a log is its contract's word: the asset is that contract, and nothing else).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recovery.chains.evm import abi
from recovery.chains.shape import garbled, read_object
from recovery.chains.tron.moves import Move, of_contract
from recovery.chains.tron.wire import PREFIX, read_hex, read_list
from recovery.model import Note, TransferKind
from recovery.networks import Network

_TRANSFER, _SINGLE, _BATCH = (
    topic[2:] for topic in (abi.TRANSFER, abi.TRANSFER_SINGLE, abi.TRANSFER_BATCH)
)
TOPICS = frozenset({_TRANSFER, _SINGLE, _BATCH})
"""Java-tron writes topics without 0x."""

_BATCH_LIMIT = 10_000


@dataclass(slots=True)
class LogReading:
    moves: list[Move] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Log:
    position: str
    contract: str
    topics: list[str]
    data: str

    @property
    def words(self) -> list[str]:
        return [self.data[i : i + 64] for i in range(0, len(self.data) - 63, 64)]


def read_logs(network: Network, logs: Sequence[Any]) -> LogReading:
    """Read the logs of ``gettransactioninfobyid`` in their order; raises `Garbled`."""
    reading = LogReading()
    for index, answer in enumerate(logs):
        log = _parse(index, answer)
        if not log.topics or log.topics[0] not in TOPICS:
            continue
        moves = _READERS[log.topics[0]](network, log)
        reading.moves += moves
        if not moves:
            text = f"{log.position} has a transfer's topic and not its shape; it was not read"
            reading.notes.append(Note("unreadable_transfer_log", text))
    return reading


def _parse(index: int, answer: Any) -> _Log:
    log = read_object(answer, "a log")
    contract = read_hex(log.get("address"), "a log's address")
    # The log's own 20 bytes; a node asked to make answers readable writes 41 before them.
    if len(contract) == 21 and contract[0] == 0x41:
        contract = contract[1:]
    if len(contract) != 20:
        raise garbled("a log's address has not 20 bytes")
    topics = [read_hex(topic, "a log's topic").hex() for topic in read_list(log, "topics")]
    data = read_hex(log.get("data", ""), "a log's data").hex()
    return _Log(f"log:{index}", PREFIX + contract.hex(), topics, data)


def _address(word: str) -> str | None:
    """The address in a word: 20 bytes, before which old compilers left Tron's 41."""
    if word[:24] in ("0" * 24, "0" * 22 + PREFIX):
        return PREFIX + word[24:]
    return None


def _read_transfer(network: Network, log: _Log) -> list[Move]:
    """TRC-20 (amount in the data), TRC-721 (the id is a fourth topic: never an amount), and tokens
    that index nothing. Other shapes can't be told apart."""
    words = log.words
    if (len(log.topics), len(words)) not in {(3, 1), (4, 0), (1, 3)}:
        return []
    sender_word, recipient_word, value = [*log.topics[1:], *words]
    sender, recipient = _address(sender_word), _address(recipient_word)
    if sender is None or recipient is None:
        return []
    number = int(value, 16)
    if len(log.topics) == 4:
        return [_item(network, log, (sender, recipient), standard="trc721", number=number)]
    return [
        Move(
            position=log.position,
            kind=TransferKind.TOKEN,
            asset=of_contract(network, "trc20", log.contract),
            amount=number,
            sender=sender,
            recipient=recipient,
            token=log.contract,
            standard="trc20",
            type="unindexed_transfer" if len(log.topics) == 1 else None,
        )
    ]


def _item(
    network: Network, log: _Log, parties: tuple[str, str], *, standard: str, number: int
) -> Move:
    return Move(
        position=log.position,
        kind=TransferKind.NFT,
        asset=of_contract(network, standard, log.contract, number),
        amount=1,
        sender=parties[0],
        recipient=parties[1],
        token=log.contract,
        standard=standard,
    )


def _read_single(network: Network, log: _Log) -> list[Move]:
    words = log.words
    if len(words) != 2:
        return []
    return _items(network, log, [(log.position, int(words[0], 16), int(words[1], 16))])


def _read_batch(network: Network, log: _Log) -> list[Move]:
    """One log, several items: ``log:2.0``, ``log:2.1``…"""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        ids, amounts = decode(["uint256[]", "uint256[]"], bytes.fromhex(log.data))
    except (DecodingError, OverflowError):
        return []
    if len(ids) != len(amounts) or len(ids) > _BATCH_LIMIT:
        return []
    pairs = enumerate(zip(ids, amounts, strict=True))
    return _items(network, log, [(f"{log.position}.{i}", n, amount) for i, (n, amount) in pairs])


def _items(network: Network, log: _Log, items: list[tuple[str, int, int]]) -> list[Move]:
    if len(log.topics) != 4:
        return []
    sender, recipient = _address(log.topics[2]), _address(log.topics[3])
    if sender is None or recipient is None:
        return []
    moves = []
    for position, number, amount in items:
        move = _item(network, log, (sender, recipient), standard="trc1155", number=number)
        move.position, move.amount = position, amount
        moves.append(move)
    return moves


_READERS = {_TRANSFER: _read_transfer, _SINGLE: _read_single, _BATCH: _read_batch}
