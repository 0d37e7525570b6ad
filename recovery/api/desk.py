"""The service's own hold on the house: one store, one checker, one pool that asks the nodes.

Knows: how a claim is answered in time, and what becomes of it where the nodes are slow. Must not know:
HTTP, words. A claim is answered once it is stored, never before: by its verdict where the nodes were
quick, else as `checking`, and the check is applied when it is there. What a killed process leaves in
``checking`` is taken up by `Desk.take_up` of the next one, and by the nightly rescan.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass

from recovery.abuse.policy import Channel
from recovery.cases import desk
from recovery.cases.table import State
from recovery.cases.values import Case
from recovery.chains.codecs import find_networks_for_hash
from recovery.checker import Checker
from recovery.checks import Check, Search
from recovery.clock import now
from recovery.config import Config
from recovery.errors import NotAllowed, RecoveryError
from recovery.model import Claim
from recovery.networks import load_registry
from recovery.store import Store, open_store

log = logging.getLogger("recovery.service")

ANSWER_SECONDS = 2.5
"""How long a claimant waits for the nodes; after that the claim is kept and answered as checking."""

ASKING = 64
"""Claims whose nodes are asked at one time: they wait on the network, not on the processor."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A claim with what stands beside it: who brings it, and where a return should go."""

    claim: Claim
    actor: str
    channel: Channel
    return_to: str | None = None
    return_memo: str | None = None


class Desk:
    """Opened once per process; thread-safe; close it when done."""

    def __init__(self, config: Config, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.config = config
        self.store: Store = open_store(config.database_url)
        self.checker = Checker(config, self.store)
        self._answer_seconds = answer_seconds
        self._pool = ThreadPoolExecutor(max_workers=ASKING, thread_name_prefix="claim")

    def submit(self, wish: Wish) -> tuple[Case, ...]:
        """The cases of a claim, stored; in ``checking`` where the nodes take their time.

        Raises `BadInput` and `TooManyClaims` as `recovery.cases.desk.open_claim` does; then
        nothing is stored.
        """
        asked = self._pool.submit(self.checker.check, wish.claim)
        try:
            check = asked.result(timeout=self._answer_seconds)
        except TooSlow:
            cases = self._open(wish, _unanswered(wish.claim))
            asked.add_done_callback(lambda done: self._apply(cases, done))
            return cases
        if len(check.search.found) > 1:
            raise ambiguous(check.search)
        return self._open(wish, check)

    def recheck(self, case: Case) -> tuple[Case, ...]:
        """Look at a case in ``checking`` again; it stays there where nobody can be asked."""
        check = self.checker.recheck(case)
        return desk.apply_check(self.store, case.id, check, needs_wallet=self.checker.needs_wallet)

    def take_up(self, *, at_once: int = 100) -> int:
        """Check what stands in ``checking`` and nobody in this process works on; how many moved."""
        moved = 0
        for case in desk.list_cases(self.store, state=State.CHECKING)[:at_once]:
            try:
                moved += self.recheck(case)[0].state is not State.CHECKING
            except RecoveryError as wrong:
                log.info("case %s stays in checking: %s", case.id, wrong.reference)
        return moved

    def _open(self, wish: Wish, check: Check) -> tuple[Case, ...]:
        return desk.open_claim(
            self.store,
            check,
            actor=wish.actor,
            return_to=wish.return_to,
            return_memo=wish.return_memo,
            needs_wallet=self.checker.needs_wallet,
            row_of=self.config.network,
            channel=wish.channel,
        )

    def _apply(self, cases: Sequence[Case], done: Future[Check]) -> None:
        try:
            check = done.result()
            if len(check.search.found) > 1 or not check.judged:
                return  # the next look decides; the case stays in checking
            for case in cases:
                if case.state is State.CHECKING:
                    desk.apply_check(
                        self.store, case.id, check, needs_wallet=self.checker.needs_wallet
                    )
        except RecoveryError as wrong:
            log.info("a late answer was not used: %s", wrong.reference)
        except Exception:
            log.exception("a late answer was not used")

    def close(self) -> None:
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
