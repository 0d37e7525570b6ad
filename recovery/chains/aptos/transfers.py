"""From movements to transfers: who paid whom, what was delivered, and what a reviewer must see.

Knows: how entries and exits of one asset belong together, what of a deposit is left at the end.
Must not know: nodes, JSON.

A framework's deposit event always moves the balance by its amount, whatever a token's own hooks do
around it. But a hook, an issuer or the recipient's own contract can take the value out again later
in the same transaction: what left a holding after a deposit is taken off that deposit, the latest
first, and nobody is said to have received more than lies in his holding at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from recovery.assets import token_asset
from recovery.chains.aptos.asked import Asked
from recovery.chains.aptos.events import Handover, Movement, Place, Told
from recovery.chains.aptos.wire import party_of
from recovery.chains.shape import garbled
from recovery.errors import BadInput
from recovery.model import AssetId, Party, Transfer, TransferKind
from recovery.networks import Network

Saying = tuple[str | None, str | None, int | None]
"""What a token calls itself: symbol, name, decimals."""

Payers = tuple[tuple[str, ...], bool]
"""Owners that paid, and whether the value left a holding of theirs."""

SECONDARY, FROZEN = "secondary_store", "frozen_store"
"""Special types: in a store beside the owner's usual one; in one that the issuer has frozen."""

NOBODY = Party(None, None)


@dataclass(frozen=True, slots=True)
class Gas:
    """What the fee takes silently from its payer's holding of the native coin."""

    payer: str | None
    amount: int


def asset_of(network: Network, namespace: str, reference: str) -> AssetId:
    try:
        return token_asset(network, namespace, reference)
    except BadInput as wrong:
        raise garbled(f"an asset that can't be named: {wrong.text}") from None


def read_transfers(
    network: Network,
    told: Told,
    signers: frozenset[str],
    *,
    sender: str | None,
    gas: Gas,
    sayings: Mapping[AssetId, Saying],
) -> tuple[Transfer, ...]:
    """Every deposit and handover in the order of their events."""
    named = {(m.holding.namespace, m.holding.reference) for m in told.movements}
    known = {name: asset_of(network, *name) for name in named}
    assets = {m.number: known[m.holding.namespace, m.holding.reference] for m in told.movements}
    left = _find_left(network, told.movements, assets, gas)
    paid_by = _find_payers(told.movements, assets, sender)
    kept = _find_kept(told.handovers)
    batched = _find_batched(told, paid_by, sender)
    made: list[Transfer] = []
    for movement in told.movements:
        if movement.entered:
            number = movement.number
            payers, from_holding = paid_by[number]
            made.append(
                _make_payment(
                    network,
                    movement,
                    assets[number],
                    left[number],
                    payers=payers,
                    by_program=not from_holding or not signers.issuperset(payers),
                    batched=number in batched,
                    saying=sayings.get(assets[number]),
                )
            )
    made += [_make_handover(network, h, kept=h.number in kept) for h in told.handovers]
    made.sort(key=lambda t: int(t.position.partition(":")[2]))
    return number_them(made)


def number_them(made: Iterable[Transfer]) -> tuple[Transfer, ...]:
    return tuple(replace(t, index=i) for i, t in enumerate(made))


def _make_payment(
    network: Network,
    movement: Movement,
    asset: AssetId,
    left: int,
    *,
    payers: Sequence[str],
    by_program: bool,
    batched: bool,
    saying: Saying | None,
) -> Transfer:
    native = asset == network.native_asset
    kind = TransferKind.TOKEN
    if native:
        kind = TransferKind.INTERNAL if by_program else TransferKind.NATIVE
    symbol, name, decimals = saying or (None, None, None)
    holding = movement.holding
    special = None
    if left and not holding.primary:
        special = SECONDARY
    elif left and holding.frozen:
        special = FROZEN
    return Transfer(
        index=0,
        position=f"event:{movement.number}",
        kind=kind,
        asset=asset,
        amount=left,
        senders=tuple(party_of(p) for p in payers) or (NOBODY,),
        recipient=party_of(holding.owner),
        symbol=network.symbol if native else symbol,
        name=None if native else name,
        decimals=network.decimals if native else decimals,
        requested_amount=movement.amount if movement.amount != left else None,
        type=special,
        special=special is not None,
        batched=batched,
        standard=None if native else holding.namespace,
    )


def _make_handover(network: Network, handover: Handover, *, kept: bool) -> Transfer:
    return Transfer(
        index=0,
        position=f"event:{handover.number}",
        kind=TransferKind.NFT,
        asset=asset_of(network, "object", handover.thing),
        amount=1 if kept else 0,
        senders=(party_of(handover.giver),),
        recipient=party_of(handover.taker),
        requested_amount=None if kept else 1,
        standard="object",
    )


def make_asked(
    network: Network, asked: Sequence[Asked], sender: str, *, live: bool
) -> tuple[Transfer, ...]:
    """Payments that were asked for: of a pending transaction, or (not ``live``) in vain."""
    made = []
    several = len({a.recipient for a in asked}) > 1
    for number, payment in enumerate(asked):
        asset = asset_of(network, payment.namespace, payment.reference)
        native = asset == network.native_asset
        made.append(
            Transfer(
                index=number,
                position=f"msg:{number}",
                kind=TransferKind.NATIVE if native else TransferKind.TOKEN,
                asset=asset,
                amount=payment.amount,
                senders=(party_of(sender),),
                recipient=party_of(payment.recipient),
                succeeded=live,
                symbol=network.symbol if native else None,
                decimals=network.decimals if native else None,
                batched=several,
                standard=None if native else payment.namespace,
            )
        )
    return tuple(made)


def _find_left(
    network: Network, movements: Sequence[Movement], assets: Mapping[int, AssetId], gas: Gas
) -> dict[int, int]:
    """Of every deposit, what was not taken out again, by the event's number."""
    left = {m.number: m.amount for m in movements if m.entered}
    entered: dict[Place, list[int]] = {}
    last: dict[Place, Movement] = {}
    for movement in movements:
        stack = entered.setdefault(movement.place, [])
        last[movement.place] = movement
        if movement.entered:
            stack.append(movement.number)
        else:
            _take_off(left, stack, movement.amount)
    for place, movement in last.items():
        balance = movement.holding.balance
        if balance is None:
            continue
        asset, owner = assets[movement.number], movement.holding.owner
        if asset == network.native_asset and owner == gas.payer:
            balance += gas.amount
        _take_off(left, entered[place], sum(left[n] for n in entered[place]) - balance)
    return left


def _take_off(left: dict[int, int], stack: list[int], amount: int) -> None:
    while amount > 0 and stack:
        taken = min(amount, left[stack[-1]])
        left[stack[-1]] -= taken
        amount -= taken
        if not left[stack[-1]]:
            stack.pop()


def _find_payers(
    movements: Sequence[Movement], assets: Mapping[int, AssetId], sender: str | None
) -> dict[int, Payers]:
    """Who paid each deposit: the owner of the exit of exactly its amount, else of every exit of the
    asset. Where nothing left any holding (a mint, a pool's own reserve, a stake unlocked) a program
    paid, and whoever sent the transaction stands for it.
    """
    open_exits: dict[AssetId, list[Movement]] = {}
    owners: dict[AssetId, list[str]] = {}
    for movement in movements:
        if not movement.entered:
            owners.setdefault(assets[movement.number], []).append(movement.holding.owner)
    payers: dict[int, Payers] = {}
    for movement in movements:
        asset = assets[movement.number]
        exits = open_exits.setdefault(asset, [])
        if not movement.entered:
            exits.append(movement)
            continue
        match = next((e for e in reversed(exits) if e.amount == movement.amount), None)
        if match is not None:
            exits.remove(match)
            payers[movement.number] = (match.holding.owner,), True
        else:
            known = tuple(dict.fromkeys(owners.get(asset, ())))
            payers[movement.number] = (
                (known, True) if known else ((sender,) if sender else (), False)
            )
    return payers


def _find_batched(told: Told, paid_by: Mapping[int, Payers], sender: str | None) -> frozenset[int]:
    """Deposits that the sender himself made to two recipients or more."""
    own = [
        m
        for m in told.movements
        if m.entered
        and m.amount
        and paid_by[m.number] == ((sender,), True)
        and m.holding.owner != sender
    ]
    several = len({m.holding.owner for m in own}) > 1
    return frozenset(m.number for m in own) if several else frozenset()


def _find_kept(handovers: Sequence[Handover]) -> frozenset[int]:
    """The last handover of each object: earlier takers gave it on."""
    return frozenset({h.thing: h.number for h in handovers}.values())
