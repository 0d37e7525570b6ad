"""The two confusion matrices: which network takes which network's addresses and hashes.

Knows: the samples of the registry, and some spellings more that people confuse. Must not know:
nodes. `write_matrices` makes ``docs/matrix-addresses.md`` and ``docs/matrix-hashes.md``; a test
compares them with what stands in the repository.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from recovery.chains.codecs import (
    find_networks_for_address,
    find_networks_for_hash,
    format_address,
    parse_address,
)
from recovery.networks.registry import Registry, load_registry

ADDRESS_SPELLINGS: tuple[tuple[str, str, str], ...] = (
    ("BTC", "P2PKH", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"),
    ("BTC", "P2SH", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC"),
    ("LTC", "P2PKH", "LW3ByJXVHpiJsuy3u2sdieFQkXHtuk93Yi"),
    ("LTC", "P2SH", "MJiPwX84iBe4WnFDwsYGgtnz1XonPhUqhf"),
    ("DOGE", "P2SH", "A3FWNUmzq8fXceLoG8DM7PAxPQbNUjae2B"),
    ("BCH", "no prefix", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
    ("BCH", "token-aware", "bitcoincash:zpm2qsznhks23z7629mms6s4cwef74vcwvrqekrq9w"),
    (
        "BCH",
        "P2SH32",
        "bitcoincash:pvqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszhczagydq",
    ),
    ("DASH", "P2SH", "7SVyqiBykMKdoNuuf1AehnVxASmtdfqsFF"),
    ("ZEC", "P2SH", "t3Jex1rKwuh1bQFRrKpKGWDcDVZ8bbQuNrB"),
    ("ZEC", "tex", "tex1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5a8q78l"),
    ("ETH", "lower case", "0xdac17f958d2ee523a2206206994597c13d831ec7"),
    ("XRP", "X-address", "X7qvLs7gSnNoKvZzNWUT2e8st17QPYoHBpZ24ouH52W8t6V"),
    ("XLM", "muxed", "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAABUTGI4"),
    ("XLM", "contract", "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA"),
    ("TON", "non-bounceable", "UQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPuwA"),
    ("TON", "raw", "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e"),
    ("HBAR", "checksum", "0.0.123-vfmkw"),
    ("NEAR", "implicit", "1111111111111111111111111111111111111111111111111111111111111111"),
    ("APT", "short", "0x1"),
    ("DOT", "generic 42", "5Griytj1VM33f4ik9eJfkisdyKtdemBSkY65FXK9Kb8XiLdD"),
    ("XTZ", "contract", "KT1XnTn74bUtxHfDtBmm2bGZAQfhPbvKWR8o"),
    ("EOS", "12 characters", "binancecleos"),
)

HASH_SPELLINGS: tuple[tuple[str, str, str], ...] = (
    ("BTC", "upper case", "030CD813443F7B70CC6D8A544D320C6D8465E4528FC0F3410B599DC0B26753A0"),
    ("BTC", "txid:vout", "030cd813443f7b70cc6d8a544d320c6d8465e4528fc0f3410b599dc0b26753a0:1"),
    ("ETH", "without 0x", "04cbcb236043d8fb7839e07bbc7f5eed692fb2ca55d897f1101eac3e3ad4fab8"),
    ("XRP", "CTID", "C55D4A8000030000"),
    ("XLM", "operation id", "122571653121454081"),
    ("TON", "base64", "mlVb0ixiGkELIAog5jwcqDOEcJa3R1CQk/20yaYAQ10="),
    ("HBAR", "timestamp", "1646665766.574738471"),
    ("HBAR", "SHA-384", "ab" * 48),
    ("DOT", "block-index", "12273189-2"),
    ("XTZ", "another", "onk3Z6V4StyfiXTPSHwZFvTKVAaws37cHmZacmULPr3VbVHpKrg"),
)

_GENERATED = "<!-- Written by `python -m recovery.networks.matrix docs`; do not edit. -->"


def render_addresses(registry: Registry) -> str:
    """Addresses × networks as Markdown."""
    samples = [(n.code, "sample", n.sample_address) for n in registry]

    def mark(code: str, text: str) -> Callable[[str], str]:
        key = parse_address(registry[code], text).key
        taken = {str(a.network): a.key for a in find_networks_for_address(registry, text)}

        def cell(other: str) -> str:
            if other in taken:
                return "●" if taken[other] == key else "○"
            return "=" if format_address(registry[other], key) else ""

        return cell

    legend = (
        "● takes the text, same lock · ○ takes the text, but another lock opens it · "
        "= refuses the text, but can write the same lock in its own spelling · blank: refused"
    )
    rows = _rows(registry, [*samples, *ADDRESS_SPELLINGS], mark)
    return _page("Addresses × networks", legend, registry, rows)


def render_hashes(registry: Registry) -> str:
    """Hashes × networks as Markdown."""
    samples = [(n.code, "sample", n.sample_hash) for n in registry]

    def mark(code: str, text: str) -> Callable[[str], str]:
        fits = {str(r.network) for r in find_networks_for_hash(registry, text)}
        return lambda other: "●" if other in fits else ""

    legend = (
        "● the hash has a form of the network, so the network is asked · blank: it can't be its"
    )
    rows = _rows(registry, [*samples, *HASH_SPELLINGS], mark)
    return _page("Hashes × networks", legend, registry, rows)


def _rows(
    registry: Registry,
    samples: Iterable[tuple[str, str, str]],
    mark: Callable[[str, str], Callable[[str], str]],
) -> list[list[str]]:
    rows = []
    for code, what, text in samples:
        cell = mark(code, text)
        shown = text if len(text) <= 24 else f"{text[:14]}…{text[-6:]}"
        rows.append([code, what, f"`{shown}`", *(cell(n.code) for n in registry)])
    return rows


def _page(title: str, legend: str, registry: Registry, rows: Sequence[Sequence[str]]) -> str:
    head = ["network", "spelling", "text", *(n.code for n in registry)]
    lines = [f"# {title}", "", _GENERATED, "", legend, ""]
    lines.append(f"| {' | '.join(head)} |")
    lines.append(f"|{'---|' * 3}{':-:|' * len(registry.networks)}")
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def write_matrices(folder: Path) -> tuple[Path, Path]:
    """Write both matrices into a folder; returns their paths."""
    registry = load_registry()
    addresses, hashes = folder / "matrix-addresses.md", folder / "matrix-hashes.md"
    folder.mkdir(parents=True, exist_ok=True)
    addresses.write_text(render_addresses(registry), "utf-8")
    hashes.write_text(render_hashes(registry), "utf-8")
    return addresses, hashes


if __name__ == "__main__":
    for path in write_matrices(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")):
        print(path)
