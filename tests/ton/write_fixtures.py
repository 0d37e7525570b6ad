"""Writes ``fixtures/TON`` from the stories told here: ``python tests/ton/write_fixtures.py``.

Recorded stories are played anew on TON's own machine (needs the npm packages of tests/nodes). The
evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

from nodes.ton import run_ton_sandbox
from ton import mainnet
from ton.stories import (
    ALICE,
    DESK,
    DESK_JETTONS,
    FAKE_MASTER,
    HEAD,
    HEAD_TIME,
    MASTER,
    NOW,
    Json,
    account,
    at_block,
    boc,
    call,
    comment,
    derives,
    find,
    get,
    hash_of,
    health,
    hex_of,
    internal_transfer,
    jetton,
    message,
    nothing,
    notification,
    trace,
    transaction,
)

from recovery.chains.codecs import parse_hash
from recovery.chains.source import HttpAnswer, Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "TON"
WRITTEN = (
    "written by hand after toncenter v3's documented answers; hashes and accounts are of nobody"
)
PLAYED = (
    "executed by TON's own virtual machine (@ton/sandbox 0.41.0) with real wallet, jetton and NFT code;"
    " hashes, bodies, amounts and fees are its own, the index's words and the head are the test's"
)
ROW = load_registry()["TON"]
STORIES: dict[str, Json] = {}


def tell(name: str, story: str, exchanges: list[Json], tx_hash: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "TON", "api": "toncenter-v3", "now": NOW, "tx_hash": tx_hash}
    told = (
        exchanges
        if any("masterchainInfo" in e.get("get", "") for e in exchanges)
        else [health(), *exchanges]
    )
    STORIES[name] = fixture | {"exchanges": told} | more


class Recorder(Node):
    """A node that keeps what was asked and answered."""

    def request(
        self, method: str, path: str, *, query: Any = None, json_body: Any = None
    ) -> HttpAnswer:
        answer = super().request(method, path, query=query, json_body=json_body)
        target = path + (f"?{urlencode(query)}" if query else "")
        asked = {"get": target} if method == "GET" else {"post": target, "body": json_body}
        exchange = asked | {"status": answer.status, "json": answer.body}
        self.memory.setdefault("exchanges", []).append(exchange)
        return answer


PLAYED_STORIES = {
    "native": ("external_hash_norm", "1.5 coins with a comment, asked for by the normal form of the wallet's message", "base64"),
    "uninit": ("external_hash", "Coins to a deposit address that was never used stay there, though its transaction is aborted", "0x"),
    "bounced": (1, "A message that may bounce reached an address without code: the coins went back", "hex"),
    "binary": ("external_hash", "A comment in bytes that are no text", "hex"),
    "encrypted": ("external_hash", "A comment that only the recipient's key can read", "hex"),
    "batch": ("external_hash", "One wallet message pays three recipients: the evidence points to each one's own transaction", "hex"),
    "nothing_sent": ("external_hash", "The wallet took the message and had too little to send: nothing left it", "hex"),
    "jetton": ("external_hash", "Jettons with a comment and a notification, asked for by the wallet's message", "base64url"),
    "jetton_silent": (2, "Jettons without a notification, asked for by the jetton wallet's own transaction", "hex"),
    "jetton_no_payload": (1, "Jettons without any payload, asked for by the sender's jetton wallet's transaction", "hex"),
    "jetton_batch": ("external_hash", "One wallet message sends jettons to two owners", "hex"),
    "jetton_too_much": ("external_hash", "More jettons than the sender has: his own jetton wallet refuses", "hex"),
    "fake_notification": (1, "A stranger notifies of jettons that nobody sent", "hex"),
    "fake_wallet": ("external_hash", "A wallet of the real code that obeys a stranger, and an index that believes it: the master names another", "hex"),
    "nft": ("external_hash", "An NFT changes its owner", "hex"),
}  # fmt: skip


def spell(told: str, how: str) -> str:
    if how == "base64":
        return told
    if how == "base64url":
        return told.replace("+", "-").replace("/", "_").rstrip("=")
    return hex_of(told) if how == "hex" else f"0x{hex_of(told).upper()}"


def played_stories() -> None:
    with run_ton_sandbox() as sandbox:
        for name, (asked, story, how) in PLAYED_STORIES.items():
            known = sandbox.stories[name]
            told = known["transactions"][asked]["hash"] if isinstance(asked, int) else known[asked]
            typed = spell(told, how)
            node = Recorder(ROW.code, sandbox.url, "toncenter-v3")
            ask_node(ROW, node, [parse_hash(ROW, typed)])
            node.close()
            tell(
                f"played_{name}",
                f"{story}.",
                node.memory["exchanges"][1:],
                typed,
                origin="recorded",
                source=PLAYED,
            )
        batch = sandbox.stories["batch"]["transactions"][2]["hash"]
        node = Recorder(ROW.code, sandbox.url, "toncenter-v3")
        ask_node(ROW, node, [hex_of(batch)])
        node.close()
        text = "One of a batch's payments, asked for by its own transaction: it is known to be of a batch."
        tell(
            "played_batch_one",
            text,
            node.memory["exchanges"][1:],
            hex_of(batch),
            origin="recorded",
            source=PLAYED,
        )


def real_stories() -> None:
    for name, (story, rows, asked, extra, notes) in mainnet.STORIES.items():
        root = trace(rows, **extra.pop("trace", {}))
        row = next(r for r in rows if r["hash"] == asked)
        seqnos = {r["mc_block_seqno"] for r in rows}
        told = [
            *find(asked, [row], [root]),
            *(at_block(s) for s in seqnos),
            *extra.get("exchanges", []),
        ]
        source = f"facts of the mainnet transaction {asked}; head, health, block hash and what the notes name are stand-ins"
        tell(
            name,
            story,
            told,
            extra.get("typed", asked),
            origin="mainnet",
            source=source,
            notes=notes,
        )


def start(name: str, *sent: Json, owner: str = ALICE, **more: Any) -> Json:
    body = message(f"{name} from outside", None, owner, None, call(0x7369676E))
    return transaction(f"{name} start", owner, body, list(sent), total_fees="2994958", **more)


def paid(name: str, value: int, body: Any = None, **more: Any) -> tuple[Json, Json]:
    """A wallet's transaction and the desk's, which it paid."""
    sent = message(name, ALICE, DESK, value, body)
    return start(name, sent), transaction(name, DESK, sent, **more)


def plain_stories() -> None:
    first, second = paid("native", 5_990_000_000, comment("9417"))
    exchanges = [*find(second["hash"], [second], [trace([first, second])]), at_block()]
    url = f"https://tonviewer.com/transaction/{hex_of(second['hash'])}"
    tell(
        "native_by_explorer",
        "A payment with a comment, pasted as an explorer's address.",
        exchanges,
        url,
    )

    first, second = paid("standing alone", 1_000_000_000, comment("9417"))
    exchanges = [*find(second["hash"], [second], []), at_block()]
    tell(
        "native_without_trace",
        "A payment whose trace the index does not keep stands for itself.",
        exchanges,
        second["hash"],
    )

    first, second = paid("comment missing", 700_000_000)
    exchanges = [*find(second["hash"], [second], [trace([first, second])]), at_block()]
    tell(
        "native_without_comment", "A payment without a comment.", exchanges, hex_of(second["hash"])
    )

    told = {"finality": "confirmed", "mc_block_seqno": None}
    first, second = paid("confirmed", 800_000_000, comment("9417"), **told)
    exchanges = find(second["hash"], [second], [trace([first, second])])
    tell(
        "confirmed_not_final",
        "In a shard's block, and in no block of the masterchain yet.",
        exchanges,
        hex_of(second["hash"]),
    )

    sent = message("on its way", ALICE, DESK, 900_000_000, comment("9417"))
    first = start("on its way", sent)
    state = {"trace_state": "pending", "messages": 2, "transactions": 1, "pending_messages": 1}
    exchanges = [
        *find(first["hash"], [first], [trace([first], trace_info=state, is_incomplete=True)]),
        at_block(),
    ]
    tell(
        "pending_on_its_way",
        "The wallet's transaction is done, its payment is still on its way.",
        exchanges,
        hex_of(first["hash"]),
    )

    guess = {"emulated": True, "finality": "pending", "mc_block_seqno": None}
    first, second = paid("emulated", 900_000_000, comment("9417"), **guess)
    first |= guess
    outside = first["in_msg"]["hash"]
    exchanges = nothing(outside)[:-1]
    exchanges.append(
        get("pendingTraces", {"traces": [trace([first, second])]}, ext_msg_hash=outside)
    )
    tell(
        "pending_emulated",
        "No block has the message: what the node foretells of it is no evidence.",
        exchanges,
        outside,
    )


def stranger_stories() -> None:
    sent = message("returned", DESK, ALICE, 500_000_000, comment("payout"), bounce=True)
    back = message("back", ALICE, DESK, 499_000_000, call(0xFFFFFFFF), bounced=True)
    rows = [
        start("returned", sent, owner=DESK),
        transaction("returned away", ALICE, sent, [back], fails=65535, bounces=True),
        transaction("returned home", DESK, back),
    ]
    exchanges = [*find(rows[2]["hash"], [rows[2]], [trace(rows)]), at_block()]
    tell(
        "bounce_comes_home",
        "What an address of ours had sent bounced elsewhere and came back: no payment.",
        exchanges,
        hex_of(rows[2]["hash"]),
    )

    change = message("excesses", account("router"), DESK, 40_067_695, call(0xD53276DB))
    rows = [transaction("excesses", DESK, change)]
    exchanges = [*find(rows[0]["hash"], rows, [trace(rows)]), at_block()]
    tell(
        "excesses", "Unused gas that comes back is no deposit.", exchanges, hex_of(rows[0]["hash"])
    )

    swap = message("swap", ALICE, account("router"), 3_000_000_000, call(0xEA06185D))
    payout = message("payout", account("router"), DESK, 2_900_000_000, call(0xAD4EB6F5))
    rest = message("rest", account("router"), ALICE, 40_000_000, call(0xD53276DB))
    rows = [
        start("swap", swap),
        transaction("swap", account("router"), swap, [payout, rest]),
        transaction("payout", DESK, payout),
        transaction("rest", ALICE, rest),
    ]
    exchanges = [*find(rows[0]["hash"], rows[:1], [trace(rows)]), at_block()]
    tell(
        "swap_pays_by_call",
        "A swap pays its output to a deposit address by a call, not by a plain payment.",
        exchanges,
        hex_of(rows[0]["hash"]),
    )

    highload = account("highload")
    itself = message("itself", highload, highload, 100_000_000, call(0xAE42E5A4))
    pays = [
        message(f"row {i}", highload, account(f"customer {i}"), 10**9 + i, comment(str(9000 + i)))
        for i in range(3)
    ]
    rows = [
        start("highload", itself, owner=highload),
        transaction("itself", highload, itself, pays),
        *(transaction(f"row {i}", account(f"customer {i}"), m) for i, m in enumerate(pays)),
    ]
    exchanges = [*find(rows[0]["hash"], rows[:1], [trace(rows)]), at_block()]
    tell(
        "highload_batch",
        "A highload wallet calls itself and pays three customers.",
        exchanges,
        hex_of(rows[0]["hash"]),
    )


def jetton_rows(name: str, amount: int, wallet: str = DESK_JETTONS, **more: Any) -> list[Json]:
    step = message(f"{name} step", ALICE, account("alice jettons"), 100_000_000, call(0x0F8A7EA5))
    moved = message(
        name,
        account("alice jettons"),
        wallet,
        80_000_000,
        internal_transfer(amount, ALICE, comment("9417")),
    )
    note = message(f"{name} note", wallet, DESK, 1, notification(amount, ALICE, comment("9417")))
    failed = "fails" in more
    back = message(
        f"{name} back", wallet, account("alice jettons"), 70_000_000, call(0xFFFFFFFF), bounced=True
    )
    rows = [
        start(name, step),
        transaction(f"{name} step", account("alice jettons"), step, [moved]),
        transaction(name, wallet, moved, [back] if failed else [note], **more),
    ]
    last = (
        transaction(f"{name} end", account("alice jettons"), back)
        if failed
        else transaction(f"{name} note", DESK, note)
    )
    return [*rows, last]


def jetton_stories() -> None:
    sand = {"symbol": "SAND", "name": "Sand"}
    rows = jetton_rows("index only", 2_500_000)
    body = derives(MASTER, DESK, None)["body"]
    unknown = {
        "post": "/api/v3/runGetMethod",
        "body": body,
        "status": 404,
        "json": {"error": "not found"},
    }
    exchanges = [
        *find(rows[2]["hash"], [rows[2]], [trace(rows)]),
        at_block(),
        *jetton(DESK_JETTONS, DESK, MASTER, **sand),
    ]
    tell(
        "jetton_by_index_alone",
        "An index without get-methods: its own check of the master is what there is.",
        [*exchanges, unknown],
        hex_of(rows[2]["hash"]),
    )

    wallet = account("unsure jettons")
    rows = jetton_rows("unsure", 2_500_000, wallet)
    exchanges = [
        *find(rows[2]["hash"], [rows[2]], [trace(rows)]),
        at_block(),
        *jetton(wallet, DESK, account("mute master"), **sand),
    ]
    tell(
        "jetton_master_mute",
        "The master does not answer which wallet is the owner's: unverified, for a reviewer.",
        [*exchanges, derives(account("mute master"), DESK, None)],
        hex_of(rows[2]["hash"]),
    )

    wallet = account("unknown jettons")
    rows = jetton_rows("unknown", 9_000_000_000, wallet)
    exchanges = [
        *find(rows[3]["hash"], [rows[3]], [trace(rows)]),
        at_block(),
        get("jetton/wallets", {"jetton_wallets": []}, address=wallet.lower()),
    ]
    tell(
        "jetton_wallet_unknown",
        "A notification from a contract that the index knows as no jetton wallet.",
        exchanges,
        hex_of(rows[3]["hash"]),
    )

    wallet = account("gram jettons")
    rows = jetton_rows("gram", 9_000_000_000, wallet)
    named = jetton(wallet, DESK, FAKE_MASTER, symbol="GRAM", name="Gram", decimals="9")
    exchanges = [
        *find(rows[2]["hash"], [rows[2]], [trace(rows)]),
        at_block(),
        *named,
        derives(FAKE_MASTER, DESK, wallet),
    ]
    tell(
        "jetton_named_like_the_coin",
        "A jetton that calls itself GRAM: it is its master, whatever it calls itself.",
        exchanges,
        hex_of(rows[2]["hash"]),
    )

    wallet = account("refusing jettons")
    rows = jetton_rows("refused", 2_500_000, wallet, fails=709, bounces=True)
    exchanges = [
        *find(rows[0]["hash"], rows[:1], [trace(rows)]),
        at_block(),
        *jetton(wallet, DESK, account("refusing master"), **sand),
        derives(account("refusing master"), DESK, wallet),
    ]
    tell(
        "jetton_refused",
        "Our jetton wallet refused the transfer and it bounced: nothing was credited.",
        exchanges,
        hex_of(rows[0]["hash"]),
    )


def refused_stories() -> None:
    unknown = hash_of("unknown")
    tell(
        "absent",
        "An index of the whole chain knows the hash under none of its names.",
        nothing(unknown),
        hex_of(unknown),
        absent=True,
    )
    tell(
        "unhealthy_short_index",
        "An index that begins late knows nothing of it, which proves nothing.",
        [health(first=60_000_000), *nothing(unknown)],
        hex_of(unknown),
        error="unhealthy",
    )
    tell(
        "unhealthy_behind",
        "The index is two minutes behind the chain.",
        [health(gen_utime=str(HEAD_TIME - 120))],
        hex_of(unknown),
        error="unhealthy",
    )
    tell(
        "unhealthy_other_chain",
        "The endpoint is on the test network.",
        [health(global_id=-3)],
        hex_of(unknown),
        error="unhealthy",
    )
    first, second = paid("forged", 5_990_000_000, comment("9417"))
    second["in_msg"] = second["in_msg"] | {
        "message_content": second["in_msg"]["message_content"] | {"body": boc(comment("1111"))}
    }
    exchanges = [*find(second["hash"], [second], [trace([first, second])]), at_block()]
    tell(
        "garbled_body",
        "A body that has another hash than is written beside it.",
        exchanges,
        hex_of(second["hash"]),
        error="garbled",
    )
    last = {"workchain": -1, "shard": "-9223372036854775808", "seqno": HEAD}
    asked = urlencode(last)
    head = [
        {
            "get": "/api/v2/getMasterchainInfo",
            "json": {"ok": True, "result": {"@type": "blocks.masterchainInfo", "last": last}},
        },
        {
            "get": f"/api/v2/getBlockHeader?{asked}",
            "json": {
                "ok": True,
                "result": {"@type": "blocks.header", "global_id": -239, "gen_utime": HEAD_TIME},
            },
        },
    ]
    STORIES["v2_needs_the_account"] = {
        "story": "The second API finds no transaction by its hash alone, and says so.",
        "origin": "documented",
        "source": "toncenter v2's documented calls: transactions are found by account and logical time",
        "network": "TON",
        "api": "toncenter-v2",
        "now": NOW,
        "tx_hash": hex_of(unknown),
        "exchanges": head,
        "error": "unhealthy",
    }


def write() -> None:
    os.environ["RECOVERY_NOW"] = NOW
    for part in (
        played_stories,
        real_stories,
        plain_stories,
        stranger_stories,
        jetton_stories,
        refused_stories,
    ):
        part()
    FOLDER.mkdir(exist_ok=True)
    for name, told in STORIES.items():
        if "absent" not in told and "error" not in told:
            told["evidence"] = evidence_of(name, told)
        text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, "utf-8")
    for old in FOLDER.glob("*.json"):
        if old.stem not in STORIES:
            old.unlink()


def evidence_of(name: str, told: Json) -> Json:
    fixture = Fixture.model_validate({"file": f"TON/{name}.json", "absent": True, **told})
    with ReplayServer(Replay([fixture])) as server:
        node = Node(ROW.code, server.url, told["api"])
        (answer,) = ask_node(ROW, node, [parse_hash(ROW, told["tx_hash"])])
        node.close()
        if not isinstance(answer, Found):
            raise SystemExit(f"{name}: {answer!r} {server.unanswered}")
    return print_evidence(answer.evidence)


if __name__ == "__main__":
    write()
