"""What moving the value out of a receiving account would cost now.

Knows: how a transfer is written for an estimate, and the existential deposit. Must not know: fee policy.

The runtime itself weighs the extrinsic: it is written here with an empty signature, which nobody
can send, since its fee depends on length and call alone.
"""

from __future__ import annotations

from recovery.assets import split_asset
from recovery.chains.family import CostLine, NetworkCost
from recovery.chains.polkadot.answer import read_count
from recovery.chains.polkadot.ask import ask, ask_head, own
from recovery.chains.polkadot.location import encode_compact
from recovery.chains.source import Node
from recovery.errors import Garbled
from recovery.model import Transfer
from recovery.networks import Network

_BALANCES, _ASSETS, _FOREIGN = 10, 50, 53
_NATIVE_KEEP_ALIVE, _TOKEN_KEEP_ALIVE = 3, 9
_EXTENSIONS = bytes(5)
"""Immortal, nonce 0, tip 0, the fee in the native coin, no metadata hash."""


def fetch_cost(network: Network, node: Node, transfer: Transfer) -> NetworkCost:
    """The fee of one transfer, the funding of a token's holder, and what must stay behind.

    An account below the existential deposit is wiped out with all that it holds. Raises `SourceError`.
    """
    if node.api != "sidecar":
        raise node.unhealthy("Subscan estimates no fee; sidecar does")
    ask_head(network, node)
    try:
        lines = _lines(network, node, transfer)
    except Garbled as wrong:
        raise own(node, wrong) from None
    return NetworkCost(network.native_asset, tuple(lines), node.label, node.now())


def _lines(network: Network, node: Node, transfer: Transfer) -> list[CostLine]:
    holder = transfer.recipient
    fee = estimate_fee(network, node, transfer)
    lines = [CostLine("network_cost", fee, "the fee of one transfer")]
    deposit: int = network.parameters["existential_deposit"]
    free = ask_free(node, holder.address)
    if transfer.asset == network.native_asset:
        assert isinstance(transfer.amount, int)
        lacking = transfer.amount + fee + deposit - free
        if lacking > 0:
            text = "the existential deposit that stays on the account"
            lines.append(CostLine("reserve", min(lacking, deposit), text))
    elif free < deposit + fee:
        lines.append(CostLine("network_cost", fee, "funding the account that holds the token"))
        if free < deposit:
            text = "lifting it to the existential deposit"
            lines.append(CostLine("reserve", deposit - free, text))
    return lines


def write_transfer(transfer: Transfer, network: Network, sender: bytes) -> str:
    """A transfer of the whole amount to an account of zeros, in hexadecimal."""
    target = b"\x00" + bytes(32)
    amount = encode_compact(int(transfer.amount))
    namespace, reference = split_asset(transfer.asset)
    if transfer.asset == network.native_asset:
        call = bytes([_BALANCES, _NATIVE_KEEP_ALIVE]) + target + amount
    elif namespace == "asset":
        number = encode_compact(int(reference))
        call = bytes([_ASSETS, _TOKEN_KEEP_ALIVE]) + number + target + amount
    elif reference.startswith("0x"):
        call = bytes([_FOREIGN, _TOKEN_KEEP_ALIVE]) + bytes.fromhex(reference[2:]) + target + amount
    else:  # an asset given by the hash of its location: of the usual length
        call = bytes([_ASSETS, _TOKEN_KEEP_ALIVE]) + bytes(4) + target + amount
    signed = b"\x84\x00" + sender + b"\x01" + bytes(64) + _EXTENSIONS + call
    return "0x" + (encode_compact(len(signed)) + signed).hex()


def estimate_fee(network: Network, node: Node, transfer: Transfer) -> int:
    """What the runtime takes for moving the transfer's value on."""
    key = transfer.recipient.key
    extrinsic = write_transfer(transfer, network, bytes(32) if key is None else key.payload)
    path = "/transaction/fee-estimate"
    answer = node.request("POST", path, json_body={"tx": extrinsic})
    if answer.status != 200:
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")
    if not isinstance(answer.body, dict):
        raise node.garbled(f"{path} was not answered with an object")
    return read_count(answer.body.get("partialFee"), "partialFee")


def ask_free(node: Node, address: str | None) -> int:
    """The free balance; an account that is not there has none."""
    if address is None:
        return 0
    balance = ask(node, f"/accounts/{address}/balance-info")
    return read_count(balance.get("free"), "free")
