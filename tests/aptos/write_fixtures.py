"""Writes ``fixtures/APT`` from the stories told here: ``python tests/aptos/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from aptos.stories import (
    ALICE,
    APTOS_COIN,
    BOB,
    CAROL,
    FAKE,
    HEAD_MICROSECONDS,
    HEAD_VERSION,
    NOW,
    POOL,
    SPONSOR,
    TABLE_ITEM,
    USDC,
    USDC_ANSWERS,
    Json,
    about,
    answers,
    block,
    call,
    coin_info,
    coin_into,
    coin_out_of,
    coins,
    event,
    hash_of,
    into,
    ledger,
    out_of,
    owned,
    pay,
    pending,
    refused,
    short,
    somebody,
    sponsored,
    statement,
    store,
    token,
    transaction,
)

from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "APT"
WRITTEN = "written by hand after the full node's documented REST answers; hashes and addresses are of nobody"

STORIES: dict[str, Json] = {}


def tell(
    name: str, story: str, exchanges: list[Json], tx_hash: str | None = None, **more: Any
) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {
        "network": "APT",
        "api": "rest",
        "now": NOW,
        "tx_hash": tx_hash or asked_in(exchanges),
    }
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def asked_in(exchanges: list[Json]) -> str:
    """The hash that the exchanges are about."""
    return str(next(e["get"] for e in exchanges if "/by_hash/" in e["get"])).rpartition("/")[2]


def real_stories() -> None:
    payer = "0x559d4f690c683fca7c539237aa8dc4c6ec09886b7016bf66f2cdeffef55468f0"
    payee = "0x5d6233bb8d7f8bd714af196339e9fb3104c9d66f38867b2a0585c4f7b9d04d28"
    version, moment = 1_747_361_321, 1_727_825_677_775_812
    body = transaction(
        "native",
        pay(payee, 10),
        [coin_out_of(payer, 10), coin_into(payee, 10), statement(999)],
        [coins(payer, 4_242_000_000), coins(payee, 10), TABLE_ITEM],
        sender=payer,
        version=version,
        gas=999,
        timestamp=str(moment),
        sequence_number="104627",
    )
    body["hash"] = "0x7c56ad56c7d02bb11887e535b9f1b221626d5b0d4cb5a1ffbadc358c1db515ea"
    tell(
        "native-coin",
        "10 octas sent with the framework's transfer, in the days of coin stores.",
        answers(body, block(version, height=222_081_131, at=moment)),
        f"https://explorer.aptoslabs.com/txn/{body['hash']}?network=mainnet",
        origin="mainnet",
        source=f"facts of the mainnet transaction {body['hash']} as the public documentation shows"
        " it; the payer's side of its events and changes, and the block's height and hash, are"
        " stand-ins; head and health belong to the story's clock",
    )
    trader = "0x979e9463b315e84e13b2971d6420641d611a92ab79ce78a87131e0c3e8191135"
    coin = "0xf22bede237a07e121b56d91a491eb7bcdfd1f5907926a9e58338f964a01b17fa::asset::USDC"
    router = "0xc7efb4076dbe143cbcd98cfaaa929ecfc8f299203dfff63b95ccb6bfe19850fa"
    version, moment = 223_495_386, 1_691_976_514_691_520
    body = transaction(
        "swap",
        call(f"{router}::router::swap_exact_input", ["10000", "141449"], [coin, APTOS_COIN]),
        [
            coin_out_of(trader, 10_000, 18),
            coin_into(trader, 141_520),
            event(
                f"{router}::swap::SwapEvent<{APTOS_COIN}, {coin}>",
                {"amount_x_in": "0"},
                holder=router,
                number=12,
            ),
        ],
        [coins(trader, 31_198_769), coins(trader, 430_413, coin, 17), TABLE_ITEM],
        sender=trader,
        version=version,
        gas=14,
        timestamp=str(moment),
    )
    body["hash"] = "0x82f114cf3fdfb918e2cf8a32acaabb4e7ae17c8b2191617db9d43c2566047b09"
    del body["replay_protection_nonce"]
    tell(
        "swap-of-coins",
        "A swap: the router's pool pays the trader 0.0014152 APT; a program moved it.",
        answers(
            body,
            block(version, height=79_123_456, at=moment),
            coin_info(coin, about("USDC", "USD Coin", 6)),
        ),
        body["hash"].removeprefix("0x").upper(),
        origin="mainnet",
        source=f"facts of the mainnet transaction {body['hash']}; the swap event's data and the"
        " block's height and hash are stand-ins; head and health belong to the story's clock",
    )
    payer = "0xa5b2dd0b5fe37a06f151d424cc880f67458c6fe3d8dbf44a55c6021cd111c10d"
    payee = "0x49ffe7968750a5ffea80af6fd7657bb246ff8ce6657cbf2c8ed13d9276096b3f"
    body = transaction(
        "orderless",
        pay(payee, 20_000),
        [out_of(payer, 20_000), into(payee, 20_000), statement(57)],
        [*store(payee, 1_994_000), *store(payer, 87_654_321)],
        sender=payer,
        sequence_number="18446744073709551615",
        replay_protection_nonce="13894781796064092640",
    )
    tell(
        "native",
        "APT as a fungible asset, from and to primary stores, with a nonce instead of a number.",
        answers(body),
        hash_of("orderless"),
        origin="documented",
        source="parties, stores, amounts and gas of a transaction in the SDK's own tests (a test"
        " network's); version, hash, block and the payer's balance are stand-ins",
    )


def native_stories() -> None:
    body = transaction(
        "several",
        call("0x1::aptos_account::batch_transfer", [[BOB, CAROL], ["150000000", "250000000"]]),
        [
            out_of(ALICE, 150_000_000),
            into(BOB, 150_000_000),
            out_of(ALICE, 250_000_000),
            into(CAROL, 250_000_000),
            statement(120),
        ],
        [*store(ALICE, 77_000_000), *store(BOB, 150_000_000), *store(CAROL, 900_000_000)],
        gas=120,
    )
    tell("several-recipients", "One call pays two people.", answers(body), hash_of("several"))
    body = transaction(
        "sponsored",
        pay(BOB, 500_000_000),
        [out_of(ALICE, 500_000_000), into(BOB, 500_000_000), statement(60, refund=1_200)],
        [*store(ALICE, 0), *store(BOB, 500_000_000), *store(SPONSOR, 99_000_000)],
        gas=60,
        signature=sponsored(SPONSOR),
    )
    tell("sponsored", "A sponsor pays the gas, and storage given back lowers it.", answers(body))
    body = transaction(
        "several-signers",
        call(f"{short(POOL)}::desk::pay_together", ["1"]),
        [out_of(CAROL, 300_000_000), into(BOB, 300_000_000), statement(90)],
        [*store(CAROL, 1), *store(BOB, 300_000_000), *store(ALICE, 5_000)],
        gas=90,
        signature=sponsored(ALICE, [CAROL]),
    )
    tell(
        "several-signers",
        "Alice sends what Carol signs too: Carol's APT, paid by Carol.",
        answers(body),
    )
    body = transaction(
        "by-program",
        call(f"{short(POOL)}::vault::withdraw", ["7"]),
        [out_of(POOL, 120_000_000), into(BOB, 120_000_000), statement(80)],
        [*store(POOL, 1_000_000_000), *store(BOB, 120_000_000)],
        gas=80,
    )
    tell("paid-by-program", "A vault's program pays Bob, whoever called it.", answers(body))
    body = transaction(
        "unlocked",
        call("0x1::delegation_pool::withdraw", [short(POOL), "400000000"]),
        [into(BOB, 400_000_000), statement(140)],
        [*store(BOB, 400_000_000)],
        sender=BOB,
        gas=140,
    )
    tell("unlocked-stake", "Stake comes back: it enters Bob's store and left none.", answers(body))
    body = transaction(
        "mixed",
        pay(BOB, 100_000_000),
        [
            event(
                "0x1::coin::CoinWithdraw",
                {"coin_type": APTOS_COIN, "account": short(ALICE), "amount": "60000000"},
            ),
            coin_out_of(ALICE, 60_000_000),
            out_of(ALICE, 40_000_000),
            event(
                "0x1::coin::CoinDeposit",
                {"coin_type": APTOS_COIN, "account": short(BOB), "amount": "100000000"},
            ),
            coin_into(BOB, 100_000_000),
            statement(66),
        ],
        [coins(ALICE, 0), *store(ALICE, 12), coins(BOB, 100_000_000)],
        gas=66,
    )
    tell(
        "told-twice",
        "Each movement is told by a module event and in its stream: it counts once.",
        answers(body),
    )
    body = transaction(
        "migrated",
        call("0x1::coin::migrate_to_fungible_store", [], [APTOS_COIN]),
        [
            event(
                "0x1::coin::CoinStoreDeletion",
                {
                    "coin_type": APTOS_COIN,
                    "deleted_deposit_event_handle_creation_number": "2",
                    "deleted_withdraw_event_handle_creation_number": "3",
                    "event_handle_creation_address": short(BOB),
                },
            ),
            statement(30),
        ],
        [
            *store(BOB, 654_000_000),
            {
                "address": short(BOB),
                "state_key_hash": "0x01",
                "resource": f"0x1::coin::CoinStore<{APTOS_COIN}>",
                "type": "delete_resource",
            },
        ],
        sender=BOB,
        gas=30,
    )
    tell(
        "migration",
        "Bob's coins become a fungible asset: nothing was paid to anybody.",
        answers(body),
    )
    body = transaction(
        "by-version",
        pay(BOB, 700_000_000),
        [out_of(ALICE, 700_000_000), into(BOB, 700_000_000), statement(57)],
        [*store(ALICE, 1_000, concurrent=None), *store(BOB, 0, concurrent=1_700_000_000)],
        version=HEAD_VERSION - 100_000,
    )
    tell(
        "by-version",
        "The explorer's address names the version; Bob's store counts in an aggregator.",
        answers(body, by="version"),
        f"https://explorer.aptoslabs.com/txn/{body['version']}?network=mainnet",
    )


def token_stories() -> None:
    body = transaction(
        "usdc",
        call(
            "0x1::primary_fungible_store::transfer",
            [{"inner": USDC}, BOB, "25000000"],
            ["0x1::fungible_asset::Metadata"],
        ),
        [out_of(ALICE, 25_000_000, USDC), into(BOB, 25_000_000, USDC), statement(551)],
        [
            *store(ALICE, 3_000_000, metadata=USDC),
            *store(BOB, 25_000_000, metadata=USDC),
            *store(ALICE, 5_555),
        ],
        gas=551,
    )
    tell(
        "token",
        "25 USDC, a fungible asset with hooks of its issuer.",
        answers(body, *USDC_ANSWERS),
        hash_of("usdc"),
    )
    faucet = "0x448c83c716bd1144173c0522f108ff507bb8f4ddbe34a925bf3e1d7ea2632cfa::test_faucet::TestFaucetCoin"
    pair = "0x971225a0feba8d24b7658bc2e2e3155ccdb17eff3e2ef320d1428879f10ebf20"
    payer = "0x5249a0f1ccb427e6595343ef001ec18765fd325beb70fbea0a9c25807167e60d"
    payee = "0xb7c348a3253a8102e354b21972319600f0933dd454db12d3e2fc81623ffa49be"
    body = transaction(
        "paired",
        call("0x1::aptos_account::transfer_coins", [payee, "10000"], [faucet]),
        [out_of(payer, 10_000, pair), into(payee, 10_000, pair), statement(551)],
        [
            *store(payer, 399_839_400),
            *store(payer, 4_990_000, metadata=pair),
            *store(payee, 10_000, metadata=pair),
        ],
        sender=payer,
        gas=551,
    )
    tell(
        "token-by-its-coin-name",
        "A coin is asked for by its type and moves as its fungible twin.",
        answers(body, *token(pair, about("TC", "Test Coin", 6))),
        hash_of("paired"),
        origin="documented",
        source="parties, stores, amounts and gas of a test network's transaction; version, hash and"
        " block are stand-ins",
    )
    fake = f"{short(FAKE)}::aptos_coin::AptosCoin"
    body = transaction(
        "fake-coin",
        call("0x1::aptos_account::transfer_coins", [BOB, "900000000000"], [fake]),
        [coin_out_of(ALICE, 900_000_000_000, 8), coin_into(BOB, 900_000_000_000, 6), statement(70)],
        [coins(ALICE, 5, fake, 7), coins(BOB, 900_000_000_000, fake, 6), coins(BOB, 1_000)],
        gas=70,
    )
    tell(
        "hostile-fake-coin-type",
        "The framework's own transfer with another package's AptosCoin as type argument.",
        answers(body, coin_info(fake, about("APT", "Aptos Coin", 8))),
        hash_of("fake-coin"),
    )
    lookalike = somebody("fake usdc")
    body = transaction(
        "fake-asset",
        call(
            "0x1::primary_fungible_store::transfer",
            [{"inner": lookalike}, BOB, "9000000000"],
            ["0x1::fungible_asset::Metadata"],
        ),
        [
            out_of(ALICE, 9_000_000_000, lookalike),
            into(BOB, 9_000_000_000, lookalike),
            statement(57),
        ],
        [*store(ALICE, 1, metadata=lookalike), *store(BOB, 9_000_000_000, metadata=lookalike)],
    )
    tell(
        "hostile-fake-usdc",
        "A fungible asset of anybody's that calls itself USDC.",
        answers(body, *token(lookalike, about("USDC", "USDC", 6))),
        hash_of("fake-asset"),
    )
    body = transaction(
        "forged",
        call(f"{short(FAKE)}::fungible_asset::pretend", [BOB, "5000000000000"]),
        [
            event(
                f"{short(FAKE)}::fungible_asset::Deposit",
                {"amount": "5000000000000", "store": primary_text(BOB)},
            ),
            event(
                f"{short(FAKE)}::coin::CoinDeposit",
                {"coin_type": APTOS_COIN, "account": BOB, "amount": "5000000000000"},
            ),
            statement(20),
        ],
        [*store(BOB, 1_000)],
        gas=20,
    )
    tell(
        "hostile-forged-event",
        "Another package's events look like deposits of the framework.",
        answers(body),
        hash_of("forged"),
    )
    taxed = somebody("taxed token")
    body = transaction(
        "taxed",
        call(
            "0x1::primary_fungible_store::transfer",
            [{"inner": taxed}, BOB, "1000000"],
            ["0x1::fungible_asset::Metadata"],
        ),
        [
            out_of(ALICE, 1_000_000, taxed),
            into(BOB, 1_000_000, taxed),
            out_of(BOB, 70_000, taxed),
            into(FAKE, 70_000, taxed),
            statement(88),
        ],
        [
            *store(ALICE, 0, metadata=taxed),
            *store(BOB, 930_000, metadata=taxed),
            *store(FAKE, 70_000, metadata=taxed),
        ],
        gas=88,
    )
    tell(
        "hostile-taking-hook",
        "The issuer's hook takes 7 % out of Bob's store again within the transfer.",
        answers(body, *token(taxed, about("TAX", "Taxed", 6), hooks=True)),
        hash_of("taxed"),
    )
    body = transaction(
        "clawed",
        call(f"{short(FAKE)}::tax::trick", [BOB]),
        [
            out_of(ALICE, 1_000_000, taxed),
            into(BOB, 1_000_000, taxed),
            out_of(BOB, 1_000_000, taxed),
            into(ALICE, 1_000_000, taxed),
            statement(91),
        ],
        [*store(ALICE, 1_000_000, metadata=taxed), *store(BOB, 0, metadata=taxed)],
        gas=91,
    )
    tell(
        "hostile-taken-back",
        "What was paid to Bob is taken back in the same transaction.",
        answers(body, *token(taxed, about("TAX", "Taxed", 6), hooks=True)),
        hash_of("clawed"),
    )
    beside = somebody("a second store")
    body = transaction(
        "secondary",
        call("0x1::fungible_asset::transfer", [short(somebody("x")), short(beside), "42000000"]),
        [out_of(ALICE, 42_000_000, USDC), into(BOB, 42_000_000, USDC, at=beside), statement(57)],
        [*store(ALICE, 0, metadata=USDC), *store(BOB, 42_000_000, metadata=USDC, at=beside)],
    )
    tell(
        "secondary-store",
        "USDC in a store beside Bob's usual one.",
        answers(body, *USDC_ANSWERS),
        hash_of("secondary"),
    )
    body = transaction(
        "frozen",
        call(f"{short(FAKE)}::issuer::pay_into_frozen", [BOB]),
        [out_of(ALICE, 42_000_000, USDC), into(BOB, 42_000_000, USDC), statement(57)],
        [*store(ALICE, 0, metadata=USDC), *store(BOB, 42_000_000, metadata=USDC, frozen=True)],
    )
    tell(
        "frozen-store",
        "The issuer has frozen Bob's store; USDC lies in it.",
        answers(body, *USDC_ANSWERS),
        hash_of("frozen"),
    )
    passing = somebody("a passing store")
    body = transaction(
        "deleted-store",
        call(f"{short(POOL)}::router::route", [BOB]),
        [
            out_of(ALICE, 42_000_000, USDC),
            into(POOL, 42_000_000, USDC, at=passing),
            out_of(POOL, 42_000_000, USDC, at=passing),
            event(
                "0x1::fungible_asset::FungibleStoreDeletion",
                {"store": short(passing), "owner": short(POOL), "metadata": short(USDC)},
            ),
            into(BOB, 42_000_000, USDC),
            statement(57),
        ],
        [*store(ALICE, 0, metadata=USDC), *store(BOB, 42_000_000, metadata=USDC)],
    )
    tell(
        "deleted-store",
        "USDC passes through a store that is deleted at once.",
        answers(body, *USDC_ANSWERS),
        hash_of("deleted-store"),
    )
    body = transaction(
        "unknown-store",
        call(f"{short(POOL)}::router::route", [BOB]),
        [into(BOB, 42_000_000, USDC, at=passing), statement(57)],
        [*store(ALICE, 77)],
    )
    tell(
        "unknown-store",
        "A deposit into a store that no change of the transaction names.",
        answers(body),
        hash_of("unknown-store"),
    )


def primary_text(owner: str) -> str:
    return store(owner, 0)[0]["address"]  # type: ignore[no-any-return]  # a change's address is text


def thing_stories() -> None:
    thing = somebody("an nft")
    body = transaction(
        "nft",
        call("0x1::object::transfer", [{"inner": thing}, BOB], ["0x4::token::Token"]),
        [
            event(
                "0x1::object::Transfer",
                {"object": short(thing), "from": short(ALICE), "to": short(BOB)},
            ),
            statement(15),
        ],
        [owned(thing, BOB), *store(ALICE, 900)],
        gas=15,
    )
    tell("nft", "An object, a digital asset, changes hands.", answers(body), hash_of("nft"))
    given = {"object": short(thing), "from": short(ALICE), "to": short(BOB)}
    back = {"object": short(thing), "from": short(BOB), "to": short(CAROL)}
    body = transaction(
        "nft-passed-on",
        call(f"{short(POOL)}::market::fill", [thing]),
        [
            event("0x1::object::Transfer", given),
            event("0x1::object::TransferEvent", given, holder=thing, number=1),
            event("0x1::object::Transfer", back),
            statement(15),
        ],
        [owned(thing, CAROL)],
        gas=15,
    )
    tell(
        "nft-passed-on",
        "A market takes an object from Alice and gives it to Carol.",
        answers(body),
        hash_of("nft-passed-on"),
    )
    data = {
        "id": {
            "property_version": "0",
            "token_data_id": {"collection": "Old", "creator": short(FAKE), "name": "Old #1"},
        },
        "amount": "1",
    }
    body = transaction(
        "old-token",
        call(
            "0x3::token_transfers::claim_script", [short(ALICE), short(FAKE), "Old", "Old #1", "0"]
        ),
        [event("0x3::token::DepositEvent", data, holder=BOB, number=7), statement(15)],
        [TABLE_ITEM],
        sender=BOB,
        gas=15,
    )
    tell(
        "old-token-standard",
        "An NFT of the first standard: seen, and left to a person.",
        answers(body),
        hash_of("old-token"),
    )


def failed_stories() -> None:
    body = transaction(
        "failed",
        pay(BOB, 9_900_000_000),
        [statement(6)],
        [*store(ALICE, 1_234)],
        gas=6,
        success=False,
        vm_status="Move abort in 0x1::fungible_asset: EINSUFFICIENT_BALANCE(0x10004): Insufficient balance",
    )
    tell("failed", "The sender had less than he sent: only gas was paid.", answers(body))
    account = somebody("multisig")
    payload = {
        "type": "multisig_payload",
        "multisig_address": short(account),
        "transaction_payload": pay(BOB, 800_000_000),
    }
    body = transaction(
        "multisig",
        payload,
        [
            out_of(account, 800_000_000),
            into(BOB, 800_000_000),
            event(
                "0x1::multisig_account::TransactionExecutionSucceeded", {"executor": short(ALICE)}
            ),
            statement(95),
        ],
        [*store(account, 100), *store(BOB, 800_000_000), *store(ALICE, 55)],
        gas=95,
    )
    tell("multisig", "A multisig account pays.", answers(body))
    failure = {
        "multisig_account": short(account),
        "executor": short(ALICE),
        "sequence_number": "3",
        "execution_error": {
            "abort_location": "0x1::fungible_asset",
            "error_code": "65540",
            "error_type": "MoveAbort",
        },
    }
    body = transaction(
        "multisig-failed",
        payload,
        [event("0x1::multisig_account::TransactionExecutionFailed", failure), statement(95)],
        [*store(ALICE, 55)],
        gas=95,
    )
    tell(
        "hostile-inner-call-failed",
        "The transaction succeeded, the multisig account's payment within it failed.",
        answers(body),
        hash_of("multisig-failed"),
    )


def open_stories() -> None:
    body = pending("pending", pay(BOB, 333_000_000))
    tell("pending", "It waits to be executed.", answers(body))
    batch = call(
        "0x1::aptos_account::batch_transfer_fungible_assets",
        [{"inner": USDC}, [BOB, CAROL], ["1", "2"]],
    )
    tell(
        "pending-batch",
        "A batch of USDC waits to be executed.",
        answers(pending("pending-batch", batch)),
    )
    validators = {
        k: v
        for k, v in transaction("epilogue", {}, [], []).items()
        if k
        not in (
            "sender",
            "payload",
            "signature",
            "sequence_number",
            "max_gas_amount",
            "gas_unit_price",
            "expiration_timestamp_secs",
            "replay_protection_nonce",
            "events",
        )
    }
    validators |= {"type": "state_checkpoint_transaction", "gas_used": "0"}
    tell(
        "system-transaction",
        "The validators' own transaction: no payment.",
        answers(validators),
        hash_of("epilogue"),
    )

    unknown = hash_of("unknown")
    missing = refused(
        f"/transactions/by_hash/{unknown}",
        "transaction_not_found",
        message=f"Transaction not found by Transaction hash({unknown})",
    )
    tell(
        "absent",
        "A node with the whole history does not know it.",
        [ledger(), missing],
        unknown,
        absent=True,
    )
    late = HEAD_VERSION + 5
    missing = refused(f"/transactions/by_version/{late}", "version_not_found")
    tell(
        "absent-version",
        "No transaction has this version yet.",
        [ledger(), missing],
        str(late),
        absent=True,
    )
    tell(
        "unhealthy-snapshot",
        "The node began with a snapshot: what it does not know may be older.",
        [
            ledger(oldest_ledger_version="5000000000", oldest_block_height="900000000"),
            refused(f"/transactions/by_hash/{hash_of('old')}", "transaction_not_found"),
        ],
        hash_of("old"),
        error="unhealthy",
    )
    tell(
        "unhealthy-pruned",
        "The node has pruned this version.",
        [
            ledger(oldest_ledger_version="5000000000"),
            refused("/transactions/by_version/4000000000", "version_pruned", 410),
        ],
        "4000000000",
        error="unhealthy",
    )
    tell(
        "unhealthy-other-chain",
        "The node is on the test network.",
        [ledger(chain_id=2)],
        hash_of("elsewhere"),
        error="unhealthy",
    )
    tell(
        "unhealthy-stale",
        "The node's ledger has stood still for five minutes.",
        [ledger(ledger_timestamp=str(HEAD_MICROSECONDS - 300_000_000))],
        hash_of("stale"),
        error="unhealthy",
    )
    body = transaction("elsewhere", pay(BOB, 1), [into(BOB, 1), statement(5)], [*store(BOB, 1)])
    version = int(body["version"])
    wrong = block(version + 1_000)
    wrong["get"] = block(version)["get"]
    tell(
        "garbled-other-block",
        "The block answered does not hold the version.",
        answers(body, wrong),
        hash_of("elsewhere"),
        error="garbled",
    )
    body = transaction("garbled", pay(BOB, 1), [into(BOB, 1), statement(5)], [*store(BOB, 1)])
    body["events"][0]["data"]["amount"] = "1.5"
    tell(
        "garbled-amount",
        "An amount with a fraction.",
        answers(body),
        hash_of("garbled"),
        error="garbled",
    )


def main() -> None:
    for tell_all in (
        real_stories,
        native_stories,
        token_stories,
        thing_stories,
        failed_stories,
        open_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    row = load_registry()["APT"]
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            told = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([told])) as server:
                node = Node(row.code, server.url, "rest")
                (answer,) = ask_node(row, node, [parse_hash(row, fixture["tx_hash"])])
                node.close()
            if not isinstance(answer, Found):
                raise SystemExit(f"{name}: {answer} {server.unanswered}")
            fixture["evidence"] = print_evidence(answer.evidence)
        last = ("evidence", "absent", "error", "notes")
        ordered = {k: v for k, v in fixture.items() if k not in last}
        ordered |= {k: fixture[k] for k in last if k in fixture}
        (FOLDER / f"{name}.json").write_text(
            json.dumps(ordered, indent=1, ensure_ascii=False) + "\n"
        )
    print(f"{len(STORIES)} stories")


if __name__ == "__main__":
    main()
