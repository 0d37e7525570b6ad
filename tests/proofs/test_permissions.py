"""Rights that an account gave to other keys, by a scripted node over real HTTP: who may sign, who may not any more."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from nodes.litesvm import Ledger
from proofs.example import Example
from proofs.examples_sep53 import EXAMPLES as SEP53
from proofs.examples_solana_message import EXAMPLES as SOLANA_MESSAGE
from proofs.examples_tron_message import EXAMPLES as TRON_MESSAGE
from proofs.examples_xrpl_message import EXAMPLES as XRPL_MESSAGE
from proofs.scripted import APIS, REGISTRY, Json, Serve, check, refused
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import (
    AssignParams,
    TransferParams,
    assign,
    create_nonce_account,
    transfer,
)
from stellar import stories as stellar
from tron import stories as tron

from recovery.chains.source import Node, RpcFault
from recovery.demo.fixtures import load_fixtures
from recovery.errors import SourceError
from recovery.proofs.permissions import MASTER_DISABLED

# -- Tron -------------------------------------------------------------------------------------

FIRST, SECOND = TRON_MESSAGE
STRANGER = tron.ALICE


def hexed(example: Example) -> str:
    return tron.hex_of(example.address)


def permission(threshold: int, **weights: int) -> Json:
    """A permission as java-tron writes it; keys are named as in `keys`."""
    keys = {"first": hexed(FIRST), "second": hexed(SECOND), "stranger": STRANGER}
    return {
        "permission_name": "owner",
        "threshold": threshold,
        "keys": [{"address": keys[name], "weight": weight} for name, weight in weights.items()],
    }


def tron_account(**more: Any) -> list[Json]:
    told = {"address": hexed(FIRST), "balance": 5_000_000, "create_time": 1_600_000_000_000}
    asked = {"address": hexed(FIRST)}
    return [*tron.health(), tron.post("/wallet/getaccount", asked, told | more)]


def active(**weights: int) -> Json:
    operations = "7fff1fc0033ec30f" + "00" * 24
    return {"type": "Active", "id": 2, "operations": operations} | permission(1, **weights)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"owner_permission": permission(1, first=1)},
        {"owner_permission": permission(1, first=1), "active_permission": [active(first=1)]},
        {"owner_permission": permission(1, first=1, second=1)},
        {"owner_permission": permission(5, second=1, first=6)},
    ],
    ids=str,
)
def test_a_tron_key_that_reaches_the_owner_threshold_alone_proves(serve: Serve, more: Json) -> None:
    check(serve("TRX", tron_account(**more)), FIRST)


@pytest.mark.parametrize(
    "owner",
    [
        permission(1, stranger=1),  # the permission changed: the owner is somebody else
        permission(2, first=1, stranger=1),  # so that the victim needs the thief
        permission(2, first=1),
        permission(4, first=3, second=3),
    ],
    ids=str,
)
def test_the_key_of_an_address_whose_owner_permission_went_elsewhere_proves_nothing(
    serve: Serve, owner: Json
) -> None:
    """What is left to it as an active permission is not the account."""
    more = {"owner_permission": owner, "active_permission": [active(first=1)]}
    why = refused(serve("TRX", tron_account(**more)), FIRST)
    assert why.reference == "key-without-rights"
    assert "other keys" in why.text


def test_the_key_that_has_the_owner_permission_proves_for_the_address(serve: Serve) -> None:
    node = serve("TRX", tron_account(owner_permission=permission(1, second=1)))
    check(node, SECOND, FIRST.address)
    assert refused(node, FIRST).reference == "key-without-rights"


def test_an_active_permission_alone_does_not_prove_a_tron_account(serve: Serve) -> None:
    more = {
        "owner_permission": permission(1, first=1),
        "active_permission": [active(second=1)],
        "witness_permission": permission(1, second=1),
    }
    node = serve("TRX", tron_account(**more))
    assert refused(node, SECOND, FIRST.address).reference == "wrong-signer"


def test_a_tron_account_that_is_not_there_proves_nothing(serve: Serve) -> None:
    gone = tron.post("/wallet/getaccount", {"address": hexed(FIRST)}, {})
    assert refused(serve("TRX", [*tron.health(), gone]), FIRST).reference == "no-such-proof"


ACCOUNT = "/wallet/getaccount"
ASKED = {"address": hexed(FIRST)}


@pytest.mark.parametrize(
    "answers",
    [
        [*tron.health(), tron.post(ACCOUNT, ASKED, {"Error": "class java.lang.NullPointer"})],
        tron_account(address=hexed(SECOND)),
        tron_account(owner_permission=[]),
        tron_account(owner_permission={}),
        tron_account(owner_permission=permission(0, first=1)),
        tron_account(owner_permission=permission(1, first=0)),
        tron_account(owner_permission={"threshold": 1, "keys": [{"address": "T", "weight": 1}]}),
        tron_account(
            owner_permission={"threshold": 2, "keys": [{"address": hexed(FIRST), "weight": 1}] * 2}
        ),
        [
            *tron.health()[:1],
            tron.post(
                "/wallet/getblock", {"detail": False}, tron.header(tron.HEAD, tron.HEAD_MS - 90_000)
            ),
            *tron.health()[2:],
            *tron_account()[-1:],
        ],
    ],
    ids=lambda told: str(told)[-160:],
)
def test_a_tron_node_that_can_not_say_is_no_answer(serve: Serve, answers: list[Json]) -> None:
    with pytest.raises(SourceError):
        check(serve("TRX", answers), FIRST)


# -- XRP Ledger -------------------------------------------------------------------------------

MASTER, REGULAR = XRPL_MESSAGE[2], XRPL_MESSAGE[3]
TEMPLATE = next(f for f in load_fixtures(network="XRP") if f.name == "XRP/native_tag_missing")
TOLD = TEMPLATE.model_dump(by_alias=True, exclude_unset=True)["exchanges"]
SERVER = next(e for e in TOLD if e["rpc"] == "server_info")


def xrpl_asked(result: Json) -> list[Json]:
    params = {"account": MASTER.address, "ledger_index": "validated", "api_version": 2}
    return [SERVER, {"rpc": "account_info", "params": [params], "result": result}]


def xrpl_account(flags: Any = 0, **more: Any) -> list[Json]:
    data = {
        "Account": MASTER.address,
        "Balance": "25000000",
        "Flags": flags,
        "LedgerEntryType": "AccountRoot",
        "OwnerCount": 0,
        "Sequence": 77,
    }
    told = {"account_data": data | more, "ledger_index": 103_500_000, "validated": True}
    return xrpl_asked(told | {"status": "success"})


@pytest.mark.parametrize(
    "answers",
    [
        xrpl_account(),
        xrpl_account(0x0080_0000 | 0x0002_0000),  # other flags
        xrpl_account(RegularKey=REGULAR.address),
        xrpl_asked({"error": "actNotFound", "error_code": 19, "status": "error"}),
    ],
    ids=["plain", "other flags", "a regular key beside it", "deleted"],
)
def test_a_master_key_that_is_not_disabled_proves(serve: Serve, answers: list[Json]) -> None:
    check(serve("XRP", answers), MASTER)


def test_a_disabled_master_key_proves_nothing_and_the_regular_key_does(serve: Serve) -> None:
    node = serve("XRP", xrpl_account(MASTER_DISABLED, RegularKey=REGULAR.address))
    assert refused(node, MASTER).reference == "key-without-rights"
    check(node, REGULAR, MASTER.address)


def test_an_account_of_a_signer_list_alone_is_proven_by_no_signature(serve: Serve) -> None:
    """Its master key is disabled, and it has no regular key."""
    node = serve("XRP", xrpl_account(MASTER_DISABLED))
    assert refused(node, MASTER).reference == "key-without-rights"
    assert refused(node, REGULAR, MASTER.address).reference == "wrong-public-key"


def test_a_blackholed_account_is_nobodys(serve: Serve) -> None:
    """Its regular key is an address that no key makes (ACCOUNT_ONE)."""
    node = serve("XRP", xrpl_account(MASTER_DISABLED, RegularKey="rrrrrrrrrrrrrrrrrrrrBZbvji"))
    assert refused(node, MASTER).reference == "key-without-rights"


def test_a_key_that_the_ledger_does_not_name_is_another_accounts(serve: Serve) -> None:
    node = serve("XRP", xrpl_account(RegularKey="rrrrrrrrrrrrrrrrrrrrBZbvji"))
    assert refused(node, REGULAR, MASTER.address).reference == "wrong-public-key"


def test_a_false_xrpl_signature_is_refused_before_a_node_is_asked(serve: Serve) -> None:
    assert refused(serve("XRP", []), replace(MASTER, message="x")).reference == "wrong-signer"


@pytest.mark.parametrize(
    "answers",
    [
        xrpl_asked({"error": "actMalformed", "status": "error"}),
        xrpl_asked({"error": "tooBusy", "status": "error"}),
        xrpl_asked({"error": "lgrNotFound", "status": "error"}),
        xrpl_account(None),
        xrpl_account("0"),
        xrpl_account(-1),
        xrpl_account(Account=REGULAR.address),
        xrpl_account(RegularKey=7),
        xrpl_account(RegularKey="rNobody"),
    ],
    ids=lambda told: str(told)[-160:],
)
def test_an_xrpl_server_that_can_not_say_is_no_answer(serve: Serve, answers: list[Json]) -> None:
    with pytest.raises(SourceError):
        check(serve("XRP", answers), MASTER)


# -- Stellar ----------------------------------------------------------------------------------

HELLO, OURS = SEP53[0], SEP53[2]
PATH = f"/accounts/{OURS.address}"


def stellar_account(med: Any, low: int = 0, high: int = 0, **weights: Any) -> list[Json]:
    keys = {"ours": OURS.address, "hello": HELLO.address, "stranger": stellar.somebody("stranger")}
    signers = [
        {"key": keys[name], "weight": weight, "type": "ed25519_public_key"}
        for name, weight in weights.items()
    ]
    hashed = "XB4CPBBQYOFTI6LMLQIVEKLJJHSFXZ3GR5YZGCZL56EBVWSHGNXEJQWP"
    signers.append({"key": hashed, "weight": 255, "type": "sha256_hash"})
    told = {
        "id": OURS.address,
        "account_id": OURS.address,
        "thresholds": {"low_threshold": low, "med_threshold": med, "high_threshold": high},
        "signers": signers,
    }
    return [stellar.get("/", stellar.ROOT), stellar.get(PATH, told)]


@pytest.mark.parametrize(
    "answers",
    [
        stellar_account(0, ours=1),
        stellar_account(1, 1, 1, ours=1, stranger=1),
        stellar_account(10, 20, 255, ours=10),  # only a payment's threshold counts
        [stellar.get("/", stellar.ROOT), stellar.get(PATH, stellar.MISSING, 404)],
    ],
    ids=["as made", "with another signer", "exactly the weight", "merged away"],
)
def test_a_stellar_key_that_may_pay_alone_proves(serve: Serve, answers: list[Json]) -> None:
    check(serve("XLM", answers), OURS)


@pytest.mark.parametrize(
    "answers",
    [
        stellar_account(0, ours=0, stranger=1),  # a master weight of 0
        stellar_account(0, stranger=1),
        stellar_account(2, ours=1, stranger=1),
        stellar_account(10, ours=9, hello=10),
    ],
    ids=["weight 0", "not among the signers", "needs another", "one too light"],
)
def test_a_stellar_key_without_the_weight_to_pay_proves_nothing(
    serve: Serve, answers: list[Json]
) -> None:
    assert refused(serve("XLM", answers), OURS).reference == "key-without-rights"


def test_a_signer_with_enough_weight_proves_for_a_stellar_account(serve: Serve) -> None:
    node = serve("XLM", stellar_account(2, ours=0, hello=2))
    check(node, HELLO, OURS.address)
    node = serve("XLM", stellar_account(3, ours=0, hello=2))
    assert refused(node, HELLO, OURS.address).reference == "key-without-rights"
    node = serve("XLM", stellar_account(0, ours=1, stranger=1))
    assert refused(node, HELLO, OURS.address).reference == "wrong-signer"


@pytest.mark.parametrize(
    "answers",
    [
        stellar_account(None, ours=1),
        stellar_account(0, ours=None),
        stellar_account(0, ours=-1),
        [stellar.get("/", stellar.ROOT), stellar.get(PATH, {"account_id": HELLO.address})],
        [stellar.get("/", stellar.ROOT), stellar.get(PATH, {"account_id": OURS.address})],
        [stellar.get("/", stellar.ROOT), stellar.get(PATH, {"status": 503}, 503)],
        [
            stellar.get("/", stellar.ROOT | {"core_latest_ledger": 99_999_999}),
            *stellar_account(0)[1:],
        ],
    ],
    ids=lambda told: str(told)[-160:],
)
def test_a_horizon_that_can_not_say_is_no_answer(serve: Serve, answers: list[Json]) -> None:
    with pytest.raises(SourceError):
        check(serve("XLM", answers), OURS)


# -- Solana, on its own runtime ---------------------------------------------------------------

SOLANA = SOLANA_MESSAGE[0]
PROGRAM = Pubkey.from_string("Stake11111111111111111111111111111111111111")


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setenv("RECOVERY_NOW", tron.NOW)
    return Ledger()


@contextlib.contextmanager
def solana_node(ledger: Ledger) -> Iterator[Node]:
    with ledger.serve() as server:
        node = Node(REGISTRY["SOL"].code, server.url, "jsonrpc", timeout_seconds=5)
        yield node
        node.close()


def test_a_solana_key_proves_until_its_account_is_assigned_to_a_program(ledger: Ledger) -> None:
    victim, payer = Keypair.from_seed(b"\x33" * 32), ledger.person("payer")
    assert str(victim.pubkey()) == SOLANA.address
    with solana_node(ledger) as node:
        check(node, SOLANA)  # an account that holds nothing is its key's
        ledger.svm.airdrop(victim.pubkey(), 10**9)
        check(node, SOLANA)
        moved = AssignParams(pubkey=victim.pubkey(), owner=PROGRAM)
        ledger.succeed([assign(moved)], payer, victim)
        why = refused(node, SOLANA)
    assert why.reference == "key-without-rights"
    pay = TransferParams(from_pubkey=victim.pubkey(), to_pubkey=payer.pubkey(), lamports=1)
    lost = ledger.send([transfer(pay)], payer, victim)
    assert ledger.results[lost]["meta"]["err"] is not None, "its key can't spend it any more"


def test_a_nonce_account_is_not_its_keys(ledger: Ledger) -> None:
    """It belongs to the system program too, and its authority may be anybody."""
    nonce = Keypair.from_seed(b"\x33" * 32)
    payer, thief = ledger.person("payer"), ledger.person("thief")
    made = create_nonce_account(payer.pubkey(), nonce.pubkey(), thief.pubkey(), 10**7)
    ledger.succeed(made, payer, nonce)
    with solana_node(ledger) as node:
        assert refused(node, SOLANA).reference == "key-without-rights"


def test_a_false_solana_signature_is_refused_before_a_node_is_asked(serve: Serve) -> None:
    assert refused(serve("SOL", []), replace(SOLANA, message="x")).reference == "wrong-signer"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"value": 7},
        {"value": {"lamports": 5, "data": ["", "base64"]}},
        {"value": {"owner": 7, "data": ["", "base64"]}},
        {"value": {"owner": "11111111111111111111111111111111"}},
        {"value": {"owner": "11111111111111111111111111111111", "data": []}},
        RpcFault(-32005, "Node is behind by 90 slots"),
        RpcFault(-32601, "Method not found"),
    ],
    ids=str,
)
def test_a_solana_node_that_can_not_say_is_no_answer(ledger: Ledger, told: Any) -> None:
    class Unsure(Node):
        def rpc(self, method: str, params: Any = ()) -> Any:
            return told if method == "getAccountInfo" else super().rpc(method, params)

    with ledger.serve() as server:
        node = Unsure(REGISTRY["SOL"].code, server.url, "jsonrpc", timeout_seconds=5)
        with pytest.raises(SourceError):
            check(node, SOLANA)
        node.close()


# -- all --------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", [FIRST, MASTER, OURS, SOLANA], ids=lambda e: e.network)
def test_an_outage_is_no_answer(example: Example) -> None:
    node = Node(REGISTRY[example.network].code, "http://127.0.0.1:9", APIS[example.network])
    try:
        with pytest.raises(SourceError):
            check(node, example)
    finally:
        node.close()
