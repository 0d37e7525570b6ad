"""The policy file: what ships is whole, and what is wrong with another is said at once."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest

from recovery.classify.verdict import Cause
from recovery.errors import BadInput, ManyProblems
from recovery.fees.policy import load_policy, parse_policy
from recovery.networks import load_registry

SHIPPED = resources.files("recovery.fees").joinpath("policy.toml").read_text("utf-8")


def test_the_shipped_policy_says_what_the_default_policy_is() -> None:
    policy = load_policy()
    assert policy.service.model_dump() == {
        "floor": 5,
        "cap": 400,
        "share": Decimal("0.04"),
        "share_above": 100,
        "value_cap": Decimal("0.1"),
    }
    assert policy.tier.model_dump() == {"direct": 1, "conditional": 2}
    assert policy.repeat.model_dump() == {"from_case": 3, "factor": Decimal("1.5")}
    assert policy.first_case.model_dump() == {"waived_below": 50, "taper": True}
    assert policy.network_cost.model_dump() == {
        "margin": Decimal("1.25"),
        "wait_above_reference": 2,
    }
    assert (policy.quote.expires_hours, policy.quote.price_max_age_seconds) == (24, 3600)
    assert policy.limits.dust_value == Decimal("0.10")


@pytest.mark.parametrize("cause", list(Cause))
def test_the_base_follows_the_cause(cause: Cause) -> None:
    memo = {"memo_missing", "memo_malformed", "memo_unknown", "memo_of_other_user"}
    expected = 5 if cause in memo else 15 if cause == "delisted_token" else 10
    assert load_policy().base.of(cause) == expected


def test_every_network_of_the_registry_has_its_reference_cost() -> None:
    policy = load_policy()
    assert set(policy.reference_cost) == {n.code for n in load_registry()}
    assert len(policy.reference_cost) == 32
    assert policy.reference_of("ETH", native=True) < policy.reference_of("ETH", native=False)
    assert policy.reference_of("BTC", native=True) == policy.reference_of("BTC", native=False)


def test_numbers_with_a_point_are_read_exactly() -> None:
    assert load_policy().service.share == Decimal("0.04")
    assert tomllib.loads("x = 0.04")["x"] == pytest.approx(0.04)  # what would have been a float


def test_all_problems_of_a_policy_are_told_together() -> None:
    wrong = (
        SHIPPED.replace("floor = 5", "floor = 500")
        .replace("value_cap = 0.10", "value_cap = 1.5")
        .replace("margin = 1.25 ", "margin = true ")
        .replace("sent_to_hot_wallet = 10", "sent_to_the_moon = 10")
        .replace("LTC = { native = 0.05 }", "")
        .replace("ZEC =", "ZCASH =")
        .replace("dust_value = 0.10", "dust = nan")
    )
    with pytest.raises(ManyProblems) as raised:
        parse_policy(wrong, where="mine.toml")
    places = {p.where for p in raised.value.problems}
    assert {
        "service.value_cap",
        "network_cost.margin",
        "base.causes.sent_to_the_moon.[key]",
        "reference_cost.LTC",
        "reference_cost.ZEC",
        "reference_cost.ZCASH",
        "limits.dust_value",
        "limits.dust",
    } <= places
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("floor = 5", "floor = 500", "the floor 500 is above the cap 400"),
        ("share = 0.04", "share = 1", "service.share"),
        ("from_case = 3", "from_case = 1", "repeat.from_case"),
        ("margin = 1.25", "margin = 0.9", "network_cost.margin"),
        ("cap = 400", "cap = -400", "service.cap"),
        ("taper = true", 'taper = "maybe"', "first_case.taper"),
        ('currency = "USD"', 'currency = "dollars"', "currency"),
        ("dated = 2026-11-22", 'dated = "soon"', "dated"),
        ('version = "2026-11"', "", "version: is missing"),
        ("expires_hours = 24", "expires_hours = 0", "quote.expires_hours"),
    ],
)
def test_a_wrong_number_is_refused_by_its_name(old: str, new: str, told: str) -> None:
    assert old in SHIPPED
    with pytest.raises(BadInput, match=r"mine\.toml has errors") as raised:
        parse_policy(SHIPPED.replace(old, new, 1), where="mine.toml")
    assert told in str(raised.value)


def test_what_is_no_toml_is_bad_input() -> None:
    with pytest.raises(BadInput) as raised:
        parse_policy("[service", where="mine.toml")
    assert raised.value.reference == "bad-toml"


def test_a_policy_of_ones_own_is_loaded_from_its_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(SHIPPED.replace('version = "2026-11"', 'version = "mine-1"'))
    assert load_policy(str(mine)).version == "mine-1"
    with pytest.raises(BadInput) as raised:
        load_policy(str(tmp_path / "missing.toml"))
    assert raised.value.reference == "unreadable-fee-policy"


def test_an_unknown_value_counts_as_above_every_limit() -> None:
    limits = load_policy().limits
    assert limits.needs_wallet(None)
    assert limits.needs_second_opinion(None)
    assert not limits.needs_wallet(limits.wallet_signs_credits_above)
    assert limits.needs_wallet(limits.wallet_signs_credits_above + 1)
    assert not limits.needs_second_opinion(limits.second_opinion_above)
    assert limits.needs_second_opinion(limits.second_opinion_above + 1)


def test_a_policy_can_not_be_changed_once_loaded() -> None:
    policy = load_policy()
    with pytest.raises(ValueError, match="frozen"):
        setattr(policy, "version", "other")  # noqa: B010  # a plain assignment is a type error
