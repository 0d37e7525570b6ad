"""An account under its EVM address in the records, and as 0.0.N in the transaction: it is ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hedera.stories import ALICE, EXCHANGE, ID, NOT_FOUND, Json, answers, at, get, row

from recovery.chains.source import Node
from recovery.checker import Checker
from recovery.checks import Check
from recovery.classify.verdict import Cause
from recovery.config import parse_config
from recovery.model import Claim, NetworkCode
from recovery.records.importer import import_csv
from recovery.store import Store, open_store

OURS = "0x52908400098527886E0F7030069857D2E4169EE7"
PAID = row(at(EXCHANGE, 500_000_000), at(ALICE, -500_000_000))
LONG_ZERO = f"0x{int(EXCHANGE.split('.')[2]):040x}"


@pytest.fixture
def check(sqlite_url: str, tmp_path: Path, serve: Callable[[list[Json]], Node]) -> Iterator[Any]:
    store: Store = open_store(sqlite_url)
    files = {
        "addresses": ["network,address,role,user,can_sign", f"HBAR,{OURS},deposit,u1,HBAR"],
        "listings": ["network,asset,symbol,decimals,status", "HBAR,native,HBAR,8,listed"],
        "credits": ["network,tx_hash,transfer,user,asset,amount,credited_at"],
    }
    for kind, lines in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        until = datetime(2026, 11, 20, 12, tzinfo=UTC) if kind == "credits" else None
        import_csv(store, kind, path, actor="test", complete_through=until)

    def one(*more: Json, address: str | None = None) -> Check:
        node = serve([*answers(PAID), *more])
        text = f'[networks.HBAR]\nendpoints = ["{node.url}"]\n'
        checker = Checker(parse_config(text, where="test"), store)
        found = checker.check(Claim(ID, network=NetworkCode("HBAR"), address=address))
        checker.nodes.close()
        return found

    yield one
    store.close()


def account(evm: Any, alias: Any = None) -> Json:
    told = {"account": EXCHANGE, "evm_address": evm, "alias": alias}
    return get(f"/accounts/{EXCHANGE}?limit=1", told)


def test_an_account_is_ours_by_its_evm_address(check: Any) -> None:
    (judged,) = check(account(OURS.lower())).judged
    assert judged.verdict.user == "u1"
    assert judged.verdict.cause is Cause.LISTED_DEPOSIT_MISSED


@pytest.mark.parametrize(
    "said", [account(LONG_ZERO), account("0x" + "77" * 20), account(None)], ids=str
)
def test_an_account_with_no_name_of_ours_is_not_ours(check: Any, said: Json) -> None:
    (judged,) = check(said).judged
    assert judged.verdict.cause is Cause.ADDRESS_NOT_OURS


def test_an_account_that_the_mirror_does_not_know_has_no_other_name(check: Any) -> None:
    unknown = get(f"/accounts/{EXCHANGE}?limit=1", NOT_FOUND, 404)
    (judged,) = check(unknown).judged
    assert judged.verdict.cause is Cause.ADDRESS_NOT_OURS


@pytest.mark.parametrize("said", [[], [account(5)], [account("0x12")]], ids=str)
def test_a_name_that_can_not_be_had_is_no_reason_to_refuse(check: Any, said: list[Json]) -> None:
    (judged,) = check(*said).judged
    assert judged.verdict.cause is Cause.NEEDS_REVIEW
