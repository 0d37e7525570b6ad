"""Steps 3 and 4: it is booked, claimed, our own, not a deposit, dust, or not ours at all.

Knows: credits, cases, our keys. Must not know: what could be done with a deposit.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from recovery.classify.facts import Facts, Familiar, MissingFact, Place
from recovery.classify.listings import contract_of
from recovery.classify.results import after, coins, hold, hold_for, refuse, show, wait, whole
from recovery.classify.rules.layers import find_hidden_layer
from recovery.classify.verdict import Cause, Reason, Verdict
from recovery.model import Note, Transfer, TransferKind
from recovery.times import print_time


def already_credited(facts: Facts) -> Verdict | None:
    """The credit ledger has this transfer, booked to the claimant."""
    mine = [c for c in facts.booked if facts.claimant is None or c.user == facts.claimant]
    if not mine:
        return None
    credit = mine[0]
    reason = Reason(
        "booked",
        f"It was credited on {print_time(credit.credited_at)}.",
        {
            "credited_at": print_time(credit.credited_at),
            "asset": credit.asset,
            "amount": show(credit.amount),
        },
    )
    index = facts.transfer.index if facts.transfer else None
    return wait(facts, Cause.ALREADY_CREDITED, reason, transfer=index, answered=True)


def duplicate_claim(facts: Facts) -> Verdict | None:
    """Another case, open or settled, holds the same transfer."""
    if not facts.occupying or facts.transfer is None:
        return None
    case = facts.occupying[0]
    claimant = facts.claimant
    if (claimant is None) != (case.user is None):
        raise MissingFact(
            "claimant", "another case holds the transfer, and it is not clear for whom"
        )
    if claimant != case.user:
        text = "Another customer's case holds this transfer."
        return hold(facts, Cause.DUPLICATE_CLAIM, Reason("other_claimant", text))
    text = f"The case {case.id} is about this transfer already."
    reason = Reason("own_case", text, {"case": case.id, "state": str(case.state)})
    return wait(
        facts,
        Cause.DUPLICATE_CLAIM,
        reason,
        transfer=facts.transfer.index,
        look_again=after(facts, seconds=86_400),
        notes=(Note("existing_case", text),),
    )


def memo_of_other_user(facts: Facts) -> Verdict | None:
    """The memo is another customer's, and the transfer was credited there."""
    if (
        not _booked_to_another(facts)
        or facts.route is None
        or facts.route.place is not Place.SHARED
    ):
        return None
    text = (
        "The transfer was credited to the customer whose memo it carries, who is not the claimant."
    )
    return _hold_booked(facts, Cause.MEMO_OF_OTHER_USER, Reason("credited_elsewhere", text))


def address_of_other_user(facts: Facts) -> Verdict | None:
    """The transfer was credited to another customer than the claimant."""
    if not _booked_to_another(facts):
        return None
    text = (
        "The transfer was credited to the customer whose address it paid, who is not the claimant."
    )
    return _hold_booked(facts, Cause.ADDRESS_OF_OTHER_USER, Reason("credited_elsewhere", text))


def _hold_booked(facts: Facts, cause: Cause, reason: Reason) -> Verdict:
    """Held until the one customer who was credited agrees; of several nobody can be asked."""
    holders = {credit.user for credit in facts.booked}
    if len(holders) > 1 or facts.transfer is None:
        return hold(facts, cause, reason)
    return hold_for(facts, cause, reason, holder=holders.pop(), booked=True)


def _booked_to_another(facts: Facts) -> bool:
    return bool(facts.booked) and all(c.user != facts.claimant for c in facts.booked)


def own_movement(facts: Facts) -> Verdict | None:
    """Every sender is ours and no withdrawal names this transaction and recipient: our own move."""
    transfer = facts.transfer
    if transfer is None or not facts.rows or not _sent_by_us(facts, transfer):
        return None
    if any(_names(facts, transfer, i) for i in range(len(facts.withdrawals))):
        return None
    text = "We moved our own coins between our own addresses: a sweep, a top-up or change."
    reason = Reason("all_senders_ours", text, {"senders": len(transfer.senders)})
    return refuse(facts, Cause.OWN_MOVEMENT, reason, transfer=transfer.index)


def withdrawal_not_deposit(facts: Facts) -> Verdict | None:
    """The sending side is ours and the receiving side is not: a payment out."""
    evidence = facts.evidence
    if evidence is None or facts.rows:
        return None
    index = whole(facts)
    if facts.transfer is None:
        facts.reached.value  # noqa: B018  money of the same transaction may have reached us unseen
        moved = [t for t in evidence.transfers if t.amount > 0]
    else:
        moved = [facts.transfer]
    named = bool(facts.withdrawals) and (
        facts.transfer is None
        or any(_names(facts, facts.transfer, i) for i in range(len(facts.withdrawals)))
    )
    outgoing = [
        t for t in moved if t.recipient.key is not None and t.recipient.key not in facts.own_keys
    ]
    if not named and not any(_sent_by_us(facts, t) for t in outgoing):
        return None
    text = "This is a payment from us to an outside address, not a deposit."
    reason = Reason("sent_by_us", text, {"recorded_withdrawal": named})
    return refuse(facts, Cause.WITHDRAWAL_NOT_DEPOSIT, reason, transfer=index)


def _sent_by_us(facts: Facts, transfer: Transfer) -> bool:
    """Every sender is ours. A sender without a key (a shielded pool, a bare script) is never ours."""
    if any(p.key is None or p.key not in facts.own_senders for p in transfer.senders):
        return False
    if transfer.kind is TransferKind.REWARD:
        return False
    facts.senders.value  # noqa: B018  the ones not shown may be strangers
    return bool(transfer.senders)


def _names(facts: Facts, transfer: Transfer, number: int) -> bool:
    """Does a row of our withdrawals of this transaction name the transfer's recipient?"""
    row, recipient = facts.withdrawals[number], transfer.recipient
    if row.destination_key is not None and row.destination_key == recipient.key:
        return True
    return recipient.address is not None and row.destination == recipient.address


def sent_to_token_contract(facts: Facts) -> Verdict | None:
    """The recipient is the token's own contract, its issuer, or another contract without a key."""
    if facts.evidence is None:
        return None
    route = facts.route
    if facts.transfer is not None and route is not None:
        can_sign = route.row.can_sign or ()
        keyless = route.place is Place.CONTRACT and route.row.user is None
        if not keyless or not route.here or facts.evidence.network in can_sign:
            return None
        paid = [facts.transfer]
    elif facts.transfer is not None:
        paid = [t for t in (facts.transfer,) if _pays_contract(facts, t)]
    else:
        facts.reached.value  # noqa: B018  money of the same transaction may have reached us unseen
        paid = [t for t in facts.evidence.transfers if _pays_contract(facts, t)]
    if not paid:
        return None
    text = (
        "The recipient is a contract that nobody has a key to. Only its issuer may be able to help."
    )
    facts_seen = {"contract": paid[0].recipient.address, "asset": paid[0].asset}
    return refuse(
        facts,
        Cause.SENT_TO_TOKEN_CONTRACT,
        Reason("keyless_recipient", text, facts_seen),
        transfer=whole(facts),
    )


def _pays_contract(facts: Facts, transfer: Transfer) -> bool:
    address = transfer.recipient.address
    if address is None or not transfer.amount:
        return False
    return address.lower() == contract_of(transfer.asset) or address.lower() in facts.contracts


def dust_or_poisoning(facts: Facts) -> Verdict | None:
    """Nothing, less than the chain's dust limit, or less than the policy's dust value arrived."""
    transfer, network = facts.transfer, facts.network
    if transfer is None or network is None:
        return None
    if transfer.kind is TransferKind.NFT and transfer.amount > 0:
        return None
    amount = transfer.amount
    if not amount:
        facts.delivered.value  # noqa: B018  a missing amount is written as none
        code, text = (
            "zero_amount",
            "The transfer moves nothing: such transfers put an address into a history, no more.",
        )
    elif facts.native and amount < network.dust:
        code, text = (
            "below_dust_limit",
            f"{show(amount)} is below the chain's own dust limit of {network.dust}.",
        )
    elif _is_worthless(facts):
        code, text = (
            "below_dust_value",
            f"It is worth less than {facts.policy.dust_value} {facts.policy.currency}.",
        )
    else:
        return None
    reason = Reason(code, text, {"amount": show(amount)})
    senders = [p.address for p in transfer.senders if p.address is not None]
    notes = find_imitations(facts, senders, "look_alike_sender")
    return refuse(facts, Cause.DUST_OR_POISONING, reason, transfer=whole(facts), notes=notes)


def _is_worthless(facts: Facts) -> bool:
    price, transfer = facts.price, facts.transfer
    if price is None or transfer is None or price.currency != facts.policy.currency:
        return False
    if facts.now - price.as_of > facts.policy.max_price_age:
        return False
    amount = coins(facts, transfer.amount)
    if amount is None:
        return False
    if amount * Fraction(price.value) >= Fraction(facts.policy.dust_value):
        return False
    facts.delivered.value  # noqa: B018  only a known amount is called dust
    return True


def address_not_ours(facts: Facts) -> Verdict | None:
    """No key of ours, on any network, now or ever, received anything."""
    evidence, transfer = facts.evidence, facts.transfer
    if evidence is None or facts.rows:
        return None
    if transfer is None:
        if facts.reached.value:
            return None
        if find_hidden_layer(evidence, None) is not None:
            return None
        unseen = [t for t in evidence.transfers if t.recipient.key is None and t.amount]
    else:
        unseen = [t for t in (transfer,) if t.recipient.key is None]
    index = whole(facts)
    if unseen:
        raise MissingFact("recipient", f"the chain names no address for {unseen[0].position}")
    paid = [t.recipient.address for t in ([transfer] if transfer else evidence.transfers)]
    reached = [a for a in dict.fromkeys(paid) if a is not None]
    reason = Reason(
        "no_key_of_ours",
        "No address of ours, on any network, received anything in this transaction."
        if index is None
        else "The address that this transfer paid is not ours, on any network.",
        {"recipients": reached[:10]},
    )
    notes = find_imitations(facts, reached, "look_alike")
    return refuse(facts, Cause.ADDRESS_NOT_OURS, reason, transfer=index, notes=notes)


_MOST_COMPARED = 50
"""Addresses of one transaction that are compared: who pays more at once imitates nobody."""


def find_imitations(facts: Facts, addresses: Sequence[str], code: str) -> tuple[Note, ...]:
    """A note for each address that is nearly one the claimant knows; compared with nobody else's.

    The note names the stranger's address alone: the claimant's own stand in the records.
    """
    texts = [
        text
        for address in addresses[:_MOST_COMPARED]
        if (text := _resembles(address, facts.familiar)) is not None
    ]
    return tuple(Note(code, text) for text in texts[:3])


def _resembles(address: str, familiar: Sequence[Familiar]) -> str | None:
    if any(address.lower() == known.text.lower() for known in familiar):
        return None
    for known in familiar:
        distance = count_edits(known.text.lower(), address.lower(), most=2)
        if distance is not None:
            letters = "one character" if distance == 1 else f"{distance} characters"
            return f"{address} differs from {known.what} in {letters}."
    for known in familiar:
        if _has_same_ends(address, known.text):
            return (
                f"{address} begins and ends like {known.what}, and is another: "
                "such addresses are made to be copied by mistake."
            )
    return None


def _has_same_ends(one: str, other: str) -> bool:
    """As a wallet shows an address: its first letters and its last four.

    What all addresses of a chain begin with says nothing: four letters behind it must be equal.
    """
    shared = next((p for p in _PREFIXES if one.lower().startswith(p)), one[:1].lower())
    head = len(shared) + 4
    return one[:head].lower() == other[:head].lower() and one[-4:].lower() == other[-4:].lower()


_PREFIXES = (
    "0x",
    "bc1q",
    "bc1p",
    "ltc1q",
    "ltc1p",
    "bitcoincash:q",
    "bitcoincash:p",
    "cosmos1",
    "addr1",
    "eq",
    "uq",
    "kt1",
    "tz1",
    "0.0.",
)
"""What addresses of one kind all begin with."""


def count_edits(first: str, second: str, *, most: int) -> int | None:
    """Characters changed, added or left out between two texts; None where more than ``most``."""
    if abs(len(first) - len(second)) > most:
        return None
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        above, row = row, [i]
        for j, b in enumerate(second, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
