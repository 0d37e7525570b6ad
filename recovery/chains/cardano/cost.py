"""What moving the value out to one outside address would cost now.

Knows: the linear fee, the coin that every output must lock. Must not know: fee policy, prices.

A token can't travel without coin: the output that holds it locks some, by its size. The coin that
came with it usually covers that lock, and not the fee, which another output of ours pays.
"""

from __future__ import annotations

from recovery.assets import is_hashed, split_asset
from recovery.chains.cardano.ask import ask_head, ask_prices
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.source import Node
from recovery.model import Transfer
from recovery.networks import Network

_ENVELOPE = 12
_INPUT, _WITNESS = 37, 102
_FEE_AND_EXPIRY = 14
_OUTPUT = 65
"""Bytes of a signed transaction's parts: an output of coin to a base address of 57 bytes."""

COIN_SIZE = _ENVELOPE + _FEE_AND_EXPIRY + _INPUT + _WITNESS + _OUTPUT
"""Bytes of the transaction that sends one output's coin on, whole."""

_UTXO_OVERHEAD = 160
"""What the ledger counts for an entry of its table besides the output itself."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The fee, and for a token the coin that its output locks (code ``reserve``).

    Raises `SourceError`.
    """
    ask_head(network, node)
    per_byte, fixed, per_utxo_byte = ask_prices(node)
    if transfer.asset == network.native_asset:
        lines = [_fee(per_byte, fixed, COIN_SIZE, "sending the coin: one input, one output")]
    else:
        output = _OUTPUT + _token_bytes(transfer)
        size = _ENVELOPE + _FEE_AND_EXPIRY + 2 * _INPUT + 2 * _WITNESS + output + _OUTPUT
        locked = measure_lock(network, transfer) * per_utxo_byte
        text = f"coin that the output with the token must hold: {_UTXO_OVERHEAD} + {output} bytes"
        lines = [
            _fee(per_byte, fixed, size, "sending the token: its output, one that pays, change"),
            CostLine("reserve", locked, f"{text} at {per_utxo_byte} lovelace"),
        ]
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def measure_lock(network: Network, transfer: Transfer) -> int:
    """Bytes by which the ledger measures the coin that an output with the value must hold."""
    token = 0 if transfer.asset == network.native_asset else _token_bytes(transfer)
    return _UTXO_OVERHEAD + _OUTPUT + token


def _fee(per_byte: int, fixed: int, size: int, text: str) -> CostLine:
    amount = per_byte * size + fixed
    return CostLine("network_cost", amount, f"{text}; {size} bytes at {per_byte}, and {fixed}")


def _token_bytes(transfer: Transfer) -> int:
    """A map of one policy (28 bytes) with one name and its quantity, lengths included."""
    reference = split_asset(transfer.asset)[1]
    name = 32 if is_hashed(transfer.asset) else len(reference) // 2 - 28
    return 1 + 1 + 30 + 1 + (2 + name) + 9
