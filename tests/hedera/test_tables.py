"""Results, rows and accounts of the system, value by value.

Sources: ``response_code.proto`` and ``basic_types.proto`` (key aliases, HIP-32) of Hedera's protobufs; the mirror node's names of
transaction types; the network's accounts 98 (fees), 800 and 801 (rewards).
"""

from __future__ import annotations

from recovery.chains.hedera import answer, codec, decode, transfers


def test_only_these_results_let_anything_happen() -> None:
    done = {"SUCCESS", "SUCCESS_BUT_MISSING_EXPECTED_OPERATION", "FEE_SCHEDULE_FILE_PART_UPLOADED"}
    assert done == answer.APPLIED
    assert answer.DUPLICATE == "DUPLICATE_TRANSACTION"


def test_an_id_means_the_transaction_itself_unless_it_says_otherwise() -> None:
    key = answer.TxKey("0.0.5-1-000000002")
    assert (key.scheduled, key.nonce) == (False, 0)


def test_amounts_are_of_64_bits_with_a_sign() -> None:
    assert answer.MOST == 9_223_372_036_854_775_807


def test_a_row_is_a_programs_a_plain_payment_or_pays_in_passing() -> None:
    programs = {"CONTRACTCALL", "CONTRACTCREATEINSTANCE", "ETHEREUMTRANSACTION"}
    assert programs == transfers.PROGRAMS
    assert programs | {"CRYPTOTRANSFER", "TOKENAIRDROP"} == transfers._PLAIN
    assert transfers._NAMED == {
        "CRYPTOCREATEACCOUNT": "create_account",
        "CRYPTODELETE": "account_delete",
        "TOKENMINT": "token_mint",
        "TOKENCLAIMAIRDROP": "token_claim_airdrop",
    }
    assert {"SCHEDULECREATE", "SCHEDULESIGN"} == decode._SCHEDULES


def test_the_systems_accounts_take_fees_and_pay_rewards() -> None:
    accounts = (transfers._FEE_ACCOUNT, transfers._STAKING_REWARDS, transfers._NODE_REWARDS)
    assert accounts == ("0.0.98", "0.0.800", "0.0.801")


def test_a_key_alias_begins_with_its_fields_number_and_length() -> None:
    """Key: ed25519 is field 2 with 32 bytes, ECDSA_secp256k1 field 7 with 33."""
    assert bytes([2 << 3 | 2, 32]) == codec._ED25519
    assert bytes([7 << 3 | 2, 33]) == codec._SECP256K1
