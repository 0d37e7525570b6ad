"""What a classification says: the cause, what can be done, and why.

Knows: the closed sets of the outer contract. Must not know: how they are decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from recovery.model import Amount, Note


class Cause(StrEnum):
    """Every primary cause, in the decision order of docs/causes.md."""

    HASH_NOT_FOUND = "hash_not_found"
    TESTNET = "testnet"
    PENDING_IN_MEMPOOL = "pending_in_mempool"
    REPLACED_OR_DROPPED = "replaced_or_dropped"
    TRANSACTION_FAILED = "transaction_failed"
    AWAITING_CONFIRMATIONS = "awaiting_confirmations"
    ALREADY_CREDITED = "already_credited"
    DUPLICATE_CLAIM = "duplicate_claim"
    MEMO_OF_OTHER_USER = "memo_of_other_user"
    ADDRESS_OF_OTHER_USER = "address_of_other_user"
    OWN_MOVEMENT = "own_movement"
    WITHDRAWAL_NOT_DEPOSIT = "withdrawal_not_deposit"
    SENT_TO_TOKEN_CONTRACT = "sent_to_token_contract"
    DUST_OR_POISONING = "dust_or_poisoning"
    ADDRESS_NOT_OURS = "address_not_ours"
    TAINTED_SOURCE = "tainted_source"
    COMPLIANCE_HOLD = "compliance_hold"
    COUNTERFEIT_TOKEN = "counterfeit_token"
    NFT = "nft"
    WRONG_NETWORK_SAME_KEY = "wrong_network_same_key"
    WRONG_NETWORK_CONTRACT_ADDRESS = "wrong_network_contract_address"
    WRONG_NETWORK_UNSUPPORTED = "wrong_network_unsupported"
    WRONG_NETWORK_SCRIPT = "wrong_network_script"
    WRONG_LAYER = "wrong_layer"
    DELISTED_TOKEN = "delisted_token"
    WRONG_ISSUER = "wrong_issuer"
    TOKEN_NEEDS_CARE = "token_needs_care"
    UNLISTED_TOKEN = "unlisted_token"
    ACCOUNT_CLOSED = "account_closed"
    CLAIMANT_MISMATCH = "claimant_mismatch"
    ADDRESS_RETIRED = "address_retired"
    BOUNCED_WITHDRAWAL = "bounced_withdrawal"
    MEMO_MALFORMED = "memo_malformed"
    MEMO_MISSING = "memo_missing"
    MEMO_UNKNOWN = "memo_unknown"
    SENT_TO_HOT_WALLET = "sent_to_hot_wallet"
    NETWORK_SUSPENDED = "network_suspended"
    BELOW_MINIMUM = "below_minimum"
    TIME_LOCKED = "time_locked"
    PARTIAL_PAYMENT = "partial_payment"
    UNUSUAL_TRANSACTION_TYPE = "unusual_transaction_type"
    BATCHED_TRANSFER = "batched_transfer"
    INTERNAL_TRANSFER = "internal_transfer"
    LISTED_DEPOSIT_MISSED = "listed_deposit_missed"
    NEEDS_REVIEW = "needs_review"


class Recoverability(StrEnum):
    CREDIT = "credit"
    RECOVERABLE = "recoverable"
    CONDITIONAL = "conditional"
    WAIT = "wait"
    NEEDS_INPUT = "needs_input"
    UNRECOVERABLE = "unrecoverable"
    HOLD = "hold"


class Outcome(StrEnum):
    CREDIT = "credit"
    RETURN = "return"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule held: a stable code, a sentence, and the facts it looked at (JSON values)."""

    code: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)


INTERNAL_REASONS: frozenset[str] = frozenset(
    {"contract_elsewhere", "script_elsewhere", "holder_consents"}
)
"""Codes of reasons that only staff may read: a stranger who learns that a contract of ours is not
deployed on a chain, or how a script of ours is spent there, can be faster than we are."""


HOLDERS_CONSENT: frozenset[Cause] = frozenset(
    {Cause.MEMO_OF_OTHER_USER, Cause.ADDRESS_OF_OTHER_USER, Cause.CLAIMANT_MISMATCH}
)
"""Causes that speak of another customer: outsiders never read them, nor what hangs on them."""

INTERNAL_CONDITIONS: frozenset[str] = frozenset({"holder_consent", "holder_debit"})
"""Codes of conditions that tell of another customer, for staff only."""


SENDER_PROOF = "sender_proof"
"""Code of the condition that the claimant is shown to be the sender: by a proof (`recovery.proofs`), or by a
reviewer's word."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate that must hold before money moves; ``text`` says what would meet it."""

    code: str
    met: bool
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict; ``transfer`` is the index in the evidence, None for the whole transaction.

    ``look_again`` is when a ``wait`` is worth looking at again. ``answered`` is True where a
    ``wait`` is closed as answered (``already_credited``). ``user`` is whose deposit the records
    say it is, internal: it is never printed to an outsider. ``amount`` is what arrived in the
    units of the transfer, and of a credit what is booked: never more than the evidence says, less
    where a fee-on-transfer token or a smallest booked step makes it so. None where nothing moves.
    ``holder`` is the customer whose consent would lift a hold, internal like ``user``.
    """

    transfer: int | None
    cause: Cause
    recoverability: Recoverability
    outcome: Outcome
    reasons: tuple[Reason, ...]
    conditions: tuple[Condition, ...] = ()
    needs: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    look_again: datetime | None = None
    answered: bool = False
    user: str | None = None
    amount: Amount | None = None
    holder: str | None = None
