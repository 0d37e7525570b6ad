"""A TON wallet of version 5 whose key was switched off proves nothing by it; older wallets ask nobody."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from nodes.ton import TonSandbox, run_ton_sandbox
from proofs.example import Example
from proofs.examples_ton_proof import EXAMPLES as PROOFS
from proofs.examples_ton_sign_data import EXAMPLES as SIGNED
from proofs.scripted import REGISTRY, Json, Serve
from ton import stories as ton

from recovery.chains.source import Node
from recovery.chains.ton.cells import Cell, Slice, make_cell, parse_boc
from recovery.chains.ton.codec import format_raw, parse_address
from recovery.errors import Garbled, SourceError
from recovery.proofs.choice import SenderWay
from recovery.proofs.requests import Means, Sender
from recovery.proofs.schemes.ton_proof import V5R1, read_code_hash
from recovery.proofs.ton_keys import find_verify
from recovery.proofs.values import BadProof
from recovery.proofs.verification import verify_answer

ROW = REGISTRY["TON"]


def _is_v5(example: Example) -> bool:
    return read_code_hash(example.answer.extras["state_init"]) == V5R1


OURS = next(filter(_is_v5, PROOFS))
NEW = [e for e in (*PROOFS, *SIGNED) if e.address == OURS.address]
OLD = [e for e in (*PROOFS, *SIGNED) if not _is_v5(e)]
KEY = parse_address(ROW, OURS.address).key
CODE, DATA = parse_boc(OURS.answer.extras["state_init"]).refs


def check(node: Node, example: Example = OURS) -> None:
    scheme = "ton_proof" if example in PROOFS else "ton_sign_data"
    verify = find_verify(scheme, example.answer)
    assert verify is not None
    verify(ROW, node, example.address, example.message, example.answer)


def data(*, allowed: bool = True, key: bytes | None = None) -> Cell:
    """What the wallet has stored: the flag, two numbers, the key and no extension."""
    bits = Slice(DATA)
    bits.uint(65)
    number = int.from_bytes(key, "big") if key else bits.uint(256)
    whole = (allowed << 64 | 7) << 257 | number << 1
    return make_cell((whole << 6).to_bytes(41, "big"), 322)


def state(**more: Any) -> Json:
    account = {
        "address": format_raw(KEY).upper(),
        "status": "active",
        "code_boc": ton.boc(CODE),
        "data_boc": ton.boc(data()),
    }
    told = {"accounts": [account | more]}
    return ton.get("accountStates", told, address=format_raw(KEY), include_boc="true")


@pytest.mark.parametrize("example", NEW, ids=range(len(NEW)))
def test_a_key_that_the_wallet_takes_proves(serve: Serve, example: Example) -> None:
    check(serve("TON", [ton.health(), state()]), example)


@pytest.mark.parametrize("example", NEW, ids=range(len(NEW)))
def test_a_key_that_was_switched_off_proves_nothing(serve: Serve, example: Example) -> None:
    off = ton.boc(data(allowed=False))
    with pytest.raises(BadProof) as refused:
        check(serve("TON", [ton.health(), state(data_boc=off)]), example)
    assert refused.value.reference == "key-without-rights"
    assert "verification deposit" in (refused.value.hint or "")


@pytest.mark.parametrize("status", ["uninit", "frozen", "nonexist"])
def test_a_wallet_that_is_not_active_proves_nothing(serve: Serve, status: str) -> None:
    gone = {"status": status, "code_boc": None, "data_boc": None}
    for told in (state(**gone), state() | {"json": {"accounts": []}}):
        with pytest.raises(BadProof) as refused:
            check(serve("TON", [ton.health(), told]))
        assert refused.value.reference == "no-such-proof"


@pytest.mark.parametrize(
    "lie",
    [
        {"data_boc": ton.boc(data(key=b"\x01" * 32))},
        {"data_boc": ton.boc(make_cell(b"\x80", 8))},
        {"data_boc": "%"},
        {"data_boc": None},
        {"code_boc": ton.boc(make_cell(b"\x00", 8))},
        {"address": "0:" + "11" * 32},
        {"status": None},
    ],
)
def test_an_index_that_tells_of_another_wallet_is_no_answer(serve: Serve, lie: Json) -> None:
    with pytest.raises(Garbled, match=r"^TON http"):
        check(serve("TON", [ton.health(), state(**lie)]))


def test_an_index_that_is_behind_or_does_not_tell_is_no_answer(serve: Serve) -> None:
    late = ton.health(gen_utime=str(ton.HEAD_TIME - 300))
    silent = state() | {"status": 404, "json": {"error": "not found"}}
    for answers in ([late, state()], [ton.health(), silent], [ton.health()]):
        with pytest.raises(SourceError):
            check(serve("TON", answers))


def test_a_false_signature_is_refused_before_a_node_is_asked(serve: Serve) -> None:
    other = next(e for e in NEW if e.answer.signature != OURS.answer.signature)
    false = Example("TON", OURS.address, OURS.message + "!", other.answer, OURS.source)
    with pytest.raises(BadProof) as refused:
        check(serve("TON", []), false)
    assert refused.value.reference == "wrong-signer"


@pytest.mark.parametrize("example", OLD, ids=range(len(OLD)))
def test_a_wallet_that_can_not_switch_its_key_off_asks_nobody(example: Example) -> None:
    assert find_verify("ton_proof", example.answer) is None
    assert answered(example, []) in ("ton_proof", "ton_sign_data")


def test_without_a_node_a_new_wallets_signature_is_not_decided() -> None:
    with pytest.raises(SourceError):
        answered(OURS, [])


@pytest.mark.parametrize("text", ["", "x", "AAAA", base64.b64encode(b"\0" * 60_000).decode()])
def test_what_is_no_wallets_state_is_left_to_the_scheme(text: str) -> None:
    assert read_code_hash(text) is None


def answered(example: Example, nodes: list[Node]) -> str:
    address = parse_address(ROW, example.address)
    sender = Sender(address.text, address.key, address.form)
    way = SenderWay(sender, (Means.SIGNATURE,), ("ton_proof", "ton_sign_data"))
    return verify_answer(ROW, nodes, way, example.message, example.answer)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[TonSandbox]:
    with run_ton_sandbox() as running:
        yield running


@pytest.mark.xdist_group("ton-sandbox")
def test_on_tons_own_machine_the_key_proves_until_an_extension_switches_it_off(
    sandbox: TonSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A published wallet of version 5, with the seed of the signatures above, and its first extension."""
    monkeypatch.setenv("RECOVERY_NOW", ton.NOW)
    node = Node(ROW.code, sandbox.url, "toncenter-v3")
    try:
        assert answered(OURS, [node]) == "ton_proof"
        sandbox.switch_key(on=False)
        with pytest.raises(BadProof) as refused:
            answered(OURS, [node])
        assert refused.value.reference == "key-without-rights"
        sandbox.switch_key(on=True)
        assert answered(OURS, [node]) == "ton_proof"
    finally:
        node.close()
