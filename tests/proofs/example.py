"""One signature that a scheme must accept: the shape of every ``examples_<scheme>.py`` here.

Such a module exports ``EXAMPLES: tuple[Example, ...]``. `test_schemes.py` takes each through every
tampering, so one that is added there needs no test of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from recovery.proofs.values import SignedAnswer


@dataclass(frozen=True, slots=True)
class Example:
    """``source`` says where the vector is published, or which independent implementation signed it.

    ``address`` is the network's canonical text. ``other_address`` is needed where no other address can
    be made from the key by changing its bytes. ``unsigned_bytes`` are the positions, in the decoded
    signature, of bytes that prove nothing (say beside them why), so that a change is no forgery.
    ``spellings`` are other texts of the same signature, where a scheme reads more than one.
    """

    network: str
    address: str
    message: str
    answer: SignedAnswer
    source: str
    other_address: str | None = None
    unsigned_bytes: frozenset[int] = frozenset()
    spellings: frozenset[str] = frozenset()


CHALLENGE = (
    "Recovery case RC-2026-000123 at recovery.example.com\n"
    "I sent the deposit with this address and I claim it.\n"
    "Nonce: 7f3c9a52d1e84b60\n"
    "Valid until: 2026-12-01T12:00:00Z"
)
"""A text like those that are really signed: several lines of ASCII, none at the end."""
