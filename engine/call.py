"""When to call again: before the customer's next payment run."""

import re
from calendar import monthrange
from datetime import date, timedelta

DAY = timedelta(days=1)


def parse_run_days(text: str | None) -> tuple[int, ...]:
    """The days of the month on which a customer pays, as somebody wrote them down.

    >>> parse_run_days("10, 25")
    (10, 25)
    >>> parse_run_days("le 5 et le 45"), parse_run_days(None)
    ((5,), ())
    """
    days = {int(number) for number in re.findall(r"\d+", text or "")}
    return tuple(sorted(day for day in days if 1 <= day <= 31))


def next_payment_run(run_days: tuple[int, ...], today: date) -> date | None:
    """The first payment run after a day; the 31st is the last day of a shorter month.

    >>> next_payment_run((10, 25), date(2026, 6, 10))
    datetime.date(2026, 6, 25)
    >>> next_payment_run((31,), date(2026, 6, 29))
    datetime.date(2026, 6, 30)
    >>> next_payment_run((), date(2026, 6, 29)) is None
    True
    """
    if not run_days:
        return None
    day = today + DAY
    while not any(day.day == min(run, monthrange(day.year, day.month)[1]) for run in run_days):
        day += DAY
    return day
