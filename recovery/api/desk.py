"""The service's own hold on the house: one store, one checker, one pool that asks the nodes.

Knows: how a claim is answered in time, and what becomes of it where the nodes are slow. Must not know:
HTTP, words. A claim is answered once it is stored, never before: by its verdict where the nodes were
quick, else as ``checking``, and the check is applied when it is there. Where more comes in than can be checked it is
stored first (`recovery.api.turns`). What is left in ``checking`` is taken up by the watcher of any process
(`recovery.api.watch`), and by the nightly rescan.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from recovery.abuse.attempts import Attempt, require_room
from recovery.abuse.policy import AbusePolicy, Channel, load_abuse_policy
from recovery.api.turns import WAIT_SECONDS, Turns
from recovery.cases import desk
from recovery.cases.opening import Also
from recovery.cases.people import DESK
from recovery.cases.table import Role, State
from recovery.cases.values import Case
from recovery.chains import load_family
from recovery.chains.codecs import find_networks_for_hash
from recovery.checker import Checker
from recovery.checks import Check, Search
from recovery.clock import now
from recovery.config import Config
from recovery.errors import NotAllowed, RecoveryError, SourceError
from recovery.messages import LANGUAGES, speak
from recovery.model import Claim
from recovery.networks import load_registry
from recovery.store import Store, open_store

log = logging.getLogger("recovery.service")

ASKING = 64
"""Claims whose nodes are asked at one time: they wait on the network, not on the processor."""

QUEUED = 400
"""Claims beyond those that stand in line. Whoever comes then is stored, and left to the watcher."""

LATER_SECONDS = 30.0
"""How long an answer that came late waits for its turn: nobody waits for it."""

GRACE_SECONDS = 0.4
"""How long beyond the time for its answer a claim that was checked waits for its turn to be stored."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A claim with what stands beside it: who brings it, where a return should go, since when they wait
    (`time.monotonic`)."""

    claim: Claim
    actor: str
    channel: Channel
    return_to: str | None = None
    return_memo: str | None = None
    since: float = field(default_factory=time.monotonic)


class Desk:
    """Opened once per process; thread-safe; close it when done."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.policy: AbusePolicy = load_abuse_policy(config.abuse_policy)
        self.secret = config.api.find_secret()
        self.store: Store = open_store(config.database_url)
        self.checker = Checker(config, self.store)
        self.turns = Turns()
        self._pool = ThreadPoolExecutor(max_workers=ASKING, thread_name_prefix="claim")
        self._asked: set[str] = set()
        self._looks = 0
        self._lock = threading.Lock()

    def first_turn(self, wish_since: float) -> AbstractContextManager[None]:
        """The turn in which a claim is read and looked up; raises `Busy`."""
        return self.turns.turn(wish_since + WAIT_SECONDS)

    def keep(self, wish: Wish, also: Also) -> tuple[Case, ...] | None:
        """In a crowd: the cases of a claim in ``checking``, left to the watcher; else, and where no network that is
        configured could ever answer, None and nothing is stored. Raises as `submit`."""
        if not self.turns.is_crowded or not self._can_ask(wish.claim):
            return None
        return self._open(wish, _unanswered(wish.claim), also)

    def submit(self, wish: Wish, also: Also) -> tuple[Case, ...]:
        """The cases of a claim, stored; in ``checking`` where the nodes take their time.

        ``also`` writes what belongs to them in the same transaction.
        Raises `BadInput`, `NotAllowed` and `TooManyClaims` as `recovery.cases.desk.open_claim` does, and `Busy`;
        then nothing is stored.
        """
        asked = self._ask(lambda: self.checker.check(wish.claim))
        try:
            check = self._wait(asked, since=wish.since)
        except TooSlow:
            try:
                with self._last_turn(wish):
                    cases = self._open(wish, _unanswered(wish.claim), also)
            except BaseException:
                asked.cancel()
                raise
            self._await(asked, cases)
            return cases
        if len(check.search.found) > 1:
            raise ambiguous(check.search)
        with self._last_turn(wish):
            return self._open(wish, check, also)

    def _last_turn(self, wish: Wish) -> AbstractContextManager[None]:
        return self.turns.turn(wish.since + self.config.api.answer_seconds + GRACE_SECONDS)

    def _can_ask(self, claim: Claim) -> bool:
        readings = find_networks_for_hash(load_registry(), claim.tx_hash)
        rows = [self.config.network(reading.network) for reading in readings]
        return any(self.config.of(row).endpoints for row in rows)

    def recheck(self, case: Case, *, actor: str = DESK, role: Role = Role.DESK) -> tuple[Case, ...]:
        """Lead a case in ``checking`` on, as soon as the nodes answer; it stays there until then."""
        asked = self._ask(lambda: self.checker.recheck(case))
        try:
            check = self._wait(asked, since=time.monotonic())
        except TooSlow:
            self._await(asked, (case,))
            return (case,)
        except SourceError:
            return (case,)
        return self._apply_check(case.id, check, actor=actor, role=role)

    def _ask(self, look: Callable[[], Check]) -> Future[Check]:
        """The look, in line behind those that came before; cancelled where the line is full."""
        with self._lock:
            fits = self._looks < ASKING + QUEUED
            self._looks += fits
        if not fits:
            never: Future[Check] = Future()
            never.cancel()
            return never
        asked = self._pool.submit(look)
        asked.add_done_callback(self._leave_line)
        return asked

    def _leave_line(self, _done: Future[Check]) -> None:
        with self._lock:
            self._looks -= 1

    def _wait(self, asked: Future[Check], *, since: float) -> Check:
        """The look's answer; raises `TooSlow` where it isn't there in time.

        In a line nobody waits: a busy moment is no reason to keep people waiting, and answers "received".
        """
        left = since + self.config.api.answer_seconds - time.monotonic()
        with self._lock:
            busy = self._looks > ASKING
        try:
            return asked.result(timeout=0 if busy else max(left, 0))
        except CancelledError:
            raise TooSlow from None

    def is_asking(self, case_id: str) -> bool:
        """Whether this process waits for an answer about the case."""
        with self._lock:
            return case_id in self._asked

    def require_room(self, wish: Wish) -> None:
        """Raise `TooManyClaims` where `submit` would, before a node is asked."""
        attempt = Attempt(wish.claim.user, wish.actor, wish.channel, wish.claim.tx_hash, now())
        require_room(self.store, attempt, self.policy)

    def _open(self, wish: Wish, check: Check, also: Also) -> tuple[Case, ...]:
        return desk.open_claim(
            self.store,
            check,
            actor=wish.actor,
            return_to=wish.return_to,
            return_memo=wish.return_memo,
            needs_wallet=self.checker.needs_wallet,
            row_of=self.config.network,
            channel=wish.channel,
            policy=self.policy,
            also=also,
        )

    def _apply_check(
        self, case_id: str, check: Check, *, actor: str = DESK, role: Role = Role.DESK
    ) -> tuple[Case, ...]:
        with self.turns.turn(time.monotonic() + LATER_SECONDS):
            return desk.apply_check(
                self.store,
                case_id,
                check,
                actor=actor,
                role=role,
                needs_wallet=self.checker.needs_wallet,
                policy=self.policy,
            )

    def _await(self, asked: Future[Check], cases: Sequence[Case]) -> None:
        """Apply the answer when it comes; what is in no line is left to the watcher."""
        ids = [case.id for case in cases if case.state is State.CHECKING]
        if asked.cancelled() or not ids:
            asked.cancel()  # where it has not begun, nobody needs it
            return
        with self._lock:
            self._asked.update(ids)
        asked.add_done_callback(self._when_done(ids))

    def _when_done(self, ids: Sequence[str]) -> Callable[[Future[Check]], None]:
        def apply(done: Future[Check]) -> None:
            try:
                check = done.result()
                for case_id in ids:
                    self._apply_check(case_id, check)
            except RecoveryError as wrong:
                log.info("a late answer was not used: %s", wrong.reference)
            except Exception:
                log.exception("a late answer was not used")
            finally:
                with self._lock:
                    self._asked.difference_update(ids)

        return apply

    def warm_up(self) -> None:
        """Load what the first claims would wait for: readers of chains, catalogues of words."""
        for network in self.config.configured():
            load_family(network.family)
        for language in LANGUAGES:
            speak(language)

    def close(self) -> None:
        """End in order: answers that are on their way are stored, nothing new is asked."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.checker.nodes.close()
        self.store.close()


def ambiguous(search: Search) -> NotAllowed:
    """The hash is on several networks: the claimant says which one is meant."""
    codes = ", ".join(found.evidence.network for found in search.found)
    return NotAllowed(
        "several-networks", f"the hash is on several networks: {codes}", hint="name the network"
    )


def _unanswered(claim: Claim) -> Check:
    """A check that nobody has answered yet, so that the claim can be kept."""
    readings = find_networks_for_hash(load_registry(), claim.tx_hash)
    fitting = tuple(reading.network for reading in readings)
    canonical = readings[0].canonical if readings else claim.tx_hash
    search = Search(canonical, (), (), (), fitting)
    return Check(claim=claim, at=now(), search=search, found=None, judged=())
