"""Notes as memos: what wallets do to a number, and what stays nobody's."""

from __future__ import annotations

import pytest

from recovery.classify.route import spell_memo
from recovery.demo.fixtures import load_fixtures
from recovery.model import Memo, MemoKind

STORIES = {fixture.name: fixture for fixture in load_fixtures(network="ALGO")}


def spellings(story: str) -> list[str]:
    transfer = (STORIES[f"ALGO/{story}"].evidence or {})["transfers"][0]
    memo = transfer["memo"]
    written = None if memo is None else Memo(MemoKind(memo["kind"]), memo["value"])
    return [text for text, _ in spell_memo(written, ())]


@pytest.mark.parametrize("story", ["memo-number", "memo-spaces", "memo-base64", "memo-padded"])
def test_a_number_is_found_whatever_the_wallet_did_to_it(story: str) -> None:
    assert "104857" in spellings(story)


@pytest.mark.parametrize("story", ["memo-json", "memo-binary", "memo-missing", "native-with-note"])
def test_a_note_that_is_no_number_becomes_none(story: str) -> None:
    assert not any(text.isdecimal() for text in spellings(story))
