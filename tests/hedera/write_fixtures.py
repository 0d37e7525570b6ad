"""Writes the fixtures of Hedera: ``python -m hedera.write_fixtures`` from the folder of the tests.

The evidence is what the family says when the file is played; what it has to be is stated by the
tests beside, story by story.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from hedera import stories as s
from hedera.stories import ALICE, ART, BOB, CAROL, CONTRACT, EXCHANGE, FAKE, STAMP, USDC, Json

from recovery.chains.codecs import parse_hash
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.networks import load_registry
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "HBAR"
WRITTEN = "written by hand after the mirror node's documented answers; ids and hashes are of nobody"
STAND_IN = "block and head belong to the story's clock, the block's hash is a stand-in"

STORIES: dict[str, Json] = {}
_ids = iter(range(1, 1000))


def tell(name: str, story: str, exchanges: list[Json], tx_hash: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "HBAR", "api": "mirror", "now": s.NOW, "tx_hash": tx_hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def own(*rows: Json) -> list[Json]:
    """The rows under an id of this story alone, so that one server can play all stories."""
    number = next(_ids)
    start = s.START[0] - number
    told = []
    for row in rows:
        second, _, nanos = row["consensus_timestamp"].partition(".")
        changed = {"transaction_id": f"{ALICE}-{start}-{s.START[1]:09d}"}
        changed["consensus_timestamp"] = f"{int(second) - number}.{nanos}"
        changed["valid_start_timestamp"] = f"{start}.{s.START[1]:09d}"
        changed["transaction_hash"] = s.sha384(number, row["transaction_hash"])
        told.append(row | changed)
    return told


def tell_row(name: str, story: str, *rows: Json, **more: Any) -> list[Json]:
    told = own(*rows)
    chosen = told[more.pop("chosen", 0)]
    typed = more.pop("typed", "{id}").format(id=told[0]["transaction_id"])
    exchanges = s.answers(*told, chosen=chosen) + more.pop("extra", [])
    tell(name, story, exchanges, typed, **more)
    return told


def mainnet(name: str, story: str, *rows: Json, **more: Any) -> None:
    number, chosen = more.pop("number"), rows[more.pop("chosen", 0)]
    tx = rows[0]["transaction_id"]
    source = f"facts of the mainnet transaction {tx}; {STAND_IN}"
    exchanges = s.answers(*rows, number=number, chosen=chosen)
    tell(name, story, exchanges, more.pop("typed", tx), origin="mainnet", source=source, **more)


def real_stories() -> None:
    paid = s.row(
        s.at("0.0.14684", 90_000),
        s.at("0.0.14698", -90_000),
        charged_tx_fee=78_643,
        fee=[s.at("0.0.5", 2017), s.at("0.0.98", 76_626), s.at("0.0.19852", -78_643)],
        node="0.0.5",
        consensus_timestamp="1646746059.040288661",
        transaction_id="0.0.19852-1646746046-457048377",
        valid_start_timestamp="1646746046.457048377",
        transaction_hash="+eQ70U7gSMiSavPTAr1RoKsWipe3H/oef5CiZ051Xli73Dc0XxXdQPnwT8Sml9sE",
        max_fee="4000000",
    )
    text = "0.0009 hbar from an account that somebody else's transaction moved, as it allowed."
    mainnet("native-paid-by-another", text, paid, number=29_000_000)
    text = "The same by its hash, as the mirror writes it."
    exchanges = STORIES["native-paid-by-another"]["exchanges"]
    digest = base64.b64decode(paid["transaction_hash"]).hex()
    by_hash = s.get(f"/transactions/{digest}", {"transactions": [paid]})
    source = STORIES["native-paid-by-another"]["source"]
    tell(
        "native-by-hash",
        text,
        [*exchanges, by_hash],
        paid["transaction_hash"],
        origin="mainnet",
        source=source,
    )
    failed = s.row(
        charged_tx_fee=95_515_604,
        fee=[s.at("0.0.3", 881_921), s.at("0.0.98", 94_633_683), s.at("0.0.950", -95_515_604)],
        name="CONTRACTCALL",
        node="0.0.3",
        result="INSUFFICIENT_GAS",
        entity_id="0.0.749774",
        memo_base64=s.memo(
            "Mirror Node acceptance test: 2022-03-07T15:09:26.066680977Z Execute contract"
        ),
        consensus_timestamp="1646665766.574738471",
        transaction_id="0.0.950-1646665756-235554077",
        valid_start_timestamp="1646665756.235554077",
        transaction_hash="rW+y3bjDPq1I3d7WeeyNbROuerh9oG8xcthiCodI5Q1xMHXInn3qOUR7TLj6LNQo",
        valid_duration_seconds=None,
    )
    text = "A contract call without enough gas: only the fee was taken."
    mainnet(
        "failed-out-of-gas", text, failed, number=28_960_000, typed="0.0.950@1646665756.235554077"
    )
    reverted = s.row(
        charged_tx_fee=120_694_790,
        fee=[
            s.at("0.0.3", 1_719_386),
            s.at("0.0.98", 118_975_404),
            s.at("0.0.34376678", -120_694_790),
        ],
        name="CONTRACTCALL",
        node="0.0.3",
        result="CONTRACT_REVERT_EXECUTED",
        entity_id="0.0.34739492",
        consensus_timestamp="1652256326.071602560",
        transaction_id="0.0.34376678-1652256313-310050890",
        valid_start_timestamp="1652256313.310050890",
        transaction_hash="kLnhFcr1zLlhcuH4Doz6VF20IB4dEaxomChYqSie0+xkDNwaWrd2UFWl0ZxWYStj",
    )
    text = "A reverted contract call lists the fee's transfers and paid nobody."
    typed = "https://hashscan.io/mainnet/transaction/0.0.34376678-1652256313-310050890"
    mainnet("failed-reverted", text, reverted, number=31_700_000, typed=typed)
    times = {"valid_start_timestamp": "1666754898.238965661"}
    times["transaction_id"] = "0.0.503733-1666754898-238965661"
    created = s.row(
        charged_tx_fee=10_222_951,
        fee=[
            s.at("0.0.22", 513_563),
            s.at("0.0.98", 9_709_388),
            s.at("0.0.503733", -10_222_951),
        ],
        name="SCHEDULECREATE",
        node="0.0.22",
        consensus_timestamp="1666754908.576858590",
        **times,
    )
    minted = s.row(
        charged_tx_fee=250_757,
        fee=[s.at("0.0.98", 250_757), s.at("0.0.540286", -250_757)],
        name="TOKENMINT",
        node=None,
        scheduled=True,
        entity_id="0.0.1304757",
        token_transfers=[s.paid("0.0.1304757", "0.0.540219", 404_955_647)],
        transaction_hash="88cs2fTZgAV2fh+n7zWhZjPs24NDyq6icaP/CR64SR5vruiiKoHB3Ip6oid5DMfa",
        consensus_timestamp="1666754925.508764007",
        **times,
    )
    text = "A schedule was created and later executed under one id: the execution minted a token."
    mainnet("schedule-executed", text, created, minted, number=39_000_000, chosen=1)


def payment_stories() -> None:
    coins = (s.at(EXCHANGE, 250_000_000), s.at(ALICE, -250_000_000))
    told = tell_row("native", "2.5 hbar with a memo.", s.row(*coins, memo_base64=s.memo("104857")))
    stamp = told[0]["consensus_timestamp"]
    at_time = s.get(f"/transactions?timestamp={stamp}", {"transactions": told})
    exchanges = [*s.answers(*told), at_time]
    text = "The explorer's address holds the consensus time instead of the id."
    tell("by-consensus-time", text, exchanges, f"https://hashscan.io/mainnet/transaction/{stamp}")
    dollars = [s.paid(USDC, ALICE, -2_500_000), s.paid(USDC, EXCHANGE, 2_500_000)]
    text = "2.5 USDC with a memo."
    tell_row("token", text, s.row(token_transfers=dollars, memo_base64=s.memo("104857")))
    tell_row("memo-missing", "A payment to a shared account without a memo.", s.row(*coins))
    bytes_memo = s.memo(b"\xff\x00104857")
    tell_row(
        "memo-binary", "A memo of bytes that are no text.", s.row(*coins, memo_base64=bytes_memo)
    )
    several = (s.at(EXCHANGE, 5_000_000), s.at(BOB, 7_000_000), s.at(ALICE, -12_000_000))
    text = "One transaction pays two accounts under one memo."
    tell_row("batch", text, s.row(*several, memo_base64=s.memo("104857")))
    parts = (s.at(EXCHANGE, 3_000_000), s.at(EXCHANGE, 4_000_000), s.at(CAROL, -7_000_000))
    tell_row("several-entries", "Two entries of one account are one receipt.", s.row(*parts))
    rewards = [{"account": EXCHANGE, "amount": 9_000_000}]
    listed = (s.at(EXCHANGE, 14_000_000), s.at(ALICE, -5_000_000), s.at(s.STAKING, -9_000_000))
    row = s.row(*listed, staking_reward_transfers=rewards)
    text = "A payment of 0.05 hbar makes a staking reward of 0.09 fall due in the same list."
    tell_row("staking-reward", text, row)
    nfts = [
        s.item(ART, 7, ALICE, BOB),
        s.item(ART, 7, BOB, EXCHANGE),
        s.item(ART, 8, ALICE, EXCHANGE),
    ]
    tell_row("nft", "Two pictures, one of them by way of Bob.", s.row(nft_transfers=nfts))


def program_stories() -> None:
    inner = (s.at(ALICE, -30_000_000), s.at(CONTRACT, 10_000_000), s.at(EXCHANGE, 20_000_000))
    row = s.row(*inner, name="CONTRACTCALL", entity_id=CONTRACT)
    text = "A contract keeps part of what it was paid and hands the rest on to us."
    tell_row("internal", text, row)
    parent = s.row(name="CONTRACTCALL", entity_id=CONTRACT, memo_base64=s.memo("104857"))
    child = s.row(
        charged_tx_fee=0,
        node=None,
        nonce=1,
        parent_consensus_timestamp=STAMP,
        consensus_timestamp="1795175885.123456790",
        token_transfers=[s.paid(USDC, ALICE, -9_000_000), s.paid(USDC, EXCHANGE, 9_000_000)],
    )
    text = "A contract call moved USDC in its child: the customer has the id of the call."
    tell_row("child-by-parent-id", text, parent, child, chosen=1)
    text = "The same child by its own id, with its number."
    tell_row("child-by-own-id", text, parent, child, chosen=1, typed="{id}/1")
    bought = s.row(s.at(CONTRACT, 6), s.at(ALICE, -6), name="CONTRACTCALL", entity_id=CONTRACT)
    second = child | {"nonce": 2, "consensus_timestamp": "1795175885.123456791"}
    second |= {"token_transfers": [], "nft_transfers": [s.item(ART, 9, CONTRACT, EXCHANGE)]}
    text = "A purchase: hbar to a contract; USDC and a picture came in two parts of the same id."
    tell_row("parts-pointed-to", text, bought, child, second)
    wrapped = s.row(
        s.at(ALICE, -20_000_000),
        s.at(EXCHANGE, 999_000_000),
        s.at(CAROL, -999_500_000),
        s.at(ALICE, 20_000_000),
        fee=[s.at(s.NODE, 4063), s.at(s.NODES, 580_500), s.at(ALICE, -84_563)],
        charged_tx_fee=584_563,
        name="ETHEREUMTRANSACTION",
        entity_id=EXCHANGE,
    )
    told = own(wrapped)
    digest = "0x" + hashlib.sha256(b"hedera evm").hexdigest()
    stamp = told[0]["consensus_timestamp"]
    result = {"hash": digest, "timestamp": stamp, "result": "SUCCESS", "block_number": s.HEAD - 57}
    extra = [
        s.get(f"/contracts/results/{digest}", result),
        s.get(f"/transactions?timestamp={stamp}", {"transactions": told}),
    ]
    text = "An EVM wallet's transfer, relayed by another account that paid a part of the fee."
    tell("by-evm-hash", text, [*s.answers(*told), *extra], digest)
    proposed = s.row(name="SCHEDULECREATE", entity_id="0.0.7007777")
    tell_row("hostile-schedule-not-executed", "A proposed payment is no payment.", proposed)


def hostile_stories() -> None:
    coins = (s.at(EXCHANGE, 99_900_000_000), s.at(ALICE, -99_900_000_000))
    row = s.row(*coins, result="INVALID_SIGNATURE", memo_base64=s.memo("104857"))
    text = "999 hbar are listed in a record that failed."
    tell_row("hostile-failed-with-transfers", text, row)
    paid = s.row(s.at(EXCHANGE, 5_500_000), s.at(ALICE, -5_500_000))
    again = s.row(result="DUPLICATE_TRANSACTION", consensus_timestamp="1795175886.000000001")
    text = "The id was given to two nodes: it paid once."
    tell_row("hostile-duplicate-id", text, again, paid, chosen=1)
    dollars = [s.paid(FAKE, ALICE, -90_000_000_000), s.paid(FAKE, EXCHANGE, 90_000_000_000)]
    text = "90,000 of a token that calls itself USDC."
    tell_row("hostile-token-named-usdc", text, s.row(token_transfers=dollars))
    dropped = s.row(name="TOKENAIRDROP")
    told = own(dropped)
    stamp = told[0]["consensus_timestamp"]
    waits = {
        "airdrops": [
            {
                "amount": 77_000_000,
                "receiver_id": EXCHANGE,
                "sender_id": ALICE,
                "serial_number": None,
                "timestamp": {"from": stamp, "to": None},
                "token_id": USDC,
            },
            {
                "amount": 1,
                "receiver_id": BOB,
                "sender_id": ALICE,
                "serial_number": None,
                "timestamp": {"from": "1700000000.000000001", "to": None},
                "token_id": USDC,
            },
        ],
        "links": {"next": None},
    }
    extra = [
        s.get(f"/accounts/{ALICE}/airdrops/outstanding?limit=100", waits),
        s.get(f"/tokens/{USDC}", s.TOKENS[USDC] | {"token_id": USDC}),
    ]
    text = "An airdrop succeeded and waits: its receiver has not claimed it."
    typed = told[0]["transaction_id"]
    tell("hostile-pending-airdrop", text, [*s.answers(*told), *extra], typed)
    missing = (s.at(EXCHANGE, 8_000_000), s.at(ALICE, -3_000_000))
    text = "More hbar was received than anybody gave: the list is not whole."
    tell_row("hostile-unbalanced-list", text, s.row(*missing))
    dust = (s.at(EXCHANGE, 1), s.at(ALICE, -1))
    advert = s.memo("claim at hbar.example")
    tell_row("hostile-dust-with-advert", "A tinybar with a link.", s.row(*dust, memo_base64=advert))
    told = own(s.row(s.at(EXCHANGE, 4_400_000), s.at(ALICE, -4_400_000)))
    other = told[0] | {"transaction_id": f"{BOB}-1795170000-000000001"}
    exchanges = s.answers(*told)
    exchanges[2] = s.get(f"/transactions/{told[0]['transaction_id']}", {"transactions": [other]})
    text = "The mirror answers with a transaction of another id."
    tell("garbled-other-id", text, exchanges, told[0]["transaction_id"], error="garbled")
    both = own(*[s.row(s.at(EXCHANGE, 4_500_000), s.at(ALICE, -4_500_000))] * 2)
    text = "Two rows of one id claim to have succeeded."
    tell(
        "garbled-two-successes", text, s.answers(*both), both[0]["transaction_id"], error="garbled"
    )


def unanswered_stories() -> None:
    old = f"{ALICE}-1795000000-000000001"
    missing = s.get(f"/transactions/{old}", s.NOT_FOUND, 404)
    rate = {"cent_equivalent": 12, "hbar_equivalent": 1, "expiration_time": 1_795_179_600}
    cost = s.get("/network/exchangerate", {"current_rate": rate, "next_rate": rate})
    text = "A mirror with the whole history does not know the id, whose time has run out."
    tell("absent", text, [*s.health(), missing, cost], old, absent=True)
    evm = "0x" + "5e" * 32
    exchanges = [*s.health(), s.get(f"/contracts/results/{evm}", s.NOT_FOUND, 404)]
    tell("absent-evm-hash", "No contract result of this hash.", exchanges, evm, absent=True)
    nobody = "7a" * 48
    newest = s.row(s.at(BOB, 1), s.at(ALICE, -1))
    known = base64.b64decode(newest["transaction_hash"]).hex()
    lookup = [
        *s.health(),
        s.get(f"/transactions/{nobody}", s.NOT_FOUND, 404),
        s.get("/transactions?limit=1&order=desc", {"transactions": [newest]}),
    ]
    exchanges = [*lookup, s.get(f"/transactions/{known}", {"transactions": [newest]})]
    text = "A hash that a mirror which looks up hashes does not know."
    tell("absent-hash", text, exchanges, nobody, absent=True)
    exchanges = [*lookup, s.get(f"/transactions/{known}", s.NOT_FOUND, 404)]
    text = "A mirror that looks up no hashes says 404 of every one: that is no absence."
    tell("unhealthy-no-hash-lookup", text, exchanges, nobody, error="unhealthy")
    early = f"{ALICE}-{s.START[0]}-999999999"
    missing = s.get(f"/transactions/{early}", s.NOT_FOUND, 404)
    text = "An id so young that nodes may still take it is not absent yet."
    tell("unhealthy-may-still-come", text, [*s.health(), missing], early, error="unhealthy")
    late = {"timestamp": {"from": "1795175000.000000001", "to": "1795175001.000000001"}}
    text = "A mirror whose newest block is a quarter of an hour old."
    tell("unhealthy-stands-still", text, s.health(**late), old, error="unhealthy")
    test = [*s.health()]
    test[1] = s.get("/blocks/0", s.block(0, "1706812520.644859297", "1706812520.644859297"))
    text = "A mirror of the test network, where the same ids stand for others."
    tell("unhealthy-other-network", text, test, old, error="unhealthy")
    partial = [s.health()[0], s.get("/blocks/0", s.NOT_FOUND, 404)]
    exchanges = [*partial, s.get(f"/transactions/{old}", s.NOT_FOUND, 404)]
    text = "A mirror without the first blocks proves no absence."
    tell("unhealthy-partial-history", text, exchanges, old, error="unhealthy")


def main() -> None:
    for tell_all in (
        real_stories,
        payment_stories,
        program_stories,
        hostile_stories,
        unanswered_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = s.NOW
    row = load_registry()["HBAR"]
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            told = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([told])) as server:
                node = Node(row.code, server.url, "mirror")
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
