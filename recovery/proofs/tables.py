"""The tables of sender proofs.

Knows: columns, keys, and which keys decide races. Must not know: what any of it means. The DDL
stands in ``recovery/migrations/versions/0004_proofs.py``, and a test compares the two.

No row is ever changed or deleted: the trail of the case holds the sha-256 of each
(`recovery.proofs.register.seal_of`), and `recovery audit` compares them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Text
from sqlmodel import Field, SQLModel

import recovery.cases.tables  # noqa: F401  rows here name cases: without it no statement can be made
from recovery.model import Amount
from recovery.store import AmountText


class ProofRequestRow(SQLModel, table=True):
    """What one sender was asked for: `SignatureRequest` or `DepositRequest`, by ``means``.

    ``text`` and ``nonce`` are a challenge's; ``recipient``, ``memo`` and ``amount`` a verification
    deposit's. ``payment`` is the hash of what was paid to whom when it was asked.
    """

    __tablename__ = "proof_requests"
    __table_args__ = (
        Index("proof_requests_by_case", "case_id"),
        Index("proof_requests_by_recipient", "recipient_key", "network"),
    )

    id: str = Field(primary_key=True)
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), nullable=False))
    means: str
    network: str
    sender: str | None
    sender_key: str
    payment: str
    actor: str
    issued_at: datetime
    expires_at: datetime
    text: str | None = Field(sa_column=Column(Text))
    nonce: str | None = Field(unique=True)
    recipient: str | None
    recipient_key: str | None
    memo: str | None
    amount: Amount | None = Field(sa_column=Column(AmountText))


class ProofAnswerRow(SQLModel, table=True):
    """One answer, accepted or refused, as it was handed in: enough to verify it again years later.

    ``answer`` is canonical JSON. ``refused`` is the reference of the refusal, None where it was accepted;
    ``reviewer`` why a person must still decide. ``fulfils`` is the request that an accepted answer
    fulfils: unique, so that one request is answered once, whatever races.
    """

    __tablename__ = "proof_answers"
    __table_args__ = (Index("proof_answers_by_case", "case_id"),)

    id: str = Field(primary_key=True)
    request_id: str = Field(
        sa_column=Column(String, ForeignKey("proof_requests.id"), nullable=False)
    )
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), nullable=False))
    seq: int
    at: datetime
    actor: str
    scheme: str
    answer: str = Field(sa_column=Column(Text, nullable=False))
    refused: str | None
    reviewer: str | None
    fulfils: str | None = Field(unique=True)


class ProofDepositRow(SQLModel, table=True):
    """A transfer that served as a verification deposit: the key is the transfer, so it serves once.

    ``follows_case``: nobody else books it, so that it is paid out with its case. ``seq`` is the
    trail's entry that took it.
    """

    __tablename__ = "proof_deposits"
    __table_args__ = (
        Index("proof_deposits_by_case", "case_id"),
        Index("proof_deposits_by_transaction", "tx_hash"),
    )

    network: str = Field(primary_key=True)
    tx_hash: str = Field(primary_key=True)
    position: str = Field(primary_key=True)
    answer_id: str = Field(sa_column=Column(String, ForeignKey("proof_answers.id"), nullable=False))
    case_id: str = Field(sa_column=Column(String, ForeignKey("cases.id"), nullable=False))
    seq: int
    amount: Amount = Field(sa_column=Column(AmountText, nullable=False))
    follows_case: bool
