"""Aptos evidence: one transaction's answer, its block and the head, made into who received what.

Knows: the REST API's transaction, statuses, fees. Must not know: HTTP, clocks, whose address is ours.

A transaction that is in the ledger is final. ``success`` false means that only gas was paid. The
answers are named ``tx``, ``block`` (of its version; absent while pending), ``head`` (the ledger's
own account of itself) and ``tokens`` (what assets say of themselves, by asset id).
"""

from __future__ import annotations

from typing import Any

from recovery.chains.aptos.asked import find_call, read_asked, read_signature
from recovery.chains.aptos.events import Told, read_events
from recovery.chains.aptos.transfers import (
    FROZEN,
    SECONDARY,
    Gas,
    Saying,
    asset_of,
    make_asked,
    number_them,
    read_transfers,
)
from recovery.chains.aptos.wire import (
    derive_paired_metadata,
    party_of,
    read_address,
    read_hash,
    read_number,
    read_time,
)
from recovery.chains.family import RawTx
from recovery.chains.shape import Json, garbled, read_bool, read_object, read_text
from recovery.model import (
    AssetId,
    Block,
    Evidence,
    Gap,
    Note,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import Network

PENDING = "pending_transaction"
_LONGEST_NAME = 128


def decode(network: Network, raw: RawTx) -> Evidence:
    """Raises `Garbled` where the answers are not the API's."""
    tx = read_object(raw.answers.get("tx"), "the transaction")
    if read_hash(tx.get("hash"), "the hash") != raw.tx_hash:
        raise garbled("it is another transaction")
    kind = read_text(tx.get("type"), "the transaction's type")
    if kind == PENDING:
        return _decode_pending(network, raw, tx)
    if kind.removesuffix("_transaction") == kind:
        raise garbled(f"no type of transaction: {kind:.40}")
    return _decode_committed(network, raw, tx, user=kind == "user_transaction")


def _decode_pending(network: Network, raw: RawTx, tx: Json) -> Evidence:
    sender = read_address(tx.get("sender"), "the sender")
    until = read_number(tx.get("expiration_timestamp_secs"), "the expiration")
    text = f"the transaction can no longer be executed after {until} (seconds since 1970)"
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=raw.tx_hash,
        status=TxStatus.PENDING,
        block=None,
        confirmations=0,
        required_confirmations=None,
        final=False,
        fee=None,
        transfers=make_asked(network, read_asked(tx.get("payload")), sender, live=True),
        notes=(Note("expires", text),),
    )


def _decode_committed(network: Network, raw: RawTx, tx: Json, *, user: bool) -> Evidence:
    version = read_number(tx.get("version"), "the version")
    block = read_block(raw.answers.get("block"), version)
    head = read_number(read_object(raw.answers.get("head"), "the head").get("block_height"), "head")
    succeeded = read_bool(tx.get("success"), "success")
    told = read_events(tx.get("events", None if user else []), tx.get("changes"))
    signers, payer = read_signature(tx)
    if user and payer is None:
        raise garbled("a user's transaction without its sender")
    sender = read_address(tx["sender"], "the sender") if user else None
    fee = _read_fee(network, tx, told, payer) if user else None
    transfers: tuple[Transfer, ...] = ()
    if succeeded:
        gas = Gas(payer, 0 if fee is None else fee.amount)
        transfers = read_transfers(
            network,
            told,
            signers,
            sender=sender,
            gas=gas,
            sayings=_read_sayings(raw.answers.get("tokens")),
        )
    if (not succeeded or told.inner_failure) and sender is not None:
        asked = make_asked(network, read_asked(tx.get("payload")), sender, live=False)
        transfers = number_them((*transfers, *asked))
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=raw.tx_hash,
        status=TxStatus.CONFIRMED if succeeded else TxStatus.FAILED,
        block=block,
        confirmations=max(head - block.height + 1, 1),
        required_confirmations=network.finality.confirmations,
        final=True,
        fee=fee,
        transfers=transfers,
        notes=_find_notes(network, raw, tx, told, transfers, user=user),
        gaps=_find_gaps(told),
        failure=None if succeeded else read_text(tx.get("vm_status"), "vm_status")[:400],
    )


def _find_gaps(told: Told) -> frozenset[Gap]:
    """Value may have reached somebody, or left somebody, whom the answer doesn't name."""
    gaps = set()
    if told.unplaced_in or told.old_tokens:
        gaps.add(Gap.INTERNAL_TRANSFERS)
    if told.unplaced_out:
        gaps.add(Gap.SENDERS)
    return frozenset(gaps)


def read_block(value: Any, version: int) -> Block:
    """The block of a version; raises `Garbled` where the version does not lie in it."""
    block = read_object(value, "the block")
    first = read_number(block.get("first_version"), "first_version")
    last = read_number(block.get("last_version"), "last_version")
    if not first <= version <= last:
        raise garbled("the block is not the transaction's")
    return Block(
        height=read_number(block.get("block_height"), "block_height"),
        hash=read_hash(block.get("block_hash"), "block_hash"),
        time=read_time(block.get("block_timestamp"), "block_timestamp"),
    )


def _read_fee(network: Network, tx: Json, told: Told, payer: str | None) -> TxFee:
    """Gas at its price, less what storage given back refunds (which can be more than the gas)."""
    gas = read_number(tx.get("gas_used"), "gas_used")
    paid = gas * read_number(tx.get("gas_unit_price"), "gas_unit_price") - told.fee_refund
    return TxFee(
        network.native_asset, max(paid, 0), None if payer is None else party_of(payer).address
    )


def _read_sayings(value: Any) -> dict[AssetId, Saying]:
    sayings: dict[AssetId, Saying] = {}
    for asset, said in read_object(value or {}, "tokens").items():
        about = said.get("about") if isinstance(said, dict) else None
        if isinstance(about, dict):
            places = about.get("decimals")
            known = isinstance(places, int) and not isinstance(places, bool) and 0 <= places < 256
            sayings[AssetId(asset)] = (
                _plain_text(about.get("symbol")),
                _plain_text(about.get("name")),
                places if known else None,
            )
    return sayings


def _plain_text(value: Any) -> str | None:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NAME:
        return None
    return value if value.isprintable() else None


def _find_notes(
    network: Network,
    raw: RawTx,
    tx: Json,
    told: Told,
    transfers: tuple[Transfer, ...],
    *,
    user: bool,
) -> tuple[Note, ...]:
    notes = []
    if not user:
        notes.append(Note("system_transaction", "validators made it themselves; no user signed it"))
    if told.inner_failure:
        text = f"{told.inner_failure}: the transaction around it succeeded and paid nobody"
        notes.append(Note("inner_call_failed", text))
    unplaced = told.unplaced_in + told.unplaced_out
    if unplaced:
        text = f"{unplaced} movements in stores that the transaction's changes don't name"
        notes.append(Note("store_unknown", text))
    if told.old_tokens:
        text = "it moves tokens of the first token standard (0x3), which are not listed here"
        notes.append(Note("old_token_standard", text))
    notes += _note_specials(transfers)
    notes += _note_hooks(raw.answers.get("tokens"), transfers)
    notes += _note_pairs(network, tx, transfers)
    return tuple(notes)


_SPECIAL = {
    SECONDARY: "lies in a store beside the owner's usual one; wallets don't show it there",
    FROZEN: "lies in a store that the issuer has frozen; it can't be moved now",
}


def _note_specials(transfers: tuple[Transfer, ...]) -> list[Note]:
    found = dict.fromkeys(t.type for t in transfers if t.type in _SPECIAL)
    return [Note(kind, f"a transfer {_SPECIAL[kind]}") for kind in found if kind]


def _note_hooks(tokens: Any, transfers: tuple[Transfer, ...]) -> list[Note]:
    moved = dict.fromkeys(t.asset for t in transfers if t.kind is TransferKind.TOKEN)
    hooked = [
        asset
        for asset in moved
        if isinstance(tokens, dict)
        and isinstance(tokens.get(asset), dict)
        and tokens[asset].get("hooks") is not None
    ]
    return [
        Note("token_hooks", f"{asset} runs its issuer's code on every transfer") for asset in hooked
    ]


def _note_pairs(network: Network, tx: Json, transfers: tuple[Transfer, ...]) -> list[Note]:
    """Where a coin and a fungible asset are two faces of one token, and the transaction shows it."""
    if not any(t.kind is TransferKind.TOKEN for t in transfers):
        return []
    call = find_call(tx.get("payload")) or {}
    arguments = call.get("type_arguments")
    named = [t for t in arguments if isinstance(t, str)] if isinstance(arguments, list) else []
    moved = {t.asset for t in transfers}
    notes = []
    for coin_type in dict.fromkeys(named):
        if coin_type.count("::") != 2 or "<" in coin_type:
            continue
        coin = asset_of(network, "coin", coin_type)
        pair = asset_of(network, "fungible", derive_paired_metadata(coin_type))
        if coin != network.native_asset and moved & {coin, pair}:
            notes.append(Note("paired_asset", f"{coin} and {pair} are two faces of one token"))
    return notes
