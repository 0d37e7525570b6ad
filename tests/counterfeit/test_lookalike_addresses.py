"""Addresses that are made to be mistaken for another, and dust that is sent to be seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from classify.world import World, address_of, key_of, open_exchange
from nodes.evm import Chain
from outer.desk import Desk, fresh_address

from recovery.classify.verdict import Cause, Verdict
from recovery.model import AddressKey, Party, Transfer

ETHER = 10**18


def like(name: str, *, change: int) -> Party:
    """Another key whose address differs from that name's in some middle digits."""
    payload = bytearray(key_of(name).payload)
    for place in range(change):
        payload[8 + place] ^= 0x01
    key = AddressKey("evm", bytes(payload))
    return Party(f"0x{key.payload.hex()}", key)


def sent_by(transfer: Transfer, party: Party) -> Transfer:
    return replace(transfer, senders=(party,))


def notes(verdict: Verdict) -> dict[str, str]:
    return {n.code: n.text for n in verdict.notes}


@pytest.mark.parametrize(("change", "words"), [(1, "one character"), (2, "2 characters")])
def test_a_slip_of_one_or_two_letters_of_ones_own_address_is_said(
    world: World, change: int, words: str
) -> None:
    transfer = replace(world.pay("nobody"), recipient=like("alice", change=change))
    verdict = world.verdict(world.look(transfer), user="alice")
    assert verdict.cause is Cause.ADDRESS_NOT_OURS
    text = notes(verdict)["look_alike"]
    assert f"differs from an address of the claimant's own on ETH in {words}" in text
    assert address_of("alice") not in text, "the claimant's own address stands in the records"


def test_an_address_with_the_same_ends_as_ones_own_is_said_to_be_made_so(world: World) -> None:
    transfer = replace(world.pay("nobody"), recipient=like("alice", change=8))
    text = notes(world.verdict(world.look(transfer), user="alice"))["look_alike"]
    assert "begins and ends like an address of the claimant's own" in text


def test_an_address_on_another_network_is_compared_too(world: World) -> None:
    world.give("carol-bsc", "carol", network="BSC")
    transfer = replace(world.pay("nobody"), recipient=like("carol-bsc", change=1))
    verdict = world.verdict(world.look(transfer), user="carol")
    assert "claimant's own on BSC" in notes(verdict)["look_alike"]


def test_nothing_is_compared_with_another_customers_addresses(world: World) -> None:
    """Or a stranger could fish for addresses of ours by paying near ones."""
    transfer = replace(world.pay("nobody"), recipient=like("alice", change=1))
    for claim in ({"user": "bob"}, {}):
        verdict = world.verdict(world.look(transfer), **claim)
        assert (verdict.cause, verdict.notes) == (Cause.ADDRESS_NOT_OURS, ())
    assert "addresses_of" in world.lookups
    assert "alice" not in str(world.verdict(world.look(transfer), user="bob"))


def test_an_unlike_address_is_not_said_to_be_like(world: World) -> None:
    assert world.verdict(world.look(world.pay("nobody")), user="alice").notes == ()


@pytest.mark.parametrize("amount", [0, 1])
def test_dust_from_the_double_of_a_withdrawal_address_is_poisoning(amount: int) -> None:
    world = open_exchange()
    world.withdraw("alice", "alices-wallet")
    dust = sent_by(world.pay("alice", amount, network="ETH"), like("alices-wallet", change=9))
    coin = world.look(dust)
    verdict = world.verdict(coin, user="alice")
    if verdict.cause is not Cause.DUST_OR_POISONING:  # one wei is no dust by the chain's own rule
        assert amount == 1
        world.price(coin.transfers[0].asset, "2000")
        verdict = world.verdict(coin, user="alice")
    assert verdict.cause is Cause.DUST_OR_POISONING
    if amount == 0:
        text = notes(verdict)["look_alike_sender"]
        assert "begins and ends like an address that the claimant has withdrawn to" in text


def test_dust_from_the_double_of_ones_own_deposit_address_is_poisoning(world: World) -> None:
    dust = sent_by(world.pay("alice", 0), like("alice", change=6))
    text = notes(world.verdict(world.look(dust)))["look_alike_sender"]
    assert "claimant's own on ETH" in text


def test_dust_of_a_plain_stranger_is_dust_and_no_more(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 0)))
    assert (verdict.cause, notes(verdict)) == (Cause.DUST_OR_POISONING, {})


def test_an_honest_payment_asks_for_nobodys_addresses(world: World) -> None:
    """Looking them up costs a question; the ordinary claim has no need of it."""
    assert world.verdict(world.look(world.pay("alice")), user="alice").cause is not None
    assert "addresses_of" not in world.lookups
    assert "withdrawals_of" not in world.lookups


def test_a_poisoned_history_on_a_real_node(desk: Desk, eth: Chain) -> None:
    """Zero tokens "sent" from the double of the customer's own wallet, as address poisoners do."""
    desk.join(eth)
    address, wallet = fresh_address(), fresh_address()
    double = wallet[:8] + "0123456789abcdef0123456789" + wallet[-8:]
    desk.issue("ETH", address, "ulla")
    columns = "network,tx_hash,user,asset,amount,destination,sent_at"
    row = ["ETH", "0x" + "11" * 32, "ulla", "native", ETHER, wallet, "2026-01-01T00:00:00Z"]
    desk.load("withdrawals", columns, row)
    token = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**30)
    contract = _checksum(token.address)
    desk.list_asset("ETH", f"eip155:1/erc20:{contract}", "USDT", decimals=6)
    eth.anvil.rpc("anvil_setBalance", double, hex(ETHER))
    eth.anvil.rpc("anvil_impersonateAccount", double)
    tx_hash = token.send("transfer", address, 0, from_=double)
    eth.anvil.mine(3)
    told = desk.run("check", tx_hash, "--user", "ulla")
    assert (told.cause, told.verdict["recoverability"]) == ("dust_or_poisoning", "unrecoverable")
    (note,) = [n for n in told.verdict["notes"] if n["code"] == "look_alike_sender"]
    assert "has withdrawn to" in note["text"]


def test_a_look_alike_token_on_a_real_node_is_spelled_out_to_people(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    honest = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**30)
    desk.list_asset("ETH", f"eip155:1/erc20:{_checksum(honest.address)}", "USDT", decimals=6)
    fake = eth.deploy("Erc20", "T\u0435ther USD", "\u202eT\u200bD\u0405U", 6, 10**30)
    tx_hash = fake.send("transfer", address, 10**12)
    eth.anvil.mine(3)
    told = desk.run("check", tx_hash, "--user", "ulla")
    assert (told.cause, told.verdict["quote"]) == ("counterfeit_token", None)
    person = desk.run("check", tx_hash, json_=False).out
    assert r"U\u0405DT, T\u0435ther USD" in person, "as a wallet shows it, letter by letter"


def _checksum(address: str) -> Any:
    from recovery.chains.evm.codec import checksum_address

    return checksum_address(bytes.fromhex(address[2:]))
