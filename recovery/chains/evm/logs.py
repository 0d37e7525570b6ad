"""Movements of value as a receipt's logs tell them.

Knows: the token standards' events, and the logs by which some chains show native coin. Must not
know: nodes, finality, whether a token is honest (a log is its contract's word: the asset is that
contract, and nothing else is claimed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recovery.chains.evm import abi
from recovery.chains.evm.facts import SYSTEM_LOG_EIP7708, Facts
from recovery.chains.shape import garbled
from recovery.model import AssetId, Note, TransferKind

BOOTLOADER = "0x0000000000000000000000000000000000008001"
"""zkSync: native logs from and to it are the fee and its refund."""

ARBITRUM_RETRYABLES = "0x000000000000000000000000000000000000006e"

_BATCH_LIMIT = 10_000
"""More items than one ERC-1155 batch can hold within a block's gas."""


@dataclass(slots=True)
class Move:
    """One movement before it has an index; addresses are lower-case.

    ``token`` is the contract that can be asked for symbol and decimals.
    """

    position: str
    kind: TransferKind
    asset: AssetId
    amount: int
    sender: str
    recipient: str
    token: str | None = None
    standard: str | None = None
    type: str | None = None
    special: bool = False
    requested: int | None = None
    succeeded: bool = True


@dataclass(slots=True)
class LogReading:
    """What the logs of one receipt say. ``fee_payer``: who paid the fee, where they show it."""

    moves: list[Move] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    fee_payer: str | None = None


_TopLevel = tuple[str, str, int]


def read_logs(logs: Sequence[Any], facts: Facts, top_level: _TopLevel | None) -> LogReading:
    """Read a receipt's logs in their order.

    ``top_level`` is the transaction's own value transfer: a chain that logs every native movement
    logs that one too, and it is counted once. Raises `Garbled`.
    """
    reading = LogReading()
    native = _NativeLogs(facts, reading, top_level)
    wrapped: list[Move] = []
    for log in logs:
        if not isinstance(log, dict) or not isinstance(log.get("topics"), list):
            raise garbled("a log is not an object with topics")
        topics: list[Any] = log["topics"]
        if log.get("removed") is not False and log.get("removed") is not None:
            raise garbled("a receipt holds a removed log")
        if not topics or _topic(topics[0]) not in _READERS:
            continue
        contract = abi.parse_address(log.get("address"), "a log's address")
        position = f"log:{abi.parse_quantity(log.get('logIndex'), 'logIndex')}"
        if contract in (SYSTEM_LOG_EIP7708, facts.native_log):
            native.read(topics, log.get("data"), position)
        elif topics[0] == abi.LOG_TRANSFER:  # Polygon's old bridged tokens repeat Transfer by it
            continue
        elif topics[0] in (abi.WRAPPED_DEPOSIT, abi.WRAPPED_WITHDRAWAL):
            if contract == facts.wrapped_native:
                wrapped += _read_wrapped(facts, contract, topics, log.get("data"), position)
        elif topics[0] in _NOTES:
            reading.notes += _NOTES[topics[0]](contract, topics, log.get("data"))
        else:
            moves = _READERS[topics[0]](facts, contract, topics, log.get("data"), position)
            reading.moves += moves
            if not moves:
                text = f"{position} has a transfer's topic and not its shape; it was not read"
                reading.notes.append(Note("unreadable_transfer_log", text))
    native.check()
    if wrapped:
        _merge_wrapped(reading, wrapped)
    return reading


def check_logs(receipt: Mapping[str, Any]) -> None:
    """Every log must name the receipt's own transaction and block, and stand behind the one before.

    A log's index is its identity: a log told twice, or one of another transaction, is no movement of
    this one. Raises `Garbled`.
    """
    last = -1
    for log in receipt["logs"]:
        if not isinstance(log, dict):
            raise garbled("a log is not an object with topics")
        for name in ("transactionHash", "blockHash"):
            if str(log.get(name)).lower() != str(receipt.get(name)).lower():
                raise garbled(f"a log's {name} is not its receipt's")
        index = abi.parse_quantity(log.get("logIndex"), "logIndex")
        if index <= last:
            raise garbled("two logs have one logIndex, or stand out of order")
        last = index


def _topic(topic: Any) -> str:
    if type(topic) is not str or len(topic) != 66:
        raise garbled("a log's topic is not 32 bytes")
    return topic


class _NativeLogs:
    """Native movements logged by the protocol itself, the top-level one counted once."""

    def __init__(self, facts: Facts, reading: LogReading, top_level: _TopLevel | None) -> None:
        self.facts = facts
        self.reading = reading
        self.top_level = top_level
        self.repeated: _TopLevel | None = None
        self.seen = False

    def check(self) -> None:
        """A chain that logs native movements logged the transaction's own value too, as it was: else
        one of both is wrong, and the same coin would count twice. Raises `Garbled`."""
        if not self.seen or self.top_level is None:
            return
        sender, recipient, amount = self.top_level
        if amount and sender != recipient:  # a movement to oneself is not logged
            raise garbled("the logs of native coin lack the transaction's own value")

    def read(self, topics: list[Any], data: Any, position: str) -> None:
        polygon = self.facts.stack == "polygon" and len(topics) == 4
        if topics[0] == abi.LOG_TRANSFER and polygon:
            move = _parties(topics[2:], abi.words_of(data)[:1])
        elif topics[0] == abi.TRANSFER:
            move = _parties(topics[1:], abi.words_of(data))
        else:
            return
        if move is None:
            return
        if self.facts.stack == "polygon" and self._is_repetition(topics[0], move):
            return
        if BOOTLOADER in move[:2] and self.facts.stack == "zksync":
            if move[1] == BOOTLOADER:
                self.reading.fee_payer = self.reading.fee_payer or move[0]
            return
        self.seen = True
        if move == self.top_level:
            self.top_level = None
            return
        sender, recipient, amount = move
        self.reading.moves.append(
            Move(position, TransferKind.INTERNAL, self.facts.native, amount, sender, recipient)
        )

    def _is_repetition(self, topic: str, move: _TopLevel) -> bool:
        """Polygon's 0x…1010, asked to transfer, moves the coin by a call (logged by the node), and
        then says so again itself: by a Transfer and by a LogTransfer of its own behind it."""
        if topic == abi.TRANSFER:
            self.repeated = move
            return True
        repeated, self.repeated = self.repeated, None
        return repeated == move


def _parties(address_topics: list[Any], words: list[str]) -> _TopLevel | None:
    values = [abi.word_of_topic(t) for t in address_topics] + words
    if len(values) != 3:
        return None
    sender, recipient = abi.address_of_word(values[0]), abi.address_of_word(values[1])
    if sender is None or recipient is None:
        return None
    return sender, recipient, abi.int_of_word(values[2])


def _read_transfer(
    facts: Facts, contract: str, topics: list[Any], data: Any, position: str
) -> list[Move]:
    """ERC-20 (amount in the data), ERC-721 (the id is a fourth topic: never an amount), and the
    tokens from before the standard that index nothing. Other shapes can't be told apart."""
    words = abi.words_of(data)
    if (len(topics), len(words)) not in {(3, 1), (4, 0), (1, 3)}:
        return []
    parties = _parties(topics[1:], words)
    if parties is None:
        return []
    sender, recipient, number = parties
    if contract == facts.native_token:
        return [Move(position, TransferKind.NATIVE, facts.native, number, sender, recipient)]
    if len(topics) == 4:
        asset = AssetId(f"{facts.prefix}{abi.token_reference('erc721', contract)}/{number}")
        return [Move(position, TransferKind.NFT, asset, 1, sender, recipient, contract, "erc721")]
    asset = AssetId(facts.prefix + abi.token_reference("erc20", contract))
    kind = "unindexed_transfer" if len(topics) == 1 else None
    return [
        Move(
            position, TransferKind.TOKEN, asset, number, sender, recipient, contract, "erc20", kind
        )
    ]


def _read_single(
    facts: Facts, contract: str, topics: list[Any], data: Any, position: str
) -> list[Move]:
    words = abi.words_of(data)
    if len(topics) != 4 or len(words) != 2:
        return []
    number, amount = map(abi.int_of_word, words)
    return _read_items(facts, contract, topics, [(position, number, amount)])


def _read_batch(
    facts: Facts, contract: str, topics: list[Any], data: Any, position: str
) -> list[Move]:
    """One log, several items: ``log:12.0``, ``log:12.1``…"""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    if len(topics) != 4 or not abi.words_of(data):
        return []
    try:
        ids, amounts = decode(["uint256[]", "uint256[]"], bytes.fromhex(data[2:]))
    except (DecodingError, ValueError, TypeError):
        return []
    if len(ids) != len(amounts) or len(ids) > _BATCH_LIMIT:
        return []
    items = [
        (f"{position}.{i}", int(number), int(amount))
        for i, (number, amount) in enumerate(zip(ids, amounts, strict=True))
    ]
    return _read_items(facts, contract, topics, items)


def _read_items(
    facts: Facts, contract: str, topics: list[Any], items: list[tuple[str, int, int]]
) -> list[Move]:
    sender = abi.address_of_word(abi.word_of_topic(topics[2]))
    recipient = abi.address_of_word(abi.word_of_topic(topics[3]))
    if sender is None or recipient is None:
        return []
    reference = facts.prefix + abi.token_reference("erc1155", contract)
    return [
        Move(
            position=position,
            kind=TransferKind.NFT,
            asset=AssetId(f"{reference}/{number}"),
            amount=amount,
            sender=sender,
            recipient=recipient,
            token=contract,
            standard="erc1155",
        )
        for position, number, amount in items
    ]


def _read_wrapped(
    facts: Facts, contract: str, topics: list[Any], data: Any, position: str
) -> list[Move]:
    """WETH9 makes and burns wrapped coin without a Transfer. Only the network's own contract is
    read so: elsewhere ``Deposit`` means whatever the contract's author meant by it."""
    words = abi.words_of(data)
    holder = abi.address_of_word(abi.word_of_topic(topics[1])) if len(topics) == 2 else None
    if holder is None or len(words) != 1:
        return []
    made = topics[0] == abi.WRAPPED_DEPOSIT
    sender, recipient = (abi.ZERO, holder) if made else (holder, abi.ZERO)
    asset = AssetId(facts.prefix + abi.token_reference("erc20", contract))
    amount, what = abi.int_of_word(words[0]), "wrap" if made else "unwrap"
    return [
        Move(
            position, TransferKind.TOKEN, asset, amount, sender, recipient, contract, "erc20", what
        )
    ]


def _merge_wrapped(reading: LogReading, wrapped: list[Move]) -> None:
    """Newer wrapped-coin contracts emit a Transfer beside it: the Transfer alone counts then."""
    said = {(m.asset, m.sender, m.recipient, m.amount) for m in reading.moves}
    alone = [m for m in wrapped if (m.asset, m.sender, m.recipient, m.amount) not in said]
    reading.moves = sorted(reading.moves + alone, key=lambda m: _log_order(m.position))


def _log_order(position: str) -> tuple[int, ...]:
    return tuple(map(int, position.removeprefix("log:").split(".")))


def _note_user_operation(contract: str, topics: list[Any], data: Any) -> list[Note]:
    words = abi.words_of(data)
    went = "went through" if len(words) > 1 and abi.int_of_word(words[1]) else "failed"
    shown = topics[1] if len(topics) > 1 else "unknown"
    text = f"ERC-4337 user operation {shown} {went}; who sent is in the logs, not in the bundler"
    return [Note("user_operation", text)]


def _note_safe(contract: str, topics: list[Any], data: Any) -> list[Note]:
    safe = abi.party_of(contract).address
    if topics[0] == abi.SAFE_SUCCESS:
        return [Note("safe_execution", f"executed by the Safe {safe}")]
    return [Note("safe_execution_failed", f"the Safe {safe} says that its inner call failed")]


def _note_redeem(contract: str, topics: list[Any], data: Any) -> list[Note]:
    if contract != ARBITRUM_RETRYABLES or len(topics) < 3:
        return []
    text = f"the ticket's redemption is the transaction {topics[2]}: claim that one"
    return [Note("retryable_redeem", text)]


_NOTES = {
    abi.USER_OPERATION: _note_user_operation,
    abi.SAFE_SUCCESS: _note_safe,
    abi.SAFE_FAILURE: _note_safe,
    abi.REDEEM_SCHEDULED: _note_redeem,
}

_READERS = {
    abi.TRANSFER: _read_transfer,
    abi.TRANSFER_SINGLE: _read_single,
    abi.TRANSFER_BATCH: _read_batch,
    abi.WRAPPED_DEPOSIT: _read_wrapped,
    abi.WRAPPED_WITHDRAWAL: _read_wrapped,
    abi.LOG_TRANSFER: _read_transfer,
} | dict.fromkeys(_NOTES, _read_transfer)


def may_move_inside(tx: Mapping[str, Any], receipt: Mapping[str, Any], facts: Facts) -> bool:
    """Whether native coin can have moved without the receipt showing it: only a trace can tell.

    Not where the transaction failed, ran no code, is on a chain that logs such movements, or is
    one ordinary call of a token that ends in the one Transfer it asked for.
    """
    logs = receipt.get("logs")
    if not isinstance(logs, list):
        raise garbled("the receipt has no list of logs")
    if receipt.get("status") == "0x0" or facts.stack == "zksync":
        return False
    if tx.get("type") == "0x6a":  # Arbitrum's own bookkeeping at the start of a block
        return False
    for log in logs:
        # One log of the protocol (Polygon logs the fee too) means that it logs all of them.
        emitter = str(log.get("address")).lower() if isinstance(log, dict) else None
        if emitter in (SYSTEM_LOG_EIP7708, facts.native_log):
            return False
    used = abi.parse_quantity(receipt.get("gasUsed"), "gasUsed")
    # Arbitrum counts the gas of its L1 data in gasUsed.
    used -= abi.parse_optional(receipt.get("gasUsedForL1"), "gasUsedForL1") or 0
    sent = abi.parse_data(tx.get("input"), "input")
    if used <= _PLAIN_GAS and sent == "0x" and tx.get("to") is not None:
        return False
    return not (used <= _TOKEN_CALL_GAS and _is_plain_token_call(tx, sent, logs))


_PLAIN_GAS = 21_000
"""The cost of a transaction that runs nothing. Should a fork make transactions cheaper (EIP-2780),
it brings EIP-7708 logs with it, and those are asked first."""

_TOKEN_CALL_GAS = 150_000
"""Above it a token does more than book: reflection tokens pay native dividends on transfers."""


def _is_plain_token_call(tx: Mapping[str, Any], sent: str, logs: Sequence[Any]) -> bool:
    if len(logs) != 1 or tx.get("value") != "0x0":
        return False
    if sent.startswith("0xa9059cbb"):  # transfer(address,uint256)
        recipient = sent[34:74]
    elif sent.startswith("0x23b872dd"):  # transferFrom(address,address,uint256)
        recipient = sent[98:138]
    else:
        return False
    log = logs[0] if isinstance(logs[0], dict) else {}
    topics = log.get("topics")
    return bool(
        isinstance(topics, list)
        and len(topics) == 3
        and topics[0] == abi.TRANSFER
        and log.get("address") == tx.get("to")
        and len(recipient) == 40
        and str(topics[2])[26:] == recipient
    )
