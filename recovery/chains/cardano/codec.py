"""Addresses of Cardano: Shelley's bech32 by header byte, and Byron's base58 of CBOR with CRC32.

Knows: CIP-19. Must not know: UTxOs, nodes. The key is the payment credential: whoever holds it
spends, whichever stake credential the address carries beside it.
"""

from __future__ import annotations

import binascii
import re
from typing import Any

from base58_bech32.base58 import b58decode
from base58_bech32.bech32 import BECH32_1_CONST, bech32_decode_bytes, bech32_encode_bytes

from recovery.chains.spelling import bad_address
from recovery.model import Address, AddressKey
from recovery.networks import Network

_HINT = "addr1…, or Byron's Ae2… or DdzFF…"
_FORMS = {0: "base", 1: "base", 2: "base", 3: "base", 4: "pointer", 5: "pointer"}
_FORMS |= {6: "enterprise", 7: "enterprise"}
_LONGEST_BYRON = 200


def parse_address(network: Network, text: str) -> Address:
    """Parse a Shelley or Byron address; stake addresses receive no deposits and are refused."""
    separator = text.rfind("1")
    hrp = text[:separator].lower()
    if separator > 0 and re.fullmatch(r"(addr|stake)(_test)?", hrp):
        return _parse_shelley(network, text, hrp)
    return _parse_byron(network, text)


def _parse_shelley(network: Network, text: str, hrp: str) -> Address:
    if hrp.startswith("stake"):
        raise bad_address(text, "a stake address receives no deposits", hint=_HINT)
    if hrp != network.parameters["hrp"]:
        raise bad_address(text, "it belongs to another Cardano network", hint=_HINT)
    try:
        _, raw = bech32_decode_bytes(text, m=BECH32_1_CONST, limit=None)
    except ValueError as wrong:
        why = "the checksum is wrong: a character was changed"
        raise bad_address(
            text, why if "checksum" in str(wrong) else f"{wrong}", hint=_HINT
        ) from None
    kind, network_id = (raw[0] >> 4, raw[0] & 0x0F) if raw else (15, 15)
    form = _FORMS.get(kind)
    if form is None or network_id != network.parameters["network_id"]:
        raise bad_address(text, "its header is not one of this network's payment addresses")
    sizes = {"base": 57, "enterprise": 29}
    if len(raw) != sizes.get(form, len(raw)) or (form == "pointer" and not 32 <= len(raw) <= 44):
        raise bad_address(text, f"it holds {len(raw)} bytes, which its header does not allow")
    scheme = "cardano-script" if kind & 1 else "cardano-key"
    return Address(network.code, text.lower(), AddressKey(scheme, raw[1:29]), form)


def _parse_byron(network: Network, text: str) -> Address:
    if not re.fullmatch(rf"[1-9A-HJ-NP-Za-km-z]{{40,{_LONGEST_BYRON}}}", text):
        raise bad_address(text, "it is neither addr1… nor base58 of Byron's length", hint=_HINT)
    root, attributes = _read_byron(text)
    # attribute 2 is the network magic, which only test networks write
    on_testnet = isinstance(attributes, dict) and 2 in attributes
    if on_testnet != (network.parameters["network_id"] == 0):
        raise bad_address(text, "it belongs to another Cardano network", hint=_HINT)
    return Address(network.code, text, AddressKey("cardano-byron", root), "byron")


def _read_byron(text: str) -> tuple[bytes, Any]:
    import cbor2

    try:
        envelope = cbor2.loads(b58decode(text, max_length=_LONGEST_BYRON))
        tag, crc = envelope
        payload = tag.value
        if tag.tag != 24 or binascii.crc32(payload) != crc:
            raise bad_address(text, "the checksum is wrong: a character was changed", hint=_HINT)
        root, attributes, _ = cbor2.loads(payload)
    except (ValueError, TypeError, AttributeError, cbor2.CBORError):
        raise bad_address(text, "it is not Byron's CBOR envelope", hint=_HINT) from None
    if not isinstance(root, bytes) or len(root) != 28:
        raise bad_address(text, "its root is not 28 bytes", hint=_HINT)
    return root, attributes


def format_address(network: Network, key: AddressKey) -> str | None:
    """The enterprise address of a payment credential.

    None for Byron's roots, whose text carries attributes that the key does not.
    """
    kind = {"cardano-key": 6, "cardano-script": 7}.get(key.scheme)
    if kind is None:
        return None
    header = bytes([kind << 4 | network.parameters["network_id"]])
    hrp = network.parameters["hrp"]
    return bech32_encode_bytes(hrp, header + key.payload, m=BECH32_1_CONST).decode("ascii")
