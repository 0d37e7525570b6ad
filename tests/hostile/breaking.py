"""Takes a guard out of a copy of the program and runs the attack's test against what is left.

Run from ``tests/``: ``python -m hostile.breaking`` breaks every guard of `hostile.guards` in turn and
says which tests stayed green; with names, only those. Nothing of the checkout is changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hostile.guards import GUARDS, Guard

ROOT = Path(__file__).parents[2]
GREEN, RED = 0, 1


@contextmanager
def without(guard: Guard) -> Iterator[Path]:
    """A folder with the program, the guard taken out of it."""
    with tempfile.TemporaryDirectory(prefix="broken-") as folder:
        copy = Path(folder) / "recovery"
        shutil.copytree(ROOT / "recovery", copy, ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / "fixtures").symlink_to(ROOT / "fixtures")
        file = Path(folder) / guard.file
        text = file.read_text("utf-8")
        assert text.count(guard.old) == 1, f"{guard.file} has not one {guard.old!r}"
        file.write_text(text.replace(guard.old, guard.new), "utf-8")
        yield Path(folder)


def run_test(name: str, program: Path) -> int:
    """The exit code of pytest for one test, which imports the program from that folder."""
    file, _, test = name.partition("::")
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
    ]
    environment = os.environ | {"PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
    asked = f"{ROOT}/tests/hostile/{file}::{test}"
    done = subprocess.run(
        [*command, asked], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (GREEN, RED):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return done.returncode


def find_survivors(names: Sequence[str]) -> list[str]:
    """The tests that stay green without their guard."""
    survivors = []
    for name in names:
        with without(GUARDS[name]) as program:
            if run_test(name, program) == GREEN:
                survivors.append(name)
    return survivors


def main(names: Sequence[str]) -> int:
    chosen = list(names) or list(GUARDS)
    survivors = find_survivors(chosen)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} tests went red without their guard")
    for name in survivors:
        print("stayed green:", name)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
