"""Movements of coins, read from the events of a successful message.

Knows: which event types only the chain itself can emit (``transfer``, ``coin_received``,
``fungible_token_packet``, and ``_contract_address`` of a ``wasm`` event), and what each says. Must not
know: transactions, nodes, whose addresses these are.

A contract's own events are named ``wasm`` or ``wasm-…``; what they say of recipients and amounts is
that contract's word and counts for its own CW20 token alone.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from recovery.assets import token_asset
from recovery.chains.cosmos import signed
from recovery.chains.cosmos.codec import format_address, parse_address, read_bech32
from recovery.chains.cosmos.events import Event
from recovery.chains.cosmos.signed import Coin, Message, Packet
from recovery.chains.shape import garbled
from recovery.errors import BadInput
from recovery.model import AddressKey, AssetId, Note, Party
from recovery.networks import Network, load_registry

_COIN = re.compile(r"(\d{1,78})([a-zA-Z][a-zA-Z0-9/:._-]{2,127})")
_CW20_ACTIONS = {
    "transfer": "from",
    "transfer_from": "from",
    "send": "from",
    "send_from": "from",
    "mint": None,
}
"""Actions that give a CW20 token to ``to``, and the key that names who had it."""

_NFT_ACTIONS = frozenset({"transfer_nft", "send_nft", "mint_nft"})


@dataclass(frozen=True, slots=True)
class Move:
    """One coin, or CW20 token, that one account got. ``sender`` None: nobody on this chain."""

    recipient: Party
    sender: Party | None
    asset: AssetId
    amount: int
    type: str | None = None
    special: bool = False
    by_program: bool = False
    memo: str | None = None
    has_own_memo: bool = False
    cw20: bool = False
    hidden_sender: bool = False


class Read(NamedTuple):
    """What one message moved. ``refused`` are receipts that the chain refused; ``unsure`` is set
    where an event stands alone that always comes with another, or can't be read."""

    moves: list[Move]
    refused: list[Move]
    notes: list[Note]
    unsure: bool = False


@functools.lru_cache(maxsize=65_536)
def party_of(code: str, text: str) -> Party:
    """The party behind an address of this chain; raises `Garbled` for any other text."""
    try:
        address = parse_address(load_registry()[code], text)
    except BadInput:
        raise garbled(f"an event names no account of the chain: {text!r:.80}") from None
    return Party(address.text, address.key)


@functools.lru_cache(maxsize=4_096)
def asset_of(code: str, denom: str) -> AssetId:
    is_voucher = denom.startswith("ibc/")
    try:
        if is_voucher:
            return token_asset(load_registry()[code], "ibc", denom[4:])
        return token_asset(load_registry()[code], "denom", denom)
    except BadInput:
        raise garbled(f"an event names no coin: {denom!r:.80}") from None


@functools.cache
def module_account(network: str, name: str) -> Party:
    """A module's own account: the first 20 bytes of its name's SHA-256."""
    key = AddressKey("cosmos", hashlib.sha256(name.encode()).digest()[:20])
    return Party(format_address(load_registry()[network], key), key)


def parse_coins(text: str | None) -> tuple[Coin, ...]:
    """``5uatom`` or ``1ibc/…,2uatom``; an empty text is no coin. Raises `Garbled`."""
    if text is None:
        raise garbled("an event's amount is null")
    coins = []
    for part in text.split(",") if text else ():
        found = _COIN.fullmatch(part)
        if found is None:
            raise garbled(f"an event's amount can't be read: {part!r:.80}")
        coins.append(Coin(found[2], int(found[1])))
    return tuple(coins)


class _Bank(NamedTuple):
    recipient: Party
    sender: Party | None
    coin: Coin


def read_message(network: Network, message: Message, events: Sequence[Event]) -> Read:
    """What a message moved, by its events; ``events`` are those of this message alone."""
    banked, unsure = _read_bank(network, message, events)
    if message.type in signed.RECEIVE:
        read = _read_received(network, message, events, banked)
    elif message.type in signed.RETURNED:
        moves = [_move(network, b, type="ibc_refund", special=True, own_memo=True) for b in banked]
        read = Read(moves, [], [])
    else:
        read = Read([_classify(network, message, b) for b in banked], [], [])
    tokens, notes = _read_cw20(network, events)
    if unsure:
        text = "a transfer event stands without the receipt that comes with every payment"
        notes.append(Note("unbacked_event", text))
    unsure = unsure or any(note.code == "cw20_unclear" for note in notes)
    if message.type in signed.IBC_SEND:
        text = "the message sends coins over IBC to another chain: they arrive there, or come back"
        notes.append(Note("ibc_in_flight", text))
    return Read(read.moves + tokens, read.refused, read.notes + notes, unsure)


def _move(
    network: Network,
    bank: _Bank,
    *,
    type: str | None = None,
    special: bool = False,
    by_program: bool = False,
    own_memo: bool = False,
) -> Move:
    return Move(
        bank.recipient,
        bank.sender,
        asset_of(network.code, bank.coin.denom),
        bank.coin.amount,
        type=type,
        special=special,
        by_program=by_program,
        has_own_memo=own_memo,
        hidden_sender=bank.sender is None,
    )


def _classify(network: Network, message: Message, bank: _Bank) -> Move:
    if bank.sender == module_account(network.code, "distribution"):
        return _move(network, bank, type="staking_reward", special=True)
    if message.type in (signed.VESTING, signed.PERIODIC, signed.PERMANENT):
        return _move(network, bank, type="vesting", special=True)
    # 32 bytes: a contract's account, or a module's or interchain account's of the newer kind
    by_program = bank.sender is not None and _is_program(bank.sender)
    return _move(network, bank, by_program=by_program)


def _is_program(party: Party) -> bool:
    return party.key is not None and len(party.key.payload) == 32


def _read_bank(
    network: Network, message: Message, events: Sequence[Event]
) -> tuple[list[_Bank], bool]:
    """Payments of the bank, each with its receipt; whether one had none."""
    receipts = Counter(_receipts(events))
    counted = bool(receipts)  # the bank writes receipts since SDK 0.43
    found, unsure = [], False
    for event in events:
        if event.type != "transfer":
            continue
        recipient = party_of(network.code, _required(event, "recipient"))
        payer = _sender_of(network, message, event, events)
        for coin in parse_coins(_required(event, "amount")):
            receipt = (recipient.address, coin)
            if counted and not receipts[receipt]:
                unsure = True
                continue
            receipts[receipt] -= 1
            found.append(_Bank(recipient, payer, coin))
    return found, unsure


def _receipts(events: Sequence[Event]) -> Iterator[tuple[str | None, Coin]]:
    for event in events:
        if event.type == "coin_received":
            receiver = _required(event, "receiver").lower()
            for coin in parse_coins(_required(event, "amount")):
                yield receiver, coin


def _sender_of(
    network: Network, message: Message, event: Event, events: Sequence[Event]
) -> Party | None:
    """Who paid: MultiSend's events do not say it before SDK 0.53, its message does."""
    if event.has("sender"):
        return party_of(network.code, _required(event, "sender"))
    recipient = _required(event, "recipient")
    payers = {a.sender for a in signed.find_asked(message) if a.recipient == recipient}
    if not payers:
        payers = {_required(e, "spender") for e in events if e.type == "coin_spent"}
    payer = payers.pop() if len(payers) == 1 else ""
    return party_of(network.code, payer) if payer else None


def _required(event: Event, key: str) -> str:
    value = event.find(key)
    if value is None:
        raise garbled(f"a {event.type} event lacks its {key}")
    return value


def _read_received(
    network: Network, message: Message, events: Sequence[Event], banked: list[_Bank]
) -> Read:
    """An IBC packet: credited only where the transfer module says so and no error is acknowledged.

    Whatever becomes of the packet, the relayer's transaction succeeds. A packet delivered before
    leaves no events at all.
    """
    port, packet = signed.read_packet(message)
    told = [e for e in events if e.type == "fungible_token_packet"]
    acknowledged = [_required(e, "packet_ack") for e in events if _has_ack(e)]
    if port != "transfer":
        kind = "interchain_account" if port == "icahost" else "ibc_call"
        moves = [_move(network, b, type=kind, special=True, own_memo=True) for b in banked]
        return Read(moves, [], [])
    packet = packet or (_packet_of(told[0]) if told else None)
    succeeded = [_required(e, "success") == "true" and not e.has("error") for e in told]
    refused = any(_is_error(ack) for ack in acknowledged)
    if succeeded and all(succeeded) and not refused and packet is not None:
        return _received(network, packet, banked)
    moves = [_move(network, b, type="ibc_call", special=True, own_memo=True) for b in banked]
    if refused or succeeded:
        text = "this chain refused an IBC packet: the coins go back to their sender"
        back = _refused(network, packet) if packet else None
        return Read(moves, [back] if back else [], [Note("ibc_refused", text)])
    text = "an IBC packet was delivered before: this transaction moved nothing by it"
    return Read(moves, [], [Note("ibc_redundant", text)])


def _has_ack(event: Event) -> bool:
    return event.type == "write_acknowledgement" and event.has("packet_ack")


def _is_error(acknowledgement: str) -> bool:
    try:
        read = json.loads(acknowledgement)
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and "error" in read


def _packet_of(event: Event) -> Packet:
    """A packet that is not JSON (IBC v2 from Ethereum): the transfer module tells its content."""
    words = {
        key: event.find(key) or "" for key in ("denom", "amount", "sender", "receiver", "memo")
    }
    return Packet("", "", **words)


def _received(network: Network, packet: Packet, banked: list[_Bank]) -> Read:
    """The payment that is the packet's own goes out of escrow, or of the module that mints."""
    moves, notes, is_open = [], [], True
    for bank in banked:
        mine = (
            is_open
            and bank.recipient.address == packet.receiver.lower()
            and str(bank.coin.amount) == packet.amount
        )
        if not mine:
            moves.append(
                _move(network, bank, type="ibc_call", special=True, by_program=True, own_memo=True)
            )
            continue
        is_open = False
        routed = packet.memo.lstrip().startswith("{")
        if routed:
            text = "the packet's memo is an instruction to software on the way, not a person's memo"
            notes.append(Note("ibc_routing_memo", text))
        place = f" by {packet.destination}" if packet.destination else ""
        notes.append(Note("ibc_received", f"it came over IBC{place} from {_shown(packet.sender)}"))
        moves.append(
            Move(
                bank.recipient,
                _foreign(packet.sender),
                asset_of(network.code, bank.coin.denom),
                bank.coin.amount,
                memo=None if routed else packet.memo,
                has_own_memo=True,
            )
        )
    return Read(moves, [], notes)


def _refused(network: Network, packet: Packet) -> Move | None:
    """What a refused packet had asked for, where it can be told."""
    recipient = _own_party(network, packet.receiver)
    if recipient is None or not re.fullmatch(r"[0-9]{1,78}", packet.amount):
        return None
    asset = asset_of(network.code, signed.local_denom(packet))
    sender = _foreign(packet.sender)
    memo = None if packet.memo.lstrip().startswith("{") else packet.memo
    return Move(recipient, sender, asset, int(packet.amount), memo=memo, has_own_memo=True)


def _foreign(text: str) -> Party:
    """An account of another chain: the key where its bytes are of Cosmos' kind, never an address.

    The same bytes are the same lock on most Cosmos chains but not on all (Ethermint hashes keys
    otherwise): good enough to screen and to recognise, not to pay to.
    """
    try:
        return Party(None, read_bech32(text)[1])
    except BadInput:
        return Party(None, None)


def _shown(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:90]


def _read_cw20(network: Network, events: Sequence[Event]) -> tuple[list[Move], list[Note]]:
    moves, notes = [], []
    for event in events:
        if event.type != "wasm":
            continue
        contract = party_of(network.code, _required(event, "_contract_address"))
        action = _required(event, "action") if event.has("action") else ""
        if action in _NFT_ACTIONS:
            notes.append(Note("cw721_moved", f"the contract {contract.address} moved an NFT"))
        if action not in _CW20_ACTIONS or not event.has("amount") or not event.has("to"):
            continue
        keys = [key for key, _ in event.pairs]
        amount, recipient = _required(event, "amount"), _required(event, "to")
        source = _CW20_ACTIONS[action]
        sender = contract.address
        if source is not None:
            sender = _required(event, source) if event.has(source) else None
        plain = re.fullmatch(r"[0-9]{1,39}", amount)
        parties = [_own_party(network, text) for text in (sender, recipient)]
        doubled = any(keys.count(key) > 1 for key in ("action", "amount", "from", "to"))
        if not plain or doubled or parties[0] is None or parties[1] is None:
            text = f"what the contract {contract.address} says it moved can't be read"
            notes.append(Note("cw20_unclear", text))
            continue
        asset = token_asset(network, "cw20", str(contract.address))
        moves.append(Move(parties[1], parties[0], asset, int(amount), cw20=True))
    return moves, notes


def _own_party(network: Network, text: str | None) -> Party | None:
    """A contract may write anything: what is no address is nobody's."""
    try:
        address = parse_address(network, text or "")
    except BadInput:
        return None
    return Party(address.text, address.key)
