"""Sui transactions as both APIs answer them, all told at one moment.

Knows: the shapes of GraphQL and JSON-RPC, made from one description of what changed. Must not
know: the decoder.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from base58_bech32.base58 import b58encode

from recovery.chains.sui import graphql, jsonrpc

Json = dict[str, Any]

NOW = "2026-11-20T12:00:00Z"
HEAD, HEAD_MS = 305_432_100, 1_795_175_999_750
SUI = "0x2::sui::SUI"
USDC = "0xdba34672e30cb065b1f93e3ab55318768fd6fef66c15942c9f7cb846e2f900e7::usdc::USDC"
COIN_OF_SUI = f"0x2::coin::Coin<{SUI}>"


def somebody(name: str) -> str:
    """An address of nobody, the same for the same name."""
    return "0x" + hashlib.sha256(f"sui story: {name}".encode()).hexdigest()


def digest_of(name: str) -> str:
    return str(b58encode(hashlib.sha256(f"sui digest: {name}".encode()).digest()), "ascii")


ALICE, BOB, CAROL, SPONSOR, FAKE = map(somebody, ("alice", "bob", "carol", "sponsor", "fake"))


def padded(kind: str) -> str:
    """Types as GraphQL prints them: every address with all its digits."""
    return re.sub(r"0x([0-9a-f]{1,64})(?=::)", lambda m: "0x" + m[1].zfill(64), kind)


@dataclass(frozen=True)
class Thing:
    """An object's change: who owned it before and after (None: nobody yet, or no more)."""

    id: str
    kind: str
    before: str | None
    after: str | None
    by: str = "AddressOwner"


@dataclass(frozen=True)
class Told:
    """One transaction. ``gas`` is computation, storage and rebate; ``rows`` include the gas."""

    digest: str
    rows: list[tuple[str, str, int]]
    things: list[Thing] = field(default_factory=list)
    sender: str | None = ALICE
    payer: str | None = None
    gas: tuple[int, int, int] = (750_000, 1_976_000, 978_120)
    error: str | None = None
    checkpoint: int | None = HEAD - 400
    at: int | None = None
    checkpoint_digest: str | None = None

    @property
    def fee(self) -> int:
        return self.gas[0] + self.gas[1] - self.gas[2]

    @property
    def milliseconds(self) -> int:
        return self.at or HEAD_MS - (HEAD - (self.checkpoint or HEAD)) * 250

    @property
    def block(self) -> str:
        return self.checkpoint_digest or digest_of(f"checkpoint {self.checkpoint}")


def iso(milliseconds: int) -> str:
    from datetime import UTC, datetime, timedelta

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


# -- GraphQL -------------------------------------------------------------------------------


def post(body: Json, answer: Any, status: int = 200) -> Json:
    told = {"post": "/", "body": body}
    return told | ({} if status == 200 else {"status": status}) | {"json": answer}


def data(body: Json, answer: Json) -> Json:
    return post(body, {"data": answer})


def graphql_head(**more: Any) -> Json:
    """``chain``, ``height``, ``at``, ``oldest`` and ``price`` may differ from the healthy service's."""
    told: Json = {
        "chainIdentifier": more.get("chain", "35834a8a"),
        "checkpoint": {
            "sequenceNumber": more.get("height", HEAD),
            "timestamp": iso(more.get("at", HEAD_MS)),
        },
        "epoch": {"referenceGasPrice": str(more.get("price", 750))},
        "serviceConfig": {
            "availableRange": {
                "first": {"sequenceNumber": more.get("oldest", 0)},
                "last": {"sequenceNumber": more.get("height", HEAD)},
            }
        },
    }
    return data(graphql.ask_head(), told)


def _owner(owner: str | None, by: str) -> Json:
    if by in ("Shared", "Immutable"):
        return {"__typename": by}
    return {"__typename": by, "address": {"address": owner}}


def _state(thing: Thing) -> Json | None:
    if thing.after is None and thing.by not in ("Shared", "Immutable"):
        return None
    move = {"contents": {"type": {"repr": padded(thing.kind)}}}
    return {"owner": _owner(thing.after, thing.by), "asMoveObject": move}


def graphql_tx(
    told: Told, rows: slice = slice(None), *, more: str | None = None, chain: str = "35834a8a"
) -> Json:
    """The page of ``rows``; ``more`` is the cursor with which its balance changes go on."""
    changes = [
        {"owner": {"address": o}, "coinType": {"repr": padded(t)}, "amount": str(a)}
        for o, t, a in told.rows[rows]
    ]
    things = [
        {
            "address": t.id,
            "inputState": None if t.before is None else {"owner": _owner(t.before, "AddressOwner")},
            "outputState": _state(t),
        }
        for t in told.things
    ]
    computation, storage, rebate = told.gas
    effects: Json = {
        "status": "FAILURE" if told.error else "SUCCESS",
        "executionError": {"message": told.error} if told.error else None,
        "timestamp": iso(told.milliseconds) if told.checkpoint else None,
        "checkpoint": {"sequenceNumber": told.checkpoint, "digest": told.block}
        if told.checkpoint
        else None,
        "gasEffects": {
            "gasSummary": {
                "computationCost": computation,
                "storageCost": storage,
                "storageRebate": rebate,
            }
        },
        "balanceChanges": {
            "pageInfo": {"hasNextPage": more is not None, "endCursor": more},
            "nodes": changes,
        },
        "objectChanges": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": things},
    }
    payer = told.payer or told.sender
    tx = {
        "digest": told.digest,
        "sender": {"address": told.sender} if told.sender else None,
        "gasInput": {"gasSponsor": {"address": payer}} if payer else None,
        "effects": effects,
    }
    return {"chainIdentifier": chain, "transaction": tx}


def coin(coin_type: str, symbol: str, name: str, decimals: int) -> tuple[Json, Json]:
    """The coin's answer by either API."""
    about = {"decimals": decimals, "symbol": symbol, "name": name}
    asked = padded(coin_type)
    more = {"description": "", "iconUrl": None, "id": somebody(f"metadata {name}")}
    return (
        data(graphql.ask_coin(asked), {"coinMetadata": about}),
        rpc("suix_getCoinMetadata", [coin_type], about | more),
    )


def by_graphql(told: Told, *more: Json, head: Json | None = None) -> list[Json]:
    answer = data(graphql.ask_transaction(told.digest), graphql_tx(told))
    return [head or graphql_head(), answer, *more]


# -- JSON-RPC ------------------------------------------------------------------------------


def rpc(method: str, params: list[Any], result: Any) -> Json:
    return {"rpc": method, "params": params, "result": result}


def rpc_checkpoint(height: int, digest: str, milliseconds: int) -> Json:
    about = {"sequenceNumber": str(height), "digest": digest, "timestampMs": str(milliseconds)}
    return rpc("sui_getCheckpoint", [str(height)], about | {"epoch": "1300", "transactions": []})


def rpc_head(chain: str = "35834a8a", at: int = HEAD_MS) -> list[Json]:
    return [
        rpc("sui_getChainIdentifier", [], chain),
        rpc("sui_getLatestCheckpointSequenceNumber", [], str(HEAD)),
        rpc_checkpoint(HEAD, digest_of("head"), at),
        rpc("suix_getReferenceGasPrice", [], "750"),
    ]


def _rpc_owner(thing: Thing) -> Any:
    if thing.by == "Immutable":
        return "Immutable"
    if thing.by == "Shared":
        return {"Shared": {"initial_shared_version": 7}}
    if thing.by == "ConsensusAddressOwner":
        return {"ConsensusAddressOwner": {"start_version": 7, "owner": thing.after}}
    return {thing.by: thing.after}


def rpc_tx(told: Told) -> Json:
    zero = "0x" + "0" * 64
    sender = told.sender or zero
    computation, storage, rebate = map(str, told.gas)
    things: list[Json] = []
    for t in told.things:
        gone = t.after is None and t.by == "AddressOwner"
        kind = "deleted" if gone else "created" if t.before is None else "mutated"
        change = {
            "type": kind,
            "sender": sender,
            "objectType": t.kind,
            "objectId": t.id,
            "version": "9",
        }
        things.append(
            change if gone else change | {"owner": _rpc_owner(t), "digest": digest_of(t.id)}
        )
    status = {"status": "failure", "error": told.error} if told.error else {"status": "success"}
    tx: Json = {
        "digest": told.digest,
        "transaction": {
            "data": {
                "messageVersion": "v1",
                "sender": sender,
                "gasData": {
                    "payment": [],
                    "owner": told.payer or sender,
                    "price": "750",
                    "budget": "5000000",
                },
            },
            "txSignatures": [],
        },
        "effects": {
            "messageVersion": "v1",
            "status": status,
            "gasUsed": {
                "computationCost": computation,
                "storageCost": storage,
                "storageRebate": rebate,
                "nonRefundableStorageFee": "9880",
            },
            "transactionDigest": told.digest,
        },
        "objectChanges": things,
        "balanceChanges": [
            {"owner": {"AddressOwner": o}, "coinType": t, "amount": str(a)} for o, t, a in told.rows
        ],
    }
    if told.checkpoint:
        tx |= {"checkpoint": str(told.checkpoint), "timestampMs": str(told.milliseconds)}
    return tx


def by_rpc(told: Told, *more: Json) -> list[Json]:
    answers = [
        *rpc_head(),
        rpc("sui_getTransactionBlock", [told.digest, jsonrpc.SHOWN], rpc_tx(told)),
    ]
    if told.checkpoint:
        answers.append(rpc_checkpoint(told.checkpoint, told.block, told.milliseconds))
    return [*answers, *more]
