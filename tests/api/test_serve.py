"""`recovery serve` and `recovery key`, as they are typed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from api.service import bearer

from recovery.commands import run
from recovery.config import Config
from recovery.demo import play


def test_two_workers_serve_one_database_and_end_in_order(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "recovery.toml"
    path.write_text(play.print_config(config), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "cli.py", "serve", "--port", str(port), "--workers", "2"]
    command += ["--config", str(path)]
    log = tmp_path / "log"
    with log.open("w") as errors:
        server = subprocess.Popen(
            command, stderr=errors, stdout=errors, cwd=Path(__file__).parents[2], env={**os.environ}
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _wait_until_ready(client, server)
            made = client.post("/v1/claims", json={"tx_hash": "nonsense"})
            assert made.status_code == 422
            for _ in range(8):
                with httpx.Client(base_url=f"http://127.0.0.1:{port}") as other:
                    assert other.get("/healthz").status_code == 200
            told = client.get("/metrics").text
            assert 'route="/healthz"' in told, "of both processes together"
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) in (0, -signal.SIGTERM)
    written = log.read_text("utf-8")
    assert "Traceback" not in written, written
    assert "POST /v1/claims 422" in written


def _wait_until_ready(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        assert server.poll() is None, "the server ended"
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("never ready")


def test_several_workers_need_a_named_port(config: Config, tmp_path: Path) -> None:
    assert run(["serve", "--workers", "2", "--port", "0"]) == 2


def test_a_key_is_shown_once_listed_without_itself_and_ended(
    store_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recovery.api.secrets import find_key
    from recovery.clock import now
    from recovery.store import open_store

    monkeypatch.setenv("RECOVERY_DATABASE_URL", store_url)
    assert run(["key", "add", "walt", "--actor", "admin", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["owner"], made["kind"]) == ("walt", "operator")
    assert run(["key", "add", "site", "--channel"]) == 0
    shown = capsys.readouterr().out.strip()
    assert shown.startswith("rk_")
    assert run(["key", "list", "--json"]) == 0
    listed = capsys.readouterr().out
    assert made["key"] not in listed
    assert [key["kind"] for key in json.loads(listed)["keys"]] == ["operator", "channel"]
    with open_store(store_url) as store:
        assert find_key(store, made["key"], at=now()) is not None
        assert run(["key", "revoke", made["id"]]) == 0
        assert find_key(store, made["key"], at=now()) is None
        assert run(["key", "revoke", made["id"]]) == 0, "twice is once"
        assert run(["key", "revoke", "nothing"]) == 1
    assert bearer(shown)["authorization"].startswith("Bearer rk_")
    assert run(["key", "add", "desk"]) == 2
