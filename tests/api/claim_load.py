"""A load of claims: nodes that know any number of transactions, two server processes, customers that try again.

The nodes answer from one recorded story; its hash is replaced by that of each claim, so that every claim is another
transaction. They run in a process of their own and take their time, as nodes far away do.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from recovery.demo import play
from recovery.demo.server import Replay, ReplayServer

AMIRS = "0x0c65a8fa903003225999e1657857a66f4e1a3875f4d43e02f91d4d89bcebce86"
NETWORK = "BSC"
PLACE = slice(10, 22)
ROOT = Path(__file__).parents[2]


def hash_of(number: int) -> str:
    """The story's hash with twelve digits of the claim's own."""
    return AMIRS[: PLACE.start] + f"{number:012x}" + AMIRS[PLACE.stop :]


class Nodes:
    """One network's node, over keep-alive HTTP; each answer waits ``seconds``."""

    def __init__(self, seconds: float) -> None:
        fixtures = [f for f in play._find_fixtures() if f.network == NETWORK]
        self._replay = ReplayServer(Replay(fixtures))
        self._seconds = seconds
        self._spelled = re.compile(f"{AMIRS[: PLACE.start]}(.{{12}}){AMIRS[PLACE.stop :]}".encode())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"(?i)content-length: *(\d+)", head)
                sent = await reader.readexactly(int(found.group(1)) if found else 0)
                await asyncio.sleep(self._seconds)
                body = self._answer(sent)
                told = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                writer.write(told % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, sent: bytes) -> bytes:
        asked = self._spelled.search(sent)
        reply = self._replay.reply("POST", "/", self._spelled.sub(AMIRS.encode(), sent)).body
        if asked is None:
            return reply
        return re.sub(AMIRS.encode(), asked.group(0), reply, flags=re.IGNORECASE)


def main() -> None:
    async def run() -> None:
        nodes = Nodes(float(sys.argv[1]))
        server = await asyncio.start_server(nodes.serve, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@dataclass
class Servers:
    """`recovery serve` twice over one database; each can be killed and started again."""

    config: Path
    log: Path
    ports: tuple[int, ...] = field(default_factory=lambda: (free_port(), free_port()))
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, port: int) -> None:
        command = [
            sys.executable,
            "cli.py",
            "serve",
            "--port",
            str(port),
            "--config",
            str(self.config),
        ]
        told = self.log.open("ab")
        self.running[port] = subprocess.Popen(
            command, stdout=told, stderr=told, cwd=ROOT, env={**os.environ}
        )
        told.close()

    def wait(self) -> None:
        ends = time.monotonic() + 90
        for port in self.ports:
            while True:
                assert self.running[port].poll() is None, self.log.read_text("utf-8")[-2000:]
                assert time.monotonic() < ends, "never ready"
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.05)

    def kill(self, port: int) -> None:
        self.running[port].send_signal(signal.SIGKILL)
        self.running[port].wait()

    def end(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Outcome:
    """What the customers saw: each claim's cases by every answer it got, and the seconds of each answer."""

    cases: dict[int, list[str]] = field(default_factory=dict)
    tokens: dict[int, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    tries_again: int = 0
    refused: list[str] = field(default_factory=list)

    def p(self, part: float) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * part)]


async def claim_all(
    ports: tuple[int, ...],
    key: str,
    count: int,
    *,
    a_second: float,
    at: dict[int, Callable[[], Any]],
) -> Outcome:
    """Make claims at a steady rate, whatever becomes of those before; ``at`` a claim's number something happens.

    A customer whose connection breaks tries the other server with the same idempotency key; every tenth sends
    an answered request again.
    """
    told = Outcome()
    loop = asyncio.get_running_loop()
    bounds = httpx.Limits(max_connections=400, max_keepalive_connections=100)
    async with httpx.AsyncClient(timeout=60, limits=bounds) as client:

        async def claim(number: int) -> None:
            again = number % 10 == 0
            heads = {"authorization": f"Bearer {key}", "idempotency-key": str(uuid.uuid4())}
            body = {
                "tx_hash": hash_of(number),
                "network": NETWORK,
                "user": f"u{number}",
            }
            attempt = number
            while True:
                port = ports[attempt % len(ports)]
                began = time.perf_counter()
                try:
                    made = await client.post(
                        f"http://127.0.0.1:{port}/v1/claims", headers=heads, json=body
                    )
                except httpx.TransportError:
                    told.tries_again += 1
                    attempt += 1
                    await asyncio.sleep(0.1)
                    continue
                told.seconds.append(time.perf_counter() - began)
                if made.status_code not in (201, 202):
                    told.refused.append(f"{made.status_code} {made.text[:300]}")
                    return
                answered = made.json()
                told.tokens[number] = answered["token"]
                told.cases.setdefault(number, []).append(
                    " ".join(case["id"] for case in answered["cases"])
                )
                if not again:
                    return
                again, attempt = False, attempt + 1

        waiting = set()
        started = loop.time()
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / a_second - loop.time()))
            if number in at:
                waiting.add(asyncio.create_task(asyncio.to_thread(at[number])))
            waiting.add(asyncio.create_task(claim(number)))
        await asyncio.gather(*waiting)
    return told


if __name__ == "__main__":
    main()
