"""The replay server itself: it answers what the file says, digit for digit, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from recovery.demo.fixtures import Fixture, load_fixtures, parse_json, print_json
from recovery.demo.server import Replay, ReplayServer, serve_networks
from recovery.errors import ManyProblems


def story(file: str = "BTC/a.json", network: str = "BTC", **exchange: Any) -> Fixture:
    return Fixture.model_validate(
        {
            "file": file,
            "story": "a story for the server alone",
            "origin": "synthetic",
            "source": "written for this test",
            "network": network,
            "api": "core",
            "tx_hash": "00",
            "exchanges": [exchange],
            "absent": True,
        }
    )


def call(url: str, method: str, params: Any, number: int = 1) -> Any:
    body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return httpx.post(url, json=body).json()


def test_decimals_go_over_the_wire_as_the_node_wrote_them() -> None:
    written = '{"value":0.10000000,"tiny":1e-8,"large":12345678901234567890}'
    fixture = story(rpc="read", params=[], result=parse_json(written))
    with ReplayServer(Replay([fixture])) as server:
        text = httpx.post(server.url, json={"id": 1, "method": "read", "params": []}).text
    assert written in text


def test_a_batch_is_answered_call_by_call_and_a_wrong_call_says_so() -> None:
    fixture = story(rpc="read", params=[{"b": 1, "a": 2}], result="yes")
    calls = [
        {"jsonrpc": "2.0", "id": 7, "method": "read", "params": [{"a": 2, "b": 1}]},
        {"jsonrpc": "2.0", "id": 8, "method": "read", "params": ["other"]},
        {"jsonrpc": "2.0", "id": 9, "method": "unheard", "params": []},
    ]
    with ReplayServer(Replay([fixture])) as server:
        right, params, method = httpx.post(server.url, json=calls).json()
    assert right == {"jsonrpc": "2.0", "id": 7, "result": "yes"}
    assert params["error"]["code"] == -32602
    assert "other" in params["error"]["message"]
    assert (method["id"], method["error"]["code"]) == (9, -32601)
    assert len(server.unanswered) == 2


def test_a_path_is_found_whatever_the_order_of_its_query_and_an_unknown_one_is_404() -> None:
    fixture = story(get="/tx/1?b=2&a=1", json={"ok": True})
    with ReplayServer(Replay([fixture])) as server:
        assert httpx.get(f"{server.url}/tx/1?a=1&b=2").json() == {"ok": True}
        missing = httpx.get(f"{server.url}/tx/2")
    assert missing.status_code == 404
    assert server.unanswered == ["GET /tx/2"]


def test_a_post_is_found_by_its_body() -> None:
    fixture = story(post="/wallet/find", body={"value": "1"}, status=201, json=[1])
    with ReplayServer(Replay([fixture])) as server:
        answer = httpx.post(f"{server.url}/wallet/find", json={"value": "1"})
        assert (answer.status_code, answer.json()) == (201, [1])
        assert httpx.post(f"{server.url}/wallet/find", json={"value": "2"}).status_code == 404


def test_fixtures_that_contradict_each_other_are_named_and_not_served_together() -> None:
    one = story("BTC/one.json", rpc="head", params=[], result=1)
    two = story("BTC/two.json", rpc="head", params=[], result=2)
    Replay([one, one])
    with pytest.raises(ManyProblems) as wrong:
        Replay([one, two])
    assert "BTC/one.json" in wrong.value.text
    assert "BTC/two.json" in wrong.value.text


def test_several_networks_are_served_at_once() -> None:
    fixtures = [
        story("BTC/a.json", rpc="head", result=1),
        story("LTC/a.json", network="LTC", rpc="head", result=2),
    ]
    with serve_networks(fixtures) as urls:
        assert {code: call(url, "head", [])["result"] for code, url in urls.items()} == {
            "BTC": 1,
            "LTC": 2,
        }


def test_every_mistake_in_every_file_is_reported_together(tmp_path: Path) -> None:
    folder = tmp_path / "BTC"
    folder.mkdir()
    (folder / "cut.json").write_text('{"story": ')
    good = json.loads(print_json(story(rpc="a", result=1).model_dump(by_alias=True)))
    del good["file"]
    good["exchanges"] = [{"rpc": "a"}, {"rpc": "b", "result": 1}]
    (folder / "two.json").write_text(json.dumps(good | {"origin": "hearsay", "network": "LTC"}))
    with pytest.raises(ManyProblems) as wrong:
        load_fixtures(tmp_path)
    text = wrong.value.text
    assert "BTC/cut.json" in text
    assert "BTC/two.json.origin" in text
    assert "needs exactly one of result and error" in text
