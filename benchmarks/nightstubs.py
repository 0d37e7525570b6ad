"""Nodes that answer at once, in a process of their own: one story for each network, told as often as there are cases."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
from dataclasses import dataclass
from typing import Any

from benchmarks.retold import Telling, retell
from recovery.demo import play
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer


@dataclass(frozen=True)
class Template:
    """A story that is played for every case of its network."""

    code: str
    fixture: str
    api: str


class Stub:
    """One network's answers, by request, the telling's texts put in where the story's stood."""

    def __init__(self, telling: Telling, fixtures: list[Fixture]) -> None:
        self.server = ReplayServer(Replay(fixtures))
        self.telling = telling
        self.told = {text.encode(): place for place, text in enumerate(telling.told)}
        longest = sorted(self.told, key=len, reverse=True)
        self.texts = re.compile(b"(?i)(" + b"|".join(map(re.escape, longest)) + b")")
        self.places = {text.lower(): place for text, place in self.told.items()}
        self.known: dict[tuple[str, bytes, bytes], tuple[int, list[bytes]]] = {}

    def reply(self, method: str, target: bytes, sent: bytes) -> tuple[int, bytes]:
        if sent[:1] == b"[":
            answers = [
                self.reply(method, target, json.dumps(c).encode())[1] for c in json.loads(sent)
            ]
            return 200, b"[" + b",".join(answers) + b"]"
        number: Any = None
        if sent[:1] == b"{":
            call = json.loads(sent)
            if "jsonrpc" in call or "id" in call:
                number, call["id"] = call.get("id"), 0
                sent = json.dumps(call).encode()
        texts = self.telling.find(target, sent)
        if texts is None:
            texts, key = self.telling.told, (method, target, sent)
        else:
            restore = self.telling.restore
            key = (method, restore(target, texts), restore(sent, texts))
        if key not in self.known:
            reply = self.server.reply(method, key[1].decode(), key[2])
            self.known[key] = reply.status, self.texts.split(reply.body)
        status, parts = self.known[key]
        mine = list(parts)
        for i in range(1, len(parts), 2):
            mine[i] = texts[self.places[parts[i].lower()]].encode()
        body = b"".join(mine)
        if number is not None:
            body = re.sub(rb'"id":\s*0', b'"id":' + json.dumps(number).encode(), body, count=1)
        return status, body


class Wire(asyncio.Protocol):
    """HTTP/1.1, as much of it as httpx speaks."""

    def __init__(
        self, stubs: dict[bytes, Stub], sample: dict[bytes, list[tuple[str, str, str]]]
    ) -> None:
        self.stubs, self.sample, self.buffer = stubs, sample, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, gap, rest = self.buffer.partition(b"\r\n\r\n")
            if not gap:
                return
            found = re.search(rb"(?i)content-length: *(\d+)", head)
            length = int(found.group(1)) if found else 0
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            method, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
            self._answer(method.decode(), target, rest[:length])

    def _answer(self, method: str, target: bytes, sent: bytes) -> None:
        code, _, path = target[1:].partition(b"/")
        if code == b"sample":
            status, body = 200, json.dumps({k.decode(): v for k, v in self.sample.items()}).encode()
        else:
            kept = self.sample.setdefault(code, [])
            if len(kept) < 2_000:
                kept.append((method, target.decode(), sent.decode()))
            status, body = self.stubs[code].reply(method, b"/" + path, sent)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


def serve(templates: list[Template], count: int, told: Any) -> None:
    fixtures = {f.name: f for f in load_fixtures()}
    fees = [f for f in play._find_fixtures() if f.file == "node_answers.json"]
    stubs: dict[bytes, Stub] = {}
    for t in templates:
        story = fixtures[t.fixture]
        answers = [story, *(f for f in fees if f.network == t.code)]
        stubs[t.code.encode()] = Stub(retell(story, count), answers)

    async def run() -> None:
        sample: dict[bytes, list[tuple[str, str, str]]] = {}
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Wire(stubs, sample), "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class Nodes:
    """The stubs of some stories, ready to tell each of them ``count`` times."""

    def __init__(self, templates: list[Template], count: int) -> None:
        here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=serve, args=(templates, count, there), daemon=True
        )
        self.process.start()
        there.close()
        self.url = f"http://127.0.0.1:{here.recv()}"

    def __enter__(self) -> Nodes:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.join()
