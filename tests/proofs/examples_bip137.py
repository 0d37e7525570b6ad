"""BIP-137 and its forerunners: published vectors for every kind of address, bitcoinlib over our own text."""

from __future__ import annotations

import base64

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

_MESSAGE = "This is an example of a signed message."
_TREZOR = "trezor-firmware, tests/device_tests/bitcoin/test_signmessage.py"
_ALTCOINS = "bitcoinsig.js, its vectors for other coins, signed in brainwallet"


def _vector(network: str, address: str, message: str, signature: str, source: str) -> Example:
    return Example(network, address, message, SignedAnswer(signature), source)


def _trezor(network: str, address: str, signature: str, kind: str) -> Example:
    text = base64.b64encode(bytes.fromhex(signature)).decode("ascii")
    return _vector(network, address, _MESSAGE, text, f"{_TREZOR}: {kind}")


def _made(network: str, address: str, signature: str) -> Example:
    source = "bitcoinlib 0.7, Key.sign_message with the key of bytes 0x44"
    return _vector(network, address, CHALLENGE, signature, source)


EXAMPLES = (
    _vector(
        "BTC",
        "15CRxFdyRpGZLW9w8HnHvVduizdL5jKNbs",
        "Trust no one",
        "IPojfrX2dfPnH26UegfbGQQLrdK844DlHq5157/P6h57WyuS/Qsl+h/WSVGDF4MUi4rWSswW38oimDYfNNUBUOk=",
        "Bitcoin Core, src/test/util_tests.cpp, message_verify",
    ),
    _vector(
        "BTC",
        "11canuhp9X2NocwCq7xNrQYTmUgZAnLK3",
        "Trust me",
        "IIcaIENoYW5jZWxsb3Igb24gYnJpbmsgb2Ygc2Vjb25kIGJhaWxvdXQgZm9yIGJhbmtzIAaHRtbCeDZINyavx14=",
        "Bitcoin Core, src/test/util_tests.cpp, message_verify: a made-up r",
    ),
    _vector(
        "BTC",
        "18w2rtYxYse12po93P1dkf8QnW8DaYqRTD",
        _MESSAGE,
        "Gw9xyTzpE30hW596U8TVXb9ZaE38+9MQXGzezDYiAxMDjMHulUYWIVQgcFN9Q0bRZqm2TW2WWMR2xaUOZ0CeqjE=",
        f"{_ALTCOINS}: Bitcoin, an uncompressed key",
    ),
    _trezor(
        "BTC",
        "3L6TyTisPBmrDAj6RoKmDzNnj4eQi54gD2",
        "23744de4516fac5c140808015664516a32fead94de89775cec7e24dbc24fe13307"
        "5ac09301c4cc8e197bea4b6481661d5b8e9bf19d8b7b8a382ecdb53c2ee0750d",
        "P2SH-P2WPKH with its own header",
    ),
    _trezor(
        "BTC",
        "3L6TyTisPBmrDAj6RoKmDzNnj4eQi54gD2",
        "1f744de4516fac5c140808015664516a32fead94de89775cec7e24dbc24fe13307"
        "5ac09301c4cc8e197bea4b6481661d5b8e9bf19d8b7b8a382ecdb53c2ee0750d",
        "P2SH-P2WPKH with Electrum's header",
    ),
    _trezor(
        "BTC",
        "bc1qannfxke2tfd4l7vhepehpvt05y83v3qsf6nfkk",
        "28b55d7600d9e9a7e2a49155ddf3cfdb8e796c207faab833010fa41fb7828889bc"
        "47cf62348a7aaa0923c0832a589fab541e8f12eb54fb711c90e2307f0f66b194",
        "P2WPKH with its own header",
    ),
    _trezor(
        "BTC",
        "bc1qannfxke2tfd4l7vhepehpvt05y83v3qsf6nfkk",
        "20b55d7600d9e9a7e2a49155ddf3cfdb8e796c207faab833010fa41fb7828889bc"
        "47cf62348a7aaa0923c0832a589fab541e8f12eb54fb711c90e2307f0f66b194",
        "P2WPKH with Electrum's header",
    ),
    _trezor(
        "BCH",
        "bitcoincash:qr08q88p9etk89wgv05nwlrkm4l0urz4cyl36hh9sv",
        "1fda7733e666a4ab8ba86f3cfc3728d318ecf824a3bf99597570297aa131607c10"
        "316959136b2c500b2b478a73c563ba314c0b7b2a22065b6d9596118f246d360e",
        "Bitcoin Cash",
    ),
    _vector(
        "LTC",
        "LT9z86rndXt4HdVJDWzw2gCAziVVhbinxy",
        _MESSAGE,
        "HMftz7eGSIjKy7jDL/gqO1MUrw0vAK3blLUiYDapB+rUoZk5aoFRk11Io9+5f5jcNRWd/Q5ZHpLYDAr1NgkQE0I=",
        f"{_ALTCOINS}: Litecoin, an uncompressed key",
    ),
    _vector(
        "DASH",
        "XfReNAcSQfMuXySVKHoUZhDPp5nckGynvp",
        _MESSAGE,
        "IGwpHEwKeM6jjJtTvcvMb1oSLKjvI6GSBALYGBG2c8dzBX+Z/rvjbp2PHjzoiRqRelqNG2ZWwat72RS5C6IPvR0=",
        f"{_ALTCOINS}: Dash",
    ),
    _vector(
        "DASH",
        "XwHihwiQzheVKbT76e7ZhPkujDCQGEZC6P",
        "Documentation test signature",
        "IKaEt7MTb4Y57WIde5TLUkm1vbVsjk/L9eG+TE2tdQhMeK9vGgTsqcVOTmXXQ6QA0/WQtxqPURH2qZG27YR2VE0=",
        "docs.dash.org, Signing and Verifying Messages",
    ),
    _vector(
        "ZEC",
        "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY",
        "Q1:N; Q2:N; Q3:Y (20250903)",
        "IGobRVUtwsL92th70UFj0bGztv701evq/uHVuoTTceWsRjWeasSdvMkNUR43gSpMo393yixoFMiTQqnYh3y0b5U=",
        "ZIP draft, Coinholder-Directed Retroactive Grants: verified with zcashd and Trezor",
    ),
    _made(
        "DOGE",
        "DPkJmRYsr6PNd1TwxgS9eTEMHwcsWEHG1Z",
        "H5DlrH3Gxg9gGt5wj1yQslsa+6JaFW5QoAfLSWrC/A/UHY/yAT1ArwvxONFV43qXjXXNuu7wiKNsqe+0LWU8So4=",
    ),
    _made(
        "LTC",
        "LdqAVNv4dLj9LoyWQERtNi8Wd2FrLy98AJ",
        "IKhJT7Rf56lfGa0IRSKtPiXF5FYfQQY6TM3nnvwYmk1uOn4gDHxn88bao9QN3HVyUrgoV0oEViMyBFz+CSA3Nvo=",
    ),
    _made(
        "BTC",
        "1NfCrWCJTUML9bp7qvcj4UU2B7fGkRkbYF",
        "HFl2/fXTBF7MOeG79K8WmpL7iN+HIzkv8skniUDmN1BBrVnpJkxzEQNEKyP+rK6KWE0vU4JqfKgd4ZzRCq/gFwA=",
    ),
)
