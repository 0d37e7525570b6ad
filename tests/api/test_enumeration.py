"""What the answer to a claim tells of other customers: not by its words, its fields, its steps, nor by what is asked for it.

A stranger claims what stands on the chain. Two claims must look alike wherever they differ only in what others have: whose
deposit it is, whether it was credited, whether somebody claimed it, how many of a transaction's recipients are customers.
What still differs, and why, stands in docs/security.md.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from api.claim_load import Nodes, Sent, sign_for_any_chain
from api.service import AMIRS, BEAS, CHENS, NOBODYS, Service
from sqlalchemy import event

from recovery.config import NetworkConfig
from recovery.demo import play
from recovery.records.importer import import_csv
from recovery.times import parse_time

BEA = "0xD456524C8Dc76d49fd5CAe1ce9f043a87106ED56"
CHEN = "0x5770815B0c2a09A43C9E5AEcb7e2f3886075B605"
DORA = "0xF00f5F458a145929c35d1D4d5D5A6525E982cB68"
"""Deposit addresses of the demonstration's customers."""
NOT_OURS = "0x" + "5a" * 20
DISPERSED = "0xa4cec2b83eb54197dad740d743f280ec0592dcb0ff4216cab5cade0d49d35aea"
"""One call on Arbitrum that pays amir, and two strangers."""
PAID_TOO = (
    "0x78d86064DF2bDf9C92E111aC2909cB577Ba27c04",
    "0x68C2Af0A5820E459DE3F503F1961FBBe928a2FbC",
)
"""The two of them."""

REPEATS = 120
"""Claims of each kind that are timed."""

_strangers = itertools.count()


def seen(answer: Any) -> list[dict[str, Any]]:
    """The cases of an answer, without what is each case's own: number, check word, times, the claim as typed."""
    assert answer.status_code == 201, answer.text
    shown = []
    for case in answer.json()["cases"]:
        own = {"receipt": None, "claim": None, "id": None}
        steps = [step["state"] for step in case["timeline"]]
        shown.append({**case, **own, "timeline": steps})
    return shown


def claim(service: Service, tx_hash: str, site: dict[str, str], **more: Any) -> Any:
    """As a customer who claims for the first time."""
    return service.claim(tx_hash, headers=site, user=f"stranger{next(_strangers)}", **more)


@pytest.mark.parametrize(
    "tx_hash",
    [AMIRS, BEAS, CHENS, NOBODYS],
    ids=["amirs", "beas", "chens", "nobodys"],
)
def test_who_claimed_before_changes_nothing(tx_hash: str, service: Service) -> None:
    site = service.key("site", channel=True)
    first, visitors = seen(claim(service, tx_hash, site)), seen(service.claim(tx_hash))
    for user in ("amir", "bea", "chen"):
        assert service.claim(tx_hash, headers=site, user=user).status_code == 201
    assert seen(claim(service, tx_hash, site)) == first
    assert seen(service.claim(tx_hash)) == visitors


def list_addresses(service: Service, folder: Path, *rows: str) -> None:
    path = folder / "addresses.csv"
    path.write_text("\n".join(("network,address,role,user,can_sign", *rows)) + "\n", "utf-8")
    import_csv(service.desk.store, "addresses", path, actor="test")


def test_how_many_of_a_transactions_recipients_are_customers_is_told_to_nobody(
    service: Service, tmp_path: Path
) -> None:
    site = service.key("site", channel=True)
    one, own = (
        seen(claim(service, DISPERSED, site)),
        service.claim(DISPERSED, headers=site, user="amir"),
    )
    (held,), (amirs,) = one, seen(own)
    assert (held["state"], amirs["state"]) == ("held", "in_sign_off")
    list_addresses(
        service, tmp_path, *(f"ARB,{a},deposit,zita{i},ARB" for i, a in enumerate(PAID_TOO))
    )
    assert seen(claim(service, DISPERSED, site)) == one
    assert seen(service.claim(DISPERSED)) == one
    again = service.claim(DISPERSED, headers=site, user="amir").json()["cases"]
    assert [case["id"] for case in again] == [case["id"] for case in own.json()["cases"]]
    zita = seen(service.claim(DISPERSED, headers=site, user="zita1"))
    assert [case["state"] for case in zita] == ["in_sign_off"]


def test_nor_where_the_nodes_were_slow(serve: Any, tmp_path: Path) -> None:
    service = serve(answer_seconds=0)
    site = service.key("site", channel=True)
    list_addresses(
        service, tmp_path, *(f"ARB,{a},deposit,zita{i},ARB" for i, a in enumerate(PAID_TOO))
    )
    for user, state in (("mallory", "held"), ("zita1", "in_sign_off")):
        made = service.claim(DISPERSED, headers=site, user=user)
        assert made.status_code == 202, made.text
        token = {"authorization": f"Bearer {made.json()['token']}"}
        while (told := service.get("/v1/case", token).json()["cases"])[0]["state"] == "checking":
            pass
        assert [case["state"] for case in told] == [state]


@pytest.fixture
def node() -> Iterator[Nodes]:
    with closing(Nodes(0, "ETH")) as node:
        yield node


@contextmanager
def watched(service: Service, node: Nodes) -> Iterator[list[str]]:
    """What the database and the node are asked for the claims in it, in order, without what is each claim's own."""
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(" ".join(statement.split()))

    engine = service.desk.store.engine
    event.listen(engine, "before_cursor_execute", note)
    node.asked = asked.append
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
        node.asked = None


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_others_have_changes_neither_the_answer_nor_what_is_asked_for_it(
    serve: Any, database: str, request: pytest.FixtureRequest, node: Nodes, tmp_path: Path
) -> None:
    """Plain ether in each; the nonce makes another transaction of it."""
    networks = {"ETH": NetworkConfig.model_validate({"endpoints": [node.url]})}
    service = serve(networks=networks, database_url=request.getfixturevalue(f"{database}_url"))
    site = service.key("site", channel=True)
    sent = {
        name: sign_for_any_chain(to.lower(), nonce)
        for nonce, (name, to) in enumerate(
            {
                "never claimed": BEA,
                "claimed by its owner": BEA,
                "claimed by a stranger": BEA,
                "credited": CHEN,
                "of a closed account": DORA,
                "not ours": NOT_OURS,
                "not ours, claimed by a stranger": NOT_OURS,
                "unknown": BEA,
                "unknown, claimed by a stranger": BEA,
            }.items()
        )
    }
    for name, one in sent.items():
        if "unknown" not in name:
            node.show(one)
    _credit(service, tmp_path, sent["credited"])
    claim(service, sent["never claimed"].tx_hash, site)  # the first of all loads what stays
    sent["never claimed"] = sign_for_any_chain(BEA.lower(), 99)
    node.show(sent["never claimed"])
    assert (
        service.claim(sent["claimed by its owner"].tx_hash, headers=site, user="bea").json()[
            "cases"
        ][0]["state"]
        == "in_sign_off"
    )
    for name, one in sent.items():
        if "by a stranger" in name:
            claim(service, one.tx_hash, site)
    answers, asked = {}, {}
    for name, one in sent.items():
        with watched(service, node) as asked[name]:
            answers[name] = seen(claim(service, one.tx_hash, site))
    for plain, others in {
        "never claimed": (
            "claimed by its owner",
            "claimed by a stranger",
            "credited",
            "of a closed account",
        ),
        "not ours": ("not ours, claimed by a stranger",),
        "unknown": ("unknown, claimed by a stranger",),
    }.items():
        for other in others:
            told = json.dumps(answers[other]).replace(sent[other].tx_hash, sent[plain].tx_hash)
            assert json.loads(told) == answers[plain], other
            assert asked[other] == asked[plain], other
    assert answers["never claimed"][0]["state"] == "held"
    assert answers["not ours"][0]["state"] == "refused"


def test_whose_an_address_is_that_only_the_claim_names_is_told_to_nobody(
    serve: Any, node: Nodes
) -> None:
    service = serve(networks={"ETH": NetworkConfig.model_validate({"endpoints": [node.url]})})
    site = service.key("site", channel=True)
    first, second, never, *unknown = (sign_for_any_chain(NOT_OURS, n) for n in range(5))
    node.show(first)
    node.show(second)
    for one in (first, never):  # the first of all loads what stays
        claim(service, one.tx_hash, site, address=CHEN)
    for one, other in ((first, second), unknown):
        with watched(service, node) as for_bea:
            beas = seen(claim(service, one.tx_hash, site, address=BEA))
        with watched(service, node) as for_nobody:
            nobodys = seen(claim(service, one.tx_hash, site, address="0x" + "77" * 20))
        assert beas == nobodys
        assert len(beas) == 1
        assert sorted(for_bea) == sorted(for_nobody)
        assert (
            seen(claim(service, other.tx_hash, site, address=BEA))[0]["state"] == beas[0]["state"]
        )


def test_whose_a_memo_is_that_only_the_claim_names_is_told_to_nobody(service: Service) -> None:
    site = service.key("site", channel=True)
    nils, nobodys = (seen(claim(service, NOBODYS, site, memo=memo)) for memo in ("77001", "77002"))
    assert nils == nobodys


def _credit(service: Service, folder: Path, *sent: Sent) -> None:
    path = folder / "credits.csv"
    rows = (f"ETH,{one.tx_hash},0,chen,native,{10**17},2026-11-20T11:00:00Z" for one in sent)
    head = "network,tx_hash,transfer,user,asset,amount,credited_at"
    path.write_text("\n".join((head, *rows)) + "\n", "utf-8")
    import_csv(
        service.desk.store, "credits", path, actor="test", complete_through=parse_time(play.NOW)
    )


@pytest.mark.skipif("RECOVERY_SOAK" not in os.environ, reason="a long run: RECOVERY_SOAK=1")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_time_of_an_answer_does_not_tell_what_others_have(
    serve: Any, database: str, request: pytest.FixtureRequest, node: Nodes, tmp_path: Path
) -> None:
    """`REPEATS` claims of each kind in random order: none takes longer than another more often than chance allows."""
    networks = {"ETH": NetworkConfig.model_validate({"endpoints": [node.url]})}
    url = request.getfixturevalue(f"{database}_url")
    service = serve(networks=networks, database_url=url, requests_per_minute_of_key=10**6)
    site = service.key("site", channel=True)
    kinds = (
        "never claimed",
        "claimed",
        "credited",
        "not ours",
        "not ours, claimed",
        "unknown",
        "unknown, claimed",
    )
    sent: dict[str, list[Sent]] = {kind: [] for kind in kinds}
    for number, kind in enumerate(kinds * REPEATS):
        one = sign_for_any_chain(NOT_OURS if "not ours" in kind else BEA.lower(), number)
        sent[kind].append(one)
        if "unknown" not in kind:
            node.show(one)
        if "claimed" in kind and "never" not in kind:
            service.claim(one.tx_hash, headers=site, user=f"somebody{number}")
    _credit(service, tmp_path, *sent["credited"])
    order = list(kinds * REPEATS)
    random.Random(7).shuffle(order)
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind in order:
        began = time.perf_counter()
        assert claim(service, sent[kind].pop().tx_hash, site).status_code == 201
        seconds[kind].append(time.perf_counter() - began)
    for plain, other in (
        ("never claimed", "claimed"),
        ("never claimed", "credited"),
        ("never claimed", "not ours"),
        ("not ours", "not ours, claimed"),
        ("unknown", "unknown, claimed"),
    ):
        more = sum(a > b for a in seconds[plain] for b in seconds[other]) / REPEATS**2
        assert 0.35 < more < 0.65, (plain, other)  # four times what chance alone does
