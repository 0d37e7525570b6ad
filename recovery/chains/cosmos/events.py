"""Events of a Cosmos transaction, told apart by the message that caused them.

Knows: the forms in which nodes of all SDK versions write events. Must not know: what an event
means for money.

Since SDK 0.50 every event of a message carries ``msg_index``; before, the same events stood in
``logs`` (and in the raw log) per message, those of one type merged into one. Up to Tendermint 0.36 an
RPC node writes keys and values in base64. Events of an IBC callback that was undone are written with
the prefix ``ibccallbackerror-`` on keys or on keys and type: they happened to nobody.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.shape import garbled, read_object

UNDONE = "ibccallbackerror-"

_WELL_KNOWN = frozenset(
    {"action", "sender", "recipient", "receiver", "spender", "amount", "module", "fee", "acc_seq"}
)

Pairs = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    pairs: Pairs

    def find(self, key: str) -> str | None:
        return next((value for k, value in self.pairs if k == key), None)

    def has(self, key: str) -> bool:
        return any(k == key for k, _ in self.pairs)


@dataclass(frozen=True, slots=True)
class Events:
    """``outside`` belong to no message: fees, signatures. ``messages`` has one list per message."""

    outside: tuple[Event, ...]
    messages: tuple[tuple[Event, ...], ...]


def read_events(answer: Mapping[str, Any], *, messages: int, succeeded: bool) -> Events:
    """The events of an answer; raises `Garbled` where they can't be told apart by message."""
    logs = answer.get("logs")
    listed = _parse_events(answer.get("events", [] if logs else None))
    if not succeeded:
        return Events(tuple(listed), tuple(() for _ in range(messages)))
    if any(event.has("msg_index") for event in listed):
        return _by_index(listed, messages)
    logs = logs or _logs_of_text(answer.get("log") or answer.get("raw_log"))
    if logs:
        return Events(tuple(listed), _by_log(logs, messages))
    return _by_action(listed, messages)


def _by_index(listed: Sequence[Event], messages: int) -> Events:
    outside, groups = [], [[] for _ in range(messages)]  # type: list[Event], list[list[Event]]
    for event in listed:
        index = event.find("msg_index")
        if not event.has("msg_index"):
            outside.append(event)
            continue
        if index is None or not index.isascii() or not index.isdigit() or int(index) >= messages:
            raise garbled(f"an event of a message that is not there: {index!r:.40}")
        groups[int(index)].append(event)
    return Events(tuple(outside), tuple(map(tuple, groups)))


def _by_log(logs: Any, messages: int) -> tuple[tuple[Event, ...], ...]:
    if not isinstance(logs, list) or len(logs) != messages:
        raise garbled("there is not one log for each message")
    groups = []
    for place, log in enumerate(logs):
        entry = read_object(log, "a log")
        if entry.get("msg_index", place) != place:
            raise garbled("the logs are out of order")
        merged = _parse_events(entry.get("events"))
        groups.append(tuple(part for event in merged for part in _split(event)))
    return tuple(groups)


def _logs_of_text(text: Any) -> list[Any]:
    if not isinstance(text, str) or not text.startswith("["):
        return []
    try:
        logs = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return logs if isinstance(logs, list) else []


def _by_action(listed: Sequence[Event], messages: int) -> Events:
    """Before SDK 0.50 each message began with a ``message`` event that names its ``action``."""
    starts = [i for i, e in enumerate(listed) if e.type == "message" and e.has("action")]
    if len(starts) != messages:
        raise garbled("the events can't be told apart by message")
    ends = [*starts[1:], len(listed)]
    groups = tuple(tuple(listed[a:b]) for a, b in zip(starts, ends, strict=True))
    return Events(tuple(listed[: starts[0]]), groups)


def _split(event: Event) -> list[Event]:
    """Take merged events of one type apart: where the first key stands again, the next one begins.

    A receipt without a sender (MultiSend) may follow one with a sender, so any repeated key divides.
    """
    parts: list[list[tuple[str, str | None]]] = [[]]
    divider = "_contract_address" if event.type.startswith("wasm") else None
    for key, value in event.pairs:
        begins = key == divider if divider else any(k == key for k, _ in parts[-1])
        if begins and parts[-1]:
            parts.append([])
        parts[-1].append((key, value))
    return [Event(event.type, tuple(part)) for part in parts]


def _parse_events(value: Any) -> list[Event]:
    if not isinstance(value, list):
        raise garbled(f"the events are no list: {value!r:.80}")
    events = []
    for item in value:
        event = read_object(item, "an event")
        kind, attributes = event.get("type"), event.get("attributes")
        if not isinstance(kind, str) or not isinstance(attributes, list):
            raise garbled(f"an event without type or attributes: {event!r:.80}")
        events.append(Event(kind, tuple(_parse_pair(a) for a in attributes)))
    if _is_base64(events):
        events = [Event(e.type, tuple((_plain(k), _plain(v)) for k, v in e.pairs)) for e in events]
    return [event for event in events if not _is_undone(event)]


def _parse_pair(item: Any) -> tuple[str, str | None]:
    attribute = read_object(item, "an attribute")
    key, value = attribute.get("key"), attribute.get("value", 0)
    if not isinstance(key, str) or not (value is None or isinstance(value, str)):
        raise garbled(f"an attribute without key or value: {attribute!r:.80}")
    return key, value


def _is_base64(events: Sequence[Event]) -> bool:
    keys = {key for event in events for key, _ in event.pairs}
    if keys & _WELL_KNOWN:
        return False
    return any(_decoded(key) in _WELL_KNOWN for key in keys)


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        return None


def _plain(text: str | None) -> Any:
    if text is None:
        return None
    decoded = _decoded(text)
    if decoded is None:
        raise garbled(f"an attribute is neither plain nor base64: {text!r:.80}")
    return decoded


def _is_undone(event: Event) -> bool:
    return event.type.startswith(UNDONE) or any(key.startswith(UNDONE) for key, _ in event.pairs)
