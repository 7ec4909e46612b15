from random import Random

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon, days_ago

EVENTS = {
    "contest": 5,
    "contest_all": 1,
    "change_amount": 3,
    "change_policy": 2,
    "close": 2,
    "reopen": 2,
    "pay": 4,
    "credit": 3,
    "unreconcile": 2,
    "change_invoice": 2,
    "change_terms": 1,
}


@tagged("post_install", "-at_install")
class TestDisputeProperties(CollectionsCommon):
    """What holds whatever happens, over random sequences of events on real entries.

    After each event, for each receivable: never more is contested than is open, nothing is negative
    and no cent counts twice (rule 2); the receivables equal the ledger (rule 1); and no payment or
    credit note closed a dispute.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = cls.env["account.payment.term"].create(
            [
                {
                    "name": "/".join(map(str, parts)),
                    "line_ids": [
                        Command.create(
                            {"value": "percent", "value_amount": part, "nb_days": 30 * number}
                        )
                        for number, part in enumerate(parts)
                    ],
                }
                for parts in ((100,), (30, 70), (40, 30, 30))
            ]
        )

    def test_sequences_of_events(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                self.play_events(Random(seed), 25)

    def play_events(self, random, count):
        self.random = random
        self.states = {}
        self.invoices = self.env["account.move"].union(
            *(self.make_random_invoice() for _number in range(3))
        )
        happened = []
        for _number in range(count):
            event = random.choices(list(EVENTS), EVENTS.values())[0]
            invoice = random.choice(self.invoices)
            try:
                with self.env.cr.savepoint():
                    getattr(self, f"do_{event}")(invoice)
                happened.append(event)
            except UserError:  # refused in words, such as too much contested: that is right
                self.env.invalidate_all()
            else:
                if event in ("change_invoice", "change_terms"):
                    self.check_fits(invoice)
            self.check(event)
        self.assertGreater(
            len(happened), count / 3, "most events are refused: the test shows little"
        )

    def make_random_invoice(self):
        currency = self.random.choice([self.company.currency_id, self.foreign_currency])
        return self.make_invoice(
            due=days_ago(self.random.randint(0, 90)),
            amount=self.random.randint(1000, 999_999) / 100,
            currency_id=currency.id,
            invoice_payment_term_id=self.random.choice(self.terms).id,
        )

    # === What holds ===#

    def check_fits(self, invoice):
        """Posted again, it is contested for no more than its new total: by its very lines."""
        contested = invoice._get_receivable_lines()._get_contested()
        for line in invoice._get_receivable_lines():
            self.assertLessEqual(
                line.currency_id.compare_amounts(contested[line.id], line.amount_residual_currency),
                0,
                line.name,
            )

    def check(self, event):
        lines = self.invoices._get_receivable_lines()
        contests = self.env["account.dispute.line"].search([("move_line_id", "in", lines.ids)])
        rows = self.env["account.receivable"].search([("id", "in", lines.ids)])
        self.assertEqual(len(rows), len(lines))
        for row in rows:
            currency = row.currency_id
            held = sum(
                contests.filtered(
                    lambda line, row=row: (
                        line.move_line_id.id == row.id and line.dispute_id._is_holding()
                    )
                ).mapped("amount")
            )
            residual = row.residual_currency
            said = f"{event}: {row.name}, {residual} open, {held} held"
            self.assertEqual(
                currency.compare_amounts(row.contested_currency, min(held, residual)), 0, said
            )
            self.assertGreaterEqual(row.dunnable_currency, 0, said)
            self.assertEqual(
                currency.compare_amounts(
                    row.dunnable_currency + row.contested_currency + row.in_payment_currency,
                    residual,
                ),
                0,
                said,
            )
            self.assertLessEqual(row.contested, row.residual, said)
            self.assertLessEqual(row.dunnable, row.residual, said)
        for dispute in contests.dispute_id:
            self.assertEqual(dispute.state, self.states.get(dispute, "open"), event)
        self.assert_ties_out()

    # === Events ===#

    def pick(self, invoice, state):
        disputes = self.env["account.dispute"].search(
            [("line_ids.move_id", "=", invoice.id), ("state", "=", state)]
        )
        return self.random.choice(disputes) if disputes else disputes

    def part_of(self, amount):
        return self.company.currency_id.round(amount * self.random.uniform(0.05, 1.0))

    def do_contest(self, invoice):
        self.contest(invoice, self.part_of(max(1, invoice.amount_residual)))

    def do_contest_all(self, invoice):
        self.contest(invoice)

    def do_change_amount(self, invoice):
        for line in self.pick(invoice, "open").line_ids[:1]:
            line.amount = self.part_of(2 * max(1, line.residual))

    def do_change_policy(self, invoice):
        policies = ["amount", "invoice", "customer", "none"]
        self.pick(invoice, "open").hold_policy = self.random.choice(policies)

    def do_close(self, invoice):
        if dispute := self.pick(invoice, "open"):
            policy = self.random.choice(["same", "step_down", "restart"])
            self.close_dispute(dispute, "unfounded", resume_policy=policy)
            self.states[dispute] = "closed"

    def do_reopen(self, invoice):
        if dispute := self.pick(invoice, "closed"):
            dispute._check_transition("open")
            dispute._action_open(TODAY)
            self.states[dispute] = "open"

    def do_pay(self, invoice):
        self.pay(invoice, self.part_of(max(1, invoice.amount_residual)))

    def do_credit(self, invoice):
        credit = self.make_invoice(
            amount=-self.part_of(max(1, invoice.amount_residual)),
            currency_id=invoice.currency_id.id,
        )
        (credit + invoice)._get_receivable_lines().reconcile()

    def do_unreconcile(self, invoice):
        """A payment bounces: what was open before is open again."""
        invoice.line_ids.remove_move_reconcile()

    def do_change_invoice(self, invoice):
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit *= self.random.uniform(0.2, 2.0)
        invoice.action_post()

    def do_change_terms(self, invoice):
        invoice.button_draft()
        invoice.invoice_payment_term_id = self.random.choice(self.terms)
        invoice.action_post()
