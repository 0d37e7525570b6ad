"""Where a return must not go: to an address on a screening list, or to one of ours.

Knows: the records' port, how an address is found by what controls it. Must not know: states, stores.

Asked when a quote is accepted and again before every signature: lists grow. The claimant is told of
neither; only that one's own deposit address is no place for a return.
"""

from __future__ import annotations

from dataclasses import dataclass

from recovery.chains.codecs import parse_address
from recovery.errors import BadInput
from recovery.networks import Network
from recovery.records.port import Records


@dataclass(frozen=True, slots=True)
class ReturnHit:
    """Why a return address is for security to look at: ``code``, and a sentence for staff."""

    code: str
    text: str


def find_return_hit(
    records: Records, row: Network, address: str, *, user: str | None
) -> ReturnHit | None:
    """What the records have against the address; None where nothing.

    Raises `BadInput` where it is the customer's own deposit address, which they know anyhow, and
    `SourceError` where the records can't be read.
    """
    key = parse_address(row, address).key
    listed = records.find_screened([(row.code, key)]).get((row.code, key), ())
    if listed:
        names = ", ".join(sorted({s.list_name for s in listed}))
        text = f"The return address {address} is on the screening list {names}."
        return ReturnHit("return_address_screened", text)
    ours = records.find_addresses([key]).get(key, ())
    if not ours:
        return None
    if user is not None and all(record.user == user for record in ours):
        raise BadInput(
            "return-to-ours",
            f"{address} is a deposit address here: what is sent back there comes in again",
            hint="name an address of the customer's own outside",
            where="--return-to",
        )
    text = f"The return address {address} is one of ours, and not the customer's own."
    return ReturnHit("return_address_ours", text)
