"""The proofs in the database: what was asked and answered, and which transfers served.

Knows: statements, keys, stored forms. Must not know: what is asked for or why. Functions that take a
session run inside the caller's transaction. Nothing is ever changed or deleted: the trail of the case
names every row with its hash (`seals_of`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from recovery.cases.digest import canonical
from recovery.cases.seals import seal_row
from recovery.model import AddressKey, Evidence, NetworkCode
from recovery.proofs.requests import Means, ProofAnswer, ProofDeposit, ProofFile, ProofRequest
from recovery.proofs.tables import ProofAnswerRow, ProofDepositRow, ProofRequestRow
from recovery.store import Store, find_table

Row = dict[str, Any]


def load_file(store: Store, case_id: str) -> ProofFile:
    """Everything asked and answered in one case."""
    with store.read() as session:
        return read_file(session, case_id)


def read_file(session: Session, case_id: str) -> ProofFile:
    """`load_file` inside a transaction."""
    asked = select(ProofRequestRow).where(col(ProofRequestRow.case_id) == case_id)
    given = select(ProofAnswerRow).where(col(ProofAnswerRow.case_id) == case_id)
    requests = session.exec(asked.order_by(col(ProofRequestRow.issued_at), col(ProofRequestRow.id)))
    answers = session.exec(given.order_by(col(ProofAnswerRow.seq), col(ProofAnswerRow.id)))
    return ProofFile(tuple(map(_read_request, requests)), tuple(map(_read_answer, answers)))


def write_request(request: ProofRequest) -> Row:
    """The row of a request."""
    recipient_key = request.recipient_key
    return {
        "id": request.id,
        "case_id": request.case_id,
        "means": request.means.value,
        "network": str(request.network),
        "sender": request.sender,
        "sender_key": str(request.sender_key),
        "payment": request.payment,
        "actor": request.actor,
        "issued_at": request.issued_at,
        "expires_at": request.expires_at,
        "text": request.text,
        "nonce": request.nonce,
        "recipient": request.recipient,
        "recipient_key": None if recipient_key is None else str(recipient_key),
        "memo": request.memo,
        "amount": request.amount,
    }


def write_answer(answer: ProofAnswer) -> Row:
    """The row of an answer."""
    return {
        "id": answer.id,
        "request_id": answer.request_id,
        "case_id": answer.case_id,
        "seq": answer.seq,
        "at": answer.at,
        "actor": answer.actor,
        "scheme": answer.scheme,
        "answer": canonical(dict(answer.answer)),
        "refused": answer.refused,
        "reviewer": answer.reviewer,
        "fulfils": answer.request_id if answer.refused is None else None,
    }


def write_deposit(deposit: ProofDeposit) -> Row:
    """The row of a transfer that served."""
    return {
        "network": str(deposit.network),
        "tx_hash": deposit.tx_hash,
        "position": deposit.position,
        "answer_id": deposit.answer_id,
        "case_id": deposit.case_id,
        "seq": deposit.seq,
        "amount": deposit.amount,
        "follows_case": deposit.follows_case,
    }


_TABLES: Mapping[type, tuple[type[SQLModel], Any]] = {
    ProofRequest: (ProofRequestRow, write_request),
    ProofAnswer: (ProofAnswerRow, write_answer),
    ProofDeposit: (ProofDepositRow, write_deposit),
}

Kept = ProofRequest | ProofAnswer | ProofDeposit


def seals_of(*kept: Kept) -> dict[str, str]:
    """``{"table/key": sha-256}`` of what a step writes, for its entry in the trail."""
    seals = {}
    for one in kept:
        model, write = _TABLES[type(one)]
        row = write(one)
        key = " ".join(str(row[c.name]) for c in find_table(model).primary_key.columns)
        seals[f"{model.__tablename__}/{key}"] = seal_row(row)
    return seals


def insert(session: Session, *kept: Kept) -> None:
    """Write them, in this order. A lost race raises ``IntegrityError``: the request is fulfilled, or the
    transfer has served."""
    for one in kept:
        model, write = _TABLES[type(one)]
        session.connection().execute(sa.insert(find_table(model)), [write(one)])


def find_open_amounts(
    session: Session, network: NetworkCode, recipient_key: AddressKey, *, at: datetime
) -> set[int]:
    """Amounts that somebody may still send to this recipient as a verification deposit."""
    query = select(ProofRequestRow).where(
        col(ProofRequestRow.recipient_key) == str(recipient_key),
        col(ProofRequestRow.network) == network,
        col(ProofRequestRow.expires_at) > at,
    )
    return {row.amount for row in session.exec(query) if isinstance(row.amount, int)}


def find_served(session: Session, network: NetworkCode, tx_hash: str) -> dict[str, str]:
    """Positions of this transaction that served already, with the case of each."""
    query = select(ProofDepositRow.position, ProofDepositRow.case_id).where(
        col(ProofDepositRow.network) == network, col(ProofDepositRow.tx_hash) == tx_hash
    )
    return {row[0]: row[1] for row in session.exec(query)}


def find_deposits(store: Store, case_id: str) -> tuple[ProofDeposit, ...]:
    """The transfers that served one case, in the order they were taken."""
    query = select(ProofDepositRow).where(col(ProofDepositRow.case_id) == case_id)
    with store.read() as session:
        found = session.exec(
            query.order_by(col(ProofDepositRow.seq), col(ProofDepositRow.position))
        )
        return tuple(
            ProofDeposit(
                network=NetworkCode(row.network),
                tx_hash=row.tx_hash,
                position=row.position,
                answer_id=row.answer_id,
                case_id=row.case_id,
                seq=row.seq,
                amount=row.amount,
                follows_case=row.follows_case,
            )
            for row in found
        )


def find_open_requests(
    store: Store, evidence: Evidence, *, since: datetime
) -> tuple[ProofRequest, ...]:
    """Requests for a verification deposit that a transfer of this transaction may be the answer to.

    By recipient, amount and sender; unanswered, and not ended before ``since``. Whether it is the answer is
    decided by `recovery.proofs.desk.answer_with_deposit` alone, which asks the node itself.
    """
    wanted: dict[str, set[int]] = {}
    for transfer in evidence.transfers:
        if transfer.recipient.key is not None and isinstance(transfer.amount, int):
            wanted.setdefault(str(transfer.recipient.key), set()).add(transfer.amount)
    answered = sa.exists().where(col(ProofAnswerRow.fulfils) == col(ProofRequestRow.id))
    found = []
    with store.read() as session:
        for key, amounts in wanted.items():
            query = select(ProofRequestRow).where(
                col(ProofRequestRow.recipient_key) == key,
                col(ProofRequestRow.network) == evidence.network,
                col(ProofRequestRow.means) == Means.DEPOSIT.value,
                col(ProofRequestRow.expires_at) >= since,
                ~answered,
            )
            asked = map(_read_request, session.exec(query.order_by(col(ProofRequestRow.id))))
            found += [request for request in asked if request.amount in amounts]
    return tuple(r for r in found if _sends(evidence, r))


def _sends(evidence: Evidence, request: ProofRequest) -> bool:
    return any(
        transfer.recipient.key == request.recipient_key
        and transfer.amount == request.amount
        and any(party.key == request.sender_key for party in transfer.senders)
        for transfer in evidence.transfers
    )


def _read_request(row: ProofRequestRow) -> ProofRequest:
    recipient_key = row.recipient_key
    return ProofRequest(
        id=row.id,
        case_id=row.case_id,
        means=Means(row.means),
        network=NetworkCode(row.network),
        sender=row.sender,
        sender_key=AddressKey.from_text(row.sender_key),
        payment=row.payment,
        actor=row.actor,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        text=row.text,
        nonce=row.nonce,
        recipient=row.recipient,
        recipient_key=None if recipient_key is None else AddressKey.from_text(recipient_key),
        memo=row.memo,
        amount=row.amount,
    )


def _read_answer(row: ProofAnswerRow) -> ProofAnswer:
    return ProofAnswer(
        id=row.id,
        request_id=row.request_id,
        case_id=row.case_id,
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        scheme=row.scheme,
        answer=json.loads(row.answer),
        refused=row.refused,
        reviewer=row.reviewer,
    )
