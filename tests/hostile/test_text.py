"""Words that strangers write (symbols, names, memos) do nothing to whoever reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hostile.line import Line, find_story

from recovery.commands import run
from recovery.commands.output import print_table
from recovery.demo.fixtures import Fixture, RpcExchange

FORMULA = '=HYPERLINK("http://thief.example";"open")'


def _called(story: Fixture, symbol: str) -> Fixture:
    """The story with a token that calls itself otherwise (its symbol() as the ABI writes a string)."""
    data = symbol.encode()
    words = [f"{32:064x}", f"{len(data):064x}", data.hex().ljust(-(-len(data) // 32) * 64, "0")]

    def answers_symbol(exchange: Any) -> bool:
        return isinstance(exchange, RpcExchange) and "0x95d89b41" in exchange.request

    exchanges = tuple(
        e.model_copy(update={"result": "0x" + "".join(words)}) if answers_symbol(e) else e
        for e in story.exchanges
    )
    return story.model_copy(update={"exchanges": exchanges})


def _inspect(line: Line, story: Fixture, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``recovery inspect`` writes into a pipe or a file."""
    with line.serve(story) as endpoint:
        config = folder / "recovery.toml"
        lines = [f'database_url = "{line.database_url}"', f"[networks.{story.network}]"]
        config.write_text("\n".join([*lines, f'endpoints = ["{endpoint.url}"]']) + "\n", "utf-8")
        command = ["inspect", story.tx_hash, "--network", story.network, "--config", str(config)]
        assert run(command) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("begin", ["=", "+", "@", "-"])
def test_a_cell_that_begins_like_a_formula_is_text_in_every_export(
    begin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(["symbol", "amount"], [[begin + FORMULA[1:], "-12"], ["-", "=1"]])
    cells = [c for row in capsys.readouterr().out.splitlines() for c in row.split("\t")]
    assert "'" + begin + FORMULA[1:] in cells
    assert "-12" in cells, "a number stays one"
    assert "-" in cells
    assert "'=1" in cells


def test_a_tokens_symbol_that_is_a_formula_is_text_in_a_pipe(
    line: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = _called(find_story("ETH/forged-transfer-event"), "=1+1")
    told = _inspect(line, story, tmp_path, capsys)
    assert "=1+1" in told
    assert not any(c.strip().startswith("=") for row in told.splitlines() for c in row.split("\t"))


def test_control_characters_of_a_symbol_drive_no_terminal(
    line: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = _called(find_story("ETH/forged-transfer-event"), "US\x1b[2J\x07\x9bDT")
    told = _inspect(line, story, tmp_path, capsys)
    assert all(c.isprintable() or c in "\n\t" for c in told)


def test_a_user_that_is_a_formula_stays_text(line: Line) -> None:
    """What is imported is kept as it is: it is made harmless where it is printed."""
    story = find_story("ETH/native-transfer")
    assert story.evidence is not None
    with line.serve(story) as endpoint:
        line.connect("ETH", endpoint)
        line.own("ETH", story.evidence["transfers"][0]["recipient"], user="=cmd|calc!A1")
        outcome = line.check(story.tx_hash, "ETH", user="=cmd|calc!A1")
    assert {j.verdict.user for j in outcome.check.judged} == {"=cmd|calc!A1"}
