"""Measures planning on a portfolio: ours, and OCA `account_credit_control` beside it.

Imported by a script of Odoo's shell; `env` is its environment.
"""

import gc
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from .bench_disputes import Disputes
from .bench_documents import ON_DATE
from .bench_portfolio import figures

# Open disputes; a statement count that grows shows between the two.
FEW_DISPUTES, MANY_DISPUTES = 1_000, 10_000


@dataclass(frozen=True)
class Measure:
    """The quickest of several repetitions: what the work costs when nothing else runs.

    `rows` is what the last one returned.
    """

    seconds: float
    statements: int
    rows: int


def measure(env, action, prepare=None, repetitions=5, warm_up=True) -> Measure:
    """Time `action(prepare())`, after one run to warm up.

    Each repetition is rolled back, so that each does the full work. Nothing stays unflushed
    within the time.
    """
    seconds, statements = [], []
    for _repetition in range(repetitions + warm_up):
        prepared = prepare() if prepare else None
        env.flush_all()
        gc.collect()
        statements_before, start = env.cr.sql_log_count, time.perf_counter()
        rows = action(prepared) if prepare else action()
        env.flush_all()
        seconds.append(time.perf_counter() - start)
        statements.append(env.cr.sql_log_count - statements_before)
        env.cr.rollback()
    return Measure(min(seconds[warm_up:]), min(statements[warm_up:]), rows)


class Ours:
    def __init__(self, env):
        self.runs = env["account.dunning.run"]

    def plan(self, on_date=ON_DATE, dry=False):
        """Create a run, and plan it; returns it."""
        run = self.runs.create(
            {"company_id": self.runs.env.company.id, "date": on_date, "is_dry": dry}
        )
        run._plan()
        return run

    def first_run(self):
        return self.plan().receivable_count

    def dry_run(self):
        return self.plan(dry=True).receivable_count

    def next_day(self, _run):
        return self.plan(ON_DATE + timedelta(days=1)).receivable_count

    def notices(self, run):
        return sum(run._prepare_in_batches())

    def tie_out(self):
        company = self.runs.env.company
        return self.runs.env["account.receivable"]._tie_out(company)[company]["count"]


class Peer:
    """The neighbour with its default policy, three levels, as the default of the company."""

    def __init__(self, env):
        self.env = env
        self.policy = env.ref("account_credit_control.credit_control_3_time")

    def set_up(self):
        self.policy.account_ids = self.env["account.account"].search(
            [("account_type", "=", "asset_receivable")]
        )
        self.env.company.credit_policy_id = self.policy

    def run(self, _prepared):
        run = self.env["credit.control.run"].create(
            {"date": ON_DATE, "policy_ids": [(6, 0, self.policy.ids)]}
        )
        run.generate_credit_lines()
        return len(run.line_ids)


def measure_all(env) -> None:
    """Measure everything; the result is printed for `odoo.run`."""
    ours, peer = Ours(env), Peer(env)
    steps = {
        "plan": lambda: measure(env, ours.first_run),
        "peer": lambda: measure(env, peer.run, prepare=peer.set_up, repetitions=2),
        "next_day": lambda: measure(env, ours.next_day, prepare=ours.plan),
        "dry_run": lambda: measure(env, ours.dry_run),
        "tie_out": lambda: measure(env, ours.tie_out),
        "notices": lambda: measure(
            env, ours.notices, prepare=ours.plan, repetitions=1, warm_up=False
        ),
        **dispute_steps(env, MANY_DISPUTES),
    }
    _print_result(env, steps)


def measure_some(env) -> None:
    """Measure what is compared between sizes; the result is printed for `odoo.run`."""
    plan = {"plan": lambda: measure(env, Ours(env).first_run)}
    _print_result(env, plan | dispute_steps(env, FEW_DISPUTES))


def dispute_steps(env, count) -> dict[str, Callable[[], Measure]]:
    disputes = Disputes(env, count)
    return {
        "disputes_board": lambda: measure(
            env, disputes.board, prepare=disputes.set_up, repetitions=2
        ),
        "disputes_escalation": lambda: measure(
            env, disputes.escalation, prepare=disputes.set_up, repetitions=2
        ),
    }


def _print_result(env, steps: dict[str, Callable[[], Measure]]) -> None:
    measures = {}
    for name, step in steps.items():
        measures[name] = vars(step())
        print(f"· {name.replace('_', ' ')}: {measures[name]['seconds']:.2f} s", flush=True)
    result = {"portfolio": figures(env), "measures": measures}
    print("RESULT", json.dumps(result, default=float))
