"""The ledger's binary form of a transaction, to recompute its hash from the JSON a server gave.

Knows: field codes and types of the protocol's serialisation, as far as transactions that move
value need them. Must not know: what the fields mean, metadata (which the hash does not cover).

The hash is the first half of SHA-512 over ``TXN\\0`` and the fields in the order of their codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from recovery.chains.shape import Json, read_list, read_object
from recovery.chains.xrpl.amounts import Money, read_issued, read_money, read_party
from recovery.networks import Network

_PREFIX = b"TXN\0"
_OBJECT_END, _ARRAY_END = b"\xe1", b"\xf1"
_NEXT_PATH, _PATHS_END = b"\xff", b"\x00"

_ADDED = frozenset(
    {"hash", "date", "ledger_index", "inLedger", "ctid", "meta", "validated", "status"}
    | {"DeliverMax", "close_time_iso", "ledger_hash", "warnings", "warning", "forwarded"}
)
"""What servers put beside a transaction's own fields."""

TYPES = {
    "Payment": 0, "EscrowCreate": 1, "EscrowFinish": 2, "AccountSet": 3, "EscrowCancel": 4,
    "SetRegularKey": 5, "OfferCreate": 7, "OfferCancel": 8, "TicketCreate": 10,
    "SignerListSet": 12, "PaymentChannelCreate": 13, "PaymentChannelFund": 14,
    "PaymentChannelClaim": 15, "CheckCreate": 16, "CheckCash": 17, "CheckCancel": 18,
    "DepositPreauth": 19, "TrustSet": 20, "AccountDelete": 21, "NFTokenMint": 25,
    "NFTokenBurn": 26, "NFTokenCreateOffer": 27, "NFTokenCancelOffer": 28,
    "NFTokenAcceptOffer": 29, "Clawback": 30, "AMMCreate": 35, "AMMDeposit": 36,
    "AMMWithdraw": 37, "AMMVote": 38, "AMMBid": 39, "AMMDelete": 40,
}  # fmt: skip

_FIELDS: Mapping[str, tuple[int, int]] = {
    "TransactionType": (1, 2), "SignerWeight": (1, 3), "TransferFee": (1, 4), "TradingFee": (1, 5),
    "NetworkID": (2, 1), "Flags": (2, 2), "SourceTag": (2, 3), "Sequence": (2, 4),
    "Expiration": (2, 10), "TransferRate": (2, 11), "DestinationTag": (2, 14),
    "QualityIn": (2, 20), "QualityOut": (2, 21), "OfferSequence": (2, 25),
    "LastLedgerSequence": (2, 27), "OperationLimit": (2, 29), "SetFlag": (2, 33),
    "ClearFlag": (2, 34), "SignerQuorum": (2, 35), "CancelAfter": (2, 36), "FinishAfter": (2, 37),
    "SettleDelay": (2, 39), "TicketCount": (2, 40), "TicketSequence": (2, 41),
    "NFTokenTaxon": (2, 42),
    "EmailHash": (4, 1),
    "AccountTxnID": (5, 9), "NFTokenID": (5, 10), "InvoiceID": (5, 17), "Channel": (5, 22),
    "CheckID": (5, 24), "NFTokenBuyOffer": (5, 28), "NFTokenSellOffer": (5, 29),
    "Amount": (6, 1), "Balance": (6, 2), "LimitAmount": (6, 3), "TakerPays": (6, 4),
    "TakerGets": (6, 5), "Fee": (6, 8), "SendMax": (6, 9), "DeliverMin": (6, 10),
    "Amount2": (6, 11), "BidMin": (6, 12), "BidMax": (6, 13), "NFTokenBrokerFee": (6, 19),
    "LPTokenOut": (6, 25), "LPTokenIn": (6, 26), "EPrice": (6, 27),
    "PublicKey": (7, 1), "MessageKey": (7, 2), "SigningPubKey": (7, 3), "TxnSignature": (7, 4),
    "URI": (7, 5), "Signature": (7, 6), "Domain": (7, 7), "MemoType": (7, 12),
    "MemoData": (7, 13), "MemoFormat": (7, 14), "Fulfillment": (7, 16), "Condition": (7, 17),
    "Account": (8, 1), "Owner": (8, 2), "Destination": (8, 3), "Issuer": (8, 4),
    "Authorize": (8, 5), "Unauthorize": (8, 6), "RegularKey": (8, 8), "NFTokenMinter": (8, 9),
    "Holder": (8, 11), "Delegate": (8, 12),
    "Memo": (14, 10), "SignerEntry": (14, 11), "Signer": (14, 16),
    "Signers": (15, 3), "SignerEntries": (15, 4), "Memos": (15, 9),
    "TickSize": (16, 16),
    "Paths": (18, 1),
    "NFTokenOffers": (19, 4), "CredentialIDs": (19, 5),
}  # fmt: skip
"""Type code and field code of every field that can be written here."""


class Unwritable(Exception):
    """The transaction has a field or type that this table does not hold: nothing can be said."""


def hash_transaction(network: Network, tx: Json) -> str:
    """The transaction's hash, recomputed. Raises `Unwritable`, or `Garbled` for wrong types."""
    data = _PREFIX + _write_fields(network, {k: v for k, v in tx.items() if k not in _ADDED})
    return hashlib.sha512(data).digest()[:32].hex().upper()


def _write_fields(network: Network, fields: Json) -> bytes:
    unknown = fields.keys() - _FIELDS.keys()
    if unknown:
        raise Unwritable(", ".join(sorted(unknown)))
    written = b""
    for name in sorted(fields, key=_FIELDS.__getitem__):
        kind, code = _FIELDS[name]
        written += _header(kind, code) + _WRITERS[kind](network, name, fields[name])
    return written


def _header(kind: int, code: int) -> bytes:
    if kind < 16 and code < 16:
        return bytes([kind << 4 | code])
    if kind < 16:
        return bytes([kind << 4, code])
    return bytes([code, kind]) if code < 16 else bytes([0, kind, code])


def _length(data: bytes) -> bytes:
    size = len(data)
    if size <= 192:
        return bytes([size]) + data
    if size <= 12_480:
        return bytes([193 + (size - 193 >> 8), size - 193 & 0xFF]) + data
    rest = size - 12_481
    return bytes([241 + (rest >> 16), rest >> 8 & 0xFF, rest & 0xFF]) + data


def _number(size: int) -> Callable[[Network, str, Any], bytes]:
    def write(_network: Network, name: str, value: Any) -> bytes:
        if name == "TransactionType":
            if value not in TYPES:
                raise Unwritable(f"transactions of type {value}")
            value = TYPES[value]
        return int(value).to_bytes(size, "big")

    return write


def _hexadecimal(_network: Network, _name: str, value: Any) -> bytes:
    return bytes.fromhex(value)


def _blob(_network: Network, _name: str, value: Any) -> bytes:
    return _length(bytes.fromhex(value))


def _account(network: Network, name: str, value: Any) -> bytes:
    return _length(_account_id(network, name, value))


def _account_id(network: Network, name: str, value: Any) -> bytes:
    party = read_party(network, value, name)
    assert party.key is not None
    return party.key.payload


def _amount(network: Network, name: str, value: Any) -> bytes:
    money = read_money(network, value, name)
    if money.coin.mpt is not None:
        sign = b"\x60"
        return sign + int(money.amount).to_bytes(8, "big") + bytes.fromhex(money.coin.mpt)
    if money.coin.is_xrp:
        return (int(money.amount) | 1 << 62).to_bytes(8, "big")
    return _issued(money, read_issued(value["value"], name))


def _issued(money: Money, value: Decimal) -> bytes:
    """Sign, exponent and a mantissa of 16 digits; zero is a value of its own."""
    assert money.coin.code is not None
    assert money.coin.issuer is not None
    return _float(value) + _code(money.coin.code) + money.coin.issuer


def _float(value: Decimal) -> bytes:
    if not value:
        return (1 << 63).to_bytes(8, "big")
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    mantissa = int("".join(map(str, digits)))
    while mantissa < 10**15:
        mantissa, exponent = mantissa * 10, exponent - 1
    while mantissa >= 10**16:
        mantissa, lost = divmod(mantissa, 10)
        exponent += 1
        if lost:
            raise Unwritable("an amount of more than 16 digits")
    if not -96 <= exponent <= 80:
        raise Unwritable("an amount outside the ledger's range")
    positive = 0 if sign else 1 << 62
    return (1 << 63 | positive | exponent + 97 << 54 | mantissa).to_bytes(8, "big")


def _code(code: str) -> bytes:
    if len(code) == 40:
        return bytes.fromhex(code)
    return bytes(20) if code == "XRP" else bytes(12) + code.encode("ascii") + bytes(5)


def _object(network: Network, name: str, value: Any) -> bytes:
    return _write_fields(network, read_object(value, name)) + _OBJECT_END


def _array(network: Network, name: str, value: Any) -> bytes:
    items = (_write_fields(network, read_object(v, name)) for v in read_list(value, name))
    return b"".join(items) + _ARRAY_END


def _paths(network: Network, name: str, value: Any) -> bytes:
    """Each step: a byte that says which of account, currency and issuer follow."""
    written = []
    for path in read_list(value, name):
        steps = b""
        for item in read_list(path, name):
            step = read_object(item, name)
            parts = b""
            flags = 0
            for flag, key in ((1, "account"), (16, "currency"), (32, "issuer")):
                if key in step:
                    flags |= flag
                    parts += (
                        _code(step[key])
                        if key == "currency"
                        else _account_id(network, key, step[key])
                    )
            steps += bytes([flags]) + parts
        written.append(steps)
    return _NEXT_PATH.join(written) + _PATHS_END


def _hashes(_network: Network, name: str, value: Any) -> bytes:
    return _length(b"".join(bytes.fromhex(item) for item in read_list(value, name)))


_WRITERS: Mapping[int, Callable[[Network, str, Any], bytes]] = {
    1: _number(2),
    2: _number(4),
    4: _hexadecimal,
    5: _hexadecimal,
    6: _amount,
    7: _blob,
    8: _account,
    14: _object,
    15: _array,
    16: _number(1),
    18: _paths,
    19: _hashes,
}
