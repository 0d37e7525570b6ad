"""Times as text: ISO 8601, UTC. Pure; the clock itself is `recovery.clock`."""

from __future__ import annotations

from datetime import UTC, datetime

from recovery.errors import BadInput


def parse_time(text: str, *, where: str | None = None) -> datetime:
    """Parse an ISO 8601 time; one without a zone is taken as UTC. Raises `BadInput`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            "bad-time",
            f"{text[:80]!r} is not an ISO 8601 time",
            hint="write it as 2026-11-30T12:00:00Z",
            where=where,
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def print_time(moment: datetime) -> str:
    """The form of every time in JSON output: seconds, ``Z`` (fractions only where there are any)."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
