"""``make fuzz``: coverage-guided fuzzing of parsers and decoders with atheris (libFuzzer).

Knows: how bytes become a text for a parser, or a node's answers for a decoder. Must not know: what any
of them means. Not collected by pytest: atheris is no dependency, `make fuzz` installs it beside the house.

``python -m fuzz.guided parsers|decoders CORPUS [libFuzzer's options]``. Whatever is found stays in the
corpus folder, and a crash is written down by libFuzzer with the bytes that made it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["recovery"]):
    from fuzz.test_decoders import choose_fixtures, fetch_raw, use
    from fuzz.test_parsers import PARSERS

    from recovery.chains import FAMILIES
    from recovery.chains.source import parse_json
    from recovery.errors import BadInput

One = Callable[[bytes], None]


def plan_parsers(corpus: Path) -> One:
    """The first byte chooses a parser, the rest is its text."""
    names = sorted(PARSERS)
    for number, name in enumerate(names):
        for place, sample in enumerate(PARSERS[name][0]):
            (corpus / f"{number}-{place}").write_bytes(bytes([number]) + sample.encode())

    def one(data: bytes) -> None:
        if not data:
            return
        _, parse = PARSERS[names[data[0] % len(names)]]
        try:
            parse(data[1:].decode("utf-8", "surrogateescape"))
        except BadInput:
            return

    return one


def plan_decoders(corpus: Path) -> One:
    """The first two bytes choose an honest story, the rest is what its node answered instead."""
    stories = [story for family in FAMILIES for story in fetch_raw(choose_fixtures(family))]
    for number, (_, raw, _, _) in enumerate(stories):
        answers = json.dumps(dict(raw.answers), default=_spell).encode()
        (corpus / str(number)).write_bytes(number.to_bytes(2, "big") + answers)

    def one(data: bytes) -> None:
        from dataclasses import replace

        row, raw, honest, at = stories[int.from_bytes(data[:2], "big") % len(stories)]
        try:
            answers: Any = parse_json(data[2:])
        except (ValueError, RecursionError):
            return
        if isinstance(answers, dict):
            use(row, replace(raw, answers=answers), honest, at)

    return one


def _spell(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def main() -> None:
    target, folder, *options = sys.argv[1:]
    corpus = Path(folder)
    corpus.mkdir(parents=True, exist_ok=True)
    one = {"parsers": plan_parsers, "decoders": plan_decoders}[target](corpus)
    atheris.Setup([sys.argv[0], str(corpus), *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
