"""By how much a balance rose, where a token's own event is no measure: asked, kept, recalled.

Knows: which transfers are doubtful, and how the answer is kept beside the others. Must not know: how a
chain is asked, what follows from a rise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal

from recovery.chains import load_family
from recovery.chains.family import RawTx, Received
from recovery.checks import Found
from recovery.classify.facts import Facts
from recovery.classify.gather import Subject
from recovery.classify.results import show
from recovery.config import Config
from recovery.errors import SourceError
from recovery.model import Amount, TransferKind
from recovery.quoting import nodes_for
from recovery.triage import Nodes, readable

_KEPT = "received"


def fetch_measures(
    config: Config, nodes: Nodes, subject: Subject, facts: Sequence[Facts]
) -> Mapping[int, Received]:
    """The rise per index of the doubtful transfers; nothing where no node can say."""
    doubtful = [f.transfer for f in facts if f.transfer is not None and _is_doubtful(f)]
    if not doubtful or subject.found is None or subject.found.testnet:
        return {}
    evidence = subject.found.evidence
    network = config.network(evidence.network)
    family = load_family(network.family)
    if family.fetch_received is None:
        return {}
    for node in nodes_for(nodes, subject.found, network):
        try:
            with readable(node):
                return family.fetch_received(network, node, evidence, doubtful)
        except SourceError:
            continue
    return {}


def keep_measures(found: Found, received: Mapping[int, Received]) -> Found:
    """The same with the measures among its answers, so that the same facts can be told again."""
    kept = {str(index): show(rise.amount) for index, rise in received.items()}
    raw = dataclasses.replace(found.raw, answers={**found.raw.answers, _KEPT: kept})
    return dataclasses.replace(found, raw=raw)


def recall_measures(raw: RawTx) -> dict[int, Received]:
    """What was measured when the answers were fetched."""
    kept: Mapping[str, str] = raw.answers.get(_KEPT) or {}
    return {int(index): Received(_read_kept(amount)) for index, amount in kept.items()}


def _is_doubtful(facts: Facts) -> bool:
    """A delivered token whose own event does not suffice: unlisted, or flagged."""
    transfer = facts.transfer
    if transfer is None or transfer.kind is not TransferKind.TOKEN or facts.native:
        return False
    plain = facts.view.accepted and not facts.view.care
    return transfer.succeeded and not plain


def _read_kept(text: str) -> Amount:
    return Decimal(text) if "." in text else int(text)
