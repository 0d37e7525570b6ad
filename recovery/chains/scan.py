"""How a family is scanned: the values and functions that `Family.scan` is made of.

Knows: what the scanner may ask of any family, and what it is told. Must not know: any family, the
watch set's files, where findings are stored. How to write one: docs/scanner.md.

Most transfers are not ours. A pass looks for watched keys in what the cheapest call shows, and names
the transactions that hold one. What they hold is then read by the same ``fetch`` and ``decode`` as a
claim's, so that scanner and triage agree by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from recovery.model import AddressKey, Amount, AssetId, NetworkCode, Note, TransferKind

if TYPE_CHECKING:  # the shell's types only
    import numpy as np
    import numpy.typing as npt

    from recovery.chains.source import Node
    from recovery.networks import Network


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the chain, both ends included, counted as `Block.height` counts."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Tip:
    """The newest block that is final by the network's own rule. ``hash`` may be empty."""

    height: int
    hash: str
    time: datetime | None


class Watch(Protocol):
    """The keys of all our addresses, on whichever network they were issued. Answers are exact."""

    def holds(self, key: AddressKey) -> bool:
        """Whether the key is ours."""
        ...

    def find_held(self, keys: Collection[AddressKey]) -> set[AddressKey]:
        """Those of the keys that are ours."""
        ...

    def mark_held(self, scheme: str, payloads: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Which rows of an (n, width) array of payloads are ours: for thousands at once."""
        ...

    def addresses_of(self, network: NetworkCode) -> Iterator[AddressKey]:
        """The keys issued for one network, each once: for families that ask address by address."""
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """What a call already shows of one transfer to a watched key: all of it, or nothing is said.

    It must equal the transfer of the evidence, field by field; a test over all stories holds it to that.
    """

    position: str
    kind: TransferKind
    asset: AssetId
    amount: Amount
    recipient: AddressKey


@dataclass(frozen=True, slots=True)
class Hit:
    """A transaction that touches a watched key.

    ``tx_hash`` is canonical, as `Evidence.tx_hash` is. ``sight`` None: only the evidence will tell
    which transfers are ours (the scanner asks for it at once). A transaction may be named several
    times: once for each sight, or without. ``time`` is the block's, where the call told it.
    """

    tx_hash: str
    height: int
    time: datetime | None = None
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """What one look at a window gave.

    ``covered`` is the part that was really looked through; it begins where the window begins and may
    end earlier (never "some of it"). ``methods`` are the calls, in the protocol's words; none: the
    node has not what the pass takes, and nothing was looked through. ``gaps`` say
    what those calls can't show here (``internal_transfers``: the node has no traces). ``seen`` counts
    the movements or transactions that were looked at.
    """

    hits: tuple[Hit, ...]
    covered: Window
    methods: tuple[str, ...]
    gaps: tuple[Note, ...] = ()
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What one look at one address gave: a page.

    ``after`` is where the next look begins: the API's own paging token, opaque to everyone else,
    never empty. ``done``: everything up to the tip was seen. ``height`` is how far that reaches.
    """

    hits: tuple[Hit, ...]
    after: str
    done: bool
    height: int
    methods: tuple[str, ...]
    gaps: tuple[Note, ...] = ()
    seen: int = 0


FetchHits = Callable[["Network", "Node", Window, Watch], Hits]
"""Look for watched keys in a window of final blocks.

Raises `TooMuch` where the source refuses a window of that size (it is asked again by halves, and by
more again later), another `SourceError` where it could not be asked. A block that the node does not
have is never an empty block: the node's answers must prove that it knows every height of the window.
"""

FetchArrivals = Callable[["Network", "Node", AddressKey, "str | None", int, Tip], Arrivals]
"""Look for arrivals at one address: ``(network, node, key, after, since, tip)``.

``after`` is the token of the last page, None at first: then from height ``since`` on. Nothing newer
than ``tip`` may be told, since it is not final.
"""


@dataclass(frozen=True, slots=True)
class Pass:
    """One way of looking through the chain, with a cursor of its own.

    Exactly one of ``fetch_hits`` (walk the blocks) and ``fetch_arrivals`` (ask address by address: for
    chains of a few shared addresses) is given. ``window`` is how many heights are asked for at once
    to begin with: a number the usual node does not refuse; fewer than ``smallest`` are not asked for just to keep
    every worker busy. ``overlap`` heights below the cursor are looked through again. ``first_look`` is how many heights back a first run without a cursor begins.
    ``optional``: a node may not have what it takes (traces); then the pass is reported as not
    covered, its cursor stays, and the scan is still whole.
    """

    name: str
    fetch_hits: FetchHits | None = None
    fetch_arrivals: FetchArrivals | None = None
    window: int = 100
    smallest: int = 32
    overlap: int = 10
    first_look: int = 1_000
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """How a family is scanned.

    ``fetch_final(network, node)``: the tip; asks the node's health first (right chain, synced, fresh)
        and raises a `SourceError` where it must not be believed.
    ``plan_passes(network)``: the passes of that network, pure; one at least. Together they find every
        transfer that ``decode`` would show, or say in `Hits.gaps` what they don't.
    """

    fetch_final: Callable[[Network, Node], Tip]
    plan_passes: Callable[[Network], tuple[Pass, ...]]
