"""One ``getTransaction`` answer, in ``json`` or ``jsonParsed`` encoding, read strictly.

Knows: where accounts, balances and instructions stand in either encoding, and what the runtime
guarantees of them. Must not know: what any program does, HTTP, statuses.

The runtime lets no lamport appear or vanish within a transaction but the fee, and lists each
account once; an answer that breaks this is `Garbled`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from base58_bech32.base58 import b58decode

from recovery.chains.shape import Json, garbled, read_list, read_moment, read_object, read_text
from recovery.model import AddressKey, Party

Place = tuple[int, ...]
"""``(2,)`` is the third instruction of the message, ``(2, 0)`` the first that it called."""

TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"
WRAPPED_SOL = "So11111111111111111111111111111111111111112"

_MOST = 2**64 - 1
_LONGEST_DATA = 16_384
_VERSIONS = ("legacy", 0)


def read_u64(value: Any, what: str) -> int:
    if type(value) is not int or not 0 <= value <= _MOST:
        raise garbled(f"{what} is no number of 64 bits")
    return value


def read_digits(value: Any, what: str) -> int:
    """Token amounts are texts of digits, since JSON readers elsewhere round large numbers."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,20}", value):
        raise garbled(f"{what} is no text of digits")
    return read_u64(int(value), what)


def read_key(value: Any, what: str) -> str:
    """An account's address: base58 of 32 bytes."""
    text = read_text(value, what)
    if party_of(text) is None:
        raise garbled(f"{what} is no account")
    return text


@functools.lru_cache(maxsize=8192)
def party_of(address: str) -> Party | None:
    """The account as a party, by its own address; None for a text that is no account."""
    if not re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{32,44}", address):
        return None
    raw = b58decode(address, max_length=44)
    return Party(address, AddressKey("ed25519", raw)) if len(raw) == 32 else None


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: raw (``data``), or already interpreted by the node (``parsed``)."""

    place: Place
    program: str
    accounts: tuple[str, ...]
    data: bytes | None
    parsed: Any = None


@dataclass(frozen=True, slots=True)
class TokenAccount:
    """A token account of the transaction before and after; None where it did not exist then.

    ``owner`` is who may spend: the last known one; very old answers name none.
    """

    address: str
    mint: str
    program: str
    decimals: int
    before: int | None
    after: int | None
    owner_before: str | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class TxAnswer:
    """What one transaction was and did to every account it named.

    ``gains`` are lamports gained or lost, the fee and rent given back to the payers; ``unkept`` those
    that nobody got. ``tokens`` is None where the node did not record token balances. ``inner`` says
    whether it recorded the instructions that programs called.
    """

    signature: str
    slot: int
    time: datetime | None
    keys: tuple[str, ...]
    fee: int
    error: Any
    gains: Mapping[str, int]
    tokens: Mapping[str, TokenAccount] | None
    instructions: tuple[Instruction, ...]
    inner: bool
    recent_blockhash: str
    unkept: int


def read_tx(answer: Any) -> TxAnswer:
    """Read an answer in either encoding; raises `Garbled` for everything else."""
    result = read_object(answer, "the transaction")
    if result.get("version", "legacy") not in _VERSIONS or result.get("version") is False:
        raise garbled("a transaction of a version that is not known here")
    transaction = read_object(result.get("transaction"), "transaction")
    message = read_object(transaction.get("message"), "message")
    meta = read_object(result.get("meta"), "meta")
    signatures = read_list(transaction.get("signatures"), "signatures")
    if not signatures:
        raise garbled("no signature")
    keys = _keys(message, meta)
    fee = read_u64(meta.get("fee"), "fee")
    before = _balances(meta, "preBalances", keys)
    after = _balances(meta, "postBalances", keys)
    gains = {key: after[key] - before[key] for key in keys}
    gains[keys[0]] += fee
    for key, rent in _rents(meta):
        if key in gains:
            gains[key] += rent
    unkept = -sum(gains.values())
    if unkept < 0:
        raise garbled("the balances do not add up: lamports came from nowhere")
    tokens = _tokens(meta, keys)
    for account in (tokens or {}).values():
        if account.mint == WRAPPED_SOL and (account.after or 0) > after[account.address]:
            raise garbled("an account shows more wrapped SOL than the lamports that lie in it")
    inner, instructions = _instructions(message, meta, keys)
    return TxAnswer(
        signature=read_text(signatures[0], "the signature"),
        slot=read_u64(result.get("slot"), "slot"),
        time=read_time(result.get("blockTime")),
        keys=keys,
        fee=fee,
        error=_error(meta),
        gains=gains,
        tokens=tokens,
        instructions=instructions,
        inner=inner,
        recent_blockhash=read_key(message.get("recentBlockhash"), "recentBlockhash"),
        unkept=unkept,
    )


def read_time(value: Any) -> datetime | None:
    """Seconds since 1970, or null where the validators' vote on the time was not kept."""
    return None if value is None else read_moment(value, "blockTime", until=2**33)


def _keys(message: Json, meta: Json) -> tuple[str, ...]:
    """The accounts in the order of the balances: static, then looked up writable, then read-only.

    ``jsonParsed`` lists objects and has those looked up among them.
    """
    listed = read_list(message.get("accountKeys"), "accountKeys")
    if listed and isinstance(listed[0], dict):
        keys = [read_key(read_object(k, "an account").get("pubkey"), "pubkey") for k in listed]
    else:
        keys = [read_key(k, "an account") for k in listed]
        if message.get("addressTableLookups"):
            loaded = read_object(meta.get("loadedAddresses"), "loadedAddresses")
            for part in ("writable", "readonly"):
                keys += [read_key(k, part) for k in read_list(loaded.get(part), part)]
    if not keys or len(set(keys)) != len(keys):
        raise garbled("no accounts, or one of them twice")
    return tuple(keys)


def _balances(meta: Json, name: str, keys: tuple[str, ...]) -> dict[str, int]:
    listed = read_list(meta.get(name), name)
    if len(listed) != len(keys):
        raise garbled(f"{name} has {len(listed)} entries for {len(keys)} accounts")
    return {key: read_u64(value, name) for key, value in zip(keys, listed, strict=True)}


def _rents(meta: Json) -> Iterator[tuple[str, int]]:
    """Until 2025 accounts below the rent-free balance were charged; the answer lists by how much."""
    rewards = meta.get("rewards")
    for item in [] if rewards is None else read_list(rewards, "rewards"):
        reward = read_object(item, "a reward")
        if reward.get("rewardType") in ("rent", "Rent"):
            lamports = reward.get("lamports")
            if type(lamports) is not int or not -_MOST <= lamports <= 0:
                raise garbled("a rent that is no charge")
            yield read_key(reward.get("pubkey"), "pubkey"), -lamports


def _error(meta: Json) -> Any:
    """``err`` is null or the error; ``status`` says the same in another way on older nodes."""
    if "err" not in meta:
        raise garbled("meta does not say whether it failed")
    error = meta["err"]
    if not (error is None or isinstance(error, str | dict)) or error in ("", {}):
        raise garbled("err is no error")
    if "status" in meta:
        status = read_object(meta["status"], "status")
        if ("Ok" in status) != (error is None) or ("Err" in status) != (error is not None):
            raise garbled("err and status contradict each other")
    return error


def _tokens(meta: Json, keys: tuple[str, ...]) -> dict[str, TokenAccount] | None:
    parts = [meta.get(name) for name in ("preTokenBalances", "postTokenBalances")]
    if parts == [None, None]:
        return None
    before, after = (_token_balances(part, keys) for part in parts)
    accounts = {}
    for address in dict.fromkeys((*before, *after)):
        old, new = before.get(address), after.get(address)
        known = new or old
        assert known is not None, "the address came from one of the two"
        if old and new and (old.mint, old.decimals) != (new.mint, new.decimals):
            # closed and opened anew for another mint within one transaction
            raise garbled("a token account changed its mint")
        accounts[address] = TokenAccount(
            address,
            known.mint,
            known.program,
            known.decimals,
            before=old.amount if old else None,
            after=new.amount if new else None,
            owner_before=old.owner if old else None,
            owner=known.owner,
        )
    return accounts


@dataclass(frozen=True, slots=True)
class _Balance:
    mint: str
    program: str
    decimals: int
    owner: str | None
    amount: int


def _token_balances(value: Any, keys: tuple[str, ...]) -> dict[str, _Balance]:
    found: dict[str, _Balance] = {}
    for item in read_list(value, "token balances"):
        entry = read_object(item, "a token balance")
        index = read_u64(entry.get("accountIndex"), "accountIndex")
        if index >= len(keys) or keys[index] in found:
            raise garbled("accountIndex names no account, or one twice")
        amount = read_object(entry.get("uiTokenAmount"), "uiTokenAmount")
        decimals = read_u64(amount.get("decimals"), "decimals")
        if decimals > 255:
            raise garbled("decimals are a byte")
        program = entry.get("programId", TOKEN)
        if program not in (TOKEN, TOKEN_2022):
            raise garbled("the balance of no token program")
        found[keys[index]] = _Balance(
            read_key(entry.get("mint"), "mint"),
            program,
            decimals,
            read_key(entry["owner"], "owner") if "owner" in entry else None,
            read_digits(amount.get("amount"), "amount"),
        )
    return found


def _instructions(
    message: Json, meta: Json, keys: tuple[str, ...]
) -> tuple[bool, tuple[Instruction, ...]]:
    outer = read_list(message.get("instructions"), "instructions")
    listed = meta.get("innerInstructions")
    called: dict[int, list[Any]] = {}
    for item in [] if listed is None else read_list(listed, "innerInstructions"):
        group = read_object(item, "inner instructions")
        index = read_u64(group.get("index"), "index")
        if index >= len(outer) or index in called:
            raise garbled("inner instructions of no instruction, or of one twice")
        called[index] = read_list(group.get("instructions"), "instructions")
    found = []
    for i, value in enumerate(outer):
        found.append(_instruction((i,), value, keys))
        found += [_instruction((i, j), v, keys) for j, v in enumerate(called.get(i, ()))]
    return listed is not None, tuple(found)


def _instruction(place: Place, value: Any, keys: tuple[str, ...]) -> Instruction:
    item = read_object(value, "an instruction")
    if "programIdIndex" in item:
        program = _named(item["programIdIndex"], keys)
        accounts = tuple(_named(i, keys) for i in read_list(item.get("accounts"), "accounts"))
        return Instruction(place, program, accounts, _data(item))
    program = read_key(item.get("programId"), "programId")
    if "parsed" in item:
        if not isinstance(item["parsed"], dict | str):
            raise garbled("a parsed instruction is an object or a text")
        return Instruction(place, program, _mentioned(item["parsed"], keys), None, item["parsed"])
    listed = read_list(item.get("accounts"), "accounts")
    return Instruction(
        place, program, tuple(read_key(k, "an account") for k in listed), _data(item)
    )


def _named(value: Any, keys: tuple[str, ...]) -> str:
    if type(value) is not int or not 0 <= value < len(keys):
        raise garbled("an instruction names no account of the transaction")
    return keys[value]


def _data(item: Json) -> bytes:
    text = read_text(item.get("data"), "data")
    if not re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]*", text) or len(text) > _LONGEST_DATA:
        raise garbled("an instruction's data is not base58")
    return b58decode(text, max_length=_LONGEST_DATA) if text else b""


def _mentioned(parsed: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The accounts of an interpreted instruction, whose order the node does not keep."""
    info = parsed.get("info") if isinstance(parsed, dict) else None
    values = info.values() if isinstance(info, dict) else ()
    known = set(keys)
    return tuple(v for v in values if isinstance(v, str) and v in known)
