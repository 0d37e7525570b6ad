"""The digest beside the evidence: field by field, what a signature binds to and what the chain shows.

Knows: which fields `recovery.cases.digest` covers. Must not know: HTTP, HTML, stores. Staff alone read this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recovery.cases.digest import digest_of
from recovery.cases.values import Case

_ORDER = (
    "network",
    "tx_hash",
    "position",
    "block_hash",
    "final",
    "asset",
    "amount",
    "booked",
    "recipient",
    "memo",
    "senders",
    "cause",
)
"""As `recovery.cases.digest.subject_of` names them; what it may add later comes after."""


@dataclass(frozen=True, slots=True)
class Field:
    """``signed`` is in the digest, ``seen`` in the evidence of the last check; None: not there."""

    name: str
    signed: str | None
    seen: str | None
    compared: bool = True

    @property
    def differs(self) -> bool:
        return self.compared and self.signed != self.seen


def list_fields(case: Case) -> tuple[Field, ...]:
    """Everything the digest covers, the chain's part first; empty where nothing was found yet."""
    if case.subject is None:
        return ()
    return (*_subject_fields(case, case.subject), *_terms(case))


def is_digest_of_facts(case: Case) -> bool | None:
    """Whether the case's digest is that of its facts, destination and quote; None without a digest."""
    if case.digest is None or case.subject is None:
        return None
    return digest_of(case.subject, case.destination, case.quote) == case.digest


def _subject_fields(case: Case, subject: Mapping[str, Any]) -> Iterator[Field]:
    seen = _seen(case)
    named = sorted(subject, key=lambda name: ((*_ORDER, name)).index(name))
    for name in named:
        value = subject[name]
        compared = name in seen
        yield Field(name, _text(value), _text(seen.get(name)), compared)


def _seen(case: Case) -> dict[str, Any]:
    """The subject's fields as the evidence of the last check has them.

    Parties without an address stand in the digest by their key, which evidence does not print.
    """
    evidence = case.check["evidence"]
    if evidence is None or case.transfer is None:
        return {}
    transfer = next((t for t in evidence["transfers"] if t["index"] == case.transfer), None)
    if transfer is None:
        return {}
    block = evidence["block"]
    fields = {
        "network": evidence["network"],
        "tx_hash": transfer.get("tx_hash", evidence["tx_hash"]),
        "position": transfer["position"],
        "block_hash": None if block is None else block["hash"],
        "final": evidence["final"],
        "asset": transfer["asset"],
        "amount": transfer["amount"],
        "memo": transfer["memo"],
        "cause": None if case.verdict is None else case.check["verdicts"][case.verdict]["cause"],
    }
    if transfer["recipient"] is not None:
        fields["recipient"] = transfer["recipient"]
    if transfer["senders"]:
        fields["senders"] = sorted(transfer["senders"])
    return fields


def _terms(case: Case) -> Iterator[Field]:
    going = case.destination
    if going is not None:
        yield Field("destination", going.kind, None, compared=False)
        yield Field("destination address", going.address, None, compared=False)
        yield Field("destination memo", going.memo, None, compared=False)
        if going.user is not None:
            yield Field("credited user", going.user, None, compared=False)
    quote = case.quote
    if quote is None:
        yield Field("quote", None, None, compared=False)
        return
    for line in quote["lines"]:
        value = f"{line['amount']} ({line['value']} {quote['currency']})"
        yield Field(f"quote: {line['code']}", value, None, compared=False)
    for name in ("gross", "net"):
        yield Field(f"quote: {name}", quote[name]["amount"], None, compared=False)
    price = f"{quote['price']['value']} {quote['currency']} ({quote['price']['source']})"
    yield Field("quote: price", price, None, compared=False)
    yield Field("quote: policy", quote["policy"], None, compared=False)
    yield Field("quote: expires at", quote["expires_at"], None, compared=False)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    if isinstance(value, dict):
        return f"{value['kind']}: {value['value']}"
    return str(value)
