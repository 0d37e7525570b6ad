"""One movement of value before it has an index, and how it becomes a transfer.

Knows: parties, positions, which payments belong to one call. Must not know: where a movement was
read (`contracts`, `logs`, `internal`).

Positions: ``native`` is the transaction's own coin, ``token`` its own TRC-10; ``log:2`` counts in
``log`` of the transaction's info, ``trace:3.0`` is a value of the fourth internal transaction.
``stake`` and ``reward`` come back to their owner; ``call`` is what a failed call had asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.evm.abi import parse_decimals_answer, parse_text_answer
from recovery.chains.tron.wire import ZERO, party_of, text_of
from recovery.model import AssetId, Memo, Transfer, TransferKind
from recovery.networks import Network


@dataclass(slots=True)
class Move:
    """Addresses are hexadecimal with their 41. ``token`` is the contract or TRC-10 id to be named."""

    position: str
    kind: TransferKind
    asset: AssetId
    amount: int
    sender: str | None
    recipient: str
    token: str | None = None
    standard: str | None = None
    type: str | None = None
    special: bool = False
    requested: int | None = None
    succeeded: bool = True


def trc10(network: Network, token_id: int | str) -> AssetId:
    return AssetId(f"{network.chain}/trc10:{token_id}")


def of_contract(
    network: Network, namespace: str, contract: str, number: int | None = None
) -> AssetId:
    plain = AssetId(f"{network.chain}/{namespace}:{text_of(contract)}")
    return plain if number is None else AssetId(f"{plain}/{number}")


def assemble(
    network: Network,
    moves: Sequence[Move],
    *,
    memo: Memo | None,
    names: Mapping[str, Any],
    one_payment: bool,
) -> tuple[Transfer, ...]:
    """Transfers in the movements' order; ``names`` is what tokens say of themselves.

    ``one_payment``: the call is a token's plain transfer, so what else moved is the token's fee.
    """
    payers = frozenset() if one_payment else _paying_many(moves)
    transfers = []
    for index, move in enumerate(moves):
        symbol, name, decimals = _name(network, move, names)
        transfers.append(
            Transfer(
                index=index,
                position=move.position,
                kind=move.kind,
                asset=move.asset,
                amount=move.amount,
                senders=() if move.sender is None else (party_of(move.sender),),
                recipient=party_of(move.recipient),
                memo=memo,
                succeeded=move.succeeded,
                symbol=symbol,
                decimals=decimals,
                requested_amount=move.requested,
                type=move.type,
                special=move.special,
                batched=move.sender in payers and _is_payment(move),
                standard=move.standard,
                name=name,
            )
        )
    return tuple(transfers)


def _name(
    network: Network, move: Move, names: Mapping[str, Any]
) -> tuple[str | None, str | None, int | None]:
    """Symbol, name and decimals, for display only: anybody can call a token anything."""
    if move.token is None:
        return network.symbol, None, network.decimals
    said = names.get(move.token)
    if not isinstance(said, list | tuple) or len(said) != 3:
        return None, None, None
    symbol, name, decimals = said
    if move.standard == "trc10":
        return _plain_text(symbol), _plain_text(name), decimals if _is_places(decimals) else None
    places = parse_decimals_answer(_data(decimals)) if move.kind is TransferKind.TOKEN else None
    return parse_text_answer(_data(symbol)), parse_text_answer(_data(name)), places


def _data(answer: Any) -> str | None:
    return f"0x{answer}" if isinstance(answer, str) else None


def _plain_text(answer: Any) -> str | None:
    """TRC-10 names are bytes: as 32 padded ones they take the way that old tokens' texts take."""
    if not isinstance(answer, str) or not 0 < len(answer) <= 64:
        return None
    return parse_text_answer("0x" + answer.ljust(64, "0"))


def _is_places(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 77


def _paying_many(moves: Sequence[Move]) -> frozenset[str]:
    """Senders of several payments, to two recipients or more, within the one call."""
    recipients: dict[str, set[str]] = {}
    for move in moves:
        if move.sender is not None and _is_payment(move):
            recipients.setdefault(move.sender, set()).add(move.recipient)
    return frozenset(sender for sender, paid in recipients.items() if len(paid) > 1)


def _is_payment(move: Move) -> bool:
    """Not the transaction's own value, which has one recipient; no mint, burn or self-transfer."""
    if not move.position.startswith(("log:", "trace:")) or not move.amount:
        return False
    return ZERO not in (move.sender, move.recipient) and move.sender != move.recipient
