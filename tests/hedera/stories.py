"""Hedera transactions as a mirror node tells them, at one moment.

Knows: the mirror's documents. Must not know: the decoder.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

Json = dict[str, Any]

NOW = "2026-11-20T12:00:00Z"
HEAD = 102_900_000
HEAD_FROM, HEAD_TO = "1795175996.001000000", "1795175998.900000000"
FIRST_BLOCK = (
    "0x420fffe68fcd2a1eadcce589fdf9565bcf5a269d02232fe07cdc565b3b6f76ce"
    "46a9418ddc1bbe051d4894e04d091f8e"
)
ALICE, BOB, CAROL, EXCHANGE = "0.0.1001234", "0.0.2002345", "0.0.3003456", "0.0.4004567"
NODE, FEES, STAKING, NODES = "0.0.9", "0.0.98", "0.0.800", "0.0.801"
CONTRACT, USDC, FAKE, ART = "0.0.5005678", "0.0.456858", "0.0.9009999", "0.0.8008888"
START, STAMP = (1_795_175_880, 123), "1795175885.123456789"
ID = f"{ALICE}-{START[0]}-{START[1]:09d}"


def at(account: str, amount: int) -> Json:
    return {"account": account, "amount": amount, "is_approval": False}


def paid(token: str, account: str, amount: int) -> Json:
    return {"token_id": token, "account": account, "amount": amount, "is_approval": False}


def item(token: str, serial: int, giver: str | None, taker: str | None) -> Json:
    return {
        "is_approval": False,
        "receiver_account_id": taker,
        "sender_account_id": giver,
        "serial_number": serial,
        "token_id": token,
    }


def fee(amount: int = 84_563, payer: str = ALICE) -> list[Json]:
    """What every transaction lists beside its payments."""
    return [at(NODE, 4063), at(NODES, amount - 4063), at(payer, -amount)]


def memo(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return base64.b64encode(data).decode()


def sha384(*parts: object) -> str:
    """A hash of nobody's transaction, as the mirror writes it."""
    return base64.b64encode(hashlib.sha384(repr(parts).encode()).digest()).decode()


def row(*transfers: Json, **more: Any) -> Json:
    """One row; ``transfers`` besides the fee, which is in them already where ``fee`` is given."""
    charged = more.pop("charged_tx_fee", 84_563)
    listed = more.pop("fee", fee(charged) if charged else [])
    told: Json = {
        "bytes": None,
        "charged_tx_fee": charged,
        "consensus_timestamp": STAMP,
        "entity_id": None,
        "max_fee": "100000000",
        "memo_base64": "",
        "name": "CRYPTOTRANSFER",
        "nft_transfers": [],
        "node": NODE,
        "nonce": 0,
        "parent_consensus_timestamp": None,
        "result": "SUCCESS",
        "scheduled": False,
        "staking_reward_transfers": [],
        "token_transfers": [],
        "transaction_id": ID,
        "transfers": [*listed, *transfers],
        "valid_duration_seconds": "120",
        "valid_start_timestamp": f"{START[0]}.{START[1]:09d}",
    }
    told |= more
    told.setdefault("transaction_hash", sha384(sorted(told.items(), key=str)))
    return told


def block(number: int, first: str, last: str) -> Json:
    return {
        "count": 12,
        "hapi_version": "0.68.0",
        "hash": "0x" + hashlib.sha384(f"block {number}".encode()).hexdigest(),
        "name": f"{first}.rcd.gz",
        "number": number,
        "previous_hash": "0x" + hashlib.sha384(f"block {number - 1}".encode()).hexdigest(),
        "size": 8000,
        "timestamp": {"from": first, "to": last},
        "gas_used": 0,
    }


def get(path: str, document: Any, status: int = 200) -> Json:
    told = {"get": f"/api/v1{path}"}
    return told | ({"json": document} if status == 200 else {"status": status, "json": document})


NOT_FOUND: Json = {"_status": {"messages": [{"message": "Not found"}]}}


def health(**changed: Any) -> list[Json]:
    head = block(HEAD, HEAD_FROM, HEAD_TO) | changed
    first = block(0, "1568411631.396440000", "1568411631.396440000") | {"hash": FIRST_BLOCK}
    return [
        get("/blocks?limit=1&order=desc", {"blocks": [head], "links": {"next": None}}),
        get("/blocks/0", first),
    ]


def token(symbol: str, name: str, decimals: int = 6, kind: str = "FUNGIBLE_COMMON") -> Json:
    return {"symbol": symbol, "name": name, "decimals": str(decimals), "type": kind}


TOKENS = {
    USDC: token("USDC", "USD Coin"),
    FAKE: token("USDC", "USD Coin"),
    ART: token("ART", "Pictures", 0, "NON_FUNGIBLE_UNIQUE"),
    "0.0.1304757": token("FT", "a fungible token", 8),
}


def places(stamp: str) -> tuple[str, str]:
    """The times of the block around a consensus time."""
    seconds = int(stamp.partition(".")[0])
    return f"{seconds}.000000001", f"{seconds + 1}.999999999"


def answers(*rows: Json, number: int = HEAD - 57, chosen: Json | None = None) -> list[Json]:
    """Everything a mirror is asked about the transactions of one id; ``chosen`` is the row meant."""
    meant = chosen or rows[0]
    listed = [{**r, "assessed_custom_fees": []} for r in rows]
    told = [*health(), get(f"/transactions/{meant['transaction_id']}", {"transactions": listed})]
    stamp = meant["consensus_timestamp"]
    found = {"blocks": [block(number, *places(stamp))], "links": {"next": None}}
    told.append(get(f"/blocks?timestamp=gte:{stamp}&limit=1&order=asc", found))
    tokens = [
        t["token_id"] for r in rows for t in (*r["token_transfers"], *r.get("nft_transfers", ()))
    ]
    told += [get(f"/tokens/{t}", TOKENS[t] | {"token_id": t}) for t in dict.fromkeys(tokens)]
    return told
