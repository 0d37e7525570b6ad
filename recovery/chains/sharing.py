"""What was asked of a node a moment ago and is asked again for the same purpose: one answer for both.

Knows: the answers of the running thread's block. Must not know: nodes, what an answer means.

For what is the same for many cases (a fee rate, a head, a token's state) while a hundred of them are quoted in one go.
Never for what was delivered: evidence and measures are asked for each case by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Answers = dict[Hashable, Any]
"""Answers by what was asked. A failure is never among them: the next one who asks tries again."""

_ANSWERS: ContextVar[Answers | None] = ContextVar("answers", default=None)


@contextmanager
def answers_shared(answers: Answers) -> Iterator[None]:
    """In here a question whose answer is among ``answers`` is not asked again; what is asked joins them."""
    token = _ANSWERS.set(answers)
    try:
        yield
    finally:
        _ANSWERS.reset(token)


@contextmanager
def asked_anew() -> Iterator[None]:
    """In here nothing is shared."""
    token = _ANSWERS.set(None)
    try:
        yield
    finally:
        _ANSWERS.reset(token)


def find_shared() -> Answers | None:
    """The answers that the running thread shares; None where everything is asked anew."""
    return _ANSWERS.get()
