"""Every parser of text on hostile text: a value or `BadInput`, soon, in bounded memory."""

from __future__ import annotations

import functools
import itertools
import os
import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path

import pytest
from fuzz.limits import Note, run_limited
from fuzz.texts import spoil_text

from recovery.abuse.policy import parse_abuse_policy
from recovery.assets import parse_asset
from recovery.chains.codecs import find_networks_for_address, name_address_networks, parse_address
from recovery.chains.hashes import find_networks_for_hash, read_hash
from recovery.claims import parse_amount, parse_claim
from recovery.commands import run
from recovery.config import parse_config
from recovery.errors import BadInput
from recovery.fees import policy as fee_policy
from recovery.networks import Network, load_registry
from recovery.proofs import policy as proof_policy
from recovery.records.importer import import_csv
from recovery.store import Store
from recovery.times import parse_time

SOAK = "RECOVERY_SOAK" in os.environ
TRIES = 20_000 if SOAK else 120
SECONDS = 600 if SOAK else 40

MOST_TOLD = 100_000
"""Characters of an explanation: the text itself is in it where it is short."""

REGISTRY = load_registry()
ADDRESSES = tuple(n.sample_address for n in REGISTRY)
HASHES = (
    *(n.sample_hash for n in REGISTRY),
    "0.0.1234@1700000000.000000001",
    "17000000-2",
    "C" * 16,
)
ASSETS = (
    "native", "USDT", "eip155:1/slip44:60", "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7",
    "eip155:1/erc1155:0xdAC17F958D2ee523a2206206994597C13D831ec7/17",
    "xrpl:0/token:USD.rhub8VRN55s94qWKDv6jmDy1pUykJzF3wq", "aptos:1/coin:0x1%3A%3Acoin%3A%3ACoin",
    "cip34:1-764824073/token:" + "ab" * 40, "polkadot:68d56f15f85d3136970ec16946040bc1/foreign:0x01",
    "antelope:aca376f206b8fc25a6ed44dbdc66547c/token:eosio.token-EOS", "bip122:000000000019d6689c085ae165831e93/rune:840000:1",
)  # fmt: skip
TIMES = ("2026-11-21T12:00:00Z", "2026-11-21", "2026-11-21T12:00:00.123456+02:00", "2026-W47-6")
CONFIG = """
database_url = "sqlite:///recovery.db"
fee_policy = "fees.toml"
[networks.ETH]
endpoints = ["http://127.0.0.1:8545", { url = "http://127.0.0.1:8546", api = "jsonrpc" }]
timeout_seconds = 10
requests_per_second = 25
headers = { Authorization = "env:ETH_NODE_TOKEN" }
[networks.BTC]
profile = "regtest"
endpoints = [{ url = "http://127.0.0.1:1", history = "recent" }]
[prices]
endpoint = "https://prices.example/v1"
"""


def _shipped(package: str, name: str = "policy.toml") -> str:
    return resources.files(package).joinpath(name).read_text("utf-8")


PARSERS: Mapping[str, tuple[Sequence[str], Callable[[str], object]]] = {
    "addresses": (ADDRESSES, lambda t: [find_networks_for_address(REGISTRY, t), name_address_networks(t)]),
    "hashes": (HASHES, lambda t: find_networks_for_hash(REGISTRY, t)),
    "assets": (ASSETS, lambda t: parse_asset(None, t)),
    "amounts": (("12.5", "0", "1E+3", "0.000000000000000001"), parse_amount),
    "times": (TIMES, parse_time),
    "network names": (("ETH", "Arbitrum One", "TRC20", "eip155:1", "CAVAX"), REGISTRY.find),
    "configuration": ((CONFIG,), lambda t: parse_config(t, where="fuzz.toml")),
    "fee policy": ((_shipped("recovery.fees"),), lambda t: fee_policy.parse_policy(t, where="f.toml")),
    "abuse policy": ((_shipped("recovery.abuse"),), lambda t: parse_abuse_policy(t, where="a.toml")),
    "proof policy": ((_shipped("recovery.proofs"),), lambda t: proof_policy.parse_policy(t, where="p.toml")),
    "memos of claims": (("1001", " 7 ", "x" * 28), lambda t: parse_claim("0x" + "ab" * 32, memo=t)),
    "users of claims": (("alice",), lambda t: parse_claim("0x" + "ab" * 32, user=t)),
    "addresses of claims": (ADDRESSES, lambda t: parse_claim("0x" + "ab" * 32, network="ETH", address=t)),
}  # fmt: skip


READERS: Mapping[str, Callable[[Network, str], object]] = {
    "addresses": parse_address,
    "hashes": read_hash,
    "assets": parse_asset,
}


def try_texts(
    parse: Callable[[str], object], samples: Sequence[str], note: Note, tries: int
) -> None:
    taken = 0
    for seed in range(tries):
        rng = random.Random(seed)
        sample = rng.choice(samples)
        text = spoil_text(sample, samples, rng) if seed else sample
        note(f"seed {seed}: {text[:200]!r}, {len(text)} characters")
        try:
            parse(text)
            taken += 1
        except BadInput as wrong:
            told = str(wrong)
            if not told or len(told) > MOST_TOLD:
                raise AssertionError(f"an explanation of {len(told)} characters") from wrong
    assert taken or tries < 100, "nothing was taken, not even what is honest"


@pytest.mark.parametrize("name", PARSERS)
def test_any_text_is_a_value_or_bad_input(name: str) -> None:
    samples, parse = PARSERS[name]
    ended = run_limited(lambda note: try_texts(parse, samples, note, TRIES), seconds=SECONDS)
    assert ended is None, ended


@pytest.mark.parametrize("name", ["addresses", "hashes", "assets"])
def test_any_text_is_read_by_every_network_or_is_bad_input(name: str) -> None:
    read = READERS[name]

    def work(note: Note) -> None:
        for network in REGISTRY:
            samples = {
                "addresses": (network.sample_address,),
                "hashes": (network.sample_hash,),
                "assets": (network.native_asset,),
            }[name]
            parse = functools.partial(read, network)
            parse(samples[0])
            told = functools.partial(_note_for, note, network.code)
            try_texts(parse, (*samples, *ASSETS), told, TRIES // 5)

    ended = run_limited(work, seconds=2 * SECONDS)
    assert ended is None, ended


def _note_for(note: Note, code: str, text: str) -> None:
    note(f"{code} {text}")


@pytest.mark.parametrize(
    "url", ["http://", "http://[", "http://[::1", "http://a:99999999", "http://a:b", "http://:80", "ftp://a"]
)  # fmt: skip
def test_an_endpoint_that_names_no_host_is_bad_input_when_the_file_is_read(url: str) -> None:
    for text in (f'[networks.ETH]\nendpoints = ["{url}"]', f'[prices]\nendpoint = "{url}"'):
        with pytest.raises(BadInput):
            parse_config(text, where="fuzz.toml")


@pytest.mark.parametrize(
    "text", ["//a]b", "https://[", "x.io/tx]/[", "http://[::1/tx/" + "ab" * 32]
)
def test_a_link_with_a_bracket_too_many_is_no_hash(text: str) -> None:
    with pytest.raises(BadInput):
        find_networks_for_hash(REGISTRY, text)


TOML_BOMBS = {
    "nested lists": "x = " + "[" * 100_000,
    "nested closed lists": "x = " + "[" * 5_000 + "]" * 5_000,
    "nested tables": "x = " + "{a = " * 5_000 + "1" + "}" * 5_000,
    "dotted keys": ".".join(["a"] * 100_000) + " = 1",
    "a long number": "x = " + "9" * 100_000,
    "a long fraction": "x = 0." + "1" * 1_000_000,
    "an exponent": "[service]\nfloor = 1e999999999",
    "a long hexadecimal": "x = 0x" + "f" * 1_000_000,
    "many keys": "\n".join(f"k{n} = {n}" for n in range(50_000)),
    "many tables": "\n".join(f"[networks.N{n}]" for n in range(2_000)),
    "a surrogate": 'x = "\\ud800"',
    "NaN": "[service]\nfloor = nan",
    "infinity": "[service]\ncap = inf",
    "a date": "database_url = 2026-11-21",
}
FILES: dict[str, Callable[[str], object]] = {
    "configuration": lambda t: parse_config(t, where="x.toml"),
    "fees": lambda t: fee_policy.parse_policy(t, where="x.toml"),
    "abuse": lambda t: parse_abuse_policy(t, where="x.toml"),
    "proofs": lambda t: proof_policy.parse_policy(t, where="x.toml"),
}


@pytest.mark.parametrize("file", FILES)
def test_a_file_made_to_exhaust_the_reader_is_bad_input(file: str) -> None:
    def work(note: Note) -> None:
        for name, text in TOML_BOMBS.items():
            note(f"{file}: {name}")
            with pytest.raises(BadInput):
                FILES[file](text)

    ended = run_limited(work, seconds=SECONDS)
    assert ended is None, ended


# -- import files ----------------------------------------------------------------------------------

HONEST = {
    "listings": "network,asset,symbol,decimals,status\nETH,native,ETH,18,listed\n",
    "addresses": f"network,address,role,user\nBTC,{ADDRESSES[0]},deposit,alice\n",
    "accounts": "user,status\nalice,active\n",
    "credits": f"network,tx_hash,transfer,user,asset,amount,credited_at\nBTC,{HASHES[0]},vout:0,alice,native,5,2026-01-01T00:00:00Z\n",
    "withdrawals": f"network,tx_hash,user,asset,amount,destination,sent_at\nBTC,{HASHES[0]},alice,native,5,{ADDRESSES[0]},2026-01-01T00:00:00Z\n",
    "screening": f"network,address,list\nBTC,{ADDRESSES[0]},ofac\n",
    "prices": "asset,currency,price,as_of\neip155:1/slip44:60,USD,2500.5,2026-01-01T00:00:00Z\n",
}


def dump(store: Store) -> list[str]:
    """Everything in the database, as SQLite itself writes it."""
    path = store.engine.url.database
    assert path is not None
    with sqlite3.connect(path) as connection:
        lines = list(connection.iterdump())
    connection.close()
    return lines


@pytest.mark.parametrize("kind", sorted(HONEST))
def test_a_file_is_imported_whole_or_leaves_no_trace(
    kind: str, sqlite_store: Store, tmp_path: Path
) -> None:
    """Good lines before a bad one, whatever is bad about it, change nothing."""
    path = tmp_path / "file.csv"
    head, line = HONEST[kind].splitlines()
    path.write_text(HONEST[kind])
    import_csv(sqlite_store, kind, path, actor="olga")
    before, refused = dump(sqlite_store), 0
    for seed in range(60 if not SOAK else 5_000):
        rng = random.Random(seed)
        spoilt = spoil_text(line, [line, head], rng)
        lines = [head, line, *([spoilt] * rng.choice((1, 1, 2))), line]
        if rng.random() < 0.2:
            lines[0] = spoil_text(head, [line, head], rng)
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        try:
            import_csv(sqlite_store, kind, path, actor="olga")
        except BadInput:
            refused += 1
            assert dump(sqlite_store) == before, f"seed {seed}: {spoilt[:200]!r}"
        before = dump(sqlite_store)
    assert refused > 10


CSV_BOMBS: Mapping[str, Callable[[str, str], bytes]] = {
    "an open quote": lambda head, line: f'{head}\n"{line}\n'.encode() + b"a,b\n" * 300_000,
    "one endless line": lambda head, line: f"{head}\n".encode() + b"a" * 5_000_000,
    "an endless header": lambda head, line: b"a," * 2_000_000,
    "nothing but commas": lambda head, line: f"{head}\n".encode() + b"," * 90_000 + b"\n",
    "nothing but zeros": lambda head, line: b"\x00" * 3_000_000,
    "a million empty lines": lambda head, line: f"{head}\n".encode() + b"\n" * 1_000_000,
    "UTF-16": lambda head, line: f"{head}\n{line}\n".encode("utf-16"),
    "a zip": lambda head, line: b"PK\x03\x04" + bytes(range(256)) * 100,
}


@pytest.mark.parametrize("kind", ["accounts", "listings"])
def test_a_file_made_to_exhaust_the_importer_is_refused(
    kind: str, sqlite_store: Store, tmp_path: Path
) -> None:
    head, line = HONEST[kind].splitlines()
    before = dump(sqlite_store)
    sqlite_store.engine.dispose()
    path = tmp_path / "file.csv"

    def work(note: Note) -> None:
        for name, make in CSV_BOMBS.items():
            note(name)
            path.write_bytes(make(head, line))
            try:
                import_csv(sqlite_store, kind, path, actor="olga")
            except BadInput:
                continue
            assert name == "a million empty lines", name

    ended = run_limited(work, seconds=SECONDS)
    assert ended is None, ended
    rows = [r for r in dump(sqlite_store) if "INSERT INTO" in r and "imports" not in r]
    assert rows == [r for r in before if "INSERT INTO" in r and "imports" not in r]


# -- the command -----------------------------------------------------------------------------------

COMMANDS = (
    ("check", HASHES[0], "--network", "BTC", "--user", "alice", "--address", ADDRESSES[0], "--amount", "1"),
    ("inspect", HASHES[0]), ("open", HASHES[0], "--network", "BTC", "--return-to", ADDRESSES[0]),
    ("cases", "--state", "quoted", "--queue", "wallet"), ("case", "c-1"), ("explain", "c-1"), ("audit",),
    ("accept", "c-1", "--return-to", ADDRESSES[0], "--return-memo", "7"), ("sign", "c-1", "--role", "wallet", "--actor", "walt"),
    ("refuse", "c-1", "--reason", "r"), ("hold", "c-1", "--reason", "r"), ("escalate", "c-1"), ("reopen", "c-1", "--reason", "r"),
    ("withdraw", "c-1"), ("settle", "c-1", "--reference", "t"), ("import", "accounts", "/dev/null"), ("networks",),
    ("confirm", "c-1", "--condition", "x", "--reason", "r"), ("prove", "c-1"), ("linked", "c-1"),
)  # fmt: skip


def test_any_argument_of_the_command_ends_with_one_of_its_exit_codes(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no endpoint configured: nobody outside is asked. Never 4, which is a fault of ours."""
    config = tmp_path / "recovery.toml"
    config.write_text(f'database_url = "{sqlite_url}"\n')
    monkeypatch.setenv("RECOVERY_CONFIG", str(config))
    monkeypatch.delenv("RECOVERY_DATABASE_URL", raising=False)
    words = list(itertools.chain.from_iterable(COMMANDS))

    def work(note: Note) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        for seed in range(20_000 if SOAK else 50):
            rng = random.Random(seed)
            args = list(rng.choice(COMMANDS))
            for _ in range(rng.choice((1, 1, 2))):
                at = rng.randrange(len(args))
                args[at] = spoil_text(args[at], words, rng)[:100_000]
            if args[0] in ("demo", "serve", "scan", "rescan") or "--" in args[0]:
                continue
            if rng.random() < 0.5:
                args.append("--json")
            note(f"seed {seed}: {[a[:100] for a in args]}")
            code = run(args)
            assert code in (0, 1, 2, 3), f"exit {code}: seed {seed}: {[a[:100] for a in args]}"

    ended = run_limited(work, seconds=2 * SECONDS)
    assert ended is None, ended
