"""Every network tells the stories its family can show: the table is data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from recovery.chains import FAMILIES
from recovery.demo.fixtures import ORIGINS, Fixture, count_stories, load_fixtures
from recovery.networks import load_registry

Tells = Callable[[Fixture], bool]


def _has(fixture: Fixture, **fields: object) -> bool:
    transfers = (fixture.evidence or {}).get("transfers", [])
    return any(all(t.get(k) == v for k, v in fields.items()) for t in transfers)


def _is(fixture: Fixture, **fields: object) -> bool:
    evidence = fixture.evidence
    return evidence is not None and all(evidence.get(k) == v for k, v in fields.items())


STORIES: Mapping[str, Tells] = {
    "native": lambda f: _has(f, kind="native", succeeded=True) and _is(f, final=True),
    "token": lambda f: _has(f, kind="token", succeeded=True),
    "nft": lambda f: _has(f, kind="nft"),
    "internal": lambda f: _has(f, kind="internal", succeeded=True),
    "reward": lambda f: _has(f, kind="reward"),
    "failed": lambda f: _is(f, status="failed"),
    "pending": lambda f: _is(f, status="pending"),
    "not final": lambda f: _is(f, final=False),
    "absent": lambda f: f.absent is True,
    "several recipients": lambda f: (
        len({t["recipient"] for t in (f.evidence or {}).get("transfers", [])}) > 1
    ),
    "unhealthy": lambda f: f.error == "unhealthy",
    "garbled": lambda f: f.error == "garbled",
    "memo": lambda f: any(t["memo"] for t in (f.evidence or {}).get("transfers", [])),
}

EVERY_NETWORK = ("native", "not final", "absent")
"""What each network of a family that can be asked tells."""

EVERY_FAMILY: Mapping[str, tuple[str, ...]] = {
    "utxo": ("pending", "several recipients", "reward", "unhealthy", "garbled"),
    "evm": ("token", "nft", "internal", "failed", "pending", "several recipients", "unhealthy", "garbled"),
    "xrpl": ("token", "nft", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "tron": ("token", "nft", "internal", "reward", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "solana": ("token", "nft", "internal", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "stellar": ("token", "internal", "failed", "several recipients", "memo", "unhealthy", "garbled"),
    "algorand": ("token", "nft", "internal", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "cardano": ("token", "nft", "failed", "pending", "several recipients", "unhealthy", "garbled"),
    "aptos": ("token", "nft", "internal", "failed", "pending", "several recipients", "unhealthy", "garbled"),
    "polkadot": ("token", "nft", "internal", "reward", "failed", "pending", "several recipients", "unhealthy", "garbled"),
    "cosmos": ("token", "internal", "reward", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "ton": ("token", "nft", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "near": ("token", "nft", "internal", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "antelope": ("token", "internal", "failed", "pending", "several recipients", "memo", "unhealthy", "garbled"),
    "hedera": ("token", "nft", "internal", "reward", "failed", "several recipients", "memo", "unhealthy", "garbled"),
    "tezos": ("token", "nft", "internal", "failed", "pending", "several recipients", "unhealthy", "garbled"),
    "sui": ("token", "nft", "internal", "failed", "pending", "several recipients", "unhealthy", "garbled"),
}  # fmt: skip
"""What at least one network of the family tells."""

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    (
        "HBAR",
        "not final",
    ): "a mirror shows only what has reached consensus, and consensus is final",
    (
        "XLM",
        "not final",
    ): "Horizon shows closed ledgers alone, and a closed ledger is final at once",
}
"""(network, story) it need not tell, with the reason."""

NETWORKS = [n for n in load_registry() if n.family in FAMILIES]


@pytest.mark.parametrize("code", [n.code for n in NETWORKS])
def test_each_network_tells_the_stories_that_all_tell(code: str) -> None:
    fixtures = load_fixtures(network=code)
    missing = [s for s in EVERY_NETWORK if not any(map(STORIES[s], fixtures))]
    assert [s for s in missing if (code, s) not in EXCEPTIONS] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_tells_the_stories_its_chains_can_show(family: str) -> None:
    codes = {n.code for n in NETWORKS if n.family == family}
    fixtures = [f for f in load_fixtures() if f.network in codes]
    missing = [s for s in EVERY_FAMILY[family] if not any(map(STORIES[s], fixtures))]
    assert missing == []


def test_no_exception_outlives_its_need() -> None:
    for code, story in EXCEPTIONS:
        assert not any(map(STORIES[story], load_fixtures(network=code))), (code, story)


def test_stories_are_counted_by_origin_and_a_real_one_backs_each_family() -> None:
    counted = count_stories()
    assert all(tuple(counts) == ORIGINS for counts in counted.values())
    for family in FAMILIES:
        real = sum(
            counted.get(n.code, {}).get(origin, 0)
            for n in NETWORKS
            if n.family == family
            for origin in ("recorded", "mainnet")
        )
        assert real > 0, f"no story of {family} rests on a real transaction or node"
