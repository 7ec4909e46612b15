"""What learns from the file itself, for comparison: logistic regression and gradient boosting.

They are given what our engine knew on each day, are trained on the first part of the cases, whose
outcome they see, and asked for the probability of a late payment in the rest.
"""

import sys

from . import provision
from .backtest_replay import Judgement


def learned(judged: list[Judgement], cut: int) -> dict[str, list[float]]:
    """The probabilities of being late from case `cut` on, by the name of the model."""
    sys.path.append(str(provision.backtest_packages()))
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = [_known(each) for each in judged]
    late = [each.case.is_late for each in judged]
    models = {
        "logistic regression, trained": make_pipeline(
            StandardScaler(), LogisticRegression(max_iter=1000)
        ),
        "gradient boosting, trained": GradientBoostingClassifier(random_state=0),
    }
    found = {}
    for name, model in models.items():
        model.fit(rows[:cut], late[:cut])
        found[name] = [float(pair[1]) for pair in model.predict_proba(rows[cut:])]
    return found


def _known(judged: Judgement) -> list[float]:
    """The facts of one case, as numbers."""
    case, habit = judged.case, judged.forecast.habit
    values = {each.code: each.value for each in judged.score.components}
    amounts = [float(row.amount) for row in case.settled]
    late = sum(row.settled > row.due for row in case.settled)
    return [
        values["delay"] or 0.0,
        values["margin"] or 0.0,
        values["overdue"] or 0.0,
        late / len(case.settled),
        habit.own or 0.0,
        habit.variance,
        habit.contested,
        float(len(case.settled)),
        float(len(case.open)),
        float(case.row.amount) * len(amounts) / sum(amounts),
        float(not case.row.has_email),
    ]
