"""Real nodes that the tests start and stop. One module per node, each a context manager.

A test that needs one asks `require` first: where the program is missing it is skipped with a loud
reason, and in CI (environment ``CI=true``) it fails.
"""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def require(program: str) -> Path:
    """The path of a node's program: on the PATH, or of the npm packages installed here."""
    found = shutil.which(program)
    if found is not None:
        return Path(found)
    inside = FOLDER / "node_modules" / program
    if inside.exists():
        return inside
    text = f"{program} IS NOT INSTALLED: `make test-setup` installs what the tests drive"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


def free_port() -> int:
    """A port nobody listens on just now; a node that finds it taken is started again elsewhere."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
