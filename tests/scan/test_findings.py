"""What the database keeps of findings: all of each, each once, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from recovery.model import AddressKey, AssetId, NetworkCode, TransferKind
from recovery.scan.findings import load_findings, settle_findings, store_look
from recovery.scan.values import Finding, FindingState
from recovery.store import Store

LTC = NetworkCode("LTC")
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)


def finding(number: int) -> Finding:
    return Finding(
        network=LTC,
        tx_hash=f"{number:064x}",
        position="vout:1",
        kind=TransferKind.NATIVE,
        asset=AssetId("bip122:12a765e31ffd4059bada1e25190f6e98/slip44:2"),
        amount=600 + number,
        recipient=AddressKey("p2pkh", bytes([0, number, 255]) * 6 + b"''"),
        height=2_900_000 + number,
        block_time=AT,
    )


def keep(store: Store, *findings: Finding) -> int:
    return store_look(store, LTC, "blocks", findings=findings, cursor=None, at=AT)


def test_what_is_read_back_is_what_was_kept(store: Store) -> None:
    odd = replace(
        finding(3),
        kind=TransferKind.REWARD,
        amount=10**38,
        block_time=datetime(2026, 1, 2, 3, 4, 5, 678, UTC),
        state=FindingState.COUNTED,
        reason="dust",
        case_id="R-1",
    )
    fractional = replace(finding(4), amount=Decimal("0.10"), block_time=None)
    kept = (finding(1), finding(2), odd, fractional)
    assert keep(store, *kept) == 4
    assert load_findings(store, LTC) == kept


def test_looking_again_keeps_what_became_of_a_finding_and_counts_only_new_ones(
    store: Store,
) -> None:
    assert keep(store, finding(1), finding(2)) == 2
    settle_findings(
        store, {(LTC, finding(1).tx_hash, "vout:1"): (FindingState.OPENED, None, "R-7")}
    )
    assert keep(store, finding(1), finding(2), finding(3)) == 1
    states = [(f.state, f.case_id) for f in load_findings(store, LTC)]
    assert states == [
        (FindingState.OPENED, "R-7"),
        (FindingState.FOUND, None),
        (FindingState.FOUND, None),
    ]


def test_what_was_gone_is_there_again_in_the_block_that_has_it_now(store: Store) -> None:
    keep(store, finding(1))
    gone = {(LTC, finding(1).tx_hash, "vout:1"): (FindingState.GONE, "reorganised", None)}
    settle_findings(store, gone)
    again = replace(finding(1), height=2_900_009, block_time=datetime(2026, 11, 21, tzinfo=UTC))
    assert keep(store, again) == 0, "it was found before"
    assert load_findings(store, LTC) == (again,)
