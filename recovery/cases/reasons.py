"""Sentences that people leave in a trail. Pure."""

from __future__ import annotations

from recovery.errors import BadInput

MAX_REASON = 2000


def parse_reason(text: str, *, where: str = "--reason") -> str:
    """A sentence for the trail; raises `BadInput` for an empty one."""
    reason = text.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise BadInput(
            "bad-reason",
            f"{where} is empty" if not reason else f"{where} can't be kept",
            hint=f"1 to {MAX_REASON} characters",
            where=where,
        )
    return reason
