"""Addresses in every spelling: what is taken, which key it is, and what a refusal says."""

from __future__ import annotations

import pytest

from recovery.chains.antelope.codec import pack_name
from recovery.chains.codecs import find_networks_for_address, format_address, parse_address
from recovery.chains.cosmos.codec import read_bech32
from recovery.chains.hedera.codec import checksum_of
from recovery.chains.stellar.codec import format_muxed
from recovery.chains.ton.codec import format_non_bounceable, format_raw
from recovery.chains.xrpl.codec import format_x_address, parse_ctid
from recovery.errors import BadInput
from recovery.model import AddressKey, Memo, MemoKind
from recovery.networks import Registry

HASH160 = bytes.fromhex("76a04053bda0a88bda5177b86a15c3b29f559873")
COUNTED = bytes(range(1, 21))
ED25519 = bytes.fromhex("11" * 32)
USDT = bytes.fromhex("dac17f958d2ee523a2206206994597c13d831ec7")


@pytest.mark.parametrize(
    ("code", "text", "scheme", "payload"),
    [
        # one hash160 in every encoding of the Bitcoin-type chains
        ("BTC", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "p2pkh", HASH160),
        ("BCH", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "p2pkh", HASH160),
        ("BTC", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", "p2sh", HASH160),
        ("BCH", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", "p2sh", HASH160),
        ("LTC", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", "p2sh", HASH160),
        ("LTC", "LW3ByJXVHpiJsuy3u2sdieFQkXHtuk93Yi", "p2pkh", HASH160),
        ("LTC", "MJiPwX84iBe4WnFDwsYGgtnz1XonPhUqhf", "p2sh", HASH160),
        ("DOGE", "DFxLFMAJWaNYA7TVTUstzPMFRSevAwTSLq", "p2pkh", HASH160),
        ("DOGE", "A3FWNUmzq8fXceLoG8DM7PAxPQbNUjae2B", "p2sh", HASH160),
        ("BTC", "bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmm", "p2wpkh", HASH160),
        ("LTC", "ltc1qw6syq5aa5z5ghkj3w7ux59wrk204txrnp208rt", "p2wpkh", HASH160),
        ("BCH", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "p2pkh", HASH160),
        ("BCH", "QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A", "p2pkh", HASH160),
        ("BCH", "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", "p2sh", HASH160),
        ("BCH", "bitcoincash:zpm2qsznhks23z7629mms6s4cwef74vcwvrqekrq9w", "p2pkh", HASH160),
        ("BCH", "bitcoincash:rpm2qsznhks23z7629mms6s4cwef74vcwv59yeyr7n", "p2sh", HASH160),
        (
            "BCH",
            "bitcoincash:pvqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszhczagydq",
            "p2sh32",
            b"\x01" * 32,
        ),
        ("BTC", "16L5yRNPTuciSgXGHqYwn9N6NeoKqopAu", "p2pkh", COUNTED),
        ("DASH", "XanAvE5GMB8CsPH78B9moJq9viEVKvCS4f", "p2pkh", COUNTED),
        ("DASH", "7SVyqiBykMKdoNuuf1AehnVxASmtdfqsFF", "p2sh", COUNTED),
        ("LTC", "LKKHMBjCU89fyFNgSRprDoD8Jb25N8uWvd", "p2pkh", COUNTED),
        ("DOGE", "D5ERdEN1gsouFSs7zsq7VYJxyWP6dP28H1", "p2pkh", COUNTED),
        ("ZEC", "t1Hxw6JqWMnhDK5jRCieg5bFHM2qt7UtQvu", "p2pkh", COUNTED),
        ("ZEC", "t3Jex1rKwuh1bQFRrKpKGWDcDVZ8bbQuNrB", "p2sh", COUNTED),
        ("ZEC", "tex1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5a8q78l", "p2pkh", COUNTED),
        # BIP-173 and BIP-350
        (
            "BTC",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "p2wpkh",
            bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6"),
        ),
        (
            "BTC",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "p2tr",
            bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
        ),
        ("BTC", "bc1sw50qgdz25j", "witness", bytes.fromhex("10751e")),
        # the EVM and Tron
        ("ETH", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "evm", USDT),
        ("ETH", "0xdac17f958d2ee523a2206206994597c13d831ec7", "evm", USDT),
        ("ETH", "0XDAC17F958D2EE523A2206206994597C13D831EC7", "evm", USDT),
        (
            "TRX",
            "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
            "evm",
            bytes.fromhex("a614f803b6fd780986a42c78ec9c7f77e6ded13c"),
        ),
        (
            "TRX",
            "41dd791d6b49e190062d650e6a23c575510d35f2f9",
            "evm",
            bytes.fromhex("dd791d6b49e190062d650e6a23c575510d35f2f9"),
        ),
        ("HBAR", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "evm", USDT),
        ("NEAR", "0xdAC17F958D2ee523a2206206994597C13D831ec7", "evm", USDT),
        # XRP
        (
            "XRP",
            "rf1BiGeXwwQoi8Z2ueFYTEXSwuJYfV2Jpn",
            "xrpl",
            bytes.fromhex("4b4e9c06f24296074f7bc48f92a97916c6dc5ea9"),
        ),
        # one ed25519 key
        ("ALGO", "CEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEI7JH2AYM", "ed25519", ED25519),
        ("NEAR", "11" * 32, "ed25519", ED25519),
        ("DOT", "1PNtGSJ2VC7gGhEPqTbtj9mBEUcwM3SDL71WSqtRzSVxDkG", "account32", ED25519),
        ("XTZ", "tz1X3Yj3tX8x5cgryzchRsytecqGm1hLh1Pd", "tezos", None),
        # the others
        (
            "ATOM",
            "cosmos1gu6y2a0ffteesyeyeesk23082c6998xyzmt9mz",
            "cosmos",
            bytes.fromhex("47344575e94af3981324ce616545e75634529cc4"),
        ),
        (
            "DOT",
            "15o28Dz5M8JX6bjG7HMftshnpwtHM4jaq2pZQpJVsgA3tqiJ",
            "account32",
            bytes.fromhex("d40a020b2f215a7ade5f04512b40e521de3efd17dd8127067acecfcb843ea184"),
        ),
        (
            "DOT",
            "5Griytj1VM33f4ik9eJfkisdyKtdemBSkY65FXK9Kb8XiLdD",
            "account32",
            bytes.fromhex("d40a020b2f215a7ade5f04512b40e521de3efd17dd8127067acecfcb843ea184"),
        ),
        (
            "SOL",
            "vines1vzrYbzLMRdu58ou5XTby4qAqVRLmqo36NKPTg",
            "ed25519",
            None,
        ),
        ("APT", "0x1", "aptos", bytes(31) + b"\x01"),
        ("SUI", "0x0000000000000000000000000000000000000000000000000000000000000002", "sui", None),
        ("HBAR", "0.0.123-vfmkw", "hedera", bytes(23) + b"\x7b"),
        ("HBAR", "0.0.1001-urkbk", "hedera", None),
        ("HBAR", "123", "hedera", bytes(23) + b"\x7b"),
        ("HBAR", "0x000000000000000000000000000000000000007b", "hedera", bytes(23) + b"\x7b"),
        ("EOS", "eosio", "antelope", (6138663577826885632).to_bytes(8, "big")),
        ("XTZ", "KT1XnTn74bUtxHfDtBmm2bGZAQfhPbvKWR8o%transfer", "tezos", None),
        # Cardano: CIP-19, and the Byron forms of Icarus and Daedalus
        (
            "ADA",
            "addr1q9xvgr4ehvu5k5tmaly7ugpnvekpqvnxj8xy50pa7kyetlnhel389pa4rnq6fmkzwsaynmw0mnldhlmchn2sfd589fgsz9dd0y",
            "cardano-key",
            bytes.fromhex("4cc40eb9bb394b517befc9ee2033666c10326691cc4a3c3df58995fe"),
        ),
        (
            "ADA",
            "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",
            "cardano-key",
            bytes.fromhex("9493315cd92eb5d8c4304e67b7e16ae36d61d34502694657811a2c8e"),
        ),
        (
            "ADA",
            "addr1w8phkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gtcyjy7wx",
            "cardano-script",
            None,
        ),
        (
            "ADA",
            "addr1gx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer5pnz75xxcrzqf96k",
            "cardano-key",
            None,
        ),
        (
            "ADA",
            "Ae2tdPwUPEZFRbyhz3cpfC2CumGzNkFBN2L42rcUc2yjQpEkxDbkPodpMAi",
            "cardano-byron",
            None,
        ),
        (
            "ADA",
            "DdzFFzCqrhsrcTVhLygT24QwTnNqQqQ8mZrq5jykUzMveU26sxaH529kMpo7VhPrt5pwW3dXeB2k3EEvKcNBRmzCfcQ7dTkyGzTs658C",
            "cardano-byron",
            None,
        ),
    ],
)
def test_an_address_is_the_key_behind_it(
    registry: Registry, code: str, text: str, scheme: str, payload: bytes | None
) -> None:
    parsed = parse_address(registry[code], text)
    assert parsed.key.scheme == scheme
    if payload is not None:
        assert parsed.key.payload == payload
    again = parse_address(registry[code], parsed.text)
    assert (again.key, again.text) == (parsed.key, parsed.text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF", None),
        ("UQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPuwA", None),
        ("EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff+W72r5gqPrHF", None),
        ("0:CA6E321C7CCE9ECEDF0A8CA2492EC8592494AA5FB5CE0387DFF96EF6AF982A3E", None),
    ],
)
def test_every_spelling_of_a_ton_account_is_one_account(
    registry: Registry, text: str, canonical: None
) -> None:
    ton = registry["TON"]
    parsed = parse_address(ton, text)
    assert parsed.text == "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF"
    assert format_raw(parsed.key) == (
        "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e"
    )
    assert format_non_bounceable(ton, parsed.key).startswith("UQ")


@pytest.mark.parametrize("flag", ["kQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPgpP"])
def test_a_ton_address_for_the_test_network_is_refused(registry: Registry, flag: str) -> None:
    with pytest.raises(BadInput, match="test network"):
        parse_address(registry["TON"], flag)
    assert parse_address(registry["TON"].with_profile("testnet"), flag)


def test_an_x_address_is_the_classic_one_and_its_tag(registry: Registry) -> None:
    xrp = registry["XRP"]
    tagged = parse_address(xrp, "X7qvLs7gSnNoKvZzNWUT2e8st17QPYoHBpZ24ouH52W8t6V")
    plain = parse_address(xrp, "X7qvLs7gSnNoKvZzNWUT2e8st17QPY64PPe7zriLNuJszeg")
    assert tagged.text == plain.text == "rf1BiGeXwwQoi8Z2ueFYTEXSwuJYfV2Jpn"
    assert tagged.memo == Memo(MemoKind.TAG, "12345")
    assert plain.memo is None
    for tag in (None, 0, 12345, 4294967295):
        again = parse_address(xrp, format_x_address(xrp, tagged.key, tag))
        assert again.memo == (None if tag is None else Memo(MemoKind.TAG, str(tag)))


def test_a_compact_transaction_id_says_ledger_index_and_network() -> None:
    assert parse_ctid("C55D4A8000030000") == (90_000_000, 3, 0)


def test_a_muxed_account_is_the_account_and_its_id(registry: Registry) -> None:
    account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
    key = parse_address(registry["XLM"], account).key
    for number in (0, 420, 2**64 - 1):
        muxed = parse_address(registry["XLM"], format_muxed(key, number))
        assert (muxed.text, muxed.memo) == (account, Memo(MemoKind.MUXED, str(number)))
    assert format_muxed(key, 420) == (
        "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAABUTGI4"
    )
    assert format_muxed(key, 0) == (
        "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ"
    )


def test_a_stellar_contract_is_not_the_account_of_the_same_bytes(registry: Registry) -> None:
    xlm = registry["XLM"]
    contract = parse_address(xlm, "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA")
    account = parse_address(xlm, "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")
    assert contract.key.payload == account.key.payload
    assert contract.key != account.key


def test_hederas_checksum_depends_on_the_ledger() -> None:
    assert checksum_of("0.0.123", 0) == "vfmkw"
    assert checksum_of("0.0.1001", 0) == "urkbk"
    assert checksum_of("0.0.123", 1) == "esxsf"


@pytest.mark.parametrize("length", range(50, 64))
def test_base32_of_any_length_is_read_or_refused_as_a_hedera_alias(
    registry: Registry, length: int
) -> None:
    """An Algorand address that lost a character has 57: no base32 is that long."""
    text = ("PG2VMLUP4ZKPSQDYWEJORKMLU6IB7BJ242K35V7A4OIQXLIESZSCUKNU44" * 2)[:length]
    with pytest.raises(BadInput):
        parse_address(registry["HBAR"], text)


def test_an_antelope_name_packs_to_the_chains_number() -> None:
    assert pack_name("eosio") == 6138663577826885632


def test_one_cosmos_account_has_a_text_per_chain(registry: Registry) -> None:
    texts = (
        "cosmos1gu6y2a0ffteesyeyeesk23082c6998xyzmt9mz",
        "osmo1gu6y2a0ffteesyeyeesk23082c6998xy2qc4ds",
        "celestia1gu6y2a0ffteesyeyeesk23082c6998xyn364p0",
    )
    keys = {read_bech32(text)[1] for text in texts}
    assert len(keys) == 1
    module = "cosmos1x54ltnyg88k0ejmk8ytwrhd3ltm84xehrnlslf"
    assert parse_address(registry["ATOM"], module).key.scheme == "cosmos"


def test_p2pkh_siblings_share_one_key_and_can_be_written_from_it(registry: Registry) -> None:
    key = AddressKey("p2pkh", HASH160)
    written = {
        c: format_address(registry[c], key) for c in ["BTC", "LTC", "DOGE", "BCH", "DASH", "ZEC"]
    }
    assert written["LTC"] == "LW3ByJXVHpiJsuy3u2sdieFQkXHtuk93Yi"
    assert written["BCH"] == "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
    for code, text in written.items():
        assert text is not None
        assert parse_address(registry[code], text).key == key


def test_a_witness_program_can_not_be_written_where_there_is_no_segwit(registry: Registry) -> None:
    for code in ("DOGE", "BCH", "DASH", "ZEC"):
        assert format_address(registry[code], AddressKey("p2wpkh", HASH160)) is None


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("BTC", "bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmn", "checksum is wrong"),
        ("BTC", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggv", "checksum is wrong"),
        ("BTC", "Bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmm", "upper and lower case"),
        ("BTC", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "an address of TRX"),
        ("BTC", "ltc1qw6syq5aa5z5ghkj3w7ux59wrk204txrnp208rt", "an address of LTC"),
        ("BTC", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "no address"),
        ("BTC", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "checksum is not the one"),
        ("BTC", "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", "no address"),
        ("BTC", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "16 bytes is invalid"),
        ("BTC", "", "empty"),
        ("BTC", "1BpEi6DfDAUFd7GtittLSdBe YJvcoaVggu", "U\\+0020"),
        ("BTC", "1ВpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "U\\+0412"),
        ("BTC", "030cd813443f7b70cc6d8a544d320c6d8465e4528fc0f3410b599dc0b26753a0", "no address"),
        ("LTC", "bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmm", "an address of BTC"),
        ("DASH", "dash1kqqsyqcyq5rqwzqfpg9scrgwpugpzysnzsp82drh", "Dash Platform"),
        ("ETH", "0xdAC17F958D2ee523a2206206994597C13D831ec8", "EIP-55"),
        ("ETH", "dac17f958d2ee523a2206206994597c13d831ec7", "lacks the 0x"),
        ("ETH", "0xdac17f958d2ee523a2206206994597c13d831ec", "39 hexadecimal digits"),
        ("ETH", "xdcdac17f958d2ee523a2206206994597c13d831ec7", "XDC"),
        ("ETH", "vitalik.eth", "name is not an address"),
        ("ETH", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "an address of TRX"),
        ("TRX", "0xdac17f958d2ee523a2206206994597c13d831ec7", "an address of ETH"),
        ("TRX", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6s", "checksum is wrong"),
        ("SOL", "0xdac17f958d2ee523a2206206994597c13d831ec7", "base58 has no 0"),
        ("SOL", "2QeBm7G7qLmVTCVKAkbSUuZvcFjg6mBRVqaVSKWSZsTqJxHVTzMUwxDtu1Myfu8RzpUv5YMEBFFpGbwVM9ZQY8DL", "signature"),
        ("XRP", "rf1BiGeXwwQoi8Z2ueFYTEXSwuJYfV2Jpm", "checksum is wrong"),
        ("XLM", "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGA", "checksum is wrong"),
        ("XLM", "ga7qynf7sowq3glr2bgmzehxavirza4kvwltjjfc7mgxua74p7ujvsgz", "upper case"),
        ("ATOM", "osmo1gu6y2a0ffteesyeyeesk23082c6998xy2qc4ds", "osmo, another Cosmos chain"),
        ("HBAR", "0.0.123-vfmkx", "HIP-15"),
        ("HBAR", "0.0.123-esxsf", "HIP-15"),
        ("HBAR", "0.1.123", "shard and realm"),
        ("ALGO", "CODYBRSDHJTBJ6TNON6E5I42K6ILU2LCZFEUAP7Q2A5QVVAU4IKA", "transaction id"),
        ("NEAR", "bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmm", "an address of BTC"),
        ("NEAR", "0.0.123", "an address of HBAR"),
        ("NEAR", "Alice.near", "lower case"),
        ("APT", "0xdac17f958d2ee523a2206206994597c13d831ec7", "EVM address"),
        ("SUI", "0xdac17f958d2ee523a2206206994597c13d831ec7", "EVM address"),
        ("ADA", "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw", "stake address"),
        ("ADA", "addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz", "another Cardano"),
        ("DOT", "HNLeD4t7i3yQiYBvM7iegEe7vAsTRzdCuvpeBb6oPM2TJgu", "Kusama"),
        ("XTZ", "tz1X3Yj3tX8x5cgryzchRsytecqGm1hLh1Pe", "checksum is wrong"),
        ("EOS", "EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV", "public key"),
        ("EOS", "toolongaccountname", "18 characters"),
    ],
)  # fmt: skip
def test_a_wrong_address_is_refused_with_what_is_wrong(
    registry: Registry, code: str, text: str, reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        parse_address(registry[code], text)


@pytest.mark.parametrize(
    ("code", "secret"),
    [
        ("XLM", "SBCVMMCBEDB64TVJZFYJOJAERZC4YVVUOE6SYR2Y76CBTENGUSGWRRVO"),
        ("BTC", "5KJvsngHeMpm884wtkJNzQGaCErckhHJBGFsvd3VyK5qMZXj3hS"),
        ("XRP", "sn3nxiW7v8KXzPzAqzyHXbSSKNuN9"),
        ("SUI", "suiprivkey1qzwant3kaegmjy4qxex93s0jzvemekkjmyv3r2sjwgnv2y479pgsywhveae"),
        ("ETH", "test walk nut penalty hip pave soap entry language right filter choice"),
    ],
)
def test_a_pasted_secret_key_is_refused_and_never_repeated(
    registry: Registry, code: str, secret: str
) -> None:
    with pytest.raises(BadInput) as wrong:
        parse_address(registry[code], secret)
    assert wrong.value.reference == "secret-key-given"
    assert secret not in wrong.value.text + wrong.value.hint


def test_a_typed_address_is_cleaned_of_what_can_not_be_seen(registry: Registry) -> None:
    typed = " “bc1qw6syq5aa5z5ghkj3w7ux5\u200b9wrk204txrn9k4rmm” \n"
    parsed = parse_address(registry["BTC"], typed)
    assert parsed.text == "bc1qw6syq5aa5z5ghkj3w7ux59wrk204txrn9k4rmm"


def test_a_text_is_read_on_every_network_that_takes_it(registry: Registry) -> None:
    legacy = find_networks_for_address(registry, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu")
    assert [a.network for a in legacy] == ["BTC", "BCH"]
    assert len({a.key for a in legacy}) == 1
    hexadecimal = find_networks_for_address(registry, registry["APT"].sample_address)
    assert [a.network for a in hexadecimal] == ["APT", "SUI"]
    assert len({a.key for a in hexadecimal}) == 2
    assert find_networks_for_address(registry, "not an address") == ()


def test_an_unchecked_spelling_says_so(registry: Registry) -> None:
    lower = parse_address(registry["ETH"], "0xdac17f958d2ee523a2206206994597c13d831ec7")
    mixed = parse_address(registry["ETH"], "0xdAC17F958D2ee523a2206206994597C13D831ec7")
    assert lower.unchecked
    assert not mixed.unchecked
    assert lower.text == mixed.text


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        # given out by litecoind 0.21.2.1 on its regtest
        ("mtmKh11sCNTb4R4i8zyvBoHJVTobGTXHx2", "p2pkh"),
        ("QfNTwvjxt4zJqdnKvnm7Ydg8b4PWRn7nZk", "p2sh"),
        ("rltc1qcdd32k8tdr5uru0pfcfl4tlwgmyjwssecx2frs", "p2wpkh"),
        (
            "tmweb1qqfcakkdukhg42s2qj6mep2m8xtrs0kdqwu60w6nakxzjxhuy0puqcq5r9wv078c9cg577ll2zxc6zfsxv30"
            "dqn5345dj8xtd2mnuhm7equ7xk3g3",
            "mweb",
        ),
    ],
)
def test_the_addresses_of_a_litecoin_node_are_read(
    registry: Registry, text: str, scheme: str
) -> None:
    regtest = registry["LTC"].with_profile("regtest")
    parsed = parse_address(regtest, text)
    assert (parsed.key.scheme, parsed.text) == (scheme, text)
    with pytest.raises(BadInput):
        parse_address(registry["LTC"], text)


def test_the_shielded_forms_of_zcash_are_read_with_their_checksums(registry: Registry) -> None:
    from base58_bech32.bech32 import BECH32_1_CONST, bech32_encode_bytes

    sapling = bech32_encode_bytes("zs", bytes(range(43)), m=BECH32_1_CONST).decode()
    # the first vector of ZIP-316, and a Sprout address of the protocol's first years
    unified = (
        "u1l8xunezsvhq8fgzfl7404m450nwnd76zshscn6nfys7vyz2ywyh4cc5daaq0c7q2su5lqfh23sp7fkf3kt27ve59"
        "48mzpfdvckzaect2jtte308mkwlycj2u0eac077wu70vqcetkxf"
    )
    sprout = (
        "zcU1Cd6zYyZCd2VJF8yKgmzjxdiiU1rgTTjEwoN1CGUWCziPkUTXUjXmX7TMqdMNsTfuiGN1jQoVN4kGxUR4sAPN4X"
        "Z7pxb"
    )
    for text, form in ((sapling, "sapling"), (unified, "unified"), (sprout, "sprout")):
        parsed = parse_address(registry["ZEC"], text)
        assert (parsed.form, parsed.key.scheme) == (form, form)
        with pytest.raises(BadInput):
            parse_address(registry["ZEC"], text[:-1] + ("q" if text[-1] != "q" else "p"))


def test_regtest_addresses_are_taken_only_under_the_profile(registry: Registry) -> None:
    ltc = registry["LTC"]
    key = AddressKey("p2wpkh", HASH160)
    for profile, hrp in (("regtest", "rltc1"), ("testnet", "tltc1")):
        text = format_address(ltc.with_profile(profile), key)
        assert text is not None
        assert text.startswith(hrp)
        assert parse_address(ltc.with_profile(profile), text).key == key
        with pytest.raises(BadInput):
            parse_address(ltc, text)
    old = format_address(ltc.with_profile("regtest"), AddressKey("p2sh", HASH160))
    assert old is not None
    assert old.startswith("Q")
