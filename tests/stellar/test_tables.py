"""Result codes, operations, assets and strkeys, value by value.

Sources: Stellar's XDR (``TransactionResultCode``, ``OperationType``, ``EnvelopeType``, ``CryptoKeyType``, ``AssetType``); SEP-23
(version bytes of strkeys); Horizon's names of operations, effects and asset types.
"""

from __future__ import annotations

from recovery.chains.stellar import answer, codec, decode, signed, transfers

RESULTS = """
    failed too_early too_late missing_operation bad_seq bad_auth insufficient_balance no_source_account
    insufficient_fee bad_auth_extra internal_error not_supported fee_bump_inner_failed bad_sponsorship
    bad_minseq_age_or_gap malformed soroban_invalid frozen_key_accessed
"""


def test_a_failure_has_a_code_below_zero() -> None:
    told = {-number: f"tx_{name}" for number, name in enumerate(RESULTS.split(), 1)}
    assert told == decode._FAILURES
    assert (decode._SUCCESS, decode._BUMP_SUCCESS) == (0, 1)


def test_envelopes_keys_and_operations_have_their_numbers() -> None:
    assert (signed._V0, signed._TX, signed._FEE_BUMP) == (0, 2, 5)
    assert signed._MUXED == 0x100
    assert (signed.CREATE_ACCOUNT, signed.PAYMENT, signed.MERGE) == (0, 1, 8)
    assert (signed.PATH_RECEIVE, signed.PATH_SEND) == (2, 13)


def test_a_signed_amount_is_exact_unless_it_says_so() -> None:
    payment = signed.SignedPayment(signed.PAYMENT, bytes(32), None, None, 5)
    assert payment.at_least is False


def test_a_code_has_up_to_four_letters_or_five_to_twelve() -> None:
    assert {name: list(sizes) for name, sizes in answer._CODES.items()} == {
        "credit_alphanum4": [1, 2, 3, 4],
        "credit_alphanum12": [5, 6, 7, 8, 9, 10, 11, 12],
    }
    assert answer.MOST_STROOPS == 9_223_372_036_854_775_807
    assert {"account", "contract", "claimable-balance", "liquidity-pool"} == answer._FORMS


def test_a_strkeys_first_letter_is_its_version() -> None:
    """The version byte is the letter's place in base32, three bits to the left."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

    def version(letter: str) -> int:
        return letters.index(letter) << 3

    assert {
        version("G"): ("account", "ed25519", 32),
        version("C"): ("contract", "stellar-contract", 32),
        version("B"): ("claimable-balance", "stellar-claimable", 33),
        version("L"): ("liquidity-pool", "stellar-pool", 32),
    } == codec._PLAIN
    assert (version("G"), version("M")) == (codec._ACCOUNT, codec._MUXED)
    assert set(codec._NOT_PAYABLE) == {version("T"), version("X"), version("P")}


def test_operations_move_value_by_themselves_by_their_effects_or_not_at_all() -> None:
    offers = {
        "manage_offer", "manage_sell_offer", "manage_buy_offer", "create_passive_offer",
        "create_passive_sell_offer",
    }  # fmt: skip
    assert offers == transfers.OFFERS
    by_effects = offers | {"account_merge", "claim_claimable_balance", "inflation"}
    assert by_effects == transfers.TOLD_BY_EFFECTS
    assert {
        "set_options", "change_trust", "allow_trust", "set_trust_line_flags", "manage_data",
        "bump_sequence", "begin_sponsoring_future_reserves", "end_sponsoring_future_reserves",
        "revoke_sponsorship", "extend_footprint_ttl", "bump_footprint_expiration", "restore_footprint",
    } == transfers._WITHOUT_VALUE  # fmt: skip
    receive, send = "path_payment_strict_receive", "path_payment_strict_send"
    assert {"path_payment": receive, receive: receive, send: send} == transfers._PATHS


def test_a_contracts_balances_change_in_four_ways() -> None:
    assert {"transfer", "mint", "burn", "clawback"} == transfers._CHANGES


def test_every_effect_begins_like_one_of_these() -> None:
    assert set(transfers._EFFECTS) == {
        "account_", "signer_", "trustline_", "offer_", "data_", "sequence_bumped", "claimable_balance_",
        "liquidity_pool_", "contract_", "extend_footprint_", "restore_footprint",
    }  # fmt: skip
