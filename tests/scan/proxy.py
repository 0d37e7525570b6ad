"""A hosted node's manners in front of a real one: refusals, limits and outages, over real HTTP."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Call = dict[str, Any]
Refusal = tuple[int, dict[str, str], Any]
"""HTTP status, headers and JSON body sent instead of the node's."""

Rule = Callable[[Call], Refusal | None]

Edit = Callable[[Call, Any], Any]
"""A call and the node's result; the result that is sent."""


def error(call: Call, code: int, message: str) -> Refusal:
    return (
        200,
        {},
        {"jsonrpc": "2.0", "id": call["id"], "error": {"code": code, "message": message}},
    )


def _edit(edit: Edit, asked: Any, told: Any) -> bytes:
    calls = {call["id"]: call for call in (asked if isinstance(asked, list) else [asked])}
    for answer in told if isinstance(told, list) else [told]:
        if "result" in answer:
            answer["result"] = edit(calls[answer["id"]], answer["result"])
    return json.dumps(told).encode()


class Proxy:
    """Passes calls on to a node unless a rule refuses one; ``calls`` is what was asked."""

    def __init__(
        self, target: str, rule: Rule = lambda call: None, *, edit: Edit | None = None
    ) -> None:
        self.target = target
        self.rule = rule
        self.edit = edit
        self.calls: list[Call] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def count(self, method: str) -> int:
        return sum(call["method"] == method for call in self.calls)

    def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler has a self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = json.loads(body)
                for call in asked if isinstance(asked, list) else [asked]:
                    proxy.calls.append(call)
                    refused = proxy.rule(call)
                    if refused is not None:
                        status, headers, answer = refused
                        self._send(status, headers, json.dumps(answer).encode())
                        return
                headers = {"Content-Type": "application/json"}
                request = urllib.request.Request(proxy.target, body, headers)
                with urllib.request.urlopen(request, timeout=20) as answered:
                    told = answered.read()
                if proxy.edit is not None:
                    told = _edit(proxy.edit, asked, json.loads(told))
                self._send(200, {}, told)

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing: the test's own output is enough."""

        return Handler

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
