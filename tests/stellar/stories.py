"""Stellar transactions made from their signed bytes up, and Horizon's answers about them.

Knows: XDR from the writer's side, Horizon's documents, one moment in which all stories are told. Must
not know: the decoder.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

NOW = "2026-11-20T12:00:00Z"
HEAD, HEAD_TIME = 65_400_000, "2026-11-20T11:59:56Z"
PUBLIC = "Public Global Stellar Network ; September 2015"
USDC = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN"
EXCHANGE = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
ROOT: Json = {
    "horizon_version": "25.0.0",
    "core_version": "stellar-core 25.0.1",
    "ingest_latest_ledger": HEAD,
    "history_latest_ledger": HEAD,
    "history_latest_ledger_closed_at": HEAD_TIME,
    "history_elder_ledger": 2,
    "core_latest_ledger": HEAD + 1,
    "network_passphrase": PUBLIC,
    "current_protocol_version": 25,
    "supported_protocol_version": 25,
    "core_supported_protocol_version": 25,
}


# -- strkeys --------------------------------------------------------------------------------


def strkey(version: int, payload: bytes) -> str:
    body = bytes([version]) + payload
    crc = 0
    for byte in body:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return base64.b32encode(body + crc.to_bytes(2, "little")).decode().rstrip("=")


def key_of(account: str) -> bytes:
    return base64.b32decode(account + "=" * (-len(account) % 8))[1:33]


def somebody(name: str, version: int = 6 << 3) -> str:
    """An account (or contract) of nobody, the same for the same name."""
    return strkey(version, hashlib.sha256(f"stellar story: {name}".encode()).digest())


def muxed(account: str, number: int) -> str:
    return strkey(12 << 3, key_of(account) + number.to_bytes(8, "big"))


ALICE, BOB, CAROL, DAVE, ISSUER = map(somebody, ("alice", "bob", "carol", "dave", "false issuer"))
WALLET = somebody("smart wallet", 2 << 3)
XLM, DOLLAR = ("XLM", None), ("USDC", USDC)
Coin = tuple[str, str | None]


# -- signed bytes ---------------------------------------------------------------------------


def u32(value: int) -> bytes:
    return struct.pack(">I", value)


def i64(value: int) -> bytes:
    return struct.pack(">q", value)


def opaque(data: bytes) -> bytes:
    return u32(len(data)) + data + b"\0" * (-len(data) % 4)


def x_account(text: str) -> bytes:
    return u32(0) + key_of(text)


def x_to(text: str, number: int | None) -> bytes:
    if number is None:
        return x_account(text)
    return u32(0x100) + struct.pack(">Q", number) + key_of(text)


def x_coin(coin: Coin) -> bytes:
    code, issuer = coin
    if issuer is None:
        return u32(0)
    size = 4 if len(code) < 5 else 12
    return u32(1 if size == 4 else 2) + code.encode().ljust(size, b"\0") + x_account(issuer)


def x_memo(memo: Json) -> bytes:
    kind = memo["memo_type"]
    if kind == "none":
        return u32(0)
    if kind == "text":
        return u32(1) + opaque(base64.b64decode(memo["memo_bytes"]))
    if kind == "id":
        return u32(2) + struct.pack(">Q", int(memo["memo"]))
    return u32(3 if kind == "hash" else 4) + base64.b64decode(memo["memo"])


# -- memos ----------------------------------------------------------------------------------

NO_MEMO: Json = {"memo_type": "none"}


def text_memo(text: str | bytes) -> Json:
    data = text if isinstance(text, bytes) else text.encode()
    shown = {"memo": data.decode("utf-8", "replace")} if data else {}
    return shown | {"memo_type": "text", "memo_bytes": base64.b64encode(data).decode()}


def id_memo(number: int) -> Json:
    return {"memo_type": "id", "memo": str(number)}


def hash_memo(data: bytes, kind: str = "hash") -> Json:
    return {"memo_type": kind, "memo": base64.b64encode(data.ljust(32, b"\0")).decode()}


# -- operations: what is signed, and what Horizon shows of it -------------------------------


def shown(amount: int) -> str:
    return f"{amount // 10**7}.{amount % 10**7:07d}"


def j_coin(coin: Coin, prefix: str = "") -> Json:
    code, issuer = coin
    if issuer is None:
        return {f"{prefix}asset_type": "native"}
    kind = "credit_alphanum4" if len(code) < 5 else "credit_alphanum12"
    names = {f"{prefix}asset_code": code, f"{prefix}asset_issuer": issuer}
    return {f"{prefix}asset_type": kind} | names


def joined(coin: Coin) -> str:
    return "native" if coin[1] is None else f"{coin[0]}:{coin[1]}"


class Op:
    """One operation: its XDR behind the type, and Horizon's fields. ``source`` pays where given."""

    def __init__(self, kind: str, number: int, xdr: bytes, fields: Json, **more: Any) -> None:
        self.kind, self.number, self.xdr, self.fields = kind, number, xdr, fields
        self.source: str | None = more.get("source")
        self.effects: list[Json] = more.get("effects", [])
        self.creators: Json = more.get("creators", {})

    def bytes(self) -> bytes:
        own = u32(0) if self.source is None else u32(1) + x_account(self.source)
        return own + u32(self.number) + self.xdr


def payment(
    amount: int, to: str = EXCHANGE, *, coin: Coin = XLM, number: int | None = None, **more: Any
) -> Op:
    fields = j_coin(coin) | {"to": to, "amount": shown(amount)}
    if number is not None:
        fields |= {"to_muxed": muxed(to, number), "to_muxed_id": str(number)}
    return Op("payment", 1, x_to(to, number) + x_coin(coin) + i64(amount), fields, **more)


def create_account(amount: int, to: str) -> Op:
    fields = {"starting_balance": shown(amount), "account": to}
    return Op("create_account", 0, x_account(to) + i64(amount), fields)


def path_send(sent: tuple[int, Coin], least: int, arrived: tuple[int, Coin], to: str) -> Op:
    xdr = x_coin(sent[1]) + i64(sent[0]) + x_account(to) + x_coin(arrived[1]) + i64(least) + u32(0)
    fields = j_coin(arrived[1]) | j_coin(sent[1], "source_") | {"to": to, "path": []}
    fields |= {"amount": shown(arrived[0]), "source_amount": shown(sent[0])}
    return Op("path_payment_strict_send", 13, xdr, fields | {"destination_min": shown(least)})


def path_receive(sent: tuple[int, Coin], most: int, arrived: tuple[int, Coin], to: str) -> Op:
    hop = ("EURT", somebody("euro issuer"))
    xdr = x_coin(sent[1]) + i64(most) + x_account(to) + x_coin(arrived[1]) + i64(arrived[0])
    fields = j_coin(arrived[1]) | j_coin(sent[1], "source_") | {"to": to, "path": [j_coin(hop)]}
    fields |= {"amount": shown(arrived[0]), "source_amount": shown(sent[0])}
    xdr += u32(1) + x_coin(hop)
    return Op("path_payment_strict_receive", 2, xdr, fields | {"source_max": shown(most)})


def merge(to: str, amount: int, *, source: str | None = None) -> Op:
    credit = {"type": "account_credited", "type_i": 2, "account": to, "asset_type": "native"}
    debit = {"type": "account_debited", "type_i": 3, "account": source, "asset_type": "native"}
    gone = {"type": "account_removed", "type_i": 1, "account": source}
    amounts = {"amount": shown(amount)}
    effects = [debit | amounts, credit | amounts, gone]
    return Op("account_merge", 8, x_account(to), {"into": to}, source=source, effects=effects)


def create_balance(amount: int, coin: Coin, *claimants: str) -> Op:
    listed = b"".join(u32(0) + x_account(c) + u32(0) for c in claimants)
    people = [{"destination": c, "predicate": {"unconditional": True}} for c in claimants]
    fields = {"asset": joined(coin), "amount": shown(amount), "claimants": people}
    xdr = x_coin(coin) + i64(amount) + u32(len(claimants)) + listed
    return Op("create_claimable_balance", 14, xdr, fields)


def claim(amount: int, coin: Coin, claimant: str, creator: str | None) -> Op:
    balance = hashlib.sha256(f"balance {amount} {coin} {claimant}".encode()).digest()
    balance_id = "00000000" + balance.hex()
    fields = {"balance_id": balance_id, "claimant": claimant}
    sums = {"amount": shown(amount)}
    claimed = {"type": "claimable_balance_claimed", "type_i": 52, "account": claimant}
    credit = {"type": "account_credited", "type_i": 2, "account": claimant} | j_coin(coin)
    effects = [claimed | sums | {"asset": joined(coin), "balance_id": balance_id}, credit | sums]
    made = {} if creator is None else {balance_id: creator}
    xdr = u32(0) + balance
    return Op(
        "claim_claimable_balance", 15, xdr, fields, source=claimant, effects=effects, creators=made
    )


def contract_call(*changes: Json, function: str = "pay") -> Op:
    """A call of a contract; the bytes name no arguments, which nobody reads here."""
    xdr = (
        u32(0)
        + u32(1)
        + hashlib.sha256(b"router").digest()
        + opaque(function.encode())
        + u32(0)
        + u32(0)
    )
    fields = {
        "function": "HostFunctionTypeHostFunctionTypeInvokeContract",
        "parameters": [],
        "address": "",
        "salt": "",
        "asset_balance_changes": list(changes),
    }
    return Op("invoke_host_function", 24, xdr, fields)


def change(kind: str, amount: int, coin: Coin, **parties: str) -> Json:
    told = {("from" if k == "giver" else k): v for k, v in parties.items()}
    return j_coin(coin) | {"type": kind, "amount": shown(amount)} | told


def offer(seller: str, sold: tuple[int, Coin], bought: tuple[int, Coin]) -> Op:
    """An offer of Alice that takes ``seller``'s: she gets ``bought`` for ``sold``."""
    effects = []
    for who, other, gets, gives in ((ALICE, seller, bought, sold), (seller, ALICE, sold, bought)):
        effect = {"type": "trade", "type_i": 33, "account": who, "seller": other, "offer_id": "7"}
        effect |= j_coin(gets[1], "bought_") | {"bought_amount": shown(gets[0])}
        effects.append(effect | j_coin(gives[1], "sold_") | {"sold_amount": shown(gives[0])})
    xdr = x_coin(sold[1]) + x_coin(bought[1]) + i64(sold[0]) + u32(1) + u32(5) + i64(0)
    fields = {"amount": shown(sold[0]), "price": "0.2000000", "offer_id": "0"}
    fields |= j_coin(sold[1], "selling_") | j_coin(bought[1], "buying_")
    return Op("manage_sell_offer", 3, xdr, fields, effects=effects)


def withdraw(*reserves: tuple[int, Coin]) -> Op:
    pool = hashlib.sha256(b"pool").digest()
    got = [{"asset": joined(c), "amount": shown(a)} for a, c in reserves]
    fields = {"liquidity_pool_id": pool.hex(), "reserves_received": got, "shares": "5.0000000"}
    return Op("liquidity_pool_withdraw", 23, pool + i64(50_000_000) + i64(1) + i64(1), fields)


def clawback(amount: int, coin: Coin, whom: str) -> Op:
    fields = j_coin(coin) | {"from": whom, "amount": shown(amount)}
    return Op("clawback", 19, x_coin(coin) + x_account(whom) + i64(amount), fields)


# -- transactions and Horizon's documents ---------------------------------------------------

_SOURCE_FIELD = {
    "payment": "from",
    "path_payment_strict_send": "from",
    "path_payment_strict_receive": "from",
    "create_account": "funder",
    "account_merge": "account",
}


class Told:
    """One synthetic transaction: its document, and all that Horizon answers about it."""

    def __init__(
        self, *ops: Op, memo: Json = NO_MEMO, code: int = 0, source: str = ALICE, bump: bool = False
    ) -> None:
        self.ops = ops
        self.ledger = HEAD - 90
        self.paging_id = self.ledger << 32 | 7 << 12
        fee = 100 * len(ops)
        body = x_account(source) + u32(fee) + i64(self.ledger << 20) + u32(1) + i64(0)
        body += i64(1_795_179_600) + x_memo(memo) + u32(len(ops))
        body += b"".join(op.bytes() for op in ops)
        soroban = any(op.number == 24 for op in ops)
        body += u32(1) + u32(0) * 6 + i64(0) if soroban else u32(0)
        network = hashlib.sha256(PUBLIC.encode()).digest()
        inner = hashlib.sha256(network + u32(2) + body).digest()
        signature = hashlib.sha512(inner).digest()
        signed = body + u32(1) + inner[:4] + opaque(signature)
        self.inner_hash = self.tx_hash = inner.hex()
        self.successful = code == 0
        charged, result = fee, u32(0) + u32(len(ops)) + u32(0) * 2
        extra: Json = {}
        envelope = u32(2) + signed
        if bump:
            charged = fee + 100
            outer = x_account(CAROL) + i64(charged) + u32(2) + signed + u32(0)
            digest = hashlib.sha256(network + u32(5) + outer).digest()
            self.tx_hash = digest.hex()
            envelope = (
                u32(5) + outer + u32(1) + digest[:4] + opaque(hashlib.sha512(digest).digest())
            )
            outer_signature = base64.b64encode(hashlib.sha512(digest).digest()).decode()
            code = 1 if code == 0 else -13
            result = inner + result
            extra["fee_bump_transaction"] = {"hash": self.tx_hash, "signatures": [outer_signature]}
            inner_signatures = [base64.b64encode(signature).decode()]
            told = {"hash": self.inner_hash, "signatures": inner_signatures, "max_fee": str(fee)}
            extra["inner_transaction"] = told
        result_xdr = i64(charged) + struct.pack(">i", code) + result
        self.document: Json = {
            "id": self.tx_hash,
            "paging_token": str(self.paging_id),
            "successful": self.successful,
            "hash": self.tx_hash,
            "ledger": self.ledger,
            "created_at": "2026-11-20T11:51:30Z",
            "source_account": source,
            "source_account_sequence": str(self.ledger << 20),
            "fee_account": CAROL if bump else source,
            "fee_charged": str(charged),
            "max_fee": str(charged),
            "operation_count": len(ops),
            "envelope_xdr": base64.b64encode(envelope).decode(),
            "result_xdr": base64.b64encode(result_xdr).decode(),
            **memo,
            "signatures": [base64.b64encode(signature).decode()],
            "preconditions": {"timebounds": {"min_time": "0", "max_time": "1795179600"}},
            **extra,
        }
        self.source = source

    def operations(self) -> list[Json]:
        return [self._operation(n, op) for n, op in enumerate(self.ops)]

    def _operation(self, place: int, op: Op) -> Json:
        number = str(self.paging_id + place + 1)
        source = op.source or self.source
        told = {"id": number, "paging_token": number, "transaction_successful": self.successful}
        told |= {"source_account": source, "type": op.kind, "type_i": op.number}
        told |= {"created_at": self.document["created_at"], "transaction_hash": self.tx_hash}
        if op.kind in _SOURCE_FIELD:
            told[_SOURCE_FIELD[op.kind]] = source
        return told | op.fields

    def effects(self) -> list[Json]:
        found = []
        for place, op in enumerate(self.ops):
            for order, effect in enumerate(op.effects):
                number = f"{self.paging_id + place + 1:019d}-{order + 1:010d}"
                token = f"{self.paging_id + place + 1}-{order + 1}"
                found.append({"id": number, "paging_token": token} | effect)
        return found


def page(*records: Json) -> Json:
    return {"_links": {}, "_embedded": {"records": list(records)}}


def ledger(sequence: int, closed_at: str) -> Json:
    return {
        "id": hashlib.sha256(f"ledger {sequence}".encode()).hexdigest(),
        "hash": hashlib.sha256(f"ledger {sequence}".encode()).hexdigest(),
        "prev_hash": hashlib.sha256(f"ledger {sequence - 1}".encode()).hexdigest(),
        "sequence": sequence,
        "closed_at": closed_at,
        "base_fee_in_stroops": 100,
        "base_reserve_in_stroops": 5_000_000,
        "protocol_version": 25,
    }


MISSING: Json = {
    "type": "https://stellar.org/horizon-errors/not_found",
    "title": "Resource Missing",
    "status": 404,
    "detail": "The resource at the url requested was not found.",
}


def get(path: str, document: Any, status: int = 200) -> Json:
    told: Json = {"get": path, "json": document}
    return told if status == 200 else {"get": path, "status": status, "json": document}


def answers(
    document: Json, operations: Sequence[Json], *, effects: Sequence[Json] = (), **more: Any
) -> list[Json]:
    """Everything Horizon is asked about one transaction; ``creators`` as `Op` knows them."""
    outer = document.get("fee_bump_transaction", document)["hash"]
    path = f"/transactions/{outer}"
    told = [get("/", more.get("root", ROOT))]
    told.append(get(f"/transactions/{more.get('typed', document['hash'])}", document))
    told.append(get(f"{path}/operations?limit=200", page(*operations)))
    told.append(
        get(f"/ledgers/{document['ledger']}", ledger(document["ledger"], document["created_at"]))
    )
    if effects:
        told.append(get(f"{path}/effects?limit=200", page(*effects)))
    for balance, creator in more.get("creators", {}).items():
        made = {"type": "create_claimable_balance", "source_account": creator}
        place = f"/claimable_balances/{balance}/operations?limit=1&order=asc"
        told.append(get(place, page(made)))
    return told


def answers_of(told: Told, **more: Any) -> list[Json]:
    creators = {k: v for op in told.ops for k, v in op.creators.items()}
    effects = told.effects() if told.successful else []
    return answers(told.document, told.operations(), effects=effects, creators=creators, **more)
