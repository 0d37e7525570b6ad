"""`notices`: send what customers are to be told, see what waits, try again what nobody tries any more.

Knows: which use-case a command calls and how it is shown. Must not know: channels.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.cases import open_database
from recovery.commands.options import ConfigFile, Json, read_config
from recovery.commands.output import print_table, show

if TYPE_CHECKING:
    from recovery.notices.tables import NoticeRow

notices = typer.Typer(help="Notices to customers: send, list, try again.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    app.add_typer(notices, name="notices")


@notices.command()
def send(
    loop: Annotated[bool, typer.Option("--loop", help="Go on until ended.")] = False,
    every: Annotated[
        float, typer.Option("--every", min=0.1, help="Seconds between rounds of a loop.")
    ] = 5.0,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Send every notice that is due; exit 3 where one could not be sent."""
    from recovery.notices.outbox import count_waiting
    from recovery.notices.sending import Sender

    config = read_config(config_file)
    with open_database(config) as store:
        sender = Sender(config, store)
        if not sender.has_channel and (waiting := count_waiting(store)):
            _note_no_channel(waiting)
        sent = sender.send_due()
        while loop:
            time.sleep(every)
            sender.send_due()
    document = {"schema": "recovery.notices/1", "sent": sent.done, "put_off": sent.put_off}
    line = f"{sent.done} sent, {sent.put_off} put off"
    show(document, as_json=as_json, person=lambda: typer.echo(line))
    return 3 if sent.put_off else 0


@notices.command("list")
def list_(as_json: Json = False, config_file: ConfigFile = None) -> int:
    """What did not go out yet: given up first, then the oldest."""
    from recovery.notices.outbox import list_waiting

    with open_database(read_config(config_file)) as store:
        waiting = [_print_waiting(row) for row in list_waiting(store)]
    document = {"schema": "recovery.notices/1", "waiting": waiting}

    def person() -> None:
        rows = [(w["id"], w["kind"], w["at"], str(w["attempts"]), w["status"]) for w in waiting]
        print_table(("notice", "kind", "made", "tries", "status"), rows)

    show(document, as_json=as_json, person=person)
    return 0


@notices.command()
def retry(
    notice_id: Annotated[str, typer.Argument(metavar="ID", help="Of `notices list`.")],
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Make a notice due again that nobody tries any more."""
    from recovery.clock import now
    from recovery.notices import outbox

    with open_database(read_config(config_file)) as store:
        row = outbox.retry(store, notice_id, at=now())
    document = {"schema": "recovery.notices/1", "waiting": [_print_waiting(row)]}
    show(document, as_json=as_json, person=lambda: typer.echo(f"{notice_id} is due again"))
    return 0


def _note_no_channel(waiting: int) -> None:
    count = "1 notice waits" if waiting == 1 else f"{waiting} notices wait"
    missing = "neither notices.webhook_url nor notices.smtp_host with smtp_from is configured"
    typer.echo(f"note: {count}: {missing}", err=True)


def _print_waiting(row: NoticeRow) -> dict[str, Any]:
    from recovery.times import print_time

    status = "given up" if row.dead_at is not None else "waits"
    return {
        "id": row.id,
        "kind": row.kind,
        "at": print_time(row.made_at),
        "attempts": row.attempts,
        "status": status if row.last_error is None else f"{status}: {row.last_error}",
    }
