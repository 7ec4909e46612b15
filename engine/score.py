"""The score of a customer: how it pays, from 0 to 100, with its working (S0.21 to S0.24).

Each component is measured, its value rounded and turned into points by its break points; the score
is the mean of the points by weight, over the components that have data. What is stored is enough
to compute it again by hand. It depends on the customer's own facts and on the formula only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .score_facts import OVERDUE_BANDS, YEAR, CustomerFacts
from .score_formula import Component, Formula, tidy

NOT_RATED = "NR"
# Promises are smoothed as if two more had been due, 70 % of them kept.
PRIOR_PROMISES, PRIOR_KEPT = 2.0, 1.4
# The margin is smoothed by one more invoice, paid on its due date.
PRIOR_INVOICES = 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """What a component found. `value` is None without data.

    `reason` is the code of a sentence and `params` what completes it, so that the reader gets it in
    his language. Another addon's component gives one of these; `points`, where it has its own way
    to give them, replaces those of the break points.
    """

    value: float | None
    reason: str
    params: Mapping = field(default_factory=dict)
    points: float | None = None


@dataclass(frozen=True, slots=True)
class ComponentResult:
    """One component of a score. `points` is None without data; `value` has one decimal.

    `share`: its weight in percent, once those of the components without data are spread.
    """

    code: str
    weight: float
    value: float | None
    points: float | None
    share: float
    reason: str
    params: Mapping


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """`score` is None when the customer is not rated.

    score = Σ (points × weight) ÷ Σ weight, over the components with points, to one decimal; at most
    what `cap` allows. `confidence`: Σ weight of these components, in percent. `dispute_propensity`:
    contested in percent of invoiced, None without invoice; it is in no component.
    """

    customer: int
    version: int
    score: float | None
    letter: str
    confidence: float
    components: tuple[ComponentResult, ...]
    dispute_propensity: float | None = None
    cap: str | None = None  # "legal" or "insolvency"
    uncapped: float | None = None


def score(
    facts: CustomerFacts, formula: Formula, extra: Mapping[str, Measure] | None = None
) -> ScoreResult:
    """The score of one customer. `extra`: measures of components that are not ours, by code.

    The formula is one without :func:`~.score_formula.problems`.
    """
    measured = []
    known = total = 0.0
    for component in formula.components:
        measure = _measure(component.code, facts, extra or {})
        value, points = _rate(component, measure)
        measured.append((component, measure, value, points))
        if points is not None:
            known += component.weight
            total += component.weight * points
    is_rated = facts.settled >= formula.min_settled and known > 0
    uncapped = tidy(total / known) if is_rated else None
    result, letter, cap = _conclude(facts, formula, uncapped)
    return ScoreResult(
        customer=facts.customer,
        version=formula.version,
        score=result,
        letter=letter,
        confidence=tidy(known),
        components=tuple(_result(*each, known) for each in measured),
        dispute_propensity=_dispute_propensity(facts),
        cap=cap,
        uncapped=uncapped,
    )


def _result(
    component: Component,
    measure: Measure,
    value: float | None,
    points: float | None,
    known: float,
) -> ComponentResult:
    return ComponentResult(
        code=component.code,
        weight=component.weight,
        value=value,
        points=points,
        share=tidy(100 * component.weight / known) if points is not None and known else 0.0,
        reason=measure.reason,
        params=measure.params,
    )


def _dispute_propensity(facts: CustomerFacts) -> float | None:
    if facts.invoiced <= 0:
        return None
    return tidy(100 * min(facts.contested / facts.invoiced, 1))


def _rate(component: Component, measure: Measure) -> tuple[float | None, float | None]:
    if measure.value is None:
        return None, None
    value = tidy(measure.value)
    if measure.points is not None:
        return value, tidy(min(100.0, max(0.0, measure.points)))
    return value, component.points(value)


def _conclude(
    facts: CustomerFacts, formula: Formula, uncapped: float | None
) -> tuple[float | None, str, str | None]:
    """The score, its class and what caps it. An insolvent customer is in the last class, rated or
    not."""
    if facts.insolvent:
        cap, highest = "insolvency", formula.insolvency_cap
    elif facts.legal_file:
        cap, highest = "legal", formula.legal_cap
    else:
        cap, highest = None, 100.0
    if uncapped is None:
        return (None, formula.classes[-1][0], cap) if facts.insolvent else (None, NOT_RATED, None)
    result = min(uncapped, highest)
    return result, formula.class_of(result), cap if result < uncapped else None


# === What each component measures ===#


def _measure(code: str, facts: CustomerFacts, extra: Mapping[str, Measure]) -> Measure:
    """A component that nobody measures has no data: its addon may have been uninstalled."""
    measure = MEASURES.get(code)
    if measure:
        return measure(facts)
    return extra.get(code) or Measure(None, "not_measured")


def _delay(facts: CustomerFacts) -> Measure:
    """Days late on average, by amount, over 12 months."""
    days = facts.by_amount.mean()
    if days is None:
        return Measure(None, "nothing_due")
    reason = "late_on_average" if tidy(days) > 0 else "on_time_on_average"
    return Measure(days, reason, {"days": abs(tidy(days)), "count": facts.by_amount.count})


def _margin(facts: CustomerFacts) -> Measure:
    """Days around the due date, each invoice within half a month, the latest counting most."""
    days = facts.by_invoice.mean(PRIOR_INVOICES)
    if days is None:
        return Measure(None, "nothing_due")
    reason = "usually_after" if tidy(days) > 0 else "usually_before"
    return Measure(days, reason, {"days": abs(tidy(days)), "count": facts.by_invoice.count})


def _overdue(facts: CustomerFacts) -> Measure:
    """What is overdue now, by age, in percent of what was to be paid lately."""
    late = sum(
        weight * amount for (_, weight), amount in zip(OVERDUE_BANDS, facts.overdue, strict=True)
    )
    if late <= 0:
        return Measure(0.0, "nothing_overdue")
    percent = 100 * late / max(late, facts.recent)
    return Measure(percent, "overdue", {"amount": sum(facts.overdue), "percent": tidy(percent)})


def _promises(facts: CustomerFacts) -> Measure:
    """What was kept of promises and instalments, in percent, smoothed."""
    if facts.promises_due <= 0:
        return Measure(None, "no_promise")
    percent = 100 * (facts.promises_kept + PRIOR_KEPT) / (facts.promises_due + PRIOR_PROMISES)
    params = {"kept": tidy(facts.promises_kept), "due": tidy(facts.promises_due)}
    return Measure(percent, "promises", params)


def _effort(facts: CustomerFacts) -> Measure:
    """The highest reminder level that a receivable needed, on average."""
    if facts.reminded <= 0:
        return Measure(None, "nobody_reminded")
    level = facts.reminder_levels / facts.reminded
    reason = "reminded" if facts.reminder_levels > 0 else "never_reminded"
    return Measure(level, reason, {"level": tidy(level), "count": facts.reminded})


def _unfounded(facts: CustomerFacts) -> Measure:
    """Amounts in unfounded disputes, in percent of what was invoiced."""
    if facts.invoiced <= 0:
        return Measure(None, "nothing_invoiced")
    percent = 100 * facts.unfounded / facts.invoiced
    reason = "unfounded" if facts.unfounded > 0 else "none_unfounded"
    return Measure(percent, reason, {"amount": facts.unfounded, "percent": tidy(percent)})


def _communication(facts: CustomerFacts) -> Measure:
    """Contacts answered, in percent; a contact verified in 12 months counts like an answer."""
    verified = facts.contact_verified_on
    is_verified = verified is not None and 0 <= (facts.on_date - verified).days <= YEAR
    contacts, answered = facts.contacts + is_verified, facts.answered + is_verified
    if contacts <= 0:
        return Measure(None, "no_contact")
    params = {"answered": facts.answered, "contacts": facts.contacts, "verified": is_verified}
    return Measure(100 * min(answered / contacts, 1), "answered", params)


def _incidents(facts: CustomerFacts) -> Measure:
    """Rejected payments."""
    count = facts.rejected_payments
    if count is None:
        return Measure(None, "no_payment")
    return Measure(float(count), "rejected" if count else "none_rejected", {"count": count})


def _solvency(facts: CustomerFacts) -> Measure:
    """A solvency value of somebody else's, of the last 12 months."""
    if facts.external_value is None or facts.external_on is None:
        return Measure(None, "no_solvency")
    params = {"value": facts.external_value, "on": facts.external_on}
    if not 0 <= (facts.on_date - facts.external_on).days <= YEAR:
        return Measure(None, "solvency_too_old", params)
    return Measure(facts.external_value, "solvency", params)


MEASURES = {
    "delay": _delay,
    "margin": _margin,
    "overdue": _overdue,
    "promises": _promises,
    "effort": _effort,
    "unfounded": _unfounded,
    "communication": _communication,
    "incidents": _incidents,
    "solvency": _solvency,
}
