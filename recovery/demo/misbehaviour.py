"""How nodes misbehave, scripted for the replay server: what the house must survive unharmed.

Knows: broken transports, broken envelopes, and every wrong type at every place of an answer. Must
not know: what a right outcome is (tests/faults says that).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from recovery.demo.fixtures import Fixture, Written, parse_json, print_json
from recovery.demo.server import Reply, Twist

HTML = b"<!DOCTYPE html><html><body><h1>Just a moment...</h1></body></html>"


def _always(change: Callable[[Reply], Reply]) -> Twist:
    return lambda _number, _request, reply: change(reply)


def _status(code: int, body: bytes = HTML, **headers: str) -> Twist:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    sent = Reply(code, body, "text/html", pairs)
    return _always(lambda _: sent)


def _envelopes(change: Callable[[Any], Any]) -> Twist:
    """Change every JSON-RPC answer, alone or within a batch; other answers as a whole."""

    def twist(_number: int, _request: str, reply: Reply) -> Reply:
        try:
            document = parse_json(reply.body)
        except ValueError:
            return reply
        changed = [change(d) for d in document] if isinstance(document, list) else change(document)
        return replace(reply, body=print_json(changed).encode())

    return twist


def _other_id(document: Any) -> Any:
    if isinstance(document, dict) and "id" in document:
        return document | {"id": "of-another-call"}
    return document


def _crossed(_number: int, _request: str, reply: Reply) -> Reply:
    """Every answer of a batch under the id of another call."""
    document = parse_json(reply.body)
    if not isinstance(document, list):
        return reply
    ids = [answer["id"] for answer in document]
    crossed = [a | {"id": i} for a, i in zip(document, ids[1:] + ids[:1], strict=True)]
    return replace(reply, body=print_json(crossed).encode())


def _no_result(document: Any) -> Any:
    if isinstance(document, dict) and "result" in document:
        return {k: v for k, v in document.items() if k != "result"}
    return {}


TRANSPORT: Mapping[str, Twist] = {
    "time-out": _always(lambda r: replace(r, wait_seconds=30)),
    "trickle": _always(lambda r: replace(r, trickle_seconds=0.2)),
    "reset before the body": _always(lambda r: replace(r, cut=0)),
    "reset within the body": _always(lambda r: replace(r, cut=len(r.body) // 2)),
    "401": _status(401),
    "403": _status(403),
    "429": _status(429),
    "429 with Retry-After": _status(429, Retry_After="1"),
    "404 for everything": _status(404),
    "500": _status(500),
    "502": _status(502),
    "503 with JSON": _status(503, b'{"message":"no server is available"}'),
    "HTML with 200": _status(200),
    "nothing with 200": _status(200, b""),
    "text with 200": _status(200, b"OK"),
    "JSON null with 200": _status(200, b"null"),
    "an empty list with 200": _status(200, b"[]"),
    "an empty object with 200": _status(200, b"{}"),
    "a redirect": _status(302, b"", Location="/elsewhere"),
    "cut JSON": _always(lambda r: replace(r, body=r.body[: max(1, len(r.body) * 2 // 3)])),
    "nested without end": _status(200, b"[" * 200_000),
    "not UTF-8": _always(lambda r: replace(r, body=b"\xff\xfe" + r.body)),
}
"""Every way in which a request can end without an answer that may be believed."""

JSONRPC: Mapping[str, Twist] = {
    "answers of other calls": _envelopes(_other_id),
    "answers under crossed ids": _crossed,
    "neither result nor error": _envelopes(_no_result),
    "internal error": _envelopes(
        lambda d: {"id": d.get("id"), "error": {"code": -32603, "message": "Internal error"}}
    ),
    "rate limit as an error": _envelopes(
        lambda d: {"id": d.get("id"), "error": {"code": -32005, "message": "rate limited"}}
    ),
    "error without a code": _envelopes(lambda d: {"id": d.get("id"), "error": {}}),
    "error as a text": _envelopes(lambda d: {"id": d.get("id"), "error": "overloaded"}),
    "error as a list": _envelopes(lambda d: {"id": d.get("id"), "error": [1]}),
}
"""Envelopes of JSON-RPC that carry no answer."""

MISSING = object()
"""The mutation that takes a key away."""

WRONG: Mapping[str, Any] = {
    "null": None,
    "text": "x",
    "number": 7,
    "fraction": Written("0.5"),
    "true": True,
    "list": [],
    "object": {},
    "missing": MISSING,
}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One place of one recorded answer, and what stands there instead."""

    exchange: int
    path: Path
    kind: str

    def __str__(self) -> str:
        return (
            f"exchange {self.exchange}: {'/'.join(map(str, self.path)) or '(whole)'} → {self.kind}"
        )


def _kind(value: Any) -> Literal["null", "text", "number", "fraction", "true", "list", "object"]:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true"
    if isinstance(value, int):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "list"
    return "object" if isinstance(value, dict) else "fraction"


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _places(below, (*path, key))
    if isinstance(value, list):
        for index, below in enumerate(value):
            yield from _places(below, (*path, index))


def _answer_of(exchange: Any) -> str | None:
    if "result" in exchange.model_fields_set:
        return "result"
    return "document" if "document" in exchange.model_fields_set else None


def plan_mutations(fixture: Fixture) -> list[Mutation]:
    """Every wrong type at every place of every answer; none of the type that stands there.

    An element of a list is never merely missing: that would be another, well-formed answer.
    A text is not replaced by a text, for the same reason, nor a fraction by a whole number (a
    whole number by a fraction is: heights and counts have none).
    """
    plan = []
    for number, exchange in enumerate(fixture.exchanges):
        field = _answer_of(exchange)
        if field is None:
            continue
        for path, value in _places(getattr(exchange, field)):
            kinds = [k for k in WRONG if k != _kind(value)]
            if not path or isinstance(path[-1], int):
                kinds.remove("missing")
            if _kind(value) == "fraction":
                kinds.remove("number")
            plan += [Mutation(number, path, kind) for kind in kinds]
    return plan


def mutate(fixture: Fixture, mutation: Mutation) -> Fixture:
    """The fixture with one place of one answer changed."""
    exchange = fixture.exchanges[mutation.exchange]
    field = _answer_of(exchange)
    assert field is not None
    changed = _replaced(getattr(exchange, field), mutation.path, WRONG[mutation.kind])
    exchanges = list(fixture.exchanges)
    exchanges[mutation.exchange] = exchange.model_copy(update={field: changed})
    return fixture.model_copy(update={"exchanges": tuple(exchanges)})


def _replaced(value: Any, path: Path, wrong: Any) -> Any:
    if not path:
        return wrong
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        assert isinstance(first, int)
        return [*value[:first], _replaced(value[first], rest, wrong), *value[first + 1 :]]
    if not rest and wrong is MISSING:
        return {k: v for k, v in value.items() if k != first}
    return {k: _replaced(v, rest, wrong) if k == first else v for k, v in value.items()}
