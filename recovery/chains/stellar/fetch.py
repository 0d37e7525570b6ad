"""Asking Horizon: a transaction with its operations, ledger and effects, and Horizon's own health.

Knows: paths, pages, problem documents, retention. Must not know: what an operation paid to whom.

Horizon answers 404 for what its own history lacks, 410 for what is older than its history, 503 while
it is behind. A hash is absent only where the history begins with the first ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.shape import read_object, read_text
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import HttpAnswer, Node
from recovery.chains.stellar.answer import read_count, read_records, read_time
from recovery.chains.stellar.decode import TxAnswer, read_operations, read_tx
from recovery.chains.stellar.transfers import TOLD_BY_EFFECTS
from recovery.errors import Garbled, SourceError
from recovery.networks import Network

FIRST_LEDGER = 2
"""Ledger 1 is the genesis and holds no transaction: a history from ledger 2 on is whole."""

OLDEST_SECONDS = 60
"""A ledger closes every 5 to 6 s; a newest one older than ten of them is a history that stands still."""

WIDEST_LAG = 10
"""Horizon's history is one or two ledgers behind its core; ten are most of a minute."""

Query = dict[str, str | int]

_AT_ONCE = 8
_PAGE = 200
_MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class Root:
    """What Horizon's root document says of its history."""

    document: dict[str, Any]
    latest: int
    elder: int
    time: datetime
    version: str | None

    @property
    def keeps_all(self) -> bool:
        return self.elder <= FIRST_LEDGER


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash or operation id, in order; Horizon's health is asked first."""
    if not hashes:
        return []
    root = ask_root(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, root, h), hashes, at_once=_AT_ONCE, name="stellar"
    )


def _fetch_one(network: Network, node: Node, root: Root, asked: str) -> FetchOutcome:
    try:
        if len(asked) == 64:
            return _fetch_hash(network, node, root, asked)
        return _fetch_id(network, node, root, int(asked))
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed


def _fetch_hash(network: Network, node: Node, root: Root, tx_hash: str) -> FetchOutcome:
    document = _ask(node, f"/transactions/{tx_hash}")
    if document is None:
        return _prove_absent(network, node, root, tx_hash)
    tx = read_tx(document)
    if tx_hash not in tx.hashes:
        raise node.garbled("it answered with another transaction")
    return _complete(network, node, root, tx, document)


def _fetch_id(network: Network, node: Node, root: Root, number: int) -> FetchOutcome:
    """An id counts ledger, transaction and operation: the transaction with the same beginning.

    Asked as a page that begins right before it, which serves ids of transactions and operations.
    """
    ledger, tx_id, place = number >> 32, number & ~0xFFF, number & 0xFFF
    if node.history == "recent" and ledger < root.elder:
        raise node.unhealthy(f"its history begins with ledger {root.elder}")
    query: Query = {"cursor": tx_id - 1, "order": "asc", "limit": 1, "include_failed": "true"}
    page = _ask(node, "/transactions", query)
    records = [] if page is None else read_records(page, "transactions")
    for record in records:
        tx = read_tx(record)
        if tx.paging_id == tx_id and place <= tx.operation_count:
            return _complete(network, node, root, tx, dict(record))
    if ledger < root.elder:
        raise node.unhealthy(f"its history begins with ledger {root.elder}")
    text = f"ledger {ledger} has no such operation"
    if ledger > root.latest:
        text = f"ledger {ledger} is not closed yet; the newest is {root.latest}"
    return Absent(network.code, str(number), node.label, text)


def _complete(
    network: Network, node: Node, root: Root, tx: TxAnswer, document: dict[str, Any]
) -> RawTx:
    """The rest of the answers: operations, ledger, and effects where amounts need them."""
    path = f"/transactions/{tx.tx_hash}"
    operations = _ask_all(node, f"{path}/operations")
    ledger = _ask(node, f"/ledgers/{tx.ledger}")
    if ledger is None:
        raise node.unhealthy(f"it knows the transaction and not its ledger {tx.ledger}")
    answers: dict[str, Any] = {
        "root": root.document,
        "tx": document,
        "operations": operations,
        "ledger": ledger,
    }
    kinds = {read_text(op.get("type"), "type") for op in read_operations(tx, operations)}
    if tx.successful and kinds & TOLD_BY_EFFECTS:
        answers["effects"] = _ask_all(node, f"{path}/effects")
    if tx.successful and "claim_claimable_balance" in kinds:
        answers["creators"] = _ask_creators(node, operations)
    return RawTx(network.code, tx.tx_hash, node.api, node.label, node.now(), answers)


def _ask_creators(node: Node, operations: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Who made each claimed balance: its first operation says. Older than the history: nobody known."""
    creators = {}
    for op in operations:
        if op.get("type") != "claim_claimable_balance":
            continue
        balance = read_text(op.get("balance_id"), "balance_id")
        if not balance.isalnum():
            raise node.garbled("balance_id is no id")
        query: Query = {"order": "asc", "limit": 1}
        page = _ask(node, f"/claimable_balances/{balance}/operations", query)
        for record in [] if page is None else read_records(page, "operations of a balance"):
            if record.get("type") == "create_claimable_balance":
                creators[balance] = read_text(record.get("source_account"), "source_account")
    return creators


def _ask_all(node: Node, path: str) -> list[dict[str, Any]]:
    """Every record of a list, page by page."""
    found: list[dict[str, Any]] = []
    query: Query = {"limit": _PAGE}
    for _ in range(_MOST_PAGES):
        page = _ask(node, path, query)
        if page is None:
            raise node.unhealthy(f"it knows the transaction and not its {path.rpartition('/')[2]}")
        records = read_records(page, path)
        found += [dict(r) for r in records]
        if len(records) < _PAGE:
            return found
        query = query | {"cursor": read_text(records[-1].get("paging_token"), "paging_token")}
    raise node.unhealthy("a list without an end")


def _ask(node: Node, path: str, query: Query | None = None) -> dict[str, Any] | None:
    """One answer, None where Horizon's own history lacks it. Raises a `SourceError`."""
    answer = node.fetch_json(path, query)
    if answer.status == 200:
        return dict(read_object(answer.body, path))
    problem = _problem(answer)
    if answer.status == 404 and problem == "not_found":
        return None
    if answer.status == 410:
        raise node.unhealthy("what is asked for is older than its history")
    raise node.unhealthy(f"{path}: HTTP {answer.status}: {problem or answer.text[:200]}")


def ask_listed(node: Node, path: str, query: Query) -> dict[str, Any] | None:
    """A page of a list, None where Horizon's own history lacks whose it is."""
    return _ask(node, path, query)


def _problem(answer: HttpAnswer) -> str | None:
    """The name of a problem document; None for what Horizon itself did not write."""
    if not isinstance(answer.body, dict) or answer.body.get("status") != answer.status:
        return None
    kind = answer.body.get("type")
    return kind.rpartition("/")[2] if isinstance(kind, str) else None


def ask_account(node: Node, account: str) -> dict[str, Any] | None:
    """An account as it stands now, None where it does not exist."""
    return _ask(node, f"/accounts/{account}")


def ask_document(node: Node, path: str) -> dict[str, Any]:
    """What every Horizon serves."""
    found = _ask(node, path)
    if found is None:
        raise node.unhealthy(f"it does not serve {path}")
    return found


def _prove_absent(network: Network, node: Node, root: Root, tx_hash: str) -> FetchOutcome:
    if not root.keeps_all or node.history == "recent":
        raise node.unhealthy(f"its history begins with ledger {root.elder}: no absence is proved")
    text = f"ledgers {FIRST_LEDGER} to {root.latest} searched"
    return Absent(network.code, tx_hash, node.label, text)


def ask_root(network: Network, node: Node) -> Root:
    """Horizon's account of itself; raises `Unhealthy` where it must not be believed."""
    document = ask_document(node, "/")
    try:
        passphrase = read_text(document.get("network_passphrase"), "network_passphrase")
        latest = read_count(document.get("history_latest_ledger"), "history_latest_ledger")
        elder = read_count(document.get("history_elder_ledger"), "history_elder_ledger")
        core = read_count(document.get("core_latest_ledger"), "core_latest_ledger")
        closed = document.get("history_latest_ledger_closed_at")
        time = read_time(closed, "history_latest_ledger_closed_at")
    except Garbled as wrong:
        raise node.garbled(wrong.text) from None
    wanted = network.parameters["passphrase"]
    if passphrase != wanted:
        raise node.unhealthy(f"it is on the network {passphrase[:80]!r}, not {wanted!r}")
    if not 0 < elder <= latest:
        raise node.unhealthy("it has no history yet")
    if core - latest > WIDEST_LAG:
        raise node.unhealthy(f"its history is {core - latest} ledgers behind its core")
    age = (node.now() - time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest ledger is {age:.0f} s old")
    version = document.get("horizon_version")
    return Root(document, latest, elder, time, version if isinstance(version, str) else None)


def fetch_health(network: Network, node: Node) -> Health:
    """What Horizon says of itself; raises where it is on another network or behind."""
    root = ask_root(network, node)
    whole = root.keeps_all and node.history != "recent"
    return Health(
        height=root.latest,
        time=root.time,
        history="full" if whole else "recent",
        oldest=root.elder,
        version=None if root.version is None else f"horizon {root.version}"[:80],
    )
