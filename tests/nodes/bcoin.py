"""One bcoin on regtest, as a Bitcoin node of another make: a full node with a wallet beside it.

bcoin 1.0.2 is of 2018: no taproot, no batches of its own invention, errors in its own words. Its
regtest has address prefixes of its own (profile ``bcoin-regtest``).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from nodes import free_port, require


class Bcoin:
    """A running node; ``url`` carries its key, ``rpc`` and ``wallet`` call it past the product."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder
        self.port, self.wallet_port = free_port(), free_port()
        self.url = f"http://x:key@127.0.0.1:{self.port}"
        self._log = (folder / "out.log").open("wb")
        self._process = subprocess.Popen(
            [
                require("node"),
                program,
                "--network=regtest",
                "--memory=true",
                f"--prefix={folder}",
                "--api-key=key",
                "--http-host=127.0.0.1",
                f"--http-port={self.port}",
                f"--wallet-http-port={self.wallet_port}",
                "--wallet-api-key=key",
                f"--port={free_port()}",
                "--listen=false",
                "--max-outbound=1",  # 0 fails an assertion
                "--index-tx=true",
                "--workers=false",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | {"BCOIN_NETWORK": "regtest"},  # else the wallet gives main addresses
        )

    def wait(self, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if self._process.poll() is not None:
                raise RuntimeError((self.folder / "out.log").read_text()[-800:])
            try:
                self.rpc("getblockchaininfo")
                self.wallet("GET", "/wallet/primary")
            except OSError:
                if time.monotonic() > deadline:
                    raise TimeoutError("bcoin is not ready") from None
                time.sleep(0.05)
            else:
                return

    def rpc(self, method: str, *params: Any) -> Any:
        body = {"method": method, "params": params, "id": 1}
        answer = self._call("POST", self.port, "/", body)
        if answer.get("error"):
            raise RuntimeError(answer["error"])
        return answer["result"]

    def wallet(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._call(verb, self.wallet_port, path, body)

    def _call(self, verb: str, port: int, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            None if body is None else json.dumps(body).encode(),
            {
                "Authorization": "Basic " + base64.b64encode(b"x:key").decode(),
                "Content-Type": "application/json",
            },
            method=verb,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer, parse_float=Decimal)
        except urllib.error.HTTPError as failure:
            with failure:
                raise RuntimeError(failure.read().decode()) from None

    def new_address(self, kind: str = "default") -> str:
        """A fresh address of the wallet's account; its only account is of key hashes."""
        made = self.wallet("POST", "/wallet/primary/address", {"account": kind})
        address: str = made["address"]
        return address

    def pay(self, outputs: dict[str, int], *, rate: int = 10_000) -> str:
        """Send base units to addresses; the transaction's hash."""
        body = {
            "rate": rate,
            "outputs": [{"address": a, "value": value} for a, value in outputs.items()],
        }
        deadline = time.monotonic() + 10
        while True:
            try:
                sent: str = self.wallet("POST", "/wallet/primary/send", body)["hash"]
            except RuntimeError as refused:  # the wallet hears of new blocks a moment later
                if "FundingError" not in str(refused) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return sent

    def mine(self, blocks: int = 1, to: str | None = None) -> list[str]:
        mined: list[str] = self.rpc("generatetoaddress", blocks, to or self.new_address())
        return mined

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()


@contextlib.contextmanager
def run_bcoin(*, blocks: int = 0) -> Iterator[Bcoin]:
    """A node in memory with its wallet; ``blocks`` are mined to it at once."""
    program = require("bcoin/bin/node")
    folder = Path(tempfile.mkdtemp(prefix="bcoin-"))
    node = Bcoin(folder, program)
    try:
        node.wait()
        if blocks:
            node.mine(blocks)
        yield node
    finally:
        node.stop()
        shutil.rmtree(folder, ignore_errors=True)
