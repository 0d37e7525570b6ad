"""What was signed: the transaction's own bytes, its hash, and the payments inside.

Knows: the XDR of transaction envelopes (v0, v1, fee bump) as far as memo and payments need it.
Must not know: Horizon's JSON, statuses, what was delivered. An operation of another kind ends the
reading: XDR can't be skipped unread, so what follows stays unchecked.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from recovery.chains.shape import garbled
from recovery.chains.stellar.answer import text_memo
from recovery.model import Memo, MemoKind

_V0, _TX, _FEE_BUMP = 0, 2, 5
_MUXED = 0x100
CREATE_ACCOUNT, PAYMENT, PATH_RECEIVE, MERGE, PATH_SEND = 0, 1, 2, 8, 13


@dataclass(frozen=True, slots=True)
class SignedPayment:
    """One signed operation that pays.

    ``to`` is the public key of the recipient, ``muxed`` the id behind it. ``asset`` is code and issuer's
    key, None the native coin. ``amount`` is in stroops; None where the ledger decides it.
    ``at_least`` is True where the amount is the least that must arrive.
    """

    kind: int
    to: bytes
    muxed: int | None
    asset: tuple[str, bytes] | None
    amount: int | None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """An envelope's hashes, memo and operations; ``payments`` ends before the first unread one."""

    tx_hash: str
    inner_hash: str | None
    memo: Memo | None
    operation_count: int
    payments: tuple[SignedPayment, ...]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        if len(piece) != size:
            raise garbled("the envelope ends too early")
        self.at += size
        return piece

    def number(self) -> int:
        return int(struct.unpack(">I", self.take(4))[0])

    def long(self) -> int:
        return int(struct.unpack(">q", self.take(8))[0])

    def unsigned(self) -> int:
        return int(struct.unpack(">Q", self.take(8))[0])

    def text(self, longest: int) -> bytes:
        size = self.number()
        if size > longest:
            raise garbled("a text in the envelope is too long")
        piece = self.take(size)
        self.take(-size % 4)
        return piece

    def flag(self) -> bool:
        value = self.number()
        if value > 1:
            raise garbled("a flag in the envelope is neither 0 nor 1")
        return bool(value)

    def account(self) -> bytes:
        if self.number() != 0:
            raise garbled("a key in the envelope is of an unknown type")
        return self.take(32)

    def muxed(self) -> tuple[bytes, int | None]:
        kind = self.number()
        if kind == 0:
            return self.take(32), None
        if kind != _MUXED:
            raise garbled("an account in the envelope is of an unknown type")
        number = self.unsigned()
        return self.take(32), number

    def asset(self) -> tuple[str, bytes] | None:
        kind = self.number()
        if kind == 0:
            return None
        if kind not in (1, 2):
            raise garbled("an asset in the envelope is of an unknown type")
        code = self.take(4 if kind == 1 else 12).rstrip(b"\0")
        return code.decode("ascii", "replace"), self.account()


def read_envelope(envelope: bytes, passphrase: str, *, signatures: Sequence[int]) -> Signed:
    """Read an envelope whose outer list holds signatures of these sizes.

    The hash covers the network's id, so that an envelope of another chain has another hash.
    Raises `Garbled`.
    """
    network_id = hashlib.sha256(passphrase.encode()).digest()
    body = envelope[4 : _begin_of_signatures(envelope, signatures)]
    reader = _Reader(envelope)
    kind = reader.number()
    if kind == _FEE_BUMP:
        reader.muxed()
        reader.long()
        if reader.number() != _TX:
            raise garbled("a fee bump around an unknown kind of transaction")
        begin = reader.at
        memo, count, payments, end = _read_tx(reader, kind=_TX)
        inner = None if end is None else _digest(network_id, _TX, envelope[begin:end])
        return Signed(_digest(network_id, _FEE_BUMP, body), inner, memo, count, payments)
    if kind not in (_V0, _TX):
        raise garbled("the envelope is of an unknown kind")
    memo, count, payments, _ = _read_tx(reader, kind=kind)
    plain = b"\0\0\0\0" + body if kind == _V0 else body  # v0 lacks its key's type, which is hashed
    return Signed(_digest(network_id, _TX, plain), None, memo, count, payments)


def _digest(network_id: bytes, kind: int, body: bytes) -> str:
    return hashlib.sha256(network_id + struct.pack(">I", kind) + body).hexdigest()


def _begin_of_signatures(envelope: bytes, sizes: Sequence[int]) -> int:
    """Where the closing list begins: each is a hint of 4 bytes, a length and the padded signature."""
    begin = len(envelope) - 4 - sum(8 + size + -size % 4 for size in sizes)
    if begin < 4 or envelope[begin : begin + 4] != struct.pack(">I", len(sizes)):
        raise garbled("the envelope does not end in its signatures")
    return begin


def _read_tx(
    reader: _Reader, *, kind: int
) -> tuple[Memo | None, int, tuple[SignedPayment, ...], int | None]:
    """Memo, number of operations, those read, and where the transaction ends (None: unread)."""
    if kind == _V0:
        reader.take(32)
    else:
        reader.muxed()
    reader.number()
    reader.long()
    _skip_conditions(reader, kind=kind)
    memo = _read_memo(reader)
    count = reader.number()
    if not 1 <= count <= 100:
        raise garbled("a transaction has 1 to 100 operations")
    payments: list[SignedPayment] = []
    for _ in range(count):
        payment = _read_operation(reader)
        if payment is None:
            return memo, count, tuple(payments), None
        payments.append(payment)
    if reader.number() != 0:  # a contract's resources follow: only where the operation is unread
        raise garbled("a transaction of an unknown version")
    return memo, count, tuple(payments), reader.at


def _skip_conditions(reader: _Reader, *, kind: int) -> None:
    precondition = reader.number()
    if precondition == 0:
        return
    if precondition == 1:
        reader.take(16)
        return
    if precondition != 2 or kind == _V0:
        raise garbled("conditions of an unknown kind")
    if reader.flag():
        reader.take(16)
    if reader.flag():
        reader.take(8)
    if reader.flag():
        reader.take(8)
    reader.take(12)
    signers = reader.number()
    if signers > 2:
        raise garbled("more extra signers than there may be")
    for _ in range(signers):
        signer = reader.number()
        reader.take(32)
        if signer == 3:
            reader.text(64)


def _read_memo(reader: _Reader) -> Memo | None:
    kind = reader.number()
    if kind == 0:
        return None
    if kind == 1:
        return text_memo(reader.text(28))
    if kind == 2:
        return Memo(MemoKind.ID, str(reader.unsigned()))
    if kind in (3, 4):
        return Memo(MemoKind.HASH if kind == 3 else MemoKind.RETURN, reader.take(32).hex())
    raise garbled("a memo of an unknown kind")


def _read_operation(reader: _Reader) -> SignedPayment | None:
    if reader.flag():
        reader.muxed()
    kind = reader.number()
    if kind == CREATE_ACCOUNT:
        return SignedPayment(kind, reader.account(), None, None, reader.long())
    if kind == MERGE:
        to, muxed = reader.muxed()
        return SignedPayment(kind, to, muxed, None, None)
    if kind == PAYMENT:
        to, muxed = reader.muxed()
        return SignedPayment(kind, to, muxed, reader.asset(), reader.long())
    if kind in (PATH_RECEIVE, PATH_SEND):
        reader.asset()
        reader.long()
        to, muxed = reader.muxed()
        asset, amount = reader.asset(), reader.long()
        hops = reader.number()
        if hops > 5:
            raise garbled("a path longer than there may be")
        for _ in range(hops):
            reader.asset()
        return SignedPayment(kind, to, muxed, asset, amount, at_least=kind == PATH_SEND)
    return None
