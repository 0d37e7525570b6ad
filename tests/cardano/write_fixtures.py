"""Writes ``fixtures/ADA`` from the stories told here: ``python tests/cardano/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from cardano.stories import (
    ALICE,
    BOB,
    CAROL,
    CIP68,
    DAVE,
    FAKE,
    FRANKEN,
    HEAD,
    LOOK_ALIKE,
    NOW,
    NOW_S,
    PICTURE,
    REAL_BYRON,
    REAL_PAYMENT,
    REAL_SCRIPT,
    SCRIPT,
    USDM,
    In,
    Json,
    Out,
    Told,
    blockfrost,
    blockfrost_absent,
    blockfrost_health,
    blockfrost_mempool,
    digest,
    get,
    koios,
    koios_absent,
    pay,
    real_token,
    send,
    slot_of,
)

from recovery.chains.cardano.family import FAMILY
from recovery.chains.codecs import parse_hash
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry

FOLDER = Path(__file__).parents[2] / "fixtures" / "ADA"
WRITTEN = (
    "written by hand after the documented answers of Blockfrost and Koios; the bytes hash to the id,"
    " addresses and policies are of nobody"
)
STORIES: dict[str, Json] = {}


def tell(name: str, story: str, told: Told, /, *, api: str = "blockfrost", **more: Any) -> None:
    exchanges = more.pop("exchanges", None) or (koios if api == "koios" else blockfrost)(told)
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "ADA", "api": api, "now": NOW, "tx_hash": told.tx_hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def tell_both(name: str, story: str, told: Told, /, **more: Any) -> None:
    """The same transaction, by each API: the evidence must be equal."""
    tell(name, story, told, **more)
    tell(f"koios-{name}", f"{story} Told by Koios.", told, api="koios", **more)


def real(told: Told, notes: str) -> Json:
    source = f"facts of the mainnet transaction {told.tx_hash}; {notes}"
    return {"origin": "mainnet", "source": source + "; head and health are the story clock's"}


def real_stories() -> None:
    text = "1 ADA to one address and the rest to another of the same wallet."
    more = real(REAL_PAYMENT, "its time is a stand-in, its bytes are not at hand")
    tell_both("native", text, REAL_PAYMENT, **more)
    STORIES["native"]["tx_hash"] = f"https://cardanoscan.io/transaction/{REAL_PAYMENT.hash}"
    more = real(REAL_BYRON, "its time is a stand-in, its bytes are not at hand")
    tell(
        "byron",
        "Byron's first weeks: base58 addresses of a hundred characters.",
        REAL_BYRON,
        **more,
    )
    told = real_token()
    more = real(
        told, "the bytes are its own; block, time and the spender's stake part are stand-ins"
    )
    tell_both("token", "68 COTO with 1.93 ADA, which they must travel with.", told, **more)
    more = real(REAL_SCRIPT, "block and time are stand-ins, its bytes are not at hand")
    text = "A script passes an NFT on; its collateral is not touched, since the script held."
    tell_both("script-succeeded", text, REAL_SCRIPT, **more)


def native_stories() -> None:
    spent = [In(ALICE, {"lovelace": 60_000_000}), In(CAROL, {"lovelace": 50_000_000})]
    made = [Out(BOB, {"lovelace": 30_000_000}), Out(DAVE, {"lovelace": 40_000_000})]
    told = Told(spent, [*made, Out(BOB, {"lovelace": 39_830_000})])
    text = "Two spenders pay two people, one of them twice: three transfers."
    tell("several-recipients", text, told)
    tell_both("not-final", "Twenty of the thirty blocks that are asked for.", pay(height=HEAD - 19))
    tell(
        "newest-block",
        "In a block that is newer than the tip asked for before.",
        pay(BOB, 3_000_000, height=HEAD + 1),
    )
    told = pay(BOB, 4_000_000)
    tell("pending", "In the server's mempool.", told, exchanges=blockfrost_mempool(told))
    told = pay(
        BOB, 5_000_000, metadata={"674": {"msg": ["Deposit 100234,", "please credit quickly"]}}
    )
    tell_both("message", "Coin with a message, which is no routing memo here.", told)
    told = pay(
        BOB, 5_100_000, metadata={"674": {"enc": "basic", "msg": ["U2FsdGVkX18="]}, "1": [2]}
    )
    tell("message-encrypted", "An encrypted message beside other metadata.", told)
    told = pay(FRANKEN, 6_000_000)
    text = "To our payment key with a stranger's stake part: another text, the same lock."
    tell("franken-address", text, told)
    spent = [In(ALICE, {"lovelace": 2_000_000})]
    told = Told(spent, [Out(BOB, {"lovelace": 9_830_000})], withdrawn=8_000_000)
    tell_both("reward-withdrawal", "Staking rewards withdrawn and paid on at once.", told)
    made = [Out(SCRIPT, {"lovelace": 20_000_000}, datum=True), Out(ALICE, {"lovelace": 79_830_000})]
    tell("to-script", "Coin locked at a script with a datum.", pay(outputs=made))
    spent = [
        In(ALICE, {"lovelace": 100_000_000}),
        In(BOB, {"lovelace": 900_000_000}, reference=True),
    ]
    told = pay(CAROL, 7_000_000, inputs=spent)
    text = "An output of ours is looked at by reference: it is no input, and we did not pay."
    tell_both("reference-input", text, told)


def token_stories() -> None:
    tell_both("registered-token", "2.5 of a dollar token with its 1.2 ADA.", send(USDM, 2_500_000))
    text = "Another policy's token of the same name."
    tell("hostile-same-name", text, send(FAKE, 9_000_000))
    text = "A name that looks the same, with a Cyrillic letter."
    tell("hostile-look-alike", text, send(LOOK_ALIKE, 9_100_000))
    tell("cip68-token", "A fungible token whose name says its kind.", send(CIP68, 50))
    spent = [In(ALICE, {"lovelace": 50_000_000, PICTURE: 1})]
    made = [Out(BOB, {"lovelace": 1_300_000, PICTURE: 1}), Out(ALICE, {"lovelace": 48_530_000})]
    tell_both("nft", "An NFT by CIP-68's name.", Told(spent, made))
    spent = [In(ALICE, {"lovelace": 50_000_000})]
    made = [
        Out(BOB, {"lovelace": 1_500_000, FAKE: 7, USDM: 8, CIP68: 9}),
        Out(ALICE, {"lovelace": 48_330_000}),
    ]
    told = Told(spent, made, minted=[(FAKE, 7), (USDM, 8), (CIP68, 9)])
    tell_both(
        "minted", "Three kinds of tokens in one output, minted in the same transaction.", told
    )


def failed_stories() -> None:
    spent = [
        In(SCRIPT, {"lovelace": 5_000_000}),
        In(ALICE, {"lovelace": 5_000_000, USDM: 90_000_000}, collateral=True),
    ]
    made = [
        Out(BOB, {"lovelace": 5_000_000, USDM: 80_000_000}),
        Out(ALICE, {"lovelace": 3_500_000, USDM: 90_000_000}, collateral=True),
    ]
    told = Told(spent, made, valid=False, fee=300_000)
    text = "The script failed: collateral is taken and its rest returned, and nobody is paid."
    tell_both("hostile-invalid-script", text, told)
    spent = [
        In(SCRIPT, {"lovelace": 9_000_000}),
        In(ALICE, {"lovelace": 5_000_000}, collateral=True),
    ]
    told = Told(spent, [Out(BOB, {"lovelace": 8_700_000})], valid=False, fee=300_000)
    tell_both("invalid-script-all-taken", "The script failed, and all collateral is gone.", told)


def unanswered_stories() -> None:
    nobody = digest("nobody's transaction").hex()
    unknown = replace(pay(), hash=nobody)
    more: Json = {"absent": True}
    tell(
        "absent",
        "No block and no mempool knows it.",
        unknown,
        exchanges=blockfrost_absent(nobody),
        **more,
    )
    text = "No block knows it, by Koios."
    tell("koios-absent", text, unknown, api="koios", exchanges=koios_absent(nobody), **more)
    other = replace(unknown, hash=digest("another").hex())
    told = [*blockfrost_absent(other.hash)]
    text = "A server that keeps recent history only proves no absence."
    tell(
        "unhealthy-recent-history", text, other, exchanges=told, history="recent", error="unhealthy"
    )
    other = replace(unknown, hash=digest("banned").hex())
    for status, name in ((402, "plan-used-up"), (418, "banned")):
        other = replace(unknown, hash=digest(name).hex())
        said = {"status_code": status, "error": "Limit", "message": "Usage is over limit."}
        told = [*blockfrost_health(), get(f"/txs/{other.hash}", said, status)]
        text = f"HTTP {status}: it could not be asked, and that is no absence."
        tell(f"unreachable-{name}", text, other, exchanges=told, error="unreachable")
    honest = pay(BOB, 8_000_000)
    told = blockfrost(honest)
    utxos = next(e for e in told if e["get"].endswith("/utxos"))
    utxos["json"]["outputs"][0]["amount"][0]["quantity"] = "80000000"
    text = "An output larger than the transaction's own total."
    tell("hostile-garbled-amount", text, honest, exchanges=told, error="garbled")
    late = pay(BOB, 8_100_000, expires=slot_of(NOW_S - 7200))
    tell("expired", "Seen, and past its last slot.", late, exchanges=blockfrost_mempool(late))


def main() -> None:
    for tell_all in (
        real_stories,
        native_stories,
        token_stories,
        failed_stories,
        unanswered_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    row = load_registry()["ADA"]
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            told = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([told])) as server:
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
