"""Kinds of operations, statuses and address prefixes, value by value.

Sources: the discriminator of ``Operation`` in TzKT's OpenAPI document; the protocol's ``Operation_repr`` and receipts
(octez.tezos.com); Tezos' table of base58 prefixes.
"""

from __future__ import annotations

import pytest
from base58_bech32.base58 import b58encode_check

from recovery.chains.tezos.answer import _MANAGER, _STAKING, MOVE_NOTHING, STATUSES
from recovery.chains.tezos.decode import _SPECIAL
from recovery.chains.tezos.tokens import TokenMove, _address

TZKT_MANAGER = [
    "delegation", "reveal", "register_constant", "set_delegate_parameters", "set_deposits_limit",
    "increase_paid_storage", "update_consensus_key", "update_secondary_key", "dal_publish_commitment",
    "transfer_ticket", "sr_add_messages", "sr_cement", "sr_execute", "sr_originate", "sr_publish",
    "sr_recover_bond", "sr_refute", "staking", "tx_rollup_origination", "tx_rollup_submit_batch", "event",
]  # fmt: skip
OCTEZ_MANAGER = [
    "delegation", "reveal", "register_global_constant", "set_delegate_parameters", "set_deposits_limit",
    "increase_paid_storage", "update_consensus_key", "update_companion_key", "dal_publish_commitment",
    "transfer_ticket", "smart_rollup_add_messages", "smart_rollup_cement",
    "smart_rollup_execute_outbox_message", "smart_rollup_originate", "smart_rollup_publish",
    "smart_rollup_recover_bond", "smart_rollup_refute", "staking", "tx_rollup_origination",
    "tx_rollup_submit_batch", "event",
]  # fmt: skip
CONSENSUS = [
    "attestation", "ballot", "dal_entrapment_evidence", "double_baking", "double_consensus",
    "double_endorsing", "double_preendorsing", "endorsement", "nonce_revelation", "preattestation",
    "preendorsement", "proposal", "vdf_revelation",
]  # fmt: skip
PAYING = ["transaction", "origination", "activation", "drain_delegate"]


def test_each_manager_operation_has_its_name_with_both() -> None:
    assert list(_MANAGER.items()) == list(zip(TZKT_MANAGER, OCTEZ_MANAGER, strict=True))


def test_these_kinds_pay_nobody_by_themselves_and_no_other() -> None:
    assert {*TZKT_MANAGER, *OCTEZ_MANAGER, *CONSENSUS} == MOVE_NOTHING
    assert not MOVE_NOTHING & set(PAYING)
    assert {"transaction", *_SPECIAL} == set(PAYING)


def test_an_operation_has_one_of_four_statuses() -> None:
    assert {"applied", "failed", "backtracked", "skipped"} == STATUSES


def test_an_account_stakes_by_these_entrypoints() -> None:
    assert {"stake", "unstake", "finalize_unstake", "set_delegate_parameters"} == _STAKING


def test_a_token_is_money_unless_it_says_otherwise() -> None:
    assert TokenMove("op:0:0", "KT1", "fa2", "0", None, None, 5).unique is False


@pytest.mark.parametrize(
    ("tag", "prefix", "begin"),
    [("0000", "06a19f", "tz1"), ("0001", "06a1a1", "tz2"), ("0002", "06a1a4", "tz3"), ("0003", "06a1a6", "tz4")],
)  # fmt: skip
def test_packed_addresses_of_accounts_begin_with_their_curve(
    tag: str, prefix: str, begin: str
) -> None:
    key = bytes(range(20))
    text = b58encode_check(bytes.fromhex(prefix) + key).decode()
    assert text.startswith(begin)
    assert _address({"bytes": tag + key.hex()}) == text
