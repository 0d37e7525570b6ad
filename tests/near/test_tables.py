"""Actions, levels of execution and calls, value by value.

Sources: nearcore's ``ActionView`` and ``TxExecutionStatus``; NEP-141, NEP-145, NEP-171 and NEP-297.
"""

from __future__ import annotations

from recovery.chains.near import answer, codec, decode, moves, tokens


def test_these_actions_pay_nobody() -> None:
    """Of ActionView's others Transfer, FunctionCall and DeleteAccount may, and Delegate holds actions of its own."""
    assert {
        "CreateAccount", "DeployContract", "Stake", "AddKey", "DeleteKey", "DeployGlobalContract",
        "DeployGlobalContractByAccountId", "UseGlobalContract", "UseGlobalContractByAccountId",
    } == moves._PAYS_NOBODY  # fmt: skip


def test_the_deposit_of_a_token_call_pays_for_no_goods() -> None:
    assert {"ft_transfer", "ft_transfer_call"} == tokens.CALLS
    assert (
        tokens.CALLS | {"nft_transfer", "nft_transfer_call", "storage_deposit"} == moves._ATTACHED
    )


def test_of_six_levels_three_are_executed() -> None:
    executed = {"EXECUTED_OPTIMISTIC", "EXECUTED", "FINAL"}
    assert executed == decode._EXECUTED
    assert executed | {"NONE", "INCLUDED", "INCLUDED_FINAL"} == decode.LEVELS


def test_names_and_sizes_of_the_protocol() -> None:
    assert (answer.SYSTEM, tokens._PREFIX) == ("system", "EVENT_JSON:")
    assert answer.MOST == 340_282_366_920_938_463_463_374_607_431_768_211_455
    assert codec._LONGEST_TOP_LEVEL == 31
