"""Operation codes, parts of a trace and address flags, value by value.

Sources: TEP-74 (jettons), TEP-62 (NFTs), TEP-2 (addresses); TON's documentation of comments; the bag of cells' TL-B.
"""

from __future__ import annotations

from recovery.chains.ton import bodies, cells, codec, decode, trace
from recovery.chains.ton.bodies import Op
from recovery.chains.ton.trace import Part


def test_a_body_begins_with_its_operation() -> None:
    assert {op.name: f"{op:08x}" for op in Op} == {
        "COMMENT": "00000000",
        "ENCRYPTED_COMMENT": "2167da4b",
        "JETTON_TRANSFER": "0f8a7ea5",
        "JETTON_INTERNAL_TRANSFER": "178d4519",
        "JETTON_NOTIFICATION": "7362d09c",
        "NFT_TRANSFER": "5fcc3d14",
        "NFT_OWNERSHIP_ASSIGNED": "05138d91",
        "EXCESSES": "d53276db",
    }
    assert {Op.COMMENT, Op.ENCRYPTED_COMMENT} == bodies._PLAIN


def test_a_transaction_plays_one_of_nine_parts() -> None:
    assert [part.value for part in Part] == [
        "start", "payment", "token", "nft", "call", "step", "notice", "change", "refund",
    ]  # fmt: skip
    assert trace._PARTS == {
        0x0F8A7EA5: Part.STEP,
        0x178D4519: Part.TOKEN,
        0x5FCC3D14: Part.NFT,
        0x7362D09C: Part.NOTICE,
        0x05138D91: Part.NOTICE,
        0xD53276DB: Part.CHANGE,
    }
    assert {Part.PAYMENT, Part.TOKEN, Part.NFT} == trace.DEPOSITS
    assert {Part.CHANGE, Part.REFUND} == trace._ASIDE


def test_coins_that_are_no_payment_have_a_name() -> None:
    names = {Part.NOTICE: "notification", Part.CHANGE: "excesses", Part.REFUND: "bounce"}
    assert names == decode._TYPES


def test_flags_and_the_magic_are_the_standards() -> None:
    assert (codec._BOUNCEABLE, codec._NON_BOUNCEABLE, codec._TEST_ONLY) == (0x11, 0x51, 0x80)
    assert cells._MAGIC == 0xB5EE9C72
