"""Verification deposits that a scan finds: handed to the proof they were asked for.

Knows: which findings may be one, and who takes them (`recovery.proofs.desk`). Must not know: what makes a
transfer the right one; that is decided there, from the node's own answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from recovery.checker import Checker
from recovery.checks import Found
from recovery.clock import now
from recovery.errors import NotAllowed
from recovery.model import NetworkCode
from recovery.networks import Network
from recovery.proofs.desk import answer_with_deposit, find_open_requests
from recovery.proofs.register import find_deposits, find_open_amounts, find_served
from recovery.scan.values import Finding


class VerificationDeposits:
    """The open requests for a verification deposit, as `recovery.scan.opening.Deposits`."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    def find_candidates(self, network: Network, findings: Iterable[Finding]) -> set[Finding]:
        """Findings of an amount that somebody was asked to send to that address."""
        by_key: dict[object, list[Finding]] = {}
        for finding in findings:
            if finding.asset == network.native_asset:
                by_key.setdefault(finding.recipient, []).append(finding)
        candidates: set[Finding] = set()
        with self._checker.store.read() as session:
            for some in by_key.values():
                told = [f.block_time for f in some if f.block_time is not None]
                earliest = min(told) if len(told) == len(some) else min([*told, now()])
                wanted = find_open_amounts(
                    session, NetworkCode(network.code), some[0].recipient, at=earliest
                )
                candidates |= {f for f in some if f.amount in wanted}
        return candidates

    def take(self, network: Network, found: Found) -> Collection[str]:
        """Hand the transaction in where it is asked for; its positions that are paid out with that case.

        A transfer whose memo names its customer served too, and stays an ordinary deposit. Raises
        `SourceError` where nobody could say; then nothing was changed.
        """
        evidence = found.evidence
        block = evidence.block
        moment = now() if block is None or block.time is None else block.time
        store = self._checker.store
        for request in find_open_requests(store, evidence, since=moment):
            try:
                answer_with_deposit(self._checker, request.case_id, evidence.tx_hash, actor=None)
            except NotAllowed:
                continue  # not the deposit, or not yet: its own case says why
        with store.read() as session:
            served = find_served(session, network.code, evidence.tx_hash)
        return {
            deposit.position
            for case_id in set(served.values())
            for deposit in find_deposits(store, case_id)
            if deposit.tx_hash == evidence.tx_hash and deposit.follows_case
        }
