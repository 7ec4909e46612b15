"""The days of a replay: what becomes known, the jobs, and the collector; in ``odoo shell``."""

import json
from datetime import date, timedelta

from odoo.exceptions import UserError

from .demo_day import say, set_up
from .demo_people import Clock
from .replay_checks import Checks
from .replay_ledger import Ledger, as_file

JOBS = ("cron_dunning_daily", "cron_dunning_notices")
# What customers answer on the phone, in turn.
OUTCOMES = ("validated_not_scheduled", "scheduled", "no_answer", "not_validated", "scheduled")
POST_DAYS = 3  # from the deposit of a registered letter to its receipt


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
        self.collector = env["res.users"].search([("login", "=", "camille")])

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
        self.env.cr.commit()
        self.run_jobs()
        self.checks.check_decisions(day)
        self.work(day)
        self.run_jobs()
        self.checks.check_sent(day)
        if (day + timedelta(days=1)).day == 1:
            self.checks.close_month(day)
            say(f"{day:%Y-%m}: {len(self.checks.notices)} notices so far")
        self.env.cr.commit()
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
                    "collector_id": self.collector.id,
                    "phone": "+33 4 00 00 00 20",
                    "email": by_number[line.number].has_email and f"{name}@example.com",
                    "lang": "fr_FR",
                }
            )

    def contest(self, row):
        """*Contest…* on the invoice, all of it."""
        invoice = self._as_collector("account.move").search([("name", "=", row.number)])
        action = invoice.action_contest()
        dialogue = self._as_collector(action["res_model"]).with_context(**action["context"])
        reason = self.env.ref("account_dispute_dunning.dispute_reason_other")
        dialogue.create(
            {"reason_id": reason.id, "description": "Contested", "mode": "whole"}
        ).action_confirm()

    def run_jobs(self):
        for job in JOBS:
            self.env.ref(f"account_dispute_dunning.{job}").sudo().method_direct_trigger()
        self.env["mail.mail"].sudo().process_email_queue()
        self.env.cr.commit()

    # === The collector ===#

    def _as_collector(self, model):
        return self.env[model].with_user(self.collector).with_company(self.company)

    def work(self, day):
        """What a collector does with the notices that wait for a person."""
        notices = self._as_collector("account.dunning.notice")
        waiting = notices.search([("state", "in", ("draft", "validated"))])
        for notice in waiting.filtered(lambda each: not self._is_postponed(each, day)):
            try:
                with self.env.cr.savepoint():
                    getattr(self, f"_do_{notice.channel}", self._send)(notice, day)
            except UserError as error:
                self.checks.refuse(notice, error)
        posted = notices.search(
            [
                ("channel", "=", "registered"),
                ("state", "=", "sent"),
                ("receipt_date", "=", False),
                ("deposit_date", "<=", day - timedelta(days=POST_DAYS)),
            ]
        )
        posted.write({"receipt_date": day})
        self.env.cr.commit()

    def _is_postponed(self, notice, day):
        return notice.postponed_until and notice.postponed_until > day

    def _do_call(self, notice, day):
        if any(activity.date_deadline > day for activity in notice.activity_ids):
            return  # nobody answered: again on another day
        action = notice.action_done()
        dialogue = self._as_collector(action["res_model"]).with_context(**action["context"])
        outcome = OUTCOMES[notice.id % len(OUTCOMES)]
        pays_on = max(day, *notice.line_ids.mapped("date_maturity"))
        values = {"outcome": outcome, "note": "Réponse au téléphone"}
        if outcome == "scheduled":
            values["date"] = pays_on
        dialogue.create(values).action_confirm()

    def _do_registered(self, notice, day):
        self._validate(notice)
        notice.write({"registered_number": f"1A {notice.id:011d}", "deposit_date": day})
        notice.action_send()

    def _send(self, notice, _day):
        self._validate(notice)
        notice.action_send()

    def _validate(self, notice):
        if notice.state == "draft":
            notice.action_validate()
