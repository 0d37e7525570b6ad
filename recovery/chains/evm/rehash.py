"""Recompute a transaction's hash from the fields a node answered with.

Knows: the signed forms of the known transaction types. Must not know: receipts (no hash of theirs
is in the answer). A node that altered recipient, value or call data is caught here; one that
invents a receipt is not: that takes a second endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recovery.chains.evm.abi import parse_address, parse_quantity
from recovery.chains.evm.facts import facts_of
from recovery.chains.family import RawTx
from recovery.chains.shape import garbled
from recovery.model import Evidence
from recovery.networks import Network

_Fields = list[Any]


def verify(network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Raises `Garbled` where the hash of the answered fields is not the one asked for.

    Types whose signed form is not known here are left alone.
    """
    tx = raw.answers["tx"]
    signed = encode_signed(tx, stack=facts_of(network).stack)
    if signed is None:
        return
    from eth_hash.auto import keccak  # eth_utils would load its whole package: 70 ms

    computed = "0x" + keccak(signed).hex()
    if computed != evidence.tx_hash:
        text = f"{network.code} {raw.source}: the answered fields hash to {computed}"
        raise garbled(f"{text}, not to {evidence.tx_hash}")


def encode_signed(tx: Mapping[str, Any], *, stack: str) -> bytes | None:
    """The bytes whose keccak-256 is the transaction's hash; None for a type not known here."""
    kind = tx.get("type") or "0x0"
    if kind == "0x0":
        fields = _legacy(tx)
        return None if fields is None else encode_rlp(fields)
    encode = _TYPED.get(kind)
    if encode is None or (
        kind == "0x7e" and (stack not in {"op", "celo"} or "sourceHash" not in tx)
    ):
        return None  # some sources repeat a deposit without the field that makes its hash
    return bytes([int(kind, 16)]) + encode_rlp(encode(tx))


def encode_rlp(item: int | bytes | list[Any]) -> bytes:
    """Ethereum's recursive length prefix (Yellow Paper, appendix B); numbers without leading zeros."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, list):
        body, short = b"".join(map(encode_rlp, item)), 0xC0
    elif len(item) == 1 and item[0] < 0x80:
        return item
    else:
        body, short = item, 0x80
    if len(body) < 56:
        return bytes([short + len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([short + 55 + len(length)]) + length + body


def _number(tx: Mapping[str, Any], name: str) -> int:
    return parse_quantity(tx.get(name), name)


def _data(value: Any, what: str) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise garbled(f"{what} is not hexadecimal")
    try:
        return bytes.fromhex(value[2:])
    except ValueError:
        raise garbled(f"{what} is not hexadecimal") from None


def _to(tx: Mapping[str, Any]) -> bytes:
    return b"" if tx.get("to") is None else bytes.fromhex(parse_address(tx["to"], "to")[2:])


def _call(tx: Mapping[str, Any]) -> _Fields:
    return [_to(tx), _number(tx, "value"), _data(tx.get("input"), "input")]


def _signature(tx: Mapping[str, Any]) -> _Fields:
    parity = tx.get("yParity") if tx.get("yParity") is not None else tx.get("v")
    return [parse_quantity(parity, "yParity"), _number(tx, "r"), _number(tx, "s")]


def _access_list(tx: Mapping[str, Any]) -> _Fields:
    entries = tx.get("accessList") or []
    if not isinstance(entries, list):
        raise garbled("the access list is not a list")
    return [
        [_data(e["address"], "an access"), [_data(k, "a key") for k in e["storageKeys"]]]
        for e in entries
        if isinstance(e, dict)
    ]


def _legacy(tx: Mapping[str, Any]) -> _Fields | None:
    r, s = _number(tx, "r"), _number(tx, "s")
    if not r and not s:  # Optimism's deposits before Bedrock, Polygon's state syncs: unsigned
        return None
    fee = [_number(tx, "nonce"), _number(tx, "gasPrice"), _number(tx, "gas")]
    celo: _Fields = []
    if tx.get("ethCompatible") is False:  # CELO's legacy form has three fields more
        gateway = tx.get("gatewayFeeRecipient")
        currency = tx.get("feeCurrency")
        celo = [
            _data(currency, "feeCurrency") if currency else b"",
            _data(gateway, "gatewayFeeRecipient") if gateway else b"",
            _number(tx, "gatewayFee"),
        ]
    return [*fee, *celo, *_call(tx), _number(tx, "v"), r, s]


def _with_access_list(tx: Mapping[str, Any]) -> _Fields:
    fee = [_number(tx, name) for name in ("chainId", "nonce", "gasPrice", "gas")]
    return [*fee, *_call(tx), _access_list(tx), *_signature(tx)]


_FEE_MARKET = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")


def _fee_market(tx: Mapping[str, Any]) -> _Fields:
    return [*(_number(tx, name) for name in _FEE_MARKET), *_call(tx), _access_list(tx)]


def _blob(tx: Mapping[str, Any]) -> _Fields:
    hashes = [_data(h, "a blob hash") for h in tx.get("blobVersionedHashes") or ()]
    return [*_fee_market(tx), _number(tx, "maxFeePerBlobGas"), hashes, *_signature(tx)]


def _set_code(tx: Mapping[str, Any]) -> _Fields:
    grants = [
        [_number(g, "chainId"), _data(g["address"], "a grant"), _number(g, "nonce"), *_signature(g)]
        for g in tx.get("authorizationList") or ()
        if isinstance(g, dict)
    ]
    return [*_fee_market(tx), grants, *_signature(tx)]


def _cip64(tx: Mapping[str, Any]) -> _Fields:
    currency = tx.get("feeCurrency")
    paid_in = _data(currency, "feeCurrency") if currency else b""
    return [*_fee_market(tx), paid_in, *_signature(tx)]


def _op_deposit(tx: Mapping[str, Any]) -> _Fields:
    to, value, data = _call(tx)
    mint = _number(tx, "mint") if tx.get("mint") is not None else 0
    system = 1 if tx.get("isSystemTx") else 0
    sender = bytes.fromhex(parse_address(tx.get("from"), "from")[2:])
    source = _data(tx.get("sourceHash"), "sourceHash")
    return [source, sender, to, mint, value, _number(tx, "gas"), system, data]


_TYPED = {
    "0x1": _with_access_list,
    "0x2": lambda tx: [*_fee_market(tx), *_signature(tx)],
    "0x3": _blob,
    "0x4": _set_code,
    "0x7b": _cip64,
    "0x7e": _op_deposit,
}
