"""Facts of real transactions of TON's main network, laid out as toncenter v3 answers."""

from __future__ import annotations

from typing import Any

from ton.stories import (
    Builder,
    Json,
    account,
    call,
    comment,
    derives,
    jetton,
    message,
    transaction,
)

FROM = "0:985163" + "22A2EF3C63212452B2F88A2D91FC5B52B88540DD8F383B13DE8CF91870"
TO = "0:04F3C1C795AC8905E31734362B149875AB9522AE5383AB7ABB2E10DA5DA8BA82"
BIG_FROM = "0:52CB34A2AEA7D8C76734F067E5C3B8B67D1D71220A595EC0FA6FB91C6F9CB33C"
BIG_TO = "0:8B35810E79C3B3FB34E80158C37061A598CF6CA26779218D782B62DBD96BF8B8"
NEW_FROM = "0:FD72417897DEF74C2F7EF344790FFA1A39CD0B55ECE8B7D8B2BF5A7FFC2679DC"
NEW_TO = "0:E49681F811BD14CBCB4B8D312FF3F6D24EFDFCD18D7CA566074045E242B008A3"
BOUNCE_FROM = "0:5A78B3C4CF147040FDB34768D4ABE734A47CCD0C9E0E065A4C7D9C62978D1F2F"
BOUNCE_TO = "0:35D5F38CF7BF64062C021CC779250A29E4987290A6722A07685B5472B28CF89F"
SENDER = "0:2DB133F2AD27BE6231FEFA2E9258DE79D8DF8FF1B32C6620B81564144A6061C8"
SENDER_JETTONS = "0:695092B1B9D1F90824C4D609C58959300495B51B4986EC4A5089A2D24074FA2C"
OWNER = "0:8AF29064CE232F1C3B62FC6C556FAE269871DF40AB53DD76340C85CD236963B2"
OWNER_JETTONS = "0:A64CD248FE88C6B50AA8064DF2400DC5A958FD7B656434E8A606FFC76F48C1F9"
MASTER = account("a master that the recording does not name")

STAND_IN = "the sender's signed body is a stand-in; "


def _outside(hash_: str, owner: str) -> Json:
    return message(hash_, None, owner, None, call(0x7369676E), hash=hash_)


def _row(hash_: str, owner: str, told: Json, out: list[Json], **facts: Any) -> Json:
    return transaction(hash_, owner, told, out, hash=hash_, **facts)


def _pair(
    sent: Json, start: tuple[str, str], end: str, facts: tuple[Json, Json], **more: Any
) -> list[Json]:
    """A wallet's transaction (its hash and its message's) and the recipient's."""
    first = _row(start[0], sent["source"], _outside(start[1], sent["source"]), [sent], **facts[0])
    return [first, _row(end, sent["destination"], sent, more.pop("out", []), **facts[1], **more)]


def _at(lt: int, now: int, seqno: int, fees: int) -> Json:
    return {"lt": str(lt), "now": now, "mc_block_seqno": seqno, "total_fees": str(fees)}


_AUGUST = (1_756_245_536, 51_319_006)


def _august(step: int, fees: int) -> Json:
    return _at(60_883_058_000_000 + step, *_AUGUST, fees)


def _jetton_transfer(op: int, amount: int, *parts: tuple[str, str]) -> Builder:
    builder = Builder().uint(op, 32).uint(0, 64).coins(amount)
    for _, raw in parts:
        builder.address(raw)
    return builder


def _jettons() -> list[Json]:
    amount = 500_000_000
    step = message(
        "step",
        SENDER,
        SENDER_JETTONS,
        50_000_000,
        _jetton_transfer(0x0F8A7EA5, amount, ("to", OWNER), ("rest", SENDER))
        .uint(0, 1)
        .coins(1)
        .uint(0, 1)
        .cell(),
        hash="aCNf9leSfBUdsHly/CZouGWaLnUa2ouWQpSskwY7c/k=",
    )
    moved = message(
        "moved",
        SENDER_JETTONS,
        OWNER_JETTONS,
        48_444_000,
        _jetton_transfer(0x178D4519, amount, ("from", SENDER), ("rest", SENDER))
        .coins(1)
        .uint(0, 1)
        .cell(),
        hash="yeno/rkzyKPi/XHjpV+hfTj6w9oKcMiPRg+KIVbFxWU=",
        bounce=True,
    )
    notice = message(
        "notice",
        OWNER_JETTONS,
        OWNER,
        1,
        _jetton_transfer(0x7362D09C, amount, ("from", SENDER)).uint(0, 1).cell(),
        hash="U7wdNViCS9GrAsTKSAcdX8PkcTmNP0WIYlQdejbidFo=",
    )
    change = message(
        "change",
        OWNER_JETTONS,
        SENDER,
        47_043_938,
        call(0xD53276DB),
        hash="JYU1svEKkMLmBK8SK0aSayEZYfXZ2Ak7NhkpcrT9Vl0=",
    )
    start = _outside("TLZhHHZ7ey5Y7+YxqPuUQnD/qh6mJFY5RNwBbCvd7jI=", SENDER)
    return [
        _row("OGOwtzSKjFmnTY+pmlnRU4uJe6RX/Zj2j3g4avZCCME=", SENDER, start, [step], **_august(1, 2_768_581)),
        _row("IGHT0TEBR2WfXXDS75+dVczIJ/yxQr9yQqHG5v6othg=", SENDER_JETTONS, step, [moved], **_august(3, 785_335)),
        _row("ZH64gLH2wbsLZw/WMeZEJVfG7MUlFsyTyL31d3haQ7U=", OWNER_JETTONS, moved, [notice, change], **_august(5, 733_335)),
        _row("7dQu/ZG1gpx/QoirHxOij5Ge2J9CtHeChlwsDta5vLs=", OWNER, notice, [], fails="no_state", **_august(7, 52)),
        _row("VDsXpngqQLcNq0mUTHGElEfnf2yR0cVTHqNpo/16SHw=", SENDER, change, [], **_august(8, 396_400)),
    ]  # fmt: skip


def _bounced() -> list[Json]:
    sent = message(
        "claim",
        BOUNCE_FROM,
        BOUNCE_TO,
        100_000_000,
        comment("claim"),
        bounce=True,
        hash="1bIRgdbD/3laAcAwAXiqbeU8Lwed6rwhsOMjFNFANJs=",
    )
    back_body = Builder().uint(0xFFFFFFFF, 32).uint(0, 32).data(b"claim").cell()
    back = message(
        "back",
        BOUNCE_TO,
        BOUNCE_FROM,
        97_854_000,
        back_body,
        bounced=True,
        hash="q5GGaiqbtR4glKW4gsvm4J9VjsnnfLERReyf9lT+jW8=",
    )
    facts = (
        _at(59_950_377_000_001, 1_753_890_772, 50_399_445, 3_199_896),
        _at(59_950_377_000_003, 1_753_890_772, 50_399_445, 1_880_469),
    )
    start = (
        "K67fQo3HRQLPHMD5x5QXfbyaG3FMJ4o7dQAG6+ou0IQ=",
        "QNvp0qkTgGxdQwrOf2XOi2bwy2xTq6s2ZjQ51cDDpY0=",
    )
    return _pair(sent, start, "ybApDpIZEhG8KlvOW5iSfv2qn6bSHPvxSt7bVF/h7Tc=", facts, out=[back], fails=132, bounces=True)  # fmt: skip


def _paid() -> list[Json]:
    text = comment("d81c5544-1b17-419c-a638-452432486ed5")
    sent = message(
        "uuid", FROM, TO, 2_000_000_000, text, hash="5P9vgw46l+yrRdWmpBy1p2g4s76AgWmp2jSOZ9UVaUo="
    )
    start = (
        "1Y9dDLRhLrnFZGNxHCjta9mi8WRCq7eBAllfSMh9GBY=",
        "rWAQWp5wOH+ab04QE4x7YH8Fi2v0bQ5UF8HAzP4p1SM=",
    )
    return _pair(sent, start, "i39bgWzp6AStaaGHO8QKlHR5W40D82sZPKHeOOYWDaA=", (_august(1, 2_995_358), _august(3, 311_201)))  # fmt: skip


def _big() -> list[Json]:
    sent = message(
        "big",
        BIG_FROM,
        BIG_TO,
        243_000_000_000,
        hash="dBpY/Bh8bc+UMcNoqTUi9RgObdW465bAliR9xUJj53s=",
    )
    start = (
        "annoWoDbo8nzFhsaJewCfu6B8b+1ty7BRScqBv2S4vc=",
        "MuSSKB9xE3wEA8AQXf0fNggQsdL92rqe5Fudko9u/NA=",
    )
    return _pair(sent, start, "hMCQ9yMCBW5DgV0L0Uebz3xIBJfDp4nIvzTlRaIFwpY=", (_august(1, 2_066_138), _august(3, 40_003)))  # fmt: skip


def _new() -> list[Json]:
    sent = message(
        "new", NEW_FROM, NEW_TO, 3_000_000_000, hash="t7W3ONyRyuIgMWyUJ1NZkfgdXy9yeY+ZNSBeZ10i+BE="
    )
    start = (
        "bm21RHxL4euqyWZsT6XS4bYgSx/gd2Z1pS+zW8Mn3rQ=",
        "FsJf+wOn3pU++e7oVcWdGe+6KSoX01hbnl6Umb5NRTU=",
    )
    facts = (
        _at(46_918_449_000_002, 1_717_620_738, 38_216_272, 3_462_931),
        _at(46_918_456_000_001, 1_717_620_783, 38_216_277, 0),
    )
    return _pair(sent, start, "58XzoVYsNWq/lGjJXxUm8ITToa9z23/SVooMs/iljs4=", facts, fails="no_state", orig_status="nonexist", end_status="uninit")  # fmt: skip


_JETTONS = _jettons()

STORIES: dict[str, tuple[str, list[Json], str, Json, str]] = {
    "real_native_with_comment": (
        "2 coins with an exchange's comment.",
        _paid(), "i39bgWzp6AStaaGHO8QKlHR5W40D82sZPKHeOOYWDaA=", {}, STAND_IN + "all else is the chain's own",
    ),
    "real_native_without_comment": (
        "243 coins without a comment, asked for by the sending wallet's transaction.",
        _big(), "annoWoDbo8nzFhsaJewCfu6B8b+1ty7BRScqBv2S4vc=", {}, STAND_IN + "all else is the chain's own",
    ),
    "real_native_to_new_address": (
        "3 coins to an address that nobody had used: they stay, though its transaction is aborted.",
        _new(), "58XzoVYsNWq/lGjJXxUm8ITToa9z23/SVooMs/iljs4=", {}, STAND_IN + "all else is the chain's own",
    ),
    "real_bounced": (
        "0.1 coins with a comment to a contract that refused them: they went back.",
        _bounced(), "ybApDpIZEhG8KlvOW5iSfv2qn6bSHPvxSt7bVF/h7Tc=",
        {"trace": {"is_incomplete": True}}, STAND_IN + "the transaction that took the coins back was not recorded",
    ),
    "real_jetton": (
        "Jettons to an owner whose account has no gas for the notification, asked for by the sender's transaction.",
        _JETTONS, "OGOwtzSKjFmnTY+pmlnRU4uJe6RX/Zj2j3g4avZCCME=",
        {"exchanges": [*jetton(OWNER_JETTONS, OWNER, MASTER), derives(MASTER, OWNER, OWNER_JETTONS)]},
        STAND_IN + "the jetton's master and the index's words of it are stand-ins too",
    ),
}  # fmt: skip
