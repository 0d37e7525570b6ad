"""Who received what in one transaction of Stellar, operation by operation.

Knows: Horizon's operations and effects, memos and muxed ids, claimable balances. Must not know: HTTP,
ledgers, fees.

Amounts are those of the destination: of a path payment Horizon's ``amount`` is what arrived, while
``source_amount`` is another asset's. A merge, a claim, an offer and the inflation name no amount: the
effects of their operation do. A contract's moves of classic assets stand in
``asset_balance_changes``; what tokens of pure contracts did is not in Horizon, so a contract call
leaves the gap ``internal_transfers``. Makers whose offers a path crossed are not listed: Horizon shows
them in the effects only, and no deposit arrives that way.

Positions: ``op:N`` counts the transaction's operations from 0; ``op:N.M`` is the M-th movement (from 0)
of an operation that may have several.

The memo belongs to the transaction and so to all its payments. The id of a muxed destination belongs
to its payment alone and is what the recipient asked for; where both are there and differ, nobody
can say which one counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from recovery.chains.shape import Json, garbled, read_list, read_object, read_text
from recovery.chains.stellar.answer import (
    Coin,
    pool_party,
    read_amount,
    read_coin,
    read_count_of,
    read_joined_coin,
    read_party,
)
from recovery.chains.stellar.codec import parse_address
from recovery.errors import BadInput
from recovery.model import Gap, Memo, MemoKind, Note, Party, Transfer, TransferKind
from recovery.networks import Network

OFFERS = frozenset(
    {
        "manage_offer",
        "manage_sell_offer",
        "manage_buy_offer",
        "create_passive_offer",
        "create_passive_sell_offer",
    }
)
TOLD_BY_EFFECTS = OFFERS | {"account_merge", "claim_claimable_balance", "inflation"}
"""Operations whose amounts only their effects tell."""

_WITHOUT_VALUE = frozenset(
    {
        "set_options",
        "change_trust",
        "allow_trust",
        "set_trust_line_flags",
        "manage_data",
        "bump_sequence",
        "begin_sponsoring_future_reserves",
        "end_sponsoring_future_reserves",
        "revoke_sponsorship",
        "extend_footprint_ttl",
        "bump_footprint_expiration",
        "restore_footprint",
    }
)
_PATHS = {
    "path_payment": "path_payment_strict_receive",  # the name before 2019
    "path_payment_strict_receive": "path_payment_strict_receive",
    "path_payment_strict_send": "path_payment_strict_send",
}
_CHANGES = frozenset({"transfer", "mint", "burn", "clawback"})
_EFFECTS = (
    "account_",
    "signer_",
    "trustline_",
    "offer_",
    "data_",
    "sequence_bumped",
    "claimable_balance_",
    "liquidity_pool_",
    "contract_",
    "extend_footprint_",
    "restore_footprint",
)
_NOT_CREDITED = "claimable_balance"


class Deal:
    """One transaction on the way to its transfers; notes and gaps gather on the way.

    ``effects`` are those of each operation, by its id; ``creators`` are who made the claimable
    balances that were claimed, by the balance's id.
    """

    def __init__(
        self,
        network: Network,
        *,
        memo: Memo | None,
        successful: bool,
        effects: Mapping[str, Sequence[Json]],
        creators: Mapping[str, str],
    ) -> None:
        self.network = network
        self.memo = memo
        self.successful = successful
        self.effects = effects
        self.creators = creators
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()

    def transfers(self, operations: Sequence[Json]) -> tuple[Transfer, ...]:
        found = [t for n, op in enumerate(operations) for t in self._operation(n, op)]
        batched = _find_batched(found)
        return tuple(
            dataclasses.replace(
                t, index=i, batched=t.position in batched, succeeded=self.successful
            )
            for i, t in enumerate(found)
        )

    def _operation(self, number: int, op: Json) -> Iterator[Transfer]:
        kind = read_text(op.get("type"), "type")
        place = f"op:{number}"
        if kind in TOLD_BY_EFFECTS and not self.successful:
            return  # it had no effects, so it moved no amount that anybody could name
        if kind == "payment":
            yield self._payment(place, op)
        elif kind in _PATHS:
            yield self._path_payment(place, op, _PATHS[kind])
        elif kind == "create_account":
            yield self._new_account(place, op)
        elif kind == "account_merge":
            yield self._merge(place, op)
        elif kind == "create_claimable_balance":
            yield from self._promise(place, op)
        elif kind == "claim_claimable_balance":
            yield self._claim(place, op)
        elif kind == "invoke_host_function":
            yield from self._contract_moves(place, op)
        elif kind in OFFERS:
            yield from self._trades(place, op)
        elif kind == "inflation":
            yield from self._inflation(place, op)
        elif kind in ("liquidity_pool_withdraw", "liquidity_pool_deposit"):
            yield from self._pool_moves(place, op, kind)
        elif kind in ("clawback", "clawback_claimable_balance"):
            self._note_clawback(op, kind)
        elif kind not in _WITHOUT_VALUE:
            self.gaps.add(Gap.INTERNAL_TRANSFERS)
            text = f"the operation {kind[:40]} is not known here; it may have moved value"
            self.notes.append(Note("operation_unread", text))

    def _payment(self, place: str, op: Json) -> Transfer:
        coin, to = read_coin(self.network, op), self._party(op, "to")
        amount = read_amount(op.get("amount"), "amount")
        return self._transfer(
            place, coin, amount, self._party(op, "from"), to, memo=self._memo(op, "to", to)
        )

    def _path_payment(self, place: str, op: Json, kind: str) -> Transfer:
        least = op.get("destination_min")
        asked = None if least is None else read_amount(least, "destination_min")
        paid = self._payment(place, op)
        if asked is not None and asked > int(paid.amount):
            raise garbled("a path payment delivered less than the least it may")
        asked = None if asked == paid.amount else asked
        return dataclasses.replace(paid, type=kind, special=True, requested_amount=asked)

    def _new_account(self, place: str, op: Json) -> Transfer:
        coin = Coin(self.network.native_asset, self.network.symbol)
        amount = read_amount(op.get("starting_balance"), "starting_balance")
        to = self._party(op, "account")
        made = self._transfer(place, coin, amount, self._party(op, "funder"), to, memo=self.memo)
        return dataclasses.replace(made, type="create_account", special=True)

    def _merge(self, place: str, op: Json) -> Transfer:
        to = self._party(op, "into")
        coin, amount = self._credited(op, to)
        if coin.asset != self.network.native_asset:
            raise garbled("a merge moved another asset than the native one")
        merged = self._party(op, "account")
        moved = self._transfer(place, coin, amount, merged, to, memo=self._memo(op, "into", to))
        return dataclasses.replace(moved, type="account_merge", special=True)

    def _claim(self, place: str, op: Json) -> Transfer:
        to = self._party(op, "claimant")
        coin, amount = self._credited(op, to)
        creator = self.creators.get(read_text(op.get("balance_id"), "balance_id"))
        senders = () if creator is None else (read_party(self.network, creator, "creator"),)
        if not senders:
            self.gaps.add(Gap.SENDERS)
        claimed = self._transfer(place, coin, amount, None, to, memo=None)
        return dataclasses.replace(
            claimed, senders=senders, type="claim_claimable_balance", special=True
        )

    def _promise(self, place: str, op: Json) -> Iterator[Transfer]:
        """One entry for each who may claim: nobody has received anything, and one of them may."""
        coin = read_joined_coin(self.network, op.get("asset"), "asset")
        amount = read_amount(op.get("amount"), "amount")
        sender = self._source(op)
        claimants = read_list(op.get("claimants"), "claimants")
        if not claimants:
            raise garbled("a claimable balance that nobody may claim")
        for number, item in enumerate(claimants):
            claimant = read_object(item, "a claimant")
            to = self._party(claimant, "destination")
            may = self._transfer(f"{place}.{number}", coin, amount, sender, to, memo=self.memo)
            yield dataclasses.replace(may, type=_NOT_CREDITED, special=True)

    def _contract_moves(self, place: str, op: Json) -> Iterator[Transfer]:
        """Moves of classic assets by contracts; a mint is the issuer's, a burn is nobody's gain."""
        self.gaps.add(Gap.INTERNAL_TRANSFERS)
        text = "tokens of pure contracts may have moved; Horizon shows classic assets only"
        self.notes.append(Note("contract_tokens_unseen", text))
        changes = read_list(op.get("asset_balance_changes"), "asset_balance_changes")
        for number, item in enumerate(changes):
            change = read_object(item, "a balance change")
            kind = read_text(change.get("type"), "type of a balance change")
            if kind not in _CHANGES:
                raise garbled("a balance change of an unknown type")
            if kind == "clawback":
                self._note_clawback(change, kind)
            if kind in ("burn", "clawback"):
                continue
            coin = read_coin(self.network, change)
            if kind == "mint" and "from" not in change:
                sender = None if coin.issuer is None else self._party({"a": coin.issuer}, "a")
            else:
                sender = self._party(change, "from")
            to, muxed = self._contract_destination(change)
            amount = read_amount(change.get("amount"), "amount")
            moved = self._transfer(f"{place}.{number}", coin, amount, sender, to, memo=muxed)
            native = coin.asset == self.network.native_asset
            yield dataclasses.replace(
                moved, kind=TransferKind.INTERNAL if native else TransferKind.TOKEN
            )

    def _contract_destination(self, change: Json) -> tuple[Party, Memo | None]:
        """``destination_muxed_id`` is a number, or since the events of 2025 a text or bytes."""
        to = self._party(change, "to")
        if "destination_muxed_id" not in change:
            return to, self.memo
        written = change["destination_muxed_id"]
        kind = change.get("destination_muxed_id_type", "uint64")
        if kind == "uint64":
            number = read_count_of(written, bits=64, what="destination_muxed_id")
            return to, self._one_of(Memo(MemoKind.MUXED, str(number)))
        text = read_text(written, "destination_muxed_id")
        if kind not in ("string", "bytes"):
            raise garbled("destination_muxed_id is of an unknown type")
        return to, self._one_of(Memo(MemoKind.TEXT if kind == "string" else MemoKind.HASH, text))

    def _trades(self, place: str, op: Json) -> Iterator[Transfer]:
        """What an offer bought at once, and what those got whose offers it took."""
        for number, effect in enumerate(self._effects(op)):
            if effect.get("type") != "trade":
                continue
            coin = read_coin(self.network, effect, "bought_")
            amount = read_amount(effect.get("bought_amount"), "bought_amount")
            seller, to = self._party(effect, "seller"), self._party(effect, "account")
            bought = self._transfer(f"{place}.{number}", coin, amount, seller, to, memo=None)
            yield dataclasses.replace(bought, type="trade", special=True)

    def _inflation(self, place: str, op: Json) -> Iterator[Transfer]:
        for number, effect in enumerate(self._effects(op)):
            if effect.get("type") != "account_credited":
                continue
            coin = read_coin(self.network, effect)
            amount = read_amount(effect.get("amount"), "amount")
            to = self._party(effect, "account")
            paid = self._transfer(f"{place}.{number}", coin, amount, None, to, memo=None)
            yield dataclasses.replace(
                paid, kind=TransferKind.REWARD, type="inflation", special=True
            )

    def _pool_moves(self, place: str, op: Json, kind: str) -> Iterator[Transfer]:
        pool, account = pool_party(self.network, op.get("liquidity_pool_id")), self._source(op)
        out = kind == "liquidity_pool_withdraw"
        name = "reserves_received" if out else "reserves_deposited"
        listed = op.get(name)
        if listed is None and not self.successful:
            return
        for number, item in enumerate(read_list(listed, name)):
            reserve = read_object(item, name)
            coin = read_joined_coin(self.network, reserve.get("asset"), "asset")
            amount = read_amount(reserve.get("amount"), "amount")
            giver, taker = (pool, account) if out else (account, pool)
            moved = self._transfer(f"{place}.{number}", coin, amount, giver, taker, memo=None)
            yield dataclasses.replace(moved, type=kind, special=True)

    def _note_clawback(self, entry: Json, kind: str) -> None:
        if not self.successful:
            return
        whom = "a claimable balance"
        if "from" in entry:
            whom = str(self._party(entry, "from").address)
        self.notes.append(Note("clawback", f"the issuer took back what {whom} held"))

    def _credited(self, op: Json, to: Party) -> tuple[Coin, int]:
        """What the operation's effects say that this account got: exactly one credit."""
        credits = [
            e
            for e in self._effects(op)
            if e.get("type") == "account_credited" and self._party(e, "account") == to
        ]
        if len(credits) != 1:
            raise garbled("the effects do not show one credit of the operation")
        return read_coin(self.network, credits[0]), read_amount(credits[0].get("amount"), "amount")

    def _effects(self, op: Json) -> Sequence[Json]:
        effects = self.effects.get(read_text(op.get("id"), "id"), ())
        if not effects and read_text(op.get("type"), "type") not in OFFERS | {"inflation"}:
            raise garbled("an operation without its effects")
        for effect in effects:
            kind = read_text(effect.get("type"), "type of an effect")
            if kind != "trade" and not kind.startswith(_EFFECTS):
                raise garbled(f"an effect of an unknown type: {kind[:40]}")
        return effects

    def _transfer(
        self,
        place: str,
        coin: Coin,
        amount: int,
        sender: Party | None,
        to: Party,
        *,
        memo: Memo | None,
    ) -> Transfer:
        native = coin.asset == self.network.native_asset
        return Transfer(
            index=0,
            position=place,
            kind=TransferKind.NATIVE if native else TransferKind.TOKEN,
            asset=coin.asset,
            amount=amount,
            senders=() if sender is None else (sender,),
            recipient=to,
            memo=memo,
            symbol=coin.symbol,
            decimals=self.network.decimals,  # every classic asset has seven, like the native one
        )

    def _party(self, entry: Json, name: str) -> Party:
        return read_party(self.network, entry.get(name), name)

    def _source(self, op: Json) -> Party:
        return self._party(op, "source_account")

    def _memo(self, op: Json, name: str, to: Party) -> Memo | None:
        """The id of the muxed destination, told as a number and as the M address; else the memo."""
        written, address = op.get(f"{name}_muxed_id"), op.get(f"{name}_muxed")
        ids = set()
        if written is not None:
            ids.add(str(read_count_of(written, bits=64, what=f"{name}_muxed_id")))
        if address is not None:
            ids.add(self._muxed_id(read_text(address, f"{name}_muxed"), to))
        if not ids:
            return self.memo
        if len(ids) > 1:
            raise garbled(f"{name}_muxed and its id differ")
        return self._one_of(Memo(MemoKind.MUXED, ids.pop()))

    def _muxed_id(self, text: str, to: Party) -> str:
        try:
            parsed = parse_address(self.network, text)
        except BadInput as wrong:
            raise garbled(wrong.text) from None
        if parsed.memo is None or parsed.key != to.key:
            raise garbled("a muxed address that is not the recipient's")
        return parsed.memo.value

    def _one_of(self, muxed: Memo) -> Memo:
        if self.memo is not None and self.memo.value.strip() != muxed.value:
            self.gaps.add(Gap.MEMO)
            text = f"the memo is {self.memo.value[:80]!r}, the destination carries {muxed.value[:80]!r}"
            self.notes.append(Note("memo_ambiguous", text))
        return muxed


def _find_batched(found: Sequence[Transfer]) -> set[str]:
    """Positions of payments whose sender paid others too: other accounts, or other muxed ids."""
    paid: dict[tuple[Party, ...], set[tuple[Party, str]]] = {}
    plain = [t for t in found if t.type is None or t.type == "create_account" or t.type in _PATHS]
    for transfer in plain:
        paid.setdefault(transfer.senders, set()).add((transfer.recipient, _muxed_id(transfer)))
    several = {
        senders
        for senders, payees in paid.items()
        if len({to for to, _ in payees}) > 1 or len({number for _, number in payees} - {""}) > 1
    }
    return {t.position for t in plain if t.senders and t.senders in several}


def _muxed_id(transfer: Transfer) -> str:
    memo = transfer.memo
    return memo.value if memo is not None and memo.kind is MemoKind.MUXED else ""
