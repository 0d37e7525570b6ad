"""Aptos transactions as a full node's REST API answers them, all told at one moment.

Knows: the API's shapes, the framework's resources and events, how stores are derived. Must not
know: the decoder.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

NOW = "2026-11-20T12:00:00Z"
HEAD_VERSION, HEAD_HEIGHT, HEAD_MICROSECONDS = 5_412_345_678, 912_345_678, 1_795_175_999_600_000
APTOS_COIN = "0x1::aptos_coin::AptosCoin"
USDC = "0xbae207659db88bea0cbead6da0ed00aac12edcdda169e591cd41c94180b46f3b"
NATIVE = "0x" + "0" * 63 + "a"


def somebody(name: str) -> str:
    """An address of nobody, the same for the same name."""
    return "0x" + hashlib.sha256(f"aptos story: {name}".encode()).hexdigest()


def hash_of(name: str) -> str:
    return somebody(f"transaction {name}")


ALICE, BOB, CAROL, SPONSOR, POOL = map(somebody, ("alice", "bob", "carol", "sponsor", "pool"))
FAKE = somebody("fake issuer")


def short(address: str) -> str:
    """As a node prints it: without leading zeros."""
    return "0x" + (address[2:].lstrip("0") or "0")


def primary(owner: str, metadata: str = NATIVE) -> str:
    ingredients = bytes.fromhex(owner[2:]) + bytes.fromhex(metadata[2:]) + b"\xfc"
    return "0x" + hashlib.sha3_256(ingredients).hexdigest()


# -- write set -----------------------------------------------------------------------------


def write(address: str, name: str, data: Json) -> Json:
    key = hashlib.sha256((address + name).encode()).hexdigest()
    return {
        "address": short(address),
        "state_key_hash": "0x" + key,
        "data": {"type": name, "data": data},
        "type": "write_resource",
    }


def store(
    owner: str,
    balance: int,
    *,
    metadata: str = NATIVE,
    at: str | None = None,
    frozen: bool = False,
    concurrent: int | None = None,
) -> list[Json]:
    """A fungible store: its balance, and the object core that names its owner."""
    place = at or primary(owner, metadata)
    balances = {"balance": str(balance), "frozen": frozen, "metadata": {"inner": short(metadata)}}
    core = {
        "allow_ungated_transfer": False,
        "guid_creation_num": "1125899906842625",
        "owner": short(owner),
        "transfer_events": stream(place, 1125899906842624),
    }
    written = [write(place, "0x1::fungible_asset::FungibleStore", balances)]
    if concurrent is not None:
        aggregator = {"balance": {"max_value": str(2**64 - 1), "value": str(concurrent)}}
        written.append(write(place, "0x1::fungible_asset::ConcurrentFungibleBalance", aggregator))
    return [*written, write(place, "0x1::object::ObjectCore", core)]


def stream(address: str, number: int, counter: int = 0) -> Json:
    guid = {"id": {"addr": short(address), "creation_num": str(number)}}
    return {"counter": str(counter), "guid": guid}


def coins(owner: str, balance: int, coin_type: str = APTOS_COIN, first: int = 2) -> Json:
    """A coin store of the older kind, with its two event streams."""
    data = {
        "coin": {"value": str(balance)},
        "deposit_events": stream(owner, first, 5),
        "frozen": False,
        "withdraw_events": stream(owner, first + 1, 3),
    }
    return write(owner, f"0x1::coin::CoinStore<{coin_type}>", data)


def owned(thing: str, owner: str) -> Json:
    core = {
        "allow_ungated_transfer": True,
        "guid_creation_num": "1125899906842625",
        "owner": short(owner),
        "transfer_events": stream(thing, 1125899906842624),
    }
    return write(thing, "0x1::object::ObjectCore", core)


TABLE_ITEM = {
    "state_key_hash": "0x6e4b28d40f98a106a65163530924c0dcb40c1349d3aa915d108b4d6cfc1ddb19",
    "handle": "0x1b854694ae746cdbd8d44186ca4929b2b337df21d1c74633be19b2710552fdca",
    "key": "0x0619dc29a0aac8fa146714058e8dd6d2d0f3bdf5f6331907bf91f3acd81e6935",
    "value": "0x802bc789f49103000100000000000000",
    "data": None,
    "type": "write_table_item",
}


# -- events --------------------------------------------------------------------------------


def event(name: str, data: Json, *, holder: str = "0x0", number: int = 0) -> Json:
    guid = {"creation_number": str(number), "account_address": short(holder)}
    return {"guid": guid, "sequence_number": "0", "type": name, "data": data}


def into(owner: str, amount: int, metadata: str = NATIVE, at: str | None = None) -> Json:
    place = short(at or primary(owner, metadata))
    return event("0x1::fungible_asset::Deposit", {"amount": str(amount), "store": place})


def out_of(owner: str, amount: int, metadata: str = NATIVE, at: str | None = None) -> Json:
    place = short(at or primary(owner, metadata))
    return event("0x1::fungible_asset::Withdraw", {"amount": str(amount), "store": place})


def coin_into(owner: str, amount: int, number: int = 2) -> Json:
    return event("0x1::coin::DepositEvent", {"amount": str(amount)}, holder=owner, number=number)


def coin_out_of(owner: str, amount: int, number: int = 3) -> Json:
    return event("0x1::coin::WithdrawEvent", {"amount": str(amount)}, holder=owner, number=number)


def statement(gas: int, refund: int = 0) -> Json:
    data = {
        "execution_gas_units": "7",
        "io_gas_units": "11",
        "storage_fee_octas": "3960",
        "storage_fee_refund_octas": str(refund),
        "total_charge_gas_units": str(gas),
    }
    return event("0x1::transaction_fee::FeeStatement", data)


# -- transactions --------------------------------------------------------------------------


def call(function: str, arguments: list[Any], types: list[str] | None = None) -> Json:
    return {
        "function": function,
        "type_arguments": types or [],
        "arguments": arguments,
        "type": "entry_function_payload",
    }


def pay(recipient: str, amount: int) -> Json:
    return call("0x1::aptos_account::transfer", [recipient, str(amount)])


def signed(**more: Any) -> Json:
    one = {"public_key": "0x" + "11" * 32, "signature": "0x" + "22" * 64}
    return {"type": "ed25519_signature", **one} | more


def sponsored(payer: str, others: list[str] | None = None) -> Json:
    return {
        "type": "fee_payer_signature",
        "sender": signed(),
        "secondary_signer_addresses": others or [],
        "secondary_signers": [signed() for _ in others or []],
        "fee_payer_address": payer,
        "fee_payer_signer": signed(),
    }


def transaction(
    name: str,
    payload: Json,
    events: list[Json],
    changes: list[Json],
    *,
    sender: str = ALICE,
    version: int = HEAD_VERSION - 4_000,
    gas: int = 57,
    price: int = 100,
    success: bool = True,
    **more: Any,
) -> Json:
    zeros = "0x" + "00" * 32
    told: Json = {
        "version": str(version),
        "hash": hash_of(name),
        "state_change_hash": zeros,
        "event_root_hash": zeros,
        "state_checkpoint_hash": None,
        "gas_used": str(gas),
        "success": success,
        "vm_status": "Executed successfully",
        "accumulator_root_hash": zeros,
        "changes": changes,
        "sender": short(sender),
        "sequence_number": "41",
        "max_gas_amount": "2000",
        "gas_unit_price": str(price),
        "expiration_timestamp_secs": str(HEAD_MICROSECONDS // 1_000_000 + 30),
        "payload": payload,
        "signature": signed(),
        "replay_protection_nonce": None,
        "events": events,
        "timestamp": str(moment(version)),
        "type": "user_transaction",
    }
    return told | more


def pending(name: str, payload: Json, *, sender: str = ALICE, **more: Any) -> Json:
    told: Json = {
        "hash": hash_of(name),
        "sender": short(sender),
        "sequence_number": "42",
        "max_gas_amount": "2000",
        "gas_unit_price": "100",
        "expiration_timestamp_secs": str(HEAD_MICROSECONDS // 1_000_000 + 30),
        "payload": payload,
        "signature": signed(),
        "replay_protection_nonce": None,
        "type": "pending_transaction",
    }
    return told | more


# -- answers -------------------------------------------------------------------------------


def moment(version: int) -> int:
    """Microseconds: some 200 transactions a second, counted back from the head."""
    return HEAD_MICROSECONDS - (HEAD_VERSION - version) * 5_000


def get(path: str, answer: Any, status: int = 200) -> Json:
    told = {"get": "/v1" + quote(path, safe="/:?=&,")}
    return told | ({} if status == 200 else {"status": status}) | {"json": answer}


def refused(path: str, code: str, status: int = 404, message: str = "not found") -> Json:
    return get(path, {"message": message, "error_code": code, "vm_error_code": None}, status)


LEDGER = {
    "chain_id": 1,
    "epoch": "16200",
    "ledger_version": str(HEAD_VERSION),
    "oldest_ledger_version": "0",
    "ledger_timestamp": str(HEAD_MICROSECONDS),
    "node_role": "full_node",
    "oldest_block_height": "0",
    "block_height": str(HEAD_HEIGHT),
    "git_hash": "3f1c6d0e5b7a98c2d4e6f8012345678901234567",
}


def ledger(**more: Any) -> Json:
    return get("", LEDGER | more)


def block(
    version: int, *, height: int | None = None, hash: str | None = None, at: int | None = None
) -> Json:
    found = height or HEAD_HEIGHT - (HEAD_VERSION - version) // 40
    told = {
        "block_height": str(found),
        "block_hash": hash or somebody(f"block {found}"),
        "block_timestamp": str(at or moment(version)),
        "first_version": str(version - 12),
        "last_version": str(version + 27),
        "transactions": None,
    }
    return get(f"/blocks/by_version/{version}?with_transactions=false", told)


def token(metadata: str, about: Json | None, *, hooks: bool = False) -> list[Json]:
    """What a fungible asset says of itself, and whether it has hooks."""
    said, dispatch = "0x1::fungible_asset::Metadata", "0x1::fungible_asset::DispatchFunctionStore"
    base = f"/accounts/{metadata}/resource/"
    answers = [
        get(base + said, {"type": said, "data": about})
        if about
        else refused(base + said, "resource_not_found")
    ]
    if hooks:
        function = {"function_name": "deposit", "module_address": short(FAKE), "module_name": "tax"}
        data = {"deposit_function": {"vec": [function]}, "withdraw_function": {"vec": []}}
        return [*answers, get(base + dispatch, {"type": dispatch, "data": data})]
    return [*answers, refused(base + dispatch, "resource_not_found")]


def coin_info(coin_type: str, about: Json | None) -> Json:
    name = f"0x1::coin::CoinInfo<{coin_type}>"
    issuer = "0x" + coin_type.partition("::")[0][2:].zfill(64)
    path = f"/accounts/{issuer}/resource/{name}"
    if about is None:
        return refused(path, "resource_not_found")
    return get(path, {"type": name, "data": about})


def about(symbol: str, name: str, decimals: int) -> Json:
    return {"decimals": decimals, "icon_uri": "", "name": name, "project_uri": "", "symbol": symbol}


USDC_ANSWERS = token(USDC, about("USDC", "USDC", 6), hooks=True)


def answers(tx: Json, *more: Json, head: Json | None = None, by: str = "hash") -> list[Json]:
    key = tx["hash"] if by == "hash" else tx["version"]
    told = [head or ledger(), get(f"/transactions/by_{by}/{key}", tx)]
    if tx["type"] != "pending_transaction" and not any("/blocks/" in m["get"] for m in more):
        told.append(block(int(tx["version"])))
    return [*told, *more]
