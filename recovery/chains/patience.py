"""How long a whole answer may take: a deadline for every read of it, its headers included.

Knows: the byte stream under the HTTP client. Must not know: HTTP, nodes.

The client limits each read alone. A node that sends one byte of a header now and then, or one
"103 Early Hints" after the other, would hold a thread for ever.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class _Watch(threading.local):
    deadline: float | None = None


_WATCH = _Watch()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Every read of this thread in here ends by then; a later one raises `httpcore.ReadTimeout`."""
    _WATCH.deadline = time.monotonic() + seconds
    try:
        yield
    finally:
        _WATCH.deadline = None


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if _WATCH.deadline is not None:
            left = _WATCH.deadline - time.monotonic()
            if left <= 0:
                raise httpcore.ReadTimeout("the answer trickles")
            timeout = left if timeout is None else min(timeout, left)
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class PatientBackend(httpcore.SyncBackend):
    """Opens plain connections whose reads keep the deadline of `within`."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        opened = super().connect_tcp(
            host, port, timeout, local_address=local_address, socket_options=socket_options
        )
        return _Stream(opened)
