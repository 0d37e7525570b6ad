"""`report`: figures and plots over the cases and the nights.

Knows: options, text charts, where a page is written. Must not know: which figures there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from recovery.commands.options import ConfigFile, Json, read_config
from recovery.commands.output import print_facts, print_table, show

_WIDTH = 40


def register(app: typer.Typer) -> None:
    app.command()(report)


def report(
    html: Annotated[
        Path | None, typer.Option("--html", help="Write it as one page with plots, too.")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="What is of a time is of so many days.")
    ] = 90,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Figures over the cases: states, causes, networks, weeks, money, times, queues, nights."""
    from recovery.clock import now
    from recovery.scan.figures import load_report
    from recovery.store import open_store

    with open_store(read_config(config_file).database_url) as store:
        document = load_report(store, at=now(), days=days)
    if html is not None:
        _write(html, document)
    show(document, as_json=as_json, person=lambda: _show(document))
    return 0


def _write(path: Path, document: Mapping[str, Any]) -> None:
    from recovery.errors import BadInput
    from recovery.scan.page import print_page

    try:
        path.write_text(print_page(document), "utf-8")
    except OSError as wrong:
        raise BadInput(
            "unwritable-file",
            f"can't write {path}: {wrong.strerror}",
            hint="name a file in a folder that you may write to",
            where="--html",
        ) from None


def _show(document: Mapping[str, Any]) -> None:
    from recovery.scan.page import print_duration

    print_facts(
        f"{document['cases']} cases as of {document['at']}",
        [
            (
                f"settled ({money['currency']})",
                f"{money['settled']}: {money['recovered']}, fees {money['fees']}",
            )
            for money in document["money"]
        ],
    )
    for title in ("by_state", "by_cause", "by_network"):
        _chart(title.removeprefix("by_"), document[title])
    _chart("week", {week["week"]: week["opened"] for week in document["by_week"]})
    for title in ("times", "queues"):
        rows = [
            (
                name.replace("_", " "),
                str(told["cases"]),
                print_duration(told["median_seconds"]),
                print_duration(told["ninth_decile_seconds"]),
                print_duration(told["longest_seconds"]),
            )
            for name, told in document[title].items()
        ]
        print_table((title, "cases", "median", "nine of ten", "longest"), rows)
    nights = [
        (
            run["started_at"],
            run["state"],
            str(run["looked_at"] if run["looked_at"] is not None else "-"),
            str(sum(run["moved"].values()) if run["moved"] is not None else "-"),
            str(run["unreachable"] if run["unreachable"] is not None else "-"),
            " ".join(run["stale"] or ()) or "-",
        )
        for run in document["nights"]
    ]
    print_table(("night", "state", "looked at", "moved", "unreachable", "stale"), nights)


def _chart(title: str, counts: Mapping[str, int]) -> None:
    most = max(counts.values(), default=1)
    rows = [(name, str(n), "█" * max(n * _WIDTH // most, 1)) for name, n in counts.items()]
    print_table((title, "cases", ""), rows)
