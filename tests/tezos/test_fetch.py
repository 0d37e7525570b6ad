"""Asking TzKT and nodes: many hashes, health, cost, and what became of a lost operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tezos.stories import (
    ALICE,
    BOB,
    HEAD,
    USDT_TOKEN,
    Op,
    fa2,
    get,
    octez_health,
    octez_operation,
    octez_pool,
    told,
    tzkt,
    tzkt_absent,
    tzkt_health,
)

from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.source import Node
from recovery.chains.tezos.family import FAMILY
from recovery.chains.tezos.tokens import read_asked_moves
from recovery.model import Replacement, Transfer
from recovery.networks import Network

Serve = Callable[..., Node]
Look = Callable[..., FetchOutcome]

PROTOCOL = get("/v1/protocols/current", {"constants": {"byteCost": 250, "originationSize": 257}})
CONSTANTS = get(
    "/chains/main/blocks/head/context/constants", {"cost_per_byte": "250", "origination_size": 257}
)


def test_many_hashes_give_one_outcome_each_in_their_order(row: Network, serve: Serve) -> None:
    one, two = told("one", Op(BOB, 1)), told("two", Op(BOB, 2))
    unknown = told("nobody").hash
    node = serve([*tzkt(one), *tzkt(two), *tzkt_absent(unknown)])
    outcomes = FAMILY.fetch(row, node, [two.hash, unknown, one.hash])
    assert [type(o) for o in outcomes] == [RawTx, Absent, RawTx]
    assert [o.tx_hash for o in outcomes if isinstance(o, RawTx)] == [two.hash, one.hash]


def test_health_tells_head_and_history(row: Network, serve: Serve) -> None:
    indexer = FAMILY.fetch_health(row, serve(tzkt_health()))
    node = FAMILY.fetch_health(row, serve(octez_health(), api="octez"))
    assert (indexer.height, indexer.history) == (HEAD, "full")
    assert (node.height, node.history) == (HEAD, "recent")


def _transfer(row: Network, look: Look, *, token: bool) -> Transfer:
    group = told("cost", fa2(USDT_TOKEN, [(BOB, 5)]) if token else Op(BOB, 5_000_000))
    raw = look(tzkt(group), group.hash)
    assert isinstance(raw, RawTx)
    return FAMILY.decode(row, raw).transfers[0]


def _tzkt_accounts(*, holder: str, outside: str) -> list[Any]:
    kinds: dict[str, Any] = {"empty": {"type": "empty"}}
    kinds["fresh"] = {"type": "user", "revealed": False, "balance": 5_000_000}
    kinds["used"] = {"type": "user", "revealed": True, "balance": 5_000_000}
    accounts = ((BOB, holder), (ALICE, outside))
    return [get(f"/v1/accounts/{a}", {"address": a} | kinds[k]) for a, k in accounts]


def _octez_accounts(*, holder: str, outside: str) -> list[Any]:
    found = []
    for address, kind in ((BOB, holder), (ALICE, outside)):
        base = f"/chains/main/blocks/head/context/contracts/{address}"
        found.append(get(f"{base}/balance", "0" if kind == "empty" else "5000000"))
        key = "edpkufcnEkVmG2GUS9SbDmactMcGH4NcRH93FBxdkzTFzxNuqmks2x"
        found.append(get(f"{base}/manager_key", key if kind == "used" else None))
    return found


@pytest.mark.parametrize("api", ["tzkt", "octez"])
@pytest.mark.parametrize(
    ("token", "holder", "outside", "costs"),
    [
        (False, "used", "used", [("network_cost", 515)]),
        (
            False,
            "fresh",
            "empty",
            [("network_cost", 350), ("network_cost", 515), ("reserve", 64_250)],
        ),
        (
            True,
            "empty",
            "used",
            [
                ("network_cost", 350),
                ("network_cost", 1_420),
                ("network_cost", 515),
                ("reserve", 64_250),
                ("reserve", 16_750),
            ],
        ),
    ],
    ids=["coin", "coin to reveal and allocate", "token at an address without coin"],
)
def test_storage_is_a_line_of_its_own(
    row: Network,
    serve: Serve,
    look: Look,
    api: str,
    token: bool,
    holder: str,
    outside: str,
    costs: list[tuple[str, int]],
) -> None:
    transfer = _transfer(row, look, token=token)
    if api == "tzkt":
        told_ = [*tzkt_health(), PROTOCOL, *_tzkt_accounts(holder=holder, outside=outside)]
    else:
        told_ = [*octez_health(), CONSTANTS, *_octez_accounts(holder=holder, outside=outside)]
    cost = FAMILY.fetch_cost(row, serve(told_, api=api), transfer)
    assert [(line.code, line.amount) for line in cost.lines] == costs


@pytest.mark.parametrize("bin_", ["validated", "applied", "unprocessed", "outdated"])
def test_a_node_shows_its_mempool_in_both_forms(row: Network, look: Look, bin_: str) -> None:
    group = told("pooled", Op(BOB, 5))
    operation = octez_operation(group, pending=True)
    for item in (operation, [group.hash, {k: v for k, v in operation.items() if k != "hash"}]):
        raw = look([*octez_health(), octez_pool(**{bin_: [item]})], group.hash, api="octez")
        assert isinstance(raw, RawTx)
        evidence = FAMILY.decode(row, raw)
        assert (evidence.status.value, evidence.final) == ("pending", False)
        refusing = [n.code for n in evidence.notes]
        assert refusing == (["mempool_refuses"] if bin_ == "outdated" else [])


def _seen(look: Look) -> RawTx:
    group = told("pooled", Op(BOB, 5), counter=77)
    pool = octez_pool(validated=[octez_operation(group, pending=True)])
    raw = look([*octez_health(), pool], group.hash, api="octez")
    assert isinstance(raw, RawTx)
    return raw


@pytest.mark.parametrize(
    ("counter", "last", "found"),
    [
        (77, HEAD - 2, Replacement(None)),
        (80, HEAD - 90, Replacement(None)),
        (76, HEAD - 90, None),
        (77, HEAD - 1, None),
    ],
    ids=["used", "used long ago", "not used", "used a moment ago"],
)
def test_a_counter_that_another_operation_used_is_gone_for_good(
    row: Network, serve: Serve, look: Look, counter: int, last: int, found: Replacement | None
) -> None:
    seen = _seen(look)
    account = {"type": "user", "counter": counter, "lastActivity": last}
    node = serve([*tzkt_absent(seen.tx_hash), get(f"/v1/accounts/{ALICE}", account)])
    assert FAMILY.fetch_replacement is not None
    assert FAMILY.fetch_replacement(row, node, seen) == found


def test_flat_and_nested_pairs_of_a_call_mean_the_same() -> None:
    flat = {"prim": "Pair", "args": [{"string": BOB}, {"int": "0"}, {"int": "5"}]}
    calls = [
        fa2(USDT_TOKEN, [(BOB, 5)]).micheline,
        [{"prim": "Pair", "args": [{"string": ALICE}, [flat]]}],
    ]
    from recovery.chains.tezos.answer import Call, Operation

    found = []
    for value in calls:
        operation = Operation(
            kind="transaction",
            place=0,
            nonce=None,
            sender=ALICE,
            target=USDT_TOKEN["contract"]["address"],
            amount=0,
            status="applied",
            call=Call("transfer", value),
            fee=0,
            burned=0,
            counter=1,
        )
        found.append(read_asked_moves([operation]))
    assert found[0] == found[1]
    assert (found[0][0].recipient, found[0][0].amount) == (BOB, 5)
