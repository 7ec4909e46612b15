"""What late money costs who waits for it."""

from decimal import Decimal

from .penalty_result import round_once


def get_cost(amount: Decimal, percent: Decimal, days: int, quantum: Decimal) -> Decimal:
    """Interest on an amount at `percent` a year for some days, over 365; never negative.

    >>> get_cost(Decimal(10000), Decimal("4.5"), 30, Decimal("0.01"))
    Decimal('36.99')
    >>> get_cost(Decimal(-500), Decimal("4.5"), 30, Decimal("0.01"))
    Decimal('0.00')
    """
    if amount <= 0 or days <= 0:
        return Decimal(0).quantize(quantum)
    return round_once(amount * percent * days / (100 * 365), quantum)
