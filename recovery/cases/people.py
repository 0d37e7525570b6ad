"""Who acts: names as typed, and when two names are one person.

Knows: that spelling must not turn one person into two. Must not know: roles, accounts, sessions.
"""

from __future__ import annotations

import unicodedata

from recovery.errors import BadInput

DESK = "desk"
"""The actor of what nobody did: expiry, the nightly look."""

MAX_NAME = 128


def parse_actor(text: str, *, where: str = "--actor") -> str:
    """A person's name as typed, trimmed; raises `BadInput` for one that can't be told apart."""
    name = " ".join(text.split())
    hidden = any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") for c in name)
    if not name or hidden or len(name) > MAX_NAME:
        raise BadInput(
            "bad-actor",
            f"{text[:40]!r} is not a name",
            hint=f"1 to {MAX_NAME} visible characters",
            where=where,
        )
    if person_of(name) == person_of(DESK):
        raise BadInput("bad-actor", f"{DESK!r} is the desk itself, not a person", where=where)
    return name


def person_of(name: str) -> str:
    """The same text for every spelling of one name: case, width and spacing play no part.

    Four eyes are two persons, so that ``Bob`` and ``bob`` sign once.
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def same_person(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and person_of(one) == person_of(other)
