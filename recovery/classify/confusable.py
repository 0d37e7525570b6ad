"""When two names look the same to a person.

Knows: how letters of other scripts imitate Latin ones, after the idea of Unicode's "skeleton"
(UTS #39). Must not know: which names are listed.

A skeleton is: compatibility form (NFKC: full-width, mathematical and styled letters), accents off,
case off, everything that is no letter or digit out (spaces, dots, ``$``, zero-width characters), and
each look-alike written as the Latin letter or digit it imitates. Two names are confusable where the
skeletons are equal. The table holds the letters that fake tokens are written with: Cyrillic, Greek,
Cherokee, Armenian, Latin extensions, currency signs and digits, not all of UTS #39; it errs towards
calling two names alike, which costs a reviewer's look and never a coin.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ALIKE = {
    "a": "аαɑᴀꭺ",
    "b": "ЬьвβʙᏴᏼꞴƀ฿",
    "c": "сϲᴄⅽꮯᏟ¢ҫ",
    "d": "ԁɗᏧᎠꭰđ",
    "e": "еεєҽᴇᎬꭼ€ɛ℮ҿ",
    "f": "ƒꞙϝ",
    "g": "ɡԍɢᏀᎶꮐ",
    "h": "һнηհʜᎻꮋ",
    "j": "јϳᴊᎫꭻ",
    "k": "кκᴋᏦꮶ₭",
    "l": "іι1|ıɩӏⅼʟᏞꮮłӀǀ∣Ꭵꭵ",
    "m": "мᴍᎷꮇⅿΜμ",
    "n": "пոɴ₦ɲΝ",
    "o": "оοσо0օᴏøѳӧΘθ",
    "p": "рρᴘᏢꮲ₱þ",
    "q": "ԛզ",
    "r": "гᴦʀᎡᏒꭱꮢ",
    "s": "ѕꜱᏚꮪ$ʂ",
    "t": "тτᴛᎢꭲ₮ŧ₸",
    "u": "υսᴜцʋ",
    "v": "ѵνᴠᏙꮩⅴ∨",
    "w": "ԝωᴡᎳꮃшѡ₩",
    "x": "хχⅹ×ҳ᙭",
    "y": "уүγʏᎩꭹ¥ɣұΥ",
    "z": "ᴢᏃꮓƶζ",
}

_TABLE = {ord(odd): plain for plain, odds in _ALIKE.items() for odd in odds}
for _plain, _odds in _ALIKE.items():
    for _odd in _odds:
        # A capital and its small letter may imitate two letters: what the table says goes first.
        if len(_odd.casefold()) == 1:
            _TABLE.setdefault(ord(_odd.casefold()), _plain)
_TABLE[ord("i")] = _TABLE[ord("I")] = "l"  # a capital I and a small l are one stroke


@lru_cache(maxsize=65_536)
def fold_lookalikes(name: str) -> str:
    """The skeleton of a name; empty where nothing in it is a letter or digit."""
    plain = name.strip().lstrip("$").translate(_TABLE)
    opened = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", plain).casefold())
    kept = "".join(c for c in opened.translate(_TABLE) if c.isalnum())
    return kept.replace("rn", "m").replace("vv", "w")
