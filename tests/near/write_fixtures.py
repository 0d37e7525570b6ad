"""Writes ``fixtures/NEAR`` from the stories told here: ``python tests/near/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from near.stories import (
    ALICE,
    BOB,
    CAROL,
    FORGER,
    HEAD,
    ITEMS,
    NEAR,
    NOW,
    OLD,
    OURS,
    PANIC,
    PAYER,
    RELAYER,
    ROW,
    USDT,
    Json,
    block,
    call,
    event,
    fault,
    found,
    ft_transfer,
    health,
    lookup,
    metadata,
    moved,
    name_id,
    receipt,
    refund,
    rpc,
    send,
    transaction,
    unknown,
)

from recovery.chains.near.answer import read_answer
from recovery.chains.near.decode import find_blocks
from recovery.chains.near.moves import find_tokens
from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "NEAR"
WRITTEN = "written by hand after the documented answers of nearcore's JSON-RPC; accounts of nobody"
STORIES: dict[str, Json] = {}
BLOCKS: dict[str, Json] = {}


def tell(name: str, story: str, exchanges: list[Json], tx_hash: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "NEAR", "api": "jsonrpc", "now": NOW, "tx_hash": tx_hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def tell_tx(name: str, story: str, answer: Json, **more: Any) -> None:
    read = read_answer(answer)
    known = {name_id(f"block {h}"): block(h) for h in range(HEAD - 110, HEAD + 3)} | BLOCKS
    named = dict.fromkeys((*find_blocks(ROW, read), *more.pop("blocks", ())))
    blocks = [rpc("block", {"block_id": b}, known[b]) for b in named]
    tokens = [metadata(contract) for contract in find_tokens(read)] if blocks else []
    exchanges = [*health(), found(answer), *blocks, *tokens]
    tell(name, story, exchanges, more.pop("typed", read.tx_hash), **more)


def real(
    tx_hash: str, signer: str, receiver: str, actions: list[Any], height: int, **more: Any
) -> Json:
    """A transaction whose facts are the chain's; what the recording lacks is stood in for."""
    first = receipt(
        f"receipt of {tx_hash}", signer, receiver, *actions, height=height + 1, signer=signer,
        **{k: more[k] for k in ("logs", "burnt", "receipt_id", "block_hash") if k in more},
    )  # fmt: skip
    made = [first]
    if "refunded" in more:
        made.append(refund(first["name"], signer, height + 2))
        made[-1]["id"] = more["refunded"]
    for entry in made:
        moment = more["seconds"] * 10**9
        BLOCKS[entry["block"]] = block(entry["height"], named=entry["block"], nanoseconds=moment)
    return transaction(
        tx_hash, *made, tx_hash=tx_hash, block_hash=more["own_block"], burnt=more["own_burnt"],
    )  # fmt: skip


LATER = "AoTFZPRdJ452jYf8zH58tQbeCboUNZ4wbpajfV89Xfkd"  # block 114158749
EARLIER = "9o6nH7ZVRuF4aYj2FvCLKsQWeJUUScEMsSWSKVbLxJhR"  # block 105793821


def real_transactions() -> dict[str, tuple[str, Json]]:
    implicit = "75b4f90dc729b28ce1a3d44b2c96b3943136f1d7ced0b5df1fc23662439e3e3c"
    burnt = 417_494_768_750_000_000_000
    sweat = "df6ea755b08dd845d7798ddf4ca8c262b32384ca4aec8b3421519cd84feaddc0"
    registered = call("storage_deposit", {"account_id": "trivia.sweat"}, 9 * 10**20)
    memo = "sw:t:m:Wqb5rMAjPY"
    full = {"nonce": 0, "permission": "FullAccess"}
    key = {"access_key": full, "public_key": "ed25519:7rRkwSamtgc5WSXvGr4nrys7qyRYSm1eJD2dJKy1onLk"}
    tether = "i6444159029.tg"
    dues = call(
        "storage_deposit", {"account_id": "i6368667281.tg", "registration_only": True}, 125 * 10**20
    )
    return {
        "native-to-implicit": (
            "1 NEAR to an implicit account.",
            real(
                "5qSP5dRVr5KQ37Dd9CV2gi7KDuvtU4eFaRK7cDKREVL2",
                "051d30e6c78c4cf858389d62af5f703275450d318b85ff52a4ac963948cfdf95",
                implicit, [send(NEAR)], 140_000_000, seconds=1_740_000_000, burnt=burnt,
                own_burnt=burnt, own_block="F45xbjXiyHn5noj1692RVqeuNC6X232qhKpvvPrv92iz",
                block_hash="5CyzCwkvs3ZKPwBiSDSvYVmZPJrvEet6ZNXv8xdgxUT6",
                receipt_id="GL8AT7dmdpMJs1QmQNrPvghWaZgxMUuapWPshAVgQsPu",
                refunded="9dRumLFVfSHG6a8DAnfEcFPU2JQ4Rb4wUdSq1NfAea6Z",
            ),
        ),
        "native-to-named": (
            "0.005 NEAR from a hot wallet to a named account.",
            real(
                "3rsLGwbaDR3z9DFmrqm2MLhTHowQgSst8muguvoFwWDc", "hotwallet.kaiching",
                "lpgrlgo87l7g.users.kaiching", [send(5 * 10**21)], 105_793_821,
                seconds=1_700_101_229, own_burnt=22_318_256_250_000_000_000, own_block=EARLIER,
                receipt_id="3cy4UFGgu5kwUxZ3RuGYcbkRChYBpPSUKruYuFV7RviD",
            ),
        ),
        "native-with-new-account": (
            "An account is made, gets its key and 0.01 NEAR.",
            real(
                "9W5v1f1AQ9ekNKY3JShWuSLAwDiyM8bw8KaxxcapxzPG", "users.kaiching",
                "z3sn5zlz5ldg.users.kaiching", ["CreateAccount", {"AddKey": key}, send(10**22)],
                114_158_749, seconds=1_709_640_000, own_burnt=burnt, own_block=LATER,
                receipt_id="2P6BcLsek4HzAce6QfC4TttQgRcBm5H7C4MnqCGxLKqF",
            ),
        ),
        "token-with-memo": (
            "Storage is paid for, then 10 SWEAT are sent, with a memo.",
            real(
                "2UNqbcRuRRbwizYAxcHUXpzcAkg8VPAJVaTuJKg8uAU8", sweat, "token.sweat",
                [registered, ft_transfer("trivia.sweat", 10**19, memo)], 114_158_749,
                seconds=1_709_640_000, own_burnt=474_810_447_449_600_000_000, own_block=LATER,
                receipt_id="33sgKXasw6baDnZFAngPJhTxXe9sCWqmKPQWYjdFhUTQ",
                logs=(moved(sweat, "trivia.sweat", 10**19, memo),),
            ),
        ),
        "token-usdt": (
            "1.111658 USDt, the recipient's storage paid for in the same call.",
            real(
                "CLtRF5LTesqzUjRBmKhnrWesix4J27hdSjLHFvcCsyfR", tether, USDT,
                [dues, ft_transfer("i6368667281.tg", 1_111_658)], 114_158_749,
                seconds=1_709_640_000, own_burnt=474_807_987_922_200_000_000, own_block=LATER,
                receipt_id="CumrJqZkTXi6Go6YQ365skj5GrRDejbUUVwpxdD8mqN1",
                logs=(moved(tether, "i6368667281.tg", 1_111_658),),
            ),
        ),
    }  # fmt: skip


def real_stories() -> None:
    stand_in = (
        "blocks of receipts, what the recording lacks, tokens' words and the head are stand-ins"
    )
    for name, (story, answer) in real_transactions().items():
        source = f"facts of the mainnet transaction {answer['transaction']['hash']}; {stand_in}"
        tell_tx(name, story, answer, origin="mainnet", source=source)


def native_stories() -> None:
    first = receipt("plain", ALICE, OURS, send(3 * NEAR))
    typed = f"https://nearblocks.io/txns/{name_id('plain tx')}"
    answer = transaction("plain tx", first, refund("plain", ALICE))
    tell_tx("native", "3 NEAR, and the unburnt gas comes back.", answer, typed=typed)
    first = receipt("own", OURS, OURS, send(7))
    tell_tx("native-to-itself", "A receipt to oneself is not listed.", transaction("own tx", first))
    first = receipt("late", ALICE, OURS, send(4 * NEAR), height=HEAD - 1)
    answer = transaction("late tx", first, level="EXECUTED_OPTIMISTIC")
    tell_tx("not-final", "Executed, in a block that is not final yet.", answer)
    first = receipt("young", ALICE, OURS, send(5 * NEAR), height=HEAD + 1)
    answer = transaction("young tx", first, height=HEAD)
    text = "Said to be final in a block above the newest final one that was asked."
    tell_tx("not-final-above-head", text, answer)
    first = receipt("waits", ALICE, OURS, send(6 * NEAR), waiting=True)
    answer = transaction("waiting tx", first, level="INCLUDED", status="Started")
    tell_tx("pending", "In a block; its receipt has not run.", answer)
    ether = "0x32be343b94f860124dc4fee278fdcbd38c102d88"
    first = receipt("eth", ALICE, ether, send(2 * NEAR))
    text = "NEAR to the implicit account of an Ethereum key."
    tell_tx("native-to-eth-implicit", text, transaction("eth tx", first))
    made = receipt("delete", ALICE, ALICE, {"DeleteAccount": {"beneficiary_id": OURS}})
    rest = receipt("rest", "system", OURS, send(8 * NEAR), parent="delete")
    answer = transaction("delete tx", made, rest, refund("delete", ALICE))
    tell_tx("account-deleted", "An account is deleted, and what it had left comes to us.", answer)
    back = receipt("gas", "system", OURS, send(10**21), parent="spent", height=HEAD - 99)
    first = receipt("spent", OURS, BOB, call("vote", {}), signer=OURS)
    text = "Unburnt gas comes back to us: no deposit."
    # its block is told too: whoever takes it for a payment finds all that he asks for
    tell_tx(
        "hostile-gas-refund", text, transaction("spent tx", first, back), blocks=[back["block"]]
    )


def program_stories() -> None:
    first = receipt("payroll", ALICE, PAYER, call("pay", {}, 10 * NEAR))
    paid = [
        receipt(f"pay {to}", PAYER, to, send(n * NEAR), parent="payroll", height=HEAD - 99)
        for n, to in ((3, OURS), (2, BOB), (5, CAROL))
    ]
    text = "A contract pays three accounts out of one call."
    tell_tx("several-recipients", text, transaction("payroll tx", first, *paid))
    first = receipt("claim", ALICE, PAYER, call("withdraw", {}))
    paid = [receipt("claimed", PAYER, OURS, send(9 * NEAR), parent="claim", height=HEAD - 99)]
    tell_tx("internal", "A contract pays one account.", transaction("claim tx", first, *paid))
    gone = {"ActionError": {"index": 0, "kind": {"AccountDoesNotExist": {"account_id": "nobody"}}}}
    first = receipt("nobody", ALICE, "nobody-here.near", send(2 * NEAR), failure=gone)
    back = receipt("nobody back", "system", ALICE, send(2 * NEAR), parent="nobody")
    text = "NEAR to a name that nobody has: it came back."
    tell_tx("failed", text, transaction("nobody tx", first, back))
    first = receipt("bridge", ALICE, PAYER, call("release", {}))
    broken = receipt(
        "unpaid", PAYER, OURS, send(50 * NEAR), parent="bridge", failure=PANIC, height=HEAD - 99
    )
    after = receipt("after", PAYER, PAYER, call("after", {}), parent="bridge", height=HEAD - 98)
    text = "The transaction ended well; the receipt that was to pay us failed."
    tell_tx("hostile-payment-failed-inside", text, transaction("bridge tx", first, broken, after))
    first = receipt("early", ALICE, PAYER, call("release", {}))
    paid = [receipt("paid early", PAYER, OURS, send(NEAR), parent="early", height=HEAD - 99)]
    last = receipt("panics", PAYER, PAYER, call("after", {}), parent="early", failure=PANIC)
    answer = transaction("early tx", first, *paid, last, status={"Failure": PANIC})
    tell_tx("paid-and-failed-later", "A receipt paid us, and a later one failed.", answer)
    inside = {
        "sender_id": ALICE,
        "receiver_id": OURS,
        "actions": [send(NEAR)],
        "nonce": 5,
        "max_block_height": HEAD + 100,
        "public_key": "ed25519:Lxrbp8DSKRxCUH5EbuAh5M2JQ6apUQhKD4PVMHrpKMW",
    }
    delegate = {"Delegate": {"delegate_action": inside, "signature": "ed25519:x"}}
    first = receipt("relay", RELAYER, ALICE, delegate, signer=RELAYER)
    paid = [receipt("relayed", ALICE, OURS, send(NEAR), parent="relay", signer=RELAYER)]
    text = "Alice signed, a relayer sent it and paid the gas."
    tell_tx("relayed", text, transaction("relay tx", first, *paid))
    nonce = {"DelegateActionInvalidNonce": {"ak_nonce": 7, "delegate_nonce": 7}}
    failure = {"ActionError": {"index": 0, "kind": nonce}}
    first = receipt("replay", RELAYER, ALICE, delegate, signer=RELAYER, failure=failure)
    tell_tx(
        "hostile-relay-replayed", "A relayed payment sent twice.", transaction("replay tx", first)
    )
    first = receipt("later", ALICE, OURS, send(NEAR), {"TransferToGasKey": {"deposit": "5"}})
    text = "An action of later days beside a payment: what it moved is not known."
    tell_tx("unread-action", text, transaction("later tx", first))


def kept(method: str, *, sender: str, to: str, amount: int, **more: Any) -> Json:
    arguments = {"sender_id": sender, "receiver_id": to, "amount": str(amount)}
    return receipt(more.pop("name"), USDT, USDT, call(method, arguments), height=HEAD - 97, **more)


def token_stories() -> None:
    first = receipt("usdt", ALICE, USDT, ft_transfer(OURS, 2_500_000, "104857"),
                    logs=(moved(ALICE, OURS, 2_500_000, "104857"),))  # fmt: skip
    answer = transaction("usdt tx", first, refund("usdt", ALICE))
    tell_tx("token", "2.5 USDt with a memo.", answer)
    said = f"Transfer 1500000000000000000000000 from {ALICE} to {OURS}"
    first = receipt("old", ALICE, OLD, ft_transfer(OURS, 15 * 10**23), logs=(said,))
    text = "A token of old days writes plain words instead of events."
    tell_tx("token-without-events", text, transaction("old tx", first))
    first = receipt("poor", ALICE, USDT, ft_transfer(OURS, 2_600_000), failure=PANIC)
    text = "The recipient is not registered with the token: nothing moved."
    tell_tx("token-failed-unregistered", text, transaction("poor tx", first))
    first = receipt("forged", ALICE, FORGER, call("airdrop", {}),
                    logs=(moved(USDT, OURS, 900_000_000_000, "104857"),))  # fmt: skip
    text = "Another contract writes USDt's event: it speaks of its own tokens alone."
    tell_tx("hostile-forged-event", text, transaction("forged tx", first))
    first = receipt("undone", ALICE, USDT, ft_transfer(OURS, 900_000_000),
                    logs=(moved(ALICE, OURS, 900_000_000),), failure=PANIC)  # fmt: skip
    text = "An event in a receipt that failed in the end."
    tell_tx("hostile-event-of-failed-receipt", text, transaction("undone tx", first))
    for name, used, text in (
        ("token-call-kept", 2_500_000, "The receiving contract kept all of it."),
        ("token-call-part-kept", 1_000_000, "The receiving contract gave a part back."),
        ("hostile-token-call-refunded", 0, "The receiving contract gave all of it back."),
    ):
        back = 2_500_000 - used
        first = receipt(f"{name} 1", ALICE, USDT,
                        ft_transfer(OURS, 2_500_000, "104857", method="ft_transfer_call"),
                        logs=(moved(ALICE, OURS, 2_500_000, "104857"),))  # fmt: skip
        arguments = {"sender_id": ALICE, "amount": "2500000", "msg": ""}
        asked = receipt(f"{name} 2", USDT, OURS, call("ft_on_transfer", arguments),
                        parent=f"{name} 1", value=str(back), height=HEAD - 98)  # fmt: skip
        resolved = kept("ft_resolve_transfer", name=f"{name} 3", parent=f"{name} 1", sender=ALICE,
                        to=OURS, amount=2_500_000, value=str(used),
                        logs=(moved(OURS, ALICE, back),) if back else ())  # fmt: skip
        tell_tx(name, text, transaction(f"{name} tx", first, asked, resolved))
    first = receipt("lost 1", ALICE, USDT,
                    ft_transfer(OURS, 2_700_000, method="ft_transfer_call"),
                    logs=(moved(ALICE, OURS, 2_700_000),))  # fmt: skip
    failed = kept("ft_resolve_transfer", name="lost 2", parent="lost 1", sender=ALICE, to=OURS,
                  amount=2_700_000, failure=PANIC)  # fmt: skip
    text = "Whether the receiver gave it back was never settled: a person looks."
    tell_tx("token-call-unresolved", text, transaction("lost tx", first, failed))
    first = receipt("multi", ALICE, USDT, ft_transfer(OURS, 1_000_000), ft_transfer(BOB, 2_000_000),
                    logs=(moved(ALICE, OURS, 1_000_000), moved(ALICE, BOB, 2_000_000)))  # fmt: skip
    tell_tx("token-batch", "One receipt pays two accounts.", transaction("multi tx", first))
    log = event("nep141", "ft_mint", {"owner_id": OURS, "amount": "5000000", "memo": "bridge"})
    first = receipt("mint", ALICE, USDT, call("finish_deposit", {}), logs=(log,))
    tell_tx("token-minted", "A bridge makes tokens for us.", transaction("mint tx", first))
    sold = {"old_owner_id": ALICE, "new_owner_id": OURS, "token_ids": ["144351:27", "7 of 9"]}
    arguments = {"receiver_id": OURS, "token_id": "144351:27"}
    first = receipt("nft", ALICE, ITEMS, call("nft_transfer", arguments, 1),
                    logs=(event("nep171", "nft_transfer", sold),))  # fmt: skip
    tell_tx("nft", "Two NFTs of one contract.", transaction("nft tx", first))
    first = receipt("nft call", ALICE, ITEMS, call("nft_transfer_call", arguments, 1),
                    logs=(event("nep171", "nft_transfer", sold),))  # fmt: skip
    undone = sold | {"old_owner_id": OURS, "new_owner_id": ALICE}
    resolved = receipt("nft back", ITEMS, ITEMS, call("nft_resolve_transfer", arguments),
                       parent="nft call", height=HEAD - 98,
                       logs=(event("nep171", "nft_transfer", undone),))  # fmt: skip
    text = "NFTs that the receiver did not take, and that went back."
    tell_tx("hostile-nft-call-returned", text, transaction("nft back tx", first, resolved))
    broken = 'EVENT_JSON:{"standard":"nep141","event":"ft_transfer","data":[{"amount":5}]}'
    first = receipt("odd", ALICE, FORGER, call("x", {}), logs=(broken, "EVENT_JSON:{", "words"))
    text = "A contract's events that can't be read."
    tell_tx("hostile-unreadable-event", text, transaction("odd tx", first))


def unanswered_stories() -> None:
    known = [found(answer) for _, answer in real_transactions().values()]
    wanted = set(ROW.parameters["known_transactions"])
    known = [k for k in known if k["params"]["tx_hash"] in wanted]
    claimed = receipt("claimed", "2ub4wm9ctt45.users.kaiching", "earn.kaiching", call("claim", {}))
    other = "HNyFniQkmSgrgeL6GLvM66dafukwJm4rLs3dGQ6PopWk"
    known.append(found(transaction("a claim", claimed, tx_hash=other)))
    assert {k["params"]["tx_hash"] for k in known} == wanted
    tx_hash = name_id("unknown")
    text = "No shard knows it, and the node finds old transactions of all of them."
    tell("absent", text, [*health(), unknown(tx_hash), *known], tx_hash, absent=True)
    tx_hash = name_id("unknown to a young node")
    text = "A node said to keep recent epochs only can't prove an absence."
    answers = [*health(), unknown(tx_hash)]
    tell("unhealthy-recent-only", text, answers, tx_hash, history="recent", error="unhealthy")
    for name, cause, info in (
        ("unhealthy-timeout", "TIMEOUT_ERROR", {"cause": "NOT_OBSERVED"}),
        ("unhealthy-other-shard", "DOES_NOT_TRACK_SHARD", {"shard_id": 5}),
    ):
        tx_hash = name_id(name)
        failed = fault("EXPERIMENTAL_tx_status", lookup(tx_hash), cause, info)
        text = f"The node answers {cause}: it could not look, and that is no absence."
        tell(name, text, [*health(), failed], tx_hash, error="unhealthy")
    tx_hash = name_id("no outcome")
    empty = rpc("EXPERIMENTAL_tx_status", lookup(tx_hash), {"final_execution_status": "NONE"})
    text = "The node says NONE and nothing else: it does not know of an outcome."
    tell("unhealthy-no-outcome", text, [*health(), empty], tx_hash, error="unhealthy")
    first = receipt("torn", ALICE, OURS, send(NEAR))
    answer = transaction("torn tx", first)
    answer["receipts"].append(answer["receipts"][0] | {"receipt_id": name_id("invented")})
    text = "A receipt that no outcome belongs to."
    tell("garbled-receipts", text, [*health(), found(answer)], name_id("torn tx"), error="garbled")


def main() -> None:
    for tell_all in (
        real_stories,
        native_stories,
        program_stories,
        token_stories,
        unanswered_stories,
    ):
        tell_all()
    os.environ["RECOVERY_NOW"] = NOW
    for name, fixture in STORIES.items():
        if "absent" not in fixture and "error" not in fixture:
            asked = Fixture.model_validate(fixture | {"file": name, "absent": True})
            with ReplayServer(Replay([asked])) as server:
                source = Node(ROW.code, server.url, fixture["api"])
                (answer,) = ask_node(ROW, source, [fixture["tx_hash"].rpartition("/")[2]])
                source.close()
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
