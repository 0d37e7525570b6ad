"""What the scanner finds and how far it came.

Knows: findings, cursors and what one look cost. Must not know: nodes, databases, verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from recovery.chains.meter import Spent
from recovery.chains.scan import Tip, Window
from recovery.model import AddressKey, Amount, AssetId, NetworkCode, Note, TransferKind


class FindingState(StrEnum):
    """``found``: to be looked at. ``opened``: has a case. ``counted``: spam, dust, our own movement: no case,
    the reason says why. ``credited``: the ledger booked it after all. ``gone``: the chain does not
    have it any more."""

    FOUND = "found"
    OPENED = "opened"
    COUNTED = "counted"
    CREDITED = "credited"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Finding:
    """A transfer to an address of ours that the credit ledger does not have.

    ``reason`` is why it is counted only. ``case_id`` is its case. ``block_time`` is None where the scan's
    call did not tell it.
    """

    network: NetworkCode
    tx_hash: str
    position: str
    kind: TransferKind
    asset: AssetId
    amount: Amount
    recipient: AddressKey
    height: int
    block_time: datetime | None = None
    state: FindingState = FindingState.FOUND
    reason: str | None = None
    case_id: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A transfer to a watched key before the records were asked: what one look brings home.

    ``index`` is its place in the evidence, None where only a sight was taken.
    """

    finding: Finding
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a track was looked through, that height included.

    ``block_time`` is the time of the newest tip that it has reached; None while it never was at one.
    """

    height: int
    token: str = ""
    block_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one job saw: a window, or some pages of one address.

    ``covered`` None: the nodes have not what the pass takes. ``done`` is False where an address has
    more pages; ``token`` is where they begin. ``unread`` are transactions that name us, show no transfer to us,
    and could not be read whole.
    """

    covered: Window | None
    seen: tuple[Seen, ...]
    looked_at: int
    methods: tuple[str, ...]
    gaps: tuple[Note, ...]
    sources: tuple[str, ...]
    spent: Spent
    token: str = ""
    done: bool = True
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class Walk:
    """What became of one pass over its range. ``unread`` are hashes, each once."""

    name: str
    first: int
    last: int
    reached: int | None = None
    looked_at: int = 0
    hits: int = 0
    findings: int = 0
    credited: int = 0
    methods: tuple[str, ...] = ()
    gaps: tuple[Note, ...] = ()
    sources: tuple[str, ...] = ()
    unread: dict[str, None] = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    error: str | None = None

    @property
    def is_covered(self) -> bool:
        return self.reached is not None and self.reached >= self.last


@dataclass(slots=True)
class Opened:
    """What became of findings: cases by cause, what was only counted by reason, what still waits."""

    cases: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    credited: int = 0
    gone: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    case_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class ScanReport:
    """One run over one network. ``notes`` say what a reader must know, such as where a first run began."""

    network: NetworkCode
    tip: Tip
    walks: list[Walk] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    opened: Opened = field(default_factory=Opened)
    seconds: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether every pass that the nodes can do reached its end."""
        return all(walk.error is None for walk in self.walks)
