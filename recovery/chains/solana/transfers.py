"""Who received what in one successful transaction of Solana: the balances decide.

Knows: how instructions explain balance changes, and that they may not. Must not know: HTTP,
statuses, encodings.

**The balances are the truth.** Instructions say who asked for what; programs may withhold a fee,
take tokens back, pay from an account of their own without any transfer instruction, or pack
several transfers into one instruction. So every holder's gain (lamports of an account; tokens of
an *owner*, over all his accounts of the mint) is compared with what the instructions brought and
took. A transfer's ``amount`` never exceeds what the holder is richer by; where it is less than the
instruction asked for, ``requested_amount`` says so. A gain that no instruction explains is a transfer
of its own, at the instruction that named the account.

**Recipients are owners.** Tokens lie in token accounts, and who may spend is written in the account:
an account at a known address may belong to anybody. So the recipient is the owner by the token
balances, never the account. Lamports in a token account are its rent, or wrapped SOL counted as
tokens; coin sent there on top is told apart by the type ``to_token_account``, since the owner gets
it only by closing the account.

Positions: ``ix:I`` is the message's instruction I, ``ix:I.J`` the J-th that it called, a further
``.K`` the K-th of a packed one; ``ix:I:N`` is what account number N gained in an instruction that
has a transfer of its own already.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping

from recovery.assets import token_asset
from recovery.chains.solana.answer import TOKEN, TOKEN_2022, WRAPPED_SOL, Place, TxAnswer, party_of
from recovery.chains.solana.flows import Coming, Flows, Holder
from recovery.chains.solana.mints import Mint, leaf_asset
from recovery.chains.solana.programs import CALLS_NOBODY, Hidden, Leaf, Move, Said
from recovery.model import AssetId, Gap, Memo, MemoKind, Note, Party, Transfer, TransferKind
from recovery.networks import Network


class Deal:
    """One transaction on the way to its transfers; notes and gaps gather on the way."""

    def __init__(self, network: Network, tx: TxAnswer, mints: Mapping[str, Mint]) -> None:
        self.network = network
        self.tx = tx
        self.mints = mints
        self.flows = Flows(tx)
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self.said = {
            s.place: _memo_from(s.text) for _, s in self.flows.steps if isinstance(s, Said)
        }

    def transfers(self) -> tuple[Transfer, ...]:
        """Every movement of value, in the order of the instructions."""
        flows = self.flows
        self._note_what_is_hidden()
        flows.follow()
        found = [t for holder in flows.came for t in self._settle(holder)]
        found += [self._transfer(holder, c, 0) for holder, c in flows.own]  # nobody is richer by it
        found += [*self._coin_in_token_accounts(), *self._leaves()]
        return _arrange(found)

    def requests(self) -> Iterator[Note]:
        """What a transaction asked for that failed, so that nothing of it happened."""
        for _, step in self.flows.steps:
            if not isinstance(step, Move) or not step.amount or step.target is None:
                continue
            mint = step.mint or self.flows.mint_of(step)
            asset = token_asset(self.network, "token", mint) if mint else "a token"
            if not step.token:
                asset = self.network.native_asset
            owner = self.flows.owner_of(step.target) if step.token else step.target
            text = f"it asked to pay {step.amount} of {asset} to {owner or step.target}"
            yield Note("requested_transfer", text)

    def _settle(self, holder: Holder) -> Iterator[Transfer]:
        """What really arrived of what came: never more together than the holder is richer by."""
        came = sorted(self.flows.came[holder], key=lambda c: c.place)
        gain = max(self.flows.gains.get(holder, 0), 0)
        rest = gain
        if self.tx.tokens is None and holder[1] is not None:
            rest = sum(c.amount for c in came)  # nobody recorded it: the gap says so
        amounts = [c.amount - c.fee for c in came]
        if sum(amounts) != rest or min(amounts) < 0:
            amounts = []
            for c in came:
                amounts.append(min(c.amount, rest))
                rest -= amounts[-1]
            if sum(amounts) != sum(c.amount for c in came) and len(came) > 1:
                self._note_what_lacks(came, gain)
        for c, amount in zip(came, amounts, strict=True):
            yield self._transfer(holder, c, amount)

    def _note_what_lacks(self, came: list[Coming], gain: int) -> None:
        """Less arrived than was sent in several parts; whose part it lacks matters if memos differ."""
        if len({self._memo(c.at) for c in came}) > 1:
            self.gaps.add(Gap.AMOUNT)
            text = f"{gain} arrived of several transfers with different memos"
            self.notes.append(Note("delivered_from_balance", text))

    def _transfer(self, holder: Holder, coming: Coming, amount: int) -> Transfer:
        mint = holder[1]
        facts = self.mints.get(mint) if mint is not None else None
        kind = TransferKind.TOKEN if mint is not None else TransferKind.NATIVE
        if facts is not None and facts.unique:
            kind = TransferKind.NFT
        elif coming.by_program:
            kind = TransferKind.INTERNAL
        return Transfer(
            index=0,
            position=_position(coming),
            kind=kind,
            asset=self._asset(mint, kind),
            amount=amount,
            senders=coming.senders,
            recipient=self.flows.party(holder),
            memo=self._memo(coming.at),
            symbol=self.network.symbol if mint is None else facts.symbol if facts else None,
            name=facts.name if facts else None,
            decimals=self.network.decimals if mint is None else facts.decimals if facts else None,
            requested_amount=coming.amount if coming.amount != amount else None,
            type=coming.type,
            special=coming.special,
            standard=self._standard(mint),
        )

    def _asset(self, mint: str | None, kind: TransferKind) -> AssetId:
        if mint is None:
            return self.network.native_asset
        return token_asset(self.network, "nft" if kind is TransferKind.NFT else "token", mint)

    def _standard(self, mint: str | None) -> str | None:
        if mint is None:
            return None
        programs = {a.program for a in self.flows.tokens.values() if a.mint == mint}
        return "token-2022" if programs == {TOKEN_2022} else "spl" if programs == {TOKEN} else None

    def _coin_in_token_accounts(self) -> Iterator[Transfer]:
        """Rent of new token accounts is a note; coin sent to one that stood is its owner's, later."""
        for account in self.flows.tokens.values():
            wrapped = account.mint == WRAPPED_SOL
            tokens = (account.after or 0) - (account.before or 0) if wrapped else 0
            coin = self.tx.gains[account.address] - tokens
            if account.after is None or coin <= 0:
                continue
            owner = self.flows.owner_of(account.address)
            if account.before is None:
                text = f"{coin} lamports keep the new token account {account.address} open"
                self.notes.append(Note("account_rent", f"{text}; its owner is {owner}"))
                continue
            came = self.flows.rests.get((account.address, None))
            place, _ = self.flows.place_naming((account.address, None))
            coming = came[-1] if came else Coming(place, place, coin, ())
            coming = dataclasses.replace(
                coming,
                amount=coin,
                type="to_token_account",
                special=True,
                account=None if came and not wrapped else self.tx.keys.index(account.address),
            )
            yield self._transfer((owner or account.address, None), coming, coin)

    def _leaves(self) -> Iterator[Transfer]:
        for instruction, step in self.flows.steps:
            if isinstance(step, Leaf):
                yield Transfer(
                    index=0,
                    position="ix:" + ".".join(map(str, step.place)),
                    kind=TransferKind.NFT,
                    asset=token_asset(self.network, "nft", leaf_asset(step.tree, step.nonce)),
                    amount=1,
                    senders=(_party(step.sender),),
                    recipient=_party(step.recipient),
                    memo=self._memo(instruction.place),
                    decimals=0,
                    type="compressed_nft",
                    special=True,
                    standard="bubblegum",
                )

    def _memo(self, at: Place) -> Memo | None:
        """The memo of a transfer: the transaction's only one, or the one right before it.

        Token-2022 lets an account demand a memo, and means the instruction before the transfer.
        """
        if not self.said:
            return None
        if len(set(self.said.values())) == 1:
            return next(iter(self.said.values()))
        before = (*at[:-1], at[-1] - 1)
        if before in self.said:
            return self.said[before]
        self.gaps.add(Gap.MEMO)
        return None

    def _note_what_is_hidden(self) -> None:
        for _, step in self.flows.steps:
            if isinstance(step, Hidden):
                self._lack(step.code, step.text, Gap.INTERNAL_TRANSFERS)
        outer = {ix.program for ix in self.tx.instructions if len(ix.place) == 1}
        if not self.tx.inner and outer - CALLS_NOBODY:
            text = "the node did not record what programs called"
            self._lack("calls_not_recorded", text, Gap.INTERNAL_TRANSFERS, Gap.MEMO)
        if self.tx.tokens is None and outer & {TOKEN, TOKEN_2022}:
            text = "the node did not record token balances"
            self._lack("tokens_not_recorded", text, Gap.INTERNAL_TRANSFERS, Gap.AMOUNT)
        if any(self.flows.owner_of(a) is None for a in self.flows.tokens):
            text = "the node did not record who owns the token accounts"
            self._lack("owners_not_recorded", text, Gap.AMOUNT)
        if self.tx.unkept:
            text = f"{self.tx.unkept} lamports went to no account"
            self._lack("lamports_not_kept", text, Gap.AMOUNT)
        for mint, facts in self.mints.items():
            if facts.extensions:
                text = f"the mint {mint} has: {', '.join(facts.extensions)}"
                self.notes.append(Note("token_extensions", text))

    def _lack(self, code: str, text: str, *gaps: Gap) -> None:
        self.gaps.update(gaps)
        if all(note.code != code for note in self.notes):
            self.notes.append(Note(code, text))


def _arrange(found: list[Transfer]) -> tuple[Transfer, ...]:
    """In the order of the instructions; two of one instruction keep apart by account."""
    ordered = sorted(found, key=lambda t: _order(t.position))
    paid: dict[tuple[Party, str], set[str | None]] = defaultdict(set)
    for t in ordered:
        if t.amount and t.recipient not in t.senders:
            for sender in t.senders:
                paid[sender, t.asset].add(t.recipient.address)
    return tuple(
        dataclasses.replace(
            t,
            index=index,
            batched=t.recipient not in t.senders
            and any(len(paid[s, t.asset]) > 1 for s in t.senders),
        )
        for index, t in enumerate(ordered)
    )


def _position(coming: Coming) -> str:
    text = "ix:" + ".".join(map(str, coming.place))
    return text if coming.account is None else f"{text}:{coming.account}"


def _order(position: str) -> tuple[Place, int]:
    place, _, account = position.removeprefix("ix:").partition(":")
    return tuple(map(int, place.split("."))), int(account or -1)


def _memo_from(text: bytes) -> Memo:
    """The memo program accepts UTF-8 only."""
    try:
        return Memo(MemoKind.TEXT, text.decode("utf-8"))
    except UnicodeDecodeError:
        return Memo(MemoKind.BINARY, text.hex())


def _party(address: str) -> Party:
    party = party_of(address)
    assert party is not None, "every address was read as an account"
    return party
