"""Replaced means: a final transaction spent the same coin. Less is waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.chains.utxo.replaced import fetch_replacement
from recovery.clock import now
from recovery.demo.fixtures import Fixture
from recovery.model import Replacement
from recovery.networks import load_registry

Story = Callable[[str], Fixture]
Play = Callable[..., str]
NodeOf = Callable[..., Node]

SEEN, PARENT, SPENDER = "11" * 32, "22" * 32, "44" * 32
BTC = load_registry()["BTC"]


@pytest.fixture
def seen() -> RawTx:
    tx = {
        "txid": SEEN,
        "vin": [{"txid": PARENT, "vout": 1, "is_coinbase": False, "sequence": 0, "prevout": None}],
        "vout": [],
        "status": {"confirmed": False},
    }
    answers = {"tx": tx, "block": None, "tip": 976_000, "hex": ""}
    return RawTx(BTC.code, SEEN, "esplora", "test", now(), answers)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"spent": False}, None),
        ({"spent": True, "txid": SPENDER, "vin": 0, "status": {"confirmed": False}}, None),
        ({"spent": True, "txid": SPENDER, "status": {"confirmed": True, "block_height": 975_996}}, None),
        ({"spent": True, "txid": SPENDER, "status": {"confirmed": True, "block_height": 975_995}}, Replacement(SPENDER)),
        ({"spent": True, "txid": SEEN, "status": {"confirmed": True, "block_height": 975_000}}, None),
    ],
)  # fmt: skip
def test_esplora_names_the_spender_and_its_depth_decides(
    answer: dict[str, Any],
    expected: Replacement | None,
    seen: RawTx,
    story: Story,
    play: Play,
    node_of: NodeOf,
) -> None:
    url = play(story("BTC/esplora_absent"), {"get": f"/tx/{PARENT}/outspend/1", "json": answer})
    assert fetch_replacement(BTC, node_of(BTC, url, "esplora"), seen) == expected


def core(*, unspent: Any, parent_depth: int, spender_at: int | None) -> list[dict[str, Any]]:
    """A Core node whose blocks are empty but for one that holds the spender, if any."""
    answers: list[dict[str, Any]] = [
        {
            "rpc": "getrawtransaction",
            "params": [SEEN, 2],
            "error": {"code": -5, "message": "No such mempool or blockchain transaction"},
        },
        {"rpc": "gettxout", "params": [PARENT, 1, False], "result": unspent},
        {
            "rpc": "getrawtransaction",
            "params": [PARENT, 2],
            "result": {"txid": PARENT, "confirmations": parent_depth, "vin": [], "vout": []},
        },
    ]
    for height in range(975_900, 976_001):
        block = f"{height:064x}"
        vin = [{"txid": PARENT, "vout": 1}] if height == spender_at else [{"coinbase": "00"}]
        txs = [{"txid": SPENDER, "vin": vin}]
        answers.append({"rpc": "getblockhash", "params": [height], "result": block})
        answers.append({"rpc": "getblock", "params": [block, 2], "result": {"tx": txs}})
    return answers


@pytest.mark.parametrize(
    ("unspent", "parent_depth", "spender_at", "expected"),
    [
        ({"value": 1}, 100, None, None),  # nobody spent it: merely gone from the mempool
        (None, 0, None, None),  # the parent itself is in no block
        (None, 100, 975_996, None),  # spent five blocks deep
        (None, 100, 975_995, Replacement(SPENDER)),
        (None, 100, 975_901, Replacement(SPENDER)),
        (None, 100, None, Replacement(None)),  # spent deeper than we looked
    ],
)
def test_core_is_asked_whether_the_coin_is_spent_and_its_blocks_by_whom(
    unspent: Any,
    parent_depth: int,
    spender_at: int | None,
    expected: Replacement | None,
    seen: RawTx,
    story: Story,
    play: Play,
    node_of: NodeOf,
) -> None:
    answers = core(unspent=unspent, parent_depth=parent_depth, spender_at=spender_at)
    url = play(story("BTC/absent"), *answers)
    assert fetch_replacement(BTC, node_of(BTC, url), seen) == expected
