"""Text made hostile: what stood there honestly, cut, repeated, joined, in other scripts, without end.

Knows: characters. Must not know: what any text means.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

ODD = (
    "", " ", "\x00", "\n", "\r\n", "\t", "\ufeff", "\u202e", "\u200b", "\ud800", "\udfff", "\U0001f4b8", "\u0661\u0662",
    "０", "ı", "ſ", "ẞ", "é", "e\u0301", "\u2028", "=1+1", "'", '"', "`", "\\", "/", "//", "..", "%00", "%", "&", "#", "?",
    ":", "::", "@", "-", "--", "+", "_", ",", ";", "|", "{", "}", "[", "]", "(", ")", "$", "0x", "0X", "-1", "1e999999999",
    "-0", "NaN", "inf", "9" * 5_000, "0" * 5_000, "f" * 20_000, "[" * 20_000, "{" * 20_000, "a" * 200_000, "1." * 5_000,
    "\U000e0041", "bc1" + "q" * 1000, "1" * 1000, "z" * 1000, "=" * 1000,
)  # fmt: skip


def spoil_text(text: str, others: Sequence[str], rng: random.Random) -> str:
    """The text with one to three hostile changes."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randint(0, len(text))
        to = min(len(text), at + rng.choice((1, 1, 2, 8, 1000)))
        match rng.randrange(9):
            case 0:
                text = text[:at] + rng.choice(ODD) + text[at:]
            case 1:
                text = text[:at] + rng.choice(ODD) + text[to:]
            case 2:
                text = text[:at] + text[to:]
            case 3:
                text = text[:at] + text[at:to] * 3 + text[to:]
            case 4:
                text = rng.choice((text.upper, text.lower, text.swapcase, text.title))()
            case 5:
                other = rng.choice(others)
                cut = rng.randint(0, len(other))
                text = text[:at] + other[cut:]
            case 6:
                text = rng.choice(ODD)
            case 7:
                text = text[::-1]
            case _:
                char = chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), 0x1D7D8)))
                text = text[:at] + char + text[to:]
    return text
