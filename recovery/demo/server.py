"""The replay server: answers of fixtures, served over real local HTTP.

Knows: HTTP, JSON-RPC and its batches, which recorded answer belongs to which request. Must not
know: what an answer means. It is a double for tests, benchmarks and `recovery demo`, never a
product server: it binds 127.0.0.1 only.

A request that no fixture answers is an error that names it, and stands in
`ReplayServer.unanswered`, so that a mistake in a fixture can't pass for "not found".
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from recovery.demo.fixtures import (
    Exchange,
    Fixture,
    RpcExchange,
    count_stories,
    find_fixture_folder,
    http_request,
    load_fixtures,
    parse_json,
    print_json,
    rpc_request,
)
from recovery.demo.ledgers import Ledger, read_request
from recovery.errors import ManyProblems, Problem


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes over the wire. ``cut`` bytes into the body the connection is reset; ``wait_seconds``
    passes before the first byte, ``trickle_seconds`` between single bytes of the body."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    wait_seconds: float = 0.0
    trickle_seconds: float = 0.0


Twist = Callable[[int, str, Reply], Reply]
"""Misbehaviour: the request's number, ``"POST /…"`` and the honest reply; the reply that is sent."""


class Replay:
    """The answers of some fixtures of one network, by request."""

    def __init__(self, fixtures: Iterable[Fixture] = ()) -> None:
        self._answers: dict[str, tuple[Exchange, str]] = {}
        problems: list[Problem] = []
        for fixture in fixtures:
            for exchange in fixture.exchanges:
                request = exchange.request
                known, file = self._answers.setdefault(request, (exchange, fixture.file))
                if _spelled(known) != _spelled(exchange):
                    text = f"{request} is answered otherwise in {file}"
                    problems.append(Problem(fixture.file, text))
        if problems:
            raise ManyProblems(
                "fixtures-contradict",
                "one server can't play fixtures that contradict each other",
                tuple(problems),
                hint="make both files tell the same moment, or serve them apart",
            )

    def answer(self, *requests: str) -> Exchange | None:
        """The first answer to be found; the requests are tried from narrow to wide."""
        for request in requests:
            if request in self._answers:
                return self._answers[request][0]
        return None

    def answer_rpc(self, call: Any) -> tuple[dict[str, Any], int, bool]:
        """The JSON-RPC answer to one call, its HTTP status, and whether a fixture holds it."""
        if not isinstance(call, dict) or not isinstance(call.get("method"), str):
            error = {"code": -32600, "message": "the request is not a JSON-RPC call"}
            return {"jsonrpc": "2.0", "id": None, "error": error}, 200, False
        envelope = {"jsonrpc": "2.0", "id": call.get("id")}
        method = call["method"]
        asked = rpc_request(method, call.get("params", []))
        found = self.answer(asked, f"rpc {method} *")
        if not isinstance(found, RpcExchange):
            known = any(r.startswith(f"rpc {method} ") for r in self._answers)
            code, what = (-32602, "these params") if known else (-32601, "this method")
            error = {"code": code, "message": f"no fixture answers {what}: {asked}"}
            return envelope | {"error": error}, 200, False
        if found.error is not None:
            error = found.error.model_dump(exclude_none=True)
            return envelope | {"error": error}, found.status, True
        return envelope | {"result": found.result}, found.status, True


def _spelled(exchange: Exchange) -> str:
    return print_json(exchange.model_dump())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30
    server: _HttpServer

    def log_message(self, format: str, *args: Any) -> None:  # the signature is http.server's
        """Quiet: a test that fails prints the evidence, not the traffic."""

    def do_GET(self) -> None:  # the name is http.server's
        self._answer(b"")

    def do_POST(self) -> None:  # the name is http.server's
        length = int(self.headers.get("Content-Length") or 0)
        self._answer(self.rfile.read(length))

    def _answer(self, sent: bytes) -> None:
        owner = self.server.owner
        number = owner.count()
        reply = owner.reply(self.command, self.path, sent)
        if owner.twist is not None:
            reply = owner.twist(number, f"{self.command} {self.path}", reply)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.wait_seconds:
            self.server.owner.pause(reply.wait_seconds)
        head = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}"]
        head.append(f"Content-Type: {reply.content_type}")
        head.append(f"Content-Length: {len(reply.body)}")
        head += [f"{name}: {value}" for name, value in reply.headers]
        data = ("\r\n".join(head) + "\r\n\r\n").encode()
        with contextlib.suppress(ConnectionError, TimeoutError):
            if reply.trickle_seconds:
                self.wfile.write(data)
                self._trickle(reply.body, reply.trickle_seconds)
            else:
                self.wfile.write(data + reply.body[: reply.cut])
            if reply.cut is not None:
                self._reset()

    def _trickle(self, data: bytes, seconds: float) -> None:
        for byte in data:
            if self.server.owner.pause(seconds):
                return
            self.wfile.write(bytes([byte]))

    def _reset(self) -> None:
        """Close so that the peer sees a reset, not an orderly end."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    owner: ReplayServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no event; anything else the test sees by its outcome."""


@dataclass(slots=True)
class ReplayServer:
    """One served replay; a context manager. ``unanswered`` lists what no fixture answers.

    ``ledger`` is asked first: lists and blocks that a scan walks (`recovery.demo.ledgers`).
    """

    replay: Replay
    twist: Twist | None = None
    ledger: Ledger | None = None
    unanswered: list[str] = field(default_factory=list)
    requests: int = 0
    _http: _HttpServer | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        assert self._http is not None, "the server is not running"
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> ReplayServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> str:
        """Serve in the background, at a free port unless one is named; the URL."""
        self._http = _HttpServer(("127.0.0.1", port), _Handler)
        self._http.owner = self
        serve = self._http.serve_forever
        threading.Thread(target=serve, args=(0.02,), name="replay", daemon=True).start()
        return self.url

    def stop(self) -> None:
        self._stopped.set()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()

    def count(self) -> int:
        with self._lock:
            self.requests += 1
            return self.requests

    def pause(self, seconds: float) -> bool:
        """Wait, or less where the server is stopped meanwhile: then True."""
        return self._stopped.wait(seconds)

    def reply(self, method: str, target: str, sent: bytes) -> Reply:
        """The honest reply to one HTTP request."""
        body: Any = None
        if sent:
            try:
                body = parse_json(sent)
            except ValueError:
                return self._unknown(400, f"{method} {target} with a body that is not JSON")
        if self.ledger is not None:
            told = self.ledger(read_request(method, target, body))
            if told is not None:
                return Reply(told[0], print_json(told[1]).encode())
        wide = http_request(method, target)
        narrow = http_request(method, target, body) if method == "POST" else wide
        found = self.replay.answer(narrow, f"{wide} *")
        if found is not None and not isinstance(found, RpcExchange):
            text = found.text if found.text is not None else print_json(found.document)
            kind = "text/plain" if found.text is not None else "application/json"
            return Reply(found.status, text.encode(), kind)
        if method == "POST" and isinstance(body, list) and body:
            answers = [self._look_up(target, call) or self._rpc(call)[0] for call in body]
            return Reply(200, print_json(answers).encode())
        if method == "POST" and isinstance(body, dict) and "method" in body:
            answer, status = self._rpc(body)
            return Reply(status, print_json(answer).encode())
        return self._unknown(404, narrow)

    def _look_up(self, target: str, call: Any) -> Any:
        """What the ledger answers to one call of a batch."""
        told = None if self.ledger is None else self.ledger(read_request("POST", target, call))
        return None if told is None else told[1]

    def _rpc(self, call: Any) -> tuple[dict[str, Any], int]:
        answer, status, known = self.replay.answer_rpc(call)
        if not known:
            with self._lock:
                self.unanswered.append(answer["error"]["message"])
        return answer, status

    def _unknown(self, status: int, request: str) -> Reply:
        with self._lock:
            self.unanswered.append(request)
        return Reply(status, f"no fixture answers {request}".encode(), "text/plain")


@contextlib.contextmanager
def serve_networks(fixtures: Iterable[Fixture]) -> Iterator[dict[str, str]]:
    """One server per network over all its fixtures: ``{"XRP": "http://127.0.0.1:…", …}``.

    Raises `ManyProblems` where two fixtures of one network answer one request differently.
    """
    by_network: dict[str, list[Fixture]] = {}
    for fixture in fixtures:
        by_network.setdefault(fixture.network, []).append(fixture)
    with contextlib.ExitStack() as servers:
        urls = {}
        for code, stories in by_network.items():
            urls[code] = servers.enter_context(ReplayServer(Replay(stories))).url
        yield urls


__all__ = [
    "Fixture",
    "Replay",
    "ReplayServer",
    "Reply",
    "count_stories",
    "find_fixture_folder",
    "load_fixtures",
    "serve_networks",
]
