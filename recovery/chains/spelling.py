"""What people paste: invisible characters, quotes, secrets where an address should stand.

Knows: how to clean a typed string without changing what it says, and how every codec refuses.
Must not know: any network.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import unicodedata

from base58_bech32.base58 import RIPPLE_ALPHABET, b58decode_check

from recovery.errors import BadInput

_QUOTES = "\"'`´‘’“”„«»,;"
_BRACKETS = ("<>", "()", "[]", "{}")
_MAX_SHOWN = 120


def clean(text: str) -> str:
    """The typed text without what can't be seen: NFKC, format characters, spaces and quotes around.

    NFKC turns full-width digits into plain ones; it does not turn look-alike letters of other
    scripts into Latin ones, so those are refused later as characters of no alphabet.
    """
    if text.isascii() and text.isalnum():
        return text
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    bare = seen.strip().strip(_QUOTES).strip()
    if len(bare) > 1 and bare[0] + bare[-1] in _BRACKETS:
        return bare[1:-1].strip().strip(_QUOTES).strip()
    return bare


def bad_address(text: str, why: str, *, hint: str = "") -> BadInput:
    """The refusal of an address: what was seen, what is wrong, what would be right."""
    return BadInput("bad-address", f"{show(text)} is no address: {why}", hint=hint)


def show(text: str) -> str:
    """The text in quotes, shortened, and never where it is a secret key."""
    if looks_secret(text):
        return "the text (a secret key, not repeated here)"
    return repr(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…")


def looks_secret(text: str) -> bool:
    """Whether the text is a private key or seed that must not be kept, shown or logged.

    Stellar seeds (``S…``), WIF keys of the Bitcoin-type chains, XRPL seeds (``s…``), Tezos
    ``edsk…``, Sui ``suiprivkey1…``, Cardano ``*_sk1…``, NEAR ``ed25519:…`` and word lists. A bare
    key of 64 hexadecimal digits can't be told from a transaction hash.
    """
    if re.fullmatch(r"S[A-Z2-7]{55}", text):
        return True
    if re.fullmatch(r"edsk\w{50,94}|suiprivkey1\w+|\w+_x?sk1\w{50,}|ed25519:\w{80,}", text):
        return True
    if re.fullmatch(r"[a-z]{3,8}( [a-z]{3,8}){11,23}", text):
        return True
    if not 25 <= len(text) <= 53 or not text.isalnum() or not text.isascii():
        return False
    if text.startswith("0x"):  # neither alphabet of base58 has a zero
        return False
    try:
        wif = b58decode_check(text)
    except ValueError:
        pass
    else:
        if len(wif) in (33, 34) and wif[0] in (128, 176, 158, 204, 239):
            return True
    if not text.startswith("s"):
        return False
    try:
        seed = b58decode_check(text, alphabet=RIPPLE_ALPHABET)
    except ValueError:
        return False
    return seed[:1] == b"\x21" or seed[:3] == b"\x01\xe1\x4b"


def crc16(data: bytes) -> int:
    """CRC16/XMODEM, the checksum of TON and Stellar addresses."""
    return binascii.crc_hqx(data, 0)


def hash160(data: bytes) -> bytes:
    """RIPEMD-160 of SHA-256, the key hash of Bitcoin, Cosmos and the XRP Ledger."""
    digest = hashlib.sha256(data).digest()
    try:
        return hashlib.new("ripemd160", digest).digest()
    except ValueError:  # OpenSSL 3 without its legacy provider
        from Crypto.Hash import RIPEMD160

        return RIPEMD160.new(digest).digest()


def parse_hex32(text: str) -> bytes:
    """32 bytes from ``0x`` and at most 64 digits (Aptos and Sui leave leading zeros out).

    Exactly 40 digits are refused: that is an EVM address, and an account whose first twelve bytes
    are zero can't be met by chance.
    """
    found = re.fullmatch(r"0[xX]([0-9a-fA-F]{1,64})", text)
    if found is None:
        missing = re.fullmatch(r"[0-9a-fA-F]{64}", text)
        why = "it lacks the 0x in front" if missing else "it is not hexadecimal of 32 bytes"
        raise bad_address(text, why, hint="0x and 64 hexadecimal digits")
    if len(found.group(1)) == 40:
        raise bad_address(text, "40 digits are an EVM address", hint="0x and 64 hexadecimal digits")
    return bytes.fromhex(found.group(1).zfill(64))
