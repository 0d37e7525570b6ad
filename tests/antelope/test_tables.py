"""System accounts, statuses and the alphabet of names, value by value.

Sources: the system contract's accounts (``eosio.system``: exchange_state, delegate_bandwidth, rex, producer_pay; the EVM
bridge's account); ``transaction_receipt_header::status_enum``; the base32 alphabet of ``name``.
"""

from __future__ import annotations

from recovery.chains.antelope.codec import _ALPHABET
from recovery.chains.antelope.decode import FAILED, SYSTEM_SENDERS


def test_the_systems_accounts_pay_out_what_they_held() -> None:
    assert dict(SYSTEM_SENDERS) == {
        "eosio.ram": "ram_sale",
        "eosio.stake": "stake_refund",
        "eosio.rex": "rex_return",
        "eosio.bpay": "reward",
        "eosio.vpay": "reward",
        "eosio.evm": "evm_bridge",
    }


def test_of_five_statuses_three_are_failures() -> None:
    """``executed`` is done, ``delayed`` waits."""
    assert {"soft_fail", "hard_fail", "expired"} == FAILED


def test_a_names_character_is_worth_its_place() -> None:
    assert [_ALPHABET.index(c) for c in ".15az"] == [0, 1, 5, 6, 31]
    assert len(_ALPHABET) == 32
