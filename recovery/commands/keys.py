"""`key`: the API keys of operators and of the exchange's own front end.

Knows: options and how keys are shown. Must not know: how a key is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.cases import open_database
from recovery.commands.options import Actor, ConfigFile, Json, name_actor, read_config
from recovery.commands.output import print_lines, print_table, show

if TYPE_CHECKING:
    from recovery.api.secrets import ApiKey


def register(app: typer.Typer) -> None:
    room = typer.Typer(help="API keys: add, list, revoke.", no_args_is_help=True)
    room.command("add")(add)
    room.command("list")(list_)
    room.command("revoke")(revoke)
    app.add_typer(room, name="key")


def add(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Who acts with the key.")],
    channel: Annotated[
        bool,
        typer.Option("--channel", help="A front end that says for which of its users it claims."),
    ] = False,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Make a key. It is shown once: only its hash is kept."""
    from recovery.api.secrets import KeyKind, add_key
    from recovery.clock import now

    kind = KeyKind.CHANNEL if channel else KeyKind.OPERATOR
    with open_database(read_config(config_file)) as store:
        text, key = add_key(store, actor=owner, kind=kind, by=name_actor(actor), at=now())
    document = {"schema": "recovery.key/1", **_print_key(key), "key": text}
    show(document, as_json=as_json, person=lambda: print_lines([text]))
    return 0


def list_(as_json: Json = False, config_file: ConfigFile = None) -> int:
    """The keys, revoked ones too; never a key itself."""
    from recovery.api.secrets import list_keys

    with open_database(read_config(config_file)) as store:
        keys = [_print_key(key) for key in list_keys(store)]

    def person() -> None:
        columns = ("id", "owner", "kind", "created_at", "revoked_at", "last_used_on")
        print_table(columns, [tuple(str(key[c] or "") for c in columns) for key in keys])

    show({"schema": "recovery.keys/1", "keys": keys}, as_json=as_json, person=person)
    return 0


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")],
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """End a key at once."""
    from recovery.api.secrets import list_keys, revoke_key
    from recovery.clock import now

    with open_database(read_config(config_file)) as store:
        revoke_key(store, key_id, at=now())
        key = next(key for key in list_keys(store) if key.id == key_id)
    document = {"schema": "recovery.key/1", **_print_key(key)}
    show(document, as_json=as_json, person=lambda: print_lines([f"{key_id} opens nothing now"]))
    return 0


def _print_key(key: ApiKey) -> dict[str, Any]:
    from recovery.times import print_time

    return {
        "id": key.id,
        "owner": key.actor,
        "kind": key.kind.value,
        "created_at": print_time(key.created_at),
        "revoked_at": None if key.revoked_at is None else print_time(key.revoked_at),
        "last_used_on": key.last_used_on,
    }
