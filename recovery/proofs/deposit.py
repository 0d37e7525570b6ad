"""The verification deposit: how much is asked for, and whether a transaction is it. Pure.

Knows: an amount small enough to be sent lightly and odd enough to be one case's alone; what a transfer must
be to prove its sender. Must not know: stores, nodes, clocks, random numbers (they are handed in).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from recovery.checks import Found
from recovery.documents import print_decimal
from recovery.model import Evidence, Gap, Note, Transfer, TransferKind, TxStatus
from recovery.networks import Network
from recovery.proofs.policy import DepositRule
from recovery.proofs.requests import ProofRequest

_TRIES = 64


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts one is drawn from: multiples of ``step`` base units from ``low`` to ``high``."""

    low: int
    high: int
    step: int

    def __len__(self) -> int:
        return (self.high - self.low) // self.step + 1


def plan_amounts(
    network: Network, *, price: Decimal, rule: DepositRule, exchange: bool
) -> Amounts | None:
    """Amounts of the network's coin that are worth what the policy says; None where they are too few.

    ``price`` is of one whole coin. Never below twice the chain's dust limit or the policy's minimum of the
    network. The step is as coarse as it can be, since wallets take few decimal places.
    """
    if exchange:
        values = rule.exchange_value_low, rule.exchange_value_high
    else:
        values = rule.value_low, rule.value_high
    units = Fraction(10**network.decimals) / Fraction(price)
    low, high = (int(Fraction(value) * units) for value in values)
    least = max(2 * network.dust, rule.minimum.get(network.code, 0), 1)
    if low < least:
        low, high = least, least + (high - low)
    step = 1
    while (high - low) // (step * 10) >= rule.distinct_amounts:
        step *= 10
    low, high = -(-low // step) * step, high // step * step
    found = Amounts(low, high, step)
    return found if high >= low and len(found) >= rule.fewest_amounts else None


def draw_amount(
    amounts: Amounts, *, taken: Collection[int], pick: Callable[[int], int]
) -> int | None:
    """One amount that no open request has; None where all are taken.

    ``pick(n)`` is a random number below n that nobody can foresee. The last digit is never zero: a round
    amount is somebody's everyday payment.
    """
    for _ in range(_TRIES):
        amount = amounts.low + pick(len(amounts)) * amounts.step
        if _is_odd(amount, amounts) and amount not in taken:
            return amount
    start = pick(len(amounts))
    for n in range(len(amounts)):
        amount = amounts.low + (start + n) % len(amounts) * amounts.step
        if _is_odd(amount, amounts) and amount not in taken:
            return amount
    return None


def _is_odd(amount: int, amounts: Amounts) -> bool:
    return amount // amounts.step % 10 != 0


def print_coins(amount: int, network: Network) -> str:
    """Base units in whole coins, exactly, as a person types them into a wallet."""
    return print_decimal(Decimal(amount).scaleb(-network.decimals))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a transaction is not the deposit asked for.

    ``counts`` is False where it may still become it (not final yet, sources differ): nothing is
    written down, and the same transaction can be named again.
    """

    reference: str
    text: str
    hint: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """The transfer that answers a request; ``reviewer`` says why a person must still decide."""

    transfer: Transfer
    reviewer: Note | None


def judge_deposit(
    request: ProofRequest,
    found: Found,
    *,
    network: Network,
    rule: DepositRule,
    taken: Collection[str] = (),
) -> Accepted | Refusal:
    """Whether this transaction is the verification deposit that was asked for.

    It is where one transfer of exactly the amount reached the address named, of the network's own coin, from
    the sender alone, in a final block of the window, and every source says so. ``taken`` are positions
    of this transaction that served already.
    """
    evidence = found.evidence
    if found.testnet or evidence.network != request.network:
        where = "a test network" if found.testnet else evidence.network
        return Refusal("deposit-other-network", f"the transaction is on {where}")
    if evidence.status is TxStatus.FAILED:
        return Refusal("deposit-failed", "the transaction failed: nothing was sent")
    found_transfer = _find_transfer(request, evidence, network, taken)
    if isinstance(found_transfer, Refusal):
        return found_transfer
    late = _judge_time(request, found, rule)
    if late is not None:
        return late
    return Accepted(found_transfer, _reviewer(found_transfer, evidence, rule))


def _find_transfer(
    request: ProofRequest, evidence: Evidence, network: Network, taken: Collection[str]
) -> Transfer | Refusal:
    """The transfer with the right recipient, coin, amount, memo and sender, or what is wrong."""
    if evidence.gaps & {Gap.SENDERS, Gap.AMOUNT, Gap.SUCCESS, Gap.MEMO}:
        return Refusal(
            "deposit-unclear",
            "the source does not show who sent it, with what memo, or how much arrived",
            "an endpoint that does, or a reviewer's decision",
            counts=False,
        )
    reached = [
        t
        for t in evidence.transfers
        if t.recipient.key == request.recipient_key
        and t.asset == network.native_asset
        and t.succeeded
        and t.tx_hash is None
        and t.kind in (TransferKind.NATIVE, TransferKind.INTERNAL)
    ]
    if not reached:
        return Refusal(
            "deposit-elsewhere",
            f"it pays no {network.symbol} to {request.recipient}",
            "send it to the address that was named",
        )
    exact = [t for t in reached if t.amount == request.amount]
    if not exact:
        assert isinstance(request.amount, int)
        sent = ", ".join(print_coins(t.amount, network) for t in reached if type(t.amount) is int)
        return Refusal(
            "deposit-wrong-amount",
            f"{sent} {network.symbol} arrived, {print_coins(request.amount, network)} were asked for",
            "exactly the amount must arrive: the sender pays the network fee on top",
        )
    mine = [t for t in exact if {p.key for p in t.senders} == {request.sender_key}]
    if not mine:
        return Refusal(
            "deposit-other-sender",
            f"it was not sent by {request.name} alone",
            "send it from the address that sent the deposit, and from no other",
        )
    routed = [t for t in mine if t.memo is None or t.memo.value in ("", request.memo)]
    if not routed:
        stated = f"the {network.memo_name or 'memo'} {request.memo}" if request.memo else "no memo"
        return Refusal(
            "deposit-other-memo",
            f"it carries another {network.memo_name or 'memo'} than was asked for",
            f"send it with {stated}",
        )
    free = [t for t in routed if t.position not in taken]
    if not free:
        return Refusal("deposit-used", "this transfer has served as a proof already")
    return free[0]


def _judge_time(request: ProofRequest, found: Found, rule: DepositRule) -> Refusal | None:
    """Not final, disputed, or outside the window."""
    evidence = found.evidence
    again = "name it again later"
    if found.disagreement is not None:
        text = f"the sources disagree: {found.disagreement}"
        return Refusal("deposit-disputed", text, again, counts=False)
    if evidence.status is not TxStatus.CONFIRMED or evidence.block is None:
        return Refusal("deposit-pending", "it is in no block yet", again, counts=False)
    if not evidence.final:
        return Refusal("deposit-not-final", "its block is not final yet", again, counts=False)
    time = evidence.block.time
    if time is None:
        text = "the source does not tell the time of its block"
        return Refusal("deposit-unclear", text, "a reviewer's decision", counts=False)
    if time < request.issued_at - rule.clock_skew:
        return Refusal(
            "deposit-too-early", "it was sent before it was asked for", "send the amount anew"
        )
    if time > request.expires_at + rule.clock_skew:
        return Refusal(
            "deposit-too-late", "it was sent after the time for it ran out", "ask for a new amount"
        )
    return None


def _reviewer(transfer: Transfer, evidence: Evidence, rule: DepositRule) -> Note | None:
    """A payment that its sender need not have signed himself, or whatever the policy says."""
    payer = evidence.fee.payer if evidence.fee is not None else None
    sent_by = {party.address for party in transfer.senders}
    moved = transfer.kind is TransferKind.INTERNAL or transfer.special or transfer.batched
    if moved or (payer is not None and payer not in sent_by):
        text = (
            "The amount was moved by a contract, in a batch, or on somebody else's fee: the sender need "
            "not have ordered it himself. Look at who called it."
        )
        return Note("not_sent_plainly", text)
    if rule.reviewed == "always":
        return Note("reviewed_always", "By policy a person looks at every verification deposit.")
    return None


def is_open(request: ProofRequest, at: datetime, rule: DepositRule) -> bool:
    """Whether a block of this moment can still hold the answer."""
    return request.issued_at - rule.clock_skew <= at <= request.expires_at + rule.clock_skew
