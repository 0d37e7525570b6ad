"""Whose token it is, asked of the database without leaving the event loop.

Knows: one connection of its own to SQLite or PostgreSQL, and the one statement asked on it. Must not know: HTTP,
words. A read of a status is short: handing it to a thread and back costs more than the question. Where the
connection can't answer, the question goes the way of all others (`recovery.api.gathering`, the store), which
knows how to wait and how to say what is wrong.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from recovery.api.gathering import Gathering, in_thread
from recovery.api.secrets import TOKEN_LASTS, TOKENS, Opened, find_tokens, select_opened
from recovery.clock import now
from recovery.store import CONNECT_SECONDS, Store

NEAR_SECONDS = 3.0
"""How long PostgreSQL may take before the question goes the other way."""


class TokenLookup:
    """`find_tokens` of one token, for an event loop. Whoever asks at one time is looked up together."""

    def __init__(self, store: Store) -> None:
        self._far: Gathering[Opened] = Gathering(
            in_thread(lambda kept: find_tokens(store, kept, at=now()))
        )
        self._file = _File(store) if store.is_sqlite else None
        self._server = None if store.is_sqlite else _Server(store)
        self._near: Gathering[Opened] | None = (
            None if self._server is None else Gathering(self._server.find_all)
        )

    async def find(self, token_sha256: str) -> Opened | None:
        """The token's cases; None where it opens nothing. Raises `Unreachable` as `find_tokens` does."""
        if self._file is not None:
            try:
                return self._file.find(token_sha256)
            except sqlite3.OperationalError:  # locked this moment
                return await self._far.find(token_sha256)
            except sqlite3.Error:
                self._file.close()  # it is opened anew next time
                return await self._far.find(token_sha256)
        assert self._near is not None
        try:
            return await self._near.find(token_sha256)
        except _NotNow:
            return await self._far.find(token_sha256)

    async def close(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._server is not None:
            await self._server.close()


class _File:
    """A connection to the file that waits for nobody: a reader is in nobody's way (WAL)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # names in the text, not question marks: its order is SQLAlchemy's
        dialect = sqlite.dialect(paramstyle="named")
        one = TOKENS.c.token_sha256 == sa.bindparam("token")
        self._text = str(select_opened(one).compile(dialect=dialect))
        self._print_time = _time_printer(dialect)
        self._open = ExitStack()
        self._connection: sqlite3.Connection | None = None

    def find(self, token_sha256: str) -> Opened | None:
        if self._connection is None:
            kept = self._open.enter_context(self._store.own_connection())
            driver: Any = kept.connection.dbapi_connection
            driver.execute("PRAGMA busy_timeout=0")
            self._connection = driver
        asked = {"token": token_sha256, "since": self._print_time(now() - TOKEN_LASTS)}
        return {case: head for _, case, head in self._connection.execute(self._text, asked)} or None

    def close(self) -> None:
        self._connection = None
        self._open.close()


class _NotNow(Exception):
    """The connection has no answer; it is opened anew next time."""


class _Server:
    """One connection to the server, opened when it is first asked."""

    def __init__(self, store: Store) -> None:
        dialect = store.engine.dialect
        tokens = sa.bindparam("tokens", type_=postgresql.ARRAY(sa.String))
        among = TOKENS.c.token_sha256 == sa.any_(tokens)
        self._text = str(select_opened(among).compile(dialect=dialect))
        self._print_time = _time_printer(dialect)
        self._connect: Callable[[], Any] = lambda: _open_connection(store)
        self._connection: Any = None

    async def find_all(self, tokens_sha256: Sequence[str]) -> Mapping[str, Opened]:
        import psycopg

        found: dict[str, Opened] = {}
        try:
            async with asyncio.timeout(NEAR_SECONDS):
                if self._connection is None:
                    self._connection = await self._connect()
                since = self._print_time(now() - TOKEN_LASTS)
                asked = {"tokens": list(tokens_sha256), "since": since}
                answer = await self._connection.execute(self._text, asked, prepare=True)
                for token, case, head in await answer.fetchall():
                    found.setdefault(token, {})[case] = head
        except (psycopg.Error, OSError, TimeoutError) as wrong:
            await self.close()
            raise _NotNow from wrong
        return found

    async def close(self) -> None:
        gone, self._connection = self._connection, None
        if gone is not None:
            await gone.close()


async def _open_connection(store: Store) -> Any:
    """With the same address and time to connect as the store's own."""
    import psycopg

    dialect: sa.Dialect = store.engine.dialect
    words, named = dialect.create_connect_args(store.engine.url)
    return await psycopg.AsyncConnection.connect(
        *words, **{"connect_timeout": CONNECT_SECONDS, **named, "autocommit": True}
    )


def _time_printer(dialect: sa.Dialect) -> Callable[[datetime], Any]:
    """A moment as the driver takes it for the column it is compared with."""
    kind = TOKENS.c.created_at.type.dialect_impl(dialect)
    return kind.bind_processor(dialect) or (lambda at: at)
