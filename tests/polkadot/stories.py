"""Asset Hub's answers as the stories need them: one clock, one head, accounts of nobody.

Knows: the shapes of sidecar and of Subscan; an extrinsic is written once, in sidecar's shape, and told
in Subscan's from that. Must not know: what the adapter makes of them.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from base58_bech32.ss58 import ss58_decode, ss58_encode

from recovery.networks import load_registry

Json = dict[str, Any]
ROW = load_registry()["DOT"]
NOW = "2026-11-20T12:00:00Z"
NOW_SECONDS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
HEAD, FINAL = 19_000_000, 18_999_994
GENESIS = ROW.parameters["genesis"]
FEE = 15_950_000


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def some_hash(name: str) -> str:
    return "0x" + digest(name).hex()


def address(name: str) -> str:
    return ss58_encode(0, digest(name)).decode("ascii")


ALICE, BOB, CAROL, OURS, AUTHOR, POT, PROXIED = map(
    address, ("alice", "bob", "carol", "exchange", "author", "staking pot", "proxied")
)


def seconds_of(height: int) -> int:
    return NOW_SECONDS - 4 - (HEAD - height) * 6


def event(name: str, *data: Any) -> Json:
    pallet, _, method = name.partition(".")
    return {"method": {"pallet": pallet, "method": method}, "data": list(data)}


def transfer(to: str, amount: int, *, sender: str = ALICE) -> Json:
    return event("balances.Transfer", sender, to, str(amount))


def extrinsic(
    call: str,
    args: Json,
    *events: Json,
    signer: str | None = ALICE,
    error: Any = None,
    tip: int = 0,
    fee: int = FEE,
    fee_events: list[Json] | None = None,
) -> Json:
    """A signed extrinsic with the events that every one has: fee, and how it ended."""
    pallet, _, method = call.partition(".")
    weight = {"weight": {"refTime": "312500000", "proofSize": "3593"}, "class": "Normal"}
    weight |= {"paysFee": "Yes"}
    end = (
        event("system.ExtrinsicSuccess", weight)
        if error is None
        else event("system.ExtrinsicFailed", error, weight)
    )
    paid: list[Json] = []
    before: list[Json] = []
    if signer is not None:
        before = [event("balances.Withdraw", signer, str(fee + tip + 100))]
        paid = [
            event("balances.Deposit", signer, "100"),
            event("balances.Deposit", POT, str(fee + tip)),
            event("transactionPayment.TransactionFeePaid", signer, str(fee + tip), str(tip)),
        ]
    if fee_events is not None:
        before, paid = [], fee_events
    listed = [*before, *events, *paid, end]
    name = json.dumps([call, args, listed], sort_keys=True)
    return {
        "method": {"pallet": pallet, "method": method},
        "signature": None
        if signer is None
        else {"signature": "0x" + 2 * digest("signed " + name).hex(), "signer": {"id": signer}},
        "nonce": None if signer is None else "7",
        "args": args,
        "tip": None if signer is None else str(tip),
        "hash": some_hash(name),
        "info": {},
        "era": {"mortalEra": ["64", "11"]},
        "events": listed,
        "success": error is None,
        "paysFee": signer is not None,
    }


def plain(to: str, amount: int, **more: Any) -> Json:
    args = {"dest": {"id": to}, "value": str(amount)}
    return extrinsic("balances.transferKeepAlive", args, transfer(to, amount), **more)


def inherents(height: int) -> list[Json]:
    number = str(31_000_000 - (HEAD - height))
    data = {"validationData": {"relayParentNumber": number}}
    validation = extrinsic("parachainSystem.setValidationData", {"data": data}, signer=None)
    moment = extrinsic("timestamp.set", {"now": str(seconds_of(height) * 1000)}, signer=None)
    return [validation, moment]


def block(height: int, *extrinsics: Json, finalized: bool = True) -> Json:
    return {
        "number": str(height),
        "hash": some_hash(f"block {height}"),
        "parentHash": some_hash(f"block {height - 1}"),
        "stateRoot": some_hash(f"state {height}"),
        "extrinsicsRoot": some_hash(f"extrinsics {height}"),
        "authorId": AUTHOR,
        "logs": [],
        "onInitialize": {"events": []},
        "extrinsics": [*inherents(height), *extrinsics],
        "onFinalize": {"events": []},
        "finalized": finalized,
    }


def get(path: str, document: Any, status: int = 200) -> Json:
    return {"get": path, "status": status, "json": document}


def post(path: str, body: Json, data: Any, *, code: int = 0) -> Json:
    message = "Success" if code == 0 else "Record Not Found"
    answer = {"code": code, "message": message, "generated_at": NOW_SECONDS, "data": data}
    return {"post": path, "body": body, "json": answer}


def health() -> list[Json]:
    at = {"hash": some_hash(f"block {FINAL}"), "height": str(FINAL)}
    material = {
        "at": at,
        "genesisHash": GENESIS,
        "chainName": "Polkadot Asset Hub",
        "specName": "statemint",
        "specVersion": "2000006",
        "txVersion": "15",
    }
    return [
        get("/transaction/material", material),
        get("/blocks/head?finalized=false&noFees=true", block(HEAD, finalized=False)),
    ]


def sidecar(told: Json) -> list[Json]:
    return [*health(), get(f"/blocks/{told['number']}", told)]


def asset_info(number: int, symbol: str, name: str, decimals: int) -> Json:
    who = dict.fromkeys(("owner", "issuer", "admin", "freezer"), BOB)
    told = {
        "at": {"hash": some_hash(f"block {FINAL}"), "height": str(FINAL)},
        "assetInfo": who | {"supply": "77998622834581", "minBalance": "700", "status": "Live"},
        "assetMetaData": {
            "deposit": "6693333000",
            "name": "0x" + name.encode().hex(),
            "symbol": "0x" + symbol.encode().hex(),
            "decimals": str(decimals),
            "isFrozen": False,
        },
    }
    return get(f"/pallets/assets/{number}/asset-info", told)


def subscan_health() -> list[Json]:
    def header(height: int) -> Json:
        return {
            "block_num": height,
            "block_timestamp": seconds_of(height) if height > 1 else 1_639_798_585,
            "hash": some_hash(f"block {height}"),
            "parent_hash": GENESIS if height == 1 else some_hash(f"block {height - 1}"),
            "finalized": height <= FINAL,
        }

    heads = {"blockNum": str(HEAD), "finalized_blockNum": str(FINAL), "networkNode": "statemint"}
    return [
        post("/api/scan/block", {"block_num": 1}, header(1)),
        post("/api/scan/metadata", {}, heads),
        post("/api/scan/block", {"block_num": HEAD}, header(HEAD)),
    ]


def _hexed(value: Any) -> Any:
    """Subscan writes accounts as 32 bytes, and kinds with a capital letter."""
    if isinstance(value, str) and len(value) > 45:
        try:
            return "0x" + ss58_decode(value)[1].hex()
        except ValueError:
            return value
    if isinstance(value, dict):
        renamed = {"id": "Id", "ok": "Ok", "err": "Err", "parachain": "Parachain"}
        return {renamed.get(k, k): _hexed(v) for k, v in value.items()}
    return [_hexed(v) for v in value] if isinstance(value, list) else value


def subscan_data(told: Json, index: int = 2) -> Json:
    """One extrinsic of a block in sidecar's shape, in the shape of Subscan."""
    height, extrinsic = int(told["number"]), told["extrinsics"][index]
    first = sum(len(x["events"]) for x in told["extrinsics"][:index])
    events = [
        {
            "event_index": f"{height}-{index}",
            "block_num": height,
            "extrinsic_idx": index,
            "module_id": e["method"]["pallet"].lower(),
            "event_id": e["method"]["method"],
            "params": json.dumps(
                [{"type": "", "type_name": "", "value": _hexed(v), "name": ""} for v in e["data"]]
            ),
            "phase": 0,
            "event_idx": first + i,
            "extrinsic_hash": extrinsic["hash"],
            "finalized": told["finalized"],
            "block_timestamp": 0,
        }
        for i, e in enumerate(extrinsic["events"])
    ]
    name = extrinsic["method"]["method"]
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    paid = [
        e["data"][1]
        for e in extrinsic["events"]
        if e["method"]["method"] in ("TransactionFeePaid", "AssetTxFeePaid")
    ]
    signature = extrinsic["signature"]
    return {
        "block_timestamp": seconds_of(height),
        "block_num": height,
        "extrinsic_index": f"{height}-{index}",
        "call_module_function": snake,
        "call_module": extrinsic["method"]["pallet"].lower(),
        "account_id": signature["signer"]["id"] if signature else "",
        "signature": signature["signature"] if signature else "",
        "nonce": 7,
        "extrinsic_hash": extrinsic["hash"],
        "success": extrinsic["success"],
        "params": [
            {"name": k, "type": "", "type_name": "", "value": _hexed(v)}
            for k, v in extrinsic["args"].items()
        ],
        "event": events,
        "event_count": len(events),
        "fee": paid[0] if paid else "",
        "fee_used": paid[0] if paid else "",
        "error": None if extrinsic["success"] else {"module": "Token", "name": "FundsUnavailable"},
        "finalized": told["finalized"],
        "lifetime": {"birth": height - 3, "death": height + 61},
        "tip": extrinsic["tip"] or "0",
        "block_hash": told["hash"],
        "pending": False,
    }
