"""Several questions to one API that takes them one at a time, asked side by side.

Knows: threads, and whose questions are counted where. Must not know: nodes, what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


def ask_side_by_side(
    ask: Callable[[_Asked], _Answer], asked: Sequence[_Asked], *, at_once: int, name: str
) -> list[_Answer]:
    """An answer for each, in order; what each one costs is counted for the caller."""
    if len(asked) == 1:
        return [ask(asked[0])]
    contexts = [copy_context() for _ in asked]
    with ThreadPoolExecutor(min(at_once, len(asked)), thread_name_prefix=name) as pool:
        return list(pool.map(lambda context, one: context.run(ask, one), contexts, asked))
