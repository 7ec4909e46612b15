"""The days of a replay: what becomes known, the jobs, and the collector; in ``odoo shell``."""

import json
from datetime import date, timedelta

from .demo_collector import Collector
from .demo_day import say, set_up
from .demo_people import Clock
from .replay_checks import Checks
from .replay_ledger import Ledger, as_file

JOBS = ("cron_dunning_daily", "cron_dunning_formal_expired", "cron_dunning_notices")


def play(env, source: str, since: str, until: str, smtp_port: int) -> None:
    """Play the days from `since` to `until`; prints the result as JSON."""
    company = set_up(env, smtp_port)
    # Nobody serves the styles of letters here, and nobody looks at them.
    env["ir.config_parameter"].set_param("report.url", "http://127.0.0.1:9")
    company.write({"dispute_acknowledge": False})
    # The books are taken over by a person, who then owns the invoices and the disputes.
    env = env(user=env.ref("base.user_admin"))
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    replay = Replay(env, company.with_env(env), Ledger(source))
    with Clock(env, first).running() as clock:
        for number in range((last - first).days + 1):
            clock.move_to(-number)
            replay.play_day(first + timedelta(days=number), is_first=not number)
    print("RESULT " + json.dumps(replay.checks.result(), default=str))


class Replay:
    def __init__(self, env, company, ledger):
        self.env = env
        self.company = company
        self.ledger = ledger
        self.checks = Checks(env, company, ledger)
        user = env["res.users"].search([("login", "=", "camille")])
        self.collector = Collector(env, company, user, self.checks.refuse)

    def play_day(self, day, is_first):
        """A day: the news, the jobs of the night, the collector, the jobs again, the checks."""
        self.load(self.ledger.history(day) if is_first else self.ledger.news(day), day)
        contested = (
            [row for row in self.ledger.open(day) if row.is_contested(day)]
            if is_first
            else self.ledger.newly_contested(day)
        )
        for row in contested:
            self.contest(row)
        self.commit()
        self.run_jobs()
        self.checks.check_decisions(day)
        self.collector.receive(day)
        self.collector.work(day, self.collector.get_waiting(day))
        self.commit()
        self.run_jobs()
        self.checks.check_sent(day)
        if (day + timedelta(days=1)).day == 1:
            self.checks.close_month(day)
            say(f"{day:%Y-%m}: {len(self.checks.notices)} notices so far")
        self.commit()
        self.env.invalidate_all()

    # === The world ===#

    def load(self, rows, day):
        """Import what became known on the day, as its user would."""
        if not rows:
            return
        import_ = self.env["account.receivable.import"]._import_file(
            self.company, f"{day}.csv", as_file(rows, day), as_of_date=day
        )
        by_number = self.ledger.by_number
        for line in import_.line_ids.filtered(lambda line: not line.partner_id.collector_id):
            name = line.customer.lower()
            line.partner_id.write(
                {
                    "collector_id": self.collector.user.id,
                    "phone": "+33 4 00 00 00 20",
                    "street": "1 rue de la Gare",
                    "zip": "69000",
                    "city": "Lyon",
                    "email": by_number[line.number].has_email and f"{name}@example.com",
                    "lang": "fr_FR",
                }
            )

    def contest(self, row):
        """*Contest…* on the invoice, all of it."""
        invoice = self.collector.act("account.move").search([("name", "=", row.number)])
        reason = self.env.ref("account_dispute_dunning.dispute_reason_other")
        self.collector.fill(
            invoice.action_contest(), reason_id=reason.id, description="Contested", mode="whole"
        )

    def commit(self):
        """As each request and each job does."""
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def run_jobs(self):
        for job in JOBS:
            self.env.ref(f"account_dispute_dunning.{job}").sudo().method_direct_trigger()
        self.env["mail.mail"].sudo().process_email_queue()
        self.commit()
