"""Published tricks against deposits on Substrate chains: only what events moved counts."""

from __future__ import annotations

import pytest
from polkadot.stories import OURS

from recovery.chains.polkadot.location import encode_compact, encode_place
from recovery.demo.fixtures import Fixture

Stories = dict[str, Fixture]


def paid_to_us(stories: Stories, name: str) -> list[tuple[str, int]]:
    evidence = stories[name].evidence
    assert evidence is not None
    return [
        (t["asset"].partition("/")[2], int(t["amount"]))
        for t in evidence["transfers"]
        if t["recipient"] == OURS and t["succeeded"]
    ]


def notes(stories: Stories, name: str) -> set[str]:
    evidence = stories[name].evidence
    assert evidence is not None
    return {note["code"] for note in evidence["notes"]}


@pytest.mark.parametrize("api", ["", "subscan-"])
def test_a_batch_that_stopped_before_us_pays_us_nothing(stories: Stories, api: str) -> None:
    name = f"{api}hostile-batch-interrupted-before-us"
    evidence = stories[name].evidence
    assert evidence is not None
    assert evidence["status"] == "confirmed"
    assert paid_to_us(stories, name) == []
    assert "batch_interrupted" in notes(stories, name)


def test_a_batch_that_stopped_after_us_pays_what_it_had_paid(stories: Stories) -> None:
    name = "hostile-batch-interrupted-after-us"
    assert paid_to_us(stories, name) == [("slip44:354", 10_000_000_000)]


@pytest.mark.parametrize("api", ["", "subscan-"])
def test_a_proxied_call_that_failed_inside_pays_nothing(stories: Stories, api: str) -> None:
    assert paid_to_us(stories, f"{api}hostile-proxy-inner-error") == []
    assert "inner_call_failed" in notes(stories, f"{api}hostile-proxy-inner-error")


def test_a_multisig_that_waits_or_failed_pays_nothing(stories: Stories) -> None:
    assert paid_to_us(stories, "hostile-multisig-waits") == []
    assert "multisig_waits" in notes(stories, "hostile-multisig-waits")
    assert paid_to_us(stories, "hostile-multisig-inner-error") == []


def test_a_token_of_the_same_name_is_another_token(stories: Stories) -> None:
    assert paid_to_us(stories, "token-usdt") == [("asset:1984", 12_500_000)]
    assert paid_to_us(stories, "hostile-fake-usdt") == [("asset:66084", 900_000_000_000)]


def test_a_message_sent_to_another_chain_pays_nobody_here(stories: Stories) -> None:
    assert paid_to_us(stories, "hostile-sent-to-another-chain") == []
    assert "xcm_sent" in notes(stories, "hostile-sent-to-another-chain")


def test_an_event_that_contradicts_its_call_is_garbled(stories: Stories) -> None:
    assert stories["hostile-garbled-amount"].error == "garbled"


def test_an_account_with_another_chains_prefix_is_garbled(stories: Stories) -> None:
    assert stories["hostile-garbled-kusama-account"].error == "garbled"


def test_events_that_are_missing_or_unread_become_doubts(stories: Stories) -> None:
    assert "events_missing" in notes(stories, "subscan-events-missing")
    assert "unread_movement" in notes(stories, "deposited-by-a-swap")


@pytest.mark.parametrize(
    ("number", "encoded"),
    [(0, "00"), (63, "fc"), (64, "0101"), (16_384, "02000100"), (2**30, "0300000040")],
)
def test_compact_numbers_are_written_as_scale_says(number: int, encoded: str) -> None:
    assert encode_compact(number).hex() == encoded


def test_a_location_has_one_name_in_every_version_and_api() -> None:
    third = {"parents": "1", "interior": {"x1": {"parachain": "2011"}}}
    fifth = {"parents": 1, "interior": {"X1": [{"Parachain": 2011}]}}
    assert encode_place(third) == encode_place(fifth) == bytes.fromhex("0101006d1f")
