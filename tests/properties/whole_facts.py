"""Facts of every kind, drawn at random and put together without a transaction or an exchange behind them.

Wider than any story: what no chain and no records would say together is drawn too. Only what the
types themselves promise is kept (a transfer is one of its evidence's, no evidence means no network).
Drawn by a seeded generator, not by strategies: hypothesis draws the seed. A whole `Facts` has a hundred
choices, and drawn one by one they are slow and crowd at the first rules; so most are plain here, and
each seed makes a few of them odd.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from recovery.checks import Search
from recovery.classify.facts import (
    Fact,
    Facts,
    Familiar,
    HolderConsent,
    Known,
    ListingView,
    MemoMatch,
    MemoState,
    Place,
    PolicyNumbers,
    Route,
    SmallDeposit,
    Unknown,
)
from recovery.model import (
    AddressKey,
    Amount,
    AssetId,
    Block,
    Claim,
    Evidence,
    Gap,
    Memo,
    MemoKind,
    NetworkCode,
    Note,
    Party,
    Replacement,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import load_registry
from recovery.records.port import (
    Account,
    AccountStatus,
    AddressRecord,
    AddressRole,
    Credit,
    KeyScheme,
    Listing,
    ListingStatus,
    Price,
    Screened,
    TokenFlag,
    Withdrawal,
)

T = TypeVar("T")

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HASH = "0xdeposit"
NETWORKS = tuple(str(n.code) for n in load_registry())
USERS = ("alice", "bob", "visitor 1")
MAYBE_USER = (None, *USERS)
KEYS = (*(AddressKey("evm", bytes([n]) * 20) for n in range(3)), AddressKey("p2sh", b"k" * 20))
SENDER = Party("0xsender", AddressKey("evm", b"s" * 20))
PARTIES = (
    *(Party(f"0x{k.payload.hex()}", k) for k in KEYS),
    Party(None, None),
    Party("bare", None),
)
FACTS = (
    "succeeded", "final", "senders", "delivered", "measured", "token_validity", "reached", "ledger",
)  # fmt: skip
"""Fields of `Facts` that may be unknown; ``owner`` and ``memo`` of the route are too."""

AMOUNTS = (10**18, 5 * 10**17, 10**9, 10**6, 1001, 1000, 999, 546, 545, 1, 0)
MOMENTS = tuple(NOW + timedelta(hours=h) for h in (-9000, -25, -1, 0, 24))
UNLOCKS: tuple[datetime | int, ...] = (*MOMENTS, 1, 1_000, 10**9)
NOTES = (
    "shielded_outputs", "mweb", "replaceable", "inscription", "omni", "ibc_in_flight", "bridge",
    "claimable_balance", "lightning", "runes",
)  # fmt: skip
TYPES = ("coinbase", "account_merge", "claimable_balance", "path_payment", "odd", "escrow")


class Dice:
    """One seed's choices. ``oddness`` is how often a thing is not plain: low for most seeds."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.oddness = self._random.choice((0.004, 0.015, 0.03, 0.06, 0.25))

    def one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def flag(self) -> bool:
        return self._random.random() < 0.5

    def odd(self) -> bool:
        return self._random.random() < self.oddness

    def mostly(self, plain: T, choices: Sequence[T]) -> T:
        return self.one(choices) if self.odd() else plain

    def some(self, make: Callable[[Dice], T], most: int = 2) -> tuple[T, ...]:
        """None, as a rule."""
        return tuple(make(self) for _ in range(self._random.randint(1, most))) if self.odd() else ()

    def fact(self, name: str, value: T) -> Fact[T]:
        gone = self._random.random() < self.oddness / 3
        return Unknown(name, "nobody knows") if gone else Known(value)


def draw_transfer(dice: Dice, network: str) -> Transfer:
    row = load_registry()[network]
    amount: Amount = dice.one((10**18, 10**18, dice.one(AMOUNTS)))
    native = dice.flag()
    if not native and network == "XRP" and dice.flag():
        amount = Decimal(amount) / 1000
    plain = TransferKind.NATIVE if native else TransferKind.TOKEN
    return Transfer(
        index=0,
        position="at:0",
        kind=dice.mostly(plain, tuple(TransferKind)),
        asset=row.native_asset if native else AssetId(f"{row.chain}/erc20:0xtoken"),
        amount=amount,
        senders=dice.mostly((SENDER,), ((), PARTIES[:1], PARTIES[:2], (SENDER, PARTIES[4]))),
        recipient=dice.mostly(PARTIES[0], PARTIES),
        memo=Memo(dice.one(tuple(MemoKind)), dice.one(("7", " 7", "x", "")))
        if dice.flag()
        else None,
        succeeded=not dice.odd(),
        symbol=dice.one((None, "USDT", "UЅDT")),
        decimals=dice.one((None, 0, 6, 18)),
        requested_amount=dice.mostly(None, (amount, amount + amount, amount + 1)),
        type=dice.mostly(None, TYPES),
        special=dice.odd(),
        batched=dice.odd(),
        unlock_at=dice.one(UNLOCKS) if dice.odd() else None,
        standard=dice.one((None, "erc20", "erc721")),
    )


def draw_evidence(dice: Dice, network: str) -> Evidence:
    row = load_registry()[network]
    found = [draw_transfer(dice, network) for _ in range(dice.mostly(1, (0, 1, 2, 3)))]
    return Evidence(
        network=NetworkCode(network),
        chain=row.chain,
        tx_hash=HASH,
        status=dice.mostly(TxStatus.CONFIRMED, tuple(TxStatus)),
        block=dice.mostly(
            Block(1000, "0xblock", NOW - timedelta(hours=1)), (None, Block(1000, "0xblock", None))
        ),
        confirmations=dice.mostly(100, (0, 3)),
        required_confirmations=dice.one((None, 12)),
        final=not dice.odd(),
        fee=TxFee(row.native_asset, 21_000, "payer") if dice.flag() else None,
        transfers=tuple(replace(t, index=i, position=f"at:{i}") for i, t in enumerate(found)),
        notes=dice.some(lambda d: Note(d.one(NOTES), "Said.")),
        gaps=frozenset(dice.some(lambda d: d.one(tuple(Gap)))),
        replacement=dice.mostly(None, (Replacement(None), Replacement("0xother"))),
    )


def draw_row(dice: Dice, network: str) -> AddressRecord:
    return AddressRecord(
        NetworkCode(dice.mostly(network, ("BSC", "LTC", "BTC", "ETH"))),
        "0xours",
        dice.one(KEYS),
        dice.one(tuple(AddressRole)),
        memo=dice.one((None, "7")),
        user=dice.one(MAYBE_USER),
        key_scheme=dice.mostly(KeyScheme.SINGLE, tuple(KeyScheme)),
        can_sign=dice.one((None, frozenset(), frozenset({NetworkCode(network)}))),
        valid_from=dice.mostly(None, MOMENTS),
        valid_to=dice.mostly(None, MOMENTS),
    )


def draw_route(dice: Dice, network: str) -> Route:
    place = dice.one((Place.DEPOSIT, Place.DEPOSIT, Place.SHARED, *Place))
    owner = None if place is Place.TREASURY else dice.mostly("alice", MAYBE_USER)
    match = None
    if place is Place.SHARED:
        state = dice.one(tuple(MemoState))
        if state in (MemoState.MISSING, MemoState.UNKNOWN):
            owner = None
        how = "trimmed" if state is MemoState.NORMALISED else None
        match = MemoMatch(state, owner, "7" if owner else None, how)
    return Route(
        draw_row(dice, network),
        here=not (dice.odd() or dice.odd()),
        place=place,
        owner=dice.fact("owner", owner),
        memo=dice.fact("memo", match),
    )


def draw_view(dice: Dice, network: str, asset: AssetId) -> ListingView:
    def listing(d: Dice) -> Listing:
        return Listing(
            NetworkCode(network),
            asset,
            "USDT",
            d.one((0, 6, 18)),
            ListingStatus.LISTED,
            min_deposit=d.mostly(None, (1000, 10**6)),
            denomination=d.mostly(None, (10,)),
            flags=frozenset(d.some(lambda e: e.one(tuple(TokenFlag)), 1)),
        )

    status = dice.mostly(ListingStatus.LISTED, (*ListingStatus, None, None))
    return ListingView(
        status,
        listing=None if status is None else replace(listing(dice), status=status),
        at_deposit=dice.mostly(status, (None, *ListingStatus)),
        ever_listed=status is ListingStatus.LISTED or dice.flag(),
        ever_counterfeit=dice.odd(),
        imitates=listing(dice) if dice.odd() else None,
        mentions=listing(dice) if dice.odd() else None,
        listed_on=dice.some(lambda _: NetworkCode("BSC"), 1),
    )


def draw_claim(dice: Dice) -> Claim:
    return Claim(
        HASH,
        user=dice.mostly("alice", MAYBE_USER),
        address=dice.one((None, "0xours", "nonsense")),
        memo=dice.one((None, "7", "8")),
        asset=dice.one((None, "USDT", "native")),
        amount=dice.one((None, Decimal(1), Decimal("1e30"))),
    )


@dataclass(frozen=True, slots=True)
class _Occupying:
    id: str
    user: str | None
    state: str


def draw_facts(seed: int) -> Facts:
    """Any facts at all: the same for the same seed."""
    dice = Dice(seed)
    claim = draw_claim(dice)
    search = Search(HASH, (), (NetworkCode("ETH"),), (), ())
    if dice.odd():
        return Facts(
            claim=claim,
            now=NOW,
            policy=PolicyNumbers(),
            search=search,
            seen=draw_evidence(dice, "ETH") if dice.flag() else None,
            replacement=dice.one((None, Replacement(None))),
            reached=dice.fact("transfers", dice.flag()),
        )
    network = dice.one(NETWORKS)
    code = NetworkCode(network)
    evidence = draw_evidence(dice, network)
    transfer = dice.one(evidence.transfers) if evidence.transfers else None
    asset = transfer.asset if transfer else load_registry()[network].native_asset
    amount: Amount = transfer.amount if transfer else 0
    half = amount / 2 if isinstance(amount, Decimal) else amount // 2
    position = transfer.position if transfer else "at:0"
    route = None if transfer is None or dice.odd() else draw_route(dice, network)

    def credit(d: Dice) -> Credit:
        return Credit(code, HASH, d.one(("0", position)), d.one(USERS), asset, amount, NOW)

    def withdrawal(d: Dice) -> Withdrawal:
        return Withdrawal(
            code, d.one((HASH, "0xearlier")), d.one(USERS), asset, d.one((amount, half, amount * 2)),
            "0xours", d.one((None, *KEYS)), d.one(MOMENTS),
        )  # fmt: skip

    return Facts(
        claim=claim,
        now=NOW,
        policy=PolicyNumbers(prove_closed=dice.flag()),
        network=load_registry()[network],
        search=search,
        testnet=dice.odd(),
        disagreement="they differ" if dice.odd() else None,
        evidence=evidence,
        seen=evidence if dice.flag() else None,
        replacement=evidence.replacement,
        transfer=transfer,
        succeeded=dice.fact("success", not dice.odd()),
        final=dice.fact("finality", evidence.final),
        senders=dice.fact("senders", transfer.senders if transfer else ()),
        delivered=dice.fact("amount", dice.mostly(amount, (half,))),
        measured=dice.fact("received_balance", dice.mostly(amount, (half, 0))),
        token_validity=dice.fact("token_validity", True),
        reached=dice.fact("transfers", not dice.odd()),
        rows=(*(() if route is None else (route.row,)), *dice.some(lambda d: draw_row(d, network))),
        route=route,
        own_keys=frozenset(dice.some(lambda d: d.one(KEYS))),
        own_senders=frozenset(dice.some(lambda d: d.one((*KEYS, SENDER.key or KEYS[0])))),
        view=draw_view(dice, network, asset) if transfer else ListingView(None),
        contracts=frozenset(dice.some(lambda _: "0xours", 1)),
        accounts=dice.some(lambda d: Account(d.one(USERS), d.one(tuple(AccountStatus)))),
        booked=dice.some(credit),
        ledger=dice.fact("credits", not dice.odd()),
        withdrawals=dice.some(withdrawal, 1),
        earlier_withdrawals=dice.some(withdrawal, 1),
        screened=dice.some(lambda _: Screened(code, "0xbad", "list"), 1),
        occupying=dice.some(lambda d: _Occupying("case-9", d.one(MAYBE_USER), "quoted"), 1),
        price=_draw_price(dice, asset),
        small_deposits=dice.some(lambda d: SmallDeposit("case-8", d.one(AMOUNTS)), 1),
        paid_together=dice.one((amount, amount + amount)),
        consent=None
        if dice.flag()
        else HolderConsent(
            "alice", dice.one(MAYBE_USER), position, asset, dice.one((amount, half))
        ),
        familiar=dice.some(lambda _: Familiar(code, "0x" + "11" * 20, "known"), 1),
        names_claimed=dice.flag(),
        claimed_user=dice.one(MAYBE_USER),
    )


def _draw_price(dice: Dice, asset: AssetId) -> Price | None:
    if dice.flag():
        return None
    value = dice.mostly(Decimal(1), (Decimal("1e-18"), Decimal(60_000)))
    return Price(asset, "USD", value, dice.mostly(NOW, MOMENTS), "book")


def forget(facts: Facts, names: frozenset[str]) -> Facts:
    """The same facts, of which nobody can give these any more."""
    gone: dict[str, Any] = {n: Unknown(n, "nobody knows") for n in names if n in FACTS}
    if facts.route is not None and names & {"owner", "memo"}:
        lost: dict[str, Any] = {n: Unknown(n, "nobody knows") for n in names & {"owner", "memo"}}
        gone["route"] = replace(facts.route, **lost)
    return replace(facts, **gone)


def unknown_fields() -> tuple[str, ...]:
    """The fields of `Facts` whose type lets them be unknown, read from the class."""
    return tuple(f.name for f in fields(Facts) if str(f.type).startswith("Fact["))
