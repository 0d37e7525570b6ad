"""What a token calls itself, made fit to be shown and compared: it is a stranger's text.

Knows: what is not seen, and what a right-to-left override does to the order of letters. Must not
know: which names are listed (`recovery.classify.confusable` compares them).
"""

from __future__ import annotations

import re
import unicodedata

_OVERRIDE = re.compile("\u202e([^\u202a-\u202e\u2066-\u2069]*)[\u202a-\u202e\u2066-\u2069]?")


def show_order(text: str) -> str:
    """The letters as they are shown where an override (U+202E) turns them round."""
    return _OVERRIDE.sub(lambda found: found[1][::-1], text) if "\u202e" in text else text


def read_label(text: str, *, most: int) -> str | None:
    """The text in the order in which it is shown, without control and format characters, bounded.

    None where nothing is left of it.
    """
    shown = "".join(c for c in show_order(text) if unicodedata.category(c)[0] != "C")
    return shown.strip()[:most] or None
