"""Hashes as people paste them: one canonical text per network, every network that fits."""

from __future__ import annotations

import pytest

from recovery.chains.codecs import find_networks_for_hash, parse_hash, read_hash
from recovery.errors import BadInput
from recovery.networks import Registry

DIGITS = "4826a3d41a5a795bf795767d0fb5e39c4abbcf695cf888b3578aa126b5b257ee"
BARE = {"BTC", "LTC", "DOGE", "BCH", "DASH", "ZEC", "XRP", "XLM", "ADA", "EOS"}
EITHER = {"TRX", "ATOM", "TON"}
PREFIXED = {"ETH", "BSC", "POL", "ARB", "OP", "AVAXC", "BASE", "ETC", "ZKSYNC", "LINEA", "CELO"}
PREFIXED |= {"HBAR", "APT", "DOT"}


@pytest.mark.parametrize(
    "typed",
    [
        DIGITS,
        DIGITS.upper(),
        f"  {DIGITS}\n",
        f"{DIGITS[:32]}\n  {DIGITS[32:]}",
        f"{DIGITS[:10]}\u200b{DIGITS[10:]}\ufeff",
        f"“{DIGITS}”",
        f"'{DIGITS}',",
        f"<{DIGITS}>",
        f"TxID: {DIGITS}",
        f"Transaction hash: {DIGITS}.",
        f"hash={DIGITS}",
        "".join(chr(ord(c) + 0xFEE0) for c in DIGITS),
        f"0x{DIGITS}",
        f"0X{DIGITS.upper()}",
        f"{DIGITS}:0",
        f"{DIGITS}-1",
        f"{DIGITS}/12",
        f"{DIGITS}#3",
        f"https://mempool.space/tx/{DIGITS}",
        f"https://www.blockchair.com/bitcoin/transaction/{DIGITS}?o=0",
        f"blockstream.info/tx/{DIGITS}?expand",
        f"http://user@explorer.example:8080/btc/tx/{DIGITS}#details",
    ],
)
def test_every_spelling_of_a_bitcoin_hash_is_one_text(registry: Registry, typed: str) -> None:
    assert parse_hash(registry["BTC"], typed) == DIGITS


@pytest.mark.parametrize(
    ("code", "canonical"),
    [
        ("ETH", f"0x{DIGITS}"),
        ("APT", f"0x{DIGITS}"),
        ("DOT", f"0x{DIGITS}"),
        ("TRX", DIGITS),
        ("XLM", DIGITS),
        ("ADA", DIGITS),
        ("TON", DIGITS),
        ("XRP", DIGITS.upper()),
        ("ATOM", DIGITS.upper()),
    ],
)
def test_a_hash_is_stored_as_its_network_writes_it(
    registry: Registry, code: str, canonical: str
) -> None:
    for typed in (DIGITS, DIGITS.upper(), f"0x{DIGITS}", f"0X{DIGITS}"):
        assert parse_hash(registry[code], typed) == canonical
    assert parse_hash(registry[code], canonical) == canonical


@pytest.mark.parametrize(
    ("code", "typed", "canonical"),
    [
        ("XRP", "c55d4a8000030000", "C55D4A8000030000"),
        ("TON", "mlVb0ixiGkELIAog5jwcqDOEcJa3R1CQk/20yaYAQ10=", None),
        ("TON", "mlVb0ixiGkELIAog5jwcqDOEcJa3R1CQk_20yaYAQ10", None),
        (
            "TON",
            "https://tonscan.org/tx/mlVb0ixiGkELIAog5jwcqDOEcJa3R1CQk%2F20yaYAQ10%3D",
            None,
        ),
        ("HBAR", "0.0.950@1646665756.235554077", "0.0.950-1646665756-235554077"),
        ("HBAR", "0.0.950-1646665756-35554077", "0.0.950-1646665756-035554077"),
        ("HBAR", "0.0.950@1646665756.235554077/0", "0.0.950-1646665756-235554077"),
        ("HBAR", "0.0.950@1646665756.235554077/2", "0.0.950-1646665756-235554077/2"),
        (
            "HBAR",
            "0.0.950-1646665756-235554077?scheduled",
            "0.0.950-1646665756-235554077?scheduled",
        ),
        ("HBAR", "0x" + "AB" * 48, "ab" * 48),
        ("HBAR", f"0x{DIGITS}", f"0x{DIGITS}"),
        (
            "HBAR",
            "https://hashscan.io/mainnet/transaction/1646665766.574738471",
            "1646665766.574738471",
        ),
        ("DOT", "12273189-2", "12273189-2"),
        ("DOT", "https://assethub-polkadot.subscan.io/extrinsic/12273189-2", "12273189-2"),
        (
            "ALGO",
            "codybrsdhjtbj6tnon6e5i42k6ilu2lczfeuap7q2a5qvvau4ika",
            "CODYBRSDHJTBJ6TNON6E5I42K6ILU2LCZFEUAP7Q2A5QVVAU4IKA",
        ),
        ("XTZ", "onk3Z6V4StyfiXTPSHwZFvTKVAaws37cHmZacmULPr3VbVHpKrg", None),
        ("SUI", "68wBKsZyYXmCUydDmabQ71kTcFWTfDG7tFmTLk1HgNdN", None),
        ("NEAR", "FPQAMaVnvFHNwNBJWnTttXfdJhp5FvMGGDJEesB8gvbL", None),
        ("TRX", f"https://tronscan.org/#/transaction/{DIGITS}", DIGITS),
        ("APT", f"https://explorer.aptoslabs.com/txn/0x{DIGITS}/changes?network=mainnet", None),
    ],
)
def test_the_other_forms_have_one_canonical_text(
    registry: Registry, code: str, typed: str, canonical: str | None
) -> None:
    found = parse_hash(registry[code], typed)
    if canonical is not None:
        assert found == canonical
    assert parse_hash(registry[code], found) == found


def test_base64_and_hexadecimal_of_a_ton_hash_are_one(registry: Registry) -> None:
    import base64

    text = base64.b64encode(bytes.fromhex(DIGITS)).decode()
    assert parse_hash(registry["TON"], text) == DIGITS


def test_sixty_four_digits_fit_every_network_of_that_form(registry: Registry) -> None:
    bare = {str(r.network) for r in find_networks_for_hash(registry, DIGITS)}
    assert bare == BARE | EITHER | PREFIXED
    with_0x = {str(r.network) for r in find_networks_for_hash(registry, f"0x{DIGITS}")}
    assert with_0x == EITHER | PREFIXED


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("68wBKsZyYXmCUydDmabQ71kTcFWTfDG7tFmTLk1HgNdN", {"NEAR", "SUI"}),
        (
            "2QeBm7G7qLmVTCVKAkbSUuZvcFjg6mBRVqaVSKWSZsTqJxHVTzMUwxDtu1Myfu8RzpUv5YMEBFFpGbwVM9ZQY8DL",
            {"SOL"},
        ),
        ("mlVb0ixiGkELIAog5jwcqDOEcJa3R1CQk/20yaYAQ10=", {"TON"}),
        ("12273189-2", {"DOT"}),
        ("C55D4A8000030000", {"XRP"}),
        ("0.0.950-1646665756-235554077", {"HBAR"}),
    ],
)
def test_a_form_of_few_networks_fits_only_those(
    registry: Registry, typed: str, codes: set[str]
) -> None:
    assert {str(r.network) for r in find_networks_for_hash(registry, typed)} == codes


def test_the_output_behind_a_hash_is_kept_as_a_hint(registry: Registry) -> None:
    assert read_hash(registry["BTC"], f"{DIGITS}:7").output == 7
    assert read_hash(registry["BTC"], f"https://mempool.space/tx/{DIGITS}:7").output == 7
    assert read_hash(registry["BTC"], f"https://mempool.space/tx/{DIGITS}#vout=7").output == 7
    assert read_hash(registry["ADA"], f"{DIGITS}#0").output == 0
    assert read_hash(registry["BTC"], DIGITS).output is None


def test_an_explorers_host_is_a_hint_and_never_a_proof(registry: Registry) -> None:
    readings = find_networks_for_hash(registry, f"https://bscscan.com/tx/0x{DIGITS}")
    assert readings[0].network == "BSC"
    assert [r.network for r in readings if r.hinted] == ["BSC"]
    assert {str(r.network) for r in readings} == EITHER | PREFIXED


def test_a_bare_hash_hints_at_no_network(registry: Registry) -> None:
    assert not any(r.hinted for r in find_networks_for_hash(registry, DIGITS))


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        # the last character's spare bits are not zero: another text of the same bytes
        ("TON", "mlVb0ixiGkELIAog5jwcqDOEcJa3R1CQk/20yaYAQ11="),
        ("ALGO", "CODYBRSDHJTBJ6TNON6E5I42K6ILU2LCZFEUAP7Q2A5QVVAU4IKB"),
    ],
)
def test_a_text_with_spare_bits_is_no_second_name_of_a_hash(
    registry: Registry, code: str, typed: str
) -> None:
    with pytest.raises(BadInput):
        parse_hash(registry[code], typed)


@pytest.mark.parametrize("host", ["sepolia.etherscan.io", "etherscan.io.evil.example"])
def test_a_look_alike_or_test_network_host_hints_nothing(registry: Registry, host: str) -> None:
    readings = find_networks_for_hash(registry, f"https://{host}/tx/0x{DIGITS}")
    assert not any(r.hinted for r in readings)


def test_one_explorer_of_many_chains_is_told_apart_by_its_path(registry: Registry) -> None:
    for path, code in (("litecoin", "LTC"), ("dogecoin", "DOGE"), ("bitcoin-cash", "BCH")):
        url = f"https://blockchair.com/{path}/transaction/{DIGITS}"
        assert find_networks_for_hash(registry, url)[0].network == code
    assert [
        r.network
        for r in find_networks_for_hash(
            registry, f"https://blockchair.com/bitcoin/transaction/{DIGITS}"
        )
        if r.hinted
    ] == ["BTC"]


@pytest.mark.parametrize(
    ("code", "typed", "said"),
    [
        ("BTC", DIGITS[:-1], "63 hexadecimal digits"),
        ("BTC", DIGITS + "0", "65 hexadecimal digits"),
        ("BTC", "", "empty"),
        ("BTC", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "an address of BTC BCH"),
        ("ETH", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "an address of ETH"),
        ("BTC", "https://mempool.space/tx/", "characters"),
        ("BTC", DIGITS.replace("a", "а", 1), "characters"),
        ("SOL", DIGITS, "64 hexadecimal digits"),
        ("XRP", "D55D4A8000030000", "16 hexadecimal digits"),
        ("XTZ", "onk3Z6V4StyfiXTPSHwZFvTKVAaws37cHmZacmULPr3VbVHpKrh", "51 characters"),
        ("ALGO", "CODYBRSDHJTBJ6TNON6E5I42K6ILU2LCZFEUAP7Q2A5QVVAU4IKB", "52 characters"),
    ],
)
def test_a_wrong_hash_is_refused_with_what_is_wrong(
    registry: Registry, code: str, typed: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said) as wrong:
        parse_hash(registry[code], typed)
    assert wrong.value.reference == "bad-hash"
    assert code in wrong.value.hint


def test_a_text_that_fits_no_network_is_refused(registry: Registry) -> None:
    with pytest.raises(BadInput):
        find_networks_for_hash(registry, "not a hash at all")


def test_a_secret_key_pasted_as_a_hash_is_not_repeated(registry: Registry) -> None:
    seed = "SBCVMMCBEDB64TVJZFYJOJAERZC4YVVUOE6SYR2Y76CBTENGUSGWRRVO"
    with pytest.raises(BadInput) as wrong:
        parse_hash(registry["XLM"], seed)
    assert seed not in wrong.value.text + wrong.value.hint
