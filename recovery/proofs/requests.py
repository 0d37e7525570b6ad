"""What is asked of a sender and what came back, as values. Pure.

Knows: shapes, and which payment a proof is bound to. Must not know: schemes, stores, nodes, clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from recovery.model import AddressKey, Amount, NetworkCode


class Means(StrEnum):
    """How control of an address is shown."""

    SIGNATURE = "signature"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Sender:
    """One distinct sender of a deposit; ``address`` is None where the chain gives only a script.

    ``form`` is the spelling's name in the registry (``p2pkh``, ``bech32``…), empty without an address.
    """

    address: str | None
    key: AddressKey
    form: str = ""


@dataclass(frozen=True, slots=True)
class ProofRequest:
    """What one sender was asked for, once, in one case.

    Of a signature: ``text`` is exactly what must be signed, ``nonce`` what makes it this one. Of a
    verification deposit: ``amount`` base units of the network's own coin to ``recipient`` (with
    ``memo`` where one is stated). ``payment`` says for which facts (`recovery.cases.digest.payment_of`).
    """

    id: str
    case_id: str
    means: Means
    network: NetworkCode
    sender: str | None
    sender_key: AddressKey
    payment: str
    actor: str
    issued_at: datetime
    expires_at: datetime
    text: str | None = None
    nonce: str | None = None
    recipient: str | None = None
    recipient_key: AddressKey | None = None
    memo: str | None = None
    amount: Amount | None = None

    @property
    def name(self) -> str:
        """The sender as people call it."""
        return self.sender or str(self.sender_key)


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    """One answer to a request. ``refused`` is the reference of the refusal; None: it was accepted.

    ``answer`` is what was handed in, as JSON values. ``reviewer`` says why a person must still decide,
    though the answer is right; None where it proves the sender by itself. ``seq`` is the trail's entry.
    """

    id: str
    request_id: str
    case_id: str
    seq: int
    at: datetime
    actor: str
    scheme: str
    answer: Mapping[str, Any]
    refused: str | None = None
    reviewer: str | None = None


@dataclass(frozen=True, slots=True)
class ProofDeposit:
    """A transfer that served as a verification deposit; it serves once, for one case.

    ``follows_case``: it is paid out together with its case. Where False, its memo names the
    customer, and the ordinary deposit system books it.
    """

    network: NetworkCode
    tx_hash: str
    position: str
    answer_id: str
    case_id: str
    seq: int
    amount: Amount
    follows_case: bool


@dataclass(frozen=True, slots=True)
class ProofFile:
    """Everything asked and answered in one case, oldest first."""

    requests: tuple[ProofRequest, ...] = ()
    answers: tuple[ProofAnswer, ...] = ()

    def answers_to(self, request: ProofRequest) -> tuple[ProofAnswer, ...]:
        return tuple(a for a in self.answers if a.request_id == request.id)

    def accepted(self, request: ProofRequest) -> ProofAnswer | None:
        """The answer that fulfilled it."""
        return next((a for a in self.answers_to(request) if a.refused is None), None)

    def refusals(self, request: ProofRequest | None = None) -> int:
        """Refused answers to one request, or in the whole case."""
        among = self.answers if request is None else self.answers_to(request)
        return sum(1 for answer in among if answer.refused is not None)

    def find_proofs(self, payment: str) -> dict[AddressKey, ProofAnswer]:
        """The accepted answer of each sender that is proven for these facts; a proof that stands by
        itself goes before one that a reviewer must look at."""
        found: dict[AddressKey, ProofAnswer] = {}
        for request in self.requests:
            answer = self.accepted(request)
            if answer is None or request.payment != payment:
                continue
            known = found.get(request.sender_key)
            if known is None or known.reviewer is not None:
                found[request.sender_key] = answer
        return found
