"""Writes ``fixtures/XTZ`` from the stories told here: ``python tests/tezos/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tezos.stories import (
    ALICE,
    BLOCKS,
    BOB,
    CAROL,
    DAVE,
    FAKE,
    FAKE_TOKEN,
    HEAD,
    NOW,
    PICTURE_TOKEN,
    REAL_FAILURE,
    REAL_PAYMENT,
    REAL_SWAP,
    ROUTER,
    TZBTC_TOKEN,
    USDT_TOKEN,
    VAULT,
    WAITING,
    Json,
    Op,
    Told,
    call,
    fa2,
    fa12,
    get,
    group_hash,
    octez,
    octez_health,
    octez_operation,
    octez_pool,
    told,
    tzkt,
    tzkt_absent,
    tzkt_health,
    tzkt_rows,
)

from recovery.chains.codecs import parse_hash
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.chains.tezos.family import FAMILY
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry

FOLDER = Path(__file__).parents[2] / "fixtures" / "XTZ"
WRITTEN = (
    "written by hand after the documented answers of TzKT and octez; hashes and people are nobody's"
)
STORIES: dict[str, Json] = {}


def tell(name: str, story: str, group: Told, /, *, api: str = "tzkt", **more: Any) -> None:
    exchanges = more.pop("exchanges", None) or (octez if api == "octez" else tzkt)(group)
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "XTZ", "api": api, "now": NOW, "tx_hash": group.hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def real(group: Told, notes: str) -> Json:
    source = f"facts of the mainnet operation {group.hash}; {notes}"
    return {"origin": "mainnet", "source": source + "; head and health are the story clock's"}


def real_stories() -> None:
    more = real(REAL_PAYMENT, "all figures are its own, the rows' numbers are stand-ins")
    tell("native", "1 XTZ from one account to another.", REAL_PAYMENT, **more)
    STORIES["native"]["tx_hash"] = f"https://tzkt.io/{REAL_PAYMENT.hash}"
    more = real(REAL_SWAP, "the row of the token transfer is told as the call asked for it")
    text = "tzBTC sold to an exchange contract, which pays in XTZ from within."
    tell("internal", text, REAL_SWAP, **more)
    more = real(REAL_FAILURE, "all figures are its own, the row's number is a stand-in")
    tell("failed", "A call that ran out of gas.", REAL_FAILURE, **more)


def native_stories() -> None:
    group = told("two paid", Op(BOB, 2_500_000), Op(CAROL, 3_500_000, allocated=True))
    text = "Two payments in one signed group; one of them brings an account to life."
    tell("several-recipients", text, group)
    group = told("revealed", Op(kind="reveal", fee=374), Op(BOB, 4_000_000))
    tell("reveal-first", "An account reveals its key and pays in the same group.", group)
    group = told("to vault", call(VAULT, "default", 9_000_000))
    tell("to-contract", "Coin to a contract, by its default entrypoint.", group)
    group = told("originated", Op(VAULT, 7_000_000, kind="origination"))
    tell("origination", "A contract is made with 7 XTZ in it.", group)
    group = told("delegated", Op(kind="delegation"))
    tell("delegation", "An account names its baker: nothing is paid.", group)
    group = told("unread", Op(kind="quantum_transfer"), Op(BOB, 1))
    text = "A kind of operation of a later protocol: what it moved is not read, and that is said."
    tell("unread-operation", text, group)


def internal_stories() -> None:
    paid = [
        call(ROUTER, "disperse", 6_000_000),
        Op(BOB, 2_500_000, sender=ROUTER, nonce=0, allocated=True),
        Op(CAROL, 3_500_000, sender=ROUTER, nonce=1),
        Op(VAULT, 0, sender=ROUTER, nonce=2, entrypoint="log", micheline={}, shown={}),
    ]
    tell(
        "internal-disperse",
        "A contract passes on what it got to two people.",
        told("disperse", paid),
    )
    undone = [
        call(ROUTER, "disperse", 6_000_000, status="backtracked"),
        Op(BOB, 6_000_000, sender=ROUTER, nonce=0, status="backtracked"),
    ]
    failed = Op(DAVE, 90_000_000, status="failed", errors=("contract.balance_too_low",))
    group = told("undone", undone, failed, Op(CAROL, 1_000, status="skipped"))
    text = "The second of three operations failed: the payment from within is undone with the rest."
    tell("hostile-internal-backtracked", text, group)
    group = told(
        "failed pair",
        Op(BOB, 2_500_000, status="backtracked"),
        fa2(USDT_TOKEN, [(BOB, 5_000_000)], status="failed", errors=("script_rejected",), moved=[]),
    )
    text = "A payment was undone because a token's call behind it failed; both fees are paid."
    tell("hostile-failed-with-amounts", text, group)


def token_stories() -> None:
    group = told("usdt", fa2(USDT_TOKEN, [(BOB, 2_500_000)], stored=16_750))
    tell("fa2-token", "2.5 USDt, and storage for a new holder.", group)
    group = told("usdt batch", fa2(USDT_TOKEN, [(BOB, 1_000_000), (CAROL, 2_000_000), (BOB, 3)]))
    tell("fa2-batch", "One call pays USDt to two people, one of them twice.", group)
    group = told("tzbtc", fa12(TZBTC_TOKEN, BOB, 150_000))
    tell("fa12-token", "0.0015 tzBTC by FA1.2.", group)
    group = told("picture", fa2(PICTURE_TOKEN, [(BOB, 1)]))
    tell("nft", "A picture of which there is one.", group)
    group = told("fake usdt", fa2(FAKE_TOKEN, [(BOB, 900_000_000)]))
    tell("hostile-same-name", "Another contract's token with USDt's name and symbol.", group)
    group = told("lying call", fa2(FAKE_TOKEN, [(BOB, 900_000_000)], moved=[]))
    text = "A contract takes the call of a transfer and books nothing: nobody is paid."
    tell("hostile-transfer-without-books", text, group)
    skim = [(USDT_TOKEN, ALICE, BOB, 990_000), (USDT_TOKEN, ALICE, FAKE, 10_000)]
    group = told("skimmed", fa2(USDT_TOKEN, [(BOB, 1_000_000)], moved=skim))
    text = "The books show less than the call asked for, and a cut for somebody else."
    tell("hostile-books-differ", text, group)
    minted = call(
        FAKE, "airdrop", moved=[(FAKE_TOKEN, None, BOB, 77), (FAKE_TOKEN, CAROL, None, 5)]
    )
    tell(
        "minted-and-burnt",
        "A contract gives out new tokens and burns others.",
        told("mint", minted),
    )
    inner = [
        call(ROUTER, "swap", 1_000_000),
        fa2(USDT_TOKEN, [(BOB, 650_000)], sender=ROUTER, nonce=4),
    ]
    tell("token-from-within", "A program pays USDt by an internal call.", told("swapped", inner))


def node_stories() -> None:
    near = {"level": HEAD - 4}
    payment = told("near payment", Op(BOB, 5_500_000), **near)
    tokens = told("near tokens", fa2(USDT_TOKEN, [(BOB, 6_500_000)]), **near)
    paid = [
        call(ROUTER, "pay", 7_500_000),
        Op(BOB, 7_500_000, sender=ROUTER, nonce=0, allocated=True),
    ]
    inner = told("near internal", paid, **near)
    broken = [
        Op(BOB, 1, status="backtracked"),
        Op(CAROL, 2, status="failed", errors=("contract.balance_too_low",)),
    ]
    failed = told("near failure", *broken, **near)
    young = told("young payment", Op(BOB, 5_600_000), level=HEAD - 1)
    waiting = told("waiting", Op(BOB, 5_700_000))
    refused = told("refused", Op(BOB, 5_800_000))
    BLOCKS[HEAD - 4] = [g.hash for g in (payment, tokens, inner, failed)]
    BLOCKS[HEAD - 1] = [young.hash]
    WAITING["validated"] = [octez_operation(waiting, pending=True)]
    WAITING["refused"] = [octez_operation(refused, pending=True)]
    for name, text, group in (
        ("near-payment", "A payment four blocks ago.", payment),
        ("near-token", "USDt four blocks ago.", tokens),
        ("near-internal", "A contract paid four blocks ago, and an account came to life.", inner),
        ("near-failure", "A group that failed four blocks ago.", failed),
        ("not-final", "A payment in the block before the newest.", young),
    ):
        tell(name, text, group)
        tell(f"octez-{name}", f"{text} Told by a node.", group, api="octez")
    pool = [*octez_health(), octez_pool(**WAITING)]
    tell("pending", "In a node's mempool, validated.", waiting, api="octez", exchanges=pool)
    text = "In a node's mempool, refused by it."
    tell("pending-refused", text, refused, api="octez", exchanges=pool)
    old = told("old payment", Op(BOB, 1))
    hashes = [
        get(f"/chains/main/blocks/{level}/operation_hashes/3", BLOCKS.get(level, []))
        for level in range(HEAD, HEAD - 10, -1)
    ]
    text = "A node can't look further back by hash: that is no absence."
    more: Json = {"api": "octez", "exchanges": [*pool, *hashes], "error": "unhealthy"}
    tell("octez-unhealthy-no-index", text, old, **more)


def unanswered_stories() -> None:
    unknown = Told(group_hash("nobody's"), [])
    told_absent = tzkt_absent(unknown.hash)
    tell("absent", "No block knows it.", unknown, exchanges=told_absent, absent=True)
    other = Told(group_hash("recent only"), [])
    more: Json = {"exchanges": tzkt_absent(other.hash), "history": "recent", "error": "unhealthy"}
    text = "An indexer that keeps recent history only proves no absence."
    tell("unhealthy-recent-history", text, other, **more)
    group = told("two blocks", Op(BOB, 1_000), Op(CAROL, 2_000))
    rows, _ = tzkt_rows(group)
    rows[1]["level"] += 1
    answers = [*tzkt_health(), get(f"/v1/operations/{group.hash}", rows)]
    text = "Two operations of one group in two blocks."
    tell("hostile-garbled-blocks", text, group, exchanges=answers, error="garbled")


def main() -> None:
    for tell_all in (
        real_stories,
        native_stories,
        internal_stories,
        token_stories,
        node_stories,
        unanswered_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    row = load_registry()["XTZ"]
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            answers = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([answers])) as server:
                node = Node(row.code, server.url, fixture["api"])
                (raw,) = FAMILY.fetch(row, node, [parse_hash(row, fixture["tx_hash"])])
                node.close()
            if not isinstance(raw, RawTx):
                raise SystemExit(f"{name}: {raw} {server.unanswered}")
            fixture["evidence"] = print_evidence(FAMILY.decode(row, raw))
        last = ("evidence", "absent", "error", "notes")
        ordered = {k: v for k, v in fixture.items() if k not in last}
        ordered |= {k: fixture[k] for k in last if k in fixture}
        text = json.dumps(ordered, indent=1, ensure_ascii=False)
        (FOLDER / f"{name}.json").write_text(text + "\n")
    print(f"{len(STORIES)} stories")


if __name__ == "__main__":
    main()
