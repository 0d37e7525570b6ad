"""Checks as the pipeline would make them, without nodes, rules or prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from recovery.chains.family import RawTx
from recovery.checks import Check, Found, Judged, Search, UnreachableNetwork
from recovery.classify.verdict import Cause, Condition, Outcome, Reason, Recoverability, Verdict
from recovery.fees.values import Advice, LineCode, NoQuote, Quote, QuoteLine
from recovery.model import (
    AddressKey,
    AssetId,
    Block,
    Claim,
    Evidence,
    NetworkCode,
    Note,
    Party,
    Transfer,
    TransferKind,
    TxStatus,
)
from recovery.records.port import Price

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ETH = NetworkCode("ETH")
TOKEN = AssetId("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7")
HASH = "0x" + "ab" * 32
OURS = "0x52908400098527886E0F7030069857D2E4169EE7"
SENDER = "0x8617E340B3D01FA5F11F306F4090FD50E238070D"
RETURN_TO = "0xde709f2102306220921060314715629080e2fb77"
RETURN_CANONICAL = "0xde709f2102306220921060314715629080e2fb77"


def party(address: str) -> Party:
    return Party(address, AddressKey("evm", bytes.fromhex(address[2:])))


def make_transfer(**changes: Any) -> Transfer:
    plain = Transfer(
        index=0,
        position="log:12",
        kind=TransferKind.TOKEN,
        asset=TOKEN,
        amount=2_500_000,
        senders=(party(SENDER),),
        recipient=party(OURS),
        symbol="USDT",
        decimals=6,
        standard="erc20",
    )
    return replace(plain, **changes)


def make_evidence(**changes: Any) -> Evidence:
    plain = Evidence(
        network=ETH,
        chain="eip155:1",
        tx_hash=HASH,
        status=TxStatus.CONFIRMED,
        block=Block(19_000_000, "0x" + "cd" * 32, AT - timedelta(hours=1)),
        confirmations=64,
        required_confirmations=12,
        final=True,
        fee=None,
        transfers=(make_transfer(),),
    )
    return replace(plain, **changes)


def make_quote(**changes: Any) -> Quote:
    plain = Quote(
        currency="USD",
        policy="2026-11",
        expires_at=AT + timedelta(hours=24),
        price=Price(TOKEN, "USD", Decimal("1.0002"), AT, "book"),
        asset=TOKEN,
        gross=2_500_000,
        net=2_000_000,
        lines=(QuoteLine(LineCode.SERVICE_FEE, 500_000, Decimal("0.50"), "service"),),
        advice=Advice.RECOVER,
        advice_text="It is worth it.",
    )
    return replace(plain, **changes)


def make_verdict(
    recoverability: Recoverability = Recoverability.RECOVERABLE, **changes: Any
) -> Verdict:
    cause, outcome = _TYPICAL[recoverability]
    plain = Verdict(
        transfer=0,
        cause=cause,
        recoverability=recoverability,
        outcome=outcome,
        reasons=(Reason("because", "Because."),),
        user="alice",
    )
    return replace(plain, **changes)


_TYPICAL = {
    Recoverability.CREDIT: (Cause.LISTED_DEPOSIT_MISSED, Outcome.CREDIT),
    Recoverability.RECOVERABLE: (Cause.UNLISTED_TOKEN, Outcome.RETURN),
    Recoverability.CONDITIONAL: (Cause.DELISTED_TOKEN, Outcome.RETURN),
    Recoverability.WAIT: (Cause.AWAITING_CONFIRMATIONS, Outcome.NONE),
    Recoverability.NEEDS_INPUT: (Cause.HASH_NOT_FOUND, Outcome.NONE),
    Recoverability.UNRECOVERABLE: (Cause.ADDRESS_NOT_OURS, Outcome.NONE),
    Recoverability.HOLD: (Cause.COMPLIANCE_HOLD, Outcome.NONE),
}


def make_check(
    *verdicts: Verdict,
    evidence: Evidence | None = None,
    quote: Quote | NoQuote | None = None,
    user: str | None = "alice",
    second: Evidence | None = None,
    at: datetime = AT,
    tx_hash: str | None = None,
) -> Check:
    """A check that found ``evidence``; without verdicts: one recoverable, with a quote."""
    seen = evidence or make_evidence()
    raw = RawTx(
        seen.network,
        seen.tx_hash,
        "jsonrpc",
        "http://node",
        at,
        {"tx": {"value": Decimal("0.10")}, "head": "0x10"},
    )
    found = Found(seen, raw, second)
    typed = tx_hash or seen.tx_hash
    return Check(
        claim=Claim(typed, user=user),
        at=at,
        search=Search(typed, (found,), (), (), ()),
        found=found,
        judged=tuple(
            Judged(v, quote or make_quote_for(v)) for v in (verdicts or (make_verdict(),))
        ),
    )


def make_quote_for(verdict: Verdict) -> Quote | NoQuote:
    if verdict.recoverability in (Recoverability.RECOVERABLE, Recoverability.CONDITIONAL):
        return make_quote()
    return NoQuote(Note("no_fee", "Nothing is charged."))


def make_unanswered(*, user: str | None = "alice", tx_hash: str = HASH) -> Check:
    search = Search(tx_hash, (), (), (UnreachableNetwork(ETH, "no connection"),), ())
    return Check(Claim(tx_hash, user=user), AT, search, None, ())


def make_not_found(*, user: str | None = "alice", tx_hash: str = HASH) -> Check:
    verdict = make_verdict(Recoverability.NEEDS_INPUT, transfer=None, user=None)
    search = Search(tx_hash, (), (ETH,), (), ())
    judged = Judged(verdict, NoQuote(Note("not_found", "Nothing was found.")))
    return Check(Claim(tx_hash, user=user), AT, search, None, (judged,))


def unmet(code: str) -> Condition:
    return Condition(code, met=False, text=f"{code} would have to hold")
