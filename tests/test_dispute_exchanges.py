import hashlib

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from odoo.addons.mail.tests.common import MailCase

from ..engine.tone import find_threats
from .common_exchanges import ExchangesCommon


@tagged("post_install", "-at_install")
class TestDisputeLetters(ExchangesCommon, MailCase):
    """What leaves for the customer is chosen, frozen, sent once and kept (S0.14, S2.39)."""

    def suspect(self, **values):
        """A suspicion of the collector about 100 of a new invoice, to be acknowledged."""
        invoice = self.make_overdue_invoice(5)
        disputes = self.env["account.dispute"].with_user(self.collector)
        return disputes.create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.reason.id,
                "user_id": self.collector.id,
                "tell_customer": True,
                "line_ids": disputes._prepare_from_amounts(invoice._get_receivable_lines(), 100),
            }
            | values
        )

    # === Acknowledgement ===#

    def test_opening_acknowledges_once(self):
        """S1.13: number, owner with phone, target date; once, also when it is reopened."""
        dispute = self.suspect()
        with self.mock_mail_gateway():
            dispute.action_open()
            self.env["mail.mail"].sudo().search([("state", "=", "outgoing")]).send()
        exchange = self.get_exchanges("acknowledgement", dispute)
        self.assertRecordValues(
            exchange,
            [
                {
                    "direction": "out",
                    "channel": "email",
                    "is_automatic": True,
                    "author_id": self.collector.partner_id.id,
                    "recipient_id": self.customer.id,
                    "contested_amount": 100,
                }
            ],
        )
        deadline = f"{dispute.date_deadline:%-d %B %Y}"
        for word in (dispute.name, "Collector", "01 23 45 67 89", deadline, "100.00"):
            self.assertIn(word, html2plaintext(exchange.body))
        theirs = [mail for mail in self._mails if self.customer.email in str(mail["email_to"])]
        self.assertEqual(len(theirs), 1)
        self.assertEqual(exchange.delivery, "sent")
        self.assertFalse(dispute.first_answered_on, "a machine's letter is no first answer")
        self.close_dispute(dispute)
        dispute.action_open()
        self.assertEqual(self.get_exchanges("acknowledgement", dispute), exchange)

    def test_no_acknowledgement_of_internal_disputes(self):
        """S1.13: nor where nobody asked for it."""
        for values in ({"is_internal": True}, {"tell_customer": False}):
            dispute = self.suspect(**values)
            dispute.action_open()
            self.assertFalse(dispute.exchange_ids)

    def test_opening_does_not_fail_without_letter(self):
        """A missing acknowledgement is noted in the dispute; a person's letter is refused."""
        self.env["account.dispute.letter"].search([("kind", "=", "acknowledgement")]).active = False
        dispute = self.suspect()
        dispute.action_open()
        self.assertEqual(dispute.state, "open")
        self.assertIn("No letter “Acknowledgement” fits", dispute.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "No letter “Acknowledgement” fits"):
            dispute._send_letter("acknowledgement")

    # === Frozen ===#

    def test_what_was_sent_is_frozen(self):
        """S0.14: unlink raises AccessError, the text and the PDF stay, the hash re-verifies."""
        exchange = self.dispute_as_collector._send_letter("answer")
        self.assertTrue(exchange._verify())
        self.assertEqual(
            exchange.pdf_sha256, hashlib.sha256(exchange.attachment_id.raw).hexdigest()
        )
        for user in (self.collector, self.manager):
            frozen = exchange.with_user(user)
            with self.assertRaises(AccessError):
                frozen.unlink()
            for values in ({"body": "x"}, {"pdf_sha256": "0"}, {"dispute_id": False}):
                with self.assertRaises(AccessError):
                    frozen.write(values)
            with self.assertRaises(AccessError):
                frozen.attachment_id.raw = b"forged"
            with self.assertRaises(AccessError):
                frozen.attachment_id.unlink()
        for values in ({"body": "x"}, {"subject": "x"}):
            with self.assertRaises(AccessError):
                exchange.sudo().write(values)
        self.assertEqual(
            exchange.with_user(self.auditor).action_verify()["params"]["type"], "success"
        )
        exchange.attachment_id.sudo().raw = b"forged"
        self.assertFalse(exchange._verify())
        with self.assertRaisesRegex(UserError, "not the one that was sent"):
            exchange.with_user(self.auditor).action_verify()

    def test_a_dispute_with_letters_is_kept(self):
        """S0.14: a suspicion may be deleted, unless the customer was written to."""
        suspicion = self.suspect()
        suspicion._send_letter("answer")
        with self.assertRaisesRegex(UserError, "which are proof"):
            suspicion.with_user(self.manager).unlink()

    def test_nobody_forges_a_letter(self):
        """S0.14: what sending writes is not for a person to write."""
        exchanges = self.env["account.dispute.exchange"].with_user(self.collector)
        for values in (
            {"pdf_sha256": "0"},
            {"is_automatic": True},
            {"contested_amount": 1},
            {"channel": "portal", "direction": "in"},
        ):
            with self.assertRaises(AccessError):
                exchanges.create({"dispute_id": self.dispute.id} | values)

    # === Channel ===#

    def test_a_letter_without_email_is_posted_by_a_person(self):
        self.customer.email = False
        exchange = self.dispute_as_collector._send_letter("restatement")
        self.assertEqual(exchange.channel, "letter")
        activity = self.dispute.activity_ids
        self.assertEqual(activity.user_id, self.collector)
        self.assertIn("Print and post", activity.summary)
        self.assertIn(str(exchange.attachment_id.id), exchange.action_print()["url"])
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self.dispute._send_letter("restatement", channel="email")

    def test_the_contact_who_contests_is_answered(self):
        contact = self.env["res.partner"].create(
            {"name": "Ms Rey", "parent_id": self.customer.id, "email": "rey@example.com"}
        )
        self.dispute.contact_id = contact
        self.assertEqual(self.dispute._send_letter("answer").recipient_id, contact)

    # === Which letter ===#

    def test_the_most_specific_letter_wins(self):
        """S2.39: by the state, then the reason, the outcome, and the family of the reason."""
        letters = self.env["account.dispute.letter"]
        family = letters._choose(self.dispute, "answer")
        self.assertEqual(family.name, "Answer: invoicing")
        values = {"kind": "answer", "template_id": family.template_id.id, "tone": "neutral"}
        ours = {"reason_ids": [Command.link(self.reason.id)]}
        state, both, reason, outcome = letters.create(
            [
                values | {"name": "by state", "state": "open"},
                values | ours | {"name": "by reason and outcome", "outcome": "credit"},
                values | ours | {"name": "by reason"},
                values | {"name": "by outcome", "outcome": "credit"},
            ]
        )
        for best in (state, both, reason, outcome, family):
            self.assertEqual(letters._choose(self.dispute, "answer", "credit"), best)
            best.active = False
        self.assertEqual(letters._choose(self.dispute, "answer").name, "Answer: where we are")
        (both | outcome).active = True
        self.assertNotIn(letters._choose(self.dispute, "answer", "gesture"), both | outcome)

    def test_a_firm_letter_waits_for_the_end_of_the_dispute(self):
        """S2.76: refused while the dispute is open, and to customers who bear no such tone."""
        firm = self.env.ref("account_dispute_dunning.dispute_letter_resumption")
        firm.tone = "firm"
        with self.assertRaisesRegex(UserError, "is Firm.*may be Neutral at most"):
            self.dispute._send_letter("resumption", letter=firm)
        self.assertFalse(firm._choose(self.dispute, "resumption"))
        self.close_dispute(self.dispute, "unfounded")
        self.assertEqual(firm._choose(self.dispute, "resumption"), firm)
        self.customer.dispute_tone = "warm"
        self.assertFalse(firm._choose(self.dispute, "resumption"))

    def test_the_language_of_the_contact(self):
        """The letter is in the customer's language, whatever that of the collector."""
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("account_dispute_dunning.mail_template_dispute_answer_invoicing")
        template.with_context(lang="fr_FR").subject = "Votre litige {{ object.name }}"
        self.customer.lang = "fr_FR"
        self.dispute.date_deadline = "2026-07-14"
        exchange = self.dispute_as_collector._send_letter("answer")
        self.assertEqual(exchange.subject, f"Votre litige {self.dispute.name}")
        self.assertIn("14 juillet 2026", exchange.body)
        self.assertEqual(exchange.lang, "fr_FR")

    # === What letters say ===#

    def test_an_apology_names_the_credit_note_and_what_changes(self):
        """S2.73: the credit note's number and the corrective action."""
        cause = self.env["account.dispute.cause"].create({"name": "Old prices", "code": "test"})
        self.env["account.dispute.improvement"].create(
            {"name": "Prices are loaded every night.", "cause_id": cause.id}
        )
        credit = self.make_invoice(amount=-120)
        resolution = self.make_resolution(cause_id=cause.id)
        resolution._write_guarded(credit_move_ids=[Command.link(credit.id)])
        body = self.dispute_as_collector._send_letter("apology", resolution=resolution).body
        for words in (credit.name, "Prices are loaded every night."):
            self.assertIn(words, body)

    def test_a_proposal_says_how_much_until_when_and_where(self):
        """S2.60: amount, conditions, validity and the link to the portal."""
        line = self.dispute.line_ids
        resolution = self.make_resolution(
            valid_until="2026-07-15",
            line_ids=[Command.create({"dispute_line_id": line.id, "amount": 120})],
        )
        exchange = self.dispute_as_collector._send_letter("proposal", resolution=resolution)
        for words in ("120.00", "The price list of January applies.", "15 July 2026"):
            self.assertIn(words, exchange.body)
        self.assertIn(f"/my/disputes/{self.dispute.id}?access_token=", exchange.body)
        self.assertEqual(exchange.resolution_id, resolution)

    def test_the_resumption_states_the_amount_and_the_new_deadline(self):
        """S1.15: what is to be paid of the invoice, and until when."""
        self.pay(self.invoice, 200)
        self.close_dispute(self.dispute, "unfounded", grace_days=8)
        exchange = self.dispute_as_collector._send_letter("resumption")
        self.assertIn("800.00", exchange.body)
        self.assertIn("8 July 2026", exchange.body)
        self.dispute.resolution_id.new_due_date = "2026-08-31"
        self.assertIn("31 August 2026", self.dispute._send_letter("resumption").body)

    def test_every_letter_fits_on_one_page(self):
        """One page, on the letterhead, with the words of the e-mail."""
        self.dispute.problem = "You were billed 70.00 instead of 60.00 per unit."
        self.dispute.date_deadline = "2026-07-14"
        resolution = self.make_resolution(valid_until="2026-07-15")
        for letter in self.env["account.dispute.letter"].search([]):
            with self.subTest(letter=letter.name):
                exchange = self.dispute._send_letter(
                    letter.kind, letter=letter, resolution=resolution
                )
                pages, text = self.get_pdf_text(exchange)
                self.assertEqual(pages, 1)
                self.assertIn(self.dispute.name, text)
                self.assertIn("Yours faithfully", text)

    # === Tone ===#

    def test_no_letter_of_ours_threatens(self):
        """S2.57: the shipped words pass their own check."""
        for template in self.env["account.dispute.letter"].search([]).template_id:
            self.assertEqual(find_threats(html2plaintext(template.body_html)), [])
