"""What the documentation says is so: commands run, links lead somewhere, keys and tables exist."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.main import get_command

from recovery.checker import Checker
from recovery.commands import app, run
from recovery.config import (
    ApiConfig,
    Config,
    DeskConfig,
    EndpointConfig,
    NetworkConfig,
    NoticesConfig,
    PriceConfig,
    RescanConfig,
    parse_config,
)
from recovery.demo import play
from recovery.documents import print_case
from recovery.records.kinds import KINDS
from recovery.store import open_store

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def _block(name: str) -> list[str]:
    """The commands of the README's block that is marked as tested under this name."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(rf"<!-- tested: {name} -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found, name
    return found.group(1).strip().splitlines()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demonstration, filled and played, its nodes up: the configuration file that names them."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECOVERY_NOW", play.NOW)
        url = f"sqlite:///{folder}/demo.db"
        with play.serve_nodes(url) as config:
            with open_store(url) as store:
                play.fill(store)
                checker = Checker(config, store)
                stories = [
                    s for s in play.load_stories() if s.fixture == "ETH/token-transfer-legacy"
                ]
                assert [played.case.state.value for played in play.play(checker, stories)] == [
                    "quoted"
                ]
                checker.nodes.close()
            path = folder / "recovery-demo.toml"
            path.write_text(play.print_config(config), "utf-8")
            patch.setenv("RECOVERY_CONFIG", str(path))
            yield path


def test_the_readmes_walk_leads_from_a_hash_to_both_signatures(
    served: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cases", "--state", "quoted", "--json"]) == 0
    (case,) = json.loads(capsys.readouterr().out)["cases"]
    for line in _block("walk"):
        words = shlex.split(line.replace("ID", case["id"]))
        assert words[0] == "recovery"
        assert run(words[1:]) == 0, line
    capsys.readouterr()
    assert run(["case", case["id"], "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["state"] == "settled"
    assert [s["role"] for s in document["signatures"]] == ["wallet", "clearing"]


def test_the_readmes_commands_with_own_records_run(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOVERY_DATABASE_URL", f"sqlite:///{tmp_path}/own.db")
    monkeypatch.chdir(tmp_path)
    source = ROOT / "recovery" / "demo" / "exchange"
    for kind in ("listings", "addresses", "credits"):
        (tmp_path / f"{kind}.csv").write_text((source / f"{kind}.csv").read_text("utf-8"), "utf-8")
    (tmp_path / "prices.csv").write_text(
        "asset,currency,price,as_of\neip155:1/slip44:60,USD,3050.4,2026-11-20T11:50:00Z\n", "utf-8"
    )
    tx_hash = "0x95313925d322a632dbdec47d00755ae9b315eb7acc6b02ad2395a5d5e90906b1"
    for line in _block("own"):
        words = shlex.split(line.replace("HASH", tx_hash))
        assert run(words[1:]) == 0, line


def test_every_command_stands_in_the_operators_guide() -> None:
    guide = (ROOT / "docs" / "operator.md").read_text("utf-8")
    names = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]  # every command has a callback
    missing = [name for name in sorted(names) if not re.search(rf"\b{name}\b", guide)]
    assert missing == []


def test_the_guide_names_every_command_of_a_group() -> None:
    guide = (ROOT / "docs" / "operator.md").read_text("utf-8")
    missing = []
    for group in app.registered_groups:
        inner = group.typer_instance
        assert inner is not None
        for command in inner.registered_commands:
            name = command.name or command.callback.__name__  # type: ignore[union-attr]  # every command has a callback
            if f"`recovery {group.name or inner.info.name} {name}" not in guide:
                missing.append(name)
    assert app.registered_groups
    assert missing == []


def _options_of(command: Any, name: str = "") -> dict[str, set[str]]:
    if hasattr(command, "commands"):
        inner = command.commands.items()
        return {
            key: value
            for word, c in inner
            for key, value in _options_of(c, f"{name} {word}").items()
        }
    return {name.strip(): {option for p in command.params for option in p.opts}}


def test_which_commands_take_json_config_and_actor_is_as_the_guide_says() -> None:
    taken = _options_of(get_command(app))
    assert {name for name, options in taken.items() if "--json" not in options} == {"serve"}
    assert all("--config" in options for options in taken.values())
    looking = [
        "networks",
        "inspect",
        "check",
        "cases",
        "case",
        "linked",
        "explain",
        "audit",
        "report",
        "serve",
    ]
    nameless = {"key revoke", "notices send", "notices retry", "demo"}
    without = {name for name, options in taken.items() if "--actor" not in options}
    assert without == {*looking, "key list", "notices list", *nameless}
    guide = (ROOT / "docs" / "operator.md").read_text("utf-8")
    told = guide.partition("`key add`, takes `--actor NAME`")[2].partition("\n\n")[0]
    assert [name for name in sorted(nameless) if f"`{name}`" not in told] == []


def test_the_guides_configuration_shows_every_key() -> None:
    guide = (ROOT / "docs" / "operator.md").read_text("utf-8")
    found = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert found
    sections: list[type[BaseModel]] = [
        Config, PriceConfig, DeskConfig, ApiConfig, NoticesConfig, RescanConfig, NetworkConfig, EndpointConfig,
    ]  # fmt: skip
    keys = {key for section in sections for key in section.model_fields} - {"networks"}
    missing = [key for key in sorted(keys) if not re.search(rf"\b{key}( =|\])", found.group(1))]
    assert missing == []


def test_the_guide_has_the_columns_of_every_import() -> None:
    guide = (ROOT / "docs" / "operator.md").read_text("utf-8").partition("## Importing records")[2]
    assert [kind for kind in KINDS if f"| `{kind}` |" not in guide] == []


def test_the_developers_page_has_every_target() -> None:
    page = (ROOT / "docs" / "development.md").read_text("utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert "guards" in targets
    assert [target for target in targets if f"make {target} " not in page] == []


def test_every_room_stands_in_the_table_of_rooms() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = page.partition("## Rooms")[2].partition("\n## ")[0]
    package = ROOT / "recovery"
    rooms = [f"{p.parent.name}/" for p in package.glob("*/__init__.py")]
    rooms += [p.name for p in package.glob("*.py") if p.name != "__init__.py"]
    assert len(rooms) > 20
    assert [room for room in sorted(rooms) if f"`{room}`" not in table] == []


def test_the_readmes_claims_end_as_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOVERY_NOW", play.NOW)
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = readme.partition("claim           ")[2].partition("```")[0].splitlines()[1:]
    url = f"sqlite:///{tmp_path}/demo.db"
    with play.serve_nodes(url) as config, open_store(url) as store:
        play.fill(store)
        checker = Checker(config, store)
        stories = [s for s in play.load_stories() if any(row.startswith(s.title) for row in rows)]
        cases = list(play.play(checker, stories))
        checker.nodes.close()
    assert [_words(played) for played in cases] == [row.split() for row in rows]
    (quoted,) = [
        print_case(p.case) for p in cases if p.story.fixture == "ETH/token-transfer-legacy"
    ]
    quote = quoted["check"]["verdicts"][0]["quote"]
    shown = readme.partition("quote                     ")[2].partition("```")[0]
    figures = [quote["gross"]["amount"], quote["net"]["amount"], quote["expires_at"]]
    figures += [line[part] for line in quote["lines"] for part in ("amount", "value")]
    assert [figure for figure in figures if figure not in shown] == []


def _words(played: play.Played) -> list[str]:
    """A claim's line in the table, word by word."""
    document = print_case(played.case)
    (verdict,) = [
        v for v in document["check"]["verdicts"] if v["transfer"] in (None, document["transfer"])
    ]
    network = played.story.fixture.partition("/")[0]
    ends = [network, verdict["cause"], verdict["recoverability"], document["state"]]
    return [*played.story.title.split(), *ends]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    broken = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert broken == []


def test_where_do_i_go_names_files_that_exist() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("## Where do I go to")[2]
    paths = [p for p in re.findall(r"`([\w./<>-]+/[\w./<>-]*)`", table) if "<" not in p]
    assert len(paths) >= 7
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_guides_configuration_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (ROOT / "docs" / "operator.md").read_text("utf-8")
    found = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert found
    config = parse_config(found.group(1), where="operator.md")
    monkeypatch.setenv("ETH_NODE_TOKEN", "secret")
    assert config.networks["ETH"].secret_headers("ETH") == {"Authorization": "secret"}
    assert config.network("LTC").profile == "regtest"


def test_the_endpoint_file_to_start_from_is_a_configuration() -> None:
    path = ROOT / "docs" / "public-endpoints.toml"
    config = parse_config(path.read_text("utf-8"), where=path.name)
    assert len(config.configured()) >= 10
