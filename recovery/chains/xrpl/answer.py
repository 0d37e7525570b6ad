"""One ``tx`` answer, whichever API version told it, and what the sender wrote beside the money.

Knows: API v1 and v2 shapes, times, memos. Must not know: balances, statuses, HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from recovery.chains.shape import Json, garbled, read_list, read_moment_text, read_object
from recovery.chains.xrpl.amounts import (
    Money,
    asset_of,
    read_hex,
    read_money,
    read_party,
    read_uint32,
)
from recovery.chains.xrpl.changes import read_tag
from recovery.model import Memo, Note, Party
from recovery.networks import Network

RIPPLE_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TxAnswer:
    """One transaction, whichever API version told it. ``meta`` is None before it was applied."""

    tx: Json
    meta: Json | None
    tx_hash: str
    validated: bool
    ledger_index: int | None
    ledger_hash: str | None
    time: datetime | None


def read_time(value: Any, what: str) -> datetime:
    """Seconds since 2000, the ledger's own epoch."""
    return RIPPLE_EPOCH + timedelta(seconds=read_uint32(value, what))


def read_tx(answer: Any) -> TxAnswer:
    """Read a ``tx`` answer: v2 wraps the fields in ``tx_json``, v1 has them flat."""
    result = read_object(answer, "the tx answer")
    tx = read_object(result["tx_json"], "tx_json") if "tx_json" in result else result
    meta = result.get("meta")
    validated = result.get("validated", False)
    if not isinstance(validated, bool):
        raise garbled("validated is neither true nor false")
    index = result.get("ledger_index", tx.get("ledger_index"))
    ledger_hash = result.get("ledger_hash")
    return TxAnswer(
        tx=tx,
        meta=None if meta is None else read_object(meta, "meta"),
        tx_hash=read_hex(result.get("hash", tx.get("hash")), "hash", digits=64),
        validated=validated,
        ledger_index=None if index is None else read_uint32(index, "ledger_index"),
        ledger_hash=None
        if ledger_hash is None
        else read_hex(ledger_hash, "ledger_hash", digits=64),
        time=_time(result, tx),
    )


def _time(result: Json, tx: Json) -> datetime | None:
    """``date`` counts seconds since 2000; ``close_time_iso`` says the same in words."""
    if "date" in tx:
        return read_time(tx["date"], "date")
    iso = result.get("close_time_iso")
    if iso is None:
        return None
    return read_moment_text(iso, "close_time_iso")


def read_notes(tx: Json) -> Iterator[Note]:
    """What the sender wrote for himself, or for people: it never routes."""
    if "SourceTag" in tx:
        tag = read_uint32(tx["SourceTag"], "SourceTag")
        yield Note("source_tag", f"the sender's own tag is {tag}; it does not name a recipient")
    if "InvoiceID" in tx:
        invoice = read_hex(tx["InvoiceID"], "InvoiceID", digits=64)
        yield Note("invoice_id", f"the sender's invoice is {invoice}; it does not name a recipient")
    for item in read_list(tx.get("Memos", []), "Memos"):
        memo = read_object(read_object(item, "a memo").get("Memo"), "a memo")
        data = memo.get("MemoData")
        if data is None:
            continue
        if not isinstance(data, str) or not re.fullmatch(r"([0-9A-Fa-f]{2})*", data):
            raise garbled("MemoData is not hexadecimal")
        try:
            yield Note("xrpl_memo_text", bytes.fromhex(data).decode("utf-8"))
        except UnicodeDecodeError:
            yield Note("xrpl_memo_hex", data.lower())


def describe_request(network: Network, tx: Json) -> Iterator[Note]:
    """What a payment asked for that did not (or not yet) happen."""
    if tx.get("TransactionType") != "Payment":
        return
    to = read_party(network, tx.get("Destination"), "Destination")
    text = describe_payment(network, read_requested(network, tx), to, read_tag(tx))
    yield Note("requested_payment", f"{text} was asked for")


def describe_payment(network: Network, money: Money, to: Party, tag: Memo | None) -> str:
    tagged = "without a tag" if tag is None else f"with tag {tag.value}"
    amount = f"{money.amount:f}" if isinstance(money.amount, Decimal) else str(money.amount)
    return f"{amount} of {asset_of(network, money.coin)} to {to.address} {tagged}"


def read_requested(network: Network, tx: Json) -> Money:
    """``DeliverMax`` is the API's name for ``Amount``; a server may show either, or both alike."""
    names = [name for name in ("Amount", "DeliverMax") if name in tx]
    if not names:
        raise garbled("a payment without an amount")
    amounts = [read_money(network, tx[name], name) for name in names]
    if amounts[0] != amounts[-1]:
        raise garbled("Amount and DeliverMax differ")
    return amounts[0]
