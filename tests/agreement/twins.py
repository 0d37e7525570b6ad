"""Two real nodes that share a chain, and a proxy that lies about what a node said.

The second node is made of the first one's state, blocks included; what either does after that is
its own: it stays behind, or mines other blocks, as a node on a fork does.
"""

from __future__ import annotations

import contextlib
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from nodes.anvil import Anvil
from nodes.evm import Chain, start_chain

Lie = Callable[[str, Any], Any]
"""The method and the honest result; what is told instead."""


@dataclass(slots=True)
class Twins:
    """``first`` is where things happen; ``second`` knows of it what it was last told."""

    first: Chain
    second: Anvil

    @property
    def url(self) -> str:
        return self.second.url

    def catch_up(self) -> None:
        """The second node learns every block of the first."""
        state = self.first.anvil.rpc("anvil_dumpState")
        assert self.second.rpc("anvil_loadState", state)

    def raise_clock(self, seconds: int) -> None:
        self.second.rpc("evm_increaseTime", seconds)


@contextlib.contextmanager
def start_twins(code: str) -> Iterator[Twins]:
    born = str(int(time.time()) - 300)
    with start_chain(code, "--timestamp", born) as first:
        chain_id = int(first.network.chain.partition(":")[2])
        with Anvil(chain_id, "--timestamp", born) as second:
            yield Twins(first, second)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def log_message(self, format: str, *args: Any) -> None:  # the signature is http.server's
        """Quiet."""

    def do_POST(self) -> None:  # the name is http.server's
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = urllib.request.Request(
            self.server.upstream, sent, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=20) as answer:
            told = orjson.loads(answer.read())
        calls = orjson.loads(sent)
        if isinstance(calls, list):
            by_id = {a["id"]: a for a in told}
            told = [self._twist(call, by_id[call["id"]]) for call in calls]
        else:
            told = self._twist(calls, told)
        body = orjson.dumps(told)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _twist(self, call: Any, answer: Any) -> Any:
        if "result" not in answer:
            return answer
        return answer | {"result": self.server.lie(call["method"], answer["result"])}


@contextlib.contextmanager
def stand_between(upstream: str, lie: Lie = lambda _method, result: result) -> Iterator[str]:
    """The URL of a proxy of a node that tells a lie, or none."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.upstream, server.lie = upstream, lie
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
