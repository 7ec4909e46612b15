"""Measures planning on a portfolio: ours, and OCA `account_credit_control` beside it.

Imported by a script of Odoo's shell; `env` is its environment.
"""

import gc
import json
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from .bench_disputes import Disputes
from .bench_documents import ON_DATE
from .bench_penalties import Penalties
from .bench_portfolio import figures
from .bench_scores import Scores

# Open disputes; a statement count that grows shows between the two.
FEW_DISPUTES, MANY_DISPUTES = 1_000, 10_000
# Their communications take longer the more there are of them, each: so of some customers only.
PEER_CUSTOMERS, PEER_EMAILS = 2_000, 10
# As the scheduled action does.
LETTER_BATCH = 50


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

    def one_batch(self, run):
        return next(run._prepare_in_batches())

    def whole_run(self):
        """Decide and prepare, as a person's click does; returns the number of notices."""
        return self.notices(self.plan())

    def tie_out(self):
        company = self.runs.env.company
        return self.runs.env["account.receivable"]._tie_out(company)[company]["count"]


class Peer:
    """The neighbour with its default policy, three levels, as the default of the company."""

    def __init__(self, env):
        self.env = env
        self.policy = env.ref("account_credit_control.credit_control_3_time")
        self.communications = env["credit.control.communication"]

    def set_up(self):
        self.policy.account_ids = self.env["account.account"].search(
            [("account_type", "=", "asset_receivable")]
        )
        self.env.company.credit_policy_id = self.policy

    def run(self, _prepared):
        return len(self.generate_lines())

    def generate_lines(self):
        run = self.env["credit.control.run"].create(
            {"date": ON_DATE, "policy_ids": [(6, 0, self.policy.ids)]}
        )
        run.generate_credit_lines()
        run.line_ids.state = "to_be_sent"
        return run.line_ids

    def lines_of(self, customers=None):
        """The lines of so many customers, or of all."""
        self.set_up()
        by_customer = self.generate_lines().grouped("partner_id")
        return self.env["credit.control.line"].union(*list(by_customer.values())[:customers])

    def communicate(self, lines):
        return len(self.communications._generate_comm_from_credit_lines(lines))

    def write_emails(self, lines):
        """Their e-mails, with the PDF of each, put into the mail queue."""
        communications = self.communications._generate_comm_from_credit_lines(lines)
        communications._generate_emails()
        return len(communications)


def measure_all(env, report_url) -> None:
    """Measure everything; the result is printed for `odoo.run`.

    :param report_url: of a server that has the styles of printed pages.
    """
    env["ir.config_parameter"].set_param("report.url", report_url)
    env.cr.commit()
    ours, peer = Ours(env), Peer(env)
    once = {"repetitions": 1, "warm_up": False}
    steps = {
        "plan": lambda: measure(env, ours.first_run),
        "next_day": lambda: measure(env, ours.next_day, prepare=ours.plan),
        "dry_run": lambda: measure(env, ours.dry_run),
        "tie_out": lambda: measure(env, ours.tie_out),
        "notices": lambda: measure(env, ours.notices, prepare=ours.plan, repetitions=2),
        "batch": lambda: measure(env, ours.one_batch, prepare=ours.plan, repetitions=1),
        "peer": lambda: measure(env, peer.run, prepare=peer.set_up, repetitions=2),
        "peer_communications": lambda: measure(
            env, peer.communicate, prepare=peer.lines_of, **once
        ),
        "peer_emails": lambda: measure(
            env, peer.write_emails, prepare=lambda: peer.lines_of(PEER_EMAILS), **once
        ),
        **dispute_steps(env, MANY_DISPUTES),
        **penalty_steps(env),
        **score_steps(env),
    }
    _print_result(env, steps)


def measure_some(env) -> None:
    """Measure what is compared between sizes; the result is printed for `odoo.run`."""
    ours = Ours(env)
    steps = {
        "plan": lambda: measure(env, ours.first_run),
        "batch": lambda: measure(env, ours.one_batch, prepare=ours.plan, repetitions=1),
    }
    _print_result(env, steps | dispute_steps(env, FEW_DISPUTES) | penalty_steps(env))


def first_run(env) -> None:
    """Leave the notices of a run in the database, without their PDF."""
    print("RESULT", json.dumps({"notices": Ours(env).whole_run()}))
    env.cr.commit()


def measure_second_run(env) -> None:
    """Decide and prepare once more on the same day, after :func:`first_run`, as in life."""
    print("RESULT", json.dumps(vars(measure(env, Ours(env).whole_run, repetitions=3))))


def measure_letters(env, report_url, count) -> None:
    """Render and freeze `count` letters in the batches of the scheduled action, each committed."""
    env["ir.config_parameter"].set_param("report.url", report_url)
    notices = env["account.dunning.notice"]
    domain = [*notices._get_domain_to_process(ON_DATE), ("attachment_id", "=", False)]
    done, start = 0, time.perf_counter()
    while done < count:
        batch = notices.search(domain, limit=min(LETTER_BATCH, count - done))
        if not batch:
            break
        batch._render_pdf()
        env.cr.commit()
        done += len(batch)
        if done % 500 < LETTER_BATCH:
            print(f"· {done:,} letters, {_peak_mb():,.0f} MB at most", flush=True)
    seconds = time.perf_counter() - start
    print("RESULT", json.dumps({"letters": done, "seconds": seconds, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """The most memory that this process has held, and the largest wkhtmltopdf beside it."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_maxrss for each in usage) / 1024


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


def penalty_steps(env) -> dict[str, Callable[[], Measure]]:
    penalties = Penalties(env)
    prepare = penalties.set_up
    return {
        "penalty_facts": lambda: measure(env, penalties.facts, prepare),
        "penalties": lambda: measure(env, penalties.compute, prepare),
        "penalty_ledger": lambda: measure(env, penalties.refresh, prepare, repetitions=1),
    }


def score_steps(env) -> dict[str, Callable[[], Measure]]:
    scores = Scores(env)
    return {
        "score_facts": lambda: measure(env, scores.facts),
        "score_job": lambda: measure(env, scores.job, repetitions=2),
        "score_next_day": lambda: measure(
            env, scores.next_day, prepare=scores.job, repetitions=1, warm_up=False
        ),
    }


def _vacuum(env) -> None:
    """Every repetition is rolled back, and leaves dead rows that no real day would."""
    with env.registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM ANALYZE")


def _print_result(env, steps: dict[str, Callable[[], Measure]]) -> None:
    measures = {}
    for name, step in steps.items():
        _vacuum(env)
        measures[name] = vars(step())
        print(f"· {name.replace('_', ' ')}: {measures[name]['seconds']:.2f} s", flush=True)
    result = {"portfolio": figures(env), "measures": measures}
    print("RESULT", json.dumps(result, default=float))
