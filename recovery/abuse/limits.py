"""How many claims are taken, and when to come back. Pure.

Knows: limits and windows. Must not know: where the counts come from, who the claimant is. The
words are the same for every limit: which one was reached would tell what others do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recovery.abuse.policy import AbusePolicy, Channel
from recovery.errors import NotAllowed
from recovery.times import print_time

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class TooManyClaims(NotAllowed):
    """A claim that came too soon after others; nothing was stored but that it was made."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(
            "too-many-claims",
            "too many claims in a short time",
            hint=f"try again after {print_time(retry_at)}; the claims already made are being looked at",
        )
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Recent:
    """What the last hour and day saw before this claim. None where nobody is named or counted.

    ``attempts`` are those of the claimant by minute since 1970; ``transactions`` those claimed
    today with their latest time, oldest first; ``on_channel`` the channel's by minute;
    ``other_claimants`` of the same transaction.
    """

    attempts: tuple[tuple[int, int], ...] = ()
    transactions: tuple[tuple[str, datetime], ...] = ()
    on_channel: tuple[tuple[int, int], ...] = ()
    other_claimants: int = 0


def minute_of(at: datetime) -> int:
    return int(at.timestamp()) // 60


def find_retry(
    recent: Recent, *, tx_hash: str, channel: Channel, at: datetime, policy: AbusePolicy
) -> datetime | None:
    """When this claim may be made; None: now. The latest of all limits that are reached."""
    limits = policy.claimant.of(channel)
    waits = [
        _full_until(recent.attempts, limits.attempts_per_hour),
        _full_until(recent.on_channel, policy.channel.attempts_per_hour),
        _crowded_until(recent.transactions, tx_hash, limits.transactions_per_day),
    ]
    if recent.other_claimants >= policy.transaction.claimants_per_day:
        # an hour from now, not when others' claims grow old: that would tell when they were made
        waits.append(at + HOUR)
    return max((wait for wait in waits if wait is not None), default=None)


def _full_until(minutes: tuple[tuple[int, int], ...], limit: int) -> datetime | None:
    """When enough of the hour's attempts are older than an hour; whole minutes, later rather than sooner."""
    over = sum(made for _, made in minutes) - limit + 1
    for minute, made in sorted(minutes):
        if over <= 0:
            break
        over -= made
        if over <= 0:
            return _moment(minute + 1) + HOUR
    return None


def _crowded_until(
    transactions: tuple[tuple[str, datetime], ...], tx_hash: str, limit: int
) -> datetime | None:
    if len(transactions) < limit or any(known == tx_hash for known, _ in transactions):
        return None
    return transactions[len(transactions) - limit][1] + DAY


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
