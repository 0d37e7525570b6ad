"""Tricks on Bitcoin-type chains, through the whole line: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmm"
OLD = "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"
TAPROOT = "bc1p8l0xktmerqgwgrq6l6cejzc3dhph5z8cv6ae083cuvcjhpnten7s2wjswr"
BCH = "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"


def test_an_omni_payment_is_not_believed_from_its_bytes(line: Line) -> None:
    """Another property, or ``valid: false``: neither stands in the transaction."""
    outcome = line.play("BTC/omni", ours=OLD)
    assert outcome.money == {}
    assert outcome.causes == {"needs_review"}


def test_an_slp_token_is_not_believed_from_its_bytes(line: Line) -> None:
    outcome = line.play("BCH/slp", ours=BCH)
    assert outcome.credited == {}


def test_an_output_that_may_hold_runes_is_not_swept_blindly(line: Line) -> None:
    assert line.play("BTC/runes", ours=US).credited == {}


def test_an_output_that_bears_an_inscription_is_not_swept_blindly(line: Line) -> None:
    """BRC-20 tokens are inscriptions too: their names and amounts are anybody's text."""
    assert line.play("BTC/inscription", ours=TAPROOT).credited == {}


def test_a_bare_multisig_that_names_our_key_is_not_ours(line: Line) -> None:
    """1-of-2 with the payer's own key: an old node lists our address beside his."""
    outcome = line.play("BTC/bare_multisig", ours="1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH")
    assert outcome.money == {}
    assert outcome.causes == {"address_not_ours"}


def test_an_immature_coinbase_waits(line: Line) -> None:
    outcome = line.play("BTC/coinbase_immature", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"time_locked"}


def test_a_block_that_left_the_chain_paid_nobody(line: Line) -> None:
    outcome = line.play("BTC/stale_block", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}


def test_an_explorer_that_still_shows_a_stale_block_is_found_out(line: Line) -> None:
    outcome = line.play("BTC/esplora_stale", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"pending_in_mempool"}


def test_a_node_of_another_chain_is_not_believed(line: Line) -> None:
    """Bitcoin Cash shares Bitcoin's genesis and its addresses."""
    outcome = line.play("BTC/other_chain", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_token_that_rides_on_an_output_is_not_swept_with_its_coins(line: Line) -> None:
    outcome = line.play("BCH/cashtoken", ours=BCH)
    assert not any("/token:" in asset for asset in outcome.credited)


def test_an_output_of_text_alone_pays_nobody(line: Line) -> None:
    """OP_RETURN may say anything, our address included."""
    outcome = line.play("BTC/payout", ours="1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH")
    assert outcome.money == {}


def test_coins_that_went_into_mweb_are_not_seen(line: Line) -> None:
    outcome = line.play("LTC/mweb_peg_in", ours="ltc1qw6syq5aa5z5ghkj3w7ux59wrk204txrnp208rt")
    assert outcome.money == {}
