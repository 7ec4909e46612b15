"""The formula of the score: components, weights, break points, classes; what is wrong in one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that counts. `weight` in percent of the whole.

    `breaks`: pairs ``(value, points)`` in the order of the values; between two of them points are
    in proportion, beyond the first and the last they stay. Points go from 0 to 100, the best.
    """

    code: str
    weight: float
    breaks: tuple[tuple[float, float], ...]

    def points(self, value: float) -> float:
        """The points of a value, to one decimal.

        >>> Component("delay", 20, ((0, 100), (8, 85), (15, 70), (30, 50))).points(17.8)
        66.3
        """
        breaks = self.breaks
        if value <= breaks[0][0]:
            return tidy(breaks[0][1])
        for (left, high), (right, low) in pairwise(breaks):
            if value <= right:
                return tidy(high + (low - high) * (value - left) / (right - left))
        return tidy(breaks[-1][1])


@dataclass(frozen=True, slots=True)
class Formula:
    """A version of the formula. `classes`: pairs ``(letter, lowest score)``, best first, down to 0.

    A customer with fewer than `min_settled` settled receivables is not rated. One with a legal file
    has `legal_cap` at most; one that is insolvent is in the last class.
    """

    version: int
    components: tuple[Component, ...]
    classes: tuple[tuple[str, float], ...] = (("A", 80), ("B", 65), ("C", 50), ("D", 30), ("E", 0))
    min_settled: int = 3
    legal_cap: float = 30.0

    def class_of(self, score: float) -> str:
        return next(letter for letter, lowest in self.classes if score >= lowest)

    @property
    def insolvency_cap(self) -> float:
        """The highest score of the last class."""
        return tidy(self.classes[-2][1] - 0.1)


def tidy(number: float) -> float:
    """`number` to one decimal, half up, as a person would round it.

    Whatever is stored is rounded first and used rounded, so that it can be recomputed by hand.
    """
    return int(number * 10 + (0.5 + 1e-9 if number >= 0 else -0.5 + 1e-9)) / 10


UP = ((0.0, 0.0), (100.0, 100.0))
DOWN = ((0.0, 100.0), (100.0, 0.0))

# A to G of domain.md 2.7. A is `delay` and `margin`, 35 together; G is `incidents` and
# `solvency`, 5 together.
DEFAULT = Formula(
    version=1,
    components=(
        Component(
            "delay", 20, ((0, 100), (8, 85), (15, 70), (30, 50), (60, 25), (90, 10), (120, 0))
        ),
        Component("margin", 15, ((-15, 100), (15, 0))),
        Component("overdue", 20, DOWN),
        Component("promises", 15, UP),
        Component("effort", 15, ((0, 100), (4, 0))),
        Component("unfounded", 5, ((0, 100), (5, 0))),
        Component("communication", 5, UP),
        Component("incidents", 3, ((0, 100), (4, 0))),
        Component("solvency", 2, UP),
    ),
)

# The components of which more is better. Of the other ones of ours, less is.
RISING = {"promises", "communication", "solvency"}
BUILT_IN = {component.code for component in DEFAULT.components}


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a formula from being used. `params` complete the sentence."""

    code: str
    component: str | None = None
    params: dict = field(default_factory=dict)


def problems(formula: Formula, known: Iterable[str] = ()) -> list[Problem]:
    """Everything that is wrong with a formula; nothing when it may be used.

    `known`: codes of components that other addons bring.
    """
    found = []
    total = sum(component.weight for component in formula.components)
    if abs(total - 100) > 1e-6:
        found.append(Problem("weights_not_100", params={"total": tidy(total)}))
    seen = set()
    allowed = BUILT_IN.union(known)
    for component in formula.components:
        if component.code in seen:
            found.append(Problem("component_twice", component.code))
        seen.add(component.code)
        if component.code not in allowed:
            found.append(Problem("component_unknown", component.code))
        found += _component_problems(component)
    return found + _class_problems(formula)


def _component_problems(component: Component) -> list[Problem]:
    code, breaks = component.code, component.breaks
    found = []
    if component.weight < 0:
        found.append(Problem("weight_negative", code, {"weight": component.weight}))
    if len(breaks) < 2:
        return [*found, Problem("breaks_too_few", code)]
    for (left, _points), (right, _next) in pairwise(breaks):
        if left >= right:
            found.append(Problem("breaks_not_ordered", code, {"left": left, "right": right}))
    for value, points in breaks:
        if not 0 <= points <= 100:
            found.append(Problem("points_out_of_range", code, {"value": value, "points": points}))
    steps = [after - before for (_, before), (_, after) in pairwise(breaks)]
    rises, falls = any(step > 0 for step in steps), any(step < 0 for step in steps)
    if rises and falls:
        found.append(Problem("points_not_one_way", code))
    elif code in BUILT_IN and (falls if code in RISING else rises):
        found.append(Problem("points_wrong_way", code))
    return found


def _class_problems(formula: Formula) -> list[Problem]:
    found = []
    letters = [letter for letter, _lowest in formula.classes]
    bounds = [lowest for _letter, lowest in formula.classes]
    if len(bounds) < 2:
        found.append(Problem("classes_too_few"))
    if len(set(letters)) < len(letters):
        found.append(Problem("class_twice"))
    if bounds and bounds[-1] != 0:
        found.append(Problem("classes_not_from_0", params={"lowest": bounds[-1]}))
    if any(better <= worse for better, worse in pairwise(bounds)):
        found.append(Problem("classes_not_ordered"))
    if any(not 0 <= bound <= 100 for bound in bounds):
        found.append(Problem("class_out_of_range"))
    if formula.min_settled < 1:
        found.append(Problem("min_settled_too_low"))
    if not 0 <= formula.legal_cap <= 100:
        found.append(Problem("legal_cap_out_of_range"))
    return found
