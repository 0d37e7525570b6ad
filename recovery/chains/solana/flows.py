"""What the instructions of one transaction brought and took, and what the balances say to it.

Knows: holders, token accounts and their owners, steps, gains. Must not know: networks, assets, memos,
how a transfer is written down.

A holder is whoever is richer or poorer: an account by lamports, an owner by tokens over all his
accounts of a mint. `Flows` follows every step from holder to holder, and explains what a holder
gained beyond that: the rest of a closed account, wrapped coin, or a program that moved its own.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from recovery.chains.shape import garbled
from recovery.chains.solana.answer import (
    WRAPPED_SOL,
    Instruction,
    Place,
    TokenAccount,
    TxAnswer,
    party_of,
)
from recovery.chains.solana.programs import COMPUTE_BUDGET, MEMOS, SYSTEM, Move, Opened, read_steps
from recovery.model import Party

Holder = tuple[str, str | None]
"""Who holds: an account and None for lamports, an owner and a mint for tokens."""

_EXPLAINS_NOTHING = frozenset({SYSTEM, COMPUTE_BUDGET, *MEMOS})


@dataclass(frozen=True, slots=True)
class Coming:
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


class Flows:
    """The flows of one transaction that succeeded.

    ``came`` is what came to each holder, ``went`` what he gave, ``own`` what he moved between accounts
    of his own, ``rests`` what came to an account without an amount being named, or to a token account
    as coin; ``gains`` by how much each is richer.
    """

    def __init__(self, tx: TxAnswer) -> None:
        self.tx = tx
        self.steps = [(ix, step) for ix in tx.instructions for step in read_steps(ix)]
        self.opened = {s.account: s for _, s in self.steps if isinstance(s, Opened)}
        self.tokens: Mapping[str, TokenAccount] = tx.tokens or {}
        self.came: dict[Holder, list[Coming]] = defaultdict(list)
        self.went: dict[Holder, int] = defaultdict(int)
        self.rests: dict[Holder, list[Coming]] = defaultdict(list)
        self.own: list[tuple[Holder, Coming]] = []
        self.gains: Mapping[Holder, int] = {}

    def follow(self) -> None:
        """Follow every step, ask the balances, and explain what no step explains."""
        self._check_accounts()
        for instruction, step in self.steps:
            if isinstance(step, Move):
                self._follow(instruction, step)
        self.gains = self._gains()
        left = {
            holder: self.gains.get(holder, 0) - self._asked(holder)
            for holder in dict.fromkeys((*self.gains, *self.came, *self.went))
        }
        for holder, gain in left.items():
            richer = self.gains.get(holder, 0)
            if gain > 0 and richer > 0:
                self._explain(holder, min(gain, richer), left)

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

    def _follow(self, instruction: Instruction, move: Move) -> None:
        coming = Coming(
            move.place,
            instruction.place,
            move.amount or 0,
            self._senders(move),
            fee=move.fee,
            type=move.type,
            special=move.type is not None,
        )
        if move.token:
            mint = move.mint or self.mint_of(move)
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

    def _enter(self, source: Holder | None, target: Holder | None, coming: Coming) -> None:
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
        return (self.owner_of(account) or account, mint)

    def mint_of(self, move: Move) -> str | None:
        """A plain transfer names no mint: its accounts have one, both the same."""
        for account in (move.source, move.target):
            if account is not None and account in self.tokens:
                return self.tokens[account].mint
            if account is not None and account in self.opened:
                return self.opened[account].mint
        return None

    def owner_of(self, account: str) -> str | None:
        known = self.tokens.get(account)
        if known is not None and known.owner is not None:
            return known.owner
        made = self.opened.get(account)
        return made.owner if made else None

    def _senders(self, move: Move) -> tuple[Party, ...]:
        """Tokens and closed accounts are sent by the owner, made tokens by who may make them."""
        if move.source is None:
            return (_party(move.maker),) if move.maker is not None else ()
        known = self.tokens.get(move.source)
        before = known.owner_before if known else None
        owner = before or self.owner_of(move.source)
        if owner is None and move.token:
            return (Party(move.source, None),)
        return (_party(owner or move.source),)

    def _is_token_account(self, account: str) -> bool:
        return account in self.tokens or account in self.opened

    def _gains(self) -> dict[Holder, int]:
        gains: dict[Holder, int] = defaultdict(int)
        for key, gain in self.tx.gains.items():
            if gain and not self._is_token_account(key):
                gains[(key, None)] = gain
        for account in self.tokens.values():
            owner = self.owner_of(account.address) or account.address
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
        senders = tuple(self.party(h) for h in losers)
        place, account = self.place_naming(holder)
        token = holder[1] is not None
        self.came[holder].append(
            Coming(
                place,
                place,
                gain,
                senders,
                type="balance_change" if token else None,
                special=token,
                account=account,
            )
        )

    def _rests_of(self, holder: Holder) -> list[Coming]:
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
        return [a for a in mints if mints[a] == mint and (self.owner_of(a) or a) == owner]

    def place_naming(self, holder: Holder) -> tuple[Place, int]:
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

    def party(self, holder: Holder) -> Party:
        owner, mint = holder
        if mint is not None and owner in self.tokens and self.owner_of(owner) is None:
            return Party(owner, None)
        return _party(owner)


def _party(address: str) -> Party:
    party = party_of(address)
    assert party is not None, "every address was read as an account"
    return party
