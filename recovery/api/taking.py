"""What every request that brings a claim passes: a place in the process, and the moment at which its answer leaves.

Knows: the request's own beginning, the grid of moments. Must not know: claims. How long an answer takes depends on what
stands in the database about others; a difference of milliseconds is the same moment on the grid. Waiting for it costs
neither a thread nor the processor. It is the same for the JSON API and the pages.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.types import Scope

from recovery.api.callers import desk_of
from recovery.api.guard import SINCE
from recovery.api.turns import Busy, Turns

GRID_SECONDS = 0.25
"""Long beside what depends on others (milliseconds), short for whoever waits."""


@asynccontextmanager
async def taking(request: Request) -> AsyncIterator[None]:
    """Raises `Busy` where no place is left; what is done in here is answered on the grid."""
    desk = desk_of(request)
    async with on_the_grid(request.scope[SINCE], until=desk.config.api.answer_seconds):
        with desk.turns.place():
            yield


def find_refusal(scope: Scope, turns: Turns) -> Busy | None:
    """The refusal of a claim before anything of it is read, where every place is taken; a page's form is read, and kept."""
    brings_claim = scope["method"] == "POST" and scope["path"] == "/v1/claims"
    return Busy() if brings_claim and turns.is_full else None


@asynccontextmanager
async def on_the_grid(since: float, *, until: float) -> AsyncIterator[None]:
    """What is done in here ends, also where it raises, on the grid that begins at ``since`` (`time.monotonic`)."""
    try:
        yield
    finally:
        await asyncio.sleep(find_wait(time.monotonic() - since, until=until))


def find_wait(passed: float, *, until: float) -> float:
    """Seconds to the next moment of the grid, ``passed`` seconds after its beginning; none where that comes after ``until``."""
    wait = -passed % GRID_SECONDS
    return wait if passed + wait <= until else 0.0
