"""Writes ``fixtures/TRX`` from the stories told here: ``python tests/tron/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tron.stories import (
    ALICE,
    BATCH,
    BOB,
    CAROL,
    DAVE,
    FAKE,
    HEAD,
    HEAD_MS,
    ITEMS,
    NFTS,
    NOW,
    SINGLE,
    SPENDER,
    TRANSFER,
    USDT,
    Json,
    answers,
    call,
    called,
    failed,
    header,
    health,
    inner,
    keeps_internal,
    log,
    moved,
    named,
    pay,
    pay_trc10,
    post,
    registered,
    result,
    sign,
    transfer_data,
    word,
)

from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "TRX"
WRITTEN = "written by hand after java-tron's documented HTTP answers; signed bytes, hash and addresses are of nobody"
STAND_IN = (
    "block id and what the recording lacks (see notes) are stand-ins; head and health belong to the"
    " story's clock"
)

STORIES: dict[str, Json] = {}


def tell(name: str, story: str, exchanges: list[Json], tx_hash: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "TRX", "api": "fullnode", "now": NOW, "tx_hash": tx_hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def tell_tx(name: str, story: str, body: Json, info: Json | None, **more: Any) -> None:
    options = {k: more.pop(k) for k in ("solid", "extra", "pooled") if k in more}
    tell(name, story, answers(body, info, **options), more.pop("typed", body["txID"]), **more)


def mainnet(raw: str, tx_hash: str, kind: str, value: Json, stamps: tuple[int, int]) -> Json:
    shown = {"parameter": {"value": value, "type_url": f"type.googleapis.com/protocol.{kind}"}}
    data = {"contract": [shown | {"type": kind}], "expiration": stamps[0], "timestamp": stamps[1]}
    told = {"ret": [{"contractRet": "SUCCESS"}], "txID": tx_hash, "raw_data": data}
    return told | {"raw_data_hex": raw}


def real_stories() -> None:
    body = mainnet(
        "0a02316c22086ccd1928496fbc6340c8efe48d95335a68080112640a2d747970652e676f6f676c65617069732e"
        "636f6d2f70726f746f636f6c2e5472616e73666572436f6e747261637412330a15412e1d447fa4169390cf5f5b"
        "3d12d380decfbfe20f1215413d9324021d2d2da7805c8e599b00da23bfa2ee2d18c0f0f50b70c8cdcffc9433",
        "5a9935a1b7be0150a511111582bbfed62ddb873333b3986bd712e6105fe90ad5",
        "TransferContract",
        {
            "amount": 25_000_000,
            "owner_address": "412e1d447fa4169390cf5f5b3d12d380decfbfe20f",
            "to_address": "413d9324021d2d2da7805c8e599b00da23bfa2ee2d",
        },
        (1_758_012_717_000, 1_757_976_717_000),
    )
    info = result(body, height=75_772_270, fee=1_100_000, receipt={"net_fee": 100_000})
    info["blockTimeStamp"] = 1_757_976_723_000
    tell_tx(
        "native-transfer",
        "25 TRX to an address that the transfer brought to life: 1.1 TRX of fee burnt.",
        body,
        info,
        origin="mainnet",
        source=f"facts of the mainnet transaction {body['txID']}; {STAND_IN}",
        typed=f"https://tronscan.org/#/transaction/{body['txID']}",
        notes="signed bytes, fee, block height and time are the transaction's own; the block id is a stand-in",
    )
    body = mainnet(
        "0a026557220859585d54bcb9da25409bd597e1962e5a76080212720a32747970652e676f6f676c65617069732e"
        "636f6d2f70726f746f636f6c2e5472616e736665724173736574436f6e7472616374123c0a0731303032303030"
        "12154186048ac2ac8bb7985a1f68abb0077d4267e1c2011a154139fec4d95bb59f45a727f9234020adaf2cec9e"
        "2020e693b601708aaee4b8962e",
        "b42ffe110198a5fa1351b41d23d5244b5fa69b92a6ecf30adcc582d65594c7f9",
        "TransferAssetContract",
        {
            "amount": 2_984_422,
            "asset_name": b"1002000".hex(),
            "owner_address": "4186048ac2ac8bb7985a1f68abb0077d4267e1c201",
            "to_address": "4139fec4d95bb59f45a727f9234020adaf2cec9e20",
        },
        (1_586_657_356_443, 1_586_572_629_770),
    )
    info = result(body, height=18_770_770, fee=2820, receipt={"net_fee": 2820})
    info["blockTimeStamp"] = 1_586_575_584_000
    tell_tx(
        "trc10-transfer",
        "A TRC-10 known by its number, sent by an ordinary account.",
        body,
        info,
        extra=[registered("1002000")],
        origin="mainnet",
        source=f"facts of the mainnet transaction {body['txID']}; {STAND_IN}",
        notes="signed bytes, fee, height and time are the transaction's own; block id and the register's words are stand-ins",
    )
    data = (
        "a9059cbb0000000000000000000000413b334848f75cf8c27ec975bcc7cc7e54f140b3c0"
        "00000000000000000000000000000000000000000000000000000000cd0e33a0"
    )
    sender, recipient = (
        "4179309abcff2cf531070ca9222a1f72c4a5136874",
        "413b334848f75cf8c27ec975bcc7cc7e54f140b3c0",
    )
    body = mainnet(
        "0a02d62e2208bbf7d06ee7004d5a4090dccfbead2e5aae01081f12a9010a31747970652e676f6f676c65617069"
        "732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a154179309abcff"
        "2cf531070ca9222a1f72c4a5136874121541a614f803b6fd780986a42c78ec9c7f77e6ded13c2244a9059cbb00"
        "00000000000000000000413b334848f75cf8c27ec975bcc7cc7e54f140b3c000000000000000000000000000000"
        "000000000000000000000000000cd0e33a070bac6f0bcad2e90018094ebdc03",
        "18f5908a7e208e16bfb892a5b06df75675d3142d03a0d99d270ac46143b78d06",
        "TriggerSmartContract",
        {"data": data, "owner_address": sender, "contract_address": USDT},
        (1_592_758_890_000, 1_592_755_233_594),
    )
    receipt = {"energy_fee": 296_310, "energy_usage_total": 29_631, "net_fee": 3460}
    info = called(body, logs=[moved(USDT, sender, recipient, 3_440_260_000)], height=20_829_763)
    info |= {"receipt": receipt | {"result": "SUCCESS"}, "fee": 299_770}
    info |= {"blockTimeStamp": 1_592_755_239_000, "contract_address": USDT}
    tell_tx(
        "trc20-transfer",
        "3440.26 USDT by a wallet that writes Tron's 41 before the address in its call.",
        body,
        info,
        extra=named(USDT),
        origin="mainnet",
        source=f"facts of the mainnet transaction {body['txID']}; {STAND_IN}",
        notes="signed bytes, fee, energy, height and time are the transaction's own; the log is written as the contract writes it for this call; block id and the contract's words are stand-ins",
    )


def native_stories() -> None:
    body = pay(memo=b"  100234 ")
    tell_tx("memo-text", "TRX with a memo, as written with spaces around it.", body, result(body))
    body = pay(memo=bytes.fromhex("ff00fe01"))
    tell_tx("memo-binary", "TRX with a memo that is no text.", body, result(body))
    body = pay(9_223_372_036_854_775_807)
    tell_tx(
        "native-largest", "The largest amount that a signed number can hold.", body, result(body)
    )
    body = pay(permission=2)
    tell_tx("multi-signature", "TRX signed with an active permission.", body, result(body))
    body = pay(3_000_000)
    info = result(body, height=HEAD - 3)
    tell_tx("not-final", "In a block that is not solidified yet.", body, info, solid=False)
    body = pay(4_000_000, ret=None, timestamp=HEAD_MS - 6000)
    tell("pending", "Waits in the node's pool.", answers(None, pooled=body), body["txID"])
    body = pay(4_100_000, timestamp=HEAD_MS - 6000)
    tell_tx("pending-without-result", "Just taken up: known, and without a result yet.", body, None)
    body = pay(4_200_000, ret=None, timestamp=HEAD_MS - 900_000)
    text = "Still in the pool, though it expired before the solidified block: no block can take it."
    tell("expired", text, answers(None, pooled=body), body["txID"])


def program_stories() -> None:
    data = "5c23bdf5" + word(1)
    paid = [moved(USDT, SPENDER, to, n) for to, n in ((BOB, 7_000_000), (CAROL, 8_000_000))]
    paid.append(moved(USDT, SPENDER, DAVE, 9_000_000))
    body = call(SPENDER, data, memo=b"payroll 11")
    tell_tx(
        "several-recipients",
        "One call of a paying contract gives USDT to three people.",
        body,
        called(body, logs=paid),
        extra=[*named(USDT), keeps_internal()],
    )
    body = call(SPENDER, data, value=5_000_000)
    values = [{"callValue": 3_000_000}], [{"callValue": 2, "tokenId": "1002000"}, {}]
    info = called(body)
    info["internal_transactions"] = [
        inner(BOB, *values[0]),
        inner(CAROL, *values[1]),
        inner(DAVE, {"callValue": 1_500_000}, note="suicide"),
        inner(DAVE),
    ]
    tell_tx(
        "internal",
        "A program pays TRX and a TRC-10, and destroys itself.",
        body,
        info,
        extra=[registered("1002000")],
    )
    body = call(SPENDER, data)
    info = called(body)
    info["internal_transactions"] = [inner(BOB, {"callValue": 40_000_000})]
    text = "An exchange's contract pays one withdrawal of 40 TRX: no transfer of the account's own."
    tell_tx("internal-alone", text, body, info)
    body = call(SPENDER, data, value=6_000_000)
    info = called(body)
    info["internal_transactions"] = [
        inner(BOB, {"callValue": 6_000_000}, rejected=True),
        inner(CAROL, {"callValue": 1}),
    ]
    tell_tx(
        "hostile-internal-rejected",
        "The call succeeded, and the inner one that would have paid was undone.",
        body,
        info,
    )
    body = call(SPENDER, data, value=1)
    info = called(body)
    info["internal_transactions"] = [
        inner(BOB, {"callValue": 90_000_000_000}, note="delegateResourceOfEnergy"),
        inner(BOB, {"callValue": 80_000_000_000}, note="unDelegateResourceOfBandwidth"),
    ]
    tell_tx(
        "hostile-internal-delegation",
        "A contract lends energy to an address: an amount beside it, and nothing is paid.",
        body,
        info,
    )
    body = call(USDT, transfer_data(BOB, 500_000_000), ret="OUT_OF_ENERGY", memo=b"100234")
    info = failed(body, "OUT_OF_ENERGY", "Not enough energy for 'SSTORE' operation executing")
    tell_tx(
        "failed-out-of-energy",
        "500 USDT that never left: the call ran out of energy.",
        body,
        info,
        extra=named(USDT),
    )
    body = call(USDT, transfer_data(BOB, 600_000_000), ret="REVERT")
    info = failed(body, "REVERT", "REVERT opcode executed")
    info["log"] = [moved(USDT, ALICE, BOB, 600_000_000)]
    info["internal_transactions"] = [inner(BOB, {"callValue": 5}, rejected=True)]
    tell_tx(
        "hostile-failed-with-log",
        "A reverted call beside which a log and an inner payment stand: nothing arrived.",
        body,
        info,
        extra=named(USDT),
    )


def token_stories() -> None:
    body = call(USDT, transfer_data(BOB, 1_000_000), memo=b"100234")
    info = called(body, logs=[moved(USDT, ALICE, BOB, 1_000_000)])
    tell_tx("trc20-with-memo", "USDT with a memo.", body, info, extra=named(USDT))
    body = call(FAKE, transfer_data(BOB, 900_000_000))
    info = called(body, logs=[moved(FAKE, ALICE, BOB, 900_000_000)])
    tell_tx(
        "hostile-trc20-named-usdt",
        "Another contract that calls itself USDT.",
        body,
        info,
        extra=named(FAKE),
    )
    body = pay_trc10(900_000_000, "1005416")
    tell_tx(
        "hostile-trc10-named-usdt",
        "A TRC-10 that bears the name and the symbol of a TRC-20.",
        body,
        result(body),
        extra=[registered("1005416")],
    )
    poison = "23b872dd" + word(BOB) + word(CAROL) + word(0)
    body = call(USDT, poison)
    info = called(body, logs=[moved(USDT, BOB, CAROL, 0)])
    tell_tx(
        "hostile-zero-transfer-from",
        "A transfer of nothing that puts two addresses into each other's history.",
        body,
        info,
        extra=named(USDT),
    )
    body = call(NFTS, "23b872dd" + word(ALICE) + word(BOB) + word(7711))
    info = called(body, logs=[log(NFTS, TRANSFER, word(ALICE), word(BOB), word(7711))])
    tell_tx("trc721", "A TRC-721: its number is no amount.", body, info, extra=named(NFTS))
    data = "2eb2c2d6" + word(ALICE) + word(BOB)
    body = call(ITEMS, data)
    arrays = word(64) + word(160) + word(2) + word(5) + word(6) + word(2) + word(10) + word(1)
    logs = [
        log(ITEMS, SINGLE, word(ALICE), word(ALICE), word(BOB), data=word(4) + word(3)),
        log(ITEMS, BATCH, word(ALICE), word(ALICE), word(BOB), data=arrays),
    ]
    tell_tx(
        "trc1155",
        "TRC-1155 items, one alone and two in a batch.",
        body,
        called(body, logs=logs),
        extra=[*named(ITEMS), keeps_internal()],
    )


def other_stories() -> None:
    body = sign("WithdrawBalanceContract", {"owner_address": ALICE})
    info = result(body, withdraw_amount=12_345_678)
    tell_tx("vote-reward", "A voter takes out the rewards of his votes.", body, info)
    body = sign("WithdrawExpireUnfreezeContract", {"owner_address": ALICE})
    info = result(body, withdraw_expire_amount=1_000_000_000)
    tell_tx("unstaked", "Stake comes back to its owner after the waiting time.", body, info)
    value = {"owner_address": ALICE, "resource": 1, "balance": 50_000_000_000}
    body = sign("DelegateResourceContract", value | {"receiver_address": BOB})
    text = "Lent energy, which wallets show with an amount of TRX: nothing is paid."
    tell_tx("hostile-resource-delegation", text, body, result(body))
    body = sign("AccountPermissionUpdateContract", {"owner_address": ALICE})
    text = "An account changes who may sign for it."
    tell_tx("permission-update", text, body, result(body, fee=100_000_000))
    value = {"owner_address": ALICE, "sell_token_id": b"_".hex(), "sell_token_quantity": 1000}
    value |= {"buy_token_id": b"1002000".hex(), "buy_token_quantity": 5}
    body = sign("MarketSellAssetContract", value)
    text = "An order on the chain's own market: what it moved is not read, and that is said."
    tell_tx("unread-contract-type", text, body, result(body))


def unanswered_stories() -> None:
    unknown = "3b9c" + "5d" * 30
    tell(
        "absent",
        "No block and no pool knows it.",
        answers(None, tx_hash=unknown),
        unknown,
        absent=True,
    )
    block = header(SOLID_OF_ABSENT, HEAD_MS)["blockID"]
    text = "A block's id is no transaction: the answer says so."
    tell("absent-block-id", text, answers(None, tx_hash=block), f"0x{block}", absent=True)
    lite = "a1" * 32
    closed = "this API is closed because this node is a lite fullnode"
    asked = {"post": "/wallet/gettransactionbyid", "body": {"value": lite}, "text": closed}
    text = "A lite node has closed its history: that is no absence."
    tell("unhealthy-lite-node", text, [*health(), asked], lite, error="unhealthy")
    busy = "b2" * 32
    said = {"Error": "class java.lang.IllegalAccessException : lack of computing resources"}
    told = [*health(), post("/wallet/gettransactionbyid", {"value": busy}, said)]
    text = "The node has too much to do, and says so within HTTP 200."
    tell("unreachable-busy", text, told, busy, error="unreachable")
    body = pay(5_000_000)
    forged = body | {"raw_data_hex": pay(5_000_001)["raw_data_hex"]}
    text = "Signed bytes of another amount under the same hash."
    tell_tx("hostile-garbled-bytes", text, forged, None, error="garbled")
    STORIES["hostile-garbled-bytes"]["exchanges"] = answers(forged, result(body))
    body = pay(5_500_000)
    info, other = result(body), result(body, height=HEAD - 200)
    text = "Head and solidified view tell of two blocks: a fork is being settled, ask again."
    tell_tx("garbled-two-views", text, body, info, solid=other, error="garbled")


SOLID_OF_ABSENT = HEAD - 1000


def main() -> None:
    for tell_all in (
        real_stories,
        native_stories,
        program_stories,
        token_stories,
        other_stories,
        unanswered_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    row = load_registry()["TRX"]
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            told = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([told])) as server:
                node = Node(row.code, server.url, "fullnode")
                asked = fixture["tx_hash"].rpartition("/")[2]
                (answer,) = ask_node(row, node, [asked])
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
