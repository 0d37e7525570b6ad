"""By how much a recipient's token balance really rose, by the contract's own ``balanceOf``.

Knows: balances before and after a block, and the block's other movements of the same token. Must
not know: what a difference means; whether the contract is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from recovery.chains.evm.abi import (
    TRANSFER,
    address_of_word,
    int_of_word,
    parse_quantity,
    word_of_address,
    word_of_topic,
    words_of,
)
from recovery.chains.family import Received
from recovery.chains.shape import garbled
from recovery.chains.source import Node
from recovery.model import Evidence, Transfer, TransferKind
from recovery.networks import Network

_BALANCE_OF = "0x70a08231"


def fetch_received(
    network: Network, node: Node, evidence: Evidence, transfers: Sequence[Transfer]
) -> dict[int, Received]:
    """The rise per transfer index; an index is missing where the node can't say.

    Balances are known per block, a transaction can share its block with others: see `_share`.
    """
    block = evidence.block
    asked = [t for t in transfers if _can_be_asked(t)]
    if block is None or block.height < 1 or not asked:
        return {}
    tokens = list(dict.fromkeys(_contract(t) for t in asked))
    holders = list(dict.fromkeys((_contract(t), _holder(t)) for t in asked))
    calls: list[tuple[str, Sequence[Any]]] = []
    for token, holder in holders:
        call = {"to": token, "data": _BALANCE_OF + word_of_address(holder)}
        calls += [("eth_call", (call, hex(height))) for height in (block.height - 1, block.height)]
    calls += [
        ("eth_getLogs", ({"blockHash": block.hash, "address": token, "topics": [TRANSFER]},))
        for token in tokens
    ]
    answers = node.rpc_batch(calls)
    logs = dict(zip(tokens, answers[2 * len(holders) :], strict=True))
    rises = {
        pair: _rise(answers[2 * i], answers[2 * i + 1])
        for i, pair in enumerate(holders)
        if isinstance(logs[pair[0]], list)
    }
    received = {}
    for transfer in asked:
        pair = (_contract(transfer), _holder(transfer))
        rise = rises.get(pair)
        if rise is None:
            continue
        amount = _share(transfer, rise, _others(logs[pair[0]], pair[1], transfer))
        if amount is not None:
            received[transfer.index] = Received(amount)
    return received


def _can_be_asked(transfer: Transfer) -> bool:
    return (
        transfer.kind is TransferKind.TOKEN
        and transfer.standard == "erc20"
        and transfer.succeeded
        and transfer.position.startswith("log:")
        and transfer.recipient.key is not None
        and transfer.senders[0].key != transfer.recipient.key
    )


def _contract(transfer: Transfer) -> str:
    return transfer.asset.rpartition(":")[2].lower()


def _holder(transfer: Transfer) -> str:
    assert transfer.recipient.key is not None
    return "0x" + transfer.recipient.key.payload.hex()


def _rise(before: Any, after: Any) -> int | None:
    balances: list[int] = []
    for answer in (before, after):
        words = words_of(answer) if isinstance(answer, str) else []
        if len(words) != 1:
            # No code before the block: a token made in this very block, and no balance in it.
            if answer == "0x" and not balances:
                balances.append(0)
                continue
            return None
        balances.append(int_of_word(words[0]))
    return balances[1] - balances[0]


def _others(logs: Iterable[Any], holder: str, transfer: Transfer) -> tuple[list[int], list[int]]:
    """What the token's other logs of the block say came in to the holder, and went out."""
    came: list[int] = []
    went: list[int] = []
    for log in logs:
        if not isinstance(log, dict) or not isinstance(log.get("topics"), list):
            raise garbled("a log is not an object with topics")
        if f"log:{parse_quantity(log.get('logIndex'), 'logIndex')}" == transfer.position:
            continue
        values = [word_of_topic(t) for t in log["topics"][1:]] + words_of(log.get("data"))
        if len(values) != 3:
            continue
        amount = int_of_word(values[2])
        if address_of_word(values[1]) == holder:
            came.append(amount)
        if address_of_word(values[0]) == holder:
            went.append(amount)
    return came, went


def _share(transfer: Transfer, rise: int, others: tuple[list[int], list[int]]) -> int | None:
    """This transfer's part of the block's rise, None where it can't be told.

    Alone in the block, it is the rise. With others, it is what it says where all that the logs
    say adds up; where nothing left and nothing came, it is nothing; where one went out and this
    one alone came in, what left is added back.
    """
    came, went = sum(others[0]), sum(others[1])
    said = int(transfer.amount)
    if not came and not went:
        return max(rise, 0)
    if rise == said + came - went:
        return said
    if not went and rise <= 0:
        return 0
    if not came:
        return max(rise + went, 0)
    return None
