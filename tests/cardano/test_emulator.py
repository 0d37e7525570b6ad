"""Real transactions in an emulated ledger: evidence against the ledger's balances before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from nodes.blaze import exchanges, execute

from recovery.chains.cardano.family import FAMILY
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.model import Evidence, TransferKind, TxStatus
from recovery.networks import Network, load_registry

NAMES = ("coin", "several", "message", "mint", "token", "burn")
pytestmark = pytest.mark.xdist_group("cardano-emulator")


@pytest.fixture(scope="module")
def ledger() -> dict[str, Any]:
    return execute()


@pytest.fixture
def emulated() -> Network:
    return load_registry()["ADA"].with_profile("testnet")


@pytest.fixture
def asked(
    ledger: dict[str, Any],
    emulated: Network,
    serve: Callable[..., Node],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], tuple[dict[str, Any], Evidence]]:
    def ask(name: str) -> tuple[dict[str, Any], Evidence]:
        (told,) = [t for t in ledger["told"] if t["name"] == name]
        node = serve(exchanges(told))
        moment = datetime.fromtimestamp(ledger["head"]["time"] + 5, UTC)
        monkeypatch.setenv("RECOVERY_NOW", moment.isoformat())
        (raw,) = FAMILY.fetch(emulated, node, [told["tx"]["hash"]])
        assert isinstance(raw, RawTx), raw
        evidence = FAMILY.decode(emulated, raw)
        assert FAMILY.verify is not None
        FAMILY.verify(emulated, raw, evidence)
        return told, evidence

    return ask


def _balance(told: dict[str, Any], when: str, address: str) -> Counter[str]:
    return Counter({u: int(q) for u, q in told[when].get(address, {}).items()})


def _unit(position: str) -> str:
    return position.rpartition(":")[2]


@pytest.mark.parametrize("name", NAMES)
def test_every_balance_rises_by_what_the_evidence_says_was_received(
    ledger: dict[str, Any], asked: Any, name: str
) -> None:
    told, evidence = asked(name)
    assert (evidence.status, evidence.final) == (TxStatus.CONFIRMED, True)
    payer = ledger["people"]["alice"]
    received: dict[str, Counter[str]] = {}
    for t in evidence.transfers:
        received.setdefault(t.recipient.address, Counter())[_unit(t.position)] += t.amount
    for address in {*told["before"], *told["after"]} - {payer}:
        rise = _balance(told, "after", address)
        rise.subtract(_balance(told, "before", address))
        assert +rise == +received.get(address, Counter()), address
    assert {p.address for t in evidence.transfers for p in t.senders} == {payer}


@pytest.mark.parametrize("name", NAMES)
def test_the_payer_loses_what_others_received_and_the_fee(
    ledger: dict[str, Any], asked: Any, name: str
) -> None:
    told, evidence = asked(name)
    payer = ledger["people"]["alice"]
    lost = _balance(told, "before", payer)["lovelace"] - _balance(told, "after", payer)["lovelace"]
    paid = sum(
        t.amount
        for t in evidence.transfers
        if t.kind is TransferKind.NATIVE and t.recipient.address != payer
    )
    assert evidence.fee is not None
    assert lost == paid + evidence.fee.amount
    assert evidence.fee.payer == payer


def test_tokens_of_the_ledger_are_known_by_policy_and_name(
    ledger: dict[str, Any], asked: Any
) -> None:
    _, evidence = asked("mint")
    bob = ledger["people"]["bob"]
    paid = {
        t.asset.rpartition(":")[2]: (t.amount, t.symbol)
        for t in evidence.transfers
        if t.recipient.address == bob and t.kind is TransferKind.TOKEN
    }
    gold, nameless = ledger["units"]
    assert paid == {gold: (250_000, "GOLD"), nameless: (3, None)}


def test_the_ledger_refuses_to_execute_one_transaction_twice(ledger: dict[str, Any]) -> None:
    assert all(told["refused"] for told in ledger["told"])


def test_a_message_written_on_the_chain_is_read(asked: Any) -> None:
    _, evidence = asked("message")
    assert "from the emulator" in evidence.notes[0].text
