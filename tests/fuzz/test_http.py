"""Answers on the wire that are made to exhaust who reads them: each ends soon, in bounded memory, as could-not-ask.

A server of raw sockets says whatever bytes it likes, as slowly as it likes; the client is the one way
in which the house talks to a node.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping

import pytest
from fuzz.limits import Note, run_limited

from recovery.chains.source import MAX_ANSWER_BYTES, Node
from recovery.errors import SourceError
from recovery.model import NetworkCode

TIMEOUT_SECONDS = 0.4
"""Of one read; a whole answer may take twice as long, and is tried three times at most."""

AT_MOST_SECONDS = 12.0

Send = Callable[[bytes], None]
Script = Callable[[Send], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _whole(body: bytes, *headers: bytes) -> Script:
    lines = [OK.rstrip(), *headers, b"Content-Length: %d" % len(body)]
    return lambda send: send(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def _slowly(head: bytes, piece: bytes, *, wait: float, times: int = 10_000) -> Script:
    def script(send: Send) -> None:
        send(head)
        for _ in range(times):
            send(piece)
            time.sleep(wait)

    return script


def _without_end(head: bytes, piece: bytes) -> Script:
    def script(send: Send) -> None:
        send(head)
        while True:
            send(piece)

    return script


def _zeros(megabytes: int) -> bytes:
    """``megabytes`` of spaces in a thousandth of the bytes, cut before its end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin, again = (packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH) for _ in "12")
    return begin + again * (megabytes - 1)


CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

HOSTILE: Mapping[str, Callable[[], Script]] = {
    "a gzip bomb": lambda: _whole(_zeros(1_500), b"Content-Encoding: gzip"),
    "a bomb within a bomb": lambda: _whole(gzip.compress(_zeros(8_000)), b"Content-Encoding: gzip, gzip"),
    "a bomb, three times": lambda: _whole(gzip.compress(gzip.compress(_zeros(8_000))), b"Content-Encoding: gzip, gzip, gzip"),
    "a coding nobody asked for": lambda: _whole(b"{}", b"Content-Encoding: br"),
    "gzip that is none": lambda: _whole(b"{}", b"Content-Encoding: gzip"),
    "chunks without end": lambda: _without_end(OK + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
    "a body without end": lambda: _without_end(OK + b"\r\n", b" " * 65_536),
    "a body that trickles": lambda: _slowly(OK + b"Content-Length: 100000\r\n\r\n", b" ", wait=0.1),
    "chunks that trickle": lambda: _slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", wait=0.1),
    "headers that trickle": lambda: _slowly(b"HTTP/1.1 200 OK\r\nX: ", b"a", wait=0.1),
    "many headers": lambda: _without_end(OK, b"X-Header: value\r\n"),
    "one header without end": lambda: _without_end(OK + b"X-Header: ", b"a" * 65_536),
    "informational answers without end": lambda: _without_end(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "informational answers that trickle": lambda: _slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n", wait=0.1),
    "a length of a petabyte": lambda: _slowly(OK + b"Content-Length: 1125899906842624\r\n\r\n", b"{", wait=9, times=1),
    "a length that is none": lambda: _whole(b"", b"Content-Length: -5"),
    "a length of 5000 digits": lambda: lambda send: send(OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n{}"),
    "no HTTP at all": lambda: lambda send: send(b"\x16\x03\x01" + bytes(range(256)) * 100),
    "HTTP/2 frames": lambda: lambda send: send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "JSON nested 5,000,000 deep": lambda: _whole(b"[" * 5_000_000),
    "JSON nested and closed": lambda: _whole(b"[" * 100_000 + b"]" * 100_000),
    "JSON objects nested": lambda: _whole(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a number of a million digits": lambda: _whole(b'{"jsonrpc":"2.0","id":1,"result":' + b"9" * 1_000_000 + b"}"),
    "NaN": lambda: _whole(b'{"jsonrpc":"2.0","id":1,"result":NaN}'),
    "infinity": lambda: _whole(b'{"jsonrpc":"2.0","id":1,"result":-Infinity}'),
    "cut in a surrogate": lambda: _whole(b'{"jsonrpc":"2.0","id":1,"result":"\\ud8'),
    "a list of ten million nothings": lambda: _whole(b"[" + b"null," * 10_000_000 + b"null]"),
}  # fmt: skip
"""What is served. No one is an answer that may be believed."""


class Server:
    """Says one script to everybody who connects, after the head of the request."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65_536)
            self._script(connection.sendall)
            connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=HOSTILE)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(HOSTILE[request.param]())
    yield server
    server.close()


def test_a_hostile_answer_ends_soon_and_in_bounded_memory_as_could_not_ask(server: Server) -> None:
    def work(note: Note) -> None:
        node = Node(NetworkCode("ETH"), server.url, "jsonrpc", timeout_seconds=TIMEOUT_SECONDS)
        began = time.monotonic()
        try:
            answer = node.rpc("eth_blockNumber")
        except SourceError as failed:
            note(str(failed))
        else:
            raise AssertionError(f"it was believed: {str(answer)[:100]}")
        took = time.monotonic() - began
        assert took < AT_MOST_SECONDS, f"took {took:.1f} s"

    ended = run_limited(work, seconds=15, memory=6 * MAX_ANSWER_BYTES)
    assert ended is None, ended


def test_an_honest_answer_may_be_packed() -> None:
    body = gzip.compress(b'{"jsonrpc":"2.0","id":1,"result":"0x10"}')
    server = Server(_whole(body, b"Content-Encoding: gzip"))
    node = Node(NetworkCode("ETH"), server.url, "jsonrpc", timeout_seconds=5)
    assert node.fetch_json("").body == {"jsonrpc": "2.0", "id": 1, "result": "0x10"}
    node.close()
    server.close()
