"""Connections to a node are kept, shared by threads, and never used again once something is wrong with them."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpcore
import pytest

from recovery.chains.exchange import Connection, TooLarge

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n"


@dataclass
class Accepting:
    """A server that counts who connects, and how many of them wait for an answer at once."""

    wait_seconds: float = 0.0
    closes: bool = False
    body: bytes = HEAD + b"ok"
    accepted: int = 0
    waiting: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Answering(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        told: Accepting = self.server.told  # type: ignore[attr-defined]
        with told.lock:
            told.accepted += 1
        while self.rfile.readline().strip():
            while self.rfile.readline().strip():
                pass
            with told.lock:
                told.waiting += 1
                told.most = max(told.most, told.waiting)
            time.sleep(told.wait_seconds)
            with told.lock:
                told.waiting -= 1
            self.wfile.write(told.body)
            if told.closes:
                return


@pytest.fixture
def accepting() -> Iterator[tuple[Accepting, Connection]]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64
        told = Accepting()

    with Server(("127.0.0.1", 0), _Answering) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        connection = Connection(url, {}, timeout_seconds=2.0)
        yield server.told, connection
        connection.close()
        server.shutdown()


def ask(connection: Connection, *, most: int = 100) -> bytes:
    return connection.send("GET", "/x", None, None, most=most)[1]


def test_questions_one_after_the_other_share_a_connection(
    accepting: tuple[Accepting, Connection],
) -> None:
    told, connection = accepting
    assert [ask(connection) for _ in range(5)] == [b"ok"] * 5
    assert told.accepted == 1


def test_a_crowd_of_threads_shares_eight(accepting: tuple[Accepting, Connection]) -> None:
    told, connection = accepting
    told.wait_seconds = 0.02
    with ThreadPoolExecutor(24) as pool:
        assert list(pool.map(lambda _: ask(connection), range(60))) == [b"ok"] * 60
    assert told.most <= 8
    assert told.accepted <= 8


def test_what_the_server_closed_is_not_used_again(accepting: tuple[Accepting, Connection]) -> None:
    told, connection = accepting
    told.closes = True
    for _ in range(3):
        assert ask(connection) == b"ok"
        time.sleep(0.05)  # its end has come in meanwhile
    assert told.accepted == 3


def test_an_answer_that_was_not_read_to_its_end_leaves_no_rest_to_the_next(
    accepting: tuple[Accepting, Connection],
) -> None:
    told, connection = accepting
    told.body = HEAD.replace(b": 2", b": 9") + b"too large"
    with pytest.raises(TooLarge):
        ask(connection, most=3)
    told.body = HEAD + b"ok"
    assert ask(connection) == b"ok"
    assert told.accepted == 2


def test_who_finds_all_connections_busy_waits_no_longer_than_for_an_answer(
    accepting: tuple[Accepting, Connection],
) -> None:
    told, connection = accepting
    told.wait_seconds = 1.0
    slow = [threading.Thread(target=ask, args=(connection,)) for _ in range(8)]
    hasty = Connection("http://127.0.0.1:1", {}, timeout_seconds=0.05)
    hasty._kept, hasty._place = connection._kept, connection._place
    for thread in slow:
        thread.start()
    while told.waiting < 8:
        time.sleep(0.01)
    with pytest.raises(httpcore.PoolTimeout):
        ask(hasty)
    for thread in slow:
        thread.join()
    assert ask(connection) == b"ok"
    assert told.accepted == 8
