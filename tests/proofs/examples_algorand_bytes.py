"""Signed bytes of Algorand."""

from __future__ import annotations

from proofs.example import CHALLENGE, Example

from recovery.proofs.values import SignedAnswer

EXAMPLES = (
    Example(
        network="ALGO",
        address="PG2VMLUP4ZKPSQDYWEJORKMLU6IB7BJ242K35V7A4OIQXLIESZSCUKNU44",
        message=CHALLENGE,
        answer=SignedAnswer(
            "HFaSPJn08cG13c6EXosy4bR8v4N2Z6HqWzPIU5JCHHffRSyzpaAyyOzvz7f7mHzWG9ORGWLKC2RSrIDJ97TFCA=="
        ),
        source="signed with py-algorand-sdk 2.12.0, util.sign_bytes; the key's seed is the bytes 1 to 32",
    ),
    Example(
        network="ALGO",
        address="HNVCPPGOW2SC2YVDVDICU3YNONSTEFLXDXREHJR2YBEKDC2Z3IUZSC6YGI",
        message="hello",
        answer=SignedAnswer(
            "YFawVOFZKCZAa39mfTHkhzR1GS2t7w5YZa7g5pwtzrJuANmQGjgNCTAo71RpHPmd0+4xlzt/AdqwLkj83sjRAg=="
        ),
        source="signed with py-algorand-sdk 2.12.0, util.sign_bytes; the key's seed is 32 zeros",
    ),
)
