"""Which proof fits: for each sender of a deposit, by what it can be proven, and why. Pure.

Knows: which kinds of address hold a key that signs messages, and when no proof may be taken. Must not
know: how a signature is verified, stores, nodes, clocks.

The rules:

1. A deposit without a known sender (newly minted coins, a shielded pool, a source that hides inputs) can't be
   proven: a reviewer decides. So it is where a sender is an address of ours, or where there are more
   senders than the policy lets anybody sign for.
2. Every distinct sender is proven, each by itself: one of two partners in a CoinJoin proves nothing of the other.
3. A key that signs messages: a signature, or a verification deposit.
4. A known exchange's wallet: its keys are the exchange's, so a deposit alone, and since any of its customers
   can have it sent, a reviewer looks at the exchange's own withdrawal record too.
5. A script, a multisignature, a pool, or a family without a scheme: a verification deposit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from recovery.classify.verdict import Cause
from recovery.model import AddressKey, Note
from recovery.proofs.requests import Means, Sender
from recovery.proofs.schemes import SCHEMES_OF

KEYLESS = frozenset(
    {
        "p2sh32",  # scripts of BCH: no wallet signs a message for one
        "p2wsh",
        "witness",  # witness versions without meaning yet
        "mweb",
        "sprout",
        "sapling",
        "unified",
        "stellar-contract",
        "stellar-claimable",
        "stellar-pool",
        "cardano-script",
        "antelope",
    }
)
"""Schemes of `AddressKey` behind which no single message-signing key stands. A ``p2sh`` may be
either: a nested SegWit key signs, a script does not, and only the answer tells."""

_ORIGINATED = b"\x01"
"""First byte of a Tezos address of a contract (KT1): the protocol's tag of originated contracts."""


NEEDS_SITE = frozenset({"ton_proof"})
"""Schemes in which a wallet shows the site and not the text: without `proof_site` they prove nothing."""


@dataclass(frozen=True, slots=True)
class SenderWay:
    """One sender, and how it can be proven, the plainest way first.

    ``schemes`` are the signature schemes that fit. ``shared`` says by whom the sender may be shared: then
    a verification deposit needs a reviewer's word beside it.
    """

    sender: Sender
    means: tuple[Means, ...]
    schemes: tuple[str, ...]
    shared: Note | None = None
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """How a case's senders are proven; ``review`` is set where no proof may be taken."""

    ways: tuple[SenderWay, ...]
    review: Note | None = None

    def way_of(self, key: AddressKey) -> SenderWay | None:
        return next((way for way in self.ways if way.sender.key == key), None)


def choose(
    senders: Iterable[Sender | None],
    *,
    family: str,
    cause: Cause | None,
    at_most: int,
    hidden: bool = False,
    own: Collection[AddressKey] = (),
    exchanges: Mapping[AddressKey, str] | None = None,
    many_users: Collection[AddressKey] = (),
    site: str | None = None,
) -> Choice:
    """The choice for the senders of one deposit.

    A sender that is None can't be compared with anything. ``hidden``: the source does not show every
    sender. ``own``: keys of ours among them. ``exchanges``: names of known exchanges by key.
    ``many_users``: keys to which several customers of ours have withdrawn. ``site``: the desk's own, for
    the schemes that sign for one.
    """
    listed = list(senders)
    distinct = {s.key: s for s in listed if s is not None}
    if hidden or not listed or any(s is None for s in listed):
        text = "The chain does not show every sender of this deposit, so that none can be proven."
        return Choice((), Note("senders_unknown", text))
    if any(key in own for key in distinct):
        text = "A sender of this deposit can't be the claimant's own address."
        return Choice((), Note("sender_not_eligible", text))
    if len(distinct) > at_most:
        text = f"The deposit has {len(distinct)} senders; up to {at_most} can be proven one by one."
        return Choice((), Note("too_many_senders", text))
    ways = [
        _way(sender, family, cause, exchanges or {}, many_users, site)
        for sender in distinct.values()
    ]
    return Choice(tuple(ways))


def _way(  # noqa: PLR0917  what `choose` was handed, for one sender
    sender: Sender,
    family: str,
    cause: Cause | None,
    exchanges: Mapping[AddressKey, str],
    many_users: Collection[AddressKey],
    site: str | None,
) -> SenderWay:
    name = exchanges.get(sender.key)
    if name is not None:
        text = (
            f"The address is a wallet of {name}, and any of its customers can have it send: ask for "
            f"{name}'s own record of the withdrawal, with its transaction hash."
        )
        note = Note(
            "exchange_sender",
            "The address belongs to an exchange, whose keys you don't have: withdraw the small "
            "amount we name from your account there.",
        )
        shared = Note("exchange_withdrawal_record", text)
        return SenderWay(sender, (Means.DEPOSIT,), (), shared, note)
    shared_by = _shared(sender, cause, many_users)
    schemes = tuple(s for s in _schemes(sender, family) if site or s not in NEEDS_SITE)
    if schemes:
        return SenderWay(sender, (Means.SIGNATURE, Means.DEPOSIT), schemes, shared_by)
    text = (
        "Addresses of this network sign no messages"
        if not SCHEMES_OF.get(family)
        else "No single key signs messages for this kind of address"
    )
    note = Note("deposit_only", f"{text}: send the small amount we name from it.")
    return SenderWay(sender, (Means.DEPOSIT,), (), shared_by, note)


def _shared(sender: Sender, cause: Cause | None, many_users: Collection[AddressKey]) -> Note | None:
    if sender.key in many_users:
        text = (
            "Several customers have withdrawn to this address, as they do to an exchange: ask for its "
            "own record of the withdrawal."
        )
        return Note("sender_of_many_users", text)
    if cause is Cause.SENT_TO_HOT_WALLET:
        text = (
            "The deposit went to a wallet of ours that nobody is told to pay: a strong proof is asked "
            "for, which a verification deposit alone is not."
        )
        return Note("strong_proof", text)
    return None


def _schemes(sender: Sender, family: str) -> tuple[str, ...]:
    if sender.address is None or sender.key.scheme in KEYLESS:
        return ()
    if sender.key.scheme == "tezos" and sender.key.payload[:1] == _ORIGINATED:
        return ()
    return SCHEMES_OF.get(family, ())
