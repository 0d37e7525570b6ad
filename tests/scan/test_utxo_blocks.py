"""What is found in a raw block is what the block pays us: nothing else, and nothing less."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Any

import pytest
from chaindata.index import load_index
from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.chains.codecs import parse_hash
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.chains.spelling import hash160
from recovery.chains.utxo.chain import chain_of
from recovery.chains.utxo.codec import read_key
from recovery.chains.utxo.decode import read_owner
from recovery.chains.utxo.decode_core import parse_core
from recovery.chains.utxo.decode_esplora import parse_esplora
from recovery.chains.utxo.rawtx import RawOutput, RawTransaction, parse_raw
from recovery.chains.utxo.scan import find_in_parsed, find_payments, read_sights
from recovery.chains.utxo.scan_block import find_body, form_of, parse_outline, read_time
from recovery.chains.utxo.scan_scripts import find_held_outputs
from recovery.checks import Found
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import AddressKey, TransferKind
from recovery.networks import Network, load_registry
from recovery.triage import ask_node

from .utxo_blocks import CODES, SECONDS, Paid, Watched, script_of, sized, stories


def _seen(network: Network, data: bytes, watch: Watched) -> list[tuple[int, str | None, Any]]:
    found, _ = find_payments(network, form_of(network), data, watch)
    assert found is not None
    return [(paid.index, paid.txid, sight) for paid in found for sight in paid.sights]


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
@settings(max_examples=120)
def test_every_output_that_pays_us_is_found_and_no_trap_is(code: str, data: st.DataObject) -> None:
    network = load_registry()[code]
    ours, written = data.draw(stories(code))
    watch = Watched(ours)
    expected: list[tuple[int, str | None, Any]] = []
    for index, (tx_hash, paid) in enumerate(written.txs):
        mine = [(n, p) for n, p in enumerate(paid) if p.key in watch.keys]
        if any(p.token for _, p in mine):
            expected.append((index, tx_hash, None))
            continue
        for n, p in mine:
            kind = TransferKind.REWARD if index == 0 else TransferKind.NATIVE
            expected.append((index, tx_hash, (f"vout:{n}", kind, p.value, p.key)))
    told = [
        (index, tx_hash, s and (s.position, s.kind, s.amount, s.recipient))
        for index, tx_hash, s in _seen(network, written.data, watch)
    ]
    assert told == expected
    count, _ = find_body(form_of(network), written.data)
    assert count == len(written.txs)
    assert int(read_time(form_of(network), written.data).timestamp()) == SECONDS


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
@settings(max_examples=60)
def test_a_cut_block_is_never_taken_for_a_whole_one(code: str, data: st.DataObject) -> None:
    """Of Litecoin's all canonical transactions must be there; what follows them is of another layer."""
    network = load_registry()[code]
    ours, written = data.draw(stories(code))
    watch = Watched(ours)
    size = data.draw(st.integers(81, len(written.data) - 1))
    found, _ = find_payments(network, form_of(network), written.data[:size], watch)
    if found is not None:
        assert code == "LTC"
        assert size >= len(written.data) - len(written.extension)
        assert found == find_payments(network, form_of(network), written.data, watch)[0]


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
@settings(max_examples=20)
def test_a_block_with_more_behind_it_is_not_taken_for_one(code: str, data: st.DataObject) -> None:
    network = load_registry()[code]
    ours, written = data.draw(stories(code))
    longer = written.data + b"\0"
    found, _ = find_payments(network, form_of(network), longer, Watched(ours))
    assert (found is None) is not bool(written.extension)


def _naive(network: Network, data: bytes) -> list[tuple[str | None, list[AddressKey | None]]]:
    """Every transaction read whole, one after the other; Zcash's are too long to be told by it."""
    form = form_of(network)
    read = []
    for start, end in pairwise(parse_outline(form, data).starts):
        raw = parse_raw(data[start:end], segwit=form.segwit, zcash=form.zcash, tokens=form.tokens)
        read.append((raw.txid, [read_owner(network, o.script).key for o in raw.outputs]))
    return read


def _merkle_root(hashes: list[str]) -> bytes:
    level = [bytes.fromhex(h)[::-1] for h in hashes]
    while len(level) > 1:
        level += level[-1:] * (len(level) % 2)
        level = [
            hashlib.sha256(hashlib.sha256(a + b).digest()).digest()
            for a, b in zip(level[::2], level[1::2], strict=True)
        ]
    return level[0]


def test_recorded_blocks_are_walked_to_their_last_byte_and_every_kind_of_payment_is_found() -> None:
    """The Merkle root in the header proves the walk: every transaction, whole, and in its place."""
    kinds = set()
    blocks = 0
    for code in ("BTC", "ZEC"):
        network = load_registry()[code]
        for entry in load_index(code):
            if not entry.api.startswith("raw serialised block"):
                continue
            data = entry.path.read_bytes()
            if entry.file.endswith(".hex"):
                data = bytes.fromhex(data.decode("ascii").strip())
            blocks += 1
            outline = parse_outline(form_of(network), data)
            assert outline.starts[-1] == len(data)
            read = _naive(network, data)
            assert outline.count == len(read)
            assert len(outline.outputs) == sum(len(keys) for _, keys in read), entry.file
            hashes = [tx_hash for tx_hash, _ in read]
            assert None not in hashes
            assert _merkle_root([str(h) for h in hashes]) == data[36:68], entry.file
            owned = [key for _, keys in read for key in keys if key and key.scheme != "script"]
            assert owned
            watch = Watched(owned[::7])
            kinds |= {key.scheme for key in watch.keys}
            told = _seen(network, data, watch)
            expected = [
                (index, tx_hash, key)
                for index, (tx_hash, keys) in enumerate(read)
                for key in keys
                if key in watch.keys
            ]
            assert [(i, h, s.recipient) for i, h, s in told] == expected, entry.file
    assert blocks >= 14
    assert kinds >= {"p2pkh", "p2sh", "p2wpkh", "p2wsh"}


STORIES = [f for f in load_fixtures() if f.evidence and f.network in CODES]


def _read_outputs(network: Network, raw: RawTx) -> RawTransaction:
    """From the raw bytes where the story's answers hold them, else output by output."""
    text = raw.answers.get("hex") or raw.answers["tx"].get("hex")
    if text:
        form = form_of(network)
        return parse_raw(
            bytes.fromhex(text), segwit=form.segwit, zcash=form.zcash, tokens=form.tokens
        )
    parse = parse_esplora if raw.api == "esplora" else parse_core
    outputs = parse(chain_of(network), raw).outputs
    return RawTransaction(
        raw.tx_hash,
        tuple(RawOutput(o.value, o.script, token=o.token is not None) for o in outputs),
    )


@pytest.mark.parametrize("fixture", STORIES, ids=lambda f: f.name)
def test_a_sight_is_what_the_evidence_says(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare hit is one whose evidence is asked for anyway."""
    row = load_registry()[fixture.network]
    row = row.with_profile(fixture.profile) if fixture.profile else row
    if fixture.now is not None:
        monkeypatch.setenv("RECOVERY_NOW", fixture.now)
    with ReplayServer(Replay([fixture])) as server:
        node = Node(row.code, server.url, fixture.api, history=fixture.history)
        (found,) = ask_node(row, node, [parse_hash(row, fixture.tx_hash)])
        node.close()
    assert isinstance(found, Found)
    transfers = {t.position: t for t in found.evidence.transfers}
    keys = {t.recipient.key for t in transfers.values() if t.recipient.key is not None}
    coinbase = any("coinbase" in i or i.get("is_coinbase") for i in found.raw.answers["tx"]["vin"])
    raw = _read_outputs(row, found.raw)
    owners = [read_key(row, output.script) for output in raw.outputs]
    held = {n: key for n, key in enumerate(owners) if key in keys and key is not None}
    sights = read_sights(row, raw, held, coinbase=coinbase)
    if None in sights:
        assert any(t.standard == "cashtoken" for t in transfers.values())
        return
    told = {s.position: (s.kind, s.asset, s.amount, s.recipient) for s in sights if s}
    assert told == {
        p: (t.kind, t.asset, t.amount, t.recipient.key)
        for p, t in transfers.items()
        if t.recipient.key is not None and t.recipient.key.scheme != "script"
    }, "every output but those that no address can name"
    assert raw.txid in (None, found.evidence.tx_hash)
    assert all(t.succeeded and t.tx_hash is None for t in transfers.values())


def test_a_block_of_a_form_not_known_is_read_by_the_node() -> None:
    """A Zcash version of tomorrow: our script is in it, and where it stands only the node can say."""
    network = load_registry()["ZEC"]
    key = AddressKey("p2pkh", b"\x21" * 20)
    header = b"\x04\0\0\0" + bytes(136) + sized(bytes(1344))
    tx: bytes = (
        (9 | 1 << 31).to_bytes(4, "little") + b"new!" + b"?" * 7 + script_of(key) + b"?" * 99
    )
    assert find_payments(network, form_of(network), header + b"\x01" + tx, Watched({key})) == (
        None,
        0,
    )
    parsed = [
        {"txid": "aa" * 32, "vout": [{"scriptPubKey": {"hex": script_of(key).hex()}}]},
        {
            "txid": "bb" * 32,
            "vout": [{"scriptPubKey": {"hex": "6a"}}, {"scriptPubKey": {"hex": ""}}],
        },
    ]
    assert find_in_parsed(network, json.loads(json.dumps(parsed)), Watched({key})) == ["aa" * 32]


def test_payments_to_bare_public_keys_are_their_hashes() -> None:
    network = load_registry()["BTC"]
    for pubkey in (b"\x02" + b"\x07" * 32, b"\x03" + b"\x08" * 32, b"\x04" + b"\x09" * 64):
        key = AddressKey("p2pkh", hash160(pubkey))
        paid = Paid(5, sized(pubkey) + b"\xac", key)
        data = b"\0" * 80 + paid.value.to_bytes(8, "little") + sized(paid.script) + b"\0" * 9
        held = find_held_outputs(data, [80], Watched({key}), segwit=True, tokens=False)
        assert held == [(80, key)]
        assert read_owner(network, paid.script).key == key
