"""What a NEAR node says of keys, storage and registration, met and unmet."""

from __future__ import annotations

from typing import Any

import pytest
from base58_bech32.base58 import b58encode
from near.stories import (
    ALICE,
    GAS_PRICE,
    HEAD,
    NEAR,
    OURS,
    ROW,
    USDT,
    b64,
    block,
    fault,
    found,
    ft_transfer,
    health,
    metadata,
    moved,
    name_id,
    receipt,
    rpc,
    send,
    transaction,
)

from recovery.chains.family import RawTx
from recovery.chains.near.family import FAMILY
from recovery.errors import SourceError
from recovery.model import Evidence

KEY = f"ed25519:{b58encode(bytes.fromhex(OURS)).decode()}"
PRICED = rpc("gas_price", [None], {"gas_price": str(GAS_PRICE)})
GAS = 10 * 10**12 * GAS_PRICE


def asked(kind: str, account: str, **more: str) -> dict[str, str]:
    return {"request_type": kind, "finality": "final", "account_id": account, **more}


def account(who: str, amount: int, used: int = 500) -> dict[str, Any]:
    told = {"amount": str(amount), "locked": "0", "storage_usage": used}
    return rpc("query", asked("view_account", who), told)


def nobody(who: str) -> dict[str, Any]:
    return fault("query", asked("view_account", who), "UNKNOWN_ACCOUNT")


def key(permission: Any) -> dict[str, Any]:
    told = {"nonce": 7, "permission": permission}
    return rpc("query", asked("view_access_key", OURS, public_key=KEY), told)


def registered(who: str, *, yes: bool) -> dict[str, Any]:
    asks = asked(
        "call_function",
        USDT,
        method_name="storage_balance_of",
        args_base64=b64({"account_id": who}),
    )
    value = b'{"total":"1250000000000000000000","available":"0"}' if yes else b"null"
    return rpc("query", asks, {"result": list(value), "logs": []})


FULL = key("FullAccess")


def evidence_of(serve: Any, answer: dict[str, Any]) -> Evidence:
    near = [
        rpc("block", {"block_id": name_id(f"block {h}")}, block(h)) for h in range(HEAD - 110, HEAD)
    ]
    node = serve([*health(), found(answer), *near, metadata(USDT)])
    (raw,) = FAMILY.fetch(ROW, node, [answer["transaction"]["hash"]])
    assert isinstance(raw, RawTx), raw
    return FAMILY.decode(ROW, raw)


@pytest.fixture
def coin(serve: Any) -> Evidence:
    return evidence_of(serve, transaction("c tx", receipt("c", ALICE, OURS, send(3 * NEAR))))


@pytest.fixture
def token(serve: Any) -> Evidence:
    first = receipt("t", ALICE, USDT, ft_transfer(OURS, 5), logs=(moved(ALICE, OURS, 5),))
    return evidence_of(serve, transaction("t tx", first))


def ask(
    serve: Any, evidence: Evidence, *answers: dict[str, Any], destination: str | None = None
) -> dict[str, bool]:
    assert FAMILY.fetch_conditions is not None
    node = serve([*health(), PRICED, *answers])
    return dict(
        FAMILY.fetch_conditions(
            ROW, node, evidence, evidence.transfers[-1], destination=destination
        )
    )


@pytest.mark.parametrize(
    ("balance", "used", "kept"),
    [
        (3 * NEAR + GAS, 500, True),
        (3 * NEAR + GAS - 1, 500, False),
        (3 * NEAR + GAS + 10**22, 1_000, True),
        (3 * NEAR + GAS + 10**22 - 1, 1_000, False),
    ],
)
def test_what_storage_binds_stays_to_the_last_unit(
    serve: Any, coin: Evidence, balance: int, used: int, kept: bool
) -> None:
    assert ask(serve, coin, FULL, account(OURS, balance, used))["reserve_kept"] is kept


def test_the_key_that_names_the_account_may_be_limited_or_deleted(
    serve: Any, coin: Evidence
) -> None:
    ours = account(OURS, 9 * NEAR)
    assert ask(serve, coin, ours, FULL)["full_access_key"] is True
    limited = key({"FunctionCall": {"allowance": None, "receiver_id": USDT, "method_names": []}})
    assert ask(serve, coin, ours, limited)["full_access_key"] is False
    gone = fault("query", asked("view_access_key", OURS, public_key=KEY), "UNKNOWN_ACCESS_KEY")
    assert ask(serve, coin, ours, gone)["full_access_key"] is False
    # nearcore's own way: the error stands in the result, with the key that it does not know
    told = {"error": f"access key {KEY} does not exist while viewing", "logs": []}
    in_result = rpc("query", asked("view_access_key", OURS, public_key=KEY), told)
    assert ask(serve, coin, ours, in_result)["full_access_key"] is False
    told = {"error": "the state is garbage-collected", "logs": []}
    other = rpc("query", asked("view_access_key", OURS, public_key=KEY), told)
    with pytest.raises(SourceError):
        ask(serve, coin, ours, other)
    busy = fault("query", asked("view_access_key", OURS, public_key=KEY), "NOT_SYNCED_YET")
    with pytest.raises(SourceError):
        ask(serve, coin, ours, busy)


def test_coin_makes_an_account_named_by_a_key_and_no_other(serve: Any, coin: Evidence) -> None:
    ours = account(OURS, 9 * NEAR)
    assert "destination_ready" not in ask(serve, coin, ours, FULL)
    for destination, answer, ready in (
        ("ab" * 32, nobody("ab" * 32), True),
        (ALICE, account(ALICE, NEAR), True),
        (ALICE, nobody(ALICE), False),
    ):
        shown = ask(serve, coin, ours, FULL, answer, destination=destination)
        assert shown["destination_ready"] is ready


@pytest.mark.parametrize("ready", [True, False])
def test_a_token_goes_only_to_who_is_registered(serve: Any, token: Evidence, ready: bool) -> None:
    answers = (account(OURS, NEAR), FULL, registered(ALICE, yes=ready))
    assert ask(serve, token, *answers, destination=ALICE)["destination_ready"] is ready


def test_an_account_that_is_gone_keeps_nothing(serve: Any, token: Evidence) -> None:
    assert ask(serve, token, nobody(OURS), FULL)["reserve_kept"] is False
