"""The one clock. ``RECOVERY_NOW`` (ISO 8601) replaces it, for tests and demonstrations."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from recovery.times import parse_time


def now() -> datetime:
    """The present moment, UTC, with a time zone."""
    fixed = os.environ.get("RECOVERY_NOW")
    if not fixed:
        return datetime.now(UTC)
    return parse_time(fixed, where="RECOVERY_NOW")
