"""The English source: every text by its id, read from ``english/*.toml``.

Knows: files and ids. Must not know: other languages. An id is the path to the text:
``cause.memo_missing.title``, ``state.quoted.next``, ``page.submit``. A table with ``one`` and ``other``
is a plural. A table whose name ends in ``_group`` holds no texts: it says which text a code is told by.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

_PREFIXES = {"causes": "cause.", "states": "state."}


@dataclass(frozen=True, slots=True)
class Text:
    """One English text; ``plural`` is the form for every number but one, None where it has none."""

    id: str
    english: str
    plural: str | None = None


@cache
def load_english() -> Mapping[str, Text]:
    """Every text by its id, in the order of the files."""
    texts: dict[str, Text] = {}
    for name, document in _documents():
        for text in _flatten(document, _PREFIXES.get(name, "")):
            if text.id in texts:
                raise ValueError(f"{text.id} is written twice")
            texts[text.id] = text
    return MappingProxyType(texts)


@cache
def load_groups() -> Mapping[str, Mapping[str, str]]:
    """Per kind (``condition``, ``quote_reason``): by which text's code a code is told."""
    groups = {}
    for _, document in _documents():
        for key, value in document.items():
            if key.endswith("_group"):
                groups[key.removesuffix("_group")] = MappingProxyType(dict(value))
    return MappingProxyType(groups)


def _documents() -> Iterator[tuple[str, dict[str, Any]]]:
    folder = files("recovery.messages").joinpath("english")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            yield file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8"))


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[Text]:
    for key, value in table.items():
        if key.endswith("_group"):
            continue
        if isinstance(value, str):
            yield Text(prefix + key, value)
        elif set(value) == {"one", "other"}:
            yield Text(prefix + key, value["one"], value["other"])
        else:
            yield from _flatten(value, f"{prefix}{key}.")
