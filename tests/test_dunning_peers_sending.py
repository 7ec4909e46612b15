from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY
from .test_dunning_peers import PeersCommon


@tagged("post_install", "-at_install")
class TestDunningPeersSending(PeersCommon, MailCase):
    """Who receives what, who may send, and what is kept."""

    def send(self, notices):
        """Press *Send* as a collector, and let the mail queue work; returns the mails."""
        with self.mock_mail_gateway():
            notices.with_user(self.collector).action_send()
            mails = self.env["mail.mail"].search(
                [("mail_message_id", "in", notices.message_id.ids)]
            )
            mails.send()
        return self._mails

    def test_the_invoice_contact_s_e_mail_is_enough(self):
        """B5, cc#343: a letter, because the company itself has no e-mail."""
        self.customer.email = False
        contact = self.make_customer(
            "Payables", parent_id=self.customer.id, type="invoice", is_company=False
        )
        self.make_overdue_invoice(10)
        notice = self.act_run()
        self.assertEqual((notice.channel, notice.contact_id), ("email", contact))

    def test_the_company_s_e_mail_when_the_contact_has_none(self):
        """cc#27, aft#879."""
        self.make_customer(
            "Payables", parent_id=self.customer.id, type="invoice", is_company=False, email=False
        )
        self.make_overdue_invoice(10)
        notice = self.act_run()
        self.assertEqual((notice.channel, notice.contact_id), ("email", self.customer))

    def test_a_contact_for_reminders_alone(self):
        """aft#819: a dedicated address, and nothing else of the customer changes."""
        payables = self.make_customer(
            "Payables", parent_id=self.customer.id, is_company=False, dunning_role="payables"
        )
        self.make_overdue_invoice(10)
        self.assertEqual(self.act_run().contact_id, payables)

    def test_names_are_escaped_in_the_mail(self):
        """B8: markup in a reference reaches the customer as markup."""
        self.customer.name = "<b>Bold</b> & Sons"
        invoice = self.make_overdue_invoice(10)
        invoice.line_ids.name = "<script>alert(1)</script>"
        invoice.ref = "<i>ref</i>"
        notice = self.act_run()
        notice.line_ids.sudo().name = "<u>number</u>"
        (mail,) = self.send(notice)
        for markup in ("<b>Bold", "<script>", "<i>ref", "<u>number"):
            self.assertNotIn(markup, mail["body"])
        self.assertIn("&lt;u&gt;number", mail["body"])

    def test_no_code_of_a_template_reaches_the_customer(self):
        """AIOR: `% if` in every mail."""
        self.make_overdue_invoice(10)
        (mail,) = self.send(self.act_run())
        for code in ("{{", "{%", "% if", "t-out", "t-if", "${"):
            self.assertNotIn(code, mail["body"])
        self.assertIn(self.company.name, mail["body"])

    def test_what_was_sent_stays_when_its_invoice_is_taken_back(self):
        """B7: cancelling fails, setting to draft does not, and the history keeps no amount."""
        invoice = self.make_overdue_invoice(10, amount=100)
        notice = self.run_and_send(TODAY)
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 250
        invoice.action_post()
        self.assertRecordValues(notice.line_ids, [{"claimed": 100, "residual": 100}])
        later = self.run_and_send(TODAY + timedelta(days=20))
        self.assert_claimed(later, 250)
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual((notice.state, notice.amount_claimed), ("sent", 100))
        self.assertFalse(self.run_dunning(TODAY + timedelta(days=60)).notice_ids)

    def test_somebody_of_invoicing_takes_back_a_reminded_invoice(self):
        """cc#287, cc#545: AccessError for those who have no role in collections."""
        invoice = self.make_overdue_invoice(10)
        self.run_and_send(TODAY)
        own = invoice.with_user(self.invoicing)
        own.button_draft()
        own.button_cancel()
        self.assertEqual(invoice.state, "cancel")

    def test_a_collector_who_is_no_administrator_sends_several(self):
        """cc#219, cc#398; AIOR: “Expected singleton” on several."""
        self.assertFalse(self.collector.has_group("base.group_system"))
        for number in range(3):
            self.make_overdue_invoice(10, partner=self.make_customer(f"Customer {number}"))
        notices = self.act_run()
        self.assertEqual(len(self.send(notices)), 3)
        self.assertEqual(set(notices.mapped("state")), {"sent"})

    def test_what_was_said_is_read_after_the_mail_queue_is_emptied(self):
        """cc#366, cc#564: a link to a mail that users may not open, and that vanishes."""
        self.make_overdue_invoice(10)
        notice = self.act_run()
        self.send(notice)
        mails = self.env["mail.mail"].search([("mail_message_id", "=", notice.message_id.id)])
        mails.unlink()
        message = notice.with_user(self.auditor).message_id
        self.assertIn("1,000.00", message.body)
        self.assertEqual(message.attachment_ids, notice.attachment_id)

    def test_a_blacklisted_address_is_not_silent(self):
        """cc#467, cc#542."""
        self.make_overdue_invoice(10)
        notice = self.act_run()
        self.env["mail.blacklist"]._add(self.customer.email)
        recipients = [address for mail in self.send(notice) for address in mail["email_to"]]
        self.assertFalse([each for each in recipients if self.customer.email in each])
        self.assertEqual(notice.state, "failed")
        self.assertIn("must not be written to", notice.state_reason)

    def test_our_message_types_belong_to_models_that_exist(self):
        """B9."""
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "account_dispute_dunning"),
                ("model", "in", ("mail.message.subtype", "mail.activity.type", "mail.template")),
            ]
        )
        for model, records in data.grouped("model").items():
            for record in self.env[model].browse(records.mapped("res_id")):
                name = record.model if model == "mail.template" else record.res_model
                self.assertIn(name or "account.dispute", self.env)

    def test_a_company_is_given_no_scenario_it_did_not_choose(self):
        """B9: installing writes a policy onto the main company."""
        company = self.env["res.company"].create({"name": "New"})
        self.assertFalse(company.dunning_scenario_id)

    def test_an_assistant_and_an_auditor_do_not_send(self):
        self.make_overdue_invoice(10)
        notice = self.act_run()
        with self.assertRaises(AccessError):
            notice.with_user(self.auditor).action_send()
        with self.assertRaises(AccessError):
            self.env["account.dunning.run"].with_user(self.invoicing).action_run()


@tagged("post_install", "-at_install")
class TestDunningPeersCompanies(PeersCommon):
    """Several companies (B10, aft#691, aft#780, cc#94, cc#187)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setup_other_company_data()
        cls.collector.company_ids |= cls.other_company

    def test_two_companies_on_the_same_day_and_an_earlier_one(self):
        ours = self.make_overdue_invoice(10)
        theirs = self.make_overdue_invoice(10, company=self.other_company)
        notices = self.act_run()
        self.assertEqual(notices.line_ids.move_id, ours)
        others = self.act_run(self.other_company)
        self.assertEqual(others.line_ids.move_id, theirs)
        self.assertEqual(others.company_id, self.other_company)
        # A run in one company does not lock the past of the other.
        self.run_dunning(TODAY + timedelta(days=1))
        self.run_dunning(TODAY, company=self.other_company)

    def test_a_scenario_of_a_customer_is_of_one_company(self):
        soft = self.make_scenario(60)
        self.customer.with_company(self.other_company).dunning_scenario_id = soft
        ours = self.make_overdue_invoice(10)
        theirs = self.make_overdue_invoice(10, company=self.other_company)
        self.assertTrue(self.act_run())
        self.assertFalse(self.act_run(self.other_company))
        self.assertEqual(self.get_decisions(ours).scenario_id, self.scenario)
        self.assertEqual(self.get_decisions(theirs).scenario_id, soft)

    def test_quiet_days_are_of_one_company(self):
        """One company's letter says nothing about what the other is owed."""
        self.make_overdue_invoice(10)
        self.run_and_send(TODAY)
        self.make_overdue_invoice(10, company=self.other_company)
        self.assertTrue(self.run_dunning(TODAY, company=self.other_company).notice_ids)
