"""What is gathered where little is said: no reader of addresses, no measure, no beginning, a memo of elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from classify.world import BLOCK_TIME, USDT, World, address_of, open_exchange

from recovery.checks import UnreachableNetwork
from recovery.classify.decide import classify
from recovery.classify.facts import Facts, Familiar, HolderConsent, MissingFact, PolicyNumbers
from recovery.classify.gather import gather_facts
from recovery.classify.listings import contract_of
from recovery.classify.lookups import find_claimed_keys
from recovery.classify.route import MEMO_TEXT_NOTE, spell_memo
from recovery.classify.rules.missed import time_locked
from recovery.classify.rules.nothing_to_recover import find_imitations
from recovery.classify.rules.whole_transaction import hash_not_found, replaced_or_dropped
from recovery.classify.verdict import SENDER_PROOF, Cause
from recovery.model import AssetId, Memo, MemoKind, NetworkCode, Note, Party, Replacement


def facts_of(world: World, *transfers: object, **claim: object) -> Facts:
    ((facts, *_),) = world.facts(world.subject(world.look(*transfers), **claim))  # type: ignore[arg-type]  # the words of both
    return facts


def test_without_a_reader_of_addresses_the_chains_own_is_used(world: World) -> None:
    stranger = address_of("elsewhere")
    subject = world.subject(world.look(world.pay("alice")), user="alice", address=stranger)

    def gather(**more: object) -> list[tuple[Facts, ...]]:
        return gather_facts(
            [subject],
            records=world,
            occupancy=world,
            small_deposits=world,
            now=world.now,
            policy=PolicyNumbers(),
            **more,  # type: ignore[arg-type]  # the reader
        )

    assert gather() == gather(parse_claimed=find_claimed_keys)


def test_what_took_its_place_is_known_from_the_chain_or_from_the_search(world: World) -> None:
    told, found = Replacement("0xtold"), Replacement("0xfound")
    seen = world.look(world.pay("alice"), status="pending")
    for of_chain, of_search, known in (
        (None, None, None),
        (told, None, told),
        (None, found, found),
        (told, found, told),
    ):
        evidence = replace(seen, replacement=of_chain)
        ((facts,),) = world.facts(world.subject(evidence, replacement=of_search))
        assert facts.replacement == known
        assert (replaced_or_dropped(facts) is None) is (known is None)


def test_a_typed_memo_is_whose_it_is_at_this_address_on_this_network(world: World) -> None:
    world.share("pool", {"8": "dave"}, network="ETH")
    world.share("pool", {"8": "erin", "9": "carol"}, network="BSC")
    for memo, user in (("8", "dave"), (" 8 ", "dave"), ("9", None), ("7", None), (None, None)):
        assert facts_of(world, world.pay("pool"), memo=memo).claimed_user == user
    assert facts_of(world, world.pay("alice"), memo="8").claimed_user is None
    world.give("pool", "frank", role="shared", memo="8")
    assert facts_of(world, world.pay("pool"), memo="8").claimed_user is None, "two have it"


def test_a_claim_that_nobody_measured_is_judged_like_one_measured_for_others(world: World) -> None:
    subject = world.subject(world.look(world.pay("alice")))
    ((plain,),) = world.facts(subject)
    ((unmeasured,),) = world.facts(replace(subject, received=None))
    assert unmeasured == plain


def test_of_two_listings_that_ended_the_later_one_counts_and_no_beginning_is_the_earliest(
    world: World,
) -> None:
    world.listings.clear()
    for symbol, begins, ends in (
        ("SECOND", BLOCK_TIME - timedelta(days=9), BLOCK_TIME - timedelta(days=3)),
        ("FIRST", None, BLOCK_TIME - timedelta(days=9)),
    ):
        world.list_asset(USDT, symbol, valid_from=begins, valid_to=ends)
    paid = world.look(world.pay("alice", 1_000_000, asset=USDT, kind="token"))
    ((facts,),) = world.facts(world.subject(paid))
    assert facts.view is not None
    assert facts.view.listing is not None
    assert (facts.view.listing.symbol, facts.view.status) == ("SECOND", "delisted")
    assert world.verdict(paid).cause is Cause.DELISTED_TOKEN


@pytest.mark.parametrize(
    ("asset", "contract"),
    [
        ("eip155:1/slip44:60", None),
        ("eip155:1/erc20:", None),
        ("TRX", None),
        ("eip155:1/erc20:0xAb", "0xab"),
        ("eip155:1/erc721:0xAb/17", "0xab"),
        ("xrpl:0/token:USD.rIssuer", "rissuer"),
        ("stellar:pubnet/asset:USD-GISSUER", "gissuer"),
        ("antelope:x/token:eosio.token-EOS", "eos"),
        ("hedera:mainnet/token:0.0.7", "7"),
        ("solana:x/token:Mint", "mint"),
    ],
)
def test_whose_contract_an_asset_is(asset: str, contract: str | None) -> None:
    assert contract_of(AssetId(asset)) == contract


def test_of_two_listings_that_hold_the_later_to_begin_counts_then_the_stricter(
    world: World,
) -> None:
    def listed(*rows: tuple[str, int]) -> str | None:
        world.listings.clear()
        for status, days in rows:
            world.list_asset(USDT, status=status, valid_from=BLOCK_TIME - timedelta(days=days))
        paid = world.look(world.pay("alice", 1_000_000, asset=USDT, kind="token"))
        ((facts,),) = world.facts(world.subject(paid))
        assert facts.view is not None
        return facts.view.status

    assert listed(("suspended", 9), ("listed", 3)) == "listed"
    assert listed(("listed", 3), ("suspended", 9)) == "listed"
    assert listed(("listed", 9), ("suspended", 3)) == "suspended"
    assert listed(("listed", 3), ("suspended", 3)) == "suspended"
    assert listed(("listed", 3), ("counterfeit", 9)) == "counterfeit"


def test_a_payer_is_the_key_that_its_address_has_elsewhere_in_the_transaction(world: World) -> None:
    """A party's own key counts before what its address could be read as."""
    world.screen("villain", network="XRP")
    paid = world.pay("desk", 25_000_000, network="XRP", memo="1001", senders=["mixer"])
    shown = world.pay("nobody", 0, network="XRP", senders=["villain"])
    for payer, cause in (
        ("villain", Cause.TAINTED_SOURCE),
        ("honest", Cause.LISTED_DEPOSIT_MISSED),
    ):
        evidence = world.look(paid, shown, network="XRP", payer=payer)
        assert world.verdicts(evidence)[0].cause is cause
    keyless = replace(shown, senders=(Party(paid.senders[0].address, None),))
    evidence = world.look(paid, keyless, network="XRP", payer="mixer")
    assert world.verdicts(evidence)[0].cause is Cause.LISTED_DEPOSIT_MISSED


def test_memos_are_asked_for_at_shared_addresses_alone(world: World) -> None:
    world.verdicts(world.look(world.pay("alice", memo="1001")), memo="1001")
    world.verdicts(world.look(world.pay("nobody", memo="1001")), memo="1001")
    assert "memos" not in world.lookups
    world.verdicts(world.look(world.pay("desk", network="XRP", memo="1"), network="XRP"))
    assert "memos" in world.lookups


@pytest.mark.parametrize(
    ("said", "differs"),
    [(USDT, False), (f" {USDT.upper()} ", False), ("usdt", False), ("ETH", True), ("native", True)],
)
def test_an_asset_is_named_by_its_id_or_its_symbol(said: str, differs: bool, world: World) -> None:
    paid = world.look(world.pay("alice", 1_000_000, asset=USDT, kind="token", symbol="USDT"))
    verdict = world.verdict(paid, asset=said)
    assert ("claimed_asset_differs" in [n.code for n in verdict.notes]) is differs


def test_what_was_booked_to_its_holder_is_taken_back_before_the_proof(world: World) -> None:
    evidence = world.look(world.pay("bob"))
    world.credit(evidence, "bob")
    ((facts,),) = world.facts(world.subject(evidence, user="alice"))
    assert facts.transfer is not None
    consent = HolderConsent("bob", "alice", "at:0", facts.transfer.asset, facts.transfer.amount)
    verdict = classify(replace(facts, consent=consent))
    assert verdict.cause is Cause.ADDRESS_OF_OTHER_USER
    assert [(c.code, c.met) for c in verdict.conditions] == [
        ("holder_consent", True),
        ("holder_debit", False),
        ("sender_proof", False),
    ]


def test_a_memo_of_the_same_key_on_another_network_names_nobody_here(world: World) -> None:
    world.share("pool", {"8": "dave"}, network="ETH")
    world.share("pool", {"9": "carol"}, network="BSC")
    known = world.verdict(world.look(world.pay("pool", memo="8")))
    assert (known.cause, known.user) == (Cause.LISTED_DEPOSIT_MISSED, "dave")
    elsewhere = world.verdict(world.look(world.pay("pool", memo="9")))
    assert (elsewhere.cause, elsewhere.user) == (Cause.MEMO_UNKNOWN, None)
    world.give("pool", role="shared", memo="7")
    assert world.verdict(world.look(world.pay("pool", memo="7"))).cause is Cause.MEMO_UNKNOWN


def test_an_address_that_is_given_out_later_was_nobodys_though_its_end_is_known(
    world: World,
) -> None:
    later = BLOCK_TIME + timedelta(hours=1)
    world.give("soon", "carol", valid_from=later, valid_to=later + timedelta(days=1))
    verdict = world.verdict(world.look(world.pay("soon")))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "owner")


def test_a_memo_is_read_up_to_its_greatest_length() -> None:
    longest = "x" * 512
    assert next(spell_memo(Memo(MemoKind.TEXT, longest), ())) == (longest, None)
    assert list(spell_memo(Memo(MemoKind.TEXT, longest + "x"), ())) == []
    assert list(spell_memo(Memo(MemoKind.ENCRYPTED, "7"), ())) == []
    written = [Note(MEMO_TEXT_NOTE, longest)], [Note(MEMO_TEXT_NOTE, longest + "x")]
    assert [bool(list(spell_memo(None, notes))) for notes in written] == [True, False]


PREFIXES = (
    "0x", "bc1q", "bc1p", "ltc1q", "ltc1p", "bitcoincash:q", "bitcoincash:p", "cosmos1", "addr1", "EQ", "UQ", "KT1",
    "tz1", "0.0.", "r", "T",
)  # fmt: skip


@pytest.mark.parametrize("prefix", PREFIXES)
def test_four_letters_behind_what_all_addresses_begin_with_must_be_alike(
    prefix: str, world: World
) -> None:
    def imitations(address: str) -> int:
        known = Familiar(NetworkCode("ETH"), f"{prefix}5678{'m' * 20}wxyz", "an address")
        facts = replace(facts_of(world, world.pay("nobody")), familiar=(known,))
        return len(find_imitations(facts, [address], "look_alike"))

    assert imitations(f"{prefix}5678{'n' * 20}wxyz") == 1
    assert imitations(f"{prefix}5678{'n' * 20}WXYZ") == 1
    assert imitations(f"{prefix}5679{'n' * 20}wxyz") == 0
    assert imitations(f"{prefix}5678{'n' * 20}axyz") == 0


def test_the_head_is_the_block_itself_where_nothing_stands_on_it() -> None:
    world = open_exchange()
    for confirmations in (0, 1):
        for until, head in ((1001, None), (1002, 1000)):
            evidence = world.look(world.pay("alice", unlock_at=until), confirmations=confirmations)
            ((facts,),) = world.facts(world.subject(evidence))
            verdict = time_locked(facts)
            assert (None if verdict is None else verdict.reasons[0].facts["head"]) == head
            nowhere = time_locked(replace(facts, evidence=replace(evidence, block=None)))
            assert nowhere is not None
            assert nowhere.reasons[0].facts["head"] == 0


def test_a_strangers_address_is_compared_with_a_hundred_of_ones_own(world: World) -> None:
    for number in range(120):
        world.give(f"own-{number}", "alice")
    familiar = facts_of(world, world.pay("nobody"), user="alice").familiar
    assert len(familiar) == 100
    assert familiar[0].text == address_of("alice")
    assert familiar[-1].text == address_of("own-97"), "with Alice's memo at the shared address"


def test_a_hash_is_called_unknown_only_by_networks_that_were_asked(world: World) -> None:
    ((facts,),) = world.facts(world.subject(None))
    assert hash_not_found(facts) is not None
    search = facts.search
    assert search is not None
    silent = UnreachableNetwork(NetworkCode("BSC"), "no answer")
    for changed, fact, why in (
        (None, "search", "nobody has looked for the hash"),
        (replace(search, unreachable=(silent,)), "search", "BSC could not be asked"),
        (replace(search, absent=()), "evidence", "no network was asked"),
    ):
        with pytest.raises(MissingFact) as missing:
            hash_not_found(replace(facts, search=changed))
        assert missing.value.fact == fact
        assert missing.value.why.startswith(why)


def test_the_code_of_a_senders_proof_is_one_and_the_same(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("hot")), user="alice")
    assert [n.code for n in verdict.needs] == [c.code for c in verdict.conditions] == [SENDER_PROOF]
    assert SENDER_PROOF == "sender_proof"
