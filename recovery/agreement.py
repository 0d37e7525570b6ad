"""Do two sources tell the same story of one transaction?

Knows: which fields must agree before money moves: status, block and transfers. Must not know:
who was asked. Depth and finality may differ between honest nodes; a trace that only one of them
offers is no contradiction.
"""

from __future__ import annotations

from recovery.model import Evidence, Gap, Transfer, TransferKind

_OPTIONAL = TransferKind.INTERNAL


def find_disagreement(first: Evidence, second: Evidence) -> str | None:
    """How the two differ, in one sentence for a reviewer; None where they agree.

    A transaction that only one of them has in a block yet is a disagreement too: a lagging node
    must not be outvoted silently.
    """
    if first.status != second.status:
        return f"one source says {first.status.value}, another {second.status.value}"
    if _block_id(first) != _block_id(second):
        return f"one source has it in block {_block_id(first)}, another in {_block_id(second)}"
    optional_seen = Gap.INTERNAL_TRANSFERS not in (first.gaps | second.gaps)
    mine, theirs = _moves(first, optional_seen), _moves(second, optional_seen)
    if mine == theirs:
        return None
    only_first = sorted(mine.keys() - theirs.keys())
    only_second = sorted(theirs.keys() - mine.keys())
    if only_first or only_second:
        return f"transfers at {', '.join(only_first + only_second)} are shown by one source only"
    differing = sorted(position for position in mine if mine[position] != theirs[position])
    return f"the sources differ on the transfers at {', '.join(differing)}"


def _block_id(evidence: Evidence) -> tuple[int, str] | None:
    return None if evidence.block is None else (evidence.block.height, evidence.block.hash)


def _moves(evidence: Evidence, optional_seen: bool) -> dict[str, tuple[object, ...]]:
    return {
        transfer.position: _move(transfer)
        for transfer in evidence.transfers
        if optional_seen or transfer.kind is not _OPTIONAL
    }


def _move(transfer: Transfer) -> tuple[object, ...]:
    return (
        transfer.asset,
        transfer.amount,
        transfer.recipient,
        transfer.memo,
        transfer.succeeded,
        transfer.unlock_at,
    )
