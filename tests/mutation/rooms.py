"""What is mutated, and which tests are asked: one row for each room and each chain family.

Knows: folders. Must not know: how mutants are made or run.

Tests that need a node or PostgreSQL are left out: a thousand mutants can't each wait for one, and a rule
that only they can tell from its mutant deserves a quicker test.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

FAMILIES = (
    "algorand", "antelope", "aptos", "cardano", "cosmos", "evm", "hedera", "near", "polkadot",
    "solana", "stellar", "sui", "tezos", "ton", "tron", "utxo", "xrpl",
)  # fmt: skip

_NODES = {
    "tests/evm/test_costs.py",
    "tests/evm/test_rehash.py",
    "tests/evm/test_status.py",
    "tests/evm/test_stories.py",
    "tests/evm/test_conditions.py",
    "tests/utxo/test_bcoin.py",
    "tests/utxo/test_litecoind.py",
    "tests/utxo/test_faults.py",
    "tests/ton/test_sandbox.py",
    "tests/cardano/test_emulator.py",
    "tests/polkadot/test_chopsticks.py",
    "tests/cases/test_kill.py",
    "tests/cases/test_races.py",
}
"""Tests that drive a real node, or several processes."""

SLOW = (
    "test_every_changed_byte_of_every_entry_is_found",
    "TestApproval",
    "on_a_real_node",
)
"""Parts of the names of tests that take too long to be asked about any mutant, or a node."""

WHOLE = ("test_golden", "test_stored", "test_table", "test_spoiled")
"""Parts of the names of tests that compare whole answers: they kill most, and are asked first."""

_TABLES = "tests/store/test_store.py::test_the_migrations_make_exactly_the_tables_of_the_code"

DECODER_SAMPLE = 60
"""Mutants tried of each family's decoder."""

_EVERY_DECODER = (
    "tests/contract/test_contract.py",
    "tests/contract/test_spoiled.py",
    "tests/codecs/test_addresses.py",
    "tests/codecs/test_hashes.py",
    "tests/codecs/test_scripts.py",
)
_HOSTILE = {
    "aptos": "tests/hostile/test_move.py",
    "sui": "tests/hostile/test_move.py",
    "polkadot": "tests/hostile/test_substrate.py",
}
"""Families whose attacks stand together."""


@dataclass(frozen=True, slots=True)
class Room:
    """``sources`` are mutated, ``tests`` asked; ``family`` keeps the fixtures of that family alone."""

    name: str
    sources: tuple[Path, ...]
    tests: tuple[str, ...]
    family: str | None = None
    sample: int | None = None


def load_rooms() -> dict[str, Room]:
    rooms = [
        Room("fees", _all("recovery/fees"), _tests("fees", "properties")),
        Room(
            "classify",
            _all("recovery/classify"),
            _tests("classify", "holds", "properties", "counterfeit"),
        ),
        Room("cases", _all("recovery/cases"), (*_tests("cases", "staff", "holds"), _TABLES)),
        *(_decoder(family) for family in FAMILIES),
    ]
    return {room.name: room for room in rooms}


def _decoder(family: str) -> Room:
    tests = _tests(family)
    hostile = _HOSTILE.get(family, f"tests/hostile/test_{family}.py")
    for path in (hostile, f"tests/chaindata/test_{family}.py"):
        if (ROOT / path).exists():
            tests = (*tests, path)
    return Room(
        f"decoders/{family}",
        find_decoder(family),
        (*tests, *_EVERY_DECODER),
        family=family,
        sample=DECODER_SAMPLE,
    )


def find_decoder(family: str) -> tuple[Path, ...]:
    """``decode.py`` and the modules of its own package that it rests on."""
    package = ROOT / "recovery" / "chains" / family
    found: dict[Path, None] = {}
    todo = [package / "decode.py"]
    while todo:
        path = todo.pop()
        if path in found or not path.exists():
            continue
        found[path] = None
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                if parts[:3] == ["recovery", "chains", family]:
                    names = parts[3:4] or [alias.name for alias in node.names]
                    todo += [package / f"{name}.py" for name in names]
    return tuple(sorted(found))


def _all(folder: str) -> tuple[Path, ...]:
    return tuple(sorted((ROOT / folder).rglob("*.py")))


def _tests(*folders: str) -> tuple[str, ...]:
    files = [
        path for folder in folders for path in sorted((ROOT / "tests" / folder).glob("test_*.py"))
    ]
    names = [str(path.relative_to(ROOT)) for path in files]
    return tuple(name for name in names if name not in _NODES)
