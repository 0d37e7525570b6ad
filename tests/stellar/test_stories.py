"""What each story of Stellar has to say, stated by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from stellar.stories import ALICE, BOB, CAROL, DAVE, EXCHANGE, HEAD, ISSUER, USDC, WALLET

from recovery.checks import Found
from recovery.model import Gap, Memo, MemoKind, Transfer, TransferKind, TxStatus

Story = Callable[[str], Found]
NATIVE, DOLLAR = "stellar:pubnet/slip44:148", f"stellar:pubnet/asset:USDC-{USDC}"


def ours(found: Found) -> list[Transfer]:
    return [t for t in found.evidence.transfers if t.recipient.address == EXCHANGE]


def test_a_mainnet_payment_of_half_a_million(story: Story) -> None:
    evidence = story("native-payment").evidence
    (transfer,) = evidence.transfers
    assert (transfer.asset, transfer.amount, transfer.memo) == (NATIVE, 500_000 * 10**7, None)
    assert transfer.recipient.address == "GDBX63ONLLI372D7FHJYEPKP3KOCH7HZPKJWZPYJMC5RN7L5HB4VFXLM"
    assert (transfer.position, transfer.decimals, transfer.type) == ("op:0", 7, None)
    assert evidence.final
    assert evidence.required_confirmations is None
    assert evidence.confirmations == HEAD - 27_569_463 + 1
    assert evidence.fee is not None
    payer = "GDKIJJIKXLOM2NRMPNQZUUYK24ZPVFC6426GZAEP3KUK6KEJLACCWNMX"
    assert (evidence.fee.amount, evidence.fee.payer) == (100, payer)


def test_a_new_account_is_a_special_native_payment(story: Story) -> None:
    (transfer,) = story("create-account").evidence.transfers
    assert (transfer.amount, transfer.type, transfer.special) == (
        200_000_000,
        "create_account",
        True,
    )
    assert transfer.memo == Memo(MemoKind.TEXT, "hello world")
    assert not transfer.batched


@pytest.mark.parametrize(
    ("name", "memo"),
    [
        ("memo-empty-text", None),
        ("memo-missing", None),
        ("token-memo-id", Memo(MemoKind.ID, "104857")),
        ("memo-id-typed-as-text", Memo(MemoKind.TEXT, "104857")),
        ("memo-not-utf8", Memo(MemoKind.BINARY, "fffe313034383537")),
        ("memo-hash-of-ascii", Memo(MemoKind.HASH, b"104857".ljust(32, b"\0").hex())),
        ("memo-return", Memo(MemoKind.RETURN, bytes(range(32)).hex())),
        ("muxed-destination", Memo(MemoKind.MUXED, "420")),
        ("muxed-and-memo-agree", Memo(MemoKind.MUXED, "420")),
    ],
)
def test_every_kind_of_memo(story: Story, name: str, memo: Memo | None) -> None:
    evidence = story(name).evidence
    assert [t.memo for t in evidence.transfers] == [memo]
    assert Gap.MEMO not in evidence.gaps


def test_a_memo_and_a_muxed_id_that_differ_are_nobodys_word(story: Story) -> None:
    evidence = story("muxed-and-memo-differ").evidence
    assert Gap.MEMO in evidence.gaps
    assert [n.code for n in evidence.notes] == ["memo_ambiguous"]


def test_a_batch_marks_what_one_sender_paid_to_several(story: Story) -> None:
    transfers = story("batch").evidence.transfers
    assert [t.position for t in transfers] == ["op:0", "op:1", "op:2"]
    assert all(t.batched for t in transfers)
    assert [(t.asset, t.amount) for t in ours(story("batch"))] == [
        (NATIVE, 10_000_000),
        (DOLLAR, 30_000_000),
    ]
    assert all(t.batched for t in story("several-recipients").evidence.transfers)


def test_two_payers_in_one_transaction_are_no_batch(story: Story) -> None:
    transfers = story("two-payers").evidence.transfers
    assert [t.senders[0].address for t in transfers] == [DAVE, ALICE]
    assert not any(t.batched for t in transfers)


def test_an_inner_hash_leads_to_the_fee_bump(story: Story) -> None:
    found = story("fee-bump-by-inner-hash")
    assert found.evidence.tx_hash == found.raw.tx_hash
    assert found.evidence.tx_hash == found.raw.answers["tx"]["fee_bump_transaction"]["hash"]
    assert found.evidence.tx_hash != found.raw.answers["tx"]["hash"]
    assert found.evidence.fee is not None
    assert (found.evidence.fee.payer, found.evidence.fee.amount) == (CAROL, 200)
    (transfer,) = found.evidence.transfers
    assert transfer.senders[0].address == ALICE
    inner, *ids = found.evidence.aliases
    assert inner == found.raw.answers["tx"]["hash"]
    assert ids == [str(int(found.raw.answers["tx"]["paging_token"]) + n) for n in (0, 1)]


def test_an_operation_id_leads_to_the_whole_transaction(story: Story) -> None:
    assert len(story("by-operation-id").evidence.transfers) == 2


def test_a_path_payment_delivers_what_arrived(story: Story) -> None:
    (transfer,) = story("path-payment-strict-send").evidence.transfers
    assert (transfer.asset, transfer.amount) == (DOLLAR, 6_250_000)
    assert transfer.requested_amount == 5_000_000
    assert (transfer.type, transfer.special) == ("path_payment_strict_send", True)


def test_a_merge_is_worth_what_its_effect_says(story: Story) -> None:
    (transfer,) = story("account-merge").evidence.transfers
    assert (transfer.asset, transfer.amount) == (NATIVE, 1_234_567_890)
    assert (transfer.type, transfer.special) == ("account_merge", True)
    assert transfer.senders[0].address == DAVE
    assert transfer.memo == Memo(MemoKind.ID, "104857")


def test_a_claimed_balance_comes_from_who_made_it(story: Story) -> None:
    evidence = story("claim").evidence
    (transfer,) = evidence.transfers
    assert (transfer.asset, transfer.amount) == (DOLLAR, 150_000_000)
    assert transfer.senders[0].address == BOB
    assert transfer.type == "claim_claimable_balance"
    assert Gap.SENDERS not in evidence.gaps


def test_a_contract_pays_classic_assets(story: Story) -> None:
    evidence = story("contract-payment").evidence
    token, native, minted = evidence.transfers
    assert (token.kind, token.asset, token.amount) == (TransferKind.TOKEN, DOLLAR, 250_000_000)
    assert token.memo == Memo(MemoKind.MUXED, "420")
    assert token.senders[0].address == WALLET
    assert (native.kind, native.asset) == (TransferKind.INTERNAL, NATIVE)
    assert native.memo is None
    assert not any(t.batched for t in (token, native, minted))
    assert minted.senders[0].address == ISSUER
    assert [t.position for t in evidence.transfers] == ["op:0.0", "op:0.1", "op:0.3"]


def test_tokens_of_pure_contracts_are_a_gap_not_an_absence(story: Story) -> None:
    evidence = story("contract-call-unseen").evidence
    assert evidence.transfers == ()
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps


def test_an_unknown_operation_is_a_gap(story: Story) -> None:
    evidence = story("unknown-operation").evidence
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps
    assert [n.code for n in evidence.notes] == ["operation_unread"]


def test_an_offer_that_takes_another_pays_both(story: Story) -> None:
    bought, sold = story("offer-taken").evidence.transfers
    assert (bought.recipient.address, bought.asset, bought.amount) == (ALICE, DOLLAR, 10_000_000)
    assert (sold.recipient.address, sold.asset, sold.amount) == (BOB, NATIVE, 50_000_000)


def test_a_pool_pays_both_reserves(story: Story) -> None:
    transfers = story("pool-withdrawal").evidence.transfers
    assert [(t.asset, t.amount) for t in transfers] == [(NATIVE, 80_000_000), (DOLLAR, 16_000_000)]
    pool = transfers[0].senders[0]
    assert pool.address is not None
    assert pool.address.startswith("L")


def test_a_clawback_pays_nobody(story: Story) -> None:
    evidence = story("clawback").evidence
    assert evidence.transfers == ()
    assert EXCHANGE in evidence.notes[0].text


def test_a_failed_account_creation_took_only_the_fee(story: Story) -> None:
    evidence = story("failed-create-account").evidence
    assert (evidence.status, evidence.failure) == (TxStatus.FAILED, "tx_failed")
    assert [t.succeeded for t in evidence.transfers] == [False]
