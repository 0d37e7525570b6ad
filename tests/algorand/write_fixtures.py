"""Writes ``fixtures/ALGO`` from the stories told here: ``python tests/algorand/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from algorand.stories import (
    ALICE,
    APP,
    BOB,
    CAROL,
    CONTROLLED,
    DAVE,
    DESTROYED,
    FAKE_USDC,
    HEAD,
    NOBODY,
    NOW,
    OURS,
    PICTURE,
    ROW,
    USDC,
    Json,
    axfer,
    b64,
    call,
    common,
    digest,
    get,
    history,
    identified,
    indexed,
    node,
    pay,
    pool_answers,
    pooled,
    some_id,
    told,
    unknown,
    wire,
)

from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "ALGO"
WRITTEN = (
    "written by hand after the documented answers of indexer and algod; addresses are of nobody,"
    " ids are computed from the fields"
)
STAND_IN = (
    "block hashes, what assets say of themselves, and the head are stand-ins of the story's clock"
)
STORIES: dict[str, Json] = {}


def tell(name: str, story: str, exchanges: list[Json], tx_hash: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "ALGO", "api": "indexer", "now": NOW, "tx_hash": tx_hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def tell_tx(name: str, story: str, tx: Json, *assets: int, **more: Any) -> None:
    known = tx if "id" in tx else identified(tx)
    answers = [*indexed(known), *(told(a, "indexer") for a in assets)]
    tell(name, story, answers, more.pop("typed", known["id"]), **more)


def tell_pool(name: str, story: str, answer: Json, *assets: int, **more: Any) -> None:
    tx_id, answers = pool_answers(answer, name)
    tell(name, story, [*answers, *(told(a, "algod") for a in assets)], tx_id, api="algod", **more)


def tell_real(name: str, story: str, tx: Json, *assets: int, **more: Any) -> None:
    source = f"facts of the mainnet transaction {tx['id']}; {STAND_IN}"
    tell_tx(name, story, tx, *assets, origin="mainnet", source=source, **more)


def real(kind: str, tx_id: str, sender: str, rounds: tuple[int, int], at: int, **more: Any) -> Json:
    tx = common(kind, sender, rounds[1], **more)
    tx |= {"id": tx_id, "first-valid": rounds[0], "last-valid": rounds[0] + 1000, "round-time": at}
    if kind == "axfer":
        del tx["close-rewards"], tx["receiver-rewards"], tx["sender-rewards"]
    return tx


def real_stories() -> None:
    sender = "M3IAMWFYEIJWLWFIIOEDFOLGIVMEOB3F4I3CA4BIAHJENHUUSX63APOXXM"
    tx = real(
        "pay",
        "FBORGSDC4ULLWHWZUMUFIYQLSDC26HGLTFD7EATQDY37FHCIYBBQ",
        sender,
        (36_570_176, 36_570_178),
        1_709_189_521,
        note=b"13402832142124774:6394619160283507712",
    )
    receiver = "KIZLH4HUM5ZIB5RVP6DR2IGXB44TGJ6HZUZIAYZFZ63KWCAQB2EZGPU5BQ"
    tx["payment-transaction"] = {"receiver": receiver, "amount": 236_070_000, "close-amount": 0}
    tell_real("native-with-note", "236.07 ALGO with a text in the note.", tx)

    tx = real(
        "pay",
        "X2LZ3HZD2SXVGP6WATFEDVALZ3DQL7JQK5ZM75NUX22RSRTVVZOA",
        "HVRMBK4GHNUNDOS7J4FWALCZE7QQYN4QFA3OUP362PCHKHXYADYGZHGOOA",
        (34_217_443, 34_217_448),
        1_701_899_942,
    )
    receiver = "5GW5VO4JNTHXVH2DYV7HAKBKGQFSCAI4MBUD5EN3FLBGLF4KKRXJE24ASI"
    tx["payment-transaction"] = {"receiver": receiver, "amount": 257_733_000, "close-amount": 0}
    tell_real("native-without-note", "257.733 ALGO without a note.", tx)

    rekeyed = "SDLTNWFFD4ZOQBNYR4EQQFHD4GCIOO7DNETZS2SULNAL6COM66SCNIKK6Q"
    signer = "Q2OAGW2ZBLV5V36W4PZHSLQZEHU7MR5VY2EESNOTNUHE2OBUG6HKJPTZEE"
    group = "5VFCW3FBMGGqVQIukeg9IMlaSzci242qEEshJWDwI9c="
    tx = real(
        "axfer",
        "CODYBRSDHJTBJ6TNON6E5I42K6ILU2LCZFEUAP7Q2A5QVVAU4IKA",
        rekeyed,
        (50_843_674, 50_843_679),
        1_749_837_470,
        note=b"deflex-nfd-0.9168821164157916",
        group=group,
    )
    tx["auth-addr"] = signer
    receiver = "PSOJDDC6FQ5SUHGKYGYQC7SZEY77WLBZQJK3IMWRAGL2IGB7IWJ6ATUNQQ"
    tx["asset-transfer-transaction"] = {
        "amount": 4_950_000, "asset-id": USDC, "close-amount": 0, "receiver": receiver,
    }  # fmt: skip
    text = "4.95 USDC from a rekeyed account, one of a group."
    tell_real("token-usdc-in-group", text, tx, USDC)

    tx = real(
        "pay",
        "S3M4OHWB2PLVNTQYXT7NAKLKX2AIEAJZMH5QZBHVN7BAU553HQMQ",
        rekeyed,
        (50_843_674, 50_843_679),
        1_749_837_470,
        group=group,
    )
    tx |= {"auth-addr": signer, "rekey-to": rekeyed}
    tx["payment-transaction"] = {"amount": 0, "close-amount": 0, "receiver": rekeyed}
    tell_real("rekey-by-zero-payment", "A payment of nothing that changes an account's key.", tx)

    tx = real(
        "axfer",
        "V7GQPE5TDMB4BIW2GCTPCBMXYMCF3HQGLYOYHGWP256GQHN5QAXQ",
        "J2WKA2P622UGRYLEQJPTM3K62RLWOKWSIY32A7HUNJ7HKQCRJANHNBFLBQ",
        (30_666_724, 30_666_726),
        1_689_880_083,
    )
    del tx["genesis-id"]
    closed = "LINTQTVHWUFZR677Z6GD3MTVWEXDX26Z2V7Q7QSD6NOQ6WOZTMSIMYCQE4"
    tx["asset-transfer-transaction"] = {
        "amount": 0, "asset-id": 140479105, "close-amount": 0, "close-to": closed, "receiver": closed,
    }  # fmt: skip
    tell_real("asset-opt-out", "An empty holding is closed: nothing moves.", tx, 140479105)

    caller = "X6MNR4AVJQEMJRHAPZ6F4O4SVDIYN67ZRMD2O3ULPY4QFMANQNZOEYHODE"
    app = "EP3I5HF6N3B7NSLVJ5YOZNTW3B4L46RUTELW6GIWZZ6ZCV5XOVT5PTOHAI"
    first = pay(caller, 100_000, sender=app, height=40_212_728, fee=0)
    second = axfer(
        PICTURE,
        "4CLIOL4MHNBVOBNCD6JOBRFDQZV4XZSWMDCTIXI74VQP6BLEP3VAX6ROSM",
        1,
        sender=app,
        victim="SVES5Z76ZYNFVKN4IMF3HYGDQAYF7DWMPPSSDZQEKAR2566WSA44FNPGIA",
        height=40_212_728,
        fee=0,
    )
    tx = call(
        _inner(first), _inner(second), sender=caller, height=40_212_728,
        note=b'AlgoMart/v1:j{"t":"ttax","s":["arc2"]}', fee=0,
    )  # fmt: skip
    tx |= {
        "id": "CF6HEO6Z5UZIPCUXTIAGUHHDV7W4FCZG5WPKUGU3BIJYF6X6SPYA",
        "round-time": 1_719_677_865,
    }
    tx |= {"group": "ngljw8EaQSretI9Q5qK1/0lxppfGuAoZgN75WyukMKM="}
    text = "An application pays 0.1 ALGO and moves an NFT by clawback."
    tell_real("inner-payment-and-nft", text, tx, PICTURE)

    app = "RHI54JUHEHQFVQECDUUJMXBZG7QF2ZSSNYNXOECRBNJ6RZJLP2YGJCDVXI"
    owner = "MDIVKI64M2HEKCWKH7SOTUXEEW6KNOYSAOBTDTS32KUQOGUT75D43MSP5M"
    item = 850924184
    asset = axfer(item, NOBODY, 0, sender=app, close=owner, rest=1, height=39_723_800)
    coins = pay(NOBODY, 0, sender=app, close=owner, rest=597_000, height=39_723_800)
    caller = "H3OQEQIIC35RZTJNU5A75LT4PCTUCF3VKVEQTSXAJMUGNTRUKEKI4QSRW4"
    tx = call(_inner(asset), _inner(coins), sender=caller, height=39_723_800)
    tx |= {
        "id": "XVVC7UDLCPI622KCJZLWK3SEAWWVUEPEXUM5CO3DFLWOBH7NOPDQ",
        "round-time": 1_718_268_693,
    }
    text = "An application empties its account: everything goes to whom it closes to."
    tell_real("inner-close-out", text, tx, item)

    answer = pooled(
        {
            "amt": 100_000, "fee": 1000, "fv": 52_961_607, "gen": "mainnet-v1.0",
            "gh": "wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=", "lv": 52_962_607,
            "rcv": "NXSHXB3CLKPZ4JJ3LIXOKOEAB575EDDHCUTDYAKYRXZWVJ6CCQUP55ZEPE",
            "snd": "RXIOUIR5IGFZMIZ7CR7FJXDYY4JI7NZG5UCWCZZNWXUPFJRLG6K6X5ITXM", "type": "pay",
        },
        height=52_961_610,
    )  # fmt: skip
    tell_pool(
        "algod-native",
        "0.1 ALGO, as algod tells it.",
        answer,
        origin="mainnet",
        source=f"facts of the mainnet transaction {pool_answers(answer)[0]}; {STAND_IN}",
        notes="algod keeps the last 1000 rounds: it answered so when the round was new",
    )


def _inner(tx: Json) -> Json:
    """Inner transactions carry neither genesis nor id."""
    return {k: v for k, v in tx.items() if k not in {"genesis-id", "genesis-hash"}}


def native_stories() -> None:
    tell_tx("memo-number", "ALGO with a number in the note.", pay(OURS, 25_000_000, note=b"104857"))
    tx = pay(OURS, 25_000_001, note=b"  104857\n")
    tell_tx("memo-spaces", "Spaces and a line's end around the number.", tx)
    tx = pay(OURS, 25_000_002, note=b"MTA0ODU3")
    tell_tx("memo-base64", "A wallet wrote the note's base64 into the note.", tx)
    tx = pay(OURS, 25_000_003, note=b"104857" + bytes(26))
    tell_tx("memo-padded", "A number padded with zero bytes.", tx)
    tx = pay(OURS, 25_000_004, note=bytes.fromhex("ff00fe81"))
    tell_tx("memo-binary", "A note that is no text.", tx)
    tx = pay(OURS, 25_000_005, note=b'app:j{"u":104857}')
    tell_tx("memo-json", "A note as ARC-2 writes it.", tx)
    tx = pay(OURS, 25_000_006)
    tell_tx(
        "memo-missing",
        "ALGO without a note.",
        tx,
        typed=f"https://allo.info/tx/{identified(tx)['id']}",
    )
    tx = pay(OURS, 25_000_007, height=HEAD)
    tell_tx("native-in-newest-round", "In the newest round: its hash stands in no block yet.", tx)
    tx = pay(OURS, 2**63, sender=BOB)
    tell_tx("native-largest", "An amount above 2^53 keeps every digit.", tx)
    tx = pay(OURS, 26_000_000, group=b64(digest("group")), fee=0, lease=b64(digest("lease")))
    tell_tx("group-pays-fee", "One of a group, whose fee another member paid.", tx)
    tx = pay(OURS, 2_919_000_000, height=8_000_000)
    tx |= {"sender-rewards": 5_838, "receiver-rewards": 34_000_284}
    tx["round-time"] = 1_596_000_000
    text = "A payment of 2020, when touching an account paid out its rewards."
    tell_tx("rewards-of-old-days", text, tx)


def closing_stories() -> None:
    tx = pay(BOB, 1_000_000, close=OURS, rest=7_499_000, note=b"104857")
    tell_tx("close-to-us", "1 ALGO to one, all the rest to another.", tx)
    tx = pay(OURS, 1_000_000, close=OURS, rest=7_498_000, note=b"104857")
    tell_tx("close-both-to-us", "Amount and remainder go to one account.", tx)
    tx = pay(OURS, 0, close=BOB, rest=900_000_000, note=b"104857")
    text = "Nothing is paid to us; the 900 ALGO that explorers show went elsewhere by closing."
    tell_tx("hostile-zero-payment-close-elsewhere", text, tx)
    tx = axfer(USDC, BOB, 5_000_000, close=OURS, rest=45_000_000)
    tell_tx("asset-close-to-us", "5 USDC to one, the remaining 45 to us.", tx, USDC)


def asset_stories() -> None:
    tx = axfer(USDC, OURS, 12_500_000, note=b"104857")
    tell_tx("token-with-note", "12.5 USDC with a number in the note.", tx, USDC)
    tx = axfer(FAKE_USDC, OURS, 900_000_000_000, note=b"104857")
    tell_tx("hostile-fake-usdc", "Another asset with the unit name USDC.", tx, FAKE_USDC)
    tx = axfer(CONTROLLED, OURS, 50, sender=DAVE, victim=BOB)
    text = "The issuer takes 50 from Bob's account into ours: Bob sent nothing."
    tell_tx("hostile-clawback-to-us", text, tx, CONTROLLED)
    tx = axfer(CONTROLLED, DAVE, 50, sender=DAVE, victim=OURS)
    tell_tx("hostile-clawback-from-us", "The issuer takes 50 out of our account.", tx, CONTROLLED)
    tx = axfer(USDC, OURS, 0, sender=OURS)
    tell_tx("opt-in", "A transfer of nothing to itself opens a holding.", tx, USDC)
    tx = axfer(PICTURE, OURS, 1, sender=CAROL)
    tell_tx("nft", "An asset of one single unit.", tx, PICTURE)
    tx = axfer(CONTROLLED, OURS, 1_000, sender=CAROL)
    text = "An asset whose issuer may freeze and take back."
    tell_tx("token-controlled-by-issuer", text, tx, CONTROLLED)
    tx = axfer(DESTROYED, OURS, 7, height=HEAD - 9_000)
    tell_tx("token-destroyed-since", "An asset nobody knows any more.", tx, DESTROYED)


def application_stories() -> None:
    paid = [pay(to, amount, sender=APP, fee=0) for to, amount in ((OURS, 4_000_000), (BOB, 5))]
    paid[0]["note"] = b64(b"104857")
    tx = call(*map(_inner, paid), note=b"999999", fee=3000)
    text = "An application pays two accounts; the note that counts is the inner one."
    tell_tx("several-recipients", text, tx)
    deepest = _inner(pay(OURS, 3_000_000, sender=APP, fee=0))
    middle = _inner(call(deepest, sender=APP, fee=0))
    token = _inner(axfer(USDC, OURS, 2_000_000, sender=APP, fee=0))
    tell_tx("inner-nested", "A payment two applications deep.", call(middle, token), USDC)
    tx = call(_inner(pay(OURS, 4_500_000, sender=APP, fee=0)))
    tell_tx("inner-alone", "An application pays ALGO, as a bridge does.", tx)
    tx = call(_inner(pay(OURS, 0, sender=APP, close=BOB, rest=8_000_000, fee=0)))
    text = "An application pays us nothing and closes to another."
    tell_tx("hostile-inner-close-elsewhere", text, tx)
    tell_tx("application-without-payment", "A call that moves nothing.", call(note=b"104857"))


def other_stories() -> None:
    tx = common("keyreg", ALICE, HEAD - 100) | {"keyreg-transaction": {"non-participation": False}}
    tell_tx("key-registration", "An account registers keys for the consensus.", tx)
    tx = common("stpf", NOBODY, HEAD - 100, fee=0) | {"state-proof-transaction": {}}
    tell_tx("state-proof", "A state proof, which the chain itself sends.", tx)
    frozen = {"address": OURS, "asset-id": CONTROLLED, "new-freeze-status": True}
    tx = common("afrz", DAVE, HEAD - 100) | {"asset-freeze-transaction": frozen}
    tell_tx("asset-freeze", "An issuer freezes a holding.", tx)
    tx = common("later", ALICE, HEAD - 100)
    tell_tx("unread-type", "A type of later days: what it moved is not known.", tx)
    tx = pay(OURS, 31_000_000) | {"id": some_id("later field"), "post-quantum": {"key": "x"}}
    tell_tx("unread-field", "A field of later days: the id can't be recomputed.", tx)


def algod_stories() -> None:
    text = "In the pool, not in a block yet."
    note = b64(b"104857")
    tell_pool("algod-pending", text, pooled(wire("pay", rcv=OURS, amt=8_000_000, note=note)))
    error = "overspend (account balance 5 < 8000000)"
    answer = pooled(wire("pay", rcv=OURS, amt=8_000_001), error=error)
    text = "This node threw it out, and until its last round it may be sent again."
    tell_pool("algod-refused-may-return", text, answer)
    answer = pooled(wire("pay", rcv=OURS, amt=8_000_002, last=HEAD - 10), error=error)
    tell_pool("algod-refused-for-good", "Thrown out, and its last round is over.", answer)
    height = HEAD - 210
    answer = pooled(wire("axfer", xaid=USDC, arcv=BOB, aamt=5, aclose=OURS), height=height)
    answer |= {"asset-closing-amount": 6_000_000}
    tell_pool("algod-asset-close", "5 units to one, the rest of the holding to us.", answer, USDC)
    answer = pooled(wire("pay", amt=0, rcv=OURS, close=BOB), height=height)
    answer |= {"closing-amount": 77_000_000}
    text = "Nothing to us, everything elsewhere by closing."
    tell_pool("hostile-algod-zero-payment-close-elsewhere", text, answer)
    answer = pooled(
        wire("axfer", xaid=CONTROLLED, arcv=OURS, aamt=9, asnd=BOB, snd=DAVE), height=height
    )
    tell_pool("hostile-algod-clawback", "The issuer takes from Bob's account.", answer, CONTROLLED)
    inner = [
        pooled(wire("pay", rcv=OURS, amt=4_000_000, snd=APP), height=height),
        pooled(wire("axfer", xaid=USDC, arcv=CAROL, aamt=3, snd=APP), height=height),
    ]
    answer = pooled(wire("appl", apid=77), height=height) | {"inner-txns": inner}
    tell_pool("algod-inner", "An application pays ALGO and USDC.", answer, USDC)
    tx_id = some_id("unknown to algod")
    message = "could not find the transaction in the transaction pool or in the last 1000 confirmed rounds"
    missing = get(f"/v2/transactions/pending/{tx_id}", {"message": message}, 404)
    text = "Algod forgets after 1000 rounds: that is no absence."
    tell("algod-unknown", text, [*node(), missing], tx_id, api="algod", error="unhealthy")


def unanswered_stories() -> None:
    tx_id = some_id("unknown")
    tell("absent", "No round has it.", [*unknown(tx_id), history()], tx_id.lower(), absent=True)
    tx_id = some_id("unknown to a young indexer")
    text = "An indexer said to keep recent rounds only can't prove an absence."
    tell("unhealthy-recent-only", text, unknown(tx_id), tx_id, history="recent", error="unhealthy")
    honest = identified(pay(OURS, 1_000_001, note=b"104857"))
    part = honest["payment-transaction"] | {"amount": 1_000_001_000}
    tx = honest | {"payment-transaction": part}
    text = "A thousand times the amount under the id of the small one."
    tell_tx("hostile-garbled-amount", text, tx, error="garbled")
    honest = identified(pay(OURS, 1_000_002, note=b"104857"))
    tx = honest | {"note": b64(b"200200")}
    tell_tx("hostile-garbled-note", "Another note under the same id.", tx, error="garbled")
    testnet = "SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI="
    tx = identified(pay(OURS, 5_000_000) | {"genesis-hash": testnet, "genesis-id": "testnet-v1.0"})
    tell_tx("hostile-transaction-of-testnet", "Signed for the test network.", tx, error="garbled")


def main() -> None:
    for tell_all in (
        real_stories,
        native_stories,
        closing_stories,
        asset_stories,
        application_stories,
        other_stories,
        algod_stories,
        unanswered_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            asked = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([asked])) as server:
                source = Node(ROW.code, server.url, fixture["api"])
                (answer,) = ask_node(ROW, source, [fixture["tx_hash"].rpartition("/")[2]])
                source.close()
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
