"""`rescan`: the whole night. Every network is scanned, every due case is looked at again.

Knows: options, the progress bar, the lines of a log, the report for a person. Must not know: chains, rules, what
moves a case.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any

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

Document = Mapping[str, Any]


class Only(StrEnum):
    SCAN = "scan"
    CASES = "cases"


class Log(StrEnum):
    JSON = "json"


def register(app: typer.Typer) -> None:
    app.command()(rescan)


def rescan(
    network: Annotated[
        list[str] | None, typer.Option("--network", help="This network alone; may be repeated.")
    ] = None,
    only: Annotated[
        Only | None, typer.Option("--only", help="Scan blocks, or look at cases, alone.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="So many due cases of each network.")
    ] = None,
    log: Annotated[
        Log | None, typer.Option("--log", help="Lines of JSON on stderr as it goes on.")
    ] = None,
    cluster: ClusterAddress = None,
    processes: ProcessCount = 1,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """The night: end what ran out, scan every network, look at every due case again."""
    from recovery.networks import load_registry
    from recovery.scan.night import Scope, exit_code, run_night
    from recovery.store import open_store

    config = read_config(config_file)
    codes = tuple(load_registry().find(name).code for name in network or ())
    _check_endpoints(config, codes)
    scope = Scope(codes, None if only is None else only.value, limit)
    with (
        open_executor(cluster, processes, config) as executor,
        open_store(config.database_url) as store,
        _telling(log, as_json=as_json) as told,
    ):
        document = run_night(
            config if executor is None else executor.config,
            store,
            actor=name_actor(actor),
            scope=scope,
            executor=executor,
            workers=None if executor is None else executor.threads,
            told=told,
        )
    show(document, as_json=as_json, person=lambda: show_night(document))
    return 3 if executor is not None and executor.lost else exit_code(document)


def _check_endpoints(config: Any, codes: tuple[str, ...]) -> None:
    from recovery.errors import BadInput

    for code in codes:
        if not config.of(config.network(code)).endpoints:
            raise BadInput(
                "nothing-configured",
                f"{code} has no endpoint",
                hint=f"set [networks.{code}] endpoints in the configuration",
                where=f"networks.{code}.endpoints",
            )


@contextmanager
def _telling(
    log: Log | None, *, as_json: bool
) -> Iterator[Callable[[str, Mapping[str, Any]], None]]:
    """Lines for a machine, a bar for a person at a terminal, nothing for a pipe."""
    if log is Log.JSON:
        with _warnings_as_lines():
            yield _log_line
    elif as_json or not sys.stderr.isatty():
        yield lambda event, facts: None
    else:
        with _bar() as told:
            yield told


_LINES = threading.Lock()


def _log_line(event: str, facts: Mapping[str, Any]) -> None:
    from recovery.clock import now
    from recovery.times import print_time

    line = json.dumps({"at": print_time(now()), "event": event, **facts}, ensure_ascii=True)
    with _LINES:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """What the rooms warn of, a process that died for one, is a line like the others."""

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            _log_line("warning", {"text": record.getMessage()})

    lines = Lines(logging.WARNING)
    logger = logging.getLogger("recovery")
    logger.addHandler(lines)
    try:
        yield
    finally:
        logger.removeHandler(lines)


@contextmanager
def _bar() -> Iterator[Callable[[str, Mapping[str, Any]], None]]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    totals = {"scanned": 0, "looked at": 0, "moved": 0, "unreachable": 0}
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("night", total=None)

        def told(event: str, facts: Mapping[str, Any]) -> None:
            totals["scanned"] += event == "scanned"
            if event == "looked":
                totals["looked at"] += facts["due"]
                totals["moved"] += facts.get("looks:moved", 0)
                totals["unreachable"] += facts.get("looks:unreachable", 0)
            words = ", ".join(f"{count} {name}" for name, count in totals.items())
            bar.update(task, description=words)

        yield told


def show_night(document: Document) -> None:
    """The report that is read with coffee."""
    from recovery.scan.nightreport import tell_night

    told = tell_night(document)
    print_facts(told.title, told.facts)
    _print_list("needs attention", told.attention)
    for table in told.tables:
        print_lines(["", table.title])
        print_table(table.headers, table.rows)
    _print_list("what the methods can't see", told.gaps)


def _print_list(title: str, lines: Sequence[str]) -> None:
    if lines:
        print_lines(["", title, *(f"  {line}" for line in lines)])
