"""Tricks on TON, executed by the real machine and played: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

DESK = "EQAaDUFwU_NsWLK1DA5VSF80Kvlj55rB-P6K-3wxAjuMOYng"
US = "EQDwu6k0GitTa6pVARW74mu9Yumnnj7-E0XMxXDQFDjM3KeX"
MEMOS = {"104857": "ulla", "9417": "ulla"}
SAND = {"jetton:EQDOG7fyozh8YaffoXaiEbRPX7P4nxHsj_-8SvFSlm1m0kHz": ("SAND", 6)}


def test_a_message_that_bounced_paid_nobody(line: Line) -> None:
    ours = "EQDS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0gGz"
    outcome = line.play("TON/played_bounced", ours=ours)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_bounce_with_a_comment_paid_nobody(line: Line) -> None:
    ours = "EQA11fOM979kBiwCHMd5JQop5JhykKZyKgdoW1Rysoz4nxG3"
    outcome = line.play("TON/real_bounced", ours=ours, memos={"claim": "ulla"})
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_bounce_that_comes_home_is_no_deposit(line: Line) -> None:
    outcome = line.play("TON/bounce_comes_home", ours=US)
    assert outcome.credited == {}


def test_a_notification_not_of_our_own_jetton_wallet_is_worth_its_coins(line: Line) -> None:
    outcome = line.play("TON/played_fake_notification", ours=DESK, listed=SAND)
    assert sum(outcome.money.values()) <= 1
    assert outcome.credited == {}


def test_a_jetton_wallet_whose_master_names_another_holds_nothing(line: Line) -> None:
    """The code is the real one and an index believes it; the master's own word is asked."""
    outcome = line.play("TON/played_fake_wallet", ours=DESK, memos=MEMOS, listed=SAND)
    assert outcome.credited == {}
    assert not any("jetton" in asset for asset in outcome.money)


def test_a_jetton_named_like_the_coin_is_its_master(line: Line) -> None:
    outcome = line.play("TON/jetton_named_like_the_coin", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_jettons_that_our_wallet_refused_came_back(line: Line) -> None:
    asset = "jetton:EQC3INi4-sxthC4a1gPTNams8rn28N2w4XGupxqTtC2h7sOc"
    outcome = line.play("TON/jetton_refused", ours=US, memos=MEMOS, listed={asset: ("SAND", 6)})
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_master_that_does_not_answer_proves_no_wallet(line: Line) -> None:
    asset = "jetton:EQCAuwXxo11jqROlI94K68DYVGro_iAlTykqVwAOj9RZYx8n"
    outcome = line.play("TON/jetton_master_mute", ours=US, memos=MEMOS, listed={asset: ("SAND", 6)})
    assert outcome.credited == {}


def test_unused_gas_that_comes_back_is_no_deposit(line: Line) -> None:
    """Excesses (0xd53276db) are sent by whoever held the gas."""
    outcome = line.play("TON/excesses", ours=US)
    assert outcome.credited == {}


def test_what_a_node_foretells_of_a_message_is_no_evidence(line: Line) -> None:
    outcome = line.play("TON/pending_emulated", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}


def test_a_shards_block_is_not_final(line: Line) -> None:
    outcome = line.play("TON/confirmed_not_final", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.causes == {"awaiting_confirmations"}


def test_more_jettons_than_there_are_never_left(line: Line) -> None:
    outcome = line.play("TON/played_jetton_too_much", ours=DESK, memos=MEMOS, listed=SAND)
    assert outcome.money == {}


def test_a_body_of_another_hash_is_refused(line: Line) -> None:
    outcome = line.play("TON/garbled_body", ours=US, memos=MEMOS)
    assert outcome.money == {}
    assert outcome.unreachable
