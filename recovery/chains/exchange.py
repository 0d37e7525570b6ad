"""One HTTP request and its answer, over connections that are kept: addresses, headers, packing, sizes.

Knows: httpcore, the HTTP client under httpx, which takes less than half of httpx's time for a request. Must not know: retries,
limits, what an answer means.
"""

from __future__ import annotations

import functools
import ssl
import threading
import zlib
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

import httpcore
import httpx

from recovery.chains.patience import PatientBackend, within

Query = Mapping[str, str | int | Sequence[str]]
"""A query's parts; a name with several texts is repeated."""

_CODINGS = frozenset({"", "identity", "gzip"})
_CONNECTIONS = 8
_IDLE_SECONDS = 5.0
"""A server that closes what rests does so later than this, as a rule."""

_PORTS = {"http": 80, "https": 443}
_GZIP = zlib.MAX_WBITS | 16


class TooLarge(Exception):
    """More bytes than are taken from anybody."""


class UnknownCoding(Exception):
    """Packed in a way that nobody asked for; its name is the text."""


class Broken(Exception):
    """The bytes end, or can't be unpacked, before the answer does."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer's status, and its headers by their names in small letters."""

    status: int
    headers: Mapping[str, str]


class Connection:
    """Kept connections to one endpoint. Thread-safe. ``url`` may carry a user, a path and a query with keys."""

    def __init__(self, url: str, headers: Mapping[str, str], *, timeout_seconds: float) -> None:
        at = httpx.URL(url)
        self._timeout = timeout_seconds
        self._place = (at.raw_scheme, at.raw_host, at.port)
        self._path, _, self._query = at.raw_path.partition(b"?")
        self._headers = _spell_headers(at, headers)
        self._kept = _Kept(
            httpcore.Origin(at.raw_scheme, at.raw_host, at.port or _PORTS[at.scheme]),
            _tls() if at.scheme == "https" else _plain(),
        )

    def send(
        self, method: str, path: str, query: Query | None, content: bytes | None, *, most: int
    ) -> tuple[Reply, bytes]:
        """Ask and read the whole answer, ``most`` bytes of it unpacked.

        Raises `TooLarge`, `UnknownCoding`, `Broken`, and httpcore's own errors for what the connection does.
        """
        address = httpcore.URL(
            scheme=self._place[0],
            host=self._place[1],
            port=self._place[2],
            target=self.target(path, query),
        )
        headers = self._headers
        if content is not None:
            length = str(len(content)).encode()
            headers = [
                *headers,
                (b"Content-Type", b"application/json"),
                (b"Content-Length", length),
            ]
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        with (
            within(2 * self._timeout),
            self._kept.lend(within_seconds=self._timeout) as connection,
            connection.stream(
                method, address, headers=headers, content=content, extensions={"timeout": waits}
            ) as response,
        ):
            told = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            return Reply(response.status, told), _read(response, told, most)

    def target(self, path: str, query: Query | None) -> bytes:
        """Path and query as they are sent; the configured ones, which may carry a key, stay in front."""
        if not path and not query:
            return self._path + (b"?" + self._query if self._query else b"")
        target = self._path
        if path:
            target = target.rstrip(b"/") + b"/" + quote(path.lstrip("/"), safe="/:@,._-~%").encode()
        asked = self._query
        if query:
            kept = [
                pair
                for pair in parse_qsl(self._query.decode(), keep_blank_values=True)
                if pair[0] not in query
            ]
            spelled = [*kept, *((name, _spell(value)) for name, value in query.items())]
            asked = urlencode(spelled, doseq=True, quote_via=quote, safe="").encode()
        return target + (b"?" + asked if asked else b"")

    def close(self) -> None:
        self._kept.close()


class _Kept:
    """Connections to one origin, each lent to one request at a time.

    httpcore's own pool looks at every connection before and after each request, which costs a third of it.
    """

    def __init__(self, origin: httpcore.Origin, tls: ssl.SSLContext) -> None:
        self._origin, self._tls = origin, tls
        self._idle: deque[httpcore.HTTPConnection] = deque()
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        self._closed = False

    @contextmanager
    def lend(self, *, within_seconds: float) -> Iterator[httpcore.HTTPConnection]:
        """A connection that nobody else uses; raises `httpcore.PoolTimeout` where all stay busy."""
        if not self._free.acquire(timeout=within_seconds):
            raise httpcore.PoolTimeout("every connection is busy")
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                if connection.is_available() and not self._closed:
                    self._idle.append(connection)
                else:
                    connection.close()
        finally:
            self._free.release()

    def _take(self) -> httpcore.HTTPConnection:
        """The one that rested longest: so those that a server gave up are found and closed."""
        while self._idle:
            try:
                connection = self._idle.popleft()
            except IndexError:  # another thread was faster
                break
            if not connection.has_expired():
                return connection
            connection.close()
        return httpcore.HTTPConnection(
            self._origin,
            ssl_context=self._tls,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=PatientBackend(),
        )

    def close(self) -> None:
        self._closed = True
        while self._idle:
            with suppress(IndexError):
                self._idle.popleft().close()


def _read(response: httpcore.Response, told: Mapping[str, str], most: int) -> bytes:
    coding = told.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise UnknownCoding(coding)
    # Packed once at most, and unpacked no further than is taken: a layer of gzip unpacks to a thousand times its size.
    unpack = zlib.decompressobj(_GZIP) if coding == "gzip" else None
    parts: list[bytes] = []
    size = 0
    fed = False
    for chunk in response.iter_stream():
        fed = fed or bool(chunk)
        try:
            parts.append(chunk if unpack is None else unpack.decompress(chunk, most - size + 1))
        except zlib.error as wrong:
            raise Broken(str(wrong)) from wrong
        size += len(parts[-1])
        if size > most:
            raise TooLarge
    if unpack is not None and fed and not unpack.eof:
        raise Broken("a packed answer is cut short")
    return b"".join(parts)


def _spell(value: str | int | Sequence[str]) -> str | list[str]:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else list(value)


def _spell_headers(at: httpx.URL, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Those of every request; configured ones replace ours of the same name."""
    ours = {
        "Host": at.netloc.decode("ascii"),
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "Connection": "keep-alive",
        "User-Agent": f"python-httpcore/{httpcore.__version__}",
    }
    if at.userinfo:
        user = f"{at.username}:{at.password}".encode()
        ours["Authorization"] = "Basic " + b64encode(user).decode("ascii")
    named = {name.lower() for name in headers}
    spelled = {k: v for k, v in ours.items() if k.lower() not in named} | dict(headers)
    return [(name.encode("ascii"), value.encode("utf-8")) for name, value in spelled.items()]


@functools.cache
def _tls() -> ssl.SSLContext:
    """One context for all nodes: loading the certificates takes longer than a request."""
    return httpx.create_ssl_context()


@functools.cache
def _plain() -> ssl.SSLContext:
    """For plain HTTP: a context is wanted, and loading certificates nobody asks for takes 40 ms."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
