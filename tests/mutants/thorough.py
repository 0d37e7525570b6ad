"""Changes of what decides, and of one value everywhere it is told: the answer agrees with itself.

Knows: the spellings of addresses, assets, amounts and memos, and the places of `mutants.anatomy`. Must
not know: what any decoder reads.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from mutants.anatomy import PLACES
from mutants.places import Docs, Mutant, Path, map_leaves, read_number, walk_places, write_number
from mutants.stories import OTHER_MEMO, Story

from recovery.chains.codecs import parse_address
from recovery.errors import BadInput


def plan_thorough(story: Story, docs: Docs) -> Iterator[Mutant]:
    """Every way in which the whole answer tells of another end, chain, asset, recipient, amount, memo."""
    yield from _plan_places(story, docs)
    ours = spell(story, story.ours.text)
    yield Mutant("recipient", value=ours)
    if story.sender:
        pairs = zip(ours, spell(story, story.sender), strict=False)
        yield Mutant("sender as recipient", value=tuple(pairs))
    if story.asset != story.network.native_asset:
        yield Mutant("asset", value=spell(story, find_identity(story.asset)))
    if story.amount.isdigit() and int(story.amount) > 1:
        for share in (2, 7, 1000):
            less = int(story.amount) // share
            yield Mutant("less delivered", detail=str(less), value=(story, less))
    if story.memo:
        yield Mutant("memo of another", detail=story.memo[:20], value=(story.memo, OTHER_MEMO))
    if story.position.startswith("trace:"):
        yield Mutant("frame error", value=story.ours.text)


def spell(story: Story, name: str) -> tuple[str, ...]:
    """A name in the spellings answers use: its text, and what stands behind it in hexadecimal."""
    try:
        payload = parse_address(story.network, name).key.payload
    except BadInput:
        return (name,)
    return (name, payload[-32:].hex()) if len(payload) >= 20 else (name,)


def _plan_places(story: Story, docs: Docs) -> Iterator[Mutant]:
    for place in PLACES:
        if not place.concerns(story):
            continue
        hits = [(i, tuple(_find_paths(story, i, doc, place.fields))) for i, doc in enumerate(docs)]
        hits = [(i, paths) for i, paths in hits if paths]
        if hits:
            for value in place.values:
                detail = f"{place.fields[0][1]} = {value}"
                yield Mutant(place.kind, detail=detail, value=(tuple(hits), value))


def _find_paths(
    story: Story, i: int, doc: Any, fields: tuple[tuple[str, str], ...]
) -> Iterator[Path]:
    request = story.fixture.exchanges[i].request
    patterns = [path for asked, path in fields if re.search(asked, request)]
    if patterns:
        for path, _ in walk_places(doc):
            if any(re.search(p, "/".join(map(str, path))) for p in patterns):
                yield path


def find_identity(asset: str) -> str:
    """The part of a CAIP-19 id that nobody else can have: contract, mint, issuer, policy, number."""
    reference = unquote(asset.rpartition(":")[2])
    namespace = asset.rpartition("/")[2].partition(":")[0]
    if namespace == "token" and asset.startswith("xrpl"):
        return reference.partition(".")[2]
    if namespace == "asset" and asset.startswith("stellar"):
        return reference.partition("-")[2]
    if asset.startswith("antelope"):
        return reference.partition("-")[0]
    if asset.startswith("cip34"):
        return reference[:56]
    if "::" in unquote(asset):
        return unquote(asset).partition("/")[2].partition(":")[2].partition("::")[0]
    return reference.partition("/")[0]


def make_change(mutant: Mutant) -> Callable[[Any], Any]:
    match mutant.kind:
        case "recipient":
            pairs = [(s, make_stranger(s)) for s in mutant.value if len(s) > 3]
            return _in_text(pairs)
        case "asset":
            return _in_text([(s, make_stranger(s)) for s in mutant.value], numbers=True)
        case "sender as recipient":
            swaps = [
                [(one, f"\0{n}\0"), (two, one), (f"\0{n}\0", two)]
                for n, (one, two) in enumerate(mutant.value)
            ]
            return _in_text([swap for three in swaps for swap in three])
        case "memo of another":
            one, two = mutant.value
            return lambda doc: map_leaves(doc, lambda v: _swap_memo(v, one, two))
        case "less delivered":
            story, less = mutant.value
            return lambda doc: map_leaves(doc, lambda v: _lower(v, story, less))
        case "frame error":
            return lambda doc: _fail_frames(doc, mutant.value.lower())
        case _:
            raise AssertionError(mutant.kind)


def _fail_frames(value: Any, ours: str) -> Any:
    """Every frame of a trace that calls us failed: geth's call tracer and Parity's traces."""
    if isinstance(value, list):
        return [_fail_frames(v, ours) for v in value]
    if not isinstance(value, dict):
        return value
    changed = {k: _fail_frames(v, ours) for k, v in value.items()}
    action = value.get("action")
    called = "type" in value and "gasUsed" in value and "blockHash" not in value
    if called and str(value.get("to")).lower() == ours:
        return changed | {"error": "execution reverted"}
    if isinstance(action, dict) and str(action.get("to")).lower() == ours:
        return changed | {"error": "Reverted", "result": None}
    return changed


def _swap_memo(value: Any, one: str, two: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and str(value) == one:
        return int(two)
    if not isinstance(value, str):
        return value
    if value == _base64(one):
        return _base64(two)
    return _replace_token(value, one, two)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _replace_token(text: str, one: str, two: str) -> str:
    """A number or a word that stands by itself within a longer text (``2.5000 EOS``, JSON in a field)."""
    return re.sub(rf"(?<![\w.]){re.escape(one)}(?![.\d])", lambda _: two, text)


def _lower(value: Any, story: Story, less: int) -> Any:
    amount = int(story.amount)
    inside = _inside(value) if isinstance(value, str) else ""
    if str(amount) in inside:
        return _base64(_replace_token(inside, str(amount), str(less)))
    if isinstance(value, str) and value.startswith("0x") and len(value) > 66:
        return value.replace(f"{amount:064x}", f"{less:064x}")
    number = read_number(value)
    if number == amount:
        return write_number(Decimal(less), value)
    if number is not None and story.decimals and number == Decimal(amount).scaleb(-story.decimals):
        return write_number(Decimal(less).scaleb(-story.decimals), value)
    if isinstance(value, str) and number is None:
        value = _replace_token(value, str(amount), str(less))
        if story.decimals:
            coins = [
                f"{Decimal(n).scaleb(-story.decimals):.{story.decimals}f}" for n in (amount, less)
            ]
            value = _replace_token(value, coins[0], coins[1])
    return value


def make_stranger(text: str) -> str:
    """Another name of the same form: other digits, or other letters at the end."""
    rng = random.Random(text)
    if text.isdigit():
        return str(int(text) + 1)
    if re.fullmatch(r"[0-9a-fA-F]+", text.removeprefix("0x")):
        return text[:4] + "".join(rng.choice("0123456789abcdef") for _ in text[4:])
    if re.fullmatch(r"0\.0\.\d+", text):
        return text + "1"
    head, tail = text[:-4], text[-4:]
    return head + "".join("2" if c == "3" else "3" for c in tail)


def _in_text(pairs: list[tuple[str, str]], *, numbers: bool = False) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        if numbers and isinstance(value, int) and not isinstance(value, bool):
            return next((int(two) for one, two in pairs if str(value) == one), value)
        if not isinstance(value, str):
            return value
        for one, two in pairs:
            if one.isdigit():
                value = two if value == one else value
                continue
            value = re.sub(re.escape(one), _constant(two), value, flags=re.IGNORECASE)
            if one in (inside := _inside(value)):
                value = _base64(inside.replace(one, two))
        return value

    return lambda doc: map_leaves(doc, change)


def _constant(text: str) -> Callable[[re.Match[str]], str]:
    return lambda _: text


def _inside(text: str) -> str:
    """The text that stands within base64; empty where there is none."""
    if len(text) < 12 or len(text) % 4:
        return ""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""
