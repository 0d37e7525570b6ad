"""Account names of Vaulta and other Antelope chains, as the 64 bits that the chain keeps.

Knows: the alphabet and packing of names. Must not know: which accounts exist. A name has no
checksum, and the same name on another Antelope chain may be another owner's.
"""

from __future__ import annotations

import re

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_ALPHABET = ".12345abcdefghijklmnopqrstuvwxyz"
_HINT = "1 to 12 characters of a-z, 1-5 and dots inside"


def parse_address(network: Network, text: str) -> Address:
    """Parse an account name."""
    if not re.fullmatch(r"[a-z1-5.]{1,12}[a-j1-5]?", text) or text[-1] == "." or text[0] == ".":
        raise bad_address(text, _explain(text), hint=_HINT)
    payload = pack_name(text).to_bytes(8, "big")
    return Address(
        network.code, text, AddressKey("antelope", payload), "account-name", unchecked=True
    )


def _explain(text: str) -> str:
    if re.fullmatch(r"(EOS|PUB_K1_)\w{50}", text):
        return "it is a public key, not an account"
    if len(text) > 13:
        return f"it has {len(text)} characters"
    return "names are a-z, 1-5 and dots, and neither begin nor end with a dot"


def pack_name(name: str) -> int:
    """The name as the chain's 64-bit number: 12 characters of 5 bits, a 13th of 4."""
    number = 0
    for position in range(13):
        digit = _ALPHABET.index(name[position]) if position < len(name) else 0
        number |= digit << (64 - 5 * (position + 1)) if position < 12 else digit
    return number


def format_address(network: Network, key: AddressKey) -> str | None:
    """The account name, None for a key that is no name."""
    if key.scheme != "antelope":
        return None
    return unpack_name(int.from_bytes(key.payload, "big"))


def unpack_name(number: int) -> str:
    """The name behind the chain's 64-bit number; empty for 0."""
    letters = [_ALPHABET[number >> (64 - 5 * (i + 1)) & 31] for i in range(12)]
    return ("".join(letters) + _ALPHABET[number & 15]).rstrip(".")
