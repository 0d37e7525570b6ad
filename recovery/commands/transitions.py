"""Every transition of a case: one command, one use-case of the desk.

Knows: which use-case a command calls. Must not know: what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recovery.commands.cases import open_database, parse_choice, show_cases
from recovery.commands.options import (
    Actor,
    CaseId,
    ConfigFile,
    Json,
    Reason,
    ReturnMemo,
    ReturnTo,
    name_actor,
    read_config,
)

if TYPE_CHECKING:
    from recovery.cases.table import Role
    from recovery.cases.values import Case
    from recovery.config import Config
    from recovery.store import Store

RoleName = Annotated[str, typer.Option("--role", help="In what capacity: wallet or clearing.")]
AnyRole = Annotated[
    str | None,
    typer.Option("--role", help="In what capacity (default: the fitting one that you hold)."),
]


def register(app: typer.Typer) -> None:
    for transition in (
        accept,
        confirm,
        sign,
        refuse,
        hold,
        escalate,
        reopen,
        withdraw,
        settle,
        fail,
    ):
        app.command()(transition)


@contextmanager
def open_desk(config: Config) -> Iterator[Store]:
    """The store; that nobody's role can be checked yet is said on stderr."""
    with open_database(config) as store:
        note_staff(store)
        yield store


def note_staff(store: Store) -> None:
    from recovery.records.staff import is_staff_listed

    if not is_staff_listed(store):
        typer.echo(
            "note: no staff was ever imported: any name is believed in any role "
            "(recovery import staff FILE)",
            err=True,
        )


def parse_role(role: str | None) -> Role | None:
    from recovery.cases.authority import STAFF_ROLES
    from recovery.cases.table import Role

    found: Role | None = parse_choice(Role, role, "--role", among=STAFF_ROLES)
    return found


def accept(
    case_id: CaseId,
    return_to: ReturnTo = None,
    return_memo: ReturnMemo = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """The customer accepts the quote; a return says where to."""
    from recovery.cases import desk

    config = read_config(config_file)
    with open_desk(config) as store:
        after = desk.accept(
            store,
            case_id,
            actor=name_actor(actor),
            return_to=return_to,
            return_memo=return_memo,
            row_of=config.network,
        )
    show_cases((after,), as_json=as_json)
    return 0


def confirm(
    case_id: CaseId,
    condition: Annotated[
        list[str], typer.Option("--condition", help="Code of a condition now met; may be repeated.")
    ],
    reason: Reason,
    role: AnyRole = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """A reviewer's word that conditions are met; without a quote yet, it is checked again."""
    from recovery.cases import desk
    from recovery.cases.table import State
    from recovery.checker import open_checker

    config = read_config(config_file)
    capacity = parse_role(role)
    with open_checker(config) as checker:
        note_staff(checker.store)
        for code in condition:
            after = desk.confirm(
                checker.store,
                case_id,
                condition=code,
                reason=reason,
                actor=name_actor(actor),
                role=capacity,
            )
        found: tuple[Case, ...] = (after,)
        if after.state is State.CHECKING:
            found = check_again(checker, after, actor)
    show_cases(found, as_json=as_json)
    return 0


def check_again(checker: Any, case: Case, actor: str | None) -> tuple[Case, ...]:
    """Bring a case in ``checking`` to where the chain and the records lead it now.

    In the role in which the person just acted on it.
    """
    from recovery.abuse.policy import load_abuse_policy
    from recovery.cases import desk
    from recovery.cases.table import Role

    return desk.apply_check(
        checker.store,
        case.id,
        checker.recheck(case),
        actor=name_actor(actor),
        role=Role(case.trail[-1].detail["role"]),
        needs_wallet=checker.needs_wallet,
        policy=load_abuse_policy(checker.config.abuse_policy),
    )


def sign(
    case_id: CaseId,
    role: RoleName,
    actor: Annotated[str, typer.Option("--actor", help="Who signs.")],
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Sign as wallet or clearing, after chain and records were asked again."""
    from recovery.cases import desk
    from recovery.cases.signing import FourEyes
    from recovery.cases.table import SIGNERS, Role
    from recovery.checker import open_checker

    config = read_config(config_file)
    with open_checker(config) as checker:
        note_staff(checker.store)
        after = desk.sign(
            checker.store,
            case_id,
            role=parse_choice(Role, role, "--role", among=SIGNERS),
            actor=actor,
            recheck=checker.recheck,
            four_eyes=FourEyes(
                confirmer_may_sign=config.desk.confirmer_may_sign,
                acceptor_may_sign=config.desk.acceptor_may_sign,
            ),
            row_of=config.network,
        )
    show_cases((after,), as_json=as_json)
    return 0


def refuse(
    case_id: CaseId,
    reason: Reason,
    role: AnyRole = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Refuse the case for good reason."""
    more = {"reason": reason, "role": parse_role(role)}
    return _transition("refuse", case_id, actor, config_file, as_json=as_json, **more)


def hold(
    case_id: CaseId,
    reason: Reason,
    role: AnyRole = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Freeze the case for security."""
    more = {"reason": reason, "role": parse_role(role)}
    return _transition("hold", case_id, actor, config_file, as_json=as_json, **more)


def escalate(
    case_id: CaseId,
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    role: AnyRole = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Hand the case to security."""
    more = {"reason": reason, "role": parse_role(role)}
    return _transition("escalate", case_id, actor, config_file, as_json=as_json, **more)


def reopen(
    case_id: CaseId,
    reason: Reason,
    role: AnyRole = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Reopen the case and check it again; it stays in checking where nobody can be asked."""
    from recovery.cases import desk
    from recovery.checker import open_checker

    config = read_config(config_file)
    capacity = parse_role(role)
    with open_checker(config) as checker:
        note_staff(checker.store)
        after = desk.reopen(
            checker.store, case_id, reason=reason, actor=name_actor(actor), role=capacity
        )
        found = check_again(checker, after, actor)
    show_cases(found, as_json=as_json)
    return 0


def withdraw(
    case_id: CaseId, actor: Actor = None, as_json: Json = False, config_file: ConfigFile = None
) -> int:
    """The claimant steps back."""
    return _transition("withdraw", case_id, actor, config_file, as_json=as_json)


def settle(
    case_id: CaseId,
    reference: Annotated[str, typer.Option("--reference", help="Payment hash or booking number.")],
    role: AnyRole = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Custody executed it: record by what."""
    more = {"reference": reference, "role": parse_role(role)}
    return _transition("settle", case_id, actor, config_file, as_json=as_json, **more)


def fail(
    case_id: CaseId,
    reason: Reason,
    role: AnyRole = None,
    actor: Actor = None,
    as_json: Json = False,
    config_file: ConfigFile = None,
) -> int:
    """Custody could not execute it: nothing is charged."""
    more = {"reason": reason, "role": parse_role(role)}
    return _transition("fail", case_id, actor, config_file, as_json=as_json, **more)


def _transition(
    name: str,
    case_id: str,
    actor: str | None,
    config_file: str | None,
    *,
    as_json: bool,
    **details: Any,
) -> int:
    """One use-case of the desk that asks no node."""
    from recovery.cases import desk

    config = read_config(config_file)
    with open_desk(config) as store:
        after = getattr(desk, name)(store, case_id, actor=name_actor(actor), **details)
    show_cases((after,), as_json=as_json)
    return 0
