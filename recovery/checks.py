"""The values that a check hands on: what was found where, and what was judged of it.

Knows: the joints between triage, classification, quote and case. Must not know: how any of
them is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from recovery.agreement import Difference, confirms, find_differences, tell
from recovery.chains.family import RawTx
from recovery.classify.verdict import Verdict
from recovery.fees.values import NoQuote, Quote
from recovery.model import Claim, Evidence, NetworkCode


@dataclass(frozen=True, slots=True)
class Unheard:
    """An endpoint that gave no second opinion, and why: it could not be asked, or is behind."""

    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence from one network, with the answers it was decoded from.

    ``second`` is what another healthy endpoint of the same network says, where one was asked;
    ``second_absent`` is True where that one does not know the transaction. ``second_source`` names
    it; ``independent`` is False where both may be one and the same node. ``second_asked`` is True
    once every other endpoint had its chance; ``unheard`` are those that gave no opinion.
    """

    evidence: Evidence
    raw: RawTx
    second: Evidence | None = None
    second_absent: bool = False
    testnet: bool = False
    second_source: str = ""
    independent: bool = False
    second_asked: bool = False
    unheard: tuple[Unheard, ...] = ()

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Where the two sources differ; nothing where they agree or one was asked."""
        if self.second_absent:
            return (Difference("transaction", None, "known", "unknown"),)
        return () if self.second is None else find_differences(self.evidence, self.second)

    @property
    def disagreement(self) -> str | None:
        """How the two sources differ, in a sentence; None where they agree or one was asked."""
        return tell(self.differences)

    def is_confirmed(self, position: str) -> bool:
        """Whether an independent endpoint shows this very transfer as the first one does."""
        return (
            self.independent
            and self.second is not None
            and confirms(self.evidence, self.second, position)
        )


@dataclass(frozen=True, slots=True)
class UnreachableNetwork:
    network: NetworkCode
    reason: str


@dataclass(frozen=True, slots=True)
class Search:
    """Where a hash was looked for: found, absent, unreachable and not asked, kept apart."""

    tx_hash: str
    found: tuple[Found, ...]
    absent: tuple[NetworkCode, ...]
    unreachable: tuple[UnreachableNetwork, ...]
    not_asked: tuple[NetworkCode, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict with its quote, or the reason why there is none.

    ``value`` is what the transfer is worth in the policy's currency, None where nobody knows.
    """

    verdict: Verdict
    quote: Quote | NoQuote
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One whole check of a claim. ``found`` is None where no network knew the hash."""

    claim: Claim
    at: datetime
    search: Search
    found: Found | None
    judged: tuple[Judged, ...]
