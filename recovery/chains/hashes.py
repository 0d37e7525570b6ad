"""Transaction ids: the forms that networks use, and every spelling in which people paste them.

Knows: the shape and canonical text of each form named in ``networks.toml`` under ``hash_forms``;
explorer addresses, ``txid:vout``, labels and invisible characters. Must not know: nodes. A shape
proves nothing: many networks share one, so a text is read as every network whose form fits.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from base58_bech32.base58 import b58decode, b58decode_check

from recovery.chains.spelling import clean, show
from recovery.errors import BadInput
from recovery.model import NetworkCode
from recovery.networks import Network, Registry

_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_LABEL = re.compile(
    r"(?:transaction|tx|txn|ext(?:rinsic)?|op(?:eration)?)?[ _-]*(?:hash|id|signature|digest)? *[:#=] *",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?:)?//|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?::\d+)?/", re.IGNORECASE)
_OUTPUT = re.compile(r"((?:0[xX])?[0-9a-fA-F]{64})(?:[:#/_-](?:vout[=:])?|(?=\[))\[?(\d{1,5})\]?")


@dataclass(frozen=True, slots=True)
class HashReading:
    """One network that a typed hash can belong to, with the canonical text on it.

    ``form`` is the form's name. ``output`` is the number typed behind the hash (``txid:vout``),
    a hint where to look. ``hinted`` is True where the text is an explorer's address whose host
    shows this network: a hint, never a proof.
    """

    network: NetworkCode
    canonical: str
    form: str
    output: int | None = None
    hinted: bool = False


def _parse_hex(text: str) -> str | None:
    return text.lower() if re.fullmatch(r"[0-9a-fA-F]{64}", text) else None


def _parse_hex_upper(text: str) -> str | None:
    digits = _parse_hex(text)
    return digits.upper() if digits else None


def _parse_hex_upper_or_0x(text: str) -> str | None:
    return _parse_hex_upper(_without_0x(text))


def _parse_hex_or_0x(text: str) -> str | None:
    return _parse_hex(_without_0x(text))


def _parse_0xhex(text: str) -> str | None:
    digits = _parse_hex(_without_0x(text))
    return f"0x{digits}" if digits else None


def _without_0x(text: str) -> str:
    return text[2:] if text[:2] in ("0x", "0X") else text


def _parse_ctid(text: str) -> str | None:
    # XLS-37; the last four digits are the network id, which the adapter compares with its own
    found = re.fullmatch(r"[cC][0-9a-fA-F]{15}", text)
    return found.group(0).upper() if found else None


def _parse_toid(text: str) -> str | None:
    # Stellar's operation id (SEP-35): 32 bits of ledger, 20 of transaction, 12 of operation
    found = re.fullmatch(r"[1-9]\d{14,18}", text)
    return text if found and int(text) < 1 << 63 else None


def _parse_ledger_version(text: str) -> str | None:
    # Aptos numbers its transactions through; explorers show that number as often as the hash
    return text if re.fullmatch(r"[1-9]\d{5,12}", text) else None


def _parse_signature(text: str) -> str | None:
    return text if _decodes_to(text, 64, shortest=64, longest=88) else None


def _parse_base58_32(text: str) -> str | None:
    return text if _decodes_to(text, 32, shortest=32, longest=44) else None


def _decodes_to(text: str, size: int, *, shortest: int, longest: int) -> bool:
    if not re.fullmatch(f"{_BASE58}{{{shortest},{longest}}}", text):
        return False
    return len(b58decode(text, max_length=longest)) == size


def _parse_base64_32(text: str) -> str | None:
    return _from_base64(text, 32) if re.fullmatch(r"[A-Za-z0-9+/_-]{43}=?", text) else None


def _parse_base64_48(text: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9+/_-]{64}", text) or _parse_hex(text):
        return None  # 64 characters that are all hexadecimal are a hash of 32 bytes
    return _from_base64(text, 48)


def _from_base64(text: str, size: int) -> str | None:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        return None
    # the last character's spare bits must be zero, or two texts would name one hash
    exact = base64.b64encode(raw).decode("ascii").rstrip("=") == plain
    return raw.hex() if exact and len(raw) == size else None


def _parse_hex96(text: str) -> str | None:
    found = re.fullmatch(r"(?:0[xX])?([0-9a-fA-F]{96})", text)
    return found.group(1).lower() if found else None


def _parse_hedera_id(text: str) -> str | None:
    found = re.fullmatch(
        r"(\d{1,5})\.(\d{1,5})\.(\d{1,12})[@-](\d{1,10})[.-](\d{1,9})(\?scheduled)?(?:/(\d{1,5}))?",
        text,
    )
    if found is None:
        return None
    shard, realm, number, seconds, nanos, scheduled, nonce = found.groups()
    payer = f"{int(shard)}.{int(realm)}.{int(number)}"
    # a nonce of 0 is the transaction itself: the id without one
    child = f"/{int(nonce)}" if nonce and int(nonce) else ""
    return f"{payer}-{int(seconds)}-{nanos.zfill(9)}{scheduled or ''}{child}"


def _parse_consensus_timestamp(text: str) -> str | None:
    return text if re.fullmatch(r"\d{10}\.\d{9}", text) else None


def _parse_base32_52(text: str) -> str | None:
    upper = text.upper()
    if not re.fullmatch(r"[A-Z2-7]{52}", upper):
        return None
    # 52 characters hold 260 bits, an id has 256: the spare ones are zero
    exact = base64.b32encode(base64.b32decode(upper + "====")).decode("ascii").rstrip("=") == upper
    return upper if exact else None


def _parse_extrinsic_id(text: str) -> str | None:
    found = re.fullmatch(r"(\d{1,10})-(\d{1,5})", text)
    return f"{int(found.group(1))}-{int(found.group(2))}" if found else None


def _parse_operation_hash(text: str) -> str | None:
    if not re.fullmatch(f"o{_BASE58}{{50}}", text):
        return None
    try:
        raw = b58decode_check(text)
    except ValueError:
        return None
    return text if raw[:2] == b"\x05\x74" and len(raw) == 34 else None


FORMS: dict[str, tuple[Callable[[str], str | None], str]] = {
    "hex": (_parse_hex, "64 hexadecimal digits"),
    "hex-or-0x": (_parse_hex_or_0x, "64 hexadecimal digits"),
    "hex-upper": (_parse_hex_upper, "64 hexadecimal digits"),
    "hex-upper-or-0x": (_parse_hex_upper_or_0x, "64 hexadecimal digits"),
    "0xhex": (_parse_0xhex, "0x and 64 hexadecimal digits"),
    "hex96": (_parse_hex96, "96 hexadecimal digits"),
    "ctid": (_parse_ctid, "a CTID of C and 15 hexadecimal digits"),
    "toid": (_parse_toid, "an operation id of 15 to 19 digits"),
    "ledger-version": (_parse_ledger_version, "a version of 6 to 13 digits"),
    "signature": (_parse_signature, "a base58 signature of 86 to 88 characters"),
    "base58-32": (_parse_base58_32, "43 or 44 base58 characters"),
    "base64": (_parse_base64_32, "44 base64 characters"),
    "base64-48": (_parse_base64_48, "64 base64 characters"),
    "hedera-id": (_parse_hedera_id, "an id as 0.0.1234-1700000000-000000001"),
    "consensus-timestamp": (_parse_consensus_timestamp, "a consensus time as 1700000000.000000001"),
    "base32-52": (_parse_base32_52, "52 characters of A-Z and 2-7"),
    "extrinsic-id": (_parse_extrinsic_id, "an extrinsic as 12345678-2"),
    "operation-hash": (_parse_operation_hash, "an operation hash of o and 50 base58 characters"),
}
"""Every form by its name: its parser (canonical text, or None), and its description."""


_PLAIN_NUMBERS = frozenset({"ledger-version"})
"""Forms that any number fits: within an address they count on the network's own explorers only,
since others write heights and counters beside the hash."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """A cleaned text with the pieces in which a hash may stand, the likeliest first."""

    pieces: tuple[str, ...]
    place: str | None  # host and path of an address, in lower case
    output: int | None = None  # the output that an explorer's address points at


def _take_apart(text: str) -> _Typed:
    plain = clean(text)
    label = _LABEL.match(plain)
    if label:
        plain = plain[label.end() :]
    if not _URL.match(plain):
        whole = re.sub(r"\s+", "", plain).rstrip(".…")
        return _Typed((whole,), None)
    tight = re.sub(r"\s+", "", plain)
    try:
        address = urlsplit(tight if "//" in tight else f"//{tight}")
    except ValueError:  # a bracket that no address of a page has
        return _Typed((tight,), None)
    host = address.netloc.rpartition("@")[2].lower().partition(":")[0].removeprefix("www.")
    rest = tight.partition("//")[2].partition("/")[2] if "//" in tight else tight.partition("/")[2]
    pieces = [unquote(p) for p in re.split(r"[/?#&=]", rest) if p]
    # the path's last piece first: explorers put the hash there, a query only repeats or refines it
    in_path = [unquote(p) for p in address.path.split("/") if p]
    ordered = [*reversed(in_path), *reversed(pieces)]
    vout = re.search(r"[?#&]vout=(\d{1,5})", rest)
    output = int(vout.group(1)) if vout else None
    return _Typed(tuple(dict.fromkeys(ordered)), f"{host}{address.path}".lower(), output)


def _readings_of(network: Network, typed: _Typed) -> Iterator[HashReading]:
    hinted = typed.place is not None and _shows(network, typed.place)
    for piece in typed.pieces:
        for form in network.hash_forms:
            if form in _PLAIN_NUMBERS and typed.place is not None and not hinted:
                continue
            parse, _ = FORMS[form]
            canonical, output = parse(piece), typed.output
            if canonical is None and "hex" in form:
                found = _OUTPUT.fullmatch(piece)
                canonical = parse(found.group(1)) if found else None
                output = int(found.group(2)) if found else None
            if canonical is not None:
                yield HashReading(network.code, canonical, form, output, hinted)
                return


def _shows(network: Network, place: str) -> bool:
    return any(
        place == entry or place.startswith(f"{entry}/")
        for entry in (e.lower() for e in network.explorer_hosts)
    )


def read_hash(network: Network, text: str) -> HashReading:
    """Read a typed hash as one of the network's; raises `BadInput` that says what would be right.

    Where the network is named, a 0x that it does not write is taken off.
    """
    typed = _take_apart(text)
    bare = replace(typed, pieces=tuple(map(_without_0x, typed.pieces)))
    reading = next(_readings_of(network, typed), None) or next(_readings_of(network, bare), None)
    if reading is not None:
        return reading
    forms = " or ".join(FORMS[form][1] for form in network.hash_forms)
    raise BadInput(
        "bad-hash",
        f"{show(clean(text))} is no transaction hash of {network.code}{_seen(text)}",
        hint=f"{network.code} takes {forms}; an explorer's address will do",
    )


def _seen(text: str) -> str:
    from recovery.chains.codecs import name_address_networks

    plain = re.sub(r"\s+", "", clean(text))
    owners = name_address_networks(plain)
    if owners and not _parse_hex_or_0x(plain):
        return f": it is an address of {' '.join(owners)}"
    digits = plain.removeprefix("0x").removeprefix("0X")
    if not plain:
        return ": it is empty"
    if re.fullmatch(r"[0-9a-fA-F]+", digits):
        return f": it has {len(digits)} hexadecimal digits"
    return f": it has {len(plain)} characters"


def parse_hash(network: Network, text: str) -> str:
    """The canonical text of a hash typed for one network; raises `BadInput`."""
    return read_hash(network, text).canonical


def find_networks_for_hash(registry: Registry, text: str) -> tuple[HashReading, ...]:
    """Every network whose hash form fits, the one an explorer's host points to first.

    Raises `BadInput` where none fits.
    """
    typed = _take_apart(text)
    readings = [r for network in registry for r in _readings_of(network, typed)]
    if not readings:
        forms = "; ".join(dict.fromkeys(description for _, description in FORMS.values()))
        raise BadInput(
            "bad-hash",
            f"{show(clean(text))} is no transaction hash of any network{_seen(text)}",
            hint=f"one of: {forms}; or an explorer's address",
        )
    return tuple(sorted(readings, key=lambda r: not r.hinted))
