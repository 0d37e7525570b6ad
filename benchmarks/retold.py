"""A story told again as another transaction: which of its texts differ from case to case.

Most networks are played with another hash in the story's answers. Where the hash is recomputed from the transaction's own fields, or
where it is asked for by another name, more than the hash is another: the maker of such a story returns, for a number, the texts that
stand in place of the story's own, the hash first. Hashes are computed by the families' own functions.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes

from base58_bech32.base58 import b58decode_check, b58encode_check

from recovery.chains.algorand.answer import read_indexed
from recovery.chains.algorand.txid import compute_id
from recovery.chains.stellar.signed import read_envelope
from recovery.chains.xrpl.serial import hash_transaction
from recovery.demo.fixtures import Fixture
from recovery.networks import load_registry

VARIED = 6
"""How many characters of a hash tell one case from another, where that is enough."""

ALPHABETS = (
    "0123456789abcdef",
    "0123456789ABCDEF",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
)

Texts = tuple[str, ...]
"""The hash, and what else is another in each telling."""


class Telling(Protocol):
    """What a stub needs to know: the story's texts, and which telling a request asks for."""

    told: Texts

    def tell(self, number: int) -> Texts: ...

    def find(self, target: bytes, sent: bytes) -> Texts | None: ...

    def restore(self, asked: bytes, texts: Texts) -> bytes:
        """The request as the story would be asked."""
        ...


class OtherHash:
    """Some characters in the hash's middle are others; nothing has to be made beforehand."""

    def __init__(self, tx_hash: str) -> None:
        self.told: Texts = (tx_hash,)
        self._place = len(tx_hash) // 2
        bare = tx_hash.removeprefix("0x")
        self._digits = next((a for a in ALPHABETS if set(bare) <= set(a)), "0123456789")
        self._head, self._tail = tx_hash[: self._place], tx_hash[self._place + VARIED :]
        pattern = f"{re.escape(self._head)}(.{{{VARIED}}}){re.escape(self._tail)}"
        self._pattern = re.compile(pattern.encode(), re.IGNORECASE)

    def tell(self, number: int) -> Texts:
        middle = ""
        for _ in range(VARIED):
            number, rest = divmod(number, len(self._digits))
            middle += self._digits[rest]
        return (self._head + middle + self._tail,)

    def find(self, target: bytes, sent: bytes) -> Texts | None:
        found = self._pattern.search(target) or self._pattern.search(sent)
        return None if found is None else (self._head + found.group(1).decode() + self._tail,)

    def restore(self, asked: bytes, texts: Texts) -> bytes:
        return self._pattern.sub(self.told[0].encode(), asked)


_NAMES = (re.compile(rb"[0-9A-Za-z]{6,}"), re.compile(rb"[0-9A-Za-z+/]{42,}=*"))


class OtherTexts:
    """Several texts are others; every telling is made beforehand and known by any of them."""

    def __init__(self, told: Texts, tell: Callable[[int], Texts], count: int) -> None:
        self.told, self.tell = told, tell
        self._known = {text.encode(): texts for texts in map(tell, range(count)) for text in texts}

    def find(self, target: bytes, sent: bytes) -> Texts | None:
        asked = unquote_to_bytes(target) + b" " + sent
        for pattern in _NAMES:
            for name in pattern.findall(asked):
                if name in self._known:
                    return self._known[name]
        return None

    def restore(self, asked: bytes, texts: Texts) -> bytes:
        for mine, told in zip(texts, self.told, strict=True):
            for spell in (str, lambda text: quote(text, safe="")):
                asked = asked.replace(spell(mine).encode(), spell(told).encode())
        return asked


def retell(fixture: Fixture, count: int) -> Telling:
    """How a story is told ``count`` times and more."""
    maker = MAKERS.get(fixture.network)
    if maker is None or not fixture.evidence:
        return OtherHash(fixture.tx_hash)
    told, tell = maker(fixture)
    return OtherTexts(told, tell, count)


Made = tuple[Texts, Callable[[int], Texts]]


def _answers(fixture: Fixture) -> Iterator[Any]:
    for exchange in fixture.exchanges:
        yield getattr(exchange, "result", None) or getattr(exchange, "document", None)


def _find(value: Any, name: str) -> Any:
    """The first field of a name, however deep."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return next((f for v in value if (f := _find(v, name)) is not None), None)
    return None


def _field(fixture: Fixture, name: str) -> Any:
    return _find(list(_answers(fixture)), name)


def _xrpl(fixture: Fixture) -> Made:
    """Another signature: it is hashed too."""
    tx = dict(_field(fixture, "tx_json"))
    if "DeliverMax" in tx:
        tx["Amount"] = tx["DeliverMax"]
    signature = tx["TxnSignature"]
    network = load_registry()["XRP"]

    def tell(number: int) -> Texts:
        other = signature[:-8] + f"{number:08X}"
        return hash_transaction(network, tx | {"TxnSignature": other}), other

    return (fixture.tx_hash, signature), tell


def _stellar(fixture: Fixture) -> Made:
    """Another sequence number, which stands behind the source and the fee."""
    text = _field(fixture, "envelope_xdr")
    envelope = base64.b64decode(text)
    sizes = [len(base64.b64decode(s)) for s in _field(fixture, "signatures")]
    end = 48 if envelope[3] == 0 else 52
    passphrase = load_registry()["XLM"].parameters["passphrase"]

    def tell(number: int) -> Texts:
        other = envelope[: end - 4] + number.to_bytes(4, "big") + envelope[end:]
        signed = read_envelope(other, passphrase, signatures=sizes)
        return signed.tx_hash, base64.b64encode(other).decode()

    return (fixture.tx_hash, text), tell


def _tron(fixture: Fixture) -> Made:
    """Another reference block, which the answer does not repeat."""
    raw = _field(fixture, "raw_data_hex")
    at = raw.index("2208") + 4

    def tell(number: int) -> Texts:
        other = raw[:at] + f"{number:016x}" + raw[at + 16 :]
        return hashlib.sha256(bytes.fromhex(other)).hexdigest(), other

    return (fixture.tx_hash, raw), tell


def _algorand(fixture: Fixture) -> Made:
    """Another first round."""
    network = load_registry()["ALGO"]
    tx = _field(fixture, "transaction")
    first = tx["first-valid"]

    def tell(number: int) -> Texts:
        other = tx | {"first-valid": first - 1 - number}
        return compute_id(read_indexed(network, other)), str(other["first-valid"])

    return (fixture.tx_hash, str(first)), tell


def _cosmos(fixture: Fixture) -> Made:
    """Another signature, in a block of its own."""
    height, block = _find(_field(fixture, "tx_response"), "height"), _field(fixture, "txs")
    (text,) = [
        tx
        for answer in _answers(fixture)
        for tx in (_find(answer, "txs") or ())
        if hashlib.sha256(base64.b64decode(tx)).hexdigest().upper() == fixture.tx_hash
    ]
    assert block is not None
    signed = base64.b64decode(text)

    def tell(number: int) -> Texts:
        other = signed[:-4] + number.to_bytes(4, "big")
        tx_hash = hashlib.sha256(other).hexdigest().upper()
        return tx_hash, str(int(height) - 1 - number), base64.b64encode(other).decode()

    return (fixture.tx_hash, height, text), tell


def _polkadot(fixture: Fixture) -> Made:
    """Another block."""
    height, _, place = fixture.tx_hash.partition("-")

    def tell(number: int) -> Texts:
        other = int(height) - 1 - number
        return f"{other}-{place}", str(other)

    return (fixture.tx_hash, height), tell


def _ton(fixture: Fixture) -> Made:
    """Another hash, in the spelling of the index too."""

    def spell(data: bytes) -> Texts:
        return data.hex(), base64.b64encode(data).decode()

    told = bytes.fromhex(fixture.tx_hash)
    return spell(told), lambda number: spell(told[:-4] + number.to_bytes(4, "big"))


def _tezos(fixture: Fixture) -> Made:
    """Another hash, with its checksum."""
    told = b58decode_check(fixture.tx_hash)

    def tell(number: int) -> Texts:
        return (b58encode_check(told[:-4] + number.to_bytes(4, "big")).decode(),)

    return (fixture.tx_hash,), tell


MAKERS: dict[str, Callable[[Fixture], Made]] = {
    "XRP": _xrpl,
    "XLM": _stellar,
    "TRX": _tron,
    "ALGO": _algorand,
    "ATOM": _cosmos,
    "DOT": _polkadot,
    "TON": _ton,
    "XTZ": _tezos,
}
