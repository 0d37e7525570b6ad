"""The table of attacks in docs/security.md: every row has its test, every test its row, and a guard."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hostile.breaking import ROOT, find_survivors
from hostile.guards import BY_CONSTRUCTION, GUARDS, pieces_of

FOLDER = Path(__file__).parent
LISTED = (
    "partial payment",
    "answers false",
    "without a movement of balance",
    "contract that is not the token",
    "inner one that paid us reverted",
    "`delegatecall`",
    "Omni payment of another property",
    "other than eosio.token",
    "notification that only copies us in",
    "`hard_fail`",
    "delayed",
    "two messages of one nonce",
    "message that bounced",
    "not of our own jetton wallet",
    "another coin type argument",
    "mint with a listed symbol",
    "Token-2022 with a transfer fee",
    "token account at our address, owned by another",
    "TRC-10 with a TRC-20's name",
    "rejected internal transaction",
    "claimable balance that nobody claimed",
    "failed payment with its full amount in the ledger",
    "path payment's send side",
    "writes the bank's events",
    "nested authz message that failed",
    "events of a failed message",
    "IBC packet that timed out",
    "zero payment with close-to elsewhere",
    "clawback into our account",
    "non-SUCCESS record with transfers listed",
    "`ft_transfer_call` that refunded",
    "log line forged by another contract",
    "batch interrupted before us though the extrinsic says Ok",
    "invalid script with collateral",
    "bare multisig that names our key",
    "reorganised block",
    "zero-value `transferFrom`",
    "look-alike symbol",
    "cell that begins with `=`",
)
"""What the design asks for, item by item, in the table's words."""

SAMPLE = (
    "test_evm.py::test_a_log_that_is_told_twice_is_refused",
    "test_xrpl.py::test_a_payment_that_failed_in_a_validated_ledger_paid_nobody",
    "test_text.py::test_a_cell_that_begins_like_a_formula_is_text_in_every_export",
)


def _rows() -> list[list[str]]:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = [
        re.split(r" (?<!\\)\| ", r.strip("| \n"))
        for r in re.findall(r"^\|.*`test_\w+\.py::.*$", text, re.M)
    ]
    assert all(len(row) == 5 for row in rows)
    return rows


def _named(row: list[str]) -> str:
    found = re.fullmatch(r"`(test_\w+\.py::\w+)`", row[4])
    assert found, row
    return found[1]


def _tests() -> set[str]:
    return {
        f"{file.name}::{name}"
        for file in FOLDER.glob("test_*.py")
        if file.name != Path(__file__).name
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.M)
    }


def test_every_row_names_a_test_and_every_test_has_a_row() -> None:
    named = [_named(row) for row in _rows()]
    assert len(set(named)) == len(named)
    assert set(named) == _tests()


def test_every_row_says_since_when_and_how_it_ends() -> None:
    assert all(all(cell for cell in row) for row in _rows())


@pytest.mark.parametrize("item", LISTED)
def test_every_attack_that_the_design_lists_has_a_row(item: str) -> None:
    assert any(item in row[0] for row in _rows())


def test_every_test_has_a_guard_or_a_reason_why_there_is_none_to_remove() -> None:
    assert set(GUARDS) | set(BY_CONSTRUCTION) == _tests()
    assert not set(GUARDS) & set(BY_CONSTRUCTION)


def test_every_row_names_the_file_of_its_guard() -> None:
    for row in _rows():
        name = _named(row)
        file = GUARDS[name].file if name in GUARDS else BY_CONSTRUCTION[name]
        assert f"`{file}`" == row[3], name


def test_every_guard_stands_once_where_it_is_said_to_stand() -> None:
    for name, whole in GUARDS.items():
        for guard in pieces_of(whole):
            text = (ROOT / guard.file).read_text("utf-8")
            assert text.count(guard.old) == 1, (name, guard)
            assert guard.new not in (guard.old,)


def test_without_its_guard_the_attack_is_noticed_by_its_test() -> None:
    """`make guards`, a part of `make soak`, breaks every guard; here a few, one of each sort."""
    everything = "RECOVERY_SOAK" in os.environ
    chosen = [n for n in GUARDS if everything or n in SAMPLE]
    assert list(find_survivors(chosen)) == []
