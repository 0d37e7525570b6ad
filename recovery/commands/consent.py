"""`consent`: asking the holder of an address or memo whether the claimant has the deposit.

Knows: which use-case is meant by which options. Must not know: what is allowed.
"""

from __future__ import annotations

from typing import Annotated

import typer

from recovery.commands.options import Actor, CaseId, ConfigFile, Json, name_actor, read_config
from recovery.commands.output import print_facts, show
from recovery.commands.transitions import check_again, note_staff


def register(app: typer.Typer) -> None:
    app.command()(consent)


def consent(
    case_id: CaseId,
    ask: Annotated[
        bool, typer.Option("--ask", help="Freeze the transfer and ask its holder.")
    ] = False,
    given: Annotated[bool, typer.Option("--given", help="Record the holder's yes.")] = False,
    refused: Annotated[bool, typer.Option("--refused", help="Record the holder's no.")] = False,
    deadline: Annotated[
        int | None,
        typer.Option("--deadline", help="Days to answer (default: the configuration's)."),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference", help="Where the holder's own word is kept: a letter, a ticket."
        ),
    ] = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Security asks the other side of a held case, and records the answer; without an option: shows it."""
    from recovery.cases import desk
    from recovery.cases.consenting import print_consent, show_consent
    from recovery.cases.table import State
    from recovery.checker import open_checker
    from recovery.errors import BadInput

    if ask + given + refused > 1:
        raise BadInput(
            "one-of", "--ask, --given and --refused exclude each other", hint="give one of them"
        )
    if (given or refused) and reference is None:
        raise BadInput(
            "reference-missing",
            "an answer without a reference",
            hint="say where the holder's own word is kept",
            where="--reference",
        )
    if deadline is not None and not ask:
        raise BadInput(
            "deadline-alone", "--deadline goes with --ask", hint="leave it out", where="--deadline"
        )
    config, name = read_config(config_file), name_actor(actor)
    with open_checker(config) as checker:
        store = checker.store
        note_staff(store)
        if ask:
            days = config.desk.consent_days if deadline is None else deadline
            after = desk.ask_consent(store, case_id, recheck=checker.recheck, days=days, actor=name)
        elif given or refused:
            after = desk.answer_consent(
                store, case_id, given=given, reference=reference or "", actor=name
            )
            if after.state is State.CHECKING:
                after = check_again(checker, after, actor)[0]
        else:
            after = show_consent(store, case_id, actor=name)
    document = print_consent(after)

    def person() -> None:
        rows = [(key, str(value)) for key, value in document.items() if value is not None]
        print_facts(f"consent of case {document['case']}", rows[2:])

    show(document, as_json=as_json, person=person)
    return 0
