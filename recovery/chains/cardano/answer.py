"""What Blockfrost and Koios say of one transaction, read into one shape.

Knows: both dialects field by field; both print quantities as text. Must not know: HTTP, whose addresses
these are, what a transaction is worth (`recovery.chains.cardano.decode`).

A unit is ``lovelace``, or a token's policy (56 hexadecimal digits) and name (up to 64) joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from recovery.chains.labels import read_label
from recovery.chains.shape import garbled, read_bool, read_list, read_moment, read_object
from recovery.model import Block

LOVELACE = "lovelace"
_MESSAGE_LABEL = "674"  # CIP-20
_UNIT = re.compile(r"[0-9a-f]{56}(?:[0-9a-f]{2}){0,32}")
_LONGEST_MESSAGE = 1_000


@dataclass(frozen=True, slots=True)
class Input:
    """A spent output. Of a transaction in the mempool address and value may be unknown."""

    tx_hash: str
    index: int
    address: str | None
    lovelace: int | None


@dataclass(frozen=True, slots=True)
class Output:
    """``amounts`` by unit, the coin first. ``carries_data`` with datum or reference script."""

    index: int
    address: str
    amounts: Mapping[str, int]
    carries_data: bool


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction as signed; whether its outputs were made is said by ``valid``.

    A script that fails in the second phase makes a transaction invalid: then the collateral inputs
    are spent and the collateral return is made, and nothing else of it happens. ``fee`` is the fee
    of a valid transaction. ``expires`` is the first slot that takes it no more.
    ``withdrawn`` are staking rewards, ``minted`` counts tokens minted or burnt, ``message`` is CIP-20's.
    """

    hash: str
    block: Block | None
    valid: bool
    fee: int
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    collateral: tuple[Input, ...]
    collateral_return: Output | None
    expires: int | None
    withdrawn: int = 0
    minted: int = 0
    message: str | None = None
    message_encrypted: bool = False


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the off-chain register says of a token, and how many exist. For display alone."""

    ticker: str | None = None
    name: str | None = None
    decimals: int | None = None
    supply: int | None = None


def read_text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise garbled(f"{what} is no text")
    return value


def read_hash(value: Any, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise garbled(f"{what} is no hash")
    return value


def read_count(value: Any, what: str) -> int:
    """A JSON number that counts something: a height, an index, a time."""
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise garbled(f"{what} is no whole number")
    return value


def read_quantity(value: Any, what: str) -> int:
    """An amount, as digits in a text."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,20}", value):
        raise garbled(f"{what} is no quantity")
    return int(value)


def read_time(value: Any, what: str) -> datetime:
    """Seconds since 1970; the chain began in 2017."""
    return read_moment(value, what, since=1_500_000_000, until=1 << 32)


def _optional_slot(value: Any, what: str) -> int | None:
    return None if value is None else read_quantity(value, what)


def _add(amounts: dict[str, int], unit: str, quantity: int) -> None:
    if unit != LOVELACE and not _UNIT.fullmatch(unit):
        raise garbled(f"{unit[:200]!r} is no unit")
    if unit in amounts:
        raise garbled(f"an output names {unit} twice")
    amounts[unit] = quantity


def _unique(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    ordered = tuple(sorted(outputs, key=lambda o: o.index))
    if len({o.index for o in ordered}) != len(ordered):
        raise garbled("two outputs have one index")
    return ordered


def _check_totals(outputs: tuple[Output, ...], said: Mapping[str, int], *, coin_only: bool) -> None:
    """The transaction's own total against its outputs: catches a list that was cut."""
    totals: dict[str, int] = {}
    for output in outputs:
        for unit, quantity in output.amounts.items():
            if unit == LOVELACE or not coin_only:
                totals[unit] = totals.get(unit, 0) + quantity
    if totals != dict(said):
        raise garbled("the outputs do not add up to the transaction's total")


# ---------------------------------------------------------------------------------- Blockfrost


def read_blockfrost(answers: Mapping[str, Any], tx_hash: str) -> Tx:
    """``tx``, ``utxos``, ``metadata`` and ``withdrawals``, or ``mempool`` alone."""
    if answers.get("tx") is None:
        return _read_mempool(read_object(answers.get("mempool"), "mempool"), tx_hash)
    tx = read_object(answers["tx"], "tx")
    utxos = read_object(answers.get("utxos"), "utxos")
    if read_hash(tx.get("hash"), "hash") != tx_hash or utxos.get("hash") != tx_hash:
        raise garbled("the answer is about another transaction")
    block = Block(
        read_count(tx.get("block_height"), "block_height"),
        read_hash(tx.get("block"), "block"),
        read_time(tx.get("block_time"), "block_time"),
    )
    found = _blockfrost_tx(tx, utxos, block)
    if found.valid:
        total = _blockfrost_amounts(tx.get("output_amount"), "output_amount")
        _check_totals(found.outputs, total, coin_only=False)
    withdrawn = 0
    for row in read_list(answers.get("withdrawals"), "withdrawals"):
        withdrawn += read_quantity(read_object(row, "a withdrawal").get("amount"), "amount")
    labels = {}
    for row in read_list(answers.get("metadata"), "metadata"):
        label = read_object(row, "metadata").get("label")
        labels[label if isinstance(label, str) else ""] = row.get("json_metadata")
    minted = read_count(tx.get("asset_mint_or_burn_count"), "asset_mint_or_burn_count")
    return _with_words(found, withdrawn, minted, labels)


def _with_words(tx: Tx, withdrawn: int, minted: int, labels: Mapping[str, Any]) -> Tx:
    message, encrypted = _read_message(labels.get(_MESSAGE_LABEL))
    return replace(
        tx, withdrawn=withdrawn, minted=minted, message=message, message_encrypted=encrypted
    )


def _read_message(value: Any) -> tuple[str | None, bool]:
    """CIP-20: ``msg`` holds lines of up to 64 bytes; CIP-83 marks them encrypted by ``enc``."""
    if not isinstance(value, dict):
        return None, False
    lines = value.get("msg")
    lines = [lines] if isinstance(lines, str) else lines
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return None, False
    text = " ".join("".join(c if c.isprintable() else " " for c in line) for line in lines)
    return text[:_LONGEST_MESSAGE].strip() or None, "enc" in value


def _read_mempool(answer: dict[str, Any], tx_hash: str) -> Tx:
    tx = read_object(answer.get("tx"), "tx")
    if tx.get("hash") != tx_hash:
        raise garbled("the answer is about another transaction")
    return _blockfrost_tx(tx, answer, None)


def _blockfrost_tx(tx: dict[str, Any], utxos: dict[str, Any], block: Block | None) -> Tx:
    inputs: list[Input] = []
    collateral: list[Input] = []
    for row in read_list(utxos.get("inputs"), "inputs"):
        read = read_object(row, "an input")
        # reference inputs are looked at and not spent; early answers have no such flag
        if read_bool(read.get("reference", False), "reference"):
            continue
        spent = _blockfrost_input(read, pending=block is None)
        (collateral if read_bool(read.get("collateral"), "collateral") else inputs).append(spent)
    outputs: list[Output] = []
    returns: list[Output] = []
    for row in read_list(utxos.get("outputs"), "outputs"):
        read = read_object(row, "an output")
        made = _blockfrost_output(read)
        (returns if read_bool(read.get("collateral"), "collateral") else outputs).append(made)
    if len(returns) > 1:
        raise garbled("there are two collateral returns")
    _unique((*outputs, *returns))
    return Tx(
        hash=tx["hash"],
        block=block,
        valid=read_bool(tx.get("valid_contract"), "valid_contract"),
        fee=read_quantity(tx.get("fees"), "fees"),
        inputs=tuple(inputs),
        outputs=_unique(tuple(outputs)),
        collateral=tuple(collateral),
        collateral_return=returns[0] if returns else None,
        expires=_optional_slot(tx.get("invalid_hereafter"), "invalid_hereafter"),
    )


def _blockfrost_input(row: dict[str, Any], *, pending: bool) -> Input:
    known = not pending or row.get("address") is not None
    amounts = None
    if not pending:
        amounts = _blockfrost_amounts(row.get("amount"), "an input's amount")
    return Input(
        read_hash(row.get("tx_hash"), "an input's tx_hash"),
        read_count(row.get("output_index"), "an input's output_index"),
        read_text(row.get("address"), "an input's address") if known else None,
        None if amounts is None else amounts.get(LOVELACE, 0),
    )


def _blockfrost_output(row: dict[str, Any]) -> Output:
    return Output(
        read_count(row.get("output_index"), "output_index"),
        read_text(row.get("address"), "an output's address"),
        _blockfrost_amounts(row.get("amount"), "an output's amount"),
        any(row.get(k) for k in ("data_hash", "inline_datum", "reference_script_hash")),
    )


def _blockfrost_amounts(value: Any, what: str) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for item in read_list(value, what):
        part = read_object(item, what)
        _add(
            amounts, read_text(part.get("unit"), "unit"), read_quantity(part.get("quantity"), what)
        )
    return amounts


# --------------------------------------------------------------------------------------- Koios


def read_koios(answers: Mapping[str, Any], tx_hash: str) -> Tx:
    """``tx``: one row of ``tx_info``, asked with inputs, assets, scripts, metadata, withdrawals."""
    tx = read_object(answers.get("tx"), "tx")
    if read_hash(tx.get("tx_hash"), "tx_hash") != tx_hash:
        raise garbled("the answer is about another transaction")
    block = Block(
        read_count(tx.get("block_height"), "block_height"),
        read_hash(tx.get("block_hash"), "block_hash"),
        read_time(tx.get("tx_timestamp"), "tx_timestamp"),
    )
    outputs = _unique(tuple(_koios_output(o) for o in read_list(tx.get("outputs"), "outputs")))
    collateral = tuple(_koios_inputs(_given(tx, "collateral_inputs") or [], "collateral_inputs"))
    returned = _given(tx, "collateral_output")
    valid = _koios_validity(tx, collateral=bool(collateral))
    if valid:
        said = {LOVELACE: read_quantity(tx.get("total_output"), "total_output")}
        _check_totals(outputs, said, coin_only=True)
    found = Tx(
        hash=tx_hash,
        block=block,
        valid=valid,
        fee=read_quantity(tx.get("fee"), "fee"),
        inputs=tuple(_koios_inputs(tx.get("inputs"), "inputs")),
        outputs=outputs,
        collateral=collateral,
        collateral_return=None if returned is None else _koios_output(returned),
        expires=_optional_slot(tx.get("invalid_after"), "invalid_after"),
    )
    withdrawn = sum(
        read_quantity(read_object(w, "a withdrawal").get("amount"), "amount")
        for w in read_list(_given(tx, "withdrawals") or [], "withdrawals")
    )
    labels = tx.get("metadata")
    minted = len(read_list(_given(tx, "assets_minted") or [], "assets_minted"))
    return _with_words(found, withdrawn, minted, labels if isinstance(labels, dict) else {})


def _given(tx: dict[str, Any], field: str) -> Any:
    """A field that may be null where it was asked for, and is missing where it was not."""
    if field not in tx:
        raise garbled(f"{field} is missing")
    return tx[field]


def _koios_validity(tx: dict[str, Any], *, collateral: bool) -> bool:
    """Each script's row says whether the transaction was valid; scripts run on collateral only."""
    rows = read_list(_given(tx, "plutus_contracts") or [], "plutus_contracts")
    words = [
        read_bool(read_object(r, "a contract").get("valid_contract"), "valid_contract")
        for r in rows
    ]
    if "valid_contract" in tx:
        words.append(read_bool(tx["valid_contract"], "valid_contract"))
    if collateral and not words:
        raise garbled("it gave collateral, and nothing says whether its scripts succeeded")
    if rows and not collateral:
        raise garbled("it ran scripts and gave no collateral")
    if len(set(words)) > 1:
        raise garbled("it is called valid and invalid")
    return all(words)


def _koios_inputs(value: Any, what: str) -> Iterator[Input]:
    for row in read_list(value, what):
        read = read_object(row, what)
        yield Input(
            read_hash(read.get("tx_hash"), "an input's tx_hash"),
            read_count(read.get("tx_index"), "an input's tx_index"),
            _koios_address(read),
            read_quantity(read.get("value"), "an input's value"),
        )


def _koios_address(row: dict[str, Any]) -> str:
    return read_text(read_object(row.get("payment_addr"), "payment_addr").get("bech32"), "bech32")


def _koios_output(value: Any) -> Output:
    row = read_object(value, "an output")
    amounts: dict[str, int] = {}
    _add(amounts, LOVELACE, read_quantity(row.get("value"), "an output's value"))
    for item in read_list(row.get("asset_list"), "asset_list"):
        part = read_object(item, "an asset")
        name = part.get("asset_name")  # empty of a token without a name
        if not isinstance(name, str):
            raise garbled("asset_name is no text")
        unit = read_text(part.get("policy_id"), "policy_id") + name
        _add(amounts, unit, read_quantity(part.get("quantity"), "an asset's quantity"))
    return Output(
        read_count(row.get("tx_index"), "tx_index"),
        _koios_address(row),
        amounts,
        any(row.get(k) for k in ("datum_hash", "inline_datum", "reference_script")),
    )


# -------------------------------------------------------------------------------------- tokens


def read_token(value: Any) -> TokenInfo:
    """A token's row of either API; an unregistered or unknown one says nothing."""
    if not isinstance(value, dict):
        return TokenInfo()
    said = value.get("metadata", value.get("token_registry_metadata"))
    register = said if isinstance(said, dict) else {}
    supply = value.get("quantity", value.get("total_supply"))
    decimals = register.get("decimals")
    return TokenInfo(
        ticker=_words(register.get("ticker")),
        name=_words(register.get("name")),
        decimals=decimals if type(decimals) is int and 0 <= decimals <= 255 else None,
        supply=int(supply)
        if isinstance(supply, str) and supply.isascii() and supply.isdigit()
        else None,
    )


def _words(value: Any) -> str | None:
    return read_label(value, most=100) if isinstance(value, str) else None
