"""The guard of every attack: what stands between it and money, and how it is taken out.

Knows: one piece of source for each test of this folder. `hostile.breaking` replaces it in a copy of the
program and demands that the test goes red. `BY_CONSTRUCTION` are the tests for which no piece can be taken
out: the program never reads what the attacker wrote, or more than one guard stands behind the first. The file
is the one that decides.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """``old`` stands once in ``file``; with ``new`` in its place the guard is gone.

    ``behind`` is a second guard that would hold alone: both are taken out.
    """

    file: str
    old: str
    new: str
    behind: Guard | None = None


def pieces_of(guard: Guard) -> tuple[Guard, ...]:
    """Every piece that is taken out."""
    return (guard, *(pieces_of(guard.behind) if guard.behind else ()))


_DECIDE = "recovery/classify/decide.py"


def _rule(cause: str, step: int, room: str) -> Guard:
    """A rule taken out of the decision order."""
    line = f"    Rule(Cause.{cause.upper()}, {step}, {room}.{cause}),\n"
    return Guard(_DECIDE, line, "")


_TEZOS_PART = Guard(
    "recovery/chains/tezos/decode.py",
    '        succeeded = group.applied and operation.status == "applied"',
    "        succeeded = True",
)

GUARDS: dict[str, Guard] = {
    "test_evm.py::test_a_token_that_answers_false_paid_nobody": Guard(
        "recovery/chains/evm/decode.py",
        '        reading = read_logs(receipt["logs"], self.facts, value)\n',
        '        if not receipt["logs"] and len(self.input) >= 138:\n            asked = self._failed(top)\n            for m in asked:\n                m.succeeded, m.amount = True, m.requested or 0\n            return self._finish(asked), None\n        reading = read_logs(receipt["logs"], self.facts, value)\n',
    ),
    "test_evm.py::test_a_transfer_event_without_a_movement_is_counterfeit": Guard(
        "recovery/classify/rules/wrong_thing.py",
        "    if _moved_nothing(facts):",
        "    if False:",
    ),
    "test_evm.py::test_an_event_of_a_contract_that_is_not_the_token_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_evm.py::test_a_listed_fee_on_transfer_token_is_worth_what_arrived": Guard(
        "recovery/classify/gather.py",
        "    return Known(min(amount, max(measured.value, 0)))",
        "    return Known(amount)",
    ),
    "test_evm.py::test_an_inner_call_that_paid_us_and_reverted_paid_nobody": Guard(
        "recovery/chains/evm/traces.py",
        "        frame, path = stack.pop()\n        if frame.failed:\n            continue\n",
        "        frame, path = stack.pop()\n",
    ),
    "test_evm.py::test_the_value_of_a_delegatecall_moved_nowhere": Guard(
        "recovery/chains/evm/traces.py",
        '_MOVES_VALUE = frozenset({"CALL", "CREATE"',
        '_MOVES_VALUE = frozenset({"CALL", "DELEGATECALL", "CREATE"',
    ),
    "test_evm.py::test_a_zero_value_transfer_from_is_poison": _rule(
        "dust_or_poisoning", 4, "nothing_to_recover"
    ),
    "test_evm.py::test_an_nfts_number_is_no_amount": _rule("nft", 6, "wrong_thing"),
    "test_evm.py::test_items_of_a_batch_are_no_amounts": _rule("nft", 6, "wrong_thing"),
    "test_evm.py::test_a_look_alike_symbol_in_another_alphabet_is_counterfeit": Guard(
        "recovery/classify/listings.py",
        "        folded = [f for text in (symbol, name) if text and (f := fold_lookalikes(text))]",
        "        folded = [text for text in (symbol, name) if text]",
    ),
    "test_evm.py::test_a_token_that_calls_itself_by_the_coins_name_is_counterfeit": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_evm.py::test_a_transaction_that_reverted_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_evm.py::test_a_block_that_can_be_undone_waits": _rule(
        "awaiting_confirmations", 2, "whole_transaction"
    ),
    "test_evm.py::test_a_receipt_of_the_replacing_transaction_is_refused": Guard(
        "recovery/chains/evm/decode.py",
        '        if str(receipt.get("transactionHash")).lower() != self.raw.tx_hash:',
        "        if False:",
    ),
    "test_evm.py::test_a_deposit_that_a_stranger_claims_is_held": _rule(
        "claimant_mismatch", 9, "routing"
    ),
    "test_evm.py::test_a_node_of_another_chain_is_not_believed": Guard(
        "recovery/chains/evm/health.py",
        "    _check_chain(facts, node, chain_id)\n",
        "",
    ),
    "test_evm.py::test_two_nodes_that_disagree_lead_to_a_review": Guard(
        "recovery/classify/decide.py",
        "    if facts.disagreement is not None:\n        verdict = _doubt",
        "    if False:\n        verdict = _doubt",
    ),
    "test_evm.py::test_a_log_of_another_transaction_is_refused": Guard(
        "recovery/chains/evm/logs.py",
        "            if str(log.get(name)).lower() != str(receipt.get(name)).lower():",
        "            if False:",
    ),
    "test_evm.py::test_a_log_that_is_told_twice_is_refused": Guard(
        "recovery/chains/evm/decode.py",
        "        check_logs(receipt)\n",
        "",
    ),
    "test_evm.py::test_coin_logged_otherwise_than_it_was_sent_is_refused": Guard(
        "recovery/chains/evm/logs.py",
        "    native.check()\n",
        "",
    ),
    "test_evm.py::test_a_node_without_traces_proves_no_absence_and_no_payment": Guard(
        "recovery/chains/evm/decode.py",
        "        if trace is None:\n            self.gaps.add(Gap.INTERNAL_TRANSFERS)\n",
        "        if trace is None:\n",
    ),
    "test_evm.py::test_a_coins_token_face_counts_once": Guard(
        "recovery/chains/evm/logs.py",
        '        if self.facts.stack == "polygon" and self._is_repetition(topics[0], move):',
        "        if False:",
    ),
    "test_evm.py::test_a_preconfirmed_block_is_pending": _rule(
        "pending_in_mempool", 2, "whole_transaction"
    ),
    "test_evm.py::test_the_value_of_a_failed_deposit_stays_with_its_sender": Guard(
        "recovery/chains/evm/decode.py",
        "            move.succeeded, move.requested, move.amount = False, move.amount, 0\n",
        "            move.requested = move.amount\n",
    ),
    "test_utxo.py::test_an_omni_payment_is_not_believed_from_its_bytes": Guard(
        "recovery/chains/utxo/carried.py",
        "    if data.startswith(_OMNI):",
        "    if False:",
    ),
    "test_utxo.py::test_an_slp_token_is_not_believed_from_its_bytes": Guard(
        "recovery/chains/utxo/carried.py",
        "    if data == _SLP:",
        "    if False:",
    ),
    "test_utxo.py::test_an_output_that_may_hold_runes_is_not_swept_blindly": Guard(
        "recovery/chains/utxo/carried.py",
        "    if len(script) > 1 and script[1] == _OP_13:",
        "    if False:",
    ),
    "test_utxo.py::test_an_output_that_bears_an_inscription_is_not_swept_blindly": Guard(
        "recovery/chains/utxo/carried.py",
        "    if has_inscription(tx.inputs):",
        "    if False:",
    ),
    "test_utxo.py::test_a_bare_multisig_that_names_our_key_is_not_ours": _rule(
        "address_not_ours", 4, "nothing_to_recover"
    ),
    "test_utxo.py::test_an_immature_coinbase_waits": _rule("time_locked", 11, "missed"),
    "test_utxo.py::test_a_block_that_left_the_chain_paid_nobody": _rule(
        "pending_in_mempool", 2, "whole_transaction"
    ),
    "test_utxo.py::test_an_explorer_that_still_shows_a_stale_block_is_found_out": _rule(
        "pending_in_mempool", 2, "whole_transaction"
    ),
    "test_xrpl.py::test_a_partial_payment_is_worth_what_was_delivered": Guard(
        "recovery/chains/xrpl/transfers.py",
        "        self._compare(money, rises)\n        return money",
        "        return wanted",
    ),
    "test_xrpl.py::test_an_issued_currency_called_xrp_is_its_issuers": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_xrpl.py::test_a_source_tag_routes_nothing": _rule("memo_unknown", 9, "routing"),
    "test_xrpl.py::test_a_delivered_amount_that_the_balances_contradict_is_not_believed": Guard(
        "recovery/chains/xrpl/transfers.py",
        "        if stated.coin.code is None and not self._is_path_payment():",
        "        if False:",
    ),
    "test_xrpl.py::test_a_success_of_an_open_ledger_is_provisional": Guard(
        "recovery/chains/xrpl/decode.py",
        "    if not answer.validated:",
        "    if False:",
    ),
    "test_xrpl.py::test_a_payment_that_failed_in_a_validated_ledger_paid_nobody": Guard(
        "recovery/chains/xrpl/decode.py",
        'result != "tesSUCCESS"',
        "False",
    ),
    "test_xrpl.py::test_an_nft_is_never_an_amount": _rule("nft", 6, "wrong_thing"),
    "test_tron.py::test_a_trc10_with_a_trc20s_name_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_tron.py::test_a_trc20_of_another_contract_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_tron.py::test_an_internal_transaction_that_was_rejected_paid_nobody": Guard(
        "recovery/chains/tron/internal.py",
        "    if rejected:\n",
        "    if False:\n",
    ),
    "test_tron.py::test_a_log_beside_a_reverted_call_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_tron.py::test_a_transfer_of_nothing_is_poison": _rule(
        "dust_or_poisoning", 4, "nothing_to_recover"
    ),
    "test_tron.py::test_signed_bytes_of_another_amount_are_refused": Guard(
        "recovery/chains/tron/wire.py",
        '    if hashlib.sha256(raw).hexdigest() != tx_hash or tx.get("txID") != tx_hash:',
        "    if False:",
    ),
    "test_tron.py::test_a_block_that_is_not_solidified_waits": _rule(
        "awaiting_confirmations", 2, "whole_transaction"
    ),
    "test_tron.py::test_a_trc721s_number_is_no_amount": _rule("nft", 6, "wrong_thing"),
    "test_solana.py::test_a_mint_with_a_listed_symbol_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_solana.py::test_of_a_token_2022_with_a_transfer_fee_what_arrived_counts": Guard(
        "recovery/chains/solana/transfers.py",
        "        if sum(amounts) != rest or min(amounts) < 0:",
        "        if False:",
    ),
    "test_solana.py::test_an_account_that_was_handed_over_is_looked_at": _rule(
        "unusual_transaction_type", 11, "missed"
    ),
    "test_solana.py::test_what_a_permanent_delegate_takes_back_was_not_delivered": Guard(
        "recovery/chains/solana/transfers.py",
        "        if sum(amounts) != rest or min(amounts) < 0:",
        "        if False:",
    ),
    "test_solana.py::test_a_parsed_transfer_of_a_failed_transaction_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_solana.py::test_a_node_whose_two_answers_disagree_on_failure_is_not_believed": Guard(
        "recovery/chains/solana/decode.py",
        '    if "err" not in status or (status["err"] is None) != (tx.error is None):',
        "    if False:",
    ),
    "test_solana.py::test_lamports_from_nowhere_are_refused": Guard(
        "recovery/chains/solana/answer.py",
        "    if unkept < 0:",
        "    if False:",
    ),
    "test_solana.py::test_a_transfer_of_no_tokens_is_poison": _rule(
        "dust_or_poisoning", 4, "nothing_to_recover"
    ),
    "test_solana.py::test_an_nft_is_never_an_amount": _rule("nft", 6, "wrong_thing"),
    "test_solana.py::test_a_compressed_nft_is_never_an_amount": _rule("nft", 6, "wrong_thing"),
    "test_solana.py::test_two_memos_before_one_payment_route_nothing": Guard(
        "recovery/chains/solana/transfers.py",
        "        if len(set(self.said.values())) == 1:",
        "        if True:",
    ),
    "test_solana.py::test_coin_in_a_token_account_is_conditional": _rule(
        "unusual_transaction_type", 11, "missed"
    ),
    "test_solana.py::test_voted_for_is_not_final": _rule(
        "awaiting_confirmations", 2, "whole_transaction"
    ),
    "test_ton.py::test_a_message_that_bounced_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_ton.py::test_a_bounce_with_a_comment_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_ton.py::test_a_bounce_that_comes_home_is_no_deposit": Guard(
        "recovery/chains/ton/trace.py",
        "    if payment.bounced:\n        return Part.REFUND\n",
        "    if payment.bounced:\n        return Part.PAYMENT\n",
    ),
    "test_ton.py::test_a_notification_not_of_our_own_jetton_wallet_is_worth_its_coins": Guard(
        "recovery/chains/ton/decode.py",
        "            special=part is not Part.PAYMENT,",
        "            special=False,",
    ),
    "test_ton.py::test_a_jetton_wallet_whose_master_names_another_holds_nothing": Guard(
        "recovery/chains/ton/decode.py",
        "        if not self._master_agrees(row, owner, master):\n            return None\n",
        "",
    ),
    "test_ton.py::test_a_jetton_named_like_the_coin_is_its_master": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_ton.py::test_jettons_that_our_wallet_refused_came_back": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_ton.py::test_a_master_that_does_not_answer_proves_no_wallet": Guard(
        "recovery/chains/ton/decode.py",
        "        if derived is None:\n            self.gaps.add(Gap.TOKEN_VALIDITY)\n",
        "        if derived is None:\n",
    ),
    "test_ton.py::test_unused_gas_that_comes_back_is_no_deposit": Guard(
        "recovery/chains/ton/decode.py",
        "            special=part is not Part.PAYMENT,",
        "            special=False,",
    ),
    "test_ton.py::test_what_a_node_foretells_of_a_message_is_no_evidence": _rule(
        "pending_in_mempool", 2, "whole_transaction"
    ),
    "test_ton.py::test_a_shards_block_is_not_final": Guard(
        "recovery/chains/ton/decode.py",
        '        if self.row.finality != "finalized":\n            return False\n',
        "",
        behind=Guard(
            "recovery/chains/ton/decode.py",
            "final=depth > 0 and reader.is_settled()",
            "final=reader.is_settled()",
        ),
    ),
    "test_ton.py::test_a_body_of_another_hash_is_refused": Guard(
        "recovery/chains/ton/rows.py",
        "    if body.hash.hex() != told:",
        "    if False:",
    ),
    "test_stellar.py::test_an_unclaimed_claimable_balance_is_nobodys_yet": _rule(
        "wrong_layer", 7, "wrong_network"
    ),
    "test_stellar.py::test_a_failed_operation_in_an_applied_ledger_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_stellar.py::test_of_a_path_payment_the_received_side_counts": Guard(
        "recovery/chains/stellar/transfers.py",
        '        coin, to = read_coin(self.network, op), self._party(op, "to")\n        amount = read_amount(op.get("amount"), "amount")',
        '        coin, to = read_coin(self.network, op), self._party(op, "to")\n        amount = read_amount(op.get("source_amount", op.get("amount")), "amount")',
    ),
    "test_stellar.py::test_a_listed_code_of_another_issuer_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_stellar.py::test_a_stroop_with_an_advertisement_is_dust": _rule(
        "memo_unknown", 9, "routing"
    ),
    "test_stellar.py::test_a_memo_and_a_muxed_id_that_differ_route_nothing": Guard(
        "recovery/chains/stellar/transfers.py",
        "        if self.memo is not None and self.memo.value.strip() != muxed.value:",
        "        if False:",
    ),
    "test_stellar.py::test_success_that_the_results_own_code_denies_is_refused": Guard(
        "recovery/chains/stellar/decode.py",
        '    if "successful" in tx and read_bool(tx["successful"], "successful") != successful:',
        "    if False:",
    ),
    "test_stellar.py::test_an_operation_that_succeeded_in_a_failed_transaction_is_refused": Guard(
        "recovery/chains/stellar/decode.py",
        '        if read_bool(told, "transaction_successful") != tx.successful:',
        "        if False:",
    ),
    "test_cosmos.py::test_a_nested_message_that_failed_paid_nobody": Guard(
        "recovery/chains/cosmos/events.py",
        "    if not succeeded:",
        "    if False:",
    ),
    "test_cosmos.py::test_the_events_of_a_failed_message_prove_nothing": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_cosmos.py::test_an_ibc_packet_that_timed_out_is_no_deposit": Guard(
        "recovery/chains/cosmos/moves.py",
        'type="ibc_refund", special=True, own_memo=True',
        "type=None, own_memo=False",
    ),
    "test_cosmos.py::test_an_ibc_packet_that_was_refused_paid_nobody": Guard(
        "recovery/chains/cosmos/decode.py",
        "+ [(m, False) for m in read.refused]",
        "+ [(m, True) for m in read.refused]",
    ),
    "test_cosmos.py::test_events_of_receiving_that_was_undone_pay_nobody": Guard(
        "recovery/chains/cosmos/decode.py",
        "+ [(m, False) for m in read.refused]",
        "+ [(m, True) for m in read.refused]",
    ),
    "test_cosmos.py::test_coins_that_vest_wait": _rule("time_locked", 11, "missed"),
    "test_cosmos.py::test_coins_that_are_locked_for_ever_are_not_credited": _rule(
        "unusual_transaction_type", 11, "missed"
    ),
    "test_cosmos.py::test_a_packets_routing_memo_is_nobodys_deposit_memo": _rule(
        "memo_missing", 9, "routing"
    ),
    "test_cosmos.py::test_a_transfer_event_without_the_banks_receipt_is_not_believed": Guard(
        "recovery/chains/cosmos/moves.py",
        "            if counted and not receipts[receipt]:",
        "            if False:",
    ),
    "test_move.py::test_another_packages_coin_as_type_argument_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_move.py::test_a_fungible_asset_is_its_metadata": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_move.py::test_events_of_another_package_move_nothing": Guard(
        "recovery/chains/aptos/events.py",
        '        if not name.startswith("0x1::"):\n            old_tokens += name in _OLD_TOKENS\n        elif name in _HANDOVERS:',
        '        name = "0x1::" + name.partition("::")[2]\n        if name in _HANDOVERS:',
    ),
    "test_move.py::test_a_multisigs_payment_that_failed_inside_paid_nobody": Guard(
        "recovery/chains/aptos/events.py",
        'elif name == "0x1::multisig_account::TransactionExecutionFailed":',
        'elif name == "":',
    ),
    "test_move.py::test_what_was_taken_back_was_not_delivered": Guard(
        "recovery/chains/aptos/transfers.py",
        "    while amount > 0 and stack:",
        "    while False:",
    ),
    "test_move.py::test_of_an_asset_with_a_taking_hook_what_stayed_counts": Guard(
        "recovery/chains/aptos/transfers.py",
        "    while amount > 0 and stack:",
        "    while False:",
    ),
    "test_move.py::test_what_lies_in_a_frozen_store_is_conditional": Guard(
        "recovery/chains/aptos/transfers.py",
        "    elif left and holding.frozen:",
        "    elif False:",
    ),
    "test_move.py::test_the_payload_of_a_failed_transaction_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_move.py::test_a_sui_coin_of_another_package_is_not_sui": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_move.py::test_a_sui_coin_that_calls_itself_usdc_is_its_type": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_move.py::test_effects_that_failed_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_move.py::test_executed_without_a_checkpoint_is_pending": _rule(
        "pending_in_mempool", 2, "whole_transaction"
    ),
    "test_algorand.py::test_a_zero_payment_that_closes_elsewhere_pays_us_nothing": Guard(
        "recovery/chains/algorand/decode.py",
        "rest = self._transfer(txn, move, source, move.close_to, move.rest)",
        "rest = self._transfer(txn, move, source, move.receiver, move.rest)",
    ),
    "test_algorand.py::test_an_inner_payment_that_closes_elsewhere_pays_us_nothing": Guard(
        "recovery/chains/algorand/decode.py",
        "rest = self._transfer(txn, move, source, move.close_to, move.rest)",
        "rest = self._transfer(txn, move, source, move.receiver, move.rest)",
    ),
    "test_algorand.py::test_a_clawback_into_our_account_is_looked_at": Guard(
        "recovery/chains/algorand/decode.py",
        'special = "clawback" if move.victim is not None else None',
        "special = None",
    ),
    "test_algorand.py::test_an_asset_with_a_listed_unit_name_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_algorand.py::test_another_amount_under_the_same_id_is_refused": Guard(
        "recovery/chains/algorand/decode.py",
        "    if computed != tx_hash:",
        "    if False:",
    ),
    "test_algorand.py::test_another_note_under_the_same_id_is_refused": Guard(
        "recovery/chains/algorand/decode.py",
        "    if computed != tx_hash:",
        "    if False:",
    ),
    "test_algorand.py::test_a_transaction_signed_for_the_test_network_is_refused": Guard(
        "recovery/chains/algorand/decode.py",
        "    if txn.genesis_hash and base64.b64encode(txn.genesis_hash).decode() != wanted:",
        "    if False:",
    ),
    "test_hedera.py::test_transfers_listed_in_a_record_that_failed_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_hedera.py::test_a_pending_airdrop_is_nobodys_yet": _rule(
        "wrong_layer", 7, "wrong_network"
    ),
    "test_hedera.py::test_a_token_that_calls_itself_usdc_is_its_number": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_hedera.py::test_a_list_that_does_not_add_up_is_looked_at": Guard(
        "recovery/chains/hedera/transfers.py",
        "        if not self.ledger.balanced:",
        "        if False:",
    ),
    "test_hedera.py::test_two_successes_of_one_id_are_refused": Guard(
        "recovery/chains/hedera/answer.py",
        "    if len(applied) > 1:",
        "    if False:",
    ),
    "test_hedera.py::test_a_tinybar_with_a_link_is_dust": _rule("memo_unknown", 9, "routing"),
    "test_near.py::test_a_transfer_call_that_refunded_paid_nothing": Guard(
        "recovery/chains/near/moves.py",
        "        if used < amount:",
        "        if False:",
    ),
    "test_near.py::test_of_a_transfer_call_that_refunded_a_part_the_rest_counts": Guard(
        "recovery/chains/near/moves.py",
        "        if used < amount:",
        "        if False:",
    ),
    "test_near.py::test_a_transfer_call_that_was_never_settled_is_looked_at": Guard(
        "recovery/chains/near/moves.py",
        "        for waiting in self.unresolved.values():",
        "        for waiting in ():",
    ),
    "test_near.py::test_a_log_forged_by_another_contract_speaks_of_its_own_tokens": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_near.py::test_an_event_of_a_receipt_that_failed_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_near.py::test_a_payment_whose_receipt_failed_paid_nobody": Guard(
        "recovery/chains/near/moves.py",
        "            succeeded=bool(outcome.ok),\n            symbol=self.network.symbol,",
        "            succeeded=True,\n            symbol=self.network.symbol,",
    ),
    "test_near.py::test_unburnt_gas_that_comes_back_is_no_deposit": Guard(
        "recovery/chains/near/moves.py",
        "            if receipt.predecessor != SYSTEM or receipt.id in self.paid_out:",
        "            if True:",
    ),
    "test_substrate.py::test_an_asset_that_calls_itself_usdt_is_its_number": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_substrate.py::test_an_event_of_more_than_the_call_asked_for_is_refused": Guard(
        "recovery/chains/polkadot/decode.py",
        "    if not asked:\n        return\n    wanted",
        "    if True:\n        return\n    wanted",
    ),
    "test_substrate.py::test_a_vested_transfer_waits": _rule("time_locked", 11, "missed"),
    "test_substrate.py::test_a_block_of_a_lost_branch_paid_nobody": _rule(
        "pending_in_mempool", 2, "whole_transaction"
    ),
    "test_cardano.py::test_outputs_of_an_invalid_script_paid_nobody": Guard(
        "recovery/chains/cardano/decode.py",
        "status = TxStatus.CONFIRMED if tx.valid else TxStatus.FAILED",
        "status = TxStatus.CONFIRMED",
        behind=Guard(
            "recovery/chains/cardano/decode.py",
            "[(o, tx.valid, None) for o in tx.outputs]",
            "[(o, True, None) for o in tx.outputs]",
        ),
    ),
    "test_cardano.py::test_another_policys_token_of_the_same_name_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_cardano.py::test_a_look_alike_name_is_counterfeit": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_cardano.py::test_a_message_routes_nothing": _rule("claimant_mismatch", 9, "routing"),
    "test_cardano.py::test_an_nft_is_never_an_amount": _rule("nft", 6, "wrong_thing"),
    "test_tezos.py::test_an_internal_operation_that_was_backtracked_paid_nobody": Guard(
        "recovery/chains/tezos/decode.py",
        "        status = TxStatus.CONFIRMED if group.applied else TxStatus.FAILED",
        "        status = TxStatus.CONFIRMED",
        behind=_TEZOS_PART,
    ),
    "test_tezos.py::test_a_payment_undone_by_the_call_behind_it_paid_nobody": Guard(
        "recovery/chains/tezos/decode.py",
        "        status = TxStatus.CONFIRMED if group.applied else TxStatus.FAILED",
        "        status = TxStatus.CONFIRMED",
        behind=_TEZOS_PART,
    ),
    "test_tezos.py::test_of_a_token_that_takes_a_cut_the_books_count": Guard(
        "recovery/chains/tezos/decode.py",
        '    if raw.api == "octez" or not group.applied:\n        return read_asked',
        "    if True:\n        return read_asked",
    ),
    "test_tezos.py::test_a_transfer_call_that_booked_nothing_paid_nobody": Guard(
        "recovery/chains/tezos/decode.py",
        '    if raw.api == "octez" or not group.applied:\n        return read_asked',
        "    if True:\n        return read_asked",
    ),
    "test_tezos.py::test_another_contracts_token_of_the_same_name_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_tezos.py::test_one_group_in_two_blocks_is_refused": Guard(
        "recovery/chains/tezos/answer.py",
        "    if len(blocks) != 1:",
        "    if False:",
    ),
    "test_tezos.py::test_a_picture_is_never_an_amount": _rule("nft", 6, "wrong_thing"),
    "test_antelope.py::test_a_token_of_a_contract_that_is_not_the_listed_one_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_antelope.py::test_the_coins_symbol_with_other_decimals_is_another_asset": _rule(
        "counterfeit_token", 6, "wrong_thing"
    ),
    "test_antelope.py::test_a_notification_of_what_never_ran_pays_nothing": Guard(
        "recovery/chains/antelope/actions.py",
        '        if read_name(receipt.get("receiver"), "the receiver") != account:\n            continue\n',
        '        read_name(receipt.get("receiver"), "the receiver")\n',
    ),
    "test_antelope.py::test_what_failed_hard_or_expired_in_a_block_paid_nobody": _rule(
        "transaction_failed", 2, "whole_transaction"
    ),
    "test_antelope.py::test_a_delayed_transaction_has_not_happened": _rule(
        "pending_in_mempool", 2, "whole_transaction"
    ),
    "test_antelope.py::test_nothing_above_the_irreversible_block_is_final": _rule(
        "awaiting_confirmations", 2, "whole_transaction"
    ),
    "test_antelope.py::test_one_payment_counts_once_however_many_are_notified": Guard(
        "recovery/chains/antelope/actions.py",
        '        if read_name(receipt.get("receiver"), "the receiver") != account:\n            continue\n',
        '        read_name(receipt.get("receiver"), "the receiver")\n',
    ),
    "test_text.py::test_a_cell_that_begins_like_a_formula_is_text_in_every_export": Guard(
        "recovery/commands/output.py",
        '    return f"\'{line}" if formula else line',
        "    return line",
    ),
}
"""Which guard each attack meets, by test."""

BY_CONSTRUCTION: dict[str, str] = {
    "test_evm.py::test_an_approval_is_no_payment": "recovery/chains/evm/logs.py",
    "test_evm.py::test_a_token_that_says_other_decimals_is_booked_by_the_listings": "recovery/classify/facts.py",
    "test_evm.py::test_what_a_destroyed_contract_pays_is_looked_at": "recovery/chains/evm/logs.py",
    "test_evm.py::test_two_transactions_of_one_nonce_are_one_payment": "recovery/triage.py",
    "test_evm.py::test_a_payment_in_a_block_that_was_replaced_is_gone": "recovery/triage.py",
    "test_evm.py::test_a_call_that_emits_no_transfer_is_no_transfer": "recovery/chains/evm/logs.py",
    "test_evm.py::test_a_bundle_credits_what_its_operation_moved": "recovery/chains/evm/logs.py",
    "test_evm.py::test_a_retryable_ticket_waits_for_its_redemption": "recovery/chains/evm/logs.py",
    "test_evm.py::test_the_refund_of_a_failed_deposit_is_not_guessed": "recovery/chains/evm/logs.py",
    "test_evm.py::test_an_honest_payment_is_credited": "recovery/classify/decide.py",
    "test_utxo.py::test_a_node_of_another_chain_is_not_believed": "recovery/chains/utxo/fetch_core.py",
    "test_utxo.py::test_a_token_that_rides_on_an_output_is_not_swept_with_its_coins": "recovery/chains/utxo/codec.py",
    "test_utxo.py::test_an_output_of_text_alone_pays_nobody": "recovery/chains/utxo/codec.py",
    "test_utxo.py::test_coins_that_went_into_mweb_are_not_seen": "recovery/chains/utxo/codec.py",
    "test_xrpl.py::test_a_check_that_was_written_has_paid_nobody": "recovery/chains/xrpl/changes.py",
    "test_xrpl.py::test_an_escrow_that_was_filled_has_paid_nobody": "recovery/chains/xrpl/changes.py",
    "test_xrpl.py::test_a_claimed_channel_pays_the_rise_and_not_the_balance": "recovery/chains/xrpl/changes.py",
    "test_xrpl.py::test_what_an_offer_bought_of_another_issuer_is_that_issuers": "recovery/chains/xrpl/changes.py",
    "test_tron.py::test_lent_energy_is_no_payment": "recovery/chains/tron/internal.py",
    "test_tron.py::test_energy_lent_by_a_contract_is_no_payment": "recovery/chains/tron/internal.py",
    "test_solana.py::test_a_token_account_at_our_address_that_is_anothers_is_not_ours": "recovery/chains/solana/flows.py",
    "test_solana.py::test_a_memo_that_names_our_address_pays_us_nothing": "recovery/chains/solana/flows.py",
    "test_solana.py::test_a_transfer_of_another_program_moves_nothing": "recovery/chains/solana/flows.py",
    "test_solana.py::test_a_closed_account_pays_its_rest_once": "recovery/chains/solana/flows.py",
    "test_ton.py::test_more_jettons_than_there_are_never_left": "recovery/chains/ton/trace.py",
    "test_stellar.py::test_a_clawback_pays_nobody": "recovery/chains/stellar/transfers.py",
    "test_stellar.py::test_a_contract_call_that_shows_no_balance_change_pays_nobody": "recovery/chains/stellar/transfers.py",
    "test_cosmos.py::test_events_that_a_contract_writes_are_not_the_banks": "recovery/chains/cosmos/moves.py",
    "test_cosmos.py::test_an_ibc_packet_that_was_delivered_before_pays_nothing_again": "recovery/chains/cosmos/moves.py",
    "test_cosmos.py::test_a_coin_of_a_hostile_channel_called_uatom_is_its_path": "recovery/chains/cosmos/moves.py",
    "test_cosmos.py::test_a_factory_coin_called_uatom_is_its_creators": "recovery/chains/cosmos/moves.py",
    "test_cosmos.py::test_coins_sent_to_another_chain_pay_nobody_here": "recovery/chains/cosmos/moves.py",
    "test_move.py::test_an_address_in_arguments_and_events_alone_was_not_paid": "recovery/chains/sui/decode.py",
    "test_algorand.py::test_a_clawback_out_of_our_account_pays_nobody_of_ours": "recovery/chains/algorand/decode.py",
    "test_hedera.py::test_a_schedule_that_was_not_executed_paid_nobody": "recovery/chains/hedera/transfers.py",
    "test_hedera.py::test_one_id_given_to_two_nodes_paid_once": "recovery/chains/hedera/transfers.py",
    "test_near.py::test_a_relayed_payment_sent_twice_paid_once": "recovery/chains/near/moves.py",
    "test_near.py::test_nfts_that_were_not_taken_went_back": "recovery/chains/near/moves.py",
    "test_substrate.py::test_a_batch_that_stopped_before_us_paid_us_nothing": "recovery/chains/polkadot/moves.py",
    "test_substrate.py::test_of_a_batch_that_stopped_after_us_the_first_payment_counts": "recovery/chains/polkadot/moves.py",
    "test_substrate.py::test_a_multisigs_call_that_failed_paid_nobody": "recovery/chains/polkadot/moves.py",
    "test_substrate.py::test_a_multisig_that_waits_for_signatures_paid_nobody": "recovery/chains/polkadot/moves.py",
    "test_substrate.py::test_a_proxys_call_that_failed_paid_nobody": "recovery/chains/polkadot/moves.py",
    "test_substrate.py::test_what_went_to_another_chain_paid_nobody_here": "recovery/chains/polkadot/moves.py",
    "test_cardano.py::test_outputs_that_pass_the_transactions_total_are_refused": "recovery/chains/cardano/decode.py",
    "test_cardano.py::test_an_output_that_is_only_looked_at_was_not_paid": "recovery/chains/cardano/decode.py",
    "test_antelope.py::test_a_notification_that_only_copies_us_in_pays_nothing": "recovery/chains/antelope/actions.py",
    "test_antelope.py::test_a_transfer_of_unknown_shape_is_looked_at": "recovery/chains/antelope/actions.py",
    "test_text.py::test_control_characters_of_a_symbol_drive_no_terminal": "recovery/commands/output.py",
    "test_text.py::test_a_tokens_symbol_that_is_a_formula_is_text_in_a_pipe": "recovery/commands/evidence.py",
    "test_text.py::test_a_user_that_is_a_formula_stays_text": "recovery/records/importer.py",
}
"""Which file decides, by test."""
