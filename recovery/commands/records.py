"""`import`: the exchange's records from CSV files.

Knows: options and the report's form. Must not know: the files' columns.
"""

from __future__ import annotations

from typing import Annotated

import typer

from recovery.commands.options import Actor, ConfigFile, Json, name_actor, read_config
from recovery.commands.output import print_lines, show


def register(app: typer.Typer) -> None:
    app.command("import")(import_)


def import_(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="listings, addresses, accounts, credits, withdrawals, screening, prices, exchanges or staff.",
        ),
    ],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A UTF-8 CSV file with a header row.")
    ],
    complete_through: Annotated[
        str | None,
        typer.Option("--complete-through", help="credits: up to when the ledger is complete."),
    ] = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Import one file of records: whole or not at all, every bad line reported."""
    from recovery.records.importer import import_csv
    from recovery.store import open_store
    from recovery.times import parse_time, print_time

    config = read_config(config_file)
    mark = None
    if complete_through is not None:
        mark = parse_time(complete_through, where="--complete-through")
    with open_store(config.database_url) as store:
        report = import_csv(
            store,
            kind,
            file,
            actor=name_actor(actor),
            complete_through=mark,
            profiles=config.profiles(),
        )
    document = {
        "schema": "recovery.import/1",
        "kind": report.kind,
        "rows": report.rows,
        "new": report.new,
        "replaced": report.replaced,
        "unchanged": report.unchanged,
        "complete_through": None
        if report.complete_through is None
        else print_time(report.complete_through),
    }

    def person() -> None:
        print_lines(
            [
                f"{report.rows} rows of {report.kind}: {report.new} new, "
                f"{report.replaced} replaced, {report.unchanged} unchanged"
            ]
        )

    show(document, as_json=as_json, person=person)
    return 0
