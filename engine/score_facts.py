"""What a customer's score is made from: one row of sums per customer, and what they sum.

Amounts are in the company's currency; only their ratios count. Days are after the due date:
negative is early. A score is no money: figures are floats (the statement casts its sums), rounded
to one decimal where they are stored.

The statement that reads the ledger sums in the database. :func:`summarise` is the same definition
in Python: the tests compare the two, and the backtest uses it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

YEAR = 365  # days: "12 months" in every definition below
TWO_YEARS = 2 * YEAR
# An invoice that fell due a year ago says half as much about the next one as one of today.
HALF_LIFE = YEAR
# A delay counts in the margin up to half a month either way: one odd invoice decides nothing.
MARGIN_DAYS = 15
# What was to be paid lately: three months, as a quarter's sales make an ordinary balance.
RECENT_DAYS = 90
# The bands of what is overdue, in days, and how much of it counts as late (domain.md 2.7 B).
OVERDUE_BANDS = ((15, 0.25), (30, 0.5), (60, 0.75), (None, 1.0))


@dataclass(frozen=True, slots=True)
class Item:
    """One receivable (an invoice, or one instalment) of a customer.

    `settled`: the day it was paid in full; a day after the score's is not known yet.
    `contested_days`: days after the due date inside disputes that are open, or that were founded
    wholly or in part: they are nobody's delay. `contested_amount`: the part of `amount` in such
    disputes. A dispute closed as unfounded is in neither.
    """

    amount: float
    due: date
    settled: date | None = None
    invoiced_on: date | None = None
    contested_days: int = 0
    contested_amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Delays:
    """A weighted mean of net delays, kept as its sums.

    `weight` and `total` (Σ weight × delay) are of what counts whatever it says. `favourable`,
    pairs ``(weight, delay)``, counts only where it betters the mean: what is or was rightly
    contested, and what was paid before a due date that is not past yet. So founding a dispute, or
    paying early, can't make a customer worse. `count`: receivables in both.
    """

    weight: float = 0.0
    total: float = 0.0
    favourable: tuple[tuple[float, float], ...] = ()
    count: int = 0

    def mean(self, prior: float = 0.0) -> float | None:
        """Days; the best for the customer over what may be left out. None without a receivable.

        `prior`: the weight of one more invoice, paid on its due date. Where nothing counts but
        what is favourable, the customer is on time at worst.

        >>> Delays(weight=4, total=40, favourable=((1, 5), (1, 50)), count=6).mean()
        9.0
        """
        if not self.count:
            return None
        weight, total = self.weight + prior, self.total
        if weight <= 0:
            return min((0.0, *(delay for _weight, delay in self.favourable)))
        for extra, delay in sorted(self.favourable, key=lambda pair: pair[1]):
            if delay * weight >= total:
                break
            weight, total = weight + extra, total + extra * delay
        return total / weight


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """All that the score of one customer needs on one day, in one row.

    Receivables belong to a period by their due date, which no payment moves: those that fell due in
    it, settled or not, and those settled before a due date that is not past yet. Credit notes are
    not receivables.
    """

    customer: int
    on_date: date
    settled: int = 0  # receivables settled, of 24 months

    # Punctuality. Net delay = (settled or today − due) − contested days, see `net_delay`.
    by_amount: Delays = Delays()  # 12 months; weight: the amount
    by_invoice: Delays = Delays()  # 24 months; weight: recency; delays within ± MARGIN_DAYS

    # Today: what is overdue to claim, however old, in each of OVERDUE_BANDS by its net delay; and
    # the amount of what fell due in the last RECENT_DAYS or later, paid and contested included.
    overdue: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    recent: float = 0.0

    # Promises and instalments fallen due in 24 months; a partly kept one counts its paid share.
    promises_due: float = 0.0
    promises_kept: float = 0.0

    # Receivables fallen due in 12 months, and Σ of the highest reminder level (0 to 4) that each
    # had before it was settled, 0 where it was contested. No count where nobody is reminded.
    reminded: int = 0
    reminder_levels: float = 0.0

    # Amounts of 12 months: invoiced; contested, whatever became of it; in unfounded disputes.
    invoiced: float = 0.0
    contested: float = 0.0
    unfounded: float = 0.0

    # Contacts of 12 months that called for an answer, and those that had one.
    contacts: int = 0
    answered: int = 0
    contact_verified_on: date | None = None

    rejected_payments: int | None = None  # of 12 months; None where no payment is known
    external_value: float | None = None  # a solvency figure of somebody else's, and its day
    external_on: date | None = None

    insolvent: bool = False
    legal_file: bool = False


def net_delay(item: Item, on_date: date) -> int:
    """Days after the due date, less the contested ones, which never make it early.

    An open receivable has today's delay.
    """
    known = item.settled is not None and item.settled <= on_date
    delay = ((item.settled if known else on_date) - item.due).days
    return delay - min(item.contested_days, max(delay, 0))


def recency(due: date, on_date: date) -> float:
    """The weight of a receivable by the age of its due date: 1 today, halved each `HALF_LIFE`."""
    return 0.5 ** (max((on_date - due).days, 0) / HALF_LIFE)


def summarise(customer: int, items: Iterable[Item], on_date: date) -> CustomerFacts:
    """The facts that are in the receivables alone, whatever else is known of the customer.

    Receivables that were invoiced after `on_date` are not known yet.
    """
    sums = _Sums(on_date)
    for item in items:
        if item.invoiced_on is None or item.invoiced_on <= on_date:
            sums.add(item)
    return CustomerFacts(
        customer=customer,
        on_date=on_date,
        settled=sums.settled,
        by_amount=Delays(*sums.by_amount, tuple(sums.favourable_amounts), sums.counts[YEAR]),
        by_invoice=Delays(*sums.by_invoice, tuple(sums.favourable), sums.counts[TWO_YEARS]),
        overdue=tuple(sums.overdue),
        recent=sums.recent,
    )


class _Sums:
    """Running sums over one customer's receivables."""

    def __init__(self, on_date: date):
        self.on_date = on_date
        self.settled = 0
        self.by_amount = [0.0, 0.0]
        self.by_invoice = [0.0, 0.0]
        self.favourable_amounts: list[tuple[float, float]] = []
        self.favourable: list[tuple[float, float]] = []
        self.counts = {YEAR: 0, TWO_YEARS: 0}
        self.overdue = [0.0] * len(OVERDUE_BANDS)
        self.recent = 0.0

    def add(self, item: Item) -> None:
        if item.amount <= 0:
            return
        age = (self.on_date - item.due).days
        is_open = item.settled is None or item.settled > self.on_date
        delay = net_delay(item, self.on_date)
        if age <= RECENT_DAYS:
            self.recent += item.amount
        if is_open and delay > 0:
            band = next(i for i, (last, _) in enumerate(OVERDUE_BANDS) if not last or delay <= last)
            self.overdue[band] += item.amount - item.contested_amount
        if is_open and age <= 0:
            return  # nothing is known of how it will be paid
        if age <= YEAR:
            self.counts[YEAR] += 1
            self._put(self.by_amount, self.favourable_amounts, item, item.amount, delay)
        if age <= TWO_YEARS:
            self.settled += not is_open
            self.counts[TWO_YEARS] += 1
            limited = max(-MARGIN_DAYS, min(MARGIN_DAYS, delay))
            weight = recency(item.due, self.on_date)
            self._put(self.by_invoice, self.favourable, item, weight, limited)

    def _put(self, sums, favourable, item: Item, weight: float, delay: float) -> None:
        """Count `weight`, but the contested share of it only where it favours the customer."""
        share = 0.0  # paid before its due date
        if item.due < self.on_date:
            share = 1 - item.contested_amount / item.amount
        if share > 0:
            sums[0] += weight * share
            sums[1] += weight * share * delay
        if share < 1:
            favourable.append((weight * (1 - share), delay))
