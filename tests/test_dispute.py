from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestDispute(CollectionsCommon):
    """What a customer contests leaves the claim; the rest does not (S0.5, S0.37)."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_overdue_invoice(10)

    def claimed(self, invoice=None):
        return sum(self.get_receivables(invoice or self.invoice).mapped("dunnable"))

    def open_wizard(self, invoice=None, user=None, **values):
        """The dialogue behind “Contest…”, filled in; not yet confirmed."""
        user = user or self.collector
        action = (invoice or self.invoice).with_user(user).action_contest()
        model = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        with Form(model) as form:
            form.reason_id = self.reason
            for name, value in values.items():
                setattr(form, name, value)
        return form.record

    def get_dispute(self, action):
        return self.env[action["res_model"]].browse(action["res_id"])

    # === Contest… ===#

    def test_contest_from_the_invoice(self):
        """S0.37: 1,000 invoiced, 300 contested → 700 claimed."""
        dispute = self.get_dispute(
            self.open_wizard(amount=300, description="The price was 70.").action_confirm()
        )
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "open",
                    "partner_id": self.customer.id,
                    "contested_amount": 300,
                    "description": "The price was 70.",
                    "date_opened": TODAY,
                    "user_id": self.invoice.invoice_user_id.id,
                }
            ],
        )
        self.assertEqual(self.claimed(), 700)
        self.assertEqual(self.invoice.contested_amount, 300)
        self.assertEqual(self.invoice.dispute_count, 1)
        history = " ".join(dispute.message_ids.mapped("body"))
        self.assertRegex(history, "300.00.*of 1,000.00.*contested")
        self.assertNotRegex(
            history, r"[^0-9]0\.00", "nothing was contested before: no false amount"
        )

    def test_the_dialogue_proposes_what_is_not_contested_yet(self):
        self.contest(self.invoice, 300)
        self.assertEqual(self.open_wizard().amount, 700)

    def test_the_dialogue_refuses_too_much_and_nothing(self):
        for amount in (0, -1, 1000.01):
            with self.assertRaisesRegex(UserError, "at most 1,000.00"):
                self.open_wizard(amount=amount).action_confirm()

    def test_nothing_left_to_contest(self):
        self.contest(self.invoice)
        with self.assertRaisesRegex(UserError, "Nothing is open and uncontested"):
            self.invoice.with_user(self.collector).action_contest()

    def test_a_suspicion_claims_everything_and_plans_a_call(self):
        """S0.19: a suspicion keeps the invoice in the claim; opening it suspends."""
        dispute = self.get_dispute(self.open_wizard(is_suspicion=True).action_confirm())
        self.assertEqual((dispute.state, self.claimed()), ("suspicion", 1000))
        self.assertEqual(dispute.activity_ids.user_id, dispute.user_id)
        dispute.with_user(self.collector).action_open()
        self.assertEqual((dispute.state, self.claimed()), ("open", 0))

    def test_contested_cash_is_what_open_disputes_hold(self):
        """S0.6: cash held by disputes = Σ contested of the open receivables."""
        self.contest(self.invoice, 300)
        self.contest(self.make_overdue_invoice(5), 200)
        self.close_dispute(self.contest(self.make_overdue_invoice(5), 100))
        figures = self.env["account.receivable"]._tie_out(self.company)[self.company]
        self.assertEqual(figures["contested"], 500)

    def test_the_whole_invoice_contested(self):
        """Domain 1.5 scenario 2: nothing is claimed; after the dispute, everything again."""
        dispute = self.contest(self.invoice)
        self.assertEqual(self.claimed(), 0)
        self.run_dunning()
        self.assertEqual(self.get_decisions(self.invoice).reason, "contested")
        self.close_dispute(dispute, "unfounded")
        self.assertEqual(self.claimed(), 1000)

    # === Two disputes, one receivable ===#

    def test_two_disputes_never_hold_the_same_cent(self):
        """Rule 2, domain 1.5 scenario 9."""
        self.contest(self.invoice, 600)
        wizard = self.open_wizard(amount=400)
        self.contest(self.invoice, 100)  # meanwhile, by somebody else
        with self.assertRaisesRegex(UserError, "at most 300.00"):
            wizard.action_confirm()

    def suspect(self, amount, user=None):
        """A suspicion about `amount` of the invoice."""
        disputes = self.env["account.dispute"].with_user(user or self.env.user)
        return disputes.create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.reason.id,
                "line_ids": disputes._prepare_from_amounts(
                    self.invoice._get_receivable_lines(), amount
                ),
            }
        )

    def test_suspicions_may_overlap_but_not_both_open(self):
        """Rule 2: the check is made again when a dispute begins to hold its amount."""
        first, second = self.suspect(600), self.suspect(600)
        first.action_open()
        with self.assertRaisesRegex(ValidationError, "1,200.00.€ would be contested"):
            second.action_open()

    # === From the menu ===#

    def test_a_dispute_from_the_menu_proposes_the_uncontested_amount(self):
        self.contest(self.invoice, 300)
        with Form(self.env["account.dispute"].with_user(self.collector)) as form:
            form.partner_id = self.customer
            form.reason_id = self.reason
            with form.line_ids.new() as line:
                line.move_line_id = self.invoice._get_receivable_lines()
                self.assertEqual(line.amount, 700)
                self.assertEqual(line.residual, 1000)
        dispute = form.record
        self.assertEqual(dispute.state, "suspicion")
        self.assertEqual(dispute.line_ids.name, self.invoice.name)
        dispute.action_open()
        self.assertEqual(self.claimed(), 0)

    def test_only_receivables_of_the_customer(self):
        other = self.make_overdue_invoice(5, partner=self.make_customer("Imprimerie du Nord"))
        with self.assertRaisesRegex(ValidationError, "one dispute per customer"):
            self.env["account.dispute"].create(
                {
                    "partner_id": self.customer.id,
                    "reason_id": self.reason.id,
                    "line_ids": [
                        Command.create({"move_line_id": other._get_receivable_lines().id})
                    ],
                }
            )

    def test_only_receivable_items(self):
        revenue = self.invoice.line_ids.filtered(lambda line: line.display_type == "product")
        with self.assertRaisesRegex(ValidationError, "not on a receivable account"):
            self.env["account.dispute"].create(
                {
                    "partner_id": self.customer.id,
                    "reason_id": self.reason.id,
                    "line_ids": [Command.create({"move_line_id": revenue.id, "amount": 10})],
                }
            )

    def test_nothing_contested_does_not_open(self):
        dispute = self.env["account.dispute"].create(
            {"partner_id": self.customer.id, "reason_id": self.reason.id}
        )
        self.assertFalse(dispute.can_open)
        with self.assertRaisesRegex(UserError, "Say what is contested"):
            dispute.action_open()

    # === Amounts while open, when closed ===#

    def test_an_amount_changed_while_open_is_checked_and_logged(self):
        dispute = self.contest(self.invoice, 300)
        dispute.line_ids.with_user(self.collector).amount = 400
        self.assertEqual(self.claimed(), 600)
        self.assertIn("300.00", dispute.message_ids[0].body)
        self.assertIn("400.00", dispute.message_ids[0].body)
        with self.assertRaisesRegex(ValidationError, "would be contested"):
            dispute.line_ids.amount = 1000.01

    def test_an_amount_removed_while_open_is_logged(self):
        dispute = self.contest(self.invoice, 300)
        dispute.with_user(self.collector).line_ids = [Command.clear()]
        self.assertEqual(self.claimed(), 1000)
        self.assertIn(self.invoice.name, dispute.message_ids[0].body)

    def test_what_an_open_dispute_holds_is_changed_by_collectors(self):
        """Neither its policy, nor how its reminders go on, nor its items by who prepares it."""
        invoice = self.make_overdue_invoice(10)
        dispute = self.contest(invoice, 100)
        line = dispute.line_ids
        item = {"dispute_id": dispute.id, "move_line_id": invoice.invoice_line_ids.id}
        for record, values in (
            (dispute, {"hold_policy": "customer"}),
            (line, {"resume_on": "2099-01-01"}),
            (line, {"has_set_no_followup": True}),
            (line, {"currency_id": self.env.ref("base.JPY").id}),
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                record.with_user(self.assistant).write(values)
        with self.assertRaisesRegex(UserError, "Only a collector"):
            self.env["account.dispute.item"].with_user(self.assistant).create(item)

    def test_a_default_opens_nothing(self):
        """A suspicion it is, whatever a context proposes; its company says who is told."""
        self.branch.dispute_acknowledge = not self.company.dispute_acknowledge
        disputes = self.env["account.dispute"].with_user(self.assistant)
        dispute = disputes.with_context(default_state="open", default_cycle=3).create(
            {"partner_id": self.customer.id, "company_id": self.branch.id}
        )
        self.assertRecordValues(
            dispute,
            [{"state": "suspicion", "cycle": 0, "tell_customer": self.branch.dispute_acknowledge}],
        )

    def test_an_assistant_prepares_but_does_not_decide(self):
        dispute = self.suspect(100, self.assistant)
        self.assertFalse(dispute.can_open)
        with self.assertRaisesRegex(UserError, "Only a collector"):
            dispute.action_open()
        dispute.with_user(self.collector).action_open()
        with self.assertRaisesRegex(UserError, "Only a collector changes"):
            dispute.line_ids.with_user(self.assistant).amount = 50
        with self.assertRaises(AccessError):
            self.open_wizard(user=self.assistant)

    def test_a_closed_dispute_keeps_what_it_was(self):
        dispute = self.contest(self.invoice, 300)
        self.close_dispute(dispute, "partly")
        with self.assertRaisesRegex(UserError, "reopen it to change its amounts"):
            dispute.line_ids.amount = 200
        with self.assertRaisesRegex(UserError, "reopen it to change its amounts"):
            dispute.line_ids.unlink()
        with self.assertRaisesRegex(UserError, "reopen it to change what was"):
            dispute.hold_policy = "none"
        with self.assertRaisesRegex(UserError, "by its buttons"):
            dispute.validity = "founded"
        dispute.resolution = "Half of it was ours."  # a note is always welcome

    # === Transitions ===#

    def test_closing_settles_the_stage_and_the_cycle(self):
        dispute = self.contest(self.invoice, 300)
        self.close_dispute(dispute, "founded")
        self.assertRecordValues(
            dispute, [{"state": "closed", "date_closed": TODAY, "validity": "founded"}]
        )
        self.assertEqual(dispute.stage_id.state, "closed")
        self.assertFalse(dispute.is_rotting)
        self.assertEqual(self.claimed(), 1000)

    def test_an_open_dispute_is_not_closed_without_a_decision(self):
        dispute = self.contest(self.invoice, 300).with_user(self.collector)
        self.assertFalse(dispute.can_close)
        with self.assertRaisesRegex(UserError, "not possible from there"):
            dispute._check_transition("closed")

    def test_a_suspicion_that_was_none_is_dismissed(self):
        suspicion = self.suspect(300)
        with self.assertRaisesRegex(UserError, "Only a collector"):
            suspicion.with_user(self.assistant).action_dismiss()
        suspicion.with_user(self.collector).action_dismiss()
        self.assertRecordValues(
            suspicion,
            [{"state": "closed", "validity": "withdrawn", "date_opened": False, "cycle": 0}],
        )
        self.assertFalse(suspicion.line_ids.resume_on, "it held nothing: no grace period")
        dispute = self.contest(self.invoice, 300)
        with self.assertRaises(UserError):
            dispute.with_user(self.collector).action_dismiss()

    def test_a_reopened_dispute_holds_again_under_its_number(self):
        dispute = self.contest(self.invoice, 300)
        number = dispute.name
        self.close_dispute(dispute, "unfounded", days_ago(5))
        dispute._action_open(days_ago(2))
        self.assertEqual(self.claimed(), 700)
        self.assertRecordValues(
            dispute,
            [{"name": number, "state": "open", "validity": False, "date_closed": False}],
        )
        self.close_dispute(dispute, "founded")
        self.assertRecordValues(
            dispute.cycle_ids,
            [
                {"number": 1, "date_closed": days_ago(5), "validity": "unfounded"},
                {"number": 2, "date_closed": TODAY, "validity": "founded"},
            ],
        )
        self.assertEqual(dispute.cycle_ids[1].date_opened, days_ago(2))

    def test_a_reopened_dispute_holds_no_more_than_is_left(self):
        """300 of 1,000 were contested; 900 are credited since: 100 are, and its history says so."""
        dispute = self.contest(self.invoice, 300)
        self.close_dispute(dispute, "partly")
        credit = self.make_invoice(amount=-900)
        (credit + self.invoice)._get_receivable_lines().reconcile()
        dispute.action_open()
        self.assertEqual(dispute.line_ids.amount, 100)
        self.assertRegex(" ".join(dispute.message_ids.mapped("body")), "300.00.*→ 100.00")

    def test_what_is_settled_is_not_contested_again(self):
        dispute = self.contest(self.invoice, 300)
        self.close_dispute(dispute, "withdrawn")
        self.pay(self.invoice)
        self.assertFalse(dispute.can_open)
        with self.assertRaisesRegex(UserError, "nothing left to hold"):
            dispute.action_open()

    def test_the_board_does_not_close_a_dispute(self):
        dispute = self.contest(self.invoice, 300)
        for stage in ("proposal", "decided", "done"):
            with self.assertRaisesRegex(UserError, "comes from a decision"):
                dispute.stage_id = self.env.ref(f"account_dispute_dunning.dispute_stage_{stage}")
        self.assertEqual(dispute.state, "open")

    def test_the_state_changes_by_its_buttons_only(self):
        dispute = self.contest(self.invoice, 300)
        with self.assertRaisesRegex(UserError, "by its buttons"):
            dispute.state = "closed"
        with self.assertRaisesRegex(UserError, "by its buttons"):
            dispute.with_context(account_dispute_transition=True).write({"state": "closed"})
        with self.assertRaisesRegex(UserError, "by its buttons"):
            dispute.create(
                {
                    "partner_id": self.customer.id,
                    "reason_id": self.reason.id,
                    "state": "open",
                }
            )

    def test_the_days_of_a_dispute_are_not_written_from_outside(self):
        """A dispute that was never opened may be deleted: nobody makes it look so."""
        dispute = self.contest(self.make_overdue_invoice(10), 100)
        with self.assertRaisesRegex(UserError, "by its buttons"):
            dispute.with_user(self.collector).write({"date_opened": False})

    def test_an_opened_dispute_is_not_deleted(self):
        dispute = self.contest(self.invoice, 300)
        with self.assertRaisesRegex(UserError, "close it as withdrawn"):
            dispute.with_user(self.manager).unlink()

    # === The invoice's life ===#

    def test_an_invoice_reset_and_posted_again_is_still_contested(self):
        dispute = self.contest(self.invoice, 300)
        self.invoice.button_draft()
        self.assertEqual(self.invoice.contested_amount, 0)
        self.invoice.invoice_date_due = days_ago(5)
        self.invoice.action_post()
        self.assertEqual(dispute.line_ids.move_line_id, self.invoice._get_receivable_lines())
        self.assertEqual(self.claimed(), 700)

    def test_receivable_lines_made_anew_are_contested_again(self):
        """In draft, other payment terms replace the receivable lines of the invoice."""
        dispute = self.contest(self.invoice, 300)
        old_lines = self.invoice._get_receivable_lines()
        self.invoice.button_draft()
        self.invoice.invoice_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                ],
            }
        )
        self.invoice.action_post()
        lines = self.invoice._get_receivable_lines()
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines - old_lines)
        self.assertEqual(sum(dispute.line_ids.mapped("amount")), 300)
        self.assertEqual(dispute.line_ids.move_line_id & lines, dispute.line_ids.move_line_id)
        self.assertEqual(self.claimed(), 700)

    def test_an_invoice_posted_again_with_less_is_contested_for_less(self):
        """Two disputes about one receivable yield in proportion, to the cent; rule 2."""
        disputes = self.contest(self.invoice, 300) + self.contest(self.invoice, 600)
        self.invoice.button_draft()
        self.invoice.invoice_line_ids.price_unit = 100
        self.invoice.action_post()
        self.assertEqual(disputes.line_ids.mapped("amount"), [33.33, 66.67])
        self.assertIn("33.33", disputes[0].message_ids[0].body)
        self.assertEqual(self.claimed(), 0)

    def test_a_deleted_invoice_leaves_the_history(self):
        dispute = self.contest(self.invoice, 300)
        number = self.invoice.name
        self.invoice.button_draft()
        self.invoice.with_context(force_delete=True).unlink()
        self.assertTrue(dispute.exists())
        self.assertRecordValues(
            dispute.line_ids,
            [{"name": number, "amount": 300, "move_line_id": False, "move_id": False}],
        )
        self.assertEqual(dispute.contested_amount, 300)
        self.close_dispute(dispute, "founded")

    def test_a_credit_note_leaves_the_dispute_open(self):
        """Rule of domain 1.3: a credit never closes a dispute by itself."""
        dispute = self.contest(self.invoice, 300)
        credit = self.make_invoice(amount=-1000)
        (credit + self.invoice)._get_receivable_lines().reconcile()
        self.assertEqual(dispute.state, "open")
        self.assertEqual(self.invoice.contested_amount, 0)

    # === Who sees it ===#

    def test_an_invoicing_user_opens_a_contested_invoice(self):
        """Without a role in Collections: reads, and has no button that would fail."""
        self.contest(self.invoice, 300)
        invoice = self.invoice.with_user(self.invoicing)
        with Form(invoice) as form:
            self.assertEqual(form.contested_amount, 300)
            self.assertEqual(form.dispute_count, 1)
        self.assertEqual(len(self.env[invoice.action_view_disputes()["res_model"]]), 0)
        arch = invoice.get_view(view_type="form")["arch"]
        self.assertNotIn('name="action_contest"', arch)
        self.assertNotIn('name="action_why"', arch)
        with self.assertRaises(AccessError):
            invoice.action_contest()

    def test_the_customer_in_the_portal_sees_none_of_it(self):
        self.portal.partner_id.parent_id = self.customer
        self.contest(self.invoice, 300)
        invoice = self.invoice.with_user(self.portal)
        self.assertEqual(invoice.amount_residual, 1000)
        with self.assertRaises(AccessError):
            invoice.read(["contested_amount"])
        with self.assertRaises(AccessError):
            invoice.action_view_disputes()

    def test_a_branch_contests_its_own_invoices(self):
        invoice = self.make_overdue_invoice(10, company=self.branch)
        dispute = self.contest(invoice, 300)
        self.assertEqual(dispute.company_id, self.branch)
        in_company = dispute.with_user(self.collector).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertFalse(in_company.search([("id", "=", dispute.id)]))

    # === The board ===#

    def test_a_dispute_that_stays_in_its_stage_is_stale(self):
        dispute = self.contest(self.invoice, 300)
        dispute.sudo().date_last_stage_update = f"{days_ago(5)} 12:00:00"
        self.assertTrue(dispute.is_rotting)
        self.assertEqual(dispute.search([("is_rotting", "=", True)]), dispute)
        self.assertEqual(dispute.age_days, 0)

    def test_the_board_shows_every_stage(self):
        groups = self.env["account.dispute"].formatted_read_group(
            [], ["stage_id"], ["contested_amount:sum"]
        )
        self.assertIsInstance(groups, list)
        stages = self.env["account.dispute"]._read_group_expand_full(
            self.env["account.dispute.stage"], []
        )
        self.assertEqual(stages, self.env["account.dispute.stage"].search([]))
