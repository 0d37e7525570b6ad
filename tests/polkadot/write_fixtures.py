"""Writes ``fixtures/DOT`` from the stories told here: ``python tests/polkadot/write_fixtures.py``.

The evidence written is what the decoder gives now: read the difference before you commit it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from polkadot.stories import (
    ALICE,
    AUTHOR,
    BOB,
    CAROL,
    FINAL,
    HEAD,
    NOW,
    OURS,
    PROXIED,
    ROW,
    Json,
    asset_info,
    block,
    event,
    extrinsic,
    health,
    plain,
    post,
    sidecar,
    some_hash,
    subscan_data,
    subscan_health,
    transfer,
)

from recovery.chains.source import Node
from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.demo.server import Replay, ReplayServer
from recovery.documents import print_evidence
from recovery.triage import ask_node

FOLDER = Path(__file__).parents[2] / "fixtures" / "DOT"
WRITTEN = (
    "written by hand after the documented answers of sidecar and Subscan; accounts are of nobody"
)
STORIES: dict[str, Json] = {}
HEIGHTS = iter(range(FINAL - 1000, FINAL))
USDT, FAKE = 1984, 66_084
USDT_INFO = asset_info(USDT, "USDt", "Tether USD", 6)
FAKE_INFO = asset_info(FAKE, "USDt", "Tether USD", 6)
ETHER = {
    "parents": "2",
    "interior": {"x1": [{"globalConsensus": {"ethereum": {"chainId": "1"}}}]},
}
FAILED = {"module": {"index": "10", "error": "0x02000000"}}
ITEM = event("utility.ItemCompleted")


def tell(name: str, story: str, exchanges: list[Json], tx_hash: str, **more: Any) -> None:
    fixture: Json = {"story": story, "origin": "synthetic", "source": WRITTEN}
    fixture |= {"network": "DOT", "api": "sidecar", "now": NOW, "tx_hash": tx_hash}
    STORIES[name] = fixture | {"exchanges": exchanges} | more


def tell_one(name: str, story: str, one: Json, *answers: Json, **more: Any) -> Json:
    """One extrinsic, the third of its block."""
    finalized = more.pop("finalized", True)
    told = block(more.pop("height", None) or next(HEIGHTS), one, finalized=finalized)
    typed = more.pop("typed", "{}").format(f"{told['number']}-2")
    tell(name, story, [*sidecar(told), *answers], typed, **more)
    return told


def tell_subscan(name: str, story: str, told: Json, *, by_hash: bool, **more: Any) -> None:
    """The same extrinsic, as Subscan tells it."""
    data = subscan_data(told) | more.pop("data", {})
    place = data["extrinsic_index"]
    body = {"hash": data["extrinsic_hash"]} if by_hash else {"extrinsic_index": place}
    answers = [*subscan_health(), post("/api/scan/extrinsic", body, data)]
    tell(name, story, answers, next(iter(body.values())), api="subscan", **more)


def both(
    name: str, story: str, one: Json, *answers: Json, by_hash: bool = True, **more: Any
) -> None:
    told = tell_one(name, story, one, *answers, **more)
    tell_subscan(f"subscan-{name}", story, told, by_hash=by_hash)


def real_stories() -> None:
    sender = "15o28Dz5M8JX6bjG7HMftshnpwtHM4jaq2pZQpJVsgA3tqiJ"
    receiver = "131GbittDTAg8pce61LYZ2UbBqSEJ3wdM34ZF5GZkNJAXeVL"
    pot = "13UVJyLgBASGhE2ok3TvxUfaQBGUt88JCcdYjHvUhvQkFTTx"
    paid = [
        event("balances.Withdraw", sender, "9057820"),
        transfer(receiver, 1_000_000, sender=sender),
        event("balances.Deposit", pot, "9057820"),
        event("transactionPayment.TransactionFeePaid", sender, "9057820", "0"),
    ]
    args = {"dest": {"id": receiver}, "value": "1000000"}
    one = extrinsic("balances.transferKeepAlive", args, *paid, signer=sender, fee_events=[])
    one["hash"] = "0x1bf7fa1897d5f9c486461d82e927df824f729b1757bd5ab1d90813bd3920e837"
    one["nonce"] = "51"
    told = block(12_273_189, one)
    told["hash"] = "0x18e8060544078e9ac14441bad98e5ae7a99b6064cdaa0734a4a88df19e1bbae0"
    told["extrinsics"][1]["args"]["now"] = "1771361412000"
    source = (
        f"facts of the mainnet extrinsic 12273189-2, {one['hash']}; the head, the block's"
        " inherents, its roots and the signature are stand-ins"
    )
    text = "0.0001 DOT on Asset Hub."
    tell("native-mainnet", text, sidecar(told), "12273189-2", origin="mainnet", source=source)


def native_stories() -> None:
    both("native", "25 DOT to one account.", plain(OURS, 250_000_000_000))
    typed = "https://assethub-polkadot.subscan.io/extrinsic/{}"
    tell_one(
        "native-by-explorer", "3 DOT to one account.", plain(OURS, 30_000_000_000), typed=typed
    )
    text = "25 DOT with a tip of 1 DOT, which is part of the fee."
    both("native-with-tip", text, plain(OURS, 250_000_000_001, tip=10_000_000_000))
    paid = event("balances.Transfer", ALICE, OURS, "98765432100")
    args = {"dest": {"id": OURS}, "keepAlive": False}
    gone = [event("system.KilledAccount", ALICE), event("balances.DustLost", ALICE, "4711")]
    one = extrinsic("balances.transferAll", args, paid, *gone)
    tell_one("native-transfer-all", "All that an account had; the dust is burnt.", one)
    tell_one("native-to-itself", "A transfer to oneself leaves no event.", _to_itself())
    tell_one(
        "not-final",
        "In a block not finalized yet.",
        plain(OURS, 5),
        finalized=False,
        height=HEAD - 1,
    )
    text = "In a block that is not of the chain any more."
    told = block(FINAL - 2000, plain(OURS, 70_000_000_000), finalized=False)
    tell("orphaned", text, sidecar(told), f"{FINAL - 2000}-2")
    tell_subscan("subscan-orphaned", text, told, by_hash=True)
    token = {"token": "FundsUnavailable"}
    args = {"dest": {"id": OURS}, "value": "900000000000000"}
    one = extrinsic("balances.transferKeepAlive", args, error=token)
    both("failed", "More than the sender had: nothing moved, the fee was paid.", one)
    args = {"dest": {"id": OURS}, "value": "9000"}
    one = extrinsic("balances.transferAllowDeath", args, error={"token": "BelowMinimum"})
    text = "Less than the existential deposit to a new account."
    tell_one("failed-below-existential-deposit", text, one)


def _to_itself() -> Json:
    args = {"dest": {"id": ALICE}, "value": "50000000000"}
    return extrinsic("balances.transferKeepAlive", args)


def token_stories() -> None:
    def moved(number: int, amount: int, **more: Any) -> Json:
        args = {"id": str(number), "target": {"id": OURS}, "amount": str(amount)}
        paid = event("assets.Transferred", str(number), ALICE, OURS, str(amount))
        return extrinsic("assets.transferKeepAlive", args, paid, **more)

    both("token-usdt", "12.5 USDt to one account.", moved(USDT, 12_500_000), USDT_INFO)
    text = "Another asset that calls itself USDt."
    tell_one("hostile-fake-usdt", text, moved(FAKE, 900_000_000_000), FAKE_INFO)
    place = {
        "parents": "0",
        "interior": {"x2": [{"palletInstance": "50"}, {"generalIndex": str(USDT)}]},
    }
    fee = [event("assetTxPayment.AssetTxFeePaid", ALICE, "31100", "0", place)]
    one = moved(USDT, 8_000_000, fee_events=fee)
    tell_one("token-fee-in-usdt", "The fee was paid in USDt.", one, USDT_INFO)
    paid = event("foreignAssets.Transferred", ETHER, ALICE, OURS, "400000000000000000")
    args = {"id": ETHER, "target": {"id": OURS}, "amount": "400000000000000000"}
    one = extrinsic("foreignAssets.transfer", args, paid)
    both("token-foreign-ether", "0.4 ether of Ethereum's bridge.", one)
    paid = event("poolAssets.Transferred", "12", ALICE, OURS, "77")
    one = extrinsic("poolAssets.transfer", {"id": "12"}, paid)
    tell_one("token-of-a-pool", "A share of a liquidity pool.", one)
    paid = event("assets.Issued", str(USDT), OURS, "1000000")
    one = extrinsic("assets.mint", {"id": str(USDT)}, paid, signer=BOB)
    tell_one("token-issued", "The issuer made it for us: nobody sent it.", one, USDT_INFO)
    paid = event("nfts.Transferred", "95", "7", ALICE, OURS)
    one = extrinsic("nfts.transfer", {"collection": "95", "item": "7", "dest": {"id": OURS}}, paid)
    tell_one("nft", "One item of a collection.", one)
    args = {"id": str(USDT), "target": {"id": OURS}, "amount": "5000000"}
    one = extrinsic(
        "assets.transfer", args, error={"module": {"index": "50", "error": "0x00000000"}}
    )
    tell_one("failed-token", "More USDt than the sender had.", one)


def batch_stories() -> None:
    calls = [_call(OURS, 10_000_000_000), _call(BOB, 20_000_000_000), _call(CAROL, 30_000_000_000)]
    paid = [
        transfer(OURS, 10_000_000_000),
        transfer(BOB, 20_000_000_000),
        transfer(CAROL, 30_000_000_000),
    ]
    done = [x for t in paid for x in (t, ITEM)]
    one = extrinsic("utility.batchAll", {"calls": calls}, *done, event("utility.BatchCompleted"))
    both("batch-all-several-recipients", "Three are paid by one call.", one)
    stop = event("utility.BatchInterrupted", "1", FAILED)
    calls = [_call(BOB, 20_000_000_000), _call(OURS, 10_000_000_000), _call(CAROL, 1)]
    one = extrinsic("utility.batch", {"calls": calls}, transfer(BOB, 20_000_000_000), ITEM, stop)
    text = "The batch stopped before it paid us, and the extrinsic still says success."
    both("hostile-batch-interrupted-before-us", text, one)
    stop = event("utility.BatchInterrupted", "2", FAILED)
    calls = [_call(OURS, 10_000_000_000), _call(BOB, 20_000_000_000), _call(OURS, 990_000_000_000)]
    done = [transfer(OURS, 10_000_000_000), ITEM, transfer(BOB, 20_000_000_000), ITEM, stop]
    one = extrinsic("utility.batch", {"calls": calls}, *done)
    text = "Paid before the batch stopped: 1 DOT; the 99 DOT after that did not move."
    tell_one("hostile-batch-interrupted-after-us", text, one)
    end = event("utility.BatchCompletedWithErrors")
    done = [event("utility.ItemFailed", FAILED), transfer(OURS, 10_000_000_000), ITEM, end]
    one = extrinsic("utility.forceBatch", {"calls": calls}, *done)
    tell_one("force-batch-with-failure", "One of the batch failed, the other paid us.", one)
    sent = event("proxy.ProxyExecuted", {"ok": None})
    call = {"real": {"id": PROXIED}, "call": _call(OURS, 40_000_000_000)}
    one = extrinsic("proxy.proxy", call, transfer(OURS, 40_000_000_000, sender=PROXIED), sent)
    tell_one("proxy", "One account signs for another, which pays.", one)
    sent = event("proxy.ProxyExecuted", {"err": FAILED})
    text = "The call inside the proxy failed; the extrinsic says success."
    both("hostile-proxy-inner-error", text, extrinsic("proxy.proxy", call, sent))
    point, called = {"height": "18990000", "index": "2"}, some_hash("call")
    said = event("multisig.MultisigExecuted", BOB, point, PROXIED, called, {"ok": None})
    paid = [transfer(OURS, 60_000_000_000, sender=PROXIED)]
    one = extrinsic("multisig.asMulti", {"threshold": "2"}, *paid, said)
    tell_one("multisig-executed", "The last signer of a multisig: it pays.", one)
    said = event("multisig.MultisigExecuted", BOB, point, PROXIED, called, {"err": FAILED})
    one = extrinsic("multisig.asMulti", {"threshold": "2"}, said)
    tell_one("hostile-multisig-inner-error", "The multisig's call failed.", one)
    one = extrinsic(
        "multisig.asMulti",
        {"threshold": "2"},
        event("multisig.NewMultisig", ALICE, PROXIED, called),
    )
    tell_one("hostile-multisig-waits", "The first signer only: nothing moved yet.", one)


def _call(to: str, amount: int) -> Json:
    method = {"pallet": "balances", "method": "transferKeepAlive"}
    return {"method": method, "args": {"dest": {"id": to}, "value": str(amount)}}


def other_stories() -> None:
    minted = event("balances.Minted", OURS, "1234500000")
    told = event("staking.Rewarded", OURS, {"staked": None}, "1234500000")
    one = extrinsic("staking.payoutStakers", {"era": "1800"}, minted, told)
    tell_one("staking-reward", "A reward of staking, told as minted and as rewarded.", one)
    made = [
        event("balances.Minted", OURS, "5000000000"),
        event("polkadotXcm.Attempted", {"complete": None}),
    ]
    one = extrinsic("polkadotXcm.execute", {"message": {}}, *made)
    tell_one("minted-by-a-program", "A message executed here gave us DOT, from no account.", one)
    paid = [
        event("revive.ContractEmitted", "0x" + "ab" * 20, "0x", []),
        transfer(OURS, 9_000_000_000, sender=PROXIED),
    ]
    one = extrinsic("revive.call", {"value": "0"}, *paid)
    tell_one("paid-by-a-contract", "A contract pays DOT.", one)
    schedule = {"locked": "100000000000", "perBlock": "1000000", "startingBlock": "31000000"}
    vested = event("vesting.VestingCreated", OURS, "0")
    args = {"target": {"id": OURS}, "schedule": schedule}
    one = extrinsic("vesting.vestedTransfer", args, transfer(OURS, 100_000_000_000), vested)
    tell_one(
        "vested-transfer", "10 DOT that become free over 100000 blocks of the relay chain.", one
    )
    sent = [
        transfer(AUTHOR, 7_000_000_000),
        event("polkadotXcm.Sent", {}, {}, [], some_hash("message")),
    ]
    one = extrinsic("polkadotXcm.limitedReserveTransferAssets", {"dest": {}}, *sent)
    text = "Sent to another chain: here it only shows whose account keeps it."
    tell_one("hostile-sent-to-another-chain", text, one)
    swapped = [
        event("balances.Deposit", OURS, "80000000000"),
        event("assetConversion.SwapExecuted", ALICE, OURS, "1", "2", []),
    ]
    one = extrinsic("assetConversion.swapExactTokensForTokens", {"path": []}, *swapped)
    tell_one("deposited-by-a-swap", "A swap's proceeds come as a deposit, not as a transfer.", one)
    one = extrinsic(
        "balances.forceTransfer",
        {},
        event("balances.ReserveRepatriated", ALICE, OURS, "3000000000", "Free"),
    )
    tell_one("reserve-repatriated", "What was reserved goes to another account.", one)
    one = extrinsic("system.remark", {"remark": "0x4f7572206d656d6f"})
    tell_one("remark", "A remark moves nothing.", one)
    told = block(FINAL - 3000)
    tell("inherent", "The block's own time: nobody signed it.", sidecar(told), f"{FINAL - 3000}-1")


def subscan_stories() -> None:
    told = block(FINAL - 4000, plain(OURS, 11_000_000_000))
    text = "The same extrinsic, asked by its place."
    tell_subscan("subscan-by-place", text, told, by_hash=False)
    told = block(FINAL - 4001, plain(OURS, 12_000_000_000))
    text = "Subscan shortens long lists of events: what is missing is not guessed."
    tell_subscan("subscan-events-missing", text, told, by_hash=True, data={"event_count": 300})
    waiting = {
        "pending": True,
        "finalized": False,
        "block_num": 0,
        "extrinsic_index": "",
        "event": [],
        "event_count": 0,
    }
    told = block(FINAL - 4002, plain(OURS, 13_000_000_000))
    data = subscan_data(told) | waiting | {"block_hash": "", "block_timestamp": 0, "success": False}
    answers = [
        *subscan_health(),
        post("/api/scan/extrinsic", {"hash": data["extrinsic_hash"]}, data),
    ]
    tell(
        "subscan-pending",
        "In the pool: it has no place yet.",
        answers,
        data["extrinsic_hash"],
        api="subscan",
    )
    unknown = some_hash("unknown")
    answers = [*subscan_health(), post("/api/scan/extrinsic", {"hash": unknown}, None, code=10004)]
    tell("subscan-absent", "No block has it.", answers, unknown, api="subscan", absent=True)


def unanswered_stories() -> None:
    told = block(FINAL - 5000, plain(OURS, 14_000_000_000))
    tell(
        "absent",
        "The block has no such extrinsic.",
        sidecar(told),
        f"{FINAL - 5000}-9",
        absent=True,
    )
    tell(
        "absent-above-the-head",
        "The relay chain counts higher.",
        health(),
        "31000000-2",
        absent=True,
    )
    tell(
        "unhealthy-not-there-yet",
        "The next block: it may come in seconds.",
        health(),
        f"{HEAD + 1}-2",
        error="unhealthy",
    )
    text = "Sidecar can't look up a hash: that is no absence."
    tell("unhealthy-bare-hash", text, health(), some_hash("bare"), error="unhealthy")
    args = {"dest": {"id": OURS}, "value": "10000000000"}
    one = extrinsic("balances.transferKeepAlive", args, transfer(OURS, 10_000_000_000_000))
    text = "The event tells a thousand times what the call asked for."
    tell_one("hostile-garbled-amount", text, one, error="garbled")
    one = plain(OURS, 15_000_000_000) | {"success": "Unable to find success or failure event"}
    tell_one(
        "garbled-no-outcome", "Sidecar found neither success nor failure.", one, error="garbled"
    )
    one = plain(OURS, 15_000_000_001) | {"success": False}
    tell_one(
        "garbled-contradiction",
        "success and the events contradict each other.",
        one,
        error="garbled",
    )
    kusama = "HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F"
    one = plain(OURS, 15_000_000_002)
    one["events"][1]["data"][0] = kusama
    tell_one(
        "hostile-garbled-kusama-account", "An account with Kusama's prefix.", one, error="garbled"
    )


def main() -> None:
    for tell_all in (
        real_stories,
        native_stories,
        token_stories,
        batch_stories,
        other_stories,
        subscan_stories,
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
