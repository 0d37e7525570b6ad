"""What a scan takes from a log alone is what the evidence of its transaction says, over all stories.

And looking for our addresses in the bytes finds what reading the whole JSON would find.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.chains.codecs import parse_hash
from recovery.chains.evm import abi
from recovery.chains.evm.facts import facts_of
from recovery.chains.evm.scan_logs import find_logs, find_ours, read_hits, topics_of
from recovery.chains.scan import Sight
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.errors import Garbled
from recovery.model import AddressKey, NetworkCode, TxStatus
from recovery.networks import load_registry
from recovery.triage import ask_node


class Chosen:
    """A watch set that is a plain set; None watches everybody."""

    def __init__(self, payloads: Collection[bytes] | None) -> None:
        self.payloads = payloads

    def holds(self, key: AddressKey) -> bool:
        return self.payloads is None or key.payload in self.payloads

    def find_held(self, keys: Collection[AddressKey]) -> set[AddressKey]:
        return {key for key in keys if self.holds(key)}

    def mark_held(self, scheme: str, payloads: Any) -> Any:
        held = [self.holds(AddressKey(scheme, row.tobytes())) for row in payloads]
        return np.array(held, np.bool_)

    def addresses_of(self, network: NetworkCode) -> Iterator[AddressKey]:
        raise NotImplementedError(network)


STORIES = [
    f
    for f in load_fixtures()
    if f.evidence is not None and load_registry()[f.network].family == "evm"
]


@pytest.mark.parametrize("fixture", STORIES, ids=lambda f: f.name)
def test_a_sight_is_what_the_evidence_says(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = load_registry()[fixture.network]
    row = row.with_profile(fixture.profile) if fixture.profile else row
    if fixture.now is not None:
        monkeypatch.setenv("RECOVERY_NOW", fixture.now)
    with ReplayServer(Replay([fixture])) as server:
        node = Node(row.code, server.url, fixture.api, history=fixture.history)
        (found,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
        node.close()
    assert isinstance(found, Found)
    evidence, receipt = found.evidence, found.raw.answers.get("receipt")
    if receipt is None or evidence.status is not TxStatus.CONFIRMED:
        return
    facts, everybody = facts_of(row), Chosen(None)
    asked = [log for log in receipt["logs"] if log["topics"][:1][0] in topics_of(facts)]
    body = json.dumps({"id": 1, "result": asked}, separators=(",", ":")).encode()
    logs, count = find_logs(body, everybody)
    assert count == len(asked)
    ours = find_ours(logs, everybody)
    hits = [hit for log in logs for hit in read_hits(log, facts, ours)]
    transfers = {t.position: t for t in evidence.transfers}
    bare = False
    sighted = set()
    for hit in hits:
        assert hit.tx_hash == evidence.tx_hash
        assert evidence.block is not None
        assert hit.height == evidence.block.height
        assert hit.time in (None, evidence.block.time)
        if hit.sight is None:
            bare = True
            continue
        t = transfers[hit.sight.position]
        assert t.recipient.key is not None
        assert hit.sight == Sight(t.position, t.kind, t.asset, t.amount, t.recipient.key)
        assert t.succeeded
        sighted.add(t.position)
    missed = {position for position in transfers if position.startswith("log:")} - sighted
    assert not missed or bare


def _word(payload: bytes) -> str:
    return "0x" + "0" * 24 + payload.hex()


_addresses = st.sampled_from([bytes([n]) * 20 for n in (0, 1, 2, 17, 255)] + [b"\0" * 19 + b"\1"])


@st.composite
def _logs(draw: st.DrawFn) -> list[dict[str, Any]]:
    logs = []
    for index in range(draw(st.integers(0, 6))):
        one, two, three = (draw(_addresses) for _ in range(3))
        amount = f"{draw(st.integers(0, 2**160)):064x}"
        shape = draw(st.sampled_from(["erc20", "erc721", "unindexed", "single", "batch"]))
        topics, data = {
            "erc20": ([abi.TRANSFER, _word(one), _word(two)], "0x" + amount),
            "erc721": ([abi.TRANSFER, _word(one), _word(two), "0x" + amount], "0x"),
            "unindexed": ([abi.TRANSFER], _word(one) + _word(two)[2:] + amount),
            "single": (
                [abi.TRANSFER_SINGLE, _word(one), _word(two), _word(three)],
                "0x" + amount + amount,
            ),
            "batch": (
                [abi.TRANSFER_BATCH, _word(one), _word(two), _word(three)],
                "0x" + f"{64:064x}{160:064x}{2:064x}{1:064x}{2:064x}{2:064x}{5:064x}{6:064x}",
            ),
        }[shape]
        logs.append(
            {
                "address": "0x" + draw(_addresses).hex(),
                "topics": topics,
                "data": data,
                "blockNumber": hex(draw(st.integers(1, 9))),
                "transactionHash": "0x" + f"{index + 1:064x}",
                "logIndex": hex(index),
                "removed": False,
            }
        )
    return logs


@given(_logs(), st.sets(_addresses), st.booleans())
def test_the_bytes_tell_what_the_whole_json_tells(
    logs: list[dict[str, Any]], ours: set[bytes], pretty: bool
) -> None:
    spacing: Any = {"indent": 1} if pretty else {"separators": (",", ":")}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": logs}, **spacing).encode()
    facts, watch = facts_of(load_registry()["ETH"]), Chosen(ours)
    found, count = find_logs(body, watch)
    by_bytes = [hit for log in found for hit in read_hits(log, facts, find_ours(found, watch))]
    plain = {"0x" + payload.hex() for payload in ours}
    by_reading = [hit for log in logs for hit in read_hits(log, facts, plain)]
    assert by_bytes == by_reading
    assert count == len(logs)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
def test_a_cut_answer_is_never_half_an_answer(kept: float) -> None:
    log = {
        "address": "0x" + "11" * 20,
        "topics": [abi.TRANSFER, _word(b"\1" * 20), _word(b"\2" * 20)],
        "data": "0x" + "0" * 63 + "1",
        "blockNumber": "0x1",
        "transactionHash": "0x" + "ab" * 32,
        "logIndex": "0x0",
    }
    body = json.dumps({"id": 1, "result": [log] * 5}, separators=(",", ":")).encode()
    with pytest.raises(Garbled):
        find_logs(body[: int(len(body) * kept)], Chosen({b"\2" * 20}))
