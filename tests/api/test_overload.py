"""More claims than a process can check, and more than it can store: received first, or sent away at once; never left waiting."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from api import test_claim_load as load
from api.claim_load import NETWORK, Kind, Nodes, Servers, free_port, kind_of
from api.service import AMIRS, NOBODYS, UNKNOWN, Service, bearer

from recovery.api import taking, turns
from recovery.api.metrics import Metrics
from recovery.api.secrets import KeyKind, add_key
from recovery.api.turns import Busy, Turns
from recovery.api.watch import Watcher
from recovery.cases.audit import audit
from recovery.clock import now
from recovery.demo import play
from recovery.store import Store, open_store

SOAK = "RECOVERY_SOAK" in os.environ
COUNT = 400


def test_a_turn_that_does_not_come_in_time_is_an_answer_too() -> None:
    line = Turns(at_once=1)
    with line.turn(time.monotonic() + 60):
        with pytest.raises(Busy), line.turn(time.monotonic() + 0.01):
            raise AssertionError("two at once")
        assert not line.is_crowded
    with line.turn(time.monotonic()):
        pass


def test_a_crowd_is_seen_while_it_waits_and_comes_one_after_the_other() -> None:
    line, worked = Turns(at_once=1), []

    def work(number: int) -> None:
        with line.turn(time.monotonic() + 60):
            worked.append(number)

    with ThreadPoolExecutor(turns.CROWD) as crowd:
        with line.turn(time.monotonic() + 60):
            waiting = [crowd.submit(work, number) for number in range(turns.CROWD)]
            while not line.is_crowded:
                time.sleep(0.001)
            assert worked == []
        for one in waiting:
            one.result()
    assert sorted(worked) == list(range(turns.CROWD))
    assert not line.is_crowded


def test_where_every_place_is_taken_a_claim_is_sent_away_before_it_is_read(
    service: Service,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.desk, "turns", Turns(places=0))
        no = service.claim("not even a hash", headers={"accept-language": "de"})
        assert (no.status_code, no.headers["retry-after"]) == (503, str(turns.RETRY_AFTER))
        assert no.json()["reference"] == "busy"
        assert "Moment" in no.json()["detail"]
        assert no.elapsed.total_seconds() < 30
        page = service.client.post(
            "/", data={"tx_hash": "kept <as> typed"}, headers={"accept": "text/html"}
        )
        assert page.status_code == 503
        assert 'value="kept &lt;as&gt; typed"' in page.text
        assert "A great many people" in page.text
        assert service.client.get("/healthz").status_code == 200
        assert service.client.get("/").status_code == 200
    assert service.claim(UNKNOWN).status_code in (201, 202)


def test_in_a_crowd_a_claim_is_received_without_asking_and_checked_later(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve()
    site = service.key("site", channel=True)
    with monkeypatch.context() as crowded:
        crowded.setattr(turns, "CROWD", 0)
        crowded.setattr(service.desk.checker, "check", None)  # whoever asks fails
        key = site | {"idempotency-key": str(uuid.uuid4())}
        made = service.claim(AMIRS, headers=key, user="amir")
        again = service.claim(AMIRS, headers=key, user="amir")
        wrong = service.claim("0x12", headers=site, user="amir")
    assert (made.status_code, made.json()["cases"][0]["state"]) == (202, "checking")
    assert again.json()["cases"] == made.json()["cases"]
    assert (wrong.status_code, wrong.json()["reference"]) == (422, "bad-hash")
    later = now() + timedelta(minutes=1)
    monkeypatch.setenv("RECOVERY_NOW", later.isoformat().replace("+00:00", "Z"))
    assert Watcher(service.desk, Metrics()).look() == 1
    case = service.get("/v1/case", bearer(made.json()["token"])).json()["cases"][0]
    assert case["state"] == "quoted"
    assert audit(service.desk.store).problems == ()


def test_what_no_configured_network_could_answer_is_refused_in_a_crowd_too(
    serve: Any, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(networks={"LTC": config.networks["LTC"]})
    monkeypatch.setattr(turns, "CROWD", 0)
    no = service.claim(AMIRS)
    assert (no.status_code, no.json()["reference"]) == (422, "nothing-configured")


def test_a_claim_that_is_not_stored_in_time_says_so_and_can_be_made_again(service: Service) -> None:
    site = service.key("site", channel=True) | {"idempotency-key": str(uuid.uuid4())}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.desk, "turns", Turns(at_once=0))
        patch.setattr("recovery.api.desk.WAIT_SECONDS", 0.1)
        no = service.claim(AMIRS, headers=site, user="amir")
        assert (no.status_code, no.json()["reference"]) == (503, "busy")
    assert _count(service.desk.store) == 0
    made = service.claim(AMIRS, headers=site, user="amir")
    assert made.json()["cases"][0]["state"] == "quoted"


def test_an_answer_leaves_on_the_grid_and_never_late_because_of_it() -> None:
    assert taking.find_wait(0.02, until=2.5) == pytest.approx(0.23)
    assert taking.find_wait(0.26, until=2.5) == pytest.approx(0.24)
    assert taking.find_wait(2.49, until=2.5) == pytest.approx(0.01)
    assert taking.find_wait(2.51, until=2.5) == 0


def test_a_no_leaves_on_the_grid_too(service: Service) -> None:
    for body in ({"tx_hash": "nonsense"}, {"tx_hash": NOBODYS, "user": "somebody"}):
        began = time.monotonic()
        assert service.client.post("/v1/claims", json=body).status_code == 422
        assert time.monotonic() - began >= taking.GRID_SECONDS


def test_four_hundred_claims_at_once_are_stored_or_sent_away_and_none_is_lost(
    tmp_path: Path, still: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "COUNT", COUNT)
    url = f"sqlite:///{tmp_path}/overload.db"
    with closing(Nodes(0.05)) as nodes, open_store(url) as store:
        play.fill(store)
        load._list_customers(store, tmp_path)
        key, _ = add_key(store, actor="site", kind=KeyKind.CHANNEL, by="admin", at=now())
        config = load._write_config(tmp_path, url, nodes.url)
        servers = Servers(config, tmp_path / "log", ports=(free_port(),))
        servers.start(*servers.ports)
        try:
            servers.wait()
            hashes = [nodes.include(number) for number in range(COUNT)]
            first, later = asyncio.run(_claim_at_once(servers.ports[0], key, hashes))
        finally:
            servers.end()
        statuses = [status for status, _, _ in first]
        told = {s: statuses.count(s) for s in sorted(set(statuses))}
        slowest = max(seconds for _, seconds, _ in first)
        print(f"\n{told}, the slowest {slowest:.2f} s, load {os.getloadavg()[0]:.0f}")
        assert set(statuses) <= {201, 202, 503}
        assert statuses.count(503) < COUNT
        assert all(wait for status, _, wait in first if status == 503)
        assert not SOAK or slowest < 3  # a short run says more of the machine's other work
        assert set(later) <= {201, 202}, "who came back got in"
        assert _count(store) == COUNT, "each once"
        load._all_are_checked(store, config, monkeypatch)
        with store.look() as connection:
            rows = connection.execute(sa.text("SELECT tx_hash, state FROM cases")).all()
        states = {row.tx_hash: row.state for row in rows}
        for kind in Kind:
            found = {states[h] for n, h in enumerate(hashes) if kind_of(n) is kind}
            assert found == load.ANSWERS[kind]
        assert audit(store).problems == ()


async def _claim_at_once(
    port: int, key: str, hashes: list[str]
) -> tuple[list[tuple[int, float, str | None]], list[int]]:
    """Status, seconds and ``Retry-After`` of each first try; the status with which each got in at last.

    By bare sockets: a client of the standard kind is busier with four hundred connections than the server.
    """

    async def post(head: str, body: str) -> tuple[int, str | None]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            writer.write(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
            told = (await reader.read()).decode()
        wait = re.search(r"(?i)\r\nretry-after: (\d+)", told)
        return int(told.split(" ")[1]), None if wait is None else wait[1]

    async def claim(number: int) -> tuple[tuple[int, float, str | None], int]:
        head = (
            "POST /v1/claims HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            f"content-type: application/json\r\nauthorization: Bearer {key}\r\n"
            f"idempotency-key: {uuid.uuid4()}\r\n"
        )
        told = {"tx_hash": hashes[number], "network": NETWORK, "user": f"u{number}"}
        tries: list[tuple[int, float, str | None]] = []
        while not tries or tries[-1][0] == 503:
            if tries:
                await asyncio.sleep(int(tries[-1][2] or 0) + number % 50 / 5)
            began = time.perf_counter()
            status, wait = await post(head, json.dumps(told))
            tries.append((status, time.perf_counter() - began, wait))
        return tries[0], tries[-1][0]

    told = await asyncio.gather(*(claim(number) for number in range(len(hashes))))
    return [first for first, _ in told], [last for _, last in told]


def _count(store: Store) -> int:
    with store.look() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM cases")).scalar_one())
