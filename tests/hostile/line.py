"""The whole line for one attack: a node or its played answers, imported records, the check, the money.

Knows: records that are as kind to an attacker as can be (the imitated asset is listed, the address is
ours and its user's, the account is active, the ledger is complete), and how the check's verdicts are read.
Must not know: what any attack should lead to.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recovery.checker import open_checker
from recovery.checks import Check
from recovery.claims import parse_claim
from recovery.classify.verdict import Cause, Recoverability
from recovery.config import Config, EndpointConfig, NetworkConfig
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.networks import load_registry
from recovery.records.importer import import_csv
from recovery.store import open_store
from recovery.times import parse_time, print_time

_MOVES = (Recoverability.CREDIT, Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)

Memos = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the check says. ``credited`` and ``returned`` are base units (or whole issued coins) by asset."""

    check: Check

    @property
    def causes(self) -> set[str]:
        return {j.verdict.cause.value for j in self.check.judged}

    @property
    def credited(self) -> Counter[str]:
        return self._sum(Recoverability.CREDIT)

    @property
    def returned(self) -> Counter[str]:
        return self._sum(Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)

    @property
    def money(self) -> Counter[str]:
        return self._sum(*_MOVES)

    @property
    def unreachable(self) -> str:
        """Why nobody could be asked; empty where somebody answered."""
        return "; ".join(u.reason for u in self.check.search.unreachable)

    def _sum(self, *ways: Recoverability) -> Counter[str]:
        total: Counter[str] = Counter()
        for judged in self.check.judged:
            verdict = judged.verdict
            reviewed = verdict.cause is Cause.NEEDS_REVIEW  # a person decides, nothing moves
            if verdict.recoverability in ways and verdict.transfer is not None and not reviewed:
                assert self.check.found is not None
                transfer = self.check.found.evidence.transfers[verdict.transfer]
                amount = transfer.amount if verdict.amount is None else verdict.amount
                total[transfer.asset] += amount  # type: ignore[assignment]  # exact, whole or not
        return total


class Line:
    """One exchange that may be attacked."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.networks: dict[str, NetworkConfig] = {}
        self._files = 0

    def connect(self, code: str, *endpoints: EndpointConfig, profile: str | None = None) -> None:
        """Ask these nodes as that network, whose coin is listed; the ledger is complete."""
        self.networks[code] = NetworkConfig(
            endpoints=endpoints, profile=profile, timeout_seconds=10
        )
        row = load_registry()[code]
        self.list_asset(code, "native", row.symbol, row.decimals)
        far = print_time(datetime.now(UTC) + timedelta(days=3650))
        self._load("credits", "network,tx_hash,transfer,user,asset,amount,credited_at", through=far)

    def list_asset(
        self, code: str, asset: str, symbol: str, decimals: int, *, name: str = "", flags: str = ""
    ) -> None:
        columns = "network,asset,symbol,decimals,status,name,flags"
        row = (code, asset, symbol, decimals, "listed", name, flags)
        self._load("listings", columns, row)

    def own(
        self, code: str, address: str, user: str = "ulla", *, memos: Memos | None = None
    ) -> None:
        """An address of ours: a user's, or with ``memos`` shared by those whose each memo is."""
        if memos is None:
            rows: list[tuple[object, ...]] = [(code, address, "deposit", "", user)]
        else:
            rows = [(code, address, "shared", "", "")]
            rows += [(code, address, "shared", memo, whose) for memo, whose in memos.items()]
        self._load("addresses", "network,address,role,memo,user", *rows)

    def _load(
        self, kind: str, columns: str, *rows: Sequence[object], through: str | None = None
    ) -> None:
        self._files += 1
        path = self.folder / f"{kind}-{self._files}.csv"
        lines = [columns, *(",".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        mark = None if through is None else parse_time(through)
        with open_store(self.database_url) as store:
            import_csv(store, kind, path, actor="records", complete_through=mark)

    def check(
        self,
        tx_hash: str,
        code: str,
        *,
        user: str | None = "ulla",
        address: str | None = None,
        memo: str | None = None,
    ) -> Outcome:
        """Check a claim that does all it can to be paid."""
        config = Config(database_url=self.database_url, networks=self.networks)
        claim = parse_claim(tx_hash, network=code, user=user, address=address, memo=memo)
        with open_checker(config) as checker:
            return Outcome(checker.check(claim))

    def play(
        self,
        story: str | Fixture,
        *,
        ours: str,
        memos: Memos | None = None,
        listed: Mapping[str, tuple[str, int]] | None = None,
        user: str | None = "ulla",
    ) -> Outcome:
        """Check a claim on a played story, in which ``ours`` is our address and ``listed`` is booked here."""
        fixture = find_story(story) if isinstance(story, str) else story
        with self.serve(fixture) as endpoint:
            self.connect(fixture.network, endpoint, profile=fixture.profile)
            self.own(fixture.network, ours, memos=memos)
            chain = load_registry()[fixture.network].chain
            for asset, (symbol, decimals) in (listed or {}).items():
                self.list_asset(fixture.network, f"{chain}/{asset}", symbol, decimals)
            return self.check(fixture.tx_hash, fixture.network, user=user, address=ours)

    @contextmanager
    def serve(self, fixture: Fixture) -> Iterator[EndpointConfig]:
        """A story's node over real HTTP, at the story's moment."""
        with ExitStack() as stack:
            server = stack.enter_context(ReplayServer(Replay([fixture])))
            if fixture.now is not None:
                before = os.environ.get("RECOVERY_NOW")
                os.environ["RECOVERY_NOW"] = fixture.now
                stack.callback(_restore, "RECOVERY_NOW", before)
            yield EndpointConfig(url=server.url, api=fixture.api, history=fixture.history)


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def find_story(name: str) -> Fixture:
    network = name.partition("/")[0]
    return next(f for f in load_fixtures(network=network) if f.name == name)
