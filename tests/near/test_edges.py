"""NEAR's names and the words of its token contracts, on both sides of their edges."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from recovery.chains.codecs import parse_address
from recovery.chains.near.answer import Answer, Outcome
from recovery.chains.near.moves import Walk
from recovery.chains.near.tokens import Unreadable, read_events, read_metadata
from recovery.errors import BadInput
from recovery.model import AssetId, Party, Transfer, TransferKind
from recovery.networks import load_registry

MOST = 2**128 - 1
"""NEP-141: amounts are unsigned integers of 128 bits."""


@pytest.mark.parametrize(
    ("text", "form", "scheme"),
    [
        ("alice.near", "named", "near"),
        ("ab", "named", "near"),
        ("a" * 59 + ".near", "named", "near"),
        ("11" * 32, "implicit", "ed25519"),
        ("0x" + "ab" * 20, "eth-implicit", "evm"),
        ("0s" + "ab" * 20, "deterministic", "near"),
    ],
)
def test_an_account_id_has_one_of_four_forms_and_never_a_checksum(
    text: str, form: str, scheme: str
) -> None:
    address = parse_address(load_registry()["NEAR"], text)
    assert address.key is not None
    assert (address.form, address.key.scheme, address.unchecked) == (form, scheme, True)
    assert address.text == text


@pytest.mark.parametrize(
    "text", ["a", "a" * 60 + ".near", "Alice.near", "a..near", ".near", "a__b.near", "b" * 32]
)
def test_what_the_protocol_lets_nobody_be_called_is_no_account(text: str) -> None:
    with pytest.raises(BadInput):
        parse_address(load_registry()["NEAR"], text)


def answered(value: Any) -> dict[str, Any]:
    text = value if isinstance(value, str) else json.dumps(value)
    return {"result": list(text.encode())}


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (answered({"symbol": "USDt", "decimals": 6}), ("USDt", 6)),
        (answered({"symbol": "USDt", "decimals": 0}), ("USDt", 0)),
        (answered({"symbol": "USDt", "decimals": 255}), ("USDt", 255)),
        (answered({"symbol": "USDt", "decimals": 256}), ("USDt", None)),
        (answered({"symbol": "USDt", "decimals": -1}), ("USDt", None)),
        (answered({"symbol": "USDt", "decimals": True}), ("USDt", None)),
        (answered({"symbol": "USDt", "decimals": "6"}), ("USDt", None)),
        (answered({"symbol": "s" * 65, "decimals": 6}), ("s" * 64, 6)),
        (answered({"symbol": "", "decimals": 6}), (None, 6)),
        (answered("no json"), (None, None)),
        (answered([1]), (None, None)),
        ({"result": [0, 255]}, (None, None)),
        ({"result": [256]}, (None, None)),
        ({"result": [True]}, (None, None)),
        ({"result": "x"}, (None, None)),
        ("x", (None, None)),
    ],
)
def test_what_a_token_calls_itself_is_empty_where_it_can_not_be_read(told: Any, read: Any) -> None:
    assert read_metadata(told) == read


def log(standard: str, name: str, *items: Any) -> str:
    return "EVENT_JSON:" + json.dumps({"standard": standard, "event": name, "data": list(items)})


def moved(amount: Any) -> dict[str, Any]:
    return {"old_owner_id": "alice.near", "new_owner_id": "bob.near", "amount": amount}


def test_every_event_of_a_receipt_is_read_whatever_stands_between() -> None:
    logs = (
        "plain words", "EVENT_JSON:no json", "EVENT_JSON:[1]", log("nep999", "ft_transfer", moved("1")),
        log("nep141", "ft_burn", moved("2")), log("nep141", "ft_transfer", moved("3"), moved("4")),
        log("nep141", "ft_transfer", moved(str(MOST))),
    )  # fmt: skip
    said = list(read_events(logs))
    assert [(s.place, s.amount) for s in said] == [
        ("log:5.0", 3),
        ("log:5.1", 4),
        ("log:6.0", MOST),
    ]
    assert {(s.sender, s.recipient) for s in said} == {("alice.near", "bob.near")}


@pytest.mark.parametrize("amount", [str(MOST + 1), "-1", "1.0", "", "9" * 40, "\u0661", 7, None])
def test_an_event_without_a_natural_amount_of_128_bits_is_unreadable(amount: Any) -> None:
    with pytest.raises(Unreadable):
        list(read_events((log("nep141", "ft_transfer", moved(amount)),)))


# -- what ran, and what came back ----------------------------------------------------------------


def _outcome(*, ok: bool | None, logs: tuple[str, ...] = ()) -> Outcome:
    known = {f.name: None for f in dataclasses.fields(Outcome)}
    return Outcome(**(known | {"ok": ok, "logs": logs, "burnt": 0}))  # type: ignore[arg-type]  # what these tests read


@pytest.mark.parametrize(
    ("own", "receipts", "executed"),
    [
        (True, (True, False), True),
        (True, (True, None), False),
        (None, (True,), False),
        (True, (), True),
    ],
)
def test_a_transaction_ran_to_its_end_where_every_receipt_did(
    own: bool | None, receipts: tuple[bool | None, ...], executed: bool
) -> None:
    known = {f.name: None for f in dataclasses.fields(Answer)}
    outcomes = {str(n): _outcome(ok=ok) for n, ok in enumerate(receipts)}
    told = known | {"ok": True, "outcome": _outcome(ok=own), "outcomes": outcomes}
    assert Answer(**told).executed is executed  # type: ignore[arg-type]  # what it reads


@pytest.mark.parametrize(
    ("logs", "given"),
    [
        ((), None),
        ((log("nep141", "ft_transfer", {**moved("3"), "old_owner_id": "bob.near",
                                        "new_owner_id": "alice.near"}),), 3),
        ((log("nep141", "ft_transfer", moved("3")),), 0),
        ((log("nep141", "ft_transfer", moved("no amount")),), -1),
    ],
    ids=["silent", "back", "onward", "unreadable"],
)  # fmt: skip
def test_what_a_token_says_was_given_back_is_compared_and_never_believed_unread(
    logs: tuple[str, ...], given: int | None
) -> None:
    """-1 equals no amount: the transfer stays unresolved, and a person looks at it."""
    walk = Walk.__new__(Walk)
    assert walk._given_back(_outcome(ok=True, logs=logs), "alice.near", "bob.near") == given


def test_a_payment_that_failed_makes_no_batch_of_the_one_beside_it() -> None:
    network = load_registry()["NEAR"]
    walk = Walk.__new__(Walk)

    def paid(place: int, to: str, **more: Any) -> Transfer:
        party = Party(to, parse_address(network, to).key)
        return Transfer(
            index=place,
            position=f"receipt:abc:log:{place}.0",
            kind=TransferKind.TOKEN,
            asset=AssetId(f"{network.chain}/nep141:usdt.near"),
            amount=more.pop("amount", 5),
            senders=(),
            recipient=party,
            **more,
        )

    first, second = paid(0, "bob.near"), paid(1, "carol.near")
    assert [t.batched for t in walk._mark_batched([first, second])] == [True, True]
    for change in ({"succeeded": False}, {"amount": 0}, {"type": "refund"}):
        other = dataclasses.replace(second, **change)
        assert not walk._mark_batched([first, other])[0].batched
