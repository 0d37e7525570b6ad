"""The JSON documents of the outer contract, made from the house's values.

Knows: field names, order and text forms of ``recovery.evidence/1``, ``search/1``, ``check/1``,
``case/1`` and ``error/1``. Must not know: where the values came from. Amounts are printed as decimal strings of
base units, times as ISO 8601 with ``Z``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from recovery.checks import Check, Found, Judged, Search
from recovery.classify.verdict import Condition, Reason, Verdict
from recovery.errors import RecoveryError
from recovery.fees.values import NoQuote, Quote
from recovery.model import Amount, Block, Claim, Evidence, Memo, Note, Transfer, TxFee
from recovery.proofs.settlement import find_settlement_lines
from recovery.times import print_time

if TYPE_CHECKING:  # the cases room prints its checks here
    from recovery.cases.values import Case, TrailEntry

Document = dict[str, Any]


def print_amount(amount: Amount) -> str:
    """Base units as an integer string; an XRPL issued currency's exact value without exponent."""
    return str(amount) if isinstance(amount, int) else print_decimal(amount)


def print_decimal(value: Decimal) -> str:
    """Exact, without exponent, without trailing zeros behind the point."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def print_memo(memo: Memo | None) -> Document | None:
    return None if memo is None else {"kind": memo.kind.value, "value": memo.value}


def print_note(note: Note) -> Document:
    return {"code": note.code, "text": note.text}


def print_transfer(transfer: Transfer) -> Document:
    document: Document = {
        "index": transfer.index,
        "position": transfer.position,
        "kind": transfer.kind.value,
        "asset": transfer.asset,
        "symbol": transfer.symbol,
        "decimals": transfer.decimals,
        "amount": print_amount(transfer.amount),
        "senders": [party.address for party in transfer.senders if party.address is not None],
        "recipient": transfer.recipient.address,
        "memo": print_memo(transfer.memo),
        "succeeded": transfer.succeeded,
    }
    if transfer.requested_amount is not None:
        document["requested_amount"] = print_amount(transfer.requested_amount)
    if transfer.type is not None:
        document["type"] = transfer.type
    if transfer.unlock_at is not None:
        unlock = transfer.unlock_at
        document["unlock_at"] = print_time(unlock) if isinstance(unlock, datetime) else unlock
    if transfer.tx_hash is not None:
        document["tx_hash"] = transfer.tx_hash
    return document


def _print_block(block: Block | None) -> Document | None:
    if block is None:
        return None
    time = None if block.time is None else print_time(block.time)
    return {"height": block.height, "hash": block.hash, "time": time}


def _print_fee(fee: TxFee | None) -> Document | None:
    if fee is None:
        return None
    return {"asset": fee.asset, "amount": print_amount(fee.amount), "payer": fee.payer}


def print_evidence(evidence: Evidence) -> Document:
    """``recovery.evidence/1``."""
    return {
        "schema": "recovery.evidence/1",
        "network": evidence.network,
        "chain": evidence.chain,
        "tx_hash": evidence.tx_hash,
        "status": evidence.status.value,
        "block": _print_block(evidence.block),
        "confirmations": evidence.confirmations,
        "required_confirmations": evidence.required_confirmations,
        "final": evidence.final,
        "fee": _print_fee(evidence.fee),
        "transfers": [print_transfer(transfer) for transfer in evidence.transfers],
        "notes": [print_note(note) for note in evidence.notes],
    }


def print_found(found: Found) -> Document:
    return print_evidence(found.evidence)


def print_search(search: Search) -> Document:
    """``recovery.search/1``: found, absent, unreachable and not asked, apart."""
    return {
        "schema": "recovery.search/1",
        "tx_hash": search.tx_hash,
        "found": [print_found(found) for found in search.found],
        "absent": list(search.absent),
        "unreachable": [{"network": u.network, "reason": u.reason} for u in search.unreachable],
        "not_asked": list(search.not_asked),
    }


def _print_reason(reason: Reason) -> Document:
    return {"code": reason.code, "text": reason.text, "facts": dict(reason.facts)}


def _print_condition(condition: Condition) -> Document:
    return {"code": condition.code, "met": condition.met, "text": condition.text}


def print_quote(quote: Quote) -> Document:
    def money(amount: Amount) -> Document:
        return {"asset": quote.asset, "amount": print_amount(amount)}

    return {
        "currency": quote.currency,
        "policy": quote.policy,
        "expires_at": print_time(quote.expires_at),
        "price": {
            "value": print_decimal(quote.price.value),
            "source": quote.price.source,
            "as_of": print_time(quote.price.as_of),
        },
        "gross": money(quote.gross),
        "net": money(quote.net),
        "lines": [
            {
                "code": line.code.value,
                "amount": print_amount(line.amount),
                "value": print_decimal(line.value),
                "text": line.text,
            }
            for line in quote.lines
        ],
        "advice": quote.advice.value,
        "advice_text": quote.advice_text,
    }


def _print_verdict(verdict: Verdict) -> Document:
    return {
        "transfer": verdict.transfer,
        "cause": verdict.cause.value,
        "recoverability": verdict.recoverability.value,
        "outcome": verdict.outcome.value,
        "reasons": [_print_reason(reason) for reason in verdict.reasons],
        "conditions": [_print_condition(condition) for condition in verdict.conditions],
        "needs": [print_note(need) for need in verdict.needs],
        "notes": [print_note(note) for note in verdict.notes],
    }


def print_judged(judged: Judged) -> Document:
    document = _print_verdict(judged.verdict)
    if isinstance(judged.quote, NoQuote):
        document["quote"] = None
        document["quote_reason"] = print_note(judged.quote.reason)
    else:
        document["quote"] = print_quote(judged.quote)
        document["quote_reason"] = None
    return document


def print_check(check: Check) -> Document:
    """``recovery.check/1``: ``search`` is filled only where no evidence was chosen."""
    return {
        "schema": "recovery.check/1",
        "evidence": None if check.found is None else print_found(check.found),
        "search": print_search(check.search) if check.found is None else None,
        "verdicts": [print_judged(judged) for judged in check.judged],
    }


def print_claim(claim: Claim) -> Document:
    return {
        "tx_hash": claim.tx_hash,
        "network": claim.network,
        "user": claim.user,
        "address": claim.address,
        "memo": claim.memo,
        "asset": claim.asset,
        "amount": None if claim.amount is None else print_decimal(claim.amount),
    }


def print_error(error: RecoveryError) -> Document:
    """``recovery.error/1``."""
    detail: Mapping[str, Any] = {
        "reference": error.reference,
        "text": error.text,
        "hint": error.hint or None,
        "where": error.where,
    }
    return {"schema": "recovery.error/1", "error": dict(detail)}


def print_case(case: Case) -> Document:
    """``recovery.case/1``: the case with its check as it was stored, its signatures and its trail."""
    destination = case.destination
    return {
        "schema": "recovery.case/1",
        "id": case.id,
        "state": case.state.value,
        "queue": None if case.queue is None else case.queue.value,
        "queues": [queue.value for queue in case.queues],
        "claim": print_claim(case.claim),
        "check": dict(case.check),
        "transfer": case.transfer,
        "destination": None
        if destination is None
        else {
            "kind": destination.kind,
            "address": destination.address,
            "memo": destination.memo,
        },
        "digest": case.digest,
        "signatures": [
            {
                "role": signature.role.value,
                "actor": signature.actor,
                "at": print_time(signature.at),
                "digest": signature.digest,
            }
            for signature in case.signatures
        ],
        "confirmations": [
            {
                "condition": confirmation.condition,
                "actor": confirmation.actor,
                "at": print_time(confirmation.at),
                "reason": confirmation.reason,
            }
            for confirmation in case.confirmations
        ],
        "verification_deposits": find_settlement_lines(case),
        "next_look_at": None if case.next_look_at is None else print_time(case.next_look_at),
        "reference": case.reference,
        "trail": [print_entry(entry) for entry in case.trail],
    }


def print_entry(entry: TrailEntry) -> Document:
    return {
        "seq": entry.seq,
        "at": print_time(entry.at),
        "event": entry.event,
        "actor": entry.actor,
        "from": None if entry.from_state is None else entry.from_state.value,
        "to": entry.to_state.value,
        "detail": dict(entry.detail),
        "hash": entry.hash,
    }


def print_cases(cases: Iterable[Case]) -> Document:
    """``recovery.cases/1``."""
    return {"schema": "recovery.cases/1", "cases": [print_case(case) for case in cases]}
