"""`scan`: look through a network's blocks for transfers to us that were never credited.

Knows: options, the progress bar, the document. Must not know: chains, findings, verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.options import (
    Actor,
    ClusterAddress,
    ConfigFile,
    Json,
    ProcessCount,
    name_actor,
    open_executor,
    read_config,
)
from recovery.commands.output import print_facts, print_lines, print_table, show

if TYPE_CHECKING:
    from recovery.scan.values import ScanReport, Walk

Document = Mapping[str, Any]


def register(app: typer.Typer) -> None:
    app.command()(scan)


def scan(
    network: Annotated[str, typer.Argument(metavar="CODE", help="Network code, name or alias.")],
    first: Annotated[
        int | None, typer.Option("--from", help="First height; without it, from the cursor.")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", help="Last height; without it, the last final block.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="This pass alone, such as tokens.")
    ] = None,
    cluster: ClusterAddress = None,
    processes: ProcessCount = 1,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Find transfers to our addresses that were never credited, and open a case for each."""
    from recovery.checker import Checker
    from recovery.networks import load_registry
    from recovery.scan.document import print_scan
    from recovery.scan.engine import WORKERS, Range, scan_network
    from recovery.scan.looking import Eyes, find_polled, watch_folder
    from recovery.scan.opening import open_findings
    from recovery.scan.verification import VerificationDeposits
    from recovery.scan.watching import open_watch
    from recovery.store import open_store

    config = read_config(config_file)
    row = config.network(load_registry().find(network).code)
    asked = _read_range(first, last)
    _check_endpoints(config, row.code)
    who = name_actor(actor)
    with (
        open_executor(cluster, processes, config) as executor,
        open_store(config.database_url) as store,
    ):
        config = config if executor is None else executor.config
        workers = WORKERS if executor is None else executor.threads
        watch = open_watch(store, watch_folder(config), polled=find_polled(config))
        checker = Checker(config, store)
        try:
            eyes = Eyes(config, store, watch, nodes=checker.nodes)
            with _progress(as_json=as_json) as told:
                span = None if asked is None else Range(*asked)
                report = scan_network(
                    eyes,
                    store,
                    row,
                    asked=span,
                    only=only,
                    executor=executor,
                    workers=workers,
                    told=told,
                )
            report.opened = open_findings(checker, row, deposits=VerificationDeposits(checker))
        finally:
            checker.nodes.close()
    document = print_scan(report, chain=row.chain, actor=who)
    show(document, as_json=as_json, person=lambda: _show(document))
    return _exit_code(report)


def _read_range(first: int | None, last: int | None) -> tuple[int, int] | None:
    from recovery.errors import BadInput

    if first is None and last is None:
        return None
    if first is None or last is None:
        raise BadInput(
            "bad-range",
            "a range has two ends",
            hint="give both --from and --to, or neither",
            where="--from" if first is None else "--to",
        )
    return first, last


def _check_endpoints(config: Any, code: str) -> None:
    from recovery.errors import BadInput

    if not config.of(config.network(code)).endpoints:
        raise BadInput(
            "nothing-configured",
            f"{code} has no endpoint",
            hint=f"set [networks.{code}] endpoints in the configuration",
            where=f"networks.{code}.endpoints",
        )


def _exit_code(report: ScanReport) -> int:
    return 0 if report.is_whole else 3


@contextmanager
def _progress(*, as_json: bool) -> Iterator[Callable[[Walk], None]]:
    """A bar on stderr for a person; nothing for a program or a pipe."""
    import sys

    if as_json or not sys.stderr.isatty():
        yield lambda walk: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[found]} found"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def told(walk: Walk) -> None:
            if walk.name not in tasks:
                total = max(walk.last - walk.first + 1, 1)
                tasks[walk.name] = bar.add_task(walk.name, total=total, found=0)
            done = 0 if walk.reached is None else walk.reached - walk.first + 1
            bar.update(tasks[walk.name], completed=done, found=walk.findings)

        yield told


def _show(document: Document) -> None:
    tip = document["tip"]
    facts = [("last final block", f"{tip['height']} {tip['time'] or ''}".strip())]
    facts += [(_words(note["code"]), note["text"]) for note in document["notes"]]
    print_facts(f"{document['network']} scanned", facts)
    rows = [
        (
            walk["name"],
            f"{walk['from']}-{walk['to']}",
            "yes" if walk["covered"] else f"up to {walk['reached']}" if walk["reached"] else "no",
            str(walk["looked_at"]),
            str(walk["transfers_to_us"]),
            str(walk["already_credited"]),
            str(walk["new_findings"]),
            str(walk["cost"]["requests"]),
        )
        for walk in document["passes"]
    ]
    headers = ("pass", "blocks", "covered", "looked at", "to us", "credited", "new", "requests")
    print_table(headers, rows)
    for walk in document["passes"]:
        lines = [f"{walk['name']}: {note['text']}" for note in walk["gaps"]]
        lines += [f"{walk['name']}: stopped: {walk['error']}"] if walk["error"] else []
        print_lines(lines)
    for title in ("cases", "counted", "waiting"):
        facts = [(_words(name), str(count)) for name, count in document[title].items()]
        if facts:
            print_facts(title, facts)


def _words(code: str) -> str:
    return code.replace("_", " ")
