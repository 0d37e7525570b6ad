"""One step beside the form: depths, collateral, decimals and senders of Cardano."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cardano.stories import BOB, HEAD, In, Out, blockfrost, koios, pay

from recovery.chains.cardano.answer import Input, read_token
from recovery.chains.cardano.decode import _senders
from recovery.chains.cardano.family import FAMILY
from recovery.chains.family import FetchOutcome, RawTx
from recovery.errors import Garbled
from recovery.model import Evidence
from recovery.networks import Network

Look = Callable[..., FetchOutcome]
Change = Callable[[Any], None]


@pytest.fixture
def changed(row: Network, look: Look) -> Callable[..., Evidence]:
    """The evidence of a plain payment of whose answers something was changed."""

    def decode(change: Change, told: Any = None, api: str = "blockfrost") -> Evidence:
        payment = told or pay()
        exchanges = (blockfrost if api == "blockfrost" else koios)(payment)
        for exchange in exchanges:
            path = str(exchange.get("get") or exchange.get("post"))
            if path.endswith("/utxos") or path == "/tx_info":
                document = exchange["json"]
                change(document if api == "blockfrost" else document[0])
        raw = look(exchanges, payment.tx_hash, api=api)
        if isinstance(raw, Exception):
            raise raw
        assert isinstance(raw, RawTx), raw
        return FAMILY.decode(row, raw)

    return decode


def test_the_last_block_before_the_wanted_depth_is_not_final(row: Network, look: Look) -> None:
    wanted = row.finality.confirmations
    assert wanted is not None
    for depth, final in ((wanted - 1, False), (wanted, True), (wanted + 1, True)):
        told = replace(pay(), height=HEAD - depth + 1)
        raw = look(blockfrost(told), told.tx_hash)
        assert isinstance(raw, RawTx)
        evidence = FAMILY.decode(row, raw)
        assert (evidence.confirmations, evidence.final) == (depth, final)


def test_a_collateral_is_returned_once_at_most(changed: Callable[..., Evidence]) -> None:
    def second(utxos: Any) -> None:
        last = utxos["outputs"][-1]
        back = {"collateral": True, "output_index": last["output_index"] + 1}
        utxos["outputs"] += [last | back, last | back | {"output_index": back["output_index"] + 1}]

    with pytest.raises(Garbled, match="two collateral returns"):
        changed(second)


def test_a_collateral_return_takes_no_outputs_place(changed: Callable[..., Evidence]) -> None:
    """Two outputs at one place would be one position for two payments."""

    def same_place(utxos: Any) -> None:
        utxos["outputs"].append(utxos["outputs"][0] | {"collateral": True})

    with pytest.raises(Garbled):
        changed(same_place)


def test_a_height_that_is_none_is_named(changed: Callable[..., Evidence]) -> None:
    def no_height(tx: Any) -> None:
        tx["block_height"] = None

    with pytest.raises(Garbled, match=r"\bblock_height"):
        changed(no_height, api="koios")


@pytest.mark.parametrize("key", ["metadata", "token_registry_metadata"])
@pytest.mark.parametrize(
    ("told", "read"),
    [(0, 0), (6, 6), (255, 255), (256, None), (-1, None), (True, None), ("6", None)],
)
def test_decimals_of_a_token_are_a_byte(key: str, told: Any, read: int | None) -> None:
    assert read_token({key: {"decimals": told}}).decimals == read


def test_who_sent_is_unknown_where_one_input_is_not_shown(row: Network) -> None:
    shown, hidden = Input("ab" * 32, 0, BOB, 5), Input("cd" * 32, 1, None, None)
    assert [p.address for p in _senders(row, (shown,))] == [BOB]
    assert _senders(row, (shown, hidden)) == ()
    assert _senders(row, (hidden,)) == ()


def test_an_output_beside_a_collateral_return_keeps_its_own_amount(
    changed: Callable[..., Evidence],
) -> None:
    collateral = In(BOB, {"lovelace": 5_000_000}, collateral=True)
    plain = pay()
    told = replace(
        plain,
        inputs=[*plain.inputs, collateral],
        outputs=[*plain.outputs, Out(BOB, {"lovelace": 4_000_000}, collateral=True)],
    )
    paid = changed(lambda utxos: None, told).transfers
    assert [t.amount for t in paid if t.succeeded] == [25_000_000, 74_830_000]
