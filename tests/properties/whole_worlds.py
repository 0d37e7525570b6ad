"""Exchanges, transactions and claims drawn at random: records and evidence, before any fact is made of them.

What `whole_facts` leaves out: which row counts, which period, which memo, which credit belongs to which
transfer. Mostly plain as well, and the same for the same seed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from classify.world import BLOCK_TIME, NOW, HeldBy, World, address_of, open_exchange
from properties.whole_facts import Dice

from recovery.classify.facts import Facts, SmallDeposit
from recovery.classify.gather import Subject
from recovery.model import AssetId, Evidence, Gap, Memo, MemoKind, Note, Transfer

NETWORKS = ("ETH", "ETH", "BSC", "XRP", "BTC", "LTC", "TRX", "ALGO", "SOL")
NAMES = ("alice", "alice", "bob", "hot", "old", "desk", "elsewhere", "contract", "nobody", None)
USERS = (None, "alice", "alice", "bob", "mallory", "visitor 1")
MEMOS = (
    None,
    "1001",
    " 1001",
    "01001",
    "1001 ",
    '"1001"',
    "1002",
    "memo",
    "MEMO",
    "9999",
    "",
    "MTAwMQ==",
    "31303031",
    "１００１",
)
PERIODS = (
    (None, None),
    (NOW - timedelta(days=400), None),
    (None, BLOCK_TIME - timedelta(days=1)),
    (BLOCK_TIME - timedelta(hours=1), BLOCK_TIME + timedelta(hours=1)),
    (BLOCK_TIME, None),
    (None, BLOCK_TIME),
    (NOW + timedelta(days=3), None),
    (None, NOW),
    (NOW, None),
)
SYMBOLS = (
    None,
    "USDT",
    "UЅDT",
    "ETH",
    "USDT.e",
    "PAX",
    "Tether USD",
    "USDT airdrop",
    "ＵＳＤＴ",
    "U\u200bSDT",
    "$USDT",
    "0ther",
)
STATUSES = ("listed", "listed", "delisted", "suspended", "planned", "known", "counterfeit")


def asset_of(world: World, network: str, name: str) -> AssetId:
    """A token of that network, by a name that stands in its contract."""
    chain = world.look(network=network).chain
    return AssetId(f"{chain}/token:{name}")


def draw_world(dice: Dice, network: str) -> World:
    world = open_exchange()
    scheme = world.scheme_of(network)
    if network != "ETH":
        world.give("alice", "alice", network=network)
        world.give("bob", "bob", network=network)
        world.give("hot", network=network, role="hot")
        world.list_asset(world.look(network=network).chain + "/slip44:1", "COIN", network=network)
    if dice.flag():
        world.list_asset(
            world.pay("alice", network=network).asset,
            "COIN",
            network=network,
            decimals=8,
            status=dice.mostly("listed", STATUSES),
            min_deposit=dice.mostly(None, (1000, 10**18)),
            denomination=dice.mostly(None, (10, 7)),
        )
    world.share("desk", {"1001": "alice", "1002": "bob", "memo": "alice"}, network=network)
    if dice.odd():
        world.give("desk", "bob", network=network, role="shared", memo="01001")
    if dice.odd():
        world.give("desk", "alice", network=network, role="shared", memo="7", valid_to=BLOCK_TIME)
    start, stop = dice.one(PERIODS)
    world.give(
        "old",
        "alice",
        network=network,
        role=dice.one(("retired", "deposit", "cold")),
        valid_from=start,
        valid_to=stop,
    )
    if dice.odd():
        start, stop = dice.one(PERIODS)
        world.give(
            "old",
            dice.one(("bob", "alice")),
            network=network,
            role=dice.one(("deposit", "retired", "hot")),
            valid_from=start,
            valid_to=stop,
        )
    sibling = {"ETH": "BSC", "BTC": "LTC", "LTC": "BTC"}.get(network, "ETH")
    world.give(
        "elsewhere",
        dice.mostly("alice", (None, "bob")),
        network=sibling,
        scheme=scheme,
        key_scheme=dice.mostly("single", ("contract", "mpc", "script", "multisig")),
        can_sign=dice.one((None, [], [network], [sibling])),
    )
    world.give("contract", "alice", network=sibling, scheme=scheme, key_scheme="contract")
    for name in ("TOKEN", "OTHER"):
        for _ in range(dice.mostly(1, (0, 2, 3))):
            start, stop = dice.mostly((None, None), PERIODS)
            world.list_asset(
                asset_of(world, network, name),
                dice.one(("USDT", "PAX")),
                network=network,
                status=dice.one(STATUSES),
                name=dice.one((None, "Tether USD")),
                min_deposit=dice.mostly(None, (1000,)),
                denomination=dice.mostly(None, (10,)),
                flags=dice.mostly(
                    (), (["pausable"], ["rebasing"], ["fee_on_transfer", "pausable"], ["hooks"])
                ),
                valid_from=start,
                valid_to=stop,
            )
    world.complete_through = dice.mostly(NOW, (None, BLOCK_TIME, BLOCK_TIME - timedelta(seconds=1)))
    for user in ("alice", "bob"):
        if dice.odd():
            world.account(
                user, dice.one(("closed", "frozen", "active", "kyc_pending", "travel_rule_pending"))
            )
    if dice.odd():
        world.screen(dice.one(("stranger", "payer", "alice")), network=network)
    for _ in range(dice.mostly(0, (1, 2))):
        world.withdraw(
            dice.one(("alice", "bob")),
            dice.one(("stranger", "alice", "nobody")),
            asset=dice.one(
                (world.pay("alice", network=network).asset, asset_of(world, network, "TOKEN"))
            ),
            amount=dice.one((1234, 10**18, 10**19)),
            tx_hash=dice.one(("0xwithdrawal", "0xdeposit")),
            network=network,
            sent_at=dice.one(
                (BLOCK_TIME - timedelta(days=3), BLOCK_TIME, BLOCK_TIME + timedelta(days=1))
            ),
        )
    if dice.flag():
        age = dice.mostly(timedelta(0), (timedelta(hours=1), timedelta(hours=2)))
        world.price(
            asset_of(world, network, "TOKEN"), dice.mostly("1", ("0.0000001", "50000")), age=age
        )
    if dice.odd():
        world.small["alice", asset_of(world, network, "TOKEN")] = [SmallDeposit("case-8", 600)]
    return world


def draw_transfer(dice: Dice, world: World, network: str) -> Transfer:
    name = dice.one((None, None, "TOKEN", "TOKEN", "OTHER", "UNKNOWN"))
    memo = dice.mostly(None, MEMOS)
    to = dice.one(NAMES)
    if to == "desk":
        memo = dice.one(MEMOS)
    amount = dice.mostly(5 * 10**17, (0, 1, 545, 600, 999, 1234, 10**18))
    return world.pay(
        to,
        amount,
        network=network,
        asset=None if name is None else asset_of(world, network, name),
        senders=dice.mostly(
            ["stranger"],
            (["hot"], ["hot", "stranger"], ["stranger", None], [], ["contract"], ["alice"]),
        ),
        kind=dice.mostly("native", ("internal", "nft", "reward")) if name is None else "token",
        memo=None
        if memo is None
        else Memo(
            dice.one((MemoKind.TAG, MemoKind.TEXT, MemoKind.ENCRYPTED, MemoKind.BINARY)), memo
        ),
        symbol=dice.one(SYMBOLS),
        name=dice.one(SYMBOLS),
        succeeded=not dice.odd(),
        requested=dice.mostly(None, (amount + 1, amount * 10)),
        type_=dice.mostly(
            None, ("coinbase", "account_merge", "odd", "Escrow Finish", "claimable_balance")
        ),
        special=dice.odd(),
        batched=dice.odd(),
        unlock_at=dice.mostly(None, (NOW + timedelta(days=1), NOW, 1, 1100, 10**6, 10**15)),
    )


def draw_evidence(dice: Dice, world: World, network: str) -> Evidence:
    transfers = [draw_transfer(dice, world, network) for _ in range(dice.mostly(1, (0, 2, 3)))]
    if transfers and dice.odd():
        transfers.append(transfers[0])  # twice the same, to the same address and memo
    evidence = world.look(
        *transfers,
        network=network,
        status=dice.mostly("confirmed", ("pending", "failed", "orphaned")),
        final=not dice.odd(),
        confirmations=dice.mostly(100, (0, 5)),
        required=dice.mostly(12, (None,)),
        gaps=[dice.one(tuple(Gap))] if dice.odd() else (),
        notes=[
            Note(
                dice.one(("shielded_outputs", "mweb", "omni", "inscription", "lightning")), "Said."
            )
        ]
        if dice.odd()
        else (),
        payer=dice.mostly(None, ("payer", "stranger", "hot")),
        time=dice.mostly(BLOCK_TIME, (None,)),
        failure=dice.mostly(None, ("reverted",)),
    )
    return replace(evidence, aliases=("0xalias",)) if dice.odd() else evidence


def draw_subject(dice: Dice, world: World, network: str) -> Subject:
    evidence = None if dice.odd() else draw_evidence(dice, world, network)
    second = None
    if evidence is not None and evidence.transfers:
        if dice.odd():
            at = dice.one(("0", str(len(evidence.transfers) - 1), "at:0", "7"))
            world.credit(evidence, dice.one(("alice", "bob")), at=int(at) if at.isdigit() else at)
        if dice.odd():
            world.hold(
                evidence, HeldBy(dice.one(("case-9", "case-own")), dice.one(("alice", "bob", None)))
            )
        if dice.odd():
            first, *rest = evidence.transfers
            second = replace(evidence, transfers=(replace(first, amount=first.amount + 1), *rest))
    if evidence is not None and evidence.aliases and dice.flag():
        alias = replace(evidence, tx_hash="0xalias")
        world.credit(alias, "alice") if alias.transfers else None
    return world.subject(
        evidence,
        user=dice.one(USERS),
        address=dice.mostly(None, (address_of("alice"), address_of("nobody"), "nonsense")),
        memo=dice.mostly(None, ("1001", "1002", "7")),
        asset=dice.mostly(None, ("USDT", "native")),
        amount=dice.mostly(None, (Decimal(1), Decimal("0.5"))),
        second=second,
        testnet=dice.odd(),
        seen=evidence if evidence is None or dice.odd() else None,
        received={0: dice.one((0, 1, 600, 5 * 10**17, 10**19)), 1: 3} if dice.odd() else None,
        case_id=dice.mostly(None, ("case-own",)),
        absent=dice.mostly(("ETH", "BSC"), ((), ("ETH",))),
        unreachable=dice.mostly((), (("LTC",),)),
    )


def draw_gathered(seed: int) -> tuple[Facts, ...]:
    """The facts of one claim on one transaction, as the records of one exchange make them."""
    dice = Dice(seed)
    network = dice.one(NETWORKS)
    world = draw_world(dice, network)
    (facts,) = world.facts(draw_subject(dice, world, network))
    return facts
