"""Cases in each state, for the tests that begin in the middle."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cases.walks import bring_case

from recovery.cases.table import State
from recovery.cases.values import Case
from recovery.store import Store


@pytest.fixture
def bring_to(store: Store) -> Callable[[State], Case]:
    """A new case, each about a transaction of its own, in the state asked for.

    ``received`` and ``accepted`` are passed through inside one transaction and never seen.
    """
    count = 0

    def bring(state: State) -> Case:
        nonlocal count
        count += 1
        return bring_case(store, state, "0x" + f"{count:064x}")

    return bring
