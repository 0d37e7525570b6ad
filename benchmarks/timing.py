"""Whether the time of an answer tells what its words don't: pairs of requests that must look alike, timed.

    python -m benchmarks.timing [--requests 2000] [--claims 150]

Each pair is asked in random order over one connection of a server in a process of its own, so that what else the machine
does hits both alike. For each pair: both medians, the effect size of Mann and Whitney (AUC: how often one of the first kind
takes longer than one of the second; 0.5 tells nothing), its z, and the largest distance of the two distributions
(Kolmogorov and Smirnov). Secrets: a token that never was, one that is too old, a key, a changed one; and a case named beside a
token that does not open it. Claims of strangers: whether somebody claimed the same before, whether it was credited; measured in
the house (what could be told) and as the service answers them (what is told).
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import httpx

from benchmarks.service import CLI, make_cases, postgresql, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the node of the load lives there

from api.claim_load import Nodes, sign_for_any_chain

if TYPE_CHECKING:
    from recovery.api.secrets import ApiKey

Ask = Callable[[], httpx.Request]


@dataclass(frozen=True)
class Told:
    """How two samples differ."""

    medians: tuple[float, float]
    auc: float
    z: float
    distance: float

    def __str__(self) -> str:
        first, second = (1e3 * m for m in self.medians)
        return (
            f"{first:7.2f} ms  {second:7.2f} ms   AUC {self.auc:.3f}  z {self.z:+.1f}"
            f"  KS {self.distance:.3f}"
        )


def compare(first: Sequence[float], second: Sequence[float]) -> Told:
    """Mann-Whitney by ranks (ties shared, which times hardly have), Kolmogorov-Smirnov by the same walk."""
    n, m = len(first), len(second)
    marked = sorted([(t, 0) for t in first] + [(t, 1) for t in second])
    ranks = sum(rank for rank, (_, kind) in enumerate(marked, 1) if kind == 0)
    u = ranks - n * (n + 1) / 2
    spread = math.sqrt(n * m * (n + m + 1) / 12)
    ahead, distance = [0.0, 0.0], 0.0
    for _, kind in marked:
        ahead[kind] += 1 / (n, m)[kind]
        distance = max(distance, abs(ahead[0] - ahead[1]))
    return Told((median(first), median(second)), u / (n * m), (u - n * m / 2) / spread, distance)


def measure(client: httpx.Client, kinds: Mapping[str, Ask], count: int) -> dict[str, list[float]]:
    """The seconds of each kind, the kinds in random order."""
    chance = random.Random(7)
    order = [name for name in kinds for _ in range(count)]
    chance.shuffle(order)
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for name in order:
        request = kinds[name]()
        began = time.perf_counter()
        client.send(request).read()
        seconds[name].append(time.perf_counter() - began)
    return seconds


def show(seconds: Mapping[str, Sequence[float]], against: str) -> None:
    for name, times in seconds.items():
        if name != against:
            print(f"  {against} | {name}\n    {compare(seconds[against], times)}", flush=True)


def run(name: str, url: str, options: argparse.Namespace, folder: Path) -> None:
    from recovery.api.secrets import (
        TOKEN_LASTS,
        KeyKind,
        add_key,
        find_tokens,
        hash_secret,
        insert_token,
        new_token,
    )
    from recovery.clock import now
    from recovery.demo import play
    from recovery.store import open_store

    config, tokens = make_cases(url, 50, folder)
    os.environ["RECOVERY_NOW"] = play.NOW
    with open_store(url) as store:
        opened = [find_tokens(store, [h], at=now())[h] for h in map(hash_secret, tokens)]
        strangers = [i for i, cases in enumerate(opened) if not set(cases) & set(opened[0])]
        foreign = next(iter(opened[strangers[0]]))
        old = new_token()
        with store.begin() as session:
            made = now() - TOKEN_LASTS - timedelta(days=1)
            insert_token(session, hash_secret(old), list(opened[0])[:1], language="en", at=made)
        key, _ = add_key(store, actor="walt", kind=KeyKind.OPERATOR, by="admin", at=now())
    ours = [str(CLI), "serve", "--config", str(config), "--port", "{port}"]
    print(f"{name}, load {os.getloadavg()[0]:.1f}")
    with (
        serving(
            "/readyz", *ours, RECOVERY_NOW=play.NOW, RECOVERY_SECRET="of the benchmark"
        ) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client,
    ):

        def read(secret: str) -> httpx.Request:
            heads = {"authorization": f"Bearer {secret}"}
            return client.build_request("GET", "/v1/case", headers=heads)

        def withdraw(case: str) -> httpx.Request:
            heads = {"authorization": f"Bearer {tokens[0]}"}
            return client.build_request("POST", f"/v1/case/withdraw?case={case}", headers=heads)

        wrong: dict[str, Ask] = {
            "a token that never was": lambda: read(new_token()),
            "one that is too old": lambda: read(old),
            "a key in its place": lambda: read(key),
            "a true token, its end changed": lambda: read(tokens[0][:-1] + "_"),
        }
        show(measure(client, wrong, options.requests), "a token that never was")
        cases: dict[str, Ask] = {
            "a case that never was": lambda: withdraw("a" * 20),
            "a case of somebody else": lambda: withdraw(foreign),
        }
        show(measure(client, cases, options.requests), "a case that never was")
    claim(url, options.claims, folder)


HELD, OUTSIDE = "to another customer's address", "to nobody's address here"
BEA = "0xd456524c8dc76d49fd5cae1ce9f043a87106ed56"
"""A deposit address of the demonstration's."""


class Deposits:
    """Plain transfers of ether, each claim about one of its own; ``asked`` are what a stranger claims, in order."""

    def __init__(self, node: Nodes, count: int) -> None:
        self.node = node
        self.numbers = itertools.count()
        self.asked: dict[str, list[str]] = {}
        self.credited: list[str] = []
        self.claimed: list[tuple[str, str]] = []
        for name, to in ((HELD, BEA), (OUTSIDE, "0x" + "5a" * 20)):
            self.asked[f"{name}, never claimed"] = self.send(to, count)
            self.asked[f"{name}, claimed by somebody"] = self.send(to, count, "somebody")
        self.asked[f"{HELD}, claimed by its owner"] = self.send(BEA, count, "bea")
        self.asked[f"{HELD}, credited"] = self.credited = self.send(BEA, count)
        self.asked["unknown, never claimed"] = self.send("", count)
        self.asked["unknown, claimed by somebody"] = self.send("", count, "somebody")

    def send(self, to: str, count: int, user: str | None = None) -> list[str]:
        hashes = []
        for number in itertools.islice(self.numbers, count):
            sent = sign_for_any_chain(to or BEA, number)
            if to:
                self.node.show(sent)
            hashes.append(sent.tx_hash)
            if user is not None:
                self.claimed.append((sent.tx_hash, f"{user}{number}" if user != "bea" else user))
        return hashes


def show_claims(seconds: Mapping[str, Sequence[float]]) -> None:
    for kind in (HELD, OUTSIDE, "unknown"):
        mine = {name: times for name, times in seconds.items() if name.startswith(kind)}
        show(mine, f"{kind}, never claimed")
    show(
        {n: t for n, t in seconds.items() if n.endswith("never claimed")}, f"{HELD}, never claimed"
    )


def claim(url: str, count: int, folder: Path) -> None:
    """Claims of strangers, each of another customer: timed in the house, then as the service answers them."""
    from recovery.api.secrets import KeyKind, add_key
    from recovery.clock import now
    from recovery.demo import play
    from recovery.records.importer import import_csv
    from recovery.store import open_store
    from recovery.times import parse_time

    rules = (CLI.parent / "recovery/abuse/policy.toml").read_text("utf-8")
    for limit in (
        "attempts_per_hour = 240 ",
        "attempts_per_hour = 40000",
        "transactions_per_day = 100 ",
    ):
        assert limit in rules
        rules = rules.replace(limit, limit.partition("=")[0] + "= 1000000000 ")
    (folder / "abuse.toml").write_text(rules, "utf-8")
    path = folder / "claims.toml"
    with closing(Nodes(0, "ETH")) as node, open_store(url) as store:
        deposits = Deposits(node, 2 * count)
        path.write_text(
            f'database_url = "{url}"\nabuse_policy = "{folder}/abuse.toml"\n[api]\n'
            "requests_per_minute_of_key = 1000000\nrequests_per_minute_of_all = 1000000\n"
            f'[networks.ETH]\nendpoints = ["{node.url}"]\n',
            "utf-8",
        )
        credits = folder / "credits.csv"
        head = "network,tx_hash,transfer,user,asset,amount,credited_at"
        booked = (f"ETH,{h},0,bea,native,{10**17},2026-11-20T11:00:00Z" for h in deposits.credited)
        credits.write_text("\n".join((head, *booked)) + "\n", "utf-8")
        import_csv(store, "credits", credits, actor="b", complete_through=parse_time(play.NOW))
        key, site = add_key(store, actor="site", kind=KeyKind.CHANNEL, by="admin", at=now())
        seconds = measure_within(path, site, deposits, count)
        print("  claims of strangers, in the house")
        show_claims(seconds)
        ours = [str(CLI), "serve", "--config", str(path), "--port", "{port}"]
        with (
            serving("/readyz", *ours, RECOVERY_NOW=play.NOW, RECOVERY_SECRET="x") as server,
            httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client,
        ):

            def claimed(name: str) -> httpx.Request:
                body = {"tx_hash": deposits.asked[name].pop(), "network": "ETH"}
                body["user"] = f"stranger{next(deposits.numbers)}"
                heads = {"authorization": f"Bearer {key}"}
                return client.build_request("POST", "/v1/claims", headers=heads, json=body)

            client.send(claimed("unknown, never claimed"))
            kinds = {name: partial(claimed, name) for name in deposits.asked}
            seconds = measure(client, kinds, count - 1)
            print("  claims of strangers, as they are answered")
            show_claims(seconds)


def measure_within(
    path: Path, site: ApiKey, deposits: Deposits, count: int
) -> dict[str, list[float]]:
    """The seconds from the claim to its stored answer, without HTTP and without the grid of answers."""
    from recovery.api.bodies import NewClaim
    from recovery.api.claiming import Brought, take_claim
    from recovery.api.desk import Desk
    from recovery.config import load_config

    desk = Desk(load_config(str(path)))
    try:
        desk.warm_up()

        def take(tx_hash: str, user: str) -> float:
            body = NewClaim(tx_hash=tx_hash, network="ETH", user=user)
            began = time.perf_counter()
            take_claim(desk, Brought(body, site, "key", None, "en"))
            return time.perf_counter() - began

        for tx_hash, user in deposits.claimed:
            take(tx_hash, user)
        order = [name for name in deposits.asked for _ in range(count)]
        random.Random(7).shuffle(order)
        seconds: dict[str, list[float]] = {name: [] for name in deposits.asked}
        for name in order:
            user = f"stranger{next(deposits.numbers)}"
            seconds[name].append(take(deposits.asked[name].pop(), user))
        return seconds
    finally:
        desk.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--claims", type=int, default=150)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if options.only != "postgresql":
            run("SQLite", f"sqlite:///{place}/timing.db", options, place)
        if options.only != "sqlite":
            with postgresql() as url:
                run("PostgreSQL", url, options, place)


if __name__ == "__main__":
    main()
