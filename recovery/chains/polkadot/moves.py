"""What the events of one extrinsic moved: to whom, how much, of what.

Knows: the events of Asset Hub's pallets that change balances, and those that tell how a batch, a
proxy or a multisig ended. Must not know: HTTP, blocks, statuses.

Only events count, never the call: an interrupted batch and a proxied call that failed leave the
extrinsic a success, and what they undid leaves no event. A balance may also rise without a
Transfer (minting, rewards, swaps); what can't be told exactly becomes a gap, not a guess.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from recovery.assets import token_asset
from recovery.chains.polkadot.answer import (
    Event,
    Told,
    describe_error,
    party_of,
    read_account,
    read_amount,
    read_count,
    read_result,
    text_of,
)
from recovery.chains.polkadot.location import (
    NFTS,
    POOL_ASSETS,
    UNIQUES,
    UnknownPlace,
    asset_of_place,
    encode_place,
    local_place,
)
from recovery.chains.shape import find_lock_end, garbled
from recovery.model import AssetId, Gap, Note, Transfer, TransferKind
from recovery.networks import Network

_TOKEN_PALLETS = frozenset({"assets", "foreignassets", "poolassets"})
_COLLECTIONS = {"nfts": NFTS, "uniques": UNIQUES}
_PROGRAMS = frozenset({"revive", "contracts"})
_BATCH = frozenset(
    {
        "ItemCompleted",
        "ItemFailed",
        "BatchCompleted",
        "BatchInterrupted",
        "BatchCompletedWithErrors",
    }
)
_UNREAD = frozenset({"TransferOnHold", "TransferAndHold", "BalanceSet"})


class Moves:
    """The events of one extrinsic on the way to transfers; notes and gaps gather on the way."""

    def __init__(self, network: Network, told: Told) -> None:
        self.network = network
        self.told = told
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self.fee_asset: AssetId | None = None
        self.fee: int | None = None
        self.payer: bytes | None = told.signer
        self._found: list[Transfer] = []
        self._deposits: Counter[bytes] = Counter()
        self._rewards: list[tuple[bytes, int]] = []
        self._batched = False
        self._program = told.call[0] in _PROGRAMS
        self._vested: set[bytes] = set()

    def read(self) -> tuple[Transfer, ...]:
        """The transfers of all events, in order."""
        if any(e.pallet in _PROGRAMS for e in self.told.events):
            self._program = True
        for place, event in enumerate(self.told.events):
            read = _READERS.get((event.pallet, event.name))
            if read is not None:
                read(self, place, event)
            elif event.pallet in _TOKEN_PALLETS:
                self._token(place, event)
            elif event.pallet in _COLLECTIONS:
                self._nft(place, event)
            elif event.pallet == "balances" and event.name in _UNREAD:
                self._doubt(f"the event balances.{event.name} is not read here", Gap.AMOUNT)
        self._settle_rewards()
        self._work_out_fee()
        self._weigh_deposits()
        return self._numbered()

    def _numbered(self) -> tuple[Transfer, ...]:
        found = [self._marked_vested(t) for t in self._found]
        paid = {t.recipient for t in found if t.amount}
        batched = self._batched and len(paid) > 1
        return tuple(dataclasses.replace(t, index=i, batched=batched) for i, t in enumerate(found))

    def _doubt(self, text: str, gap: Gap) -> None:
        self.gaps.add(gap)
        self.notes.append(Note("unread_movement", text))

    def _account(self, event: Event, at: int) -> bytes:
        return read_account(self.network, _part(event, at), f"{event.pallet}.{event.name}")

    def _amount(self, event: Event, at: int) -> int:
        return read_amount(_part(event, at), f"the amount of {event.pallet}.{event.name}")

    def _number(self, event: Event, at: int) -> int:
        return read_count(_part(event, at), f"a number of {event.pallet}.{event.name}")

    def _add(
        self,
        place: int,
        kind: TransferKind,
        asset: AssetId,
        amount: int,
        *,
        sender: bytes | None,
        recipient: bytes,
        **more: Any,
    ) -> None:
        native = asset == self.network.native_asset
        self._found.append(
            Transfer(
                index=0,
                position=f"event:{place}",
                kind=kind,
                asset=asset,
                amount=amount,
                senders=() if sender is None else (party_of(self.network, sender),),
                recipient=party_of(self.network, recipient),
                symbol=self.network.symbol if native else None,
                decimals=self.network.decimals if native else None,
                **more,
            )
        )

    def _native(self, place: int, event: Event) -> None:
        kind = TransferKind.INTERNAL if self._program else TransferKind.NATIVE
        special: dict[str, Any] = {}
        if event.name == "ReserveRepatriated":
            special = {"type": "reserve_repatriated", "special": True}
        sender, recipient = self._account(event, 0), self._account(event, 1)
        amount = self._amount(event, 2)
        self._add(
            place,
            kind,
            self.network.native_asset,
            amount,
            sender=sender,
            recipient=recipient,
            **special,
        )

    def _minted(self, place: int, event: Event) -> None:
        """A balance that rose from nothing: a reward, or value that a program brought in."""
        amount, asset = self._amount(event, 1), self.network.native_asset
        account = self._account(event, 0)
        self._add(
            place,
            TransferKind.INTERNAL,
            asset,
            amount,
            sender=None,
            recipient=account,
            type="minted",
        )

    def _deposit(self, place: int, event: Event) -> None:
        self._deposits[self._account(event, 0)] += self._amount(event, 1)

    def _reward(self, place: int, event: Event) -> None:
        stash, amount = self._account(event, 0), self._amount(event, len(event.data) - 1)
        target = event.data[1] if len(event.data) == 3 else "Stash"
        named = target if isinstance(target, dict) else {target: None}
        kind, inside = next(iter(named.items()), (None, None))
        kind = str(kind).lower()
        if kind in ("staked", "stash"):
            account = stash
        elif kind == "account":
            account = read_account(self.network, inside, "staking.Rewarded")
        else:
            self._doubt("a staking reward went to an account that is not told", Gap.AMOUNT)
            return
        self._rewards.append((account, amount))
        asset = self.network.native_asset
        self._add(
            place,
            TransferKind.REWARD,
            asset,
            amount,
            sender=None,
            recipient=account,
            type="staking_reward",
        )

    def _settle_rewards(self) -> None:
        """A reward is minted or deposited, and told again as Rewarded: it is one movement."""
        for account, amount in self._rewards:
            for i, t in enumerate(self._found):
                key = t.recipient.key
                if t.type == "minted" and key and (key.payload, t.amount) == (account, amount):
                    del self._found[i]
                    break
            else:
                self._deposits[account] -= amount

    def _work_out_fee(self) -> None:
        """Runtimes before 2022 did not tell the fee; soon before they told what was withdrawn first.

        Of that the unused part was given back. Still older ones told neither: the source's own
        computation serves, which may be a little off.
        """
        if self.fee is not None or self.told.signer is None or not self.told.events:
            return
        first = self.told.events[0]
        if (first.pallet, first.name) == ("balances", "Withdraw"):
            if self._account(first, 0) != self.told.signer:
                return
            back = self._deposits[self.told.signer]
            withdrawn = self._amount(first, 1)
            self.fee = withdrawn - back if back <= withdrawn else None
        elif self.told.old_fee is not None:
            self.fee = self.told.old_fee + self.told.tip

    def _weigh_deposits(self) -> None:
        """Fees are deposited with the block's author and the treasury; more than that is a credit."""
        fee = self.fee or 0
        others = sum(n for who, n in self._deposits.items() if who != self.payer and n > 0)
        if self.fee_asset is None and others > fee:
            text = f"{others} planck were deposited outside any transfer, beyond the fee of {fee}"
            self._doubt(text, Gap.INTERNAL_TRANSFERS)

    def _token(self, place: int, event: Event) -> None:
        """``assets`` by number, ``foreignassets`` by location, ``poolassets`` by their location here."""
        shapes: Mapping[str, tuple[int | None, int, int]] = {
            "Transferred": (1, 2, 3),
            "TransferredApproved": (1, 3, 4),
            "Issued": (None, 1, 2),
        }
        if event.name == "Deposited" and self._account(event, 1) != self.payer:
            text = f"{event.pallet}.Deposited: a token balance rose outside any transfer"
            self._doubt(text, Gap.INTERNAL_TRANSFERS)
        if event.name not in shapes:
            return
        source, target, number = shapes[event.name]
        asset = self._token_asset(event)
        if asset is None:
            return
        sender = None if source is None else self._account(event, source)
        recipient, amount = self._account(event, target), self._amount(event, number)
        if event.name == "TransferredApproved" and any(
            (t.asset, t.amount, t.recipient, t.senders)
            == (asset, amount, party_of(self.network, recipient), (party_of(self.network, sender),))
            for t in self._found
            if sender is not None
        ):
            return  # told as Transferred already
        kind = TransferKind.NATIVE if asset == self.network.native_asset else TransferKind.TOKEN
        more = {"type": "issued"} if sender is None else {}
        self._add(
            place,
            kind,
            asset,
            amount,
            sender=sender,
            recipient=recipient,
            standard=event.pallet,
            **more,
        )

    def _token_asset(self, event: Event) -> AssetId | None:
        value = _part(event, 0)
        if event.pallet != "foreignassets":
            number = read_count(value, "an asset's number")
            if event.pallet == "assets":
                return token_asset(self.network, "asset", str(number))
            return asset_of_place(self.network, local_place(POOL_ASSETS, number))
        try:
            return asset_of_place(self.network, encode_place(value))
        except UnknownPlace as unknown:
            self._doubt(f"a foreign asset at a place unknown here: {unknown}", Gap.AMOUNT)
            return None

    def _nft(self, place: int, event: Event) -> None:
        """One item of a collection; the collection's location names the asset."""
        shapes = {"Transferred": (2, 3), "Issued": (None, 2)}
        if event.name not in shapes:
            return
        collection, item = self._number(event, 0), self._number(event, 1)
        asset = asset_of_place(self.network, local_place(_COLLECTIONS[event.pallet], collection))
        source, target = shapes[event.name]
        sender = None if source is None else self._account(event, source)
        assert target is not None
        recipient = self._account(event, target)
        more = {"type": "issued"} if sender is None else {}
        name = f"item {item} of collection {collection}"
        self._add(
            place, TransferKind.NFT, asset, 1, sender=sender, recipient=recipient,
            standard=event.pallet, name=name, **more,
        )  # fmt: skip

    def _fee_paid(self, place: int, event: Event) -> None:
        self.payer, self.fee = self._account(event, 0), self._amount(event, 1)
        if event.name == "AssetTxFeePaid":
            value = event.data[3] if len(event.data) > 3 else None
            try:
                self.fee_asset = asset_of_place(self.network, encode_place(value))
            except UnknownPlace:
                self.fee_asset, self.fee = None, None

    def _batch(self, place: int, event: Event) -> None:
        self._batched = True
        if event.name == "BatchInterrupted":
            number = self._number(event, 0)
            why = describe_error(_part(event, 1))
            text = (
                f"the batch stopped at its call {number} ({why}): that and later ones did nothing"
            )
            self.notes.append(Note("batch_interrupted", text))
        elif event.name == "ItemFailed":
            text = (
                f"one call of the batch failed and did nothing: {describe_error(_part(event, 0))}"
            )
            self.notes.append(Note("batch_item_failed", text))

    def _executed(self, place: int, event: Event) -> None:
        wrong = read_result(_part(event, len(event.data) - 1), f"{event.pallet}.{event.name}")
        if wrong is not None:
            text = (
                f"the call inside {event.pallet} failed and moved nothing: {describe_error(wrong)}"
            )
            self.notes.append(Note("inner_call_failed", text))

    def _waits(self, place: int, event: Event) -> None:
        text = "other signers of the multisig must agree before its call is made"
        self.notes.append(Note("multisig_waits", text))

    def _vests(self, place: int, event: Event) -> None:
        self._vested.add(self._account(event, 0))

    def _dust(self, place: int, event: Event) -> None:
        account = text_of(self.network, self._account(event, 0))
        text = f"{self._amount(event, 1)} planck of {account} fell below the existential deposit"
        self.notes.append(Note("dust_lost", text + " and were burnt"))

    def _sent_away(self, place: int, event: Event) -> None:
        text = "a message went to another chain; what arrives there is not shown here"
        self.notes.append(Note("xcm_sent", text))

    def _marked_vested(self, transfer: Transfer) -> Transfer:
        """A vested transfer: locked until a height of the relay chain, told as a time."""
        key = transfer.recipient.key
        if key is None or key.payload not in self._vested:
            return transfer
        end = _vesting_end(self.network, self.told, key.payload)
        if end is None or self.told.relay is None or self.told.time is None:
            self._doubt("a vested transfer whose schedule is not told", Gap.AMOUNT)
            return dataclasses.replace(transfer, type="vested_transfer", special=True)
        relay_seconds = 6
        seconds = max(0, end - self.told.relay) * relay_seconds
        return dataclasses.replace(
            transfer,
            type="vested_transfer",
            special=True,
            unlock_at=find_lock_end(int(self.told.time.timestamp()) + seconds),
        )


def _vesting_end(network: Network, told: Told, account: bytes) -> int | None:
    """The relay chain's block at which all is free, where the call itself has the schedule."""
    if told.call != ("vesting", "vestedtransfer"):
        return None
    schedule = told.args.get("schedule")
    if not isinstance(schedule, dict) or "target" not in told.args:
        return None
    if read_account(network, told.args["target"], "target") != account:
        return None
    numbers = {k.replace("_", "").lower(): v for k, v in schedule.items()}
    locked, per_block, start = (
        read_count(numbers.get(n), n) for n in ("locked", "perblock", "startingblock")
    )
    return None if not per_block else start - (-locked // per_block)


def _part(event: Event, at: int) -> Any:
    if not 0 <= at < len(event.data):
        raise garbled(f"{event.pallet}.{event.name} has too few parts")
    return event.data[at]


_Reader = Callable[[Moves, int, Event], None]
_READERS: Mapping[tuple[str, str], _Reader] = {
    ("balances", "Transfer"): Moves._native,
    ("balances", "ReserveRepatriated"): Moves._native,
    ("balances", "Minted"): Moves._minted,
    ("balances", "Deposit"): Moves._deposit,
    ("balances", "DustLost"): Moves._dust,
    ("staking", "Rewarded"): Moves._reward,
    ("staking", "Reward"): Moves._reward,
    ("transactionpayment", "TransactionFeePaid"): Moves._fee_paid,
    ("assettxpayment", "AssetTxFeePaid"): Moves._fee_paid,
    ("proxy", "ProxyExecuted"): Moves._executed,
    ("multisig", "MultisigExecuted"): Moves._executed,
    ("multisig", "NewMultisig"): Moves._waits,
    ("multisig", "MultisigApproval"): Moves._waits,
    ("utility", "DispatchedAs"): Moves._executed,
    ("vesting", "VestingCreated"): Moves._vests,
    ("vesting", "VestingUpdated"): Moves._vests,
    ("polkadotxcm", "Sent"): Moves._sent_away,
    **{("utility", name): Moves._batch for name in _BATCH},
}
