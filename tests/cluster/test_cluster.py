"""Who may be a cluster's worker, what travels there, and what is said when it is gone."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scan.conftest import key_of

from recovery.chains.scan import Window
from recovery.clock import now
from recovery.commands import run
from recovery.config import Config, load_config
from recovery.errors import BadInput, Unreachable
from recovery.scan import cluster
from recovery.scan.cluster import OwnConfig, check_facts, describe_process, open_cluster, run_task
from recovery.scan.due import Why, World
from recovery.scan.looking import Eyes, Job
from recovery.scan.rescan import Chunk, look_chunk
from recovery.scan.watching import open_watch
from recovery.store import open_store

from . import desk
from .conftest import Starting, run_scheduler

NODE = "http://127.0.0.1:1/v2/"
KEY = "a-key-in-the-path"


@pytest.fixture
def config_file(postgresql_url: str, tmp_path: Path) -> Path:
    return desk.write_config(tmp_path / "here", postgresql_url, NODE + KEY)


@pytest.fixture
def config(config_file: Path) -> Config:
    return load_config(str(config_file))


def test_a_cluster_on_sqlite_is_refused_and_no_file_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = desk.write_config(tmp_path, f"sqlite:///{tmp_path}/new.db", NODE)
    for words in (["scan", "ETH"], ["rescan"]):
        assert run([*words, "--cluster", "tcp://127.0.0.1:1", "--config", str(path)]) == 2
        assert "PostgreSQL" in capsys.readouterr().err
    assert not (tmp_path / "new.db").exists()


def test_without_the_extra_the_extra_is_named(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput) as refused, open_cluster("tcp://127.0.0.1:1", config):
        pass
    assert "recovery[cluster]" in refused.value.hint


@pytest.mark.parametrize("address", ["", "127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://host"])
def test_an_address_that_is_none_is_refused_with_a_right_one(config: Config, address: str) -> None:
    with pytest.raises(BadInput) as refused, open_cluster(address, config):
        pass
    assert "tcp://HOST:8786" in refused.value.hint


def test_where_no_scheduler_answers_it_is_said(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(Unreachable) as refused, open_cluster("tcp://127.0.0.1:1", config):
        pass
    assert refused.value.reference == "cluster-unreachable"


def test_no_secret_travels(postgresql_url: str, config: Config, tmp_path: Path) -> None:
    own = OwnConfig.model_construct(
        **dict(config.model_copy(update={"database_url": "postgresql://u:a-password@h/d"}))
    )
    with open_store(postgresql_url) as store:
        eyes = Eyes(own, store, open_watch(store, tmp_path / "watch"))
        job = Job(desk.ETH, "natives", Window(1, 2), key_of("0x" + "11" * 20))
        chunk = Chunk(own, "run", World(now(), {}), "ETH", (("case", Why.AGAIN),))
        sent = pickle.dumps((eyes.look, (job,), {})) + pickle.dumps((look_chunk, (chunk,), {}))
        eyes.nodes.close()
    for secret in (KEY, "a-password", "127.0.0.1"):
        assert secret.encode() not in sent


def test_no_fact_tells_a_secret(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_TOKEN", "one")
    section = config.networks["ETH"].model_copy(
        update={"headers": {"Authorization": "env:NODE_TOKEN"}}
    )
    ours = config.model_copy(update={"networks": {"ETH": section}})
    facts = describe_process(ours)
    monkeypatch.setenv("NODE_TOKEN", "two")
    assert describe_process(ours) == facts
    monkeypatch.delenv("NODE_TOKEN")
    with pytest.raises(BadInput, match="NODE_TOKEN"):
        describe_process(ours)


def test_what_differs_is_named(config: Config) -> None:
    ours = describe_process(config)
    section = config.networks["ETH"].model_copy(update={"requests_per_second": 3.0})
    theirs = describe_process(config.model_copy(update={"networks": {"ETH": section}}))
    with pytest.raises(BadInput) as refused:
        check_facts("tcp://10.0.0.7:41", theirs, ours)
    assert refused.value.where == "networks.ETH"
    with pytest.raises(BadInput, match=r"10\.0\.0\.7.* recovery is 0\.0\.1 there"):
        check_facts("tcp://10.0.0.7:41", ours | {"recovery": "0.0.1"}, ours)


@pytest.fixture
def own_worker(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RECOVERY_CONFIG", str(config_file))
    cluster._OPENED.clear()
    yield
    cluster._OPENED.clear()


@pytest.mark.usefixtures("own_worker")
def test_a_worker_that_joined_later_refuses_work_that_is_not_its_own(config: Config) -> None:
    task = pickle.dumps((len, ("four",), {}))
    assert run_task(task, cluster.fingerprint(describe_process(config))) == 4
    with pytest.raises(BadInput, match="another version or configuration"):
        run_task(task, "of another version")


@pytest.mark.usefixtures("own_worker")
def test_a_configuration_arrives_as_the_worker_s_own(config: Config) -> None:
    sent = pickle.dumps(OwnConfig.model_construct(**dict(config)))
    assert pickle.loads(sent) == config


def test_workers_that_do_not_fit_are_refused_before_any_work(
    config: Config, scheduler: str, start_worker: Starting, postgresql_url: str, tmp_path: Path
) -> None:
    other = desk.write_config(tmp_path / "there", postgresql_url, "http://127.0.0.1:2/" + KEY)
    start_worker(other)
    with pytest.raises(BadInput) as refused, open_cluster(scheduler, config):
        pass
    assert refused.value.reference == "cluster-mismatch"
    assert refused.value.where == "networks.ETH"
    assert KEY not in str(refused.value)


def test_work_is_done_there_fails_as_here_and_is_given_up_where_no_worker_is_left(
    config: Config,
    config_file: Path,
    scheduler: str,
    start_worker: Starting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "EMPTY_SECONDS", 1.0)
    worker = start_worker(config_file)
    with open_cluster(scheduler, config) as there:
        assert there.threads == 2
        assert there.submit(len, "four").result(30) == 4
        with pytest.raises(BadInput, match="is no address"):
            there.submit(cluster._connect, "nowhere").result(30)
        lasting = there.submit(time.sleep, 60)
        desk.kill(worker)
        with pytest.raises(Unreachable) as lost:
            lasting.result(60)
        assert lost.value.reference == "cluster-lost"
        assert there.lost


def test_where_the_scheduler_is_killed_all_work_is_given_up(
    config: Config, config_file: Path, start_worker: Starting
) -> None:
    with run_scheduler() as (address, process):
        start_worker(config_file, address=address)
        with open_cluster(address, config) as there:
            lasting = there.submit(time.sleep, 60)
            desk.kill(process)
            for future in (lasting, there.submit(len, "four")):
                with pytest.raises(Unreachable) as lost:
                    future.result(60)
                assert lost.value.reference == "cluster-lost"
            assert there.lost
