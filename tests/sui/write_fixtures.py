"""Writes ``fixtures/SUI`` from the stories told here: ``python tests/sui/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sui.stories import (
    ALICE,
    BOB,
    CAROL,
    COIN_OF_SUI,
    FAKE,
    HEAD_MS,
    NOW,
    SPONSOR,
    SUI,
    USDC,
    Json,
    Thing,
    Told,
    by_graphql,
    by_rpc,
    coin,
    data,
    digest_of,
    graphql_head,
    graphql_tx,
    post,
    rpc_head,
    somebody,
)

from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.chains.sui import graphql, jsonrpc
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "SUI"
WRITTEN = (
    "written by hand after the documented schema of the API; digests and addresses are of nobody"
)
FEE = 750_000 + 1_976_000 - 978_120
USDC_ANSWERS = coin(USDC, "USDC", "USDC", 6)

STORIES: dict[str, Json] = {}


def tell(name: str, story: str, exchanges: list[Json], digest: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN, "network": "SUI"}
    fixture |= {"api": "graphql", "now": NOW, "tx_hash": digest}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def tell_both(
    name: str, story: str, told: Told, coins: tuple[tuple[Json, Json], ...] = (), **more: Any
) -> None:
    tell(
        name,
        story,
        by_graphql(told, *(c[0] for c in coins)),
        more.pop("typed", told.digest),
        **more,
    )
    exchanges = by_rpc(told, *(c[1] for c in coins))
    tell(f"{name}-jsonrpc", f"{story} (JSON-RPC)", exchanges, told.digest, api="jsonrpc", **more)


def real_stories() -> None:
    payer = "0x93f65b8c16c263343bbf66cf9f8eef69cb1dbc92d13f0c331b0dcaeb76b4aab6"
    payee = "0x9d6b98b18fd26b5efeec68d020dcf1be7a94c2c315353779bc6b3aed44188ddf"
    told = Told(
        "CJ16PEqq49KFp758iEVwxEkd3CwP7zDfqGYLuLuu9Z63",
        [(payer, SUI, -101_744_880), (payee, SUI, 100_000_000)],
        [
            Thing(
                "0xf6c8e0049fe442feac25a743681180d4feb5211bc73e14083c6b4956ea2f1936",
                COIN_OF_SUI,
                payer,
                payer,
            ),
            Thing(
                "0x16ee212488cd60974b1a39fc8bdc582f1b290c9c9b8f36731e0ed94a0e14d480",
                COIN_OF_SUI,
                None,
                payee,
            ),
        ],
        sender=payer,
        gas=(747_000, 1_976_000, 978_120),
        checkpoint=123_444_604,
        at=1_742_168_333_886,
    )
    tell_both(
        "native",
        "0.1 SUI split off the sender's gas coin; the gas stands inside his balance's change.",
        told,
        typed=f"https://suiscan.xyz/mainnet/tx/{told.digest}",
        origin="mainnet",
        source=f"facts of the mainnet transaction {told.digest}; the checkpoint's digest is a stand-in,"
        " the sender is the gas coin's owner; head and health belong to the story's clock",
    )
    trader = "0xbd4936bce66679cd316eff7930517fb3593ce410b7a9f4d809cd6ebce235f978"
    sold = "0x5c60d2434f7487703dffecb958b99827f4e1e3eef4cbbf1091318cb0b0a787c2::coin::COIN"
    told = Told(
        "5KVGYJk3PTzE45SLbQzDYDYfkCtcaxgq2JRazzH2dWLu",
        [(trader, SUI, -291_740), (trader, sold, -5_489_450_364_172), (trader, USDC, 103_045_380)],
        [
            Thing(
                "0x59ab9f78862a55d53caa0bdacc1829d2cb49a2d73020c582639e72694ce62455",
                f"0x2::coin::Coin<{sold}>",
                trader,
                None,
            )
        ],
        sender=trader,
        gas=(1_480_000, 12_091_600, 13_279_860),
        checkpoint=152_740_636,
        at=1_748_986_571_502,
    )
    tell_both(
        "swap",
        "A pool's reserve pays the trader 103 USDC; a pool's own balance shows in no row.",
        told,
        (USDC_ANSWERS, coin(sold, "SOLD", "Wormhole coin", 9)),
        origin="mainnet",
        source=f"facts of the mainnet transaction {told.digest}; the checkpoint's digest and the sold"
        " coin's names are stand-ins; head and health belong to the story's clock",
    )


def payment_stories() -> None:
    told = Told(
        digest_of("several"),
        [(ALICE, SUI, -400_000_000 - FEE), (BOB, SUI, 150_000_000), (CAROL, SUI, 250_000_000)],
    )
    tell_both("several-recipients", "One block of commands pays two people.", told)
    told = Told(
        digest_of("token"),
        [(BOB, USDC, 25_000_000), (ALICE, SUI, -FEE), (ALICE, USDC, -25_000_000)],
        [Thing(somebody("usdc coin"), f"0x2::coin::Coin<{USDC}>", None, BOB)],
    )
    tell_both("token", "25 USDC; the sender pays the gas in SUI.", told, (USDC_ANSWERS,))
    told = Told(
        digest_of("sponsored"),
        [(ALICE, SUI, -2_000_000_000), (BOB, SUI, 2_000_000_000), (SPONSOR, SUI, -FEE)],
        payer=SPONSOR,
    )
    tell_both("sponsored", "A sponsor pays the gas and is no sender.", told)
    told = Told(
        digest_of("address balance"),
        [(ALICE, SUI, -700_000_000 - 750_000), (BOB, SUI, 700_000_000)],
        gas=(750_000, 0, 0),
    )
    tell_both(
        "address-balance",
        "SUI sent to the balance under Bob's address: no coin object is made.",
        told,
    )
    told = Told(
        digest_of("payer receives"),
        [(BOB, SUI, 500_000_000 - FEE), (ALICE, SUI, -500_000_000)],
        payer=BOB,
    )
    tell_both(
        "gas-payer-receives",
        "Bob pays the gas of a payment to himself: he received it whole.",
        told,
    )
    told = Told(
        digest_of("by program"),
        [(ALICE, SUI, -FEE), (BOB, SUI, 300_000_000)],
    )
    tell_both(
        "paid-by-program", "A shared object's reserve pays Bob SUI; nobody's balance fell.", told
    )
    told = Told(
        digest_of("rebate"),
        [(ALICE, SUI, 1_611_816), (ALICE, USDC, -1_500_000), (BOB, USDC, 1_500_000)],
        gas=(1_000_000, 3_663_200, 6_275_016),
    )
    tell_both(
        "storage-given-back",
        "Merged coins give back more storage than the gas costs: no income of Alice's.",
        told,
        (USDC_ANSWERS,),
    )
    rows = [(somebody(f"payee {i}"), SUI, 1_000 + i) for i in range(60)]
    told = Told(digest_of("pages"), [(ALICE, SUI, -sum(a for _, _, a in rows) - FEE), *rows])
    first = data(
        graphql.ask_transaction(told.digest), graphql_tx(told, slice(0, 50), more="b2Zmc2V0OjUw")
    )
    after: graphql.Cursors = ("b2Zmc2V0OjUw", None)
    second = graphql_tx(told, slice(50, None))
    second["transaction"]["effects"]["objectChanges"]["nodes"] = []
    rest = data(graphql.ask_transaction(told.digest, after), second)
    tell(
        "two-pages", "Sixty payees, told on two pages.", [graphql_head(), first, rest], told.digest
    )


def thing_stories() -> None:
    kind = f"{somebody('collection')}::mascot::Mascot"
    told = Told(
        digest_of("nft"),
        [(ALICE, SUI, -FEE)],
        [Thing(somebody("an nft"), kind, ALICE, BOB)],
    )
    tell_both("nft", "An object, an NFT, is handed to Bob.", told)
    told = Told(
        digest_of("minted"),
        [(ALICE, SUI, -FEE)],
        [
            Thing(somebody("a party object"), kind, None, BOB, by="ConsensusAddressOwner"),
            Thing(
                somebody("a field"),
                f"0x2::dynamic_field::Field<u64, {kind}>",
                None,
                somebody("x"),
                by="ObjectOwner",
            ),
            Thing(somebody("a shop"), f"{FAKE}::shop::Shop", None, None, by="Shared"),
            Thing(somebody("frozen"), f"{FAKE}::shop::Sign", None, None, by="Immutable"),
        ],
    )
    tell_both("nft-minted", "An object made for Bob, among others that no address owns.", told)


def hostile_stories() -> None:
    fake = f"{FAKE}::usdc::USDC"
    told = Told(
        digest_of("fake usdc"),
        [(ALICE, SUI, -FEE), (ALICE, fake, -9_000_000_000), (BOB, fake, 9_000_000_000)],
    )
    tell_both(
        "hostile-fake-usdc",
        "A coin of another package that calls itself USDC.",
        told,
        (coin(fake, "USDC", "USDC", 6),),
    )
    fake = f"{FAKE}::sui::SUI"
    told = Told(
        digest_of("fake sui"),
        [(ALICE, SUI, -FEE), (BOB, fake, 9_000_000_000_000)],
    )
    tell_both(
        "hostile-fake-sui",
        "A coin whose module and name are those of SUI.",
        told,
        (coin(fake, "SUI", "Sui", 9),),
    )
    told = Told(
        digest_of("touched"),
        [(ALICE, SUI, -FEE)],
        [Thing(somebody("spam"), f"{FAKE}::log::Line", None, ALICE)],
    )
    tell_both(
        "hostile-only-touched",
        "Bob's address stands in the call's arguments and events alone.",
        told,
    )
    told = Told(
        digest_of("failed"),
        [(ALICE, SUI, -1_079_040)],
        gas=(1_000_000, 7_904_000, 7_824_960),
        error="InsufficientCoinBalance in command 2",
    )
    tell_both("failed", "The second command lacked coins: only the gas was paid.", told)


def open_stories() -> None:
    told = Told(
        digest_of("pending"),
        [(ALICE, SUI, -333_000_000 - FEE), (BOB, SUI, 333_000_000)],
        checkpoint=None,
    )
    tell_both("pending", "Executed, and in no checkpoint yet.", told)
    told = Told(digest_of("system"), [], [], sender=None, gas=(0, 0, 0))
    tell_both("system-transaction", "The validators' own transaction: no payment.", told)

    unknown = digest_of("unknown")
    nothing = data(
        graphql.ask_transaction(unknown), {"chainIdentifier": "35834a8a", "transaction": None}
    )
    tell(
        "absent",
        "A service with the whole range does not know it.",
        [graphql_head(), nothing],
        unknown,
        absent=True,
    )
    fault = {
        "rpc": "sui_getTransactionBlock",
        "params": [unknown, jsonrpc.SHOWN],
        "error": {
            "code": -32602,
            "message": f"Could not find the referenced transaction [TransactionDigest({unknown})].",
        },
    }
    tell(
        "absent-jsonrpc",
        "A node said to keep all does not know it.",
        [*rpc_head(), fault],
        unknown,
        api="jsonrpc",
        history="full",
        absent=True,
    )
    lost = digest_of("too old")
    nothing = data(
        graphql.ask_transaction(lost), {"chainIdentifier": "35834a8a", "transaction": None}
    )
    tell(
        "unhealthy-retention",
        "What it does not know may be older than the ninety days it keeps.",
        [graphql_head(oldest=274_000_000), nothing],
        lost,
        error="unhealthy",
    )
    fault = fault | {"params": [lost, jsonrpc.SHOWN]}
    tell(
        "unhealthy-retention-jsonrpc",
        "A node of which nobody said what it keeps.",
        [*rpc_head(), fault],
        lost,
        api="jsonrpc",
        error="unhealthy",
    )
    tell(
        "unhealthy-other-chain",
        "The service is on the test network.",
        [graphql_head(chain="4c78adac")],
        digest_of("elsewhere"),
        error="unhealthy",
    )
    tell(
        "unhealthy-stale",
        "Its newest checkpoint is five minutes old.",
        [graphql_head(at=HEAD_MS - 300_000)],
        digest_of("stale"),
        error="unhealthy",
    )
    refused = {"data": None, "errors": [{"message": "Request timed out. Limit: 40s"}]}
    slow = digest_of("slow")
    tell(
        "unhealthy-query-refused",
        "The query was refused.",
        [graphql_head(), post(graphql.ask_transaction(slow), refused)],
        slow,
        error="unhealthy",
    )
    told = Told(digest_of("garbled"), [(BOB, SUI, 5)])
    body = graphql_tx(told)
    body["transaction"]["effects"]["balanceChanges"]["nodes"][0]["amount"] = "5.5"
    tell(
        "garbled-amount",
        "An amount with a fraction.",
        [graphql_head(), data(graphql.ask_transaction(told.digest), body)],
        told.digest,
        error="garbled",
    )


def main() -> None:
    for tell_all in (real_stories, payment_stories, thing_stories, hostile_stories, open_stories):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    row = load_registry()["SUI"]
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            told = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([told])) as server:
                node = Node(row.code, server.url, fixture["api"])
                (answer,) = ask_node(row, node, [parse_hash(row, fixture["tx_hash"])])
                node.close()
            if not isinstance(answer, Found):
                raise SystemExit(f"{name}: {answer} {server.unanswered}")
            fixture["evidence"] = print_evidence(answer.evidence)
        last = ("evidence", "absent", "error", "notes")
        ordered = {k: v for k, v in fixture.items() if k not in last}
        ordered |= {k: fixture[k] for k in last if k in fixture}
        (FOLDER / f"{name}.json").write_text(
            json.dumps(ordered, indent=1, ensure_ascii=False) + "\n"
        )
    print(f"{len(STORIES)} stories")


if __name__ == "__main__":
    main()
