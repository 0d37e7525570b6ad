"""Who is believed where only a node can say whether a signature proves: two of them, and not one against the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from proofs.examples_tron_message import EXAMPLES
from proofs.scripted import REGISTRY, Json, Serve
from tron import stories as tron

from recovery.chains.codecs import parse_address
from recovery.chains.source import Node
from recovery.errors import SourceError, Unhealthy
from recovery.proofs.choice import SenderWay
from recovery.proofs.requests import Means, Sender
from recovery.proofs.values import BadProof
from recovery.proofs.verification import verify_answer

TRON = REGISTRY["TRX"]
OURS = EXAMPLES[1]
HEXED = tron.hex_of(OURS.address)


def account(holder: str) -> list[Json]:
    owner = {"threshold": 1, "keys": [{"address": holder, "weight": 1}]}
    told = {"address": HEXED, "owner_permission": owner}
    return [*tron.health(), tron.post("/wallet/getaccount", {"address": HEXED}, told)]


YES, NO = account(HEXED), account(tron.ALICE)
DOWN: list[Json] = []


def verify(*nodes: Node, agreed: bool = False) -> str:
    address = parse_address(TRON, OURS.address)
    sender = Sender(address.text, address.key, address.form)
    way = SenderWay(sender, (Means.SIGNATURE,), ("tron_message",))
    return verify_answer(TRON, nodes, way, OURS.message, OURS.answer, agreed=agreed)


def served(serve: Serve, *told: list[Json]) -> list[Node]:
    return [serve("TRX", exchanges) for exchanges in told]


@pytest.mark.parametrize("agreed", [False, True])
def test_two_that_agree_prove_or_refuse(serve: Serve, agreed: bool) -> None:
    assert verify(*served(serve, YES, YES), agreed=agreed) == "tron_message"
    with pytest.raises(BadProof):
        verify(*served(serve, NO, NO), agreed=agreed)


@pytest.mark.parametrize("told", [(YES, NO), (NO, YES), (DOWN, NO, YES), (YES, DOWN, NO)])
def test_two_that_contradict_each_other_are_no_answer(
    serve: Serve, told: tuple[list[Json], ...]
) -> None:
    """A node that is behind refuses nobody for good, and one that lies proves nobody."""
    with pytest.raises(Unhealthy) as why:
        verify(*served(serve, *told))
    assert why.value.reference == "nodes-disagree"


@pytest.mark.parametrize("told", [(YES,), (YES, DOWN), (DOWN, YES), (DOWN, DOWN, YES)])
def test_one_suffices_where_little_money_moves(serve: Serve, told: tuple[list[Json], ...]) -> None:
    assert verify(*served(serve, *told)) == "tron_message"


@pytest.mark.parametrize("told", [(YES, DOWN), (DOWN, YES)])
def test_where_much_money_moves_the_yes_of_one_waits_for_the_other(
    serve: Serve, told: tuple[list[Json], ...]
) -> None:
    with pytest.raises(SourceError):
        verify(*served(serve, *told), agreed=True)


def test_two_endpoints_of_one_operator_are_one_voice(serve: Serve) -> None:
    one, same, other, gone = served(serve, YES, YES, YES, DOWN)
    for node, operator in ((one, "a"), (same, "a"), (other, "b"), (gone, "b")):
        node.operator = operator
    assert verify(one, same, agreed=True) == "tron_message"  # there is nobody else to ask
    with pytest.raises(SourceError):
        verify(one, same, gone, agreed=True)
    assert verify(one, same, other, agreed=True) == "tron_message"


def test_the_second_is_asked_of_another_operator_first(serve: Serve) -> None:
    one, liar, other = served(serve, NO, NO, YES)
    for node, operator in ((one, "a"), (liar, "a"), (other, "b")):
        node.operator = operator
    with pytest.raises(Unhealthy):
        verify(one, liar, other)


def test_nobody_to_ask_is_no_answer(serve: Serve) -> None:
    for nodes in ([], served(serve, DOWN, DOWN)):
        with pytest.raises(SourceError):
            verify(*nodes)


def test_a_false_signature_needs_no_node(serve: Serve) -> None:
    address = parse_address(TRON, OURS.address)
    way = SenderWay(Sender(address.text, address.key, address.form), (), ("tron_message",))
    cut = replace(OURS.answer, signature="0x12")
    with pytest.raises(BadProof):
        verify_answer(TRON, served(serve, DOWN), way, OURS.message, cut)
