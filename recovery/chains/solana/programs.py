"""What the chain's own programs were told to do: one instruction to the steps it took.

Knows: the instructions of the system, stake, vote, token, memo and Bubblegum programs that move
value, name an account's owner or carry a memo, as bytes and as the node's ``jsonParsed``. Must not
know: balances. A step says what was *asked*; what arrived, the balances say.

Layouts: a program's instruction begins with its number, four bytes little-endian in the system,
stake and vote programs, one byte in the token programs; numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from base58_bech32.base58 import b58encode

from recovery.chains.shape import Json, garbled, read_list, read_object, read_text
from recovery.chains.solana.answer import (
    TOKEN,
    TOKEN_2022,
    Instruction,
    Place,
    read_digits,
    read_key,
    read_u64,
)

SYSTEM = "11111111111111111111111111111111"
STAKE = "Stake11111111111111111111111111111111111111"
VOTE = "Vote111111111111111111111111111111111111111"
COMPUTE_BUDGET = "ComputeBudget111111111111111111111111111111"
BUBBLEGUM = "BGUMAp9Gq7iTEuizy4pqaxsYyUCBK68MDfK752saPUY"
MEMOS = (
    "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
    "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVddwQDxFMNo",
)
CALLS_NOBODY = frozenset({SYSTEM, STAKE, VOTE, COMPUTE_BUDGET, TOKEN, *MEMOS})
"""Programs that never call another one: nothing is missing where their calls were not recorded."""


@dataclass(frozen=True, slots=True)
class Move:
    """An amount asked to go from one account to another.

    ``amount`` None is all there is (a closed account's lamports). ``source`` None: tokens made;
    ``target`` None: tokens destroyed. ``token`` tells token accounts from lamports; ``mint`` is None
    where the instruction does not name it. ``fee`` is withheld by the mint, as the instruction says.
    """

    place: Place
    source: str | None
    target: str | None
    amount: int | None
    token: bool = False
    mint: str | None = None
    fee: int = 0
    type: str | None = None
    maker: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A token account came to be, for this owner and mint."""

    account: str
    mint: str
    owner: str


@dataclass(frozen=True, slots=True)
class Said:
    """A memo."""

    place: Place
    text: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """A compressed NFT changed hands: leaf ``nonce`` of ``tree``, which no balance shows."""

    place: Place
    tree: str
    nonce: int
    sender: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something moved that neither the instruction nor a balance shows."""

    place: Place
    code: str
    text: str


Step = Move | Opened | Said | Leaf | Hidden


def read_steps(instruction: Instruction) -> Iterator[Step]:
    """The steps of one instruction; none where its program is not known here."""
    program = instruction.program
    if program in MEMOS:
        yield Said(instruction.place, _memo_of(instruction))
    elif instruction.data is None:
        yield from _read_parsed(instruction, instruction.parsed)
    elif program in (TOKEN, TOKEN_2022):
        yield from _read_token(instruction.place, instruction.accounts, instruction.data)
    elif program in _NATIVE:
        yield from _read_native(instruction, instruction.data)
    elif program == BUBBLEGUM:
        yield _read_bubblegum(instruction, instruction.data)


def advances_nonce(instruction: Instruction) -> bool:
    """Whether it spends a durable nonce: the transaction then does not expire with its blockhash."""
    if instruction.program != SYSTEM:
        return False
    if instruction.data is None:
        return (
            isinstance(instruction.parsed, dict)
            and instruction.parsed.get("type") == "advanceNonce"
        )
    return instruction.data == struct.pack("<I", 4)


def _memo_of(instruction: Instruction) -> bytes:
    if instruction.data is not None:
        return instruction.data
    return read_text(instruction.parsed, "a memo").encode()


def _account(accounts: tuple[str, ...], index: int) -> str:
    if index >= len(accounts):
        raise garbled("an instruction has too few accounts")
    return accounts[index]


def _u64(data: bytes, offset: int) -> int:
    if len(data) < offset + 8:
        raise garbled("an instruction's data is cut")
    number: int = struct.unpack_from("<Q", data, offset)[0]
    return number


@dataclass(frozen=True, slots=True)
class _Native:
    """Where a lamport-moving instruction has its accounts, its amount, and its name when parsed."""

    parsed: str
    source: int
    target: int
    names: tuple[str, str]
    amount: Callable[[bytes], int]
    type: str | None = None


def _after_tag(data: bytes) -> int:
    return _u64(data, 4)


def _after_seed(data: bytes) -> int:
    """CreateAccountWithSeed: the base key and the seed's text stand before the lamports."""
    return _u64(data, 4 + 32 + 8 + _u64(data, 36))


_NATIVE: dict[str, dict[int, _Native]] = {
    SYSTEM: {
        0: _Native("createAccount", 0, 1, ("source", "newAccount"), _after_tag),
        2: _Native("transfer", 0, 1, ("source", "destination"), _after_tag),
        3: _Native("createAccountWithSeed", 0, 1, ("source", "newAccount"), _after_seed),
        5: _Native(
            "withdrawFromNonce",
            0,
            1,
            ("nonceAccount", "destination"),
            _after_tag,
            "account_withdrawal",
        ),
        11: _Native("transferWithSeed", 0, 2, ("source", "destination"), _after_tag),
    },
    STAKE: {
        4: _Native(
            "withdraw", 0, 1, ("stakeAccount", "destination"), _after_tag, "account_withdrawal"
        )
    },
    VOTE: {
        3: _Native(
            "withdraw", 0, 1, ("voteAccount", "destination"), _after_tag, "account_withdrawal"
        )
    },
}


def _read_native(instruction: Instruction, data: bytes) -> Iterator[Move]:
    if len(data) < 4:
        return
    rule = _NATIVE[instruction.program].get(struct.unpack_from("<I", data)[0])
    if rule is not None:
        yield Move(
            instruction.place,
            _account(instruction.accounts, rule.source),
            _account(instruction.accounts, rule.target),
            rule.amount(data),
            type=rule.type,
        )


def _read_token(place: Place, accounts: tuple[str, ...], data: bytes) -> Iterator[Step]:
    """SPL Token and Token-2022 share their numbers; 255 packs several instructions into one."""

    def account(index: int) -> str:
        return _account(accounts, index)

    tag = data[0] if data else -1
    if tag == 3:
        yield Move(place, account(0), account(1), _u64(data, 1), token=True)
    elif tag == 12:
        yield Move(place, account(0), account(2), _u64(data, 1), token=True, mint=account(1))
    elif tag == 26 and data[1:2] == b"\x01":
        yield Move(
            place,
            account(0),
            account(2),
            _u64(data, 2),
            token=True,
            mint=account(1),
            fee=_u64(data, 11),
        )
    elif tag in (7, 14):
        yield Move(
            place,
            None,
            account(1),
            _u64(data, 1),
            token=True,
            mint=account(0),
            type="mint_to",
            maker=account(2),
        )
    elif tag in (8, 15):
        yield Move(place, account(0), None, _u64(data, 1), token=True, mint=account(1))
    elif tag == 9:
        yield Move(place, account(0), account(1), None, type="close_remainder")
    elif tag == 38:
        yield Move(place, account(0), account(1), None, type="account_withdrawal")
    elif tag == 1:
        yield Opened(account(0), account(1), account(2))
    elif tag in (16, 18):
        if len(data) < 33:
            raise garbled("an instruction's data is cut")
        yield Opened(account(0), account(1), b58encode(data[1:33]).decode())
    elif tag == 27 and data[1:2] in (b"\x07", b"\x0d"):
        yield _confidential(place)
    elif tag == 255:
        yield from _read_batch(place, accounts, data)


def _read_batch(place: Place, accounts: tuple[str, ...], data: bytes) -> Iterator[Step]:
    """Each packed instruction: how many accounts, how many bytes, the bytes. It never nests."""
    offset, first, number = 1, 0, 0
    while offset < len(data):
        count, size = data[offset], data[offset + 1] if offset + 1 < len(data) else 0
        part = data[offset + 2 : offset + 2 + size]
        if len(part) != size or first + count > len(accounts) or part[:1] == b"\xff":
            raise garbled("a batch of token instructions is cut")
        yield from _read_token((*place, number), accounts[first : first + count], part)
        offset, first, number = offset + 2 + size, first + count, number + 1


def _confidential(place: Place) -> Hidden:
    text = "a confidential transfer of Token-2022: the amount is encrypted and no balance shows it"
    return Hidden(place, "confidential_transfer", text)


_LEAF_TRANSFER = bytes.fromhex("a334c8e78c0345ba")
"""Anchor's number of ``transfer``: the first bytes of SHA-256 of ``global:transfer``."""


def _read_bubblegum(instruction: Instruction, data: bytes) -> Step:
    """Compressed NFTs are leaves of a Merkle tree; a transfer names the new owner of one."""
    if data[:8] == _LEAF_TRANSFER:
        return Leaf(
            instruction.place,
            tree=_account(instruction.accounts, 4),
            nonce=_u64(data, 104),
            sender=_account(instruction.accounts, 1),
            recipient=_account(instruction.accounts, 3),
        )
    text = "compressed NFTs were made or changed, which no token balance shows"
    return Hidden(instruction.place, "compressed_nft", text)


def _read_parsed(instruction: Instruction, parsed: Any) -> Iterator[Step]:
    """The node's own reading, believed of these programs only and by their ids."""
    program = instruction.program
    if program not in _NATIVE and program not in (TOKEN, TOKEN_2022):
        return
    item = read_object(parsed, "a parsed instruction")
    name = read_text(item.get("type"), "type")
    info = item.get("info")
    if program in _NATIVE:
        for rule in _NATIVE[program].values():
            if rule.parsed == name:
                facts = read_object(info, "info")
                yield Move(
                    instruction.place,
                    read_key(facts.get(rule.names[0]), rule.names[0]),
                    read_key(facts.get(rule.names[1]), rule.names[1]),
                    read_u64(facts.get("lamports"), "lamports"),
                    type=rule.type,
                )
    else:
        yield from _read_parsed_token(instruction.place, name, info)


def _read_parsed_token(place: Place, name: str, info: Any) -> Iterator[Step]:
    facts = read_object(info, "info") if info is not None else {}

    def key(field: str) -> str:
        return read_key(facts.get(field), field)

    if name in ("transfer", "transferChecked", "transferCheckedWithFee"):
        fee = read_object(facts.get("feeAmount"), "feeAmount") if name.endswith("Fee") else None
        yield Move(
            place,
            key("source"),
            key("destination"),
            _parsed_amount(facts),
            token=True,
            mint=key("mint") if name != "transfer" else None,
            fee=read_digits(fee.get("amount"), "feeAmount") if fee is not None else 0,
        )
    elif name in ("mintTo", "mintToChecked"):
        maker = next((f for f in ("mintAuthority", "multisigMintAuthority") if f in facts), "")
        yield Move(
            place,
            None,
            key("account"),
            _parsed_amount(facts),
            token=True,
            mint=key("mint"),
            type="mint_to",
            maker=key(maker),
        )
    elif name in ("burn", "burnChecked"):
        yield Move(place, key("account"), None, _parsed_amount(facts), token=True, mint=key("mint"))
    elif name == "closeAccount":
        yield Move(place, key("account"), key("destination"), None, type="close_remainder")
    elif name == "withdrawExcessLamports":
        yield Move(place, key("source"), key("destination"), None, type="account_withdrawal")
    elif name in ("initializeAccount", "initializeAccount2", "initializeAccount3"):
        yield Opened(key("account"), key("mint"), key("owner"))
    elif name in ("confidentialTransfer", "confidentialTransferWithFee"):
        yield _confidential(place)
    elif name == "batch":
        for number, part in enumerate(read_list(facts.get("instructions"), "instructions")):
            item = read_object(part, "an instruction of a batch")
            yield from _read_parsed_token(
                (*place, number), read_text(item.get("type"), "type"), item.get("info")
            )


def _parsed_amount(facts: Json) -> int:
    if "tokenAmount" in facts:
        facts = read_object(facts["tokenAmount"], "tokenAmount")
    return read_digits(facts.get("amount"), "amount")
