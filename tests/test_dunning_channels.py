from odoo.tests import tagged

from .common import TODAY
from .common_notices import NoticesCommon


@tagged("post_install", "-at_install")
class TestDunningChannels(NoticesCommon):
    """To whom a notice goes, by which channel, why not by another, and how it leaves."""

    def make_contact(self, **values):
        values = {"parent_id": self.customer.id, "type": "contact"} | values
        return self.env["res.partner"].create(
            {"name": "Marie", "email": "marie@x.example"} | values
        )

    def choose(self, channel, contact=None, treatment=None):
        step = self.make_scenario({"offset_days": 1, "channel": channel}).step_ids
        notices = self.env["account.dunning.notice"]
        return notices._choose_channel(step, contact or self.customer, treatment)

    def get_contact(self, treatment=None):
        return self.env["account.dunning.notice"]._get_contact(self.customer, treatment)

    def make_treatment(self, **values):
        return self.env["account.dunning.treatment"].create(
            {"partner_id": self.customer.id, "reason": "Agreed by phone"} | values
        )

    # === Recipient (S4.11) ===#

    def test_the_treatment_names_the_recipient(self):
        self.make_contact(dunning_role="payables")
        boss = self.make_contact(name="Boss")
        self.assertEqual(self.get_contact(self.make_treatment(contact_id=boss.id)), boss)

    def test_accounts_payable_before_the_invoice_contact(self):
        self.make_contact(type="invoice")
        payables = self.make_contact(dunning_role="payables")
        self.make_contact(dunning_role="management")
        self.assertEqual(self.get_contact(), payables)

    def test_who_is_unreachable_is_not_written_to(self):
        self.make_contact(dunning_role="payables", is_unreachable=True)
        invoice_contact = self.make_contact(type="invoice")
        self.assertEqual(self.get_contact(), invoice_contact)

    def test_the_customer_when_its_contacts_have_no_email(self):
        self.make_contact(type="invoice", email=False)
        self.make_contact(dunning_role="payables", email=False)
        self.assertEqual(self.get_contact(), self.customer)

    # === Channel ===#

    def test_a_call_without_phone_is_an_email(self):
        """S4.7."""
        self.assertEqual(self.choose("call"), ("email", "Papeterie du Midi has no phone number."))
        self.customer.phone = "04 67 00 00 00"
        self.assertEqual(self.choose("call"), ("call", ""))

    def test_what_a_call_became_waits_for_a_person(self):
        """S4.7: nobody is written to by itself whom a person should have called."""
        notice = self.prepare("call", automatic=True)
        self.assertRecordValues(
            notice,
            [
                {
                    "channel": "email",
                    "state": "draft",
                    "channel_reason": "Papeterie du Midi has no phone number.",
                }
            ],
        )

    def test_an_email_without_address_is_a_letter(self):
        contact = self.make_customer("Nobody", email=False)
        self.assertEqual(self.choose("email", contact), ("letter", "Nobody has no e-mail address."))
        self.assertEqual(
            self.choose("call", contact),
            ("letter", "Nobody has no phone number. Nobody has no e-mail address."),
        )

    def test_the_company_s_own_address_does_not_count(self):
        """Peer bug B5: no letter because the company has no e-mail."""
        self.company.partner_id.email = False
        self.assertEqual(self.choose("email"), ("email", ""))

    def test_the_channel_agreed_with_the_customer(self):
        """S1.19; a registered letter is not what is agreed about."""
        treatment = self.make_treatment(channel="letter")
        self.assertEqual(
            self.choose("email", treatment=treatment),
            ("letter", "Agreed for this customer: Agreed by phone."),
        )
        self.assertEqual(self.choose("registered", treatment=treatment), ("registered", ""))

    # === Sending ===#

    def test_a_letter_without_postal_address_fails_and_says_so(self):
        """Design, rule 8."""
        partner = self.make_customer("Nowhere", street=False, city=False)
        notice = self.prepare("letter", partner=partner)
        other = self.prepare("letter")
        self.process()
        self.assertEqual(notice.state, "failed")
        self.assertIn("Nowhere has no postal address", notice.state_reason)
        self.assertTrue(other.attachment_id)
        partner.write({"street": "2 quai des Docks", "city": "Nice"})
        notice.with_user(self.collector).action_validate()
        notice.with_user(self.assistant).action_send()
        self.assertRecordValues(notice, [{"state": "sent", "done_on": TODAY}])

    def test_what_keeps_it_from_leaving_is_shown(self):
        notice = self.prepare()
        self.assertFalse(notice.obstacle)
        self.customer.email = False
        notice.invalidate_recordset(["obstacle"])
        self.assertIn("has no e-mail address", notice.obstacle)

    def test_a_blacklisted_address_is_never_silent(self):
        """Peers' #11 and #447: it stayed “queued” for ever."""
        notice = self.prepare(automatic=True)
        self.env["mail.blacklist"]._add(self.customer.email)
        self.assertIn("must not be written to", notice.obstacle)
        self.process()
        self.assertEqual(notice.state, "failed")
        self.assertIn(self.customer.email, notice.state_reason)
        self.assertTrue(self.customer.is_unreachable)
        self.assertEqual(notice.activity_ids.user_id, self.collector)

    def test_a_task_is_done_by_a_person(self):
        notice = self.prepare("task")
        self.process()
        self.assertEqual((notice.state, notice.attachment_id.id), ("draft", False))
        notice.with_user(self.collector).action_done()
        self.assertEqual(notice.state, "sent")

    # === Who signs, who is copied ===#

    def test_who_signs_and_who_is_copied(self):
        boss = self.make_contact(name="Boss", email="boss@x.example")
        notice = self.prepare(
            signatory="user",
            signatory_id=self.manager.id,
            copy_salesperson=True,
            copy_partner_ids=boss.ids,
        )
        salesperson = notice.line_ids.move_id.invoice_user_id
        self.assertEqual(notice.signatory_id, self.manager)
        self.assertEqual(notice.copy_partner_ids, boss | salesperson.partner_id)

    def test_copies_leave_once_the_customer_has_it(self):
        boss = self.make_contact(name="Boss", email="boss@x.example")
        notice = self.queue(copy_partner_ids=boss.ids)
        with self.mock_mail_gateway():
            self.get_mails(notice).send()
            self.assertEqual(notice.state, "sent")
            self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).send()
        self.assertSentEmail(
            self.collector.partner_id, [boss], subject="Copy: Payment due", body_content="1,000.00"
        )
