"""Whether an account can spend what it was paid: free, or vesting and locked."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cosmos.txs import field, message

from recovery.chains.cosmos.family import FAMILY
from recovery.chains.source import Node
from recovery.errors import SourceError
from recovery.model import Evidence
from recovery.networks import Network

Serve = Callable[..., Node]
Exchanges = Callable[[str], list[Any]]
Story = Callable[[str], Evidence]


def spendable(address: str, denom: str, amount: Any) -> dict[str, Any]:
    path = f"/cosmos/bank/v1beta1/spendable_balances/{address}/by_denom?denom={denom}"
    return {"get": path, "json": {"balance": {"denom": denom, "amount": amount}}}


def ask(row: Network, node: Node, evidence: Evidence) -> dict[str, bool]:
    assert FAMILY.fetch_conditions is not None
    transfer = evidence.transfers[0]
    return dict(FAMILY.fetch_conditions(row, node, evidence, transfer, destination=None))


@pytest.mark.parametrize("less", [0, 1])
@pytest.mark.parametrize("name", ["native-with-memo", "ibc-coin-of-another-chain"])
def test_the_amount_is_spendable_to_the_last_unit(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story, name: str, less: int
) -> None:
    evidence = story(name)
    transfer = evidence.transfers[0]
    reference = transfer.asset.rpartition(":")[2]
    denom = "uatom" if transfer.asset == row.native_asset else f"ibc/{reference}"
    held = spendable(str(transfer.recipient.address), denom, str(int(transfer.amount) - less))
    node = serve([*exchanges("absent"), held])
    assert ask(row, node, evidence) == {"account_not_locked_vesting": not less}


def test_the_rpc_tells_the_same(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story
) -> None:
    evidence = story("native-with-memo")
    address = str(evidence.transfers[0].recipient.address)
    coin = message(1, field(1, "uatom") + field(2, "0"))
    asked = {
        "path": "/cosmos.bank.v1beta1.Query/SpendableBalanceByDenom",
        "data": (field(1, address) + field(2, "uatom")).hex(),
        "height": "0",
        "prove": False,
    }
    answer = {"response": {"code": 0, "value": base64.b64encode(coin).decode()}}
    exchange = {"rpc": "abci_query", "params": asked, "result": answer}
    node = serve([*exchanges("absent-by-rpc"), exchange], "cometbft")
    assert ask(row, node, evidence) == {"account_not_locked_vesting": False}


def test_a_node_that_does_not_say_shows_nothing(
    serve: Serve, row: Network, exchanges: Exchanges, story: Story
) -> None:
    with pytest.raises(SourceError):
        ask(row, serve(exchanges("absent")), story("native-with-memo"))
