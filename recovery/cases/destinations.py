"""Where a return may go: an address parsed with its checksum, and its memo.

Knows: which mistakes would lose the money again. Must not know: stores, states.
"""

from __future__ import annotations

from collections.abc import Callable

from recovery.cases.values import Case, Destination
from recovery.chains.codecs import parse_address
from recovery.checks import Check
from recovery.errors import BadInput
from recovery.model import NetworkCode
from recovery.networks import Network, load_registry

RowOf = Callable[[NetworkCode], Network]
"""The network's row, with its development profile where one is configured."""


def registry_row(code: NetworkCode) -> Network:
    """The row as the registry has it, for a desk without development profiles."""
    return load_registry()[code]


_ADDRESS, _MEMO = "--return-to", "--return-memo"
MAX_MEMO = 256


def parse_wish(
    check: Check, return_to: str | None, return_memo: str | None, *, row_of: RowOf
) -> tuple[str | None, str | None]:
    """What a claimant asks for when opening: canonical where the network is known, else as typed.

    Raises `BadInput`. What stays as typed is parsed when the quote is accepted.
    """
    if return_to is None:
        if return_memo is not None:
            raise _memo_alone()
        return None, None
    network = check.claim.network if check.found is None else check.found.evidence.network
    if network is None:
        return " ".join(return_to.split())[:MAX_MEMO], return_memo
    return parse_return(row_of(network), return_to, return_memo)


def parse_return(row: Network, address: str, memo: str | None) -> tuple[str, str | None]:
    """Address and memo of a return, in canonical form; raises `BadInput`.

    An address that carries its memo (XRPL X-address, Stellar muxed account) must not be given
    another one.
    """
    try:
        parsed = parse_address(row, address)
    except BadInput as wrong:
        wrong.where = wrong.where or _ADDRESS
        raise
    carried = None if parsed.memo is None else parsed.memo.value
    typed = None if memo is None else memo.strip()
    if carried is not None and typed not in (None, carried):
        raise BadInput(
            "memo-contradicts-address",
            f"the address carries the memo {carried!r}, and {typed!r} was given",
            hint=f"leave {_MEMO} out, or give the plain address",
            where=_MEMO,
        )
    if typed is not None and (row.memo == "none" or not typed or len(typed) > MAX_MEMO):
        raise BadInput(
            "bad-memo",
            f"{row.name} has no memo" if row.memo == "none" else f"{typed[:40]!r} is not a memo",
            hint=f"leave {_MEMO} out" if row.memo == "none" else f"1 to {MAX_MEMO} characters",
            where=_MEMO,
        )
    return parsed.text, carried if carried is not None else typed


def settle_destination(
    case: Case, *, return_to: str | None, return_memo: str | None, row_of: RowOf
) -> Destination:
    """Where the value of an accepted case goes; raises `BadInput` where that is not certain.

    A credit needs no address. A return needs one, given now or when the case was opened, and it
    must not be the address where the deposit went astray.
    """
    destination = case.destination
    assert destination is not None
    if destination.kind == "credit":
        if return_to is not None or return_memo is not None:
            raise BadInput(
                "no-return",
                f"case {case.id} is credited to the customer's balance, nothing is sent back",
                hint=f"leave {_ADDRESS} out",
                where=_ADDRESS,
            )
        return destination
    if return_to is None and return_memo is not None:
        raise _memo_alone()
    address, memo = (return_to, return_memo) if return_to else (case.return_to, case.return_memo)
    if address is None:
        raise BadInput(
            "return-address-missing",
            f"case {case.id} is paid back: it must say where to",
            hint=f"add {_ADDRESS} ADDRESS, an address of the customer's own outside",
            where=_ADDRESS,
        )
    assert case.network is not None
    row = row_of(case.network)
    text, canonical_memo = parse_return(row, address, memo)
    lost_at = None if case.subject is None else case.subject["recipient"]
    if lost_at is not None and text == lost_at:
        raise BadInput(
            "return-to-deposit-address",
            f"{text} is the address this deposit was sent to",
            hint="name an address of the customer's own outside",
            where=_ADDRESS,
        )
    return Destination("return", address=text, memo=canonical_memo)


def _memo_alone() -> BadInput:
    return BadInput(
        "memo-alone",
        "a return memo without a return address",
        hint=f"add {_ADDRESS} ADDRESS",
        where=_MEMO,
    )
