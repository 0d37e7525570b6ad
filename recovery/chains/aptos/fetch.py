"""Asks an Aptos full node: transactions by hash or version, its health, what became of one.

Knows: the REST API's paths, error codes, pruning. Must not know: what a transaction paid to whom.

A node that began with a snapshot or prunes answers 404 for what it has forgotten: it proves an
absence only where its oldest version is the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from recovery.assets import is_hashed, split_asset
from recovery.chains.aptos.decode import PENDING
from recovery.chains.aptos.events import read_events
from recovery.chains.aptos.transfers import SECONDARY, asset_of
from recovery.chains.aptos.wire import party_of, read_address, read_hash, read_number, read_time
from recovery.chains.family import Absent, FetchOutcome, Health, RawTx, Received
from recovery.chains.shape import Json, garbled, read_object
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import HttpAnswer, Node
from recovery.errors import Garbled, SourceError
from recovery.model import AssetId, Evidence, Replacement, Transfer, TransferKind
from recovery.networks import Network

OLDEST_SECONDS = 60
"""Several blocks are made each second; a ledger whose last one is older has stood still."""

ORDERLESS = (1 << 64) - 1
"""The sequence number of a transaction that has a nonce instead."""

_AT_ONCE = 8
_MOST_TOKENS = 20
"""Assets asked about for one transaction: a spam transaction can name hundreds, and none is needed."""
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """The node's own account of itself, checked as far as any answer needs it."""

    info: dict[str, Any]
    version: int
    height: int
    time: datetime
    oldest: int

    @property
    def keeps_all(self) -> bool:
        return self.oldest == 0


def ask(node: Node, path: str, query: Mapping[str, str | int] | None = None) -> HttpAnswer:
    """GET below ``/v1``, which an endpoint's URL may name itself."""
    based = urlsplit(node.url).path.rstrip("/").endswith("/v1")
    return node.fetch_json(path if based else f"/v1{path}", query)


def ask_object(
    node: Node, path: str, query: Mapping[str, str | int] | None = None
) -> dict[str, Any] | None:
    """The object answered, None for an error of the API that says "not found"; else raises."""
    answer = ask(node, path, query)
    if answer.status == 200:
        found: dict[str, Any] = _own(node, read_object, answer.body, path)
        return found
    code = read_error_code(node, path, answer)
    if answer.status == 404 and code.endswith("_not_found"):
        return None
    raise node.unhealthy(f"{path}: {code}")


def read_error_code(node: Node, path: str, answer: HttpAnswer) -> str:
    """The API's own word for what is wrong: an answer without one is not the API's."""
    code = answer.body.get("error_code") if isinstance(answer.body, dict) else None
    if not isinstance(code, str):
        raise node.garbled(f"{path}: HTTP {answer.status} without an error code")
    return code


def _own(node: Node, read: Any, *told: Any) -> Any:
    """Read, and name the node in what goes wrong."""
    try:
        return read(*told)
    except Garbled as wrong:
        raise node.garbled(wrong.text) from None


def ask_ledger(network: Network, node: Node) -> Ledger:
    """Raises `Unhealthy` for a node of another chain, or one that has stood still."""
    answer = ask(node, "")
    if answer.status != 200:
        raise node.unhealthy(f"it does not tell its ledger: {read_error_code(node, '/', answer)}")
    ledger: Ledger = _own(node, _read_ledger, answer.body)
    wanted = network.parameters["chain_id"]
    if ledger.info.get("chain_id") != wanted:
        raise node.unhealthy(f"it is on the chain {ledger.info.get('chain_id')}, not {wanted}")
    age = (node.now() - ledger.time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its ledger is {age:.0f} s old")
    return ledger


def _read_ledger(value: Any) -> Ledger:
    info = read_object(value, "the ledger")
    chain = info.get("chain_id")
    if isinstance(chain, bool) or not isinstance(chain, int):
        raise garbled("the chain id is no number")
    return Ledger(
        info=info,
        version=read_number(info.get("ledger_version"), "ledger_version"),
        height=read_number(info.get("block_height"), "block_height"),
        time=read_time(info.get("ledger_timestamp"), "ledger_timestamp"),
        oldest=max(
            read_number(info.get("oldest_ledger_version"), "oldest_ledger_version"),
            read_number(info.get("oldest_block_height"), "oldest_block_height"),
        ),
    )


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash or version, in order; the node's ledger is asked first."""
    if not hashes:
        return []
    ledger = ask_ledger(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, ledger, h), hashes, at_once=_AT_ONCE, name="aptos"
    )


def _fetch_one(network: Network, node: Node, ledger: Ledger, asked: str) -> FetchOutcome:
    by = "by_hash" if asked.startswith("0x") else "by_version"
    try:
        tx = ask_object(node, f"/transactions/{by}/{asked}")
        if tx is None:
            return _prove_absent(network, node, ledger, asked)
        tx_hash: str = _own(node, read_hash, tx.get("hash"), "the hash")
        told = tx_hash if by == "by_hash" else tx.get("version")
        if told != asked:
            raise node.garbled("it answered with another transaction")
        answers: dict[str, Any] = {"tx": tx, "head": ledger.info}
        if tx.get("type") != PENDING:
            answers["block"] = _ask_block(node, tx)
            answers["tokens"] = _ask_tokens(network, node, tx)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)


def _prove_absent(network: Network, node: Node, ledger: Ledger, asked: str) -> FetchOutcome:
    if not ledger.keeps_all or node.history == "recent":
        text = f"it keeps the versions from {ledger.oldest} on only, and can't prove an absence"
        return node.unhealthy(text)
    return Absent(network.code, asked, node.label, f"versions 0 to {ledger.version} searched")


def _ask_block(node: Node, tx: Json) -> dict[str, Any]:
    version = read_number(tx.get("version"), "the version")
    block = ask_object(node, f"/blocks/by_version/{version}", {"with_transactions": "false"})
    if block is None:
        raise node.unhealthy(f"it does not show the block of version {version}")
    return block


def _ask_tokens(network: Network, node: Node, tx: Json) -> dict[str, Any]:
    """What the assets moved say of themselves, and which of them run code of their issuer."""
    if tx.get("success") is not True:
        return {}
    told = read_events(tx.get("events", []), tx.get("changes"))
    wanted: dict[AssetId, tuple[str, str]] = {}
    for movement in told.movements:
        named = movement.holding.namespace, movement.holding.reference
        wanted[asset_of(network, *named)] = named
    wanted.pop(network.native_asset, None)
    known: dict[str, Any] = node.memory.setdefault("aptos_tokens", {})
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    for asset, (namespace, reference) in list(wanted.items())[:_MOST_TOKENS]:
        if asset not in known:
            ask_about = _ask_fungible if namespace == "fungible" else _ask_coin
            known[asset] = ask_about(node, reference)
    return {asset: known[asset] for asset in wanted if asset in known}


def _ask_fungible(node: Node, metadata: str) -> dict[str, Any]:
    about = ask_resource(node, metadata, "0x1::fungible_asset::Metadata")
    hooks = ask_resource(node, metadata, "0x1::fungible_asset::DispatchFunctionStore")
    return {"about": about, "hooks": hooks}


def _ask_coin(node: Node, coin_type: str) -> dict[str, Any]:
    issuer = read_address(coin_type.partition("::")[0], "a coin's issuer")
    return {"about": ask_resource(node, issuer, f"0x1::coin::CoinInfo<{coin_type}>")}


def ask_resource(
    node: Node, address: str, name: str, query: Mapping[str, str | int] | None = None
) -> dict[str, Any] | None:
    """The data of one resource, None where the account or the resource is not there."""
    found = ask_object(node, f"/accounts/{address}/resource/{name}", query)
    if found is None:
        return None
    data: dict[str, Any] = _own(node, read_object, found.get("data"), name)
    return data


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of its ledger; raises where it is another chain's or has stood still."""
    ledger = ask_ledger(network, node)
    version = ledger.info.get("git_hash")
    return Health(
        height=ledger.height,
        time=ledger.time,
        history="full" if ledger.keeps_all and node.history != "recent" else "recent",
        oldest=None if ledger.keeps_all else ledger.oldest,
        version=version[:12] if isinstance(version, str) else None,
    )


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether a transaction once pending can't be executed any more, and because of which other.

    Its account's sequence number was used by another transaction, or it has expired unexecuted.
    """
    tx = read_object(seen.answers.get("tx"), "the transaction")
    if tx.get("type") != PENDING:
        return None
    ledger = ask_ledger(network, node)
    outcome = _fetch_one(network, node, ledger, seen.tx_hash)
    if isinstance(outcome, SourceError):
        raise outcome
    if not isinstance(outcome, Absent):
        return None
    number = read_number(tx.get("sequence_number"), "the sequence number")
    if number != ORDERLESS:
        sender = read_address(tx.get("sender"), "the sender")
        answer = ask(node, f"/accounts/{sender}/transactions", {"start": number, "limit": 1})
        used = answer.body if answer.status == 200 else []
        if isinstance(used, list) and used and isinstance(used[0], dict):
            other = used[0]
            if other.get("sequence_number") == str(number) and other.get("type") != PENDING:
                return Replacement(_own(node, read_hash, other.get("hash"), "the other hash"))
    until = read_number(tx.get("expiration_timestamp_secs"), "the expiration")
    return Replacement(None) if ledger.time.timestamp() > until else None


def fetch_received(
    network: Network, node: Node, evidence: Evidence, transfers: Sequence[Transfer]
) -> dict[int, Received]:
    """By how much each recipient's balance rose over the transaction, by the node's own books.

    The balance counts both faces of a migrated coin, and primary stores only: what lies in another
    store is not measured. A node that has pruned the state can't say.
    """
    tx = ask_object(node, f"/transactions/by_hash/{evidence.tx_hash}")
    if tx is None or tx.get("type") == PENDING:
        return {}
    version = read_number(tx.get("version"), "the version")
    measured: dict[int, Received] = {}
    for transfer in transfers:
        if not _is_measurable(transfer):
            continue
        try:
            after = _ask_balance(node, transfer, version)
            before = _ask_balance(node, transfer, version - 1)
        except SourceError:  # it is extra: without it the classifier asks for a person
            continue
        if after is not None and before is not None:
            measured[transfer.index] = Received(after - before)
    return measured


def _is_measurable(transfer: Transfer) -> bool:
    token = transfer.kind is TransferKind.TOKEN and not is_hashed(transfer.asset)
    return token and transfer.type != SECONDARY and transfer.recipient.address is not None


def _ask_balance(node: Node, transfer: Transfer, version: int) -> int | None:
    _, reference = split_asset(transfer.asset)
    path = f"/accounts/{transfer.recipient.address}/balance/{reference}"
    answer = ask(node, path, {"ledger_version": version})
    balance = answer.body if answer.status == 200 else None
    return balance if isinstance(balance, int) and not isinstance(balance, bool) else None


def sender_of(transfer: Transfer) -> str | None:
    """An outside address the value may go back to: the first sender who is not the recipient."""
    for party in transfer.senders:
        if party.address is not None and party != transfer.recipient:
            return party_of(party.address).address
    return None
