"""How a node is asked: what is shared, what is counted, what is sent."""

from __future__ import annotations

import gzip
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest

from recovery.chains.meter import metered
from recovery.chains.sharing import Answers, answers_shared
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.errors import Garbled, SourceError, TooMuch
from recovery.model import NetworkCode


@dataclass
class Server:
    url: str
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def node(self, url: str | None = None, **more: object) -> Node:
        node = Node(network=NetworkCode("ETH"), url=url or self.url, api="jsonrpc", **more)  # type: ignore[arg-type]
        self.nodes.append(node)
        return node


def _reply(call: dict[str, object]) -> dict[str, object]:
    return {"id": call["id"], "result": [call["method"], call["params"]]}


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told.asked.append((self.path, dict(self.headers), sent))
            body = told.body
            if not body and sent:
                calls = orjson.loads(sent)
                many = isinstance(calls, list)
                body = orjson.dumps([_reply(c) for c in calls] if many else _reply(calls))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        told = Server(f"http://127.0.0.1:{http.server_port}")
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield told
        for node in told.nodes:
            node.close()
        http.shutdown()


def test_the_same_question_in_one_block_is_asked_once(server: Server) -> None:
    node = server.node()
    answers: Answers = {}
    with answers_shared(answers):
        first = node.rpc("rate", [6])
        assert node.rpc("rate", [6]) == first
        assert node.rpc_batch([("rate", [6]), ("floor", []), ("floor", [])])[0] == first
    assert len(server.asked) == 2
    assert node.rpc("rate", [6]) == first
    assert len(server.asked) == 3


def test_another_question_or_endpoint_is_another_answer(server: Server) -> None:
    one, other = server.node(), server.node(server.url + "/other")
    with answers_shared({}):
        assert one.rpc("rate", [6]) != one.rpc("rate", [7])
        other.rpc("rate", [6])
        server.body = b"{}"
        one.fetch_json("/fees", {"asset": "a"})
        one.fetch_json("/fees", {"asset": "b"})
        one.fetch_json("/fees", {"asset": "a"})
    assert len(server.asked) == 5


def test_a_failure_is_never_shared(server: Server) -> None:
    node = server.node()
    server.status, server.body = 401, b"{}"
    with answers_shared({}):
        with pytest.raises(SourceError):
            node.fetch_json("/fees")
        server.status = 200
        assert node.fetch_json("/fees").status == 200


def test_what_threads_ask_side_by_side_is_counted_for_the_asker(server: Server) -> None:
    node = server.node()
    with metered() as spent:
        told = ask_side_by_side(lambda n: node.rpc("tx", [n]), range(20), at_once=4, name="test")
    assert [answer[1] for answer in told] == [[n] for n in range(20)]
    assert spent.requests == len(server.asked) == 20
    assert spent.bytes_sent == sum(len(sent) for _, _, sent in server.asked)


def test_the_configured_path_query_and_user_go_with_every_request(server: Server) -> None:
    at = server.url.replace("http://", "http://us%40er:p%3Aw@") + "/v2/?key=s%2Fecret&a=old"
    node = server.node(at, headers={"X-Key": "k", "user-agent": "desk"})
    server.body = b"{}"
    node.fetch_json("/tx/a b", {"a": "x&y", "list": ["1", "2"], "number": 7, "prove": False})
    path, headers, _ = server.asked[0]
    assert path == "/v2/tx/a%20b?key=s%2Fecret&a=x%26y&list=1&list=2&number=7&prove=false"
    assert headers["Authorization"] == "Basic " + b64encode(b"us@er:p:w").decode()
    assert (headers["X-Key"], headers["user-agent"]) == ("k", "desk")
    assert headers["Host"] == server.url.removeprefix("http://")


def test_packed_answers_are_unpacked_and_cut_ones_noticed(server: Server) -> None:
    node = server.node()
    server.headers = {"Content-Encoding": "gzip"}
    server.body = gzip.compress(b'{"fee": 7}')
    assert node.fetch_json("/fees").body == {"fee": 7}
    server.body = server.body[:-9]
    with pytest.raises(SourceError):
        node.fetch_json("/fees")


def test_what_unpacks_to_more_than_is_taken_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recovery.chains.source.MAX_ANSWER_BYTES", 100_000)
    server.headers = {"Content-Encoding": "gzip"}
    server.body = gzip.compress(bytes(10_000_000))
    with pytest.raises(TooMuch):
        server.node().fetch_json("/fees")


def test_a_decoders_error_bears_the_nodes_name_once() -> None:
    node = Node(network=NetworkCode("ETH"), url="https://user@node.example/key", api="jsonrpc")
    wrong = Garbled("source-garbled", "ETH and https://node.example are named in its text")
    named = node.named(wrong)
    assert named.text == f"ETH https://node.example: {wrong.text}"
    assert node.named(named) is named
