"""What is asked of both APIs, and who can own an object, value by value.

Sources: ``SuiTransactionBlockResponseOptions`` of the JSON-RPC; the GraphQL schema's union ``Owner``.
"""

from __future__ import annotations

from recovery.chains.sui import decode, graphql, jsonrpc


def test_a_node_is_asked_for_four_parts_of_a_transaction() -> None:
    parts = ("showInput", "showEffects", "showBalanceChanges", "showObjectChanges")
    assert dict.fromkeys(parts, True) == jsonrpc.SHOWN


def test_an_object_is_owned_by_an_address_or_by_an_object() -> None:
    owned = {"AddressOwner": True, "ConsensusAddressOwner": True, "ObjectOwner": False}
    assert owned == graphql._OWNED


def test_each_api_has_its_reader() -> None:
    readers = {"graphql": graphql.read_transaction, "jsonrpc": jsonrpc.read_transaction}
    assert readers == decode.READERS


def test_the_first_page_is_asked_for_without_cursors() -> None:
    variables = {"digest": "d", "rows": None, "objects": None}
    assert graphql.ask_transaction("d")["variables"] == variables
