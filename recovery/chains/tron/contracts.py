"""What each type of Tron contract moves, read from what was signed and from the result.

Knows: the contract types by their protobuf numbers, their fields, which of them move value. Must
not know: logs and internal transactions; whether the transaction succeeded.

Delegated energy and bandwidth look like money in a wallet's list: nothing is paid by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recovery.chains.evm import abi
from recovery.chains.shape import garbled
from recovery.chains.tron import wire
from recovery.chains.tron.moves import Move, of_contract, trc10
from recovery.chains.tron.wire import Signed, read_address, read_int
from recovery.model import Gap, Note, TransferKind
from recovery.networks import Network

TRANSFER, TRANSFER_ASSET, PARTICIPATE = 1, 2, 9
CREATE_CONTRACT, TRIGGER_CONTRACT = 30, 31
PROGRAMS = frozenset({CREATE_CONTRACT, TRIGGER_CONTRACT})

NAMES: Mapping[int, str] = {
    0: "AccountCreateContract",
    TRANSFER: "TransferContract",
    TRANSFER_ASSET: "TransferAssetContract",
    3: "VoteAssetContract",
    4: "VoteWitnessContract",
    5: "WitnessCreateContract",
    6: "AssetIssueContract",
    8: "WitnessUpdateContract",
    PARTICIPATE: "ParticipateAssetIssueContract",
    10: "AccountUpdateContract",
    11: "FreezeBalanceContract",
    12: "UnfreezeBalanceContract",
    13: "WithdrawBalanceContract",
    14: "UnfreezeAssetContract",
    15: "UpdateAssetContract",
    16: "ProposalCreateContract",
    17: "ProposalApproveContract",
    18: "ProposalDeleteContract",
    19: "SetAccountIdContract",
    CREATE_CONTRACT: "CreateSmartContract",
    TRIGGER_CONTRACT: "TriggerSmartContract",
    33: "UpdateSettingContract",
    41: "ExchangeCreateContract",
    42: "ExchangeInjectContract",
    43: "ExchangeWithdrawContract",
    44: "ExchangeTransactionContract",
    45: "UpdateEnergyLimitContract",
    46: "AccountPermissionUpdateContract",
    48: "ClearABIContract",
    49: "UpdateBrokerageContract",
    51: "ShieldedTransferContract",
    52: "MarketSellAssetContract",
    53: "MarketCancelOrderContract",
    54: "FreezeBalanceV2Contract",
    55: "UnfreezeBalanceV2Contract",
    56: "WithdrawExpireUnfreezeContract",
    57: "DelegateResourceContract",
    58: "UnDelegateResourceContract",
    59: "CancelAllUnfreezeV2Contract",
}

_PAYS_NOBODY = {
    0: "it only makes an account exist",
    3: "it is a vote",
    4: "it is a vote",
    5: "it registers a witness",
    8: "it changes a witness",
    10: "it names an account",
    11: "it stakes the sender's own coin; a receiver gets energy or bandwidth, no coin",
    12: "it ends a stake",
    13: "it withdraws the sender's own rewards",
    15: "it changes a token's description",
    16: "it is a proposal",
    17: "it is a vote",
    18: "it withdraws a proposal",
    19: "it names an account",
    33: "it changes a setting of a contract",
    45: "it changes a setting of a contract",
    46: "it changes who may sign for the account",
    48: "it changes a setting of a contract",
    49: "it changes a witness",
    54: "it stakes the sender's own coin",
    55: "it ends a stake: the coin is the owner's again after fourteen days",
    56: "it withdraws what the sender has unstaked",
    57: "it lends energy or bandwidth: no coin and no token moves",
    58: "it takes lent energy or bandwidth back: no coin and no token moves",
    59: "it takes back pending unstakings",
}
"""Types that pay nobody but, from stake and rewards, their own sender; each with its words."""

_RESOURCES = frozenset({11, 57, 58})
_OWNER_FIELD = {TRANSFER_ASSET: 2, 10: 2, 19: 2}
"""Where another field than the first names the owner."""

TRC10_IDS_SINCE_MS = 1_561_939_200_000
"""July 2019. A TRC-10 was named by its text in transactions until proposal 14 let names repeat, early
that year; an old text may look like a number and is not to be taken for today's id."""


@dataclass(slots=True)
class Reading:
    """``owner`` signed and pays the fee; ``target`` is the contract that was called."""

    owner: str | None
    target: str | None = None
    moves: list[Move] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    gaps: set[Gap] = field(default_factory=set)


def read_contract(network: Network, signed: Signed, info: Mapping[str, Any] | None) -> Reading:
    """What the contract itself moves; ``info`` is None while it is pending. Raises `Garbled`."""
    reading = Reading(wire.optional_address(signed.value, _OWNER_FIELD.get(signed.kind, 1)))
    if signed.permission:
        text = f"signed with the account's permission {signed.permission} (multi-signature)"
        reading.notes.append(Note("multi_signature", text))
    read = _READERS.get(signed.kind, _read_other)
    read(network, signed, info or {}, reading)
    return reading


def _owner(reading: Reading) -> str:
    if reading.owner is None:
        raise garbled("the signed bytes name no sender")
    return reading.owner


def _positive(signed: Signed, number: int) -> int:
    """The chain refuses transfers of nothing."""
    amount = wire.number(signed.value, number)
    if not amount:
        raise garbled("a transfer without an amount")
    return amount


def _coin(network: Network, reading: Reading, recipient: str, amount: int) -> Move:
    move = Move(
        "native", TransferKind.NATIVE, network.native_asset, amount, _owner(reading), recipient
    )
    reading.moves.append(move)
    return move


def _read_transfer(
    network: Network, signed: Signed, info: Mapping[str, Any], reading: Reading
) -> None:
    _coin(network, reading, wire.address(signed.value, 2), _positive(signed, 3))


def _read_transfer_asset(
    network: Network, signed: Signed, info: Mapping[str, Any], reading: Reading
) -> None:
    named = wire.last_bytes(signed.value, 1).decode("latin-1")
    recipient, amount = wire.address(signed.value, 3), _positive(signed, 4)
    old = "blockTimeStamp" in info and read_int(info, "blockTimeStamp") < TRC10_IDS_SINCE_MS
    if old or not (named.isascii() and named.isdigit()) or named[:1] == "0":
        text = f"{amount} of the TRC-10 named {named[:32]!r} went to {wire.text_of(recipient)}; a name is no id"
        reading.notes.append(Note("trc10_by_name", text))
        reading.gaps.add(Gap.INTERNAL_TRANSFERS)
        return
    _token(network, reading, recipient, amount, named)


def _token(network: Network, reading: Reading, recipient: str, amount: int, named: str) -> None:
    reading.moves.append(
        Move(
            position="token",
            kind=TransferKind.TOKEN,
            asset=trc10(network, named),
            amount=amount,
            sender=_owner(reading),
            recipient=recipient,
            token=named,
            standard="trc10",
        )
    )


def _read_trigger(
    network: Network, signed: Signed, info: Mapping[str, Any], reading: Reading
) -> None:
    reading.target = wire.address(signed.value, 2)
    amount = wire.number(signed.value, 3)
    if amount:
        _coin(network, reading, reading.target, amount)
    tokens = wire.number(signed.value, 5)
    if tokens:
        _token(network, reading, reading.target, tokens, str(wire.number(signed.value, 6)))


def _read_create(
    network: Network, signed: Signed, info: Mapping[str, Any], reading: Reading
) -> None:
    amount = wire.number(wire.parse_fields(wire.join(signed.value, 2)), 5)
    tokens = wire.number(signed.value, 3)
    if not info or not (amount or tokens):
        return
    made = read_address(info.get("contract_address"), "contract_address")
    if amount:
        _coin(network, reading, made, amount).type = "contract_creation"
    if tokens:
        _token(network, reading, made, tokens, str(wire.number(signed.value, 4)))


def _read_participate(
    network: Network, signed: Signed, info: Mapping[str, Any], reading: Reading
) -> None:
    move = _coin(network, reading, wire.address(signed.value, 2), _positive(signed, 4))
    move.type, move.special = "participate_asset_issue", True
    text = "a TRC-10 was bought from its issuer; the tokens went to the transaction's sender"
    reading.notes.append(Note("trc10_bought", text))


def _read_other(
    network: Network, signed: Signed, info: Mapping[str, Any], reading: Reading
) -> None:
    name = NAMES.get(signed.kind, f"type {signed.kind}")
    why = _PAYS_NOBODY.get(signed.kind)
    if why is None:
        text = f"a contract of {name}: what it moved is not read here"
        reading.notes.append(Note("unread_contract_type", text))
        reading.gaps.add(Gap.INTERNAL_TRANSFERS)
        return
    code = "resource_delegation" if signed.kind in _RESOURCES else "pays_nobody_else"
    reading.notes.append(Note(code, f"{name}: {why}"))
    _read_returns(network, info, reading)


_RETURNS = (
    ("withdraw_amount", "reward", "vote_reward"),
    ("unfreeze_amount", "stake", "unfreeze"),
    ("withdraw_expire_amount", "unstaked", "withdraw_expire_unfreeze"),
)
"""Amounts of the result that came back to the sender from rewards or stake."""


def _read_returns(network: Network, info: Mapping[str, Any], reading: Reading) -> None:
    for name, position, kind in _RETURNS:
        amount = read_int(info, name)
        if amount:
            reward = position == "reward"
            reading.moves.append(
                Move(
                    position=position,
                    kind=TransferKind.REWARD if reward else TransferKind.NATIVE,
                    asset=network.native_asset,
                    amount=amount,
                    sender=None if reward else _owner(reading),
                    recipient=_owner(reading),
                    type=kind,
                    special=True,
                )
            )


_READERS = {
    TRANSFER: _read_transfer,
    TRANSFER_ASSET: _read_transfer_asset,
    PARTICIPATE: _read_participate,
    CREATE_CONTRACT: _read_create,
    TRIGGER_CONTRACT: _read_trigger,
}

_SELECTORS = {"a9059cbb": 0, "23b872dd": 1}
"""``transfer(address,uint256)`` and ``transferFrom(address,address,uint256)``: where the recipient is."""


def read_plain_call(signed: Signed) -> tuple[str, int] | None:
    """Recipient and number of a token's plain transfer as its sender asked for it, else None."""
    data = wire.last_bytes(signed.value, 4).hex() if signed.kind == TRIGGER_CONTRACT else ""
    at = _SELECTORS.get(data[:8])
    if at is None:
        return None
    words = abi.words_of("0x" + data[8:])
    if len(words) < at + 2:
        return None
    # Wallets leave 41 or worse in the upper bytes; the machine reads the lower twenty.
    return wire.PREFIX + words[at][24:], abi.int_of_word(words[at + 1])


def find_asked(network: Network, signed: Signed, reading: Reading) -> list[Move]:
    """What a failed transaction had asked for: nothing of it arrived."""
    asked = [move for move in reading.moves if move.position in ("native", "token")]
    call = read_plain_call(signed)
    if call is not None and reading.target is not None:
        recipient, amount = call
        asset = of_contract(network, "trc20", reading.target)
        asked.append(
            Move(
                position="call",
                kind=TransferKind.TOKEN,
                asset=asset,
                amount=amount,
                sender=_owner(reading),
                recipient=recipient,
                token=reading.target,
                standard="trc20",
            )
        )
    for move in asked:
        move.succeeded, move.requested, move.amount = False, move.amount, 0
    return asked
