"""The values that a check hands on: what was found where, and what was judged of it.

Knows: the joints between triage, classification, quote and case. Must not know: how any of
them is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from recovery.chains.family import RawTx
from recovery.classify.verdict import Verdict
from recovery.fees.values import NoQuote, Quote
from recovery.model import Claim, Evidence, NetworkCode


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence from one network, with the answers it was decoded from.

    ``second`` is what another healthy endpoint of the same network says, where one was asked;
    ``disagreement`` says in a sentence how the two differ on block or transfers, None where they
    agree or only one was asked.
    """

    evidence: Evidence
    raw: RawTx
    second: Evidence | None = None
    disagreement: str | None = None
    testnet: bool = False


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
    """One verdict with its quote, or the reason why there is none."""

    verdict: Verdict
    quote: Quote | NoQuote


@dataclass(frozen=True, slots=True)
class Check:
    """One whole check of a claim. ``found`` is None where no network knew the hash."""

    claim: Claim
    at: datetime
    search: Search
    found: Found | None
    judged: tuple[Judged, ...]
