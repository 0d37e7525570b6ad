"""The 17 languages, and which of them a reader wants.

Knows: tags, names, writing direction, the lookup of RFC 4647. Must not know: any text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its BCP 47 ``tag``, its own ``name``, and how Babel calls its locale."""

    tag: str
    name: str
    locale: str
    direction: str = "ltr"


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        language.tag: language
        for language in (
            Language("en", "English", "en"),
            Language("zh-Hans", "简体中文", "zh_Hans_CN"),
            Language("zh-Hant", "繁體中文", "zh_Hant_TW"),
            Language("es", "Español", "es"),
            Language("pt-BR", "Português (Brasil)", "pt_BR"),
            Language("fr", "Français", "fr"),
            Language("de", "Deutsch", "de"),
            Language("it", "Italiano", "it"),
            Language("ru", "Русский", "ru"),
            Language("uk", "Українська", "uk"),
            Language("pl", "Polski", "pl"),
            Language("tr", "Türkçe", "tr"),
            Language("vi", "Tiếng Việt", "vi"),
            Language("id", "Bahasa Indonesia", "id"),
            Language("ko", "한국어", "ko"),
            Language("ja", "日本語", "ja"),
            Language("ar", "العربية", "ar", "rtl"),
        )
    }
)
"""In the order in which a page offers them."""

ENGLISH = "en"

_MAX_HEADER = 1000

_BY_LOWER = {tag.lower(): tag for tag in LANGUAGES}
_MEANT = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-my": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "pt": "pt-BR",
    "in": "id",  # the code of Indonesian before 1989, which old Java programs still send
}
"""Tags that mean one of ours without being a longer form of it (likely subtags of CLDR)."""


def find_language(tag: str) -> str | None:
    """Our tag for a BCP 47 tag, by the lookup of RFC 4647 (§ 3.4); None where we have none."""
    parts = tag.strip().replace("_", "-").lower().split("-")
    while parts:
        shorter = "-".join(parts)
        if shorter in _BY_LOWER:
            return _BY_LOWER[shorter]
        if shorter in _MEANT:
            return _MEANT[shorter]
        parts.pop()
        if parts and len(parts[-1]) == 1:
            parts.pop()  # a singleton goes with what it introduced
    return None


def choose_language(explicit: str | None, accept_language: str | None) -> str:
    """The reader's language: the one chosen, else the best of ``Accept-Language``, else English."""
    if explicit:
        found = find_language(explicit[:64])
        if found is not None:
            return found
    for wanted in _ranked((accept_language or "")[:_MAX_HEADER]):
        found = find_language(wanted)
        if found is not None:
            return found
    return ENGLISH


def _ranked(header: str) -> list[str]:
    """The tags of the header, the most wanted first (RFC 9110, § 12.5.4); ``q=0`` is a no."""
    ranges = []
    for place, part in enumerate(header.split(",")):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if tag.strip() not in ("", "*") and weight > 0:
            ranges.append((-weight, place, tag))
    return [tag for _, _, tag in sorted(ranges)]


def _weight(parameters: str) -> int:
    """``q`` in thousandths."""
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1000
    whole, _, fraction = value.strip().partition(".")
    digits = (whole or "0") + fraction[:3].ljust(3, "0")
    return min(int(digits), 1000) if digits.isascii() and digits.isdigit() else 0
