"""Lists that are asked at every step: senders, co-inputs, the fee's payer, and where a return goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases.factories import (
    AT,
    ETH,
    RETURN_TO,
    make_check,
    make_verdict,
)
from classify.world import NOW, World, open_exchange
from nodes.evm import Chain
from outer.desk import Desk, fresh_address

from recovery.cases import desk as use_cases
from recovery.cases.table import Role, State
from recovery.cases.values import Case
from recovery.claimantview import print_for_claimant
from recovery.classify.verdict import Cause, Recoverability
from recovery.errors import BadInput, NotAllowed
from recovery.records.importer import import_csv
from recovery.store import Store

# -- who sent it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tainted", ["first", "second", "third"])
def test_one_listed_input_among_many_holds_the_deposit(tainted: str) -> None:
    world = open_exchange()
    world.list_asset("bip122:000000000019d6689c085ae165831e93/slip44:0", "BTC", network="BTC")
    world.give("alice-btc", "alice", network="BTC")
    world.screen(tainted, network="BTC")
    paid = world.pay("alice-btc", network="BTC", senders=("first", "second", "third"))
    verdict = world.verdict(world.look(paid, network="BTC"))
    assert (verdict.cause, verdict.recoverability) == (Cause.TAINTED_SOURCE, Recoverability.HOLD)
    assert verdict.holder is None, "nobody's consent lifts it"


def test_the_payer_of_the_fee_is_screened_where_a_contract_stands_between() -> None:
    world = open_exchange()
    world.give("alice-eth", "alice")
    world.screen("puppeteer")
    paid = world.pay("alice-eth", senders=("some-contract",))
    assert world.verdict(world.look(paid, payer="puppeteer")).cause is Cause.TAINTED_SOURCE
    assert world.verdict(world.look(paid, payer="somebody")).cause is not Cause.TAINTED_SOURCE


def test_a_key_is_listed_on_every_network_that_shares_it(store: Store, tmp_path: Path) -> None:
    """Listed on TRX, found on ETH: twenty bytes are one key."""
    from recovery.chains.codecs import parse_address
    from recovery.networks import load_registry
    from recovery.records.book import Book

    row = load_registry()[ETH]
    key = parse_address(row, RETURN_TO).key
    path = tmp_path / "screening.csv"
    tron = spell_tron(key.payload)
    path.write_text(f"network,address,list\nTRX,{tron},OFAC\n", "utf-8")
    import_csv(store, "screening", path, actor="boss")
    for code in ("ETH", "BSC", "POL", "BASE", "TRX"):
        network = load_registry()[code].code
        assert (network, key) in Book(store).find_screened([(network, key)])


def spell_tron(payload: bytes) -> str:
    from base58_bech32.base58 import b58encode_check

    return b58encode_check(b"\x41" + payload).decode()


@pytest.mark.parametrize("status", ["frozen", "kyc_pending", "travel_rule_pending"])
@pytest.mark.parametrize("whose", ["alice", "mallory"])
def test_a_flag_on_owner_or_claimant_holds(status: str, whose: str) -> None:
    world = open_exchange()
    world.give("alice-eth", "alice")
    world.account(whose, status)
    verdict = world.verdict(world.look(world.pay("alice-eth")), user=whose)
    assert verdict.recoverability is Recoverability.HOLD


def test_a_consent_lifts_no_other_hold(world: World) -> None:
    from dataclasses import replace

    from recovery.classify.decide import judge
    from recovery.classify.facts import HolderConsent

    world.give("harald-eth", "harald")
    evidence = world.look(world.pay("harald-eth"))
    (facts,) = world.facts(world.subject(evidence, user="carla"))
    transfer = evidence.transfers[0]
    consent = HolderConsent("harald", "carla", transfer.position, transfer.asset, transfer.amount)
    told = replace(facts[0], consent=consent)
    (verdict,) = judge([told])
    assert (verdict.cause, verdict.recoverability) == (
        Cause.CLAIMANT_MISMATCH,
        Recoverability.CONDITIONAL,
    )
    assert verdict.user == "carla"
    for wrong in (
        replace(consent, holder="hans"),
        replace(consent, claimant="karl"),
        replace(consent, amount=transfer.amount + 1),
        replace(consent, position="at:9"),
        replace(consent, asset=transfer.asset + "x"),  # type: ignore[arg-type]  # another id
    ):
        (held,) = judge([replace(facts[0], consent=wrong)])
        assert held.recoverability is Recoverability.HOLD, wrong
    world.screen("stranger")
    (facts,) = world.facts(world.subject(evidence, user="carla"))
    (tainted,) = judge([replace(facts[0], consent=consent)])
    assert (tainted.cause, tainted.recoverability) == (
        Cause.TAINTED_SOURCE,
        Recoverability.HOLD,
    )


def test_what_was_booked_to_the_holder_stays_held_for_other_reasons_in_spite_of_consent(
    world: World,
) -> None:
    from dataclasses import replace

    from recovery.classify.decide import judge
    from recovery.classify.facts import HolderConsent

    world.give("harald-eth", "harald")
    evidence = world.look(world.pay("harald-eth"))
    world.credit(evidence, "harald")
    transfer = evidence.transfers[0]
    consent = HolderConsent("harald", "carla", transfer.position, transfer.asset, transfer.amount)
    for status, left in (
        ("active", Recoverability.CONDITIONAL),
        ("frozen", Recoverability.HOLD),
    ):
        world.account("carla", status)
        (facts,) = world.facts(world.subject(evidence, user="carla"))
        (verdict,) = judge([replace(facts[0], consent=consent)])
        assert verdict.recoverability is left
        assert verdict.cause is Cause.ADDRESS_OF_OTHER_USER
    assert world.now == NOW


@pytest.fixture
def world() -> World:
    return open_exchange()


# -- where a return goes -------------------------------------------------------------------------


def listed(store: Store, folder: Path, address: str = RETURN_TO) -> None:
    path = folder / "screening.csv"
    path.write_text(f"network,address,list,reason\nBSC,{address},OFAC,theft\n", "utf-8")
    import_csv(store, "screening", path, actor="boss")


def ours(store: Store, folder: Path, row: str) -> None:
    path = folder / "addresses.csv"
    path.write_text(f"network,address,role,user\n{row}\n", "utf-8")
    import_csv(store, "addresses", path, actor="boss")


def quoted(store: Store) -> Case:
    return use_cases.open_claim(store, make_check(), actor="olga", at=AT)[0]


def accept(store: Store, case: Case) -> Case:
    return use_cases.accept(store, case.id, actor="alice", return_to=RETURN_TO, at=AT)


def test_a_listed_return_address_is_held_when_the_quote_is_accepted(
    store: Store, tmp_path: Path
) -> None:
    case = quoted(store)
    listed(store, tmp_path)
    held = accept(store, case)
    assert (held.state, held.accepted_at, held.return_to) == (State.HELD, None, RETURN_TO)
    last = held.trail[-1]
    assert (last.actor, last.detail["code"]) == ("desk", "return_address_screened")
    assert "OFAC" in last.detail["reason"]
    document = print_for_claimant(held)
    assert document["cause"] == "under_review"
    assert "OFAC" not in str(document)
    assert held.holds_transfer


def test_a_list_that_grew_after_the_acceptance_holds_at_the_next_signature(
    store: Store, tmp_path: Path
) -> None:
    case = accept(store, quoted(store))
    check = make_check()

    def sign(role: Role, actor: str) -> Case:
        return use_cases.sign(
            store, case.id, role=role, actor=actor, recheck=lambda _: check, at=AT
        )

    assert sign(Role.WALLET, "walt").signatures
    listed(store, tmp_path)
    with pytest.raises(NotAllowed) as refused:
        sign(Role.CLEARING, "clara")
    assert refused.value.reference == "return-address-held"
    after = use_cases.load_case(store, case.id)
    assert (after.state, after.signatures) == (State.HELD, ())
    reopened = use_cases.reopen(store, case.id, reason="look", actor="sonja", at=AT)
    (again,) = use_cases.apply_check(store, reopened.id, make_check(), at=AT)
    assert again.state is State.IN_SIGN_OFF
    with pytest.raises(NotAllowed):
        sign(Role.WALLET, "walt")


def test_a_sender_listed_after_the_quote_stops_the_signature(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "alice")
    sender = eth.account(0)
    tx_hash = eth.anvil.send(from_=sender, to=address, value=10**17)
    eth.anvil.mine(3)
    case = desk.done("open", tx_hash, "--user", "alice", "--actor", "olga")
    assert case["state"] == "in_sign_off"
    desk.load("screening", "network,address,list", ["POL", sender, "OFAC"])
    told = desk.run("sign", case["id"], "--role", "clearing", "--actor", "clara")
    assert (told.code, told.doc["error"]["reference"]) == (1, "evidence-changed")
    held = desk.done("reopen", case["id"], "--reason", "again", "--actor", "rita")
    assert (held["state"], held["queue"]) == ("held", "security")
    assert held["check"]["verdicts"][0]["cause"] == "tainted_source"


@pytest.mark.parametrize(
    "row", [f"ETH,{RETURN_TO},deposit,harald", f"BSC,{RETURN_TO},hot,", f"ETH,{RETURN_TO},shared,"]
)
def test_a_return_to_an_address_of_ours_that_is_not_the_customers_goes_to_security(
    row: str, store: Store, tmp_path: Path
) -> None:
    case = quoted(store)
    ours(store, tmp_path, row)
    held = accept(store, case)
    assert held.state is State.HELD
    assert held.trail[-1].detail["code"] == "return_address_ours"
    assert "harald" not in str(print_for_claimant(held))


def test_a_return_to_ones_own_deposit_address_is_told_and_stores_nothing(
    store: Store, tmp_path: Path
) -> None:
    case = quoted(store)
    ours(store, tmp_path, f"ETH,{RETURN_TO},deposit,alice")
    with pytest.raises(BadInput) as refused:
        accept(store, case)
    assert refused.value.reference == "return-to-ours"
    assert use_cases.load_case(store, case.id) == case


def test_a_hold_has_no_way_around_by_claiming_again(store: Store, tmp_path: Path) -> None:
    case = quoted(store)
    listed(store, tmp_path)
    held = accept(store, case)
    again = use_cases.open_claim(
        store, make_check(make_verdict()), actor="olga", return_to=RETURN_TO, at=AT
    )
    assert [c.id for c in again] == [held.id]
    assert again[0].state is State.HELD
    with pytest.raises(NotAllowed):
        accept(store, held)
    with pytest.raises(NotAllowed):
        use_cases.withdraw(store, held.id, actor="alice", at=AT)
