import io
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from openpyxl import load_workbook
from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .common import TODAY, days_ago
from .common_letters import get_text
from .common_penalty_letters import PenaltyLettersCommon

STATEMENT = "account_dispute_dunning.report_penalty_statement"
ACCOUNT = "account_dispute_dunning.report_statement"
STOP = date(2026, 9, 3)
# From, to, base, rate, days, days of the year, interest: as a letter in English prints them.
SEGMENT = re.compile(r"([\d,.]+) € ([\d.]+) % (\d+) (\d+) ([\d,.]+)(?= )")


def to_decimal(text):
    return Decimal(text.replace(",", ""))


@tagged("post_install", "-at_install")
class TestPenaltyStatement(PenaltyLettersCommon):
    """The statement of penalties: whoever has a pocket calculator finds its amounts (S4.24)."""

    def make_partly_paid_invoice(self, **values):
        """FR15 of the published cases: 10,000 due on 1 May 2026, 4,000 paid on 1 July."""
        invoice = self.make_invoice(amount=10000.0, due=date(2026, 5, 1), **values)
        self.pay(invoice, 4000, on_date=date(2026, 7, 1))
        return invoice

    def accrue(self, *invoices, on_date=STOP):
        moves = self.env["account.move"].union(*invoices)
        self.env["account.penalty"]._refresh(self.company, on_date, moves.line_ids.ids)
        return self.env["account.penalty"].search([("move_id", "in", moves.ids)])

    def get_text(self, penalties, on_date=STOP):
        _name, pdf = penalties._get_statement_pdf(on_date)
        return get_text(pdf).replace("\N{NO-BREAK SPACE}", " ")

    def get_sheet(self, penalties, on_date=STOP):
        [statement] = penalties._get_statements(on_date)
        [[_currency, [sheet], _totals]] = statement["currencies"]
        return sheet

    # === What it says ===#

    def test_it_says_what_the_amounts_come_from(self):
        """Periods, payments, rates with their origin, the law, the day, the indemnity."""
        text = self.get_text(self.accrue(self.make_partly_paid_invoice()))
        for words in (
            "Statement of late-payment penalties up to 3 September 2026",
            "Papeterie du Midi",
            "Ateliers Vauquelin",
            "05/02/2026 06/30/2026 10,000.00 € 12.15 % 60 365 199.7260",
            "07/01/2026: payment of 4,000.00 € (principal 4,000.00 €)",
            "07/02/2026 09/03/2026 6,000.00 € 12.40 % 64 365 130.4548",
            "Interest: 333.5781, rounded 333.58 €",
            "Fixed indemnity for recovery costs 40.00 €",
            "To pay 373.58 €",
            "C. com. L441-10 II, D441-5",
            "European Central Bank, main refinancing operations, 2.40 % on 07/01/2026 + 10 points",
            "https://www.ecb.europa.eu",
            "bear no VAT",
        ):
            self.assertIn(words, text)

    def test_a_pocket_calculator_finds_the_interest(self):
        """From what is printed alone: base × rate × days ÷ days of the year, rounded once."""
        invoice = self.make_partly_paid_invoice()
        text = self.get_text(self.accrue(invoice))
        total = Decimal(0)
        for base, rate, days, year_days, printed in SEGMENT.findall(text):
            interest = to_decimal(base) * Decimal(rate) * int(days) / 100 / int(year_days)
            self.assertEqual(interest.quantize(Decimal("0.0001")), to_decimal(printed))
            total += interest
        self.assertEqual(total.quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("333.58"))

    def test_interest_first_comes_to_the_same_with_the_invoice(self):
        """C. civ. 1343-1: what a payment settles of interest is open on the invoice instead."""
        self.company.penalty_allocation = "interest_first"
        sheet = self.get_sheet(self.accrue(self.make_partly_paid_invoice()))
        # 203.12 settled by the payment, 134.87 open; the account has 6,000.00 open, not 6,203.12.
        self.assertEqual(sheet["total"], 377.99)
        self.assertIn("principal 3,796.88", [row["text"] for row in sheet["rows"]][2])
        self.assertTrue([note for note in sheet["notes"] if "settled interest" in note])

    def test_what_is_contested_is_told_apart(self):
        invoice = self.make_invoice(amount=12000.0, due=date(2026, 3, 31))
        dispute = self.contest(invoice, 3000, on_date=date(2026, 4, 20))
        sheet = self.get_sheet(self.accrue(invoice, on_date=TODAY), TODAY)
        self.assertEqual(sheet["interest"], 272.63)
        [fact] = sheet["facts"]
        for words in (dispute.name, "3,000.00", "04/20/2026", "bears no interest"):
            self.assertIn(words, fact)
        self.assertIn("contested", sheet["rows"][0]["note"])

    def test_a_credit_note_of_what_was_never_owed(self):
        """FR17: 10,800 bears interest from the first day on."""
        invoice = self.make_invoice(amount=12000.0, due=date(2026, 3, 31))
        reversal = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard = reversal.create({"date": date(2026, 6, 10), "journal_id": invoice.journal_id.id})
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        credit.invoice_line_ids.price_unit = 1200.0
        credit.action_post()
        (credit | invoice).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.pay(invoice, on_date=date(2026, 8, 31))
        sheet = self.get_sheet(self.accrue(invoice))
        self.assertEqual(sheet["interest"], 554.63)
        self.assertIn("never owed", sheet["facts"][0])
        self.assertEqual(sheet["settled"], "Settled on 08/31/2026")

    def test_what_was_waived_is_deducted(self):
        penalty = self.accrue(self.make_partly_paid_invoice())
        penalty._waive(STOP, {penalty: (100.0, 40.0)}, "A good customer")
        sheet = self.get_sheet(penalty)
        self.assertEqual((sheet["deductions"], sheet["total"]), ([("Waived", 140.0)], 233.58))

    def test_what_may_not_be_claimed_says_why(self):
        self.company.penalty_min_claim = 1000.0
        sheet = self.get_sheet(self.accrue(self.make_partly_paid_invoice()))
        self.assertEqual(sheet["total"], 0.0)
        self.assertIn("smallest claim", sheet["problem"])
        self.assertEqual(sheet["deductions"], [("Not claimed", 373.58)])

    def test_a_missing_rate_is_told_and_never_guessed(self):
        penalty = self.accrue(self.make_partly_paid_invoice())
        sheet = self.get_sheet(penalty, date(2031, 3, 1))
        self.assertFalse(sheet["result"])
        self.assertIn("No rate of", sheet["problem"])

    def test_an_agreed_rate_below_the_minimum(self):
        """3 × 2.75 = 8.25: the legal minimum, and what was agreed."""
        self.customer.penalty_rate = 5.0
        invoice = self.make_invoice(due=date(2026, 7, 31))
        text = self.get_text(self.accrue(invoice))
        self.assertIn("8.25 % the legal minimum: 3 × France, legal interest", text)
        self.assertIn("agreed: 5.00 %", text)

    # === One or many ===#

    def test_one_statement_for_each_customer(self):
        other = self.make_customer("Imprimerie Vidal")
        penalties = self.accrue(
            self.make_partly_paid_invoice(), self.make_partly_paid_invoice(partner=other)
        )
        statements = penalties._get_statements(STOP)
        self.assertEqual(
            {statement["customer"] for statement in statements}, {self.customer, other}
        )
        text = self.get_text(penalties)
        self.assertEqual(text.count("Total in EUR"), 2)
        html, _type = self.env["ir.actions.report"]._render_qweb_html(STATEMENT, penalties.ids)
        self.assertEqual(html2plaintext(html.decode()).count("Total in EUR"), 2)

    def test_each_currency_has_its_total(self):
        penalties = self.accrue(
            self.make_partly_paid_invoice(),
            self.make_invoice(due=date(2026, 7, 31), currency_id=self.foreign_currency.id),
        )
        text = self.get_text(penalties)
        self.assertIn("Total in EUR 333.58 € 40.00 € 373.58 €", text)
        self.assertRegex(text, r"Total in USD \D*11\.55 \D*80\.00 \D*91\.55")
        self.assertIn("(40.00 EUR)", text)

    def test_a_long_list_goes_over_pages(self):
        invoices = [self.make_late_invoice(20 + number) for number in range(25)]
        penalties = self.accrue(*invoices, on_date=TODAY)
        _name, pdf = penalties._get_statement_pdf(TODAY)
        pages = PdfReader(io.BytesIO(pdf)).pages
        self.assertGreater(len(pages), 4)
        for invoice in invoices:
            self.assertGreaterEqual(get_text(pdf).count(invoice.name), 2)
        self.assertRegex(" ".join(pages[1].extract_text().split()), r"Page 2 ?/")

    def test_in_the_customer_s_language(self):
        self.customer.lang = "fr_FR"
        penalty = self.accrue(self.make_partly_paid_invoice())
        _name, pdf = penalty._get_statement_pdf(STOP)
        text = get_text(pdf)
        self.assertIn("3 septembre 2026", text)
        self.assertRegex(text, r"10\s000,00\s€")
        self.assertRegex(text, r"12,15\s%")

    # === Who ===#

    def test_an_auditor_prints_it(self):
        penalty = self.accrue(self.make_partly_paid_invoice())
        action = penalty.with_user(self.auditor).action_print_statement()
        self.assertEqual(action["report_name"], STATEMENT)
        html, _type = (
            self.env["ir.actions.report"]
            .with_user(self.auditor)
            ._render_qweb_html(STATEMENT, penalty.ids)
        )
        self.assertIn("L441-10", html.decode())

    def test_a_stranger_does_not(self):
        penalty = self.accrue(self.make_partly_paid_invoice())
        for user in (self.portal, self.make_user("clerk", "base.group_user")):
            with self.assertRaises(AccessError):
                penalty.with_user(user).action_print_statement()


@tagged("post_install", "-at_install")
class TestPenaltyOnStatementOfAccount(PenaltyLettersCommon):
    """The statement of account repeats what was claimed, or what accrued, as the company says."""

    def read_account(self):
        reports = self.env["ir.actions.report"]
        html, _type = reports._render_qweb_html(ACCOUNT, self.customer.ids)
        return " ".join(html2plaintext(html.decode()).split())

    def test_what_a_letter_claimed(self):
        self.make_late_invoice()
        notice = self.prepare()
        self.assertNotIn("penalties", self.read_account())
        self.post(notice)
        text = self.read_account()
        self.assertIn("As we have claimed them", text)
        for amount in ("13.32", "40.00", "53.32"):
            self.assertIn(amount, text)

    def test_what_accrued(self):
        self.company.penalty_on_statement = "accrued"
        invoice = self.make_late_invoice()
        self.env["account.penalty"]._refresh(self.company, TODAY, invoice.line_ids.ids)
        text = self.read_account()
        self.assertIn("Up to 06/30/2026", text)
        self.assertIn("53.32", text)
        self.assertFalse(self.get_penalty(invoice).claimed)

    def test_nothing(self):
        self.company.penalty_on_statement = "none"
        self.make_late_invoice()
        self.post(self.prepare())
        self.assertNotIn("penalties", self.read_account())

    def test_what_is_contested_since_is_left_out(self):
        """Design, rule 7."""
        invoice = self.make_late_invoice()
        self.post(self.prepare())
        self.contest(invoice, on_date=days_ago(39))
        self.assertNotIn("penalties", self.read_account())

    def test_the_workbook_has_them_below_the_ledger(self):
        """They are no part of the balance, which ties out as before."""
        self.make_late_invoice()
        self.post(self.prepare())
        _name, content = self.env["account.receivable"]._get_statement_xlsx(
            self.customer, self.company, TODAY
        )
        sheet = load_workbook(io.BytesIO(content)).active
        rows = {row[0]: row[-1] for row in sheet.iter_rows(values_only=True) if row[0]}
        self.assertEqual(rows["Late-payment interest (As we have claimed them)"], 13.32)
        self.assertEqual(rows["Fixed indemnities (As we have claimed them)"], 40.0)
        self.assertEqual(rows["Balance of the receivable account"], 1000.0)
