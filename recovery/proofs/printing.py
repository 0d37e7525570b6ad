"""``recovery.proof/1``: how a proof stands, as one JSON document.

Knows: field names and text forms. Must not know: stores, nodes. What only staff may read (whose wallet a sender
is, why a person must look) is left out for a claimant, who learns of no other customer. Staff read the house's
English; `tell_claimant` says the same document in the claimant's language.
"""

from __future__ import annotations

from typing import Any

from recovery.cases.table import State
from recovery.classify.verdict import SENDER_PROOF
from recovery.messages import Speaker, speak
from recovery.messages.speaker import isolate
from recovery.proofs.choice import SenderWay
from recovery.proofs.deposit import print_coins
from recovery.proofs.requests import Means, ProofRequest
from recovery.proofs.schemes import load_scheme
from recovery.proofs.settlement import find_settlement_lines
from recovery.proofs.verification import CONTRACT_WALLET
from recovery.proofs.view import ProofView
from recovery.times import print_time

Document = dict[str, Any]

_REVIEWER = "A person of ours looks at this proof; there is nothing more to do now."
_HOUSE = "en"


def print_proof(seen: ProofView, *, staff: bool = True) -> Document:
    """How the proof of a case stands, and how to go on with it."""
    case = seen.case
    review = seen.choice.review
    met = any(c.condition == SENDER_PROOF for c in case.confirmations)
    waits = case.state is State.NEEDS_REVIEW and any(
        entry.detail["proof"]["reviewer"] for entry in case.trail if "proof" in entry.detail
    )
    return {
        "schema": "recovery.proof/1",
        "case": case.id,
        "state": case.state.value,
        "network": case.network,
        "tx_hash": case.tx_hash,
        "complete": met,
        "senders": [_print_way(seen, way, staff=staff) for way in seen.choice.ways],
        "review": None
        if review is None and not waits
        else {"code": "reviewer_decides", "text": _REVIEWER}
        if not staff or review is None
        else {"code": review.code, "text": review.text},
        "attempts": {
            "refused": seen.file.refusals(),
            "left": max(seen.policy.challenge.attempts_of_case - seen.file.refusals(), 0),
        },
        "verification_deposits": find_settlement_lines(case),
    }


def tell_claimant(document: Document, speaker: Speaker) -> Document:
    """A claimant's document with every text in their language."""
    review = document["review"]
    return {
        **document,
        "senders": [_tell_way(way, speaker) for way in document["senders"]],
        "review": None if review is None else {**review, "text": speaker.say("proof.reviewer")},
    }


def _tell_way(way: Document, speaker: Speaker) -> Document:
    note, deposit = way["note"], way["deposit"]
    if deposit is not None:
        memo = deposit["memo"]
        told = speaker.say(
            "proof.deposit_text_memo" if memo else "proof.deposit_text",
            amount=isolate(f"{deposit['coins']} {deposit['symbol']}"),
            sender=isolate(deposit["from"]),
            recipient=isolate(deposit["to"]),
            memo=isolate(memo or ""),
        )
        deposit = {**deposit, "text": f"{told} {speaker.say('proof.deposit_belongs')}"}
    return {
        **way,
        "note": None if note is None else {**note, "text": speaker.say(f"proof.{note['code']}")},
        "schemes": [_tell_scheme(scheme, speaker) for scheme in way["schemes"]],
        "deposit": deposit,
    }


def _tell_scheme(scheme: Document, speaker: Speaker) -> Document:
    title = speaker.say("proof.scheme", name=load_scheme(scheme["name"]).title)
    return {**scheme, "title": title, "instructions": speaker.say(f"wallet.{scheme['name']}")}


def _print_way(seen: ProofView, way: SenderWay, *, staff: bool) -> Document:
    proof = seen.proven.get(way.sender.key)
    document: Document = {
        "address": way.sender.address or f"key:{way.sender.key}",
        "means": [means.value for means in way.means],
        "schemes": [_print_scheme(name) for name in way.schemes],
        "contract_wallet": CONTRACT_WALLET if _may_be_contract(seen, way) else None,
        "proven": proof is not None,
        "proven_by": None if proof is None else proof.scheme,
        "note": None if way.note is None else {"code": way.note.code, "text": way.note.text},
        "challenge": _print_challenge(seen, seen.find_open(way, Means.SIGNATURE)),
        "deposit": _print_deposit(seen, seen.find_open(way, Means.DEPOSIT)),
    }
    if staff:
        shared = None if way.shared is None else {"code": way.shared.code, "text": way.shared.text}
        document["shared"] = shared
        document["reviewer"] = None if proof is None else proof.reviewer
    return document


def _may_be_contract(seen: ProofView, way: SenderWay) -> bool:
    return seen.network.family == "evm" and Means.SIGNATURE in way.means


def _print_scheme(name: str) -> Document:
    scheme = load_scheme(name)
    bare = {"name": scheme.name, "asks": list(scheme.asks)}
    return _tell_scheme(bare, speak(_HOUSE))


def _print_challenge(seen: ProofView, request: ProofRequest | None) -> Document | None:
    if request is None:
        return None
    return {
        "id": request.id,
        "text": request.text,
        "issued_at": print_time(request.issued_at),
        "expires_at": print_time(request.expires_at),
        "attempts_left": seen.policy.challenge.attempts - seen.file.refusals(request),
    }


def _print_deposit(seen: ProofView, request: ProofRequest | None) -> Document | None:
    if request is None:
        return None
    assert isinstance(request.amount, int)
    coins = print_coins(request.amount, seen.network)
    return {
        "id": request.id,
        "asset": seen.network.native_asset,
        "amount": str(request.amount),
        "coins": coins,
        "symbol": seen.network.symbol,
        "from": request.name,
        "to": request.recipient,
        "memo": request.memo,
        "issued_at": print_time(request.issued_at),
        "expires_at": print_time(request.expires_at),
        "text": f"Send exactly {coins} {seen.network.symbol} from {request.name} to {request.recipient}"
        + (f", {seen.network.memo_name or 'memo'} {request.memo}" if request.memo else "")
        + ". The network fee comes on top. It stays yours: it is paid out together with your deposit.",
    }
