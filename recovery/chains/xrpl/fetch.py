"""Asks an XRP Ledger server: transactions, its health, costs, and what replaced a transaction.

Knows: the JSON-RPC dialect of rippled and Clio, its errors, ``complete_ledgers``. Must not know:
what a transaction paid to whom.

The dialect is not JSON-RPC 2.0: ``params`` is a list of one object, errors stand inside ``result``
beside ``status``, an unknown API version is HTTP 400 with plain text, and batches do not exist.

A hash is absent only where the server holds every ledger since the first without a gap. A server
with less (most of them) answers for what it finds and is unhealthy for what it doesn't.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from recovery.chains.family import (
    Absent,
    CostLine,
    FetchOutcome,
    Health,
    NetworkCost,
    RawTx,
)
from recovery.chains.shape import Json, read_list, read_object
from recovery.chains.source import Node
from recovery.chains.xrpl.amounts import read_drops, read_hex, read_uint32
from recovery.chains.xrpl.answer import read_tx
from recovery.chains.xrpl.codec import parse_ctid
from recovery.errors import SourceError
from recovery.model import Replacement, Transfer
from recovery.networks import Network

FIRST_LEDGER = 32_570
"""The oldest ledger there is: the 32,569 before it were lost in 2012."""

MAIN_LEDGER_AFTER = 90_000_000
"""The main network closed this ledger in August 2024. No test network has come half as far, so a
server that (as older ones do) names no network id can still be told to be on the main one."""

OLDEST_SECONDS = 60
"""A ledger is validated every 4 s; a server whose last one is older has lost the network."""

_SYNCED = frozenset({"full", "proposing", "validating"})
_BUSY = frozenset({"tooBusy", "slowDown", "notReady"})
_UNSYNCED = frozenset(
    {"noNetwork", "noCurrent", "noClosed", "notSynced", "amendmentBlocked", "failedToForward"}
)
_PAGES = 20


class Refused(Exception):
    """An error inside a result: an answer of the server, by its token."""

    def __init__(self, token: str, result: dict[str, Any]) -> None:
        super().__init__(token)
        self.token = token
        self.result = result


@dataclass(frozen=True, slots=True)
class Server:
    """What ``server_info`` said of a server that may be believed."""

    info: Json
    head: int
    ranges: tuple[tuple[int, int], ...]

    @property
    def keeps_all(self) -> bool:
        return self.covers(FIRST_LEDGER, self.head)

    def covers(self, first: int, last: int) -> bool:
        return any(low <= first and last <= high for low, high in self.ranges)


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash or CTID; the server's health is asked first."""
    server = ask_server(network, node)
    return [_fetch_one(network, node, server, tx_hash) for tx_hash in hashes]


def _fetch_one(network: Network, node: Node, server: Server, tx_hash: str) -> FetchOutcome:
    asked = tx_hash.upper()
    compact = re.fullmatch(r"C[0-9A-F]{15}", asked)
    if compact and parse_ctid(asked)[2] != network.parameters["network_id"]:
        text = f"this id belongs to the network {parse_ctid(asked)[2]}"
        return Absent(network.code, asked, node.label, text)
    try:
        result = call(node, "tx", {"ctid" if compact else "transaction": asked, "binary": False})
    except Refused as refused:
        return _not_found(network, node, server, asked, refused)
    except SourceError as failed:
        return failed
    try:
        return _raw(network, node, server, asked, result)
    except SourceError as failed:
        return failed


def _raw(network: Network, node: Node, server: Server, asked: str, result: dict[str, Any]) -> RawTx:
    answer = read_tx(result)
    if len(asked) == 64 and answer.tx_hash != asked:
        raise node.garbled("it answered with another transaction")
    if len(asked) == 16:
        _check_ctid(node, asked, answer.ledger_index, answer.meta)
    answers: dict[str, Any] = {"tx": result, "server": server.info}
    if answer.validated and answer.ledger_hash is None:
        answers["ledger"] = _ask_ledger(node, answer.ledger_index)
    return RawTx(
        network=network.code,
        tx_hash=answer.tx_hash,
        api=node.api,
        source=node.label,
        at=node.now(),
        answers=answers,
    )


def _check_ctid(node: Node, ctid: str, ledger_index: int | None, meta: Any) -> None:
    """A CTID is a place in the chain: the answer must stand there."""
    place = None if meta is None else meta.get("TransactionIndex")
    if (ledger_index, place) != parse_ctid(ctid)[:2]:
        raise node.garbled("it answered with a transaction from another place")


def _ask_ledger(node: Node, index: int | None) -> dict[str, Any]:
    """API v1 does not say which ledger hash the transaction's index had."""
    try:
        ledger = call(node, "ledger", {"ledger_index": index})
    except Refused as refused:
        raise node.unhealthy(f"ledger {index}: {refused.token}") from None
    if ledger.get("validated") is not True:
        raise node.garbled(f"ledger {index} is not validated, its transaction is")
    header = read_object(ledger.get("ledger"), "ledger")
    # v1 writes the ledger's own index as a text, v2 as a number.
    if str(header.get("ledger_index", ledger.get("ledger_index"))) != str(index):
        raise node.garbled("it answered with another ledger")
    read_hex(ledger.get("ledger_hash", header.get("ledger_hash")), "ledger_hash", digits=64)
    return ledger


def _not_found(
    network: Network, node: Node, server: Server, asked: str, refused: Refused
) -> FetchOutcome:
    if refused.token == "wrongNetwork":
        return Absent(network.code, asked, node.label, "this id belongs to another network")
    if refused.token != "txnNotFound":
        return node.unhealthy(f"it refused to look: {refused.token}")
    if not server.keeps_all or node.history == "recent":
        kept = server.info.get("complete_ledgers")
        return node.unhealthy(f"it keeps the ledgers {kept} only, and can't prove an absence")
    text = f"ledgers {FIRST_LEDGER} to {server.head} searched"
    return Absent(network.code, asked, node.label, text)


def call(node: Node, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """One call: the result object. Raises `Refused` for an error that is an answer."""
    version = node.memory.get("api_version", 2)
    sent = {"method": method, "params": [{**params, "api_version": version}]}
    answer = node.request("POST", "", json_body=sent)
    if version == 2 and "invalid_API_version" in answer.text[:2000]:
        node.memory["api_version"] = 1
        return call(node, method, params)
    if not isinstance(answer.body, dict) or answer.status != 200:
        raise node.garbled(f"{method}: HTTP {answer.status} without an answer")
    result = answer.body.get("result")
    if not isinstance(result, dict):
        raise node.garbled(f"{method}: no result: {answer.text[:200]}")
    status = result.get("status")
    if status == "error" or "error" in result:
        token = result.get("error")
        if not isinstance(token, str) or status != "error":
            raise node.garbled(f"{method}: an error without its name")
        if token in _BUSY:
            raise node.unreachable(f"{method}: {token}")
        if token in _UNSYNCED:
            raise node.unhealthy(f"{method}: {token}")
        raise Refused(token, result)
    if status != "success":
        raise node.garbled(f"{method}: neither success nor error")
    return result


def ask_server(network: Network, node: Node) -> Server:
    """The server's own account of itself; raises `Unhealthy` where it must not be believed."""
    try:
        result = call(node, "server_info", {})
    except Refused as refused:
        raise node.unhealthy(f"server_info: {refused.token}") from None
    info = read_object(result.get("info"), "server_info.info")
    # Clio serves validated data only, from a database, and has no state of its own.
    state = info.get("server_state", "full" if "clio_version" in info else None)
    if not isinstance(state, str) or state not in _SYNCED:
        raise node.unhealthy(f"it is not synced: {state}")
    if info.get("amendment_blocked"):
        raise node.unhealthy("it is too old to follow the network (amendment blocked)")
    if "validated_ledger" not in info:
        raise node.unhealthy("it has no validated ledger")
    validated = read_object(info["validated_ledger"], "validated_ledger")
    head = read_uint32(validated.get("seq"), "validated_ledger.seq")
    age = read_uint32(validated.get("age"), "validated_ledger.age")
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its last validated ledger is {age} s old")
    _check_network(network, node, info, head)
    return Server(info, head, _ranges(node, info.get("complete_ledgers")))


def _check_network(network: Network, node: Node, info: Json, head: int) -> None:
    wanted = network.parameters["network_id"]
    if "network_id" in info:
        if read_uint32(info["network_id"], "network_id") != wanted:
            raise node.unhealthy(f"it is on the network {info['network_id']}, not {wanted}")
    elif wanted != 0 or head < MAIN_LEDGER_AFTER:
        raise node.unhealthy(f"it does not say that it is on the network {wanted}")


def _ranges(node: Node, value: Any) -> tuple[tuple[int, int], ...]:
    """``32570-90000000``, several with commas, single ledgers, or ``empty``."""
    if not isinstance(value, str):
        raise node.garbled("complete_ledgers is no text")
    if value in {"", "empty"}:
        return ()
    ranges = []
    for part in value.split(","):
        found = re.fullmatch(r"\s*([0-9]{1,10})(?:-([0-9]{1,10}))?\s*", part)
        if found is None:
            raise node.garbled(f"complete_ledgers can't be read: {value[:80]!r}")
        ranges.append((int(found[1]), int(found[2] or found[1])))
    return tuple(ranges)


def fetch_health(network: Network, node: Node) -> Health:
    """What the server says of itself; raises where it is on another network or behind."""
    server = ask_server(network, node)
    version = server.info.get("clio_version") or server.info.get("build_version")
    whole = server.keeps_all and node.history != "recent"
    containing = [low for low, high in server.ranges if low <= server.head <= high]
    return Health(
        height=server.head,
        time=node.now() - timedelta(seconds=server.info["validated_ledger"]["age"]),
        history="full" if whole else "recent",
        oldest=min(containing, default=server.head),
        version=version if isinstance(version, str) else None,
    )


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The fee of one payment, and the base reserve where the way back leads to no account.

    The recipient of the payment out is not known yet; the sender of the deposit stands for it.
    An account that is deleted or was never funded takes the base reserve (1 XRP) to come alive.
    """
    server = ask_server(network, node)
    try:
        drops = read_object(call(node, "fee", {}).get("drops"), "fee.drops")
    except Refused as refused:
        raise node.unhealthy(f"fee: {refused.token}") from None
    fee = max(read_drops(drops.get(name), name) for name in ("base_fee", "open_ledger_fee"))
    lines = [CostLine("network_cost", fee, "the fee of one payment")]
    sender = transfer.senders[0].address if transfer.senders else None
    if sender is not None and not _exists(node, sender):
        reserve = _base_reserve(network, node, server)
        lines.append(CostLine("reserve", reserve, "the reserve that makes the account exist"))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _exists(node: Node, account: str) -> bool:
    return ask_account(node, account) is not None


def ask_account(node: Node, account: str) -> Json | None:
    """An account as the last validated ledger has it, None where it does not exist."""
    sent = {"account": account, "ledger_index": "validated"}
    try:
        answer = call(node, "account_info", sent)
    except Refused as refused:
        if refused.token == "actNotFound":
            return None
        raise node.unhealthy(f"account_info: {refused.token}") from None
    return read_object(answer.get("account_data"), "account_data")


def _base_reserve(network: Network, node: Node, server: Server) -> int:
    """``reserve_base_xrp`` is in whole XRP, as a JSON number; validators vote on it."""
    whole = server.info["validated_ledger"].get("reserve_base_xrp")
    if isinstance(whole, bool) or not isinstance(whole, int | Decimal):
        raise node.garbled("reserve_base_xrp is no number")
    drops = whole * 10**network.decimals
    if drops != int(drops) or drops < 0:
        raise node.garbled("reserve_base_xrp is no number of drops")
    return int(drops)


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether a transaction once seen can never be applied any more, and because of which other.

    Its account's sequence was used by another validated transaction; or the last ledger in which
    it might have stood is validated, and the server holds all of them without it.
    """
    answer = read_tx(seen.answers["tx"])
    server = ask_server(network, node)
    if not _is_unknown(node, answer.tx_hash):
        return None
    since = read_object(seen.answers["server"], "server_info")
    first = read_uint32(read_object(since["validated_ledger"], "ledger")["seq"], "seq")
    if not server.covers(first, server.head):
        return None  # the ledger that matters may be one that this server lacks
    other = _find_same_sequence(node, answer.tx, first=first)
    if other is not None:
        return None if other == answer.tx_hash else Replacement(other)
    last = answer.tx.get("LastLedgerSequence")
    if last is not None and read_uint32(last, "LastLedgerSequence") < server.head:
        return Replacement(None)
    return None


def _is_unknown(node: Node, tx_hash: str) -> bool:
    try:
        call(node, "tx", {"transaction": tx_hash, "binary": False})
    except Refused as refused:
        if refused.token == "txnNotFound":
            return True
        raise node.unhealthy(f"it refused to look: {refused.token}") from None
    return False


def _find_same_sequence(node: Node, tx: Any, *, first: int) -> str | None:
    """The validated transaction of the same account with the same sequence or ticket."""
    account = tx.get("Account")
    numbers = (tx.get("Sequence"), tx.get("TicketSequence"))
    asked: dict[str, Any] = {
        "account": account,
        "ledger_index_min": first,
        "ledger_index_max": -1,
        "forward": True,
        "limit": 200,
    }
    for _ in range(_PAGES):
        try:
            page = call(node, "account_tx", asked)
        except Refused as refused:
            raise node.unhealthy(f"account_tx: {refused.token}") from None
        for item in read_list(page.get("transactions"), "transactions"):
            entry = read_object(item, "a transaction")
            fields = read_object(entry.get("tx_json", entry.get("tx")), "a transaction")
            same = (fields.get("Sequence"), fields.get("TicketSequence")) == numbers
            if fields.get("Account") == account and same and entry.get("validated") is True:
                return read_hex(entry.get("hash", fields.get("hash")), "hash", digits=64)
        if "marker" not in page:
            return None
        asked = asked | {"marker": page["marker"]}
    raise node.unreachable("the account has too many transactions since to be searched")
