"""When two names look the same to a person.

Knows: Unicode's skeletons (UTS #39, with its whole table of confusables in ``confusables.txt``), and
what a symbol on a screen adds to them. Must not know: which names are listed.

The skeleton of a name, in this order: it is read in the order in which it is shown (a right-to-left
override turns letters round); what is not seen goes (zero-width, joiners, tags, fillers, variation
selectors, soft hyphens); compatibility forms (full-width, mathematical, circled) and accents go; each
character is written as the one it imitates, in both cases; upper and lower case are one, and so are
``0`` and ``O``, ``1``, ``l``, ``I`` and ``i``, ``rn`` and ``m``, ``vv`` and ``w``; everything but
letters and digits goes (spaces, dots, a ``$``). Two names are confusable where their skeletons are equal.

Unicode's table holds what is alike in one case of most typefaces; the few letters of `_ALIKE` are
alike in the other case or stand for a letter in the names of tokens (``₮``, ``$``). A word more is
another name: ``USDT.e`` is not ``USDT`` (see `names_inside`), for bridged coins are called so in all honesty.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources

from recovery.chains.labels import show_order

_ALIKE = {
    "a": "аαɑᴀꭺΛ",
    "b": "ЬьвβʙᏴᏼꞴƀ฿",
    "c": "сϲᴄⅽꮯᏟ¢ҫ",
    "d": "ԁɗᏧᎠꭰđ",
    "e": "еεєҽᴇᎬꭼ€ɛ℮ҿΣ",
    "f": "ƒꞙϝ",
    "g": "ɡԍɢᏀᎶꮐ",
    "h": "һнηհʜᎻꮋ",
    "j": "јϳᴊᎫꭻ",
    "k": "кκᴋᏦꮶ₭",
    "l": "іι1|ıɩӏⅼʟᏞꮮłӀǀ∣Ꭵꭵ",
    "m": "мᴍᎷꮇⅿΜμ",
    "n": "пոɴ₦ɲΝ",
    "o": "оο0օᴏøѳӧΘθ",
    "p": "рρᴘᏢꮲ₱þ",
    "q": "ԛզ",
    "r": "гᴦʀᎡᏒꭱꮢ",
    "s": "ѕꜱᏚꮪ$ʂᔕ",
    "t": "тτᴛᎢꭲ₮ŧ₸",
    "u": "υսᴜцʋ",
    "v": "ѵνᴠᏙꮩⅴ∨",
    "w": "ԝωᴡᎳꮃшѡ₩",
    "x": "хχⅹ×ҳ᙭",
    "y": "уүγʏᎩꭹ¥ɣұΥ",
    "z": "ᴢᏃꮓƶζ",
}

_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Letters and signs that show nothing, beside those whose category already says so."""


@lru_cache(maxsize=65_536)
def fold_lookalikes(name: str) -> str:
    """The skeleton of a name; empty where nothing in it is a letter or digit."""
    name = name.strip().lstrip("$\uff04\ufe69")  # as tickers are written
    if name.isascii():
        folded = name.casefold().translate(_ASCII)
    else:
        table = _load_table()
        folded = "".join(c for c in show_order(name) if not _is_unseen(c))
        for form in ("NFD", "NFKC", "NFKD"):  # what a letter imitates may be one in its other case
            folded = unicodedata.normalize(form, folded).translate(table)
            if form != "NFD":
                folded = folded.casefold().translate(table)
    kept = "".join(c for c in folded if c.isalnum()).replace("i", "l")  # no mark is either
    return kept.replace("rn", "m").replace("vv", "w")


def names_inside(name: str) -> frozenset[str]:
    """The skeletons of the single words of a name, of those that have more than one."""
    words = [fold_lookalikes(w) for w in re.split(r"[\s._\-/()\[\]]+", show_order(name))]
    found = [word for word in words if word]
    return frozenset(found) if len(found) > 1 else frozenset()


def spell_out(name: str) -> str:
    """The name with every character beyond ASCII as its code point, for a reader who must not be fooled."""
    return name.encode("ascii", "backslashreplace").decode()


def _is_unseen(char: str) -> bool:
    """Format and control characters, variation selectors, fillers: UTS #39 drops what is ignorable."""
    return (
        unicodedata.category(char) in ("Cf", "Cc", "Cn", "Co", "Cs")
        or char in _FILLERS
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
        or char == "\u034f"
    )


@cache
def _load_table() -> dict[int, str]:
    """Unicode's table of all, with our few look-alikes where it names no Latin letter or digit."""
    table: dict[int, str] = {}
    text = resources.files("recovery.classify").joinpath("confusables.txt").read_text("ascii")
    for line in text.splitlines():
        if not line.startswith("#"):
            skeleton, _, sources = line.partition(";")
            plain = "".join(chr(int(point, 16)) for point in skeleton.split())
            table |= {int(point, 16): plain for point in sources.split()}
    ours = {odd: plain for plain, odds in _ALIKE.items() for odd in odds}
    for odd, plain in list(ours.items()):
        ours.setdefault(
            odd.casefold(), plain
        )  # it imitates in both cases, unless it says otherwise
    for odd, plain in ours.items():
        if len(odd) == 1 and not _is_plain(table.get(ord(odd), "")):
            table[ord(odd)] = plain
    return table


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isalnum()


_ASCII = {ord("0"): "o", ord("1"): "l", ord("|"): "l", ord("$"): "s"}
