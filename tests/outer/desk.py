"""The desk as people and programs outside meet it: its command, its files, its exit codes.

Nothing of the rooms is imported here but the command's own entry: what a test says, it says in the
words of the outer contract.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nodes.evm import Chain, start_chain

Document = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What one command said: its exit code, its JSON document, what stood on stderr."""

    code: int
    doc: Any
    out: str
    err: str

    @property
    def verdict(self) -> Document:
        """The one verdict of a check."""
        (verdict,) = self.doc["verdicts"]
        found: Document = verdict
        return found

    @property
    def cause(self) -> str:
        return str(self.verdict["cause"])


def print_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Desk:
    """One configuration and one database; `run` calls a command with ``--json``."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.sections: dict[str, dict[str, Any]] = {}
        self.prices: dict[str, str] = {}

    @property
    def config(self) -> Path:
        return self.folder / "recovery.toml"

    def connect(self, code: str, *urls: str | dict[str, str], **keys: Any) -> None:
        """Name a network's nodes, other keys of its section beside them."""
        self.sections[code] = {"endpoints": list(urls), **keys}
        lines = [f'database_url = "{self.database_url}"']
        for network, section in self.sections.items():
            lines.append(f"[networks.{network}]")
            lines += [f"{key} = {_toml(value)}" for key, value in section.items()]
        self.config.write_text("\n".join(lines) + "\n", "utf-8")

    def join(self, chain: Chain, *, price: str = "2000", **keys: Any) -> None:
        """Ask this node as its network; its coin is listed and priced, the ledger is complete."""
        code = chain.network.code
        self.connect(code, chain.anvil.url, **keys)
        self.list_asset(code, "native", chain.network.symbol)
        self.price(chain.network.native_asset, price)
        self.complete_ledger()

    def run(self, *args: str, json_: bool = True) -> Told:
        from recovery.commands import run

        out, err = io.StringIO(), io.StringIO()
        full = [*args, "--config", str(self.config), *(["--json"] if json_ else [])]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(full)
        text = out.getvalue()
        return Told(code, json.loads(text) if json_ and text else None, text, err.getvalue())

    def done(self, *args: str) -> Any:
        """The document of a command that must succeed."""
        told = self.run(*args)
        assert told.code == 0, (args, told)
        return told.doc

    def load(
        self, kind: str, columns: str, *rows: Sequence[object], args: Sequence[str] = ()
    ) -> Any:
        """Import rows; ``columns`` as in the header line."""
        path = self.folder / f"{kind}-{secrets.token_hex(4)}.csv"
        lines = [columns, *(",".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return self.done("import", kind, str(path), *args)

    def list_asset(
        self,
        network: str,
        asset: str,
        symbol: str,
        *,
        decimals: int = 18,
        status: str = "listed",
        price: str = "1",
        **more: object,
    ) -> None:
        """One row of the listings, and a fresh price where the asset has a CAIP-19 id."""
        columns = ["network", "asset", "symbol", "decimals", "status", *more]
        self.load(
            "listings",
            ",".join(columns),
            [network, asset, symbol, decimals, status, *more.values()],
        )
        if asset != "native":
            self.price(asset, price)

    def price(self, asset: str, price: str, *, age: timedelta = timedelta(minutes=1)) -> None:
        as_of = print_time(datetime.now(UTC) - age)
        self.load("prices", "asset,currency,price,as_of", [asset, "USD", price, as_of])

    def issue(
        self, network: str, address: str, user: str, *, role: str = "deposit", **more: object
    ) -> None:
        """One of our addresses; its user where the role has one."""
        columns = ["network", "address", "role", "user", *more]
        self.load("addresses", ",".join(columns), [network, address, role, user, *more.values()])

    def complete_ledger(self, *rows: Sequence[object]) -> None:
        """The credit ledger, complete as far as it can be said to be."""
        mark = print_time(datetime.now(UTC) + timedelta(days=1))
        columns = "network,tx_hash,transfer,user,asset,amount,credited_at"
        self.load("credits", columns, *rows, args=("--complete-through", mark))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items())
        return "{ " + inside + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def start(code: str) -> contextlib.AbstractContextManager[Chain]:
    """A node whose clock is some minutes behind: every block it makes advances it by a second."""
    return start_chain(code, "--timestamp", str(int(time.time()) - 300))


def fresh_address() -> str:
    """An address that nobody used before, in EIP-55 spelling."""
    from recovery.chains.evm.codec import checksum_address

    return checksum_address(secrets.token_bytes(20))
