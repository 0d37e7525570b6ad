"""Where in a raw block its transactions and their outputs lie.

Knows: the six chains' blocks: Bitcoin's, Dogecoin's merge-mining proof, Zcash's header and shielded parts
(versions 1 to 5), Litecoin's MWEB flag and extension block, Dash's extra payload. Must not know: nodes,
what a script means. Nothing is parsed that need not be: what is skipped is counted, not read.

Sources: Bitcoin's protocol documentation and BIP-144; Dogecoin ``src/auxpow.h``; Zcash protocol
specification, section 7.1; LIP-0002 to 0004; Dash DIP-0002.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime

from recovery.chains.shape import read_moment
from recovery.chains.utxo.chain import chain_of
from recovery.networks import Network

_AUXPOW_VERSION = 0x100
_OVERWINTERED = 0x80000000
_WITNESS_FLAG = 0x01
_MWEB_FLAG = 0x08
_HEADER = 80
_ZCASH_HEADER = 140


@dataclass(frozen=True, slots=True)
class BlockForm:
    """How a chain serialises. ``payload``: special transactions have one (Dash)."""

    segwit: bool = False
    mweb: bool = False
    tokens: bool = False
    zcash: bool = False
    payload: bool = False
    auxpow: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the parts of a block begin, as offsets in the order of the block.

    ``starts`` are the transactions, and at last the end of the last one; ``outputs`` are all outputs of all of them.
    """

    starts: list[int]
    outputs: list[int]

    @property
    def count(self) -> int:
        """How many transactions there are."""
        return len(self.starts) - 1

    def find_output(self, place: int) -> tuple[int, int]:
        """The number of the transaction that has this output, and the output's own among that one's."""
        index = bisect_right(self.starts, place) - 1
        first = bisect_left(self.outputs, self.starts[index])
        return index, bisect_left(self.outputs, place) - first

    def cut_transaction(self, data: bytes, index: int) -> bytes:
        return data[self.starts[index] : self.starts[index + 1]]


def form_of(network: Network) -> BlockForm:
    """The form of the network's blocks, by its row."""
    chain, kind = chain_of(network), network.parameters
    return BlockForm(
        segwit=chain.segwit,
        mweb=chain.mweb,
        tokens="cashaddr" in kind,
        zcash="sapling_hrp" in kind,
        payload="platform_hrp" in kind,
        auxpow=chain.auxpow,
    )


def read_time(form: BlockForm, data: bytes) -> datetime:
    """The header's time; raises `ValueError` where the bytes are too few for a block."""
    if len(data) <= (_ZCASH_HEADER if form.zcash else _HEADER):
        raise ValueError(f"{len(data)} bytes are no block")
    at = 100 if form.zcash else 68
    return read_moment(int.from_bytes(data[at : at + 4], "little"), "the header's time")


def find_body(form: BlockForm, data: bytes) -> tuple[int, int]:
    """How many transactions the block has, and where the first one begins."""
    at = _HEADER
    if form.zcash:
        size, at = _compact(data, _ZCASH_HEADER)
        at += size
    elif form.auxpow and int.from_bytes(data[:4], "little") & _AUXPOW_VERSION:
        at = _skip_auxpow(data, at)
    return _compact(data, at)


def parse_outline(form: BlockForm, data: bytes) -> Outline:
    """Walk through the whole block, so that one that was cut on its way is noticed.

    Raises `ValueError` where the bytes are not exactly one block of this form.
    """
    try:
        count, at = find_body(form, data)
        outline, flags = _follow(form, data, at, count)
    except IndexError:
        raise ValueError("the block ends too early") from None
    end = outline.starts[-1]
    if end > len(data) or (end < len(data) and not flags & _MWEB_FLAG):  # else its extension block
        raise ValueError(f"the block has {len(data)} bytes, its transactions end at {end}")
    return outline


def _follow(  # noqa: PLR0915  (calls and iterators would double what a transaction takes)
    form: BlockForm, data: bytes, at: int, count: int
) -> tuple[Outline, int]:
    """So many transactions from there on, and the last one's flags.

    The hot loop of every scan: one function, counted down and not iterated, and sizes below 253, which are
    one byte, are read in place.
    """
    starts: list[int] = []
    outputs: list[int] = []
    start, output = starts.append, outputs.append
    segwit = form.segwit
    plain = not (form.zcash or form.payload)
    flags = 0
    while count:
        count -= 1
        start(at)
        flags, at = 0, at + 4
        if segwit and not data[at]:
            flags = data[at + 1]
            if flags != _WITNESS_FLAG:
                _check_flags(form, flags)
            at += 2
        elif form.zcash:
            at += _zcash_head(data, starts[-1])
        inputs = data[at]
        at += 1
        if inputs >= 0xFD:
            inputs, at = _compact(data, at - 1)
        left = inputs
        while left:
            left -= 1
            size = data[at + 36]
            if size < 0xFD:
                at += 41 + size
            else:
                size, at = _compact(data, at + 36)
                at += size + 4
        left = data[at]
        at += 1
        if left >= 0xFD:
            left, at = _compact(data, at - 1)
        while left:
            left -= 1
            output(at)
            size = data[at + 8]
            if size < 0xFD:
                at += 9 + size
            else:
                size, at = _compact(data, at + 8)
                at += size
        left = inputs if flags & _WITNESS_FLAG else 0
        while left:
            left -= 1
            if data[at] == 2:  # signature and key, or script: nearly all of them
                size = data[at + 1]
                following = data[at + 2 + size]
                if size < 0xFD and following < 0xFD:
                    at += 3 + size + following
                    continue
            at = _skip_items(data, at)
        if (
            flags & _MWEB_FLAG
        ):  # the HogEx; a block keeps no other MWEB part beside its transactions
            if data[at]:
                raise ValueError("an MWEB transaction inside a block is not known here")
            at += 1
        if plain:
            at += 4
        else:
            at = _skip_tail(form, data, starts[-1], at)
    start(at)
    return Outline(starts, outputs), flags


def _skip_items(data: bytes, at: int) -> int:
    """One input's witness."""
    items, at = _compact(data, at)
    while items:
        items -= 1
        size = data[at]
        if size < 0xFD:
            at += 1 + size
        else:
            size, at = _compact(data, at)
            at += size
    return at


def _skip_tail(form: BlockForm, data: bytes, start: int, at: int) -> int:
    """The lock time, and what Zcash and Dash have behind it."""
    if form.zcash:
        return _skip_shielded(data, at, _zcash_version(data, start))
    at += 4
    if data[start] >= 3 and (data[start + 2] or data[start + 3]):
        size, at = _compact(data, at)
        at += size
    return at


def _check_flags(form: BlockForm, flags: int) -> None:
    known = _WITNESS_FLAG | (_MWEB_FLAG if form.mweb else 0)
    if flags & ~known or not flags:
        raise ValueError(f"transactions with flags {flags:#x} are not known here")


def _zcash_version(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 4], "little") & ~_OVERWINTERED


def _zcash_head(data: bytes, start: int) -> int:
    """How much stands between the version and the inputs."""
    if not int.from_bytes(data[start : start + 4], "little") & _OVERWINTERED:
        return 0
    version = _zcash_version(data, start)
    if not 3 <= version <= 5:
        raise ValueError(f"Zcash transactions of version {version} are not known here")
    return 4 if version < 5 else 16


def _skip_shielded(data: bytes, at: int, version: int) -> int:
    """What follows a Zcash transaction's outputs (protocol specification, 7.1)."""
    if version == 5:
        return _skip_shielded_5(data, at)
    at += 4  # lock time
    if version >= 3:
        at += 4  # expiry height
    described = 0
    if version == 4:
        at += 8  # net value of the Sapling part
        for width in (384, 948):
            count, at = _compact(data, at)
            described += count
            at += count * width
    if version >= 2:
        joins, at = _compact(data, at)
        if joins:
            at += joins * (1698 if version == 4 else 1802) + 96  # with key and signature
    return at + 64 if described else at


def _skip_shielded_5(data: bytes, at: int) -> int:
    spends, at = _compact(data, at)
    at += spends * 96
    outputs, at = _compact(data, at)
    at += outputs * 756
    if spends or outputs:
        at += 8 + (32 if spends else 0) + spends * (192 + 64) + outputs * 192 + 64
    actions, at = _compact(data, at)
    if actions:
        at += actions * 820 + 1 + 8 + 32
        size, at = _compact(data, at)
        at += size + actions * 64 + 64
    return at


def _skip_auxpow(data: bytes, at: int) -> int:
    """Dogecoin's proof: the parent chain's coinbase, two branches of hashes, the parent's header."""
    coinbase, _ = _follow(BlockForm(segwit=True), data, at, 1)
    at = coinbase.starts[-1] + 32
    for _ in range(2):
        count, at = _compact(data, at)
        at += count * 32 + 4
    return at + 80


def _compact(data: bytes, at: int) -> tuple[int, int]:
    """A CompactSize, and where it ends."""
    first = data[at]
    if first < 0xFD:
        return first, at + 1
    width = 1 << (first - 0xFC)
    return int.from_bytes(data[at + 1 : at + 1 + width], "little"), at + 1 + width
