"""What message bodies say: comments, and the messages of jettons (TEP-74) and NFTs (TEP-62).

Knows: operation codes and layouts. Must not know: whether whoever sent a message may send it: anyone
can write anything into a body.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from recovery.chains.ton.cells import Cell, Slice
from recovery.errors import Garbled
from recovery.model import AddressKey, Memo, MemoKind


class Op(IntEnum):
    """The first 32 bits of a body."""

    COMMENT = 0x00000000
    ENCRYPTED_COMMENT = 0x2167DA4B
    JETTON_TRANSFER = 0x0F8A7EA5
    JETTON_INTERNAL_TRANSFER = 0x178D4519
    JETTON_NOTIFICATION = 0x7362D09C
    NFT_TRANSFER = 0x5FCC3D14
    NFT_OWNERSHIP_ASSIGNED = 0x05138D91
    EXCESSES = 0xD53276DB


_PLAIN = frozenset({Op.COMMENT, Op.ENCRYPTED_COMMENT})


def read_op(body: Cell | None) -> int | None:
    """The operation code; None where the body is empty or shorter."""
    return None if body is None or body.bits < 32 else Slice(body).uint(32)


def is_plain(op: int | None) -> bool:
    """Whether a message is a payment and no call of a contract's function."""
    return op is None or op in _PLAIN


def read_memo(body: Cell | None) -> Memo | None:
    """The comment of a body: text, binary or encrypted; None for an empty body and for calls."""
    op = read_op(body)
    if body is None or op not in _PLAIN:
        return None
    reader = Slice(body)
    reader.uint(32)
    try:
        raw = reader.snake()
    except Garbled:  # no text: somebody's own format behind a zero
        return Memo(MemoKind.BINARY, body.data.hex())
    if op == Op.ENCRYPTED_COMMENT:
        return Memo(MemoKind.ENCRYPTED, raw.hex())
    if raw[:1] == b"\xff":  # TEP-62's sign of a binary comment: it can't begin a text
        return Memo(MemoKind.BINARY, raw[1:].hex())
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return Memo(MemoKind.BINARY, raw.hex())
    return Memo(MemoKind.COMMENT, text) if text else None


@dataclass(frozen=True, slots=True)
class Move:
    """What a jetton's or NFT's own message says. ``party``: of an internal transfer the sending
    owner, of an NFT the new one."""

    amount: int
    party: AddressKey | None
    memo: Memo | None


def read_internal_transfer(body: Cell) -> Move:
    """``internal_transfer``: query, amount, from, response address, forwarded coins, payload."""
    reader = Slice(body)
    reader.uint(32 + 64)
    amount = reader.coins()
    sender = reader.address()
    reader.address()
    reader.coins()
    return Move(amount, sender, _read_payload(reader))


def read_nft_transfer(body: Cell) -> Move:
    """``transfer`` of an NFT: query, new owner, response address, custom payload, coins, payload."""
    reader = Slice(body)
    reader.uint(32 + 64)
    owner = reader.address()
    reader.address()
    reader.maybe_ref()
    reader.coins()
    return Move(1, owner, _read_payload(reader))


def _read_payload(reader: Slice) -> Memo | None:
    """The forward payload, in place or in a reference. Old wallets leave it out altogether."""
    if not reader.left:
        return None
    if reader.uint(1):
        return read_memo(reader.ref()) if reader.has_ref else None
    if reader.left < 32:
        return None
    op = reader.uint(32)
    if op not in _PLAIN:
        return None
    return read_memo(reader.rest(op))
