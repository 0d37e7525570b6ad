"""A case as its page shows it: every row with its label and its value in the reader's language.

Knows: which rows a page has and in what order. Must not know: HTTP, HTML, stores. What a claimant may
see is decided by `recovery.claimantview` alone: this adds words and locale to `recovery.api.status`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from recovery.api.status import RowOf, print_status
from recovery.cases.digest import canonical, sha256_of
from recovery.cases.values import Case
from recovery.clock import now
from recovery.messages import Speaker
from recovery.times import parse_time

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """``copied``: an address, hash or memo, to be read and copied letter by letter."""

    label: str
    value: str
    copied: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """One line of the money; ``amount`` carries its sign, ``value`` is the same in the currency."""

    label: str
    amount: str
    value: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Money:
    rows: tuple[Sum, ...]
    gross: str
    net: str
    costs: str
    advice: str
    price: str
    expires: str


def show_case(case: Case, *, speaker: Speaker, row_of: RowOf, secret: bytes | None) -> Document:
    """The status document with what a page adds: ``money``, ``facts``, ``told``, ``moments``, ``agreed``."""
    status = print_status(case, speaker=speaker, row_of=row_of, secret=secret)
    transfer = _find_transfer(case, status["evidence"])
    by = status["next"]["by"]
    explorer = status["explorer"]
    return {
        **status,
        "by": None if by is None else _show_by(parse_time(by), speaker),
        "explorer_host": None if explorer is None else urlsplit(explorer).hostname,
        "money": _show_money(status["quote"], transfer, speaker),
        "agreed": None if status["quote"] is None else mark_quote(case),
        "facts": _show_facts(status["evidence"], transfer, speaker, row_of),
        "told": _show_claim(status["claim"], speaker, row_of),
        "moments": [
            (speaker.moment(parse_time(step["at"])), speaker.say(f"state.{step['state']}.name"))
            for step in status["timeline"]
        ],
        "asks_address": "accept" in status["actions"] and asks_address(case),
        "memo_name": None if case.network is None else row_of(case.network).memo_name,
    }


def _show_by(moment: datetime, speaker: Speaker) -> str:
    """When we look again, and about how long that is."""
    left = (moment - now()).total_seconds()
    told = speaker.moment(moment)
    return told if left <= 0 else f"{told} ({speaker.span(left)})"


def asks_address(case: Case) -> bool:
    """What is recovered is sent back, so that an address is needed."""
    return case.destination is None or case.destination.kind == "return"


def mark_quote(case: Case) -> str:
    """What a form of acceptance is bound to: who agrees has seen these very figures."""
    return sha256_of(canonical(case.quote))


def _find_transfer(case: Case, evidence: Document | None) -> Document | None:
    if evidence is None or case.transfer is None:
        return None
    return next((t for t in evidence["transfers"] if t["index"] == case.transfer), None)


def _amount(
    text: str, transfer: Mapping[str, Any], speaker: Speaker, *, taken: bool = False
) -> str:
    """Base units as coins; an issued currency of XRPL has none and comes as a decimal.

    What is ``taken`` off is shown below zero, as the language writes it, and what is waived above.
    """
    number = -_number(text) if taken else _number(text)
    decimals = None if isinstance(number, Decimal) else transfer["decimals"]
    return speaker.amount(number, decimals, transfer["symbol"])


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


def _show_money(
    quote: Document | None, transfer: Document | None, speaker: Speaker
) -> Money | None:
    if quote is None:
        return None
    shape = transfer or {"decimals": None, "symbol": None}
    currency = quote["currency"]

    def line(line: Document) -> Sum:
        note = f"line_note.{line['code']}"
        return Sum(
            label=line["text"],
            amount=_amount(line["amount"], shape, speaker, taken=True),
            value=speaker.money(-Decimal(line["value"]), currency),
            note=speaker.say(note) if speaker.knows(note) else None,
        )

    def whole(name: str) -> Sum:
        amount = quote[name]["amount"]
        value = _value(amount, shape["decimals"], quote["price"]["value"])
        told = "" if value is None else speaker.money(value, currency)
        return Sum(speaker.say(f"line.{name}"), _amount(amount, shape, speaker), told)

    costs = _number(quote["gross"]["amount"]) - _number(quote["net"]["amount"])
    gross, net = whole("gross"), whole("net")
    price = speaker.price(Decimal(quote["price"]["value"]), currency)
    return Money(
        rows=(gross, *(line(one) for one in quote["lines"]), net),
        gross=gross.amount,
        net=net.amount,
        costs=_amount(str(costs) if isinstance(costs, int) else format(costs, "f"), shape, speaker),
        advice=quote["advice_text"],
        price=price,
        expires=speaker.moment(parse_time(quote["expires_at"])),
    )


def _value(amount: str, decimals: int | None, price: str) -> Decimal | None:
    """What it is worth at the quote's own price; None where nobody knows the decimals."""
    if decimals is None and "." not in amount:
        return None
    return Decimal(amount).scaleb(-(decimals or 0)) * Decimal(price)


def _show_facts(
    evidence: Document | None, transfer: Document | None, speaker: Speaker, row_of: RowOf
) -> list[Row]:
    if evidence is None:
        return []

    def label(name: str) -> str:
        return speaker.say(f"case.{name}")

    unknown = label("unknown_value")
    rows = [
        Row(label("network"), row_of(evidence["network"]).name),
        Row(label("tx_hash"), evidence["tx_hash"], copied=True),
        Row(label("status"), speaker.code("transfer_status", evidence["status"])),
    ]
    block = evidence["block"]
    if block is not None:
        rows.append(Row(label("block"), speaker.number(block["height"])))
        time = unknown if block["time"] is None else speaker.moment(parse_time(block["time"]))
        rows.append(Row(label("time"), time))
    if evidence["confirmations"] is not None:
        needed, seen = evidence["required_confirmations"], evidence["confirmations"]
        told = (
            speaker.count("confirmations", seen)
            if needed is None
            else f"{speaker.number(seen)} / {speaker.number(needed)}"
        )
        rows.append(Row(label("confirmations"), told))
    if transfer is not None:
        senders = "\n".join(transfer["senders"])
        rows += [
            Row(label("amount"), _amount(transfer["amount"], transfer, speaker)),
            Row(label("asset"), transfer["asset"], copied=True),
            Row(label("sender"), senders or unknown, copied=bool(senders)),
            Row(label("recipient"), transfer["recipient"] or unknown, copied=True),
        ]
        if transfer["memo"] is not None:
            rows.append(Row(label("memo"), transfer["memo"]["value"], copied=True))
    return rows


def _show_claim(claim: Document, speaker: Speaker, row_of: RowOf) -> list[Row]:
    rows = []
    for name, value in claim.items():
        if value is None:
            continue
        shown = row_of(value).name if name == "network" else value
        copied = name not in ("network", "amount")
        rows.append(Row(speaker.say(f"submit.{name}"), shown, copied=copied))
    return rows
