"""What moving the value out to one outside address would cost now.

Knows: gas estimates, base fee and tip, the L1 part on OP-stack chains, Linea's own estimate. Must
not know: fee policy, prices. Gas is always estimated: its rules change by fork and by network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.evm.abi import (
    ZERO,
    int_of_word,
    parse_quantity,
    word_of_address,
    word_of_number,
    words_of,
)
from recovery.chains.evm.facts import Facts, facts_of
from recovery.chains.evm.health import head_calls, read_head
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.source import Node, RpcFault
from recovery.model import Transfer, TransferKind
from recovery.networks import Network

_TOKEN_GAS = 120_000
"""Where a token's transfer can't be tried (it was moved, paused, or refuses): more than ordinary
tokens need, proxies and first-time recipients included."""

_OUTSIDE = "0x000000000000000000000000000000000000dead"
"""Stands for the outside address where the sender is not known: nobody's, and it runs no code."""

_COIN_BYTES, _TOKEN_BYTES = 120, 190
"""Lengths of a signed coin and token transfer, as the OP-stack's oracle wants them."""

_UPPER_BOUND = "0xf1c7a58b"
"""``getL1FeeUpperBound(uint256)``"""
_OPERATOR_FEE = "0x275aedd2"
"""``getOperatorFee(uint256)``"""

_Call = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class _Step:
    """One transaction of the move. ``fallback`` is what is assumed where it can't be tried."""

    text: str
    tries: tuple[dict[str, str], ...]
    size: int
    fallback: int | None = None


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """Lines of network cost: one for coin; for a token the funding of its gas, then its transfer.

    The price is twice the base fee and the tip, so that the estimate outlives some full blocks.
    Raises `SourceError`.
    """
    facts = facts_of(network)
    steps = _plan_steps(transfer)
    tries = [t for step in steps for t in step.tries]
    method = "linea_estimateGas" if facts.exclusion_method else "eth_estimateGas"
    head = head_calls(facts)
    calls: list[_Call] = [*head, ("eth_maxPriorityFeePerGas", ()), ("eth_gasPrice", ())]
    calls += [("eth_estimateGas", (t,)) for t in tries]
    if method == "linea_estimateGas":
        calls.append((method, (tries[0],)))
    answers = node.rpc_batch(calls)
    latest = read_head(facts, node, answers[: len(head)]).latest
    tip, flat, *estimates = answers[len(head) :]
    price = _price(node, latest, tip, flat)
    if method == "linea_estimateGas":
        price = max(price, _linea_price(estimates.pop()))
    lines = []
    for step in steps:
        mine, estimates = estimates[: len(step.tries)], estimates[len(step.tries) :]
        gas, remark = _gas(node, step, mine)
        extra = _extra_fee(facts, node, step, gas)
        text = f"{step.text}: {gas} gas at {price} wei{remark}"
        if extra:
            text += f", and {extra} wei for the L1 data and the operator"
        lines.append(CostLine("network_cost", gas * price + extra, text))
    return NetworkCost(facts.native, tuple(lines), node.label, node.now())


def _plan_steps(transfer: Transfer) -> tuple[_Step, ...]:
    holder = transfer.recipient.address or ZERO
    outside = outside_of(transfer)
    if transfer.kind not in (TransferKind.TOKEN, TransferKind.NFT):
        amount = hex(int(transfer.amount))
        # The coin may be elsewhere by now: a transfer of nothing costs the same.
        tries: tuple[dict[str, str], ...] = (
            {"from": holder, "to": outside, "value": amount},
            {"from": holder, "to": outside, "value": "0x0"},
        )
        return (_Step("sending the coin", tries, _COIN_BYTES),)
    funding = {"from": outside, "to": holder, "value": "0x0"}
    contract, data = token_call(transfer, holder, outside)
    call = {"from": holder, "to": contract, "value": "0x0", "data": data}
    return (
        _Step("gas funding of the address that holds the token", (funding,), _COIN_BYTES),
        _Step("sending the token", (call,), _TOKEN_BYTES, _TOKEN_GAS),
    )


def outside_of(transfer: Transfer) -> str:
    """An outside address that stands for the destination: the first sender who is not the payee."""
    for sender in transfer.senders:
        if sender.address and sender.address != ZERO and sender != transfer.recipient:
            return sender.address
    return _OUTSIDE


def token_call(transfer: Transfer, holder: str, outside: str) -> tuple[str, str]:
    """Contract and call data of a plain transfer of what arrived."""
    _, _, reference = transfer.asset.partition("/")
    contract, _, number = reference.partition(":")[2].partition("/")
    parties = word_of_address(holder) + word_of_address(outside)
    if transfer.standard == "erc721":  # transferFrom(address,address,uint256)
        return contract, "0x23b872dd" + parties + word_of_number(int(number))
    amount = word_of_number(int(transfer.amount))
    if transfer.standard == "erc1155":  # safeTransferFrom(address,address,uint256,uint256,bytes)
        rest = word_of_number(int(number)) + amount + word_of_number(160) + word_of_number(0)
        return contract, "0xf242432a" + parties + rest
    return contract, "0xa9059cbb" + word_of_address(outside) + amount


def _price(node: Node, latest: dict[str, Any], tip: Any, flat: Any) -> int:
    """Twice the base fee plus the tip; the node's flat price where the chain has no base fee."""
    base = latest.get("baseFeePerGas")
    if base is not None and isinstance(tip, str):
        return max(2 * parse_quantity(base, "base fee") + parse_quantity(tip, "tip"), 1)
    if isinstance(flat, str):
        price = parse_quantity(flat, "gas price")
        return 2 * price if base is not None else max(price, 1)
    raise node.unreachable("it names no gas price")


def _linea_price(answer: Any) -> int:
    """Linea: the base fee is a constant 7 wei; the real price is in its own estimate's tip."""
    if not isinstance(answer, dict):
        return 0
    names = ("baseFeePerGas", "priorityFeePerGas")
    return sum(parse_quantity(answer[n], n) for n in names if answer.get(n) is not None)


def _gas(node: Node, step: _Step, answers: Sequence[Any]) -> tuple[int, str]:
    for answer in answers:
        if isinstance(answer, str):
            return parse_quantity(answer, "gas"), ""
    fault = answers[0]
    words = fault.message[:120] if isinstance(fault, RpcFault) else "no answer"
    if step.fallback is None:
        raise node.unreachable(f"it estimates no gas for {step.text}: {words}")
    return step.fallback, f" (assumed: the transfer can't be tried, {words})"


def _extra_fee(facts: Facts, node: Node, step: _Step, gas: int) -> int:
    """The OP-stack's L1 data fee (upper bound) and operator fee; nothing where it has no oracle."""
    if facts.fee_oracle is None:
        return 0
    asked = [_UPPER_BOUND + word_of_number(step.size), _OPERATOR_FEE + word_of_number(gas)]
    calls = [("eth_call", ({"to": facts.fee_oracle, "data": d}, "latest")) for d in asked]
    total = 0
    for answer in node.rpc_batch(calls):
        words = words_of(answer) if isinstance(answer, str) else []
        total += int_of_word(words[0]) if len(words) == 1 else 0
    return total
