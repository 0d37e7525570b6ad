"""One anvil: a real EVM node on a free loopback port, as any of the EVM networks.

Learned the hard way: ``anvil_nodeInfo`` can deadlock the node (never called); ``anvil_reorg`` takes
positional parameters; ``finalized`` is two epochs behind, so the epoch is made short.
"""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from nodes import free_port, require

PROGRAM = "@foundry-rs/anvil-linux-amd64/bin/anvil"
CONTRACTS = tuple(
    Path(__file__).parent.parent / "contracts" / name for name in ("Stories.json", "Wallets.json")
)


class Anvil:
    """A running node; a context manager. ``url`` is where it answers."""

    def __init__(self, chain_id: int = 1, *options: str) -> None:
        self.chain_id = chain_id
        self._holds = False
        self._program = require(PROGRAM)
        self._options = ("--slots-in-an-epoch", "1", *options)
        self._log = tempfile.TemporaryFile("w+b")  # noqa: SIM115  closed by stop()
        self._process = self._start()
        self.accounts: list[str] = self.rpc("eth_accounts")

    def _start(self) -> subprocess.Popen[bytes]:
        for _ in range(3):  # another process can take the port before the node does
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            place = ("--host", "127.0.0.1", "--port", str(port))
            command = (self._program, *place, "--chain-id", str(self.chain_id), *self._options)
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            if self._is_ready(process):
                return process
            process.kill()
            process.wait()
        self._log.seek(0)
        raise RuntimeError(f"anvil did not start: {self._log.read()[-800:].decode()}")

    def _is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        end = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < end:
            try:
                return int(self.rpc("eth_chainId"), 16) == self.chain_id
            except OSError:
                time.sleep(0.02)
        return False

    def rpc(self, method: str, *params: Any) -> Any:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url, json.dumps(call).encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = json.load(answer)
        if "error" in body:
            raise RuntimeError(f"{method}: {body['error']}")
        return body["result"]

    def mine(self, blocks: int = 1) -> None:
        self.rpc("anvil_mine", hex(blocks))

    def hold(self) -> None:
        """From now on blocks are made by `mine` alone."""
        self.rpc("evm_setAutomine", False)
        self._holds = True

    def send(self, **fields: Any) -> str:
        """Send a transaction of an unlocked account; its hash, once it is mined (see `hold`)."""
        tx = {k.rstrip("_"): hex(v) if isinstance(v, int) else v for k, v in fields.items()}
        tx.setdefault("gas", hex(1_000_000))
        tx_hash: str = self.rpc("eth_sendTransaction", tx)
        end = time.monotonic() + 10
        while not self._holds and not self._is_mined(tx_hash):
            if time.monotonic() > end:
                raise RuntimeError(f"anvil did not mine {tx_hash}")
            time.sleep(0.002)
        return tx_hash

    def _is_mined(self, tx_hash: str) -> bool:
        """By both answers: for a moment the receipt is there and the pool still has the transaction."""
        if self.rpc("eth_getTransactionReceipt", tx_hash) is None:
            return False
        return self.rpc("eth_getTransactionByHash", tx_hash)["blockNumber"] is not None

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def __enter__(self) -> Anvil:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def load_contract(name: str) -> tuple[list[dict[str, Any]], str]:
    """ABI and bytecode of one contract of tests/contracts."""
    files = (json.loads(file.read_text("utf-8"))["contracts"] for file in CONTRACTS)
    made = next(contracts[name] for contracts in files if name in contracts)
    return made["abi"], made["bytecode"]


class Contract:
    """A deployed contract of tests/contracts, called by eth-abi: no web3 needed."""

    def __init__(self, node: Anvil, name: str, address: str) -> None:
        self.node = node
        self.address = address
        self._abi, _ = load_contract(name)

    @classmethod
    def deploy(
        cls, node: Anvil, name: str, *arguments: Any, value: int = 0, **fields: Any
    ) -> Contract:
        from eth_abi.abi import encode

        entries, bytecode = load_contract(name)
        inputs: list[dict[str, Any]] = next(
            (e["inputs"] for e in entries if e["type"] == "constructor"), []
        )
        data = bytecode + encode([i["type"] for i in inputs], arguments).hex()
        fields.setdefault("from_", node.accounts[0])
        tx_hash = node.send(data=data, value=value, gas=3_000_000, **fields)
        receipt = node.rpc("eth_getTransactionReceipt", tx_hash)
        return cls(node, name, receipt["contractAddress"])

    def data(self, function: str, *arguments: Any) -> str:
        from eth_abi.abi import encode
        from eth_utils.crypto import keccak

        entry = next(e for e in self._abi if e.get("name") == function and e["type"] == "function")
        types = [i["type"] for i in entry["inputs"]]
        selector = keccak(text=f"{function}({','.join(types)})")[:4]
        return "0x" + (selector + encode(types, arguments)).hex()

    def call(self, function: str, *arguments: Any, block: str = "latest") -> int:
        """The first word that a reading function answers."""
        call = {"to": self.address, "data": self.data(function, *arguments)}
        return int(self.node.rpc("eth_call", call, block)[2:66], 16)

    def send(self, function: str, *arguments: Any, **fields: Any) -> str:
        """The hash of a transaction that calls the function."""
        fields.setdefault("from_", self.node.accounts[0])
        data = self.data(function, *arguments)
        return self.node.send(to=self.address, data=data, **fields)
