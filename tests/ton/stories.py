"""Answers of toncenter v3 made by hand: cells, messages, account transactions, traces, heads."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from recovery.chains.ton.cells import Cell, make_cell, print_address_boc
from recovery.chains.ton.codec import parse_address
from recovery.model import AddressKey
from recovery.networks import load_registry

Json = dict[str, Any]

NOW = "2026-11-20T12:00:00Z"
HEAD, HEAD_TIME = 70_001_000, 1_795_175_998
ROW = load_registry()["TON"]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def hash_of(name: str) -> str:
    """A hash of nobody, in base64."""
    return b64(hashlib.sha256(f"ton story {name}".encode()).digest())


def hex_of(text: str) -> str:
    return base64.b64decode(text).hex()


def account(name: str) -> str:
    """An account of nobody, raw in capitals."""
    return "0:" + hashlib.sha256(f"ton account {name}".encode()).hexdigest().upper()


def key_of(raw: str) -> AddressKey:
    return parse_address(ROW, raw).key


DESK, ALICE, MALLORY = account("desk"), account("alice"), account("mallory")
DESK_JETTONS, MASTER, FAKE_MASTER = (
    account("desk jettons"),
    account("master"),
    account("fake master"),
)


class Builder:
    """Writes a cell bit by bit."""

    def __init__(self) -> None:
        self._bits = ""
        self._refs: list[Cell] = []

    def uint(self, value: int, bits: int) -> Builder:
        self._bits += format(value, f"0{bits}b") if bits else ""
        return self

    def coins(self, value: int) -> Builder:
        size = (value.bit_length() + 7) // 8
        return self.uint(size, 4).uint(value, size * 8)

    def address(self, raw: str | None) -> Builder:
        if raw is None:
            return self.uint(0, 2)
        payload = key_of(raw).payload
        return self.uint(0b100, 3).uint(int.from_bytes(payload, "big"), 264)

    def data(self, raw: bytes) -> Builder:
        return self.uint(int.from_bytes(raw, "big"), len(raw) * 8)

    def ref(self, cell: Cell) -> Builder:
        self._refs.append(cell)
        return self

    def cell(self) -> Cell:
        bits = len(self._bits)
        padded = self._bits + "0" * (-bits % 8)
        return make_cell(
            int(padded or "0", 2).to_bytes(len(padded) // 8, "big"), bits, tuple(self._refs)
        )


def comment(text: str | bytes) -> Cell:
    raw = text.encode() if isinstance(text, str) else text
    return Builder().uint(0, 32).data(raw).cell()


def payload(cell: Cell | None, builder: Builder) -> Cell:
    """A message with its forward payload in a reference, or with none."""
    return builder.uint(0, 1).cell() if cell is None else builder.uint(1, 1).ref(cell).cell()


def internal_transfer(amount: int, sender: str, memo: Cell | None = None) -> Cell:
    builder = Builder().uint(0x178D4519, 32).uint(0, 64).coins(amount)
    return payload(memo, builder.address(sender).address(sender).coins(1))


def notification(amount: int, sender: str, memo: Cell | None = None) -> Cell:
    builder = Builder().uint(0x7362D09C, 32).uint(0, 64).coins(amount)
    return payload(memo, builder.address(sender))


def call(op: int) -> Cell:
    return Builder().uint(op, 32).uint(0, 64).cell()


def boc(root: Cell) -> str:
    """The bag of cells of a small tree, without index and checksum."""
    cells: list[Cell] = []

    def add(cell: Cell) -> None:
        cells.append(cell)
        for ref in cell.refs:
            add(ref)

    add(root)
    body = b""
    for number, cell in enumerate(cells):
        whole, rest = divmod(cell.bits, 8)
        data = bytearray(cell.data)
        if rest:
            data[-1] |= 1 << (7 - rest)
        body += bytes((len(cell.refs), whole * 2 + bool(rest))) + bytes(data)
        place = number + 1
        for ref in cell.refs:
            body += bytes((place,))
            place += _size(ref)
    head = bytes.fromhex("b5ee9c72") + bytes((1, 2, len(cells), 1, 0))
    return b64(head + len(body).to_bytes(2, "big") + b"\0" + body)


def _size(cell: Cell) -> int:
    return 1 + sum(map(_size, cell.refs))


EMPTY = make_cell(b"", 0)


def message(
    name: str,
    source: str | None,
    destination: str | None,
    value: int | None,
    body: Cell | None = None,
    **more: Any,
) -> Json:
    inside = source is not None and destination is not None
    content = body or EMPTY
    op = int.from_bytes(content.data[:4], "big") if content.bits >= 32 else None
    told: Json = {
        "hash": hash_of(f"message {name}"),
        "source": source,
        "destination": destination,
        "value": str(value) if inside else None,
        "value_extra_currencies": {} if inside else None,
        "fwd_fee": "266669" if inside else None,
        "ihr_fee": "0" if inside else None,
        "created_lt": "57121234000002" if inside else None,
        "created_at": str(HEAD_TIME - 60) if inside else None,
        "opcode": None if op is None else f"0x{op:08x}",
        "ihr_disabled": True if inside else None,
        "bounce": False if inside else None,
        "bounced": False if inside else None,
        "import_fee": None if inside else "0",
        "message_content": {"hash": b64(content.hash), "body": boc(content), "decoded": None},
        "init_state": None,
    }
    return told | more


def transaction(
    name: str, owner: str, in_msg: Json | None, out_msgs: list[Json] | None = None, **more: Any
) -> Json:
    """A finalized transaction that did what it was told; ``fails`` and ``bounces`` change that."""
    fails, bounces = more.pop("fails", None), more.pop("bounces", False)
    described: Json = {"type": "ord", "aborted": fails is not None, "destroyed": False}
    if fails == "no_state":
        described["compute_ph"] = {"skipped": True, "reason": "no_state"}
    elif fails is not None:
        described["compute_ph"] = {"skipped": False, "success": False, "exit_code": fails}
    else:
        described["compute_ph"] = {"skipped": False, "success": True, "exit_code": 0}
        described["action"] = {"success": True, "skipped_actions": 0}
    if bounces:
        described["bounce"] = {"type": "ok"}
    told: Json = {
        "account": owner,
        "hash": hash_of(f"transaction {name}"),
        "lt": "57121234000003",
        "now": HEAD_TIME - 60,
        "mc_block_seqno": HEAD - 150,
        "trace_id": None,
        "orig_status": "active",
        "end_status": "active",
        "total_fees": "396400",
        "total_fees_extra_currencies": {},
        "description": described,
        "block_ref": {"workchain": 0, "shard": "8000000000000000", "seqno": 71_001_000},
        "in_msg": in_msg,
        "out_msgs": out_msgs or [],
        "emulated": False,
        "finality": "finalized",
    }
    return told | more


def trace(rows: list[Json], **more: Any) -> Json:
    told: Json = {
        "trace_id": rows[0]["hash"],
        "external_hash": rows[0]["in_msg"]["hash"] if rows[0]["in_msg"] else None,
        "is_incomplete": False,
        "trace_info": {
            "trace_state": "complete",
            "messages": len(rows),
            "transactions": len(rows),
            "pending_messages": 0,
        },
        "transactions_order": [row["hash"] for row in rows],
        "transactions": {row["hash"]: row for row in rows},
    }
    return told | more


def block(seqno: int) -> Json:
    return {
        "workchain": -1,
        "shard": "8000000000000000",
        "seqno": seqno,
        "root_hash": hash_of(f"block {seqno}"),
    }


def health(**last: Any) -> Json:
    told = block(HEAD) | {"global_id": -239, "gen_utime": str(HEAD_TIME)} | last
    first = last.pop("first", 1)
    return {"get": "/api/v3/masterchainInfo", "json": {"last": told, "first": block(first)}}


def get(call: str, json: Json, status: int = 200, **query: Any) -> Json:
    from urllib.parse import urlencode

    return {"get": f"/api/v3/{call}?{urlencode(query)}", "status": status, "json": json}


def find(tx_hash: str, rows: list[Json], traces: list[Json]) -> list[Json]:
    """What one hash finds: its transaction and the trace of it."""
    return [
        get("transactions", {"transactions": rows, "address_book": {}}, hash=tx_hash),
        get("traces", {"traces": traces, "address_book": {}}, tx_hash=tx_hash),
    ]


def nothing(tx_hash: str) -> list[Json]:
    empty: Json = {"address_book": {}}
    return [
        *find(tx_hash, [], []),
        get("transactionsByMessage", {"transactions": []} | empty, msg_hash=tx_hash),
        get("traces", {"traces": []} | empty, msg_hash=tx_hash),
        get("pendingTraces", {"error": "emulated traces not found"}, 404, ext_msg_hash=tx_hash),
    ]


def at_block(seqno: int = HEAD - 150) -> Json:
    query: Json = {"workchain": -1, "shard": "8000000000000000", "seqno": seqno}
    return get("blocks", {"blocks": [block(seqno)]}, **query)


def jetton(wallet: str, owner: str, master: str, **content: Any) -> list[Json]:
    """What the index knows of a jetton wallet, and of its master."""
    row = {"address": wallet, "owner": owner, "jetton": master, "balance": "1"}
    named = {"address": master, "jetton_content": {"decimals": "6"} | content}
    return [
        get("jetton/wallets", {"jetton_wallets": [row]}, address=wallet.lower()),
        get("jetton/masters", {"jetton_masters": [named]}, address=master.lower()),
    ]


def derives(master: str, owner: str, wallet: str | None, **more: Any) -> Json:
    """The master's answer to which wallet is the owner's; None where the method fails."""
    stack = [{"type": "slice", "value": print_address_boc(key_of(owner))}]
    body = {"address": master.lower(), "method": "get_wallet_address", "stack": stack}
    answer: Json = {"gas_used": 1, "exit_code": 11, "stack": []}
    if wallet is not None:
        told = {"type": "cell", "value": boc(Builder().address(wallet).cell())}
        answer |= {"exit_code": 0, "stack": [told]}
    return {"post": "/api/v3/runGetMethod", "body": body, "json": answer} | more
