"""Assets: one CAIP-19 id for each, whichever way it is written."""

from __future__ import annotations

import pytest

from recovery.assets import (
    full_asset,
    is_hashed,
    native_asset,
    network_of,
    parse_asset,
    split_asset,
    token_asset,
)
from recovery.errors import BadInput
from recovery.networks import Registry

USDT = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
HEX64 = "ab" * 32
LOCATION = "0x02" + "0b" * 20


@pytest.mark.parametrize(
    ("code", "written", "asset"),
    [
        ("ETH", f"erc20:{USDT.lower()}", f"eip155:1/erc20:{USDT}"),
        ("ETH", f"eip155:1/erc20:{USDT}", f"eip155:1/erc20:{USDT}"),
        ("ETH", f"erc20:0X{USDT[2:].upper()}", f"eip155:1/erc20:{USDT}"),
        ("ETH", f"erc721:{USDT}/0012", f"eip155:1/erc721:{USDT}/12"),
        ("ETH", f"erc1155:{USDT}/{2**256 - 1}", f"eip155:1/erc1155:{USDT}/{2**256 - 1}"),
        ("BSC", "native", "eip155:56/slip44:714"),
        ("BTC", "omni:31", "bip122:000000000019d6689c085ae165831e93/omni:31"),
        ("BTC", "rune:840000:1", "bip122:000000000019d6689c085ae165831e93/rune:840000%3A1"),
        ("BTC", "rune:840000%3A1", "bip122:000000000019d6689c085ae165831e93/rune:840000%3A1"),
        (
            "BTC",
            f"ordinals:{HEX64.upper()}i0",
            f"bip122:000000000019d6689c085ae165831e93/ordinals:{HEX64}i0",
        ),
        ("BCH", f"token:{HEX64}", f"bip122:000000000000000000651ef99cb9fcbe/token:{HEX64}"),
        (
            "TRX",
            "trc20:41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
            "tron:0x2b6653dc/trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        ),
        ("TRX", "trc10:1002000", "tron:0x2b6653dc/trc10:1002000"),
        (
            "XRP",
            "token:524c555344000000000000000000000000000000.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De",
            "xrpl:0/token:524C555344000000000000000000000000000000.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De",
        ),
        (
            "XRP",
            "token:0000000000000000000000005553440000000000.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De",
            "xrpl:0/token:USD.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De",
        ),
        (
            "XRP",
            "token:$a|.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De",
            "xrpl:0/token:%24a%7C.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De",
        ),
        (
            "XLM",
            "asset:USDC:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN",
            "stellar:pubnet/asset:USDC-GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN",
        ),
        ("ATOM", f"ibc:{HEX64}", f"cosmos:cosmoshub-4/ibc:{HEX64.upper()}"),
        ("ATOM", f"ibc:ibc/{HEX64}", f"cosmos:cosmoshub-4/ibc:{HEX64.upper()}"),
        ("ATOM", "denom:factory/a/b", "cosmos:cosmoshub-4/denom:factory%2Fa%2Fb"),
        (
            "TON",
            "jetton:0:b113a994b5024a16719f69139328eb759596c38a25f59028b146fecdc3621dfe",
            "tvm:-239/jetton:EQCxE6mUtQJKFnGfaROTKOt1lZbDiiX1kCixRv7Nw2Id%5FsDs",
        ),
        ("HBAR", "token:0.0.456858", "hedera:mainnet/token:0.0.456858"),
        ("HBAR", "nft:0.0.456858/7", "hedera:mainnet/nft:0.0.456858/7"),
        ("ALGO", "asa:31566704", "algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k/asa:31566704"),
        ("NEAR", "nep141:usdt.tether-token.near", "near:mainnet/nep141:usdt.tether-token.near"),
        ("NEAR", "nep171:x.near/a:1", "near:mainnet/nep171:x.near/a%3A1"),
        (
            "ADA",
            f"token:{'AB' * 28}{'544F4B'}",
            f"cip34:1-764824073/token:{'ab' * 28}544f4b",
        ),
        ("DOT", "asset:1984", "polkadot:68d56f15f85d3136970ec16946040bc1/asset:1984"),
        (
            "DOT",
            f"foreign:{LOCATION.upper()}",
            f"polkadot:68d56f15f85d3136970ec16946040bc1/foreign:{LOCATION}",
        ),
        (
            "XTZ",
            "fa2:KT1XnTn74bUtxHfDtBmm2bGZAQfhPbvKWR8o/0",
            "tezos:NetXdQprcVkpaWU/fa2:KT1XnTn74bUtxHfDtBmm2bGZAQfhPbvKWR8o/0",
        ),
        (
            "EOS",
            "token:eosio.token-EOS",
            "antelope:aca376f206b8fc25a6ed44dbdc66547c/token:eosio.token-EOS",
        ),
        (
            "SUI",
            "coin:0xdba34672e30cb065b1f93e3ab55318768fd6fef66c15942c9f7cb846e2f900e7::usdc::USDC",
            "sui:35834a8a/coin:0xdba34672e30cb065b1f93e3ab55318768fd6fef66c15942c9f7cb846e2f900e7%3A%3Ausdc%3A%3AUSDC",
        ),
    ],
)
def test_an_asset_has_one_id_however_it_is_written(
    registry: Registry, code: str, written: str, asset: str
) -> None:
    parsed = parse_asset(registry[code], written)
    assert parsed == asset
    assert parse_asset(None, parsed) == asset
    assert network_of(parsed).code == code


@pytest.mark.parametrize(
    ("code", "face"),
    [
        ("CELO", "erc20:0x471EcE3750Da237f93B8E339c536989b8978a438"),
        ("ZKSYNC", "erc20:0x000000000000000000000000000000000000800A"),
        ("POL", "erc20:0x0000000000000000000000000000000000001010"),
        ("APT", "fungible:0xa"),
        ("APT", "fungible:0x000000000000000000000000000000000000000000000000000000000000000A"),
        ("APT", "coin:0x1::aptos_coin::AptosCoin"),
        ("SUI", "coin:0x2::sui::SUI"),
        ("SUI", f"coin:0x{2:064x}::sui::SUI"),
        ("XLM", "sep41:CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA"),
        ("EOS", "token:core.vaulta-A"),
        ("ATOM", "denom:uatom"),
    ],
)
def test_the_token_shaped_face_of_a_native_coin_is_the_native_coin(
    registry: Registry, code: str, face: str
) -> None:
    assert parse_asset(registry[code], face) == native_asset(registry[code])


def test_a_face_on_another_network_is_a_token_like_any_other(registry: Registry) -> None:
    celo = "0x471EcE3750Da237f93B8E339c536989b8978a438"
    assert token_asset(registry["ETH"], "erc20", celo) == f"eip155:1/erc20:{celo}"


def test_the_same_name_at_another_address_is_not_the_native_coin(registry: Registry) -> None:
    false = parse_asset(registry["APT"], "coin:0x1a::aptos_coin::AptosCoin")
    assert false != native_asset(registry["APT"])


def test_a_long_reference_is_given_by_its_hash_and_whole_for_the_note(registry: Registry) -> None:
    long = f"0x{'ab' * 32}::pool::Share<0x{'cd' * 32}::usdc::USDC,0x1::aptos_coin::AptosCoin>"
    asset = token_asset(registry["APT"], "coin", long)
    assert is_hashed(asset)
    assert asset.startswith("aptos:1/coin:sha256-")
    assert parse_asset(None, asset) == asset
    assert parse_asset(registry["APT"], f"coin:{long}") == asset
    assert full_asset(registry["APT"], "coin", long) == f"aptos:1/coin:{long}"


def test_an_id_falls_apart_into_namespace_and_plain_reference(registry: Registry) -> None:
    asset = parse_asset(registry["BTC"], "rune:840000:1")
    assert split_asset(asset) == ("rune", "840000:1")
    assert split_asset(native_asset(registry["ETH"])) == ("slip44", "60")


@pytest.mark.parametrize(
    ("code", "written", "reason"),
    [
        ("ETH", "USDT", "a symbol names no asset"),
        (None, "native", "whose native coin"),
        (None, f"erc20:{USDT}", "names no chain"),
        (None, f"eip155:999/erc20:{USDT}", "none of the networks"),
        ("ETH", f"eip155:999/erc20:{USDT}", "none of the networks"),
        ("ETH", f"eip155:56/erc20:{USDT}", "an asset of BSC, not of ETH"),
        ("BSC", "slip44:60", "slip44:714"),
        ("ETH", "erc20:0xdAC17F958D2ee523a2206206994597C13D831ec8", "EIP-55"),
        ("ETH", "trc20:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "no assets of the kind"),
        ("ETH", f"erc721:{USDT}", "the token's id"),
        ("BTC", f"token:{HEX64}", "no assets of the kind"),
        ("BCH", "omni:31", "no assets of the kind"),
        ("XRP", "token:XRP.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De", "XRP has no issuer"),
        ("XRP", "token:USDT.rMxCKbEDwqr76QuheSUMdEGf4B9xJ8m5De", "3 characters"),
        ("XLM", "asset:USDC", "code"),
        ("ATOM", f"denom:ibc/{HEX64}", "ibc:HASH"),
        ("APT", "coin:AptosCoin", "0x…::module::Name"),
        ("ADA", "token:abcd", "56 digits"),
        ("XTZ", "fa12:tz1X3Yj3tX8x5cgryzchRsytecqGm1hLh1Pd", "begins with KT1"),
        ("EOS", "token:eosio.token-eos", "capital"),
    ],
)
def test_what_is_no_asset_is_refused_with_a_reason(
    registry: Registry, code: str | None, written: str, reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        parse_asset(registry[code] if code else None, written)
