"""The aliases of accounts: an address book may hold an EVM address where transactions show ``0.0.N``.

Knows: what a mirror says of an account. Must not know: whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from recovery.chains.hedera.codec import parse_address
from recovery.chains.hedera.fetch import ask
from recovery.chains.source import Node
from recovery.errors import BadInput
from recovery.model import AddressKey
from recovery.networks import Network


def fetch_names(
    network: Network, node: Node, accounts: Sequence[str]
) -> dict[str, tuple[AddressKey, ...]]:
    """By account the keys of its EVM address and its key alias. Raises `SourceError`.

    The mirror also writes the account's own number as an EVM address: that is no other name.
    """
    names = {}
    for account in accounts:
        told = ask(node, f"/accounts/{account}", {"limit": 1})
        if told is not None and told.get("account") != account:
            raise node.garbled("it answered with another account")
        spelled = [] if told is None else [told.get("evm_address"), told.get("alias")]
        own = parse_address(network, account).key
        try:
            keys = [parse_address(network, text).key for text in spelled if text is not None]
        except (BadInput, TypeError) as wrong:
            raise node.garbled(f"an alias of {account} can't be read: {wrong}") from None
        names[account] = tuple(key for key in dict.fromkeys(keys) if key != own)
    return names
