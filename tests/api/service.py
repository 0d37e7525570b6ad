"""The service as its callers meet it: a real server on a free port, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from recovery.api.app import create_app
from recovery.api.desk import Desk
from recovery.api.secrets import KeyKind, add_key
from recovery.api.statuses import Statuses
from recovery.clock import now
from recovery.config import Config

AMIRS = "0x0c65a8fa903003225999e1657857a66f4e1a3875f4d43e02f91d4d89bcebce86"
"""BNB on BSC, to amir's Ethereum deposit address: recoverable."""
BEAS = "0x4cbae4bac1cf87cf8f32ada1727950be149ef294a2166310d3f67e574c03c300"
"""Ether to bea's deposit address, never credited."""
CHENS = "0x7355606b0ca4f85467d5c56ea1ae3fcfa2d4f9238cf20bee7a71ada6a889dcd8"
"""A token to chen's deposit address, credited long ago."""
NOBODYS = "7769F63010D690ECC4DC922730E676BAED2C6325B818439344A7826183650C60"
"""XRP to the shared address, without a tag."""
PIAS = "e71cf261f87ee49397315d77722e53b9bee1fd8ea2a4676386c3555151b6f722"
"""Dogecoin to pia's Litecoin deposit address: recoverable."""
UNKNOWN = "0x1d62c1af5e3ebb0d53da2f5e12a4c11a02f381b28c19d03143483ba0e8952403"
"""A hash that no network knows."""
OUTSIDE = "0x02c63B85910d59FE45d2e2fB6fFe8AD55a1ee14B"


@dataclass(frozen=True)
class Service:
    """A running server with its desk, and callers."""

    url: str
    desk: Desk
    client: httpx.Client
    statuses: Statuses

    def key(self, actor: str, *, channel: bool = False) -> dict[str, str]:
        kind = KeyKind.CHANNEL if channel else KeyKind.OPERATOR
        text, _ = add_key(self.desk.store, actor=actor, kind=kind, by="admin", at=now())
        return bearer(text)

    def claim(
        self, tx_hash: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        return self.client.post(
            "/v1/claims", json={"tx_hash": tx_hash, **more}, headers=dict(headers or {})
        )

    def get(self, path: str, headers: Mapping[str, str]) -> httpx.Response:
        return self.client.get(path, headers=dict(headers))

    def post(self, path: str, headers: Mapping[str, str], **body: Any) -> httpx.Response:
        return self.client.post(path, headers=dict(headers), json=body)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


@contextmanager
def serving(config: Config, *, watch: bool = False) -> Iterator[Service]:
    app = create_app(config, watch=watch)
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=0, log_config=None, access_log=False, server_header=False
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=30) as client:
            yield Service(url, app.state.desk, client, app.state.statuses)
    finally:
        server.should_exit = True
        thread.join()
