"""Programs, instructions, extensions and the curve, value by value.

Sources: the system, stake and vote programs' instruction enumerations (Agave's ``solana-system-interface`` and its kin); the
token programs' ``ExtensionType``; RFC 8032, 5.1 (p and d of edwards25519, and its base point).
"""

from __future__ import annotations

import struct

import pytest
from base58_bech32.base58 import b58encode

from recovery.chains.solana import answer, decode, flows, mints, programs
from recovery.chains.solana.answer import Instruction
from recovery.chains.solana.programs import SYSTEM, Move, read_steps

KEYS = tuple(b58encode(bytes([n]) * 32).decode() for n in range(65, 69))
LAMPORTS = struct.pack("<Q", 77)


@pytest.mark.parametrize(
    ("program", "number", "name", "names", "kind"),
    [
        (SYSTEM, 0, "createAccount", ("source", "newAccount"), None),
        (SYSTEM, 2, "transfer", ("source", "destination"), None),
        (SYSTEM, 3, "createAccountWithSeed", ("source", "newAccount"), None),
        (SYSTEM, 5, "withdrawFromNonce", ("nonceAccount", "destination"), "account_withdrawal"),
        (SYSTEM, 11, "transferWithSeed", ("source", "destination"), None),
        (programs.STAKE, 4, "withdraw", ("stakeAccount", "destination"), "account_withdrawal"),
        (programs.VOTE, 3, "withdraw", ("voteAccount", "destination"), "account_withdrawal"),
    ],
)
def test_a_native_instruction_moves_lamports_from_whom_to_whom(
    program: str, number: int, name: str, names: tuple[str, str], kind: str | None
) -> None:
    target = 2 if name == "transferWithSeed" else 1
    seed = bytes(32) + struct.pack("<Q", 4) + b"seed" if name == "createAccountWithSeed" else b""
    data = struct.pack("<I", number) + seed + LAMPORTS
    (asked,) = read_steps(Instruction((0,), program, KEYS, data, None))
    assert asked == Move((0,), KEYS[0], KEYS[target], 77, type=kind)
    info = {names[0]: KEYS[0], names[1]: KEYS[target], "lamports": 77}
    parsed = {"type": name, "info": info}
    assert list(read_steps(Instruction((0,), program, (), None, parsed))) == [asked]


def test_each_program_has_its_instructions_and_no_other() -> None:
    numbers = {program: set(rules) for program, rules in programs._NATIVE.items()}
    assert numbers == {SYSTEM: {0, 2, 3, 5, 11}, programs.STAKE: {4}, programs.VOTE: {3}}


def test_programs_have_their_addresses() -> None:
    assert SYSTEM == "1" * 32
    assert set(programs.MEMOS) == {
        "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr", "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVddwQDxFMNo",
    }  # fmt: skip
    quiet = {SYSTEM, programs.STAKE, programs.VOTE, programs.COMPUTE_BUDGET, answer.TOKEN}
    assert quiet | set(programs.MEMOS) == programs.CALLS_NOBODY
    silent = {SYSTEM, programs.COMPUTE_BUDGET, *programs.MEMOS}
    assert silent == flows._EXPLAINS_NOTHING


def test_a_movement_is_of_lamports_unless_it_says_so() -> None:
    move = Move((0,), None, None, 5)
    assert (move.token, move.mint, move.fee) == (False, None, 0)


def test_these_extensions_of_a_mint_change_what_arrives_or_can_be_moved_on() -> None:
    """ExtensionType: TransferFeeConfig is 1, ConfidentialTransferMint 4, … PausableConfig 26; TokenMetadata 19."""
    words = {
        1: "transfer fee", 4: "confidential", 6: "frozen", 9: "not transferable", 10: "interest",
        12: "permanent delegate", 14: "hook", 25: "scaled", 26: "pausable",
    }  # fmt: skip
    assert set(mints._NOTABLE) == set(words)
    assert all(word in mints._NOTABLE[number] for number, word in words.items())
    assert mints._TOKEN_METADATA == 19
    assert (mints._MINT_BYTES, mints._ACCOUNT_BYTES) == (82, 165)


def test_the_curve_is_edwards25519() -> None:
    """Its d in decimal, and its base point, whose y is 4/5."""
    assert mints._P == 2**255 - 19
    d = 37095705934669439343138083508754565189542113879843219016388785533085940283555
    assert d == mints._D % mints._P
    base = 4 * pow(5, -1, mints._P) % mints._P
    assert mints._is_on_curve(base.to_bytes(32, "little"))
    assert not mints._is_on_curve((2).to_bytes(32, "little"))


def test_levels_versions_and_sizes_are_the_nodes() -> None:
    assert decode.COMMITMENTS == ("processed", "confirmed", "finalized")
    assert answer._VERSIONS == ("legacy", 0)
    assert answer._MOST == 18_446_744_073_709_551_615
