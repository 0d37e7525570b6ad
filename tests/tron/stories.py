"""Tron transactions made from their signed bytes up, and a node's answers about them.

Knows: protobuf's wire format from the writer's side, java-tron's answers, one moment in which all
stories are told. Must not know: the decoder.
"""

from __future__ import annotations

import hashlib
from typing import Any

from base58_bech32.base58 import b58decode_check

NOW = "2026-11-20T12:00:00Z"
HEAD, HEAD_MS = 88_172_028, 1_795_175_997_000
SOLID, SOLID_MS = HEAD - 19, HEAD_MS - 57_000
GENESIS = "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc"

USDT = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"
TRANSFER = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SINGLE = "c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62"
BATCH = "4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb"

Json = dict[str, Any]


def hex_of(text: str) -> str:
    return b58decode_check(text).hex()


def somebody(name: str) -> str:
    """An address of nobody, the same for the same name."""
    return "41" + hashlib.sha256(f"tron story: {name}".encode()).hexdigest()[:40]


ALICE, BOB, CAROL, DAVE = map(somebody, ("alice", "bob", "carol", "dave"))
SPENDER, FAKE, NFTS, ITEMS = map(somebody, ("spender", "fake usdt", "nfts", "items"))


# -- signed bytes ---------------------------------------------------------------------------


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes) -> bytes:
    """One protobuf field; a default value is left out, as every writer does."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    return varint(number << 3 | 2) + varint(len(value)) + value if value else b""


TYPES: dict[str, tuple[int, dict[str, int]]] = {
    "TransferContract": (1, {"owner_address": 1, "to_address": 2, "amount": 3}),
    "TransferAssetContract": (
        2,
        {"asset_name": 1, "owner_address": 2, "to_address": 3, "amount": 4},
    ),
    "ParticipateAssetIssueContract": (
        9,
        {"owner_address": 1, "to_address": 2, "asset_name": 3, "amount": 4},
    ),
    "CreateSmartContract": (30, {"owner_address": 1, "new_contract": 2}),
    "WithdrawBalanceContract": (13, {"owner_address": 1}),
    "TriggerSmartContract": (
        31,
        {
            "owner_address": 1,
            "contract_address": 2,
            "call_value": 3,
            "data": 4,
            "call_token_value": 5,
            "token_id": 6,
        },
    ),
    "AccountPermissionUpdateContract": (46, {"owner_address": 1}),
    "MarketSellAssetContract": (
        52,
        {
            "owner_address": 1,
            "sell_token_id": 2,
            "sell_token_quantity": 3,
            "buy_token_id": 4,
            "buy_token_quantity": 5,
        },
    ),
    "WithdrawExpireUnfreezeContract": (56, {"owner_address": 1}),
    "DelegateResourceContract": (
        57,
        {"owner_address": 1, "resource": 2, "balance": 3, "receiver_address": 4},
    ),
    "CancelAllUnfreezeV2Contract": (59, {"owner_address": 1}),
}


def sign(
    kind: str,
    value: Json,
    *,
    memo: bytes = b"",
    permission: int = 0,
    timestamp: int = HEAD_MS - 600_000,
    ret: str | None = "SUCCESS",
    number: int | None = None,
) -> Json:
    """The body that a node answers; bytes in ``value`` are hexadecimal."""
    enum, names = TYPES.get(kind, (number or 0, {"owner_address": 1}))
    packed = b"".join(
        field(n, value[k] if isinstance(value[k], int) else bytes.fromhex(value[k]))
        for k, n in sorted(names.items(), key=lambda pair: pair[1])
        if k in value
    )
    url = f"type.googleapis.com/protocol.{kind}"
    contract = field(1, enum) + field(2, field(1, url.encode()) + field(2, packed))
    contract += field(5, permission)
    raw = field(1, bytes.fromhex("6c1d")) + field(4, bytes.fromhex("04d529ad06ea062c"))
    raw += field(8, timestamp + 60_000) + field(10, memo) + field(11, contract)
    raw += field(14, timestamp)
    shown: Json = {"parameter": {"value": value, "type_url": url}, "type": kind}
    if permission:
        shown["Permission_id"] = permission
    body: Json = {} if ret is None else {"ret": [{"contractRet": ret}]}
    body |= {
        "signature": ["00" * 65],
        "txID": hashlib.sha256(raw).hexdigest(),
        "raw_data": {
            "contract": [shown],
            "ref_block_bytes": "6c1d",
            "ref_block_hash": "04d529ad06ea062c",
            "expiration": timestamp + 60_000,
            "timestamp": timestamp,
        },
        "raw_data_hex": raw.hex(),
    }
    if memo:
        body["raw_data"]["data"] = memo.hex()
    return body


def pay(amount: int = 25_000_000, *, to: str = BOB, **options: Any) -> Json:
    value = {"amount": amount, "owner_address": ALICE, "to_address": to}
    return sign("TransferContract", value, **options)


def pay_trc10(amount: int, token_id: str, *, to: str = BOB, **options: Any) -> Json:
    value = {"amount": amount, "asset_name": token_id.encode().hex()}
    value |= {"owner_address": ALICE, "to_address": to}
    return sign("TransferAssetContract", value, **options)


def call(contract: str, data: str, *, value: int = 0, **options: Any) -> Json:
    asked: Json = {"data": data, "owner_address": ALICE, "contract_address": contract}
    if value:
        asked["call_value"] = value
    return sign("TriggerSmartContract", asked, **options)


def word(value: int | str) -> str:
    return f"{value:064x}" if isinstance(value, int) else "0" * 24 + value[2:]


def transfer_data(to: str, amount: int) -> str:
    """A wallet's call data: Tron's 41 is left before the address, as many do."""
    return "a9059cbb" + "0" * 22 + to + word(amount)


# -- results --------------------------------------------------------------------------------


def result(body: Json, *, height: int = SOLID - 100, **more: Any) -> Json:
    info: Json = {
        "id": body["txID"],
        "blockNumber": height,
        "blockTimeStamp": HEAD_MS - (HEAD - height) * 3000,
        "contractResult": [""],
        "receipt": {"net_usage": 268},
    }
    return info | more


def called(body: Json, *, logs: list[Json] | None = None, **more: Any) -> Json:
    receipt = {"energy_fee": 6_428_500, "energy_usage_total": 64_285, "net_usage": 345}
    told: Json = {"receipt": receipt | {"result": "SUCCESS"}, "fee": 6_428_500}
    told |= more
    info = result(body, **told)
    return info | ({"log": logs} if logs else {})


def failed(body: Json, why: str, message: str) -> Json:
    receipt = {"energy_fee": 2_847_700, "energy_usage_total": 28_477, "result": why}
    said: Json = {"result": "FAILED", "resMessage": message.encode().hex()}
    return result(body, fee=2_847_700, receipt=receipt, **said)


def log(contract: str, *topics: str, data: str = "") -> Json:
    return {"address": contract[2:], "topics": list(topics)} | ({"data": data} if data else {})


def moved(contract: str, sender: str, recipient: str, amount: int) -> Json:
    return log(contract, TRANSFER, word(sender), word(recipient), data=word(amount))


def inner(
    to: str, *values: Json, note: str = "call", sender: str = SPENDER, rejected: bool = False
) -> Json:
    said: Json = {
        "hash": hashlib.sha256(f"{to}{values}{note}".encode()).hexdigest(),
        "caller_address": sender,
        "transferTo_address": to,
        "callValueInfo": list(values) or [{}],
        "note": note.encode().hex(),
    }
    return said | ({"rejected": True} if rejected else {})


# -- the node -------------------------------------------------------------------------------


def header(height: int, milliseconds: int, block_id: str | None = None) -> Json:
    block_id = block_id or f"{height:016x}" + hashlib.sha256(b"%d" % height).hexdigest()[16:]
    raw = {"number": height, "timestamp": milliseconds}
    if not height:
        del raw["number"]  # protobuf's JSON leaves a zero out
    return {"blockID": block_id, "block_header": {"raw_data": raw}}


def post(path: str, body: Json, answer: Any) -> Json:
    return {"post": path, "body": body, "json": answer}


def text_word(text: str) -> str:
    raw = text.encode()
    return word(32) + word(len(raw)) + raw.hex().ljust(64, "0")


TOKENS: dict[str, tuple[str, str, int | None]] = {
    USDT: ("USDT", "Tether USD", 6),
    FAKE: ("USDT", "Tether USD", 6),
    NFTS: ("BAYC", "Bored Ape Yacht Club", None),
    ITEMS: ("", "", None),
}
TRC10 = {
    "1002000": {"id": "1002000", "name": "BitTorrent", "abbr": "BTT", "precision": 6},
    "1005416": {"id": "1005416", "name": "Tether USD", "abbr": "USDT", "precision": 6},
}


def constant(contract: str, function: str, answer: str | None) -> Json:
    body = {
        "owner_address": "41" + "0" * 40,
        "contract_address": contract,
        "function_selector": function,
        "parameter": "",
    }
    if answer is None:
        told: Json = {"result": {"result": True, "message": b"REVERT opcode executed".hex()}}
    else:
        told = {"result": {"result": True}, "energy_used": 800, "constant_result": [answer]}
    return post("/wallet/triggerconstantcontract", body, told)


def named(contract: str) -> list[Json]:
    symbol, name, decimals = TOKENS[contract]
    return [
        constant(contract, "symbol()", text_word(symbol) if symbol else None),
        constant(contract, "name()", text_word(name) if name else None),
        constant(contract, "decimals()", None if decimals is None else word(decimals)),
    ]


def registered(token_id: str) -> Json:
    told = TRC10[token_id]
    told = told | {k: str(told[k]).encode().hex() for k in ("name", "abbr")}
    return post("/wallet/getassetissuebyid", {"value": token_id}, told)


def health() -> list[Json]:
    """What the node says of itself, alike in all stories."""
    genesis = header(0, 0, GENESIS)
    return [
        post("/wallet/getblock", {"detail": False, "id_or_num": "0"}, genesis),
        post("/wallet/getblock", {"detail": False}, header(HEAD, HEAD_MS)),
        post("/walletsolidity/getblock", {"detail": False}, header(SOLID, SOLID_MS)),
    ]


def first_block() -> Json:
    # Block 1 was made on 25 June 2018; its id stands here as its height and a stand-in.
    return post(
        "/wallet/getblock", {"detail": False, "id_or_num": "1"}, header(1, 1_529_891_469_000)
    )


def keeps_internal() -> Json:
    """One solidified block's results: a node that shows such a list saves internal transactions."""
    seen = [{"id": "00" * 32, "internal_transactions": [inner(BOB, {"callValue": 1})]}]
    return post("/wallet/gettransactioninfobyblocknum", {"num": SOLID}, seen)


def answers(
    body: Json | None,
    info: Json | None = None,
    *,
    tx_hash: str | None = None,
    solid: Json | bool = True,
    pooled: Json | None = None,
    extra: list[Json] | None = None,
) -> list[Json]:
    """Every exchange of one look. ``solid`` False: not solidified yet; an object: what it says."""
    wanted = {"value": tx_hash or (body or pooled or {})["txID"]}
    told = [
        *health(),
        post("/wallet/gettransactionbyid", wanted, body or {}),
        post("/wallet/gettransactioninfobyid", wanted, info or {}),
    ]
    if body is None and info is None:
        told.append(post("/wallet/gettransactionfrompending", wanted, pooled or {}))
        if pooled is None:
            told.append(first_block())
            told.append(post("/walletsolidity/gettransactioninfobyid", wanted, {}))
    if info is not None:
        said = solid if isinstance(solid, dict) else info if solid else {}
        told.append(post("/walletsolidity/gettransactioninfobyid", wanted, said))
        view = "walletsolidity" if said else "wallet"
        asked = {"detail": False, "id_or_num": str(info["blockNumber"])}
        shown = header(info["blockNumber"], info["blockTimeStamp"])
        told.append(post(f"/{view}/getblock", asked, shown))
    return told + (extra or [])
