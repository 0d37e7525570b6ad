"""Asks a Sui service, by GraphQL or by JSON-RPC: transactions by digest, its health.

Knows: which requests answer which question, retention, what proves an absence. Must not know: what
a transaction paid to whom.

A service keeps weeks or months of transactions. GraphQL tells its range, that of the index by
address; a service with an archive behind the lookup by digest keeps more than it tells, and a
JSON-RPC node tells nothing: there an absence is believed only where the endpoint's ``history`` is
configured as ``full``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.shape import garbled, read_object
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node, RpcFault
from recovery.chains.sui import graphql, jsonrpc
from recovery.chains.sui.decode import READERS, find_coins
from recovery.chains.sui.seen import read_number, read_time
from recovery.errors import Garbled, SourceError
from recovery.model import AssetId
from recovery.networks import Network

OLDEST_SECONDS = 60
"""Four checkpoints are made each second; a service whose last one is older has stood still."""

_AT_ONCE = 8
_MOST_COINS = 20
"""Coins asked about for one transaction: a spam transaction can name hundreds, and none is needed."""
_MOST_REMEMBERED = 20_000
_MOST_PAGES = 60
"""Pages of 50 changes: the protocol allows 2,048 objects in one transaction's effects."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest checkpoint. ``oldest`` is the first kept, None where the service can't tell."""

    height: int
    time: datetime
    oldest: int | None
    gas_price: int


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per digest, in order; the service's health is asked first."""
    if not hashes:
        return []
    head = ask_head(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, h), hashes, at_once=_AT_ONCE, name="sui"
    )


def _fetch_one(network: Network, node: Node, head: Head, digest: str) -> FetchOutcome:
    ask_tx = _ask_graphql_tx if node.api == "graphql" else _ask_rpc_tx
    try:
        answers = ask_tx(network, node, digest)
        if answers is None:
            return _prove_absent(network, node, head, digest)
        answers["head"] = head.height
        seen = READERS[node.api](answers)
        if seen.digest != digest:
            raise node.garbled("it answered with another transaction")
        if seen.succeeded:
            answers["coins"] = _ask_coins(node, find_coins(network, seen))
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    return RawTx(network.code, digest, node.api, node.label, node.now(), answers)


def _prove_absent(network: Network, node: Node, head: Head, digest: str) -> FetchOutcome:
    if not _keeps_all(node, head):
        kept = "does not tell what it keeps" if head.oldest is None else f"keeps {head.oldest} on"
        return node.unhealthy(f"it {kept}, and can't prove an absence")
    return Absent(network.code, digest, node.label, f"checkpoints up to {head.height} searched")


def _keeps_all(node: Node, head: Head) -> bool:
    if node.history is not None:
        return node.history == "full"
    return head.oldest == 0


def query(node: Node, body: Mapping[str, Any]) -> dict[str, Any]:
    """The data of one GraphQL answer; an answer with errors is none."""
    answer = node.request("POST", "", json_body=body)
    if not isinstance(answer.body, dict):
        raise node.garbled(f"HTTP {answer.status} instead of a GraphQL answer")
    errors = answer.body.get("errors")
    if errors:
        raise node.unhealthy(f"the query was refused: {str(errors)[:300]}")
    data = answer.body.get("data")
    if answer.status != 200 or not isinstance(data, dict):
        raise node.garbled(f"HTTP {answer.status} without data")
    return data


def call(node: Node, method: str, *params: Any) -> Any:
    """The result of one JSON-RPC call; raises where it was refused."""
    result = node.rpc(method, list(params))
    if isinstance(result, RpcFault):
        raise node.unhealthy(f"{method}: {result.message[:200]}")
    return result


def ask_head(network: Network, node: Node) -> Head:
    """Raises `Unhealthy` for a service of another chain, or one that has stood still."""
    read: Callable[[Network, Node], tuple[str, Head]] = (
        _ask_graphql_head if node.api == "graphql" else _ask_rpc_head
    )
    try:
        chain, head = read(network, node)
    except Garbled as wrong:
        raise node.named(wrong) from None
    _check_chain(network, node, chain)
    age = (node.now() - head.time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest checkpoint is {age:.0f} s old")
    return head


def _check_chain(network: Network, node: Node, chain: str) -> None:
    wanted = network.parameters["chain_id"]
    if chain != wanted:
        raise node.unhealthy(f"it is on the chain {chain}, not {wanted}")


def _ask_graphql_head(network: Network, node: Node) -> tuple[str, Head]:
    data = query(node, graphql.ask_head())
    checkpoint = read_object(data.get("checkpoint"), "the newest checkpoint")
    config = read_object(data.get("serviceConfig"), "serviceConfig")
    kept = read_object(config.get("availableRange"), "availableRange")
    oldest = read_object(kept.get("first"), "the oldest checkpoint")
    epoch = read_object(data.get("epoch"), "the epoch")
    head = Head(
        height=read_number(checkpoint.get("sequenceNumber"), "sequenceNumber"),
        time=read_time(checkpoint.get("timestamp"), "timestamp"),
        oldest=read_number(oldest.get("sequenceNumber"), "sequenceNumber"),
        gas_price=read_number(epoch.get("referenceGasPrice"), "referenceGasPrice"),
    )
    return graphql.read_chain(data.get("chainIdentifier")), head


def _ask_rpc_head(network: Network, node: Node) -> tuple[str, Head]:
    chain = graphql.read_chain(call(node, "sui_getChainIdentifier"))
    newest = read_number(
        call(node, "sui_getLatestCheckpointSequenceNumber"), "the newest checkpoint"
    )
    checkpoint = read_object(call(node, "sui_getCheckpoint", str(newest)), "the checkpoint")
    price = read_number(call(node, "suix_getReferenceGasPrice"), "the gas price")
    moment = jsonrpc.read_moment(checkpoint.get("timestampMs"), "timestampMs")
    return chain, Head(newest, moment, None, price)


def _ask_graphql_tx(network: Network, node: Node, digest: str) -> dict[str, Any] | None:
    pages: list[Any] = []
    after: graphql.Cursors | None = (None, None)
    while after is not None:
        data = query(node, graphql.ask_transaction(digest, after))
        _check_chain(network, node, graphql.read_chain(data.get("chainIdentifier")))
        if "transaction" not in data:
            raise garbled("neither a transaction nor none")
        if data["transaction"] is None:
            if pages:
                raise node.unhealthy("it forgot the transaction between two pages")
            return None
        pages.append(data["transaction"])
        if len(pages) > _MOST_PAGES:
            raise garbled("more pages than a transaction can have")
        after = graphql.find_next(pages[-1], after)
    return {"tx": pages[0], "more": pages[1:]}


def _ask_rpc_tx(network: Network, node: Node, digest: str) -> dict[str, Any] | None:
    result = node.rpc("sui_getTransactionBlock", [digest, jsonrpc.SHOWN])
    if isinstance(result, RpcFault):
        if result.code == -32602 and "Could not find the referenced transaction" in result.message:
            return None
        raise node.unhealthy(f"sui_getTransactionBlock: {result.message[:200]}")
    tx = read_object(result, "the transaction")
    answers: dict[str, Any] = {"tx": tx}
    if tx.get("checkpoint") is not None:
        height = read_number(tx["checkpoint"], "the checkpoint")
        answers["checkpoint"] = call(node, "sui_getCheckpoint", str(height))
    return answers


def _ask_coins(node: Node, wanted: Mapping[AssetId, str]) -> dict[str, Any]:
    """What coins say of themselves, by asset id: symbol, name and decimals."""
    known: dict[str, Any] = node.memory.setdefault("sui_coins", {})
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    for asset, coin_type in list(wanted.items())[:_MOST_COINS]:
        if asset not in known:
            if node.api == "graphql":
                known[asset] = query(node, graphql.ask_coin(coin_type)).get("coinMetadata")
            else:
                known[asset] = call(node, "suix_getCoinMetadata", coin_type)
    return {asset: known[asset] for asset in wanted if asset in known}


def ask_balance(node: Node, owner: str, coin_type: str) -> int:
    """All that an address holds of a coin, as coins and under the address itself."""
    try:
        if node.api == "graphql":
            found = query(node, graphql.ask_balance(owner, coin_type)).get("address")
            balance = None if found is None else read_object(found, "address").get("balance")
        else:
            balance = call(node, "suix_getBalance", owner, coin_type)
        total = None if balance is None else read_object(balance, "balance").get("totalBalance")
        return 0 if total is None else read_number(total, "totalBalance")
    except Garbled as wrong:
        raise node.named(wrong) from None


def fetch_health(network: Network, node: Node) -> Health:
    """What the service says of itself; raises where it is another chain's or has stood still."""
    head = ask_head(network, node)
    whole = _keeps_all(node, head)
    return Health(
        height=head.height,
        time=head.time,
        history="full" if whole else "recent",
        oldest=head.oldest or None,
    )
