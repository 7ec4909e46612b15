"""What happened to one receivable: the facts that a penalty is computed from, and their checks.

Amounts are positive `Decimal`s in the case's currency, tax included. All events take effect on the
day after theirs, as the day of a payment still bears interest; an insolvency judgment alone stops
interest on its own day. What is dated after the day of the calculation is not known yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from .penalty_error import PenaltyError
from .penalty_rates import check_percent
from .penalty_regime import Regime

# ISO 4217, for cases that don't say it.
DIGITS = dict.fromkeys(("EUR", "GBP", "CHF", "PLN", "USD", "CAD", "SEK", "DKK", "NOK", "CZK"), 2)
DIGITS |= {"JPY": 0, "TND": 3}
MAX_DIGITS = 4
MAX_AMOUNT = Decimal(10) ** 12
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
MAX_TERM = 3650  # days


class Policy(str, Enum):
    """From when a contested part bears interest. The part that isn't contested always does.

    The law does not suspend interest for a dispute; `FROM_RESOLUTION` is a practice.
    """

    FROM_RESOLUTION = "from_resolution"  # the last resolution is its due date; not before
    FROM_ORIGINAL_DUE_DATE = "from_original_due_date"  # as if there were no dispute
    EXCLUDE_DISPUTE_DAYS = "exclude_dispute_days"  # not on the days while it is open
    NONE = "none"  # never
    MANUAL = "manual"  # from a day, which is the first with interest


@dataclass(frozen=True, slots=True)
class Payment:
    """`day`: the funds are at the creditor's disposal."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CreditNote:
    """Not a payment: it settles no interest.

    `retroactive`: the price was never owed (wrong price, quantity, quality); otherwise a gesture
    that counts from its day on. `dispute`: the dispute that it settles, whose contested amount it
    reduces; without one it reduces what is not contested.
    """

    day: date
    amount: Decimal
    retroactive: bool = True
    dispute: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A dispute is open after the day `opened`, to the day `closed`; None is still open."""

    opened: date
    closed: date | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A contested part of the receivable. A dispute that was reopened has several periods.

    `term_days`: payment term granted anew at the resolution (``from_resolution`` only).
    `first_day`: the first day with interest (``manual`` only).
    """

    reference: str
    amount: Decimal
    policy: Policy
    periods: tuple[Period, ...]
    term_days: int = 0
    first_day: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One receivable: an invoice, or one of its instalments; computed as of the day `as_of`.

    `invoice`, `invoice_amount`: the invoice that an instalment belongs to, and its total, which
    decides the tier of the fixed fee. `exchange`: what one unit of another currency is worth in
    this one; needed only for a fee in another currency.
    """

    reference: str
    regime: str
    amount: Decimal
    due: date
    as_of: date
    currency: str = "EUR"
    digits: int | None = None
    invoice_date: date | None = None
    invoice: str | None = None
    invoice_amount: Decimal | None = None
    contract_rate: Decimal | None = None  # percent per year
    notice: date | None = None  # formal notice, for regimes whose interest needs one
    judgment: date | None = None  # opening of insolvency proceedings
    payments: tuple[Payment, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    exchange: Mapping[str, Decimal] = field(default_factory=dict)
    with_fee: bool = True  # False: another instalment of the invoice bears it

    @property
    def quantum(self) -> Decimal:
        """The currency's smallest unit.

        :raise PenaltyError: ``currency_digits`` when its decimals are not known.
        """
        digits = DIGITS.get(self.currency) if self.digits is None else self.digits
        if digits is None or not 0 <= digits <= MAX_DIGITS:
            raise PenaltyError("currency_digits", currency=self.currency)
        return Decimal(1).scaleb(-digits)


# === Checks ===#


def check(case: Case, regime: Regime) -> None:
    """:raise PenaltyError: for the first fact that can't be."""
    quantum = case.quantum
    _check_amount(case, case.amount, "amount", quantum)
    if case.invoice_amount is not None:
        _check_amount(case, case.invoice_amount, "invoice_amount", quantum)
    for payment in case.payments:
        _check_amount(case, payment.amount, "payment", quantum)
    for credit in case.credit_notes:
        _check_amount(case, credit.amount, "credit note", quantum)
    for worth in case.exchange.values():
        _check_amount(case, worth, "exchange", None)
    if case.contract_rate is not None:
        check_percent(case.contract_rate, "contract_rate")
    _check_days(case, regime)
    if case.disputes or case.credit_notes:
        _check_disputes(case, quantum)


def _check_amount(case: Case, amount: Decimal, what: str, quantum: Decimal | None) -> None:
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise PenaltyError("amount_invalid", what=what, value=str(amount))
    if amount > MAX_AMOUNT:
        raise PenaltyError("amount_too_large", what=what, value=amount)
    if amount <= 0:
        raise PenaltyError("amount_not_positive", what=what, value=amount)
    if quantum is not None and amount % quantum:
        digits = -quantum.as_tuple().exponent
        raise PenaltyError(
            "amount_digits", what=what, value=amount, currency=case.currency, digits=digits
        )


def _check_days(case: Case, regime: Regime) -> None:
    first_days = [dispute.first_day for dispute in case.disputes]
    for day in filter(None, (case.due, case.as_of, *first_days)):
        if not FIRST_DAY <= day <= LAST_DAY:
            raise PenaltyError("day_out_of_range", day=day)
    claim = case.invoice_date or case.due
    if (regime.valid_from and claim < regime.valid_from) or (
        regime.valid_until and claim > regime.valid_until
    ):
        dates = (("from", regime.valid_from), ("until", regime.valid_until))
        period = " ".join(f"{word} {day}" for word, day in dates if day)
        raise PenaltyError("regime_out_of_date", regime=regime.code, period=period, day=claim)
    if case.judgment and regime.stops_at_insolvency is None:
        raise PenaltyError("insolvency_unknown", regime=regime.code)
    if not case.invoice_date:
        return
    start = case.invoice_date
    if case.due < start:
        raise PenaltyError("due_before_invoice", day=case.due, invoice_date=start)
    for code, events in (
        ("payment_before_invoice", case.payments),
        ("credit_before_invoice", case.credit_notes),
    ):
        for event in events:
            if event.day < start:
                raise PenaltyError(code, day=event.day, invoice_date=start)


def _check_disputes(case: Case, quantum: Decimal) -> None:
    credits_sum = sum(credit.amount for credit in case.credit_notes)
    if credits_sum > case.amount:
        raise PenaltyError("credit_too_large", credits=credits_sum, amount=case.amount)
    known = [dispute.reference for dispute in case.disputes]
    for dispute in case.disputes:
        name = dispute.reference
        if known.count(name) > 1:
            raise PenaltyError("dispute_duplicate", dispute=name)
        _check_amount(case, dispute.amount, f"dispute {name}", quantum)
        if dispute.amount > case.amount:
            raise PenaltyError(
                "dispute_too_large", dispute=name, contested=dispute.amount, amount=case.amount
            )
        if not _in_order(dispute.periods):
            raise PenaltyError("dispute_periods", dispute=name)
        if dispute.policy is Policy.MANUAL and dispute.first_day is None:
            raise PenaltyError("dispute_date_missing", dispute=name)
        if not 0 <= dispute.term_days <= MAX_TERM:
            raise PenaltyError("dispute_term", dispute=name, days=dispute.term_days)
    for credit in case.credit_notes:
        if credit.dispute is not None and credit.dispute not in known:
            raise PenaltyError("dispute_unknown", dispute=credit.dispute)


def _in_order(periods: Iterable[Period]) -> bool:
    end = date.min
    for period in periods:
        if end is None or period.opened < end:
            return False
        if period.closed is not None and period.closed < period.opened:
            return False
        end = period.closed
    return bool(periods)
