"""What is gathered where little is said: no reader of addresses, no measure, no beginning, a memo of elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from classify.world import BLOCK_TIME, USDT, World, address_of

from recovery.classify.facts import Facts, PolicyNumbers
from recovery.classify.gather import gather_facts
from recovery.classify.lookups import find_claimed_keys
from recovery.classify.rules.whole_transaction import replaced_or_dropped
from recovery.classify.verdict import Cause
from recovery.model import Replacement


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
