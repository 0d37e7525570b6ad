"""What a transaction's payload asks for: the payments of the framework's own transfer functions.

Knows: names and arguments of those functions. Must not know: what was executed. It serves where
nothing was: for pending and failed transactions. What a package's function would have paid is
not to be read from its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recovery.chains.aptos.wire import read_address, read_number
from recovery.chains.shape import Json, read_list, read_object
from recovery.errors import Garbled

APTOS_COIN = "0x1::aptos_coin::AptosCoin"

_NATIVE = {"0x1::aptos_account::transfer", "0x1::aptos_account::fungible_transfer_only"}
_NATIVE_BATCH = {"0x1::aptos_account::batch_transfer"}
_COIN = {"0x1::aptos_account::transfer_coins", "0x1::coin::transfer"}
_COIN_BATCH = {"0x1::aptos_account::batch_transfer_coins"}
_FUNGIBLE = {
    "0x1::primary_fungible_store::transfer",
    "0x1::aptos_account::transfer_fungible_assets",
}
_FUNGIBLE_BATCH = {"0x1::aptos_account::batch_transfer_fungible_assets"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One payment that a payload asks for."""

    namespace: str
    reference: str
    recipient: str
    amount: int


def find_call(payload: Any) -> Json | None:
    """The entry function of a payload, also of one that a multisig account makes."""
    if not isinstance(payload, dict):
        return None
    if payload.get("type") == "multisig_payload":
        return find_call(payload.get("transaction_payload"))
    return payload if payload.get("type") == "entry_function_payload" else None


def find_multisig(payload: Any) -> str | None:
    """The account that a multisig payload acts for."""
    if isinstance(payload, dict) and payload.get("type") == "multisig_payload":
        return read_address(payload.get("multisig_address"), "the multisig account")
    return None


def read_asked(payload: Any) -> tuple[Asked, ...]:
    """The payments asked for; none where the function is no transfer of the framework."""
    call = find_call(payload)
    if call is None:
        return ()
    name = re.sub(r"^0x0*(?=[1-9a-f])", "0x", str(call.get("function")))
    arguments = read_list(call.get("arguments"), "a call's arguments")
    types = read_list(call.get("type_arguments"), "a call's type arguments")
    try:
        return _read_payments(name, types, arguments)
    except IndexError:
        raise Garbled("source-garbled", f"{name} lacks arguments") from None


def _read_payments(name: str, types: Sequence[Any], arguments: Sequence[Any]) -> tuple[Asked, ...]:
    if name in _NATIVE | _NATIVE_BATCH:
        return _pay("coin", APTOS_COIN, arguments, batch=name in _NATIVE_BATCH)
    if name in _COIN | _COIN_BATCH:
        return _pay("coin", str(types[0]), arguments, batch=name in _COIN_BATCH)
    if name in _FUNGIBLE | _FUNGIBLE_BATCH:
        inner = arguments[0]
        metadata = inner.get("inner") if isinstance(inner, dict) else inner
        reference = read_address(metadata, "the fungible asset asked for")
        return _pay("fungible", reference, arguments[1:], batch=name in _FUNGIBLE_BATCH)
    return ()


def _pay(
    namespace: str, reference: str, arguments: Sequence[Any], *, batch: bool
) -> tuple[Asked, ...]:
    recipients, amounts = arguments[0], arguments[1]
    if not batch:
        recipients, amounts = [recipients], [amounts]
    pairs = zip(
        read_list(recipients, "the recipients"), read_list(amounts, "the amounts"), strict=False
    )
    return tuple(
        Asked(
            namespace,
            reference,
            read_address(recipient, "a recipient"),
            read_number(amount, "an amount"),
        )
        for recipient, amount in pairs
    )


def read_signature(tx: Json) -> tuple[frozenset[str], str | None]:
    """Everybody who signed as a party of the transaction, and who pays the gas (None: a system's own).

    The sender signs, other agents may beside him; a sponsor signs for the gas alone.
    """
    if "sender" not in tx:
        return frozenset(), None
    sender = read_address(tx.get("sender"), "the sender")
    signers, payer = {sender}, sender
    signature = tx.get("signature")
    if signature is None:
        return frozenset(signers), payer
    kind = read_object(signature, "the signature").get("type")
    if kind in ("multi_agent_signature", "fee_payer_signature"):
        others = read_list(signature.get("secondary_signer_addresses"), "the other signers")
        signers |= {read_address(a, "another signer") for a in others}
    if kind == "fee_payer_signature":
        payer = read_address(signature.get("fee_payer_address"), "the fee's payer")
    acting = find_multisig(tx.get("payload"))
    return frozenset(signers | ({acting} if acting else set())), payer
