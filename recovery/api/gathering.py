"""Look-ups that arrive at one time, asked of the database as one.

Knows: asyncio, threads. Must not know: what is looked up. A hundred readers cost one statement and one
change of threads instead of a hundred of each; a reader alone waits for nobody. Every answer is of a moment after
its question: whoever comes while a statement is under way is in the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

import anyio.to_thread

T = TypeVar("T")

AT_ONCE = 200
"""Keys of one statement."""

FindAll = Callable[[Sequence[str]], Awaitable[Mapping[str, T]]]


def in_thread(find_all: Callable[[Sequence[str]], Mapping[str, T]]) -> FindAll[T]:
    """A look-up that blocks, as one that the event loop can wait for."""

    async def find(keys: Sequence[str]) -> Mapping[str, T]:
        return await anyio.to_thread.run_sync(find_all, keys)

    return find


class Gathering(Generic[T]):
    """Belongs to one event loop. ``find_all`` is called once at a time."""

    def __init__(self, find_all: FindAll[T]) -> None:
        self._find_all = find_all
        self._waiting: dict[str, list[asyncio.Future[T | None]]] = {}
        self._work: asyncio.Task[None] | None = None

    async def find(self, key: str) -> T | None:
        """What the key leads to; None for nothing. Raises what the look-up raised."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T | None] = loop.create_future()
        self._waiting.setdefault(key, []).append(answer)
        if self._work is None or self._work.done():
            self._work = loop.create_task(self._ask())
        return await answer

    async def _ask(self) -> None:
        while self._waiting:
            keys = list(islice(self._waiting, AT_ONCE))
            asked = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await self._find_all(keys)
            except Exception as wrong:  # noqa: BLE001  it is raised again where it was asked
                for answer in _open(asked):
                    answer.set_exception(wrong)
            except BaseException:  # the loop ends
                for answer in _open(asked):
                    answer.cancel()
                raise
            else:
                for key, answers in asked.items():
                    for answer in _open({key: answers}):
                        answer.set_result(found.get(key))


def _open(asked: Mapping[str, list[asyncio.Future[Any]]]) -> list[asyncio.Future[Any]]:
    """Those that somebody still waits for: a reader may have left."""
    return [answer for answers in asked.values() for answer in answers if not answer.done()]
