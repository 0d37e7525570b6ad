"""Whether an output still lies where it arrived: unspent or swept, by the node's own table."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.demo.fixtures import Fixture
from recovery.errors import SourceError
from recovery.model import Evidence
from recovery.networks import load_registry

Conditions = Callable[..., dict[str, bool]]
STORIES = {"DASH": "DASH/chainlock", "ZEC": "ZEC/native"}


@pytest.fixture
def conditions(
    story: Callable[[str], Fixture],
    play: Callable[..., str],
    node_of: Callable[..., Node],
    look: Callable[..., Evidence],
) -> Conditions:
    def ask(code: str, output: Any) -> dict[str, bool]:
        network, told = load_registry()[code], story(STORIES[code])
        evidence = look(network, play(told), told.tx_hash)
        transfer = evidence.transfers[0]
        if isinstance(output, Decimal):
            output = {"value": output, "confirmations": 30}
        elif output == "its own":
            output = {"value": Decimal(int(transfer.amount)).scaleb(-8), "confirmations": 30}
        number = int(transfer.position.partition(":")[2])
        asked = {"rpc": "gettxout", "params": [evidence.tx_hash, number, True]}
        fault = isinstance(output, dict) and "code" in output
        answer = asked | {"error" if fault else "result": output}
        assert FAMILY.fetch_conditions is not None
        node = node_of(network, play(told, answer))
        found = FAMILY.fetch_conditions(network, node, evidence, transfer, destination=None)
        return dict(found)

    return ask


@pytest.mark.parametrize("code", ["DASH", "ZEC"])
def test_an_unspent_output_is_still_there_and_a_spent_one_is_not(
    conditions: Conditions, code: str
) -> None:
    assert conditions(code, "its own") == {"not_already_recovered": True}
    assert conditions(code, None) == {"not_already_recovered": False}


def test_an_output_of_another_amount_is_another_output(conditions: Conditions) -> None:
    with pytest.raises(SourceError):
        conditions("DASH", Decimal("0.00000001"))


def test_a_node_without_the_call_shows_nothing(conditions: Conditions) -> None:
    with pytest.raises(SourceError):
        conditions("ZEC", {"code": -32601, "message": "Method not found"})
