"""Rows of a mirror node, read strictly: ids, times, amounts, memos, and which row is asked for.

Knows: transaction ids with nonce and schedule, consensus times, entity ids. Must not know: what a
row paid to whom, HTTP. Everything that does not have the mirror's shape raises `Garbled`.

One transaction id may have several rows: the transaction, its duplicates that several nodes took,
children (``nonce`` above 0) that a contract call caused, and the execution of a schedule.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.hedera.codec import parse_address
from recovery.chains.shape import (
    Json,
    garbled,
    read_bool,
    read_list,
    read_moment,
    read_object,
    read_text,
)
from recovery.errors import BadInput
from recovery.model import Memo, MemoKind, Party
from recovery.networks import Network

MOST = 2**63 - 1
DUPLICATE = "DUPLICATE_TRANSACTION"
APPLIED = frozenset(
    {"SUCCESS", "SUCCESS_BUT_MISSING_EXPECTED_OPERATION", "FEE_SCHEDULE_FILE_PART_UPLOADED"}
)
"""Only these results let anything happen; the two latter are of file updates, which move nothing."""

_ENTITY = re.compile(r"\d{1,5}\.\d{1,5}\.(?:0|[1-9]\d{0,18})")
_ID = re.compile(r"(\d{1,5}\.\d{1,5}\.\d{1,19})-(\d{1,10})-(\d{1,9})")
_CANONICAL = re.compile(r"(\d+\.\d+\.\d+-\d+-\d{9})(\?scheduled)?(?:/(\d+))?")
_TIME = re.compile(r"(\d{1,10})\.(\d{9})")


def read_int(value: Any, what: str, *, least: int = 0) -> int:
    if type(value) is not int or not least <= value <= MOST:
        raise garbled(f"{what} is no whole number")
    return value


def read_signed(value: Any, what: str) -> int:
    return read_int(value, what, least=-MOST)


def read_entity(value: Any, what: str) -> str:
    """An entity id as ``0.0.N``, in the only spelling that the mirror uses."""
    text = read_text(value, what)
    if not _ENTITY.fullmatch(text):
        raise garbled(f"{what} is no entity id")
    return text


def read_party(network: Network, value: Any, what: str) -> Party:
    text = read_text(value, what)
    try:
        address = parse_address(network, text)
    except BadInput as wrong:
        raise garbled(f"{what}: {wrong.text}") from None
    if address.form != "entity-id" or address.text != text:
        raise garbled(f"{what} is no entity id")
    return Party(address.text, address.key)


def read_stamp(value: Any, what: str) -> str:
    """A consensus time as ``seconds.nanoseconds``, nine digits behind the point."""
    text = read_text(value, what)
    if not _TIME.fullmatch(text):
        raise garbled(f"{what} is no consensus time")
    return text


def nanoseconds(stamp: str) -> int:
    seconds, _, nanos = stamp.partition(".")
    return int(seconds) * 10**9 + int(nanos)


def moment(stamp: str) -> datetime:
    """To the microsecond, which is all that `datetime` holds."""
    return read_moment(nanoseconds(stamp), "a consensus time", a_second=10**9)


@dataclass(frozen=True, slots=True)
class TxKey:
    """Which transaction: the id, whether the execution of a schedule, and the child's number."""

    id: str
    scheduled: bool = False
    nonce: int = 0

    def __str__(self) -> str:
        """The canonical text; a nonce of 0 is not written."""
        scheduled = "?scheduled" if self.scheduled else ""
        return f"{self.id}{scheduled}" + (f"/{self.nonce}" if self.nonce else "")

    @property
    def payer(self) -> str:
        return self.id.partition("-")[0]

    @property
    def valid_start(self) -> int:
        """Nanoseconds: the client's own clock, no earlier than which the transaction counts."""
        _, seconds, nanos = self.id.split("-")
        return int(seconds) * 10**9 + int(nanos)


def parse_key(text: str) -> TxKey | None:
    """A canonical transaction id; None for a hash or a time."""
    found = _CANONICAL.fullmatch(text)
    return None if found is None else TxKey(found[1], bool(found[2]), int(found[3] or 0))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the mirror: its key, what became of it, and the document itself."""

    key: TxKey
    stamp: str
    result: str
    name: str
    tx_hash: str
    document: Json

    @property
    def applied(self) -> bool:
        return self.result in APPLIED


def read_row(value: Any) -> Row:
    document = read_object(value, "a transaction")
    found = _ID.fullmatch(read_text(document.get("transaction_id"), "transaction_id"))
    if found is None:
        raise garbled("transaction_id is no id")
    read_entity(found[1], "the payer in transaction_id")
    key = TxKey(
        f"{found[1]}-{int(found[2])}-{found[3].zfill(9)}",
        read_bool(document.get("scheduled"), "scheduled"),
        read_int(document.get("nonce"), "nonce"),
    )
    result, name = (
        read_text(document.get("result"), "result"),
        read_text(document.get("name"), "name"),
    )
    if not re.fullmatch(r"[A-Z][A-Z0-9_]+", result) or not re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
        raise garbled("result or name is no word of Hedera")
    return Row(
        key=key,
        stamp=read_stamp(document.get("consensus_timestamp"), "consensus_timestamp"),
        result=result,
        name=name,
        tx_hash=read_hash(document.get("transaction_hash")),
        document=document,
    )


def read_rows(value: Any) -> list[Row]:
    document = read_object(value, "the answer")
    return [read_row(r) for r in read_list(document.get("transactions"), "transactions")]


def read_hash(value: Any) -> str:
    """The SHA-384 of what was signed, base64 in the mirror: its hexadecimal."""
    try:
        raw = base64.b64decode(read_text(value, "transaction_hash"), validate=True)
    except binascii.Error:
        raise garbled("transaction_hash is no base64") from None
    if len(raw) != 48:
        raise garbled("transaction_hash has not 48 bytes")
    return raw.hex()


def choose_row(rows: Sequence[Row], key: TxKey) -> Row | None:
    """The row of a key. Of several with one id, those that duplicate another count for nothing.

    Raises `Garbled` where two rows of one key both succeeded.
    """
    same = [row for row in rows if row.key == key]
    applied = [row for row in same if row.applied]
    if len(applied) > 1:
        raise garbled("two rows of one id succeeded")
    original = [row for row in same if row.result != DUPLICATE]
    return next(iter([*applied, *original, *same]), None)


def read_memo(document: Json) -> Memo | None:
    """The memo, at most 100 bytes; null and nothing both say that there is none."""
    if "memo_base64" not in document:
        raise garbled("a row without memo_base64")
    value = document["memo_base64"]
    if value is None:
        return None
    try:
        data = base64.b64decode(read_text(value, "memo_base64"), validate=True)
    except binascii.Error:
        raise garbled("memo_base64 is no base64") from None
    if len(data) > 100:
        raise garbled("a memo has at most 100 bytes")
    if not data:
        return None
    try:
        return Memo(MemoKind.TEXT, data.decode("utf-8"))
    except UnicodeDecodeError:
        return Memo(MemoKind.BINARY, data.hex())
