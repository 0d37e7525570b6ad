"""Answers about one NEAR transaction, turned into evidence.

Knows: levels of execution, finality, fee, partial failure. Must not know: HTTP, what a receipt moves
(`recovery.chains.near.moves`).

What counts is what receipts did, not the transaction's own status: the transaction may fail after a
receipt has paid, or succeed though the one that was to pay has failed.
"""

from __future__ import annotations

from recovery.chains.family import RawTx
from recovery.chains.near.answer import Answer, Header, read_answer, read_header
from recovery.chains.near.moves import Walk
from recovery.chains.shape import garbled, read_object
from recovery.model import Block, Evidence, Note, TxFee, TxStatus
from recovery.networks import Network

LEVELS = frozenset(
    {"NONE", "INCLUDED", "INCLUDED_FINAL", "EXECUTED_OPTIMISTIC", "EXECUTED", "FINAL"}
)
_EXECUTED = frozenset({"EXECUTED_OPTIMISTIC", "EXECUTED", "FINAL"})


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled`."""
    answer = read_answer(raw.answers["tx"])
    if answer.tx_hash != raw.tx_hash or answer.outcome.id != raw.tx_hash:
        raise garbled("it is another transaction")
    if answer.level not in LEVELS:
        raise garbled(f"the level {answer.level!r} is none of the protocol's")
    if answer.level not in _EXECUTED or not answer.executed:
        return _pending(network, answer)
    walk = Walk(network, answer, read_object(raw.answers["tokens"], "tokens"))
    transfers = walk.transfers()
    block = _block(raw, answer, walk.moving)
    head = read_header(raw.answers["head"])
    paid = any(t.succeeded for t in transfers)
    failed = not answer.ok and not paid
    notes = list(walk.notes)
    if not answer.ok and paid:
        text = "the transaction failed in the end, after one of its receipts had paid"
        notes.append(Note("partly_failed", text))
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=raw.tx_hash,
        status=TxStatus.FAILED if failed else TxStatus.CONFIRMED,
        block=Block(block.height, block.hash, block.time),
        confirmations=max(head.height - block.height + 1, 0),
        required_confirmations=network.finality.confirmations,
        final=answer.level == "FINAL" and block.height <= head.height,
        fee=TxFee(network.native_asset, answer.burnt, answer.signer),
        transfers=transfers,
        notes=tuple(notes),
        gaps=frozenset(walk.gaps),
        failure=answer.failure if failed else None,
    )


def _pending(network: Network, answer: Answer) -> Evidence:
    """In a block, or on its way there, and its receipts have not all run."""
    text = f"signed by {answer.signer} for {answer.receiver}: {answer.level}"
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=answer.tx_hash,
        status=TxStatus.PENDING,
        block=None,
        confirmations=0,
        required_confirmations=network.finality.confirmations,
        final=False,
        fee=None,
        transfers=(),
        notes=(Note("not_executed", text),),
    )


def _block(raw: RawTx, answer: Answer, moving: set[str]) -> Header:
    """The block of the last receipt that moved something; where none did, the transaction's own."""
    blocks = read_object(raw.answers["blocks"], "blocks")
    headers = []
    for name in moving or {answer.outcome.block}:
        header = read_header(blocks.get(name))
        if header.hash != name:
            raise garbled("it is another block")
        headers.append(header)
    return max(headers, key=lambda h: h.height)


def find_blocks(network: Network, answer: Answer) -> tuple[str, ...]:
    """The blocks that decoding will want, in a stable order."""
    if answer.level not in _EXECUTED or not answer.executed:
        return ()
    walk = Walk(network, answer, {})
    walk.transfers()
    return tuple(sorted(walk.moving)) or (answer.outcome.block,)
