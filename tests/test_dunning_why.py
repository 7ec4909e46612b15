from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestDunningWhy(CollectionsCommon):
    """*Why?* answers for today, beside what the last run decided, and shows what explains it."""

    def ask(self, records, user=None):
        action = records.with_user(user or self.auditor).action_why()
        answers = self.env["account.dunning.why"].with_user(user or self.auditor)
        return (
            answers.browse(action["res_id"])
            if action.get("res_id")
            else answers.search(action["domain"])
        )

    def test_the_answer_is_there_before_any_run(self):
        invoice = self.make_overdue_invoice(3)
        answer = self.ask(invoice)
        self.assertFalse(answer.decision_id)
        self.assertTrue(answer.reason)
        self.assertTrue(answer.explanation)

    def test_the_answer_is_todays_beside_that_of_the_last_run(self):
        """Known leftover: it was as old as the last run."""
        invoice = self.make_overdue_invoice(40)
        self.run_dunning(days_ago(1), dry=False)
        last = self.get_decisions(invoice)
        dispute = self.contest(invoice)
        answer = self.ask(invoice)
        self.assertEqual(answer.reason, "contested")
        self.assertEqual(answer.decision_id, last)
        self.assertNotEqual(answer.last_reason, "contested")
        self.assertTrue(answer.has_changed)
        action = answer.action_open_evidence()
        self.assertEqual((action["res_model"], action["res_id"]), (dispute._name, dispute.id))

    def test_the_answer_is_what_a_run_decides(self):
        invoices = self.make_overdue_invoice(40) | self.make_overdue_invoice(5)
        invoices |= self.make_invoice() | self.make_invoice(amount=-10)
        self.contest(self.make_overdue_invoice(20), 100)
        receivables = self.env["account.receivable"].search([("company_id", "=", self.company.id)])
        answers = {
            answer.move_line_id: (
                answer.reason,
                answer.step_id,
                answer.next_date,
                answer.explanation,
            )
            for answer in self.ask(receivables)
        }
        run = self.run_dunning(dry=True)
        decisions = self.env["account.dunning.decision"].search(run._decision_domain())
        self.assertEqual(len(decisions), len(answers))
        for decision in decisions:
            self.assertEqual(
                answers[decision.move_line_id],
                (decision.reason, decision.step_id, decision.next_date, decision.explanation),
            )

    def test_asking_changes_nothing(self):
        invoice = self.make_overdue_invoice(40)
        models = ("account.dunning.run", "account.dunning.decision", "account.dunning.notice")
        before = [self.env[model].search_count([]) for model in models]
        self.ask(invoice)
        self.assertEqual([self.env[model].search_count([]) for model in models], before)

    def test_a_prepared_notice_is_shown(self):
        invoice = self.make_overdue_invoice(40)
        notice = self.run_dunning().notice_ids
        answer = self.ask(invoice)
        self.assertEqual(answer.reason, "notice_pending")
        self.assertEqual(answer.notice_id, notice)
        self.assertEqual(answer.action_open_evidence()["res_id"], notice.id)

    def test_a_payment_on_its_way_is_shown(self):
        invoice = self.make_overdue_invoice(40)
        moves = self.env.registry["account.move"]
        self.patch(moves, "_get_invoice_in_payment_state", lambda move: "in_payment")
        self.env["account.payment.method.line"].search([]).payment_account_id = False
        payment = self.pay(invoice)
        answer = self.ask(invoice)
        self.assertEqual(answer.reason, "in_payment")
        self.assertEqual(answer.action_open_evidence()["res_id"], payment.id)

    def test_credits_that_cover_the_claim_are_shown(self):
        invoice = self.make_overdue_invoice(40)
        credit = self.make_invoice(amount=-2000)
        answer = self.ask(invoice)
        self.assertEqual(answer.reason, "unallocated_credit")
        self.assertEqual(answer.evidence_ids, self.get_receivables(credit).ids)

    def test_one_button_for_invoice_receivable_and_customer(self):
        first, second = self.make_overdue_invoice(40), self.make_overdue_invoice(10)
        rows = self.get_receivables(first | second)
        self.assertEqual(self.ask(first).move_line_id, rows[0].move_line_id)
        self.assertEqual(self.ask(rows[0]).move_line_id, rows[0].move_line_id)
        self.assertEqual(self.ask(self.customer).move_line_id, rows.move_line_id)
        for model in ("account.move", "account.receivable", "res.partner"):
            view = "list" if model == "account.receivable" else "form"
            arch = self.env[model].with_user(self.auditor).get_view(view_type=view)["arch"]
            self.assertIn('name="action_why"', arch)

    def test_instalments_have_an_answer_each(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Half now, half in 60 days",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 60)
                ],
            }
        )
        invoice = self.make_overdue_invoice(40, invoice_payment_term_id=terms.id)
        answers = self.ask(invoice)
        self.assertEqual(len(answers), 2)
        self.assertEqual(answers[1].reason, "not_due")

    def test_the_dialogue_opens(self):
        answer = self.ask(self.make_overdue_invoice(40))
        with Form(answer) as form:
            self.assertEqual(form.explanation, answer.explanation)

    def test_nothing_open_says_so(self):
        invoice = self.make_overdue_invoice(40)
        credit = self.make_invoice(amount=-1000)
        (invoice | credit)._get_receivable_lines().reconcile()
        for record in (invoice, self.customer):
            with self.assertRaisesRegex(UserError, "open"):
                record.with_user(self.auditor).action_why()

    def test_strangers_learn_nothing(self):
        invoice = self.make_overdue_invoice(40)
        self.portal.partner_id.parent_id = self.customer
        for user in (self.portal, self.make_user("colleague", "base.group_user")):
            for record in (invoice, self.get_receivables(invoice), self.customer):
                with self.assertRaises(AccessError):
                    record.with_user(user).action_why()

    def test_an_answer_is_for_who_asked(self):
        answer = self.ask(self.make_overdue_invoice(40))
        with self.assertRaises(AccessError):
            answer.with_user(self.manager).read(["explanation"])
        with self.assertRaises(AccessError):
            answer.with_user(self.manager).action_open_evidence()

    def test_the_invoice_shows_its_reminders(self):
        invoice = self.make_overdue_invoice(40)
        other = self.make_overdue_invoice(41)
        notices = self.run_dunning().notice_ids
        self.assertEqual(invoice.dunning_notice_count, 1)
        action = (invoice | other).with_user(self.auditor).action_view_notices()
        self.assertEqual(self.env["account.dunning.notice"].search(action["domain"]), notices)
        with self.assertRaises(AccessError):
            invoice.with_user(self.invoicing).action_view_notices()

    def test_as_of_today(self):
        self.assertEqual(self.ask(self.make_overdue_invoice(40)).date, TODAY)
