"""The published tricks and the known traps of Algorand, each by its story."""

from __future__ import annotations

from typing import Any

import pytest
from algorand.stories import BOB, DAVE, FAKE_USDC, OURS, ROW, USDC

from recovery.chains.algorand.decode import read_note
from recovery.demo.fixtures import load_fixtures
from recovery.model import Memo, MemoKind

STORIES = {fixture.name: fixture for fixture in load_fixtures(network="ALGO")}


def transfers(story: str) -> list[dict[str, Any]]:
    evidence = STORIES[f"ALGO/{story}"].evidence
    assert evidence is not None
    found: list[dict[str, Any]] = evidence["transfers"]
    return found


def notes(story: str) -> set[str]:
    return {note["code"] for note in (STORIES[f"ALGO/{story}"].evidence or {})["notes"]}


def paid_to(account: str, story: str) -> list[tuple[str, str]]:
    return [(t["position"], t["amount"]) for t in transfers(story) if t["recipient"] == account]


@pytest.mark.parametrize(
    "story", ["hostile-zero-payment-close-elsewhere", "hostile-algod-zero-payment-close-elsewhere"]
)
def test_a_payment_of_nothing_that_closes_to_another_gives_us_nothing(story: str) -> None:
    assert paid_to(OURS, story) == [("native", "0")]
    ((position, rest),) = paid_to(BOB, story)
    assert position == "close"
    assert int(rest) > 0


def test_an_application_that_closes_to_another_gives_us_nothing() -> None:
    assert paid_to(OURS, "hostile-inner-close-elsewhere") == [("inner:0", "0")]


@pytest.mark.parametrize("story", ["hostile-clawback-to-us", "hostile-algod-clawback"])
def test_a_clawback_names_the_account_it_took_from_and_is_no_ordinary_deposit(story: str) -> None:
    (taken,) = transfers(story)
    assert taken["senders"] == [BOB]
    assert taken["type"] == "clawback"
    assert "clawback" in notes(story)


def test_a_clawback_from_us_is_no_deposit() -> None:
    assert paid_to(OURS, "hostile-clawback-from-us") == []
    assert paid_to(DAVE, "hostile-clawback-from-us") == [("token", "50")]


def test_an_asset_is_its_number_and_never_its_unit_name() -> None:
    (fake,), (true,) = transfers("hostile-fake-usdc"), transfers("token-with-note")
    assert fake["symbol"] == true["symbol"] == "USDC"
    assert fake["asset"].endswith(f"/asa:{FAKE_USDC}")
    assert true["asset"].endswith(f"/asa:{USDC}")


def test_amount_and_remainder_are_two_credits() -> None:
    assert paid_to(OURS, "close-both-to-us") == [("native", "1000000"), ("close", "7498000")]
    assert paid_to(OURS, "close-to-us") == [("close", "7499000")]
    assert paid_to(OURS, "asset-close-to-us") == [("close", "45000000")]


def test_the_note_that_counts_is_that_of_the_transaction_that_pays() -> None:
    ours, other = transfers("several-recipients")
    assert ours["memo"] == {"kind": "text", "value": "104857"}
    assert other["memo"] is None


def test_rewards_are_interest_of_the_account_and_nobodys_deposit() -> None:
    assert paid_to(OURS, "rewards-of-old-days") == [("native", "2919000000")]
    assert "participation_reward" in notes("rewards-of-old-days")


def test_the_issuers_power_over_an_asset_is_said() -> None:
    assert "asset_controlled" in notes("token-controlled-by-issuer")


def test_what_the_pool_refused_may_return_until_its_last_round_is_over() -> None:
    refused = STORIES["ALGO/algod-refused-may-return"].evidence or {}
    gone = STORIES["ALGO/algod-refused-for-good"].evidence or {}
    assert (refused["status"], gone["status"]) == ("pending", "failed")


def test_a_type_of_later_days_leads_to_a_person() -> None:
    assert transfers("unread-type") == []
    assert "unread_transaction_type" in notes("unread-type")


@pytest.mark.parametrize(
    ("note", "memo"),
    [
        (b"", None),
        (b"104857", Memo(MemoKind.TEXT, "104857")),
        (b" 104857\n", Memo(MemoKind.TEXT, " 104857\n")),
        (b"104857\0\0", Memo(MemoKind.BINARY, "3130343835370000")),
        (b"\xff\xfe", Memo(MemoKind.BINARY, "fffe")),
        ("§ 7".encode(), Memo(MemoKind.TEXT, "§ 7")),
    ],
)
def test_a_note_is_text_where_it_is_text_and_bytes_elsewhere(
    note: bytes, memo: Memo | None
) -> None:
    assert read_note(note) == memo


def test_the_networks_row_names_the_genesis_that_the_chain_id_begins_with() -> None:
    assert ROW.parameters["genesis_hash"].startswith(ROW.chain.removeprefix("algorand:"))
