"""The figures of a backtest: how well something ranks, and how sure that is."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence

FOLDS = 5
RESAMPLES = 400


def auc(values: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The area under the ROC curve: how often a case that happened has more than one that didn't.

    A tie counts half: 1, 2, 2, 3 of which the last two happened give 0.875.
    """
    ranked = sorted(zip(values, outcomes, strict=True))
    happened = sum(outcomes)
    ranks, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        middle = (start + 1 + end) / 2
        ranks += middle * sum(outcome for _value, outcome in ranked[start:end])
        start = end
    return (ranks - happened * (happened + 1) / 2) / (happened * (len(ranked) - happened))


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def interval(customers: Sequence[str], figure: Callable[[list[int]], float]) -> tuple[float, float]:
    """The figure, in 95 of 100 redrawings of the customers: each is drawn with all its cases.

    `figure` is computed from the places of the cases.
    """
    places = _by_customer(customers)
    names = sorted(places)
    chance = random.Random(0)
    drawn = sorted(
        figure([place for name in chance.choices(names, k=len(names)) for place in places[name]])
        for _resample in range(RESAMPLES)
    )
    return drawn[RESAMPLES // 40], drawn[-1 - RESAMPLES // 40]


def folds(customers: Sequence[str]) -> list[list[int]]:
    """The places of the cases in parts of about as many customers each."""
    places = _by_customer(customers)
    names = sorted(places)
    return [
        sorted(place for name in names[part::FOLDS] for place in places[name])
        for part in range(FOLDS)
    ]


def _by_customer(customers: Sequence[str]) -> dict[str, list[int]]:
    places = defaultdict(list)
    for place, name in enumerate(customers):
        places[name].append(place)
    return places
