"""`demo`: a small exchange and its claims, from nothing to signed cases, without a network.

Knows: how the demonstration is shown. Must not know: how it is played.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.options import ConfigFile, Json
from recovery.commands.output import print_lines, print_table, show

if TYPE_CHECKING:
    from recovery.demo.play import Played

DATABASE = "sqlite:///recovery-demo.db"
CONFIG = "recovery-demo.toml"


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep the nodes up until Ctrl-C, for other commands.")
    ] = False,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Fill a database with a small exchange and take its claims through the whole line."""
    from recovery.checker import Checker
    from recovery.commands.options import read_config
    from recovery.demo import play
    from recovery.store import open_store

    url = os.environ.get("RECOVERY_DATABASE_URL", DATABASE)
    if config_file is not None:
        url = read_config(config_file).database_url
    with play.stand_still(), play.serve_nodes(url) as config, open_store(url) as store:
        play.fill(store)
        checker = Checker(config, store)
        played = list(play.play(checker, play.load_stories()))
        checker.nodes.close()
        document = {
            "schema": "recovery.demo/1",
            "database_url": url,
            "now": play.NOW,
            "stories": [_print_story(one) for one in played],
        }
        show(document, as_json=as_json, person=lambda: _show(document))
        if serve:
            with open(CONFIG, "w", encoding="utf-8") as file:
                file.write(play.print_config(config))
            typer.echo("\nthe nodes are up; in another shell, with their clock:\n", err=True)
            typer.echo(f"  export RECOVERY_CONFIG={CONFIG} RECOVERY_NOW={play.NOW}", err=True)
            typer.echo(f"  {sys.argv[0]} cases --queue wallet\n\nCtrl-C ends them", err=True)
            _wait()
    return 0


def _wait() -> None:
    import threading

    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        typer.echo("the nodes are down", err=True)


def _print_story(played: Played) -> dict[str, Any]:
    from recovery.documents import print_case

    document = print_case(played.case)
    verdicts = document["check"]["verdicts"]
    mine = next((v for v in verdicts if v["transfer"] in (None, document["transfer"])), None)
    return {
        "title": played.story.title,
        "fixture": played.story.fixture,
        "case": document["id"],
        "state": document["state"],
        "queues": document["queues"],
        "cause": None if mine is None else mine["cause"],
        "recoverability": None if mine is None else mine["recoverability"],
        "outcome": None if mine is None else mine["outcome"],
        "quote": None if mine is None else mine["quote"],
    }


def _show(document: Mapping[str, Any]) -> None:
    rows = []
    for story in document["stories"]:
        quote = story["quote"]
        fee = ""
        if quote is not None:
            total = sum(int(line["amount"]) for line in quote["lines"])
            fee = f"{total} of {quote['gross']['amount']}"
        rows.append(
            (
                story["title"],
                story["fixture"].partition("/")[0],
                story["cause"] or "",
                story["recoverability"] or "",
                story["state"],
                fee,
                story["case"],
            )
        )
    print_table(("claim", "on", "cause", "answer", "case is", "fee (base units)", "case"), rows)
    print_lines(
        [
            f"{len(rows)} claims; the cases are in {document['database_url']}:",
            f"  RECOVERY_DATABASE_URL={document['database_url']} {sys.argv[0]} cases",
        ]
    )
