"""Who received what in one successful transaction of the XRP Ledger.

Knows: payments, balance changes, destination tags, NFTs. Must not know: HTTP, statuses, API versions.

What was delivered is never read from ``Amount`` or ``DeliverMax`` (a partial payment may deliver
next to nothing). It is the server's ``delivered_amount``, and the ledger's own balance changes
must bear it out: where XRP or an MPT contradicts them the answer is `Garbled`, and where rounding
trust lines or a path make them incomparable the evidence has the gap ``amount``, on which nobody
credits.

Positions: ``native`` is the XRP that a Payment delivered to its destination; everything else is
``event:N``, the place in the metadata's ``AffectedNodes`` of the entry that rose. That list is part
of the ledger, so the position is the same on every server.

Only ``DestinationTag`` routes. ``SourceTag``, ``InvoiceID`` and memos are the sender's own words.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Any

from recovery.assets import token_asset
from recovery.chains.shape import Json, garbled, read_list, read_text
from recovery.chains.xrpl.amounts import (
    EXACT,
    XRP,
    Coin,
    Money,
    asset_of,
    party_of,
    read_money,
    read_party,
    read_uint32,
    symbol_of,
)
from recovery.chains.xrpl.answer import describe_payment, read_requested, read_time
from recovery.chains.xrpl.changes import Change, Changes, decode_changes, read_nodes, read_tag
from recovery.chains.xrpl.serial import TYPES
from recovery.model import Amount, Gap, Memo, Note, Party, Transfer, TransferKind
from recovery.networks import Network

NO_ACCOUNT = "rrrrrrrrrrrrrrrrrrrrrhoLvTp"
"""The account zero, in whose name pseudo-transactions stand (amendments, fees, validator lists)."""

PARTIAL_PAYMENT = 0x0002_0000

_PROMISES = {
    "Escrow": "escrow_unfinished",
    "Check": "check_uncashed",
    "PayChannel": "payment_channel_unclaimed",
}
"""Entries that hold or allow a payment to come, and the code of the note that says so."""


class Deal:
    """One successful transaction on the way to its transfers; notes and gaps gather on the way."""

    def __init__(self, network: Network, tx: Json, meta: Json, fee: int) -> None:
        self.network = network
        self.tx = tx
        self.meta = meta
        self.type = read_text(tx.get("TransactionType"), "TransactionType")
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self.told: set[int] = set()
        account = tx.get("Account")
        pseudo = account in ("", NO_ACCOUNT)
        self.sender = None if pseudo else read_party(network, account, "Account")
        self.nodes = read_nodes(meta)
        self.changes = self._without_fee(decode_changes(network, self.nodes), fee)
        self._check_that_xrp_is_kept()

    def _without_fee(self, changes: Changes, fee: int) -> Changes:
        """Balance changes as if nobody had paid a fee: then what one gained another gave."""
        if self.sender is None or fee == 0:
            kept = tuple(c for c in changes.holdings if c.amount)
            return dataclasses.replace(changes, holdings=kept)
        payer = read_party(self.network, self.tx.get("Delegate", self.sender.address), "Delegate")
        account = _id(payer)
        holdings = [
            dataclasses.replace(c, amount=c.amount + fee)
            if (c.account, c.coin) == (account, XRP)
            else c
            for c in changes.holdings
        ]
        if holdings == list(changes.holdings):
            raise garbled("nobody paid the fee")
        return dataclasses.replace(changes, holdings=tuple(c for c in holdings if c.amount))

    def _check_that_xrp_is_kept(self) -> None:
        """All but the fee stays in accounts, escrows and channels; a new type may know more places."""
        kept = sum(c.amount for c in self.changes.holdings if c.coin.is_xrp) + self.changes.locked
        if kept == 0 or self.sender is None:
            return
        if self.type in TYPES:
            raise garbled("the balances do not add up: XRP came from nowhere, or went there")
        self.gaps.add(Gap.AMOUNT)
        self.notes.append(
            Note("xrp_not_kept", f"the XRP that this {self.type} moved could not be accounted for")
        )

    def transfers(self) -> Iterator[Transfer]:
        """The delivery first, then every other rise in the order of the metadata."""
        found = [*self._delivery(), *self._rises(), *self._nfts()]
        self._note_what_waits()
        for index, transfer in enumerate(found):
            yield dataclasses.replace(transfer, index=index)

    def _delivery(self) -> Iterator[Transfer]:
        """What a Payment delivered to its destination, borne out by the destination's balance."""
        if self.type != "Payment":
            self._check_payout()
            return
        to = read_party(self.network, self.tx.get("Destination"), "Destination")
        account = _id(to)
        wanted = read_requested(self.network, self.tx)
        if wanted.coin.issuer == account:
            # The issuer's own name means "whatever of this currency the destination accepts".
            yield from self._taken_by_issuer(to, wanted)
            return
        rises = [c for c in self._rises_of(account) if c.coin == wanted.coin]
        money = self._delivered(wanted, rises)
        self.told = {c.node for c in rises}
        node = rises[0].node if rises else self._any_node(account)
        position = "native" if money.coin.is_xrp else f"event:{node}"
        yield self._transfer(position, money, to, requested=wanted.amount)

    def _delivered(self, wanted: Money, rises: Sequence[Change]) -> Money:
        """The server's word, or where it has none: all of a whole payment, the rise of a partial."""
        stated = self._stated()
        partial = read_uint32(self.tx.get("Flags", 0), "Flags") & PARTIAL_PAYMENT
        if stated is not None:
            money = read_money(self.network, stated, "delivered_amount")
        elif partial:
            money = Money(wanted.coin, _total(rises, wanted.coin))
            text = "the amount is what the balance rose by: the server states none"
            self.notes.append(Note("delivered_from_balance", text))
        else:
            money = wanted
        if money.coin != wanted.coin:
            raise garbled("delivered_amount is of another asset than was asked for")
        if money.amount > wanted.amount:
            raise garbled("more was delivered than asked for")
        self._compare(money, rises)
        return money

    def _stated(self) -> Any:
        """``delivered_amount``, or the older field of partial payments; None where not known."""
        stated = self.meta.get("delivered_amount", self.meta.get("DeliveredAmount", "unavailable"))
        if stated is None:
            raise garbled("delivered_amount is null")
        return None if stated == "unavailable" else stated

    def _check_payout(self) -> None:
        """Cashed checks and deleted accounts state what they delivered too."""
        stated = self._stated()
        if stated is None or self.sender is None:
            return
        account = _id(self.sender) if self.type == "CheckCash" else self._destination()
        money = read_money(self.network, stated, "delivered_amount")
        if account is not None:
            self._compare(money, [c for c in self._rises_of(account) if c.coin == money.coin])

    def _destination(self) -> bytes | None:
        if "Destination" not in self.tx:
            return None
        return _id(read_party(self.network, self.tx["Destination"], "Destination"))

    def _compare(self, stated: Money, rises: Sequence[Change]) -> None:
        """Refuse a stated amount that the balances contradict."""
        rose = _total(rises, stated.coin)
        if stated.coin.mpt is not None and stated.coin.issued_by == self._destination():
            # Paid back to its issuer an MPT ceases to be: it shows in what the others lost.
            lost = [c for c in self.changes.holdings if c.coin == stated.coin and c.amount < 0]
            rose = -_total(lost, stated.coin)
        step = max((c.step for c in rises), default=0)
        if abs(EXACT.subtract(rose, stated.amount)) <= 2 * step:
            return
        text = f"{stated.amount} are said to be delivered, the balance rose by {rose}"
        # A path may consume the destination's own offers, and a trust line may turn its sign.
        if stated.coin.code is None and not self._is_path_payment():
            raise garbled(text)
        self.gaps.add(Gap.AMOUNT)
        self.notes.append(Note("delivered_differs_from_balance", text))

    def _is_path_payment(self) -> bool:
        """A payment in which the sender gave another asset than the recipient got."""
        if self.type != "Payment":
            return False
        if "SendMax" in self.tx:
            spent = read_money(self.network, self.tx["SendMax"], "SendMax")
            wanted = read_requested(self.network, self.tx)
            if (spent.coin.code, spent.coin.mpt) != (wanted.coin.code, wanted.coin.mpt):
                return True
        return bool(read_list(self.tx.get("Paths", []), "Paths"))

    def _taken_by_issuer(self, to: Party, wanted: Money) -> Iterator[Transfer]:
        """Paid to the issuer of the tokens: debts that vanished, and other issuers' tokens held."""
        account = _id(to)
        same = [c for c in self.changes.redeemed if c.coin == wanted.coin]
        rises = [c for c in self._rises_of(account) if c.coin.code == wanted.coin.code]
        for change in (*same, *rises):
            # A line that turned its sign did both: a debt vanished, and a holding rose.
            part = ".1" if change.node in self.told else ""
            self.told.add(change.node)
            money = Money(change.coin, change.amount)
            yield self._transfer(f"event:{change.node}{part}", money, to, requested=None)

    def _any_node(self, account: bytes) -> int:
        """A place for a delivery of nothing: the destination's own entry, or the sender's."""
        return next((c.node for c in self.changes.holdings if c.account == account), 0)

    def _rises_of(self, account: bytes) -> Iterator[Change]:
        return (c for c in self.changes.holdings if c.account == account and c.amount > 0)

    def _rises(self) -> Iterator[Transfer]:
        to_account = self._destination()
        for change in self.changes.holdings:
            if change.amount <= 0:
                continue
            if change.account == to_account and change.node in self.told:
                continue
            money = Money(change.coin, change.amount)
            recipient = party_of(self.network, change.account)
            yield self._transfer(f"event:{change.node}", money, recipient, requested=None)

    def _nfts(self) -> Iterator[Transfer]:
        for moved in self.changes.moved:
            owner = moved.before
            giver = self.sender if owner is None else party_of(self.network, owner)
            yield Transfer(
                index=0,
                position=f"event:{moved.node}",
                kind=TransferKind.NFT,
                asset=token_asset(self.network, "xls20", moved.token),
                amount=1,
                senders=() if giver is None else (giver,),
                recipient=party_of(self.network, moved.after),
                decimals=0,
                type=self._special(),
                special=True,
                standard="xls20",
            )

    def _note_what_waits(self) -> None:
        """Escrows, checks and channels promise: another transaction pays, or none ever does.

        Nobody received anything, and nobody was refused anything: the success is a gap.
        """
        for node in self.nodes:
            if node.action != "CreatedNode" or node.type not in _PROMISES:
                continue
            name = "SendMax" if node.type == "Check" else "Amount"
            money = read_money(self.network, node.after.get(name), f"{node.type}.{name}")
            to = read_party(self.network, node.after.get("Destination"), "Destination")
            text = describe_payment(self.network, money, to, read_tag(node.after))
            until = ""
            if "FinishAfter" in node.after:
                until = (
                    f" from {read_time(node.after['FinishAfter'], 'FinishAfter').isoformat()} on"
                )
            self.gaps.add(Gap.SUCCESS)
            self.notes.append(
                Note(
                    _PROMISES[node.type], f"{text} is promised{until}; another transaction pays it"
                )
            )

    def _transfer(
        self, position: str, money: Money, to: Party, *, requested: Amount | None
    ) -> Transfer:
        special = self._special()
        native = money.coin.is_xrp
        return Transfer(
            index=0,
            position=position,
            kind=TransferKind.NATIVE if native else TransferKind.TOKEN,
            asset=asset_of(self.network, money.coin),
            amount=money.amount,
            senders=self._senders(money.coin, to),
            recipient=to,
            memo=self._memo(to),
            symbol=symbol_of(self.network, money.coin),
            decimals=self.network.decimals if native else self._scale(money.coin),
            requested_amount=requested if requested != money.amount else None,
            type=special,
            special=special is not None,
        )

    def _scale(self, coin: Coin) -> int | None:
        return None if coin.mpt is None else self.changes.scales.get(coin.mpt)

    def _senders(self, coin: Coin, to: Party) -> tuple[Party, ...]:
        """A Payment's sender paid, whatever the path; else those who lost what another gained."""
        if self.type == "Payment" or self.sender is None:
            return () if self.sender is None else (self.sender,)
        lost = {
            c.account: None
            for c in self.changes.holdings
            if c.coin == coin and c.amount < 0 and c.account != _id(to)
        }
        locker = self._opener() if not lost else ()
        return (
            tuple(party_of(self.network, account) for account in lost) or locker or (self.sender,)
        )

    def _opener(self) -> tuple[Party, ...]:
        """Who filled the escrow or channel that now paid: ``Owner``, or the channel's ``Account``."""
        for node in self.nodes:
            if node.type in {"Escrow", "PayChannel"} and "Account" in node.after:
                return (read_party(self.network, node.after["Account"], f"{node.type}.Account"),)
        return ()

    def _memo(self, to: Party) -> Memo | None:
        """The tag belongs to the destination alone, of the payment or of the entry that paid out."""
        account = _id(to)
        if account == self._destination():
            return read_tag(self.tx)
        return self.changes.routed.get(account)

    def _special(self) -> str | None:
        if self.type != "Payment":
            return snake_case(self.type)
        return "path_payment" if self._is_path_payment() else None


def _id(party: Party) -> bytes:
    assert party.key is not None, "an account of the ledger always has a key"
    return party.key.payload


def _total(changes: Sequence[Change], coin: Coin) -> Amount:
    total = coin.nothing
    for change in changes:
        total = change.amount + total if isinstance(total, int) else EXACT.add(total, change.amount)
    return total


def snake_case(name: str) -> str:
    """``AccountDelete`` → ``account_delete``, ``AMMWithdraw`` → ``amm_withdraw``."""
    for word in ("NFToken", "MPToken", "XChain", "AMM", "DID", "UNL"):
        name = name.replace(word, word.capitalize())
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
