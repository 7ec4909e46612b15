from random import Random

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged, users, warmup

from .common import TODAY, CollectionsCommon, days_ago


@tagged("post_install", "-at_install")
class TestReceivable(CollectionsCommon):
    """The receivable: one definition of what may be claimed (design, section 2)."""

    def figures(self, invoices):
        return [
            (row.residual, row.contested, row.in_payment, row.dunnable)
            for row in self.get_receivables(invoices)
        ]

    def in_payment_terms(self):
        """30 % at once, the rest after 30 days."""
        return self.env["account.payment.term"].create(
            {
                "name": "30/70",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 30, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 70, "nb_days": 30}),
                ],
            }
        )

    # === One row per open line ===#

    def test_an_invoice_is_a_receivable_until_it_is_paid(self):
        invoice = self.make_overdue_invoice(45)
        row = self.get_receivables(invoice)
        self.assertRecordValues(
            row,
            [
                {
                    "partner_id": self.customer.id,
                    "name": invoice.name,
                    "date_maturity": days_ago(45),
                    "days_overdue": 45,
                    "bucket": "31_60",
                    "residual": 1000,
                    "dunnable": 1000,
                    "overdue": 1000,
                }
            ],
        )
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})
        self.make_invoice(amount=-1000)  # not reconciled: the invoice stays
        self.assertTrue(self.get_receivables(invoice))
        invoice.button_draft()
        self.assertFalse(self.get_receivables(invoice), "a draft is not a receivable")

    def test_age_is_counted_from_the_due_date_to_the_readers_day(self):
        ages = {0: "0_not_due", 1: "1_30", 30: "1_30", 31: "31_60", 60: "31_60", 61: "61_90"}
        ages |= {90: "61_90", 91: "over_90", -10: "0_not_due"}
        for days, bucket in ages.items():
            row = self.get_receivables(self.make_overdue_invoice(days))
            self.assertEqual((row.bucket, row.days_overdue), (bucket, max(0, days)), days)
            self.assertEqual(row.overdue, 1000 if days > 0 else 0, days)

    def test_each_instalment_is_its_own_receivable(self):
        invoice = self.make_invoice(
            due=days_ago(20), invoice_payment_term_id=self.in_payment_terms().id
        )
        rows = self.get_receivables(invoice)
        self.assertEqual(rows.mapped("residual"), [300, 700])
        self.assertEqual(rows.mapped("bucket"), ["1_30", "0_not_due"])
        self.assertEqual(rows.mapped("overdue"), [300, 0])

    def test_a_contact_pays_under_its_company(self):
        contact = self.make_customer("Desk", parent_id=self.customer.id, is_company=False)
        row = self.get_receivables(self.make_overdue_invoice(10, partner=contact))
        self.assertEqual(row.partner_id, self.customer)

    def test_a_credit_has_nothing_to_claim(self):
        row = self.get_receivables(self.make_overdue_invoice(10, amount=-200))
        self.assertEqual((row.residual, row.dunnable, row.overdue), (-200, 0, 0))

    def test_foreign_currency_is_claimed_at_the_rate_of_the_invoice(self):
        """1,000 USD at 2 USD for 1 EUR, 300 USD contested."""
        invoice = self.make_overdue_invoice(10, currency_id=self.foreign_currency.id)
        self.contest(invoice, 300)
        row = self.get_receivables(invoice)
        self.assertTrue(row.is_foreign)
        self.assertEqual(
            (row.residual_currency, row.contested_currency, row.dunnable_currency),
            (1000, 300, 700),
        )
        self.assertEqual((row.residual, row.contested, row.dunnable), (500, 150, 350))

    # === What is held ===#

    def test_a_contested_part_is_not_claimed(self):
        """S0.37, domain 1.5 scenario 1: 1,000 of which 300 contested → 700; the ageing: 1,000."""
        invoice = self.make_overdue_invoice(10)
        self.contest(invoice, 300)
        self.assertEqual(self.figures(invoice), [(1000, 300, 0, 700)])

    def test_a_payment_settles_the_uncontested_part_first(self):
        """Domain 1.5 scenario 10: 300 of 1,000 contested, 300 paid → 400 to claim."""
        invoice = self.make_overdue_invoice(10)
        self.contest(invoice, 300)
        self.reconcile_credit(invoice, 300)
        self.assertEqual(self.figures(invoice), [(700, 300, 0, 400)])
        self.reconcile_credit(invoice, 500)
        self.assertEqual(self.figures(invoice), [(200, 200, 0, 0)], "never more than is open")

    def test_currency_instalments_and_a_credit_note_during_the_dispute(self):
        """Domain 1.5 scenario 12: contested is capped at the residual, never negative."""
        invoice = self.make_invoice(
            due=days_ago(40),
            invoice_payment_term_id=self.in_payment_terms().id,
            currency_id=self.foreign_currency.id,
        )
        self.contest(invoice, 500)  # 300 on the first instalment, 200 on the second
        self.reconcile_credit(invoice, 350)
        rows = self.get_receivables(invoice)
        self.assertEqual(rows.mapped("residual_currency"), [650])
        self.assertEqual(rows.mapped("contested_currency"), [200])
        self.assertEqual(rows.mapped("dunnable_currency"), [450])
        self.assertEqual(rows.mapped("dunnable"), [225])
        self.assertEqual(invoice.contested_amount, 200)

    def reconcile_credit(self, invoice, amount):
        """A credit note of `amount`, reconciled with the invoice, the oldest due date first."""
        credit = self.make_invoice(amount=-amount, due=TODAY, currency_id=invoice.currency_id.id)
        (credit + invoice)._get_receivable_lines().reconcile()

    def test_a_payment_on_its_way_is_not_claimed(self):
        """Without an entry until the bank confirms, the invoice stays open."""
        invoice = self.make_overdue_invoice(10)
        payment = self.pay_without_entry(invoice, 400)
        self.assertEqual(self.figures(invoice), [(1000, 0, 400, 600)])
        payment.action_reject()
        self.assertEqual(self.figures(invoice), [(1000, 0, 0, 1000)])

    def pay_without_entry(self, invoices, amount, **values):
        """A payment as with a bank reconciliation installed: no entry before the bank's line."""
        moves = self.env.registry["account.move"]
        self.patch(moves, "_get_invoice_in_payment_state", lambda move: "in_payment")
        lines = self.env["account.payment.method.line"].search([])
        lines.payment_account_id = False
        payment = self.pay(invoices, amount, **values)
        self.assertFalse(payment.move_id, "the case under test")
        return payment

    def test_a_part_confirmed_by_the_bank_is_paid_and_no_longer_on_its_way(self):
        invoice = self.make_overdue_invoice(10)
        payment = self.pay_without_entry(invoice, 400)
        self.reconcile_credit(invoice, 400)  # stands for the bank's line
        payment.state = "paid"
        self.assertEqual(self.figures(invoice), [(600, 0, 0, 600)])

    def test_one_payment_of_several_invoices_covers_each_cent_once(self):
        older, newer = self.make_overdue_invoice(20), self.make_overdue_invoice(10)
        self.pay_without_entry(older + newer, 1200, group_payment=True)
        self.assertEqual(self.figures(older), [(1000, 0, 1000, 0)])
        self.assertEqual(self.figures(newer), [(1000, 0, 200, 800)])

    def test_a_payment_in_another_currency_counts_at_its_value(self):
        invoice = self.make_overdue_invoice(10, currency_id=self.foreign_currency.id)
        self.pay_without_entry(
            invoice, 200, currency_id=self.company.currency_id.id
        )  # 200 EUR = 400 USD
        self.assertEqual(self.get_receivables(invoice).in_payment_currency, 400)
        self.assertEqual(self.figures(invoice), [(500, 0, 200, 300)])

    def test_a_payment_in_another_currency_counts_to_the_cent(self):
        """Else the amount frozen on a notice differs from the next reading, and it never leaves."""
        self.foreign_currency.rate_ids.rate = 3
        invoice = self.make_overdue_invoice(10, currency_id=self.foreign_currency.id)
        self.pay_without_entry(invoice, 100, currency_id=self.company.currency_id.id)
        self.assertEqual(self.get_receivables(invoice).dunnable_currency, 700)
        notice = self.run_dunning().notice_ids
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "queued", notice.state_reason)

    def test_blocked_and_excluded_are_shown(self):
        blocked, excluded = self.make_overdue_invoice(10), self.make_overdue_invoice(10)
        blocked.action_toggle_block_payment()
        excluded.line_ids.no_followup = True
        self.assertTrue(self.get_receivables(blocked).is_blocked)
        self.assertTrue(self.get_receivables(excluded).is_excluded)

    def test_the_last_decision_is_shown(self):
        invoice = self.make_overdue_invoice(10)
        self.assertFalse(self.get_receivables(invoice).decision_reason)
        self.run_dunning()
        row = self.get_receivables(invoice)
        self.assertEqual(row.decision_reason, self.get_decisions(invoice).reason)

    def test_a_search_reads_again_what_changed_in_the_same_transaction(self):
        """An SQL view has no triggers: no search may answer from the cache."""
        invoice = self.make_overdue_invoice(10)
        row = self.get_receivables(invoice)
        self.assertEqual(row.dunnable, 1000)
        dispute = self.contest(invoice, 300)
        self.assertEqual(self.get_receivables(invoice).dunnable, 700)
        dispute.line_ids.amount = 400
        self.assertEqual(self.get_receivables(invoice).dunnable, 600)
        self.reconcile_credit(invoice, 500)
        self.assertEqual(self.get_receivables(invoice).dunnable, 100)
        self.assertEqual(row.dunnable, 100, "also in a record found before")

    # === Tie-out (rule 1) and bounds (rule 2) ===#

    def test_a_mixture_ties_out_and_keeps_its_bounds(self):
        """Rules 1 and 2: the gap is 0.00, and 0 ≤ to claim ≤ open, whatever happened."""
        self.setup_other_company_data()
        random = Random(2026)
        terms = self.in_payment_terms()
        for company in (self.company, self.other_company):
            for _index in range(20):
                self.make_something(random, company, terms)
            self.assert_ties_out(company)
        rows = self.env["account.receivable"].search([])
        self.assertGreater(len(rows), 40)
        for row in rows:
            self.assertGreaterEqual(row.dunnable, 0)
            self.assertLessEqual(row.dunnable, max(0, row.residual))
            self.assertLessEqual(row.contested, max(0, row.residual))
            held = row.contested + row.promised + row.planned + row.in_payment
            self.assertAlmostEqual(row.dunnable + held, max(0, row.residual), places=2)

    def make_something(self, random, company, terms):
        """An invoice or a credit, perhaps in dollars or instalments, then a thing or two to it."""
        values = {"currency_id": random.choice([company.currency_id, self.foreign_currency]).id}
        if random.random() < 0.4:
            values["invoice_payment_term_id"] = terms.id
        invoice = self.make_overdue_invoice(
            random.randint(-30, 120),
            amount=random.choice([-1, 1, 1, 1]) * random.randint(1, 999_999) / 100,
            company=company,
            **values,
        )
        if invoice.move_type == "out_refund":
            return
        part = invoice.currency_id.round(invoice.amount_total * random.uniform(0.1, 0.9))
        match random.choice(["contest", "pay", "credit", "contest and credit", "block", "nothing"]):
            case "contest":
                self.contest(invoice, part)
            case "pay":
                self.pay_without_entry(invoice, part)
            case "credit":
                self.credit_part(invoice, part)
            case "contest and credit":
                self.contest(invoice, part)
                self.credit_part(invoice, part)
            case "block":
                invoice.action_toggle_block_payment()

    def credit_part(self, invoice, amount):
        credit = self.make_invoice(
            amount=-amount, company=invoice.company_id, currency_id=invoice.currency_id.id
        )
        (credit + invoice)._get_receivable_lines().reconcile()

    def test_an_archived_account_ties_out(self):
        account = self.company_data["default_account_receivable"].copy({"code": "411900"})
        customer = self.make_customer("Old", property_account_receivable_id=account.id)
        invoice = self.make_overdue_invoice(10, partner=customer)
        account.active = False
        self.assertTrue(self.get_receivables(invoice))
        self.assert_ties_out()

    def test_the_banner_gives_one_line_per_chosen_company(self):
        self.make_overdue_invoice(10)
        receivables = self.env["account.receivable"].with_user(self.collector)
        companies = self.company | self.branch
        figures = receivables.with_context(allowed_company_ids=companies.ids).get_tie_out()
        self.assertEqual([row["company_id"] for row in figures], companies.ids)
        self.assertEqual([row["gap"] for row in figures], [0.0, 0.0])
        self.assertEqual(figures[0]["receivables"], figures[0]["ledger"])
        with self.assertRaises(AccessError):
            receivables.with_user(self.portal).get_tie_out()

    # === Scale ===#

    @users("collections_collector")
    @warmup
    def test_the_list_takes_the_same_queries_for_any_number_of_rows(self):
        self.count_list_queries(2)  # loads what is kept from one list to the next
        few, many = self.count_list_queries(2), self.count_list_queries(40)
        self.assertEqual(few, many)

    def count_list_queries(self, limit):
        """Read what the list shows, as the web client does."""
        receivables = self.env["account.receivable"]
        arch = receivables.get_view(view_type="list")["models"]["account.receivable"]
        specification = {name: {} for name in arch} | {
            "partner_id": {"fields": {"display_name": {}}}
        }
        self.make_enough_rows()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        records = receivables.web_search_read([], specification, limit=limit)["records"]
        self.assertEqual(len(records), limit)
        return self.cr.sql_log_count - before

    def make_enough_rows(self):
        missing = 40 - self.env["account.receivable"].search_count([])
        for _index in range(missing):
            self.make_overdue_invoice(10)

    # === Screens ===#

    def test_contest_from_several_rows_of_one_customer(self):
        invoices = self.make_overdue_invoice(20) + self.make_overdue_invoice(10)
        rows = self.get_receivables(invoices).with_user(self.collector)
        action = rows.action_contest()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.collector)
            .with_context(**action["context"])
        )
        self.assertEqual(wizard.amount, 2000)
        wizard.amount = 1200
        wizard.reason_id = self.reason
        wizard.save().action_confirm()
        self.assertEqual(self.figures(invoices), [(1000, 1000, 0, 0), (1000, 200, 0, 800)])

    def test_rows_of_two_customers_are_not_contested_together(self):
        other = self.make_overdue_invoice(10, partner=self.make_customer("Imprimerie du Nord"))
        rows = self.get_receivables(self.make_overdue_invoice(10) + other)
        with self.assertRaisesRegex(UserError, "one customer"):
            rows.with_user(self.collector).action_contest()

    def test_a_row_opens_its_invoice(self):
        invoice = self.make_overdue_invoice(10)
        action = self.get_receivables(invoice).action_open_invoice()
        self.assertEqual((action["res_model"], action["res_id"]), ("account.move", invoice.id))

    def test_filters_of_the_search_view(self):
        """Each filter is a valid search, in each role that may read."""
        view = self.env["account.receivable"].get_view(view_type="search")["arch"]
        self.assertIn('name="due_soon"', view)
        soon = self.make_invoice(due=days_ago(-10))
        late = self.make_overdue_invoice(10)
        found = self.env["account.receivable"].search(
            [("date_maturity", ">=", "today"), ("date_maturity", "<=", "today +15d")]
        )
        self.assertIn(soon, found.move_id)
        self.assertNotIn(late, found.move_id)

    def test_customer_figures(self):
        """The customer's form: what is overdue to claim and contested, contacts included."""
        self.contest(self.make_overdue_invoice(10), 300)
        self.make_invoice(due=days_ago(-10))
        contact = self.make_customer("Desk", parent_id=self.customer.id, is_company=False)
        for partner in self.customer + contact:
            as_auditor = partner.with_user(self.auditor)
            self.assertEqual((as_auditor.dunnable_amount, as_auditor.contested_amount), (700, 300))
        action = self.customer.with_user(self.auditor).action_view_receivables()
        rows = self.env["account.receivable"].search(action["domain"])
        self.assertEqual(sum(rows.mapped("overdue")), 700)
        for name in ("action_view_receivables", "action_view_disputes"):
            with self.assertRaises(AccessError):
                getattr(self.portal.partner_id.with_user(self.portal), name)()
