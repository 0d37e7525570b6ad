"""Wrong types at every place of every answer: no lie of shape becomes money.

Let *truth* be what the honest answer says and *seen* what the changed one gives. The invariant:

1. *seen* is a `SourceError`; or
2. *seen* is not final (then nothing is decided on it); or
3. *seen* admits a gap that *truth* does not have (then nothing is refused or credited on it); or
4. *seen* is final, in the same state, and its money equals that of *truth*: the same successful
   transfers by asset, recipient, amount and memo. The changed place was not needed for money.

So a wrong type never makes a failed or pending transaction a success, never gives anybody more,
never takes anything from anybody (a wrong "no"), never strips a memo, and never proves an
absence. Where the protocol lets a field be missing or null, the changed answer is well-formed and
says something else: those places stand in `OPTIONAL`, each with the protocol's reason and what
may then be different. Even there nobody may get more than the truth gives.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from recovery.chains.family import Absent
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.misbehaviour import Mutation, mutate, plan_mutations
from recovery.errors import SourceError
from recovery.model import Evidence, TxStatus

AT_MOST = int(os.environ.get("RECOVERY_MUTATIONS", "250"))
"""Mutations tried per fixture, spread evenly over all; `make soak` raises it to all."""


class Optional(NamedTuple):
    """``path`` within the answer to ``request``, both regular expressions; ``kinds`` of `WRONG`."""

    family: str
    request: str
    path: str
    kinds: frozenset[str]
    reason: str
    may_lose: bool = False
    may_be_absent: bool = False


NULL = frozenset({"null"})
MISSING = frozenset({"missing"})

OPTIONAL: tuple[Optional, ...] = (
    Optional(
        "evm",
        r"rpc eth_getTransactionByHash",
        r"^$",
        NULL,
        "null is the protocol's word for an unknown transaction",
        may_be_absent=True,
    ),
    Optional(
        "evm",
        r"rpc eth_getTransactionByHash",
        r"^to$",
        NULL | MISSING,
        "without a recipient it is a contract's creation",
        may_lose=True,
    ),
    Optional(
        "evm",
        r"rpc debug_traceTransaction",
        r"(^|/)calls$",
        MISSING,
        "the tracer leaves the list out where a call made no calls",
        may_lose=True,
    ),
    Optional(
        "evm",
        r"rpc eth_getTransactionByHash",
        r"^mint$",
        NULL | MISSING,
        "an OP-stack deposit that mints nothing leaves the field out (the hash tells, on signing)",
        may_lose=True,
    ),
    Optional(
        "utxo",
        r"rpc getrawtransaction",
        r"/tokenData(/nft)?$",
        MISSING,
        "an output without CashTokens, or with fungible ones alone, has no such field",
        may_lose=True,
    ),
    Optional(
        "xrpl",
        r"rpc tx",
        r"(^|/)DestinationTag$",
        MISSING,
        "a payment without a tag is well-formed: the classifier then says memo_missing",
        may_lose=True,
    ),
    Optional(
        "xrpl",
        r"rpc tx",
        r"/PreviousFields(/Balance|/NFTokens)?$",
        MISSING,
        "fields that did not change are left out: a stranger's holding then shows no rise",
        may_lose=True,
    ),
    Optional(
        "solana",
        r"rpc getSignatureStatuses",
        r"^value/0$",
        NULL,
        "null is the protocol's word for an unknown signature; beside a transaction it is refused",
        may_be_absent=True,
    ),
    Optional(
        "stellar",
        r"GET /transactions/.*/operations",
        r"/destination_muxed_id$",
        MISSING,
        "a contract's payment without an id is well-formed: the classifier then says memo_missing",
        may_lose=True,
    ),
    Optional(
        "algorand",
        r"GET /v2/transactions/",
        r"inner-txns(/\d+)?(/note)?$",
        MISSING,
        "a call without inner transactions, and one without a note, leave the field out",
        may_lose=True,
    ),
    Optional(
        "cardano",
        r"POST /tx_info",
        r"/collateral_output$",
        NULL,
        "an invalid transaction that took all its collateral returns none",
        may_lose=True,
    ),
    Optional(
        "hedera",
        r"GET /api/v1/transactions",
        r"/memo_base64$",
        NULL,
        "null is the mirror's word for a transaction without a memo",
        may_lose=True,
    ),
    Optional(
        "hedera",
        r"GET /api/v1/transactions",
        r"/nft_transfers$",
        NULL | MISSING,
        "rows of older mirrors have no such field",
        may_lose=True,
    ),
    Optional(
        "hedera",
        r"GET /api/v1/transactions",
        r"/nft_transfers/\d+/receiver_account_id$",
        NULL,
        "an NFT that is burnt has no receiver",
        may_lose=True,
    ),
    Optional(
        "tezos",
        r"GET /v1/tokens/transfers",
        r"/to$",
        NULL | MISSING,
        "tokens that are burnt go to nobody",
        may_lose=True,
    ),
    Optional(
        "sui",
        r"^POST / .*transaction\(digest",
        r"^data/transaction$",
        NULL,
        "null is the schema's word for an unknown transaction",
        may_be_absent=True,
    ),
    Optional(
        "sui",
        r"^POST / .*transaction\(digest",
        r"/outputState(/asMoveObject)?$",
        NULL,
        "an object without a state after it was deleted, one that is no Move object is a package",
        may_lose=True,
    ),
    Optional(
        "tezos",
        r"GET /chains/main/blocks/\d+/operations/3/",
        r"/internal_operation_results$",
        MISSING,
        "a call that made no internal operations leaves the list out",
        may_lose=True,
    ),
    Optional(
        "polkadot",
        r"POST /api/scan/extrinsic",
        r"^data$",
        NULL,
        "null is Subscan's word for an unknown extrinsic",
        may_be_absent=True,
    ),
)
"""Places whose change is another well-formed answer."""


def money(evidence: Evidence) -> Mapping[tuple[Any, ...], int]:
    """What the evidence says for good, as a bag: who got what, of which asset, under which memo."""
    return Counter(
        (t.asset, t.recipient.key, t.amount, t.memo, t.unlock_at)
        for t in evidence.transfers
        if t.succeeded
    )


def _gains(evidence: Evidence) -> Counter[tuple[Any, ...]]:
    """How much each recipient got in total, whatever the memo."""
    totals: Counter[tuple[Any, ...]] = Counter()
    for t in evidence.transfers:
        somebody = t.recipient.address is not None or t.recipient.key is not None
        if t.succeeded and somebody and evidence.status is TxStatus.CONFIRMED:
            totals[t.asset, t.recipient.key] += t.amount  # type: ignore[assignment]  # ints or one asset's Decimals
    return totals


def breach(truth: Any, seen: Any, excuse: Optional | None) -> str | None:
    """How the outcome breaks the invariant, or None."""
    if isinstance(seen, SourceError):
        return None
    if isinstance(seen, Absent):
        allowed = isinstance(truth, Absent) or (excuse is not None and excuse.may_be_absent)
        return None if allowed else "a known transaction became absent"
    if isinstance(truth, Absent):
        return "an unknown transaction became evidence"
    assert isinstance(seen, Found)
    assert isinstance(truth, Found)
    mine, theirs = seen.evidence, truth.evidence
    if not mine.final:
        return None
    if not theirs.final:
        return "what is not final became final"
    if mine.gaps - theirs.gaps:
        return None
    if mine.status is not theirs.status:
        return f"{theirs.status} became {mine.status}"
    if any(amount > _gains(theirs)[who] for who, amount in _gains(mine).items()):
        return "somebody gained"
    if money(mine) != money(theirs) and not (excuse and excuse.may_lose):
        return "the transfers changed"
    return None


def _spread(mutations: list[Mutation]) -> Iterable[Mutation]:
    step = max(1, -(-len(mutations) // AT_MOST))
    return mutations[::step]


def _excuse(fixture: Fixture, family: str, mutation: Mutation) -> Optional | None:
    request = fixture.exchanges[mutation.exchange].request
    path = "/".join(map(str, mutation.path))
    for optional in OPTIONAL:
        if (
            optional.family == family
            and mutation.kind in optional.kinds
            and re.search(optional.request, request)
            and re.search(optional.path, path)
        ):
            return optional
    return None


def test_no_wrong_type_becomes_money(bench: Any, fixture: Fixture) -> None:
    truth = bench.ask()
    assert not isinstance(truth, SourceError), truth
    breaches = []
    for mutation in _spread(plan_mutations(fixture)):
        seen = bench.ask(replay=mutate(fixture, mutation))
        excuse = _excuse(fixture, bench.row.family, mutation)
        broken = breach(truth, seen, excuse)
        if broken is not None:
            breaches.append(f"{mutation}: {broken}")
    assert breaches == [], f"{len(breaches)} of the changed answers were believed"


def test_the_invariant_can_fail(paying: Any) -> None:
    """A guard that can't bite guards nothing: the truth with one transfer more is a breach."""
    truth = paying.ask()
    doubled = dataclasses.replace(truth.evidence, transfers=truth.evidence.transfers * 2)
    emptied = dataclasses.replace(truth.evidence, transfers=())
    assert breach(truth, truth, None) is None
    assert breach(truth, dataclasses.replace(truth, evidence=doubled), None) is not None
    assert breach(truth, dataclasses.replace(truth, evidence=emptied), None) is not None
    assert breach(truth, Absent(truth.raw.network, truth.raw.tx_hash, ""), None) is not None
