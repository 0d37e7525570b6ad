"""A desk in front of a real node, as in `outer`."""

from __future__ import annotations

from outer.conftest import _plain_environment, desk, either_desk, eth

__all__ = ["_plain_environment", "desk", "either_desk", "eth"]
