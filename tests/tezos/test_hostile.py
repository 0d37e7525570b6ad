"""Published tricks and known traps of Tezos: each ends without a credit that is not due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tezos.stories import (
    ALICE,
    BOB,
    CAROL,
    FAKE,
    HEAD,
    ROUTER,
    USDT,
    USDT_TOKEN,
    Op,
    call,
    fa2,
    get,
    octez_health,
    told,
    tzkt,
    tzkt_absent,
    tzkt_health,
    tzkt_rows,
)

from recovery.agreement import find_disagreement
from recovery.chains.family import FetchOutcome, RawTx
from recovery.chains.tezos.family import FAMILY
from recovery.documents import print_evidence
from recovery.errors import Garbled, Unhealthy
from recovery.model import Evidence, Gap, TransferKind, TxStatus
from recovery.networks import Network

Story = Callable[[str], Evidence]
Look = Callable[..., FetchOutcome]


def paid(evidence: Evidence, address: str) -> list[tuple[str, Any]]:
    """Position and amount of what really reached an address."""
    return [
        (t.position, t.amount)
        for t in evidence.transfers
        if t.succeeded and t.recipient.address == address
    ]


@pytest.mark.parametrize("name", ["near-payment", "near-internal", "near-failure", "not-final"])
def test_both_apis_give_equal_evidence_of_coin(story: Story, name: str) -> None:
    mine, theirs = print_evidence(story(name)), print_evidence(story(f"octez-{name}"))
    for document in (mine, theirs):
        document.pop("gaps", None)
    assert mine == theirs


def test_both_apis_agree_on_a_tokens_transfer_and_the_node_admits_what_it_can_not_know(
    story: Story,
) -> None:
    indexer, node = story("near-token"), story("octez-near-token")
    assert find_disagreement(indexer, node) is None
    assert indexer.gaps == frozenset()
    assert node.gaps == {Gap.TOKEN_VALIDITY, Gap.INTERNAL_TRANSFERS}


def test_a_payment_from_within_falls_with_a_later_operation_of_the_group(story: Story) -> None:
    evidence = story("hostile-internal-backtracked")
    assert evidence.status is TxStatus.FAILED
    assert paid(evidence, BOB) == []
    assert evidence.failure == "op:1: contract.balance_too_low"


def test_amounts_of_a_group_that_failed_are_no_payment_and_both_fees_are_paid(
    story: Story,
) -> None:
    evidence = story("hostile-failed-with-amounts")
    assert evidence.status is TxStatus.FAILED
    assert paid(evidence, BOB) == []
    assert [t.amount for t in evidence.transfers] == [2_500_000, 5_000_000]
    assert evidence.fee is not None
    assert evidence.fee.amount == 840


@pytest.mark.parametrize("part", ["first", "inner"])
def test_one_part_that_was_not_applied_undoes_all_whatever_the_others_say(
    row: Network, look: Look, part: str
) -> None:
    entry = [call(ROUTER, "pay", 5), Op(BOB, 5, sender=ROUTER, nonce=0, status="applied")]
    if part == "first":
        group = told("odd", entry, Op(BOB, 6, status="failed"))
    else:
        inner = Op(CAROL, 1, sender=ROUTER, nonce=1, status="failed")
        group = told("odd inner", [*entry, inner])
    raw = look(tzkt(group), group.hash)
    assert isinstance(raw, RawTx)
    evidence = FAMILY.decode(row, raw)
    assert evidence.status is TxStatus.FAILED
    assert paid(evidence, BOB) == []


def test_a_contract_that_books_nothing_pays_nobody(story: Story) -> None:
    assert story("hostile-transfer-without-books").transfers == ()


def test_the_books_say_what_was_received_not_the_call(story: Story) -> None:
    evidence = story("hostile-books-differ")
    assert paid(evidence, BOB) == [("op:0:0", 990_000)]
    assert paid(evidence, FAKE) == [("op:0:1", 10_000)]


def test_a_tokens_name_identifies_nothing(story: Story) -> None:
    (true,), (fake,) = story("fa2-token").transfers, story("hostile-same-name").transfers
    assert (true.symbol, true.name) == (fake.symbol, fake.name)
    assert true.asset.endswith(f"/fa2:{USDT}/0")
    assert fake.asset.endswith(f"/fa2:{FAKE}/0")


def test_every_payment_of_one_hash_has_its_own_place(story: Story) -> None:
    assert paid(story("fa2-batch"), BOB) == [("op:0:0", 1_000_000), ("op:0:2", 3)]
    assert all(t.batched for t in story("fa2-batch").transfers)
    assert paid(story("internal-disperse"), BOB) == [("op:0.0", 2_500_000)]


def test_what_programs_pay_is_internal_and_no_batch(story: Story) -> None:
    inner = [t for t in story("internal-disperse").transfers if t.recipient.address != ROUTER]
    assert {t.kind for t in inner} == {TransferKind.INTERNAL}
    assert not any(t.batched for t in inner)
    assert {p.address for t in inner for p in t.senders} == {ROUTER}


def test_new_tokens_come_from_whoever_had_them_made_and_burnt_ones_go_to_nobody(
    story: Story,
) -> None:
    minted, burnt = story("minted-and-burnt").transfers
    assert (minted.type, [p.address for p in minted.senders]) == ("mint", [ALICE])
    assert burnt.recipient.key is None


def test_a_picture_is_no_money(story: Story) -> None:
    (transfer,) = story("nft").transfers
    assert transfer.kind is TransferKind.NFT


def test_the_fee_holds_storage_and_new_accounts(story: Story) -> None:
    fees = {n: story(n).fee for n in ("fa2-token", "several-recipients", "reveal-first")}
    assert {n: f.amount for n, f in fees.items() if f} == {
        "fa2-token": 420 + 16_750,
        "several-recipients": 840 + 64_250,
        "reveal-first": 374 + 420,
    }
    assert {f.payer for f in fees.values() if f} == {ALICE}


def test_a_list_of_token_transfers_that_was_cut_is_noticed(row: Network, look: Look) -> None:
    group = told("cut", fa2(USDT_TOKEN, [(CAROL, 1), (BOB, 2)]))
    answers = tzkt(group)
    answers[-1]["json"].pop()
    raw = look(answers, group.hash)
    assert isinstance(raw, RawTx)
    with pytest.raises(Garbled):
        FAMILY.decode(row, raw)


def test_an_internal_operation_without_its_maker_is_refused(look: Look) -> None:
    group = told("orphan", [call(ROUTER, "pay", 5), Op(BOB, 5, sender=ROUTER, nonce=0)])
    rows, _ = tzkt_rows(group)
    alone = [*tzkt_health(), get(f"/v1/operations/{group.hash}", rows[1:])]
    outcome = look(alone, group.hash)
    assert isinstance(outcome, Garbled)


@pytest.mark.parametrize(
    "other",
    [
        {"chainId": "NetXnHfVqm9iesp"},
        {"synced": False},
        {"knownLevel": HEAD + 4},
        {"timestamp": "2026-11-20T11:50:00Z"},
    ],
    ids=["test network", "not synced", "behind", "stale"],
)
def test_an_indexer_out_of_step_is_not_believed(look: Look, other: Any) -> None:
    unknown = told("nobody").hash
    with pytest.raises(Unhealthy):
        look([*tzkt_absent(unknown), *tzkt_health(**other)], unknown)


@pytest.mark.parametrize(
    "other",
    [
        {"chain": "NetXnHfVqm9iesp"},
        {"state": {"bootstrapped": False, "sync_state": "unsynced"}},
        {"state": {"bootstrapped": True, "sync_state": "stuck"}},
    ],
    ids=["test network", "starting", "stuck"],
)
def test_a_node_out_of_step_is_not_believed(look: Look, other: Any) -> None:
    with pytest.raises(Unhealthy):
        look(octez_health(**other), told("nobody").hash, api="octez")
