"""Two at once, and a process that dies: one challenge is answered once, one transfer serves once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from outer.desk import print_time
from proofs.ripple import OURS, XRP, Wallet
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from recovery.cases import desk as cases
from recovery.cases.audit import audit
from recovery.cases.table import State
from recovery.checker import Checker
from recovery.config import Config, EndpointConfig, NetworkConfig
from recovery.demo.server import serve_networks
from recovery.errors import RecoveryError
from recovery.model import Claim
from recovery.proofs import desk, register
from recovery.proofs.requests import ProofDeposit
from recovery.proofs.tables import ProofAnswerRow, ProofDepositRow, ProofRequestRow
from recovery.proofs.values import SignedAnswer
from recovery.records.importer import import_csv
from recovery.store import Store, open_store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WALLET = Wallet(7)
DEPOSIT = WALLET.pay(40_000_000, NOW - timedelta(hours=3))
FILES = {
    "listings": "network,asset,symbol,decimals,status\nXRP,native,XRP,6,listed\n",
    "addresses": f"network,address,role,memo,user\nXRP,{OURS},shared,,\nXRP,{OURS},shared,77,ulla\n",
    "prices": "asset,currency,price,as_of\nxrpl:0/slip44:144,USD,2,2026-11-20T12:00:00Z\n",
    "credits": "network,tx_hash,transfer,user,asset,amount,credited_at\n",
}


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run all acts from one starting line; a refusal counts as an outcome."""
    line = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        line.wait()
        try:
            return act()
        except RecoveryError as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def clerks(
    store_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Checker]]:
    """Four checkers with connections of their own, as four processes have them."""
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW))
    with contextlib.ExitStack() as stack:
        urls = stack.enter_context(serve_networks([DEPOSIT]))
        endpoint = EndpointConfig(url=urls["XRP"])
        config = Config(
            database_url=store_url, networks={"XRP": NetworkConfig(endpoints=(endpoint,))}
        )
        made = []
        for _ in range(4):
            made.append(Checker(config, stack.enter_context(open_store(store_url))))
            stack.callback(made[-1].nodes.close)
        for kind, text in FILES.items():
            path = tmp_path / f"{kind}.csv"
            path.write_text(text, "utf-8")
            mark = NOW + timedelta(days=1) if kind == "credits" else None
            import_csv(made[0].store, kind, path, actor="olga", complete_through=mark)
        yield made


def open_case(checker: Checker) -> str:
    claim = Claim(DEPOSIT.tx_hash, network=XRP.code, user="ulla", memo="77")
    (case,) = cases.open_claim(checker.store, checker.check(claim), actor="front", at=NOW)
    assert case.state is State.NEEDS_INPUT
    return case.id


def rows_of(store: Store, model: type[Any]) -> list[Any]:
    with store.read() as session:
        return list(session.exec(select(model)))


def answer_of(checker: Checker, case_id: str) -> SignedAnswer:
    (way,) = desk.open_view(checker, case_id).choice.ways
    (request,) = [
        r for r in register.load_file(checker.store, case_id).requests if r.text is not None
    ]
    assert request.text is not None
    assert way.sender.address == WALLET.address
    return SignedAnswer(WALLET.sign(request.text), WALLET.public_key)


def test_many_who_ask_at_once_issue_one_challenge(clerks: list[Checker]) -> None:
    case_id = open_case(clerks[0])
    at_once([partial(desk.ask, c, case_id, actor="front") for c in clerks])
    at_once([partial(desk.ask, c, case_id, actor="front", deposit=True) for c in clerks])
    found = rows_of(clerks[0].store, ProofRequestRow)
    assert sorted(r.means for r in found) == ["deposit", "signature"]
    assert audit(clerks[0].store).problems == ()


def test_the_right_answer_handed_in_by_many_at_once_counts_once(clerks: list[Checker]) -> None:
    case_id = open_case(clerks[0])
    desk.ask(clerks[0], case_id, actor="front")
    answer = answer_of(clerks[0], case_id)
    hand_in = partial(
        desk.answer_with_signature, case_id=case_id, address=WALLET.address, actor="front"
    )
    at_once([partial(hand_in, c, answer=answer) for c in clerks])
    (row,) = [r for r in rows_of(clerks[0].store, ProofAnswerRow) if r.refused is None]
    assert row.fulfils == row.request_id
    case = cases.load_case(clerks[0].store, case_id)
    assert case.state is State.QUOTED
    assert [c.condition for c in case.confirmations] == ["sender_proof"]
    assert audit(clerks[0].store).problems == ()


def test_wrong_answers_at_once_never_pass_the_limit_of_attempts(clerks: list[Checker]) -> None:
    case_id = open_case(clerks[0])
    desk.ask(clerks[0], case_id, actor="front")
    wrong = SignedAnswer(WALLET.sign("something else"), WALLET.public_key)
    hand_in = partial(
        desk.answer_with_signature, case_id=case_id, address=WALLET.address, answer=wrong
    )
    for _ in range(3):
        at_once([partial(hand_in, c, actor="front") for c in clerks])
    refused = rows_of(clerks[0].store, ProofAnswerRow)
    assert [r.refused for r in refused] == ["wrong-signer"] * 5
    assert cases.load_case(clerks[0].store, case_id).state is State.NEEDS_INPUT
    assert audit(clerks[0].store).problems == ()


def test_the_database_itself_lets_a_request_be_fulfilled_once_and_a_transfer_serve_once(
    clerks: list[Checker],
) -> None:
    store = clerks[0].store
    case_id = open_case(clerks[0])
    desk.ask(clerks[0], case_id, actor="front")
    desk.answer_with_signature(
        clerks[0],
        case_id,
        address=WALLET.address,
        answer=answer_of(clerks[0], case_id),
        actor="front",
    )
    (row,) = rows_of(store, ProofAnswerRow)
    with pytest.raises(IntegrityError), store.begin() as session:
        session.add(ProofAnswerRow(**{**row.model_dump(), "id": "another"}))
    served = ProofDeposit(XRP.code, "AB" * 32, "native", row.id, case_id, 1, 5, True)
    with store.begin() as session:
        register.insert(session, served)
    with pytest.raises(IntegrityError), store.begin() as session:
        register.insert(session, served)


COLUMNS = [
    (model, column.name)
    for model in (ProofRequestRow, ProofAnswerRow)
    for column in SQLModel.metadata.tables[str(model.__tablename__)].columns
]


def test_no_column_of_a_proof_is_changed_unseen(clerks: list[Checker]) -> None:
    from sqlalchemy import text

    store = clerks[0].store
    case_id = open_case(clerks[0])
    desk.ask(clerks[0], case_id, actor="front")
    desk.answer_with_signature(
        clerks[0],
        case_id,
        address=WALLET.address,
        answer=answer_of(clerks[0], case_id),
        actor="front",
    )
    unseen = []
    for model, name in COLUMNS:
        if name in ("id", "case_id", "request_id", "fulfils"):
            continue  # keys of other rows: the database refuses a change
        (row,) = rows_of(store, model)
        kept = getattr(row, name)
        if isinstance(kept, datetime):
            changed: Any = kept + timedelta(seconds=1)
        else:
            changed = 7 if isinstance(kept, int) else f"{kept or ''}x"
        if name == "amount":
            changed = 7
        for value, clean in ((changed, False), (kept, True)):
            with store.begin() as session:
                again = session.get_one(model, row.id)
                setattr(again, name, value)
                session.add(again)
            if audit(store).is_clean is not clean:
                unseen.append((name, clean))
    assert unseen == []
    with store.begin() as session:
        session.connection().execute(text("DELETE FROM proof_answers"))
    assert not audit(store).is_clean
    assert rows_of(store, ProofDepositRow) == []


_DYING = """
import os, sys
from recovery.cases import casebook
from recovery.checker import open_checker
from recovery.config import parse_config
from recovery.proofs import desk, register, writing
from recovery.proofs.values import SignedAnswer
place, config, case_id, address, signature, key = sys.argv[1:]
def die(*args, **more):
    os._exit(9)
if place == "before_rows":
    writing.register.insert = die
elif place == "after_rows":
    casebook.replace_case = die
elif place == "after_commit":
    from recovery.proofs import answering
    answering.look_again = die
with open_checker(parse_config(config, where="test")) as checker:
    desk.answer_with_signature(
        checker, case_id, address=address, answer=SignedAnswer(signature, key), actor="front"
    )
os._exit(0)
"""


@pytest.mark.parametrize("place", ["before_rows", "after_rows", "after_commit"])
def test_a_process_that_dies_anywhere_loses_and_doubles_nothing(
    clerks: list[Checker], place: str
) -> None:
    checker = clerks[0]
    case_id = open_case(checker)
    desk.ask(checker, case_id, actor="front")
    answer = answer_of(checker, case_id)
    endpoint = checker.config.networks["XRP"].endpoints[0].url
    config = f'database_url = "{checker.config.database_url}"\n[networks.XRP]\nendpoints = ["{endpoint}"]'
    assert answer.public_key is not None
    died = subprocess.run(
        [
            sys.executable,
            "-c",
            _DYING,
            place,
            config,
            case_id,
            WALLET.address,
            answer.signature,
            answer.public_key,
        ],
        timeout=60,
        check=False,
    )
    assert died.returncode == 9
    stored = rows_of(checker.store, ProofAnswerRow)
    state = cases.load_case(checker.store, case_id).state
    expected = (1, State.CHECKING) if place == "after_commit" else (0, State.NEEDS_INPUT)
    assert (len(stored), state) == expected
    assert audit(checker.store).is_clean
    after = desk.answer_with_signature(
        checker, case_id, address=WALLET.address, answer=answer, actor="front"
    )
    assert after.case.state is State.QUOTED
    assert len(rows_of(checker.store, ProofAnswerRow)) == 1
    assert audit(checker.store).is_clean


def test_the_scanner_finds_whose_deposit_it_saw_and_hands_it_in(
    clerks: list[Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    checker = clerks[0]
    case_id = open_case(checker)
    desk.ask(checker, case_id, actor="front", deposit=True)
    (request,) = register.load_file(checker.store, case_id).requests
    assert isinstance(request.amount, int)
    sent = WALLET.pay(request.amount, NOW + timedelta(minutes=5), sequence=2)
    other = WALLET.pay(request.amount + 1, NOW + timedelta(minutes=5), sequence=3)
    stranger = Wallet(8).pay(request.amount, NOW + timedelta(minutes=5))
    monkeypatch.setenv("RECOVERY_NOW", print_time(NOW + timedelta(minutes=10)))
    with serve_networks([DEPOSIT, sent, other, stranger]) as urls:
        endpoint = EndpointConfig(url=urls["XRP"])
        networks = {"XRP": NetworkConfig(endpoints=(endpoint,))}
        config = checker.config.model_copy(update={"networks": networks})
        scanning = Checker(config, checker.store)
        try:
            for story, hits in ((other, []), (stranger, []), (sent, [request.id])):
                found = scanning.check(Claim(story.tx_hash, network=XRP.code)).found
                assert found is not None
                evidence = found.evidence
                open_ones = desk.find_open_requests(
                    checker.store, evidence, since=NOW - timedelta(hours=1)
                )
                assert [r.id for r in open_ones] == hits
            at_once(
                [
                    partial(desk.answer_with_deposit, scanning, case_id, sent.tx_hash, actor=None)
                    for _ in range(3)
                ]
            )
            again = desk.answer_with_deposit(scanning, case_id, sent.tx_hash, actor=None)
        finally:
            scanning.nodes.close()
    assert again.case.state is State.QUOTED
    assert len(rows_of(checker.store, ProofDepositRow)) == 1
    assert desk.find_open_requests(checker.store, evidence, since=NOW) == ()
    assert audit(checker.store).problems == ()


def test_an_amount_is_nobody_elses_until_its_window_ends(clerks: list[Checker]) -> None:
    checker = clerks[0]
    case_id = open_case(checker)
    desk.ask(checker, case_id, actor="front", deposit=True)
    (request,) = register.load_file(checker.store, case_id).requests
    assert request.recipient_key is not None

    def taken(at: datetime) -> set[int]:
        with checker.store.read() as session:
            assert request.recipient_key is not None
            return register.find_open_amounts(session, XRP.code, request.recipient_key, at=at)

    assert taken(NOW) == {request.amount}
    assert taken(NOW + timedelta(hours=71)) == {request.amount}
    assert taken(NOW + timedelta(hours=73)) == set()
