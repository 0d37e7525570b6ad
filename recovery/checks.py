"""The values that a check hands on: what was found where, and what was judged of it.

Knows: the joints between triage, classification, quote and case. Must not know: how any of
them is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from recovery.agreement import find_disagreement
from recovery.chains.family import RawTx
from recovery.classify.verdict import Verdict
from recovery.fees.values import NoQuote, Quote
from recovery.model import Claim, Evidence, NetworkCode


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence from one network, with the answers it was decoded from.

    ``second`` is what another healthy endpoint of the same network says, where one was asked;
    ``second_absent`` is True where that one does not know the transaction.
    """

    evidence: Evidence
    raw: RawTx
    second: Evidence | None = None
    second_absent: bool = False
    testnet: bool = False

    @property
    def disagreement(self) -> str | None:
        """How the two sources differ, in a sentence; None where they agree or one was asked."""
        if self.second_absent:
            return "another healthy source does not know the transaction"
        return None if self.second is None else find_disagreement(self.evidence, self.second)


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
