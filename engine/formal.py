"""Whether a claim is certain, liquid and due, and until when a formal notice gives time.

The checklist is a traffic light: what is green is in order; what is orange may be sent by a person
who says why; what is red is not sent by anybody.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)
# An electronic registered letter may be accepted within so many days (CPCE L100, R53-3).
ELECTRONIC_DAYS = 15


class Light(str, Enum):
    """From the best to the worst."""

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"


ORDER = tuple(Light)


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What is known of one receivable that a formal notice names. Amounts in its own currency."""

    id: int
    due: date
    open: Decimal
    claimed: Decimal
    contested: Decimal = ZERO
    promised: Decimal = ZERO  # promised, or in a payment plan
    in_payment: Decimal = ZERO
    has_order: bool = True  # the customer's order reference is on the invoice
    has_proof: bool = True  # of delivery or of service
    was_sent: bool = True  # the invoice, to the customer
    is_invoice: bool = True  # an opening entry has neither order nor delivery


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What is known of a formal notice and of its customer."""

    claims: tuple[ClaimFacts, ...]
    credit: Decimal = ZERO  # the customer's credits that reduce no notice, positive
    bank_pending: Decimal = ZERO  # of the customer, on bank lines that nobody has reconciled
    is_paused: bool = False  # a person paused the reminders: an announced payment, for example
    is_vetoed: bool = False  # somebody asked for no formal notice
    needs_consent: bool = False  # an electronic registered letter to who is no professional
    is_spared: bool = False  # a strategic customer, or one who bears no formal tone


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist; `claims` are the receivables that it is about."""

    code: str
    light: Light
    claims: tuple[int, ...] = ()
    amount: Decimal = ZERO


def checklist(facts: NoticeFacts, today: date) -> tuple[Check, ...]:
    """Every question in its order: is it certain, is it liquid, is it due, and may it leave?"""
    claimed = [claim for claim in facts.claims if claim.claimed > 0]
    invoices = [claim for claim in claimed if claim.is_invoice]
    return (
        _check("order", [claim for claim in invoices if not claim.has_order]),
        _check("delivery", [claim for claim in invoices if not claim.has_proof]),
        _check("sent", [claim for claim in invoices if not claim.was_sent]),
        _undisputed(facts.claims, claimed),
        _open(claimed),
        _amount("credit", facts.credit),
        _amount("bank", facts.bank_pending + sum(claim.in_payment for claim in facts.claims)),
        _check("due", [claim for claim in claimed if claim.due >= today], Light.RED),
        _promised(facts),
        Check("veto", Light.RED if facts.is_vetoed else Light.GREEN),
        Check("consent", Light.ORANGE if facts.needs_consent else Light.GREEN),
        Check("relation", Light.ORANGE if facts.is_spared else Light.GREEN),
    )


def worst(checks: tuple[Check, ...]) -> Light:
    """The light of the whole checklist.

    >>> worst((Check("due", Light.GREEN), Check("order", Light.ORANGE)))
    <Light.ORANGE: 'orange'>
    """
    return max((check.light for check in checks), key=ORDER.index, default=Light.GREEN)


def _check(code: str, claims: list[ClaimFacts], light: Light = Light.ORANGE) -> Check:
    if not claims:
        return Check(code, Light.GREEN)
    return Check(
        code, light, tuple(claim.id for claim in claims), sum(claim.claimed for claim in claims)
    )


def _amount(code: str, amount: Decimal) -> Check:
    return Check(code, Light.ORANGE if amount > 0 else Light.GREEN, amount=amount)


def _undisputed(claims: tuple[ClaimFacts, ...], claimed: list[ClaimFacts]) -> Check:
    """A contested part is excluded from the claim; when nothing else is left, nothing leaves."""
    contested = [claim for claim in claims if claim.contested > 0]
    if not contested:
        return Check("undisputed", Light.GREEN)
    return Check(
        "undisputed",
        Light.ORANGE if claimed else Light.RED,
        tuple(claim.id for claim in contested),
        sum(claim.contested for claim in contested),
    )


def _open(claimed: list[ClaimFacts]) -> Check:
    """What is claimed is determined, and still open."""
    settled = [claim for claim in claimed if claim.open <= 0]
    if not claimed:
        return Check("open", Light.RED)
    return _check("open", settled, Light.RED)


def _promised(facts: NoticeFacts) -> Check:
    promised = [claim for claim in facts.claims if claim.promised > 0]
    light = Light.ORANGE if promised or facts.is_paused else Light.GREEN
    return Check(
        "promise",
        light,
        tuple(claim.id for claim in promised),
        sum(claim.promised for claim in promised),
    )


def deadline(
    days: int, notified_on: date, printed: date | None = None, is_electronic: bool = False
) -> date:
    """Until when the debtor has time to pay.

    :param days: that the letter gives.
    :param notified_on: the day on which it was validated, or deposited at the post office.
    :param printed: the calendar date that the letter says: it never comes before that.
    :param is_electronic: the addressee has 15 days to accept it.

    >>> deadline(8, date(2026, 6, 30))
    datetime.date(2026, 7, 8)
    >>> deadline(8, date(2026, 7, 2), printed=date(2026, 7, 8), is_electronic=True)
    datetime.date(2026, 7, 25)
    >>> deadline(8, date(2026, 6, 29), printed=date(2026, 7, 8))
    datetime.date(2026, 7, 8)
    """
    counted = notified_on + timedelta(days=days + (ELECTRONIC_DAYS if is_electronic else 0))
    return max(counted, printed or counted)


def has_expired(limit: date | None, claimable: Decimal, today: date) -> bool:
    """Whether the time of a formal notice is over with something of it left to claim (S4.20).

    The last day is the debtor's.

    >>> has_expired(date(2026, 7, 8), Decimal(700), date(2026, 7, 8))
    False
    >>> has_expired(date(2026, 7, 8), Decimal(700), date(2026, 7, 9))
    True
    >>> has_expired(date(2026, 7, 8), Decimal(0), date(2026, 7, 9))
    False
    """
    return bool(limit) and today > limit and claimable > 0
