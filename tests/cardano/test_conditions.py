"""Whether what came can go back in an output that the ledger takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from cardano.stories import USDM, blockfrost, blockfrost_health, get, pay, send

from recovery.chains.cardano.family import FAMILY
from recovery.chains.family import RawTx
from recovery.model import Evidence
from recovery.networks import Network

PARAMETERS = get(
    "/epochs/latest/parameters",
    {"min_fee_a": 44, "min_fee_b": 155381, "coins_per_utxo_size": "4310"},
)
LEAST = 225 * 4310 + 44 * 230 + 155381

Ask = Callable[..., dict[str, bool]]


@pytest.fixture
def ask(row: Network, serve: Any) -> Ask:
    def conditions(evidence: Evidence, index: int) -> dict[str, bool]:
        assert FAMILY.fetch_conditions is not None
        node = serve([*blockfrost_health(), PARAMETERS])
        transfer = evidence.transfers[index]
        return dict(FAMILY.fetch_conditions(row, node, evidence, transfer, destination=None))

    return conditions


def evidence_of(row: Network, look: Any, told: Any) -> Evidence:
    raw = look(blockfrost(told), told.tx_hash)
    assert isinstance(raw, RawTx)
    return FAMILY.decode(row, raw)


def with_amount(evidence: Evidence, index: int, amount: int) -> Evidence:
    changed = [
        dataclasses.replace(t, amount=amount) if t.index == index else t for t in evidence.transfers
    ]
    return dataclasses.replace(evidence, transfers=tuple(changed))


def test_coin_goes_back_above_the_least_output(row: Network, look: Any, ask: Ask) -> None:
    evidence = evidence_of(row, look, pay())
    assert ask(with_amount(evidence, 0, LEAST), 0) == {"min_output_covered": True}
    assert ask(with_amount(evidence, 0, LEAST - 1), 0) == {"min_output_covered": False}


def test_a_token_goes_back_with_the_coin_that_it_came_with(
    row: Network, look: Any, ask: Ask
) -> None:
    evidence = evidence_of(row, look, send(USDM, 2_500_000))
    token = next(t.index for t in evidence.transfers if "/token:" in t.asset)
    assert ask(with_amount(evidence, token - 1, 2_000_000), token)["min_output_covered"] is True
    assert ask(with_amount(evidence, token - 1, 1_000_000), token)["min_output_covered"] is False
