"""NEAR's signed messages, of accounts that are named by their key."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

_NONCE = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

EXAMPLES = (
    Example(
        network="NEAR",
        address="92dc0456bb4b188d7eb73986c3a238b3ae258be79467ad2b56a1d33a73e6c8ac",
        message="log me in",
        answer=SignedAnswer(
            "IfModLa3g3czlyPhkg/LSkTFSy7XCGreStZJTDIO1m3viEnYFLdXfpz1gYUVKYv3W2vwcV77TmGEzc9y0Nz+AA==",
            "ed25519:AtH7GEjv2qmBVoT8qoRhWXizXM5CC12DC6tiqY9iNoRm",
            {
                "nonce": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "recipient": "http://localhost:3000",
            },
        ),
        source="NEAR's documentation of backend login: signed by a wallet for maguila.testnet; here the key's implicit account",
    ),
    Example(
        network="NEAR",
        address="79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664",
        message=CHALLENGE,
        answer=SignedAnswer(
            "TLXGaZ05wk/KsaZa5J1438vfxbcZ/IPUndffum5qXCmlw1aB3hWxXHi1T3xG5OdnWLIFD/AadPpLlKvnB66zCQ==",
            "ed25519:9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj",
            {"nonce": _NONCE, "recipient": "exchange.example"},
        ),
        source="signed with near-api-js 7.2.0, nep413; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="NEAR",
        address="79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664",
        message=CHALLENGE,
        answer=SignedAnswer(
            "58Lj+milpi0oK1jsJQbClj98eZBJGK43DfV5h+tjLZLqZ4bHsu31yBGDjyt4J2+4d5J7zuHZpIDFhN0ZwB51Cg==",
            "ed25519:9C6hybhQ6Aycep9jaUnP6uL9ZYvDjUp1aSkFWPUFJtpj",
            {
                "nonce": _NONCE,
                "recipient": "exchange.example",
                "callback_url": "https://wallet.example/done",
            },
        ),
        source="signed with near-api-js 7.2.0, nep413 with a callback; the key's seed is the bytes 1 to 32",
    ),
)
