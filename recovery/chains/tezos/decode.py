"""From an indexer's or a node's answers to evidence, for Tezos.

Knows: groups that are all or nothing, internal operations, depth, fees and burns. Must not know: HTTP,
clocks, whose addresses these are. The dialects are read in `answer`, token transfers in `tokens`.

Positions: ``op:2`` is the coin of the group's third operation, ``op:2.1`` that of its internal
operation with nonce 1, and ``op:2:0`` or ``op:2.1:0`` the first token transfer of that call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from recovery.assets import token_asset
from recovery.chains.codecs import parse_address
from recovery.chains.family import RawTx
from recovery.chains.shape import garbled, read_object
from recovery.chains.tezos.answer import (
    MOVE_NOTHING,
    Group,
    Operation,
    read_int,
    read_octez,
    read_tzkt,
)
from recovery.chains.tezos.tokens import TokenMove, read_asked_moves, read_tzkt_moves
from recovery.errors import BadInput, Garbled
from recovery.model import (
    AssetId,
    Evidence,
    Gap,
    Note,
    Party,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import Network

_NOBODY = Party(None, None)
_SPECIAL = frozenset({"origination", "activation", "drain_delegate"})


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one group; raises `Garbled` where the answers have not their shape."""
    try:
        return _decode(network, raw)
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


def read_group(raw: RawTx) -> Group:
    """The answers in one shape, whichever API gave them."""
    if raw.api == "octez":
        return read_octez(raw.answers, raw.tx_hash)
    return read_tzkt(raw.answers.get("operations"), raw.tx_hash)


def calls_contract(operation: Operation) -> bool:
    """Whether a contract ran, which may have moved tokens; each has its own entry in the group."""
    target = operation.target or ""
    return operation.kind == "transaction" and target.startswith("KT1")


def _decode(network: Network, raw: RawTx) -> Evidence:
    group = read_group(raw)
    moves = _moves(raw, group)
    transfers = _transfers(network, group, moves)
    head = read_int(read_object(raw.answers.get("head"), "the head").get("level"), "the head")
    depth = 0 if group.block is None else max(head - group.block.height + 1, 1)
    required = network.finality.confirmations
    if group.block is None:
        status = TxStatus.PENDING
    else:
        status = TxStatus.CONFIRMED if group.applied else TxStatus.FAILED
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=group.hash,
        status=status,
        block=group.block,
        confirmations=depth,
        required_confirmations=required,
        final=required is not None and depth >= required,
        fee=_fee(network, group),
        transfers=tuple(transfers),
        notes=tuple(_notes(group)),
        gaps=frozenset(_gaps(raw, group, moves)),
        failure=_failure(group) if status is TxStatus.FAILED else None,
    )


def _moves(raw: RawTx, group: Group) -> list[TokenMove]:
    """By balances where an indexer reckons them and the group was applied; else as asked for."""
    if raw.api == "octez" or not group.applied:
        return read_asked_moves(group.operations)
    return read_tzkt_moves(raw.answers.get("tokens", []), group.operations)


def _gaps(raw: RawTx, group: Group, moves: list[TokenMove]) -> Iterator[Gap]:
    if any(_is_unread(o) for o in group.operations):
        yield Gap.INTERNAL_TRANSFERS
    if raw.api == "octez" and group.applied and any(map(calls_contract, group.operations)):
        yield Gap.INTERNAL_TRANSFERS
        if moves:
            yield Gap.TOKEN_VALIDITY


def _is_unread(operation: Operation) -> bool:
    known = {"transaction", *_SPECIAL, *MOVE_NOTHING}
    return operation.kind not in known


def _fee(network: Network, group: Group) -> TxFee | None:
    """Bakers' fees are paid whatever becomes of the group; storage only where it was applied."""
    if group.block is None or all(o.counter is None for o in group.operations):
        return None
    fees = sum(o.fee for o in group.operations)
    burned = sum(o.burned for o in group.operations) if group.applied else 0
    own = [o.sender for o in group.operations if o.nonce is None]
    payer = own[0] if own and len(set(own)) == 1 else None
    return TxFee(network.native_asset, fees + burned, payer)


def _failure(group: Group) -> str:
    failed = [o for o in group.operations if o.status == "failed"]
    words = [f"{o.position}: {', '.join(o.errors) or 'failed'}" for o in failed]
    return "; ".join(words) or "the group was not applied"


def _transfers(network: Network, group: Group, moves: list[TokenMove]) -> list[Transfer]:
    by_call: dict[str, list[TokenMove]] = {}
    for move in moves:
        by_call.setdefault(move.position.rpartition(":")[0], []).append(move)
    found: list[Transfer] = []
    for operation in group.operations:
        succeeded = group.applied and operation.status == "applied"
        coin = _coin(network, operation, succeeded=succeeded)
        if coin is not None:
            found.append(coin)
        moved = by_call.get(operation.position, ())
        found += [_token(network, move, operation, succeeded=succeeded) for move in moved]
    return _number(found, _payer(network, group))


def _payer(network: Network, group: Group) -> Party:
    first = group.operations[0].sender
    return _NOBODY if first is None else _party(network, first)


def _number(found: list[Transfer], payer: Party) -> list[Transfer]:
    """Indexes; and ``batched`` where the signer himself paid two recipients or more."""
    paid = [t for t in found if payer in t.senders and t.recipient != payer]
    batch = len({t.recipient for t in paid}) > 1
    return [
        replace(t, index=i, batched=batch and payer in t.senders and t.recipient != payer)
        for i, t in enumerate(found)
    ]


def _coin(network: Network, operation: Operation, *, succeeded: bool) -> Transfer | None:
    """The coin an operation carries. A call of a contract without any is no movement of value."""
    target = operation.target
    if operation.kind != "transaction" and operation.kind not in _SPECIAL:
        return None
    if target is None:
        return None
    if not operation.amount and not (target.startswith("tz") and operation.kind == "transaction"):
        return None
    special = operation.kind in _SPECIAL
    senders = () if operation.sender is None else (_party(network, operation.sender),)
    return Transfer(
        index=0,
        position=operation.position,
        kind=TransferKind.NATIVE if operation.nonce is None else TransferKind.INTERNAL,
        asset=network.native_asset,
        amount=operation.amount,
        senders=senders or (_NOBODY,),
        recipient=_party(network, target),
        succeeded=succeeded,
        symbol=network.symbol,
        decimals=network.decimals,
        type=operation.kind if special else None,
        special=special,
    )


def _token(network: Network, move: TokenMove, operation: Operation, *, succeeded: bool) -> Transfer:
    """Tokens that are new come from whoever made the contract give them out."""
    sender = move.sender or operation.sender
    return Transfer(
        index=0,
        position=move.position,
        kind=TransferKind.NFT if move.unique else TransferKind.TOKEN,
        asset=_asset(network, move),
        amount=move.amount,
        senders=(_NOBODY if sender is None else _party(network, sender),),
        recipient=_NOBODY if move.recipient is None else _party(network, move.recipient),
        succeeded=succeeded,
        symbol=move.symbol,
        decimals=move.decimals,
        type="mint" if move.sender is None else None,
        name=move.name,
        standard=move.standard,
    )


def _asset(network: Network, move: TokenMove) -> AssetId:
    try:
        if move.standard == "fa1.2":
            return token_asset(network, "fa12", move.contract)
        return token_asset(network, "fa2", f"{move.contract}/{move.token_id}")
    except BadInput as wrong:
        raise garbled(wrong.text) from None


def _party(network: Network, text: str) -> Party:
    try:
        address = parse_address(network, text)
    except BadInput:
        raise garbled(f"{text[:80]!r} is no address") from None
    return Party(address.text, address.key)


def _notes(group: Group) -> Iterator[Note]:
    if group.refusal is not None:
        text = f"the node's mempool keeps it as {group.refusal}: it will hardly come into a block"
        yield Note("mempool_refuses", text)
    kinds: dict[str, Any] = dict.fromkeys(
        o.kind for o in group.operations if o.kind not in ("transaction", *_SPECIAL)
    )
    for kind in kinds:
        if kind in MOVE_NOTHING:
            yield Note("operation_without_payment", f"the group holds a {kind}, which pays nobody")
        else:
            yield Note("operation_unread", f"the group holds a {kind}: what it moved is not read")
