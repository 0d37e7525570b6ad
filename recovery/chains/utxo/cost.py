"""What it costs to move one output out: a size by its script, times a live rate.

Knows: sizes of inputs and outputs, the four ways these chains price a transaction. Must not know:
fee policies, prices. Sources of the rates: the node's estimate, never below its own floor nor the
chain's; a fixed recommendation (DOGE); ZIP-317 (ZEC).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, TypeGuard

from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.source import Node, RpcFault
from recovery.chains.utxo.chain import UtxoChain, chain_of
from recovery.chains.utxo.fetch_core import refused
from recovery.chains.utxo.fetch_esplora import ask_json
from recovery.model import Transfer, TransferKind
from recovery.networks import Network

INPUT_VBYTES = {
    "p2pkh": Decimal(148),
    "p2pk": Decimal(114),
    "p2sh": Decimal(297),
    "p2sh32": Decimal(297),
    "p2wpkh": Decimal(68),
    "p2wsh": Decimal("104.5"),
    "p2tr": Decimal("57.5"),
}
"""Virtual bytes of one input. A script hash hides its script: 2-of-3 is assumed, the largest usual."""

_LARGEST_INPUT = max(INPUT_VBYTES.values())
_OVERHEAD = Decimal(10)
_OVERHEAD_SEGWIT = Decimal("10.5")
_OUTPUT = Decimal(34)
_OUTPUT_SEGWIT = Decimal(43)
"""To a key hash; with segwit to the largest standard form, since the destination is not known yet."""

_TOKEN_OUTPUT = Decimal(34 + 34 + 9 + 41)
"""A CashToken output: the plain one, category and bitfield, an amount, a commitment of 40 bytes."""

_TOKEN_DUST = 1000
"""Coins that go along with a CashToken: above BCHN's dust limit of the largest token output."""

_ZIP317_MARGINAL_FEE = 5000
_ZIP317_GRACE_ACTIONS = 2
_ZIP317_INPUT_BYTES = 150

_TARGET_BLOCKS = 6


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The live cost of one input to one outside address; raises a `SourceError` without a rate."""
    chain = chain_of(network)
    scheme = transfer.recipient.key.scheme if transfer.recipient.key else ""
    size = INPUT_VBYTES.get(scheme, _LARGEST_INPUT)
    token = transfer.kind in (TransferKind.TOKEN, TransferKind.NFT)
    if chain.fee_source == "zip317":
        actions = max(-(-int(size) // _ZIP317_INPUT_BYTES), _ZIP317_GRACE_ACTIONS)
        fee = actions * _ZIP317_MARGINAL_FEE
        text = f"ZIP-317: {actions} actions at {_ZIP317_MARGINAL_FEE}"
    else:
        vbytes = _vbytes(chain, size, token=token)
        rate, origin = _ask_rate(chain, node)
        fee = int((vbytes * rate / 1000).to_integral_value(ROUND_CEILING))
        text = (
            f"{vbytes.normalize():f} vB at {Decimal(rate).scaleb(-3).normalize():f} a vB ({origin})"
        )
    lines = [CostLine("network_cost", fee, text)]
    if token:
        lines.append(CostLine("reserve", _TOKEN_DUST, "coins that go along with the token"))
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _vbytes(chain: UtxoChain, size: Decimal, *, token: bool) -> Decimal:
    """One input and one output; a token's coins don't pay its way, so a fee input and change too."""
    if token:
        return _OVERHEAD + size + INPUT_VBYTES["p2pkh"] + _TOKEN_OUTPUT + _OUTPUT
    if chain.segwit:
        return _OVERHEAD_SEGWIT + size + _OUTPUT_SEGWIT
    return _OVERHEAD + size + _OUTPUT


def _ask_rate(chain: UtxoChain, node: Node) -> tuple[int, str]:
    """Base units per 1000 virtual bytes, and where the figure is from."""
    estimate, floor = _ask_esplora(node) if node.api == "esplora" else _ask_core(chain, node)
    floor = max(floor, chain.min_relay_per_kvb)
    if estimate is not None:
        return max(estimate, floor), f"estimate for {_TARGET_BLOCKS} blocks"
    if chain.quiet_fee_per_kvb is None:
        raise node.unhealthy("it has no fee estimate")
    fixed = chain.fee_source == "fixed"
    origin = "the developers' fixed rate" if fixed else "no estimate: the rate of a quiet chain"
    return max(chain.quiet_fee_per_kvb, floor), origin


def _ask_core(chain: UtxoChain, node: Node) -> tuple[int | None, int]:
    pool = node.rpc("getmempoolinfo")
    floors = (
        [_per_kvb(pool.get(name)) for name in ("mempoolminfee", "minrelaytxfee")]
        if isinstance(pool, Mapping)
        else []
    )
    floor = max((f for f in floors if f is not None), default=0)
    if chain.fee_source == "fixed":
        return None, floor
    if chain.fee_source == "estimatefee":
        answer = node.rpc("estimatefee")
        return (None if isinstance(answer, RpcFault) else _per_kvb(answer)), floor
    answer = node.rpc("estimatesmartfee", [_TARGET_BLOCKS])
    if isinstance(answer, RpcFault):
        raise refused(node, "estimatesmartfee", answer)
    return (_per_kvb(answer.get("feerate")) if isinstance(answer, Mapping) else None), floor


def _ask_esplora(node: Node) -> tuple[int | None, int]:
    """Esplora gives base units per virtual byte, by target; nothing at all on a quiet chain."""
    rate = ask_json(node, "/fee-estimates").get(str(_TARGET_BLOCKS))
    if not _is_number(rate) or rate <= 0:
        return None, 0
    return int((Decimal(rate) * 1000).to_integral_value(ROUND_CEILING)), 0


def _per_kvb(coins: Any) -> int | None:
    """Coins per 1000 virtual bytes, as nodes write it, in base units; -1 means no estimate."""
    if not _is_number(coins) or coins <= 0:
        return None
    return int(Decimal(coins).scaleb(8).to_integral_value(ROUND_CEILING))


def _is_number(value: Any) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
