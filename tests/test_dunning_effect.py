from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon


@tagged("post_install", "-at_install")
class TestDunningEffect(CollectionsCommon):
    """What each step brought in (S2.78), and how much of it nobody typed (S0.39)."""

    def remind(self, invoices, on_date=TODAY):
        """Run and send on a day."""
        notices = self.run_dunning(on_date=on_date).notice_ids
        lines = notices.line_ids.filtered(lambda line: line.move_id in invoices)
        lines.notice_id._action_send(on_date)
        lines.notice_id.filtered(lambda notice: notice.state == "queued")._transition("sent")
        return lines.notice_id

    def effect(self, invoices, **values):
        self.env.flush_all()
        self.env["account.dunning.effect"].invalidate_model()
        return self.env["account.dunning.effect"].search([("move_id", "in", invoices.ids)])

    def test_a_payment_counts_for_the_step_before_it(self):
        invoice = self.make_overdue_invoice(1)
        self.remind(invoice)
        second_day = TODAY + timedelta(days=20)
        self.remind(invoice, on_date=second_day)
        self.pay(invoice, on_date=second_day + timedelta(days=4))
        second, first = self.effect(invoice)
        self.assertEqual((first.step_id, second.step_id), (self.steps[1], self.steps[21]))
        self.assertEqual((first.paid, first.conversion_rate), (0, 0))
        self.assertEqual((second.paid, second.conversion_rate, second.days_to_pay), (1000, 100, 4))
        self.assertEqual(second.claimed, 1000)

    def test_a_part_paid_is_counted_and_converts_nothing(self):
        invoice = self.make_overdue_invoice(1)
        self.remind(invoice)
        self.pay(invoice, 400, on_date=TODAY + timedelta(days=2))
        effect = self.effect(invoice)
        self.assertEqual((effect.paid, effect.conversion_rate), (400, 0))

    def test_neither_credit_notes_nor_late_payments_are_its_effect(self):
        credited = self.make_overdue_invoice(1)
        late = self.make_overdue_invoice(1, partner=self.make_customer("Late"))
        self.remind(credited | late)
        credit = credited._reverse_moves([{"invoice_date": TODAY}], cancel=True)
        self.assertEqual(credited.amount_residual, 0, credit)
        self.pay(late, on_date=TODAY + timedelta(days=31))
        effects = self.effect(credited | late)
        self.assertEqual(effects.mapped("paid"), [0, 0])
        self.assertFalse(self.effect(late).conversion_rate)

    def test_amounts_are_in_company_currency(self):
        """Two dollars are a euro."""
        invoice = self.make_overdue_invoice(1, currency_id=self.foreign_currency.id)
        self.remind(invoice)
        self.pay(invoice, on_date=TODAY)
        effect = self.effect(invoice)
        self.assertEqual((effect.claimed, effect.paid, effect.days_to_pay), (500, 500, 0))

    def test_two_versions_compare(self):
        """A/B: each notice keeps the version that decided."""
        before = self.make_overdue_invoice(1)
        self.remind(before)
        draft = self.scenario._create_version()
        tomorrow = TODAY + timedelta(days=1)
        draft._activate(tomorrow, TODAY)
        after = self.make_overdue_invoice(1, partner=self.make_customer("Version two"))
        self.remind(after, on_date=tomorrow)
        self.pay(after, on_date=tomorrow + timedelta(days=3))
        rates = self.env["account.dunning.effect"]._read_group(
            [("move_id", "in", (before | after).ids), ("root_step_id", "=", self.steps[1].id)],
            ["version"],
            ["conversion_rate:avg", "days_to_pay:avg"],
            order="version",
        )
        self.assertEqual(rates, [(1, 0, 0), (2, 100, 3)])

    def test_what_left_without_a_click_is_counted(self):
        """S0.39."""
        invoice = self.make_overdue_invoice(1)
        notice = self.remind(invoice)
        notice._write_frozen(is_automatic=True)
        self.assertEqual(self.effect(invoice).automatic_rate, 100)

    def test_who_sees_it(self):
        invoice = self.make_overdue_invoice(1)
        self.remind(invoice)
        effect = self.effect(invoice)
        self.assertEqual(effect.with_user(self.auditor).claimed, 1000)
        with self.assertRaises(AccessError):
            effect.with_user(self.portal).read(["claimed"])
        stranger = self.make_user(
            "stranger",
            "account_dispute_dunning.group_manager",
            company_id=self.branch.id,
            company_ids=[(6, 0, self.branch.ids)],
        )
        self.assertFalse(effect.with_user(stranger).search([("id", "=", effect.id)]))
