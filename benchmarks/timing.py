"""Whether the time of an answer tells what its words don't: pairs of requests that must look alike, timed.

    python -m benchmarks.timing [--requests 2000] [--claims 150]

Each pair is asked in random order over one connection of a server in a process of its own, so that what else the machine
does hits both alike. For each pair: both medians, the effect size of Mann and Whitney (AUC: how often one of the first kind
takes longer than one of the second; 0.5 tells nothing), its z, and the largest distance of the two distributions
(Kolmogorov and Smirnov). Secrets: a token that never was, one that is too old, a key, a changed one; and a case named beside a
token that does not open it. Claims of strangers, whose words differ where the chain does: only the seconds that an answer
takes are compared.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx

from benchmarks.service import CLI, make_cases, postgresql, serving

UNKNOWN = "0x1d62c1af5e3ebb0d53da2f5e12a4c11a02f381b28c19d03143483ba0e8952403"
BEAS = "0x4cbae4bac1cf87cf8f32ada1727950be149ef294a2166310d3f67e574c03c300"
CHENS = "0x7355606b0ca4f85467d5c56ea1ae3fcfa2d4f9238cf20bee7a71ada6a889dcd8"
"""Of the demonstration: nobody's; ether to bea; a token to chen, credited long ago."""

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
    claim(url, options.claims, folder, config)


def claim(url: str, count: int, folder: Path, rules: Path) -> None:
    """Claims of strangers, each of another customer of the exchange's own site."""
    from recovery.api.secrets import KeyKind, add_key
    from recovery.clock import now
    from recovery.demo import play
    from recovery.store import open_store

    with open_store(url) as store:
        key, _ = add_key(store, actor="site", kind=KeyKind.CHANNEL, by="admin", at=now())
    numbers = itertools.count()
    limits = rules.read_text("utf-8").partition("[api]")
    path = folder / "claims.toml"
    with play.serve_nodes(url) as nodes:
        path.write_text(play.print_config(nodes) + limits[1] + limits[2], "utf-8")
        ours = [str(CLI), "serve", "--config", str(path), "--port", "{port}"]
        with (
            serving("/readyz", *ours, RECOVERY_NOW=play.NOW, RECOVERY_SECRET="x") as server,
            httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client,
        ):

            def claimed(tx_hash: str) -> httpx.Request:
                body = {"tx_hash": tx_hash, "network": "ETH", "user": f"stranger{next(numbers)}"}
                heads = {"authorization": f"Bearer {key}"}
                return client.build_request("POST", "/v1/claims", headers=heads, json=body)

            hashes: dict[str, Ask] = {
                "a hash that no node knows": lambda: claimed(UNKNOWN),
                "a deposit of somebody else, who has not claimed it": lambda: claimed(BEAS),
                "a deposit of somebody else, who was credited": lambda: claimed(CHENS),
            }
            for ask in hashes.values():
                client.send(ask()).raise_for_status()
            show(measure(client, hashes, count), next(iter(hashes)))


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
