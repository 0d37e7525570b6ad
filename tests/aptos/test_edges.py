"""One step beside the form: moments, objects handed on twice, and an inner call that failed beside a payment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aptos.stories import ALICE, BOB, event, into, out_of, pay, short, somebody, statement, store
from aptos.stories import transaction as told

from recovery.chains.aptos.events import Handover, _handed_once
from recovery.chains.aptos.wire import read_time
from recovery.errors import Garbled
from recovery.model import Evidence

NEW, OLD = "0x1::object::Transfer", "0x1::object::TransferEvent"


def test_a_moment_lies_within_the_calendar() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert read_time("253402300799999999", "timestamp") == last
    assert read_time("1", "timestamp") == datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    for beyond in ("253402300800000000", str(1 << 58), str(1 << 63)):
        with pytest.raises(Garbled, match="timestamp is no time that can be"):
            read_time(beyond, "timestamp")


def _handed(*names: str) -> list[tuple[str, Handover]]:
    return [
        (name, Handover(number, "0x" + "7" * 64, ALICE, BOB)) for number, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ((NEW,), [0]),
        ((OLD,), [0]),
        ((NEW, OLD), [0]),
        ((OLD, NEW), [1]),
        ((NEW, OLD, NEW, OLD), [0, 2]),
        ((NEW, NEW, OLD), [0, 1]),
        ((NEW, OLD, OLD), [0, 2]),
    ],
)
def test_a_handover_told_by_both_events_counts_once(
    names: tuple[str, ...], kept: list[int]
) -> None:
    """The framework wrote both for a while; each old event repeats one new one, not more."""
    assert [h.number for h in _handed_once(_handed(*names))] == kept


def test_what_was_paid_beside_an_inner_call_that_failed_is_told_with_it(
    evidence_of: Callable[..., Evidence],
) -> None:
    """The failed part is only asked for; what did move moved."""
    account = somebody("multisig")
    payload = {
        "type": "multisig_payload",
        "multisig_address": short(account),
        "transaction_payload": pay(BOB, 800_000_000),
    }
    failure = {
        "multisig_account": short(account),
        "executor": short(ALICE),
        "sequence_number": "3",
        "execution_error": {
            "abort_location": "0x1::fungible_asset",
            "error_code": "65540",
            "error_type": "MoveAbort",
        },
    }
    events = [
        out_of(ALICE, 7),
        into(BOB, 7),
        event("0x1::multisig_account::TransactionExecutionFailed", failure),
        statement(95),
    ]
    changes = [*store(ALICE, 55), *store(BOB, 7)]
    found = evidence_of(told("both", payload, events, changes, gas=95)).transfers
    assert [(t.index, t.amount, t.succeeded) for t in found] == [
        (0, 7, True),
        (1, 800_000_000, False),
    ]
