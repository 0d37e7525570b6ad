"""`networks`, `inspect` and `check`: look, say what was seen, store nothing.

Knows: how evidence and verdicts are shown to a person. Must not know: how they are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.options import (
    ClaimedAddress,
    ClaimedAmount,
    ClaimedAsset,
    ClaimedMemo,
    ConfigFile,
    Json,
    NetworkName,
    TxHash,
    User,
    read_config,
)
from recovery.commands.output import print_facts, print_lines, print_table, show

if TYPE_CHECKING:
    from recovery.checks import Search

Document = Mapping[str, Any]


def register(app: typer.Typer) -> None:
    app.command()(networks)
    app.command()(inspect)
    app.command()(check)


def networks(
    ping: Annotated[bool, typer.Option("--ping", help="Ask every endpoint how it is.")] = False,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """The 32 networks: tier, family, memo rule, confirmations, stories, endpoint health."""
    from recovery.survey import survey_networks

    config = read_config(config_file)
    document = survey_networks(config, ping=ping)
    show(document, as_json=as_json, person=lambda: _show_networks(document, ping=ping))
    return 0


def _show_networks(document: Document, *, ping: bool) -> None:
    rows = []
    for row in document["networks"]:
        stories = ", ".join(f"{count} {origin}" for origin, count in row["stories"].items())
        endpoints = row["endpoints"]
        health = "; ".join(e["health"] for e in endpoints) if ping else str(len(endpoints))
        rows.append(
            (
                row["network"],
                row["name"],
                row["tier"],
                row["family"],
                row["memo"],
                row["finality"],
                health,
                stories if row["asks"] else "hash and address forms only",
            )
        )
    print_table(
        ("code", "name", "tier", "family", "memo", "final after", "endpoints", "stories"), rows
    )
    asking = sum(1 for row in document["networks"] if row["asks"])
    print_lines([f"{asking} of {len(rows)} networks can be asked"])


def inspect(
    tx_hash: TxHash,
    network: NetworkName = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Evidence only: what this transaction did, on every network whose hash form fits."""
    from recovery.documents import print_evidence, print_search
    from recovery.networks import load_registry
    from recovery.triage import Nodes, search

    config = read_config(config_file)
    named = load_registry().find(network) if network else None
    with Nodes(config) as nodes:
        result = search(tx_hash, nodes, named=named)
    if named is not None and len(result.found) == 1:
        document = print_evidence(result.found[0].evidence)
    else:
        document = print_search(result)
    show(document, as_json=as_json, person=lambda: _show_search(result))
    return _search_exit(result)


def _search_exit(result: Search) -> int:
    if result.found:
        return 0
    return 3 if result.unreachable else 1


def _show_search(result: Search) -> None:
    from recovery.documents import print_evidence

    for found in result.found:
        show_evidence(print_evidence(found.evidence))
    if result.found and not result.unreachable:
        return
    if result.absent:
        print_lines([f"not on: {', '.join(result.absent)}"])
    for unreachable in result.unreachable:
        print_lines([f"could not ask {unreachable.network}: {unreachable.reason}"])
    if result.not_asked:
        print_lines([f"not asked (no endpoint that could find it): {', '.join(result.not_asked)}"])


def show_evidence(evidence: Document) -> None:
    """Evidence for a person: the transaction, then its transfers."""
    required = evidence["required_confirmations"]
    depth = f"{evidence['confirmations']}" + (f" of {required}" if required else "")
    block = evidence["block"]
    fee = evidence["fee"]
    print_facts(
        f"{evidence['network']} {evidence['tx_hash']}",
        [
            ("status", evidence["status"] + (", final" if evidence["final"] else ", not final")),
            ("block", f"{block['height']} at {block['time']}" if block else "none yet"),
            ("confirmations", depth),
            ("fee", f"{fee['amount']} {fee['asset']}" if fee else "unknown"),
        ],
    )
    print_table(
        ("#", "position", "kind", "amount (base units)", "asset", "recipient", "memo"),
        [_transfer_row(transfer) for transfer in evidence["transfers"]],
    )
    for note in evidence["notes"]:
        print_lines([f"note {note['code']}: {note['text']}"])


def _transfer_row(transfer: Document) -> tuple[str, ...]:
    memo = transfer["memo"]
    symbol = f" ({_unmask(transfer['symbol'])})" if transfer["symbol"] else ""
    return (
        str(transfer["index"]),
        transfer["position"],
        transfer["kind"] if transfer["succeeded"] else f"{transfer['kind']}, failed",
        transfer["amount"],
        transfer["asset"] + symbol,
        transfer["recipient"] or "none",
        f"{memo['kind']} {memo['value']}" if memo else "",
    )


def _unmask(symbol: str) -> str:
    """A symbol that is not plain ASCII with its letters spelled out: look-alikes are seen as such."""
    from recovery.classify.confusable import spell_out

    return symbol if symbol.isascii() else f"{symbol} = {spell_out(symbol)}"


def check(
    tx_hash: TxHash,
    network: NetworkName = None,
    user: User = None,
    address: ClaimedAddress = None,
    memo: ClaimedMemo = None,
    asset: ClaimedAsset = None,
    amount: ClaimedAmount = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Dry run: evidence, cause with reasons, quote; stores nothing."""
    from recovery.checker import open_checker
    from recovery.claims import parse_claim
    from recovery.documents import print_check

    config = read_config(config_file)
    claim = parse_claim(
        tx_hash,
        network=network,
        user=user,
        address=address,
        memo=memo,
        asset=asset,
        amount=amount,
        development=config.development(),
    )
    with open_checker(config) as checker:
        result = checker.check(claim)
    document = print_check(result)
    show(document, as_json=as_json, person=lambda: show_check(document))
    return check_exit(document)


def check_exit(document: Document) -> int:
    """0 evidence · 1 on none of the networks · 2 on several · 3 could not be asked."""
    if document["evidence"] is not None:
        return 0
    search = document["search"]
    if len(search["found"]) > 1:
        networks = ", ".join(found["network"] for found in search["found"])
        typer.echo(
            f"the hash is on several networks: {networks}; name one with --network", err=True
        )
        return 2
    return 3 if search["unreachable"] else 1


def show_check(document: Document) -> None:
    """A check for a person: evidence, then each verdict with its reasons and money."""
    if document["evidence"] is not None:
        show_evidence(document["evidence"])
    else:
        search = document["search"]
        for found in search["found"]:
            print_lines([f"found on {found['network']}"])
        if search["absent"]:
            print_lines([f"not on: {', '.join(search['absent'])}"])
        for unreachable in search["unreachable"]:
            print_lines([f"could not ask {unreachable['network']}: {unreachable['reason']}"])
        if search["not_asked"]:
            print_lines(
                [f"not asked (no endpoint that could find it): {', '.join(search['not_asked'])}"]
            )
    for verdict in document["verdicts"]:
        show_verdict(verdict)


def _tell_differences(facts: Document) -> list[str]:
    """Two sources side by side, a line for each field in which they differ."""
    lines = []
    for difference in facts.get("difference", ()):
        where = difference["position"]
        field = difference["field"] if where is None else f"{difference['field']} of {where}"
        said = (f"{s['source']} says {s['value'] or 'none'}" for s in difference["sources"])
        lines.append(f"{field}: {'; '.join(said)}")
    return lines


def show_verdict(verdict: Document) -> None:
    subject = "transaction" if verdict["transfer"] is None else f"transfer {verdict['transfer']}"
    facts = [
        ("cause", verdict["cause"]),
        ("recoverability", verdict["recoverability"]),
        ("outcome", verdict["outcome"]),
    ]
    for reason in verdict["reasons"]:
        facts.append(("because", reason["text"]))
        facts += [("they differ", line) for line in _tell_differences(reason["facts"])]
    facts += [
        ("condition", f"{c['code']} ({'met' if c['met'] else 'not met'}): {c['text']}")
        for c in verdict["conditions"]
    ]
    facts += [("needed", need["text"]) for need in verdict["needs"]]
    told = {reason["text"] for reason in verdict["reasons"]}
    facts += [("note", note["text"]) for note in verdict["notes"] if note["text"] not in told]
    print_facts(f"verdict on the {subject}", facts)
    quote = verdict["quote"]
    if quote is None:
        print_lines([f"  no quote: {verdict['quote_reason']['text']}"])
        return
    gross, net = quote["gross"], quote["net"]
    lines = [
        (line["text"], line["amount"], f"{line['value']} {quote['currency']}")
        for line in quote["lines"]
    ]
    print_table(
        ("quote", "base units", "value"),
        [("received", gross["amount"], ""), *lines, ("you get back", net["amount"], "")],
    )
    print_lines([f"  {quote['advice_text']} (valid until {quote['expires_at']})"])
