"""Which proof fits which sender, and when none may be taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from recovery.classify.verdict import Cause
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.proofs.choice import Choice, choose
from recovery.proofs.requests import Means, Sender
from recovery.proofs.schemes import SCHEMES_OF


def sender(name: str, scheme: str = "p2wpkh") -> Sender:
    return Sender(name, AddressKey(scheme, name.encode()))


def chosen(
    *senders: Sender | None,
    family: str = "utxo",
    cause: Cause = Cause.MEMO_MISSING,
    hidden: bool = False,
    own: Collection[AddressKey] = (),
    exchanges: Mapping[AddressKey, str] | None = None,
    many_users: Collection[AddressKey] = (),
    site: str | None = None,
) -> Choice:
    return choose(
        senders,
        family=family,
        cause=cause,
        at_most=3,
        hidden=hidden,
        own=own,
        exchanges=exchanges,
        many_users=many_users,
        site=site,
    )


def test_a_key_of_ones_own_signs_or_sends() -> None:
    (way,) = chosen(sender("a")).ways
    assert way.means == (Means.SIGNATURE, Means.DEPOSIT)
    assert way.schemes == SCHEMES_OF["utxo"]
    assert way.shared is None


def test_every_distinct_sender_is_proven_and_one_named_twice_once() -> None:
    found = chosen(sender("a"), sender("b"), sender("a"))
    assert [w.sender.address for w in found.ways] == ["a", "b"]


@pytest.mark.parametrize(
    ("senders", "code"),
    [
        ((), "senders_unknown"),
        ((None,), "senders_unknown"),
        ((sender("a"), None), "senders_unknown"),
        (tuple(sender(c) for c in "abcd"), "too_many_senders"),
    ],
)
def test_what_cannot_be_proven_is_a_reviewers(
    senders: tuple[Sender | None, ...], code: str
) -> None:
    found = chosen(*senders)
    assert found.ways == ()
    assert found.review is not None
    assert found.review.code == code


def test_hidden_senders_are_not_proven_by_those_who_show() -> None:
    found = chosen(sender("a"), hidden=True)
    assert found.review is not None
    assert found.review.code == "senders_unknown"


def test_one_own_address_among_the_senders_ends_it() -> None:
    found = chosen(sender("a"), sender("b"), own={sender("b").key})
    assert found.review is not None
    assert found.review.code == "sender_not_eligible"
    assert "ours" not in found.review.text


def test_an_exchange_sends_and_never_signs() -> None:
    (way,) = chosen(sender("a"), exchanges={sender("a").key: "Kraken"}).ways
    assert way.means == (Means.DEPOSIT,)
    assert way.shared is not None
    assert way.shared.code == "exchange_withdrawal_record"
    assert way.note is not None
    assert "Kraken" not in way.note.text


def test_where_other_customers_withdrew_to_may_be_an_exchange_too() -> None:
    (way,) = chosen(sender("a"), many_users={sender("a").key}).ways
    assert way.shared is not None
    assert way.shared.code == "sender_of_many_users"


def test_our_own_wallet_as_the_recipient_asks_for_a_strong_proof() -> None:
    (way,) = chosen(sender("a"), cause=Cause.SENT_TO_HOT_WALLET).ways
    assert way.shared is not None
    assert way.shared.code == "strong_proof"


@pytest.mark.parametrize(
    ("family", "scheme"),
    [
        ("utxo", "p2wsh"),
        ("utxo", "p2sh32"),
        ("cardano", "cardano-script"),
        ("antelope", "antelope"),
    ],
)
def test_what_holds_no_signing_key_sends(family: str, scheme: str) -> None:
    (way,) = chosen(sender("a", scheme), family=family).ways
    assert (way.means, way.schemes) == ((Means.DEPOSIT,), ())


def test_a_script_without_an_address_sends() -> None:
    (way,) = chosen(Sender(None, AddressKey("p2pk", b"a"))).ways
    assert way.means == (Means.DEPOSIT,)


def test_a_tezos_contract_sends_and_an_account_signs() -> None:
    contract = Sender("KT1", AddressKey("tezos", b"\x01" + bytes(21)))
    account = Sender("tz1", AddressKey("tezos", bytes(22)))
    assert chosen(contract, family="tezos").ways[0].means == (Means.DEPOSIT,)
    assert Means.SIGNATURE in chosen(account, family="tezos").ways[0].means


def test_ton_proof_is_offered_only_where_the_text_names_a_site() -> None:
    ton = sender("a", "ton")
    assert "ton_proof" not in chosen(ton, family="ton").ways[0].schemes
    assert "ton_proof" in chosen(ton, family="ton", site="help.example").ways[0].schemes


@pytest.mark.parametrize("network", list(load_registry()), ids=lambda n: str(n.code))
def test_every_network_has_a_way_for_an_ordinary_account(network: object) -> None:
    family = network.family  # type: ignore[attr-defined]
    (way,) = chosen(sender("a", "account"), family=family).ways
    assert way.means
    assert bool(way.schemes) == (family in SCHEMES_OF)
