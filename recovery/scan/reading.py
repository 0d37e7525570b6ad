"""From hits to transfers to us: by what a call already showed, else by the evidence, on triage's own path.

Knows: how evidence is asked for in batches, and that what could not be read is told. Must not know: how hits were
found, cursors, findings' fate.

A hit is a lost deposit unless something is said of it: a recipient that could not be named is an error of the
look, and a transaction that names us and could not be read whole is counted and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from recovery.chains.family import Absent
from recovery.chains.scan import Hit
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.errors import SourceError, Unhealthy, Unreachable
from recovery.model import Evidence, Gap, TxStatus
from recovery.networks import Network
from recovery.othernames import name_recipients
from recovery.records.book import Book
from recovery.scan.values import Finding, Seen
from recovery.scan.watchset import WatchSet
from recovery.triage import Answer, ask_network

EVIDENCE_AT_ONCE = 100

ROUNDS = 4
"""How often all endpoints are tried before a look gives up; the waits between double."""

FIRST_WAIT_SECONDS = 0.5

_HIDES_TRANSFERS = frozenset({Gap.INTERNAL_TRANSFERS, Gap.AMOUNT})


@dataclass(frozen=True, slots=True)
class EvidenceSource:
    """Whom evidence is asked of, and by what our addresses are known."""

    network: Network
    nodes: Sequence[Node]
    watch: WatchSet
    book: Book
    rest: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Told:
    """Transfers to watched keys; ``unread`` are the transactions that name one, show no transfer to it, and could
    not be read whole."""

    seen: tuple[Seen, ...]
    unread: tuple[str, ...]


def read_hits(source: EvidenceSource, hits: Iterable[Hit]) -> Told:
    """The transfers behind hits: by their sights, or by the evidence where one has none.

    Raises `SourceError` where the evidence, or whose a recipient is, could not be asked.
    """
    bare: dict[str, Hit] = {}
    sighted: list[Hit] = []
    for hit in hits:
        if hit.sight is None:
            bare[hit.tx_hash] = hit
        else:
            sighted.append(hit)
    seen = [_read_sight(source.network, hit) for hit in sighted if hit.tx_hash not in bare]
    unread: list[str] = []
    asked: set[str] = set()
    while bare:
        asked |= set(bare)
        further: dict[str, Hit] = {}
        for hit, evidence in _ask_evidence(source, list(bare.values())):
            pointed = _find_pointed(source, evidence)
            for place in pointed - asked:
                further[place] = Hit(place, hit.height, hit.time)
            found = list(_read_evidence(source, hit, evidence))
            seen += found
            if not (found or pointed or evidence.gaps.isdisjoint(_HIDES_TRANSFERS)):
                unread.append(evidence.tx_hash)
        bare = further
    return Told(tuple(seen), tuple(unread))


def _ask_evidence(source: EvidenceSource, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Evidence]]:
    for start in range(0, len(hits), EVIDENCE_AT_ONCE):
        part = hits[start : start + EVIDENCE_AT_ONCE]
        answers: dict[str, Answer] = {}
        wait = FIRST_WAIT_SECONDS
        for attempt in range(ROUNDS):
            open_ones = [h.tx_hash for h in part if not isinstance(answers.get(h.tx_hash), Found)]
            told = ask_network(source.network, source.nodes, open_ones)
            answers |= dict(zip(open_ones, told, strict=True))
            if all(isinstance(answer, Found) for answer in answers.values()):
                break
            if attempt < ROUNDS - 1:
                source.rest(wait)
                wait *= 2
        for hit in part:
            answer = answers[hit.tx_hash]
            if isinstance(answer, SourceError):
                raise answer
            if isinstance(answer, Absent):
                raise Unhealthy(
                    "source-unhealthy",
                    f"{answer.source} lists {hit.tx_hash} in a block and does not know it",
                )
            yield hit, _name(source, answer)


def _name(source: EvidenceSource, found: Found) -> Evidence:
    """The evidence under the names that the book knows; raises where one of them could not be asked for.

    Left as it is such a recipient is neither ours nor not ours, and its deposit would be passed over.
    """
    named = name_recipients(
        found, network=source.network, nodes=source.nodes, book=source.book, claimed=(), most=None
    ).evidence
    for before, after in zip(found.evidence.transfers, named.transfers, strict=True):
        if after.recipient.key is None is not before.recipient.key:
            raise Unreachable(
                "source-unreachable",
                f"{source.network.code}: nobody could say by which other names {after.recipient.address}"
                f" is known, which {named.tx_hash} paid",
            )
    return named


def _find_pointed(source: EvidenceSource, evidence: Evidence) -> set[str]:
    """Other transactions under which transfers to us have their key (of one TON trace)."""
    keys = {t.recipient.key for t in evidence.transfers if t.tx_hash and t.recipient.key}
    held = source.watch.find_held([key for key in keys if key is not None])
    return {t.tx_hash for t in evidence.transfers if t.tx_hash and t.recipient.key in held}


def _read_evidence(source: EvidenceSource, hit: Hit, evidence: Evidence) -> Iterator[Seen]:
    network = source.network
    if evidence.status not in (TxStatus.CONFIRMED, TxStatus.FAILED):
        raise Unhealthy(
            "source-unhealthy",
            f"{network.code}: {hit.tx_hash} is in a final block and {evidence.status} elsewhere",
        )
    keys = {t.recipient.key for t in evidence.transfers if t.recipient.key is not None}
    held = source.watch.find_held(keys)
    block = evidence.block
    for transfer in evidence.transfers:
        key = transfer.recipient.key
        if key not in held or key is None or not transfer.succeeded or transfer.tx_hash:
            continue
        finding = Finding(
            network=network.code,
            tx_hash=evidence.tx_hash,
            position=transfer.position,
            kind=transfer.kind,
            asset=transfer.asset,
            amount=transfer.amount,
            recipient=key,
            height=hit.height if block is None else block.height,
            block_time=hit.time if block is None or block.time is None else block.time,
        )
        yield Seen(finding, transfer.index)


def _read_sight(network: Network, hit: Hit) -> Seen:
    assert hit.sight is not None
    return Seen(
        Finding(
            network=network.code,
            tx_hash=hit.tx_hash,
            position=hit.sight.position,
            kind=hit.sight.kind,
            asset=hit.sight.asset,
            amount=hit.sight.amount,
            recipient=hit.sight.recipient,
            height=hit.height,
            block_time=hit.time,
        )
    )
