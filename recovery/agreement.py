"""Do two sources tell the same story of one transaction?

Knows: which fields must agree before money moves: status, block and transfers. Must not know:
who was asked. Depth and finality may differ between honest nodes; a trace that only one of them
offers is no contradiction.
"""

from __future__ import annotations

from recovery.model import Block, Evidence, Gap, Transfer, TransferKind

_OPTIONAL = TransferKind.INTERNAL


def find_disagreement(first: Evidence, second: Evidence) -> str | None:
    """How the two differ, in one sentence for a reviewer; None where they agree.

    A transaction that only one of them has in a block yet is a disagreement too: a lagging node
    must not be outvoted silently.
    """
    if first.status != second.status:
        return f"one source says {first.status.value}, another {second.status.value}"
    if not _same_block(first.block, second.block):
        return f"one source has it in {_name(first.block)}, another in {_name(second.block)}"
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


def _same_block(first: Block | None, second: Block | None) -> bool:
    """Of two APIs one may not tell the block's hash: then the height must do."""
    if first is None or second is None:
        return first is second
    if first.hash and second.hash and first.hash != second.hash:
        return False
    return first.height == second.height


def _name(block: Block | None) -> str:
    return "no block" if block is None else f"block {block.height} {block.hash}".rstrip()


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
