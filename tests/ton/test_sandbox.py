"""What the adapter says of transactions that TON's own machine executed, beside the ledger's balances."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from nodes.ton import TonSandbox, run_ton_sandbox

from recovery.chains.source import Node
from recovery.chains.ton.codec import format_raw
from recovery.chains.ton.cost import JETTON_BURNT, SEND_COST
from recovery.checks import Found
from recovery.classify.verdict import Cause, Recoverability
from recovery.errors import SourceError
from recovery.model import Claim, Evidence, MemoKind, Transfer, TransferKind, TxStatus
from recovery.networks import load_registry
from recovery.triage import ask_node

pytestmark = pytest.mark.xdist_group("ton-sandbox")

ROW = load_registry()["TON"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[TonSandbox]:
    with run_ton_sandbox() as running:
        yield running


@pytest.fixture
def node(sandbox: TonSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T12:00:00Z")
    node = Node(ROW.code, sandbox.url, "toncenter-v3")
    yield node
    node.close()


def hex_of(text: str) -> str:
    return base64.b64decode(text).hex()


def ask(node: Node, tx_hash: str) -> Evidence:
    (answer,) = ask_node(ROW, node, [tx_hash])
    assert isinstance(answer, Found), answer
    return answer.evidence


def names_of(story: Any) -> list[str]:
    """Every hash that a customer may paste for the story."""
    own = [story["external_hash"], story["external_hash_norm"]]
    return [hex_of(h) for h in [*own, *(tx["hash"] for tx in story["transactions"])]]


def raw(transfer: Transfer) -> str:
    assert transfer.recipient.key is not None
    return format_raw(transfer.recipient.key).upper()


def fees_of(story: Any, account: str) -> int:
    return sum(int(t["total_fees"]) for t in story["transactions"] if t["account"] == account)


def rise(story: Any, account: str, what: str = "coins") -> int:
    return int(story["after"][account][what]) - int(story["before"][account][what])


@pytest.mark.parametrize("name", ["native", "uninit", "binary", "encrypted"])
def test_coins_received_are_what_the_balance_rose_by_and_the_accounts_own_fees(
    sandbox: TonSandbox, node: Node, name: str
) -> None:
    story = sandbox.stories[name]
    evidence = ask(node, names_of(story)[0])
    (transfer,) = evidence.transfers
    assert (evidence.status, evidence.final) == (TxStatus.CONFIRMED, True)
    assert evidence.tx_hash == hex_of(story["transactions"][1]["hash"])
    account = raw(transfer)
    assert transfer.amount == rise(story, account) + fees_of(story, account)


@pytest.mark.parametrize("name", ["native", "uninit", "jetton_silent", "jetton_no_payload"])
def test_every_hash_of_the_way_down_names_the_same_payment(
    sandbox: TonSandbox, node: Node, name: str
) -> None:
    story = sandbox.stories[name]
    paying = 1 if name in ("native", "uninit") else 2
    hashes = names_of(story)[: 2 + paying + 1]
    seen = [ask(node, tx_hash) for tx_hash in hashes]
    assert {e.tx_hash for e in seen} == {hex_of(story["transactions"][paying]["hash"])}
    assert len({e.transfers for e in seen}) == 1


def test_a_notification_leads_to_the_jetton_wallets_transaction(
    sandbox: TonSandbox, node: Node
) -> None:
    story, desk = sandbox.stories["jetton"], sandbox.stories["_"]["desk"]
    told = [t for t in story["transactions"] if t["account"] == desk]
    evidence = ask(node, hex_of(told[0]["hash"]))
    assert evidence.tx_hash == ask(node, names_of(story)[0]).tx_hash
    assert [t.kind for t in evidence.transfers] == [TransferKind.TOKEN]


@pytest.mark.parametrize("name", ["jetton", "jetton_silent", "jetton_no_payload"])
def test_jettons_received_are_what_the_jetton_wallets_balance_rose_by(
    sandbox: TonSandbox, node: Node, name: str
) -> None:
    known = sandbox.stories["_"]
    story = sandbox.stories[name]
    evidence = ask(node, names_of(story)[0])
    (transfer,) = evidence.transfers
    assert transfer.amount == rise(story, known["desk_jettons"], "jettons") > 0
    assert raw(transfer) == known["desk"]
    assert [format_raw(s.key).upper() for s in transfer.senders if s.key] == [known["alice"]]
    memos = {"jetton": "104857", "jetton_silent": "104858", "jetton_no_payload": None}
    assert (transfer.memo.value if transfer.memo else None) == memos[name]
    assert evidence.gaps == frozenset()


def test_a_batch_points_to_each_recipients_own_transaction(sandbox: TonSandbox, node: Node) -> None:
    story = sandbox.stories["batch"]
    evidence = ask(node, names_of(story)[0])
    assert len(evidence.transfers) == 3
    for transfer in evidence.transfers:
        assert transfer.tx_hash is not None
        assert transfer.batched
        alone = ask(node, transfer.tx_hash)
        assert alone.tx_hash == transfer.tx_hash
        (own,) = alone.transfers
        assert own.position == "native"
        assert (own.amount, own.memo, own.batched) == (transfer.amount, transfer.memo, True)
        assert own.amount == rise(story, raw(own)) + fees_of(story, raw(own))


def test_a_batch_of_jettons_pays_each_owner(sandbox: TonSandbox, node: Node) -> None:
    story = sandbox.stories["jetton_batch"]
    transfers = ask(node, names_of(story)[0]).transfers
    rises = sorted(rise(story, account, "jettons") for account in story["after"])
    assert sorted(t.amount for t in transfers if t.kind is TransferKind.TOKEN) == rises == [21, 22]
    assert all(t.batched for t in transfers if t.kind is TransferKind.TOKEN)


def test_what_bounced_credited_nothing(sandbox: TonSandbox, node: Node) -> None:
    story = sandbox.stories["bounced"]
    evidence = ask(node, names_of(story)[0])
    assert evidence.status is TxStatus.FAILED
    (transfer,) = evidence.transfers
    assert not transfer.succeeded
    assert rise(story, raw(transfer)) == 0


@pytest.mark.parametrize("name", ["nothing_sent", "jetton_too_much"])
def test_what_could_not_be_sent_is_a_failure_that_pays_nobody(
    sandbox: TonSandbox, node: Node, name: str
) -> None:
    story = sandbox.stories[name]
    evidence = ask(node, names_of(story)[0])
    assert (evidence.status, evidence.transfers) == (TxStatus.FAILED, ())
    for account, after in story["after"].items():
        assert after == story["before"][account]


def test_binary_and_encrypted_comments_keep_their_kind(sandbox: TonSandbox, node: Node) -> None:
    kinds = {}
    for name in ("binary", "encrypted"):
        (transfer,) = ask(node, names_of(sandbox.stories[name])[0]).transfers
        assert transfer.memo is not None
        kinds[name] = transfer.memo.kind
    assert kinds == {"binary": MemoKind.BINARY, "encrypted": MemoKind.ENCRYPTED}


@pytest.mark.parametrize("name", ["fake_notification", "fake_wallet"])
def test_fake_jettons_credit_nothing_whatever_is_asked_for(
    sandbox: TonSandbox, node: Node, name: str
) -> None:
    """Mallory's wallet runs the real wallet's code; even an index that believes her is not believed."""
    story, known = sandbox.stories[name], sandbox.stories["_"]
    assert rise(story, known["desk_jettons"], "jettons") == 0
    for tx_hash in names_of(story):
        evidence = ask(node, tx_hash)
        assert not any(t.kind is TransferKind.TOKEN for t in evidence.transfers)
        got = sum(int(t.amount) for t in evidence.transfers if raw(t) == known["desk"])
        assert got <= 1  # the nanogram that a notification carries


def test_an_nft_goes_to_its_new_owner(sandbox: TonSandbox, node: Node) -> None:
    known = sandbox.stories["_"]
    (transfer,) = ask(node, names_of(sandbox.stories["nft"])[0]).transfers
    assert (transfer.kind, transfer.amount, raw(transfer)) == (TransferKind.NFT, 1, known["desk"])


def test_an_unknown_hash_is_absent_and_a_strange_chain_is_no_source(
    sandbox: TonSandbox, node: Node
) -> None:
    (answer,) = ask_node(ROW, node, ["ab" * 32])
    assert not isinstance(answer, Found | SourceError)
    (answer,) = ask_node(ROW.with_profile("testnet"), node, ["ab" * 32])
    assert isinstance(answer, SourceError)


@pytest.mark.parametrize(
    ("name", "sent", "estimated"),
    [
        ("native", 1_500_000_000, SEND_COST),
        ("jetton", 10_000_000, SEND_COST + JETTON_BURNT),
    ],
)
def test_the_estimates_cover_what_the_machine_burnt_and_not_several_times_that(
    sandbox: TonSandbox, name: str, sent: int, estimated: int
) -> None:
    burnt = -rise(sandbox.stories[name], sandbox.stories["_"]["alice"]) - sent
    assert estimated / 4 < burnt < estimated


# -- the desk's own word on what the machine executed --------------------------------------------


def check(desk: Any, sandbox: TonSandbox, name: str, **records: Any) -> Any:
    typed = names_of(sandbox.stories[name])[0]
    checker = desk(sandbox.url, **records)
    return checker.check(Claim(tx_hash=typed, user="u1"))


def causes(result: Any) -> list[tuple[Cause, Recoverability]]:
    return [(j.verdict.cause, j.verdict.recoverability) for j in result.judged]


def test_of_a_batch_the_desks_part_is_credited_under_its_own_hash(
    desk: Any, sandbox: TonSandbox
) -> None:
    shared = sandbox.stories["_"]["desk"]
    records = {"shared": shared, "memos": {"104857": "u1"}}
    result = check(desk, sandbox, "batch", **records)
    assert causes(result) == [(Cause.BATCHED_TRANSFER, Recoverability.CREDIT)]
    own = [t for t in sandbox.stories["batch"]["transactions"] if t["account"] == shared]
    evidence = result.found.evidence
    assert evidence.tx_hash == hex_of(own[0]["hash"])
    booked = f"TON,{own[0]['hash']},0,u1,native,1000000000,2026-11-20T11:59:59Z"
    again = check(desk, sandbox, "batch", **records, credits=(booked,))
    assert [cause for cause, _ in causes(again)] == [Cause.ALREADY_CREDITED]


def test_two_payments_to_us_in_one_batch_are_two_claims(desk: Any, sandbox: TonSandbox) -> None:
    second = "0:" + "D3" * 32
    records = {"shared": sandbox.stories["_"]["desk"], "memos": {"104857": "u1"}}
    result = check(desk, sandbox, "batch", **records, deposits={"u2": second})
    assert len(result.judged) == 1
    (note,) = [n for n in result.found.evidence.notes if n.code == "further_payments"]
    other = [t for t in sandbox.stories["batch"]["transactions"] if t["account"] == second]
    assert hex_of(other[0]["hash"]) in note.text


@pytest.mark.parametrize("name", ["jetton", "jetton_silent"])
def test_jettons_of_a_listed_master_are_credited_by_their_comment(
    desk: Any, sandbox: TonSandbox, name: str
) -> None:
    known = sandbox.stories["_"]
    memos = {"104857": "u1", "104858": "u1"}
    records = {"shared": known["desk"], "memos": memos, "jettons": (known["minter"],)}
    result = check(desk, sandbox, name, **records)
    assert causes(result) == [(Cause.LISTED_DEPOSIT_MISSED, Recoverability.CREDIT)]


@pytest.mark.parametrize("name", ["fake_wallet", "fake_notification"])
def test_no_fake_of_a_listed_jetton_is_credited(desk: Any, sandbox: TonSandbox, name: str) -> None:
    known = sandbox.stories["_"]
    records = {"shared": known["desk"], "memos": {"104857": "u1"}, "jettons": (known["minter"],)}
    result = check(desk, sandbox, name, **records)
    assert result.judged
    assert not any(answer is Recoverability.CREDIT for _, answer in causes(result))
