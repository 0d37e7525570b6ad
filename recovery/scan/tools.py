"""What looks and chunks need where they are run: the database, and a checker with its nodes.

Knows: who opens them when. Must not know: what is looked at.

A process that was handed looks and chunks opens one set for both, whoever of its threads comes first: an endpoint's limit is kept by
its node, so that two sets of nodes would ask twice as fast.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from recovery.checker import Checker
from recovery.config import Config
from recovery.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Tools:
    store: Store
    checker: Checker


@contextmanager
def open_tools(config: Config, store: Store) -> Iterator[Tools]:
    """Tools over an open store, for what is run in this very process."""
    checker = Checker(config, store)
    try:
        yield Tools(store, checker)
    finally:
        checker.nodes.close()


_LOCK = threading.Lock()


def find_tools(config: Config) -> Tools:
    """This process's own, opened once; raises `RecoveryError` where the configuration does not work here."""
    with _LOCK:
        return _open(config.model_dump_json())


@functools.lru_cache(maxsize=2)
def _open(config_json: str) -> Tools:
    config = Config.model_validate_json(config_json)
    store = open_store(config.database_url)
    return Tools(store, Checker(config, store))
