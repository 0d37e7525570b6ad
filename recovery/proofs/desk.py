"""The use-cases of sender proofs, in one place for commands, the service and the scanner.

    open_view(checker, case_id)                       how the proof stands; writes nothing
    ask(checker, case_id, actor=…)                    challenges, or with deposit=True odd amounts
    answer_with_signature(checker, case_id, …)        a signature over an open challenge
    answer_with_deposit(checker, case_id, hash, …)    a transaction as the verification deposit
    find_open_requests(store, evidence, since=…)      for the scanner: whose deposit may this be

Every step is one transaction on the case: its trail, the rows of the proof and what follows from them are
written together or not at all. The same answer handed in twice is accepted once and shown again.
"""

from __future__ import annotations

from recovery.proofs.answering import answer_with_signature
from recovery.proofs.asking import ask
from recovery.proofs.depositing import answer_with_deposit
from recovery.proofs.register import find_open_requests
from recovery.proofs.view import ProofView, open_view

__all__ = [
    "ProofView",
    "answer_with_deposit",
    "answer_with_signature",
    "ask",
    "find_open_requests",
    "open_view",
]
