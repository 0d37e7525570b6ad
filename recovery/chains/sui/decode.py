"""Sui evidence: net balance changes and handed objects made into who received what.

Knows: finality by checkpoint, gas inside the payer's balance, both APIs' readers by name. Must not
know: HTTP, clocks, whose address is ours.

A transaction's balance changes are its truth: per owner and coin, everything already netted, coins
and address balances together. Events of packages are never read. The identity of a receipt is
therefore its owner and its coin, ``output:OWNER:COIN`` (``SUI``, or the coin's type; of an object its
id), equal in every API and whatever order one lists them in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from recovery.assets import split_asset, token_asset
from recovery.chains.family import RawTx
from recovery.chains.shape import garbled, read_object
from recovery.chains.sui import graphql, jsonrpc
from recovery.chains.sui.seen import Handed, Seen, party_of, read_number
from recovery.errors import BadInput
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

NOBODY = Party(None, None)
_LONGEST_NAME = 128

READERS: Mapping[str, Callable[[Mapping[str, Any]], Seen]] = {
    "graphql": graphql.read_transaction,
    "jsonrpc": jsonrpc.read_transaction,
}

Changes = dict[AssetId, dict[str, int]]
"""By asset and owner, what was gained or lost, the gas left out."""


def decode(network: Network, raw: RawTx) -> Evidence:
    """Raises `Garbled` where the answers are not the API's."""
    seen = READERS[raw.api](raw.answers)
    if seen.digest != raw.tx_hash:
        raise garbled("it is another transaction")
    if seen.succeeded:
        status = TxStatus.CONFIRMED if seen.block else TxStatus.PENDING
    else:
        status = TxStatus.FAILED if seen.block else TxStatus.PENDING
    transfers: tuple[Transfer, ...] = ()
    if seen.succeeded:
        transfers = _read_transfers(network, seen, raw.answers.get("coins"))
    confirmations = 0
    if seen.block is not None:
        head = read_number(raw.answers.get("head"), "the head")
        confirmations = max(head - seen.block.height + 1, 1)
    fee = None
    if seen.payer is not None and seen.block is not None:
        fee = TxFee(network.native_asset, max(seen.fee, 0), seen.payer)
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=raw.tx_hash,
        status=status,
        block=seen.block,
        confirmations=confirmations,
        required_confirmations=network.finality.confirmations,
        final=seen.block is not None,
        fee=fee,
        transfers=transfers,
        notes=_find_notes(seen),
        gaps=frozenset({Gap.INTERNAL_TRANSFERS} if seen.unowned or _lacks_rows(seen) else ()),
        failure=None if seen.succeeded else (seen.error or "failed")[:400],
    )


def _lacks_rows(seen: Seen) -> bool:
    """Somebody paid the gas and no balance changed: the service has lost what the rows are made of."""
    return seen.succeeded and seen.sender is not None and seen.fee != 0 and not seen.rows


def _find_notes(seen: Seen) -> tuple[Note, ...]:
    notes = []
    if seen.sender is None:
        notes.append(Note("system_transaction", "validators made it themselves; no user signed it"))
    if seen.block is None:
        text = "its effects are certified, and no checkpoint holds it yet"
        notes.append(Note("not_checkpointed", text))
    if seen.unowned:
        text = f"{seen.unowned} balances changed of coins that are shared or frozen objects"
        notes.append(Note("owner_unknown", text))
    if _lacks_rows(seen):
        notes.append(
            Note("balances_missing", "gas was paid, but the answer shows no balance change")
        )
    return tuple(notes)


def asset_of(network: Network, namespace: str, reference: str) -> AssetId:
    try:
        return token_asset(network, namespace, reference)
    except BadInput as wrong:
        raise garbled(f"an asset that can't be named: {wrong.text}") from None


def find_coins(network: Network, seen: Seen) -> dict[AssetId, str]:
    """The coins other than SUI that somebody gained or lost, with a type as the API writes it."""
    types = {row.coin_type for row in seen.rows}
    found = {asset_of(network, "coin", coin_type): coin_type for coin_type in sorted(types)}
    found.pop(network.native_asset, None)
    return found


def _read_changes(network: Network, seen: Seen) -> Changes:
    """Net changes by asset and owner; the gas is a fee of its payer's and no part of what moved."""
    if len(set(seen.rows)) != len(seen.rows):
        raise garbled("one change of a balance is told twice")
    changes: Changes = {}
    types = {row.coin_type for row in seen.rows}
    assets = {coin_type: asset_of(network, "coin", coin_type) for coin_type in types}
    for row in seen.rows:
        owners = changes.setdefault(assets[row.coin_type], {})
        owners[row.owner] = owners.get(row.owner, 0) + row.amount
    native = changes.get(network.native_asset, {})
    if seen.payer is not None and seen.payer in native:
        native[seen.payer] += seen.fee
    return changes


def _read_transfers(network: Network, seen: Seen, coins: Any) -> tuple[Transfer, ...]:
    changes = _read_changes(network, seen)
    sayings = read_object(coins or {}, "coins")
    gains = sorted(
        (owner, asset, amount)
        for asset, owners in changes.items()
        for owner, amount in owners.items()
        if amount > 0
    )
    payers = {
        asset: tuple(sorted(o for o, amount in owners.items() if amount < 0))
        for asset, owners in changes.items()
    }
    paid = {o for o, asset, _ in gains if payers[asset] == (seen.sender,)}
    made = [
        _make_gain(
            network,
            seen,
            owner,
            asset,
            amount,
            payers=payers[asset],
            batched=len(paid) > 1 and owner in paid and payers[asset] == (seen.sender,),
            saying=sayings.get(asset),
        )
        for owner, asset, amount in gains
    ]
    handed = sorted(seen.handed, key=lambda h: (h.taker, h.thing))
    made += [_make_handed(network, seen, h) for h in handed]
    return tuple(replace(t, index=i) for i, t in enumerate(made))


def _make_gain(
    network: Network,
    seen: Seen,
    owner: str,
    asset: AssetId,
    amount: int,
    *,
    payers: tuple[str, ...],
    batched: bool,
    saying: Any,
) -> Transfer:
    """What leaves no owner's balance (a pool's reserve, a mint) a program paid; the sender stands
    for it then."""
    native = asset == network.native_asset
    kind = TransferKind.TOKEN
    if native:
        own = bool(payers) and {seen.sender, seen.payer}.issuperset(payers)
        kind = TransferKind.NATIVE if own else TransferKind.INTERNAL
    symbol, name, decimals = _read_saying(saying)
    unit = network.symbol if native else split_asset(asset)[1]
    return Transfer(
        index=0,
        position=f"output:{owner}:{unit}",
        kind=kind,
        asset=asset,
        amount=amount,
        senders=_senders(payers, seen),
        recipient=party_of(owner),
        symbol=network.symbol if native else symbol,
        name=None if native else name,
        decimals=network.decimals if native else decimals,
        batched=batched,
        standard=None if native else "coin",
    )


def _senders(payers: tuple[str, ...], seen: Seen) -> tuple[Party, ...]:
    known = payers or ((seen.sender,) if seen.sender else ())
    return tuple(party_of(p) for p in known) or (NOBODY,)


def _make_handed(network: Network, seen: Seen, handed: Handed) -> Transfer:
    return Transfer(
        index=0,
        position=f"output:{handed.taker}:{handed.thing}",
        kind=TransferKind.NFT,
        asset=asset_of(network, "object", handed.thing),
        amount=1,
        senders=_senders((handed.giver,) if handed.giver else (), seen),
        recipient=party_of(handed.taker),
        standard="object",
    )


def _read_saying(value: Any) -> tuple[str | None, str | None, int | None]:
    if not isinstance(value, dict):
        return None, None, None
    places = value.get("decimals")
    known = isinstance(places, int) and not isinstance(places, bool) and 0 <= places < 256
    return (
        _plain_text(value.get("symbol")),
        _plain_text(value.get("name")),
        places if known else None,
    )


def _plain_text(value: Any) -> str | None:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NAME:
        return None
    return value if value.isprintable() else None
