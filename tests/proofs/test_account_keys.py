"""The key an account has now, by a scripted node over real HTTP: yes, no, and could not ask."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from algorand import stories as algorand
from aptos import stories as aptos
from hedera import stories as hedera
from near import stories as near
from proofs.example import CHALLENGE, Example
from proofs.examples_algorand_bytes import EXAMPLES as ALGORAND
from proofs.examples_aptos_message import EXAMPLES as APTOS
from proofs.examples_hedera_message import EXAMPLES as HEDERA
from proofs.examples_nep413 import EXAMPLES as NEAR
from proofs.scripted import APIS, REGISTRY, Json, Serve, check, refused

from recovery.chains.codecs import parse_address
from recovery.chains.source import Node
from recovery.errors import SourceError
from recovery.proofs.account_keys import VERIFY_BY_FAMILY


def test_the_families_are_those_whose_keys_change() -> None:
    asked = {"near", "algorand", "aptos", "hedera", "tron", "xrpl", "stellar", "solana"}
    assert set(VERIFY_BY_FAMILY) == asked


# -- NEAR -------------------------------------------------------------------------------------

PLAIN = NEAR[1]
ASKED = {"request_type": "view_access_key", "finality": "final"}


def access_key(permission: Any, account: str = "alice.near") -> Json:
    asked = ASKED | {"account_id": account, "public_key": PLAIN.answer.public_key}
    return near.rpc("query", asked, {"nonce": 7, "permission": permission, "block_height": 1})


def near_fault(cause: str) -> Json:
    asked = ASKED | {"account_id": "alice.near", "public_key": PLAIN.answer.public_key}
    return near.fault("query", asked, cause)


@pytest.mark.parametrize("account", ["alice.near", PLAIN.address])
def test_a_full_access_key_proves_a_named_account_and_an_implicit_one(
    serve: Serve, account: str
) -> None:
    check(serve("NEAR", [*near.health(), access_key("FullAccess", account)]), PLAIN, account)


def test_a_key_for_function_calls_or_a_strangers_key_proves_nothing(serve: Serve) -> None:
    limited: Json = {
        "FunctionCall": {"allowance": None, "receiver_id": "app.near", "method_names": []}
    }
    asked = ASKED | {"account_id": "alice.near", "public_key": PLAIN.answer.public_key}
    unknown = f"access key {PLAIN.answer.public_key} does not exist while viewing"
    for answer in (
        access_key(limited),
        near_fault("UNKNOWN_ACCESS_KEY"),
        near_fault("UNKNOWN_ACCOUNT"),
        near.rpc("query", asked, {"error": unknown, "logs": []}),
    ):
        node = serve("NEAR", [*near.health(), answer])
        assert refused(node, PLAIN, "alice.near").reference == "wrong-public-key"


def test_the_key_of_an_implicit_account_may_have_been_deleted(serve: Serve) -> None:
    asked = ASKED | {"account_id": PLAIN.address, "public_key": PLAIN.answer.public_key}
    gone = near.fault("query", asked, "UNKNOWN_ACCESS_KEY")
    assert refused(serve("NEAR", [*near.health(), gone]), PLAIN).reference == "key-without-rights"


@pytest.mark.parametrize(
    "answers",
    [
        [*near.health(syncing=True), access_key("FullAccess")],
        [*near.health(chain="testnet"), access_key("FullAccess")],
        [*near.health(age=600), access_key("FullAccess")],
        [*near.health(), near_fault("NOT_SYNCED_YET")],
        [*near.health(), near_fault("NO_SYNCED_BLOCKS")],
        [*near.health(), access_key(None)],
        [*near.health(), access_key("fullaccess")],
        [*near.health(), access_key(["FullAccess"])],
    ],
    ids=str,
)
def test_a_near_node_that_can_not_say_is_neither_a_yes_nor_a_no(
    serve: Serve, answers: list[Json]
) -> None:
    with pytest.raises(SourceError):
        check(serve("NEAR", answers), PLAIN, "alice.near")


def test_a_false_signature_is_refused_before_a_node_is_asked(serve: Serve) -> None:
    node = serve("NEAR", near.health())
    assert refused(node, replace(PLAIN, message="x"), "alice.near").reference == "wrong-signer"


def test_the_account_of_an_ethereum_key_signs_no_nep413(serve: Serve) -> None:
    node = serve("NEAR", near.health())
    assert refused(node, PLAIN, "0x" + "ab" * 20).reference == "no-such-proof"


# -- Algorand ---------------------------------------------------------------------------------

FIRST, SECOND = ALGORAND
THIRD = "VMT3OKOZZRGLDQAJMBYAIRUSIFM6SKMNB6KSV3R5KVAIXDQLDNY5JPMY7A"


def algorand_account(address: str, **more: Any) -> Json:
    told = {"account": {"address": address, "amount": 5} | more, "current-round": algorand.HEAD}
    return algorand.get(f"/v2/accounts/{address}?exclude=all", told)


def test_an_account_that_is_not_rekeyed_is_its_address(serve: Serve) -> None:
    check(serve("ALGO", [*algorand.health(), algorand_account(FIRST.address)]), FIRST)


def test_a_rekeyed_account_is_proven_by_its_new_key_and_not_by_its_old(serve: Serve) -> None:
    told = algorand_account(FIRST.address, **{"auth-addr": SECOND.address})
    node = serve("ALGO", [*algorand.health(), told])
    assert refused(node, FIRST).reference == "key-without-rights"
    check(node, SECOND, FIRST.address)
    third = algorand_account(FIRST.address, **{"auth-addr": THIRD})
    node = serve("ALGO", [*algorand.health(), third])
    assert refused(node, SECOND, FIRST.address).reference == "wrong-signer"


def test_an_account_that_was_closed_is_its_address_again(serve: Serve) -> None:
    gone = {"message": f"no accounts found for address: {FIRST.address}"}
    told = algorand.get(f"/v2/accounts/{FIRST.address}?exclude=all", gone, 404)
    check(serve("ALGO", [*algorand.health(), told]), FIRST)


@pytest.mark.parametrize(
    "told",
    [
        algorand.get(f"/v2/accounts/{FIRST.address}?exclude=all", {"message": "busy"}, 500),
        algorand.get(f"/v2/accounts/{FIRST.address}?exclude=all", {"message": "what?"}, 404),
        algorand.get(f"/v2/accounts/{FIRST.address}?exclude=all", {"account": {"amount": 1}}),
        algorand_account(FIRST.address, **{"auth-addr": 7}),
        algorand_account(FIRST.address, **{"auth-addr": "nobody"}),
        algorand_account(FIRST.address, amount=None),
    ],
    ids=str,
)
def test_an_indexer_that_can_not_say_is_no_answer(serve: Serve, told: Json) -> None:
    with pytest.raises(SourceError):
        check(serve("ALGO", [*algorand.health(), told]), FIRST)


def test_an_indexer_of_another_chain_is_not_believed(serve: Serve) -> None:
    health = [algorand.health()[0], algorand.header(algorand.HEAD, genesis="other")]
    with pytest.raises(SourceError):
        check(serve("ALGO", [*health, algorand_account(FIRST.address)]), FIRST)


# -- Aptos ------------------------------------------------------------------------------------

LEGACY, SINGLE = APTOS[1], APTOS[2]


def aptos_account(address: str, key: Any) -> Json:
    return aptos.get(f"/accounts/{address}", {"sequence_number": "3", "authentication_key": key})


def test_an_account_whose_key_was_never_rotated_is_proven_by_it(serve: Serve) -> None:
    told = aptos_account(LEGACY.address, LEGACY.address)
    check(serve("APT", [aptos.ledger(), told]), LEGACY)


def test_an_account_that_never_signed_is_proven_by_the_key_of_its_address(serve: Serve) -> None:
    told = aptos.refused(f"/accounts/{LEGACY.address}", "account_not_found")
    check(serve("APT", [aptos.ledger(), told]), LEGACY)


def test_a_rotated_account_is_proven_by_its_new_key_and_not_by_its_old(serve: Serve) -> None:
    public = bytes.fromhex("ab" * 32)
    rotated = "0x" + hashlib.sha3_256(public + b"\x00").hexdigest()
    node = serve("APT", [aptos.ledger(), aptos_account(LEGACY.address, rotated)])
    assert refused(node, LEGACY).reference == "key-without-rights"
    full = LEGACY.answer.extras["full_message"]
    assert "address:" not in full  # which would name the account that the key made
    other = "0x" + "77" * 32
    node = serve("APT", [aptos.ledger(), aptos_account(other, LEGACY.address)])
    check(node, LEGACY, other)


def test_a_message_that_names_another_account_is_refused(serve: Serve) -> None:
    other = "0x" + "77" * 32
    node = serve("APT", [aptos.ledger(), aptos_account(other, SINGLE.address)])
    assert refused(node, SINGLE, other).reference == "wrong-signer"


@pytest.mark.parametrize(
    "answers",
    [
        [aptos.ledger(chain_id=2), aptos_account(LEGACY.address, LEGACY.address)],
        [aptos.ledger(), aptos_account(LEGACY.address, None)],
        [aptos.ledger(), aptos_account(LEGACY.address, "0xzz")],
        [aptos.ledger(), aptos.refused(f"/accounts/{LEGACY.address}", "internal_error", 500)],
        [aptos.ledger(), aptos.refused(f"/accounts/{LEGACY.address}", "version_pruned", 410)],
    ],
    ids=str,
)
def test_an_aptos_node_that_can_not_say_is_no_answer(serve: Serve, answers: list[Json]) -> None:
    with pytest.raises(SourceError):
        check(serve("APT", answers), LEGACY)


# -- Hedera -----------------------------------------------------------------------------------

KINDS = {"ed25519": "ED25519", "secp256k1": "ECDSA_SECP256K1"}


def hedera_account(example: Example, **more: Any) -> Json:
    key = parse_address(REGISTRY["HBAR"], example.address).key
    told = {
        "account": hedera.ALICE,
        "deleted": False,
        "key": {"_type": KINDS[key.scheme], "key": key.payload.hex()},
    }
    return hedera.get(f"/accounts/{hedera.ALICE}?limit=1", told | more)


@pytest.mark.parametrize("example", HEDERA, ids=lambda e: e.source[:60])
def test_the_mirror_tells_the_key_of_a_number(serve: Serve, example: Example) -> None:
    node = serve("HBAR", [*hedera.health(), hedera_account(example)])
    check(node, example, hedera.ALICE)


def test_the_key_of_another_account_proves_nothing(serve: Serve) -> None:
    ed25519, ecdsa = HEDERA[0], HEDERA[2]
    other = {"key": {"_type": "ED25519", "key": "00" * 31 + "01"}}
    for example, told in (
        (ed25519, hedera_account(ed25519, **other)),
        (ecdsa, hedera_account(ed25519)),
        (ed25519, hedera_account(ecdsa)),
    ):
        refused(serve("HBAR", [*hedera.health(), told]), example, hedera.ALICE)


@pytest.mark.parametrize(
    "more",
    [
        {"key": None},
        {"deleted": True},
        {"key": {"_type": "ProtobufEncoded", "key": "2a0a0a22122000"}},
    ],
    ids=str,
)
def test_an_account_without_one_key_is_refused_by_name(serve: Serve, more: Json) -> None:
    node = serve("HBAR", [*hedera.health(), hedera_account(HEDERA[0], **more)])
    assert refused(node, HEDERA[0], hedera.ALICE).reference == "no-such-proof"


def test_a_number_that_no_account_has_is_refused(serve: Serve) -> None:
    nobody = hedera.get(f"/accounts/{hedera.ALICE}?limit=1", hedera.NOT_FOUND, 404)
    node = serve("HBAR", [*hedera.health(), nobody])
    assert refused(node, HEDERA[0], hedera.ALICE).reference == "no-such-proof"


@pytest.mark.parametrize(
    "told",
    [
        hedera.get(f"/accounts/{hedera.ALICE}?limit=1", {}, 500),
        hedera.get(f"/accounts/{hedera.ALICE}?limit=1", {"message": "?"}, 404),
        hedera_account(HEDERA[0], account="0.0.5"),
        hedera_account(HEDERA[0], key="ab"),
        hedera_account(HEDERA[0], key={"_type": "ED25519", "key": "zz"}),
        hedera_account(HEDERA[0], key={"_type": "ED25519", "key": "ab"}),
        hedera_account(HEDERA[0], key={"_type": 1, "key": "ab"}),
        hedera_account(HEDERA[0], deleted="no"),
    ],
    ids=str,
)
def test_a_mirror_that_can_not_say_is_no_answer(serve: Serve, told: Json) -> None:
    with pytest.raises(SourceError):
        check(serve("HBAR", [*hedera.health(), told]), HEDERA[0], hedera.ALICE)


# -- all --------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", [PLAIN, FIRST, LEGACY, HEDERA[0]], ids=lambda e: e.network)
def test_an_outage_is_no_answer(example: Example) -> None:
    address = hedera.ALICE if example.network == "HBAR" else example.address
    node = Node(REGISTRY[example.network].code, "http://127.0.0.1:9", APIS[example.network])
    try:
        with pytest.raises(SourceError):
            check(node, example, address)
    finally:
        node.close()


def test_the_challenge_of_these_tests_is_the_one_that_was_signed() -> None:
    assert PLAIN.message == FIRST.message == LEGACY.message == HEDERA[0].message == CHALLENGE
