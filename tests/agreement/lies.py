"""Lies that a node can tell of a recorded transaction: one field, everywhere it stands, or in one place.

A liar answers as the recorded node did, except that every spelling of one value of the evidence (an
amount in base units, coins or hexadecimal; an address or its key; a memo, plain, hexadecimal or base64) reads otherwise.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from recovery.demo.fixtures import Fixture, Written
from recovery.model import Evidence, Transfer

Change = Callable[[Any], Any]
"""One scalar of an answer; the same value back where the lie does not concern it."""

_FAILED = (
    "failed", "FAILED", "REVERT", "tecPATH_DRY", "backtracked", "INSUFFICIENT_ACCOUNT_BALANCE",
    "hard_fail", "FAILURE",
)  # fmt: skip
_STATUS_KEYS = re.compile(
    r"status|success|successful|result|code|TransactionResult|contractRet|err|aborted|exit_code|"
    r"executed|valid_contract|vm_status|confirm|irreversible|in_active_chain|outcome",
)


def plan_lies(fixture: Fixture, evidence: Evidence, transfer: Transfer) -> dict[str, list[Fixture]]:
    """Lying fixtures by the field that they lie about, the thorough ones first."""
    block = evidence.block
    assert block is not None
    changes: dict[str, list[Change]] = {
        "amount": [_numbers(_spell_amount(transfer), transfer), _packed(transfer)],
        "recipient": [_texts(old, new) for old, new in _other_recipients(evidence, transfer)],
        "block": [_texts(t, _flip(t)) for t in _spell_hash(block.hash)] + [_height(block.height)],
    }
    if transfer.memo is not None and transfer.memo.value:
        changes["memo"] = [_texts(t, _flip(t)) for t in _spell_memo(transfer.memo.value)]
        written = transfer.memo.value
        changes["memo"].append(_bytes(written.encode(), _flip(written).encode()))
        if transfer.memo.value.isdigit():
            changes["memo"].append(_height(int(transfer.memo.value)))
    lies = {
        field: [lie for change in told for lie in _tell(fixture, change)]
        for field, told in changes.items()
    }
    lies["status"] = [lie for word in _FAILED for lie in _tell_failure(fixture, word)]
    return lies


def _tell(fixture: Fixture, change: Change) -> Iterator[Fixture]:
    """The lie told everywhere, then in each exchange alone; nothing where it changes nothing."""
    everywhere = [_answer(e, lambda value, _key: change(value)) for e in fixture.exchanges]
    touched = [i for i, e in enumerate(everywhere) if e is not None]
    if not touched:
        return
    yield _with(fixture, everywhere)
    if len(touched) > 1:
        for only in touched:
            alone = [e if i == only else None for i, e in enumerate(everywhere)]
            yield _with(fixture, alone)


def _tell_failure(fixture: Fixture, word: str) -> Iterator[Fixture]:
    def change(value: Any, key: str) -> Any:
        if not _STATUS_KEYS.search(key):
            return value
        if isinstance(value, bool):
            return not value
        if value == "0x1":
            return "0x0"
        if isinstance(value, int) and value in (0, 1):
            return 1 - value
        if value is None:
            return {"InstructionError": [0, {"Custom": 1}]}
        return word if isinstance(value, str) and value.isalpha() else value

    told = [_answer(e, change) for e in fixture.exchanges]
    if any(e is not None for e in told):
        yield _with(fixture, told)
        for only, exchange in enumerate(told):
            if exchange is not None:
                yield _with(fixture, [exchange if i == only else None for i in range(len(told))])


def _with(fixture: Fixture, told: list[Any]) -> Fixture:
    exchanges = tuple(new or old for new, old in zip(told, fixture.exchanges, strict=True))
    return fixture.model_copy(update={"exchanges": exchanges})


def _answer(exchange: Any, change: Callable[[Any, str], Any]) -> Any | None:
    """The exchange with its answer changed; None where nothing in it changes."""
    for field in ("result", "document"):
        if field in exchange.model_fields_set:
            before = getattr(exchange, field)
            after = _walk(before, "", change)
            return None if after == before else exchange.model_copy(update={field: after})
    return None


def _walk(value: Any, key: str, change: Callable[[Any, str], Any]) -> Any:
    if isinstance(value, dict):
        return {k: _walk(v, str(k), change) for k, v in value.items()}
    if isinstance(value, list):
        return [_walk(v, key, change) for v in value]
    return change(value, key)


def _texts(old: str, new: str) -> Change:
    def change(value: Any) -> Any:
        return value.replace(old, new) if isinstance(value, str) and old and old in value else value

    return change


def _bytes(old: bytes, new: bytes) -> Change:
    """Inside of base64: a comment in a bag of cells."""

    def change(value: Any) -> Any:
        try:
            data = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        except ValueError:
            return value
        return base64.b64encode(data.replace(old, new)).decode() if old in data else value

    return change


def _height(height: int) -> Change:
    def change(value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if value == height and isinstance(value, int):
            return height + 1
        if isinstance(value, str) and value in (str(height), hex(height)):
            return str(height + 1) if value == str(height) else hex(height + 1)
        return value

    return change


def _spell_amount(transfer: Transfer) -> set[str]:
    amount = transfer.amount
    if not isinstance(amount, int):
        return {format(amount, "f"), str(amount)}
    spelled = {str(amount), f"{amount:064x}"}
    for places in {transfer.decimals or 0, 4, 6, 7, 8, 9, 10, 12, 18, 24}:
        whole = Decimal(amount).scaleb(-places)
        spelled |= {format(whole, "f"), format(whole.normalize(), "f"), f"{whole:.{places}f}"}
    return {text for text in spelled if text.strip("0.")}


def _numbers(spelled: set[str], transfer: Transfer) -> Change:
    """Any number that is the amount in some unit, made larger in its first digit."""
    longest = sorted(spelled, key=len, reverse=True)
    amount = transfer.amount

    def change(value: Any) -> Any:
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, Decimal):
            return Written(_raise(str(value))) if _in(format(value, "f"), spelled) else value
        if isinstance(value, int):
            return int(_raise(str(value))) if value == amount else value
        if value.startswith("0x") and len(value) > 2 and _hex(value) == amount:
            return hex(int(_raise(str(amount))))
        for text in longest:
            found = re.search(rf"(?<![0-9.]){re.escape(text)}(?![0-9.])", value)
            if found and (len(text) > 1 or value == text):
                return value[: found.start()] + _raise(text) + value[found.end() :]
        return value

    return change


def _packed(transfer: Transfer) -> Change:
    """Eight little-endian bytes within a hexadecimal text, as packed actions have an amount."""
    amount = transfer.amount
    if not isinstance(amount, int) or not 2**16 < amount < 2**63:
        return lambda value: value
    old = amount.to_bytes(8, "little").hex()
    return _texts(old, _raise(old))


def _in(text: str, spelled: set[str]) -> bool:
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return text in spelled or plain in spelled


def _hex(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def _raise(text: str) -> str:
    """The same number of digits, the first that is not zero another."""
    at = next(i for i, c in enumerate(text) if c in "123456789abcdefABCDEF")
    return text[:at] + ("8" if text[at] != "8" else "9") + text[at + 1 :]


def _flip(text: str) -> str:
    """Another text of the same kind: its last letter or digit is another."""
    at = max(i for i, c in enumerate(text) if c.isalnum())
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def _spell_hash(text: str) -> list[str]:
    if not text:
        return []
    bare = text.removeprefix("0x")
    try:
        coded = [base64.b64encode(bytes.fromhex(bare)).decode()]
    except ValueError:
        coded = []
    return list(dict.fromkeys([text, bare, bare.upper(), bare.lower(), *coded]))


def _spell_memo(value: str) -> list[str]:
    data = value.encode()
    spelled = [value, data.hex(), data.hex().upper(), base64.b64encode(data).decode()]
    return [text for text in spelled if len(text) > 1]


def _other_recipients(evidence: Evidence, transfer: Transfer) -> list[tuple[str, str]]:
    """The recipient as the answers may spell it, with another that reads as well."""
    mine = transfer.recipient
    others = [p for t in evidence.transfers for p in (*t.senders, t.recipient) if p != mine]
    pairs = []
    for other in others:
        if mine.address and other.address:
            pairs.append((mine.address, other.address))
            pairs.append((mine.address.lower(), other.address.lower()))
            pairs.append(
                (mine.address.removeprefix("0x").lower(), other.address.removeprefix("0x").lower())
            )
        if mine.key and other.key and len(mine.key.payload) == len(other.key.payload):
            pairs.append((mine.key.payload.hex(), other.key.payload.hex()))
            pairs.append((mine.key.payload.hex().upper(), other.key.payload.hex().upper()))
            pairs.append(
                (mine.key.payload[-32:].hex().upper(), other.key.payload[-32:].hex().upper())
            )
            pairs.append((mine.key.payload[::-1].hex(), other.key.payload[::-1].hex()))
    if mine.address:
        pairs.append((mine.address, _flip(mine.address)))
    if mine.key:
        pairs.append((mine.key.payload.hex(), _flip(mine.key.payload.hex())))
    return list(dict.fromkeys(pairs))
