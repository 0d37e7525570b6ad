"""What a case has that another may have too. Pure.

Knows: which parts of a case tie it to others, and that an address is the key behind it, whatever
the network or the spelling. Must not know: tables, stores, what follows from a tie.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from recovery.cases.people import DESK, person_of
from recovery.cases.table import Event
from recovery.cases.values import Case
from recovery.chains.codecs import parse_address
from recovery.errors import BadInput
from recovery.model import NetworkCode
from recovery.networks import load_registry

MAX_SENDERS = 25
"""Of a transaction with hundreds of inputs the first ones tie it well enough."""

MAX_KEY = 120


class LinkKind(StrEnum):
    TRANSACTION = "transaction"
    USER = "user"
    RETURN_ADDRESS = "return_address"
    CLAIMED_ADDRESS = "claimed_address"
    MEMO = "memo"
    SENDER = "sender"
    OPENER = "opener"
    ACCEPTOR = "acceptor"


@dataclass(frozen=True, slots=True)
class Link:
    """``key`` is equal where the thing is the same: an address's key, a person's name, a memo."""

    kind: LinkKind
    key: str


def links_of(case: Case) -> frozenset[Link]:
    """Every link of the case but transaction and user, which are columns of its own."""
    return frozenset(_links(case))


def _links(case: Case) -> Iterator[Link]:
    if (returned := return_key_of(case)) is not None:
        yield Link(LinkKind.RETURN_ADDRESS, returned)
    if case.claim.address is not None:
        network = case.claim.network or case.network
        yield Link(LinkKind.CLAIMED_ADDRESS, key_of(network, case.claim.address))
    for memo in _memos(case):
        # a memo says something on its network alone: every exchange has a customer 1234
        yield Link(LinkKind.MEMO, _plain(f"{case.network or ''} {memo.strip()}"))
    senders = () if case.subject is None else case.subject["senders"]
    for sender in senders[:MAX_SENDERS]:
        yield Link(LinkKind.SENDER, key_of(case.network, sender))
    if person_of(case.opener) != DESK:
        yield Link(LinkKind.OPENER, _plain(person_of(case.opener)))
    for entry in case.trail:
        if entry.event == Event.ACCEPTED:
            yield Link(LinkKind.ACCEPTOR, _plain(person_of(entry.actor)))


def _memos(case: Case) -> set[str]:
    written = None if case.subject is None else case.subject["memo"]
    memos = {case.claim.memo, None if written is None else written["value"]}
    return {memo for memo in memos if memo}


def return_key_of(case: Case) -> str | None:
    """The key of the address the money is to go to, as agreed, else as asked for."""
    agreed = None if case.destination is None else case.destination.address
    address = agreed if agreed is not None else case.return_to
    return None if address is None else key_of(case.network or case.claim.network, address)


@functools.lru_cache(maxsize=4096)
def key_of(network: NetworkCode | None, address: str) -> str:
    """What controls the address, as text; the text itself where it can't be read as one."""
    if address.startswith("key:"):
        return _plain(address.removeprefix("key:"))
    if network is not None:
        try:
            return _plain(str(parse_address(load_registry()[network], address).key))
        except BadInput:
            pass
    return _plain(f"text:{''.join(address.split())}")


def _plain(key: str) -> str:
    """Short and printable: a database takes no NUL, and an index no long text."""
    if len(key) <= MAX_KEY and key.isprintable():
        return key
    return f"sha256:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"
