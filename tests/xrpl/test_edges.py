"""XRP Ledger's serialisation and names, on both sides of every edge."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from recovery.chains.xrpl.amounts import Coin, Money
from recovery.chains.xrpl.changes import Change, Changes, Node, _mptoken, _step
from recovery.chains.xrpl.serial import _header, _length
from recovery.chains.xrpl.transfers import Deal, snake_case
from recovery.model import AddressKey, Party
from recovery.networks import load_registry


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "00"),
        (192, "c0"),
        (193, "c100"),
        (448, "c1ff"),
        (449, "c200"),
        (12_480, "f0ff"),
        (12_481, "f10000"),
        (12_736, "f100ff"),
        (12_737, "f10100"),
        (78_017, "f20000"),
        (918_744, "fed417"),
    ],
)
def test_a_length_is_written_in_one_two_or_three_bytes(size: int, written: str) -> None:
    """The length prefixes of the serialisation format: up to 192, 12480 and 918744 bytes."""
    data = bytes(size)
    assert _length(data) == bytes.fromhex(written) + data


@pytest.mark.parametrize(
    ("kind", "code", "written"),
    [
        (1, 2, "12"),
        (15, 15, "ff"),
        (1, 16, "1010"),
        (16, 1, "0110"),
        (16, 15, "0f10"),
        (16, 16, "001010"),
        (19, 255, "0013ff"),
    ],
)
def test_a_fields_id_is_written_in_one_two_or_three_bytes(
    kind: int, code: int, written: str
) -> None:
    assert _header(kind, code).hex() == written


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Payment", "payment"),
        ("AccountDelete", "account_delete"),
        ("NFTokenAcceptOffer", "nftoken_accept_offer"),
        ("MPTokenIssuanceCreate", "mptoken_issuance_create"),
        ("XChainCommit", "xchain_commit"),
        ("AMMWithdraw", "amm_withdraw"),
        ("DIDSet", "did_set"),
        ("UNLModify", "unl_modify"),
    ],
)
def test_a_type_of_transaction_is_told_in_small_letters(name: str, told: str) -> None:
    assert snake_case(name) == told


@pytest.mark.parametrize(
    ("size", "step"),
    [("0", "0"), ("1", "1E-14"), ("9.99", "1E-14"), ("123.4", "1E-12"), ("0.05", "1E-16")],
)
def test_a_balance_is_known_to_its_fifteenth_digit(size: str, step: str) -> None:
    assert _step(Decimal(size)) == Decimal(step)


def test_nothing_of_an_issued_currency_is_decimal_and_of_all_others_a_whole_number() -> None:
    issued = Coin(code="USD", issuer=bytes(20)).nothing
    assert (issued, type(issued)) == (0, Decimal)
    for coin in (Coin(), Coin(mpt="00" * 24)):
        assert (coin.nothing, type(coin.nothing)) == (0, int)


class _Told(Deal):
    """A payment to an issuer; of each transfer only place, amount and coin are kept."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self.told = set()

    def _transfer(self, position: str, money: Money, to: Party, *, requested: Any) -> Any:
        return position, money.amount, money.coin.issuer


def test_an_issuer_is_paid_by_debts_that_vanish_and_by_what_others_issued() -> None:
    issuer, other = bytes(range(20)), bytes(20)
    own, theirs = Coin("USD", issuer), Coin("USD", other)
    changes = Changes(
        holdings=(
            Change(4, issuer, theirs, 7),
            Change(3, issuer, theirs, 2),
            Change(3, other, theirs, 9),
            Change(5, issuer, Coin("EUR", other), 9),
            Change(6, issuer, theirs, -9),
        ),
        redeemed=(Change(3, issuer, own, 5), Change(8, issuer, Coin("EUR", issuer), 9)),
        moved=(),
        locked=0,
    )
    to = Party("an issuer", AddressKey("xrpl", issuer))
    told: list[Any] = list(_Told(changes)._taken_by_issuer(to, Money(own, 5)))
    assert told == [("event:3", 5, issuer), ("event:4", 7, other), ("event:3.1", 2, other)]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"LockedAmount": "5"}, {}, None),
        ({"LockedAmount": "5"}, {"MPTAmount": "7"}, None),
        ({"MPTAmount": "4"}, {"MPTAmount": "7"}, 3),
        ({"MPTAmount": "4"}, {}, -4),
        ({}, {"MPTAmount": "7"}, 7),
        ({}, {"MPTAmount": "7", "LockedAmount": "5"}, None),
    ],
    ids=["unlocked-of-nothing", "unlocked", "rose", "gone", "from-nothing", "something-else"],
)
def test_an_mpt_holding_of_which_nothing_is_said_is_nothing(
    before: dict[str, str], after: dict[str, str], change: int | None
) -> None:
    """A zero amount is left out of the entry, before and after."""
    network = load_registry()["XRP"]
    entry = {"MPTokenIssuanceID": "AB" * 24, "Account": "rrrrrrrrrrrrrrrrrrrrrhoLvTp"}
    node = Node(3, "ModifiedNode", "MPToken", "CD" * 32, entry | after, before)
    assert [c.amount for c in _mptoken(network, node)] == ([] if change is None else [change])
