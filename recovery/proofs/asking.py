"""Asking the senders of a case for a proof: a challenge to sign, or a verification deposit.

Knows: what is asked of whom, and that the same is not asked twice. Must not know: how an answer is verified.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from recovery.cases.changing import Act, change
from recovery.cases.chunk import new_id
from recovery.cases.table import Event
from recovery.cases.values import Case
from recovery.chains.codecs import parse_address
from recovery.checker import Checker
from recovery.errors import NotAllowed, Unreachable
from recovery.model import NetworkCode
from recovery.proofs import register, steps
from recovery.proofs.challenge import NONCE_BYTES, write_challenge
from recovery.proofs.choice import SenderWay
from recovery.proofs.deposit import Amounts, draw_amount, plan_amounts
from recovery.proofs.requests import Means, ProofRequest
from recovery.proofs.view import ProofView, open_view, read_again, read_party, require_open, way_of
from recovery.store import take_lock


def ask(
    checker: Checker,
    case_id: str,
    *,
    actor: str,
    deposit: bool = False,
    address: str | None = None,
    at: datetime | None = None,
) -> ProofView:
    """Ask every sender that is not proven yet, or the one at ``address``; the same again asks nothing new.

    A signature is asked for where the sender can sign, unless ``deposit`` is asked for. Raises
    `NotAllowed` where the case asks for no proof, has had all its attempts, or no proof may be taken:
    then it stands before a reviewer.
    """
    seen = open_view(checker, case_id, at=at)
    moment = seen.at
    payment = require_open(seen, Event.PROOF_ASKED)
    if seen.choice.review is not None:
        return _refer(seen, payment, actor)
    ways = _select(seen, address)
    plan = [(way, _means(way, deposit=deposit)) for way in ways]
    amounts = {
        way.sender.key: _plan_amounts(seen, way)
        for way, means in plan
        if means is Means.DEPOSIT and seen.find_open(way, means) is None
    }

    def step(case: Case, act: Act) -> Case:
        file = read_again(seen, case, act, payment=payment, event=Event.PROOF_ASKED)
        fresh = replace(seen, case=case, file=file)
        proven = fresh.proven
        asked: list[ProofRequest] = []
        for way, means in plan:
            known = proven.get(way.sender.key)
            if known is not None and (known.reviewer is None or means is Means.DEPOSIT):
                continue
            if fresh.find_open(way, means) is None:
                drawn = amounts.get(way.sender.key)
                asked.append(_make(fresh, way, means, act, amounts=drawn))
        if not asked:
            return case
        seals = register.seals_of(*asked)
        assert act.session is not None
        after = steps.ask_for(
            case, tuple(asked), seals=seals, actor=act.actor, role=act.role, at=act.at
        )
        register.insert(act.session, *asked)
        return after

    change(checker.store, case_id, Event.PROOF_ASKED, step, actor=actor, at=moment)
    return open_view(checker, case_id, at=moment)


def _refer(seen: ProofView, payment: str, actor: str) -> ProofView:
    review = seen.choice.review
    assert review is not None

    def step(case: Case, act: Act) -> Case:
        read_again(seen, case, act, payment=payment, event=Event.PROOF_FAILED)
        return steps.refer(case, review, payment=payment, actor=act.actor, role=act.role, at=act.at)

    change(seen.checker.store, seen.case.id, Event.PROOF_FAILED, step, actor=actor, at=seen.at)
    return open_view(seen.checker, seen.case.id, at=seen.at)


def _plan_amounts(seen: ProofView, way: SenderWay) -> Amounts:
    """What a verification deposit may be; raises where nobody can say, or it would prove nothing."""
    network, rule = seen.network, seen.policy.deposit
    asset = network.native_asset
    prices = seen.checker.quoter.book.find_prices([asset], rule.currency)
    price = prices.get(asset)
    if price is None or price.value <= 0:
        raise Unreachable(
            "price-unknown",
            f"no price of {network.symbol} in {rule.currency} says what a small amount is",
            hint="import prices",
        )
    exchange = way.shared is not None and way.shared.code == "exchange_withdrawal_record"
    amounts = plan_amounts(network, price=price.value, rule=rule, exchange=exchange)
    if amounts is None:
        raise NotAllowed(
            "no-odd-amount",
            f"so little {network.symbol} has too few amounts to tell one case from another",
            hint="a reviewer decides",
        )
    return amounts


def _make(
    seen: ProofView, way: SenderWay, means: Means, act: Act, *, amounts: Amounts | None
) -> ProofRequest:
    """What one sender is asked for; raises `NotAllowed` where no deposit can be told from another's."""
    case, network = seen.case, seen.network
    assert seen.payment is not None
    issued = act.at.replace(microsecond=0)
    blank = ProofRequest(
        id=new_id(),
        case_id=case.id,
        means=means,
        network=NetworkCode(network.code),
        sender=way.sender.address,
        sender_key=way.sender.key,
        payment=seen.payment,
        actor=act.actor,
        issued_at=issued,
        expires_at=issued,
    )
    if means is Means.SIGNATURE:
        assert way.sender.address is not None
        nonce = secrets.token_hex(NONCE_BYTES)
        text, expires = write_challenge(
            case_id=case.id,
            network=network,
            address=way.sender.address,
            tx_hash=case.tx_hash,
            nonce=nonce,
            issued_at=issued,
            valid_for=seen.policy.challenge.valid_for,
            site=seen.checker.config.proof_site,
        )
        return replace(blank, text=text, nonce=nonce, expires_at=expires)
    recipient = read_party(network, _recipient(case))
    if recipient is None or recipient.address is None or amounts is None:
        raise NotAllowed(
            "no-recipient",
            f"the deposit of case {case.id} reached a place that has no address to send to",
            hint="a reviewer decides",
        )
    assert act.session is not None
    take_lock(act.session.connection(), f"proof-amounts {network.code}")
    taken = register.find_open_amounts(
        act.session, network.code, recipient.key, at=issued - seen.policy.deposit.clock_skew
    )
    amount = draw_amount(amounts, taken=taken, pick=secrets.randbelow)
    if amount is None:
        raise NotAllowed(
            "no-odd-amount",
            "every amount is asked of somebody else now",
            hint="try again in some hours",
        )
    return replace(
        blank,
        recipient=recipient.address,
        recipient_key=recipient.key,
        memo=_stated_memo(case),
        amount=amount,
        expires_at=issued + seen.policy.deposit.valid_for,
    )


def _select(seen: ProofView, address: str | None) -> tuple[SenderWay, ...]:
    if address is None:
        return seen.choice.ways
    return (way_of(seen, parse_address(seen.network, address).key, address),)


def _means(way: SenderWay, *, deposit: bool) -> Means:
    return Means.DEPOSIT if deposit or Means.SIGNATURE not in way.means else Means.SIGNATURE


def _recipient(case: Case) -> str | None:
    return None if case.subject is None else str(case.subject["recipient"])


def _stated_memo(case: Case) -> str | None:
    """The claimant's own memo where it is known, else the one that the deposit carried, if it had one."""
    assert case.verdict is not None
    assert case.subject is not None
    notes = case.check["verdicts"][case.verdict]["notes"]
    if case.claim.memo and any(note["code"] == "claimed_memo_fits" for note in notes):
        return case.claim.memo.strip()
    memo = case.subject["memo"]
    if memo is None or memo["kind"] not in ("tag", "text", "id", "comment"):
        return None
    return str(memo["value"]) or None
