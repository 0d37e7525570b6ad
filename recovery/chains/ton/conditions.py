"""Whether the receiving account runs one of the published wallets.

Knows: the hashes of their code. Must not know: who holds the key.
"""

from __future__ import annotations

import base64
import binascii

from recovery.chains.shape import read_object
from recovery.chains.source import Node
from recovery.chains.ton.ask import NotOffered, ask_head, ask_list
from recovery.chains.ton.codec import format_raw
from recovery.errors import Garbled
from recovery.model import Evidence, Transfer
from recovery.networks import Network

WALLETS = {
    "d4902fcc9fad74698fa8e353220a68da0dcf72e32bcb2eb9ee04217c17d3062c": "v1r2",
    "587cc789eff1c84f46ec3797e45fc809a14ff5ae24f1e0c7a6a99cc9dc9061ff": "v1r3",
    "5c9a5e68c108e18721a07c42f9956bfb39ad77ec6d624b60c576ec88eee65329": "v2r1",
    "fe9530d3243853083ef2ef0b4c2908c0abf6fa1c31ea243aacaa5bf8c7d753f1": "v2r2",
    "b61041a58a7980b946e8fb9e198e3c904d24799ffa36574ea4251c41a566f581": "v3r1",
    "84dafa449f98a6987789ba232358072bc0f76dc4524002a5d0918b9a75d2d599": "v3r2",
    "feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0": "v4r2",
    "20834b7b72b112147e1b2fb457b84e74d1a30f04f737d4f62a668e9552d2b72f": "v5r1",
}
"""Hashes of the code cells, computed from the published wallets."""


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> dict[str, bool]:
    """``wallet_code_known`` of an account that has its code already; raises `SourceError`.

    Of an account without code the address alone does not tell which code it was derived from, and
    the second API tells no hash of a code.
    """
    key = transfer.recipient.key
    if key is None or node.api == "toncenter-v2":
        return {}
    ask_head(network, node)
    asked: dict[str, str | int] = {"address": format_raw(key), "include_boc": "false"}
    try:
        accounts = ask_list(node, "accountStates", "accounts", asked)
    except NotOffered:
        raise node.unhealthy("it does not tell the state of accounts") from None
    try:
        told = read_object(accounts[0], "an account") if accounts else {}
    except Garbled as wrong:
        raise node.named(wrong) from None
    code = told.get("code_hash")
    if told.get("status") != "active" or code is None:
        return {}
    return {"wallet_code_known": _read_hash(node, code) in WALLETS}


def _read_hash(node: Node, text: object) -> str:
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except binascii.Error:
        data = b""
    if len(data) != 32:
        raise node.garbled("the hash of an account's code is none")
    return data.hex()
