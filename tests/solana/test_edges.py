"""Token and native instructions, number by number, as bytes and as the node reads them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import pytest
from base58_bech32.base58 import b58encode

from recovery.assets import token_asset
from recovery.chains.solana.answer import Instruction
from recovery.chains.solana.decode import describe_error
from recovery.chains.solana.programs import (
    _NATIVE,
    STAKE,
    SYSTEM,
    VOTE,
    Hidden,
    Move,
    Opened,
    Step,
    _Native,
    _read_native,
    _read_parsed_token,
    _read_token,
)
from recovery.chains.solana.transfers import Deal
from recovery.errors import Garbled
from recovery.networks import load_registry

KEYS = tuple(b58encode(bytes([n]) * 32).decode() for n in range(65, 71))
A, B, C, D = KEYS[:4]
OWNER = bytes(range(32))
MINT = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"


def u64(number: int) -> bytes:
    return struct.pack("<Q", number)


BYTES: dict[str, tuple[bytes, Step | None]] = {
    "Transfer": (b"\x03" + u64(7), Move((0,), A, B, 7, token=True)),
    "TransferChecked": (b"\x0c" + u64(7) + b"\x06", Move((0,), A, C, 7, token=True, mint=B)),
    "TransferCheckedWithFee": (
        b"\x1a\x01" + u64(7) + b"\x06" + u64(2),
        Move((0,), A, C, 7, token=True, mint=B, fee=2),
    ),
    "another of the fee extension": (b"\x1a\x00" + u64(7), None),
    "MintTo": (
        b"\x07" + u64(7),
        Move((0,), None, B, 7, token=True, mint=A, type="mint_to", maker=C),
    ),
    "MintToChecked": (
        b"\x0e" + u64(7) + b"\x06",
        Move((0,), None, B, 7, token=True, mint=A, type="mint_to", maker=C),
    ),
    "Burn": (b"\x08" + u64(7), Move((0,), A, None, 7, token=True, mint=B)),
    "BurnChecked": (b"\x0f" + u64(7) + b"\x06", Move((0,), A, None, 7, token=True, mint=B)),
    "CloseAccount": (b"\x09", Move((0,), A, B, None, type="close_remainder")),
    "WithdrawExcessLamports": (b"\x26", Move((0,), A, B, None, type="account_withdrawal")),
    "InitializeAccount": (b"\x01", Opened(A, B, C)),
    "InitializeMint": (b"\x00" + bytes(66), None),
    "Approve": (b"\x04" + u64(7), None),
    "nothing": (b"", None),
}
"""The numbers of the SPL Token program and of Token-2022, with the order of their accounts."""


@pytest.mark.parametrize("name", BYTES)
def test_a_token_instruction_is_read_by_its_number(name: str) -> None:
    data, expected = BYTES[name]
    assert list(_read_token((0,), KEYS, data)) == ([] if expected is None else [expected])


@pytest.mark.parametrize("tag", [16, 18])
def test_an_account_may_be_opened_with_its_owner_in_the_data(tag: int) -> None:
    (step,) = _read_token((0,), KEYS, bytes([tag]) + OWNER)
    assert step == Opened(A, B, b58encode(OWNER).decode())
    with pytest.raises(Garbled):
        list(_read_token((0,), KEYS, bytes([tag]) + OWNER[:-1]))


@pytest.mark.parametrize(("part", "hidden"), [(7, True), (13, True), (5, False), (8, False)])
def test_a_confidential_transfer_is_hidden_and_the_rest_of_it_moves_nothing(
    part: int, hidden: bool
) -> None:
    told = list(_read_token((0,), KEYS, bytes([27, part])))
    assert [isinstance(step, Hidden) for step in told] == [True] * hidden


@pytest.mark.parametrize("name", [name for name, (data, _) in BYTES.items() if len(data) > 8])
def test_an_instruction_that_is_cut_or_names_too_few_accounts_is_garbled(name: str) -> None:
    data, expected = BYTES[name]
    if expected is None:
        return
    for keys, told in ((KEYS, data[:7]), (KEYS[:1], data)):
        with pytest.raises(Garbled):
            list(_read_token((0,), keys, told))


def test_packed_instructions_take_their_accounts_one_after_the_other() -> None:
    first, second = b"\x03" + u64(7), b"\x0c" + u64(9) + b"\x06"
    data = b"\xff" + bytes([2, len(first)]) + first + bytes([3, len(second)]) + second
    assert list(_read_token((4,), KEYS, data)) == [
        Move((4, 0), A, B, 7, token=True),
        Move((4, 1), C, KEYS[4], 9, token=True, mint=D),
    ]
    for cut in (data[:-1], data + b"\x01\x01\xff"):
        with pytest.raises(Garbled, match="batch"):
            list(_read_token((4,), KEYS, cut))
    with pytest.raises(Garbled, match="batch"):
        list(_read_token((4,), KEYS[:4], data))


MOVED = {"source": A, "destination": B, "mint": C, "amount": "7"}
CHECKED = {"source": A, "destination": B, "mint": C, "tokenAmount": {"amount": "7", "decimals": 6}}
PARSED: dict[str, tuple[dict[str, Any], Step]] = {
    "transfer": (MOVED, Move((0,), A, B, 7, token=True)),
    "transferChecked": (CHECKED, Move((0,), A, B, 7, token=True, mint=C)),
    "transferCheckedWithFee": (
        CHECKED | {"feeAmount": {"amount": "2"}},
        Move((0,), A, B, 7, token=True, mint=C, fee=2),
    ),
    "mintTo": (
        {"account": A, "mint": C, "amount": "7", "mintAuthority": D},
        Move((0,), None, A, 7, token=True, mint=C, type="mint_to", maker=D),
    ),
    "mintToChecked": (
        {"account": A, "mint": C, "tokenAmount": {"amount": "7"}, "multisigMintAuthority": D},
        Move((0,), None, A, 7, token=True, mint=C, type="mint_to", maker=D),
    ),
    "burn": (
        {"account": A, "mint": C, "amount": "7"},
        Move((0,), A, None, 7, token=True, mint=C),
    ),
    "burnChecked": (
        {"account": A, "mint": C, "tokenAmount": {"amount": "7"}},
        Move((0,), A, None, 7, token=True, mint=C),
    ),
    "closeAccount": (
        {"account": A, "destination": B},
        Move((0,), A, B, None, type="close_remainder"),
    ),
    "withdrawExcessLamports": (
        {"source": A, "destination": B},
        Move((0,), A, B, None, type="account_withdrawal"),
    ),
    "initializeAccount": ({"account": A, "mint": B, "owner": C}, Opened(A, B, C)),
    "initializeAccount2": ({"account": A, "mint": B, "owner": C}, Opened(A, B, C)),
    "initializeAccount3": ({"account": A, "mint": B, "owner": C}, Opened(A, B, C)),
}
"""What ``jsonParsed`` calls them."""


@pytest.mark.parametrize("name", PARSED)
def test_the_nodes_own_reading_says_the_same_and_lacks_nothing(name: str) -> None:
    facts, expected = PARSED[name]
    assert list(_read_parsed_token((0,), name, facts)) == [expected]
    packed = {"instructions": [{"type": name, "info": facts}]}
    (inner,) = _read_parsed_token((0,), "batch", packed)
    assert isinstance(inner, Move | Opened)
    needed = facts.keys() - ({"mint"} if name == "transfer" else set())
    for field in needed:
        with pytest.raises(Garbled):
            list(_read_parsed_token((0,), name, {k: v for k, v in facts.items() if k != field}))


def test_an_instruction_without_value_moves_nothing() -> None:
    assert list(_read_parsed_token((0,), "approve", {"source": A})) == []
    for name in ("confidentialTransfer", "confidentialTransferWithFee"):
        (step,) = _read_parsed_token((0,), name, {})
        assert isinstance(step, Hidden)


@pytest.mark.parametrize(
    ("program", "number", "name", "source", "target", "names", "type_"),
    [
        (SYSTEM, 0, "createAccount", 0, 1, ("source", "newAccount"), None),
        (SYSTEM, 2, "transfer", 0, 1, ("source", "destination"), None),
        (SYSTEM, 3, "createAccountWithSeed", 0, 1, ("source", "newAccount"), None),
        (
            SYSTEM,
            5,
            "withdrawFromNonce",
            0,
            1,
            ("nonceAccount", "destination"),
            "account_withdrawal",
        ),
        (SYSTEM, 11, "transferWithSeed", 0, 2, ("source", "destination"), None),
        (STAKE, 4, "withdraw", 0, 1, ("stakeAccount", "destination"), "account_withdrawal"),
        (VOTE, 3, "withdraw", 0, 1, ("voteAccount", "destination"), "account_withdrawal"),
    ],
)
def test_lamports_move_by_these_instructions_of_native_programs_alone(
    program: str,
    number: int,
    name: str,
    source: int,
    target: int,
    names: tuple[str, str],
    type_: str | None,
) -> None:
    rule = _NATIVE[program][number]
    assert isinstance(rule, _Native)
    assert (rule.parsed, rule.source, rule.target, rule.names) == (name, source, target, names)
    assert rule.type == type_
    seeded = struct.pack("<I", number) + OWNER + u64(3) + b"abc" + u64(77)
    plain = struct.pack("<I", number) + u64(77)
    data = seeded if name == "createAccountWithSeed" else plain
    assert rule.amount(data) == 77
    with pytest.raises(Garbled):
        rule.amount(data[:-1])
    assert sum(map(len, _NATIVE.values())) == 7


def test_an_error_is_told_in_the_runtimes_own_words() -> None:
    assert describe_error("AccountInUse") == "AccountInUse"
    assert describe_error({"InstructionError": [2, {"Custom": 1}]}) == (
        'InstructionError: [2, {"Custom": 1}]'
    )


def test_an_instruction_cut_after_its_number_is_garbled() -> None:
    """Four bytes are a number; fewer name no instruction at all."""
    cut = struct.pack("<I", 2)
    told = Instruction((0,), SYSTEM, KEYS, cut, None)
    with pytest.raises(Garbled, match="cut"):
        list(_read_native(told, cut))
    assert list(_read_native(told, cut[:3])) == []
    assert list(_read_native(told, cut + u64(7))) == [Move((0,), A, B, 7)]


@pytest.mark.parametrize("fee", [None, {}, {"amount": 2}, {"amount": "x"}])
def test_a_fee_that_a_node_does_not_tell_is_named(fee: Any) -> None:
    facts = {"source": A, "destination": C, "mint": B, "tokenAmount": {"amount": "7"}}
    with pytest.raises(Garbled, match=r"^feeAmount "):
        list(_read_parsed_token((0,), "transferCheckedWithFee", facts | {"feeAmount": fee}))


@dataclass(frozen=True)
class _Asked:
    """What a failed transaction asked for; of its accounts only one has a known mint."""

    steps: tuple[tuple[int, Step], ...]
    mints: dict[str | None, str]

    def mint_of(self, move: Move) -> str | None:
        return self.mints.get(move.source)

    def owner_of(self, account: str) -> str | None:
        return {B: D}.get(account)


@pytest.mark.parametrize(
    ("move", "text"),
    [
        (Move((0,), A, B, 7, token=True), f"7 of {{usdc}} to {D}"),
        (Move((0,), C, B, 7, token=True), f"7 of a token to {D}"),
        (Move((0,), C, B, 7, token=True, mint=MINT), f"7 of {{usdc}} to {D}"),
        (Move((0,), A, C, 7), f"7 of {{native}} to {C}"),
    ],
    ids=["known-by-its-account", "unknown", "named-in-the-call", "coin"],
)
def test_what_a_failed_transaction_asked_for_names_the_asset(move: Move, text: str) -> None:
    network = load_registry()["SOL"]
    deal = Deal.__new__(Deal)
    deal.network = network
    deal.flows = _Asked(((0, move),), {A: MINT})  # type: ignore[assignment]  # all that is asked of it
    (note,) = deal.requests()
    usdc = token_asset(network, "token", MINT)
    assert note.text == "it asked to pay " + text.format(usdc=usdc, native=network.native_asset)


@pytest.mark.parametrize("tail", [b"", b"\x00", bytes(40)])
@pytest.mark.parametrize("number", [7, 13])
def test_a_confidential_transfer_is_hidden_whatever_its_proofs_are(
    number: int, tail: bytes
) -> None:
    (step,) = _read_token((0,), KEYS, bytes([27, number]) + tail)
    assert isinstance(step, Hidden)
