from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TODAY, CollectionsCommon, days_ago

UNSENT = "account_dispute_dunning.mail_activity_type_unsent"


@tagged("post_install", "-at_install")
class TestDunningUnsent(CollectionsCommon):
    """Somebody is told, once, of an invoice that was posted and never sent (S0.16)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_sent_from = days_ago(60)
        cls.company.dunning_unsent_days = 3
        cls.seller = cls.make_user("seller", "account.group_account_invoice")
        cls.invoice = cls.make_invoice(due=days_ago(-26), invoice_user_id=cls.seller.id)

    def remind(self, on_date=TODAY):
        return self.env["account.move"]._remind_unsent(self.company, on_date)

    def get_activities(self, invoice=None):
        return (invoice or self.invoice).activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(UNSENT)
        )

    def test_the_salesperson_is_told_once(self):
        """The invoice is four days old; tomorrow nobody is told again."""
        self.assertEqual(self.remind(), self.invoice)
        self.assertEqual(self.get_activities().user_id, self.seller)
        self.assertFalse(self.remind())
        self.assertEqual(len(self.get_activities()), 1)

    def test_what_was_marked_as_done_is_not_asked_again(self):
        self.remind()
        self.get_activities().with_user(self.seller).action_done()
        self.assertFalse(self.get_activities())
        self.assertFalse(self.remind())

    def test_not_before_the_days_of_the_company(self):
        self.company.dunning_unsent_days = 5
        self.assertFalse(self.remind())
        self.assertEqual(self.remind(days_ago(-1)), self.invoice)

    def test_not_what_is_older_than_the_check(self):
        """Installing on a live database asks nobody to send what was posted before."""
        self.company.dunning_sent_from = days_ago(3)
        self.assertFalse(self.remind())
        self.company.dunning_sent_from = False
        self.assertFalse(self.remind())

    def test_not_what_is_paid_sent_or_draft(self):
        self.pay(self.invoice)
        credit = self.make_invoice(amount=-10, due=days_ago(-20))
        draft = self.make_invoice(due=days_ago(-20))
        draft.button_draft()
        sent = self.make_invoice(due=days_ago(-20))
        sent.is_move_sent = True
        self.assertFalse(self.remind() & (self.invoice | credit | draft | sent))

    def test_without_salesperson_the_collector_is_told(self):
        self.invoice.invoice_user_id = False
        self.customer.collector_id = self.collector
        self.remind()
        self.assertEqual(self.get_activities().user_id, self.collector)

    def test_nobody_is_told_of_what_they_may_not_read(self):
        stranger = self.make_user("stranger", "base.group_user")
        self.invoice.invoice_user_id = stranger
        self.customer.collector_id = self.collector
        self.remind()
        self.assertEqual(self.get_activities().user_id, self.collector)

    def test_sending_closes_it(self):
        self.remind()
        wizard = self.env["account.move.send.wizard"].with_context(
            active_model="account.move", active_ids=self.invoice.ids
        )
        wizard.create({"sending_methods": ["email"]}).action_send_and_print(allow_fallback_pdf=True)
        self.assertTrue(self.invoice.is_move_sent)
        self.assertFalse(self.get_activities())
        self.assertFalse(self.invoice.is_never_sent)

    def test_what_another_program_sent_is_closed_by_the_next_run(self):
        self.remind()
        self.invoice.is_move_sent = True
        self.assertTrue(self.get_activities())
        self.assertFalse(self.remind())
        self.assertFalse(self.get_activities())

    def test_a_collector_marks_as_sent(self):
        """The log says who said so; the activity closes, and the list is empty."""
        self.remind()
        self.assertTrue(self.find(self.invoice))
        self.invoice.with_user(self.collector).action_mark_sent()
        self.assertTrue(self.invoice.is_move_sent)
        self.assertFalse(self.get_activities())
        self.assertFalse(self.find(self.invoice))
        message = self.invoice.message_ids.filtered(lambda each: "Marked as sent" in each.body)
        self.assertEqual(message.author_id, self.collector.partner_id)
        with self.assertRaisesRegex(UserError, "never sent"):
            self.invoice.with_user(self.collector).action_mark_sent()

    def find(self, invoices):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.action_never_sent"
        )
        self.assertEqual(action["res_model"], "account.move")
        return self.env["account.move"].search(
            [("is_never_sent", "=", True), ("id", "in", invoices.ids)]
        )

    def test_the_list_shows_what_was_never_sent(self):
        older = self.make_invoice(due=days_ago(60))
        sent = self.make_invoice()
        sent.is_move_sent = True
        invoices = self.invoice | older | sent
        self.assertEqual(self.find(invoices), self.invoice)
        self.assertEqual(invoices.filtered("is_never_sent"), self.invoice)
        arch = (
            self.env["account.move"]
            .with_user(self.collector)
            .get_view(self.env.ref("account_dispute_dunning.view_never_sent_list").id, "list")[
                "arch"
            ]
        )
        self.assertIn('name="action_send_and_print"', arch)
        self.assertIn('name="action_mark_sent"', arch)

    def test_only_a_collector_marks_as_sent(self):
        for user in (self.auditor, self.assistant, self.invoicing, self.portal):
            with self.assertRaises(AccessError):
                self.invoice.with_user(user).action_mark_sent()

    def test_every_role_opens_the_invoice(self):
        for user in (self.auditor, self.assistant, self.collector, self.manager, self.invoicing):
            with Form(self.invoice.with_user(user)) as form:
                self.assertEqual(form.name, self.invoice.name)

    def test_statements_do_not_grow_with_the_invoices(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.remind()
            return self.cr.sql_log_count - before

        self.remind()
        few = count()
        for _number in range(6):
            self.make_invoice(due=days_ago(-26), invoice_user_id=self.seller.id)
        self.remind()
        self.assertEqual(count(), few)
