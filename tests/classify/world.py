"""A small exchange to tell stories with: its records in memory, and evidence made of plain words.

Every name (``"alice-eth"``, ``"hot"``, ``"stranger"``) stands for one address whose key is derived from
the name, the same on every network of one key scheme. Defaults describe the plain case: a confirmed,
final transaction on ETH, a complete ledger, ether and USDT listed; a test says only what is different.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from recovery.chains.family import RawTx, Received
from recovery.checks import Found, Search, UnreachableNetwork
from recovery.classify.decide import Explained, classify, explain, judge
from recovery.classify.facts import Facts, PolicyNumbers, SmallDeposit
from recovery.classify.gather import Subject, gather_facts
from recovery.classify.lookups import TransferKey
from recovery.classify.verdict import Verdict
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
from recovery.networks import Network, load_registry
from recovery.records.port import (
    Account,
    AccountStatus,
    AddressRecord,
    AddressRole,
    Credit,
    ExchangeAddress,
    KeyScheme,
    Listing,
    ListingStatus,
    Price,
    Screened,
    TokenFlag,
    Withdrawal,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BLOCK_TIME = NOW - timedelta(days=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

ETHER = AssetId("eip155:1/slip44:60")
USDT = AssetId("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7")
OTHER = AssetId("eip155:1/erc20:0x1111111111111111111111111111111111111111")
BSC_USDT = AssetId("eip155:56/erc20:0x55d398326f99059fF775485246999027B3197955")

_SCHEMES = {"utxo": "p2pkh", "evm": "evm", "tron": "evm", "xrpl": "xrpl"}
_SIZES = {"p2wsh": 32, "p2tr": 32, "p2sh32": 32, "ed25519": 32}


K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class HeldBy:
    """A case that holds a transfer."""

    id: str
    user: str | None
    state: str = "quoted"


def key_of(name: str, scheme: str = "evm") -> AddressKey:
    digest = hashlib.sha256(name.encode()).digest()
    return AddressKey(scheme, digest[: _SIZES.get(scheme, 20)])


def address_of(name: str, scheme: str = "evm") -> str:
    key = key_of(name, scheme)
    return f"0x{key.payload.hex()}" if scheme == "evm" else f"{scheme}-{name}"


def party(name: str | None, scheme: str = "evm") -> Party:
    """The party of that name; None is one the chain does not show."""
    if name is None:
        return Party(None, None)
    return Party(address_of(name, scheme), key_of(name, scheme))


@dataclass(slots=True)
class World:
    """The exchange's records, its cases, and how a claim is judged with them (`Records`, in memory)."""

    now: datetime = NOW
    listings: list[Listing] = field(default_factory=list)
    addresses: list[AddressRecord] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    credits: list[Credit] = field(default_factory=list)
    complete_through: datetime | None = NOW
    withdrawals: list[Withdrawal] = field(default_factory=list)
    screened: list[tuple[AddressKey, Screened]] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    cases: dict[TransferKey, list[HeldBy]] = field(default_factory=dict)
    small: dict[tuple[str, AssetId], list[SmallDeposit]] = field(default_factory=dict)
    lookups: list[str] = field(default_factory=list)

    # -- what the records say --------------------------------------------------------------------

    def list_asset(
        self,
        asset: str = USDT,
        symbol: str = "USDT",
        *,
        status: str = "listed",
        network: str = "ETH",
        decimals: int = 6,
        name: str | None = None,
        min_deposit: int | None = None,
        denomination: int | None = None,
        flags: Collection[str] = (),
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
    ) -> Listing:
        listing = Listing(
            NetworkCode(network),
            AssetId(asset),
            symbol,
            decimals,
            ListingStatus(status),
            name=name,
            min_deposit=min_deposit,
            denomination=denomination,
            flags=frozenset(TokenFlag(f) for f in flags),
            valid_from=valid_from,
            valid_to=valid_to,
        )
        self.listings.append(listing)
        return listing

    def give(
        self,
        name: str,
        user: str | None = None,
        *,
        network: str = "ETH",
        role: str = "deposit",
        memo: str | None = None,
        scheme: str | None = None,
        key_scheme: str = "single",
        can_sign: Collection[str] | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
    ) -> AddressRecord:
        """An address of ours; with a memo, that row of a shared one."""
        kind = scheme or self.scheme_of(network)
        signs = None if can_sign is None else frozenset(NetworkCode(c) for c in can_sign)
        record = AddressRecord(
            NetworkCode(network),
            address_of(name, kind),
            key_of(name, kind),
            AddressRole(role),
            memo=memo,
            user=user,
            key_scheme=KeyScheme(key_scheme),
            can_sign=signs,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        self.addresses.append(record)
        return record

    def share(self, name: str, memos: Mapping[str, str], *, network: str = "XRP") -> None:
        """A shared address, and whose each memo is."""
        self.give(name, network=network, role="shared")
        for memo, user in memos.items():
            self.give(name, user, network=network, role="shared", memo=memo)

    def account(self, user: str, status: str) -> None:
        self.accounts[user] = Account(user, AccountStatus(status))

    def credit(self, evidence: Evidence, user: str, *, at: int | str = 0) -> None:
        """The ledger booked the transfer at that place (its index, or a position) to the user."""
        transfer = next((t for t in evidence.transfers if at in (t.index, t.position)), None)
        asset, amount = (transfer.asset, transfer.amount) if transfer else (ETHER, 1)
        self.credits.append(
            Credit(evidence.network, evidence.tx_hash, str(at), user, asset, amount, BLOCK_TIME)
        )

    def withdraw(
        self,
        user: str,
        destination: str,
        *,
        asset: str = ETHER,
        amount: Amount = 10**18,
        tx_hash: str = "0xwithdrawal",
        network: str = "ETH",
        sent_at: datetime = BLOCK_TIME - timedelta(days=3),
    ) -> None:
        scheme = self.scheme_of(network)
        self.withdrawals.append(
            Withdrawal(
                NetworkCode(network),
                tx_hash,
                user,
                AssetId(asset),
                amount,
                address_of(destination, scheme),
                key_of(destination, scheme),
                sent_at,
            )
        )

    def screen(self, name: str, *, network: str = "ETH", list_name: str = "sanctions") -> None:
        scheme = self.scheme_of(network)
        row = Screened(NetworkCode(network), address_of(name, scheme), list_name)
        self.screened.append((key_of(name, scheme), row))

    def price(self, asset: str, value: str, *, age: timedelta = timedelta(0)) -> None:
        self.prices.append(Price(AssetId(asset), "USD", Decimal(value), self.now - age, "book"))

    def hold(self, evidence: Evidence, case: HeldBy, *, position: str | None = None) -> None:
        """A case holds the transfer (the first, where no position is given)."""
        where = position or evidence.transfers[0].position
        self.cases.setdefault((evidence.network, evidence.tx_hash, where), []).append(case)

    # -- what the chain says ---------------------------------------------------------------------

    def scheme_of(self, network: str) -> str:
        return _SCHEMES.get(load_registry()[network].family, "ed25519")

    def pay(
        self,
        to: str | None,
        amount: Amount = 5 * 10**17,
        *,
        network: str = "ETH",
        asset: str | None = None,
        senders: Sequence[str | None] = ("stranger",),
        kind: str = "native",
        scheme: str | None = None,
        memo: str | Memo | None = None,
        symbol: str | None = None,
        name: str | None = None,
        succeeded: bool = True,
        requested: Amount | None = None,
        type_: str | None = None,
        special: bool = False,
        batched: bool = False,
        unlock_at: datetime | int | None = None,
        position: str | None = None,
    ) -> Transfer:
        """One transfer; `look` numbers it."""
        own = self.scheme_of(network)
        if isinstance(memo, str):
            memo = Memo(MemoKind.TAG if network == "XRP" else MemoKind.TEXT, memo)
        if asset is not None and kind == "native":
            kind = "token"
        return Transfer(
            index=-1,
            position=position or "",
            kind=TransferKind(kind),
            asset=AssetId(asset or load_registry()[network].native_asset),
            amount=amount,
            senders=tuple(party(s, own) for s in senders),
            recipient=party(to, scheme or own),
            memo=memo,
            succeeded=succeeded,
            symbol=symbol,
            requested_amount=requested,
            type=type_,
            special=special,
            batched=batched,
            unlock_at=unlock_at,
            name=name,
        )

    def look(
        self,
        *transfers: Transfer,
        network: str = "ETH",
        status: str = "confirmed",
        final: bool = True,
        confirmations: int = 100,
        required: int | None = 12,
        gaps: Collection[Gap] = (),
        notes: Sequence[Note] = (),
        replacement: Replacement | None = None,
        payer: str | None = None,
        time: datetime | None = BLOCK_TIME,
        tx_hash: str = "0xdeposit",
        failure: str | None = None,
    ) -> Evidence:
        """Evidence of one transaction."""
        row = load_registry()[network]
        return Evidence(
            network=NetworkCode(network),
            chain=row.chain,
            tx_hash=tx_hash,
            status=TxStatus(status),
            block=None if status == "pending" else Block(1000, "0xblock", time),
            confirmations=0 if status == "pending" else confirmations,
            required_confirmations=required,
            final=final and status in ("confirmed", "failed"),
            fee=None
            if payer is None
            else TxFee(row.native_asset, 21_000, address_of(payer, self.scheme_of(network))),
            transfers=tuple(
                replace(t, index=i, position=t.position or f"at:{i}")
                for i, t in enumerate(transfers)
            ),
            notes=tuple(notes),
            gaps=frozenset(gaps),
            replacement=replacement,
            failure=failure,
        )

    # -- the judgement ---------------------------------------------------------------------------

    def subject(
        self,
        evidence: Evidence | None,
        *,
        user: str | None = None,
        address: str | None = None,
        memo: str | None = None,
        asset: str | None = None,
        amount: Decimal | None = None,
        second: Evidence | None = None,
        testnet: bool = False,
        seen: Evidence | None = None,
        replacement: Replacement | None = None,
        received: Mapping[int, int] | None = None,
        case_id: str | None = None,
        absent: Sequence[str] = ("ETH", "BSC"),
        unreachable: Sequence[str] = (),
    ) -> Subject:
        """A claim on the evidence; ``address`` is a name, or any text."""
        claim = Claim(
            "0xdeposit", user=user, address=address, memo=memo, asset=asset, amount=amount
        )
        found = None
        if evidence is not None:
            raw = RawTx(evidence.network, evidence.tx_hash, "fake", "fake", self.now, {})
            found = Found(evidence, raw, second=second, testnet=testnet)
        search = Search(
            "0xdeposit",
            () if found is None else (found,),
            tuple(NetworkCode(c) for c in absent) if found is None else (),
            tuple(UnreachableNetwork(NetworkCode(c), "no answer") for c in unreachable),
            (NetworkCode("POL"),),
        )
        measured = {i: Received(a) for i, a in (received or {}).items()}
        return Subject(claim, search, found, seen, replacement, measured, case_id)

    def facts(self, *subjects: Subject) -> list[tuple[Facts, ...]]:
        return gather_facts(
            subjects,
            records=self,
            occupancy=self,
            small_deposits=self,
            now=self.now,
            policy=PolicyNumbers(),
            parse_claimed=self._parse,
        )

    def verdicts(self, evidence: Evidence | None, **claim: object) -> tuple[Verdict, ...]:
        return judge(self.facts(self.subject(evidence, **claim))[0])  # type: ignore[arg-type]  # the words of `subject`

    def verdict(self, evidence: Evidence | None, **claim: object) -> Verdict:
        """The only verdict on the evidence."""
        (verdict,) = self.verdicts(evidence, **claim)
        return verdict

    def explained(self, evidence: Evidence | None, **claim: object) -> tuple[Explained, ...]:
        (facts,) = self.facts(self.subject(evidence, **claim))[0]  # type: ignore[arg-type]  # likewise
        assert classify(facts) is not None
        return explain(facts)

    def _parse(self, network: Network, text: str) -> Collection[AddressKey]:
        scheme = self.scheme_of(network.code)
        if text.startswith("0x"):
            return (AddressKey("evm", bytes.fromhex(text[2:])),)
        return (key_of(text, scheme),)

    # -- `Records`, `Occupancy` and `SmallDeposits` ----------------------------------------------

    def find_addresses(
        self, keys: Collection[AddressKey]
    ) -> Mapping[AddressKey, tuple[AddressRecord, ...]]:
        self.lookups.append("addresses")
        return _group((a.key, a) for a in self.addresses if a.key in keys and a.memo is None)

    def find_addresses_of(self, users: Collection[str]) -> Mapping[str, tuple[AddressRecord, ...]]:
        self.lookups.append("addresses_of")
        return _group((a.user, a) for a in self.addresses if a.user is not None and a.user in users)

    def find_memos(
        self, lookups: Collection[tuple[AddressKey, str]]
    ) -> Mapping[tuple[AddressKey, str], tuple[AddressRecord, ...]]:
        self.lookups.append("memos")
        rows = [a for a in self.addresses if a.memo is not None]
        return _group(((a.key, a.memo or ""), a) for a in rows if (a.key, a.memo) in lookups)

    def load_listings(self) -> tuple[Listing, ...]:
        self.lookups.append("listings")
        return tuple(self.listings)

    def find_accounts(self, users: Collection[str]) -> Mapping[str, Account]:
        self.lookups.append("accounts")
        return {u: a for u, a in self.accounts.items() if u in users}

    def find_credits(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Credit, ...]]:
        self.lookups.append("credits")
        found = [c for c in self.credits if (c.network, c.tx_hash) in transactions]
        return _group(((c.network, c.tx_hash), c) for c in found)

    def load_ledger_complete_through(self) -> datetime | None:
        return self.complete_through

    def find_withdrawals(
        self, transactions: Collection[tuple[NetworkCode, str]]
    ) -> Mapping[tuple[NetworkCode, str], tuple[Withdrawal, ...]]:
        self.lookups.append("withdrawals")
        found = [w for w in self.withdrawals if (w.network, w.tx_hash) in transactions]
        return _group(((w.network, w.tx_hash), w) for w in found)

    def find_withdrawals_to(
        self, destinations: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Withdrawal, ...]]:
        self.lookups.append("withdrawals_to")
        known = [(w.destination_key, w) for w in self.withdrawals]
        return _group(
            ((w.network, k), w)
            for k, w in known
            if k is not None and (w.network, k) in destinations
        )

    def find_withdrawals_of(self, users: Collection[str]) -> Mapping[str, tuple[Withdrawal, ...]]:
        self.lookups.append("withdrawals_of")
        return _group((w.user, w) for w in self.withdrawals if w.user in users)

    def find_screened(
        self, parties: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], tuple[Screened, ...]]:
        self.lookups.append("screened")
        return _group(((n, k), s) for n, k in parties for listed, s in self.screened if listed == k)

    def find_exchanges(
        self, parties: Collection[tuple[NetworkCode, AddressKey]]
    ) -> Mapping[tuple[NetworkCode, AddressKey], ExchangeAddress]:
        self.lookups.append("exchanges")
        return {}

    def find_prices(self, assets: Collection[AssetId], currency: str) -> Mapping[AssetId, Price]:
        self.lookups.append("prices")
        return {p.asset: p for p in self.prices if p.asset in assets and p.currency == currency}

    def find_occupying(
        self, keys: Collection[TransferKey]
    ) -> Mapping[TransferKey, Sequence[HeldBy]]:
        self.lookups.append("occupying")
        return {k: c for k, c in self.cases.items() if k in keys}

    def find_small_deposits(
        self, keys: Collection[tuple[str, AssetId]]
    ) -> Mapping[tuple[str, AssetId], tuple[SmallDeposit, ...]]:
        return {k: tuple(d) for k, d in self.small.items() if k in keys}


def _group(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    found: dict[K, tuple[V, ...]] = {}
    for key, value in pairs:
        found[key] = (*found.get(key, ()), value)
    return found


def open_exchange() -> World:
    """An exchange with ether and USDT on ETH, XRP, and one deposit address each for Alice and Bob."""
    world = World()
    world.list_asset(ETHER, "ETH", decimals=18, name="Ether")
    world.list_asset(USDT, "USDT", name="Tether USD")
    world.list_asset("xrpl:0/slip44:144", "XRP", network="XRP")
    world.give("alice", "alice")
    world.give("bob", "bob")
    world.give("hot", role="hot")
    world.share("desk", {"1001": "alice", "1002": "bob"})
    return world
