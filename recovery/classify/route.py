"""Whose deposit a receiving address makes a transfer: periods, roles, and memos on shared addresses.

Knows: which row of an address was in force, and the documented normalisations of a memo. Must not
know: claims, verdicts, where rows are stored.

A memo matches exactly, or after one of these normalisations, which undo what wallets and people do
to it: spaces and invisible characters around it, full-width characters, quotes around it, upper or
lower case, leading zeros, a text that was sent as base64 or as padded bytes, and on the XRP Ledger a
tag written into the text memo instead. What the sender uses for himself (SourceTag, InvoiceID) is
never looked at. A normalised memo counts only where all its forms together name one single user.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from recovery.classify.facts import Fact, Known, MemoMatch, MemoState, Place, Route, Unknown
from recovery.model import AddressKey, Memo, MemoKind, NetworkCode, Note
from recovery.records.port import AddressRecord, AddressRole

MemoRows = Mapping[tuple[AddressKey, str], tuple[AddressRecord, ...]]

MEMO_TEXT_NOTE = "xrpl_memo_text"
"""Code of the evidence's note whose text is what the sender wrote into Memos."""

_PLACES = {
    AddressRole.DEPOSIT: Place.DEPOSIT,
    AddressRole.SHARED: Place.SHARED,
    AddressRole.RETIRED: Place.RETIRED,
    AddressRole.HOT: Place.TREASURY,
    AddressRole.COLD: Place.TREASURY,
    AddressRole.CONTRACT: Place.CONTRACT,
}

_RANK = tuple(_PLACES)

_QUOTES = "\"'`´‘’“”„‚«»‹›＂＇"
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_ZEROS = re.compile(r"0+(?=[0-9])")
_MAX_MEMO = 512


def find_route(
    rows: Sequence[AddressRecord],
    *,
    network: NetworkCode,
    at: datetime | None,
    memo: Memo | None,
    notes: Iterable[Note],
    memo_rows: MemoRows,
    memo_known: bool,
) -> Route | None:
    """The row that counts for a transfer at time ``at``; None where the key is in no row.

    Rows of this network go before those of others. ``memo_rows`` holds the answers for every
    spelling of `spell_memo`.
    """
    mine = [r for r in rows if r.network == network]
    candidates = mine or list(rows)
    if not candidates:
        return None
    chosen, place, doubt = _choose(candidates, at)
    match: Fact[MemoMatch | None] = Known(None)
    owner: Fact[str | None]
    if doubt is not None:
        owner = doubt
    elif place is Place.SHARED:
        if memo_known:
            found = match_memo(chosen, memo=memo, notes=notes, memo_rows=memo_rows, at=at)
            match, owner = Known(found), Known(found.user)
        else:
            match = Unknown("memo", "the source could not give the memo")
            owner = Unknown("memo", "the source could not give the memo, which names the user")
    else:
        owner = Known(chosen.user)
    return Route(row=chosen, here=bool(mine), place=place, owner=owner, memo=match)


def _choose(
    rows: Sequence[AddressRecord], at: datetime | None
) -> tuple[AddressRecord, Place, Unknown | None]:
    """The row in force, what it was then, and why its owner is unclear, where he is."""
    if at is None and any(r.valid_from or r.valid_to for r in rows):
        return (
            rows[0],
            _PLACES[rows[0].role],
            Unknown(
                "block_time", "the address changed hands, and the time of the block is not known"
            ),
        )
    holding = [r for r in rows if at is None or r.role is AddressRole.RETIRED or r.holds_at(at)]
    if holding:
        best = min(holding, key=lambda r: (_RANK.index(r.role), r.user is None))
        place = _PLACES[best.role]
    else:
        assert at is not None
        ended = [r for r in rows if r.valid_to is not None and r.valid_to <= at]
        if not ended:
            first = rows[0]
            why = "the transfer arrived before the address was issued to anybody"
            return first, _PLACES[first.role], Unknown("owner", why)
        best = max(ended, key=lambda r: r.valid_to or at)
        holding = [best]
        place = _PLACES[best.role]
        if place is Place.DEPOSIT:
            place = Place.RETIRED
    if place is Place.RETIRED and best.user is None:
        place = Place.TREASURY  # a rotated address that never named a user
    users = {r.user for r in holding if r.role in (AddressRole.DEPOSIT, AddressRole.RETIRED)}
    if place in (Place.DEPOSIT, Place.RETIRED) and len(users - {None}) > 1:
        return (
            best,
            place,
            Unknown("owner", "the records give the address to several users at once"),
        )
    return best, place, None


def match_memo(
    shared: AddressRecord,
    *,
    memo: Memo | None,
    notes: Iterable[Note],
    memo_rows: MemoRows,
    at: datetime | None,
) -> MemoMatch:
    """How the memo of a transfer to a shared address names a user."""
    exact: set[str] = set()
    near: dict[str, tuple[str, str]] = {}
    empty = memo is None or (memo.kind is not MemoKind.BINARY and not _trim(memo.value))
    for spelling, how in spell_memo(memo, notes):
        for row in memo_rows.get((shared.key, spelling), ()):
            if row.network != shared.network or row.user is None:
                continue
            if at is not None and not row.holds_at(at):
                continue
            if how is None:
                exact.add(row.user)
            else:
                near.setdefault(row.user, (spelling, how))
    if len(exact) == 1:
        assert memo is not None
        return MemoMatch(MemoState.EXACT, exact.pop(), memo.value)
    if len(near) == 1 and not exact:
        user, (spelling, how) = near.popitem()
        return MemoMatch(MemoState.NORMALISED, user, spelling, how)
    return MemoMatch(MemoState.MISSING if empty and not exact else MemoState.UNKNOWN)


def spell_memo(memo: Memo | None, notes: Iterable[Note]) -> Iterator[tuple[str, str | None]]:
    """Every text a memo may be registered under, with the normalisation that led to it.

    The memo as written comes first, with None. Texts that are not there at all give nothing.
    """
    seen: set[str] = set()
    if memo is not None:
        if len(memo.value) > _MAX_MEMO or memo.kind is MemoKind.ENCRYPTED:
            return
        seen.add(memo.value)
        yield memo.value, None
        for text, how in _decode(memo):
            yield from _spell(text, how, seen)
    if memo is None:
        for note in notes:
            if note.code == MEMO_TEXT_NOTE and len(note.text) <= _MAX_MEMO:
                yield from _spell(note.text, "written into the text memo", seen)


def _decode(memo: Memo) -> Iterator[tuple[str, str | None]]:
    """The memo's text, and the texts inside it where it is bytes in another dress."""
    yield memo.value, None
    if memo.kind in (MemoKind.BINARY, MemoKind.HASH, MemoKind.RETURN):
        yield from _readable(_from_hex(memo.value), "sent as bytes")
    if memo.kind in (MemoKind.TEXT, MemoKind.COMMENT, MemoKind.HASH, MemoKind.RETURN):
        yield from _readable(_from_base64(memo.value), "sent as base64")


def _from_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _from_base64(text: str) -> bytes | None:
    # Shorter texts, and plain numbers, are themselves and nobody's base64.
    if len(text) < 8 or len(text) % 4 or text.isdigit():
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _readable(data: bytes | None, how: str) -> Iterator[tuple[str, str]]:
    stripped = (data or b"").strip(b"\x00")
    if not stripped:
        return
    try:
        text = stripped.decode("utf-8")
    except UnicodeDecodeError:
        return
    if text.isprintable():
        yield text, how


def _spell(text: str, how: str | None, seen: set[str]) -> Iterator[tuple[str, str]]:
    for spelling, name in _normalise(text):
        if spelling and spelling not in seen:
            seen.add(spelling)
            yield spelling, how or name


def _normalise(text: str) -> Iterator[tuple[str, str]]:
    yield text, "as written"
    trimmed = _trim(text)
    yield trimmed, "spaces around it"
    bare = _trim(trimmed.strip(_QUOTES))
    yield bare, "quotes around it"
    for cased in (bare.lower(), bare.upper()):
        yield cased, "upper and lower case"
    yield _ZEROS.sub("", bare, count=1) if bare.isdecimal() else bare, "leading zeros"


def _trim(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
