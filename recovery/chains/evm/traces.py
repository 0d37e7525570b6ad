"""Native coin moved inside a transaction, read from a trace of either kind.

Knows: the frames of ``callTracer`` and of the ``trace_`` methods. Must not know: networks, logs,
nodes. Value counts where the frame and every ancestor succeeded: a swallowed inner failure leaves
the outer transaction successful and its own children without an error of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from recovery.chains.evm.abi import ZERO, parse_address, parse_quantity
from recovery.chains.shape import garbled

_PRECOMPILES = 0x1FF
"""Addresses up to here run no contract: a call without value there is not a step of its own."""

_MOVES_VALUE = frozenset({"CALL", "CREATE", "CREATE2", "SELFDESTRUCT"})
"""DELEGATECALL and CALLCODE show the value of the frame around them; STATICCALL has none."""

_MOVES_NOTHING = frozenset({"DELEGATECALL", "CALLCODE", "STATICCALL"})


@dataclass(slots=True)
class Frame:
    """One call of a trace. ``to`` and ``value`` are None where the trace does not tell them."""

    kind: str
    sender: str
    to: str | None
    value: int | None
    failed: bool
    children: list[Frame] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InnerMove:
    """Value that moved inside. ``path`` counts calls from the root, ``0.1``: see `find_moves`."""

    path: str
    kind: str
    sender: str
    recipient: str
    amount: int


def parse_trace(answer: Any) -> Frame:
    """The root frame of a ``callTracer`` object or a ``trace_transaction`` list."""
    if isinstance(answer, dict):
        return _parse_call_tracer(answer)
    if isinstance(answer, list):
        return _parse_parity(answer)
    raise garbled("a trace is neither an object nor a list")


def find_moves(root: Frame) -> Iterator[InnerMove]:
    """Every movement of value below the root that took effect, in the order of execution.

    The path is a key of the outside world, so it must not depend on the kind of node: clients
    disagree on whether a call without value to a precompile is a frame, so such calls are not
    counted.
    """
    stack: list[tuple[Frame, str]] = [(root, "")]
    while stack:
        frame, path = stack.pop()
        if frame.failed:
            continue
        if path and frame.kind in _MOVES_VALUE and frame.value and frame.to:
            to_itself = frame.kind == "SELFDESTRUCT" and frame.to == frame.sender
            if not to_itself:
                yield InnerMove(path, frame.kind, frame.sender, frame.to, frame.value)
        counted = [child for child in frame.children if not _is_bare_precompile(child)]
        below = [(c, f"{path}.{i}" if path else str(i)) for i, c in enumerate(counted)]
        stack += reversed(below)


def tells_everything(root: Frame) -> bool:
    """False where a frame that could move coin stands without its amount or recipient: old geth
    names neither for a destroyed contract, and an unknown kind of frame could do anything."""
    stack = [root]
    while stack:
        frame = stack.pop()
        if frame.failed:
            continue
        if frame.kind not in _MOVES_NOTHING and (frame.value is None or frame.to is None):
            return False
        stack += frame.children
    return True


def _is_bare_precompile(frame: Frame) -> bool:
    return (
        not frame.value
        and not frame.children
        and frame.kind != "SELFDESTRUCT"
        and frame.to is not None
        and frame.to != ZERO
        and int(frame.to, 16) <= _PRECOMPILES
    )


def _parse_call_tracer(answer: dict[str, Any]) -> Frame:
    root = _call_frame(answer)
    stack = [(answer, root)]
    while stack:
        node, frame = stack.pop()
        calls = node.get("calls", [])
        if not isinstance(calls, list):
            raise garbled("a trace's calls are not a list")
        for call in calls:
            if not isinstance(call, dict):
                raise garbled("a trace's call is not an object")
            child = _call_frame(call)
            frame.children.append(child)
            stack.append((call, child))
    return root


def _call_frame(node: dict[str, Any]) -> Frame:
    kind = node.get("type")
    if not isinstance(kind, str):
        raise garbled("a trace's frame has no type")
    return _frame(kind, node, failed=_read_error(node), names=_CALL_NAMES)


def _read_error(told: dict[str, Any]) -> bool:
    """Whether the frame failed: it says by which words."""
    error = told.get("error")
    if error is not None and not isinstance(error, str):
        raise garbled("a trace's error is not a text")
    return bool(error)


_CALL_NAMES = ("from", "to", "value")
_SUICIDE_NAMES = ("address", "refundAddress", "balance")


def _frame(kind: str, told: dict[str, Any], *, failed: bool, names: tuple[str, str, str]) -> Frame:
    """A frame from whatever fields its form has; an unknown kind has an unknown value."""
    kind = kind.upper()
    sender, to, value = (told.get(name) for name in names)
    if kind not in _MOVES_VALUE | _MOVES_NOTHING:
        value = None
    if to is None and (kind == "CALL" or kind in _MOVES_NOTHING):
        raise garbled("a trace's call calls nobody")  # only what was never created has no address
    return Frame(
        kind,
        ZERO if sender is None and kind == "SELFDESTRUCT" else parse_address(sender, "a sender"),
        None if to is None else parse_address(to, "a recipient"),
        None if value is None else parse_quantity(value, "a value"),
        failed,
    )


def _parse_parity(answer: list[Any]) -> Frame:
    frames: dict[tuple[int, ...], Frame] = {}
    for item in answer:
        if not isinstance(item, dict) or not isinstance(item.get("traceAddress"), list):
            raise garbled("a trace's item has no traceAddress")
        if item.get("type") == "reward":  # of the block, not of the transaction
            continue
        if any(type(step) is not int for step in item["traceAddress"]):
            raise garbled("a traceAddress is not a list of numbers")
        if tuple(item["traceAddress"]) in frames:
            raise garbled("two frames of a trace have one place")
        frames[tuple(item["traceAddress"])] = _parity_frame(item)
    if () not in frames:
        raise garbled("a trace has no root")
    for address in sorted(frames, key=lambda a: (len(a), a)):
        if address:
            parent = frames.get(address[:-1])
            if parent is None:
                raise garbled("a trace's frame has no parent")
            parent.children.append(frames[address])
    return frames[()]


def _parity_frame(item: dict[str, Any]) -> Frame:
    action, kind = item.get("action"), item.get("type")
    if not isinstance(action, dict) or not isinstance(kind, str):
        raise garbled("a trace's item has no action")
    failed = _read_error(item)
    if kind == "suicide":
        return _frame("SELFDESTRUCT", action, failed=failed, names=_SUICIDE_NAMES)
    result = item.get("result")
    if not failed and not isinstance(result, dict):
        raise garbled("a trace's item has neither a result nor an error")
    if kind == "create":
        made = result.get("address") if isinstance(result, dict) else None
        return _frame("CREATE", action | {"to": made}, failed=failed, names=_CALL_NAMES)
    call_type = action.get("callType")
    if kind != "call" or not isinstance(call_type, str):
        raise garbled("a trace's item is neither call, create nor suicide")
    return _frame(call_type, action, failed=failed, names=_CALL_NAMES)
