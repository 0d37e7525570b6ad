"""What the receipts of one transaction moved: coin by actions, tokens by their contracts' events.

Knows: which receipts are refunds, who relayed whom, refunds of ``ft_transfer_call``. Must not know:
blocks, finality, HTTP.

A receipt is executed whole or not at all, and one of several may fail while the transaction goes
on: each transfer has its own success.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from recovery.assets import full_asset, is_hashed, token_asset
from recovery.chains.near.answer import (
    SYSTEM,
    Action,
    Answer,
    Outcome,
    Receipt,
    party_of,
    read_account,
)
from recovery.chains.near.tokens import (
    CALLS,
    Said,
    Unreadable,
    read_call,
    read_events,
    read_metadata,
    read_resolved,
)
from recovery.chains.shape import read_list, read_object
from recovery.errors import BadInput
from recovery.model import AssetId, Gap, Memo, MemoKind, Note, Party, Transfer, TransferKind
from recovery.networks import Network

_PAYS_NOBODY = frozenset(
    {
        "CreateAccount", "DeployContract", "Stake", "AddKey", "DeleteKey", "DeployGlobalContract",
        "DeployGlobalContractByAccountId", "UseGlobalContract", "UseGlobalContractByAccountId",
    }
)  # fmt: skip

_ATTACHED = CALLS | {"nft_transfer", "nft_transfer_call", "storage_deposit"}
"""Calls whose deposit pays for no goods: one yocto, which shows that a full key signed, and storage."""


def find_tokens(answer: Answer) -> tuple[str, ...]:
    """The accounts whose code spoke of fungible tokens, each once."""
    found: dict[str, None] = {}
    for name in answer.order:
        receipt, outcome = answer.receipts[name], answer.outcomes[name]
        calls = any(a.kind == "FunctionCall" and a.method in CALLS for a in receipt.actions)
        if calls or any('"nep141"' in log for log in outcome.logs):
            found[outcome.executor] = None
    return tuple(found)


class Walk:
    """One transaction on the way to its transfers; notes and gaps gather on the way."""

    def __init__(self, network: Network, answer: Answer, metadata: Mapping[str, Any]) -> None:
        self.network = network
        self.answer = answer
        self.metadata = metadata
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self.by_relay: set[str] = set()
        self.paid_out: set[str] = set()
        self.unresolved: dict[str, list[Transfer]] = defaultdict(list)
        self.returned: set[tuple[AssetId, tuple[Party, ...]]] = set()
        self.moving: set[str] = set()

    def transfers(self) -> tuple[Transfer, ...]:
        found: list[Transfer] = []
        for name in self.answer.order:
            receipt, outcome = self.answer.receipts[name], self.answer.outcomes[name]
            if outcome.executor != receipt.receiver:
                self._doubt("receipt_elsewhere", "a receipt ran in another account than it was for")
            moved = [*self._receipt(receipt, outcome)]
            if moved:
                self.moving.add(outcome.block)
            found += moved
        found = self._resolve(found)
        found = self._mark_batched(found)
        return tuple(dataclasses.replace(t, index=i) for i, t in enumerate(found))

    def _doubt(self, code: str, text: str, *, unseen: bool = False) -> None:
        """A gap with its note; ``unseen`` where anybody may have been paid without a trace here."""
        self.gaps.add(Gap.AMOUNT)
        if unseen:
            self.gaps.add(Gap.INTERNAL_TRANSFERS)
        note = Note(code, text)
        if note not in self.notes:
            self.notes.append(note)

    def _receipt(self, receipt: Receipt, outcome: Outcome) -> Iterator[Transfer]:
        if outcome.ok is None:
            return
        for number, action in enumerate(receipt.actions):
            yield from self._action(receipt, outcome, number, action)
        if outcome.ok:
            yield from self._tokens(receipt, outcome)
        else:
            text = f"the receipt {receipt.id} for {receipt.receiver} failed: {outcome.failure}"
            self.notes.append(Note("receipt_failed", text))

    def _action(
        self, receipt: Receipt, outcome: Outcome, number: int, action: Action
    ) -> Iterator[Transfer]:
        place = f"receipt:{receipt.id}:{number}"
        if action.kind == "Transfer":
            if receipt.predecessor != SYSTEM or receipt.id in self.paid_out:
                left = "delete_account" if receipt.id in self.paid_out else None
                yield self._coin(receipt, outcome, place, action.deposit, left)
        elif action.kind == "FunctionCall":
            deposit = action.deposit
            if deposit and outcome.ok and action.method in _ATTACHED:
                if deposit > 1:
                    text = f"{deposit} yoctoNEAR went to {receipt.receiver} for storage"
                    self.notes.append(Note("storage_paid", text))
            elif deposit and outcome.ok:
                yield self._coin(receipt, outcome, place, deposit, "function_call")
            if not outcome.ok:
                yield from self._failed_call(receipt, place, action)
        elif action.kind == "Delegate":
            self._relay(receipt, outcome, action)
        elif action.kind == "DeleteAccount":
            self._delete(receipt, outcome, action)
        elif action.kind not in _PAYS_NOBODY and outcome.ok:
            text = f"an action {action.kind!r}, which this desk does not know"
            self._doubt("unread_action", text, unseen=True)

    def _coin(
        self, receipt: Receipt, outcome: Outcome, place: str, amount: int, kind: str | None
    ) -> Transfer:
        """Coin that a receipt carried. The signer's own receipt is a payment, others a program's."""
        source = receipt.predecessor if receipt.predecessor != SYSTEM else self._emptied(receipt.id)
        own = receipt.id in self.answer.outcome.children or receipt.id in self.by_relay
        return Transfer(
            index=0,
            position=place,
            kind=TransferKind.NATIVE if own else TransferKind.INTERNAL,
            asset=self.network.native_asset,
            amount=amount,
            senders=(party_of(self.network, source),),
            recipient=party_of(self.network, receipt.receiver),
            succeeded=bool(outcome.ok),
            symbol=self.network.symbol,
            decimals=self.network.decimals,
            type=kind,
            special=kind is not None,
        )

    def _relay(self, receipt: Receipt, outcome: Outcome, action: Action) -> None:
        """A meta-transaction: the relayer sends and pays what another account signed."""
        inside = read_object(action.body.get("delegate_action"), "delegate_action")
        sender = read_account(inside.get("sender_id"), "sender_id")
        target = read_account(inside.get("receiver_id"), "receiver_id")
        read_list(inside.get("actions"), "delegate_action.actions")
        text = f"{receipt.predecessor} sent it and paid for it; {sender} signed it"
        self.notes.append(Note("relayed", text))
        for child in outcome.children:
            made = self.answer.receipts.get(child)
            if made is not None and (made.predecessor, made.receiver) == (sender, target):
                self.by_relay.add(child)

    def _delete(self, receipt: Receipt, outcome: Outcome, action: Action) -> None:
        """What a deleted account had left comes to its beneficiary in the system's name."""
        beneficiary = read_account(action.body.get("beneficiary_id"), "beneficiary_id")
        if not outcome.ok:
            return
        for child in outcome.children:
            made = self.answer.receipts.get(child)
            if made is not None and (made.predecessor, made.receiver) == (SYSTEM, beneficiary):
                self.paid_out.add(child)
                break
        if beneficiary == receipt.signer:
            text = "the signer of a deletion got both the remainder and the gas that was left"
            self._doubt("remainder_or_gas", text)

    def _emptied(self, receipt_id: str) -> str:
        """The account whose deletion made this payout."""
        for name, outcome in self.answer.outcomes.items():
            if receipt_id in outcome.children:
                return self.answer.receipts[name].receiver
        return SYSTEM

    # -- tokens ----------------------------------------------------------------------------------

    def _tokens(self, receipt: Receipt, outcome: Outcome) -> Iterator[Transfer]:
        """Events of the account's own tokens; where an old contract writes none, its calls."""
        if self._is_resolving(receipt, "ft_resolve_transfer"):
            return  # what it gives back is taken off the transfer it resolves
        try:
            said = [*read_events(outcome.logs)]
        except Unreadable as wrong:
            text = f"an event of {outcome.executor} can't be read: {wrong}"
            self._doubt("unread_event", text, unseen=True)
            return
        calls = [*self._calls(receipt)]
        if calls and not any(s.token_id is None and s.sender is not None for s in said):
            text = f"{outcome.executor} writes no events; what was called is taken for done"
            self.notes.append(Note("transfer_from_call", text))
            said += [call for call, _ in calls]
        for movement in said:
            transfer = self._token(receipt, outcome.executor, movement)
            if transfer is None:
                continue
            if self._is_resolving(receipt, "nft_resolve_transfer"):
                self.returned.add((transfer.asset, transfer.senders[:1]))
                continue
            if any(resolved and movement.recipient == call.recipient for call, resolved in calls):
                self.unresolved[outcome.executor].append(transfer)
            yield transfer

    def _is_resolving(self, receipt: Receipt, method: str) -> bool:
        """A token contract's call to itself after the receiver of a ``…_transfer_call`` has answered."""
        return receipt.predecessor == receipt.receiver and any(
            a.kind == "FunctionCall" and a.method == method for a in receipt.actions
        )

    def _calls(self, receipt: Receipt) -> Iterator[tuple[Said, bool]]:
        """What was called for, and whether the receiver may give some of it back."""
        for number, action in enumerate(receipt.actions):
            if action.kind == "FunctionCall" and action.method in CALLS:
                # A second number keeps it apart from the coin attached to the same call.
                said = read_call(action, receipt.predecessor, f"{number}.0")
                if said is not None:
                    yield said, action.method == "ft_transfer_call"

    def _failed_call(self, receipt: Receipt, place: str, action: Action) -> Iterator[Transfer]:
        said = read_call(action, receipt.predecessor, place.rpartition(":")[2])
        transfer = None if said is None else self._token(receipt, receipt.receiver, said)
        if transfer is not None:
            yield dataclasses.replace(transfer, succeeded=False)

    def _token(self, receipt: Receipt, contract: str, said: Said) -> Transfer | None:
        asset = self._asset(contract, said.token_id)
        if asset is None:
            return None
        single = said.token_id is not None
        symbol, decimals = (None, 0) if single else read_metadata(self.metadata.get(contract))
        return Transfer(
            index=0,
            position=f"receipt:{receipt.id}:{said.place}",
            kind=TransferKind.NFT if single else TransferKind.TOKEN,
            asset=asset,
            amount=said.amount,
            senders=() if said.sender is None else (party_of(self.network, said.sender),),
            recipient=party_of(self.network, said.recipient),
            memo=Memo(MemoKind.TEXT, said.memo) if said.memo else None,
            symbol=symbol,
            decimals=decimals,
            type="mint" if said.sender is None else None,
            standard="nep171" if single else "nep141",
        )

    def _asset(self, contract: str, token_id: str | None) -> AssetId | None:
        namespace = "nep141" if token_id is None else "nep171"
        reference = contract if token_id is None else f"{contract}/{token_id}"
        try:
            asset = token_asset(self.network, namespace, reference)
        except BadInput as wrong:
            self._doubt("unread_token", wrong.text, unseen=True)
            return None
        if is_hashed(asset):
            self.notes.append(Note("full_asset", full_asset(self.network, namespace, reference)))
        return asset

    def _resolve(self, transfers: list[Transfer]) -> list[Transfer]:
        """Take off what receivers of ``ft_transfer_call`` gave back."""
        kept: dict[str, Transfer] = {}
        for name in self.answer.order:
            receipt, outcome = self.answer.receipts[name], self.answer.outcomes[name]
            if not self._is_resolving(receipt, "ft_resolve_transfer"):
                continue
            for action in receipt.actions:
                self._apply_resolution(receipt, outcome, action, kept)
        for waiting in self.unresolved.values():
            for transfer in waiting:
                text = (
                    f"whether the receiver gave back what came at {transfer.position} is not shown"
                )
                self._doubt("transfer_unresolved", text)
        settled = (kept.get(t.position, t) for t in transfers)
        return [
            dataclasses.replace(t, succeeded=False)
            if (t.asset, (t.recipient,)) in self.returned
            else t
            for t in settled
        ]

    def _apply_resolution(
        self, receipt: Receipt, outcome: Outcome, action: Action, kept: dict[str, Transfer]
    ) -> None:
        resolved = read_resolved(action, outcome.value) if action.kind == "FunctionCall" else None
        if resolved is None:
            return
        sender, receiver, amount, used = resolved
        parties = party_of(self.network, sender), party_of(self.network, receiver)
        for transfer in self.unresolved[receipt.receiver]:
            if (transfer.senders, transfer.recipient, transfer.amount) == (
                parties[:1],
                parties[1],
                amount,
            ):
                break
        else:
            return
        given = self._given_back(outcome, sender, receiver)
        if not outcome.ok or used is None or (given is not None and amount - given != used):
            return  # it stays unresolved: a person looks at it
        self.unresolved[receipt.receiver].remove(transfer)
        if used < amount:
            back = amount - used
            self.notes.append(Note("given_back", f"the receiver gave back {back} of {amount}"))
            changed = dataclasses.replace(transfer, amount=used, requested_amount=amount)
            kept[transfer.position] = dataclasses.replace(changed, succeeded=used > 0)

    def _given_back(self, outcome: Outcome, sender: str, receiver: str) -> int | None:
        """What the contract's events say was given back; None where it writes none."""
        try:
            said = [s for s in read_events(outcome.logs) if s.token_id is None]
        except Unreadable:
            return -1
        back = sum(s.amount for s in said if (s.sender, s.recipient) == (receiver, sender))
        return back if said else None

    def _mark_batched(self, transfers: list[Transfer]) -> list[Transfer]:
        """Several recipients of one asset, paid by one call of one sender."""
        paid: dict[object, set[object]] = defaultdict(set)
        for t in transfers:
            if t.succeeded and t.amount and t.type is None:
                paid[self._call_of(t)].add(t.recipient)
        return [
            dataclasses.replace(t, batched=True)
            if t.type is None and len(paid[self._call_of(t)]) > 1
            else t
            for t in transfers
        ]

    def _call_of(self, transfer: Transfer) -> object:
        """Tokens: one receipt. Coin: all that one program sent on (a receipt has one recipient)."""
        if transfer.kind is TransferKind.INTERNAL:
            return transfer.senders
        return transfer.position.split(":")[1]
