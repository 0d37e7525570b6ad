"""The receipt of a claim: its number and a check word, by which an impostor's message can be told.

Knows: how a check word is made of a case's number and the exchange's secret. Must not know: stores,
HTTP. Pure. Whoever knows a case's number alone can't name its word; a copy of the database can't either.
"""

from __future__ import annotations

import hashlib
import hmac

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 letters, none of them alike in print
_LENGTH = 8


def check_word(case_id: str, secret: bytes) -> str:
    """Two groups of four letters, 40 bits of HMAC-SHA-256: ``k3fp-w9ax``."""
    made = hmac.digest(secret, b"recovery check word " + case_id.encode(), hashlib.sha256)
    letters = "".join(_LETTERS[byte % 32] for byte in made[:_LENGTH])
    return f"{letters[:4]}-{letters[4:]}"


def is_check_word(case_id: str, word: str, secret: bytes) -> bool:
    """Whether the word belongs to the number, in a time that tells nothing; spelling is forgiven."""
    typed = "".join(c for c in word.lower()[:40] if c in _LETTERS)
    right = check_word(case_id.strip().lower()[:40], secret).replace("-", "")
    return hmac.compare_digest(typed.encode(), right.encode())
