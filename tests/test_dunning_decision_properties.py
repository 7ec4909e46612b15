from collections import defaultdict
from datetime import timedelta
from random import Random

from odoo.tests import tagged

from .common import CollectionsCommon, days_ago

SEEDS = range(3)
START = days_ago(40)
DAYS_AGO = (40, 39, 31, 18, 0)
MET = {
    *("awaiting_receipt", "awaiting_step", "below_minimum", "completed", "contact_cap"),
    *("contested", "credit", "excluded", "not_certain", "not_due", "notice_pending"),
    *("paused", "payment_run", "step", "too_firm", "unallocated_credit", "waiting_reply"),
    "quiet_days",
}


@tagged("post_install", "-at_install")
class TestDecisionProperties(CollectionsCommon):
    """What holds for any portfolio, on any day (design, section 5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"dunning_cap_count": 3, "dunning_cap_days": 30, "dunning_reply_days": 10}
        )
        cls.scenario.quiet_days = 10
        cls.by_account = cls.make_scenario(
            {"offset_days": -5, "channel": "call"},
            {"offset_days": 2, "level": 1, "channel": "call"},
            {"offset_days": 3, "trigger": "previous", "delay_days": 1, "level": 1},
            {"offset_days": 20, "minimum_amount": 300, "channel": "registered", "level": 2},
            {"offset_days": 30, "tone": "formal", "channel": "letter", "level": 3},
            mode="account",
            entry="age",
            quiet_days=10,
        )
        cls.env["account.dunning.rule"].create(
            {
                "name": "Strategic",
                "sequence": 0,
                "customer_domain": "[('is_strategic', '=', True)]",
                "scenario_id": cls.by_account.id,
            }
        )

    def make_portfolio(self, random):
        """Twelve customers with a bit of everything."""
        for number in range(12):
            customer = self.make_customer(
                f"Customer {number}",
                is_strategic=random.random() < 0.4,
                payment_run_days=random.choice(["", "", str((START + timedelta(days=2)).day)]),
                dunning_tone=random.choice([False, False, "firm"]),
            )
            if random.random() < 0.15:
                self.env["account.dunning.treatment"].create(
                    {
                        "partner_id": customer.id,
                        "reason": "Talks",
                        "is_paused": True,
                        "date_start": START,
                        "date_end": START + timedelta(days=random.randrange(30)),
                    }
                )
            for _invoice in range(random.randrange(1, 5)):
                self.make_receivable(random, customer)

    def make_receivable(self, random, customer):
        values = {"currency_id": self.foreign_currency.id} if random.random() < 0.25 else {}
        invoice = self.make_invoice(
            customer,
            amount=random.choice([12, 150, 900, 2500]) * random.choice([1, 1, 1, 1, -1]),
            due=START + timedelta(days=random.randrange(-60, 30)),
            **values,
        )
        chance = random.random()
        if invoice.move_type == "out_refund":
            return
        if chance < 0.1:
            self.contest(invoice, invoice.amount_total / random.choice([1, 3]))
        elif chance < 0.2:
            invoice.no_followup = True
        elif chance < 0.3:
            invoice.dunning_scenario_id = random.choice([self.scenario, self.by_account])
        elif chance < 0.4:
            self.pay(invoice, invoice.amount_total / 2)

    def decided(self, run):
        decisions = self.env["account.dunning.decision"].search(run._decision_domain())
        return {
            decision.move_line_id.id: (
                *(decision.reason, decision.scenario_id.id, decision.step_id.id),
                *(decision.next_date, decision.dunnable),
            )
            for decision in decisions
        }

    def act(self, random, notices, on_date):
        """A part is sent, skipped or left to be done; a customer answers now and then."""
        for notice in notices:
            chance = random.random()
            if chance < 0.7:
                dates = {"deposit_date": on_date} if notice.channel == "registered" else {}
                notice._transition("sent", done_on=on_date, **dates)
                if random.random() < 0.3:
                    notice._write_frozen(replied_on=f"{on_date} 12:00:00")
            elif chance < 0.8:
                notice._transition("cancelled", is_skipped=True)

    def test_any_portfolio(self):
        """A dry run is the real run; a step reached is a notice; nothing is reminded twice."""
        self.reasons = set()
        for seed in SEEDS:
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                random = Random(seed)
                self.make_portfolio(random)
                for ago in DAYS_AGO:
                    self.check_day(random, days_ago(ago))
                self.check_history()
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertLessEqual(MET, self.reasons)  # the portfolios are not too simple

    def check_day(self, random, on_date):
        dry = self.run_dunning(on_date, dry=True)
        run = self.run_dunning(on_date)
        decided = self.decided(run)
        self.assertEqual(self.decided(dry), decided)
        self.reasons.update(row[0] for row in decided.values())
        receivables = self.env["account.receivable"].search([("company_id", "=", self.company.id)])
        self.assertEqual(sorted(decided), sorted(receivables.ids))  # rule 4
        self.check_notices(run, decided)
        again = self.run_dunning(on_date)
        self.assertFalse(again.notice_ids)
        self.act(random, run.notice_ids, on_date)

    def check_notices(self, run, decided):
        """Each step reached is on a notice of the run, and nothing else is reminded by it."""
        reached = {id_: row[2] for id_, row in decided.items() if row[0] == "step"}
        lines = run.notice_ids.line_ids.filtered("step_id")
        self.assertEqual({line.move_line_id.id: line.step_id.id for line in lines}, reached)
        self.assertEqual(len(lines), len(reached))  # never two steps on one day
        for notice in run.notice_ids:
            self.assertGreater(notice.amount_claimed, 0)
            for line in notice.line_ids:
                self.assertLessEqual(line.claimed, max(0, line.residual - line.contested))
                if notice.step_id.tone == "formal" and line.claimed > 0:
                    self.assertFalse(line.contested)  # rule 7
        self.check_cap(run)

    def check_cap(self, run):
        """S2.69."""
        since = run.date - timedelta(days=self.company.dunning_cap_days)
        contacts = defaultdict(int)
        for notice in self.env["account.dunning.notice"].search([("state", "!=", "cancelled")]):
            is_contact = notice.channel != "task" and notice._is_contact()
            contacts[notice.partner_id] += is_contact and (notice.done_on or notice.date) > since
        self.assertLessEqual(max(contacts.values(), default=0), self.company.dunning_cap_count)

    def check_history(self):
        """Rule 3: once per step, in order."""
        lines = self.env["account.dunning.notice.line"].search(
            [("step_id", "!=", False), ("state", "!=", "cancelled")], order="id"
        )
        for theirs in lines.grouped("move_line_id").values():
            offsets = theirs.step_id.mapped("offset_days")
            self.assertEqual(len(theirs), len(offsets))
            self.assertEqual(theirs.mapped("step_id.offset_days"), sorted(offsets))
