"""Assets as CAIP-19 ids: built from what a chain says, parsed from what people and files say.

Knows: the namespaces of every family and the canonical form of their references, percent-encoding,
long references, and the token-shaped faces of native coins. Must not know: symbols (a symbol names
nothing), listings, prices.

A reference holds what CAIP-19 allows, ``[-.%a-zA-Z0-9]`` up to 128 characters; other characters
are percent-encoded, and a longer one is replaced by ``sha256-`` and the hash of its plain text.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from urllib.parse import unquote

from recovery.chains.codecs import parse_address
from recovery.chains.spelling import clean, show
from recovery.errors import BadInput
from recovery.model import AssetId
from recovery.networks import Network, Registry, load_registry

_LONGEST_REFERENCE = 128
_LONGEST_TOKEN_ID = 78
_HASHED = re.compile(r"sha256-[0-9a-fA-F]{64}")
_UNSAFE = re.compile(r"[^-.a-zA-Z0-9]")

Canonical = Callable[[Network, str], str]
"""The canonical plain text of a reference; raises `ValueError` or `BadInput`."""


def native_asset(network: Network) -> AssetId:
    """The network's own coin."""
    return network.native_asset


def token_asset(network: Network, namespace: str, reference: str) -> AssetId:
    """The id of a token from its plain reference (``erc721``: ``0x…/ID``), canonical form made.

    The token-shaped face of a native coin gives the native asset. Raises `BadInput` for a
    reference that the namespace can't have; a decoder that passes on a node's text says `Garbled`.
    """
    plain = _canonical(network, namespace, reference)
    if f"{namespace}:{plain}" in _faces(network.code, network.profile):
        return network.native_asset
    return AssetId(f"{network.chain}/{namespace}:{_encode(namespace, plain)}")


def full_asset(network: Network, namespace: str, reference: str) -> str:
    """The same id with its whole plain reference: what a note says where the id holds a hash."""
    return f"{network.chain}/{namespace}:{_canonical(network, namespace, reference)}"


def is_hashed(asset: AssetId) -> bool:
    """Whether the reference was too long and is given by its hash."""
    return re.search(r"[:/]sha256-[0-9a-f]{64}$", asset) is not None


def network_of(asset: AssetId, registry: Registry | None = None) -> Network:
    """The network of an asset id; raises `BadInput` for a chain that is none of the 32."""
    chain = asset.partition("/")[0]
    found = (registry or load_registry()).of_chain(chain)
    if found is None:
        raise BadInput("unknown-chain", f"{chain!r} is none of the networks' CAIP-2 ids")
    return found


def split_asset(asset: AssetId) -> tuple[str, str]:
    """Namespace and plain reference of an id that this module made (``slip44``, ``erc20``…)."""
    namespace, _, reference = asset.partition("/")[2].partition(":")
    return namespace, unquote(reference)


def parse_asset(network: Network | None, text: str) -> AssetId:
    """Parse ``native``, a CAIP-19 id, or its part behind the chain (``erc20:0x…``).

    Without a network the id must name its chain. Percent-encoded or plain, hexadecimal in either
    case. Raises `BadInput`: also for a symbol, and for an asset of another network.
    """
    plain = clean(text)
    if plain.lower() == "native":
        if network is None:
            raise _bad_asset(text, "without a network nobody knows whose native coin it is")
        return network.native_asset
    chain, slash, rest = plain.partition("/")
    named = _chains().get(chain.lower()) if slash else None
    if named is None:
        if network is None or not _names_no_chain(network, plain):
            raise _bad_asset(text, _explain(plain, chain))
        named, rest = network, plain
    if network is not None and named.code != network.code:
        raise _bad_asset(text, f"it is an asset of {named.code}, not of {network.code}")
    target = network or named
    namespace, _, reference = rest.partition(":")
    if namespace == "slip44":
        if reference != str(target.slip44):
            raise _bad_asset(text, f"the native coin of {target.code} is slip44:{target.slip44}")
        return target.native_asset
    return token_asset(target, namespace, unquote(reference))


def _names_no_chain(network: Network, plain: str) -> bool:
    """Whether the text is an id's part behind the chain, its namespace known or not."""
    namespace, colon, _ = plain.partition(":")
    if namespace == "slip44" or namespace in _NAMESPACES.get(network.family, {}):
        return True
    return bool(colon) and re.match(r"[-a-z0-9]+:[^/]+/[-a-z0-9]{3,8}:", plain) is None


def _explain(plain: str, chain: str) -> str:
    if re.fullmatch(r"\w{1,12}", plain):
        return "a symbol names no asset: anyone can issue a token of that symbol"
    if "/" in plain:
        return f"{chain!r} is none of the networks' CAIP-2 ids"
    return "it names no chain"


def _bad_asset(text: str, why: str) -> BadInput:
    return BadInput(
        "bad-asset",
        f"{show(text)} is no asset: {why}",
        hint="native, or a CAIP-19 id as eip155:1/erc20:0x…",
    )


@functools.cache
def _chains() -> dict[str, Network]:
    return {network.chain.lower(): network for network in load_registry()}


@functools.cache
def _faces(code: str, profile: str | None) -> frozenset[str]:
    network = load_registry()[code]
    if profile is not None:
        network = network.with_profile(profile)
    faces = set()
    for face in network.parameters.get("native_faces", ()):
        namespace, _, reference = face.partition(":")
        faces.add(f"{namespace}:{_canonical(network, namespace, reference)}")
    return frozenset(faces)


def _encode(namespace: str, plain: str) -> str:
    if namespace in _WITH_TOKEN_ID and "/" in plain:
        contract, _, token_id = plain.partition("/")
        return f"{_encode_part(contract)}/{_encode_part(token_id, longest=_LONGEST_TOKEN_ID)}"
    return _encode_part(plain)


def _encode_part(plain: str, *, longest: int = _LONGEST_REFERENCE) -> str:
    if not _UNSAFE.search(plain) and len(plain) <= longest:
        return plain
    encoded = "".join(
        c if not _UNSAFE.match(c) else "".join(f"%{b:02X}" for b in c.encode()) for c in plain
    )
    if len(encoded) <= longest:
        return encoded
    return f"sha256-{hashlib.sha256(plain.encode()).hexdigest()}"


def _canonical(network: Network, namespace: str, reference: str) -> str:
    canonical = _NAMESPACES.get(network.family, {}).get(namespace)
    if canonical is None or (namespace, network.code) in _NOT_HERE:
        known = sorted(
            n for n in _NAMESPACES.get(network.family, {}) if (n, network.code) not in _NOT_HERE
        )
        raise BadInput(
            "bad-asset",
            f"{network.code} has no assets of the kind {namespace!r}",
            hint=f"kinds of {network.code}: native, {', '.join(known)}",
        )
    if _HASHED.fullmatch(reference):
        return reference.lower()
    try:
        return canonical(network, reference)
    except ValueError as wrong:
        raise BadInput(
            "bad-asset", f"{show(reference)} is no {namespace} of {network.code}: {wrong}"
        ) from None


def _address(network: Network, reference: str) -> str:
    return parse_address(network, reference).text


def _address_beginning(letter: str) -> Canonical:
    def canonical(network: Network, reference: str) -> str:
        text = parse_address(network, reference).text
        if not text.startswith(letter):
            raise ValueError(f"a token contract begins with {letter}")
        return text

    return canonical


def _with_id(contract: Canonical, *, digits: bool = True) -> Canonical:
    def canonical(network: Network, reference: str) -> str:
        address, slash, token_id = reference.partition("/")
        if not slash or not token_id or (digits and not re.fullmatch(r"\d{1,78}", token_id)):
            raise ValueError("behind the contract stands / and the token's id")
        if _HASHED.fullmatch(token_id):
            token_id = token_id.lower()
        return f"{contract(network, address)}/{str(int(token_id)) if digits else token_id}"

    return canonical


def _number(network: Network, reference: str) -> str:
    if not re.fullmatch(r"\d{1,39}", reference):
        raise ValueError("it is a number")
    return str(int(reference))


def _hexadecimal(*sizes: int, upper: bool = False, prefix: str = "") -> Canonical:
    def canonical(network: Network, reference: str) -> str:
        digits = reference[2:] if reference[:2] in ("0x", "0X") else reference
        if not re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits):
            raise ValueError("it is not hexadecimal")
        if sizes and len(digits) not in sizes:
            raise ValueError(f"it has {len(digits)} digits, not {' or '.join(map(str, sizes))}")
        return prefix + (digits.upper() if upper else digits.lower())

    return canonical


def _matching(pattern: str, meaning: str) -> Canonical:
    def canonical(network: Network, reference: str) -> str:
        if not re.fullmatch(pattern, reference):
            raise ValueError(f"it is {meaning}")
        return reference

    return canonical


def _inscription(network: Network, reference: str) -> str:
    found = re.fullmatch(r"([0-9a-fA-F]{64})i(\d{1,9})", reference)
    if found is None:
        raise ValueError("an inscription is its transaction, the letter i and a number")
    return f"{found.group(1).lower()}i{int(found.group(2))}"


def _issued_currency(network: Network, reference: str) -> str:
    code, _, issuer = reference.rpartition(".")
    if re.fullmatch(r"[0-9a-fA-F]{40}", code):
        raw = bytes.fromhex(code)
        plain = raw[12:15].decode("latin-1")
        # the standard form of a three-letter code is twelve zeros, the letters, five zeros
        standard = raw[:12] == bytes(12) and raw[15:] == bytes(5) and _is_iso(plain)
        code = plain if standard else code.upper()
    elif not _is_iso(code):
        raise ValueError("a currency code has 3 characters or 40 hexadecimal digits")
    if code == "XRP":
        raise ValueError("XRP has no issuer")
    return f"{code}.{_address(network, issuer)}"


def _is_iso(code: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9?!@#$%^&*<>(){}\[\]|]{3}", code) is not None


def _issued_asset(network: Network, reference: str) -> str:
    code, _, issuer = reference.replace(":", "-").rpartition("-")
    if not re.fullmatch(r"[a-zA-Z0-9]{1,12}", code):
        raise ValueError("an asset code has 1 to 12 letters and digits")
    parsed = parse_address(network, issuer)
    if parsed.form != "account":
        raise ValueError("the issuer is an account G…")
    return f"{code}-{parsed.text}"


def _denomination(network: Network, reference: str) -> str:
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9/:._-]{2,127}", reference):
        raise ValueError("a denomination has 3 to 128 letters, digits and / : . _ -")
    if reference.lower().startswith("ibc/"):
        raise ValueError("an IBC denomination is written ibc:HASH")
    return reference


def _ibc(network: Network, reference: str) -> str:
    return _hexadecimal(64, upper=True)(network, re.sub(r"^ibc/", "", reference))


def _short_hex32(network: Network, reference: str) -> str:
    """Move addresses in types: the special ones (below 16) short, all others with 64 digits."""
    found = re.fullmatch(r"0[xX]([0-9a-fA-F]{1,64})", reference)
    if found is None:
        raise ValueError("an address is 0x and up to 64 hexadecimal digits")
    number = int(found.group(1), 16)
    return f"0x{number:x}" if number < 16 else f"0x{number:064x}"


def _move_type(network: Network, reference: str) -> str:
    plain = re.sub(r"\s+", "", reference)
    name = r"[A-Za-z_][A-Za-z0-9_]*"
    if not re.fullmatch(rf"0[xX][0-9a-fA-F]{{1,64}}::{name}::{name}(<[\w:,<>]+>)?", plain):
        raise ValueError("a type is 0x…::module::Name")
    if plain.count("<") != plain.count(">"):
        raise ValueError("its angle brackets do not match")
    return re.sub(
        r"0[xX][0-9a-fA-F]{1,64}(?=::)", lambda m: _short_hex32(network, m.group(0)), plain
    )


def _policy_token(network: Network, reference: str) -> str:
    joined = _hexadecimal()(network, reference.replace(".", ""))
    if not 56 <= len(joined) <= 120:
        raise ValueError("a token is 56 digits of policy and up to 64 of name")
    return joined


def _contract_symbol(network: Network, reference: str) -> str:
    contract, _, symbol = reference.replace(":", "-").rpartition("-")
    if not re.fullmatch(r"[A-Z]{1,7}", symbol):
        raise ValueError("a symbol has 1 to 7 capital letters")
    return f"{_address(network, contract)}-{symbol}"


_NEAR_TOKEN_ID = _with_id(_address, digits=False)
# The namespaces in which a slash divides contract and token id; Solana's and TON's nft has none.
_WITH_TOKEN_ID = frozenset({"nft", "erc721", "erc1155", "trc721", "trc1155", "fa2", "nep171"})
_NAMESPACES: dict[str, dict[str, Canonical]] = {
    "evm": {
        "erc20": _address,
        "erc721": _with_id(_address),
        "erc1155": _with_id(_address),
    },
    "utxo": {
        "omni": _number,
        "ordinals": _inscription,
        "rune": _matching(r"\d{1,10}:\d{1,10}", "the block and the transaction, as 840000:1"),
        "token": _hexadecimal(64),
    },
    "tron": {
        "trc20": _address,
        "trc10": _number,
        "trc721": _with_id(_address),
        "trc1155": _with_id(_address),
    },
    "solana": {"token": _address, "nft": _address},
    "xrpl": {
        "token": _issued_currency,
        "xls33": _hexadecimal(48, upper=True),
        "xls20": _hexadecimal(64, upper=True),
    },
    "stellar": {"asset": _issued_asset, "sep41": _address_beginning("C")},
    "cosmos": {"ibc": _ibc, "denom": _denomination, "cw20": _address},
    "ton": {"jetton": _address, "nft": _address},
    "hedera": {"token": _address_beginning("0.0."), "nft": _with_id(_address_beginning("0.0."))},
    "algorand": {"asa": _number},
    "near": {"nep141": _address, "nep171": _NEAR_TOKEN_ID},
    "aptos": {"coin": _move_type, "fungible": _short_hex32, "object": _short_hex32},
    "sui": {"coin": _move_type, "object": _short_hex32},
    "cardano": {"token": _policy_token},
    "polkadot": {"asset": _number, "foreign": _hexadecimal(prefix="0x")},
    "tezos": {
        "fa12": _address_beginning("KT1"),
        "fa2": _with_id(_address_beginning("KT1")),
    },
    "antelope": {"token": _contract_symbol},
}
_NOT_HERE = frozenset(
    {("token", code) for code in ("BTC", "LTC", "DOGE", "DASH", "ZEC")}
    | {(kind, code) for kind in ("omni", "ordinals", "rune") for code in ("BCH", "DASH", "ZEC")}
)
