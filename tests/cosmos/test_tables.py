"""Event keys, message types, CW20's actions and sizes, value by value.

Sources: the events of the SDK's bank, auth and tx modules; type URLs of the SDK's and ibc-go's protobuf packages; the CW20
and CW721 specifications of CosmWasm; ADR-028 (addresses of 20 and 32 bytes).
"""

from __future__ import annotations

import base64

import pytest

from recovery.chains.cosmos import codec, events, moves, signed


@pytest.mark.parametrize(
    "key", ["action", "sender", "recipient", "receiver", "spender", "amount", "module", "fee", "acc_seq"]
)  # fmt: skip
def test_one_known_key_tells_plain_events_from_those_in_base64(key: str) -> None:
    plain = events.Event("x", ((key, "y"),))
    sealed = events.Event("x", ((base64.b64encode(key.encode()).decode(), "eQ=="),))
    assert not events._is_base64([plain, sealed])
    assert events._is_base64([sealed])
    assert not events._is_base64([events.Event("x", (("bWVtbw==", "eQ=="),))])


def test_messages_are_known_by_their_type_urls() -> None:
    assert signed.SEND == "/cosmos.bank.v1beta1.MsgSend"
    assert signed.MULTI_SEND == "/cosmos.bank.v1beta1.MsgMultiSend"
    assert signed.EXEC == "/cosmos.authz.v1beta1.MsgExec"
    v1, v2 = "/ibc.core.channel.v1.Msg", "/ibc.core.channel.v2.Msg"
    assert {f"{v1}RecvPacket", f"{v2}RecvPacket"} == signed.RECEIVE
    back = {f"{v1}{name}" for name in ("Timeout", "TimeoutOnClose", "Acknowledgement")}
    assert back | {f"{v2}Timeout", f"{v2}Acknowledgement"} == signed.RETURNED
    sent = {"/ibc.applications.transfer.v1.MsgTransfer", f"{v2}SendPacket"}
    assert sent == signed.IBC_SEND
    vesting = "/cosmos.vesting.v1beta1.MsgCreate"
    assert f"{vesting}VestingAccount" == signed.VESTING
    assert f"{vesting}PeriodicVestingAccount" == signed.PERIODIC
    assert f"{vesting}PermanentLockedAccount" == signed.PERMANENT


def test_tokens_of_contracts_move_by_these_actions() -> None:
    by = dict.fromkeys(("transfer", "transfer_from", "send", "send_from"), "from")
    assert by | {"mint": None} == moves._CW20_ACTIONS
    assert {"transfer_nft", "send_nft", "mint_nft"} == moves._NFT_ACTIONS


def test_undone_callbacks_and_sizes() -> None:
    assert events.UNDONE == "ibccallbackerror-"
    assert set(codec._SIZES) == {20, 32}
