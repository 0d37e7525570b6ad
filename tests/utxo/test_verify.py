"""The raw bytes against the answer: a node that lies about either is caught."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.chains.utxo.rawtx import parse_raw
from recovery.chains.utxo.verify import verify
from recovery.demo.fixtures import Fixture
from recovery.errors import Garbled, SourceError
from recovery.model import Evidence
from recovery.networks import Network, load_registry

Story = Callable[[str], Fixture]
Play = Callable[..., str]
NodeOf = Callable[..., Node]
Fetch = Callable[[str], tuple[Network, RawTx, Evidence]]

REAL: tuple[str, ...] = (
    "BTC/native",
    "BTC/core_0_21",
    "BTC/esplora",
    "BTC/coinbase",
    "LTC/native",
    "LTC/esplora",
)
REAL += ("DOGE/native", "BCH/native", "DASH/coinbase", "ZEC/native")


@pytest.fixture
def fetch(story: Story, play: Play, node_of: NodeOf) -> Fetch:
    def fetch_story(name: str) -> tuple[Network, RawTx, Evidence]:
        fixture = story(name)
        network = load_registry()[fixture.network]
        tx_hash = str((fixture.evidence or {})["tx_hash"])
        node = node_of(network, play(fixture), fixture.api)
        (raw,) = FAMILY.fetch(network, node, [tx_hash])
        assert not isinstance(raw, SourceError | Absent)
        return network, raw, FAMILY.decode(network, raw)

    return fetch_story


def with_hex(raw: RawTx, change: Callable[[str], str | None]) -> RawTx:
    answers = dict(raw.answers)
    if raw.api == "esplora":
        answers["hex"] = change(answers["hex"])
    else:
        answers["tx"] = {**answers["tx"], "hex": change(answers["tx"]["hex"])}
    return replace(raw, answers=answers)


@pytest.mark.parametrize("name", REAL)
def test_real_transactions_hash_to_what_they_are_called(name: str, fetch: Fetch) -> None:
    network, raw, evidence = fetch(name)
    verify(network, raw, evidence)


@pytest.mark.parametrize("name", REAL)
def test_one_changed_byte_is_caught(name: str, fetch: Fetch) -> None:
    network, raw, evidence = fetch(name)
    with pytest.raises(Garbled):
        verify(network, with_hex(raw, lambda text: text[:-1] + "1"), evidence)


@pytest.mark.parametrize("name", REAL)
def test_another_amount_or_recipient_than_the_bytes_say_is_caught(name: str, fetch: Fetch) -> None:
    network, raw, evidence = fetch(name)
    first, *others = evidence.transfers
    richer = replace(evidence, transfers=(replace(first, amount=first.amount + 1), *others))
    with pytest.raises(Garbled, match="vout:0"):
        verify(network, raw, richer)
    ours = replace(first.recipient, key=replace(first.recipient.key, payload=bytes(20)))  # type: ignore[type-var]  # it has a key
    with pytest.raises(Garbled, match="another script"):
        verify(network, raw, replace(evidence, transfers=(replace(first, recipient=ours), *others)))
    with pytest.raises(Garbled, match="outputs"):
        verify(network, raw, replace(evidence, transfers=(*evidence.transfers, first)))


@pytest.mark.parametrize("text", ["", "00", "zz", "0100000001", "ff" * 40])
def test_bytes_that_are_no_transaction_are_caught(text: str, fetch: Fetch) -> None:
    network, raw, evidence = fetch("BTC/native")
    with pytest.raises(Garbled):
        verify(network, with_hex(raw, lambda _: text), evidence)


@pytest.mark.parametrize("name", ["BTC/native", "BTC/esplora", "ZEC/native"])
def test_an_answer_without_the_raw_transaction_is_as_good_as_its_node(
    name: str, fetch: Fetch
) -> None:
    """Recordings and some services leave it out. An empty one is no transaction (above)."""
    network, raw, evidence = fetch(name)
    verify(network, with_hex(raw, lambda _: None), evidence)


def test_zcash_5_is_named_by_its_effects_and_not_by_its_signatures() -> None:
    # Header of version 5 (ZIP-225), no inputs, one output of 1 coin, then empty shielded parts.
    script = "76a91476a04053bda0a88bda5177b86a15c3b29f55987388ac"
    data = "050000800a27a726f04dec4d0000000028a43600" + "00" + "01" + "00e1f50500000000"
    plain = bytes.fromhex(data + "19" + script + "000000")
    read = parse_raw(plain, zcash=True)
    assert [(o.value, o.script.hex()) for o in read.outputs] == [(10**8, script)]
    orchard = b"\x01" + bytes(820) + b"\x03" + bytes(8 + 32) + b"\x02pp" + bytes(64 + 64)
    sealed = parse_raw(plain[:-1] + orchard, zcash=True).txid
    assert sealed != read.txid
    assert parse_raw(plain[:-1] + orchard[:-1] + b"s", zcash=True).txid == sealed
    assert parse_raw(plain[:-1] + orchard.replace(b"pp", b"qq"), zcash=True).txid == sealed
    richer = plain.replace(bytes.fromhex("00e1f50500000000"), bytes.fromhex("01e1f50500000000"))
    assert parse_raw(richer, zcash=True).txid != read.txid
    for wrong in (plain + b"\0", plain[:-1], plain[:-1] + orchard[:-1]):
        with pytest.raises(ValueError, match=r"ends too early|follows the transaction"):
            parse_raw(wrong, zcash=True)


def test_every_byte_of_a_zcash_5_transaction_that_is_no_signature_or_proof_names_it() -> None:
    """ZIP-244: one byte changed in any effect is another transaction; in an authorisation it is not."""
    rest = bytes(range(256)) * 20
    spends, outs, acts = 1, 1, 1
    parts = [
        ("header", (5 | 1 << 31).to_bytes(4, "little") + bytes(16)),
        ("count", b"\x01"), ("outpoint", rest[:36]), ("count", b"\x01"), ("unlocking", b"u"),
        ("sequence", rest[:4]), ("count", b"\x01"), ("value", rest[:8]), ("count", b"\x02"),
        ("script", b"ss"), ("count", bytes([spends])), ("spend", rest[: 96 * spends]),
        ("count", bytes([outs])), ("output", rest[: 756 * outs]), ("balance", rest[:8]),
        ("anchor", rest[:32]), ("proof", rest[:192]), ("signature", rest[:64]),
        ("proof", rest[:192]), ("signature", rest[:64]), ("count", bytes([acts])),
        ("action", rest[: 820 * acts]), ("flags", b"\x03"), ("balance", rest[:8]),
        ("anchor", rest[:32]), ("count", b"\x03"), ("proof", b"ppp"),
        ("signature", rest[: 64 * acts]), ("signature", rest[:64]),
    ]  # fmt: skip
    whole = b"".join(data for _, data in parts)
    name = parse_raw(whole, zcash=True).txid
    at = 0
    for what, data in parts:
        for place in {0, 33, 65, 150, 700, len(data) - 1} & set(range(len(data))):
            changed = bytearray(whole)
            changed[at + place] ^= 1
            if what not in ("count", "header"):
                other = parse_raw(bytes(changed), zcash=True).txid
                assert (other == name) is (what in ("unlocking", "proof", "signature")), what
        at += len(data)


def test_of_zcash_after_version_5_the_outputs_are_read_and_the_name_is_not_known() -> None:
    later = (6 | 1 << 31).to_bytes(4, "little") + bytes(16) + b"\0\x01" + bytes(8) + b"\x01Qrest"
    read = parse_raw(later, zcash=True)
    assert read.txid is None
    assert [o.script for o in read.outputs] == [b"Q"]


def test_a_cash_token_prefix_is_no_part_of_the_script() -> None:
    script = "76a91476a04053bda0a88bda5177b86a15c3b29f55987388ac"
    token = "ef" + "11" * 32 + "72" + "02" + "00ff" + "fdd007"  # commitment, NFT, amount
    output = "e803000000000000" + f"{(len(token) + len(script)) // 2:02x}" + token + script
    data = bytes.fromhex("02000000" + "00" + "01" + output + "00000000")
    assert parse_raw(data, tokens=True).outputs[0].script.hex() == script
    assert parse_raw(data, tokens=True).outputs[0].token
    assert parse_raw(data).outputs[0].script.hex() == token + script


def test_a_token_that_the_answer_keeps_silent_about_is_caught(fetch: Fetch) -> None:
    network, raw, evidence = fetch("BCH/native")
    plain = raw.answers["tx"]["hex"]
    first = evidence.transfers[0]
    assert first.recipient.key is not None
    script = f"76a914{first.recipient.key.payload.hex()}88ac"
    token = "ef" + "11" * 32 + "10" + "05"
    both = f"{(len(token) + len(script)) // 2:02x}{token}{script}"
    loaded = plain.replace(f"19{script}", both)
    assert loaded != plain
    tx_hash = parse_raw(bytes.fromhex(loaded), tokens=True).txid
    assert tx_hash is not None
    lying = with_hex(replace(raw, tx_hash=tx_hash), lambda _: loaded)
    with pytest.raises(Garbled, match="token"):
        verify(network, lying, replace(evidence, tx_hash=tx_hash))


def test_bitcoinlib_writes_nothing_into_the_home_directory(tmp_path: Path) -> None:
    code = (
        "from recovery.chains.utxo.verify import load_bitcoinlib\n"
        "load_bitcoinlib().Transaction.parse_hex('01000000010000000000000000000000000000000000000000"
        "000000000000000000000000ffffffff0704ffff001d0104ffffffff0100f2052a01000000015100000000')\n"
    )
    left = tmp_path / "temporary"
    left.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != "BCL_DATA_DIR"}
    environment |= {"HOME": str(tmp_path), "TMPDIR": str(left)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == [left]
    assert list(left.iterdir()) == []


def test_a_script_that_bitcoinlib_rewrites_is_no_lie_of_the_node(fetch: Fetch) -> None:
    """An output whose only push is cut short: nobody's, and honest."""
    network, raw, evidence = fetch("BTC/esplora")
    hal = raw.answers["hex"]
    first = "00ca9a3b00000000" + "43" + hal[hal.index("4104ae1a") :][:134]
    bare = hal.replace(first, "00ca9a3b00000000" + "01" + "09")
    tx_hash = parse_raw(bytes.fromhex(bare), segwit=True).txid
    assert tx_hash is not None
    answers = {**raw.answers, "tx": {**raw.answers["tx"], "txid": tx_hash}, "hex": bare}
    answers["tx"]["vout"] = [
        {"scriptpubkey": "09", "value": 10 * 10**8},
        raw.answers["tx"]["vout"][1],
    ]
    changed = replace(raw, tx_hash=tx_hash, answers=answers)
    verify(network, changed, FAMILY.decode(network, changed))
    assert evidence.tx_hash != tx_hash
