"""Nothing is missing, unused or wrongly pluralised in any of the 17 languages."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import recovery
from recovery.messages.catalogue import bring_up_to_date, path_of, read_catalogue
from recovery.messages.english import load_english, load_groups
from recovery.messages.languages import ENGLISH, LANGUAGES
from recovery.messages.speaker import PLACE

OTHERS = [tag for tag in LANGUAGES if tag != ENGLISH]


def _problems(tag: str) -> Iterator[str]:
    catalogue = read_catalogue(tag)
    texts = load_english()
    seen = set()
    for message in catalogue:
        if not message.id:
            continue
        name = message.context or ""
        seen.add(name)
        text = texts.get(name)
        if text is None:
            yield f"{name}: no such text any more"
            continue
        ids = (text.english,) if text.plural is None else (text.english, text.plural)
        given = message.id if isinstance(message.id, tuple) else (message.id,)
        if given != ids:
            yield f"{name}: the English has changed since"
        if message.fuzzy:
            yield f"{name}: fuzzy"
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if text.plural is not None and len(forms) != catalogue.num_plurals:
            yield f"{name}: {len(forms)} plural forms instead of {catalogue.num_plurals}"
        for form in forms:
            yield from (f"{name}: {what}" for what in _wrong_with(form, ids))
    yield from (f"{name}: missing" for name in texts.keys() - seen)


def _wrong_with(form: str | None, ids: tuple[str, ...]) -> Iterator[str]:
    if not form:
        yield "not translated"
        return
    wanted = set(PLACE.findall(ids[-1]))
    have = set(PLACE.findall(form))
    if have - wanted or (wanted - have) - {"count"}:  # a form for exactly one may say it in words
        yield f"the places {sorted(have)} are not {sorted(wanted)}"
    if re.search(r"<[a-zA-Z/]", form):
        yield "HTML"
    if form != form.strip():
        yield "space at an end"
    if any(ord(c) < 32 for c in form):
        yield "a control character"
    if "!" in form or "\uff01" in form:
        yield "an exclamation mark"


@pytest.mark.parametrize("tag", OTHERS)
def test_every_text_is_translated_whole_in_every_plural_form(tag: str) -> None:
    assert list(_problems(tag)) == []


@pytest.mark.parametrize("tag", OTHERS)
def test_a_catalogue_is_what_make_messages_writes(tag: str) -> None:
    fresh = bring_up_to_date(tag)
    kept = read_catalogue(tag)
    assert [(m.context, m.id, m.string) for m in fresh if m.id] == [
        (m.context, m.id, m.string) for m in kept if m.id
    ]
    assert path_of(tag).read_bytes().startswith(b'msgid ""')


def test_english_texts_are_plain_sentences() -> None:
    for text in load_english().values():
        for form in (text.english, text.plural or text.english):
            assert form == form.strip(), text.id
            assert "!" not in form, text.id
            assert not re.search(r"<[a-zA-Z/]", form), text.id
            assert {name for _, name, _, _ in string.Formatter().parse(form) if name} == set(
                PLACE.findall(form)
            ), text.id


def test_groups_lead_to_texts_that_exist() -> None:
    for kind, codes in load_groups().items():
        for code, shared in codes.items():
            assert f"{kind}.{shared}" in load_english(), (kind, code)


_BY_CODE = {
    "cause",
    "state",
    "notice",
    "error",
    "need",
    "condition",
    "line",
    "line_note",
    "advice",
    "quote_reason",
    "outcome",
    "transfer_status",
    "wallet",
}
"""Kinds of texts that are asked for by a code, which is written somewhere in the house."""
_BY_NAME = {"submit": "claim.py", "case": "shown.py", "proof": "choice.py"}
"""Kinds of which one file asks for some by a name that it holds itself."""
_BY_TEXTS = {"cause.answer", "condition.costs_covered"}
"""What only the texts' own tables lead to."""


def test_no_text_is_unused() -> None:
    house = Path(recovery.__file__).parent
    sources = {
        path: path.read_text("utf-8")
        for path in house.rglob("*")
        if path.suffix in (".py", ".html", ".toml") and path.parent.name != "english"
    }
    everything = "\n".join(sources.values())
    shared = {code for codes in load_groups().values() for code in codes.values()}

    def is_used(name: str) -> bool:
        kind, _, code = name.partition(".")
        if f'"{name}"' in everything or f"'{name}'" in everything:
            return True
        if kind in _BY_NAME:
            return any(
                f'"{code}"' in text for path, text in sources.items() if path.name == _BY_NAME[kind]
            )
        code = code.split(".")[0]
        written = f'"{code}"' in everything or code in shared or code == "other"
        return kind in _BY_CODE and (written or f"{kind}.{code}" in _BY_TEXTS)

    assert [name for name in load_english() if not is_used(name)] == []
