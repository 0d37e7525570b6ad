"""Who received what in one row of a mirror node.

Knows: transfer lists and what stands in them beside the payment (fees, staking rewards), tokens, NFTs,
airdrops that wait. Must not know: HTTP, blocks, which of several rows was meant.

A row lists signed amounts per account, several per account where the payer's fee stands apart. They
are netted. What the node, the fee account and the reward accounts got is the fee where it adds up to
``charged_tx_fee``; a staking reward is paid within the same list and is taken out of it as a transfer of
its own. All amounts of hbar add up to zero, and so do those of a token in a row that only moves tokens: where
they don't, the amounts are a gap.

Positions: ``native:ACCOUNT``, ``token:TOKEN:ACCOUNT``, ``nft:TOKEN/SERIAL``, ``reward:ACCOUNT``,
``airdrop:TOKEN:ACCOUNT`` (behind an NFT's serial): each stands once in a row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recovery.assets import token_asset
from recovery.chains.hedera.answer import (
    Row,
    read_entity,
    read_int,
    read_party,
    read_signed,
    read_stamp,
)
from recovery.chains.shape import Json, garbled, read_list, read_object, read_text
from recovery.errors import BadInput
from recovery.model import AssetId, Gap, Memo, Note, Party, Transfer, TransferKind
from recovery.networks import Network

_FEE_ACCOUNT, _STAKING_REWARDS, _NODE_REWARDS = "0.0.98", "0.0.800", "0.0.801"
PROGRAMS = frozenset({"CONTRACTCALL", "CONTRACTCREATEINSTANCE", "ETHEREUMTRANSACTION"})
_PLAIN = PROGRAMS | {"CRYPTOTRANSFER", "TOKENAIRDROP"}
_NAMED = {
    "CRYPTOCREATEACCOUNT": "create_account",
    "CRYPTODELETE": "account_delete",
    "TOKENMINT": "token_mint",
    "TOKENCLAIMAIRDROP": "token_claim_airdrop",
}
"""Rows that pay in passing, by what is said of them; all others by their own name in lower case."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token calls itself: for display, anybody may choose any name."""

    symbol: str | None = None
    name: str | None = None
    decimals: int | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The hbar movements of a row: net amounts without fee and rewards, and who paid the fee."""

    net: Mapping[str, int]
    rewards: Mapping[str, int]
    payer: str | None
    senders: tuple[str, ...]
    balanced: bool


def read_fee(row: Row) -> int:
    return read_int(row.document.get("charged_tx_fee"), "charged_tx_fee")


def read_ledger(row: Row) -> Ledger:
    """Net the row's hbar; fee and rewards taken apart."""
    net: dict[str, int] = {}
    for item in read_list(row.document.get("transfers"), "transfers"):
        entry = read_object(item, "a transfer")
        account = read_entity(entry.get("account"), "account")
        net[account] = net.get(account, 0) + read_signed(entry.get("amount"), "amount")
    balanced = sum(net.values()) == 0
    rewards: dict[str, int] = {}
    listed = row.document.get("staking_reward_transfers")
    if listed is None and net.get(_STAKING_REWARDS, 0) < 0:
        balanced = False  # rewards were paid, and an old mirror does not say to whom
    for item in [] if listed is None else read_list(listed, "staking_reward_transfers"):
        entry = read_object(item, "a reward")
        account = read_entity(entry.get("account"), "account")
        amount = read_int(entry.get("amount"), "amount")
        rewards[account] = rewards.get(account, 0) + amount
        net[account] = net.get(account, 0) - amount
        net[_STAKING_REWARDS] = net.get(_STAKING_REWARDS, 0) + amount
    fee = read_fee(row)
    if rewards and net[_STAKING_REWARDS] > fee:
        balanced = False  # more rewards are listed than that account paid
    collectors = {_FEE_ACCOUNT, _STAKING_REWARDS, _NODE_REWARDS}
    collectors |= _read_node(row)
    collected = {a: net[a] for a in collectors if net.get(a, 0) > 0}
    if sum(collected.values()) == fee:
        net = {a: amount for a, amount in net.items() if a not in collected}
        payer, senders = _share_debits(net, row.key.payer, fee)
    else:  # somebody paid those accounts beside the fee: nothing is left out
        payer, senders = row.key.payer, tuple(a for a, amount in net.items() if amount < 0)
    return Ledger(net, rewards, payer, senders, balanced)


def _read_node(row: Row) -> set[str]:
    """The node that took the transaction; what the network itself made (a child, say) has none."""
    if "node" not in row.document:
        raise garbled("a row without node")
    if row.document["node"] is not None:
        return {read_entity(row.document["node"], "node")}
    if not (row.key.nonce or row.key.scheduled):
        raise garbled("nobody took the transaction")
    return set()


def _read_items(row: Row) -> list[Any]:
    """NFT transfers; rows of old mirrors have no such field."""
    listed = row.document.get("nft_transfers")
    return [] if listed is None else read_list(listed, "nft_transfers")


def _share_debits(
    net: Mapping[str, int], named: str, fee: int
) -> tuple[str | None, tuple[str, ...]]:
    """Who paid the fee, and who paid the rest.

    The id's account pays, except for a schedule, where one that lost exactly the fee, or the only
    loser, did. It is a sender too unless the others' losses cover all that was received.
    """
    losers = [a for a, amount in net.items() if amount < 0]
    received = sum(amount for amount in net.values() if amount > 0)
    payer = named if named in losers else None
    if payer is None and fee:
        exact = [a for a in losers if net[a] == -fee]
        payer = exact[0] if len(exact) == 1 else (losers[0] if len(losers) == 1 else None)
    others = [a for a in losers if a != payer]
    covered = sum(-net[a] for a in others) >= received
    return payer or (named if not losers else None), tuple(others if covered else losers)


def moves_value(row: Row) -> bool:
    """Whether a row moved anything but its fee."""
    ledger = read_ledger(row)
    tokens = read_list(row.document.get("token_transfers"), "token_transfers")
    return bool(tokens or _read_items(row) or any(amount > 0 for amount in ledger.net.values()))


class Deal:
    """One row on the way to its transfers; notes and gaps gather on the way."""

    def __init__(
        self,
        network: Network,
        row: Row,
        *,
        memo: Memo | None,
        tokens: Mapping[str, Any],
        airdrops: list[Any] | None,
    ) -> None:
        self.network, self.row, self.memo = network, row, memo
        self.tokens = {k: _read_token(v) for k, v in tokens.items()}
        self.airdrops = airdrops
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self.ledger = read_ledger(row)

    def transfers(self) -> tuple[Transfer, ...]:
        found = [
            *self._native(),
            *self._tokens(),
            *self._nfts(),
            *self._waiting(),
            *self._rewards(),
        ]
        if not self.ledger.balanced:
            self.gaps.add(Gap.AMOUNT)
            text = "the amounts of hbar do not add up to zero: some of the list is missing"
            self.notes.append(Note("transfers_unbalanced", text))
        if self.row.name in PROGRAMS and self.row.applied:
            self.gaps.add(Gap.INTERNAL_TRANSFERS)
            text = "tokens of pure contracts may have moved; the transfer lists do not show them"
            self.notes.append(Note("contract_tokens_unseen", text))
        batched = _find_batched(found)
        return tuple(
            dataclasses.replace(
                t, index=i, succeeded=self.row.applied, batched=t.position in batched
            )
            for i, t in enumerate(found)
        )

    def _native(self) -> Iterator[Transfer]:
        program = self.row.name in PROGRAMS
        called = self.row.document.get("entity_id") if program else None
        senders = tuple(self._party(a) for a in self.ledger.senders)
        for account in sorted(self.ledger.net, key=_by_number):
            amount = self.ledger.net[account]
            if amount <= 0:
                continue
            inner = program and account != called
            kind = TransferKind.INTERNAL if inner else TransferKind.NATIVE
            position, to = f"native:{account}", self._party(account)
            paid = self._transfer(position, self.network.native_asset, amount, senders, to)
            yield dataclasses.replace(
                paid, kind=kind, symbol=self.network.symbol, decimals=self.network.decimals
            )

    def _tokens(self) -> Iterator[Transfer]:
        net: dict[str, dict[str, int]] = {}
        for item in read_list(self.row.document.get("token_transfers"), "token_transfers"):
            entry = read_object(item, "a token transfer")
            token = read_entity(entry.get("token_id"), "token_id")
            account = read_entity(entry.get("account"), "account")
            amount = read_signed(entry.get("amount"), "amount")
            parts = net.setdefault(token, {})
            parts[account] = parts.get(account, 0) + amount
        for token, parts in net.items():
            if self.row.name in _PLAIN and sum(parts.values()) > 0:
                self.gaps.add(Gap.AMOUNT)
                text = (
                    f"more of {token} was received than anybody gave: some of the list is missing"
                )
                self.notes.append(Note("transfers_unbalanced", text))
            senders = tuple(self._party(a) for a, amount in parts.items() if amount < 0)
            for account in sorted(parts, key=_by_number):
                if parts[account] > 0:
                    position, to = f"token:{token}:{account}", self._party(account)
                    asset = self._asset("token", token)
                    paid = self._transfer(position, asset, parts[account], senders, to)
                    yield self._named(paid, token, TransferKind.TOKEN)

    def _nfts(self) -> Iterator[Transfer]:
        """One transfer for each serial: from its first holder to its last within the row."""
        moved: dict[tuple[str, int], tuple[Party | None, Party | None]] = {}
        for item in _read_items(self.row):
            entry = read_object(item, "an NFT transfer")
            token = read_entity(entry.get("token_id"), "token_id")
            serial = read_signed(entry.get("serial_number"), "serial_number")
            if serial < 1:  # all serials of a treasury that was replaced
                self.gaps.add(Gap.INTERNAL_TRANSFERS)
                self.notes.append(Note("nft_treasury_changed", f"all of {token} has a new holder"))
                continue
            giver = self._optional(entry, "sender_account_id")
            taker = self._optional(entry, "receiver_account_id")
            first = moved[token, serial][0] if (token, serial) in moved else giver
            moved[token, serial] = (first, taker)
        for (token, serial), (giver, taker) in moved.items():
            if taker is not None:
                senders = () if giver is None else (giver,)
                reference = f"{token}/{serial}"
                asset = self._asset("nft", reference)
                paid = self._transfer(f"nft:{reference}", asset, 1, senders, taker)
                paid = dataclasses.replace(self._named(paid, token, TransferKind.NFT), decimals=0)
                yield paid

    def _waiting(self) -> Iterator[Transfer]:
        """Airdrops that their receivers have not claimed: nobody has received them."""
        if self.row.name != "TOKENAIRDROP" or not self.row.applied:
            return
        if self.airdrops is None:
            self.gaps.add(Gap.INTERNAL_TRANSFERS)
            text = "airdrops may wait to be claimed; the mirror does not list them"
            self.notes.append(Note("airdrops_unseen", text))
            return
        for item in self.airdrops:
            entry = read_object(item, "an airdrop")
            period = read_object(entry.get("timestamp"), "timestamp of an airdrop")
            if read_stamp(period.get("from"), "time of an airdrop") != self.row.stamp:
                continue
            token = read_entity(entry.get("token_id"), "token_id")
            to = read_party(self.network, entry.get("receiver_id"), "receiver_id")
            sender = read_party(self.network, entry.get("sender_id"), "sender_id")
            serial = entry.get("serial_number")
            told = self.tokens.get(token)
            if (
                told is not None
                and told.kind is not None
                and told.kind.startswith("NON") == (serial is None)
            ):
                raise garbled("an airdrop's serial number does not fit its token")
            if serial is None:
                kind, asset, place = TransferKind.TOKEN, self._asset("token", token), token
                amount = read_int(entry.get("amount"), "amount", least=1)
            else:
                place = f"{token}/{read_int(serial, 'serial_number', least=1)}"
                kind, asset, amount = TransferKind.NFT, self._asset("nft", place), 1
            may = self._transfer(f"airdrop:{place}:{to.address}", asset, amount, (sender,), to)
            may = self._named(may, token, kind)
            yield dataclasses.replace(may, type="pending_airdrop", special=True)

    def _rewards(self) -> Iterator[Transfer]:
        for account in sorted(self.ledger.rewards, key=_by_number):
            amount = self.ledger.rewards[account]
            to, source = self._party(account), self._party(_STAKING_REWARDS)
            position = f"reward:{account}"
            paid = self._transfer(position, self.network.native_asset, amount, (source,), to)
            yield dataclasses.replace(
                paid,
                kind=TransferKind.REWARD,
                memo=None,
                symbol=self.network.symbol,
                decimals=self.network.decimals,
                type="staking_reward",
                special=True,
            )

    def _transfer(
        self, position: str, asset: AssetId, amount: int, senders: tuple[Party, ...], to: Party
    ) -> Transfer:
        name = self.row.name
        special = None if name in _PLAIN else _NAMED.get(name, name.lower())
        return Transfer(
            index=0,
            position=position,
            kind=TransferKind.NATIVE,
            asset=asset,
            amount=amount,
            senders=senders,
            recipient=to,
            memo=self.memo,
            type=special,
            special=special is not None,
        )

    def _named(self, transfer: Transfer, token: str, kind: TransferKind) -> Transfer:
        known = self.tokens.get(token, Token())
        return dataclasses.replace(
            transfer, kind=kind, symbol=known.symbol, name=known.name, decimals=known.decimals
        )

    def _asset(self, namespace: str, reference: str) -> AssetId:
        try:
            return token_asset(self.network, namespace, reference)
        except BadInput as wrong:
            raise garbled(wrong.text) from None

    def _party(self, account: str) -> Party:
        return read_party(self.network, account, "account")

    def _optional(self, entry: Json, name: str) -> Party | None:
        """A mint has no sender, a burn no receiver: the field is there and null."""
        if name not in entry:
            raise garbled(f"an NFT transfer without {name}")
        value = entry[name]
        return None if value is None else read_party(self.network, value, name)


def _by_number(entity: str) -> int:
    return int(entity.rpartition(".")[2])


def _read_token(value: Any) -> Token:
    """A token's own account of itself; ``decimals`` is a text here."""
    if value is None:
        return Token()
    told = read_object(value, "a token")
    decimals = told.get("decimals")
    if isinstance(decimals, str) and decimals.isdecimal():
        decimals = int(decimals)
    return Token(
        read_text(told.get("symbol"), "symbol of a token"),
        read_text(told.get("name"), "name of a token"),
        read_int(decimals, "decimals of a token"),
        read_text(told.get("type"), "type of a token"),
    )


def _find_batched(found: list[Transfer]) -> set[str]:
    """Positions of what one sender paid to two or more in this one transaction."""
    paid: dict[Party, set[Party]] = {}
    plain = [t for t in found if t.type is None and len(t.senders) == 1]
    for transfer in plain:
        paid.setdefault(transfer.senders[0], set()).add(transfer.recipient)
    return {t.position for t in plain if len(paid[t.senders[0]]) > 1}
