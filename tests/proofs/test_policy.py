"""The policy of proofs: what its file may say, and what it changes."""

from __future__ import annotations

from importlib import resources

import pytest

from recovery.errors import BadInput
from recovery.proofs.policy import load_policy, parse_policy

SHIPPED = resources.files("recovery.proofs").joinpath("policy.toml").read_text("utf-8")


def test_the_shipped_policy_is_one() -> None:
    policy = load_policy()
    assert (policy.challenge.valid_hours, policy.deposit.valid_hours) == (24, 72)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("valid_hours = 24", "valid_hours = 0", "challenge.valid_hours"),
        ("at_most = 8", "at_most = 8\nodd = 1", "senders.odd"),
        ("value_low = 0.50", "value_low = 5.00", "deposit"),
        ('reviewed = "shared"', 'reviewed = "never"', "deposit.reviewed"),
        ("also_asked_for = []", 'also_asked_for = ["everything"]', "also_asked_for.0"),
        ('version = "2026-11"', "version =", "TOML"),
    ],
)
def test_what_makes_no_sense_is_named(old: str, new: str, told: str) -> None:
    assert old in SHIPPED
    with pytest.raises(BadInput) as wrong:
        parse_policy(SHIPPED.replace(old, new, 1), where="own.toml")
    assert told in wrong.value.text or "own.toml" in wrong.value.text


def test_a_file_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput, match="can't read"):
        load_policy("/no/such/policy.toml")
