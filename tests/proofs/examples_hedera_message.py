"""Signed messages of Hedera, of accounts that are named by a key alias."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

EXAMPLES = (
    Example(
        network="HBAR",
        address="0.0.CIQHTNKWF2H6MVHZIB4LCEXIVGF2PEA7QU5ONFN627QOHEILVUCJMZA",
        message=CHALLENGE,
        answer=SignedAnswer(
            "CmQKIHm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZkGkDx9fOGC6cgvbcPGdDX4S9Gd+hni9MIttNp6PeSzC25QQoNQ/RqHB3reVeRTV8HgXm3icA11LnwQ2/+YwF0cJUD"
        ),
        source="signed with @hashgraph/sdk 2.81.0, ED25519, SignatureMap of @hashgraph/proto 2; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="HBAR",
        address="0.0.CIQHTNKWF2H6MVHZIB4LCEXIVGF2PEA7QU5ONFN627QOHEILVUCJMZA",
        message=CHALLENGE,
        answer=SignedAnswer(
            "f1f5f3860ba720bdb70f19d0d7e12f4677e8678bd308b6d369e8f792cc2db9410a0d43f46a1c1deb7957914d5f078179b789c035d4b9f0436ffe630174709503"
        ),
        source="signed with @hashgraph/sdk 2.81.0, ED25519, bare; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="HBAR",
        address="0.0.HIQQFBF7OVRCMK55NFAAQV2I6O7GV6SSVYYXCVIYD3HDDNTDKHGP7JFQ",
        message=CHALLENGE,
        answer=SignedAnswer(
            "CmUKIQKEv3ViJiu9aUAIV0jzvmr6Uq4xcVUYHs4xtmNRzP+ksDJAN1sw/l87UTPPoOOPNhgSMbKk9898FxTMB3QLAkaEYrkoW1e8whwh1ar8h2Iqf+iBE/nF3kQAmfuBpGkLZgeSaw=="
        ),
        source="signed with @hashgraph/sdk 2.81.0, ECDSA secp256k1, SignatureMap of @hashgraph/proto 2; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="HBAR",
        address="0.0.HIQQFBF7OVRCMK55NFAAQV2I6O7GV6SSVYYXCVIYD3HDDNTDKHGP7JFQ",
        message=CHALLENGE,
        answer=SignedAnswer(
            "375b30fe5f3b5133cfa0e38f36181231b2a4f7cf7c1714cc07740b02468462b9285b57bcc21c21d5aafc87622a7fe88113f9c5de440099fb81a4690b6607926b"
        ),
        source="signed with @hashgraph/sdk 2.81.0, ECDSA secp256k1, bare; the key's seed is the bytes 1 to 32",
    ),
)
