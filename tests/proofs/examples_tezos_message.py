"""Packed texts of Tezos, signed by libraries and by wallets."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer


def _published(address: str, text: str, key: str, signature: str) -> Example:
    return Example(
        network="XTZ",
        address=address,
        message=text,
        answer=SignedAnswer(signature, key),
        source="the Elixir library tezex, test/crypto_test.exs: signed in wallets for objkt.com",
    )


EXAMPLES = (
    Example(
        network="XTZ",
        address="tz1MsZxMSJdiUV9hVs4UKAMrXtksDvxWAZe2",
        message=CHALLENGE,
        answer=SignedAnswer(
            "edsigtyiZonwSEKmmCCTYwXdaKfrJacS35j3R9r47fwPpeWLmmSgRQ3A46i4HhLbowGReqeSiN69kAWMzTGL7jT7R4ZKu8NAMZV",
            "edpkuZpp81M8NmaFbueXY8bk7EP9V54XTnwsFFt77Z5FTPs2QzLU9r",
        ),
        source="signed with @taquito/signer 24.2.0, tz1; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="XTZ",
        address="tz2JMcJCm8XXZGqZDYEKqEQ81r29xfY8FgfX",
        message=CHALLENGE,
        answer=SignedAnswer(
            "spsig1MeebuEhL2emNSnz36wv32EjPzG5N59qmDxVK1BH8XB6zGgh9YKFkjSurtd6FP9NEusR3FN9GVjYu7CruSSQKvK8f1wQ8r",
            "sppk7aK6iq8vaTFNMrJd2LfjqYuEWzZCxB7n7UC4GRN1zN98vVwJDrV",
        ),
        source="signed with @taquito/signer 24.2.0, tz2; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="XTZ",
        address="tz3eMN7uTh8FG734or1EzSKwXKJQDdevUKLH",
        message=CHALLENGE,
        answer=SignedAnswer(
            "p2sigi2upL3aNh1hjUKXmj9EC5Bx1Cho6vK1tivCt7EZt1fth45P5v2dc9xDe312NnhU6a2nMM6dpxg6xkRqRboPHaJi2NG4Hi",
            "p2pk65BzdHxurDXXfTiRaiFJMwHXDB1mNi8z5Yr1ByoBZYRSXoXioBS",
        ),
        source="signed with @taquito/signer 24.2.0, tz3; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="XTZ",
        address="tz1MsZxMSJdiUV9hVs4UKAMrXtksDvxWAZe2",
        message=CHALLENGE,
        answer=SignedAnswer(
            "edsigtvhDD7jcKuduAgcGbu3xQx9KbTc8jE7p5dygE8mfzm2wg37w96bEPEK8JN39muGWqZHrWVNbJBwUGMrhrSxo7PoKrH7j4A",
            "edpkuZpp81M8NmaFbueXY8bk7EP9V54XTnwsFFt77Z5FTPs2QzLU9r",
            {"dapp": "exchange.example", "timestamp": "2026-11-22T01:00:00.000Z"},
        ),
        source="signed with @taquito/signer 24.2.0, site and time before the text; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="XTZ",
        address="tz1MsZxMSJdiUV9hVs4UKAMrXtksDvxWAZe2",
        message=CHALLENGE,
        answer=SignedAnswer(
            "sigou6gjiXxPaj91UFoVnPNNZnonM776ApnAJNwbPqeAKpTcjpu9Ey1epNejz1qoFJQ6y6SaNPKtQDiUHv5JmSsWFoHS272i",
            "edpkuZpp81M8NmaFbueXY8bk7EP9V54XTnwsFFt77Z5FTPs2QzLU9r",
        ),
        source="signed with @taquito/signer 24.2.0, tz1 in the generic form sig…; the key's seed is the bytes 1 to 32",
    ),
    _published(
        "tz2BC83pvEAag6r2ZV7kPghNAbjFoiqhCvZx",
        "sign me in as tz2BC83pvEAag6r2ZV7kPghNAbjFoiqhCvZx on objkt.com at 2021-10-04T18:59:13.990Z",
        "sppk7aBerAEA6tv4wzg6FnK7i5YrGtEGFVvNjWhc2QX8bhzpouBVFSW",
        "spsig1ZNQaUKNERZSiEiNviqa5EAPkcNASXhfkXtxRatZTDZAnUB4Ra2Jus8b1oEpFnPx8Z6g28pd8vK3R8nPK29JDU5FiSLH5T",
    ),
    _published(
        "tz2TDtxBkfAy6nyNWnTE7xasWWQppkyKZjDE",
        "Confirming my identity as tz2TDtxBkfAy6nyNWnTE7xasWWQppkyKZjDE on objkt.com, sig:FGU09tL1X5kyu6eukHyX4ZhI7cqilTc",
        "sppk7cW9woUXS3pwAyhnje5k1yvbRo11PgCBzQMfnFmPg6fKbeLtcoJ",
        "spsig1EjqdcNBd2jn2QB8Btn9ZujBBi3pUULPRh8nTx4ACPSQLZKSHh4ihM9BdQ7uPCx5MaZd6gpErzXnUijRSd3E8BqcK5XHrg",
    ),
    _published(
        "tz3bPFa6mGv8m4Ppn7w5KSDyAbEPwbJNpC9p",
        "Confirming my identity as tz3bPFa6mGv8m4Ppn7w5KSDyAbEPwbJNpC9p on objkt.com, sig:HMgZyvMQiuyhKAq0Ox57IcyXA4OjEcH",
        "p2pk65yRxCX65k6qRPrbqGWvfW5JnLB1p3dn1oM5o9cyqLKPPhJaBMa",
        "p2sigkXYeimNtVJDr8X3me62Rig7cPogEQ3NPYHcGgnGuuFFy2BqttXHnst3mYyJ68k3jdAE92TKbyGC9hcmmVy1YbxyTJXAc1",
    ),
)
