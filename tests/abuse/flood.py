"""A program that claims as fast as it can: ``flood.py URL USERS ATTEMPTS LIMIT SEED`` prints how many claims were taken."""

from __future__ import annotations

import random
import sys

from abuse.claims import attempt, with_limits

from recovery.abuse.attempts import admit
from recovery.abuse.limits import TooManyClaims
from recovery.store import open_store


def main(url: str, users: int, attempts: int, limit: int, seed: int) -> None:
    chance = random.Random(seed)
    policy = with_limits(
        attempts=limit, transactions=limit, channel=limit * users - 1, claimants=limit
    )
    taken = [0] * users
    with open_store(url) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(attempts):
            user = chance.randrange(users)
            try:
                admit(store, attempt(chance.randrange(10_000), user=f"u{user}"), policy)
            except TooManyClaims:
                continue
            taken[user] += 1
    print(*taken, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
