"""Published tricks and known traps of Cardano: each ends without a credit that is not due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cardano.stories import (
    BOB,
    FAKE,
    FRANKEN,
    USDM,
    In,
    Out,
    blockfrost,
    blockfrost_health,
    get,
    koios,
    pay,
)

from recovery.chains.cardano.family import FAMILY
from recovery.chains.codecs import parse_address
from recovery.chains.family import FetchOutcome, RawTx
from recovery.demo.fixtures import load_fixtures
from recovery.documents import print_evidence
from recovery.errors import Garbled, Unhealthy
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import Network

Story = Callable[[str], Evidence]
Look = Callable[..., FetchOutcome]
TOLD_TWICE = sorted(
    f.name.removeprefix("ADA/koios-")
    for f in load_fixtures(network="ADA")
    if f.name.startswith("ADA/koios-") and f.evidence is not None
)


@pytest.mark.parametrize("name", TOLD_TWICE)
def test_both_apis_give_equal_evidence(story: Story, name: str) -> None:
    assert print_evidence(story(name)) == print_evidence(story(f"koios-{name}"))


@pytest.mark.parametrize("api", ["", "koios-"])
def test_an_invalid_script_pays_nobody_but_the_collateral_return(story: Story, api: str) -> None:
    evidence = story(f"{api}hostile-invalid-script")
    assert evidence.status is TxStatus.FAILED
    paid = {t.recipient.address for t in evidence.transfers if t.succeeded}
    promised = [t for t in evidence.transfers if t.recipient.address == BOB]
    assert BOB not in paid
    assert [t.succeeded for t in promised] == [False, False]
    assert evidence.fee is not None
    assert evidence.fee.amount == 1_500_000


def test_a_valid_script_leaves_its_collateral_alone(story: Story) -> None:
    evidence = story("script-succeeded")
    assert evidence.status is TxStatus.CONFIRMED
    assert sum(t.amount for t in evidence.transfers if t.kind is TransferKind.NATIVE) == 42_918_950
    assert evidence.fee is not None
    assert evidence.fee.amount == 579_251


def test_a_tokens_name_identifies_nothing(story: Story) -> None:
    (true,) = [t for t in story("registered-token").transfers if t.position.endswith(USDM)][:1]
    (fake,) = [t for t in story("hostile-same-name").transfers if t.position.endswith(FAKE)][:1]
    assert true.symbol == fake.symbol == "USDM"
    assert true.asset != fake.asset
    assert fake.decimals is None


def test_a_strangers_stake_part_does_not_change_whose_money_it_is(
    row: Network, story: Story
) -> None:
    paid = story("franken-address").transfers[0].recipient
    assert paid.address == FRANKEN != BOB
    assert paid.key == parse_address(row, BOB).key


def test_an_output_that_is_only_looked_at_is_no_sender(story: Story) -> None:
    senders = {p.address for t in story("reference-input").transfers for p in t.senders}
    assert BOB not in senders
    assert len(senders) == 1


def test_a_message_routes_nothing(story: Story) -> None:
    evidence = story("message")
    assert all(t.memo is None for t in evidence.transfers)
    assert "Deposit 100234, please credit quickly" in evidence.notes[0].text


@pytest.mark.parametrize("answers", [blockfrost, koios])
def test_an_output_that_was_cut_off_is_noticed_by_the_total(
    row: Network, look: Look, answers: Callable[..., Any]
) -> None:
    told = pay()
    cut = answers(told)
    for exchange in cut:
        document = exchange["json"]
        if exchange.get("get", "").endswith("/utxos"):
            del document["outputs"][0]
        if exchange.get("post") == "/tx_info":
            del document[0]["outputs"][0]
    api = "koios" if answers is koios else "blockfrost"
    assert isinstance(look(cut, told.tx_hash, api=api), Garbled)


@pytest.mark.parametrize(
    "lie",
    [
        {"outputs": [Out(BOB, {"lovelace": 99_000_000}), Out(BOB, {"lovelace": 830_000})]},
        {"outputs": [Out(FRANKEN, {"lovelace": 25_000_000}), Out(BOB, {"lovelace": 74_830_000})]},
        {"fee": 1},
        {"valid": False, "inputs": [In(BOB, {"lovelace": 9_000_000}, collateral=True)]},
    ],
    ids=["amounts", "address", "fee", "validity"],
)
def test_what_the_signed_bytes_do_not_say_is_refused(row: Network, look: Look, lie: Any) -> None:
    """An indexer that lies consistently is caught by the bytes, before a quote or signature."""
    honest = pay()
    told = replace(honest, hash=honest.tx_hash, raw=honest.cbor or "", **lie)
    raw = look(blockfrost(told), told.tx_hash)
    assert isinstance(raw, RawTx)
    with pytest.raises(Garbled):
        FAMILY.verify(row, raw, FAMILY.decode(row, raw))  # type: ignore[misc]  # it has one


def test_bytes_of_another_transaction_are_refused(row: Network, look: Look) -> None:
    told = replace(pay(), hash=pay().tx_hash, raw=pay(BOB, 26_000_000).cbor or "")
    raw = look(blockfrost(told), told.tx_hash)
    assert isinstance(raw, RawTx)
    with pytest.raises(Garbled, match="another hash"):
        FAMILY.verify(row, raw, FAMILY.decode(row, raw))  # type: ignore[misc]  # it has one


def test_a_server_of_a_test_network_is_not_believed(row: Network, look: Look) -> None:
    told = [*blockfrost(pay()), *blockfrost_health(magic=1)]
    with pytest.raises(Unhealthy, match="magic 1"):
        look(told, pay().tx_hash)


def test_a_tip_of_an_hour_ago_proves_nothing(row: Network, look: Look) -> None:
    told = [*blockfrost(pay()), *blockfrost_health(time=1_795_176_000 - 3600)]
    with pytest.raises(Unhealthy, match="60 minutes"):
        look(told, pay().tx_hash)


def test_a_404_that_is_not_blockfrosts_is_no_absence(row: Network, look: Look) -> None:
    tx_hash = "ab" * 32
    path = f"/txs/{tx_hash}"
    wrong = [*blockfrost_health(), get(path, {"detail": "no such route"}, 404)]
    assert isinstance(look(wrong, tx_hash), Unhealthy)


def test_a_transaction_whose_outputs_are_not_there_yet_is_asked_again_later(
    row: Network, look: Look
) -> None:
    told = pay()
    missing = {"status_code": 404, "error": "Not Found", "message": "not yet"}
    answers = [*blockfrost(told), get(f"/txs/{told.tx_hash}/utxos", missing, 404)]
    assert isinstance(look(answers, told.tx_hash), Unhealthy)
