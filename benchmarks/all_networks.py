"""How long one unknown hash of 64 digits takes on all networks it may be on, beside the slowest alone.

Every network is played from its ``absent`` story with one common hash put in, and every reply
waits a tenth of a second, as a node far away would. The peer is the slowest network asked alone.

Run: ``.venv/bin/python benchmarks/all_networks.py``
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import replace

from recovery.chains.codecs import find_networks_for_hash, parse_hash
from recovery.chains.family import Absent
from recovery.config import Config
from recovery.demo.fixtures import Fixture, load_fixtures, parse_json, print_json
from recovery.demo.server import Replay, ReplayServer, Reply
from recovery.networks import load_registry
from recovery.triage import Nodes, ask_network, search

HASH = "3f" * 32
WAIT_SECONDS = 0.1


def put_in_hash(fixture: Fixture) -> Fixture:
    """The story of another unknown hash: the common one stands wherever the file's own stood."""
    row = load_registry()[fixture.network]
    old, new = parse_hash(row, fixture.tx_hash), parse_hash(row, HASH)
    text = print_json(fixture.model_dump(by_alias=True, exclude_unset=True))
    for form in (str.lower, str.upper):
        text = text.replace(form(old.removeprefix("0x")), form(new.removeprefix("0x")))
    return Fixture.model_validate(parse_json(text))


def wait(_number: int, _request: str, reply: Reply) -> Reply:
    return replace(reply, wait_seconds=WAIT_SECONDS)


def main() -> None:
    fits = {reading.network for reading in find_networks_for_hash(load_registry(), HASH)}
    stories = {f.network: f for f in load_fixtures() if f.absent and f.name.endswith("/absent")}
    with ExitStack() as stack:
        urls = {}
        for code in sorted(fits & stories.keys()):
            server = stack.enter_context(ReplayServer(Replay([put_in_hash(stories[code])])))
            server.twist = wait
            urls[code] = server.url
        os.environ["RECOVERY_NOW"] = next(iter(stories.values())).now or ""
        config = Config.model_validate(
            {"networks": {c: {"endpoints": [u]} for c, u in urls.items()}}
        )
        search(HASH, Nodes(config))  # families, certificates and codecs are loaded once a process
        alone: dict[str, float] = {}
        for code in urls:
            with Nodes(config) as nodes:
                row = config.network(code)
                began = time.perf_counter()
                (answer,) = ask_network(row, nodes.of(row), [parse_hash(row, HASH)])
                alone[code] = time.perf_counter() - began
                if not isinstance(answer, Absent):
                    print(f"  {code} is left out of the peers: {answer}")
        with Nodes(config) as nodes:
            began = time.perf_counter()
            result = search(HASH, nodes)
            together = time.perf_counter() - began
    slowest = max(alone, key=alone.__getitem__)
    print(f"{len(urls)} networks, every reply after {WAIT_SECONDS} s")
    print(f"absent {len(result.absent)}, unreachable {len(result.unreachable)}")
    print(f"one after the other   {sum(alone.values()):6.2f} s")
    print(f"the slowest alone     {alone[slowest]:6.2f} s ({slowest})")
    limit = 1.5 * alone[slowest] + 0.2
    print(f"all at once           {together:6.2f} s (bound: 1.5 × slowest + 0.2 = {limit:.2f} s)")


if __name__ == "__main__":
    main()
