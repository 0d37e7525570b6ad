"""NEAR's answers as the stories need them: one clock, one head, accounts of nobody.

Knows: the shapes of the JSON-RPC. Must not know: what the adapter makes of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from base58_bech32.base58 import b58encode

from recovery.networks import load_registry

Json = dict[str, Any]
ROW = load_registry()["NEAR"]
NOW = "2026-11-20T12:00:00Z"
NOW_SECONDS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
HEAD = 175_000_000
HEAD_NANOSECONDS = (NOW_SECONDS - 2) * 10**9
NEAR = 10**24
GAS_PRICE = 10**8

ALICE, BOB, CAROL, RELAYER, PAYER = (
    f"{name}.near" for name in ("alice", "bob", "carol", "relayer", "payer")
)
OURS = "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184"
USDT, OLD, FORGER, ITEMS = "usdt.tether-token.near", "wrap.near", "usdt.forger.near", "x.paras.near"
SYMBOLS = {USDT: ("USDt", 6), OLD: ("wNEAR", 24), FORGER: ("USDt", 6), "token.sweat": ("SWEAT", 18)}


def name_id(name: str) -> str:
    """A hash or receipt id that belongs to a name."""
    return b58encode(hashlib.sha256(name.encode()).digest()).decode()


def b64(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.b64encode(data).decode()


def rpc(method: str, params: Any, result: Any) -> Json:
    return {"rpc": method, "params": params, "result": result}


def fault(method: str, params: Any, cause: str, info: Json | None = None) -> Json:
    error: Json = {"name": "HANDLER_ERROR", "cause": {"name": cause, "info": info or {}}}
    error |= {"code": -32000, "message": "Server error", "data": cause.lower()}
    return {"rpc": method, "params": params, "error": error}


def block(height: int, *, named: str | None = None, nanoseconds: int | None = None) -> Json:
    moment = (
        HEAD_NANOSECONDS - (HEAD - height) * 600_000_000 if nanoseconds is None else nanoseconds
    )
    header = {"height": height, "hash": named or name_id(f"block {height}"), "timestamp": moment}
    header |= {"timestamp_nanosec": str(moment), "prev_hash": name_id(f"block {height - 1}")}
    return {"author": "node0", "chunks": [], "header": header}


def health(*, chain: str = "mainnet", syncing: bool = False, age: int = 2) -> list[Json]:
    status = {
        "chain_id": chain,
        "version": {"version": "2.9.0", "build": "2.9.0"},
        "sync_info": {"latest_block_height": HEAD + 2, "syncing": syncing},
    }
    final = block(HEAD, nanoseconds=(NOW_SECONDS - age) * 10**9)
    return [rpc("status", [], status), rpc("block", {"finality": "final"}, final)]


def lookup(tx_hash: str) -> Json:
    return {"tx_hash": tx_hash, "sender_account_id": "near", "wait_until": "NONE"}


def metadata(contract: str) -> Json:
    asked = {
        "request_type": "call_function",
        "finality": "final",
        "account_id": contract,
        "method_name": "ft_metadata",
        "args_base64": "e30=",
    }
    if contract not in SYMBOLS:
        return fault("query", asked, "CONTRACT_EXECUTION_ERROR")
    symbol, decimals = SYMBOLS[contract]
    told = {"spec": "ft-1.0.0", "name": symbol, "symbol": symbol, "decimals": decimals}
    result = {"block_height": HEAD, "logs": [], "result": list(json.dumps(told).encode())}
    return rpc("query", asked, result)


# -- actions -------------------------------------------------------------------------------------


def send(amount: int) -> Json:
    return {"Transfer": {"deposit": str(amount)}}


def call(method: str, arguments: Any, deposit: int = 0) -> Json:
    body = {"method_name": method, "args": b64(arguments), "gas": 30 * 10**12}
    return {"FunctionCall": body | {"deposit": str(deposit)}}


def ft_transfer(to: str, amount: int, memo: str | None = None, method: str = "ft_transfer") -> Json:
    arguments: Json = {"receiver_id": to, "amount": str(amount)}
    if memo is not None:
        arguments["memo"] = memo
    if method == "ft_transfer_call":
        arguments["msg"] = ""
    return call(method, arguments, 1)


def event(standard: str, name: str, *data: Json) -> str:
    told = {"standard": standard, "version": "1.0.0", "event": name, "data": list(data)}
    return "EVENT_JSON:" + json.dumps(told, separators=(",", ":"))


def moved(sender: str, to: str, amount: int, memo: str | None = None) -> str:
    data = {"old_owner_id": sender, "new_owner_id": to, "amount": str(amount)}
    return event("nep141", "ft_transfer", data | ({"memo": memo} if memo else {}))


# -- transactions --------------------------------------------------------------------------------

PANIC = {
    "ActionError": {
        "index": 0,
        "kind": {
            "FunctionCallError": {"ExecutionError": "Smart contract panicked: not registered"}
        },
    }
}


def receipt(
    name: str,
    predecessor: str,
    receiver: str,
    *actions: Any,
    parent: str | None = None,
    logs: tuple[str, ...] = (),
    value: Any = b"",
    failure: Json | None = None,
    height: int = HEAD - 100,
    burnt: int = 2 * 10**20,
    waiting: bool = False,
    block_hash: str | None = None,
    signer: str = ALICE,
    receipt_id: str | None = None,
) -> Json:
    """One receipt and its outcome; the first of a transaction has no parent."""
    status: Any = {"SuccessValue": b64(value)} if failure is None else {"Failure": failure}
    return {
        "name": name,
        "parent": parent,
        "id": receipt_id or name_id(name),
        "predecessor": predecessor,
        "receiver": receiver,
        "actions": list(actions),
        "logs": list(logs),
        "status": "Unknown" if waiting else status,
        "height": height,
        "block": block_hash or name_id(f"block {height}"),
        "burnt": burnt,
        "signer": signer,
    }


def refund(parent: str, to: str, height: int = HEAD - 98) -> Json:
    """Gas that was not burnt, in the system's name."""
    return receipt(
        f"refund of {parent}", "system", to, send(3 * 10**21), parent=parent, height=height, burnt=0
    )


def transaction(
    name: str,
    *receipts: Json,
    level: str = "FINAL",
    status: Any = None,
    tx_hash: str | None = None,
    block_hash: str | None = None,
    height: int = HEAD - 101,
    burnt: int = 2 * 10**20,
    signer: str | None = None,
) -> Json:
    """The answer of ``EXPERIMENTAL_tx_status``; the first receipt is the transaction's own."""
    first = receipts[0]
    known = tx_hash or name_id(name)
    children = {
        r["name"]: [c["id"] for c in receipts if c["parent"] == r["name"]] for r in receipts
    }

    def outcome(entry: Json) -> Json:
        body = {
            "executor_id": entry["receiver"],
            "gas_burnt": entry["burnt"] // GAS_PRICE,
            "logs": entry["logs"],
            "metadata": {"gas_profile": [], "version": 3},
            "receipt_ids": children[entry["name"]],
            "status": entry["status"],
            "tokens_burnt": str(entry["burnt"]),
        }
        return {"block_hash": entry["block"], "id": entry["id"], "outcome": body, "proof": []}

    def listed(entry: Json) -> Json:
        action = {
            "actions": entry["actions"],
            "gas_price": str(GAS_PRICE),
            "input_data_ids": [],
            "output_data_receivers": [],
            "signer_id": entry["signer"],
            "is_promise_yield": False,
        }
        return {
            "predecessor_id": entry["predecessor"],
            "receiver_id": entry["receiver"],
            "receipt_id": entry["id"],
            "receipt": {"Action": action},
            "priority": 0,
        }

    converted = {
        "executor_id": first["predecessor"],
        "gas_burnt": burnt // GAS_PRICE,
        "logs": [],
        "receipt_ids": [first["id"]],
        "status": {"SuccessReceiptId": first["id"]},
        "tokens_burnt": str(burnt),
    }
    own = first["predecessor"] == first["receiver"]
    named = block_hash or name_id(f"block {height}")
    return {
        "final_execution_status": level,
        "status": first["status"] if status is None else status,
        "transaction": {
            "signer_id": signer or first["predecessor"],
            "receiver_id": first["receiver"],
            "nonce": 77,
            "public_key": "ed25519:Lxrbp8DSKRxCUH5EbuAh5M2JQ6apUQhKD4PVMHrpKMW",
            "priority_fee": 0,
            "actions": first["actions"],
            "hash": known,
        },
        "transaction_outcome": {
            "block_hash": named,
            "id": known,
            "outcome": converted,
            "proof": [],
        },
        "receipts_outcome": [outcome(r) for r in receipts],
        "receipts": [listed(r) for r in receipts if not (own and r is first)],
    }


def found(answer: Json) -> Json:
    tx_hash = answer["transaction"]["hash"]
    return rpc("EXPERIMENTAL_tx_status", lookup(tx_hash), answer)


def unknown(tx_hash: str) -> Json:
    return fault(
        "EXPERIMENTAL_tx_status",
        lookup(tx_hash),
        "UNKNOWN_TRANSACTION",
        {"requested_transaction_hash": tx_hash},
    )
