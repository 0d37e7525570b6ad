"""The binary form's tables, value by value as the protocol's own definitions have them.

Source: ``definitions.json`` of ripple-binary-codec (rippled's ``server_definitions`` answer): fields by their type, with
their number; types of transactions.
"""

from __future__ import annotations

from typing import Any

import pytest

from recovery.chains.xrpl import amounts
from recovery.chains.xrpl.changes import Changes, Node
from recovery.chains.xrpl.serial import _FIELDS, _WRITERS, TYPES, _header, hash_transaction
from recovery.networks import load_registry

ROW = load_registry()["XRP"]
TYPE_CODES = {
    "UInt16": 1, "UInt32": 2, "Hash128": 4, "Hash256": 5, "Amount": 6, "Blob": 7, "AccountID": 8,
    "STObject": 14, "STArray": 15, "UInt8": 16, "PathSet": 18, "Vector256": 19,
}  # fmt: skip
FIELDS: dict[str, dict[str, int]] = {
    "UInt16": {"TransactionType": 2, "SignerWeight": 3, "TransferFee": 4, "TradingFee": 5},
    "UInt32": {
        "NetworkID": 1, "Flags": 2, "SourceTag": 3, "Sequence": 4, "Expiration": 10, "TransferRate": 11,
        "DestinationTag": 14, "QualityIn": 20, "QualityOut": 21, "OfferSequence": 25,
        "LastLedgerSequence": 27, "OperationLimit": 29, "SetFlag": 33, "ClearFlag": 34,
        "SignerQuorum": 35, "CancelAfter": 36, "FinishAfter": 37, "SettleDelay": 39, "TicketCount": 40,
        "TicketSequence": 41, "NFTokenTaxon": 42,
    },
    "Hash128": {"EmailHash": 1},
    "Hash256": {
        "AccountTxnID": 9, "NFTokenID": 10, "InvoiceID": 17, "Channel": 22, "CheckID": 24,
        "NFTokenBuyOffer": 28, "NFTokenSellOffer": 29,
    },
    "Amount": {
        "Amount": 1, "Balance": 2, "LimitAmount": 3, "TakerPays": 4, "TakerGets": 5, "Fee": 8,
        "SendMax": 9, "DeliverMin": 10, "Amount2": 11, "BidMin": 12, "BidMax": 13,
        "NFTokenBrokerFee": 19, "LPTokenOut": 25, "LPTokenIn": 26, "EPrice": 27,
    },
    "Blob": {
        "PublicKey": 1, "MessageKey": 2, "SigningPubKey": 3, "TxnSignature": 4, "URI": 5, "Signature": 6,
        "Domain": 7, "MemoType": 12, "MemoData": 13, "MemoFormat": 14, "Fulfillment": 16, "Condition": 17,
    },
    "AccountID": {
        "Account": 1, "Owner": 2, "Destination": 3, "Issuer": 4, "Authorize": 5, "Unauthorize": 6,
        "RegularKey": 8, "NFTokenMinter": 9, "Holder": 11, "Delegate": 12,
    },
    "STObject": {"Memo": 10, "SignerEntry": 11, "Signer": 16},
    "STArray": {"Signers": 3, "SignerEntries": 4, "Memos": 9},
    "UInt8": {"TickSize": 16},
    "PathSet": {"Paths": 1},
    "Vector256": {"NFTokenOffers": 4, "CredentialIDs": 5},
}  # fmt: skip


@pytest.mark.parametrize("kind", FIELDS)
def test_every_field_has_its_type_and_number(kind: str) -> None:
    written = {name: code for name, code in _FIELDS.items() if code[0] == TYPE_CODES[kind]}
    assert written == {name: (TYPE_CODES[kind], nth) for name, nth in FIELDS[kind].items()}


def test_every_field_is_of_a_type_that_can_be_written() -> None:
    assert set(_WRITERS) == set(TYPE_CODES.values())
    assert set(_FIELDS) == {name for fields in FIELDS.values() for name in fields}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("TransactionType", "12"), ("Flags", "22"), ("Sequence", "24"), ("DestinationTag", "2e"),
        ("LastLedgerSequence", "201b"), ("InvoiceID", "5011"), ("Amount", "61"), ("Fee", "68"),
        ("SendMax", "69"), ("SigningPubKey", "73"), ("TxnSignature", "74"), ("Account", "81"),
        ("Destination", "83"), ("Memo", "ea"), ("Memos", "f9"), ("TickSize", "001010"), ("Paths", "0112"),
        ("MemoType", "7c"), ("MemoData", "7d"), ("Condition", "7011"),
    ],
)  # fmt: skip
def test_a_fields_id_is_the_one_that_serialised_transactions_begin_it_with(
    name: str, written: str
) -> None:
    """The ids as they stand in the examples of xrpl.org, Serialization Format."""
    assert _header(*_FIELDS[name]).hex() == written


def test_every_type_of_transaction_has_its_number() -> None:
    assert TYPES == {
        "Payment": 0, "EscrowCreate": 1, "EscrowFinish": 2, "AccountSet": 3, "EscrowCancel": 4,
        "SetRegularKey": 5, "OfferCreate": 7, "OfferCancel": 8, "TicketCreate": 10, "SignerListSet": 12,
        "PaymentChannelCreate": 13, "PaymentChannelFund": 14, "PaymentChannelClaim": 15,
        "CheckCreate": 16, "CheckCash": 17, "CheckCancel": 18, "DepositPreauth": 19, "TrustSet": 20,
        "AccountDelete": 21, "NFTokenMint": 25, "NFTokenBurn": 26, "NFTokenCreateOffer": 27,
        "NFTokenCancelOffer": 28, "NFTokenAcceptOffer": 29, "Clawback": 30, "AMMCreate": 35,
        "AMMDeposit": 36, "AMMWithdraw": 37, "AMMVote": 38, "AMMBid": 39, "AMMDelete": 40,
    }  # fmt: skip


PAYMENT: dict[str, Any] = {
    "TransactionType": "Payment",
    "Account": "rf1BiGeXwwQoi8Z2ueFYTEXSwuJYfV2Jpn",
    "Destination": "ra5nK24KXen9AHvsdFTKHSANinZseWnPcX",
    "Amount": "1000000",
    "Fee": "10",
    "Sequence": 1,
    "SigningPubKey": "",
}


@pytest.mark.parametrize(
    "name",
    [
        "hash", "date", "ledger_index", "inLedger", "ctid", "meta", "validated", "status", "DeliverMax",
        "close_time_iso", "ledger_hash", "warnings", "warning", "forwarded",
    ],
)  # fmt: skip
def test_what_a_server_puts_beside_a_transaction_is_no_part_of_it(name: str) -> None:
    """xrpl.org, ``tx`` and the response formatting: nobody signed these."""
    assert hash_transaction(ROW, PAYMENT | {name: "x"}) == hash_transaction(ROW, PAYMENT)


def test_amounts_have_the_ledgers_limits() -> None:
    """All XRP that there is, in drops; MPT amounts of 63 bits."""
    assert amounts.MOST_DROPS == 100_000_000_000 * 1_000_000
    assert amounts.MOST_MPT == 9_223_372_036_854_775_807


def test_changes_that_name_nobody_route_nobody() -> None:
    changes = Changes(holdings=(), redeemed=(), moved=(), locked=0)
    assert (changes.routed, changes.scales) == ({}, {})
    assert Node.__slots__
