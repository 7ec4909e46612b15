"""`make backtest`: does the score predict? Each invoice of a ledger, judged on its own day.

The engine is the one that Odoo calls. Prints how well it ranks late payments, next to plain means
and to models that were trained on the file; the last line is JSON.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import backtest_models, backtest_replay, backtest_sensitivity
from .backtest_figures import auc, folds, interval, mean
from .backtest_replay import Case, Judgement, delay
from .replay_ledger import Ledger

USAGE = "usage: make backtest DATA=file.csv [SENSITIVITY=1]"
TRAINED_SHARE = 0.6


def main(options: dict[str, str]) -> int:
    started = time.time()
    source = Path(options.get("DATA", ""))
    if not source.is_file():
        print(f"{source} is not a file.\n{USAGE}", file=sys.stderr)
        return 2
    rows = Ledger(str(source)).rows
    judged = backtest_replay.judge(rows)
    if {True, False} != {each.case.is_late for each in judged}:
        print("Too few invoices to compare: some must be late, some not.", file=sys.stderr)
        return 2
    result = _ranking(judged) | _payment_dates(judged) | _without_channel(rows)
    result |= _classes(judged) | _robustness(judged)
    if options.get("SENSITIVITY"):
        backtest_sensitivity.run(rows, judged)
    print(json.dumps(result | {"seconds": round(time.time() - started, 1)}))
    return 0


# === Ranking late payments ===#


def _ranking(judged: list[Judgement]) -> dict:
    """Areas under the ROC curve for "paid late"."""
    cases = [each.case for each in judged]
    late = [case.is_late for case in cases]
    cut = int(len(judged) * TRAINED_SHARE)
    said = {
        "delay by amount, 0 if early": [_late_by_amount(case) for case in cases],
        "delay by amount": [_mean(case, delay, by_amount=True) for case in cases],
        "mean days to settle": [_mean(case, _days) for case in cases],
        "score": [-each.score.score for each in judged],
        "late probability": [each.forecast.late for each in judged],
    }
    trained = backtest_models.learned(judged, cut)
    whole = {name: auc(values, late) for name, values in said.items()}
    last = {name: auc(values[cut:], late[cut:]) for name, values in said.items()}
    last |= {name: auc(values, late[cut:]) for name, values in trained.items()}
    share = round(100 * (1 - TRAINED_SHARE))
    print(f"\n{len(cases)} invoices, {sum(late)} of them paid late\n")
    print(f"{'area under the ROC curve':<32}{'all':>8}{f'last {share} %':>12}")
    for name in last:
        first = f"{whole[name]:.4f}" if name in whole else "–"
        print(f"  {name:<30}{first:>8}{last[name]:>12.4f}")
    return {
        "invoices": len(cases),
        "auc_score": round(whole["score"], 4),
        "auc_late": round(last["late probability"], 4),
        "auc_late_all": round(whole["late probability"], 4),
        "auc_delay": round(whole["delay by amount, 0 if early"], 4),
        "auc_days": round(whole["mean days to settle"], 4),
        "auc_logistic": round(last["logistic regression, trained"], 4),
        "auc_boosting": round(last["gradient boosting, trained"], 4),
    }


def _days(row) -> int:
    return (row.settled - row.invoiced).days


def _late_by_amount(case: Case) -> float:
    return _mean(case, lambda row: max(0, delay(row)), by_amount=True)


def _mean(case: Case, of: Callable, by_amount: bool = False) -> float:
    """Over what the customer had settled that day."""
    weights = [float(row.amount) if by_amount else 1.0 for row in case.settled]
    pairs = zip(weights, case.settled, strict=True)
    return sum(weight * of(row) for weight, row in pairs) / sum(weights)


# === Expected payment dates ===#


def _payment_dates(judged: list[Judgement]) -> dict:
    errors = {
        "the due date": [each.case.delay for each in judged],
        "the customer's average": [
            each.case.delay - round(_mean(each.case, delay)) for each in judged
        ],
        "the expected date": [
            (each.case.row.settled - each.forecast.expected).days for each in judged
        ],
    }
    means = {name: mean([abs(days) for days in values]) for name, values in errors.items()}
    inside = mean(
        [each.forecast.low <= each.case.row.settled <= each.forecast.high for each in judged]
    )
    print("\nmean absolute error in days")
    for name, value in means.items():
        print(f"  {name:<30}{value:>8.2f}")
    print(f"  {'paid inside the interval':<30}{inside:>8.1%}")
    return {
        "mae_days": round(means["the expected date"], 2),
        "mae_due_date": round(means["the due date"], 2),
        "mae_average": round(means["the customer's average"], 2),
        "inside_interval": round(inside, 3),
    }


def _without_channel(rows: list) -> dict:
    """The same where nobody knows how an invoice was sent, as in Odoo."""
    judged = backtest_replay.judge([dataclasses.replace(row, has_email=True) for row in rows])
    cut = int(len(judged) * TRAINED_SHARE)
    late = [each.case.is_late for each in judged[cut:]]
    area = auc([each.forecast.late for each in judged[cut:]], late)
    days = mean([abs((each.case.row.settled - each.forecast.expected).days) for each in judged])
    print(f"  without the channel: {days:.2f} days, late probability of the last part {area:.4f}")
    return {"auc_late_without_channel": round(area, 4), "mae_days_without_channel": round(days, 2)}


# === Classes ===#


def _classes(judged: list[Judgement]) -> dict:
    """The share of late payments by class; a class without invoices isn't named."""
    print(f"\n{'class':<8}{'invoices':>10}{'paid late':>12}")
    shares = {}
    for letter in "ABCDE":
        late = [each.case.is_late for each in judged if each.score.letter == letter]
        if late:
            shares[letter] = round(mean(late), 3)
        print(f"  {letter:<6}{len(late):>10}" + (f"{mean(late):>12.1%}" if late else f"{'–':>12}"))
    print(f"\n{'said to be late':<18}{'invoices':>10}{'paid late':>12}")
    for low in range(0, 100, 20):
        part = [each for each in judged if low <= 100 * each.forecast.late < low + 20 + low // 80]
        late = f"{mean([each.case.is_late for each in part]):>12.1%}" if part else f"{'–':>12}"
        print(f"  {f'{low} to {low + 20} %':<16}{len(part):>10}{late}")
    return {"late_share_by_class": shares}


# === How sure that is ===#


def _robustness(judged: list[Judgement]) -> dict:
    """Customers redrawn, customers in parts, and the other reading of the disputes."""
    customers = [each.case.row.customer for each in judged]
    late = [each.case.is_late for each in judged]
    cut = int(len(judged) * TRAINED_SHARE)
    score = [-each.score.score for each in judged]
    days = [_mean(each.case, _days) for each in judged]
    probability = [each.forecast.late for each in judged]

    def area(values, first=0):
        def of(places):
            inside = [place for place in places if place >= first]
            return auc([values[place] for place in inside], [late[place] for place in inside])

        return of

    of_score, of_days, of_late = area(score), area(days), area(probability, cut)
    figures = {
        "score": of_score,
        "mean days to settle": of_days,
        "score, more than mean days": lambda places: of_score(places) - of_days(places),
        "late probability, last part": of_late,
    }
    print("\nby customers: 95 of 100 redrawings, and five parts")
    intervals = {}
    for name, of in figures.items():
        low, high = intervals[name] = interval(customers, of)
        parts = "".join(f"{of(part):>8.3f}" for part in folds(customers))
        print(f"  {name:<30}{low:>7.3f} to {high:.3f}  {parts}")
    founded = [-backtest_replay.rate(each.case, founded=True).score for each in judged]
    print(f"  {'score, if all disputes founded':<30}{auc(founded, late):>8.4f}\n")
    return {
        "auc_score_interval": [round(bound, 3) for bound in intervals["score"]],
        "auc_late_interval": [round(b, 3) for b in intervals["late probability, last part"]],
        "auc_score_if_founded": round(auc(founded, late), 4),
    }
