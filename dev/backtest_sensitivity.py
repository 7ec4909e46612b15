"""What each constant of the engine is worth: other values of it, and what choosing it would bring.

A constant is chosen by customers: for each fifth of them, the value that does best for the other
four fifths. If that ranks no better than the shipped value, nothing was tuned on the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from engine import payment_date, score, score_facts
from engine.score_formula import DEFAULT

from .backtest_figures import auc, folds, mean
from .backtest_replay import Judgement, judge
from .replay_ledger import Row

# The constant, and values around the shipped one.
CONSTANTS = (
    (score_facts, "HALF_LIFE", (180, 270, 365, 545, 730)),
    (score_facts, "MARGIN_DAYS", (10, 15, 20, 30)),
    (score_facts, "RECENT_DAYS", (60, 90, 180)),
    (score, "PRIOR_INVOICES", (0.5, 1.0, 2.0, 3.0)),
    (payment_date, "PRIOR_EFFECT", (1.0, 2.0, 5.0, 10.0)),
    (payment_date, "PRIOR_CONTESTED", (1.0, 2.0, 4.0, 8.0)),
    (payment_date, "PRIOR_SPREAD", (5.0, 10.0, 20.0)),
)
DELAY_AND_MARGIN = ((25, 10), (20, 15), (15, 20), (10, 25))


@dataclass(frozen=True)
class Figures:
    """Of the cases at some places: the areas of the score and of late, and the error in days."""

    score: float
    late: float
    days: float


def run(rows: list[Row], shipped: list[Judgement]) -> None:
    """Print one table of constants."""
    print("\n                            score    late  days   (* shipped; all invoices)")
    for label, variants in _tables(rows, shipped):
        for value, judged in variants.items():
            mark = "*" if judged is shipped else " "
            print(f"{mark} {label:<16}{value!s:>8}  {_show(_figures(judged))}")
        print(f"  {label:<16}{'chosen':>8}  {_show(_chosen(list(variants.values())))}")


def _tables(rows: list[Row], shipped: list[Judgement]) -> Iterator[tuple[str, dict]]:
    for module, name, values in CONSTANTS:
        variants = {}
        for value in values:
            if value == getattr(module, name):
                variants[value] = shipped
            else:
                with _set(module, name, value):
                    variants[value] = judge(rows)
        yield name, variants
    weights = {}
    for delay, margin in DELAY_AND_MARGIN:
        first, second, *others = DEFAULT.components
        components = (replace(first, weight=delay), replace(second, weight=margin), *others)
        formula = replace(DEFAULT, components=components)
        is_shipped = formula == DEFAULT
        weights[f"{delay}/{margin}"] = shipped if is_shipped else judge(rows, formula)
    yield "delay/margin", weights


@contextmanager
def _set(module, name: str, value: float) -> Iterator[None]:
    shipped = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, shipped)


def _figures(judged: list[Judgement]) -> Figures:
    late = [each.case.is_late for each in judged]
    return Figures(
        score=auc([-each.score.score for each in judged], late),
        late=auc([each.forecast.late for each in judged], late),
        days=mean([abs((each.case.row.settled - each.forecast.expected).days) for each in judged]),
    )


def _chosen(variants: list[list[Judgement]]) -> Figures:
    """For each fifth of the customers, what did best for the others; one choice per figure."""
    parts = folds([each.case.row.customer for each in variants[0]])
    every = set(range(len(variants[0])))
    best = {
        "score": lambda figures: -figures.score,
        "late": lambda figures: -figures.late,
        "days": lambda figures: figures.days,
    }
    found = {}
    for name, cost in best.items():
        picked = {}
        for part in parts:
            others = sorted(every - set(part))
            choice = min(variants, key=lambda judged: cost(_figures([judged[i] for i in others])))
            picked |= {place: choice[place] for place in part}
        found[name] = getattr(_figures([picked[place] for place in sorted(picked)]), name)
    return Figures(**found)


def _show(figures: Figures) -> str:
    return f"{figures.score:.4f}  {figures.late:.4f}  {figures.days:.2f}"
