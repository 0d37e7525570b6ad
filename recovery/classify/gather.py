"""Collects the facts: evidence on one side, the exchange's records on the other, for a whole batch.

Knows: which gap of the evidence makes which fact unknown, and which answers of the records belong to
which transfer. Must not know: HTTP, tables, what follows from a fact.

A subject is one claim with what was found. Its facts are one `Facts` for each transfer that reaches
an address of ours or pays the address of the claim, or one of the whole transaction where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from recovery.agreement import Difference, tell
from recovery.checks import Found
from recovery.classify.facts import (
    Fact,
    Facts,
    Familiar,
    Known,
    ListingView,
    OccupyingCase,
    Place,
    PolicyNumbers,
    Route,
    SmallDeposit,
    Unknown,
    outlives_failure,
)
from recovery.classify.ledger import Ledger, is_complete, read_ledger
from recovery.classify.lookups import (
    Consents,
    Look,
    Lookups,
    Occupancy,
    ParseClaimed,
    SmallDeposits,
    Subject,
    TxKey,
    find_claimed_keys,
    known_owner,
)
from recovery.model import (
    AddressKey,
    Amount,
    Evidence,
    Gap,
    NetworkCode,
    Transfer,
    TransferKind,
    TxStatus,
)
from recovery.networks import Network, load_registry
from recovery.records.port import KeyScheme, Records, Withdrawal

__all__ = ["Occupancy", "SmallDeposits", "Subject", "gather_facts"]

T = TypeVar("T")

_MOST_FAMILIAR = 100
"""Addresses of one user that a stranger's is compared with: nobody mistakes more."""

_MOST_DIFFERENCES = 20
"""Fields shown of two sources that differ: a reviewer needs no more to see which one to doubt."""


def gather_facts(
    subjects: Sequence[Subject],
    *,
    records: Records,
    occupancy: Occupancy,
    now: datetime,
    policy: PolicyNumbers,
    small_deposits: SmallDeposits | None = None,
    consents: Consents | None = None,
    network_of: Callable[[NetworkCode], Network] | None = None,
    parse_claimed: ParseClaimed | None = None,
) -> list[tuple[Facts, ...]]:
    """The facts of every subject, in order.

    ``network_of`` gives the row in force (a development profile may replace the registry's);
    ``parse_claimed`` the keys that the address of a claim may mean on a network. Raises `SourceError`
    where the records can't be read.
    """
    asked = Lookups(
        records=records,
        now=now,
        policy=policy,
        network_of=network_of or load_registry().__getitem__,
        parse_claimed=parse_claimed or find_claimed_keys,
    )
    looks = [asked.look(subject) for subject in subjects]
    asked.load_addresses(looks)
    asked.load_records(looks, occupancy)
    asked.load_people(looks, small_deposits)
    asked.load_consents(looks, consents)
    return [_build(asked, look) for look in looks]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is the same for every transfer of one transaction.

    ``together`` sums what went to one recipient and memo in one asset.
    """

    own_keys: frozenset[AddressKey]
    own_senders: frozenset[AddressKey]
    booked: Ledger
    ledger: Fact[bool]
    disagreement: str | None
    differences: tuple[Mapping[str, object], ...]
    together: Mapping[tuple[object, ...], Amount]


def _build(asked: Lookups, look: Look) -> tuple[Facts, ...]:
    subject, evidence, found = look.subject, look.evidence, look.subject.found
    if evidence is None or found is None:
        nothing = Facts(
            claim=subject.claim,
            now=asked.now,
            policy=asked.policy,
            search=subject.search,
            seen=subject.seen,
            replacement=subject.replacement,
        )
        return (nothing,)
    own_keys, own_senders = _own_keys(asked, evidence)
    differences = found.differences
    booked = read_ledger(asked, look)
    shared = _Shared(
        own_keys=own_keys,
        own_senders=own_senders,
        booked=booked,
        ledger=is_complete(asked, evidence, booked),
        disagreement=tell(differences),
        differences=tuple(_tell_difference(found, d) for d in differences[:_MOST_DIFFERENCES]),
        together=_sum_together(evidence) if look.transfers else {},
    )
    transfers: Sequence[Transfer | None] = look.transfers or (None,)
    return tuple(_build_one(asked, look, found, transfer, shared) for transfer in transfers)


def _build_one(
    asked: Lookups, look: Look, found: Found, transfer: Transfer | None, shared: _Shared
) -> Facts:
    subject, evidence = look.subject, found.evidence
    key = (evidence.network, evidence.tx_hash)
    at = evidence.block.time if evidence.block else None
    route = look.routes.get(transfer.index) if transfer else None
    view = ListingView(None)
    if transfer is not None:
        view = asked.listings.view(
            transfer.asset,
            network=evidence.network,
            symbol=transfer.symbol,
            name=transfer.name,
            at=at,
        )
    paying = asked.paying_keys(look, transfer) if transfer else set()
    measured = _measured(subject, transfer)
    owner = known_owner(route)
    return Facts(
        claim=subject.claim,
        now=asked.now,
        policy=asked.policy,
        network=look.network,
        search=subject.search,
        testnet=found.testnet,
        disagreement=shared.disagreement,
        differences=shared.differences,
        evidence=evidence,
        seen=subject.seen,
        replacement=evidence.replacement or subject.replacement,
        transfer=transfer,
        succeeded=_succeeded(evidence, transfer),
        final=_final(evidence),
        senders=_with_gap(evidence, Gap.SENDERS, "senders", transfer.senders if transfer else ()),
        delivered=_delivered(look, transfer, view, measured),
        measured=measured,
        token_validity=_with_gap(evidence, Gap.TOKEN_VALIDITY, "token_validity", True),
        reached=_reached(look),
        rows=asked.rows_of(transfer) if transfer else (),
        route=route,
        own_keys=shared.own_keys,
        own_senders=shared.own_senders,
        view=view,
        contracts=asked.listings.contracts_on(evidence.network),
        accounts=tuple(
            asked.accounts[u]
            for u in dict.fromkeys((owner, subject.claim.user))
            if u is not None and u in asked.accounts
        ),
        booked=shared.booked.booked(transfer),
        ledger=shared.ledger,
        withdrawals=tuple(w for k in (key, *look.alias_keys) for w in asked.withdrawals.get(k, ())),
        earlier_withdrawals=_earlier(asked, evidence, transfer),
        screened=tuple(s for k in paying for s in asked.screened.get((evidence.network, k), ())),
        occupying=_occupying(asked, key, transfer, subject.case_id),
        price=asked.prices.get(transfer.asset) if transfer else None,
        small_deposits=_small(asked, owner, transfer, subject.case_id),
        paid_together=shared.together.get(_together(transfer), 0) if transfer else 0,
        consent=None if subject.case_id is None else asked.consents.get(subject.case_id),
        familiar=_familiar(asked, look, owner or subject.claim.user),
        names_claimed=transfer is not None and transfer.recipient.key in look.claimed,
        claimed_user=_claimed_user(asked, look, transfer, route),
    )


def _tell_difference(found: Found, difference: Difference) -> Mapping[str, object]:
    """One field as each source has it, for a reviewer: JSON values."""
    return {
        "field": difference.field,
        "position": difference.position,
        "sources": [
            {"source": found.raw.source, "value": difference.first},
            {"source": found.second_source, "value": difference.second},
        ],
    }


def _own_keys(
    asked: Lookups, evidence: Evidence
) -> tuple[frozenset[AddressKey], frozenset[AddressKey]]:
    """Keys of the transaction that are ours, and those that nobody but us can send from.

    A contract of ours has its address on its own network only: on another, a stranger's contract
    may stand there.
    """
    keys = {t.recipient.key for t in evidence.transfers}
    senders = {p.key for t in evidence.transfers for p in t.senders}
    ours = frozenset(k for k in keys | senders if k is not None and asked.addresses.get(k))
    return ours, frozenset(
        k
        for k in senders
        if k is not None
        and any(
            r.key_scheme is not KeyScheme.CONTRACT or r.network == evidence.network
            for r in asked.addresses.get(k, ())
        )
    )


def _earlier(
    asked: Lookups, evidence: Evidence, transfer: Transfer | None
) -> tuple[Withdrawal, ...]:
    if transfer is None:
        return ()
    time = evidence.block.time if evidence.block else None
    return tuple(
        w
        for p in transfer.senders
        if p.key is not None
        for w in asked.withdrawals_to.get((evidence.network, p.key), ())
        if w.tx_hash not in (evidence.tx_hash, *evidence.aliases)
        and (time is None or w.sent_at <= time)
    )


def _occupying(
    asked: Lookups, key: TxKey, transfer: Transfer | None, own: str | None
) -> tuple[OccupyingCase, ...]:
    if transfer is None:
        return ()
    return tuple(c for c in asked.occupying.get((*key, transfer.position), ()) if c.id != own)


def _small(
    asked: Lookups, owner: str | None, transfer: Transfer | None, own: str | None
) -> tuple[SmallDeposit, ...]:
    if owner is None or transfer is None:
        return ()
    return tuple(d for d in asked.small.get((owner, transfer.asset), ()) if d.case_id != own)


def _familiar(asked: Lookups, look: Look, user: str | None) -> tuple[Familiar, ...]:
    """The claim's address, the user's own on any network, and those the user withdrew to."""
    claimed = look.subject.claim.address
    if claimed is None and user not in asked.own and user not in asked.paid_out:
        return ()
    assert look.evidence is not None
    network = look.evidence.network
    found = [] if claimed is None else [Familiar(network, claimed, "the address of the claim")]
    if user is not None:
        found += [
            Familiar(row.network, row.address, f"an address of the claimant's own on {row.network}")
            for row in asked.own.get(user, ())[:_MOST_FAMILIAR]
        ]
        found += [
            Familiar(w.network, w.destination, "an address that the claimant has withdrawn to")
            for w in asked.paid_out.get(user, ())[:_MOST_FAMILIAR]
        ]
    unique = {f.text: f for f in reversed(found)}
    return tuple(f for f in found if unique[f.text] is f)


def _claimed_user(
    asked: Lookups, look: Look, transfer: Transfer | None, route: Route | None
) -> str | None:
    """Whose the memo typed in the claim is on this shared address; None where nobody's."""
    memo = look.subject.claim.memo
    if transfer is None or route is None or route.place is not Place.SHARED or not memo:
        return None
    rows = asked.memos.get((route.row.key, memo.strip()), ())
    users = {r.user for r in rows if r.network == route.row.network and r.user is not None}
    return users.pop() if len(users) == 1 else None


_GAP_WORDS = {
    Gap.SENDERS: "the source does not show every sender",
    Gap.TOKEN_VALIDITY: "only an indexer of that token protocol can say whether the transfer is valid",
}


def _with_gap(evidence: Evidence, gap: Gap, fact: str, value: T) -> Fact[T]:
    return Unknown(fact, _GAP_WORDS[gap]) if gap in evidence.gaps else Known(value)


def _succeeded(evidence: Evidence, transfer: Transfer | None) -> Fact[bool]:
    if Gap.SUCCESS in evidence.gaps:
        return Unknown("success", "the source does not say whether the transaction succeeded")
    if evidence.status is TxStatus.FAILED:
        return Known(transfer is not None and outlives_failure(transfer))
    part = transfer is None or transfer.succeeded
    return Known(evidence.status is TxStatus.CONFIRMED and part)


def _final(evidence: Evidence) -> Fact[bool]:
    if Gap.FINALITY in evidence.gaps and not evidence.final:
        return Unknown("finality", "the source does not say whether the block is final")
    return Known(evidence.final)


def _reached(look: Look) -> Fact[bool]:
    assert look.evidence is not None
    if not look.reached and Gap.INTERNAL_TRANSFERS in look.evidence.gaps:
        why = "the source shows no traces, so a contract may have paid us unseen"
        return Unknown("internal_transfers", why)
    return Known(look.reached)


def _measured(subject: Subject, transfer: Transfer | None) -> Fact[Amount]:
    found = (subject.received or {}).get(transfer.index) if transfer is not None else None
    if found is None:
        return Unknown(
            "received_balance", "the recipient's balance before and after is not to be had"
        )
    return Known(found.amount)


def _delivered(
    look: Look, transfer: Transfer | None, view: ListingView, measured: Fact[Amount]
) -> Fact[Amount]:
    """What arrived: never more than the evidence says, less where a measured balance says less.

    A plain listed token's own event suffices; one whose flags say that its events are no measure
    needs the measurement.
    """
    evidence = look.evidence
    assert evidence is not None
    if transfer is None or Gap.AMOUNT in evidence.gaps:
        return Unknown("amount", "the source does not give the amount that arrived")
    amount = transfer.amount
    native = look.network is not None and transfer.asset == look.network.native_asset
    if not amount or native or transfer.kind is TransferKind.NFT:
        return Known(amount)
    if view.care and isinstance(measured, Unknown):
        return measured
    if isinstance(measured, Unknown) or (view.accepted and not view.care):
        return Known(amount)
    return Known(min(amount, max(measured.value, 0)))


def _together(transfer: Transfer) -> tuple[object, ...]:
    return (transfer.asset, transfer.recipient.key, transfer.memo)


def _sum_together(evidence: Evidence) -> Mapping[tuple[object, ...], Amount]:
    sums: dict[tuple[object, ...], Amount] = {}
    for transfer in evidence.transfers:
        if transfer.succeeded:
            sums[_together(transfer)] = sums.get(_together(transfer), 0) + transfer.amount
    return sums
