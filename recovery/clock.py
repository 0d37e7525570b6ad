"""The one clock. ``RECOVERY_NOW`` (ISO 8601) replaces it, for tests and demonstrations."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from recovery.errors import BadInput


def now() -> datetime:
    """The present moment, UTC, with a time zone."""
    fixed = os.environ.get("RECOVERY_NOW")
    if not fixed:
        return datetime.now(UTC)
    return parse_time(fixed, where="RECOVERY_NOW")


def parse_time(text: str, *, where: str | None = None) -> datetime:
    """Parse an ISO 8601 time; one without a zone is taken as UTC. Raises `BadInput`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            "bad-time",
            f"{text!r} is not an ISO 8601 time",
            hint="write it as 2026-11-30T12:00:00Z",
            where=where,
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def print_time(moment: datetime) -> str:
    """The form of every time in JSON output: seconds, ``Z`` (fractions only where there are any)."""
    text = moment.astimezone(UTC).replace(tzinfo=None)
    form = "seconds" if text.microsecond == 0 else "microseconds"
    return text.isoformat(timespec=form) + "Z"
