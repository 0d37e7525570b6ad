"""The fields of a transaction and its types, name by name.

Sources: ``Transaction`` and its parts in the indexer's OpenAPI document; the codec names of go-algorand's ``transactions``
package, in which a transaction is hashed; its ``protocol.TxType``.
"""

from __future__ import annotations

from typing import Any

import pytest
from algorand.stories import ALICE, BOB, CAROL, GENESIS, ROW, axfer, b64, common, digest, pay

from recovery.chains.algorand.answer import read_indexed, read_pooled
from recovery.chains.algorand.decode import _MOVES_NOTHING

HASH = b64(digest("any"))
INDEXED: dict[str, Any] = {
    "id": "A" * 52, "note": "", "group": HASH, "lease": HASH, "rekey-to": CAROL, "signature": {"sig": ""},
    "auth-addr": CAROL, "inner-txns": [], "logs": [], "created-asset-index": 1,
    "created-application-index": 1, "global-state-delta": [], "local-state-delta": [],
    "parent-transaction-id": "A" * 52, "inner-transaction-offset": 0, "confirmed-round": 1, "round-time": 1,
    "intra-round-offset": 0, "close-rewards": 0, "closing-amount": 0, "receiver-rewards": 0,
    "sender-rewards": 0, "genesis-id": "mainnet-v1.0", "genesis-hash": GENESIS, "first-valid": 1,
    "last-valid": 2, "fee": 1000, "sender": ALICE, "tx-type": "pay",
}  # fmt: skip
PAY = {"receiver": BOB, "amount": 5, "close-amount": 0, "close-remainder-to": CAROL}
AXFER = {
    "asset-id": 7,
    "receiver": BOB,
    "amount": 5,
    "close-amount": 0,
    "close-to": CAROL,
    "sender": ALICE,
}
WIRE: dict[str, Any] = {
    "type": "pay", "snd": ALICE, "fee": 1000, "fv": 1, "lv": 2, "note": "", "grp": HASH, "lx": HASH,
    "gen": "mainnet-v1.0", "gh": GENESIS, "rekey": CAROL, "rcv": BOB, "amt": 5, "close": CAROL, "xaid": 7,
    "arcv": BOB, "aamt": 5, "aclose": CAROL, "asnd": ALICE,
}  # fmt: skip


@pytest.mark.parametrize("name", [*INDEXED, "payment-transaction"])
def test_a_field_of_the_indexers_is_known(name: str) -> None:
    least = pay(BOB, 5)
    assert not read_indexed(ROW, least | {name: INDEXED.get(name, least.get(name))}).odd
    assert read_indexed(ROW, least | {f"x-{name}": 1}).odd


def test_the_parts_of_a_payment_and_of_an_assets_transfer_are_known() -> None:
    for name, value in PAY.items():
        part = {"receiver": BOB, "amount": 5, name: value}
        whole = common("pay", ALICE, 9) | {"payment-transaction": part | {"close-amount": 0}}
        assert not read_indexed(ROW, whole).odd, name
    for name, value in AXFER.items():
        part = {"asset-id": 7, "receiver": BOB, "amount": 5, "close-amount": 0, name: value}
        whole = common("axfer", ALICE, 9) | {"asset-transfer-transaction": part}
        assert not read_indexed(ROW, whole).odd, name
    assert not read_indexed(ROW, axfer(7, BOB, 5, victim=ALICE)).odd


@pytest.mark.parametrize("name", WIRE)
def test_a_field_of_the_wire_is_known(name: str) -> None:
    least = {"type": "pay", "snd": ALICE, "lv": 2}
    assert not read_pooled(ROW, {"txn": {"txn": least | {name: WIRE[name]}}}).odd
    assert read_pooled(ROW, {"txn": {"txn": least | {f"x{name}": 1}}}).odd


def test_these_types_pay_nobody_by_themselves() -> None:
    """All types but ``pay`` and ``axfer``: keyreg, acfg, afrz, appl, stpf, hb."""
    assert set(_MOVES_NOTHING) == {"keyreg", "acfg", "afrz", "appl", "stpf", "hb"}
