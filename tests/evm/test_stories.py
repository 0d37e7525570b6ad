"""Whole stories on a real node: what the evidence says beside what the balances did."""

from __future__ import annotations

from typing import Any

import pytest
from nodes.evm import Chain, find_paid, start_chain

from recovery.chains.evm.family import FAMILY
from recovery.model import Gap, TransferKind, TxStatus

ETHER = 10**18


def test_coin_sent_from_one_account_to_another(eth: Chain) -> None:
    before = eth.balance(eth.account(1))
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=3 * ETHER)
    evidence = eth.ask(tx_hash)
    (paid,) = evidence.transfers
    assert (paid.position, paid.kind) == ("native", TransferKind.NATIVE)
    assert paid.asset == "eip155:1/slip44:60"
    assert paid.amount == 3 * ETHER == eth.balance(eth.account(1)) - before
    assert [p.address for p in paid.senders] == [eth.account(0)]
    assert evidence.status is TxStatus.CONFIRMED
    assert not evidence.gaps


def test_the_fee_is_what_the_sender_lost_beside_the_value(eth: Chain) -> None:
    before = eth.balance(eth.account(0))
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=ETHER)
    fee = eth.ask(tx_hash).fee
    assert fee is not None
    assert fee.payer == eth.account(0)
    assert fee.amount == before - eth.balance(eth.account(0)) - ETHER


def test_an_unlisted_token_is_its_contract_and_its_symbol_a_hint(eth: Chain) -> None:
    token = eth.deploy("Erc20", "My Token", "MYT", 9, 10**15)
    tx_hash = token.send("transfer", eth.account(2), 2_500_000)
    evidence = eth.ask(tx_hash)
    (paid,) = evidence.transfers
    receipt = eth.anvil.rpc("eth_getTransactionReceipt", tx_hash)
    assert paid.position == f"log:{int(receipt['logs'][0]['logIndex'], 16)}"
    assert paid.asset.lower() == f"eip155:1/erc20:{token.address}"
    assert (paid.symbol, paid.name, paid.decimals) == ("MYT", "My Token", 9)
    assert paid.amount == token.call("balanceOf", eth.account(2))
    assert paid.standard == "erc20"
    assert not paid.batched
    assert not evidence.gaps, "one plain token call needs no trace"


def test_usdt_sent_on_bsc_pays_the_same_key_as_on_ethereum(eth: Chain) -> None:
    with start_chain("BSC") as bsc:
        token = bsc.deploy("Erc20", "Tether USD", "USDT", 18, 10**30)
        evidence = bsc.ask(token.send("transfer", bsc.account(5), 7 * ETHER))
    (paid,) = evidence.transfers
    assert evidence.chain == "eip155:56"
    assert (paid.decimals, paid.amount) == (18, 7 * ETHER)
    sent = eth.ask(eth.anvil.send(from_=eth.account(0), to=eth.account(5), value=1))
    assert paid.recipient.key == sent.transfers[0].recipient.key


def test_coin_paid_by_a_contract_is_found_by_its_trace(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    eth.anvil.send(from_=eth.account(0), to=payer.address, value=ETHER)
    before = eth.balance(eth.account(3))
    evidence = eth.ask(payer.send("pay", eth.account(3), ETHER // 4))
    (paid,) = evidence.transfers
    assert (paid.kind, paid.position) == (TransferKind.INTERNAL, "trace:0")
    assert paid.amount == ETHER // 4 == eth.balance(eth.account(3)) - before
    assert not paid.batched


def test_an_inner_call_that_paid_and_then_failed_paid_nobody(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    before = eth.balance(eth.account(4))
    evidence = eth.ask(payer.send("swallow", eth.account(4), ETHER, value=ETHER))
    assert evidence.status is TxStatus.CONFIRMED
    assert [t.position for t in evidence.transfers] == ["native"], "only the contract was paid"
    assert not find_paid(evidence, eth.account(4))
    assert eth.balance(eth.account(4)) == before


def test_an_event_without_a_movement_shows_in_the_balance(eth: Chain) -> None:
    token = eth.deploy("LyingToken")
    tx_hash = token.send("claim", eth.account(0), eth.account(1), 5_000_000)
    evidence = eth.ask(tx_hash)
    (claimed,) = evidence.transfers
    assert claimed.asset.lower().endswith(token.address), "a stranger's contract, not Tether's"
    received = FAMILY.fetch_received
    assert received is not None
    assert received(eth.network, eth.node, evidence, evidence.transfers)[0].amount == 0


def test_a_fee_on_transfer_token_delivers_less_than_its_event_says(eth: Chain) -> None:
    token = eth.deploy("FeeToken")
    evidence = eth.ask(token.send("transfer", eth.account(6), 1000))
    (claimed,) = evidence.transfers
    received = FAMILY.fetch_received
    assert received is not None
    rise = received(eth.network, eth.node, evidence, evidence.transfers)[0].amount
    assert claimed.amount == 1000
    assert rise == 900 == token.call("balanceOf", eth.account(6))


def test_two_honest_transfers_in_one_block_are_told_apart(fresh: Chain) -> None:
    token = fresh.deploy("Erc20", "T", "T", 6, 10**12)
    fresh.anvil.hold()
    first = token.send("transfer", fresh.account(7), 30)
    second = token.send("transfer", fresh.account(7), 12)
    fresh.anvil.mine()
    received = FAMILY.fetch_received
    assert received is not None
    for tx_hash, amount in ((first, 30), (second, 12)):
        evidence = fresh.ask(tx_hash)
        rise = received(fresh.network, fresh.node, evidence, evidence.transfers)
        assert rise[0].amount == amount


def test_a_token_that_answers_false_moves_nothing(eth: Chain) -> None:
    token = eth.deploy("FalseToken")
    evidence = eth.ask(token.send("transfer", eth.account(1), 1000))
    assert evidence.status is TxStatus.CONFIRMED
    assert evidence.transfers == ()


def test_a_zero_value_transfer_from_is_shown_with_nothing(eth: Chain) -> None:
    token = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**12)
    tx_hash = token.send("transferFrom", eth.account(1), eth.account(2), 0, from_=eth.account(9))
    (paid,) = eth.ask(tx_hash).transfers
    assert paid.amount == 0
    assert paid.senders[0].address == eth.account(1), "the log's word, not the poisoner"


def test_an_nft_is_never_an_amount(eth: Chain) -> None:
    art = eth.deploy("Erc721")
    (paid,) = eth.ask(art.send("mint", eth.account(1), 10**20)).transfers
    assert paid.kind is TransferKind.NFT
    assert paid.amount == 1
    assert paid.asset.endswith(f"/{10**20}")
    assert paid.asset.startswith("eip155:1/erc721:0x")
    assert (paid.symbol, paid.decimals, paid.standard) == ("ART", None, "erc721")


def test_items_of_one_batch_have_places_of_their_own(eth: Chain) -> None:
    items = eth.deploy("Erc1155")
    evidence = eth.ask(items.send("batch", eth.account(1), [7, 8], [2, 3]))
    assert [t.amount for t in evidence.transfers] == [2, 3]
    positions = [t.position for t in evidence.transfers]
    assert positions[0].endswith(".0")
    assert positions[1].endswith(".1")
    (single,) = eth.ask(items.send("single", eth.account(1), 9, 4)).transfers
    assert (single.kind, single.amount) == (TransferKind.NFT, 4)
    assert single.asset.endswith("/9")


def test_one_call_that_pays_many_is_a_batch(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    paid_to = [eth.account(n) for n in (2, 3, 4)]
    before = [eth.balance(a) for a in paid_to]
    evidence = eth.ask(payer.send("payMany", paid_to, ETHER, value=3 * ETHER))
    assert [eth.balance(a) - b for a, b in zip(paid_to, before, strict=True)] == [ETHER] * 3
    inner = [t for t in evidence.transfers if t.kind is TransferKind.INTERNAL]
    assert [t.recipient.address for t in inner] == paid_to
    assert all(t.batched for t in inner)
    assert not evidence.transfers[0].batched, "the call's own value went to the contract alone"


def test_tokens_paid_to_many_in_one_call_are_a_batch(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    token = eth.deploy("Erc20", "T", "T", 6, 10**12)
    token.send("approve", payer.address, 10**12)
    to = [eth.account(2), eth.account(3)]
    evidence = eth.ask(payer.send("payManyTokens", token.address, to, 55))
    assert [(t.amount, t.batched) for t in evidence.transfers] == [(55, True), (55, True)]


def test_a_destroyed_contract_pays_what_it_held(eth: Chain) -> None:
    bomb = eth.deploy("Bomb", value=2 * ETHER)
    before = eth.balance(eth.account(8))
    (paid,) = eth.ask(bomb.send("explode", eth.account(8))).transfers
    assert (paid.type, paid.special, paid.kind) == ("self_destruct", True, TransferKind.INTERNAL)
    assert paid.amount == 2 * ETHER == eth.balance(eth.account(8)) - before


def test_the_value_shown_by_a_delegatecall_moved_nowhere(eth: Chain) -> None:
    payer, other = eth.deploy("Payer"), eth.deploy("Payer")
    evidence = eth.ask(payer.send("delegated", other.address, value=ETHER))
    assert [(t.position, t.amount) for t in evidence.transfers] == [("native", ETHER)]
    assert eth.balance(other.address) == 0


def test_a_precompile_before_a_payment_does_not_change_its_place(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    evidence = eth.ask(payer.send("checkAndPay", eth.account(1), ETHER, value=ETHER))
    assert [t.position for t in evidence.transfers] == ["native", "trace:0"]


def test_coin_given_to_a_contract_at_its_creation(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    evidence = eth.ask(payer.send("create", value=ETHER))
    assert [(t.type, t.amount) for t in evidence.transfers] == [
        (None, ETHER),
        ("contract_creation", ETHER),
    ]
    assert eth.balance(evidence.transfers[1].recipient.address or "") == ETHER


def test_wrapping_coin_is_a_token_only_at_the_networks_own_contract(eth: Chain) -> None:
    wrapped = eth.deploy("Wrapped")
    tx_hash = wrapped.send("deposit", value=ETHER)
    assert [t.kind for t in eth.ask(tx_hash).transfers] == [TransferKind.NATIVE]
    listed = eth.network.parameters | {"wrapped_native": wrapped.address}
    row = eth.network.model_copy(update={"parameters": listed})
    coin, token = FAMILY.decode(row, eth.raw(tx_hash)).transfers
    assert (coin.amount, token.amount) == (ETHER, ETHER)
    assert (token.type, token.recipient.address) == ("wrap", eth.account(0))


def test_a_token_from_before_indexed_events_is_read_from_its_data(eth: Chain) -> None:
    token = eth.deploy("OldToken")
    (paid,) = eth.ask(token.send("transfer", eth.account(1), 77)).transfers
    assert (paid.amount, paid.type) == (77, "unindexed_transfer")


def test_a_failed_call_pays_nothing_and_says_why(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    evidence = eth.ask(payer.send("fails", value=ETHER))
    assert evidence.status is TxStatus.FAILED
    assert evidence.failure == "execution reverted: not today"
    (asked,) = evidence.transfers
    assert (asked.amount, asked.requested_amount, asked.succeeded) == (0, ETHER, False)
    assert evidence.fee is not None
    assert evidence.fee.amount > 0


def test_a_failed_token_transfer_names_what_was_asked(eth: Chain) -> None:
    token = eth.deploy("Erc20", "T", "T", 6, 10)
    evidence = eth.ask(token.send("transfer", eth.account(1), 11))
    (asked,) = evidence.transfers
    assert (evidence.status, asked.amount, asked.requested_amount) == (TxStatus.FAILED, 0, 11)
    assert not asked.succeeded


def test_text_beside_the_coin_is_a_remark_and_no_memo(eth: Chain) -> None:
    data = "0x" + b"order 4711".hex()
    evidence = eth.ask(eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=1, data=data))
    assert evidence.transfers[0].memo is None
    assert [n.code for n in evidence.notes] == ["calldata_text"]


def test_classic_rules_before_london_are_read_too() -> None:
    with start_chain("ETC", "--hardfork", "berlin") as etc:
        price = {"gasPrice": 2 * 10**9}
        tx_hash = etc.anvil.send(from_=etc.account(0), to=etc.account(1), value=ETHER, **price)
        evidence = etc.ask(tx_hash)
        assert evidence.required_confirmations == 3500
        assert (evidence.confirmations, evidence.final) == (1, False)
        assert evidence.fee is not None
        assert evidence.fee.amount == 21_000 * 2 * 10**9
        FAMILY.verify and FAMILY.verify(etc.network, etc.raw(tx_hash), evidence)
        etc.anvil.mine(3499)
        assert etc.ask(tx_hash).final
        cost = FAMILY.fetch_cost(etc.network, etc.node, evidence.transfers[0])
        assert sum(line.amount for line in cost.lines) > 0


@pytest.mark.parametrize("kind", ["0x0", "0x1", "0x2"])
def test_the_hash_is_recomputed_for_each_type(eth: Chain, kind: str) -> None:
    price = hex(3 * 10**9)
    seen = [{"address": eth.account(2), "storageKeys": ["0x" + "0" * 64]}]
    by_type: dict[str, dict[str, Any]] = {
        "0x0": {"gasPrice": price},
        "0x1": {"gasPrice": price, "accessList": seen},
        "0x2": {},
    }
    fields = by_type[kind]
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=5, **fields)
    raw = eth.raw(tx_hash)
    assert raw.answers["tx"]["type"] == kind
    assert FAMILY.verify is not None
    FAMILY.verify(eth.network, raw, FAMILY.decode(eth.network, raw))


def test_no_gap_is_left_where_traces_were_answered(eth: Chain) -> None:
    payer = eth.deploy("Payer")
    evidence = eth.ask(payer.send("nothing", value=1))
    assert Gap.INTERNAL_TRANSFERS not in evidence.gaps


def test_a_polygon_node_without_the_system_logs_is_asked_for_traces() -> None:
    with start_chain("POL") as pol:
        payer = pol.deploy("Payer", value=0)
        evidence = pol.ask(payer.send("payMany", [pol.account(3)], ETHER, value=ETHER))
    assert [t.position for t in evidence.transfers] == ["native", "trace:0"]
