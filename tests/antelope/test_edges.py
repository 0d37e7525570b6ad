"""One step beside the form: packed lengths, unknown words, and who pays through the swap contract."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from antelope import packed

from recovery.chains.antelope.actions import Action, read_payment
from recovery.chains.antelope.decode import decode
from recovery.chains.antelope.family import FAMILY
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.demo.fixtures import load_fixtures
from recovery.errors import Garbled
from recovery.model import Evidence, Gap, TransferKind
from recovery.networks import Network

Look = Callable[[str], RawTx]
US = "exchangeacct"


@pytest.fixture
def look(serve: Callable[..., Node], row: Network) -> Look:
    """The answers behind a story, to be changed and decoded."""
    stories = {f.name: f for f in load_fixtures(network="EOS")}

    def ask(name: str) -> RawTx:
        told = stories[f"EOS/{name}"]
        listed = [e.model_dump(by_alias=True, exclude_unset=True) for e in told.exchanges]
        (raw,) = FAMILY.fetch(row, serve(listed, told.api), [told.tx_hash.lower()])
        assert isinstance(raw, RawTx), raw
        return replace(raw, answers=copy.deepcopy(raw.answers))

    return ask


def _packed(data: bytes) -> Action:
    return Action("core.vaulta", "transfer", data, ("alice",), (1,), False)


_HEAD = packed.name("alice") + packed.name(US) + packed.asset("2.5000 A")


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 300])
def test_a_text_of_any_length_is_read_whole(size: int) -> None:
    payment = read_payment(_packed(packed.transfer("alice", US, "2.5000 A", "m" * size)))
    assert payment is not None
    assert payment.memo == "m" * size


@pytest.mark.parametrize(
    "tail",
    [b"\x80", b"\x80" * 4, b"\x80" * 5 + b"m", b"\x80" * 6 + b"m", b"\x02m", b"\x01mm", b"\x01"],
    ids=["cut", "cut-later", "five-bytes", "six-bytes", "too-long", "too-short", "no-text"],
)
def test_a_length_that_ends_nowhere_or_elsewhere_makes_no_payment(tail: bytes) -> None:
    assert read_payment(_packed(_HEAD + tail)) is None


def test_a_word_for_how_it_ended_that_nobody_knows_is_refused(row: Network, look: Look) -> None:
    raw = look("native-by-nodeos")
    raw.answers["block"]["transaction"]["status"] = "perhaps"
    raw.answers["trace"].pop("status", None)
    with pytest.raises(Garbled, match="a status that is not known: 'perhaps'"):
        decode(row, raw)
    raw.answers["block"]["transaction"]["status"] = "w" * 300
    with pytest.raises(Garbled) as refused:
        decode(row, raw)
    assert "w" * 38 in refused.value.text
    assert "w" * 41 not in refused.value.text


# -- the swap contract ---------------------------------------------------------------------------


def _swap(look: Look, row: Network, change: Callable[[list[Any]], None]) -> Evidence:
    raw = look("swap-pays-us")
    change(raw.answers["tx"]["actions"])
    return decode(row, raw)


def _payers(evidence: Evidence) -> list[list[str | None]]:
    return [[p.address for p in t.senders] for t in evidence.transfers if t.recipient.address == US]


def test_a_swap_is_known_by_its_own_action_alone(look: Look, row: Network) -> None:
    def drop_the_inner_payment(actions: list[Any]) -> None:
        del actions[1]

    assert _payers(_swap(look, row, drop_the_inner_payment)) == [["alice"]]


@pytest.mark.parametrize(
    ("token", "paid", "pays"),
    [("eosio.token", "4.0000 EOS", "alice"), ("core.vaulta", "4.0000 A", "alice"),
     ("faketokens11", "4.0000 EOS", "core.vaulta")],
    ids=["eos", "a", "a-strangers-token"],
)  # fmt: skip
def test_who_paid_either_coin_to_the_contract_swapped(
    look: Look, row: Network, token: str, paid: str, pays: str
) -> None:
    def leave_the_payment_alone(actions: list[Any]) -> None:
        del actions[0]
        act = actions[0]["act"]
        act["account"] = token
        act["data"] |= {"quantity": paid, "symbol": paid.partition(" ")[2]}
        actions[0]["receipts"][0]["receiver"] = token

    assert _payers(_swap(look, row, leave_the_payment_alone)) == [[pays]]


def test_who_lends_the_resources_of_a_swap_does_not_pay_it(look: Look, row: Network) -> None:
    """The first who authorises lends time and bandwidth; the coins are those of the payer named."""

    def lend(actions: list[Any]) -> None:
        del actions[0]
        lender = {"actor": "greymassfuel", "permission": "cosign"}
        actions[0]["act"]["authorization"].insert(0, lender)

    assert _payers(_swap(look, row, lend)) == [["alice"]]


def test_two_who_swapped_at_once_leave_the_payer_open(look: Look, row: Network) -> None:
    def another(actions: list[Any]) -> None:
        actions[0]["act"]["authorization"][0]["actor"] = "bob"

    evidence = _swap(look, row, another)
    assert _payers(evidence) == [[]]
    assert Gap.SENDERS in evidence.gaps


def test_what_the_system_earned_and_pays_out_is_a_reward(look: Look, row: Network) -> None:
    for sender, kind in (
        ("eosio.bpay", TransferKind.REWARD),
        ("eosio.vpay", TransferKind.REWARD),
        ("alice", TransferKind.NATIVE),
    ):
        raw = look("native-a-with-memo")
        for action in raw.answers["tx"]["actions"]:
            action["act"]["data"]["from"] = sender
        (transfer,) = decode(row, raw).transfers
        assert transfer.kind is kind
        assert transfer.special is (kind is TransferKind.REWARD)
