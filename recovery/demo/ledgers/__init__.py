"""Ledgers assembled from fixtures: blocks and account histories, so that a scan has something to walk.

Knows: the shape of such a ledger, and which family has one. Must not know: HTTP's wire, what a scan looks for.

A fixture records what a node answered about one transaction. The list or block in which a node would have
shown it is put together from that very answer, with the API's page sizes, order and paging tokens; what
surrounds it is synthetic. The document inside is the fixture's own, and as true as its origin says.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from recovery.demo.fixtures import Fixture, RpcExchange


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request, taken apart; of a query's repeated names ``pairs`` has all."""

    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    body: Any

    @property
    def query(self) -> Mapping[str, str]:
        return dict(self.pairs)


Told = tuple[int, Any]
"""HTTP status and JSON document."""

Ledger = Callable[[Asked], Told | None]
"""Answers what it knows of, None for everything else: that the fixtures answer."""


def read_request(method: str, target: str, body: Any) -> Asked:
    parts = urlsplit(target)
    pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Asked(method, unquote(parts.path) or "/", pairs, body)


def build_ledger(family: str, fixtures: Iterable[Fixture], *, page: int | None = None) -> Ledger:
    """The ledger that holds the fixtures' transactions. ``page`` is the most a server gives at once.

    Raises `ModuleNotFoundError` for a family that has none.
    """
    room = importlib.import_module(f"recovery.demo.ledgers.{family}")
    ledger: Ledger = room.build([f for f in fixtures if f.evidence is not None], page=page)
    return ledger


def find_answers(
    fixture: Fixture, *, rpc: str = "", get: str = "", post: str = ""
) -> Iterator[Any]:
    """What a fixture's endpoint answered to a method, or to paths that begin so, with success."""
    for exchange in fixture.exchanges:
        if isinstance(exchange, RpcExchange):
            if rpc and exchange.rpc == rpc and exchange.error is None:
                yield exchange.result
            continue
        wanted = f"GET {get}" if get else f"POST {post}"
        if (get or post) and exchange.request.startswith(wanted) and exchange.status == 200:
            yield exchange.document
