"""Who received what: the balances decide, and a lying server is caught where they show it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.chains.family import RawTx
from recovery.chains.xrpl.amounts import read_issued
from recovery.chains.xrpl.changes import read_tag
from recovery.chains.xrpl.decode import decode
from recovery.chains.xrpl.family import FAMILY
from recovery.chains.xrpl.transfers import snake_case
from recovery.demo.fixtures import load_fixtures
from recovery.demo.server import Replay
from recovery.errors import Garbled
from recovery.model import Gap, TransferKind
from recovery.networks import Network

Story = Callable[[str], dict[str, Any]]
MakeRaw = Callable[[dict[str, Any]], RawTx]


@pytest.fixture
def told(story: Story) -> Callable[[str], dict[str, Any]]:
    """A copy of a story's answer, to be changed by the test."""
    return lambda name: copy.deepcopy(story(name))


def test_a_partial_payment_is_what_was_delivered(
    row: Network, story: Story, raw_of: MakeRaw
) -> None:
    evidence = decode(row, raw_of(story("partial_payment_attack")))
    first = evidence.transfers[0]
    assert (first.amount, first.requested_amount) == (1, 25_000_000_000)


@pytest.mark.parametrize("stated", ["missing", "unavailable"])
def test_without_a_stated_delivery_the_balance_tells_what_a_partial_payment_gave(
    row: Network, told: Story, raw_of: MakeRaw, stated: str
) -> None:
    answer = told("partial_payment_attack")
    if stated == "missing":
        del answer["meta"]["delivered_amount"]
    else:
        answer["meta"]["delivered_amount"] = stated
    evidence = decode(row, raw_of(answer))
    assert evidence.transfers[0].amount == 1
    assert "delivered_from_balance" in {note.code for note in evidence.notes}


def test_a_stated_delivery_that_the_balance_contradicts_is_refused(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    answer = told("native_to_x_address")
    answer["meta"]["delivered_amount"] = "24000000"
    with pytest.raises(Garbled, match="balance rose by 25000000"):
        decode(row, raw_of(answer))


def test_on_a_path_a_contradiction_leaves_the_amount_unknown(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    answer = told("partial_payment_attack")
    answer["meta"]["delivered_amount"] = "2"
    assert decode(row, raw_of(answer)).gaps == {Gap.AMOUNT}


def test_balances_that_do_not_add_up_are_refused(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    answer = told("escrow_finish_by_stranger")
    answer["meta"]["AffectedNodes"][1]["ModifiedNode"]["FinalFields"]["Balance"] = "900000000"
    with pytest.raises(Garbled, match="add up"):
        decode(row, raw_of(answer))


def test_a_type_that_nobody_knows_yet_is_told_with_a_gap_not_with_a_crash(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    answer = told("native_to_x_address")
    answer["tx_json"]["TransactionType"] = "TeleportSend"
    answer["meta"]["AffectedNodes"].pop(1)
    del answer["meta"]["delivered_amount"]
    evidence = decode(row, raw_of(answer))
    assert evidence.gaps == {Gap.AMOUNT}
    assert evidence.final


def test_the_fee_of_the_recipient_is_no_part_of_what_he_received(
    row: Network, story: Story, raw_of: MakeRaw
) -> None:
    """He cashed the check himself: his balance rose by the check less the fee."""
    (transfer,) = decode(row, raw_of(story("check_cash"))).transfers
    assert transfer.amount == 12_000_000
    assert (transfer.type, transfer.special) == ("check_cash", True)


def test_who_receives_exactly_his_fee_still_received_it(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    answer = told("check_cash")
    nodes = answer["meta"]["AffectedNodes"]
    nodes[0]["ModifiedNode"]["FinalFields"]["Balance"] = "100000000"
    nodes[1]["ModifiedNode"]["FinalFields"]["Balance"] = "99999988"
    answer["meta"]["delivered_amount"] = "12"
    assert [t.amount for t in decode(row, raw_of(answer)).transfers] == [12]


def test_only_the_destination_gets_the_tag(row: Network, story: Story, raw_of: MakeRaw) -> None:
    transfers = decode(row, raw_of(story("partial_payment_attack"))).transfers
    assert [t.memo.value if t.memo else None for t in transfers] == ["12345", None]


def test_tag_zero_is_a_tag_and_a_missing_one_is_none() -> None:
    zero = read_tag({"DestinationTag": 0})
    assert zero is not None
    assert zero.value == "0"
    assert read_tag({}) is None


@pytest.mark.parametrize("tag", [-1, 2**32, "12345", 1.5, True, None, []])
def test_a_tag_that_is_no_32_bit_number_is_refused(tag: Any) -> None:
    with pytest.raises(Garbled):
        read_tag({"DestinationTag": tag})


def test_words_of_the_sender_route_nothing(row: Network, story: Story, raw_of: MakeRaw) -> None:
    evidence = decode(row, raw_of(story("native_tag_in_memo")))
    assert evidence.transfers[0].memo is None
    notes = {note.code: note.text for note in evidence.notes}
    assert notes["xrpl_memo_text"] == "12345"
    assert {"source_tag", "invoice_id"} <= set(notes)


def test_tokens_paid_in_the_recipients_own_name_are_those_that_came(
    row: Network, story: Story, raw_of: MakeRaw
) -> None:
    """Amount and delivered_amount name the recipient as issuer, which says nothing."""
    answer = story("issued_in_destinations_name")
    (transfer,) = decode(row, raw_of(answer)).transfers
    assert answer["tx_json"]["Destination"] not in transfer.asset
    assert transfer.amount == Decimal("7.5")


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("escrow_create", "escrow_unfinished", "45000000 of xrpl:0/slip44:144"),
        ("check_create", "check_uncashed", "with tag 13"),
    ],
)
def test_a_promise_is_no_payment_and_no_refusal(
    row: Network, story: Story, raw_of: MakeRaw, name: str, code: str, says: str
) -> None:
    """An escrow pays by its EscrowFinish, a check by its CheckCash: until then nobody knows."""
    evidence = decode(row, raw_of(story(name)))
    assert evidence.transfers == ()
    assert evidence.gaps == {Gap.SUCCESS}
    assert says in {note.code: note.text for note in evidence.notes}[code]


def test_an_x_address_in_an_answer_is_refused_since_it_would_hide_a_tag(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    answer = told("native_to_x_address")
    answer["tx_json"]["Destination"] = "X7qvLs7gSnNoKvZzNWUT2e8st17QPYoHBpZ24ouH52W8t6V"
    with pytest.raises(Garbled, match="classic"):
        decode(row, raw_of(answer))


def test_a_token_called_xrp_is_a_token(row: Network, story: Story, raw_of: MakeRaw) -> None:
    (transfer,) = decode(row, raw_of(story("issued_named_like_xrp"))).transfers
    assert transfer.kind is TransferKind.TOKEN
    assert transfer.asset != row.native_asset


def test_an_mpt_paid_back_to_its_issuer_is_delivered_to_him(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    answer = told("mpt_on_test_network")
    tx = answer["tx_json"]
    tx["Account"], tx["Destination"] = tx["Destination"], tx["Account"]
    issuance, holding, payer = (n["ModifiedNode"] for n in answer["meta"]["AffectedNodes"])
    issuance["FinalFields"]["OutstandingAmount"] = "0"
    issuance["PreviousFields"]["OutstandingAmount"] = "10000"
    del holding["FinalFields"]["MPTAmount"]
    holding["PreviousFields"] = {"MPTAmount": "10000"}
    payer["FinalFields"]["Account"] = tx["Account"]
    (transfer,) = decode(row, raw_of(answer)).transfers
    assert (transfer.amount, transfer.decimals) == (10_000, 2)
    assert transfer.recipient.address == tx["Destination"]


@pytest.mark.parametrize("result", ["tefBAD_LEDGER", "tecPATH_DRY", "temMALFORMED", "terRETRY"])
def test_every_result_but_success_is_a_failure(
    row: Network, told: Story, raw_of: MakeRaw, result: str
) -> None:
    answer = told("native_with_tag")
    answer["meta"]["TransactionResult"] = result
    evidence = decode(row, raw_of(answer))
    assert (evidence.status, evidence.failure, evidence.transfers) == ("failed", result, ())


@pytest.mark.parametrize("validated", ["true", 1, None, {}])
def test_only_the_word_true_validates(
    row: Network, told: Story, raw_of: MakeRaw, validated: Any
) -> None:
    answer = told("native_with_tag")
    answer["validated"] = validated
    with pytest.raises(Garbled):
        decode(row, raw_of(answer))


def test_a_forged_field_does_not_survive_verification(
    row: Network, told: Story, raw_of: MakeRaw
) -> None:
    """Recipient, tag and amount are under the hash; the server can't change them unseen."""
    assert FAMILY.verify is not None
    for field, forged in (("DestinationTag", 1), ("Destination", "rrrrrrrrrrrrrrrrrrrrBZbvji")):
        answer = told("native_with_tag")
        raw = raw_of(answer)
        evidence = decode(row, raw)
        FAMILY.verify(row, raw, evidence)
        answer["tx_json"][field] = forged
        with pytest.raises(Garbled, match="hash to"):
            FAMILY.verify(row, raw, evidence)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-1e15, max_value=1e15)
)
def test_issued_amounts_are_read_exactly_or_not_at_all(number: Decimal) -> None:
    """XRPL token amounts: up to 16 significant digits; more than 20 are no honest answer."""
    text = f"{number:f}"
    digits = len(number.as_tuple().digits)
    if digits <= 20:
        assert read_issued(text, "value") == number
    else:
        with pytest.raises(Garbled):
            read_issued(text, "value")


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1_000", "1e999999999", "1e-400", " 1", "1 ", "", "0x1", "٣"]
)  # fmt: skip
def test_what_python_would_take_for_a_number_is_not_one(text: str) -> None:
    with pytest.raises(Garbled):
        read_issued(text, "value")


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("AccountDelete", "account_delete"),
        ("AMMWithdraw", "amm_withdraw"),
        ("NFTokenAcceptOffer", "nftoken_accept_offer"),
        ("XChainClaim", "xchain_claim"),
    ],
)
def test_types_are_named_in_the_chains_own_words(name: str, snake: str) -> None:
    assert snake_case(name) == snake


def test_all_healthy_stories_can_be_played_by_one_server() -> None:
    healthy = [f for f in load_fixtures(network="XRP") if f.error is None and f.profile is None]
    Replay(healthy)
