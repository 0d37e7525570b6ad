"""What an index and a master say of token contracts, and what a token's message says.

Knows: the rows of jetton wallets, masters and NFTs, a get-method's answer. Must not know: whether they
are to be believed (`recovery.chains.ton.decode`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recovery.chains.shape import garbled, read_list, read_object
from recovery.chains.ton.bodies import Move
from recovery.chains.ton.cells import Cell, Slice, parse_boc
from recovery.chains.ton.rows import Row, read_account
from recovery.errors import Garbled
from recovery.model import AddressKey


def read_move(row: Row, read: Callable[[Cell], Move]) -> Move | None:
    """The body of a jetton's or NFT's message; None where it can't be read as such."""
    if row.payment is None or row.payment.body is None:
        return None
    try:
        return read(row.payment.body)
    except Garbled:
        return None


def read_wallet(told: Any, account: AddressKey) -> tuple[AddressKey, AddressKey]:
    """Owner and master of a jetton wallet, as the index says."""
    wallet = read_object(told, "a jetton wallet")
    if read_account(wallet.get("address"), "a jetton wallet's address") != account:
        raise garbled("the answer is about another jetton wallet")
    owner = read_account(wallet.get("owner"), "a jetton wallet's owner")
    return owner, read_account(wallet.get("jetton"), "a jetton wallet's master")


def check_item(told: Any, account: AddressKey) -> None:
    """Raises `Garbled` where the index's row is of another NFT."""
    if read_account(read_object(told, "an NFT").get("address"), "an NFT's address") != account:
        raise garbled("the answer is about another NFT")


def read_derived(told: Any) -> AddressKey | None:
    """The address that ``get_wallet_address`` answered; None where it did not work."""
    if told is None:
        return None
    answer = read_object(told, "a get-method's answer")
    if answer.get("exit_code") != 0:
        return None
    (item,) = read_list(answer.get("stack"), "stack")
    value = read_object(item, "stack[0]").get("value")
    if not isinstance(value, str):
        raise garbled("get_wallet_address did not answer with a cell")
    return Slice(parse_boc(value)).address()


def read_names(told: Any) -> tuple[str | None, str | None, int | None]:
    """Name, symbol and decimals as the master says; for display only."""
    content = told.get("jetton_content") if isinstance(told, dict) else None
    if not isinstance(content, dict):
        return None, None, None
    name, symbol, decimals = (content.get(k) for k in ("name", "symbol", "decimals"))
    if isinstance(decimals, str) and decimals.isascii() and decimals.isdigit():
        decimals = int(decimals) if len(decimals) < 4 else None
    known = isinstance(decimals, int) and not isinstance(decimals, bool) and 0 <= decimals <= 255
    return (
        name if isinstance(name, str) else None,
        symbol if isinstance(symbol, str) else None,
        decimals if known else None,
    )
