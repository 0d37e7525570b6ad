"""Answers about one extrinsic of Asset Hub, turned into evidence.

Knows: when an extrinsic succeeded, is final, was undone; the fee and its payer. Must not know: HTTP.

An extrinsic's identity is its place, ``height-index``: the same bytes, and so the same hash, may be in
several blocks. Value that comes from other chains is credited by the block itself, outside any
extrinsic, and has no such place: a scan finds it, a customer's hash does not.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from recovery.chains.family import RawTx
from recovery.chains.polkadot.answer import (
    Told,
    describe_error,
    party_of,
    read_account,
    read_amount,
    read_count,
    read_hash,
    text_of,
)
from recovery.chains.polkadot.moves import Moves
from recovery.chains.polkadot.sidecar import read_block, read_number
from recovery.chains.polkadot.subscan import (
    is_pending,
    read_args,
    read_call,
    read_signer,
    read_told,
)
from recovery.chains.shape import Json, garbled, read_bool, read_object
from recovery.errors import Garbled
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

_TRANSFERS = frozenset({"transfer", "transferallowdeath", "transferkeepalive"})
"""Calls of ``balances`` and ``assets`` that pay ``value`` (``amount``) to ``dest`` (``target``)."""


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one extrinsic; raises `Garbled`."""
    if raw.api == "subscan":
        return _decode_subscan(network, raw)
    height, index = split_name(raw.tx_hash)
    block = read_object(raw.answers["block"], "the block")
    if read_number(block) != height:
        raise garbled("it answered with another block")
    told = read_block(network, block, index)
    head = read_number(read_object(raw.answers["head"], "the head"))
    material = read_object(raw.answers["material"], "the material")
    final_height = read_final_height(material)
    return _evidence(network, raw, told, head=head, final_height=final_height)


def _decode_subscan(network: Network, raw: RawTx) -> Evidence:
    data = read_object(read_object(raw.answers["extrinsic"], "the answer").get("data"), "data")
    if is_pending(data):
        return _pending(network, raw, data)
    told = read_told(network, data)
    if raw.tx_hash not in (told.name, told.hash):
        raise garbled("it is another extrinsic")
    head, final_height = read_heads(raw.answers["metadata"])
    return _evidence(network, raw, told, head=head, final_height=final_height)


def split_name(name: str) -> tuple[int, int]:
    """Height and index of an extrinsic's canonical name."""
    found = re.fullmatch(r"(\d{1,10})-(\d{1,5})", name)
    if found is None:
        raise garbled("it is no place of an extrinsic")
    return int(found.group(1)), int(found.group(2))


def read_final_height(material: Json) -> int:
    """``/transaction/material`` is told at the newest finalized block."""
    return read_count(read_object(material.get("at"), "at").get("height"), "at.height")


def read_heads(metadata: Any) -> tuple[int, int]:
    """Subscan's newest and newest finalized block."""
    data = read_object(read_object(metadata, "the metadata").get("data"), "data")
    head = read_count(data.get("blockNum"), "blockNum")
    final = read_count(data.get("finalized_blockNum"), "finalized_blockNum")
    if final > head:
        raise garbled("its finalized block is above its newest")
    return head, final


def _evidence(
    network: Network, raw: RawTx, told: Told, *, head: int, final_height: int
) -> Evidence:
    if told.height > head:
        raise garbled("the extrinsic's block is above the newest")
    outcome, failure = _outcome(told)
    moves = Moves(network, told)
    moved = moves.read()
    # below the finalized height every block is finalized, or it is not of this chain any more
    undone = not told.finalized and told.height <= final_height
    status = outcome
    if undone:
        status = TxStatus.ORPHANED
    if not told.complete:
        moves.gaps |= {Gap.AMOUNT, Gap.INTERNAL_TRANSFERS}
        moves.notes.append(Note("events_missing", "the source shows only some of the events"))
    transfers = tuple(_shown(network, raw, t) for t in moved)
    if status is TxStatus.FAILED:
        transfers = tuple(dataclasses.replace(t, succeeded=False) for t in transfers)
        transfers = transfers or _asked_for(network, told.call, told.args, told.signer, False)
    elif told.complete:
        _check_paid(network, told, moved)
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=told.name,
        status=status,
        block=Block(told.height, told.block_hash, told.time),
        confirmations=0 if undone else head - told.height + 1,
        required_confirmations=None,
        final=told.finalized,
        fee=_fee(network, told, moves),
        transfers=transfers,
        notes=(*_describe(network, told), *moves.notes),
        gaps=frozenset(moves.gaps),
        failure=failure,
    )


def _outcome(told: Told) -> tuple[TxStatus, str | None]:
    """The last event says how it ended, once; ``success`` must say the same."""
    ends = [event for event in told.events if event.is_outcome]
    if told.complete and len(ends) != 1:
        raise garbled("an extrinsic ends once, as success or as failure")
    if not ends:
        raise garbled("the source does not show how the extrinsic ended")
    succeeded = ends[-1].name == "ExtrinsicSuccess"
    if succeeded != told.succeeded or ends[-1] is not told.events[-1]:
        raise garbled("success and the events contradict each other")
    if succeeded:
        return TxStatus.CONFIRMED, None
    error = ends[-1].data[0] if ends[-1].data else None
    return TxStatus.FAILED, describe_error(error) or "unknown error"


def _check_paid(network: Network, told: Told, moved: tuple[Transfer, ...]) -> None:
    """A plain transfer that succeeded paid exactly what was asked for (to itself: nothing)."""
    asked = _asked_for(network, told.call, told.args, told.signer, True)
    if not asked:
        return
    wanted = asked[0]
    if wanted.senders == (wanted.recipient,):
        return
    paid = [t for t in moved if t.type is None]
    same = [(t.asset, t.amount, t.recipient) for t in paid]
    if same.count((wanted.asset, wanted.amount, wanted.recipient)) != 1 or (
        len(paid) > 1 and told.call[0] == "balances"
    ):
        raise garbled("call and events of a plain transfer contradict each other")


def _asked_for(
    network: Network, call: tuple[str, str], args: Json, signer: bytes | None, succeeded: bool
) -> tuple[Transfer, ...]:
    """What a plain call asks for: of a failed or waiting extrinsic, nothing else is known."""
    if signer is None or call[1] not in _TRANSFERS or call[0] not in ("balances", "assets"):
        return ()
    native = call[0] == "balances"
    target, amount = (
        args.get("dest" if native else "target"),
        args.get("value" if native else "amount"),
    )
    try:
        recipient = party_of(network, read_account(network, target, "the recipient"))
    except Garbled:
        if isinstance(target, dict | str):
            return ()  # an account index, or an address of 20 bytes: older and other forms
        raise
    asset = network.native_asset
    if not native:
        number = read_count(args.get("id"), "the asset's number")
        asset = AssetId(f"{network.chain}/asset:{number}")
    return (
        Transfer(
            index=0,
            position="call",
            kind=TransferKind.NATIVE if native else TransferKind.TOKEN,
            asset=asset,
            amount=read_amount(amount, "the amount"),
            senders=(party_of(network, signer),),
            recipient=recipient,
            succeeded=succeeded,
            symbol=network.symbol if native else None,
            decimals=network.decimals if native else None,
            standard=None if native else "assets",
        ),
    )


def _pending(network: Network, raw: RawTx, data: Json) -> Evidence:
    """In the pool. It has no place yet: its hash names it until it has."""
    known = read_hash(data.get("extrinsic_hash"), "extrinsic_hash")
    if raw.tx_hash != known or read_bool(data.get("finalized"), "finalized"):
        raise garbled("an extrinsic that waits, and yet has a place in a block")
    signer = read_signer(network, data)
    asked = _asked_for(network, read_call(data), read_args(data), signer, True)
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=known,
        status=TxStatus.PENDING,
        block=None,
        confirmations=0,
        required_confirmations=None,
        final=False,
        fee=None,
        transfers=asked,
    )


def _fee(network: Network, told: Told, moves: Moves) -> TxFee | None:
    """What the payer lost to the network, the tip included; None where nobody tells."""
    if told.signer is None:
        return None
    payer = text_of(network, moves.payer or told.signer)
    if moves.fee is None:
        return None if told.pays_fee else TxFee(network.native_asset, 0, payer)
    return TxFee(moves.fee_asset or network.native_asset, moves.fee, payer)


def _describe(network: Network, told: Told) -> tuple[Note, ...]:
    text = "the extrinsic's hash, which need not be unique: its place in the chain is"
    notes = [Note("extrinsic_hash", f"{told.hash} is {text} {told.name}")]
    if told.signer is None:
        notes.append(Note("unsigned", "the block's author put it in; nobody signed it"))
    elif told.call[0] in ("proxy", "multisig"):
        signer = text_of(network, told.signer)
        notes.append(Note("signed_for_another", f"{signer} signed for another account"))
    return tuple(notes)


def _shown(network: Network, raw: RawTx, transfer: Transfer) -> Transfer:
    """Name and decimals of a token, for display, where the source was asked for them."""
    told = read_object(raw.answers.get("assets", {}), "assets")
    number = transfer.asset.rpartition(":")[2]
    if transfer.standard != "assets" or number not in told:
        return transfer
    known = read_object(told[number], "an asset").get("assetMetaData")
    if not isinstance(known, dict):
        return transfer
    decimals = read_count(known.get("decimals"), "decimals")
    return dataclasses.replace(
        transfer,
        symbol=_words(known.get("symbol")),
        name=_words(known.get("name")),
        decimals=decimals if decimals <= 255 else None,
    )


def _words(value: Any) -> str | None:
    """A name in hexadecimal or plain, shortened; None where it is no text."""
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"0x(?:[0-9a-f]{2})*", value):
        value = bytes.fromhex(value[2:]).decode("utf-8", "replace")
    return value[:64] or None
