"""What a run of mutants writes down, so that one that was cut goes on: no test of it runs a mutant."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from mutation.mutators import plan_mutants
from mutation.rooms import ROOT, Room
from mutation.run import Tried, load_living, load_tried, main, note, plan, write
from mutation.session import Outcome

SOURCE = ROOT / "recovery" / "fees" / "words.py"
PLANNED = [(SOURCE, mutant) for mutant in plan_mutants(SOURCE.read_text("utf-8"))][:6]
ENDS = (Outcome.KILLED, Outcome.SURVIVED, Outcome.TIMED_OUT)
TRIED = [Tried(path, m, ENDS[n % 3], n) for n, (path, m) in enumerate(PLANNED)]


def test_each_result_is_known_to_the_run_that_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    assert load_tried(file, PLANNED) == []
    for end in TRIED[:4]:
        note(file, end)
    assert load_tried(file, PLANNED) == TRIED[:4]
    write(file, list(reversed(TRIED)))
    assert load_tried(file, PLANNED) == TRIED


def test_a_line_that_was_cut_is_no_result(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    for end in TRIED[:2]:
        note(file, end)
    whole = file.read_text("utf-8")
    file.write_text(whole[:-3], "utf-8")
    assert load_tried(file, PLANNED) == TRIED[:1]


def test_what_must_still_be_imported_changed_is_no_result(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    note(file, Tried(*PLANNED[0], Outcome.OUT_OF_REACH, 3))
    assert not file.exists()
    note(None, TRIED[0])


def test_a_result_of_another_source_is_not_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "words.jsonl"
    note(file, TRIED[0])
    assert load_tried(file, PLANNED[1:]) == []


def test_what_lived_is_asked_again(tmp_path: Path) -> None:
    write(tmp_path / "decoders-xrpl.jsonl", TRIED)
    assert load_living(tmp_path, "decoders/xrpl") == {t.key for t in TRIED if t.tests % 3 == 1}
    with pytest.raises(FileNotFoundError):
        load_living(tmp_path, "fees")


def test_only_what_is_made_at_import_can_be_asked() -> None:
    sources = (ROOT / "recovery" / "chains" / "xrpl" / "serial.py",)
    room = Room("serial", sources, ("tests/xrpl/test_edges.py",))
    options = {"only": "", "again": None, "sample": None, "seed": 1}
    every = plan(room, argparse.Namespace(**options, at_import=False))
    tables = plan(room, argparse.Namespace(**options, at_import=True))
    assert tables
    assert tables == [(path, m) for path, m in every if m.function is None]


def test_to_go_on_a_run_must_be_told_from_where(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fees", "--resume"])
    assert "--resume goes on from the files of --out" in capsys.readouterr().err
