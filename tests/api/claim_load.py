"""A load of claims: a node that knows any number of transactions, two server processes, customers that try again.

Each claim is another transaction with its own hash: an EIP-1559 transfer, signed with a key of the test, whose hash
is that of its bytes, so that the service's own look at it passes. Blocks, fees and balances are those of the
recorded stories. The node takes its time, as one far away does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import rlp  # type: ignore[import-untyped]  # it has no types
from coincurve import PrivateKey
from eth_hash.auto import keccak

from recovery.demo import play
from recovery.demo.fixtures import RpcExchange
from recovery.demo.server import Replay

NETWORK = "BSC"
CHAIN = 56
STORIES = {
    "BSC": "0x0c65a8fa903003225999e1657857a66f4e1a3875f4d43e02f91d4d89bcebce86",
    "ETH": "0x4cbae4bac1cf87cf8f32ada1727950be149ef294a2166310d3f67e574c03c300",
}
"""A plain transfer that is final: its block is the block of all."""
ROOT = Path(__file__).parents[2]
_KEY = PrivateKey(hashlib.sha256(b"the sender of the load").digest())
_SENDER = "0x" + keccak(_KEY.public_key.format(compressed=False)[1:])[-20:].hex()
GAS, PRICE, TIP = 21_000, 30 * 10**9, 10**9


class Kind(StrEnum):
    """What a claim is about, in turn."""

    OWN = "to the claimant's own deposit address, which is another network's"
    OTHERS = "to the deposit address of somebody else"
    OUTSIDE = "to an address that is nobody's here"
    UNKNOWN = "a hash that no node knows"


def kind_of(number: int) -> Kind:
    return tuple(Kind)[number % len(Kind)]


def address_of_customer(number: int) -> str:
    """The deposit address of customer ``u{number}``."""
    return "0x" + hashlib.sha256(f"customer {number}".encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Sent:
    """A signed transfer, as a node shows it."""

    tx_hash: str
    tx: dict[str, Any]


def sign_transfer(number: int) -> Sent:
    """The transaction of one claim: the claim's number is its nonce."""
    to = {
        Kind.OWN: address_of_customer(number),
        Kind.OTHERS: address_of_customer(number - 1),
    }.get(kind_of(number), "0x" + "5a" * 20)
    value = 25 * 10**16 + number
    fields = [CHAIN, number, TIP, PRICE, GAS, bytes.fromhex(to[2:]), value, b"", []]
    digest = keccak(b"\2" + rlp.encode(fields))
    signed = _KEY.sign_recoverable(digest, hasher=None)
    r, s, parity = int.from_bytes(signed[:32]), int.from_bytes(signed[32:64]), signed[64]
    tx_hash = "0x" + keccak(b"\2" + rlp.encode([*fields, parity, r, s])).hex()
    tx = {
        "type": "0x2",
        "chainId": hex(CHAIN),
        "nonce": hex(number),
        "gas": hex(GAS),
        "maxFeePerGas": hex(PRICE),
        "maxPriorityFeePerGas": hex(TIP),
        "gasPrice": hex(PRICE),
        "to": to,
        "value": hex(value),
        "input": "0x",
        "accessList": [],
        "yParity": hex(parity),
        "v": hex(parity),
        "r": hex(r),
        "s": hex(s),
        "from": _SENDER,
        "hash": tx_hash,
    }
    return Sent(tx_hash, tx)


def sign_for_any_chain(to: str, nonce: int = 0) -> Sent:
    """A transfer of before EIP-155: it names no chain, so that one hash may be on several."""
    fields = [nonce, PRICE, GAS, bytes.fromhex(to[2:]), 10**17, b""]
    signed = _KEY.sign_recoverable(keccak(rlp.encode(fields)), hasher=None)
    v, r, s = 27 + signed[64], int.from_bytes(signed[:32]), int.from_bytes(signed[32:64])
    tx_hash = "0x" + keccak(rlp.encode([*fields, v, r, s])).hex()
    tx = {
        "type": "0x0",
        "nonce": hex(nonce),
        "gas": hex(GAS),
        "gasPrice": hex(PRICE),
        "to": to,
        "value": hex(10**17),
        "input": "0x",
        "v": hex(v),
        "r": hex(r),
        "s": hex(s),
        "from": _SENDER,
        "hash": tx_hash,
    }
    return Sent(tx_hash, tx)


class Nodes:
    """One network's node over keep-alive HTTP, in a thread of its own; each answer waits ``seconds``."""

    def __init__(self, seconds: float, network: str = NETWORK) -> None:
        fixtures = [f for f in play._find_fixtures() if f.network == network]
        self._replay = Replay(fixtures)
        story = next(f for f in fixtures if f.tx_hash == STORIES[network])
        shown = {
            e.rpc: e.result
            for e in story.exchanges
            if isinstance(e, RpcExchange) and e.params == [story.tx_hash]
        }
        self._receipt = shown["eth_getTransactionReceipt"]
        self._place = {k: self._receipt[k] for k in ("blockHash", "blockNumber")}
        self._seconds = seconds
        self._sent: dict[str, Sent] = {}
        self.asked: Callable[[str], object] | None = None  # told of every method that is called
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def include(self, number: int) -> str:
        """Sign the claim's transaction and put it into a block; its hash."""
        sent = sign_transfer(number)
        if kind_of(number) is not Kind.UNKNOWN:
            self.show(sent)
        return sent.tx_hash

    def show(self, sent: Sent) -> None:
        """Put a transaction into a block."""
        self._sent[sent.tx_hash] = sent

    def close(self) -> None:
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for connection in serving:
            connection.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with (
            suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError),
            closing(writer),
        ):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"(?i)content-length: *(\d+)", head)
                sent = await reader.readexactly(int(found.group(1)) if found else 0)
                await asyncio.sleep(self._seconds)
                body = self._answer(sent)
                told = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                writer.write(told % len(body) + body)
                await writer.drain()

    def _answer(self, sent: bytes) -> bytes:
        calls = json.loads(sent)
        if not isinstance(calls, list):
            return json.dumps(self._call(calls)).encode()
        return json.dumps([self._call(call) for call in calls]).encode()

    def _call(self, call: dict[str, Any]) -> dict[str, Any]:
        envelope = {"jsonrpc": "2.0", "id": call["id"]}
        if self.asked is not None:
            self.asked(call["method"])
        asked = [word for word in call.get("params", [])[:1] if isinstance(word, str)]
        sent = self._sent.get(asked[0]) if asked else None
        if sent is not None and call["method"] == "eth_getTransactionByHash":
            place = {**self._place, "transactionIndex": sent.tx["nonce"]}
            return envelope | {"result": {**sent.tx, **place}}
        if sent is not None and call["method"] == "eth_getTransactionReceipt":
            own = {
                "type": sent.tx["type"],
                "transactionHash": sent.tx_hash,
                "transactionIndex": sent.tx["nonce"],
                "from": sent.tx["from"],
                "to": sent.tx["to"],
            }
            return envelope | {"result": {**self._receipt, **own}}
        answer, _, _ = self._replay.answer_rpc(call)
        return answer


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
    """What the customers saw: each claim's cases by every answer it got, the seconds of each answer, and
    those from the first try to the first answer."""

    cases: dict[int, list[str]] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    checking: int = 0
    tokens: dict[int, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    tries_again: int = 0
    busy: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def p(seconds: list[float], part: float) -> float:
    """The percentile."""
    return sorted(seconds)[int(len(seconds) * part)]


async def claim_all(
    nodes: Nodes,
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
            told.hashes[number] = nodes.include(number)
            body = {
                "tx_hash": told.hashes[number],
                "network": NETWORK,
                "user": f"u{number}",
            }
            attempt, first = number, time.perf_counter()
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
                if made.status_code == 503:  # nobody could be asked, nothing changed: come back
                    told.busy.append(made.text[:300])
                    attempt += 1
                    await asyncio.sleep(1)
                    continue
                if made.status_code not in (201, 202):
                    told.refused.append(f"{made.status_code} {made.text[:300]}")
                    return
                answered = made.json()
                told.checking += made.status_code == 202
                if number not in told.tokens:
                    told.whole.append(time.perf_counter() - first)
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
