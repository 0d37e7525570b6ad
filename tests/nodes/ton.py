"""TON's virtual machine (@ton/sandbox) behind an HTTP face in the shape of toncenter v3.

The script plays a fixed list of stories on its ledger; ``stories`` tells their hashes, and every watched
account's balances before and after.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

from nodes import FOLDER, require


class TonSandbox:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{self.url}/stories", timeout=10) as answer:
            self.stories: dict[str, Any] = json.load(answer)

    def switch_key(self, *, on: bool) -> None:
        """The extension of the wallet of version 5 switches its key on or off."""
        with urllib.request.urlopen(f"{self.url}/switchKey?on={on:d}", timeout=10):
            pass


@contextlib.contextmanager
def run_ton_sandbox() -> Iterator[TonSandbox]:
    """Plays the stories and serves them; ends when its standard input is closed."""
    require("@ton/sandbox")
    process = subprocess.Popen(
        [require("node"), FOLDER / "ton_sandbox.cjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise AssertionError("the TON sandbox ended before it served anything")
        yield TonSandbox(json.loads(line)["port"])
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        process.stdout.close()
