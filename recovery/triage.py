"""Which networks can this hash be on? Ask them all at once; keep found, absent and unreachable apart.

Knows: the order of endpoints, when an absence counts, when another network is asked. Must not
know: what evidence means for the customer, nor how any chain is asked.

The rule of absence: a network says *absent* when at least one healthy endpoint says so and none
knows the hash; one endpoint's "unknown" does not end the search while another is configured.
A network none of whose endpoints was healthy is *unreachable*, one without endpoints *not asked*.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from recovery.chains import FAMILIES, FAMILY_APIS, load_family
from recovery.chains.codecs import HashReading, find_networks_for_hash
from recovery.chains.family import Absent, Family, FetchOutcome, RawTx
from recovery.chains.source import Node, Pace
from recovery.checks import Found, Search, UnreachableNetwork
from recovery.config import Config, EndpointConfig
from recovery.errors import BadInput, Garbled, SourceError, Unreachable
from recovery.model import Evidence, NetworkCode, Note, Transfer
from recovery.networks import Network, load_registry

Answer = Found | Absent | SourceError

_SHAPE_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Nodes:
    """The nodes of one configuration: made when first asked, kept while the process lives.

    With a ``pace`` their limits hold for all processes that share it.
    """

    def __init__(self, config: Config, *, pace: Pace | None = None) -> None:
        self.config = config
        self._pace = pace
        self._made: dict[tuple[str, bool], tuple[Node, ...]] = {}
        self._lock = threading.Lock()

    def of(self, network: Network, *, testnet: bool = False) -> tuple[Node, ...]:
        """The network's endpoints in the configured order; raises `BadInput` for a missing secret."""
        with self._lock:
            key = (network.code, testnet)
            if key not in self._made:
                section = self.config.of(network)
                chosen = section.testnet_endpoints if testnet else section.endpoints
                self._made[key] = tuple(self._make(network, endpoint) for endpoint in chosen)
            return self._made[key]

    def _make(self, network: Network, endpoint: EndpointConfig) -> Node:
        section = self.config.of(network)
        return Node(
            network=network.code,
            url=endpoint.url,
            api=endpoint.api or FAMILY_APIS[network.family][0],
            timeout_seconds=section.timeout_seconds,
            requests_per_second=section.requests_per_second,
            headers=section.secret_headers(network.code),
            history=endpoint.history,
            scan_traces=section.scan_traces,
            operator=endpoint.operator,
            pace=self._pace,
        )

    def close(self) -> None:
        for nodes in self._made.values():
            for node in nodes:
                node.close()

    def __enter__(self) -> Nodes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def decode(family: Family, network: Network, raw: RawTx) -> Evidence:
    """The family's decoder; an answer it can't read is the source's failure, never a crash."""
    try:
        return family.decode(network, raw)
    except _SHAPE_ERRORS as wrong:
        raise Garbled(
            "source-garbled", f"{network.code} {raw.source}: the answer can't be read: {wrong!r}"
        ) from wrong


def verify(family: Family, network: Network, raw: RawTx, evidence: Evidence) -> None:
    """Compare evidence with the raw bytes, where the family can; raises `Garbled` where they differ
    or can't be read."""
    if family.verify is None:
        return
    try:
        family.verify(network, raw, evidence)
    except _SHAPE_ERRORS as wrong:
        raise Garbled(
            "source-garbled", f"{network.code} {raw.source}: the bytes can't be read: {wrong!r}"
        ) from wrong


@contextmanager
def readable(node: Node) -> Iterator[None]:
    """Whatever is asked of a node in here: an answer that can't be read is the node's failure."""
    try:
        yield
    except _SHAPE_ERRORS as wrong:
        raise node.garbled(f"the answer can't be read: {wrong!r}") from wrong


def fetch_conditions(
    network: Network,
    node: Node,
    evidence: Evidence,
    transfer: Transfer,
    *,
    destination: str | None,
) -> Mapping[str, bool]:
    """What the node shows of the row's conditions, nothing where the family asks none.

    Raises `SourceError`, with the same guard.
    """
    ask = load_family(network.family).fetch_conditions
    if ask is None:
        return {}
    with readable(node):
        return ask(network, node, evidence, transfer, destination=destination)


def fetch(
    family: Family, network: Network, node: Node, hashes: Sequence[str]
) -> list[FetchOutcome]:
    """The family's fetch, with the same guard; a failure of the whole becomes one per hash."""
    try:
        with readable(node):
            return family.fetch(network, node, hashes)
    except SourceError as failed:
        return [failed] * len(hashes)


def ask_node(network: Network, node: Node, hashes: Sequence[str]) -> list[Answer]:
    """One endpoint's answers, decoded, one per hash."""
    family = load_family(network.family)
    return [_read(family, network, outcome) for outcome in fetch(family, network, node, hashes)]


def _read(family: Family, network: Network, outcome: FetchOutcome) -> Answer:
    if not isinstance(outcome, RawTx):
        return outcome
    try:
        return Found(evidence=decode(family, network, outcome), raw=outcome)
    except SourceError as wrong:
        return wrong


def ask_network(network: Network, nodes: Sequence[Node], hashes: Sequence[str]) -> list[Answer]:
    """One answer per hash after the endpoints were asked in order, as the rule of absence says."""
    answers: list[Answer | None] = [None] * len(hashes)
    failures: list[list[SourceError]] = [[] for _ in hashes]
    can_look_up = load_family(network.family).can_look_up
    for node in nodes:
        open_ones = [
            i
            for i, answer in enumerate(answers)
            if not isinstance(answer, Found)
            and (can_look_up is None or can_look_up(network, node, hashes[i]))
        ]
        if not open_ones:
            continue
        asked = ask_node(network, node, [hashes[i] for i in open_ones])
        for i, answer in zip(open_ones, asked, strict=True):
            if isinstance(answer, SourceError):
                failures[i].append(answer)
            else:
                answers[i] = answer
    return [
        answer if answer is not None else _joined(network, failed)
        for answer, failed in zip(answers, failures, strict=True)
    ]


def _joined(network: Network, failures: Sequence[SourceError]) -> SourceError:
    if len(failures) == 1:
        return failures[0]
    reasons = "; ".join(failure.text for failure in failures)  # each names its network and endpoint
    nobody = f"{network.code}: no endpoint is configured that can find it"
    return Unreachable("source-unreachable", reasons or nobody)


@dataclasses.dataclass(slots=True)
class _Round:
    """What one round of questions over several networks gave."""

    found: list[Found] = dataclasses.field(default_factory=list)
    absent: list[NetworkCode] = dataclasses.field(default_factory=list)
    unreachable: list[UnreachableNetwork] = dataclasses.field(default_factory=list)


def search(text: str, nodes: Nodes, *, named: Network | None = None) -> Search:
    """Look for a hash, as typed, on every configured network whose hash form fits.

    With ``named`` that network is asked first, and the others only where it says absent or can't
    be asked; a hit elsewhere carries the note ``named_network_wrong``. Test networks are asked
    last. Raises `BadInput` where no hash form fits or no fitting network is configured.
    """
    readings = find_networks_for_hash(load_registry(), text)
    config = nodes.config
    rows = {reading.network: config.network(reading.network) for reading in readings}
    ready = [r for r in readings if _can_ask(rows[r.network]) and _able(r, rows, nodes)]
    idle = [r.network for r in readings if r not in ready]
    testable = [r for r in readings if config.of(rows[r.network]).testnet_endpoints]
    if not ready and not testable:
        raise _nothing_configured(readings, named)
    first = [r for r in ready if named is not None and r.network == named.code]
    rest = [r for r in ready if r not in first]
    outcome = _Round()
    if first:
        _ask_all(first, nodes, outcome)
    if not outcome.found:
        _ask_all(rest, nodes, outcome)
        if named is not None:
            outcome.found = [_mark_wrong_network(found, named) for found in outcome.found]
    else:
        idle += [r.network for r in rest]
    if not outcome.found and not outcome.unreachable:
        _ask_testnets(testable, nodes, outcome)
    order = {n.code: i for i, n in enumerate(load_registry().networks)}
    return Search(
        tx_hash=_canonical(readings, outcome, named),
        found=tuple(sorted(outcome.found, key=lambda f: order[f.evidence.network])),
        absent=tuple(sorted(outcome.absent, key=order.__getitem__)),
        unreachable=tuple(sorted(outcome.unreachable, key=lambda u: order[u.network])),
        not_asked=tuple(sorted(idle, key=order.__getitem__)),
    )


def _can_ask(network: Network) -> bool:
    return network.family in FAMILIES


def _able(reading: HashReading, rows: Mapping[NetworkCode, Network], nodes: Nodes) -> bool:
    """Whether an endpoint is configured that can find this spelling."""
    row = rows[reading.network]
    if not nodes.config.of(row).endpoints:
        return False
    can_look_up = load_family(row.family).can_look_up
    if can_look_up is None:
        return True
    return any(can_look_up(row, node, reading.canonical) for node in nodes.of(row))


def _canonical(readings: Sequence[HashReading], outcome: _Round, named: Network | None) -> str:
    if outcome.found:
        return outcome.found[0].evidence.tx_hash
    for reading in readings:
        if named is not None and reading.network == named.code:
            return reading.canonical
    return readings[0].canonical


def _ask_all(readings: Sequence[HashReading], nodes: Nodes, outcome: _Round) -> None:
    if not readings:
        return
    rows = [nodes.config.network(reading.network) for reading in readings]
    for row in rows:
        nodes.of(row)
        load_family(row.family)
    with ThreadPoolExecutor(max_workers=len(readings), thread_name_prefix="triage") as pool:
        answers = pool.map(
            lambda pair: ask_network(pair[0], nodes.of(pair[0]), [pair[1].canonical])[0],
            zip(rows, readings, strict=True),
        )
        for row, answer in zip(rows, answers, strict=True):
            if isinstance(answer, Found):
                outcome.found.append(answer)
            elif isinstance(answer, Absent):
                outcome.absent.append(row.code)
            else:
                outcome.unreachable.append(UnreachableNetwork(row.code, answer.text))


def _ask_testnets(readings: Sequence[HashReading], nodes: Nodes, outcome: _Round) -> None:
    """A hit only on a test network is the cause ``testnet``; a miss there says nothing.

    Asked only where every network answered: else nobody knows that it is *only* there.
    """
    registry = load_registry()
    for reading in readings:
        for row in registry.find_test_rows(registry[reading.network]):
            if not _can_ask(row):
                continue
            answer = ask_network(row, nodes.of(row, testnet=True), [reading.canonical])[0]
            if isinstance(answer, Found):
                outcome.found.append(dataclasses.replace(answer, testnet=True))
                outcome.absent[:] = [code for code in outcome.absent if code != row.code]
                return


def _mark_wrong_network(found: Found, named: Network) -> Found:
    note = Note(
        "named_network_wrong",
        f"the claim names {named.code}; the transaction is on {found.evidence.network}",
    )
    evidence = dataclasses.replace(found.evidence, notes=(*found.evidence.notes, note))
    return dataclasses.replace(found, evidence=evidence)


def _nothing_configured(readings: Sequence[HashReading], named: Network | None) -> BadInput:
    codes = [reading.network for reading in readings]
    asked = named.code if named is not None and named.code in codes else codes[0]
    return BadInput(
        "nothing-configured",
        f"no network that fits this hash has an endpoint that can find it ({', '.join(codes)})",
        hint=f"set [networks.{asked}] endpoints in the configuration",
        where=f"networks.{asked}.endpoints",
    )
