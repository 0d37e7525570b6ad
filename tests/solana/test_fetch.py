"""What a Solana node may be believed, what it costs to move value out, and what became of the lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from recovery.chains.family import Absent, RawTx
from recovery.chains.ledgered import read_received
from recovery.chains.solana.family import FAMILY
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay
from recovery.errors import SourceError, Unhealthy, Unreachable
from recovery.model import Evidence, Replacement, TxStatus
from recovery.networks import Network
from recovery.triage import ask_node

Play = Callable[..., Node]
Stories = Mapping[str, Fixture]


def ask(row: Network, node: Node, stories: Stories, name: str) -> Any:
    (answer,) = ask_node(row, node, [stories[name].tx_hash])
    return answer


def test_an_archive_proves_an_absence(play: Play, row: Network, stories: Stories) -> None:
    assert isinstance(ask(row, play("absent"), stories, "absent"), Absent)


def test_an_endpoint_said_to_be_recent_proves_none(
    play: Play, row: Network, stories: Stories
) -> None:
    node = play("absent")
    node.history = "recent"
    assert isinstance(ask(row, node, stories, "absent"), Unhealthy)


def test_a_node_with_days_of_history_still_answers_for_what_it_has(
    play: Play, row: Network, stories: Stories
) -> None:
    node = play("native_with_memo", getFirstAvailableBlock=458_900_000)
    assert isinstance(ask(row, node, stories, "native_with_memo"), Found)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"getGenesisHash": "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"}, Unhealthy),
        ({"getHealth": "behind"}, Unhealthy),
        ({"getFirstAvailableBlock": 500_000_000}, SourceError),
        ({"getBlockTime": None}, Unhealthy),
        ({"getBlockTime": 1_795_170_000}, Unhealthy),
        ({"getSlot": "460000000"}, SourceError),
    ],
)
def test_a_node_that_must_not_be_believed_is_not(
    play: Play, row: Network, stories: Stories, changed: dict[str, Any], expected: type
) -> None:
    for name in ("absent", "native_transfer"):
        answer = ask(row, play(name, **changed), stories, name)
        assert isinstance(answer, expected), answer


def test_a_node_that_is_behind_is_asked_again_later(
    play: Play, row: Network, stories: Stories
) -> None:
    answer = ask(row, play("unreachable_behind"), stories, "unreachable_behind")
    assert isinstance(answer, Unreachable)


def test_a_transaction_without_a_status_is_a_contradiction(
    play: Play, row: Network, stories: Stories
) -> None:
    node = play("native_transfer", getSignatureStatuses={"context": {}, "value": [None]})
    assert isinstance(ask(row, node, stories, "native_transfer"), Unhealthy)


def test_a_confirmed_transaction_is_not_final_yet(
    play: Play, row: Network, stories: Stories
) -> None:
    answer = ask(row, play("not_final"), stories, "not_final")
    assert answer.evidence.status is TxStatus.CONFIRMED
    assert not answer.evidence.final
    assert answer.evidence.required_confirmations is None


def test_health_says_what_the_node_keeps(play: Play, row: Network) -> None:
    health = FAMILY.fetch_health(row, play("absent"))
    assert (health.height, health.history, health.oldest) == (460_000_000, "full", None)
    assert health.version == "3.0.6"
    recent = FAMILY.fetch_health(row, play("absent", getFirstAvailableBlock=459_000_000))
    assert (recent.history, recent.oldest) == ("recent", 459_000_000)


def test_coin_costs_two_signatures_and_a_priority_fee(
    play: Play, row: Network, evidence_of: Callable[[str], Evidence]
) -> None:
    (transfer,) = evidence_of("native_transfer").transfers
    cost = FAMILY.fetch_cost(row, play("native_transfer"), transfer)
    assert [(line.code, line.amount) for line in cost.lines] == [
        ("network_cost", 10_000),
        ("network_cost", 100),
    ]


def test_tokens_cost_the_rent_of_an_account_only_where_there_is_none(
    play: Play, row: Network, evidence_of: Callable[[str], Evidence]
) -> None:
    (transfer,) = evidence_of("token_transfer").transfers
    cost = FAMILY.fetch_cost(row, play("token_transfer"), transfer)
    assert ("reserve", 2_039_280) in [(line.code, line.amount) for line in cost.lines]
    stands = play("token_transfer", getAccountInfo={"context": {}, "value": {"lamports": 1}})
    cost = FAMILY.fetch_cost(row, stands, transfer)
    assert [line.code for line in cost.lines] == ["network_cost", "network_cost"]


def test_the_rise_of_a_balance_is_the_amount_itself(
    row: Network, node: Node, evidence_of: Callable[[str], Evidence]
) -> None:
    evidence = evidence_of("token_2022_fee_withheld")
    rises = read_received(row, node, evidence, evidence.transfers)
    assert [r.amount for r in rises.values()] == [990_000]


def _lost(raw: RawTx, instructions: list[Any] | None = None) -> RawTx:
    if instructions is not None:
        raw.answers["tx"]["transaction"]["message"]["instructions"] = instructions
    return raw


def test_a_lost_transaction_with_an_old_blockhash_never_comes_back(
    row: Network, node: Node, raw_of: Callable[[str], RawTx]
) -> None:
    assert FAMILY.fetch_replacement is not None
    seen = _lost(raw_of("not_final"))
    assert FAMILY.fetch_replacement(row, node, seen) == Replacement(None)


def test_a_lost_transaction_of_a_durable_nonce_may_come_back(
    row: Network, node: Node, raw_of: Callable[[str], RawTx]
) -> None:
    assert FAMILY.fetch_replacement is not None
    advance = {"programIdIndex": 2, "accounts": [1, 0, 0], "data": "6vx8P", "stackHeight": None}
    seen = _lost(raw_of("not_final"), [advance])
    assert FAMILY.fetch_replacement(row, node, seen) is None


def test_a_transaction_seen_without_its_content_says_nothing_of_its_end(
    row: Network, node: Node, raw_of: Callable[[str], RawTx]
) -> None:
    assert FAMILY.fetch_replacement is not None
    assert FAMILY.fetch_replacement(row, node, raw_of("pending")) is None


def test_a_transaction_that_came_back_was_not_replaced(
    row: Network, play: Play, raw_of: Callable[[str], RawTx]
) -> None:
    assert FAMILY.fetch_replacement is not None
    assert FAMILY.fetch_replacement(row, play("not_final"), raw_of("not_final")) is None


def test_one_server_can_play_all_stories_that_a_healthy_node_tells(stories: Stories) -> None:
    Replay([f for f in stories.values() if f.error is None])
