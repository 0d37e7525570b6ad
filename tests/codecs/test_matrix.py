"""The committed confusion matrices are what the codecs say today."""

from __future__ import annotations

from pathlib import Path

import pytest

from recovery.networks.matrix import write_matrices

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["matrix-addresses.md", "matrix-hashes.md"])
def test_a_committed_matrix_is_what_the_codecs_say(name: str, tmp_path: Path) -> None:
    write_matrices(tmp_path)
    committed = (DOCS / name).read_text("utf-8")
    assert committed == (tmp_path / name).read_text("utf-8"), (
        "a network takes other texts than before: judge the difference, then run "
        "`python -m recovery.networks.matrix docs`"
    )
