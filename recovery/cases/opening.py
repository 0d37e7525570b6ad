"""Opening cases from checks: one at a time or thousands, the same way.

Knows: transactions, whether the claimant's limit is reached. Must not know: nodes, rules, fees. Each chunk is one
transaction: a killed process has stored it whole or not at all, and opening the same claim again shows the case
that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from recovery.abuse.attempts import Attempt, admit
from recovery.abuse.owning import is_owner_claim
from recovery.abuse.policy import AbusePolicy, Channel, load_abuse_policy
from recovery.cases import casebook
from recovery.cases.authority import allow_opener
from recovery.cases.chunk import TRIES, Chunk, LostRace, too_busy
from recovery.cases.destinations import RowOf, parse_wish, registry_row
from recovery.cases.people import DESK, parse_actor
from recovery.cases.plan import (
    NeedsWallet,
    Opening,
    wallet_always,
)
from recovery.cases.table import Role
from recovery.cases.values import Case
from recovery.checks import Check
from recovery.clock import now
from recovery.records.staff import read_staff
from recovery.store import Store

CHUNK = 100
"""Checks in one transaction: its one sync to disk is shared by so many, and no writer waits long."""

Also = Callable[[Session, tuple[Case, ...]], None]
"""Writes what belongs to new cases, in their transaction."""


def open_claim(
    store: Store,
    check: Check,
    *,
    actor: str,
    return_to: str | None = None,
    return_memo: str | None = None,
    needs_wallet: NeedsWallet = wallet_always,
    row_of: RowOf = registry_row,
    channel: Channel = Channel.STAFF,
    policy: AbusePolicy | None = None,
    at: datetime | None = None,
    also: Also | None = None,
) -> tuple[Case, ...]:
    """The cases of one checked claim, one for each verdict; a case that is there already is shown.

    On the customers' ``channel`` there is none for other customers' transfers (`find_concerned`).

    A claim that nobody could answer is stored in ``checking``. ``also`` writes what belongs to the cases in the
    same transaction; what it raises undoes all of it. Raises `BadInput` for a return
    address that the network does not have; then nothing is stored. Raises `TooManyClaims` where the
    claimant or the customers' ``channel`` has made too many; then only that is counted. Raises
    `NotAllowed` where a staff is listed, and whoever opens for another is no opener.
    """
    address, memo = parse_wish(check, return_to, return_memo, row_of=row_of)
    opening = Opening(
        actor=parse_actor(actor),
        at=at or now(),
        return_to=address,
        return_memo=memo,
        of_claimant=channel is Channel.CUSTOMER,
    )
    if channel is Channel.STAFF:
        with store.read() as session:
            staff = read_staff(session)
        allow_opener(staff, actor=opening.actor, user=check.claim.user, at=opening.at)
    rules = policy or load_abuse_policy()
    attempt = _attempt(check, opening, channel)
    cases: tuple[Case, ...] = ()

    def write(session: Session) -> None:
        nonlocal cases
        (cases,) = Chunk(session, [check], opening, needs_wallet, rules).write()
        if also is not None:
            also(session, cases)

    for _ in range(TRIES):
        try:
            admit(store, attempt, rules, write)
            return cases
        except (IntegrityError, LostRace):
            continue  # somebody opened or took one of them this moment: look again
    raise too_busy()


def _attempt(check: Check, opening: Opening, channel: Channel) -> Attempt:
    tx_hash = check.search.tx_hash if check.found is None else check.found.evidence.tx_hash
    return Attempt(
        user=check.claim.user,
        opener=opening.actor,
        channel=channel,
        tx_hash=tx_hash,
        at=opening.at,
        is_owner=is_owner_claim(check),
    )


def store_checks(
    store: Store,
    checks: Iterable[Check],
    *,
    actor: str = DESK,
    needs_wallet: NeedsWallet = wallet_always,
    policy: AbusePolicy | None = None,
    at: datetime | None = None,
) -> list[tuple[Case, ...]]:
    """`open_claim` for many checks, a hundred in a transaction; the cases of each, in order.

    The desk's own work: no limit of claims is asked. Without an actor nobody claims: the desk opens
    what it found by itself.
    """
    if actor == DESK:
        opening = Opening(actor=DESK, role=Role.DESK, at=at or now())
    else:
        opening = Opening(actor=parse_actor(actor), at=at or now())
    rules = policy or load_abuse_policy()
    stored: list[tuple[Case, ...]] = []
    chunk: list[Check] = []
    for check in checks:
        chunk.append(check)
        if len(chunk) == CHUNK:
            stored += _store_chunk(store, chunk, opening, needs_wallet, rules)
            chunk = []
    if chunk:
        stored += _store_chunk(store, chunk, opening, needs_wallet, rules)
    return stored


def apply_check(
    store: Store,
    case_id: str,
    check: Check,
    *,
    actor: str = DESK,
    role: Role = Role.DESK,
    needs_wallet: NeedsWallet = wallet_always,
    policy: AbusePolicy | None = None,
    at: datetime | None = None,
) -> tuple[Case, ...]:
    """The case after a new check, first; behind it the cases of transfers that it brought to light.

    Where nobody could be asked nothing changes. Raises `NotAllowed` in a state that no check
    moves. A claim that was opened before its transaction was seen may turn out to be several.
    """
    opening = Opening(actor=actor, role=role, at=at or now())
    rules = policy or load_abuse_policy()
    for _ in range(TRIES):
        try:
            with store.begin() as session:
                case = casebook.read_case(session, case_id, lock=True)
                return Chunk(session, [check], opening, needs_wallet, rules).write_to(case)
        except (IntegrityError, LostRace):
            continue
    raise too_busy()


def _store_chunk(
    store: Store,
    checks: Sequence[Check],
    opening: Opening,
    needs_wallet: NeedsWallet,
    policy: AbusePolicy,
) -> list[tuple[Case, ...]]:
    for _ in range(TRIES):
        try:
            with store.begin() as session:
                return Chunk(session, checks, opening, needs_wallet, policy).write()
        except (IntegrityError, LostRace):
            continue  # somebody opened or took one of them this moment: look again
    raise too_busy()
