"""Steps 6 and 8: the address may be right, the asset is not one that is booked here.

Knows: listings, look-alike names, measured balances. Must not know: routing, networks of keys.
"""

from __future__ import annotations

from recovery.classify.confusable import spell_out
from recovery.classify.facts import Facts, Known, ListingView
from recovery.classify.results import after, recover, refuse, show, wait
from recovery.classify.verdict import Cause, Condition, Reason, Verdict
from recovery.model import Amount, Note, TransferKind
from recovery.records.port import ListingStatus
from recovery.times import print_time

_NFT_KINDS = (
    "/erc721:",
    "/erc1155:",
    "/nft:",
    "/xls20:",
    "/nep171:",
    "/trc721:",
    "/trc1155:",
    "/ordinals:",
    "/rune:",
)
"""Asset namespaces of things that are counted and not divided, and of runes, which sweeps lose."""

_PLANNED_SECONDS = 7 * 86_400


def counterfeit_token(facts: Facts) -> Verdict | None:
    """Listed as counterfeit, a look-alike of a listed asset, or a transfer that moved no balance."""
    transfer, view = facts.transfer, facts.view
    if transfer is None or not facts.rows:
        return None
    if view.status is ListingStatus.COUNTERFEIT or view.ever_counterfeit:
        text = "The token is on our list of counterfeits. It is never moved."
        return _fake(facts, Reason("listed_counterfeit", text, {"asset": transfer.asset}))
    facts.token_validity.value  # noqa: B018  what a chain's own bytes claim may be worth nothing
    if facts.native or transfer.kind is TransferKind.NFT:
        return None
    if _moved_nothing(facts):
        text = "The token reported a transfer, but the balance did not rise. It is never moved."
        seen = {"asset": transfer.asset, "reported": show(transfer.amount), "received": "0"}
        return _fake(facts, Reason("no_balance_behind_event", text, seen))
    if view.imitates is not None and view.status is None:
        listed = view.imitates
        text = (
            f"It calls itself like {listed.symbol}, which is another asset on this network. "
            "It is never moved."
        )
        look: dict[str, object] = {
            "asset": transfer.asset,
            "symbol": transfer.symbol,
            "name": transfer.name,
            "listed": listed.asset,
        }
        written = [n for n in (transfer.symbol, transfer.name) if n and not n.isascii()]
        if written:
            spelled = [spell_out(n) for n in written]
            look["spelled"] = spelled
            text += f" Letter by letter it is called {', '.join(spelled)}."
        return _fake(facts, Reason("look_alike_name", text, look))
    return None


def _fake(facts: Facts, reason: Reason) -> Verdict:
    assert facts.transfer is not None
    return refuse(facts, Cause.COUNTERFEIT_TOKEN, reason, transfer=facts.transfer.index)


def _moved_nothing(facts: Facts) -> bool:
    """The measured balance did not rise; a flagged token must be measured, a plain listed one not."""
    transfer, view = facts.transfer, facts.view
    if transfer is None or not transfer.amount:
        return False
    if view.care:
        return facts.measured.value <= 0
    if view.accepted:
        return False
    rise = known_rise(facts)
    return rise is not None and rise <= 0


def known_rise(facts: Facts) -> Amount | None:
    """By how much the balance rose, where somebody measured it.

    The one place that asks whether a fact is known: a missing measurement of a token that needs none
    is no gap.
    """
    measured = facts.measured
    return measured.value if isinstance(measured, Known) else None


def nft(facts: Facts) -> Verdict | None:
    """What arrived is a single thing, not an amount: it must be moved by hand and never swept."""
    transfer = facts.transfer
    if transfer is None or not facts.rows:
        return None
    if transfer.kind is not TransferKind.NFT and not any(k in transfer.asset for k in _NFT_KINDS):
        return None
    reason = Reason(
        "single_thing",
        "The transfer carries an NFT or a similar thing. A person moves it; a sweep would lose it.",
        {"asset": transfer.asset, "amount": show(transfer.amount)},
    )
    condition = Condition(
        "token_transferable",
        met=False,
        text="The thing can be moved: a simulated transfer went through.",
    )
    return recover(facts, Cause.NFT, reason, conditional=True, conditions=(condition,))


def delisted_token(facts: Facts) -> Verdict | None:
    """The asset was listed on this network once and is not any more."""
    transfer, view = facts.transfer, facts.view
    if transfer is None or not facts.rows:
        return None
    if view.status is not ListingStatus.DELISTED and not (view.ever_listed and not view.accepted):
        return None
    seen: dict[str, object] = {"asset": transfer.asset}
    if view.listing is not None and view.listing.valid_to is not None:
        seen["listed_until"] = print_time(view.listing.valid_to)
    text = "The asset was listed here once and is not any more, so it can't be booked."
    notes: tuple[Note, ...] = ()
    if view.at_deposit is ListingStatus.LISTED:
        notes = (Note("listed_at_deposit", "It was still listed when the deposit arrived."),)
    condition = Condition(
        "token_transferable", met=False, text="The delisted token can still be moved."
    )
    return recover(
        facts,
        Cause.DELISTED_TOKEN,
        Reason("delisted", text, seen),
        conditional=True,
        conditions=(condition,),
        notes=notes,
    )


def wrong_issuer(facts: Facts) -> Verdict | None:
    """An honest token of another issuer whose symbol or name is that of an asset listed here."""
    transfer, view = facts.transfer, facts.view
    if transfer is None or not facts.rows or view.imitates is None:
        return None
    if view.status is not ListingStatus.KNOWN:
        return None
    text = (
        f"It is an honest token called like {view.imitates.symbol}, of another issuer; "
        "only the one listed can be booked."
    )
    seen = {"asset": transfer.asset, "listed": view.imitates.asset}
    condition = Condition("token_transferable", met=False, text="The token can be moved.")
    return recover(
        facts,
        Cause.WRONG_ISSUER,
        Reason("other_issuer", text, seen),
        conditional=True,
        conditions=(condition,),
    )


def token_needs_care(facts: Facts) -> Verdict | None:
    """A token without a listing whose transfers deliver something else than they say."""
    transfer, view = facts.transfer, facts.view
    if transfer is None or not facts.rows or not _is_unlisted(facts):
        return None
    if view.status is ListingStatus.PLANNED or transfer.kind is TransferKind.NFT:
        return None
    flags = sorted(f.value for f in (view.listing.flags if view.listing else ()))
    rise = known_rise(facts)
    short = rise is not None and rise < transfer.amount
    if not flags and not short:
        return None
    seen: dict[str, object] = {
        "asset": transfer.asset,
        "flags": flags,
        "reported": show(transfer.amount),
    }
    if rise is not None:
        seen["received"] = show(rise)
    text = "The token changes what a transfer delivers; a move is simulated first, and what arrives is paid out."
    condition = Condition("simulated", met=False, text="A simulated transfer went through.")
    return recover(
        facts,
        Cause.TOKEN_NEEDS_CARE,
        Reason("unusual_token", text, seen),
        conditional=True,
        conditions=(condition,),
    )


def unlisted_token(facts: Facts) -> Verdict | None:
    """The exact contract, mint, issuer or policy is not listed on this network."""
    transfer, view = facts.transfer, facts.view
    if transfer is None or not facts.rows or not _is_unlisted(facts):
        return None
    seen: dict[str, object] = {"asset": transfer.asset, "symbol": transfer.symbol}
    if view.status is ListingStatus.PLANNED:
        return _planned(facts, view, seen)
    text = "The asset is not listed on this network, so it can't be booked; it can be sent back."
    conditions: tuple[Condition, ...] = ()
    notes: tuple[Note, ...] = ()
    if view.listed_on:
        networks = ", ".join(view.listed_on)
        notes = (
            Note("symbol_listed_elsewhere", f"An asset of this symbol is listed on {networks}."),
        )
        named = "its symbol proves nothing"
    elif view.mentions is not None and view.status is None:
        listed = view.mentions
        text_of_note = (
            f"A word of its name is that of {listed.symbol}, which is another asset here."
        )
        notes = (Note("names_listed_asset", text_of_note),)
        named = ""
    elif view.status is None and transfer.symbol is None and transfer.name is None:
        named = "it does not say its name"
    else:
        named = ""
    if named and not facts.native:
        needed = f"A reviewer has looked which token this really is: {named}."
        conditions = (Condition("token_identity", met=False, text=needed),)
    return recover(
        facts,
        Cause.UNLISTED_TOKEN,
        Reason("not_listed", text, seen),
        conditions=conditions,
        notes=notes,
    )


def _planned(facts: Facts, view: ListingView, seen: dict[str, object]) -> Verdict:
    assert facts.transfer is not None
    text = "The asset is going to be supported; the deposit is booked then, at no cost."
    start = view.listing.valid_from if view.listing else None
    later = after(facts, seconds=_PLANNED_SECONDS)
    if start is not None and start > facts.now:
        later = start
    return wait(
        facts,
        Cause.UNLISTED_TOKEN,
        Reason("planned", text, seen),
        transfer=facts.transfer.index,
        look_again=later,
    )


def _is_unlisted(facts: Facts) -> bool:
    view = facts.view
    return not view.accepted and not view.ever_listed and view.status is not ListingStatus.DELISTED
