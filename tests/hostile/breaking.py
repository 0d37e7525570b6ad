"""Takes a guard out of a copy of the program and runs the attack's test against what is left.

Run from ``tests/``: ``python -m hostile.breaking`` breaks every guard of `hostile.guards` in turn and
says which tests stayed green; with names, only those. Nothing of the checkout is changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hostile.guards import GUARDS, Guard, pieces_of

ROOT = Path(__file__).parents[2]
GREEN, RED = 0, 1


@contextmanager
def without(guard: Guard) -> Iterator[Path]:
    """A folder with the program, the guard taken out of it."""
    with tempfile.TemporaryDirectory(prefix="broken-") as folder:
        shutil.copytree(ROOT / "recovery", Path(folder) / "recovery")  # compiled modules too
        (Path(folder) / "fixtures").symlink_to(ROOT / "fixtures")
        for piece in pieces_of(guard):
            file = Path(folder) / piece.file
            text = file.read_text("utf-8")
            assert text.count(piece.old) == 1, f"{piece.file} has not one {piece.old!r}"
            file.write_text(text.replace(piece.old, piece.new), "utf-8")
        yield Path(folder)


def find_red(names: Sequence[str], program: Path) -> set[str]:
    """Those of some tests that fail when the program is imported from that folder."""
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-rf", "--tb=no", "-n", "0"]
    asked = [f"{ROOT}/tests/hostile/{name}" for name in names]
    environment = os.environ | {"PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *asked],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (GREEN, RED):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return set(re.findall(r"^FAILED tests/hostile/(test_\w+\.py::\w+)", done.stdout, re.M))


def find_survivors(names: Sequence[str]) -> Iterator[str]:
    """The tests that stay green without their guard, as they are found; tests of one guard are run together."""
    together: dict[Guard, list[str]] = {}
    for name in names:
        together.setdefault(GUARDS[name], []).append(name)
    for guard, tests in together.items():
        with without(guard) as program:
            red = find_red(tests, program)
        yield from (name for name in tests if name not in red)


def main(names: Sequence[str]) -> int:
    chosen = list(names) or list(GUARDS)
    survivors = 0
    for name in find_survivors(chosen):
        survivors += 1
        print("stayed green:", name, flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} tests went red without their guard")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
