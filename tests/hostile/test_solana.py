"""Tricks on Solana, executed by the real runtime and played: nothing is credited, or what was delivered."""

from __future__ import annotations

from hostile.line import Line

US = "87FF5SSQxEksMsaZaaLtBAXKxWiPfZ6RynPLVFe8sFLw"
CHAIN = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
SOL = f"{CHAIN}/slip44:501"
USDC = {"token:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v": ("USDC", 6)}
MINT = "token:LZFu2o6PYFd9A8d1fwuhF1biJzNkcj8mjpQMurgYC1G"
PLAIN = {MINT: ("USDX", 6)}


def test_a_mint_with_a_listed_symbol_is_another_asset(line: Line) -> None:
    outcome = line.play("SOL/token_of_look_alike_mint", ours=US, listed=USDC)
    assert outcome.money == {}
    assert outcome.causes == {"counterfeit_token"}


def test_of_a_token_2022_with_a_transfer_fee_what_arrived_counts(line: Line) -> None:
    asset = "token:7CFUXs3b5UAtvEuPbSyMAV1XcYk6oNiij2fogwBJ6oA2"
    outcome = line.play("SOL/token_2022_fee_withheld", ours=US, listed={asset: ("FEE", 6)})
    assert outcome.credited == {f"{CHAIN}/{asset}": 990_000}


def test_a_token_account_at_our_address_that_is_anothers_is_not_ours(line: Line) -> None:
    """The associated address is ours, the owner written in it is not."""
    outcome = line.play("SOL/token_account_of_another_owner", ours=US, listed=PLAIN)
    assert outcome.money == {}


def test_an_account_that_was_handed_over_is_looked_at(line: Line) -> None:
    """SetAuthority makes a full account ours, whose delegate or freeze authority may be another's."""
    outcome = line.play("SOL/token_account_handed_over", ours=US, listed=PLAIN)
    assert outcome.credited == {}


def test_what_a_permanent_delegate_takes_back_was_not_delivered(line: Line) -> None:
    asset = "token:CkGySWHRz5sngpftSGYJDked2qQ7JdPC9uMzURHY87P2"
    outcome = line.play("SOL/token_clawed_back", ours=US, listed={asset: ("CLAW", 6)})
    assert outcome.money == {}


def test_a_memo_that_names_our_address_pays_us_nothing(line: Line) -> None:
    assert line.play("SOL/memo_names_our_address", ours=US).money == {}


def test_a_transfer_of_another_program_moves_nothing(line: Line) -> None:
    assert line.play("SOL/transfer_of_another_program", ours=US).money == {}


def test_a_parsed_transfer_of_a_failed_transaction_paid_nobody(line: Line) -> None:
    outcome = line.play("SOL/failed_parsed_transfer", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"transaction_failed"}


def test_a_node_whose_two_answers_disagree_on_failure_is_not_believed(line: Line) -> None:
    outcome = line.play("SOL/garbled_status_says_failed", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_lamports_from_nowhere_are_refused(line: Line) -> None:
    outcome = line.play("SOL/garbled_coin_from_nowhere", ours=US)
    assert outcome.money == {}
    assert outcome.unreachable


def test_a_transfer_of_no_tokens_is_poison(line: Line) -> None:
    outcome = line.play("SOL/zero_token_transfer", ours=US, listed=PLAIN)
    assert outcome.money == {}
    assert outcome.causes == {"dust_or_poisoning"}


def test_an_nft_is_never_an_amount(line: Line) -> None:
    outcome = line.play("SOL/nft", ours=US)
    assert outcome.credited == {}
    assert outcome.causes == {"nft"}


def test_a_compressed_nft_is_never_an_amount(line: Line) -> None:
    outcome = line.play("SOL/nft_compressed", ours=US)
    assert outcome.credited == {}
    assert outcome.causes == {"nft"}


def test_two_memos_before_one_payment_route_nothing(line: Line) -> None:
    """A program can be made to write a memo too: which one is meant can't be told."""
    outcome = line.play("SOL/memo_unclear", ours=US, memos={"111": "ulla", "222": "ulla"})
    assert outcome.credited == {}


def test_coin_in_a_token_account_is_conditional(line: Line) -> None:
    outcome = line.play("SOL/coin_to_token_account", ours=US)
    assert outcome.credited == {}
    assert outcome.returned == {SOL: 600_000_000}


def test_voted_for_is_not_final(line: Line) -> None:
    outcome = line.play("SOL/not_final", ours=US)
    assert outcome.money == {}
    assert outcome.causes == {"awaiting_confirmations"}


def test_a_closed_account_pays_its_rest_once(line: Line) -> None:
    outcome = line.play("SOL/closed_account_pays_out", ours=US)
    assert outcome.money == {SOL: 502_039_280}
