"""From a node's answers to evidence: status, block, finality, fee and transfers of one transaction.

Knows: commitment levels, errors, blocks. Must not know: HTTP, clocks. The transfers are made in
`recovery.chains.solana.transfers`.

Final is what the node calls ``finalized``: more than two thirds of the stake built on it, and no
honest node can go back. A transaction that failed is in its block too, paid its fee, and moved
nothing else, whatever its instructions say: the oldest fake deposit of this chain.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from recovery.chains.family import RawTx
from recovery.chains.shape import garbled, read_object
from recovery.chains.solana.answer import (
    WRAPPED_SOL,
    TxAnswer,
    read_key,
    read_time,
    read_tx,
    read_u64,
)
from recovery.chains.solana.mints import Mint, decode_mint
from recovery.chains.solana.transfers import Deal
from recovery.model import Block, Evidence, Note, TxFee, TxStatus
from recovery.networks import Network

COMMITMENTS = ("processed", "confirmed", "finalized")


def decode(network: Network, raw: RawTx) -> Evidence:
    """The evidence of one transaction; raises `Garbled` where the answers contradict themselves."""
    status = read_object(raw.answers["status"], "the status")
    level = read_commitment(status)
    if raw.answers.get("tx") is None:
        return _pending(network, raw)
    tx = read_tx(raw.answers["tx"])
    if tx.signature != raw.tx_hash:
        raise garbled("the answer is about another transaction")
    if read_u64(status.get("slot"), "the status's slot") != tx.slot:
        raise garbled("status and transaction name different slots")
    if "err" not in status or (status["err"] is None) != (tx.error is None):
        raise garbled("status and transaction disagree whether it failed")
    final = level == "finalized"
    deal = Deal(network, tx, _mints(raw, tx))
    failed = tx.error is not None
    transfers = () if failed else deal.transfers()
    notes = tuple(deal.requests()) if failed else tuple(deal.notes)
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=tx.signature,
        status=TxStatus.FAILED if failed else TxStatus.CONFIRMED,
        block=_block(raw, tx),
        confirmations=_depth(raw, status, tx, final=final),
        required_confirmations=None,
        final=final,
        fee=TxFee(network.native_asset, tx.fee, tx.keys[0]),
        transfers=transfers,
        notes=notes,
        gaps=frozenset(deal.gaps),
        failure=describe_error(tx.error) if failed else None,
    )


def read_commitment(status: Any) -> str:
    """How far the votes on the block have come, as the status says."""
    level = status.get("confirmationStatus")
    if level not in COMMITMENTS:
        raise garbled("confirmationStatus is no commitment level")
    return str(level)


def describe_error(error: Any) -> str:
    """The runtime's own words: ``InstructionError: [2, {"Custom": 1}]``."""
    if isinstance(error, str):
        return error
    return ", ".join(f"{name}: {json.dumps(what, default=str)}" for name, what in error.items())


def _pending(network: Network, raw: RawTx) -> Evidence:
    text = "a leader executed it; the block is not voted for yet, and may still be dropped"
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
        transfers=(),
        notes=(Note("processed", text),),
    )


def _block(raw: RawTx, tx: TxAnswer) -> Block:
    """The height is the slot, by which everybody names a block here; ``blockHeight`` skips slots
    without blocks and is used for nothing but the age of blockhashes."""
    block = read_object(raw.answers.get("block"), "the block")
    if read_u64(block.get("parentSlot"), "parentSlot") >= tx.slot:
        raise garbled("the block is not the transaction's")
    time = read_time(block.get("blockTime"))
    if None not in (time, tx.time) and time != tx.time:
        raise garbled("block and transaction name different times")
    return Block(tx.slot, read_key(block.get("blockhash"), "blockhash"), time or tx.time)


def _depth(raw: RawTx, status: Any, tx: TxAnswer, *, final: bool) -> int:
    """Slots since, the transaction's own included; before finality, votes counted by the node."""
    if final:
        head = read_object(raw.answers["head"], "the head")
        return max(1, read_u64(head.get("slot"), "the head's slot") - tx.slot + 1)
    counted = status.get("confirmations")
    if counted is None:
        raise garbled("no confirmations, and not finalized")
    return read_u64(counted, "confirmations")


def _mints(raw: RawTx, tx: TxAnswer) -> dict[str, Mint]:
    answers = read_object(raw.answers.get("mints", {}), "the mints")
    found = {}
    for account in (tx.tokens or {}).values():
        if account.mint not in found:
            mint = decode_mint(
                answers.get(account.mint), program=account.program, decimals=account.decimals
            )
            if account.mint == WRAPPED_SOL:  # it calls itself SOL, and would seem an imitation
                mint = dataclasses.replace(mint, symbol="WSOL", name="Wrapped SOL")
            found[account.mint] = mint
    return found
