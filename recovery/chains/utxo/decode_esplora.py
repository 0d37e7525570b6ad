"""Answers of an Esplora server to one `SeenTx`.

Knows: Esplora's field names; amounts are integers in base units. Must not know: HTTP, what is
evidence.

The answers are named by `fetch_esplora`: ``tx`` (/tx/:txid), ``block`` (/block/:hash/status, None in
the mempool), ``tip`` (the height of the best block), ``hex`` (/tx/:txid/hex).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recovery.chains.family import RawTx
from recovery.chains.shape import garbled
from recovery.chains.utxo.chain import UtxoChain
from recovery.chains.utxo.seen import (
    SeenInput,
    SeenOutput,
    SeenTx,
    SpentOutput,
    parse_block_time,
    parse_hex,
    parse_units,
    take,
    take_hash,
    take_optional,
    take_texts,
)
from recovery.model import Block


def parse_esplora(chain: UtxoChain, raw: RawTx) -> SeenTx:
    """Read the answers; raises `Garbled` where they are not what Esplora says."""
    tx = raw.answers.get("tx")
    tx_hash = take_hash(tx, "txid")
    if tx_hash != raw.tx_hash:
        raise garbled(f"asked for {raw.tx_hash}, answered with {tx_hash}")
    assert isinstance(tx, Mapping)
    block, confirmations, stale = _place(tx, raw.answers)
    fee = tx.get("fee")
    return SeenTx(
        tx_hash,
        block,
        confirmations,
        stale,
        _inputs(chain, take(tx, "vin", list)),
        _outputs(chain, take(tx, "vout", list)),
        stated_fee=None if fee is None else parse_units(fee, chain.max_money),
    )


def _place(tx: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[Block | None, int, bool]:
    """Esplora has no depth: it is counted from the tip, whose answer may be a block older."""
    status = take(tx, "status", dict)
    if not take(status, "confirmed", bool):
        return None, 0, False
    height = take(status, "block_height", int)
    tip = answers.get("tip")
    if not isinstance(tip, int) or isinstance(tip, bool):
        raise garbled(f"the tip's height is {tip!r:.40}, not a number")
    standing = answers.get("block")
    stale = not take(standing, "in_best_chain", bool)
    standing_height = height if stale else take(standing, "height", int)
    if standing_height != height:
        raise garbled(f"height {height} in the transaction, {standing_height} in its block")
    block = Block(
        height, take_hash(status, "block_hash"), parse_block_time(status.get("block_time"))
    )
    return block, 0 if stale else max(1, tip - height + 1), stale


def _inputs(chain: UtxoChain, vin: Sequence[Any]) -> tuple[SeenInput, ...]:
    inputs = []
    for entry in vin:
        sequence = take(entry, "sequence", int)
        if entry.get("is_coinbase") is True:
            inputs.append(SeenInput(None, sequence, coinbase=True))
            continue
        spent = entry.get("prevout")
        inputs.append(
            SeenInput(
                (take_hash(entry, "txid"), take(entry, "vout", int)),
                sequence,
                spent=None if spent is None else SpentOutput(*_value_and_script(chain, spent)),
                unlocking=take_optional(entry, "scriptsig", str) or "",
                witness=take_texts(entry, "witness"),
            )
        )
    return tuple(inputs)


def _outputs(chain: UtxoChain, vout: Sequence[Any]) -> tuple[SeenOutput, ...]:
    """The outputs stand in their order; they are not numbered."""
    return tuple(SeenOutput(n, *_value_and_script(chain, o)) for n, o in enumerate(vout))


def _value_and_script(chain: UtxoChain, output: Any) -> tuple[int, bytes]:
    if not isinstance(output, Mapping):
        raise garbled("an output is not an object")
    value = parse_units(output.get("value"), chain.max_money)
    return value, parse_hex(output.get("scriptpubkey"), "scriptpubkey")
