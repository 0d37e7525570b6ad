"""How a rule says its result: one builder for each recoverability.

Knows: what each kind of result must carry and what it rests on. Must not know: why a rule holds.

`credit` reads every fact a credit rests on, so that no rule can credit past an unknown one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from recovery.classify.facts import Facts, MemoState, MissingFact, Place
from recovery.classify.verdict import Cause, Condition, Outcome, Reason, Recoverability, Verdict
from recovery.model import Amount, MemoKind, Note, TxStatus, is_visitor
from recovery.records.port import AccountStatus, KeyScheme, ListingStatus

SENDER_PROOF = Note(
    "sender_proof",
    "Prove that you control the sending address: sign our message with it, or send the small "
    "amount we name from it.",
)
SENDERS_HIDDEN = Note(
    "senders_hidden",
    "The chain does not show every sender, so that nobody can prove to be the sender.",
)
_REVIEWER_DECISION = Condition(
    "reviewer_decision", met=False, text="A reviewer has looked and decided."
)
IDENTITY_CHECK = Note(
    "identity_check", "Pass the identity check again, as the owner of the account."
)


def show(amount: Amount) -> str:
    """An amount as a JSON value: base units, or an exact decimal without exponent."""
    return str(amount) if isinstance(amount, int) else format(amount, "f")


def whole(facts: Facts) -> int | None:
    """The verdict's transfer: None where nothing reached us, so that the whole is judged."""
    if facts.transfer is None or not facts.reached.value:
        return None
    return facts.transfer.index


def _index(facts: Facts) -> int | None:
    return None if facts.transfer is None else facts.transfer.index


def _amount(facts: Facts) -> Amount | None:
    """What arrived, for results that only move it: unknown means that the evidence's word is not enough."""
    return None if facts.transfer is None else facts.delivered.value


def _user(facts: Facts) -> str | None:
    """Whose it is, where the records are clear; never a reason to stop."""
    if facts.route is None:
        return None
    try:
        return facts.route.owner.value
    except MissingFact:
        return None


def refuse(
    facts: Facts,
    cause: Cause,
    *reasons: Reason,
    transfer: int | None,
    notes: tuple[Note, ...] = (),
) -> Verdict:
    """Unrecoverable: nothing can or must be moved."""
    return Verdict(
        transfer,
        cause,
        Recoverability.UNRECOVERABLE,
        Outcome.NONE,
        reasons,
        notes=notes,
        user=_user(facts),
    )


def hold(facts: Facts, cause: Cause, *reasons: Reason, holder: str | None = None) -> Verdict:
    """Security decides; outsiders see ``under_review`` and nothing else.

    ``holder`` is the customer whose consent would lift it.
    """
    return Verdict(
        _index(facts),
        cause,
        Recoverability.HOLD,
        Outcome.NONE,
        reasons,
        user=_user(facts),
        holder=holder,
    )


def hold_for(facts: Facts, cause: Cause, reason: Reason, *, holder: str, booked: bool) -> Verdict:
    """Another customer's deposit: held, until that customer (``holder``) agrees that it is the claimant's.

    With the consent it is a recovery like others, for a claimant who proves to be the sender. What
    was ``booked`` to the holder must be taken back from there first, or it would be paid twice.
    """
    if not facts.is_consented_by(holder):
        return hold(facts, cause, reason, holder=holder)
    text = "The customer whose deposit it is by the records agreed that the claimant has it."
    conditions = [
        Condition("holder_consent", met=True, text="The holder of the address or memo agreed."),
        Condition("sender_proof", met=False, text=SENDER_PROOF.text),
    ]
    if booked:
        taken = "What was booked to the holder was taken back from their balance."
        conditions.insert(1, Condition("holder_debit", met=False, text=taken))
    return recover(
        facts,
        cause,
        Reason("holder_consents", text),
        conditional=True,
        conditions=conditions,
        needs=(SENDER_PROOF,),
        outcome=outcome_for(facts, facts.claimant),
        user=facts.claimant,
    )


def wait(
    facts: Facts,
    cause: Cause,
    *reasons: Reason,
    transfer: int | None,
    look_again: datetime | None = None,
    answered: bool = False,
    notes: tuple[Note, ...] = (),
) -> Verdict:
    """Nothing to do yet; ``answered`` closes the case."""
    return Verdict(
        transfer,
        cause,
        Recoverability.WAIT,
        Outcome.NONE,
        reasons,
        notes=notes,
        look_again=look_again,
        answered=answered,
        user=_user(facts),
    )


def after(facts: Facts, *, seconds: float) -> datetime:
    """A moment to look again, within a minute and a month from now."""
    return facts.now + timedelta(seconds=min(max(seconds, 60), 30 * 86_400))


def credit(
    facts: Facts, cause: Cause, *reasons: Reason, notes: tuple[Note, ...] = ()
) -> Verdict | None:
    """Book what was delivered; None where it is not an accepted asset of a known user.

    Reads every fact that a credit rests on: owner, ledger, finality, success, senders, amount.
    """
    if (
        facts.transfer is None
        or facts.route is None
        or facts.view.status is not ListingStatus.LISTED
    ):
        return None
    user = facts.route.owner.value
    amount = creditable(facts)
    if user is None or not facts.route.here or amount <= 0:
        return None
    facts.senders.value  # noqa: B018  reading is the point: a hidden sender ends the judgement
    rests_on = (facts.ledger, facts.token_validity, facts.final, facts.succeeded)
    read = [fact.value for fact in rests_on]  # every one: one that is unknown ends it too
    if not all(read):
        return None
    rounded = facts.delivered.value - amount
    if rounded:
        text = f"{show(rounded)} base units are below the smallest step that is booked"
        notes = (*notes, Note("rounded_to_denomination", text))
    return Verdict(
        facts.transfer.index,
        cause,
        Recoverability.CREDIT,
        Outcome.CREDIT,
        reasons,
        notes=notes,
        user=user,
        amount=amount,
    )


def creditable(facts: Facts) -> Amount:
    """What arrived, down to the listing's smallest step."""
    amount = facts.delivered.value
    step = facts.view.listing.denomination if facts.view.listing else None
    return amount - amount % step if step else amount


def recover(
    facts: Facts,
    cause: Cause,
    *reasons: Reason,
    conditional: bool = False,
    conditions: Iterable[Condition] = (),
    needs: tuple[Note, ...] = (),
    notes: tuple[Note, ...] = (),
    outcome: Outcome | None = None,
    user: str | None = None,
) -> Verdict:
    """Recoverable, or conditional where the network or a condition makes it so.

    Adds what holds of every recovery: the network's own conditions, and that the ledger may lack a
    credit of this transfer. The outcome is a return unless the owner's account can be credited with
    the asset on this network.
    """
    owner = user or _user(facts)
    found = list(conditions)
    network = facts.network
    if network is not None and network.tier == "conditional":
        conditional = True
        found += [Condition(c.code, _met(facts, c.code), c.text) for c in network.conditions]
    if facts.view.ever_listed or facts.view.accepted:
        try:
            facts.ledger.value  # noqa: B018  reading is the point
        except MissingFact as missing:
            found.append(
                Condition(
                    "not_already_credited",
                    met=False,
                    text=f"The credit ledger shows no credit of it: {missing.why}.",
                )
            )
    if any(c.code == SENDER_PROOF.code and not c.met for c in found) and not _are_senders_shown(
        facts
    ):
        found.append(_REVIEWER_DECISION)
        notes = (*notes, SENDERS_HIDDEN)
    unique = {c.code: c for c in reversed(found)}
    return Verdict(
        _index(facts),
        cause,
        Recoverability.CONDITIONAL if conditional else Recoverability.RECOVERABLE,
        outcome or outcome_for(facts, owner),
        reasons,
        conditions=tuple(unique[code] for code in dict.fromkeys(c.code for c in found)),
        needs=needs,
        notes=notes,
        user=owner,
        amount=_amount(facts),
    )


def _are_senders_shown(facts: Facts) -> bool:
    """There is somebody who can prove to be the sender, and nobody beside him is hidden."""
    try:
        senders = facts.senders.value
    except MissingFact:
        return False
    return bool(senders) and all(party.key is not None for party in senders)


def outcome_for(facts: Facts, user: str | None) -> Outcome:
    """A credit where the user's account can be credited with this asset here, else a return."""
    barred = any(a.user == user and a.status is not AccountStatus.ACTIVE for a in facts.accounts)
    if user is None or is_visitor(user) or barred or facts.view.status is not ListingStatus.LISTED:
        return Outcome.RETURN
    try:
        return Outcome.CREDIT if facts.ledger.value else Outcome.RETURN
    except MissingFact:  # nothing is credited on an unknown ledger
        return Outcome.RETURN


def review(
    facts: Facts, *reasons: Reason, transfer: int | None, notes: tuple[Note, ...] = ()
) -> Verdict:
    """A person decides: no rule holds, a fact is missing, or sources disagree."""
    return Verdict(
        transfer,
        Cause.NEEDS_REVIEW,
        Recoverability.CONDITIONAL,
        Outcome.RETURN,
        reasons,
        conditions=(_REVIEWER_DECISION,),
        notes=notes,
        user=_user(facts),
    )


def _met(facts: Facts, code: str) -> bool:
    """Whether the facts themselves show a network's condition; what they can't show is unmet."""
    shows = _SHOWN.get(code)
    try:
        return shows is not None and shows(facts)
    except MissingFact:
        return False


def _is_final(facts: Facts) -> bool:
    return facts.final.value


def _is_executed(facts: Facts) -> bool:
    evidence = facts.evidence
    return evidence is not None and evidence.status is TxStatus.CONFIRMED and facts.final.value


def _is_unbooked(facts: Facts) -> bool:
    return facts.ledger.value and not facts.booked


def custody_can_sign(facts: Facts) -> bool | None:
    """Custody's word for the receiving key on this network; None where it has not said.

    A key issued for this network is in daily use here, so no column is needed to say so.
    """
    route = facts.route
    if route is None or facts.network is None:
        return None
    if route.here:
        return True
    said = [r.can_sign for r in facts.rows if r.can_sign is not None]
    return any(facts.network.code in s for s in said) if said else None


def _is_signable(facts: Facts) -> bool:
    return custody_can_sign(facts) is True


def _is_memo_plain(facts: Facts) -> bool:
    if facts.route is None or facts.route.place is not Place.SHARED:
        return facts.route is not None
    match = facts.route.memo.value
    return match is not None and match.state in (MemoState.EXACT, MemoState.NORMALISED)


def _is_comment_readable(facts: Facts) -> bool:
    memo = facts.transfer.memo if facts.transfer else None
    return memo is None or memo.kind is not MemoKind.ENCRYPTED


def _is_plain_account(facts: Facts) -> bool:
    route = facts.route
    return route is not None and route.row.key_scheme is KeyScheme.SINGLE


def _is_sender_seen(facts: Facts) -> bool:
    return all(p.key is not None for p in facts.senders.value)


def _is_elsewhere_ours(facts: Facts) -> bool:
    return facts.route is not None and not facts.route.here


def _is_seen(facts: Facts) -> bool:
    """The transaction itself was found, by a node that keeps it, on the network it names."""
    return facts.evidence is not None


def _is_asset_known(facts: Facts) -> bool:
    """The coin itself, or a token that our listings name by its exact contract."""
    return facts.native or facts.view.listing is not None


def _is_coin(facts: Facts) -> bool:
    """No issuer can freeze or pause a chain's own coin."""
    return facts.native


def _needs_no_channel(facts: Facts) -> bool:
    """The chain's own coin, paid by an account of the chain, goes back without leaving it."""
    return _is_coin(facts) and all(p.address is not None for p in facts.senders.value)


_SHOWN: dict[str, Callable[[Facts], bool]] = {
    "finality_reached": _is_final,
    "batch_executed": _is_final,  # zkSync's finalized tag is the batch executed on Ethereum
    "execution_complete": _is_executed,
    "not_already_credited": _is_unbooked,
    "key_available": _is_signable,
    "memo_unambiguous": _is_memo_plain,
    "comment_readable": _is_comment_readable,
    "address_is_account": _is_plain_account,
    "deployable_contract": _is_plain_account,
    "sender_transparent": _is_sender_seen,
    "same_key_other_network": _is_elsewhere_ours,
    "replacement_key_signable": _is_signable,
    "archive_available": _is_seen,
    "chain_identified": _is_seen,
    "contract_known": _is_asset_known,
    "token_transferable": _is_coin,
    "channel_open": _needs_no_channel,
}
"""Conditions that facts decide; all others stay unmet until a person says otherwise."""


def coins(facts: Facts, amount: Amount) -> Fraction | None:
    """Whole coins of the asset, exact, by our own decimals; None where we have none."""
    if isinstance(amount, Decimal):
        return Fraction(amount)
    places = facts.decimals
    return None if places is None else Fraction(amount, 10**places)
