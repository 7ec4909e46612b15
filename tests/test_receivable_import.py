import base64
import re
from datetime import date
from unittest.mock import patch

from odoo import tools
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.account_dispute_dunning.models import (
    account_receivable_import as import_model,
)
from odoo.addons.account_dispute_dunning.models import (
    account_receivable_import_loading as loading,
)
from odoo.addons.account_dispute_dunning.models.account_receivable_import_text import (
    FILE_MESSAGES,
    ROW_MESSAGES,
)

from .common import TODAY, CollectionsCommon

HEADER = (
    "Client;N° facture;Date facture;Échéance;Montant TTC;Devise;Réglé le;Montant contesté;Motif"
)
OPEN = "Papeterie du Midi;FAC/2012/0005;05/01/2013;04/02/2013;1 000,00;;;;"
SETTLED = "Papeterie du Midi;FAC/2012/0006;05/01/2013;04/02/2013;200,00;;12/03/2013;;"
CREDIT = "Garage 24;AV-7;06/02/2013;06/02/2013;-50,00;;;;"
CONTESTED = "C0042;FAC/2012/0007;05/01/2013;04/02/2013;600,00;;;250,00;Facture non reçue"
BAD = "Papeterie du Midi;FAC/2012/0008;31/02/2013;04/02/2013;12 euros;;;;"


@tagged("post_install", "-at_install")
class TestReceivableImport(CollectionsCommon):
    """Import of receivables (issue 2): every row is looked at, loaded once, or explained."""

    def prepare(self, *rows, content=None, name="balance.csv", user=None, **values):
        """A checked import of these rows, made by a collector."""
        if content is None:
            content = "\r\n".join((HEADER, *rows)).encode("cp1252")
        imports = self.env["account.receivable.import"].with_user(user or self.collector)
        import_ = imports.create({"name": name, "file": base64.b64encode(content)} | values)
        import_.action_check()
        return import_

    def load(self, *rows, **values):
        import_ = self.prepare(*rows, **values)
        self.assertFalse(import_.error_message)
        import_.action_load()
        return import_

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("account_dispute_dunning.cron_receivable_import").method_direct_trigger()

    def states(self, import_):
        return import_.line_ids.mapped("state")

    def count_entries(self):
        return self.env["account.move"].search_count([]), self.env["account.payment"].search_count(
            []
        )

    # === What is loaded ===#

    def test_an_open_invoice_is_claimed_under_its_old_number(self):
        """A number that says 2012 on an invoice of 2013, in a journal that accepts both."""
        import_ = self.load(OPEN)
        move = import_.line_ids.move_id
        self.assertEqual(import_.state, "done")
        self.assertEqual((move.name, move.state), ("FAC/2012/0005", "posted"))
        self.assertEqual((move.invoice_date, move.date), (date(2013, 1, 5), date(2013, 1, 5)))
        self.assertEqual(move.invoice_date_due, date(2013, 2, 4))
        self.assertEqual(move.partner_id, self.customer)
        self.assertTrue(move.is_move_sent)
        self.assertFalse(move.invoice_line_ids.tax_ids)
        row = self.get_receivables(move)
        self.assertEqual((row.residual, row.dunnable), (1000, 1000))
        self.assertEqual(row.date_maturity, date(2013, 2, 4))
        self.assert_ties_out()

    def test_a_settled_invoice_is_paid_on_its_day_and_invents_no_money(self):
        import_ = self.load(OPEN, SETTLED)
        move = import_.line_ids.filtered("settled_date").move_id
        payment = import_.line_ids.payment_id
        self.assertEqual((move.payment_state, payment.state), ("paid", "paid"))
        self.assertEqual((payment.date, payment.amount), (date(2013, 3, 12), 200))
        self.assertFalse(self.get_receivables(move))
        entries = (import_.line_ids.move_id | payment.move_id).line_ids
        accounts = set(entries.account_id.mapped("account_type"))
        self.assertEqual(accounts, {"asset_receivable", import_.account_id.account_type})
        transit = entries.filtered(lambda entry: entry.account_id == import_.account_id)
        self.assertEqual(sum(transit.mapped("balance")), -1000, "only what is open stays there")
        self.assertEqual(sum(transit.mapped("amount_residual")), -1000)
        self.assert_ties_out()

    def test_a_settled_invoice_is_paid_where_payments_await_the_bank(self):
        """With Odoo's full accounting an invoice is "in payment" until the bank statement."""
        hook = patch.object(
            self.env.registry["account.move"],
            "_get_invoice_in_payment_state",
            lambda self: "in_payment",
        )
        with hook:
            import_ = self.load(SETTLED)
            self.assertEqual(import_.line_ids.move_id.payment_state, "paid")

    def test_a_negative_amount_is_a_credit_note(self):
        settled = "Garage 24;AV-8;06/02/2013;06/02/2013;-30,00;;07/02/2013;;"
        import_ = self.load(CREDIT, settled)
        first, second = import_.line_ids.move_id.sorted("name")
        self.assertEqual((first.move_type, first.amount_total), ("out_refund", 50))
        self.assertEqual(self.get_receivables(first).residual, -50)
        self.assertEqual(second.payment_state, "paid")
        self.assertEqual(import_.line_ids.payment_id.payment_type, "outbound")
        self.assert_ties_out()

    def test_a_settlement_in_another_currency_leaves_no_exchange_difference(self):
        """It was booked in the old ledger: here the payment is worth what the invoice was."""
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.foreign_currency.id,
                "name": "2013-03-01",
                "rate": 4.0,
                "company_id": self.company.id,
            }
        )
        row = "Papeterie du Midi;FAC/9;05/01/2013;04/02/2013;200,00;USD;{};;"
        import_ = self.load(row.format("12/03/2013"), row.format("").replace("FAC/9", "FAC/10"))
        paid, open_ = import_.line_ids.move_id.sorted("payment_state", reverse=True)
        self.assertEqual(paid.payment_state, "paid")
        self.assertFalse(paid.line_ids.matched_credit_ids.exchange_move_id)
        self.assertEqual(self.get_receivables(open_).residual_currency, 200)
        self.assertEqual(self.get_receivables(open_).residual, 100)
        self.assert_ties_out()

    def test_a_contested_amount_is_kept_out_of_the_claim(self):
        import_ = self.load(CONTESTED)
        line = import_.line_ids
        row = self.get_receivables(line.move_id)
        self.assertEqual((row.contested, row.dunnable), (250, 350))
        self.assertEqual(line.dispute_id.state, "open")
        self.assertEqual(line.dispute_id.description, "Facture non reçue")
        self.assertEqual(line.dispute_id.user_id, self.collector)
        self.assertEqual(line.dispute_id.date_opened, TODAY)

    def test_a_contest_has_its_reason_by_code_or_by_name(self):
        row = "Papeterie du Midi;FAC/{0};05/01/2013;04/02/2013;600,00;;;250,00;{1}"
        rows = [("1", "price_difference"), ("2", "price DIFFERENCE"), ("3", "Moon phase")]
        import_ = self.load(*[row.format(*values) for values in rows])
        self.assertEqual(
            [line.dispute_id.reason_id.code for line in import_.line_ids],
            ["price_difference", "price_difference", "other"],
        )

    def test_a_settled_invoice_is_not_contested(self):
        import_ = self.load(CONTESTED.replace(";;;250", ";;06/03/2013;250"))
        self.assertFalse(import_.line_ids.dispute_id)

    def test_a_past_day_is_replayed_with_what_was_known(self):
        """Dated later: left out. Settled later: open."""
        import_ = self.load(OPEN, SETTLED, CREDIT, as_of_date=date(2013, 1, 31))
        self.assertEqual(self.states(import_), ["loaded", "loaded", "left_out"])
        self.assertEqual(
            sum(self.get_receivables(import_.line_ids.move_id).mapped("residual")), 1200
        )

    # === Customers ===#

    def test_customers_are_found_or_created_once(self):
        coded = self.make_customer("Coded", ref="C0042")
        second = CONTESTED.replace("0007", "0009")
        import_ = self.load(OPEN, CONTESTED, second, CREDIT, CREDIT.replace("AV-7", "AV-8"))
        partners = [line.partner_id for line in import_.line_ids]
        self.assertEqual(partners[:3], [self.customer, coded, coded])
        self.assertEqual(partners[3].name, "Garage 24")
        self.assertEqual(partners[3], partners[4])

    def test_a_customer_known_by_code_only_keeps_it_as_reference(self):
        partner = self.load(CONTESTED).line_ids.partner_id
        self.assertEqual((partner.name, partner.ref, partner.is_company), ("C0042", "C0042", True))

    def test_two_customers_of_one_name_are_not_guessed_at(self):
        self.make_customer(self.customer.name)
        line = self.prepare(OPEN).line_ids
        self.assertEqual((line.state, line.column_name), ("error", "Client"))

    # === The same file again ===#

    def test_a_second_import_changes_nothing(self):
        rows = (OPEN, SETTLED, CREDIT, CONTESTED)
        self.load(*rows)
        before = self.count_entries()
        second = self.prepare(*rows)
        self.assertEqual(self.states(second), ["there"] * 4)
        with self.assertRaisesRegex(UserError, "nothing to load"):
            second.action_load()
        self.assertEqual(self.count_entries(), before)

    def test_two_imports_checked_before_either_was_loaded(self):
        first, second = self.prepare(OPEN, SETTLED), self.prepare(OPEN, SETTLED, CREDIT)
        first.action_load()
        second.action_load()
        self.assertEqual(self.states(second), ["there", "there", "loaded"])

    def test_an_open_invoice_that_the_file_now_settles_is_settled(self):
        first = self.load(OPEN)
        second = self.load(OPEN.replace(";;;;", ";;12/03/2013;;"))
        self.assertEqual(first.line_ids.move_id, second.line_ids.move_id)
        self.assertEqual(first.line_ids.move_id.payment_state, "paid")
        second.action_undo()
        self.assertEqual(first.line_ids.move_id.payment_state, "not_paid")
        self.assert_ties_out()

    def test_a_number_that_is_there_with_something_else_says_both(self):
        self.load(OPEN)
        amount = self.prepare(OPEN.replace("1 000", "1 001")).line_ids
        self.assertEqual(amount.state, "error")
        self.assertIn("1,000.00", amount.message)
        self.assertIn("1,001.00", amount.message)
        customer = self.prepare(OPEN.replace("Papeterie du Midi", "Garage 24")).line_ids
        self.assertEqual(customer.state, "error")
        self.assertRegex(customer.message, "Papeterie du Midi.*Garage 24")

    # === Bad rows ===#

    def test_the_preview_says_what_would_be_loaded(self):
        import_ = self.prepare(OPEN, SETTLED, CREDIT, CONTESTED, BAD)
        self.assertEqual(
            (import_.row_count, import_.ready_count, import_.error_count, import_.there_count),
            (5, 4, 1, 0),
        )
        euro = self.company.currency_id
        self.assertEqual(import_.total, euro.format(1750))
        self.assertEqual(import_.open_total, euro.format(1550))
        self.assertEqual(import_.contested_total, euro.format(250))
        self.assertFalse(import_.line_ids.move_id, "nothing is loaded by checking")

    def test_all_or_nothing_loads_nothing_when_a_row_is_bad(self):
        import_ = self.prepare(OPEN, BAD)
        with self.assertRaisesRegex(UserError, "1 rows must be corrected"):
            import_.action_load()
        self.assertFalse(import_.line_ids.move_id)

    def test_bad_rows_are_skipped_and_named(self):
        import_ = self.load(OPEN, BAD, mode="skip")
        self.assertEqual(self.states(import_), ["loaded", "error"])
        bad = import_.line_ids[1]
        self.assertEqual((bad.line_number, bad.column_name), (3, "Date facture, Montant TTC"))
        self.assertIn("31/02/2013", bad.message)
        self.assertIn("12 euros", bad.message)

    def test_what_only_the_database_knows_is_checked_before_loading(self):
        self.company.fiscalyear_lock_date = date(2012, 12, 31)
        self.env.ref("base.CHF").active = False
        self.foreign_currency.rate_ids.name = date(2013, 1, 1)
        row = "Papeterie du Midi;{0};{1};04/02/2014;{2};{3};;;"
        import_ = self.prepare(
            row.format(1, "05/01/2013", "1,00", "XXX"),
            row.format(2, "05/01/2013", "1,00", "CHF"),
            row.format(3, "31/12/2012", "1,00", "EUR"),
            row.format(4, "05/01/2013", "1,001", "EUR"),
            row.format(5, "31/12/2012", "1,00", "USD"),
            row.format(6, "05/01/2013", "1,00", "usd"),
        )
        self.assertEqual(self.states(import_), ["error"] * 5 + ["ready"])
        messages = import_.line_ids.mapped("message")
        for message, words in zip(
            messages, ("XXX", "not active", "2012-12-31", "decimals", "no rate"), strict=False
        ):
            self.assertIn(words, message)

    def test_a_row_that_fails_while_loading_undoes_the_import(self):
        """All or nothing, also for what no check foresaw."""
        import_ = self.prepare(OPEN, SETTLED, CREDIT.replace(";;;;", ";USD;;;"))
        before = self.count_entries()
        self.foreign_currency.active = False
        with patch.object(loading, "BATCH", 2):
            import_.action_load()
        self.assertEqual(import_.state, "failed")
        self.assertRegex(import_.error_message, "Line 4, invoice AV-7: .*currency")
        self.assertEqual(self.count_entries(), before)
        self.assertFalse(import_.line_ids.move_id)

    def test_a_row_that_fails_while_loading_is_skipped(self):
        import_ = self.prepare(OPEN, CREDIT.replace(";;;;", ";USD;;;"), mode="skip")
        self.foreign_currency.active = False
        import_.action_load()
        self.assertEqual((import_.state, self.states(import_)), ("done", ["loaded", "error"]))

    # === Wrong files ===#

    def test_wrong_files_have_one_clear_message(self):
        header = HEADER.encode("cp1252")
        for content, words in (
            (b" ", "is empty"),
            (header, "no rows"),
            (b"a~b~c\n1~2~3", "Only one column"),
            (header + b"\n\x00\x01\x02", "not a text or Excel file"),
            (b"client;montant\nA;1", "No column was found for: Invoice number"),
        ):
            import_ = self.prepare(content=content)
            self.assertEqual(import_.state, "draft")
            self.assertIn(words, import_.error_message)
            with self.assertRaises(UserError):
                import_.action_load()

    def test_every_problem_has_its_words(self):
        """The engine gives codes; each one that it can give has a message."""
        codes = set()
        for name in ("capture", "capture_rows"):
            with tools.file_open(f"account_dispute_dunning/engine/{name}.py") as source:
                text = source.read()
            codes |= set(re.findall(r'(?:Error|_add|issue)\(\s*"(\w+)"', text))
            codes |= set(re.findall(r'Issue\(row\.line, column, "(\w+)"', text))
        self.assertFalse(codes - set(FILE_MESSAGES) - set(ROW_MESSAGES))

    def test_a_column_that_was_not_recognised_is_said_by_the_user(self):
        content = "\n".join((HEADER.replace("Montant TTC", "Total dû"), OPEN)).encode("cp1252")
        import_ = self.prepare(content=content)
        self.assertIn("Amount incl. taxes", import_.error_message)
        with Form(import_) as form, form.column_ids.edit(4) as column:
            column.target = "amount"
        import_.action_check()
        self.assertEqual((import_.state, import_.line_ids.amount), ("checked", 1000))
        self.assertFalse(import_.error_message)

    # === Batches ===#

    def test_a_large_file_is_loaded_in_the_background(self):
        with patch.object(import_model, "DIRECT_ROWS", 1):
            import_ = self.prepare(OPEN, SETTLED, CREDIT)
            import_.action_load()
        self.assertEqual((import_.state, import_.loaded_count), ("loading", 0))
        self.run_cron()
        self.assertEqual((import_.state, import_.progress), ("done", 100))

    def test_an_interrupted_import_goes_on_and_doubles_nothing(self):
        with patch.object(import_model, "DIRECT_ROWS", 1), patch.object(loading, "BATCH", 2):
            import_ = self.prepare(OPEN, SETTLED, CREDIT, CONTESTED)
            import_.action_load()
            import_._work_once()
            self.assertEqual(self.states(import_), ["loaded", "loaded", "ready", "ready"])
            first = import_.line_ids.move_id
            self.run_cron()
        self.assertEqual(import_.state, "done")
        self.assertEqual(len(import_.line_ids.move_id), 4)
        self.assertLess(first, import_.line_ids.move_id)
        self.assert_ties_out()

    def test_continue_loads_the_rest_at_once(self):
        with patch.object(import_model, "DIRECT_ROWS", 1):
            import_ = self.prepare(OPEN, SETTLED)
            import_.action_load()
        import_.action_continue()
        self.assertEqual(import_.state, "done")

    def test_scripts_load_a_file_and_follow_its_progress(self):
        seen = []
        imports = self.env["account.receivable.import"]
        content = f"{HEADER}\n{OPEN}\n{SETTLED}\n{CREDIT}".encode("cp1252")
        commit = patch.object(
            self.env.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: 60.0
        )
        with commit, patch.object(loading, "BATCH", 2):
            import_ = imports._import_file(
                self.company, "a.csv", content, progress=lambda *step: seen.append(step)
            )
            self.assertEqual(import_.state, "done")
            self.assertEqual(seen[:2], [(2, 3), (3, 3)])
            again = imports._import_file(self.company, "a.csv", content)
            self.assertEqual((again.state, self.states(again)), ("done", ["there"] * 3))
            with self.assertRaisesRegex(UserError, "is empty"):
                imports._import_file(self.company, "a.csv", b" ")

    # === Undo ===#

    def test_undo_takes_back_all_that_was_created(self):
        before = self.count_entries()
        import_ = self.load(OPEN, SETTLED, CREDIT, CONTESTED)
        disputes = import_.line_ids.dispute_id
        import_.action_undo()
        self.assertEqual(import_.state, "undone")
        self.assertEqual(self.count_entries(), before)
        self.assertFalse(disputes.exists())
        self.assert_ties_out()
        import_.action_check()
        import_.action_load()
        self.assertEqual(import_.loaded_count, 4)

    def test_undo_cancels_where_the_audit_trail_forbids_to_delete(self):
        self.company.restrictive_audit_trail = True
        import_ = self.load(OPEN, SETTLED)
        moves = import_.line_ids.move_id
        import_.action_undo()
        self.assertEqual(set(moves.mapped("state")), {"cancel"})
        self.assertEqual(self.states(self.prepare(OPEN, SETTLED)), ["ready", "ready"])
        self.assert_ties_out()

    def test_undo_is_refused_once_somebody_worked_on_it(self):
        def refuse(import_, words):
            with self.assertRaisesRegex(UserError, words):
                import_.action_undo()
            self.assertEqual(import_.state, "done")

        paid, contested = self.load(OPEN), self.load(CONTESTED)
        self.pay(paid.line_ids.move_id, amount=10)
        refuse(paid, "FAC/2012/0005 can't be undone: its payments have changed")
        self.close_dispute(contested.line_ids.dispute_id, "unfounded")
        refuse(contested, "its disputes have changed")
        claimed = self.load(OPEN.replace("0005", "0011"))
        self.run_dunning()
        refuse(claimed, "a notice claims it")

    def test_undo_never_reaches_an_invoice_of_another_journal(self):
        import_ = self.load(OPEN)
        stranger = self.make_overdue_invoice(10)
        import_.line_ids.create(
            {
                "import_id": import_.id,
                "state": "loaded",
                "number": stranger.name,
                "move_id": stranger.id,
                "currency_id": stranger.currency_id.id,
                "is_created": True,
            }
        )
        import_.action_undo()
        self.assertEqual((import_.state, stranger.state), ("undone", "posted"))

    def test_an_import_that_was_loaded_is_not_deleted(self):
        with self.assertRaises(UserError):
            self.load(OPEN).unlink()

    # === Who ===#

    def test_only_a_collector_imports(self):
        import_ = self.prepare(OPEN)
        for user in (self.auditor, self.assistant, self.invoicing, self.portal):
            with self.assertRaises(AccessError):
                self.prepare(OPEN, user=user)
            for action in ("action_check", "action_load", "action_continue", "action_undo"):
                with self.assertRaises(AccessError):
                    getattr(import_.with_user(user), action)()
        self.assertEqual(import_.with_user(self.auditor).line_ids.number, "FAC/2012/0005")

    def test_an_import_is_of_one_company(self):
        self.load(OPEN)
        stranger = self.make_user(
            "stranger",
            "account_dispute_dunning.group_collector",
            company_id=self.branch.id,
            company_ids=[(6, 0, self.branch.ids)],
        )
        self.assertFalse(self.env["account.receivable.import"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self.prepare(OPEN, user=stranger, company_id=self.company.id)
