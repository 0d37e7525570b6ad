"""Algorand's answers as the stories need them: one clock, one head, addresses of nobody.

Knows: the shapes of indexer and algod. Must not know: what the adapter makes of them.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from recovery.chains.algorand.answer import read_indexed, read_pooled
from recovery.chains.algorand.codec import format_address
from recovery.chains.algorand.txid import compute_id
from recovery.model import AddressKey
from recovery.networks import load_registry

Json = dict[str, Any]
ROW = load_registry()["ALGO"]
NOW = "2026-11-20T12:00:00Z"
NOW_SECONDS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
HEAD = 61_200_000
HEAD_SECONDS = NOW_SECONDS - 3
GENESIS = ROW.parameters["genesis_hash"]
NOBODY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAY5HFKQ"
USDC, FAKE_USDC, PICTURE, CONTROLLED, DESTROYED = 31566704, 2_700_000_001, 880903652, 777_000, 4_242


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def address(name: str) -> str:
    return str(format_address(ROW, AddressKey("ed25519", digest(name))))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


ALICE, BOB, CAROL, DAVE, OURS, APP = map(
    address, ("alice", "bob", "carol", "dave", "exchange", "application")
)


def some_id(name: str) -> str:
    return base64.b32encode(digest(name)).decode().rstrip("=")


def seconds_of(height: int) -> int:
    return HEAD_SECONDS - int((HEAD - height) * 2.8)


def common(kind: str, sender: str, height: int, **more: Any) -> Json:
    note = more.pop("note", None)
    tx: Json = {
        "tx-type": kind,
        "sender": sender,
        "fee": 1000,
        "first-valid": height - 5,
        "last-valid": height + 995,
        "genesis-id": "mainnet-v1.0",
        "genesis-hash": GENESIS,
        "confirmed-round": height,
        "round-time": seconds_of(height),
        "intra-round-offset": 4,
        "close-rewards": 0,
        "closing-amount": 0,
        "receiver-rewards": 0,
        "sender-rewards": 0,
    }
    if note is not None:
        tx["note"] = b64(note)
    return tx | more


def pay(
    receiver: str,
    amount: int,
    *,
    sender: str = ALICE,
    close: str | None = None,
    rest: int = 0,
    height: int = HEAD - 100,
    **more: Any,
) -> Json:
    part: Json = {"receiver": receiver, "amount": amount, "close-amount": rest}
    if close is not None:
        part["close-remainder-to"] = close
    tx = common("pay", sender, height, **more) | {"payment-transaction": part}
    return tx | {"closing-amount": rest}


def axfer(
    asset: int,
    receiver: str,
    amount: int,
    *,
    sender: str = ALICE,
    close: str | None = None,
    rest: int = 0,
    victim: str | None = None,
    height: int = HEAD - 100,
    **more: Any,
) -> Json:
    part: Json = {"asset-id": asset, "receiver": receiver, "amount": amount, "close-amount": rest}
    if close is not None:
        part["close-to"] = close
    if victim is not None:
        part["sender"] = victim
    return common("axfer", sender, height, **more) | {"asset-transfer-transaction": part}


def call(*inner: Json, sender: str = ALICE, height: int = HEAD - 100, **more: Any) -> Json:
    part = {"application-id": 1390675395, "on-completion": "noop", "application-args": ["AA=="]}
    tx = common("appl", sender, height, **more) | {"application-transaction": part}
    return tx | ({"inner-txns": list(inner)} if inner else {})


def identified(tx: Json) -> Json:
    """With the id its fields have; one of a type that is not written gets any."""
    txn = read_indexed(ROW, tx)
    known = txn.move is not None
    return {"id": compute_id(txn) if known else some_id(repr(sorted(tx.items(), key=str)))} | tx


def get(path: str, document: Any, status: int = 200) -> Json:
    return (
        {"get": path, "status": status, "json": document}
        if status != 200
        else {
            "get": path,
            "json": document,
        }
    )


def header(height: int, *, genesis: str = GENESIS, seconds: int | None = None) -> Json:
    moment = seconds_of(height) if seconds is None else seconds
    document = {
        "round": height,
        "timestamp": moment,
        "genesis-hash": genesis,
        "genesis-id": "mainnet-v1.0",
        "previous-block-hash": b64(digest(f"block {height - 1}")),
    }
    return get(f"/v2/blocks/{height}?header-only=true", document)


def health() -> list[Json]:
    document = {
        "db-available": True,
        "is-migrating": False,
        "message": str(HEAD),
        "round": HEAD,
        "version": "3.8.1",
        "data": {"migration-required": False, "read-only-mode": True},
    }
    return [get("/health", document), header(HEAD)]


def history() -> Json:
    first = {"id": some_id("the first"), "confirmed-round": 1_234, "tx-type": "pay"}
    document = {"current-round": HEAD, "next-token": "x", "transactions": [first]}
    return get("/v2/transactions?max-round=200000&limit=1", document)


def params_of(
    unit: str,
    name: str,
    *,
    decimals: int = 6,
    total: int = 10**16,
    freeze: str | None = None,
    clawback: str | None = None,
    **more: Any,
) -> Json:
    document: Json = {
        "creator": DAVE,
        "decimals": decimals,
        "total": total,
        "default-frozen": False,
    }
    document |= {"unit-name": unit, "name": name}
    if freeze:
        document["freeze"] = freeze
    if clawback:
        document["clawback"] = clawback
    return document | more


ASSETS: dict[int, Json] = {
    USDC: params_of("USDC", "USDC", total=2**64 - 1, freeze=DAVE),
    FAKE_USDC: params_of("USDC", "USD Coin", total=10**15),
    PICTURE: params_of("PIC", "Picture 7", decimals=0, total=1, clawback=DAVE),
    CONTROLLED: params_of("KYC", "Controlled", freeze=DAVE, clawback=DAVE, **{"default-frozen": True}),
    140479105: params_of("OLD", "An asset that was closed out", decimals=0, total=1000),
    850924184: params_of("ITEM", "Escrowed item", decimals=0, total=1),
}  # fmt: skip


def told(asset: int, api: str) -> Json:
    if asset not in ASSETS:
        missing = f"no assets found for asset-id: {asset}"
        if api == "algod":
            return get(f"/v2/assets/{asset}", {"message": "asset does not exist"}, 404)
        return get(f"/v2/assets/{asset}?include-all=true", {"message": missing}, 404)
    inside = {"index": asset, "params": ASSETS[asset]}
    if api == "algod":
        return get(f"/v2/assets/{asset}", inside)
    wrapped = {"asset": {"deleted": False, **inside}, "current-round": HEAD}
    return get(f"/v2/assets/{asset}?include-all=true", wrapped)


def indexed(tx: Json) -> list[Json]:
    """What an indexer answers about one transaction; the assets are the caller's."""
    height = tx["confirmed-round"]
    answer = get(f"/v2/transactions/{tx['id']}", {"current-round": HEAD, "transaction": tx})
    after = [header(height + 1)] if height + 1 < HEAD else []
    return [*health(), answer, *after]


def unknown(tx_id: str) -> list[Json]:
    message = f"no transaction found for transaction id: {tx_id}"
    return [*health(), get(f"/v2/transactions/{tx_id}", {"message": message}, 404)]


# -- algod ---------------------------------------------------------------------------------------


def node() -> list[Json]:
    params = {
        "consensus-version": "https://github.com/algorandfoundation/specs/tree/future",
        "fee": 0,
        "genesis-hash": GENESIS,
        "genesis-id": "mainnet-v1.0",
        "last-round": HEAD,
        "min-fee": 1000,
    }
    status = {
        "catchup-time": 0,
        "last-round": HEAD,
        "stopped-at-unsupported-round": False,
        "time-since-last-round": 1_400_000_000,
    }
    return [get("/v2/transactions/params", params), get("/v2/status", status)]


def wire(kind: str, *, last: int = HEAD + 900, **fields: Any) -> Json:
    return {
        "fee": 1000,
        "fv": last - 1000,
        "lv": last,
        "gen": "mainnet-v1.0",
        "gh": GENESIS,
        "snd": ALICE,
        "type": kind,
    } | fields


def pooled(txn: Json, *, error: str = "", height: int | None = None, **more: Any) -> Json:
    answer: Json = {"pool-error": error, "txn": {"sig": b64(bytes(64)), "txn": txn}} | more
    return answer | ({"confirmed-round": height} if height else {})


def pool_answers(answer: Json, name: str = "") -> tuple[str, list[Json]]:
    """The id, and what algod answers about it."""
    txn = read_pooled(ROW, answer)
    tx_id = compute_id(txn) if txn.move is not None else some_id(name)
    answers = [*node(), get(f"/v2/transactions/pending/{tx_id}", answer)]
    height = answer.get("confirmed-round")
    if height:
        block = {"block": {"rnd": height, "ts": seconds_of(height), "gh": GENESIS}}
        named = base64.b32encode(digest(f"block {height}")).decode().rstrip("=")
        answers.append(get(f"/v2/blocks/{height}?header-only=true", block))
        answers.append(get(f"/v2/blocks/{height}/hash", {"blockHash": named}))
    return tx_id, answers
