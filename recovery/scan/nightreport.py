"""The report that is read with coffee: what needs somebody first, then what happened, then what was not looked at. Pure.

Knows: ``recovery.rescan/1``, the order of a reader's questions. Must not know: terminals, how a night runs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recovery.scan.page import print_duration

Document = Mapping[str, Any]

_LONGEST = 300
"""Characters of a reason: an error may name every endpoint and address."""

_METHODS = 2
"""Calls that the table names; the document has them all."""


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class NightReport:
    """``attention`` and ``gaps`` are lines; empty where there is nothing to say."""

    title: str
    facts: tuple[tuple[str, str], ...]
    attention: tuple[str, ...]
    tables: tuple[Table, ...]
    gaps: tuple[str, ...]


def tell_night(document: Document) -> NightReport:
    """What one run did, for a person."""
    networks = document["networks"]
    seen = [n for n in networks if n["scan"] or n["cursor"] or n["cases"]["looked_at"]]
    attention = tuple(_find_attention(document))
    told = "nothing needs attention" if not attention else f"{len(attention)} need attention"
    return NightReport(
        title=f"night {document['run']}: {told}",
        facts=tuple(_find_facts(document)),
        attention=attention,
        tables=tuple(t for t in _find_tables(document, seen) if t.rows),
        gaps=tuple(_find_gaps(networks)),
    )


def _find_facts(document: Document) -> Iterator[tuple[str, str]]:
    networks, cost = document["networks"], document["cost"]
    took = print_duration(int(document["seconds"]))
    took += " since it went on" if document["resumed"] else ""
    yield "from", f"{document['started_at']} to {document['ended_at']}, {took}"
    if document["resumed"]:
        yield "broken off", f"and resumed {_count(document['resumed'], 'time')}"
    if document["scope"]["only"] != "cases":
        yield "blocks", _tell_blocks(networks)
        yield "found", _tell_found(networks)
    if document["scope"]["only"] != "scan":
        yield "due cases", _tell_cases(document)
        ended = document["cleared_up"]
        quotes = _count(ended["quotes_expired"], "quote")
        yield "ended", f"{quotes} and {_count(ended['consents_lapsed'], 'consent')} ran out"
    got = cost["bytes_received"] / 1e6
    yield "asked of nodes", f"{cost['requests']:,} requests, {got:,.1f} MB received"


def _tell_blocks(networks: Sequence[Document]) -> str:
    wanted = [n for n in networks if n["cursor"]]
    ages = [n["cursor"]["age_seconds"] for n in wanted]
    known = [age for age in ages if age is not None]
    stale = [n["network"] for n in wanted if n["cursor"]["stale"]]
    told = f"{len(wanted) - len(stale)} of {len(wanted)} networks are as new as allowed"
    if known:
        told += f", the oldest {print_duration(max(known))} behind"
    return told + (f"; STALE: {' '.join(stale)}" if stale else "")


def _tell_found(networks: Sequence[Document]) -> str:
    cases = sum(n["found_cases"] for n in networks)
    told = [_count(cases, "new case")]
    for name, words in (("counted", "counted only"), ("waiting", "waiting")):
        counts = _add(n["scan"][name] for n in networks if n["scan"])
        if counts:
            reasons = ", ".join(f"{_words(reason)} {n}" for reason, n in counts.most_common())
            told.append(f"{counts.total()} {words} ({reasons})")
    return "; ".join(told)


def _tell_cases(document: Document) -> str:
    rows = [n["cases"] for n in document["networks"]]
    told = f"{document['looked_at']} looked at, {sum(document['moved'].values())} moved"
    for name, words in (
        ("unchanged", "unchanged"),
        ("unreachable", "could not be asked"),
        ("stands", "stand as somebody decided"),
        ("overtaken", "overtaken by somebody"),
        ("failed", "FAILED"),
    ):
        count = sum(row[name] for row in rows)
        told += f", {count} {words}" if count else ""
    return told


def _find_attention(document: Document) -> Iterator[str]:
    """What somebody should do something about, the worst first."""
    networks = document["networks"]
    for network in networks:
        cursor = network["cursor"]
        if cursor and cursor["stale"]:
            age, allowed = (print_duration(cursor[f"{n}_seconds"]) for n in ("age", "allowed"))
            behind = "never scanned up to its tip" if cursor["age_seconds"] is None else age
            yield f"{network['network']} is STALE: {behind}, {allowed} allowed"
    for network in networks:
        name, scan = network["network"], network["scan"]
        if network["scan_error"]:
            yield f"{name} was not scanned: {_shorten(network['scan_error'])}"
        for walk in () if scan is None else scan["passes"]:
            if walk["error"]:
                reached = walk["reached"]
                where = "did not begin" if reached is None else f"stopped at {reached}"
                yield f"{name}: {walk['name']} {where}: {_shorten(walk['error'])}"
        for reference, text in network["cases"]["errors"].items():
            failed = network["cases"]["failed"] if reference != "unreachable" else 0
            count = network["cases"]["unreachable"] if reference == "unreachable" else failed
            cases = f"{_count(count, 'case')}: " if count else ""
            yield f"{name}: {cases}{_words(reference)}: {_shorten(text)}"
        for waiting, count in () if scan is None else scan["waiting"].items():
            yield f"{name}: {_count(count, 'finding')} waiting: {_words(waiting)}"
    for code, count in document["without_endpoints"].items():
        yield f"{code}: {_count(count, 'open case')}, and no endpoint is configured"


def _find_tables(document: Document, seen: Sequence[Document]) -> Iterator[Table]:
    moved = tuple((*step.split(">"), str(count)) for step, count in document["moved"].items())
    yield Table("cases that moved", ("from", "to", "cases"), moved)
    causes = _add(n["scan"]["cases"] for n in document["networks"] if n["scan"])
    rows = tuple((_words(cause), str(count)) for cause, count in causes.most_common())
    yield Table("new cases", ("cause", "cases"), rows)
    yield Table("networks", _HEADERS, tuple(map(_row, seen)))


_HEADERS = (
    "network",
    "age",
    "new cases",
    "counted",
    "waiting",
    "looked at",
    "moved",
    "not asked",
    "requests",
    "scanned by",
)


def _row(network: Document) -> tuple[str, ...]:
    scan, cases = network["scan"], network["cases"]
    passes = [] if scan is None else scan["passes"]
    methods = list(dict.fromkeys(method for walk in passes for method in walk["methods"]))
    more = f" +{len(methods) - _METHODS}" if len(methods) > _METHODS else ""
    return (
        network["network"],
        _age(network["cursor"]),
        str(network["found_cases"]),
        *("-" if scan is None else str(sum(scan[n].values())) for n in ("counted", "waiting")),
        str(cases["looked_at"]),
        str(sum(cases["moved"].values())),
        str(cases["unreachable"]),
        str(network["cost"]["requests"]),
        (" ".join(methods[:_METHODS]) or "-") + more,
    )


def _age(cursor: Document | None) -> str:
    if cursor is None:
        return "-"
    seconds = cursor["age_seconds"]
    told = "never" if seconds is None else print_duration(seconds)
    return f"{told} STALE" if cursor["stale"] else told


def _find_gaps(networks: Sequence[Document]) -> Iterator[str]:
    """What the methods can't see, each once, with the networks that it is so on."""
    codes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for network in networks:
        for walk in () if network["scan"] is None else network["scan"]["passes"]:
            for gap in walk["gaps"]:
                told = codes[_words(gap["code"]), gap["text"]]
                if network["network"] not in told:
                    told.append(network["network"])
    for (code, text), named in codes.items():
        yield f"{' '.join(named)}: {code}: {_shorten(text)}"


def _add(counts: Any) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in counts:
        total.update(part)
    return total


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _words(code: str) -> str:
    return code.replace("_", " ")


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
