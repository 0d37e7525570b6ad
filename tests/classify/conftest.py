"""A fresh exchange for each story: see `classify.world`."""

from __future__ import annotations

import pytest
from classify.world import World, open_exchange


@pytest.fixture
def world() -> World:
    return open_exchange()
