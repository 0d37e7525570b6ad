"""From movements to the transfers of the evidence: index, parties, display names, batches.

Knows: which payments belong to one call. Must not know: where the movements were read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recovery.chains.evm import abi
from recovery.chains.evm.fees import is_token_fee
from recovery.chains.evm.logs import Move
from recovery.chains.shape import garbled
from recovery.model import Transfer, TransferKind
from recovery.networks import Network


def assemble(
    network: Network, tx: Mapping[str, Any], moves: Sequence[Move], tokens: Mapping[str, Any]
) -> tuple[Transfer, ...]:
    """Transfers in the movements' order. ``tokens``: what the contracts say of themselves."""
    if len({m.position for m in moves}) != len(moves):
        raise garbled("two logs have one logIndex")
    payers = _paying_many(tx, moves) if len(moves) > 1 else frozenset()
    return tuple([_transfer(network, i, m, payers, tokens) for i, m in enumerate(moves)])


def _transfer(
    network: Network,
    index: int,
    move: Move,
    payers: frozenset[str],
    tokens: Mapping[str, Any],
) -> Transfer:
    symbol = name = None
    decimals: int | None = None
    if move.token is None:
        symbol, decimals = network.symbol, network.decimals
    elif (said := tokens.get(move.token)) is not None:
        symbol, name = abi.parse_text_answer(said[0]), abi.parse_text_answer(said[1])
        if move.kind is TransferKind.TOKEN:
            decimals = abi.parse_decimals_answer(said[2])
    return Transfer(
        index=index,
        position=move.position,
        kind=move.kind,
        asset=move.asset,
        amount=move.amount,
        senders=(abi.party_of(move.sender),),
        recipient=abi.party_of(move.recipient),
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


def _paying_many(tx: Mapping[str, Any], moves: Sequence[Move]) -> frozenset[str]:
    """Senders of several payments, to two recipients or more, within the one call.

    Not the transaction's own value, which has one recipient; nor mints, burns and fees.
    """
    sent = abi.parse_data(tx.get("input"), "input")
    if sent.startswith(("0xa9059cbb", "0x23b872dd")):  # one transfer; the rest is the token's fee
        return frozenset()
    recipients: dict[str, set[str]] = {}
    for move in moves:
        if _is_payment(move) and not is_token_fee(tx, move.token, move.sender, move.recipient):
            recipients.setdefault(move.sender, set()).add(move.recipient)
    return frozenset(sender for sender, paid in recipients.items() if len(paid) > 1)


def _is_payment(move: Move) -> bool:
    if move.position == "native" or not move.amount:
        return False
    return abi.ZERO not in (move.sender, move.recipient) and move.sender != move.recipient
