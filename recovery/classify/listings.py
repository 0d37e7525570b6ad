"""The listings, arranged once per batch so that each asset is looked up and not searched.

Knows: which of several periods counts, and which names are confusable with a listed one. Must not
know: transfers, claims, verdicts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from recovery.classify.confusable import fold_lookalikes, names_inside
from recovery.classify.facts import ListingView
from recovery.model import AssetId, NetworkCode
from recovery.records.port import Listing, ListingStatus

_START = datetime.min.replace(tzinfo=UTC)

_STRICTEST = (
    ListingStatus.COUNTERFEIT,
    ListingStatus.SUSPENDED,
    ListingStatus.DELISTED,
    ListingStatus.PLANNED,
    ListingStatus.KNOWN,
    ListingStatus.LISTED,
)

_ACCEPTED = (ListingStatus.LISTED, ListingStatus.SUSPENDED)


class ListingIndex:
    """All listings as they stand at ``now``."""

    def __init__(self, listings: Iterable[Listing], *, now: datetime) -> None:
        self._now = now
        self._by_asset: dict[AssetId, list[Listing]] = defaultdict(list)
        self._names: dict[NetworkCode, dict[str, Listing]] = defaultdict(dict)
        self._symbols: dict[str, list[NetworkCode]] = defaultdict(list)
        self._contracts: dict[NetworkCode, set[str]] = defaultdict(set)
        self._views: dict[tuple[object, ...], ListingView] = {}
        for listing in listings:
            self._by_asset[listing.asset].append(listing)
            contract = contract_of(listing.asset)
            if contract is not None:
                self._contracts[listing.network].add(contract)
        for periods in self._by_asset.values():
            current = _in_force(periods, now)
            if current is None or current.status not in _ACCEPTED:
                continue
            names = self._names[current.network]
            for name in (current.symbol, current.name):
                if name and (folded := fold_lookalikes(name)):
                    names.setdefault(folded, current)
            if folded := fold_lookalikes(current.symbol):
                self._symbols[folded].append(current.network)

    def contracts_on(self, network: NetworkCode) -> AbstractSet[str]:
        """Lower-case addresses of the contracts and issuers of every asset named in the listings."""
        return self._contracts.get(network, frozenset())

    def view(
        self,
        asset: AssetId,
        *,
        network: NetworkCode,
        symbol: str | None,
        name: str | None,
        at: datetime | None,
    ) -> ListingView:
        """What the listings say of an asset that calls itself ``symbol`` and ``name``."""
        periods = self._by_asset.get(asset, [])
        bounded = any(p.valid_from or p.valid_to for p in periods)
        key = (asset, network, symbol, name, at if bounded else None)
        found = self._views.get(key)
        if found is None:
            found = self._make_view(periods, network, symbol=symbol, name=name, at=at)
            self._views[key] = found
        return found

    def _make_view(
        self,
        periods: list[Listing],
        network: NetworkCode,
        *,
        symbol: str | None,
        name: str | None,
        at: datetime | None,
    ) -> ListingView:
        current = _in_force(periods, self._now)
        status = current.status if current else None
        was_listed = any(
            p.status in (*_ACCEPTED, ListingStatus.DELISTED) and _begun(p, self._now)
            for p in periods
        )
        if current is None and periods:
            # No period holds now: listed before means delisted, listed later means planned.
            latest = max(periods, key=lambda p: p.valid_from or _START)
            if was_listed:
                status, current = ListingStatus.DELISTED, latest
            elif not _begun(latest, self._now):
                status, current = ListingStatus.PLANNED, latest
        before = _in_force(periods, at) if at is not None else None
        folded = [f for text in (symbol, name) if text and (f := fold_lookalikes(text))]
        names = self._names.get(network, {})
        imitated = next((names[f] for f in folded if f in names), None)
        words = [w for text in (symbol, name) if text for w in sorted(names_inside(text))]
        mentioned = next((names[w] for w in words if w in names), None)
        if imitated is not None and any(p.asset == imitated.asset for p in periods):
            imitated = None
        return ListingView(
            status=status,
            listing=current,
            at_deposit=before.status if before else None,
            ever_listed=was_listed,
            ever_counterfeit=any(p.status is ListingStatus.COUNTERFEIT for p in periods),
            imitates=imitated,
            mentions=None if imitated is not None or current is not None else mentioned,
            listed_on=self._elsewhere(symbol, network),
        )

    def _elsewhere(self, symbol: str | None, network: NetworkCode) -> tuple[NetworkCode, ...]:
        folded = fold_lookalikes(symbol) if symbol else ""
        networks = self._symbols.get(folded, []) if folded else []
        return () if network in networks else tuple(dict.fromkeys(networks))


def contract_of(asset: AssetId) -> str | None:
    """The contract or issuer inside a CAIP-19 id, lower case; None for native coins and bare ids.

    ``…/erc20:0xA`` and ``…/erc721:0xA/1`` give the contract, ``…/token:USD.rIssuer`` and
    ``…/asset:USD-GISSUER`` the issuer.
    """
    _, _, rest = asset.partition("/")
    kind, _, reference = rest.partition(":")
    if kind == "slip44" or not reference:
        return None
    holder = reference.split("/", 1)[0]
    if kind in ("token", "asset"):
        holder = holder.replace("-", ".").rpartition(".")[2]
    return holder.lower()


def _begun(listing: Listing, now: datetime) -> bool:
    return listing.valid_from is None or listing.valid_from <= now


def _in_force(periods: list[Listing], moment: datetime) -> Listing | None:
    """The row that counts at a moment: counterfeit before all, else the latest to begin, else the strictest."""
    if not periods:
        return None
    holding = [p for p in periods if p.holds_at(moment)]
    if not holding:
        return None
    fake = next((p for p in holding if p.status is ListingStatus.COUNTERFEIT), None)
    if fake is not None or len(holding) == 1:
        return fake or holding[0]
    return max(holding, key=lambda p: (p.valid_from or _START, -_STRICTEST.index(p.status)))
