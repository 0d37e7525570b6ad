"""The catalogues of the other languages: gettext, by Babel.

Knows: ``.po`` files and where they lie. Must not know: what any text is used for. Only ``.po`` files are
kept: a catalogue is compiled in memory when its language is first spoken.
"""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from recovery.messages.english import load_english
from recovery.messages.languages import ENGLISH, LANGUAGES, Language

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog
    from babel.support import Translations

_DOMAIN = "recovery"


def path_of(tag: str) -> Path:
    """Where a language's catalogue lies."""
    root = Path(str(files("recovery.messages")))
    return root / "locale" / tag / "LC_MESSAGES" / f"{_DOMAIN}.po"


def load_catalogue(language: Language) -> Translations | None:
    """The catalogue, compiled; None for English, which is the source."""
    from babel.messages.mofile import write_mo
    from babel.support import Translations

    if language.tag == ENGLISH:
        return None
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(language.tag))
    compiled.seek(0)
    return Translations(compiled, _DOMAIN)


def read_catalogue(tag: str) -> Catalog:
    """The language's ``.po``, as Babel reads it; an empty one where there is none yet."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    path = path_of(tag)
    if not path.exists():
        return Catalog(locale=LANGUAGES[tag].locale, domain=_DOMAIN, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGES[tag].locale, domain=_DOMAIN)


def build_template() -> Catalog:
    """The English source as a gettext template: the id is the context, the English text the msgid."""
    from babel.messages.catalog import Catalog

    template = Catalog(domain=_DOMAIN, fuzzy=False)
    for text in load_english().values():
        msgid = text.english if text.plural is None else (text.english, text.plural)
        template.add(msgid, context=text.id)
    return template


def bring_up_to_date(tag: str) -> Catalog:
    """The language's catalogue with every text of today, in order, and no text of yesterday.

    A translation stays while its English is the same; of a changed text nothing stays: a guess
    must not reach a customer.
    """
    from babel.messages.catalog import Catalog

    kept = read_catalogue(tag)
    fresh = Catalog(locale=LANGUAGES[tag].locale, domain=_DOMAIN, fuzzy=False, charset="utf-8")
    for message in build_template():
        if not message.id:
            continue
        old = kept.get(message.id, context=message.context)
        same = old is not None and old.id == message.id and not old.fuzzy
        fresh.add(message.id, old.string if same and old else "", context=message.context)
    return fresh


def write_catalogue(tag: str, catalogue: Catalog) -> None:
    """Write a language's ``.po``: no dates, no names, so that equal contents are equal files."""
    from babel.messages.pofile import write_po

    path = path_of(tag)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, catalogue, width=0, omit_header=True, include_previous=False)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {tag}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    path.write_bytes(header.encode() + text.getvalue())
