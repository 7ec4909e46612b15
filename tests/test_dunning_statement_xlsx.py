import io
from zipfile import ZipFile

import openpyxl

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import TODAY, CollectionsCommon, days_ago


class WorkbookCommon(CollectionsCommon):
    def read_statement(self, partner=None, company=None, values=True, user=None):
        partners = self.env["res.partner"].with_user(user or self.env.user)
        _name, content = partners._get_statement_xlsx(
            (partner or self.customer).with_env(partners.env), company or self.company, TODAY
        )
        return openpyxl.load_workbook(io.BytesIO(content), data_only=values)

    def find(self, sheet, text, column=1):
        """The number of the row whose first cell says `text`."""
        return next(
            row for row in range(1, sheet.max_row + 1) if sheet.cell(row, column).value == text
        )

    def get_ledger(self, partner):
        """What the receivable accounts say, by the shortest way."""
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", partner.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "child_of", self.company.id),
            ]
        )
        return round(sum(lines.mapped("balance")), 2)

    def assert_ties(self, sheet, ledger):
        """The last lines: ledger, and no gap, as values and as formulas (cached) alike."""
        last = sheet.max_row
        self.assertEqual(sheet.cell(last, 1).value, "Gap")
        self.assertEqual(sheet.cell(last, sheet.max_column).value, 0)
        self.assertAlmostEqual(sheet.cell(last - 1, sheet.max_column).value, ledger, 2)


@tagged("post_install", "-at_install")
class TestDunningStatementXlsx(WorkbookCommon):
    """The statement of account on a spreadsheet: complete, safe, and equal to the ledger."""

    def test_a_line_shows_what_is_open_contested_and_to_claim(self):
        invoice = self.make_overdue_invoice(days=40)
        self.pay(invoice, 100)
        self.contest(invoice, 250)
        sheet = self.read_statement().active
        row = self.find(sheet, invoice.name)
        values = [cell.value for cell in sheet[row]]
        self.assertEqual([values[1].date(), values[2].date()], [days_ago(70), days_ago(40)])
        self.assertEqual(values[3:], [40, 1000, 900, 250, 0, 0, 0, 650, 900])

    def test_totals_are_formulas_with_the_value_they_will_have(self):
        for amount in (10.1, 20.2, 30.3):
            self.make_overdue_invoice(amount=amount)
        self.make_overdue_invoice(amount=-5.55)
        formulas, values = self.read_statement(values=False).active, self.read_statement().active
        total = self.find(values, "Total EUR")
        self.assertEqual(formulas.cell(total, 6).value, f"=SUM(F{total - 4}:F{total - 1})")
        self.assertEqual(values.cell(total, 6).value, 55.05)
        self.assertTrue(formulas.cell(formulas.max_row, 12).value.startswith("=ROUND("))
        self.assert_ties(values, 55.05)

    def test_ages_add_up_to_what_is_open(self):
        for days in (-10, 0, 1, 30, 31, 60, 61, 90, 91, 400):
            self.make_overdue_invoice(days=days, amount=100 + days)
        sheet, formulas = self.read_statement().active, self.read_statement(values=False).active
        titles = self.find(sheet, "Not due", column=6)
        amounts = [sheet.cell(titles + 1, column).value for column in range(6, 11)]
        self.assertEqual(amounts, [190, 231, 291, 351, 691])
        self.assertEqual(sum(amounts), self.get_ledger(self.customer))
        first, last = titles - 11, titles - 2
        self.assertEqual(
            formulas.cell(titles + 1, 7).value,
            f'=SUMIFS(F{first}:F{last},D{first}:D{last},">=1",D{first}:D{last},"<=30")',
        )
        self.assertEqual(
            formulas.cell(titles + 1, 10).value,
            f'=SUMIFS(F{first}:F{last},D{first}:D{last},">=91")',
        )

    def test_text_is_never_a_formula(self):
        """A name or a number that a customer chose is text, whatever it begins with."""
        for start in "=+-@\t":
            name = f"{start}HYPERLINK(1+1)"
            customer = self.make_customer(
                name, ref=f"{start}1+1", street=f"{start}cmd|' /C calc'!A0"
            )
            invoice = self.make_invoice(customer, payment_reference=f"{start}1+1")
            invoice.line_ids.name = f"{start}1+1"
            _name, content = customer._get_statement_xlsx(customer, self.company, TODAY)
            book = openpyxl.load_workbook(io.BytesIO(content))
            cells = [cell for row in book.active.iter_rows() for cell in row if cell.value]
            texts = [cell for cell in cells if str(cell.value).strip().startswith(name.strip())]
            self.assertTrue(texts)
            self.assertEqual({cell.data_type for cell in texts}, {"s"})
            for cell in cells:
                if cell.data_type == "f":
                    self.assertRegex(cell.value, r"^=(SUM|SUMIFS|ROUND)\(|^=L\d+(\+L\d+)*$")

    def test_each_currency_has_its_block_and_format(self):
        self.make_overdue_invoice(amount=100)
        dollars = self.make_overdue_invoice(amount=300, currency_id=self.foreign_currency.id)
        sheet = self.read_statement().active
        euro, dollar = self.find(sheet, "Total EUR"), self.find(sheet, "Total USD")
        self.assertLess(euro, dollar, "the company's own currency comes first")
        self.assertEqual([sheet.cell(row, 6).value for row in (euro, dollar)], [100, 300])
        self.assertEqual([sheet.cell(row, 12).value for row in (euro, dollar)], [100, 150])
        row = self.find(sheet, dollars.name)
        self.assertIn("$", sheet.cell(row, 6).number_format)
        self.assertIn("€", sheet.cell(row, 12).number_format)
        self.assert_ties(sheet, 250)

    def test_a_currency_without_cents_is_shown_without(self):
        yen = self.setup_other_currency("JPY", rounding=1.0, rates=[("1900-01-01", 100.0)])
        invoice = self.make_overdue_invoice(amount=5000, currency_id=yen.id)
        sheet = self.read_statement().active
        self.assertNotIn(".", sheet.cell(self.find(sheet, invoice.name), 6).number_format)

    def test_ready_to_print(self):
        """A4 landscape, one page wide, its titles on every page, which has a number."""
        invoice = self.make_overdue_invoice()
        sheet = self.read_statement().active
        titles = self.find(sheet, invoice.name) - 2
        self.assertEqual(sheet.freeze_panes, f"B{titles + 1}")
        self.assertEqual(sheet.print_title_rows, f"${titles}:${titles}")
        self.assertEqual(
            (sheet.page_setup.orientation, sheet.page_setup.paperSize), ("landscape", 9)
        )
        # One page wide is what Excel takes for granted; any number of pages high.
        self.assertEqual((sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight), (1, 0))
        self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
        self.assertIn("&P", sheet.oddFooter.right.text)
        self.assertEqual(sheet.cell(1, 1).value, self.company.name)
        self.assertTrue(self.find(sheet, "As of June 30, 2026"))

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        sheet = self.read_statement().active
        dates = [row[0].value for row in sheet.iter_rows() if "2026" in str(row[0].value)]
        self.assertEqual(len(dates), 1)
        self.assertIn("30 juin 2026", dates[0])

    def test_several_customers_have_a_sheet_each(self):
        """Sheet names are short, unique, and without what Excel refuses."""
        long = "A very long name of a customer that goes on [and on]"
        others = self.make_customer(long) | self.make_customer(long.upper()) | self.customer
        for customer in others:
            self.make_overdue_invoice(partner=customer)
        book = self.read_statement(others)
        self.assertEqual(
            book.sheetnames,
            [
                "A very long name of a customer",
                "A VERY LONG NAME OF A CUSTOME 2",
                "Papeterie du Midi",
            ],
        )
        for sheet in book:
            self.assert_ties(sheet, 1000)

    def test_a_customer_who_owes_nothing(self):
        sheet = self.read_statement().active
        self.assertTrue(self.find(sheet, "Nothing is open."))
        self.assert_ties(sheet, 0)

    def test_a_payment_without_invoice_ties_out(self):
        self.make_overdue_invoice()
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": 120.5, "payment_type": "inbound"}
        )
        payment.action_post()
        sheet = self.read_statement().active
        self.assert_ties(sheet, self.get_ledger(self.customer))

    def test_what_another_customer_paid_ties_out(self):
        """The payer's balance keeps its payment and this one's its invoice: the sheet says so."""
        other = self.make_customer("Payer for others")
        credit = self.make_invoice(other, amount=-400)
        invoice = self.make_overdue_invoice()
        lines = (invoice | credit).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        for partner, open_amount, balance in ((self.customer, 600, 1000), (other, 0, -400)):
            sheet = self.read_statement(partner).active
            row = self.find(sheet, "Settled with entries of other customers or companies")
            self.assertEqual(sheet.cell(row - 1, 12).value, open_amount)
            self.assertEqual(sheet.cell(row, 12).value, balance - open_amount)
            self.assert_ties(sheet, balance)

    def test_branches_belong_to_the_company(self):
        self.make_overdue_invoice()
        self.make_overdue_invoice(amount=50, company=self.branch)
        self.assert_ties(self.read_statement().active, 1050)
        self.assert_ties(self.read_statement(company=self.branch).active, 50)

    def test_another_company_is_another_creditor(self):
        """Nothing of it is on the statement, whoever asks."""
        self.setup_other_company_data()
        self.make_overdue_invoice()
        self.make_overdue_invoice(amount=70, company=self.other_company)
        self.assert_ties(self.read_statement().active, 1000)
        self.assert_ties(self.read_statement(company=self.other_company).active, 70)
        self.make_overdue_invoice(amount=50, company=self.branch)
        only = self.auditor
        only.company_ids = [Command.set(self.company.ids)]
        sheet = self.read_statement(user=only).active
        self.assert_ties(sheet, 1000)

    def test_contacts_belong_to_their_company(self):
        contact = self.make_customer("Accounts", parent_id=self.customer.id, is_company=False)
        self.make_overdue_invoice(partner=contact)
        self.assert_ties(self.read_statement(contact).active, 1000)

    def test_the_statement_of_many_customers_takes_few_statements(self):
        """The receivables are read once for all; each customer adds its ledger figures."""
        customers = self.env["res.partner"]
        for number in range(6):
            customers |= self.make_customer(f"Customer {number}")
            self.make_overdue_invoice(partner=customers[-1])
        self.read_statement(customers)
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.read_statement(customers[:2])
        few = self.cr.sql_log_count - before
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.read_statement(customers)
        self.assertLessEqual(self.cr.sql_log_count - before - few, 4 * 4)

    def test_the_file_is_named_for_people(self):
        self.customer.name = 'Dupont / "Fils" & Cie..'
        name, content = self.customer._get_statement_xlsx(self.customer, self.company, TODAY)
        self.assertEqual(name, "Statement of account Dupont Fils Cie 2026-06-30.xlsx")
        self.assertIn("xl/workbook.xml", ZipFile(io.BytesIO(content)).namelist())


@tagged("post_install", "-at_install")
class TestAgedBalanceXlsx(WorkbookCommon):
    def read_balance(self, receivables=None, companies=None, values=True):
        domain = [] if receivables is None else [("id", "in", receivables.ids)]
        _name, content = self.env["account.receivable"]._get_aged_balance_xlsx(
            domain, companies or self.company
        )
        return openpyxl.load_workbook(io.BytesIO(content), data_only=values)

    def test_a_row_per_customer_with_its_ages(self):
        self.make_invoice()
        self.make_overdue_invoice(days=45, amount=200)
        self.contest(self.make_overdue_invoice(days=100, amount=500), 300)
        sheet = self.read_balance().active
        row = self.find(sheet, "Papeterie du Midi")
        self.assertEqual(
            [cell.value for cell in sheet[row]][1:],
            [1700, 1000, 0, 200, 0, 500, 300, 0, 0, 0, 1400, 1700],
        )
        figures = self.env["account.receivable"]._tie_out(self.company)[self.company]
        self.assert_ties(sheet, figures["ledger"])

    def test_the_rest_of_the_ledger_is_a_line_of_its_own(self):
        shown, other = self.make_overdue_invoice(), self.make_overdue_invoice(amount=30)
        sheet = self.read_balance(self.get_receivables(shown)).active
        row = self.find(sheet, "Open, not on this sheet")
        self.assertEqual(sheet.cell(row, 13).value, other.amount_residual)
        self.assert_ties(sheet, 1030)

    def test_a_block_per_currency(self):
        self.make_overdue_invoice(amount=100)
        self.make_overdue_invoice(amount=300, currency_id=self.foreign_currency.id)
        sheet = self.read_balance().active
        euro, dollar = self.find(sheet, "Total EUR"), self.find(sheet, "Total USD")
        self.assertLess(euro, dollar, "the company's own currency comes first")
        self.assertEqual([sheet.cell(row, 2).value for row in (euro, dollar)], [100, 300])
        self.assert_ties(sheet, 250)

    def test_a_sheet_per_company(self):
        self.make_overdue_invoice(amount=100)
        self.make_overdue_invoice(amount=70, company=self.branch)
        book = self.read_balance(companies=self.company | self.branch)
        self.assertEqual(book.sheetnames, [self.company.name, self.branch.name])
        for sheet, amount in zip(book, (100, 70), strict=True):
            self.assert_ties(sheet, amount)

    def test_totals_are_formulas(self):
        self.make_overdue_invoice()
        sheet = self.read_balance(values=False).active
        total = self.find(sheet, "Total EUR")
        self.assertEqual(sheet.cell(total, 2).value, f"=SUM(B{total - 1}:B{total - 1})")


@tagged("post_install", "-at_install")
class TestWorkbookAccess(WorkbookCommon, HttpCase):
    """Who may see receivables may download them, each its own downloads."""

    def download(self, user, url):
        self.authenticate(user.login, user.login)
        return self.url_open(url, allow_redirects=False)

    def ask(self, user, records=None):
        records = self.customer if records is None else records
        return records.with_user(user).action_download_statement()["url"]

    def test_an_auditor_downloads_a_statement(self):
        self.make_overdue_invoice()
        response = self.download(self.auditor, self.ask(self.auditor))
        self.assertEqual(response.status_code, 200)
        self.assertIn("spreadsheetml", response.headers["Content-Type"])
        self.assertIn(
            "Statement%20of%20account%20Papeterie%20du%20Midi%202026-06-30.xlsx",
            response.headers["Content-Disposition"],
        )
        self.assert_ties(
            openpyxl.load_workbook(io.BytesIO(response.content), data_only=True).active, 1000
        )

    def test_the_list_of_customers_gives_their_statements(self):
        other = self.make_customer("Second")
        action = self.env.ref("account_dispute_dunning.action_partner_statement")
        customers = self.customer | other
        done = action.with_user(self.auditor).with_context(
            active_model="res.partner", active_ids=customers.ids
        )
        response = self.download(self.auditor, done.run()["url"])
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        self.assertEqual(set(book.sheetnames), set(customers.mapped("name")))

    def test_a_download_is_for_the_user_who_asked_for_it(self):
        url = self.ask(self.auditor)
        self.assertEqual(self.download(self.manager, url).status_code, 404)
        self.assertEqual(self.download(self.portal, url).status_code, 404)
        self.assertEqual(
            self.download(self.auditor, "/account_dispute_dunning/workbook/0").status_code, 404
        )

    def test_strangers_are_refused(self):
        """The customer of the portal, and a colleague without any role."""
        colleague = self.make_user("colleague", "base.group_user")
        receivable = self.get_receivables(self.make_overdue_invoice())
        for user in (self.portal, colleague):
            for records in (self.customer, receivable):
                with self.assertRaises(AccessError):
                    getattr(
                        records.with_user(user),
                        "action_download_statement"
                        if records == self.customer
                        else "action_statement",
                    )()
            with self.assertRaises(AccessError):
                receivable.with_user(user).action_aged_balance()
            with self.assertRaises(AccessError):
                self.customer.with_user(user).action_send_statement()

    def test_the_list_gives_the_aged_balance_of_what_it_shows(self):
        shown, _other = self.make_overdue_invoice(), self.make_overdue_invoice(amount=30)
        receivables = self.env["account.receivable"].with_user(self.auditor)
        listed = receivables.with_context(active_domain=[("move_id", "=", shown.id)])
        for records in (listed, self.get_receivables(shown).with_user(self.auditor)):
            response = self.download(self.auditor, records.action_aged_balance()["url"])
            sheet = openpyxl.load_workbook(io.BytesIO(response.content), data_only=True).active
            row = self.find(sheet, "Open on this sheet")
            self.assertEqual(sheet.cell(row, 13).value, 1000)

    def test_a_company_that_the_user_lost_is_not_in_the_file(self):
        self.make_overdue_invoice(amount=70, company=self.branch)
        receivables = self.env["account.receivable"].with_user(self.auditor)
        both = receivables.with_context(allowed_company_ids=(self.company | self.branch).ids)
        url = both.action_aged_balance()["url"]
        self.auditor.company_ids = [Command.set(self.company.ids)]
        response = self.download(self.auditor, url)
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        self.assertEqual(book.sheetnames, [self.company.name])

    def test_a_collector_sends_the_statement_by_email(self):
        self.make_overdue_invoice()
        action = self.customer.with_user(self.collector).action_send_statement()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.collector)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(composer.partner_ids, self.customer)
        self.assertIn("as of June 30, 2026", composer.body)
        composer.action_send_mail()
        message = self.customer.message_ids[0]
        self.assertEqual(
            message.attachment_ids.mapped("name"),
            ["Statement of account Papeterie du Midi 2026-06-30.xlsx"],
        )
        with self.assertRaises(AccessError):
            self.customer.with_user(self.auditor).action_send_statement()
