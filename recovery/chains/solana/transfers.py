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
from dataclasses import dataclass

from recovery.assets import token_asset
from recovery.chains.solana.answer import (
    TOKEN,
    TOKEN_2022,
    Instruction,
    Place,
    TokenAccount,
    TxAnswer,
    garbled,
    party_of,
)
from recovery.chains.solana.mints import WRAPPED_SOL, Mint, leaf_asset
from recovery.chains.solana.programs import (
    CALLS_NOBODY,
    COMPUTE_BUDGET,
    MEMOS,
    SYSTEM,
    Hidden,
    Leaf,
    Move,
    Opened,
    Said,
    read_steps,
)
from recovery.model import AssetId, Gap, Memo, MemoKind, Note, Party, Transfer, TransferKind
from recovery.networks import Network

Holder = tuple[str, str | None]
"""Who holds: an account and None for lamports, an owner and a mint for tokens."""

_EXPLAINS_NOTHING = frozenset({SYSTEM, COMPUTE_BUDGET, *MEMOS})


@dataclass(frozen=True, slots=True)
class _Coming:
    """Something that came to a holder by one instruction, before the balances were asked.

    ``at`` is the instruction's place, ``place`` that of the step within it; they differ where the
    instruction packs several. ``account`` is the number of the account whose gain is told apart.
    """

    place: Place
    at: Place
    amount: int
    senders: tuple[Party, ...]
    fee: int = 0
    type: str | None = None
    special: bool = False
    account: int | None = None

    @property
    def by_program(self) -> bool:
        """Called by another program, or moved by a program without any transfer instruction."""
        return len(self.at) > 1 or (self.account is not None and self.type != "to_token_account")


class Deal:
    """One transaction on the way to its transfers; notes and gaps gather on the way."""

    def __init__(self, network: Network, tx: TxAnswer, mints: Mapping[str, Mint]) -> None:
        self.network = network
        self.tx = tx
        self.mints = mints
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self.steps = [(ix, step) for ix in tx.instructions for step in read_steps(ix)]
        self.opened = {s.account: s for _, s in self.steps if isinstance(s, Opened)}
        self.said = {s.place: _memo_from(s.text) for _, s in self.steps if isinstance(s, Said)}
        self.tokens: Mapping[str, TokenAccount] = tx.tokens or {}
        self.came: dict[Holder, list[_Coming]] = defaultdict(list)
        self.went: dict[Holder, int] = defaultdict(int)
        self.rests: dict[Holder, list[_Coming]] = defaultdict(list)
        self.own: list[tuple[Holder, _Coming]] = []

    def transfers(self) -> tuple[Transfer, ...]:
        """Every movement of value, in the order of the instructions."""
        self._check_accounts()
        self._note_what_is_hidden()
        for instruction, step in self.steps:
            if isinstance(step, Move):
                self._follow(instruction, step)
        gains = self._gains()
        left = {
            holder: gains.get(holder, 0) - self._asked(holder)
            for holder in dict.fromkeys((*gains, *self.came, *self.went))
        }
        for holder, gain in left.items():
            richer = gains.get(holder, 0)
            if gain > 0 and richer > 0:
                self._explain(holder, min(gain, richer), left)
        found = [t for holder in self.came for t in self._settle(holder, gains.get(holder, 0))]
        found += [self._transfer(holder, c, c.amount) for holder, c in self.own]
        found += [*self._coin_in_token_accounts(), *self._leaves()]
        return self._arrange(found)

    def requests(self) -> Iterator[Note]:
        """What a transaction asked for that failed, so that nothing of it happened."""
        for _, step in self.steps:
            if not isinstance(step, Move) or not step.amount or step.target is None:
                continue
            mint = step.mint or self._mint_of(step)
            asset = token_asset(self.network, "token", mint) if mint else "a token"
            if not step.token:
                asset = self.network.native_asset
            owner = self._owner(step.target) if step.token else step.target
            text = f"it asked to pay {step.amount} of {asset} to {owner or step.target}"
            yield Note("requested_transfer", text)

    # what the instructions say

    def _follow(self, instruction: Instruction, move: Move) -> None:
        coming = _Coming(
            move.place,
            instruction.place,
            move.amount or 0,
            self._senders(move),
            fee=move.fee,
            type=move.type,
            special=move.type is not None,
        )
        if move.token:
            mint = move.mint or self._mint_of(move)
            if mint is None:
                return  # only where token balances were not recorded, and a gap says so
            self._enter(self._holder(move.source, mint), self._holder(move.target, mint), coming)
            return
        assert move.source is not None, "lamports are never made"
        assert move.target is not None, "lamports are never destroyed"
        if self._is_token_account(move.target):
            self.rests[(move.target, None)].append(coming)
            self.went[(move.source, None)] += coming.amount
        elif move.amount is None:
            self.rests[(move.target, None)].append(coming)
        else:
            self._enter((move.source, None), (move.target, None), coming)

    def _enter(self, source: Holder | None, target: Holder | None, coming: _Coming) -> None:
        if source is not None and source == target:
            self.own.append((source, coming))
            return
        if source is not None:
            self.went[source] += coming.amount
        if target is not None:
            self.came[target].append(coming)

    def _holder(self, account: str | None, mint: str) -> Holder | None:
        if account is None:
            return None
        known = self.tokens.get(account)
        made = self.opened.get(account)
        named = known.mint if known else made.mint if made else mint
        if named != mint:
            raise garbled("a transfer names another mint than its token account has")
        return (self._owner(account) or account, mint)

    def _mint_of(self, move: Move) -> str | None:
        """A plain transfer names no mint: its accounts have one, both the same."""
        for account in (move.source, move.target):
            if account is not None and account in self.tokens:
                return self.tokens[account].mint
            if account is not None and account in self.opened:
                return self.opened[account].mint
        return None

    def _owner(self, account: str) -> str | None:
        known = self.tokens.get(account)
        if known is not None and known.owner is not None:
            return known.owner
        made = self.opened.get(account)
        return made.owner if made else None

    def _senders(self, move: Move) -> tuple[Party, ...]:
        """Tokens and closed accounts are sent by the owner, made tokens by who may make them."""
        if move.source is None:
            return (self._party(move.maker),) if move.maker is not None else ()
        known = self.tokens.get(move.source)
        before = known.owner_before if known else None
        owner = before or self._owner(move.source)
        if owner is None and move.token:
            return (Party(move.source, None),)
        return (self._party(owner or move.source),)

    def _party(self, address: str) -> Party:
        party = party_of(address)
        if party is None:
            raise garbled("a party that is no account")
        return party

    def _is_token_account(self, account: str) -> bool:
        return account in self.tokens or account in self.opened

    # what the balances say

    def _gains(self) -> dict[Holder, int]:
        gains: dict[Holder, int] = defaultdict(int)
        for key, gain in self.tx.gains.items():
            if gain and not self._is_token_account(key):
                gains[(key, None)] = gain
        for account in self.tokens.values():
            owner = self._owner(account.address) or account.address
            gains[(account.owner_before or owner, account.mint)] -= account.before or 0
            gains[(owner, account.mint)] += account.after or 0
        return gains

    def _asked(self, holder: Holder) -> int:
        return sum(c.amount for c in self.came.get(holder, ())) - self.went.get(holder, 0)

    def _explain(self, holder: Holder, gain: int, left: Mapping[Holder, int]) -> None:
        """A gain beyond what transfers brought: a closed account's rest, wrapped coin, or a program
        that moved what it owns."""
        rests = self._rests_of(holder)
        if rests:
            senders = tuple(dict.fromkeys(s for c in rests for s in c.senders))
            first = rests[0]
            coming = dataclasses.replace(first, amount=gain, senders=senders)
            self.came[holder].append(coming)
            return
        losers = [h for h, rest in left.items() if h[1] == holder[1] and rest < 0]
        senders = tuple(self._holder_party(h) for h in losers)
        place, account = self._place_naming(holder)
        token = holder[1] is not None
        self.came[holder].append(
            _Coming(
                place,
                place,
                gain,
                senders,
                type="balance_change" if token else None,
                special=token,
                account=account,
            )
        )

    def _rests_of(self, holder: Holder) -> list[_Coming]:
        mint = holder[1]
        if mint is None:
            return self.rests.get(holder, [])
        if mint != WRAPPED_SOL:
            return []
        return [
            dataclasses.replace(c, type=None, special=False)
            for account in self._accounts_of(holder)
            for c in self.rests.get((account, None), [])
        ][-1:]

    def _accounts_of(self, holder: Holder) -> list[str]:
        owner, mint = holder
        mints = {a.address: a.mint for a in self.tokens.values()}
        mints |= {a.account: a.mint for a in self.opened.values()}
        return [a for a in mints if mints[a] == mint and (self._owner(a) or a) == owner]

    def _place_naming(self, holder: Holder) -> tuple[Place, int]:
        """The first instruction of a program that may have moved it, and the account's number."""
        accounts = [holder[0]] if holder[1] is None else self._accounts_of(holder)
        for instruction in self.tx.instructions:
            if instruction.program in _EXPLAINS_NOTHING:
                continue
            for account in accounts:
                if account in instruction.accounts:
                    return instruction.place, self.tx.keys.index(account)
        index = self.tx.keys.index(accounts[0])
        return self.tx.instructions[-1].place if self.tx.instructions else (0,), index

    def _holder_party(self, holder: Holder) -> Party:
        owner, mint = holder
        if mint is not None and owner in self.tokens and self._owner(owner) is None:
            return Party(owner, None)
        return self._party(owner)

    def _settle(self, holder: Holder, gain: int) -> Iterator[Transfer]:
        """What really arrived of what came: never more together than the holder is richer by."""
        came = sorted(self.came[holder], key=lambda c: c.place)
        rest = max(gain, 0)
        if self.tx.tokens is None and holder[1] is not None:
            rest = sum(c.amount for c in came)  # nobody recorded it: the gap says so
        amounts = [c.amount - c.fee for c in came]
        if sum(amounts) != rest or min(amounts) < 0:
            amounts = []
            for c in came:
                amounts.append(min(c.amount, rest))
                rest -= amounts[-1]
            if sum(amounts) != sum(c.amount for c in came) and len(came) > 1:
                self._note_what_lacks(came, max(gain, 0))
        for c, amount in zip(came, amounts, strict=True):
            yield self._transfer(holder, c, amount)

    def _note_what_lacks(self, came: list[_Coming], gain: int) -> None:
        """Less arrived than was sent in several parts; whose part it lacks matters if memos differ."""
        if len({self._memo(c.at) for c in came}) > 1:
            self.gaps.add(Gap.AMOUNT)
            text = f"{gain} arrived of several transfers with different memos"
            self.notes.append(Note("delivered_from_balance", text))

    def _transfer(self, holder: Holder, coming: _Coming, amount: int) -> Transfer:
        mint = holder[1]
        facts = self.mints.get(mint) if mint is not None else None
        kind = TransferKind.TOKEN if mint is not None else TransferKind.NATIVE
        if facts is not None and facts.unique:
            kind = TransferKind.NFT
        elif coming.by_program:
            kind = TransferKind.INTERNAL
        return Transfer(
            index=0,
            position=self._position(coming),
            kind=kind,
            asset=self._asset(mint, kind),
            amount=amount,
            senders=coming.senders,
            recipient=self._holder_party(holder),
            memo=self._memo(coming.at),
            symbol=self.network.symbol if mint is None else facts.symbol if facts else None,
            name=facts.name if facts else None,
            decimals=self.network.decimals if mint is None else facts.decimals if facts else None,
            requested_amount=coming.amount if coming.amount != amount else None,
            type=coming.type,
            special=coming.special,
            standard=self._standard(mint),
        )

    def _position(self, coming: _Coming) -> str:
        text = "ix:" + ".".join(map(str, coming.place))
        return text if coming.account is None else f"{text}:{coming.account}"

    def _asset(self, mint: str | None, kind: TransferKind) -> AssetId:
        if mint is None:
            return self.network.native_asset
        return token_asset(self.network, "nft" if kind is TransferKind.NFT else "token", mint)

    def _standard(self, mint: str | None) -> str | None:
        if mint is None:
            return None
        programs = {a.program for a in self.tokens.values() if a.mint == mint}
        return "token-2022" if programs == {TOKEN_2022} else "spl" if programs == {TOKEN} else None

    # what is beside the transfers

    def _coin_in_token_accounts(self) -> Iterator[Transfer]:
        """Rent of new token accounts is a note; coin sent to one that stood is its owner's, later."""
        for account in self.tokens.values():
            wrapped = account.mint == WRAPPED_SOL
            tokens = (account.after or 0) - (account.before or 0) if wrapped else 0
            coin = self.tx.gains[account.address] - tokens
            if account.after is None or coin <= 0:
                continue
            owner = self._owner(account.address)
            if account.before is None:
                text = f"{coin} lamports keep the new token account {account.address} open"
                self.notes.append(Note("account_rent", f"{text}; its owner is {owner}"))
                continue
            came = self.rests.get((account.address, None))
            place, _ = self._place_naming((account.address, None))
            coming = came[-1] if came else _Coming(place, place, coin, ())
            coming = dataclasses.replace(
                coming,
                amount=coin,
                type="to_token_account",
                special=True,
                account=None if came and not wrapped else self.tx.keys.index(account.address),
            )
            yield self._transfer((owner or account.address, None), coming, coin)

    def _leaves(self) -> Iterator[Transfer]:
        for instruction, step in self.steps:
            if isinstance(step, Leaf):
                yield Transfer(
                    index=0,
                    position="ix:" + ".".join(map(str, step.place)),
                    kind=TransferKind.NFT,
                    asset=token_asset(self.network, "nft", leaf_asset(step.tree, step.nonce)),
                    amount=1,
                    senders=(self._party(step.sender),),
                    recipient=self._party(step.recipient),
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
        for _, step in self.steps:
            if isinstance(step, Hidden):
                self._lack(step.code, step.text, Gap.INTERNAL_TRANSFERS)
        outer = {ix.program for ix in self.tx.instructions if len(ix.place) == 1}
        if not self.tx.inner and outer - CALLS_NOBODY:
            text = "the node did not record what programs called"
            self._lack("calls_not_recorded", text, Gap.INTERNAL_TRANSFERS, Gap.MEMO)
        if self.tx.tokens is None and outer & {TOKEN, TOKEN_2022}:
            text = "the node did not record token balances"
            self._lack("tokens_not_recorded", text, Gap.INTERNAL_TRANSFERS, Gap.AMOUNT)
        if any(self._owner(a) is None for a in self.tokens):
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

    def _check_accounts(self) -> None:
        """A balance that appears was opened in this transaction, one that disappears was closed:
        else the answer left half of a pair out, and somebody would seem to gain or lose all of it."""
        if not self.tx.inner:
            return
        closed = {s.source for _, s in self.steps if isinstance(s, Move) and s.amount is None}
        for account in self.tokens.values():
            if account.before is None and account.address not in self.opened:
                raise garbled("a token account without a balance before was not opened here")
            if account.after is None and account.address not in closed:
                raise garbled("a token account without a balance after was not closed here")

    def _arrange(self, found: list[Transfer]) -> tuple[Transfer, ...]:
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


def _order(position: str) -> tuple[Place, int]:
    place, _, account = position.removeprefix("ix:").partition(":")
    return tuple(map(int, place.split("."))), int(account or -1)


def _memo_from(text: bytes) -> Memo:
    """The memo program accepts UTF-8 only."""
    try:
        return Memo(MemoKind.TEXT, text.decode("utf-8"))
    except UnicodeDecodeError:
        return Memo(MemoKind.BINARY, text.hex())
