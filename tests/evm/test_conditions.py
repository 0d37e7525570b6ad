"""Whose address it is and whether a token lets go, tried on a real node before money moves."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from nodes.evm import Chain

from recovery.chains.evm.conditions import _moves
from recovery.chains.evm.family import FAMILY
from recovery.chains.source import RpcFault
from recovery.model import Evidence, Party, Transfer


def ask(eth: Chain, evidence: Evidence, transfer: Transfer | None = None) -> dict[str, bool]:
    assert FAMILY.fetch_conditions is not None
    asked = transfer or evidence.transfers[0]
    return dict(FAMILY.fetch_conditions(eth.network, eth.node, evidence, asked, destination=None))


@pytest.fixture(scope="module")
def paid(eth: Chain) -> Evidence:
    token = eth.deploy("Erc20", "T", "T", 6, 10**12)
    return eth.ask(token.send("transfer", eth.account(1), 5000))


def test_a_plain_account_has_no_code_and_coin_has_no_issuer(eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=10**18)
    assert ask(eth, eth.ask(tx_hash)) == {"address_is_account": True}


def test_a_contract_at_the_address_is_no_plain_account(eth: Chain, paid: Evidence) -> None:
    (transfer,) = paid.transfers
    contract = transfer.asset.rpartition(":")[2]
    at = dataclasses.replace(transfer, recipient=Party(contract, transfer.recipient.key))
    assert ask(eth, paid, at)["address_is_account"] is False


def test_a_token_moves_while_the_address_holds_it(eth: Chain, paid: Evidence) -> None:
    assert ask(eth, paid) == {"address_is_account": True, "token_transferable": True}
    more = dataclasses.replace(paid.transfers[0], amount=5001)
    assert ask(eth, paid, more)["token_transferable"] is False


def test_an_nft_is_tried_by_its_own_call_and_this_one_has_none(eth: Chain) -> None:
    art = eth.deploy("Erc721")
    owned = eth.ask(art.send("mint", eth.account(1), 5))
    assert ask(eth, owned)["token_transferable"] is False


@pytest.mark.parametrize(
    ("code", "answer", "moves"),
    [
        ("0x60", "0x" + f"{1:064x}", True),
        ("0x60", "0x", True),
        ("0x60", "0x" + f"{0:064x}", False),
        ("0x", "0x", False),
        ("0x60", RpcFault(3, "execution reverted: paused"), False),
        ("0x60", RpcFault(-32000, "execution reverted"), False),
        ("0x60", RpcFault(-32005, "too many requests"), None),
        (RpcFault(-32000, "missing trie node"), "0x", None),
    ],
    ids=["yes", "no word", "false", "gone", "paused", "reverted", "busy", "no code told"],
)
def test_a_token_s_word_is_read_as_it_is_meant(
    paid: Evidence, code: Any, answer: Any, moves: bool | None
) -> None:
    assert _moves(paid.transfers[0], code, answer) is moves
