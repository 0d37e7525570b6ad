"""The published tricks and the known traps of NEAR, each by its story."""

from __future__ import annotations

from typing import Any

import pytest
from near.stories import ALICE, FORGER, OURS, RELAYER, USDT

from recovery.demo.fixtures import load_fixtures

STORIES = {fixture.name: fixture for fixture in load_fixtures(network="NEAR")}


def evidence_of(story: str) -> dict[str, Any]:
    evidence = STORIES[f"NEAR/{story}"].evidence
    assert evidence is not None
    return evidence


def ours(story: str) -> list[dict[str, Any]]:
    return [t for t in evidence_of(story)["transfers"] if t["recipient"] == OURS]


def gained(story: str) -> list[str]:
    return [t["amount"] for t in ours(story) if t["succeeded"]]


def notes(story: str) -> set[str]:
    return {note["code"] for note in evidence_of(story)["notes"]}


def test_tokens_that_the_receiver_gave_back_are_no_deposit() -> None:
    assert gained("hostile-token-call-refunded") == []
    (refunded,) = ours("hostile-token-call-refunded")
    assert (refunded["amount"], refunded["requested_amount"]) == ("0", "2500000")


def test_of_tokens_given_back_in_part_the_rest_is_what_came() -> None:
    assert gained("token-call-part-kept") == ["1000000"]
    assert gained("token-call-kept") == ["2500000"]


def test_a_refund_that_was_never_settled_leads_to_a_person() -> None:
    assert "transfer_unresolved" in notes("token-call-unresolved")


def test_a_log_speaks_of_the_tokens_of_the_contract_that_wrote_it() -> None:
    (forged,) = ours("hostile-forged-event")
    assert forged["asset"] == f"near:mainnet/nep141:{FORGER}"
    (true,) = ours("token")
    assert true["asset"] == f"near:mainnet/nep141:{USDT}"
    assert forged["symbol"] == true["symbol"]


def test_a_log_of_a_receipt_that_failed_moved_nothing() -> None:
    assert gained("hostile-event-of-failed-receipt") == []
    assert evidence_of("hostile-event-of-failed-receipt")["status"] == "failed"


def test_a_transaction_may_succeed_while_the_receipt_that_was_to_pay_failed() -> None:
    assert evidence_of("hostile-payment-failed-inside")["status"] == "confirmed"
    assert gained("hostile-payment-failed-inside") == []


def test_a_transaction_may_fail_after_a_receipt_has_paid() -> None:
    assert evidence_of("paid-and-failed-later")["status"] == "confirmed"
    assert gained("paid-and-failed-later") == ["1000000000000000000000000"]


def test_gas_that_comes_back_is_no_deposit() -> None:
    assert ours("hostile-gas-refund") == []


def test_what_a_deleted_account_had_left_is_its_own_payment() -> None:
    (rest,) = ours("account-deleted")
    assert rest["senders"] == [ALICE]
    assert rest["type"] == "delete_account"


def test_a_relayed_payment_is_its_signers_and_the_relayer_pays_the_gas() -> None:
    (paid,) = ours("relayed")
    assert (paid["kind"], paid["senders"]) == ("native", [ALICE])
    assert evidence_of("relayed")["fee"]["payer"] == RELAYER


def test_a_relayed_payment_sent_twice_pays_once() -> None:
    assert ours("hostile-relay-replayed") == []
    assert evidence_of("hostile-relay-replayed")["status"] == "failed"


@pytest.mark.parametrize(
    ("story", "kind"),
    [("native", "native"), ("internal", "internal"), ("several-recipients", "internal")],
)
def test_what_a_program_sends_on_is_internal(story: str, kind: str) -> None:
    assert [t["kind"] for t in ours(story)] == [kind]


def test_nfts_that_went_back_are_not_ours() -> None:
    assert gained("nft") == ["1", "1"]
    assert gained("hostile-nft-call-returned") == []


def test_events_and_actions_that_cant_be_read_lead_to_a_person() -> None:
    assert "unread_event" in notes("hostile-unreadable-event")
    assert "unread_action" in notes("unread-action")


def test_old_tokens_without_events_are_read_from_the_call() -> None:
    assert gained("token-without-events") == ["1500000000000000000000000"]
    assert "transfer_from_call" in notes("token-without-events")
