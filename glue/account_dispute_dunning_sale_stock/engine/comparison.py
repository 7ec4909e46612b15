"""What is wrong with an invoice line, compared with its order and its deliveries.

Quantities and prices are in the unit of the invoice line; prices are net of discounts, without
what the taxes add. Only differences at the customer's expense are found.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class LineFacts:
    """One invoice line, with what is known of the order lines behind it.

    `order_price` is None when it can't be compared: none, or in another currency. `before` is what
    earlier invoices billed of the same order lines, `invoiced` what all of them did, less credit
    notes. Without `is_shipped`, as for services, deliveries are not looked at.
    """

    invoiced_on: date
    quantity: Decimal
    price: Decimal
    order_price: Decimal | None = None
    ordered: Decimal = ZERO
    delivered: Decimal = ZERO
    before: Decimal = ZERO
    invoiced: Decimal = ZERO
    is_shipped: bool = False
    first_delivery: date | None = None
    last_delivery: date | None = None
    promised: date | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the code of a dispute reason, and the item to contest.

    `days` is how long before the delivery it was invoiced, or how late it was delivered.
    """

    reason: str
    kind: str
    quantity: Decimal
    price_unit: Decimal
    days: int = 0


def find(facts: LineFacts) -> list[Finding]:
    """All that is wrong with one line, each cent once as far as quantities go.

    >>> def found(**values):
    ...     line = dict(invoiced_on=date(2026, 6, 1), quantity=Decimal(10), price=Decimal(12))
    ...     for each in find(LineFacts(**line | values)):
    ...         print(each.reason, each.kind, each.quantity, each.price_unit, each.days)
    >>> found(order_price=Decimal(10))
    price_difference price 10 2 0
    >>> found(ordered=Decimal(10), before=Decimal(10), invoiced=Decimal(20))
    double_billing quantity 10 12 0
    >>> delivered = dict(ordered=Decimal(10), invoiced=Decimal(10), is_shipped=True)
    >>> found(**delivered, delivered=Decimal(7), first_delivery=date(2026, 5, 30))
    not_delivered quantity 3 12 0
    >>> found(**delivered, delivered=Decimal(10), first_delivery=date(2026, 6, 4))
    invoiced_before_delivery line 10 12 3
    """
    findings = []
    if facts.order_price is not None and facts.price > facts.order_price:
        difference = facts.price - facts.order_price
        findings.append(Finding("price_difference", "price", facts.quantity, difference))
    twice = _excess(facts, facts.ordered) if facts.before > 0 else ZERO
    if twice > 0:
        findings.append(Finding("double_billing", "quantity", twice, facts.price))
    if facts.is_shipped:
        findings += _find_in_deliveries(facts, twice)
    return findings


def _excess(facts: LineFacts, allowed: Decimal) -> Decimal:
    """How much of this line is billed beyond what is allowed; credit notes make up for it."""
    return min(facts.quantity, facts.before + facts.quantity - allowed, facts.invoiced - allowed)


def _find_in_deliveries(facts: LineFacts, twice: Decimal) -> list[Finding]:
    findings = []
    missing = _excess(facts, facts.delivered) - max(ZERO, twice)
    if missing > 0:
        findings.append(Finding("not_delivered", "quantity", missing, facts.price))
    whole = ("line", facts.quantity, facts.price)
    if facts.first_delivery and facts.invoiced_on < facts.first_delivery:
        days = (facts.first_delivery - facts.invoiced_on).days
        findings.append(Finding("invoiced_before_delivery", *whole, days))
    if facts.last_delivery and facts.promised and facts.last_delivery > facts.promised:
        days = (facts.last_delivery - facts.promised).days
        findings.append(Finding("late_delivery", *whole, days))
    return findings
