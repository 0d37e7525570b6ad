"""How the proof of one case stands: its senders, what was asked of them, what they answered.

Knows: what is read of store and records for it, and how a case goes on once it is complete. Must not know: how
anything is asked, verified or written (`recovery.proofs.asking`, `recovery.proofs.answering`, `recovery.proofs.depositing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from recovery.cases import casebook
from recovery.cases.changing import Act
from recovery.cases.digest import payment_of
from recovery.cases.opening import apply_check
from recovery.cases.people import DESK
from recovery.cases.table import Event, State
from recovery.cases.values import Case
from recovery.chains.codecs import parse_address
from recovery.checker import Checker
from recovery.classify.results import SENDERS_HIDDEN
from recovery.clock import now
from recovery.errors import BadInput, NotAllowed, SourceError
from recovery.model import AddressKey
from recovery.networks import Network
from recovery.proofs import register, steps
from recovery.proofs.choice import Choice, SenderWay, choose
from recovery.proofs.policy import ProofPolicy
from recovery.proofs.requests import (
    Means,
    ProofAnswer,
    ProofDeposit,
    ProofFile,
    ProofRequest,
    Sender,
)


@dataclass(frozen=True, slots=True)
class ProofView:
    """A case with everything that its proof is made of, as it stands at one moment."""

    checker: Checker = field(repr=False)
    case: Case
    network: Network
    choice: Choice
    file: ProofFile
    payment: str | None
    deposits: tuple[ProofDeposit, ...]
    policy: ProofPolicy
    at: datetime

    def find_open(self, way: SenderWay, means: Means) -> ProofRequest | None:
        """The request of this kind that the sender can still answer."""
        if self.payment is None:
            return None
        return next(
            (
                request
                for request in reversed(self.file.requests)
                if request.means is means
                and request.sender_key == way.sender.key
                and steps.find_usable(
                    self.file,
                    request,
                    payment=self.payment,
                    at=self.at,
                    rule=self.policy.challenge,
                )
                is None
            ),
            None,
        )

    @property
    def proven(self) -> Mapping[AddressKey, ProofAnswer]:
        """The accepted answer of each sender, for the facts as they are."""
        return {} if self.payment is None else self.file.find_proofs(self.payment)


def open_view(checker: Checker, case_id: str, *, at: datetime | None = None) -> ProofView:
    """How the proof of a case stands; writes nothing. Raises `BadInput` for an unknown case."""
    case = casebook.load_case(checker.store, case_id)
    if case.network is None:
        raise NotAllowed(
            "no-proof-asked",
            f"nobody has found the transaction of case {case.id} yet",
            hint="a proof is asked for once the deposit is found",
        )
    network = checker.config.network(case.network)
    policy = checker.proofs
    return ProofView(
        checker=checker,
        case=case,
        network=network,
        choice=_choose(checker, policy, case, network),
        file=register.load_file(checker.store, case.id),
        payment=None if case.subject is None else payment_of(case.subject),
        deposits=register.find_deposits(checker.store, case.id),
        policy=policy,
        at=at or now(),
    )


def _choose(checker: Checker, policy: ProofPolicy, case: Case, network: Network) -> Choice:
    """The choice for the senders that the case's facts name."""
    senders = [read_party(network, text) for text in (case.subject or {}).get("senders", ())]
    keys = {s.key for s in senders if s is not None}
    places = [(network.code, key) for key in keys]
    book = checker.quoter.book
    withdrawn = book.find_withdrawals_to(places)
    hidden = case.verdict is not None and any(
        note["code"] == SENDERS_HIDDEN.code
        for note in case.check["verdicts"][case.verdict]["notes"]
    )
    return choose(
        senders,
        family=network.family,
        cause=case.cause,
        at_most=policy.senders.at_most,
        hidden=hidden,
        own={key for key, found in book.find_addresses(keys).items() if found},
        exchanges={key: found.name for (_, key), found in book.find_exchanges(places).items()},
        many_users={
            key
            for (_, key), found in withdrawn.items()
            if len({w.user for w in found} | ({case.user} if case.user else set())) > 1
        },
        site=checker.config.proof_site,
    )


def require_open(seen: ProofView, event: Event) -> str:
    """The payment that must be proven; raises `NotAllowed` where the case takes no proof now."""
    payment = steps.require_open(seen.case, event)
    steps.require_attempts(seen.case, seen.file, seen.policy.challenge)
    return payment


def read_again(seen: ProofView, case: Case, act: Act, *, payment: str, event: Event) -> ProofFile:
    """The proofs as they are under the case's lock; raises `NotAllowed` where the facts moved on."""
    assert act.session is not None
    file = register.read_file(act.session, case.id)
    if steps.require_open(case, event) != payment:
        raise NotAllowed(
            "proof-void", f"case {case.id} is about other facts now", hint="ask for a new proof"
        )
    steps.require_attempts(case, file, seen.policy.challenge)
    return file


def way_of(seen: ProofView, key: AddressKey, address: str) -> SenderWay:
    way = seen.choice.way_of(key)
    if way is None:
        raise NotAllowed(
            "not-a-sender",
            f"{address[:120]} did not send the deposit of case {seen.case.id}",
            hint=f"its senders: recovery prove {seen.case.id}",
        )
    return way


def read_party(network: Network, text: str | None) -> Sender | None:
    """A party as the facts of a case spell it: an address, or ``key:scheme:payload`` without one."""
    if text is None or text == "key:None":
        return None
    if text.startswith("key:"):
        return Sender(None, AddressKey.from_text(text.removeprefix("key:")))
    parsed = parse_address(network, text)
    return Sender(parsed.text, parsed.key, parsed.form)


def look_again(seen: ProofView) -> ProofView:
    """Where the proof brought the case to ``checking``, lead it on; else show it as it is."""
    if seen.case.state is not State.CHECKING:
        return seen
    try:
        check = seen.checker.recheck(seen.case)
    except (
        SourceError,
        BadInput,
    ):  # the proof is stored: the next look at the case leads it on
        return seen
    apply_check(
        seen.checker.store,
        seen.case.id,
        check,
        actor=DESK,
        needs_wallet=seen.checker.needs_wallet,
        at=seen.at,
    )
    return open_view(seen.checker, seen.case.id, at=seen.at)


WHY = {
    "no-open-challenge": "nothing was asked of this sender",
    "proof-void": "what was paid to whom has changed since it was asked",
    "proof-given": "this challenge was answered already",
    "proof-expired": "the time for it ran out",
    "too-many-attempts": "it has had all its attempts",
}
