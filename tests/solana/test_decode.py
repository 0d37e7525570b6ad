"""What instructions pretend and balances refute: every published trick of this chain, by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recovery.chains.family import RawTx
from recovery.chains.solana.answer import party_of
from recovery.chains.solana.decode import decode
from recovery.chains.solana.mints import associated_address, derive_address, metadata_address
from recovery.errors import Garbled
from recovery.model import Evidence, Gap, MemoKind, TransferKind, TxStatus
from recovery.networks import Network

OURS = "87FF5SSQxEksMsaZaaLtBAXKxWiPfZ6RynPLVFe8sFLw"
"""The deposit address that most stories pay."""

USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"

Tell = Callable[[str], Evidence]
Raw = Callable[[str], RawTx]


def received(evidence: Evidence, part: str = "") -> int:
    """What our deposit address got, of assets whose id contains ``part``."""
    return sum(
        t.amount
        for t in evidence.transfers
        if t.recipient.address == OURS and part in t.asset and isinstance(t.amount, int)
    )


@pytest.mark.parametrize("story", ["failed_parsed_transfer", "failed_overdraw"])
def test_a_failed_transfer_that_the_node_reads_out_pays_nobody(
    evidence_of: Tell, story: str
) -> None:
    evidence = evidence_of(story)
    assert evidence.status is TxStatus.FAILED
    assert evidence.transfers == ()
    assert any(n.code == "requested_transfer" for n in evidence.notes)


def test_a_mint_with_the_symbol_of_usdc_is_its_own_asset(evidence_of: Tell) -> None:
    (transfer,) = evidence_of("token_of_look_alike_mint").transfers
    assert transfer.symbol == "USDC"
    assert USDC not in transfer.asset
    assert transfer.name == "USDC coin"


@pytest.mark.parametrize("story", ["token_2022_fee_withheld", "token_2022_fee_stated"])
def test_the_fee_of_token_2022_is_not_delivered(evidence_of: Tell, story: str) -> None:
    (transfer,) = evidence_of(story).transfers
    assert transfer.requested_amount is not None
    assert transfer.amount == transfer.requested_amount * 99 // 100


def test_tokens_taken_back_within_the_transaction_were_not_delivered(evidence_of: Tell) -> None:
    evidence = evidence_of("token_clawed_back")
    assert received(evidence) == 0
    assert any("permanent delegate" in n.text for n in evidence.notes)


def test_a_token_account_at_our_address_but_of_another_owner_is_not_ours(evidence_of: Tell) -> None:
    evidence = evidence_of("token_account_of_another_owner")
    assert received(evidence) == 0
    assert [t.amount for t in evidence.transfers] == [50_000_000]


def test_a_token_account_that_is_not_the_usual_one_is_its_owners(evidence_of: Tell) -> None:
    assert received(evidence_of("token_to_extra_account")) == 4_000_000


def test_wrapped_sol_is_no_sol(evidence_of: Tell) -> None:
    evidence = evidence_of("wrapped_by_the_sender")
    assert received(evidence, "slip44") == 0
    assert received(evidence, "token:So1111") == 1_500_000_000
    assert {t.symbol for t in evidence.transfers} == {"WSOL"}


def test_a_memo_that_names_our_address_pays_nobody(evidence_of: Tell) -> None:
    evidence = evidence_of("memo_names_our_address")
    assert received(evidence) == 0
    assert evidence.transfers[0].memo is not None


def test_what_reads_like_a_transfer_of_another_program_is_none(evidence_of: Tell) -> None:
    assert evidence_of("transfer_of_another_program").transfers == ()


def test_a_transfer_of_nothing_moves_nothing(evidence_of: Tell) -> None:
    (transfer,) = evidence_of("zero_token_transfer").transfers
    assert (transfer.amount, transfer.requested_amount) == (0, None)


def test_a_compressed_nft_goes_to_its_new_leaf_owner(evidence_of: Tell) -> None:
    (transfer,) = evidence_of("nft_compressed").transfers
    assert transfer.kind is TransferKind.NFT
    assert transfer.recipient.address == OURS


def test_compressed_nfts_that_are_made_leave_open_who_got_them(evidence_of: Tell) -> None:
    evidence = evidence_of("nft_compressed_unclear")
    assert evidence.transfers == ()
    assert Gap.INTERNAL_TRANSFERS in evidence.gaps


def test_coin_that_a_program_pays_without_an_instruction_is_an_internal_transfer(
    evidence_of: Tell,
) -> None:
    (transfer,) = evidence_of("coin_from_program_account").transfers
    assert transfer.kind is TransferKind.INTERNAL
    assert transfer.amount == 1_200_000_000
    assert len(transfer.senders) == 1


def test_each_memo_belongs_to_the_transfer_behind_it(evidence_of: Tell) -> None:
    memos = [t.memo.value for t in evidence_of("memos_of_each_transfer").transfers if t.memo]
    assert memos == ["111", "222"]


def test_two_memos_and_no_saying_whose_leave_the_memo_unknown(evidence_of: Tell) -> None:
    evidence = evidence_of("memo_unclear")
    assert Gap.MEMO in evidence.gaps
    assert evidence.transfers[1].memo is None


def test_a_vote_moves_nothing_and_breaks_nothing(evidence_of: Tell) -> None:
    evidence = evidence_of("vote")
    assert (evidence.status, evidence.transfers) == (TxStatus.CONFIRMED, ())


def test_packed_transfers_have_a_position_each(evidence_of: Tell) -> None:
    evidence = evidence_of("token_packed_transfers")
    assert [t.position for t in evidence.transfers] == ["ix:0.0", "ix:0.1"]
    assert all(t.batched and t.kind is TransferKind.TOKEN for t in evidence.transfers)


def test_lamports_are_sent_by_the_first_account_which_paid_the_fee(evidence_of: Tell) -> None:
    evidence = evidence_of("native_transfer")
    assert evidence.fee is not None
    assert evidence.fee.amount == 7_500
    assert evidence.fee.payer == evidence.transfers[0].senders[0].address
    assert evidence.block is not None
    assert evidence.block.height == 349_179_820


def test_a_memo_that_is_no_text_is_shown_as_bytes(raw_of: Raw, row: Network) -> None:
    raw = raw_of("native_with_memo")
    message = raw.answers["tx"]["transaction"]["message"]
    message["instructions"][0]["data"] = "8L"  # the byte f0 with a zero: no UTF-8
    memo = decode(row, raw).transfers[0].memo
    assert memo is not None
    assert memo.kind is MemoKind.BINARY


Change = Callable[[dict[str, Any]], object]

LIES: dict[str, tuple[str, Change]] = {
    "another signature": (
        "native_transfer",
        lambda a: a["tx"]["transaction"]["signatures"].__setitem__(0, "1" * 64),
    ),
    "another slot": ("native_transfer", lambda a: a["status"].__setitem__("slot", 1)),
    "failed by the status alone": (
        "native_transfer",
        lambda a: a["status"].__setitem__("err", "x"),
    ),
    "failed by meta.status alone": (
        "native_transfer",
        lambda a: a["tx"]["meta"].__setitem__("status", {"Err": "x"}),
    ),
    "no word of failure": ("native_transfer", lambda a: a["tx"]["meta"].pop("err")),
    "lamports from nowhere": (
        "native_transfer",
        lambda a: a["tx"]["meta"]["postBalances"].__setitem__(1, 10**15),
    ),
    "a balance less": ("native_transfer", lambda a: a["tx"]["meta"]["preBalances"].pop()),
    "an account twice": (
        "native_transfer",
        lambda a: a["tx"]["transaction"]["message"]["accountKeys"].__setitem__(
            2, a["tx"]["transaction"]["message"]["accountKeys"][1]
        ),
    ),
    "the block of another time": (
        "native_transfer",
        lambda a: a["block"].__setitem__("blockTime", 1_700_000_000),
    ),
    "the block of a later slot": (
        "native_transfer",
        lambda a: a["block"].__setitem__("parentSlot", 349_179_820),
    ),
    "a version of tomorrow": ("native_transfer", lambda a: a["tx"].__setitem__("version", 1)),
    "a balance before left out": (
        "token_plain_transfer",
        lambda a: a["tx"]["meta"]["preTokenBalances"].pop(),
    ),
    "a balance after left out": (
        "token_plain_transfer",
        lambda a: a["tx"]["meta"]["postTokenBalances"].pop(),
    ),
    "balances before left out": (
        "token_plain_transfer",
        lambda a: a["tx"]["meta"].__setitem__("preTokenBalances", None),
    ),
    "a mint of other decimals": (
        "token_plain_transfer",
        lambda a: [
            b["uiTokenAmount"].__setitem__("decimals", 9)
            for part in ("preTokenBalances", "postTokenBalances")
            for b in a["tx"]["meta"][part]
        ],
    ),
    "balances of another program": (
        "token_plain_transfer",
        lambda a: a["tx"]["meta"]["postTokenBalances"][0].__setitem__("programId", USDC),
    ),
    "no block": ("token_plain_transfer", lambda a: a.__setitem__("block", None)),
    "no mint": ("token_plain_transfer", lambda a: a.__setitem__("mints", {})),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_contradicts_itself_is_not_believed(
    raw_of: Raw, row: Network, lie: str
) -> None:
    story, change = LIES[lie]
    raw = raw_of(story)
    decode(row, raw)
    change(raw.answers)  # type: ignore[arg-type]  # a dict, though the type promises less
    with pytest.raises(Garbled):
        decode(row, raw)


def test_calls_that_were_not_recorded_leave_open_what_programs_moved(
    raw_of: Raw, row: Network
) -> None:
    raw = raw_of("token_by_program")
    raw.answers["tx"]["meta"]["innerInstructions"] = None
    evidence = decode(row, raw)
    assert {Gap.INTERNAL_TRANSFERS, Gap.MEMO} <= evidence.gaps
    coin = [t for t in evidence.transfers if t.asset == row.native_asset]
    assert [t.amount for t in coin] == [3_480_000]


def test_owners_that_were_not_recorded_make_nobody_the_recipient(raw_of: Raw, row: Network) -> None:
    raw = raw_of("token_plain_transfer")
    for part in ("preTokenBalances", "postTokenBalances"):
        for balance in raw.answers["tx"]["meta"][part]:
            del balance["owner"]
    evidence = decode(row, raw)
    assert Gap.AMOUNT in evidence.gaps
    assert [t.recipient.key for t in evidence.transfers] == [None]


def test_lamports_that_went_nowhere_make_the_amounts_doubtful(raw_of: Raw, row: Network) -> None:
    raw = raw_of("native_transfer")
    raw.answers["tx"]["meta"]["postBalances"][0] -= 1
    assert Gap.AMOUNT in decode(row, raw).gaps


def test_rent_that_was_charged_explains_missing_lamports(raw_of: Raw, row: Network) -> None:
    raw = raw_of("native_transfer")
    meta = raw.answers["tx"]["meta"]
    meta["postBalances"][1] -= 40
    payee = raw.answers["tx"]["transaction"]["message"]["accountKeys"][1]
    meta["rewards"] = [{"pubkey": payee, "lamports": -40, "rewardType": "rent"}]
    evidence = decode(row, raw)
    assert evidence.gaps == frozenset()
    assert evidence.transfers[0].amount == 69_000_000


def test_less_than_two_memos_promised_is_nobodys_for_sure(raw_of: Raw, row: Network) -> None:
    """Two payments to one shared address, each with its memo, and not all of it arrived."""
    raw = raw_of("memos_of_each_transfer")
    message = raw.answers["tx"]["transaction"]["message"]
    one, other = (message["instructions"][n]["accounts"] for n in (1, 3))
    other[1] = one[1]
    assert Gap.AMOUNT in decode(row, raw).gaps


def test_derived_addresses_are_those_of_the_chain() -> None:
    owner = "vines1vzrYbzLMRdu58ou5XTby4qAqVRLmqo36NKPTg"
    token = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
    token_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"
    assert associated_address(owner, USDC, token) == "9jrTvdU2Am3UmgSAX8EKS9wwrSufkWRbZzEukDogqpQg"
    derived = associated_address(owner, USDC, token_2022)
    assert derived == "5CyjYwuUCC2HHZd9efpyjbfMephf33rWMJS6tU1QBcC5"


def test_derived_addresses_agree_with_solders() -> None:
    from solders.pubkey import Pubkey

    program = Pubkey.from_string("metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s")
    for n in range(100):
        seeds = [b"metadata", bytes(program), bytes([n]) * 32]
        wanted, _ = Pubkey.find_program_address(seeds, program)
        assert derive_address(seeds, str(program)) == str(wanted)
    mint = Pubkey.from_bytes(bytes([7]) * 32)
    seeds = [b"metadata", bytes(program), bytes(mint)]
    wanted, _ = Pubkey.find_program_address(seeds, program)
    assert metadata_address(str(mint)) == str(wanted)


def test_a_party_is_an_account_and_nothing_else() -> None:
    assert party_of(USDC) is not None
    assert party_of("1" * 31) is None
    assert party_of("1" * 33) is None
    assert party_of("0" * 44) is None
