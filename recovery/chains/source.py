"""The one way to talk to a node: HTTP, JSON-RPC and its batches, with limits and retries.

Knows: time-outs, rate limits, retries, batches, and which failures are the source's. Must not
know: what any answer means for money, nor any network's name beyond the one it is labelled with.

Every failure of the source raises a `SourceError`. A JSON-RPC error object and an HTTP 4xx other
than 401, 403 and 429 are *answers*: the family decides what they mean.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import urlsplit

import httpcore
import orjson
import stamina

from recovery.chains.exchange import Broken, Connection, Query, Reply, TooLarge, UnknownCoding
from recovery.chains.meter import count
from recovery.chains.sharing import asked_anew, find_shared
from recovery.clock import now
from recovery.errors import Garbled, SourceError, TooMuch, Unhealthy, Unreachable
from recovery.model import NetworkCode

BATCH_SIZE = 100
"""JSON-RPC calls per request: measured as the knee of the curve (docs/benchmarks.md)."""

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A node that answers more is refused: the largest honest answer is a full block of 4 MB or so."""

_ENVELOPE = 512
"""Where a JSON-RPC response names its ``result`` or ``error``: near its beginning, or after it."""

_Answer = TypeVar("_Answer")

_RETRIED_STATUS = frozenset({429, 502, 503, 504})
_REFUSED_STATUS = {401: "wrong or missing credentials", 403: "forbidden"}


@dataclass(frozen=True, slots=True)
class RpcFault:
    """A JSON-RPC error object: an answer, not a failure of the source.

    ``cause`` is what some nodes (NEAR's) tell beside the standard's fields, else None.
    """

    code: int
    message: str
    data: Any = None
    cause: Any = None


class Pace(Protocol):
    """One line of slots for all processes that ask an endpoint: `recovery.pacing`."""

    def take(self, endpoint: str, every: float) -> float:
        """Take the endpoint's next slot, ``every`` seconds after the one before: seconds until it comes."""
        ...


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer with its parsed JSON, or its text where it is not JSON."""

    status: int
    body: Any
    text: str


class _RetryLater(Unreachable):
    """Raised inside this module for what a moment's wait may cure."""

    def __init__(self, text: str, *, after_seconds: float | None = None) -> None:
        super().__init__("source-busy", text)
        self.after_seconds = after_seconds


def _retry_after(error: Exception) -> bool | float:
    if not isinstance(error, _RetryLater):
        return False
    return True if error.after_seconds is None else min(error.after_seconds, 2.0)


@dataclass(slots=True)
class Node:
    """One endpoint of one network. Thread-safe; keeps one small connection pool.

    ``label`` names it in evidence and errors: scheme, host and port only, since paths and
    queries of hosted nodes carry keys. ``memory`` is where a family notes what it learned once
    (the chain was checked, this dialect is spoken); it lives as long as the node object.
    ``operator`` is who runs it, where the configuration says so. ``pace`` shares
    ``requests_per_second`` with other processes; without one the limit is this process's own.
    """

    network: NetworkCode
    url: str
    api: str
    timeout_seconds: float = 10.0
    requests_per_second: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    history: str | None = None
    scan_traces: Literal["auto", "off"] = "auto"
    operator: str | None = None
    pace: Pace | None = None
    memory: dict[str, Any] = field(default_factory=dict)
    _client: Connection | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _next_slot: float = 0.0
    _next_id: int = 0

    @property
    def label(self) -> str:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")

    def now(self) -> datetime:
        return now()

    def rpc(self, method: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """One JSON-RPC call: the result, or the `RpcFault` the node answered with."""
        return self.rpc_batch([(method, params)])[0]

    def rpc_batch(
        self, calls: Sequence[tuple[str, Sequence[Any] | Mapping[str, Any]]]
    ) -> list[Any]:
        """Several calls, `BATCH_SIZE` per request, results and `RpcFault`s in the calls' order.

        A node that refuses batches is asked one call at a time from then on.
        """
        shared = find_shared()
        if shared is None:
            return self._rpc_all(calls)
        names = [(self.url, method, _spell(params)) for method, params in calls]
        unasked = {
            name: call for name, call in zip(names, calls, strict=True) if name not in shared
        }
        with asked_anew():  # their bodies are numbered: each is another request
            told = self._rpc_all(list(unasked.values()))
        shared.update(zip(unasked, told, strict=True))
        return [shared[name] for name in names]

    def _rpc_all(self, calls: Sequence[tuple[str, Sequence[Any] | Mapping[str, Any]]]) -> list[Any]:
        results: list[Any] = []
        size = 1 if self.memory.get("no_batches") else BATCH_SIZE
        for start in range(0, len(calls), size):
            part = calls[start : start + size]
            if len(part) == 1:
                results.append(self._rpc_single(*part[0]))
                continue
            answered = self._rpc_batch_once(part)
            if answered is None:
                self.memory["no_batches"] = True
                results += [self._rpc_single(*call) for call in part]
            else:
                results += answered
        return results

    def _rpc_single(self, method: str, params: Sequence[Any] | Mapping[str, Any]) -> Any:
        answer = self.request("POST", "", json_body=self._rpc_body(method, params))
        return self._rpc_result(answer.body, method)

    def _rpc_batch_once(
        self, calls: Sequence[tuple[str, Sequence[Any] | Mapping[str, Any]]]
    ) -> list[Any] | None:
        bodies = [self._rpc_body(method, params) for method, params in calls]
        answer = self.request("POST", "", json_body=bodies)
        if isinstance(answer.body, dict) and "error" in answer.body:
            return None
        if not isinstance(answer.body, list):
            raise self.garbled("a batch was not answered with a list")
        by_id = {item.get("id"): item for item in answer.body if isinstance(item, dict)}
        results = []
        for body, (method, _) in zip(bodies, calls, strict=True):
            if body["id"] not in by_id:
                raise self.garbled(f"the batch's answer lacks {method} (id {body['id']})")
            results.append(self._rpc_result(by_id[body["id"]], method))
        return results

    def _rpc_body(self, method: str, params: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._next_id += 1
            number = self._next_id
        sent = dict(params) if isinstance(params, Mapping) else list(params)
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": sent}

    def _rpc_result(self, body: Any, method: str) -> Any:
        if not isinstance(body, dict):
            raise self.garbled(f"{method} was not answered with a JSON-RPC object")
        error = body.get("error")
        if error is not None:
            if isinstance(error, str):
                return RpcFault(0, error)
            if not isinstance(error, dict):
                raise self.garbled(f"{method}: the error is not an object")
            code = error.get("code", 0)
            return RpcFault(
                code if isinstance(code, int) else 0,
                str(error.get("message", "")),
                error.get("data"),
                error.get("cause"),
            )
        if "result" not in body:
            raise self.garbled(f"{method}: neither result nor error")
        return body["result"]

    def fetch_json(self, path: str, query: Query | None = None) -> HttpAnswer:
        """GET ``path`` below the endpoint's base path; the caller reads the status."""
        return self.request("GET", path, query=query)

    def fetch_bytes(self, path: str, query: Query | None = None) -> bytes | None:
        """GET ``path``: the body as it came, None for HTTP 404; raises a `SourceError` for the rest."""

        def once() -> bytes | None:
            reply, data = self._exchange("GET", path, query, None)
            if reply.status == 200:
                return data
            status = self._read(reply, data).status
            if status != 404:
                raise self.unreachable(f"HTTP {status}")
            return None

        return self._retried(once)

    def rpc_bytes(
        self, method: str, params: Sequence[Any] | Mapping[str, Any] = ()
    ) -> bytes | RpcFault:
        """One JSON-RPC call: its whole body unparsed, or the fault it holds.

        For answers of megabytes of which little is wanted. Whoever reads the bytes must notice
        where they are cut.
        """
        body = self._rpc_body(method, params)

        def once() -> bytes | RpcFault:
            reply, data = self._exchange("POST", "", None, body)
            if reply.status == 413:
                raise self.too_much("HTTP 413")
            ends = data[:_ENVELOPE] + data[-_ENVELOPE:]
            if reply.status == 200 and b'"result"' in ends and b'"error"' not in ends:
                return data
            answer = self._rpc_result(self._read(reply, data).body, method)
            return answer if isinstance(answer, RpcFault) else data

        return self._retried(once)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json_body: Any = None,
    ) -> HttpAnswer:
        """One request, retried a little where waiting may help; raises a `SourceError`."""
        shared = find_shared()
        if shared is None:
            return self._request(method, path, query, json_body)
        name = (self.url, method, path, _spell(query), _spell(json_body))
        if name not in shared:
            shared[name] = self._request(method, path, query, json_body)
        answer: HttpAnswer = shared[name]
        return answer

    def _request(self, method: str, path: str, query: Query | None, json_body: Any) -> HttpAnswer:
        def once() -> HttpAnswer:
            return self._read(*self._exchange(method, path, query, json_body))

        return self._retried(once)

    def _retried(self, once: Callable[[], _Answer]) -> _Answer:
        for attempt in stamina.retry_context(
            on=_retry_after,
            attempts=3,
            timeout=self.timeout_seconds,
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.1,
        ):
            with attempt:
                return once()
        raise AssertionError("stamina returns or raises")

    def _exchange(
        self, method: str, path: str, query: Query | None, json_body: Any
    ) -> tuple[Reply, bytes]:
        """Send a request and read the body; what became of the bytes is the caller's business."""
        self._wait_for_slot()
        content = None if json_body is None else json.dumps(json_body).encode()
        try:
            reply, data = self._connection().send(
                method, path, query, content, most=MAX_ANSWER_BYTES
            )
        except TooLarge as large:
            raise self.too_much(f"an answer over {MAX_ANSWER_BYTES} bytes") from large
        except UnknownCoding as unknown:
            text = f"an answer packed as {str(unknown)[:60]!r}, which nobody asked for"
            raise self.garbled(text) from unknown
        except httpcore.ReadTimeout as late:
            raise self.too_much(f"no answer within {self.timeout_seconds:g} s") from late
        except httpcore.TimeoutException as late:
            raise self.unreachable(f"no answer within {self.timeout_seconds:g} s") from late
        except httpcore.ConnectError as refused:
            raise self.unreachable(f"can't connect: {refused}") from refused
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            Broken,
        ) as broken:
            raise _RetryLater(f"{self.label}: the connection broke: {broken}") from broken
        count(len(content or b""), len(data))
        return reply, data

    def _read(self, reply: Reply, data: bytes) -> HttpAnswer:
        status = reply.status
        if status in _REFUSED_STATUS:
            raise self.unreachable(f"HTTP {status}: {_REFUSED_STATUS[status]}")
        if status in _RETRIED_STATUS and not _is_rpc_error(data):
            raise _RetryLater(f"{self.label}: HTTP {status}", after_seconds=_seconds(reply.headers))
        text = data.decode("utf-8", "replace")
        try:
            body = parse_json(data) if data else None
        except (ValueError, RecursionError):
            if status >= 500:
                raise self.unreachable(f"HTTP {status}") from None
            if status == 200 and text.lstrip()[:1] in ("<", "{", "["):
                raise self.garbled("HTML or cut JSON instead of an answer") from None
            body = None
        if status >= 500 and not _is_rpc_error(data):
            raise self.unreachable(f"HTTP {status}")
        return HttpAnswer(status, body, text)

    def _connection(self) -> Connection:
        with self._lock:
            if self._client is None:
                self._client = Connection(
                    self.url, self.headers, timeout_seconds=self.timeout_seconds
                )
            return self._client

    def _wait_for_slot(self) -> None:
        if not self.requests_per_second:
            return
        every = 1 / self.requests_per_second
        if self.pace is not None:
            wait = self.pace.take(self._line, every)
        else:
            with self._lock:
                moment = time.monotonic()
                slot = max(self._next_slot, moment)
                self._next_slot = slot + every
            wait = slot - moment
        if wait > 0:
            time.sleep(wait)

    @property
    def _line(self) -> str:
        """The endpoint's name among all processes; its URL's secrets are only in the digest."""
        return f"{self.network} {self.label} {hashlib.sha256(self.url.encode()).hexdigest()[:12]}"

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def unreachable(self, text: str) -> Unreachable:
        return Unreachable("source-unreachable", f"{self.network} {self.label}: {text}")

    def too_much(self, text: str) -> TooMuch:
        return TooMuch("source-unreachable", f"{self.network} {self.label}: {text}")

    def garbled(self, text: str) -> Garbled:
        return Garbled("source-garbled", f"{self.network} {self.label}: {text}")

    def named(self, wrong: Garbled) -> Garbled:
        """A decoder's error with this node's name before it; one that bears it is left as it is."""
        known = wrong.text.startswith(f"{self.network} {self.label}: ")
        return wrong if known else self.garbled(wrong.text)

    def unhealthy(self, text: str) -> Unhealthy:
        return Unhealthy("source-unhealthy", f"{self.network} {self.label}: {text}")


_SAFE_RECURSION = 2_000
"""Levels that the C stack bears in any thread; Python's own limit is 1,000."""


def parse_json(data: bytes) -> Any:
    """JSON with exact fractions; raises `ValueError` for what is none, or nests without end.

    The standard parser recurses in C as deep as the interpreter's limit allows, and libraries
    raise that limit (py_ecc to 100,000): the stack would end first. Then orjson looks before, which
    stops at 1,024 levels.
    """
    if sys.getrecursionlimit() > _SAFE_RECURSION:
        try:
            orjson.loads(data)
        except orjson.JSONDecodeError as wrong:
            if "depth" in str(wrong):
                raise ValueError("the answer nests too deep") from None
    return json.loads(data, parse_float=Decimal, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _spell(asked: Any) -> str:
    """What is asked, as text to know it by."""
    return json.dumps(asked, sort_keys=True)


def _is_rpc_error(data: bytes) -> bool:
    """An error object is an answer, whatever its HTTP status says.

    Bitcoin-type nodes send JSON-RPC errors with HTTP 4xx and 5xx; gRPC gateways (Cosmos) and nodeos
    send 500 and 501 with their own objects, which always hold code, message and details.
    """
    if data[:1] not in (b"{", b"["):
        return False
    if b'"error"' in data and b'"id"' in data:
        return True
    return all(name in data for name in (b'"code"', b'"message"', b'"details"'))


def _seconds(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


__all__ = ["BATCH_SIZE", "HttpAnswer", "Node", "Query", "RpcFault", "SourceError"]
