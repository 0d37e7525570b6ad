"""A scan of the block that holds a story finds exactly the transfers to us that triage's evidence shows.

Over every story of every family that has a ledger in `recovery.demo.ledgers`, over real HTTP.
"""

from __future__ import annotations

import pytest
from scan.ledgers import find_stories, play_story

from recovery.demo.fixtures import Fixture
from recovery.model import AddressKey, TxStatus
from recovery.networks import load_registry
from recovery.store import Store

FAMILIES = (
    "xrpl",
    "stellar",
    "hedera",
    "algorand",
    "ton",
    "antelope",
    "cosmos",
    "cardano",
    "tezos",
    "aptos",
    "polkadot",
    "sui",
    "near",
    "tron",
    "solana",
)
REFUSED = {("antelope", "nodeos"), ("tezos", "octez"), ("polkadot", "subscan")}
"""APIs that list neither blocks nor histories of their own, and say so."""

NOT_SHOWN = {
    "HBAR/nft": "nft_and_contract_tokens",
    "HBAR/hostile-pending-airdrop": "nft_and_contract_tokens",
    "NEAR/hostile-forged-event": "token_events",
    "NEAR/token-minted": "token_events",
}
"""Stories that the API's list does not show, and the gap that says so in every report."""

STORIES = [
    f for f in find_stories(*FAMILIES) if (load_registry()[f.network].family, f.api) not in REFUSED
]


@pytest.mark.parametrize("page", [None, 1], ids=["whole", "page by page"])
@pytest.mark.parametrize("fixture", STORIES, ids=lambda f: f.name)
def test_a_scan_finds_what_triage_shows(
    fixture: Fixture, page: int | None, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(fixture, sqlite_store, monkeypatch, page=page) as stage:
        if not stage.is_scanned or not stage.evidence.final:
            return
        if fixture.name in NOT_SHOWN:
            looks = stage.look(stage.recipients)
            assert not any(look.seen for look in looks)
            assert NOT_SHOWN[fixture.name] in {gap.code for look in looks for gap in look.gaps}
            return
        for key in stage.recipients:
            expected = {
                (t.position, t.kind, t.asset, t.amount)
                for t in stage.evidence.transfers
                if t.succeeded and t.recipient.key == key and not t.tx_hash
            }
            found = [s.finding for s in stage.seen([key])]
            here = [f for f in found if f.tx_hash == stage.evidence.tx_hash]
            assert {(f.position, f.kind, f.asset, f.amount) for f in here} == expected
            assert all(f.recipient == key for f in found)
            assert stage.evidence.block is not None
            assert {f.height for f in here} <= {stage.height}
        stranger = AddressKey("evm", b"\x77" * 20)
        assert not stage.seen([stranger])


def test_most_stories_hold_something_to_find() -> None:
    told = [f for f in STORIES if f.evidence and f.evidence.get("status") == TxStatus.CONFIRMED]
    assert len(told) > len(STORIES) // 2
