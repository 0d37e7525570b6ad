"""Solana's blocks: real transactions of its own runtime, and blocks that are cut, foreign, pruned or skipped."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from nodes.litesvm import Ledger as Runtime
from nodes.litesvm import mint_to, move_checked, open_associated
from scan.ledgers import Chosen, Stage, find_stories, play_story
from solders.hash import Hash
from solders.keypair import Keypair
from solders.rpc.responses import GetBlockResp
from solders.system_program import TransferParams, transfer

from recovery.chains.scan import Hits, Window
from recovery.chains.solana.scan import fetch_final, fetch_hits
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.ledgers import Asked, Ledger, Told, build_ledger
from recovery.demo.ledgers.solana import shorten
from recovery.errors import SourceError
from recovery.model import AddressKey
from recovery.networks import load_registry
from recovery.store import Store
from recovery.triage import ask_node

STORIES = {f.name: f for f in find_stories("solana")}
TOKEN = STORIES["SOL/token_transfer"]
TOKEN_SLOT = 355_393_521
ROW = load_registry()["SOL"]


def key_of(wallet: Keypair) -> AddressKey:
    return AddressKey("ed25519", bytes(wallet.pubkey()))


@dataclass
class Blocks(Runtime):
    """The runtime, and its blocks in the node's short form, checked by solders' own types."""

    def _getBlocks(self, first: int, last: int, _: Any) -> list[int]:  # noqa: N802
        return list(range(first, min(last, self.slot + 1) + 1))

    def _getBlock(self, slot: int, options: Any) -> dict[str, Any]:  # noqa: N802
        block = super()._getBlock(slot, options)
        if options["transactionDetails"] != "accounts":
            return block
        here = [shorten(tx) for tx in self.results.values() if tx["slot"] == slot]
        told = {"jsonrpc": "2.0", "id": 0, "result": block | {"transactions": here}}
        read = GetBlockResp.from_json(json.dumps(told))
        assert isinstance(read, GetBlockResp)
        result: dict[str, Any] = json.loads(read.to_json())["result"]
        assert len(result["transactions"]) == len(here)
        return result


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Blocks:
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T12:00:00Z")
    return Blocks()


@pytest.fixture
def node(runtime: Blocks) -> Iterator[Node]:
    with runtime.serve() as server:
        asked = Node(ROW.code, server.url, "jsonrpc", timeout_seconds=5)
        yield asked
        asked.close()


def test_what_the_runtime_executed_is_found_by_account_owner_and_lookup_table(
    runtime: Blocks, node: Node
) -> None:
    customer, issuer, ours = runtime.person("customer"), runtime.person("issuer"), Keypair()
    parties = TransferParams(from_pubkey=customer.pubkey(), to_pubkey=ours.pubkey(), lamports=10**9)
    coins = runtime.succeed([transfer(parties)], customer)
    mint = runtime.make_mint(Keypair(), issuer)
    there = runtime.open_account(issuer, ours.pubkey(), mint)
    from_there = runtime.open_account(issuer, customer.pubkey(), mint)
    runtime.succeed([mint_to(mint, from_there, issuer.pubkey(), 10**9)], issuer)
    sent = [move_checked(from_there, mint, there, customer.pubkey(), 5)]
    tokens = runtime.succeed(sent, customer)
    table = runtime.make_lookup_table([there, from_there, mint])
    looked_up = runtime.send(sent, customer, tables=[table])
    strangers = runtime.succeed(
        [open_associated(customer.pubkey(), issuer.pubkey(), mint)], customer
    )

    window = Window(459_000_001, runtime.slot)
    hits = fetch_hits(ROW, node, window, Chosen([key_of(ours)]))
    found = {hit.tx_hash for hit in hits.hits}
    assert {coins, tokens, looked_up} <= found
    assert strangers not in found
    assert hits.seen == len(runtime.results)
    assert key_of(ours).payload not in {bytes(k) for k in (there, from_there, mint)}

    for signature, told in runtime.results.items():
        (answer,) = ask_node(ROW, node, [signature])
        assert isinstance(answer, Found)
        paid = any(t.recipient.key == key_of(ours) for t in answer.evidence.transfers)
        assert not paid or signature in found, told


# -- a server that is broken, behind or lying ------------------------------------------------


Change = Callable[[dict[str, Any], Any], Any]


def changed(change: Change) -> Ledger:
    """An honest server but for what ``change`` makes of a call's answer."""
    honest = build_ledger("solana", [TOKEN])

    def answer(asked: Asked) -> Told | None:
        told = honest(asked)
        if told is None:
            return None
        status, document = told
        return status, change(asked.body, document)

    return answer


def look(stage: Stage, *, before: int = 3, after: int = 3) -> Hits:
    window = Window(stage.height - before, stage.height + after)
    return fetch_hits(stage.network, stage.node, window, Chosen(stage.recipients))


def _at(document: Any, **changes: Any) -> Any:
    return {**document, "result": {**document["result"], **changes}}


def _story_s(call: Any) -> bool:
    return bool(call["method"] == "getBlock" and call["params"][0] == TOKEN_SLOT)


def _error(code: int, text: str) -> Change:
    def change(call: Any, document: Any) -> Any:
        if not _story_s(call):
            return document
        return {"jsonrpc": "2.0", "id": call["id"], "error": {"code": code, "message": text}}

    return change


def _unlisted(call: Any, document: Any) -> Any:
    """The list of slots conceals the one that matters."""
    if call["method"] != "getBlocks":
        return document
    return {**document, "result": [s for s in document["result"] if s != TOKEN_SLOT]}


def _other_parent(call: Any, document: Any) -> Any:
    return _at(document, parentSlot=355_393_518) if _story_s(call) else document


def _other_parent_hash(call: Any, document: Any) -> Any:
    other = str(Hash.hash(struct.pack("<Q", 1)))
    return _at(document, previousBlockhash=other) if _story_s(call) else document


def _no_list(call: Any, document: Any) -> Any:
    return {**document, "result": []} if call["method"] == "getBlocks" else document


def _nothing_behind(call: Any, document: Any) -> Any:
    if call["method"] == "getBlocks":
        return {**document, "result": [s for s in document["result"] if s < call["params"][0] + 3]}
    return {**document, "result": []} if call["method"] == "getBlocksWithLimit" else document


def _null(call: Any, document: Any) -> Any:
    return {**document, "result": None} if _story_s(call) else document


def _without_transactions(call: Any, document: Any) -> Any:
    if not _story_s(call):
        return document
    result = {k: v for k, v in document["result"].items() if k != "transactions"}
    return {**document, "result": result}


@pytest.mark.parametrize(
    "change",
    [
        _unlisted,
        _other_parent,
        _other_parent_hash,
        _no_list,
        _nothing_behind,
        _null,
        _without_transactions,
        _error(-32001, "Block 355393521 cleaned up, does not exist on node."),
        _error(-32004, "Block not available for slot 355393521"),
        _error(-32007, "Slot 355393521 was skipped, or missing due to ledger jump"),
        _error(-32009, "Slot 355393521 was skipped, or missing in long-term storage"),
        _error(-32015, "Transaction version (1) is not supported"),
    ],
)
def test_a_block_that_is_not_shown_whole_is_never_an_empty_one(
    change: Change, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(TOKEN, sqlite_store, monkeypatch, ledger=changed(change)) as stage:
        with pytest.raises(SourceError):
            look(stage)
        stage.server.ledger = build_ledger("solana", [TOKEN])
        assert {hit.tx_hash for hit in look(stage).hits} == {stage.evidence.tx_hash}


def test_skipped_slots_are_proven_by_the_blocks_around_them(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever slots a window begins and ends with, one alone that was skipped too."""
    with play_story(TOKEN, sqlite_store, monkeypatch) as stage:
        for before in range(9):
            for after in range(9):
                assert len(look(stage, before=before, after=after).hits) == 1
        skipped = next(s for s in range(stage.height + 2, stage.height + 9) if s % 7 == 3)
        watch = Chosen(stage.recipients)
        alone = fetch_hits(stage.network, stage.node, Window(skipped, skipped), watch)
        assert (alone.hits, alone.seen) == ((), 0)


def test_a_long_stretch_without_blocks_is_followed_to_the_next_one(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = TOKEN_SLOT + 1, TOKEN_SLOT + 500

    def halted(call: Any, document: Any) -> Any:
        """The cluster stood still: the story's block is the last one before."""
        if call["method"] in ("getBlocks", "getBlocksWithLimit"):
            return {**document, "result": _skip(call, document["result"], first, last)}
        if call["method"] == "getBlock" and call["params"][0] == last + 1:
            parent = "AfCuK77TVsnjU8qPPnp1DkXgodCF8sqMh6La8KxQstQo"
            return _at(document, parentSlot=TOKEN_SLOT, previousBlockhash=parent)
        return document

    with play_story(TOKEN, sqlite_store, monkeypatch, ledger=changed(halted)) as stage:
        assert len(look(stage, after=5).hits) == 1


def _skip(call: Any, slots: list[int], first: int, last: int) -> list[int]:
    if call["method"] == "getBlocksWithLimit" and first <= call["params"][0] <= last:
        return [last + 1]
    return [slot for slot in slots if not first <= slot <= last]


def test_what_the_node_no_longer_keeps_and_what_is_not_finalized_is_refused(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with play_story(TOKEN, sqlite_store, monkeypatch) as stage:
        tip = fetch_final(stage.network, stage.node)
        above = Window(tip.height, tip.height + 1)
        with pytest.raises(SourceError, match="it has finalized slot"):
            fetch_hits(stage.network, stage.node, above, Chosen([]))
        honest = build_ledger("solana", [TOKEN])

        def pruned(asked: Asked) -> Told | None:
            if isinstance(asked.body, list):  # the batch that asks for the head
                results = {
                    "getGenesisHash": "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
                    "getHealth": "ok",
                    "getSlot": tip.height,
                    "getFirstAvailableBlock": stage.height,
                }
                told = [
                    {"jsonrpc": "2.0", "id": call["id"], "result": results[call["method"]]}
                    for call in asked.body
                ]
                return 200, told
            return honest(asked)

        stage.server.ledger = pruned
        with pytest.raises(SourceError, match="keeps the blocks from"):
            look(stage)
        assert len(look(stage, before=0).hits) == 1


def test_token_accounts_without_an_owner_are_told_as_a_gap(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def old(call: Any, document: Any) -> Any:
        if not _story_s(call):
            return document
        for tx in document["result"]["transactions"]:
            for entry in tx["meta"]["postTokenBalances"]:
                del entry["owner"]
        return document

    with play_story(TOKEN, sqlite_store, monkeypatch) as stage:
        assert [gap.code for gap in look(stage).gaps] == ["block_rewards"]
        stage.server.ledger = changed(old)
        assert [gap.code for gap in look(stage).gaps] == ["block_rewards", "token_owners"]
