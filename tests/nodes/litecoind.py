"""One litecoind on regtest: a Bitcoin-Core-type node of the 0.21 dialect, with MWEB if asked."""

from __future__ import annotations

import base64
import contextlib
import json
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

_MWEB_OFF = "-vbparams=mweb:0:0"
"""Else block 432, where MWEB activates, can't be mined without a peg-in."""


class RpcError(RuntimeError):
    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: int = error["code"]


class Litecoind:
    """A running node; ``url`` carries its credentials, ``rpc`` calls it past the product."""

    def __init__(self, folder: Path, program: Path, options: tuple[str, ...]) -> None:
        self.folder = folder
        self.port, self.peer_port = free_port(), free_port()
        self.url = f"http://u:p@127.0.0.1:{self.port}"
        self._log = (folder / "out.log").open("wb")
        self._process = subprocess.Popen(
            [
                program,
                "-regtest",
                f"-datadir={folder}",
                "-server",
                "-listen=0",
                "-discover=0",
                "-dnsseed=0",
                "-listenonion=0",
                "-upnp=0",
                "-printtoconsole=0",
                "-rpcuser=u",
                "-rpcpassword=p",
                "-rpcbind=127.0.0.1",
                "-rpcallowip=127.0.0.1",
                f"-rpcport={self.port}",
                f"-port={self.peer_port}",
                "-fallbackfee=0.0001",
                "-mempoolreplacement=1",  # off by default since Litecoin 0.21
                *options,
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if self._process.poll() is not None:
                raise RuntimeError((self.folder / "out.log").read_text()[-800:])
            try:
                self.rpc("getblockchaininfo")
            except (OSError, RpcError):  # refused, or -28 warming up
                if time.monotonic() > deadline:
                    raise TimeoutError("litecoind is not ready") from None
                time.sleep(0.05)
            else:
                return

    @property
    def pid(self) -> int:
        return self._process.pid

    def rpc(self, method: str, *params: Any, wallet: str | None = None) -> Any:
        body = {"jsonrpc": "1.0", "id": 1, "method": method, "params": params}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/" + ("" if wallet is None else f"wallet/{wallet}"),
            json.dumps(body, default=_print_amount).encode(),
            {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer, parse_float=Decimal)["result"]
        except urllib.error.HTTPError as failure:
            with failure:
                text = failure.read()
            if not text:
                raise
            raise RpcError(json.loads(text)["error"]) from None

    def mine(self, blocks: int = 1, to: str | None = None) -> list[str]:
        mined: list[str] = self.rpc("generatetoaddress", blocks, to or self.rpc("getnewaddress"))
        return mined

    def stop(self) -> None:
        """At once: an orderly stop waits for open connections, and the folder goes anyway."""
        self._process.kill()
        self._process.wait()
        self._log.close()


def _print_amount(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)


@contextlib.contextmanager
def run_litecoind(
    *options: str, index: bool = True, mweb: bool = False, blocks: int = 0
) -> Iterator[Litecoind]:
    """A node in a folder of its own, with a wallet; ``blocks`` are mined to it at once."""
    program = require("litecoind")
    chosen = (*(("-txindex=1",) if index else ()), *(() if mweb else (_MWEB_OFF,)), *options)
    folder = Path(tempfile.mkdtemp(prefix="ltc-"))
    node = Litecoind(folder, program, chosen)
    try:
        node.wait()
        node.rpc("createwallet", "w")
        if blocks:
            node.mine(blocks)
        yield node
    finally:
        node.stop()
        shutil.rmtree(folder, ignore_errors=True)
