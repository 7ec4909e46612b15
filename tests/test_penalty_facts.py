from decimal import Decimal

from odoo.fields import Command
from odoo.tests import tagged

from ..engine.penalty_facts import CreditNote, Payment, Period, Policy
from .common import TODAY, days_ago
from .common_penalty import PenaltyCommon


@tagged("post_install", "-at_install")
class TestPenaltyFacts(PenaltyCommon):
    """What the engine is told of each receivable: real dates, and money told from what is none."""

    def credit(self, invoice, amount=None, on_date=TODAY):
        """A posted credit note of an invoice, reconciled with it."""
        credit = invoice._reverse_moves([{"date": on_date, "invoice_date": on_date}])
        if amount is not None:
            credit.invoice_line_ids.price_unit = amount
        credit.action_post()
        lines = (credit | invoice).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        if not credit.line_ids.filtered("reconciled"):
            lines.reconcile()
        return credit

    # === Which receivables ===#

    def test_an_open_late_invoice_is_a_case(self):
        invoice = self.make_overdue_invoice(30)
        [facts] = self.get_facts(invoice)
        case = facts.case
        self.assertEqual((facts.partner_id, facts.date_paid), (self.customer.id, None))
        self.assertEqual((case.amount, case.invoice_amount), (Decimal(1000), Decimal(1000)))
        self.assertEqual((case.due, case.invoice_date), (days_ago(30), days_ago(60)))
        self.assertEqual((case.as_of, case.currency, case.digits), (TODAY, "EUR", 2))
        self.assertEqual((case.regime, facts.regime_reason), ("fr_private", "country"))

    def test_what_is_not_late_is_no_case(self):
        self.assertFalse(self.get_facts(self.make_invoice(due=TODAY)))

    def test_what_was_due_before_the_company_counts_is_no_case(self):
        invoice = self.make_overdue_invoice(30)
        self.company.penalty_since = days_ago(29)
        self.assertFalse(self.get_facts(invoice))
        self.company.penalty_since = False
        self.assertFalse(self.get_facts(invoice))

    def test_settled_in_time_is_no_case_and_settled_late_is(self):
        in_time, late = self.make_overdue_invoice(30), self.make_overdue_invoice(30)
        self.pay(in_time, on_date=days_ago(30))
        self.pay(late, on_date=days_ago(29))
        [facts] = self.get_facts(in_time | late)
        self.assertEqual((facts.move_id, facts.date_paid), (late.id, days_ago(29)))
        self.assertEqual(facts.case.as_of, days_ago(29), "it stops growing when it is settled")

    def test_an_opening_balance_is_no_invoice(self):
        account = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "date": days_ago(60),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "debit": 100,
                            "date_maturity": days_ago(30),
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data["default_account_revenue"].id,
                            "credit": 100,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        self.assertFalse(self.get_facts(entry))

    def test_a_debit_note_of_penalties_bears_none(self):
        invoice, note = self.make_overdue_invoice(30), self.make_overdue_invoice(20)
        penalty = self.accrue(invoice)
        note.invoice_line_ids.sudo().penalty_id = penalty
        self.assertFalse(self.get_facts(note))

    def test_a_credit_note_and_a_draft_are_no_case(self):
        credit = self.make_invoice(amount=-100, due=days_ago(30))
        draft = self.make_overdue_invoice(30)
        draft.button_draft()
        self.assertFalse(self.get_facts(credit | draft))

    # === What was settled ===#

    def test_partial_payments_have_their_own_dates(self):
        invoice = self.make_overdue_invoice(60)
        self.pay(invoice, 400, on_date=days_ago(40))
        self.pay(invoice, 250, on_date=days_ago(10))
        self.assertEqual(
            self.get_case(invoice).payments,
            (Payment(days_ago(40), Decimal(400)), Payment(days_ago(10), Decimal(250))),
        )

    def test_a_payment_that_bounced_is_none(self):
        invoice = self.make_overdue_invoice(60)
        self.pay(invoice, on_date=days_ago(40))
        self.assertEqual(self.get_facts(invoice)[0].date_paid, days_ago(40))
        invoice.line_ids.remove_move_reconcile()
        [facts] = self.get_facts(invoice)
        self.assertEqual((facts.date_paid, facts.case.payments), (None, ()))

    def test_a_deposit_before_the_invoice_is_netted(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 300,
                "date": days_ago(100),
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        invoice = self.make_overdue_invoice(30)
        (payment.move_id | invoice).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        [facts] = self.get_facts(invoice)
        self.assertEqual((facts.principal, facts.case.amount), (Decimal(1000), Decimal(700)))
        self.assertEqual((facts.case.payments, facts.case.invoice_amount), ((), Decimal(1000)))

    def test_what_is_written_off_with_a_payment_is_no_money(self):
        invoice = self.make_overdue_invoice(60)
        self._register_payment(
            invoice,
            payment_date=days_ago(10),
            amount=990,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        case = self.get_case(invoice)
        self.assertEqual(case.payments, (Payment(days_ago(10), Decimal(990)),))
        self.assertEqual(
            case.credit_notes, (CreditNote(days_ago(10), Decimal(10), retroactive=False),)
        )

    def test_a_transfer_to_doubtful_customers_is_no_payment(self):
        """legal.md 6.2: D416 / C411 says that payment is in doubt; what is paid there pays."""
        invoice = self.make_overdue_invoice(60)
        [line] = invoice._get_receivable_lines()
        accounts = self.env["account.account"].with_company(self.company)
        doubtful = accounts.search([("code", "=", "416000")])
        moved = self._transfer(invoice, line.account_id, doubtful, days_ago(40))
        [facts] = self.get_facts(invoice)
        self.assertTrue(line.reconciled)
        self.assertEqual((facts.date_paid, facts.case.as_of), (None, TODAY))
        self.assertEqual((facts.case.payments, facts.case.credit_notes), ((), ()))
        bank = self.company_data["default_journal_bank"]
        for amount, day in ((400, days_ago(20)), (600, days_ago(10))):
            cash = bank.default_account_id
            paid = self._transfer(invoice, doubtful, cash, day, amount, journal_id=bank.id)
            (moved | paid).line_ids.filtered(lambda l: l.account_id == doubtful).reconcile()
        [facts] = self.get_facts(invoice)
        self.assertEqual(facts.date_paid, days_ago(10))
        self.assertEqual(
            facts.case.payments,
            (Payment(days_ago(20), Decimal(400)), Payment(days_ago(10), Decimal(600))),
        )

    def test_a_cheque_for_collection_is_a_payment(self):
        """Account 5112 takes it on the day it is received, in whatever journal."""
        invoice = self.make_overdue_invoice(60)
        [line] = invoice._get_receivable_lines()
        accounts = self.env["account.account"].with_company(self.company)
        cheques = accounts.search([("code", "=", "511200")])
        self._transfer(invoice, line.account_id, cheques, days_ago(40))
        self.assertEqual(self.get_case(invoice).payments, (Payment(days_ago(40), Decimal(1000)),))

    def _transfer(self, invoice, source, target, day, amount=1000, **values):
        """An entry that moves what a customer owes; the invoice's line is reconciled with it."""
        lines = ((target, amount, 0), (source, 0, amount))
        entry = self.env["account.move"].create(
            {
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "debit": debit,
                            "credit": credit,
                        }
                    )
                    for account, debit, credit in lines
                ],
            }
            | values
        )
        entry.action_post()
        open_lines = (invoice | entry).line_ids.filtered(
            lambda line: line.account_id == source and not line.reconciled
        )
        if len(open_lines) > 1:
            open_lines.reconcile()
        return entry

    def test_a_credit_note_was_never_owed(self):
        invoice = self.make_overdue_invoice(60)
        self.credit(invoice, 200, on_date=days_ago(5))
        case = self.get_case(invoice)
        self.assertEqual(case.credit_notes, (CreditNote(days_ago(5), Decimal(200)),))
        self.assertFalse(case.payments)

    def test_a_credit_note_of_another_invoice_pays(self):
        invoice, other = self.make_overdue_invoice(60), self.make_invoice(amount=300, due=TODAY)
        self.pay(other)
        credit = other._reverse_moves([{"date": days_ago(5), "invoice_date": days_ago(5)}])
        credit.action_post()
        (credit | invoice).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        ).reconcile()
        case = self.get_case(invoice)
        self.assertEqual(case.payments, (Payment(days_ago(5), Decimal(300)),))
        self.assertFalse(case.credit_notes)

    # === Instalments, currencies, companies ===#

    def test_instalments_are_cases_of_one_invoice(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        invoice = self.make_invoice(due=days_ago(60), invoice_payment_term_id=term.id)
        first, second = self.get_facts(invoice)
        self.assertEqual((first.case.due, second.case.due), (days_ago(60), days_ago(30)))
        self.assertEqual(first.case.invoice, second.case.invoice)
        self.assertEqual(
            (first.case.amount, first.case.invoice_amount), (Decimal(500), Decimal(1000))
        )
        [(facts, _outcome)] = self.penalties._compute_penalties(
            self.company, TODAY, [second.move_line_id]
        )
        self.assertEqual(facts, second, "only what was asked for")

    def test_a_fee_in_another_currency_has_the_rate_of_the_first_late_day(self):
        rates = self.foreign_currency.rate_ids
        rates.create(
            {
                "name": days_ago(29),
                "rate": 4.0,
                "currency_id": self.foreign_currency.id,
                "company_id": self.company.id,
            }
        )
        rates.create(
            {
                "name": days_ago(28),
                "rate": 8.0,
                "currency_id": self.foreign_currency.id,
                "company_id": self.company.id,
            }
        )
        invoice = self.make_overdue_invoice(30, currency_id=self.foreign_currency.id)
        case = self.get_case(invoice)
        self.assertEqual((case.currency, case.amount), ("USD", Decimal(1000)))
        self.assertEqual(dict(case.exchange), {"EUR": Decimal(4)})
        [(_facts, result)] = self.penalties._compute_penalties(
            self.company, TODAY, move_ids=invoice.ids
        )
        self.assertEqual(result.fee, Decimal("160.00"))

    def test_a_payment_in_another_currency_counts_in_that_of_the_receivable(self):
        invoice = self.make_overdue_invoice(60, currency_id=self.foreign_currency.id)
        self.foreign_currency.rate_ids.create(
            {
                "name": days_ago(20),
                "rate": 2.5,
                "currency_id": self.foreign_currency.id,
                "company_id": self.company.id,
            }
        )
        self.pay(invoice, on_date=days_ago(10), currency_id=self.foreign_currency.id)
        self.assertTrue(invoice.line_ids.matched_credit_ids.exchange_move_id)
        case = self.get_case(invoice)
        self.assertEqual(case.payments, (Payment(days_ago(10), Decimal(1000)),))
        self.assertFalse(case.credit_notes, "an exchange difference settles nothing")

    def test_a_branch_has_its_own_receivables(self):
        self.branch.penalty_since = "2020-01-01"
        invoice = self.make_overdue_invoice(30, company=self.branch)
        self.assertFalse(self.get_facts(invoice))
        [facts] = self.get_facts(invoice, company=self.branch)
        self.assertEqual(facts.move_id, invoice.id)

    # === Disputes ===#

    def test_an_open_dispute_bears_nothing_and_its_resolution_decides(self):
        """S2.34; and what is contested is never claimed (design, rule 7)."""
        self.company.dispute_penalty_policy = "exclude_dispute_days"
        invoice = self.make_overdue_invoice(60)
        dispute = self.contest(invoice, 300, on_date=days_ago(50))
        [contested] = self.get_case(invoice).disputes
        self.assertEqual((contested.reference, contested.amount), (dispute.name, Decimal(300)))
        self.assertEqual(contested.policy, Policy.FROM_RESOLUTION)
        self.assertEqual(contested.periods, (Period(days_ago(50)),))
        self.close_dispute(dispute, "unfounded", penalty_policy="from_original_due_date")
        [contested] = self.get_case(invoice).disputes
        self.assertEqual(contested.policy, Policy.FROM_ORIGINAL_DUE_DATE)
        self.assertEqual(contested.periods, (Period(days_ago(50), TODAY),))

    def test_a_resolution_proposes_what_the_company_does(self):
        self.company.dispute_penalty_policy = "exclude_dispute_days"
        invoice = self.make_overdue_invoice(60)
        dispute = self.contest(invoice, 300, on_date=days_ago(50))
        self.close_dispute(dispute, "unfounded")
        [contested] = self.get_case(invoice).disputes
        self.assertEqual(contested.policy, Policy.EXCLUDE_DISPUTE_DAYS)

    def test_each_cycle_of_a_dispute_is_a_period(self):
        invoice = self.make_overdue_invoice(60)
        dispute = self.contest(invoice, 300, on_date=days_ago(50))
        self.close_dispute(dispute, on_date=days_ago(40))
        dispute._action_open(days_ago(20))
        [contested] = self.get_case(invoice).disputes
        self.assertEqual(
            contested.periods, (Period(days_ago(50), days_ago(40)), Period(days_ago(20)))
        )

    def test_what_a_dispute_credits_settles_it(self):
        invoice = self.make_overdue_invoice(60)
        dispute = self.settle(invoice, 300)
        self.assertEqual(
            self.get_case(invoice).credit_notes,
            (CreditNote(TODAY, Decimal(300), True, dispute.name),),
        )

    def test_a_goodwill_gesture_counts_from_its_day(self):
        invoice = self.make_overdue_invoice(60)
        dispute = self.settle(invoice, 40, outcome="gesture", validity="unfounded")
        self.assertEqual(
            self.get_case(invoice).credit_notes,
            (CreditNote(TODAY, Decimal(40), False, dispute.name),),
        )

    def test_a_new_deadline_is_a_term_granted_anew(self):
        invoice = self.make_overdue_invoice(60)
        dispute = self.contest(invoice, 300, on_date=days_ago(50))
        self.close_dispute(
            dispute,
            on_date=days_ago(40),
            penalty_policy="from_resolution",
            new_due_date=days_ago(10),
        )
        [contested] = self.get_case(invoice).disputes
        self.assertEqual(contested.term_days, 30)

    def test_a_suspicion_contests_nothing(self):
        invoice = self.make_overdue_invoice(60)
        self.env["account.dispute"].create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.reason.id,
                "line_ids": self.env["account.dispute"]._prepare_from_amounts(
                    invoice._get_receivable_lines(), 300
                ),
            }
        )
        self.assertFalse(self.get_case(invoice).disputes)

    # === Regime, agreed rate, insolvency, notice ===#

    def make_regime(self, code):
        return self.env["account.penalty.regime"].create(
            {"name": code, "code": code, "formula": "fixed", "fixed": 9.0, "series_id": False}
        )

    def test_invoice_before_terms_before_customer_before_country(self):
        term = self.env["account.payment.term"].create({"name": "As agreed"})
        invoice = self.make_invoice(due=days_ago(30), invoice_payment_term_id=term.id)

        def found():
            [facts] = self.get_facts(invoice)
            return facts.case.regime, facts.regime_reason

        self.assertEqual(found(), ("fr_private", "country"))
        for record, reason in ((self.customer, "partner"), (term, "term"), (invoice, "move")):
            record.penalty_regime_id = self.make_regime(f"of_{reason}")
            self.assertEqual(found(), (f"of_{reason}", reason))

    def test_the_agreed_rate_of_the_invoice_comes_first(self):
        invoice = self.make_overdue_invoice(30)
        self.customer.penalty_rate = 15.5
        self.assertEqual(self.get_case(invoice).contract_rate, Decimal("15.5"))
        invoice.penalty_rate = 20
        self.assertEqual(self.get_case(invoice).contract_rate, Decimal(20))

    def test_a_consumer_never_has_a_regime_of_professionals(self):
        consumer = self.make_customer("Jeanne Martin", is_company=False)
        consumer.penalty_regime_id = self.make_regime("of_professionals")
        invoice = self.make_overdue_invoice(30, partner=consumer)
        self.assertEqual(self.get_case(invoice).regime, "fr_consumer")
        consumer.penalty_debtor = "professional"
        self.assertEqual(self.get_case(invoice).regime, "of_professionals")

    def test_the_law_may_be_that_of_the_customer(self):
        self.customer.country_id = self.env.ref("base.de")
        invoice = self.make_overdue_invoice(30)
        self.assertEqual(self.get_case(invoice).regime, "fr_private")
        self.company.penalty_law = "partner"
        self.assertEqual(self.get_case(invoice).regime, "de")

    def test_a_judgment_is_told(self):
        self.customer.insolvency_date = days_ago(10)
        self.assertEqual(self.get_case(self.make_overdue_invoice(30)).judgment, days_ago(10))

    def test_a_public_purchaser_is_said_on_the_customer(self):
        self.customer.penalty_debtor = "public"
        self.assertEqual(self.get_case(self.make_overdue_invoice(30)).regime, "fr_public")

    def test_a_consumer_owes_interest_from_the_formal_notice_on(self):
        consumer = self.make_customer("Jeanne Martin", is_company=False)
        invoice = self.make_overdue_invoice(60, partner=consumer)
        self.assertIsNone(self.get_case(invoice).notice)
        self.give_notice(consumer, days_ago(19))
        self.assertEqual(self.get_case(invoice).notice, days_ago(19))
        self.assertIsNone(self.get_case(self.make_overdue_invoice(60, partner=consumer)).notice)
