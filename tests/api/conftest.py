"""A small exchange behind the service: the demonstration's records, its nodes played over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from api.service import Service, serving

from recovery.config import ApiConfig, Config
from recovery.demo import play
from recovery.store import open_store

Serve = Callable[..., Service]


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, Path]]:
    """The configuration that names the nodes, and a database with the records to copy."""
    path = tmp_path_factory.mktemp("exchange") / "exchange.db"
    url = f"sqlite:///{path}"
    with play.serve_nodes(url) as config:
        with (
            play.stand_still(),
            open_store(url) as store,
        ):  # no longer: other tests have other clocks
            play.fill(store)
        yield config, path


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOVERY_NOW", play.NOW)
    monkeypatch.setenv("RECOVERY_SECRET", "a secret of the tests")


@pytest.fixture
def config(exchange: tuple[Config, Path], tmp_path: Path, still: None) -> Config:
    """The exchange with a fresh database of its own, and room for a test's many requests."""
    known, path = exchange
    shutil.copyfile(path, tmp_path / "service.db")
    return known.model_copy(
        update={
            "database_url": f"sqlite:///{tmp_path}/service.db",
            "api": ApiConfig(
                claims_per_hour_of_address=1000,
                claims_per_day_of_address=1000,
                answer_seconds=20,  # a busy machine is no slow node
            ),
        }
    )


@pytest.fixture
def serve(config: Config) -> Iterator[Serve]:
    """Start a service; keywords replace keys of the configuration's ``[api]``."""
    with ExitStack() as stack:

        def start(
            *,
            networks: Any = None,
            watch: bool = False,
            database_url: str | None = None,
            **rules: Any,
        ) -> Service:
            changed = config.model_copy(update={"api": config.api.model_copy(update=rules)})
            if database_url is not None:
                changed = changed.model_copy(update={"database_url": database_url})
                with open_store(database_url) as store:
                    play.fill(store)
            if networks is not None:
                changed = changed.model_copy(update={"networks": networks})
            return stack.enter_context(serving(changed, watch=watch))

        yield start


@pytest.fixture
def service(serve: Serve) -> Service:
    return serve()
