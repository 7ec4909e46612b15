"""Each invoice of a ledger as it was judged on its own day, from what was known in the morning."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from engine.payment_date import CONTESTED, Forecast, Segment, Sums, forecast, habit, segment
from engine.score import ScoreResult, score
from engine.score_facts import Item, recency, summarise
from engine.score_formula import DEFAULT, Formula

from .replay_ledger import Row

POST = "post"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """An invoice on its day, and the customer's earlier ones; what became of it is in `row`."""

    row: Row
    settled: tuple[Row, ...]  # before that day
    open: tuple[Row, ...]

    @property
    def day(self) -> date:
        return self.row.invoiced

    @property
    def delay(self) -> int:
        return delay(self.row)

    @property
    def is_late(self) -> bool:
        return self.delay > 0


@dataclass(frozen=True)
class Judgement:
    """What our engine said of a case. `score` is that of the customer."""

    case: Case
    score: ScoreResult
    forecast: Forecast


def delay(row: Row) -> int:
    """Days after the due date; negative when early."""
    return (row.settled - row.due).days


def cases(rows: Iterable[Row]) -> list[Case]:
    """The invoices whose customer had enough settled ones that day to be rated, by date.

    A payment of the day itself isn't known when its invoices are made. An invoice that is never
    settled in the file says nothing to compare with.
    """
    by_customer = defaultdict(list)
    for row in rows:
        by_customer[row.customer].append(row)
    found = []
    for row in sorted(rows, key=lambda each: (each.invoiced, each.number)):
        earlier = [each for each in by_customer[row.customer] if each.invoiced < row.invoiced]
        eve = row.invoiced - DAY
        settled = tuple(each for each in earlier if each.is_settled(eve))
        still_open = tuple(each for each in earlier if not each.is_settled(eve))
        if row.settled and len(settled) >= DEFAULT.min_settled:
            found.append(Case(row, settled, still_open))
    return found


def judge(rows: list[Row], formula: Formula = DEFAULT) -> list[Judgement]:
    """What the engine says of each case with its shipped constants."""
    judged = []
    portfolio = _Portfolio(rows)
    for case in cases(rows):
        within = portfolio.segment(case.day)
        own = habit(portfolio.histories[case.row.customer], within)
        traits = frozenset() if case.row.has_email else frozenset([POST])
        said = forecast(own, within, case.row.due, case.day, traits)
        judged.append(Judgement(case, rate(case, formula), said))
    return judged


def rate(case: Case, formula: Formula = DEFAULT, founded: bool = False) -> ScoreResult:
    """The customer's score that day, from its receivables alone: the file says no more of it.

    The file doesn't say what became of a dispute. With `founded`, each counts as founded in full
    from the day on which the invoice was settled, and as unknown before.
    """
    items = [_item(row, row.settled, founded and row.is_disputed) for row in case.settled]
    items += [_item(row, None, False) for row in case.open]
    return score(summarise(0, items, case.day), formula)


def _item(row: Row, settled: date | None, contested: bool) -> Item:
    amount = float(row.amount)
    return Item(
        amount, row.due, settled, row.invoiced, contested_amount=amount if contested else 0.0
    )


class _Portfolio:
    """The histories of all customers, as known on one day after the other."""

    def __init__(self, rows: list[Row]):
        self.rows = rows
        self.day: date | None = None
        self.histories: dict[str, dict[frozenset[str], Sums]] = {}

    def segment(self, day: date) -> Segment:
        if day != self.day:
            self.day = day
            self.histories = self._histories(day)
            self._segment = segment(self.histories.values())
        return self._segment

    def _histories(self, day: date) -> dict[str, dict[frozenset[str], Sums]]:
        cells = defaultdict(lambda: defaultdict(list))
        for row in self.rows:
            if row.is_settled(day - DAY):
                traits = {POST} if not row.has_email else set()
                traits |= {CONTESTED} if row.is_disputed else set()
                pair = (recency(row.due, day), delay(row))
                cells[row.customer][frozenset(traits)].append(pair)
        return {
            customer: {traits: _sums(pairs) for traits, pairs in each.items()}
            for customer, each in cells.items()
        }


def _sums(pairs: list[tuple[float, int]]) -> Sums:
    return Sums(
        count=len(pairs),
        weight=sum(weight for weight, _days in pairs),
        total=sum(weight * days for weight, days in pairs),
        squares=sum(weight * days * days for weight, days in pairs),
    )
