"""Nodes that take their time: the claim is answered anyway, stored first, and led on later."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from api.claim_load import Nodes, sign_for_any_chain
from api.service import AMIRS, OUTSIDE, Service, bearer

from recovery.api.desk import Desk
from recovery.api.metrics import Metrics
from recovery.api.watch import LEASE, Watcher, take_lease
from recovery.cases.audit import audit
from recovery.cases.table import State
from recovery.clock import now
from recovery.config import Config, NetworkConfig


class Gate:
    """A proxy in front of a node that hands requests on once it is opened."""

    def __init__(self, url: str) -> None:
        self.opened = threading.Event()
        host, port = url.removeprefix("http://").split(":")
        gate = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                import socket

                gate.opened.wait(30)
                with socket.create_connection((host, int(port.rstrip("/")))) as node:
                    pump = threading.Thread(target=_pump, args=(node, self.request), daemon=True)
                    pump.start()
                    _pump(self.request, node)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


def _pump(source: Any, sink: Any) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        return


@contextmanager
def gated(config: Config) -> Iterator[tuple[Gate, dict[str, NetworkConfig]]]:
    """BSC behind a gate; every other network is not configured."""
    node = config.networks["BSC"].endpoints[0].url
    gate = Gate(node)
    thread = threading.Thread(target=gate.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gate, {"BSC": NetworkConfig.model_validate({"endpoints": [gate.url]})}
    finally:
        gate.opened.set()
        gate.server.shutdown()
        gate.server.server_close()


def _wait_for(service: Service, token: dict[str, str], state: str) -> dict[str, Any]:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        case: dict[str, Any] = service.get("/v1/case", token).json()["cases"][0]
        if case["state"] == state:
            return case
        time.sleep(0.05)
    raise AssertionError(f"never {state}: {case['state']}")


def test_a_slow_node_turns_the_answer_into_checking_and_a_later_update(
    config: Config, serve: Any
) -> None:
    with gated(config) as (gate, networks):
        service = serve(networks=networks, answer_seconds=0.3)
        site = service.key("site", channel=True)
        made = service.claim(AMIRS, headers=site, user="amir")
        assert made.status_code == 202, made.text
        case = made.json()["cases"][0]
        assert (case["state"], case["cause"], case["words"]["cause"]) == ("checking", None, None)
        token = bearer(made.json()["token"])
        assert service.get("/v1/case", token).json()["cases"] == [case], "stored before answered"
        gate.opened.set()
        assert _wait_for(service, token, "quoted")["id"] == case["id"]
        assert audit(service.desk.store).problems == ()


def test_information_is_kept_while_the_nodes_are_silent(config: Config, serve: Any) -> None:
    with gated(config) as (gate, networks):
        service = serve(networks=networks, answer_seconds=0.3)
        site = service.key("site", channel=True)
        token = bearer(service.claim(AMIRS, headers=site, user="amir").json()["token"])
        told = service.post("/v1/case/information", token, memo="77")
        assert told.status_code == 200, told.text
        assert told.json()["cases"][0]["claim"]["memo"] == "77"
        gate.opened.set()
        assert _wait_for(service, token, "quoted")["claim"]["memo"] == "77"


def test_what_a_killed_process_left_is_taken_up_by_another(
    config: Config, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gated(config) as (gate, networks):
        service = serve(networks=networks, answer_seconds=0.3)
        site = service.key("site", channel=True)
        made = service.claim(AMIRS, headers=site, user="amir")
        token = bearer(made.json()["token"])
        other = Desk(config)  # its nodes answer; it knows nothing of what the first one waits for
        try:
            watcher = Watcher(other, Metrics())
            assert watcher.look() == 0, "still the first one's work"
            later = now() + timedelta(minutes=5)
            monkeypatch.setenv("RECOVERY_NOW", later.isoformat().replace("+00:00", "Z"))
            assert watcher.look() == 1
            assert _wait_for(service, token, "quoted")["id"] == made.json()["cases"][0]["id"]
            gate.opened.set()
        finally:
            other.close()
    case = service.get("/v1/case", token).json()["cases"][0]
    assert case["state"] == State.QUOTED.value, "the late answer doubles nothing"


def test_a_hash_found_late_on_several_networks_asks_which_one_is_meant(serve: Any) -> None:
    sent = sign_for_any_chain(OUTSIDE.lower())
    with closing(Nodes(0.4, "BSC")) as bsc, closing(Nodes(0.4, "ETH")) as eth:
        bsc.show(sent)
        eth.show(sent)
        networks = {
            code: NetworkConfig.model_validate({"endpoints": [node.url]})
            for code, node in (("BSC", bsc), ("ETH", eth))
        }
        service = serve(networks=networks, answer_seconds=0.2)
        made = service.claim(sent.tx_hash)
        assert made.status_code == 202, made.text
        token = bearer(made.json()["token"])
        case = _wait_for(service, token, "needs_input")
        (need,) = case["needs"]
        assert need["code"] == "network"
        assert need["text"].endswith("(ETH, BSC)")
        assert "information" in case["actions"]
        told = service.post("/v1/case/information", token, network="BSC")
        assert told.status_code == 200, told.text
        answered = _wait_for(service, token, "refused")
        assert (answered["id"], answered["cause"]) == (case["id"], "address_not_ours")
        assert audit(service.desk.store).problems == ()


def test_in_a_busy_moment_a_claim_is_received_at_once_and_answered_later(
    config: Config, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gated(config) as (gate, networks):
        service = serve(networks=networks, answer_seconds=30)
        monkeypatch.setattr("recovery.api.desk.ASKING", 0)
        site = service.key("site", channel=True)
        made = service.claim(AMIRS, headers=site, user="amir")
        assert made.status_code == 202, "nobody waits in a line"
        gate.opened.set()
        _wait_for(service, bearer(made.json()["token"]), "quoted")


def test_where_the_line_is_full_the_watcher_asks(
    config: Config, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve()
    site = service.key("site", channel=True)
    with monkeypatch.context() as full:
        full.setattr("recovery.api.desk.ASKING", 0)
        full.setattr("recovery.api.desk.QUEUED", 0)
        made = service.claim(AMIRS, headers=site, user="amir")
    assert made.status_code == 202, made.text
    later = now() + timedelta(minutes=1)
    monkeypatch.setenv("RECOVERY_NOW", later.isoformat().replace("+00:00", "Z"))
    assert Watcher(service.desk, Metrics()).look() == 1
    _wait_for(service, bearer(made.json()["token"]), "quoted")


def test_one_process_watches_at_a_time(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T12:00:00Z")
    assert take_lease(store, "watch", "one")
    assert not take_lease(store, "watch", "other")
    assert take_lease(store, "watch", "one")
    after = now() + LEASE
    monkeypatch.setenv("RECOVERY_NOW", after.isoformat().replace("+00:00", "Z"))
    assert take_lease(store, "watch", "other"), "a dead holder's lease ends by itself"
    assert not take_lease(store, "watch", "one")
