"""Tezos operation groups told once, and what TzKT and an octez node answer about them.

Knows: the shapes of both APIs, one moment in which all stories are told. Must not know: the decoder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from base58_bech32.base58 import b58encode_check

NOW = "2026-11-20T12:00:00Z"
HEAD = 15_400_000
HEAD_TIME = datetime(2026, 11, 20, 11, 59, 56, tzinfo=UTC)
CHAIN = "NetXdQprcVkpaWU"

Json = dict[str, Any]


def digest(text: str, size: int = 32) -> bytes:
    return hashlib.blake2b(f"tezos story: {text}".encode(), digest_size=size).digest()


def _encoded(prefix: str, text: str, size: int) -> str:
    return b58encode_check(bytes.fromhex(prefix) + digest(text, size)).decode()


def somebody(name: str) -> str:
    return _encoded("06a19f", name, 20)


def contract(name: str) -> str:
    return _encoded("025a79", name, 20)


def group_hash(name: str) -> str:
    return _encoded("0574", name, 32)


def block_hash(level: int) -> str:
    return _encoded("0134", f"block {level}", 32)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


ALICE, BOB, CAROL, DAVE = map(somebody, ("alice", "bob", "carol", "dave"))
ROUTER, FAKE, PICTURES, VAULT = map(contract, ("router", "fake", "pictures", "vault"))
USDT = "KT1XnTn74bUtxHfDtBmm2bGZAQfhPbvKWR8o"
TZBTC = "KT1PWx2mnDueood7fEmfbBDKx1D9BAnnXitn"
USDT_TOKEN: Json = {
    "id": 85_519_503_482_881,
    "contract": {"alias": "Tether USD", "address": USDT},
    "tokenId": "0",
    "standard": "fa2",
    "totalSupply": "150000000000000",
    "metadata": {"name": "Tether USD", "symbol": "USDt", "decimals": "6"},
}
FAKE_TOKEN: Json = {
    "id": 85_519_503_482_999,
    "contract": {"address": FAKE},
    "tokenId": "0",
    "standard": "fa2",
    "totalSupply": "1000000000000000",
    "metadata": {"name": "Tether USD", "symbol": "USDt", "decimals": "6"},
}
TZBTC_TOKEN: Json = {
    "id": 24,
    "contract": {"alias": "tzBTC", "address": TZBTC},
    "tokenId": "0",
    "standard": "fa1.2",
    "totalSupply": "60000000000",
    "metadata": {"name": "tzBTC", "symbol": "tzBTC", "decimals": "8"},
}
PICTURE_TOKEN: Json = {
    "id": 900,
    "contract": {"address": PICTURES},
    "tokenId": "771",
    "standard": "fa2",
    "totalSupply": "1",
    "metadata": {"name": "Picture 771", "decimals": "0", "artifactUri": "ipfs://Qm"},
}


@dataclass(frozen=True)
class Op:
    """One operation. ``micheline`` is its parameter for octez, ``shown`` the same for TzKT."""

    target: str | None = None
    amount: int = 0
    kind: str = "transaction"
    sender: str = ALICE
    nonce: int | None = None
    status: str = "applied"
    fee: int = 420
    allocated: bool = False
    stored: int = 0
    entrypoint: str | None = None
    micheline: Any = None
    shown: Any = None
    errors: tuple[str, ...] = ()
    moved: list[tuple[Json, str | None, str | None, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """One group; each entry is an operation of the group with the internal ones it made."""

    hash: str
    entries: list[list[Op]]
    level: int = HEAD - 50
    counter: int = 8_123_456
    block: str = ""
    time: str = ""

    @property
    def block_hash(self) -> str:
        return self.block or block_hash(self.level)

    @property
    def moment(self) -> str:
        return self.time or stamp(HEAD_TIME - timedelta(seconds=6 * (HEAD - self.level)))


def told(name: str, *entries: Op | list[Op], **more: Any) -> Told:
    return Told(group_hash(name), [e if isinstance(e, list) else [e] for e in entries], **more)


def fa2(token: Json, moves: list[tuple[str, int]], *, sender: str = ALICE, **more: Any) -> Op:
    """A call of FA2's ``transfer`` for one sender; TzKT sees in the books what was asked for."""
    token_id = token["tokenId"]
    txs = [{"to_": to, "token_id": token_id, "amount": str(n)} for to, n in moves]
    pairs = [
        {
            "prim": "Pair",
            "args": [
                {"string": to},
                {"prim": "Pair", "args": [{"int": token_id}, {"int": str(n)}]},
            ],
        }
        for to, n in moves
    ]
    return Op(
        **{
            "target": token["contract"]["address"],
            "entrypoint": "transfer",
            "shown": [{"from_": sender, "txs": txs}],
            "micheline": [{"prim": "Pair", "args": [{"string": sender}, pairs]}],
            "moved": [(token, sender, to, n) for to, n in moves],
            "sender": sender,
            **more,
        }
    )


def fa12(token: Json, to: str, amount: int, *, sender: str = ALICE, **more: Any) -> Op:
    pair = {"prim": "Pair", "args": [{"string": to}, {"int": str(amount)}]}
    return Op(
        **{
            "target": token["contract"]["address"],
            "entrypoint": "transfer",
            "shown": {"from": sender, "to": to, "value": str(amount)},
            "micheline": {"prim": "Pair", "args": [{"string": sender}, pair]},
            "moved": [(token, sender, to, amount)],
            "sender": sender,
            **more,
        }
    )


def call(target: str, entrypoint: str, amount: int = 0, **more: Any) -> Op:
    value = {"prim": "Unit"}
    return Op(target, amount, entrypoint=entrypoint, micheline=value, shown={}, **more)


# -- TzKT -----------------------------------------------------------------------------------
def get(path: str, answer: Any, status: int = 200) -> Json:
    return {"get": path, "status": status, "json": answer}


def tzkt_health(**other: Any) -> list[Json]:
    head = {
        "chain": "mainnet",
        "chainId": CHAIN,
        "cycle": 1200,
        "level": HEAD,
        "hash": block_hash(HEAD),
        "protocol": "PtTALLiNtPec7mE7yY4m3k26J8Qukef3E3ehzhfXgFZKGtDdAXu",
        "timestamp": stamp(HEAD_TIME),
        "knownLevel": HEAD,
        "lastSync": stamp(HEAD_TIME),
        "synced": True,
    }
    return [get("/v1/head", head | other)]


def _named(address: str | None) -> Json | None:
    return None if address is None else {"address": address}


def row_number(group: Told, number: int) -> int:
    """TzKT counts all rows of all blocks; here each group has a thousand of its own."""
    own = int.from_bytes(digest(group.hash, 2), "big")
    return (group.level * 65_536 + own) * 1_000 + number


def _tzkt_row(group: Told, op: Op, counter: int, number: int, source: str) -> Json:
    row: Json = {
        "type": op.kind,
        "id": row_number(group, number),
        "level": group.level,
        "timestamp": group.moment,
        "block": group.block_hash,
        "hash": group.hash,
        "counter": counter,
        "initiator": None if op.nonce is None else {"address": source},
        "sender": {"address": op.sender},
        "nonce": op.nonce,
        "gasLimit": 1520,
        "gasUsed": 1420,
        "bakerFee": 0 if op.nonce is not None else op.fee,
        "status": op.status,
    }
    if op.kind == "transaction":
        row |= {
            "storageFee": op.stored,
            "allocationFee": 64_250 if op.allocated else 0,
            "target": _named(op.target),
            "amount": op.amount,
            "hasInternals": False,
            "tokenTransfersCount": len(op.moved) or None,
        }
    if op.kind == "origination":
        row |= {"contractBalance": op.amount, "originatedContract": _named(op.target)}
    if op.entrypoint is not None:
        row["parameter"] = {"entrypoint": op.entrypoint, "value": op.shown}
    if op.errors:
        row["errors"] = [{"type": e} for e in op.errors]
    return {k: v for k, v in row.items() if v is not None}


def tzkt_rows(group: Told) -> tuple[list[Json], list[Json]]:
    """The rows of the group, and those of the token transfers within it."""
    rows: list[Json] = []
    transfers: list[Json] = []
    number = 0
    for place, entry in enumerate(group.entries):
        for op in entry:
            row = _tzkt_row(group, op, group.counter + place, number, entry[0].sender)
            number += 1
            rows.append(row)
            for token, sender, recipient, amount in op.moved if op.status == "applied" else ():
                move = {
                    "id": 5_000_000 + len(transfers),
                    "level": group.level,
                    "timestamp": group.moment,
                    "token": token,
                    "from": _named(sender),
                    "to": _named(recipient),
                    "amount": str(amount),
                    "transactionId": row["id"],
                }
                transfers.append({k: v for k, v in move.items() if v is not None})
    return rows, transfers


def tzkt(group: Told) -> list[Json]:
    """Every exchange of one look at a group in a block."""
    rows, transfers = tzkt_rows(group)
    exchanges = [*tzkt_health(), get(f"/v1/operations/{group.hash}", list(reversed(rows)))]
    applied = all(op.status == "applied" for entry in group.entries for op in entry)
    calls = [
        str(r["id"])
        for r in rows
        if r["type"] == "transaction" and r["target"]["address"].startswith("KT1")
    ]
    if calls and applied:
        query = f"transactionId.in={','.join(calls)}&limit=10000&sort.asc=id"
        exchanges.append(get(f"/v1/tokens/transfers?{query}", transfers))
    return exchanges


def tzkt_absent(tx_hash: str) -> list[Json]:
    return [*tzkt_health(), get(f"/v1/operations/{tx_hash}", [])]


# -- octez ----------------------------------------------------------------------------------
def octez_health(**other: Any) -> list[Json]:
    header = {
        "protocol": "PtTALLiNtPec7mE7yY4m3k26J8Qukef3E3ehzhfXgFZKGtDdAXu",
        "chain_id": CHAIN,
        "hash": block_hash(HEAD),
        "level": HEAD,
        "timestamp": stamp(HEAD_TIME),
        "predecessor": block_hash(HEAD - 1),
    }
    state = {"bootstrapped": True, "sync_state": "synced"}
    return [
        get("/chains/main/chain_id", other.get("chain", CHAIN)),
        get("/chains/main/is_bootstrapped", other.get("state", state)),
        get("/chains/main/blocks/head/header", header),
    ]


def _changes(op: Op, source: str) -> list[Json]:
    found: list[Json] = []
    if op.kind in ("transaction", "origination") and op.amount and op.target:
        found.append({"kind": "contract", "contract": op.sender, "change": str(-op.amount)})
        found.append({"kind": "contract", "contract": op.target, "change": str(op.amount)})
    for burnt in (op.stored, 64_250 if op.allocated else 0):
        if burnt:
            found.append({"kind": "contract", "contract": source, "change": str(-burnt)})
            found.append({"kind": "burned", "category": "storage fees", "change": str(burnt)})
    return found


def _octez_result(op: Op, source: str) -> Json:
    result: Json = {"status": op.status}
    if op.errors:
        ids = [f"proto.024-PtTALLiN.{e}" for e in op.errors]
        result["errors"] = [{"kind": "temporary", "id": i} for i in ids]
    if op.status == "applied":
        result |= {"balance_updates": _changes(op, source), "consumed_milligas": "1420000"}
        if op.kind == "origination":
            result["originated_contracts"] = [op.target]
    return result


def _octez_body(op: Op) -> Json:
    body: Json = {"kind": op.kind, "source": op.sender}
    if op.kind == "transaction":
        body |= {"amount": str(op.amount), "destination": op.target}
    if op.kind == "origination":
        body |= {"balance": str(op.amount), "script": {}}
    if op.entrypoint is not None:
        body["parameters"] = {"entrypoint": op.entrypoint, "value": op.micheline}
    return body


def octez_operation(group: Told, *, pending: bool = False) -> Json:
    contents = []
    for place, (first, *inner) in enumerate(group.entries):
        row = _octez_body(first) | {"fee": str(first.fee), "counter": str(group.counter + place)}
        row |= {"gas_limit": "1520", "storage_limit": "277"}
        if not pending:
            metadata: Json = {"balance_updates": []}
            metadata["operation_result"] = _octez_result(first, first.sender)
            if inner:
                metadata["internal_operation_results"] = [
                    _octez_body(op) | {"nonce": op.nonce, "result": _octez_result(op, first.sender)}
                    for op in inner
                ]
            row["metadata"] = metadata
        contents.append(row)
    operation: Json = {"hash": group.hash, "branch": block_hash(group.level - 2)}
    return operation | {"contents": contents, "signature": "sig" + "1" * 93}


EMPTY_POOL: Json = {
    name: []
    for name in (
        "validated",
        "refused",
        "outdated",
        "branch_refused",
        "branch_delayed",
        "unprocessed",
    )
}


def octez_pool(**parts: Any) -> Json:
    return get("/chains/main/mempool/pending_operations", EMPTY_POOL | parts)


def octez(group: Told) -> list[Json]:
    """A group in one of the last blocks, which the node is searched through."""
    exchanges = [*octez_health(), octez_pool(**WAITING)]
    for level in range(HEAD, group.level - 1, -1):
        path = f"/chains/main/blocks/{level}/operation_hashes/3"
        exchanges.append(get(path, BLOCKS.get(level, [])))
    base = f"/chains/main/blocks/{group.level}"
    header = {"level": group.level, "hash": group.block_hash, "timestamp": group.moment}
    place = BLOCKS[group.level].index(group.hash)
    exchanges.append(get(f"{base}/operations/3/{place}", octez_operation(group)))
    return [*exchanges, get(f"{base}/header", header | {"chain_id": CHAIN})]


WAITING: dict[str, list[Json]] = {}
"""What lies in the node's mempool in all stories, by its parts."""

BLOCKS: dict[int, list[str]] = {}
"""The hashes in the last blocks, in all stories."""


# -- groups of the main network -------------------------------------------------------------
REAL_PAYMENT = Told(
    "ooPUBCDGAX9Gkb7icrRAdPdUdTXBWqRD9jWuAUh6zpoZrVi6YTT",
    [
        [
            Op(
                "tz1W2VXHxpztJqBzNfHBkxwvpsNHnKVhqccZ",
                1_000_000,
                sender="tz1ZTLPBs6c7KVmRatGetf5Ds1zTaUrEXtT7",
                fee=283,
            )
        ]
    ],
    level=8_412_338,
    counter=159_485_452,
    block="BLhzyhfaVkVSRkp8ChcFms9HAwBBiuKPpSu4GbsWibBRbKugNm6",
    time="2025-03-29T03:09:16Z",
)
_SELLER = "KT1DrJV8vhkdLEj76h1H9Q4irZDqAkMPo1Qf"
_TRADER = "tz1ZutSZgCHEzxspXyoSYSREhwHh5g4PM8hN"
REAL_SWAP = Told(
    "ooT5uBirxWi9GXRqf6eGCEjoPhQid3U8yvsbP9JQHBXifVsinY8",
    [
        [call(TZBTC, "approve", sender=_TRADER, fee=20_929)],
        [
            call(_SELLER, "tokenToXtz", sender=_TRADER, fee=64_075),
            Op(_TRADER, 125_060_096, sender=_SELLER, nonce=0),
            Op(
                TZBTC,
                sender=_SELLER,
                nonce=1,
                entrypoint="transfer",
                shown={"to": _SELLER, "from": _TRADER, "value": "1925220"},
                moved=[(TZBTC_TOKEN, _TRADER, _SELLER, 1_925_220)],
            ),
        ],
    ],
    level=1_191_022,
    counter=7_070_612,
    block="BLucVFycsqX33udYmbQ8qKt41nLCvP1viGxjteCnZ8MqGFv7BEV",
    time="2020-10-28T14:33:08Z",
)
REAL_FAILURE = Told(
    "opC815T6zqTUtzQktPBBeLAB1eRnvuR5ETZDoLPGgAb3698wwFK",
    [
        [
            call(
                "KT1WGDVRnff4rmGzJUbdCRAJBmYt12BrPzdD",
                "claim",
                sender="tz1Ue76bLW7boAcJEZf2kSGcamdBKVi4Kpss",
                fee=6332,
                status="failed",
                errors=("gas_exhausted.operation",),
            )
        ]
    ],
    level=1_672_991,
    counter=24_120_639,
    block="BLPBkQ99cXZ61QBHdNMkEwwVUxiDAp6pD1eiAtUfQjznT2zsR6k",
    time="2021-09-07T09:00:04Z",
)
