"""A block as sidecar (and its successor polkadot-rest-api) tells it, read for one extrinsic.

Knows: the block's JSON through the years. Must not know: HTTP, what events mean.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from recovery.chains.polkadot.answer import (
    Event,
    Told,
    read_account,
    read_count,
    read_hash,
    read_moment,
)
from recovery.chains.shape import Json, read_bool, read_list, read_object, read_text
from recovery.networks import Network


def read_number(block: Json) -> int:
    return read_count(block.get("number"), "the block's number")


def count_extrinsics(block: Json) -> int:
    return len(read_list(block.get("extrinsics"), "extrinsics"))


def read_time(block: Json) -> datetime | None:
    """The time stands in the block's own ``timestamp.set``; Asset Hub's early blocks had none."""
    for value in read_list(block.get("extrinsics"), "extrinsics"):
        inherent = read_object(value, "an extrinsic")
        if inherent.get("signature") is None and _call(inherent) == ("timestamp", "set"):
            args = read_object(inherent.get("args"), "args")
            return read_moment(read_count(args.get("now"), "now") // 1000, "the block's time")
    return None


def read_events(extrinsic: Json) -> tuple[Event, ...]:
    found = []
    for value in read_list(extrinsic.get("events"), "events"):
        event = read_object(value, "an event")
        method = read_object(event.get("method"), "an event's method")
        found.append(
            Event(
                read_text(method.get("pallet"), "pallet").lower(),
                read_text(method.get("method"), "method"),
                tuple(read_list(event.get("data"), "an event's data")),
            )
        )
    return tuple(found)


def read_extrinsic(block: Json, index: int) -> Json:
    return read_object(read_list(block.get("extrinsics"), "extrinsics")[index], "an extrinsic")


def read_block(network: Network, block: Json, index: int) -> Told:
    """The extrinsic at ``index`` of a block; raises `Garbled`."""
    extrinsic = read_extrinsic(block, index)
    info = extrinsic.get("info")
    old_fee = info.get("partialFee") if isinstance(info, dict) else None
    return Told(
        height=read_number(block),
        index=index,
        block_hash=read_hash(block.get("hash"), "the block's hash"),
        time=read_time(block),
        finalized=read_bool(block.get("finalized"), "finalized"),
        hash=read_hash(extrinsic.get("hash"), "the extrinsic's hash"),
        call=_call(extrinsic),
        signer=_signer(network, extrinsic),
        args=read_object(extrinsic.get("args"), "args"),
        events=read_events(extrinsic),
        complete=True,
        # a text where sidecar found neither event: then nobody knows
        succeeded=read_bool(extrinsic.get("success"), "success"),
        tip=0 if extrinsic.get("tip") is None else read_count(extrinsic["tip"], "tip"),
        old_fee=None if old_fee is None else read_count(old_fee, "partialFee"),
        pays_fee=extrinsic.get("paysFee") is not False,
        relay=_relay(block),
    )


def _call(extrinsic: Json) -> tuple[str, str]:
    method = read_object(extrinsic.get("method"), "method")
    pallet = read_text(method.get("pallet"), "pallet").lower()
    return pallet, read_text(method.get("method"), "method").replace("_", "").lower()


def _signer(network: Network, extrinsic: Json) -> bytes | None:
    signature = extrinsic.get("signature")
    if signature is None:
        return None
    signer = read_object(signature, "signature").get("signer")
    return read_account(network, signer, "signer")


def _relay(block: Json) -> int | None:
    """The relay chain's height under this block, from the parachain's validation data."""
    place: Any = block["extrinsics"][0]
    for name in ("args", "data", "validationData", "relayParentNumber"):
        place = place.get(name) if isinstance(place, dict) else None
    return None if place is None else read_count(place, "relayParentNumber")
