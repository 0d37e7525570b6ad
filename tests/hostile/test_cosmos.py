"""Tricks on the Cosmos Hub, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "cosmos14e2n5hg40xefu5cqymprd3yx653hm5c3jxl0pp"
MEMOS = {"104857": "ulla", "104858": "ulla"}
ATOM = "cosmos:cosmoshub-4/slip44:118"


def test_events_that_a_contract_writes_are_not_the_banks(line: Line) -> None:
    outcome = line.play("ATOM/fake-events-of-a-contract", ours=US, memos=MEMOS)
    assert outcome.credited == {}
    assert ATOM not in outcome.money


def test_a_nested_message_that_failed_paid_nobody(line: Line) -> None:
    outcome = line.play("ATOM/failed-authz-nested", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_the_events_of_a_failed_message_prove_nothing(line: Line) -> None:
    outcome = line.play("ATOM/failed-insufficient-funds", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_an_ibc_packet_that_timed_out_is_no_deposit(line: Line) -> None:
    outcome = line.play("ATOM/ibc-timeout-refunds", ours=US)
    assert outcome.credited == {}


def test_an_ibc_packet_that_was_refused_paid_nobody(line: Line) -> None:
    """The relayer's transaction succeeded, the packet's own acknowledgement is an error."""
    outcome = line.play("ATOM/ibc-refused", ours=US, memos=MEMOS)
    assert outcome.money == {}


def test_an_ibc_packet_that_was_delivered_before_pays_nothing_again(line: Line) -> None:
    outcome = line.play("ATOM/ibc-delivered-before", ours=US, memos=MEMOS)
    assert outcome.money == {}


def test_events_of_receiving_that_was_undone_pay_nobody(line: Line) -> None:
    outcome = line.play("ATOM/ibc-undone-events", ours=US, memos=MEMOS)
    assert outcome.money == {}


def test_a_coin_of_a_hostile_channel_called_uatom_is_its_path(line: Line) -> None:
    outcome = line.play("ATOM/fake-denom-of-a-hostile-channel", ours=US, memos=MEMOS)
    assert outcome.credited == {}
    assert ATOM not in outcome.money


def test_a_factory_coin_called_uatom_is_its_creators(line: Line) -> None:
    outcome = line.play("ATOM/fake-denom-of-a-factory", ours=US, memos=MEMOS)
    assert outcome.credited == {}
    assert ATOM not in outcome.money


def test_coins_that_vest_wait(line: Line) -> None:
    outcome = line.play("ATOM/vesting-account", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"time_locked"}


def test_coins_that_are_locked_for_ever_are_not_credited(line: Line) -> None:
    outcome = line.play("ATOM/permanently-locked-account", ours=US, memos=MEMOS)
    assert outcome.credited == {}


def test_a_packets_routing_memo_is_nobodys_deposit_memo(line: Line) -> None:
    outcome = line.play("ATOM/ibc-routing-memo", ours=US, memos=MEMOS)
    assert outcome.credited == {}
    assert outcome.causes == {"memo_missing"}


def test_a_transfer_event_without_the_banks_receipt_is_not_believed(line: Line) -> None:
    outcome = line.play("ATOM/event-without-receipt", ours=US, memos=MEMOS)
    assert outcome.money == {}


def test_coins_sent_to_another_chain_pay_nobody_here(line: Line) -> None:
    assert line.play("ATOM/ibc-sent-away", ours=US, memos=MEMOS).money == {}
