"""Rococo's Asset Hub in its real runtime (chopsticks) behind an HTTP face in the shape of sidecar.

The script plays a fixed list of stories with signed extrinsics; ``stories`` tells their places, and
every watched account's balances before and after.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

from nodes import FOLDER, require

_FOLDER = FOLDER / "chopsticks"


class AssetHub:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{self.url}/stories", timeout=10) as answer:
            self.stories: dict[str, Any] = json.load(answer)


@contextlib.contextmanager
def run_asset_hub() -> Iterator[AssetHub]:
    """Plays the stories and serves them; ends when its standard input is closed."""
    require(str(_FOLDER / "node_modules" / "@acala-network" / "chopsticks"))
    process = subprocess.Popen(
        [require("node"), _FOLDER / "asset_hub.cjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith(b'{"port"'):
                yield AssetHub(json.loads(line)["port"])
                return
        raise AssertionError("chopsticks ended before it served anything")
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        process.stdout.close()
