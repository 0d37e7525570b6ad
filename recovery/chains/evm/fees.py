"""What a transaction's fee really was.

Knows: gas, blobs, the L1 and operator parts of OP-stack chains, fees paid in tokens. Must not
know: nodes; what a future transaction will cost (`recovery.chains.evm.cost`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recovery.chains.evm.abi import (
    ZERO,
    parse_address,
    parse_optional,
    parse_quantity,
    party_of,
    token_reference,
)
from recovery.chains.evm.facts import Facts
from recovery.model import AssetId, Note, TxFee

_FREE_TYPES = {
    "op": frozenset({"0x7e"}),
    "celo": frozenset({"0x7e"}),
    "arbitrum": frozenset({"0x64", "0x69", "0x6a"}),
    "polygon": frozenset({"0x7f"}),
}
"""Transactions that the protocol itself puts into a block: nobody pays on this chain."""


def read_fee(
    tx: Mapping[str, Any],
    receipt: Mapping[str, Any],
    facts: Facts,
    *,
    payer: str | None,
    notes: list[Note],
) -> TxFee | None:
    """The fee, or None where the answers do not tell. ``payer`` overrides the sender."""
    if tx.get("type") in _FREE_TYPES.get(facts.stack, ()):
        return TxFee(facts.native, 0, None)
    who = payer or _sender(tx)
    shown = party_of(who).address if who else None
    gas = parse_quantity(receipt.get("gasUsed"), "gasUsed")
    price = parse_optional(receipt.get("effectiveGasPrice"), "effectiveGasPrice")
    if tx.get("feeCurrency"):
        return _fee_in_token(tx, receipt, facts, gas=gas, price=price, payer=shown, notes=notes)
    if price is None:  # before London receipts did not repeat it
        price = parse_optional(tx.get("gasPrice"), "gasPrice")
    if price is None:
        return None
    amount = gas * price
    if tx.get("type") == "0x3":  # elsewhere blobGasUsed is no fee (OP-stack: data footprint)
        blobs = parse_optional(receipt.get("blobGasUsed"), "blobGasUsed") or 0
        amount += blobs * (parse_optional(receipt.get("blobGasPrice"), "blobGasPrice") or 0)
    if facts.stack == "op":
        amount += parse_optional(receipt.get("l1Fee"), "l1Fee") or 0
        amount += _operator_fee(receipt, gas)
    return TxFee(facts.native, amount, shown)


def _sender(tx: Mapping[str, Any]) -> str | None:
    sender = tx.get("from")
    return None if sender is None else parse_address(sender, "from")


def _operator_fee(receipt: Mapping[str, Any], gas: int) -> int:
    """Isthmus: gas × scalar / 10⁶ + constant. Jovian, told by its own field: gas × scalar × 100."""
    scalar = parse_optional(receipt.get("operatorFeeScalar"), "operatorFeeScalar") or 0
    constant = parse_optional(receipt.get("operatorFeeConstant"), "operatorFeeConstant") or 0
    if receipt.get("daFootprintGasScalar") is not None:
        return gas * scalar * 100 + constant
    return gas * scalar // 1_000_000 + constant


def _fee_in_token(
    tx: Mapping[str, Any],
    receipt: Mapping[str, Any],
    facts: Facts,
    *,
    gas: int,
    price: int | None,
    payer: str | None,
    notes: list[Note],
) -> TxFee | None:
    """CELO: the fee is paid in ``feeCurrency``. Known only where that is the token itself: an
    adapter (USDC, USDT) counts in 18 decimals of its own."""
    currency = parse_address(tx["feeCurrency"], "feeCurrency")
    emitters = {str(log.get("address")).lower() for log in receipt.get("logs") or ()}
    if price is None or currency not in emitters:
        shown = party_of(currency).address
        notes.append(Note("fee_in_token", f"the fee was paid by way of {shown}; amount unknown"))
        return None
    asset = AssetId(facts.prefix + token_reference("erc20", currency))
    return TxFee(asset, gas * price, payer)


def is_token_fee(tx: Mapping[str, Any], token: str | None, sender: str, recipient: str) -> bool:
    """Whether a Transfer log is CELO's fee in a token: taken and given back by way of nowhere."""
    currency = tx.get("feeCurrency")
    if not currency or token != str(currency).lower():
        return False
    return ZERO in (sender, recipient)
