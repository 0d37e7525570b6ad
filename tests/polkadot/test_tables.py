"""Places, pallets and events of Asset Hub, value by value.

Sources: the enumerations ``Junction`` and ``NetworkId`` of XCM 5 (polkadot-sdk, ``polkadot/xcm/src/v5/junction.rs``), whose order
is their SCALE index; the pallets' numbers in Asset Hub's runtime; the events of the pallets themselves.
"""

from __future__ import annotations

from typing import Any

import pytest

from recovery.chains.polkadot import decode, location, moves
from recovery.chains.polkadot.location import encode_place
from recovery.errors import Garbled

KEY = "0x" + "ab" * 32
SHORT = "0x" + "cd" * 20


def written(kind: str, inside: Any) -> str:
    return encode_place({"parents": "0", "interior": {"X1": [{kind: inside}]}}).hex()[4:]


@pytest.mark.parametrize(
    ("kind", "inside", "scale"),
    [
        ("Parachain", "2000", "00411f"),
        ("AccountId32", {"network": None, "id": KEY}, "0100" + "ab" * 32),
        ("AccountId32", {"network": "Polkadot", "id": KEY}, "010102" + "ab" * 32),
        ("AccountKey20", {"network": None, "key": SHORT}, "0300" + "cd" * 20),
        ("PalletInstance", "50", "0432"),
        ("GeneralIndex", "1984", "05011f"),
        ("GeneralKey", {"length": "2", "data": KEY}, "0602" + "ab" * 32),
        ("OnlyChild", None, "07"),
        ("GlobalConsensus", "Kusama", "0903"),
    ],
)
def test_a_junction_is_its_place_in_the_enumeration_and_what_it_holds(
    kind: str, inside: Any, scale: str
) -> None:
    assert written(kind, inside) == scale


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ({"ByGenesis": KEY}, "00" + "ab" * 32), ("Polkadot", "02"), ("Kusama", "03"), ("Westend", "04"),
        ("Rococo", "05"), ("Wococo", "06"), ({"Ethereum": {"chainId": "1"}}, "0704"), ("BitcoinCore", "08"),
        ("BitcoinCash", "09"), ("PolkadotBulletin", "0a"),
    ],
)  # fmt: skip
def test_a_consensus_is_its_place_in_the_enumeration(name: Any, scale: str) -> None:
    assert written("GlobalConsensus", name) == "09" + scale


@pytest.mark.parametrize(
    ("kind", "most"), [("Parachain", 2**32 - 1), ("PalletInstance", 255), ("GeneralIndex", 2**128 - 1)]
)  # fmt: skip
def test_a_number_fits_its_type(kind: str, most: int) -> None:
    assert written(kind, str(most))
    with pytest.raises(Garbled):
        written(kind, str(most + 1))


def test_a_general_key_has_at_most_32_bytes() -> None:
    assert written("GeneralKey", {"length": "32", "data": KEY})
    with pytest.raises(Garbled):
        written("GeneralKey", {"length": "33", "data": KEY})


def test_pallets_have_their_numbers() -> None:
    pallets = (location.ASSETS, location.UNIQUES, location.NFTS, location.POOL_ASSETS)
    assert pallets == (50, 51, 52, 55)
    assert location.RELAY.hex() == "0100"
    assert {"assets", "foreignassets", "poolassets"} == moves._TOKEN_PALLETS
    assert moves._COLLECTIONS == {"nfts": 52, "uniques": 51}
    assert {"revive", "contracts"} == moves._PROGRAMS


def test_three_calls_are_plain_transfers() -> None:
    assert {"transfer", "transferallowdeath", "transferkeepalive"} == decode._TRANSFERS


def test_each_event_has_its_reader_and_no_other_is_read() -> None:
    by = {
        "_native": ["balances.Transfer", "balances.ReserveRepatriated"],
        "_minted": ["balances.Minted"],
        "_deposit": ["balances.Deposit"],
        "_dust": ["balances.DustLost"],
        "_reward": ["staking.Rewarded", "staking.Reward"],
        "_fee_paid": ["transactionpayment.TransactionFeePaid", "assettxpayment.AssetTxFeePaid"],
        "_executed": ["proxy.ProxyExecuted", "multisig.MultisigExecuted", "utility.DispatchedAs"],
        "_waits": ["multisig.NewMultisig", "multisig.MultisigApproval"],
        "_vests": ["vesting.VestingCreated", "vesting.VestingUpdated"],
        "_sent_away": ["polkadotxcm.Sent"],
        "_batch": [
            "utility.ItemCompleted", "utility.ItemFailed", "utility.BatchCompleted",
            "utility.BatchInterrupted", "utility.BatchCompletedWithErrors",
        ],
    }  # fmt: skip
    wanted = {tuple(event.split(".")): reader for reader, events in by.items() for event in events}
    assert {event: reader.__name__ for event, reader in moves._READERS.items()} == wanted
    assert {"TransferOnHold", "TransferAndHold", "BalanceSet"} == moves._UNREAD
