"""A quote: verdict, price and network cost become named lines that add up exactly, or a reason.

Knows: which verdicts are quoted, how costs become units of the recovered asset, what to advise.
Must not know: where prices and costs come from, cases, the clock (the moment is given).

Arithmetic is exact (`Fraction`) and rounds once: what is paid out rounds down to one unit, so
that all deductions together round up by less than one. Each line is the step that it adds to the
rounded total, and therefore within one unit of its exact amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, Inexact
from fractions import Fraction

from recovery.chains.family import NetworkCost
from recovery.classify.verdict import Cause, Outcome, Recoverability, Verdict
from recovery.errors import SourceError
from recovery.fees import words
from recovery.fees.formula import plan_service_fee, round_down
from recovery.fees.policy import FeePolicy
from recovery.fees.values import Advice, LineCode, NoQuote, Quote, QuoteLine
from recovery.model import Amount, AssetId, Note, Transfer, TransferKind
from recovery.networks import Network
from recovery.records.port import Price

_EXACT = Context(prec=1000, traps=[Inexact])
"""Wide enough for every amount, price and decimals that `find_unit` and `_judge_price` let through."""

_MAX_DECIMALS = 255
"""``decimals()`` of ERC-20 is a uint8; other chains allow less."""

_MAX_PRICE_EXPONENT = 30
"""A price beyond 10**±30 is a broken feed, whatever the coin."""


@dataclass(frozen=True, slots=True)
class _Deduction:
    """One line before rounding; ``exact`` in units of the recovered asset."""

    code: LineCode
    exact: Fraction
    text: str


def make_quote(
    policy: FeePolicy,
    *,
    verdict: Verdict,
    transfer: Transfer | None,
    network: Network,
    price: Price | SourceError | None,
    native_price: Price | SourceError | None,
    cost: NetworkCost | SourceError | None,
    nth_case_this_year: int,
    planned: bool,
    now: datetime,
    decimals: int | None = None,
) -> Quote | NoQuote:
    """Quote the recovery of one transfer, or say why there is no quote.

    ``price`` and ``native_price`` are of whole coins of the transfer's asset and of the network's
    native coin; None means that nobody has a price, a `SourceError` that it could not be asked.
    ``cost`` is None or an error where no estimate could be had; it is not looked at where the
    verdict's outcome is a credit, since then nothing moves on the chain.
    ``nth_case_this_year`` counts the customer's cases, this one included. ``planned``: the asset or
    network is marked as planned in the listings. ``decimals`` is the listing's word, which goes
    before the evidence's.
    """
    refused = _judge_verdict(verdict, transfer, planned=planned)
    if refused is not None:
        return refused
    assert transfer is not None
    unit = find_unit(transfer, network, decimals=decimals)
    if unit is None:
        return NoQuote(words.DECIMALS_UNKNOWN)
    if transfer.asset == network.native_asset:
        native_price = price
    judged = _judge_price(policy, price, asset=transfer.asset, now=now)
    if isinstance(judged, NoQuote):
        return judged
    sheet = _Sheet(policy, verdict, transfer, network, unit, judged, nth_case_this_year)
    if verdict.outcome is Outcome.CREDIT:
        return _write(sheet, [], planned=planned, dear=False, now=now)
    if not isinstance(cost, NetworkCost):
        return NoQuote(words.cost_unknown(network.name))
    judged = _judge_price(policy, native_price, asset=network.native_asset, now=now)
    if isinstance(judged, NoQuote):
        return judged
    if cost.asset != network.native_asset:
        raise ValueError(f"a cost in {cost.asset} on {network.code}")
    coin = Fraction(judged.value) / Fraction(10) ** network.decimals
    return _write(
        sheet,
        _deduct_costs(sheet, cost, coin=coin),
        planned=planned,
        dear=_is_dear(sheet, cost, coin=coin),
        now=now,
    )


def find_unit(
    transfer: Transfer, network: Network, *, decimals: int | None = None
) -> Fraction | None:
    """How much of a whole coin one unit of ``transfer.amount`` is; None where nobody knows.

    An issued currency of the XRP Ledger counts in whole coins.
    """
    if isinstance(transfer.amount, Decimal):
        return Fraction(1)
    if transfer.asset == network.native_asset:
        places: int | None = network.decimals
    else:
        places = transfer.decimals if decimals is None else decimals
    if places is None or not 0 <= places <= _MAX_DECIMALS:
        return None
    return Fraction(1, 10**places)


def find_value(
    policy: FeePolicy,
    *,
    transfer: Transfer,
    network: Network,
    price: Price | SourceError | None,
    now: datetime,
    decimals: int | None = None,
) -> Decimal | None:
    """The exact value of a transfer in the policy's currency; None where it can't be known now."""
    unit = find_unit(transfer, network, decimals=decimals)
    judged = _judge_price(policy, price, asset=transfer.asset, now=now)
    if unit is None or isinstance(judged, NoQuote):
        return None
    return _decimal(Fraction(transfer.amount) * unit * Fraction(judged.value))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is settled before any line is written; ``unit`` is the part of a whole coin."""

    policy: FeePolicy
    verdict: Verdict
    transfer: Transfer
    network: Network
    unit: Fraction
    price: Price
    nth_case_this_year: int

    @property
    def unit_value(self) -> Fraction:
        return self.unit * Fraction(self.price.value)

    @property
    def gross(self) -> Fraction:
        return Fraction(self.transfer.amount)

    @property
    def issued(self) -> bool:
        return isinstance(self.transfer.amount, Decimal)

    def print_value(self, amount: Fraction) -> str:
        return words.print_money(amount * self.unit_value, self.policy.currency)


def _judge_verdict(verdict: Verdict, transfer: Transfer | None, *, planned: bool) -> NoQuote | None:
    match verdict.recoverability:
        case Recoverability.CREDIT:
            return NoQuote(words.CREDIT_IS_FREE)
        case Recoverability.WAIT:
            return NoQuote(words.PLANNED_IS_FREE if planned else words.WAITING_IS_FREE)
        case Recoverability.NEEDS_INPUT:
            return NoQuote(words.NEEDS_INPUT)
        case Recoverability.UNRECOVERABLE:
            return NoQuote(words.NOTHING_TO_RECOVER)
        case Recoverability.HOLD:
            return NoQuote(words.UNDER_REVIEW)
        case Recoverability.RECOVERABLE | Recoverability.CONDITIONAL:
            pass
    if verdict.cause is Cause.NEEDS_REVIEW:
        # facts are missing or sources disagree: a figure now would be a promise on a guess
        return NoQuote(words.NEEDS_REVIEW)
    if transfer is None:
        return NoQuote(words.AMOUNT_UNKNOWN)
    if transfer.kind is TransferKind.NFT:
        return NoQuote(words.INDIVISIBLE)
    if transfer.amount <= 0:
        return NoQuote(words.NOTHING_TO_RECOVER)
    return None


def _judge_price(
    policy: FeePolicy, price: Price | SourceError | None, *, asset: AssetId, now: datetime
) -> Price | NoQuote:
    """The price if it can be used now. It is of ``asset``, or the caller is wrong."""
    if isinstance(price, SourceError):
        return NoQuote(words.price_unreachable(asset))
    if price is None or price.currency != policy.currency or not is_sane(price.value):
        return NoQuote(words.price_missing(asset, policy.currency))
    if price.asset != asset:
        raise ValueError(f"a price of {price.asset} for {asset}")
    if price.as_of > now + policy.quote.clock_skew:
        return NoQuote(words.price_from_future(asset, price.as_of))
    if now - price.as_of > policy.quote.price_max_age:
        return NoQuote(words.price_stale(asset, price.as_of, policy.quote.price_max_age))
    return price


def is_sane(value: Decimal) -> bool:
    """Whether a number can be a price at all; also keeps exact arithmetic small."""
    if not value.is_finite() or value <= 0:
        return False
    digits = len(value.as_tuple().digits)
    return abs(value.adjusted()) <= _MAX_PRICE_EXPONENT and digits <= 2 * _MAX_PRICE_EXPONENT


def _deduct_costs(sheet: _Sheet, cost: NetworkCost, *, coin: Fraction) -> list[_Deduction]:
    """The node's estimate in units of the recovered asset, by both prices.

    The margin covers a fee market that moves until the wallet team signs. A reserve is set by the
    chain's own rules and does not move: it carries none.
    """
    margin = sheet.policy.network_cost.margin
    deductions = []
    for line in cost.lines:
        exact = line.amount * coin / sheet.unit_value
        if line.code == "network_cost":
            text = words.network_cost(line.text, margin)
            deductions.append(_Deduction(LineCode.NETWORK_COST, exact * Fraction(margin), text))
        else:
            deductions.append(_Deduction(LineCode.RESERVE, exact, words.reserve(line.text)))
    return deductions


def _is_dear(sheet: _Sheet, cost: NetworkCost, *, coin: Fraction) -> bool:
    """Whether the network asks much more than on an ordinary day: reserves never move."""
    paid = sum(line.amount for line in cost.lines if line.code == "network_cost") * coin
    native = sheet.transfer.asset == sheet.network.native_asset
    reference = sheet.policy.reference_of(sheet.network.code, native=native)
    return paid > Fraction(reference) * Fraction(sheet.policy.network_cost.wait_above_reference)


def _write(
    sheet: _Sheet, costs: list[_Deduction], *, planned: bool, dear: bool, now: datetime
) -> Quote | NoQuote:
    policy = sheet.policy
    deductions = costs + _deduct_service(sheet)
    total = sum((d.exact for d in deductions), Fraction(0))
    if total > sheet.gross:
        figures = [(d.text, sheet.print_value(d.exact)) for d in deductions if d.exact > 0]
        text = words.costs_pass_amount(
            total=sheet.print_value(total),
            arrived=sheet.print_value(sheet.gross),
            figures=figures,
            planned=planned,
            dear=dear,
        )
        return NoQuote(Note("not_worth_it", text))
    lines, net = _round(sheet, deductions)
    half = Fraction(policy.advice.not_worth_it_above) * sheet.gross
    advice, text = Advice.RECOVER, words.recover(sheet.print_value(net))
    if planned:
        advice, text = Advice.WAIT, words.WAIT_PLANNED
    elif dear:
        advice, text = Advice.WAIT, words.wait_dear(sheet.network.name)
    elif net <= 0 or total > half:
        advice = Advice.NOT_WORTH_IT
        text = words.not_worth_it(
            total=sheet.print_value(sheet.gross - net), arrived=sheet.print_value(sheet.gross)
        )
    return Quote(
        currency=policy.currency,
        policy=policy.version,
        expires_at=now + policy.quote.expires_after,
        price=sheet.price,
        asset=sheet.transfer.asset,
        gross=sheet.transfer.amount,
        net=_amount(net, issued=sheet.issued),
        lines=lines,
        advice=advice,
        advice_text=text,
    )


def _deduct_service(sheet: _Sheet) -> list[_Deduction]:
    policy = sheet.policy
    fee = plan_service_fee(
        policy,
        cause=sheet.verdict.cause,
        tier=sheet.network.tier,
        nth_case_this_year=sheet.nth_case_this_year,
        value=sheet.gross * sheet.unit_value,
    )
    again = sheet.nth_case_this_year >= policy.repeat.from_case
    text = words.service_fee(sheet.nth_case_this_year if again else None)
    deductions = [_Deduction(LineCode.SERVICE_FEE, fee.full / sheet.unit_value, text)]
    if fee.waived > 0:
        threshold = words.print_money(Fraction(policy.first_case.waived_below), policy.currency)
        text = words.waiver(threshold, whole=fee.waived == fee.full)
        deductions.append(_Deduction(LineCode.WAIVER, -fee.waived / sheet.unit_value, text))
    return deductions


def _round(sheet: _Sheet, deductions: list[_Deduction]) -> tuple[tuple[QuoteLine, ...], Fraction]:
    """The lines in units, and what remains: ``gross = sum(lines) + remainder``, exactly."""
    lines = []
    remainder = rounded = sheet.gross
    for deduction in deductions:
        remainder -= deduction.exact
        before, rounded = rounded, round_down(remainder, issued=sheet.issued)
        step = before - rounded
        lines.append(
            QuoteLine(
                code=deduction.code,
                amount=_amount(step, issued=sheet.issued),
                value=_places(step * sheet.unit_value, sheet.policy.quote.value_places),
                text=deduction.text,
            )
        )
    return tuple(lines), rounded


def _amount(units: Fraction, *, issued: bool) -> Amount:
    if issued:
        return _decimal(units)
    assert units.denominator == 1
    return units.numerator


def _decimal(exact: Fraction) -> Decimal:
    """The same number as a `Decimal`; raises `decimal.Inexact` rather than round."""
    number = _EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    number = number.normalize(_EXACT)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:  # 1E+2 is 100
        number = number.quantize(Decimal(1), context=_EXACT)
    return number


def _places(exact: Fraction, places: int) -> Decimal:
    """For reading only: the amounts in units are what counts."""
    return Decimal(round(exact * 10**places)).scaleb(-places, context=_EXACT)
