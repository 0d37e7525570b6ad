"""Transfers of FA1.2 and FA2 tokens: by TzKT's reckoning of balances, or by what a call asked for.

Knows: TzKT's transfer rows, TZIP-7 and TZIP-12 parameters in Micheline. Must not know: HTTP, coins.

A token is a contract's own book-keeping. TzKT compares the books before and after and lists what
changed hands; the parameters of a ``transfer`` are only a wish, which any contract may ignore.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from base58_bech32.base58 import b58encode_check

from recovery.chains.labels import read_label
from recovery.chains.shape import garbled, read_list, read_object
from recovery.chains.tezos.answer import Operation, read_digits, read_int, read_text

_ADDRESS_PREFIXES = {
    b"\x00\x00": b"\x06\xa1\x9f",
    b"\x00\x01": b"\x06\xa1\xa1",
    b"\x00\x02": b"\x06\xa1\xa4",
    b"\x00\x03": b"\x06\xa1\xa6",
}


@dataclass(frozen=True, slots=True)
class TokenMove:
    """``sender`` None is a mint, ``recipient`` None a burn. ``unique`` for what is no money."""

    position: str
    contract: str
    standard: str
    token_id: str
    sender: str | None
    recipient: str | None
    amount: int
    symbol: str | None = None
    name: str | None = None
    decimals: int | None = None
    unique: bool = False


def read_tzkt_moves(value: Any, operations: Sequence[Operation]) -> list[TokenMove]:
    """The rows of ``/v1/tokens/transfers``, each joined to its operation by TzKT's number."""
    by_row = {o.row: o for o in operations if o.row is not None}
    seen: Counter[str] = Counter()
    moves = []
    rows = [read_object(row, "a transfer") for row in read_list(value, "the transfers")]
    numbers = [read_int(row.get("id"), "id") for row in rows]
    if numbers != sorted(set(numbers)):
        raise garbled("the token transfers are not in their order")
    for row in rows:
        operation = by_row.get(read_int(row.get("transactionId"), "transactionId"))
        if operation is None:
            raise garbled("a token transfer of another operation")
        position = f"{operation.position}:{seen[operation.position]}"
        seen[operation.position] += 1
        moves.append(_tzkt_move(row, position))
    for operation in operations:
        if operation.moved is not None and operation.moved != seen[operation.position]:
            raise garbled("the token transfers are not as many as the operation says")
    return moves


def _tzkt_move(row: dict[str, Any], position: str) -> TokenMove:
    token = read_object(row.get("token"), "token")
    contract = read_object(token.get("contract"), "the token's contract")
    standard = read_text(token.get("standard"), "standard")
    if standard not in ("fa1.2", "fa2"):
        raise garbled("a token of an unknown standard")
    said = token.get("metadata")
    metadata: dict[str, Any] = said if isinstance(said, dict) else {}
    decimals = metadata.get("decimals")
    places = int(decimals) if isinstance(decimals, str) and decimals in _PLACES else None
    single = token.get("totalSupply") == "1" or metadata.get("isBooleanAmount") in (True, "true")
    picture = metadata.get("artifactUri") is not None
    return TokenMove(
        position=position,
        contract=read_text(contract.get("address"), "the token's contract"),
        standard=standard,
        token_id=str(read_digits(token.get("tokenId"), "tokenId")),
        sender=_party(row, "from"),
        recipient=_party(row, "to"),
        amount=read_digits(row.get("amount"), "amount"),
        symbol=_words(metadata.get("symbol")),
        name=_words(metadata.get("name")),
        decimals=places,
        unique=standard == "fa2" and not places and (single or picture),
    )


_PLACES = frozenset(map(str, range(256)))


def _party(row: dict[str, Any], field: str) -> str | None:
    if row.get(field) is None:
        return None
    return read_text(read_object(row[field], field).get("address"), field)


def _words(value: Any) -> str | None:
    return read_label(value, most=100) if isinstance(value, str) else None


def read_asked_moves(operations: Sequence[Operation]) -> list[TokenMove]:
    """What the ``transfer`` calls of a group ask for, in either source's form of their values."""
    moves = []
    for operation in operations:
        call, contract = operation.call, operation.target
        if call is None or call.entrypoint != "transfer" or contract is None:
            continue
        if not contract.startswith("KT1"):
            continue
        try:
            asked = list(_asked(call.value))
        except (KeyError, TypeError, ValueError, IndexError):
            continue  # a contract of another kind whose entrypoint has the same name
        for number, (standard, token_id, sender, recipient, amount) in enumerate(asked):
            position = f"{operation.position}:{number}"
            moves.append(
                TokenMove(position, contract, standard, token_id, sender, recipient, amount)
            )
    return moves


def _asked(value: Any) -> Iterator[tuple[str, str, str, str, int]]:
    if isinstance(value, str):  # TzKT once gave the value as a text of JSON
        value = json.loads(value)
    if isinstance(value, list):
        for batch in value:
            yield from _asked_fa2(batch)
        return
    if "from" in value:
        yield "fa1.2", "0", value["from"], value["to"], _number(value["value"])
        return
    sender, recipient, amount = _pair(value)
    yield "fa1.2", "0", _address(sender), _address(recipient), _number(amount["int"])


def _asked_fa2(batch: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, int]]:
    if "from_" in batch:
        for tx in batch["txs"]:
            token_id = str(_number(tx["token_id"]))
            yield "fa2", token_id, batch["from_"], tx["to_"], _number(tx["amount"])
        return
    sender, txs = batch["args"]
    for tx in txs:
        recipient, token_id, amount = _pair(tx)
        number = str(_number(token_id["int"]))
        yield "fa2", number, _address(sender), _address(recipient), _number(amount["int"])


def _pair(value: Any) -> list[Any]:
    """Three values of nested or of flat pairs: the protocol takes both for the same."""
    if value.get("prim") != "Pair":
        raise ValueError("no pair")
    args = list(value["args"])
    while len(args) == 2:
        if args[1].get("prim") != "Pair":
            raise ValueError("no pair of three")
        args = [args[0], *args[1]["args"]]
    if len(args) != 3:
        raise ValueError("no pair of three")
    return args


def _number(value: Any) -> int:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise ValueError("no natural number")
    return int(value)


def _address(value: Mapping[str, Any]) -> str:
    """Text, or the protocol's 22 bytes; an entrypoint may follow either."""
    if "string" in value:
        return str(value["string"]).partition("%")[0]
    raw = bytes.fromhex(value["bytes"])[:22]
    if len(raw) != 22:
        raise ValueError("no address")
    if raw[0] == 1:
        return b58encode_check(b"\x02\x5a\x79" + raw[1:21]).decode("ascii")
    return b58encode_check(_ADDRESS_PREFIXES[raw[:2]] + raw[2:]).decode("ascii")
