"""Account ids of NEAR: names, and the implicit accounts of ed25519 and Ethereum keys.

Knows: the syntax of ids (NEP-448, NEP-518, NEP-616). Must not know: which accounts exist. No
form has a checksum, and nearly every lower-case word is a possible name, so a name says little.
"""

from __future__ import annotations

import re

from recovery.chains.evm.codec import parse_address as parse_evm
from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "a name as alice.near, 64 hexadecimal digits, or 0x and 40"
_NAME = re.compile(r"(?:(?:[a-z\d]+[-_])*[a-z\d]+\.)*(?:[a-z\d]+[-_])*[a-z\d]+")
_LONGEST_TOP_LEVEL = 31


def parse_address(network: Network, text: str) -> Address:
    """Parse an account id; hexadecimal ones are taken in either case."""
    lower = text.lower()
    if re.fullmatch(r"[0-9a-f]{64}", lower):
        key, form, canonical = AddressKey("ed25519", bytes.fromhex(lower)), "implicit", lower
    elif re.fullmatch(r"0x[0-9a-f]{40}", lower):
        # an implicit account of an Ethereum key; its id is lower case, but a text that carries
        # EIP-55's capitals was copied from an Ethereum wallet, and then they must be right
        key, form, canonical = parse_evm(network, text).key, "eth-implicit", lower
    elif re.fullmatch(r"0s[0-9a-f]{40}", lower):
        key, form, canonical = AddressKey("near", lower.encode("ascii")), "deterministic", lower
    else:
        key, form, canonical = _parse_name(text), "named", text
    return Address(network.code, canonical, key, form, unchecked=True)


def _parse_name(text: str) -> AddressKey:
    if not 2 <= len(text) <= 64 or not _NAME.fullmatch(text):
        raise bad_address(text, "names are lower case, digits, and single - _ .", hint=_HINT)
    top_level = text.rpartition(".")[2]
    if len(top_level) > _LONGEST_TOP_LEVEL:
        # the protocol lets nobody create such a top-level name: it is another chain's address
        raise bad_address(text, f"no name ends in {top_level!r}", hint=_HINT)
    if re.fullmatch(r"[\d.]+(-[a-z]{5})?", text) or text.startswith("0x"):
        raise bad_address(text, "it is another chain's spelling, not a name", hint=_HINT)
    return AddressKey("near", text.encode("ascii"))


def format_address(network: Network, key: AddressKey) -> str | None:
    """The account id of the key, None for what NEAR does not have."""
    if key.scheme == "ed25519":
        return key.payload.hex()
    if key.scheme == "evm":
        return f"0x{key.payload.hex()}"
    return key.payload.decode("ascii") if key.scheme == "near" else None
