"""What can go wrong, as one tree.

    RecoveryError                 everything this package raises on purpose
    ├── BadInput                  the caller's text, file or configuration is wrong      exit 2
    ├── NotAllowed                the answer is no: a transition or right is missing     exit 1
    ├── SourceError               a node or price source could not answer                exit 3
    │   ├── Unreachable           no connection, time-out, 5xx, too many requests
    │   │   └── TooMuch           it refuses so much at once: ask for less
    │   ├── Garbled               an answer that is not what the protocol says
    │   └── Unhealthy             it answers, but can't be believed: wrong chain, behind, pruned
    └── Inconsistent              what we stored contradicts itself (a broken trail)     exit 1

A ``SourceError`` never means "the chain says no": see `recovery.chains.family.Absent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class RecoveryError(Exception):
    """An error with a stable reference, what was seen, a hint, and where it stands.

    ``reference`` is kebab-case and part of the outer contract; ``where`` is ``file:line``, a
    configuration key, or None.
    """

    exit_code = 4

    def __init__(
        self, reference: str, text: str, *, hint: str = "", where: str | None = None
    ) -> None:
        super().__init__(text)
        self.reference = reference
        self.text = text
        self.hint = hint
        self.where = where

    def __reduce__(self) -> tuple[Any, ...]:
        """An error goes whole from one process to another, whatever its constructor takes."""
        return _revive, (type(self), self.args, dict(self.__dict__))


def _revive(kind: type[RecoveryError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class BadInput(RecoveryError):
    """Wrong use or bad input; nothing was stored."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One of several things wrong with a file or a configuration."""

    where: str
    text: str


class ManyProblems(BadInput):
    """All problems of one file together, each with its place."""

    def __init__(
        self, reference: str, text: str, problems: tuple[Problem, ...], *, hint: str = ""
    ) -> None:
        where = problems[0].where if problems else None
        lines = "".join(f"\n  {p.where}: {p.text}" for p in problems)
        super().__init__(reference, text + lines, hint=hint, where=where)
        self.problems = problems


class NotAllowed(RecoveryError):
    """The answer is no: a transition, role or person is not allowed."""

    exit_code = 1


class Inconsistent(RecoveryError):
    """Stored data contradicts itself."""

    exit_code = 1


class SourceError(RecoveryError):
    """A source could not be asked, or its answer can't be used. Never an answer about the chain."""

    exit_code = 3


class Unreachable(SourceError):
    """No connection, a time-out, 429 or 5xx: asking again later may work."""


class TooMuch(Unreachable):
    """The source refuses so large a range or answer: asking for less may work."""


class Garbled(SourceError):
    """The answer does not have the protocol's shape (HTML, cut JSON, wrong types)."""


class Unhealthy(SourceError):
    """The source answers but must not be believed: wrong chain, syncing, pruned, no index."""
