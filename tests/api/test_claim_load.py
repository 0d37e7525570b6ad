"""Claims at the pace of the worst day, with server processes killed on the way: none is lost, none is double.

A few hundred with one kill always; ``RECOVERY_SOAK=1`` makes 70,000 with a kill of each process, ``RECOVERY_CLAIMS`` any
number, ``RECOVERY_CLAIMS_A_SECOND`` another pace. Times are told, and measured only in the long run: a short one says more
of the machine's other work.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from api.claim_load import (
    NETWORK,
    ROOT,
    Kind,
    Nodes,
    Outcome,
    Servers,
    address_of_customer,
    claim_all,
    kind_of,
    p,
)

from recovery.api.desk import Desk
from recovery.api.metrics import Metrics
from recovery.api.secrets import KeyKind, add_key
from recovery.api.watch import Watcher
from recovery.cases.audit import audit
from recovery.clock import now
from recovery.config import load_config
from recovery.demo import play
from recovery.records.importer import import_csv
from recovery.store import Store, open_store

SOAK = "RECOVERY_SOAK" in os.environ
COUNT = int(os.environ.get("RECOVERY_CLAIMS") or (70_000 if SOAK else 150))
A_SECOND = float(os.environ.get("RECOVERY_CLAIMS_A_SECOND") or 25)
NODE_SECONDS = 0.05
ANSWERS = {
    Kind.OWN: {"quoted"},
    Kind.OTHERS: {"held"},
    Kind.OUTSIDE: {"refused"},
    Kind.UNKNOWN: {"needs_input"},
}
ABUSE = {"attempts_per_hour = 40000": "attempts_per_hour = 1000000"}


def test_no_accepted_claim_is_lost_or_double_when_servers_are_killed(
    store_url: str, tmp_path: Path, still: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = Nodes(NODE_SECONDS)
    try:
        with open_store(store_url) as store:
            play.fill(store)
            _list_customers(store, tmp_path)
            key, _ = add_key(store, actor="site", kind=KeyKind.CHANNEL, by="admin", at=now())
            servers = Servers(_write_config(tmp_path, store_url, nodes.url), tmp_path / "log")
            try:
                told = _play(servers, key, store, nodes)
            finally:
                servers.end()
            _all_are_checked(store, servers.config, monkeypatch)
            _each_has_its_answer(store, told)
            assert audit(store).problems == ()
    finally:
        nodes.close()


def _play(servers: Servers, key: str, store: Store, nodes: Nodes) -> Outcome:
    first, second = servers.ports
    for port in servers.ports:
        servers.start(port)
    servers.wait()

    def fall(port: int) -> None:
        servers.kill(port)
        servers.start(port)

    at = {COUNT // 3: lambda: fall(first)}
    if SOAK or COUNT > 1000:
        at[2 * COUNT // 3] = lambda: fall(second)
    began = time.perf_counter()
    told = asyncio.run(claim_all(nodes, servers.ports, key, COUNT, a_second=A_SECOND, at=at))
    took = time.perf_counter() - began
    print(
        f"\n{COUNT} claims in {took:.0f} s ({COUNT / took:.1f}/s), p50 {p(told.seconds, 0.5):.2f} s, p99 {p(told.seconds, 0.99):.2f} s,"
        f" most {max(told.seconds):.2f} s; tries again included p99 {p(told.whole, 0.99):.2f} s; {told.tries_again} tried again, {told.checking} checking, {len(told.busy)} busy {set(told.busy)}, load {os.getloadavg()[0]:.0f}"
    )
    assert told.refused == []
    assert len(told.cases) == COUNT, "every claim was answered"
    assert told.tries_again > 0, "the kill was felt"
    _nothing_lost_nothing_double(store, told)
    if SOAK:
        assert told.busy == []
        assert p(told.seconds, 0.99) < 3
        assert COUNT / took >= 20
    return told


def _nothing_lost_nothing_double(store: Store, told: Outcome) -> None:
    with store.look() as connection:
        rows = connection.execute(sa.text("SELECT id, tx_hash FROM cases")).all()
    by_hash: dict[str, list[str]] = {}
    for case_id, tx_hash in rows:
        by_hash.setdefault(tx_hash, []).append(case_id)
    for number, answers in told.cases.items():
        assert set(answers) == {answers[0]}, "the same request is the same claim"
        assert by_hash[told.hashes[number]] == answers[0].split(), "once, and as it was told"
    assert len(rows) == len(told.cases)


def _all_are_checked(store: Store, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that a killed process left in ``checking`` are led on by the watcher of another."""
    later = now() + timedelta(seconds=90)
    monkeypatch.setenv("RECOVERY_NOW", later.isoformat().replace("+00:00", "Z"))
    desk = Desk(load_config(str(config)))
    try:
        watcher = Watcher(desk, Metrics())
        ends = time.monotonic() + 120
        while left := _count_checking(store):
            assert time.monotonic() < ends, f"{left} cases were never checked"
            watcher.look()
    finally:
        desk.close()


def _each_has_its_answer(store: Store, told: Outcome) -> None:
    with store.look() as connection:
        rows = connection.execute(sa.text("SELECT tx_hash, state FROM cases")).all()
    states = {row.tx_hash: row.state for row in rows}
    found = {
        kind: {states[h] for n, h in told.hashes.items() if kind_of(n) is kind} for kind in Kind
    }
    assert found == ANSWERS


def _list_customers(store: Store, folder: Path) -> None:
    """Every claimant has a deposit address for Ethereum, whose key can sign on the load's network too."""
    path = folder / "addresses.csv"
    lines = (
        f"ETH,{address_of_customer(number)},deposit,,u{number},single,ETH {NETWORK}\n"
        for number in range(COUNT)
    )
    with path.open("w", encoding="utf-8") as file:
        file.write("network,address,role,memo,user,key_scheme,can_sign\n")
        file.writelines(lines)
    import_csv(store, "addresses", path, actor="load")


def _count_checking(store: Store) -> int:
    query = sa.text("SELECT count(*) FROM cases WHERE state = 'checking'")
    with store.look() as connection:
        return int(connection.execute(query).scalar_one())


def _write_config(folder: Path, url: str, node: str) -> Path:
    rules = (ROOT / "recovery/abuse/policy.toml").read_text("utf-8")
    policy = folder / "abuse.toml"
    for before, after in ABUSE.items():
        assert before in rules
        rules = rules.replace(before, after)
    policy.write_text(rules, "utf-8")
    path = folder / "recovery.toml"
    path.write_text(
        f'database_url = "{url}"\nabuse_policy = "{policy}"\n'
        f"[api]\nrequests_per_minute_of_key = 1000000\nrequests_per_minute_of_all = 1000000\n"
        f'[networks.{NETWORK}]\nendpoints = ["{node}"]\n',
        "utf-8",
    )
    return path
