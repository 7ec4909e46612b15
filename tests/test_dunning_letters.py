import io
from datetime import timedelta

from pypdf import PdfReader

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from ..report.workbook import MIMETYPE as XLSX
from .common import TODAY, days_ago
from .common_letters import LettersCommon, get_text


@tagged("post_install", "-at_install")
class TestDunningLetterWords(LettersCommon):
    """What each kind of letter says."""

    def test_before_the_due_date(self):
        """S0.25, S0.26, S0.27, S2.24: the due date, the amount, and where to report a problem."""
        invoice = self.make_invoice(due=TODAY + timedelta(days=10))
        notice = self.make_notice("preventive", channel="email")
        text = self.read_letter(notice)
        for words in (invoice.name, "July 10, 2026", "1,000.00", "tell us before the due date"):
            self.assertIn(words.replace("July 10, 2026", "07/10/2026"), text)
        self.assertNotIn("Days late", text)
        self.assertIn("Report a problem", text)
        self.assertIn(notice._get_problem_path().encode(), notice.attachment_id.raw)

    def test_the_words_of_a_call_are_not_written_to_the_customer(self):
        """They are advice for a colleague: a call that becomes an e-mail has other words."""
        self.make_invoice(due=TODAY + timedelta(days=10))
        notice = self.make_notice("preventive", channel="email")
        self.assertEqual(notice.step_id.channel, "call")
        self.assertNotIn("Check that the invoice was received", notice._get_body())
        self.assertIn("will soon be due", notice._get_body())

    def test_a_reminder_says_who_to_call_and_how_to_pay(self):
        """S2.41, S2.68: name, direct phone, hours; payment mode, IBAN, reference."""
        self.make_overdue_invoice(10)
        notice = self.make_notice()
        text = self.read_letter(notice)
        for words in (
            *("Collector", "04 72 00 00 00", "9-12, 14-17", "Credit manager"),
            *("FR76 3000 6000 0112 3456 7890 189", f"reference {notice.name}", "08 July 2026"),
            *("Days late", "please tell us which and why"),
        ):
            self.assertIn(words.replace("08 July", "8 July"), text)

    def test_the_agreed_payment_mode_is_printed(self):
        """S2.41."""
        lines = self.company_data["default_journal_bank"].inbound_payment_method_line_ids
        self.customer.property_inbound_payment_method_line_id = lines[0]
        self.make_overdue_invoice(10)
        notice = self.make_notice()
        self.assertIn(f"Agreed payment mode: {lines[0].name}", self.read_letter(notice))

    def test_what_is_contested_stands_apart(self):
        """Design, rule 7."""
        invoice = self.make_overdue_invoice(10)
        self.contest(invoice, 300)
        notice = self.make_notice()
        text = self.read_letter(notice)
        self.assertIn("Contested amount (not claimed)", text)
        self.assertIn("300.00", text)
        self.assertRegex(text, r"Amount to pay [^\d]*700\.00")

    def test_nothing_contested_no_block(self):
        self.make_overdue_invoice(10)
        self.assertNotIn("Contested amount", self.read_letter(self.make_notice()))

    def test_a_thank_you_asks_for_nothing(self):
        self.make_overdue_invoice(10)
        notice = self.make_notice("thanks", custom_subject="Thank you")
        text = self.read_letter(notice)
        for words in ("Please pay", "IBAN", "contest"):
            self.assertNotIn(words, text)
        self.assertIn("Thank you", text)

    # === Formal notice ===#

    def make_formal_notice(self):
        """Three reminders, then a formal notice: of an invoice that is partly paid."""
        invoice = self.make_overdue_invoice(40, ref="PO 4711")
        self.pay(invoice, 200)
        days = []
        for offset in (39, 25, 12):
            day = days_ago(offset)
            step = self.scenario.step_ids.filtered("offset_days")[0]
            self.env["account.dunning.notice"].sudo().create(
                {
                    "company_id": self.company.id,
                    "partner_id": self.customer.id,
                    "contact_id": self.customer.id,
                    "currency_id": invoice.currency_id.id,
                    "lang": "en_US",
                    "channel": "email",
                    "date": day,
                    "done_on": day,
                    "step_id": step.id,
                    "line_ids": [
                        Command.create(
                            {
                                "move_line_id": invoice._get_receivable_lines().id,
                                "name": invoice.name,
                            }
                        )
                    ],
                }
            )._write_frozen(state="sent")
            days.append(day)
        self.scenario.entry = "age"
        self.company.dunning_cap_count = 0
        notice = self.run_dunning().notice_ids
        notice._write_frozen(
            kind="formal", channel="registered", deadline=TODAY + timedelta(days=8)
        )
        notice.registered_number = "1A 123 456 7890 1"
        return notice, days

    def test_a_formal_notice_has_what_a_court_looks_for(self):
        """legal.md 4.2, and articles R123-237 and R123-238."""
        notice, _days = self.make_formal_notice()
        text = self.read_letter(notice)
        for words in (
            "formal notice to pay",
            "mise en demeure de payer",
            "Registered letter with acknowledgement of receipt",
            "1A 123 456 7890 1",
            # Creditor and debtor.
            "Ateliers Vauquelin SAS",
            "Share capital: 50,000.00",
            "RCS Lyon 123 456 782",
            "Registered office: 12 rue des Tanneurs, 69009 Lyon",
            "Papeterie du Midi",
            # The claim.
            notice.line_ids.name,
            "PO 4711",
            "1,000.00",
            "200.00",
            "800.00",
            "stated at 30 June 2026",
            # What is asked, how to pay, what comes next.
            "by 8 July 2026 at the latest",
            "FR76 3000 6000 0112 3456 7890 189",
            "competent court",
            "in writing, with your reasons, before 8 July 2026",
            # Who signs.
            "Collector",
            "Credit manager",
        ):
            self.assertIn(words, text)

    def test_a_formal_notice_lists_the_reminders(self):
        """S4.31: three reminders, three dated lines."""
        notice, days = self.make_formal_notice()
        history = notice._get_history()
        self.assertEqual(history.mapped("done_on"), days)
        text = self.read_letter(notice)
        for day in days:
            self.assertIn(f"{day.day} {day:%B %Y}", text)

    # === Words and tone ===#

    def test_own_words_come_first(self):
        self.make_overdue_invoice(10)
        notice = self.make_notice()
        notice.with_user(self.collector).write(
            {"custom_subject": "About March", "custom_body": "<p>As agreed on the phone.</p>"}
        )
        text = self.read_letter(notice)
        self.assertIn("About March", text)
        self.assertIn("As agreed on the phone.", text)

    def test_softened_words_are_those_of_an_earlier_step(self):
        """S0.3: the nearest earlier written step within the tone."""
        self.make_overdue_invoice(10)
        first, firm = self.steps[1], self.steps[21]
        notice = self.make_notice(step_id=firm.id, tone="courteous", is_softened=True)
        self.assertEqual(notice._get_subject(), first.subject)
        self.assertEqual(notice._get_body(), first.body)

    def test_softened_words_without_an_earlier_step(self):
        self.steps[1].tone = "firm"
        self.make_overdue_invoice(10)
        notice = self.make_notice(step_id=self.steps[1].id, tone="neutral", is_softened=True)
        self.assertNotEqual(notice._get_body(), self.steps[1].body)
        self.assertIn("tell us what prevents it", notice._get_body())

    def test_the_language_is_the_contact_s(self):
        """Figures and dates as they are written there."""
        self.customer.lang = "fr_FR"
        self.make_overdue_invoice(10)
        text = self.read_letter(self.make_notice())
        self.assertIn("30 juin 2026", text)
        self.assertRegex(text, r"1\s?000,00")

    # === Form ===#

    def test_the_address_is_in_the_window(self):
        """55 mm from the top, 107 mm from the left; nothing else stands in the window."""
        self.customer.street2 = "Building B"
        self.make_overdue_invoice(10)
        notice = self.make_notice()
        notice._render_pdf()
        places = {}

        def note(text, matrix, text_matrix, _font, _size):
            left, bottom = text_matrix[4:6]
            places[text.strip()] = (
                left * matrix[0] + bottom * matrix[2] + matrix[4],
                left * matrix[1] + bottom * matrix[3] + matrix[5],
            )

        page = PdfReader(io.BytesIO(notice.attachment_id.raw)).pages[0]
        page.extract_text(visitor_text=note)
        self.assertTrue(places)
        to_mm = 25.4 / 72
        height = float(page.mediabox.height)
        inside = " ".join(
            text
            for text, (left, bottom) in places.items()
            if 100 <= left * to_mm <= 200 and 45 <= (height - bottom) * to_mm <= 90
        )
        address = "Papeterie du Midi Zone des Acacias Building B 13002 Marseille"
        self.assertEqual(set(inside.split()), set(address.split()))

    def test_what_is_missing_is_a_warning(self):
        """S2.41: said where it is reviewed, never an error."""
        self.company.write({"register_city": False, "share_capital": 0})
        missing = " ".join(self.company._get_missing_legal_mentions())
        self.assertIn("trade register", missing)
        self.assertIn("Share capital", missing)
        self.make_overdue_invoice(10)
        notice = self.make_notice()
        self.assertIn("trade register", notice.letter_warning)
        self.assertIn("payment mode", notice.letter_warning)
        self.assertIn("SIREN 123 456 782", self.read_letter(notice))

    def test_a_sole_trader_says_so(self):
        """R123-237: “EI”, without a capital."""
        self.company.write({"legal_form": "EI", "register_city": False})
        mentions = self.company._get_legal_mentions()
        self.assertEqual(mentions[0], "Ateliers Vauquelin EI")
        self.assertFalse([each for each in mentions if "capital" in each])
        self.assertFalse(self.company._get_missing_legal_mentions())

    # === Enclosures ===#

    def issue(self, invoice, content=b"%PDF-1.4 as issued"):
        self.env["ir.attachment"].create(
            {
                "name": f"{invoice.name.replace('/', '-')}.pdf",
                "raw": content,
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
                "mimetype": "application/pdf",
            }
        )
        invoice.invalidate_recordset(["invoice_pdf_report_id"])

    def test_invoices_are_enclosed_as_they_were_issued(self):
        """The very bytes, named in the letter; what was never issued is not promised."""
        issued, unissued = self.make_overdue_invoice(10), self.make_overdue_invoice(10)
        self.issue(issued)
        self.scenario.step_ids.attach_invoices = True
        notice = self.make_notice()
        text = self.read_letter(notice)
        self.assertEqual(notice.attachment_ids.mapped("raw"), [b"%PDF-1.4 as issued"])
        self.assertEqual(notice.attachment_ids.res_model, notice._name)
        enclosures = text.split("Enclosures:")[1]
        self.assertIn(issued.name.replace("/", "-"), enclosures)
        self.assertNotIn(unissued.name.replace("/", "-"), enclosures)

    def test_the_statement_is_enclosed_as_a_workbook(self):
        self.make_overdue_invoice(10)
        self.scenario.step_ids.attach_statement = True
        notice = self.make_notice()
        self.assertIn(".xlsx", self.read_letter(notice))
        self.assertTrue(notice.attachment_ids.raw.startswith(b"PK"))

    def test_a_letter_made_again_has_its_enclosures_once(self):
        self.issue(self.make_overdue_invoice(10))
        self.scenario.step_ids.attach_invoices = True
        notice = self.make_notice()
        notice._render_pdf()
        first = notice.attachment_ids
        notice._write_frozen(attachment_id=False)
        notice._render_pdf()
        self.assertEqual(len(notice.attachment_ids), 1)
        self.assertFalse(first.exists())

    def test_too_much_for_an_e_mail_is_left_to_the_links(self):
        for _number in range(2):
            self.issue(self.make_overdue_invoice(10), b"%PDF-1.4" + b"0" * 6 * 1024**2)
        self.scenario.step_ids.write({"attach_invoices": True, "attach_statement": True})
        notice = self.make_notice()
        notice._render_pdf()
        types = notice.attachment_ids.sorted("mimetype").mapped("mimetype")
        self.assertEqual(types, ["application/pdf", XLSX])
        self.assertEqual(len(notice._get_portal_links()["invoices"]), 2)

    def test_the_post_carries_all_enclosures(self):
        for _number in range(2):
            self.issue(self.make_overdue_invoice(10), b"%PDF-1.4" + b"0" * 6 * 1024**2)
        self.scenario.step_ids.write({"attach_invoices": True, "channel": "letter"})
        notice = self.make_notice()
        notice._render_pdf()
        self.assertEqual(len(notice.attachment_ids), 2)


@tagged("post_install", "-at_install")
class TestDunningEmail(LettersCommon, MailCase):
    """The e-mail that brings the letter."""

    def test_the_same_figures_with_links(self):
        """S0.27, S2.24; each document opens its page in the portal, where it is paid."""
        invoice = self.make_overdue_invoice(10)
        self.contest(invoice, 300)
        notice = self.make_notice()
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            self.env["mail.mail"].search([("mail_message_id", "=", notice.message_id.id)]).send()
        body = self._mails[0]["body"]
        for words in (
            *(invoice.name, "700.00", "Contested amount (not claimed)", "300.00"),
            *("FR76 3000 6000 0112 3456 7890 189", "04 72 00 00 00", "8 July 2026"),
            invoice.get_portal_url(),
            notice._get_problem_path(),
        ):
            self.assertIn(words.replace("&", "&amp;"), body)

    def test_enclosures_travel_with_it(self):
        invoice = self.make_overdue_invoice(10)
        TestDunningLetterWords.issue(self, invoice)
        self.scenario.step_ids.attach_invoices = True
        notice = self.make_notice()
        with self.mock_mail_gateway():
            notice._action_send(TODAY)
            self.env["mail.mail"].search([("mail_message_id", "=", notice.message_id.id)]).send()
        names = [name for name, _content, _type in self._mails[0]["attachments"]]
        self.assertEqual(len(names), 2)


@tagged("post_install", "-at_install")
class TestStatementLetter(LettersCommon):
    """The statement of account as a letter."""

    def test_it_ties_to_the_receivable_account(self):
        """Every open item, the contested part in its column; the total is the ledger's."""
        overdue = self.make_overdue_invoice(40)
        self.contest(overdue, 300)
        self.make_invoice(due=TODAY + timedelta(days=5), amount=500)
        self.make_invoice(amount=-100)
        foreign = self.make_invoice(amount=80, currency_id=self.foreign_currency.id)
        self.make_overdue_invoice(10, partner=self.make_customer("Somebody else"))
        statement = self.customer._get_statement(self.company)
        self.assertEqual(statement["total"], 1440)
        self.assertEqual(statement["total"], statement["ledger"])
        self.assertEqual(sum(amount for _label, amount in statement["ages"]), 1440)
        pdf, _type = (
            self.env["ir.actions.report"]
            .with_user(self.auditor)
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account_dispute_dunning.action_report_statement", self.customer.ids)
        )
        text = get_text(pdf)
        for words in (overdue.name, foreign.name, "300.00", "1,440.00", "Total in USD", "40"):
            self.assertIn(words, text)
        self.assertNotIn("Somebody else", text)
