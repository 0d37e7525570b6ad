"""Addresses of Polkadot's Asset Hub: SS58 of a 32-byte account.

Knows: SS58 and which prefixes are taken. Must not know: nodes. One account has one text per
prefix; the generic prefix 42 names no network and is taken, another network's prefix is not.
"""

from __future__ import annotations

from base58_bech32.ss58 import ss58_decode, ss58_encode

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "1… of 46 to 48 characters (or the generic 5…)"
_NAMES = {2: "Kusama", 5: "Astar", 10: "Acala", 36: "Centrifuge", 63: "Hydration", 73: "Bittensor"}


def parse_address(network: Network, text: str) -> Address:
    """Parse SS58 with the network's prefix or the generic one; printed with the network's."""
    try:
        prefix, account = ss58_decode(text)
    except ValueError as wrong:
        why = "the checksum is wrong: a character was changed"
        raise bad_address(
            text, why if "checksum" in str(wrong) else f"{wrong}", hint=_HINT
        ) from None
    if len(account) != 32:
        raise bad_address(text, f"it holds {len(account)} bytes, not 32", hint=_HINT)
    key = AddressKey("account32", account)
    own = format_address(network, key)
    assert own is not None
    if prefix not in network.parameters["ss58_accepted"]:
        name = _NAMES.get(prefix, "another network's")
        raise bad_address(text, f"prefix {prefix} is {name}", hint=f"the same account is {own}")
    return Address(network.code, own, key, "ss58")


def format_address(network: Network, key: AddressKey) -> str | None:
    """The SS58 text with the network's prefix, None for a key that is no account."""
    if key.scheme != "account32":
        return None
    return ss58_encode(network.parameters["ss58_prefix"], key.payload).decode("ascii")
