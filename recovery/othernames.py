"""Recipients under the other names that their chain gives them, where records know only those.

Knows: that an account can have an address besides the one a transaction shows (a Hedera account its
EVM alias), and that an address book may hold either. Must not know: any chain, why a verdict is what
it is. A name that could not be asked for leaves the recipient unknown: neither ours nor not ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping

from recovery.chains import load_family
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.errors import SourceError
from recovery.model import AddressKey, Evidence, Party, Transfer
from recovery.networks import Network
from recovery.records.book import Book

Names = Mapping[str, AddressKey | None]
"""By canonical address the key that the records know its holder by; None where it is not known."""

_KEPT = "other_names"
_MOST = 20
"""Recipients asked about: a batch of more stays partly unknown, which a person looks at."""


def name_recipients(
    found: Found,
    *,
    network: Network,
    nodes: Iterable[Node],
    book: Book,
    claimed: Collection[AddressKey],
    most: int | None = _MOST,
) -> Found:
    """The same with every recipient under the key that records or claim know it by.

    What was learnt is kept with the answers, so that the same facts can be told again from them.
    ``most`` is how many recipients are asked about at most, None for all.
    """
    fetch_names = load_family(network.family).fetch_names
    if fetch_names is None:
        return found
    recipients = {
        t.recipient.address: t.recipient.key
        for t in found.evidence.transfers
        if t.recipient.address is not None and t.recipient.key is not None
    }
    ours = {k for k, rows in book.find_addresses(set(recipients.values())).items() if rows}
    open_ones = [a for a, key in recipients.items() if key not in ours and key not in claimed]
    if not open_ones:
        return found
    names: dict[str, AddressKey | None] = dict.fromkeys(open_ones)
    for node in nodes:
        try:
            told = fetch_names(network, node, open_ones[:most])
        except SourceError:
            continue
        known = book.find_addresses({key for keys in told.values() for key in keys})
        wanted = {key for key, rows in known.items() if rows} | set(claimed)
        for address, keys in told.items():
            names[address] = next((k for k in keys if k in wanted), recipients[address])
        break
    changed = {a: key for a, key in names.items() if key != recipients[a]}
    if not changed:
        return found
    kept = {a: None if key is None else str(key) for a, key in changed.items()}
    raw = dataclasses.replace(found.raw, answers={**found.raw.answers, _KEPT: kept})
    second = None if found.second is None else _rename(found.second, changed)
    return dataclasses.replace(
        found, raw=raw, evidence=_rename(found.evidence, changed), second=second
    )


def recall_names(evidence: Evidence, raw: RawTx) -> Evidence:
    """Evidence decoded again, under the names that were learnt when its answers were fetched."""
    kept: Mapping[str, str | None] = raw.answers.get(_KEPT) or {}
    return _rename(
        evidence,
        {a: None if text is None else AddressKey.from_text(text) for a, text in kept.items()},
    )


def _rename(evidence: Evidence, names: Names) -> Evidence:
    return dataclasses.replace(
        evidence, transfers=tuple(_rename_one(t, names) for t in evidence.transfers)
    )


def _rename_one(transfer: Transfer, names: Names) -> Transfer:
    address = transfer.recipient.address
    if address is None or address not in names:
        return transfer
    return dataclasses.replace(transfer, recipient=Party(address, names[address]))
