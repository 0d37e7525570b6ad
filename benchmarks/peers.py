"""Peers in virtual environments of their own, so that nothing of theirs meets anything of ours.

They are installed once by ``uv`` into ``build/peers`` (not kept in the repository). What can't be
installed is said, and the benchmark goes on without it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "build" / "peers"


def install(name: str, *requirements: str) -> Path | None:
    """The interpreter of a peer's environment, None (said on stderr) where it can't be installed."""
    home = FOLDER / name
    python = home / "bin" / "python"
    stamp = home / "requirements.txt"
    wanted = "\n".join(requirements)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    uv = Path(sys.executable).with_name("uv")
    commands: list[list[str]] = [
        [str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
        [str(uv), "pip", "install", "--quiet", "--python", str(python), *requirements],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name} can't be installed: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return None
    stamp.write_text(wanted, "utf-8")
    return python


def measure(python: Path, program: str, *arguments: str, timeout: float = 300) -> float:
    """Run a program in the peer's environment; the seconds that it prints last, its imports excluded."""
    command = [str(python), "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        raise RuntimeError(f"the peer failed: {done.stderr[-800:]}")
    return float(done.stdout.split()[-1])
