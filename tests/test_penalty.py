from datetime import date, timedelta

import psycopg2

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.penalty_data import shipped
from ..models import account_penalty_computing
from .common import TODAY, days_ago
from .common_penalty import PenaltyCommon

WRITES = ("INSERT", "UPDATE", "DELETE")


@tagged("post_install", "-at_install")
class TestPenalty(PenaltyCommon):
    """The ledger: one penalty per receivable, brought up to date every day."""

    # === Accrue ===#

    def test_a_late_invoice_accrues_interest_and_one_indemnity(self):
        """S2.34, S4.26: 30 days of 1000 at 12.15 %, and 40."""
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.assertRecordValues(
            penalty,
            [
                {
                    "partner_id": self.customer.id,
                    "accrued_interest": 9.99,
                    "accrued_fee": 40.0,
                    "accrued": 49.99,
                    "open_amount": 49.99,
                    "as_of": TODAY,
                    "date_late": days_ago(29),
                    "date_paid": False,
                    "state": "accruing",
                    "problem": False,
                    "regime_reason": "country",
                }
            ],
        )
        self.assertEqual(penalty.regime_id.code, "fr_private")

    def test_the_working_proves_the_amount(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        [segment] = penalty.working["result"]["segments"]
        self.assertEqual(segment["working"], "1000.00 × 12.15 % × 30 / 365 = 9.9863")
        self.assertEqual(penalty.working["case"]["amount"], "1000.00")

    def test_it_grows_until_it_is_paid_and_no_longer(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice, days_ago(10))
        self.assertEqual(penalty.accrued_interest, 6.66)
        self.pay(invoice, on_date=days_ago(5))
        self.refresh()
        self.assertRecordValues(
            penalty, [{"accrued_interest": 8.32, "date_paid": days_ago(5), "as_of": days_ago(5)}]
        )
        self.assertEqual(self.refresh(on_date=TODAY + timedelta(days=30)), 0)
        self.assertEqual(penalty.accrued_interest, 8.32)
        self.assertEqual(penalty.state, "accruing", "still to be claimed")

    def test_a_second_refresh_of_the_day_writes_nothing(self):
        late, paid = self.make_overdue_invoice(30), self.make_overdue_invoice(40)
        self.pay(paid, on_date=days_ago(5))
        self.assertEqual(self.refresh(), 2)
        self.env.flush_all()
        statements = []
        execute = type(self.env.cr).execute
        self.patch(
            type(self.env.cr),
            "execute",
            lambda cr, query, *args, **kwargs: (
                statements.append(str(query)) or execute(cr, query, *args, **kwargs)
            ),
        )
        self.assertEqual(self.refresh(), 0)
        self.env.flush_all()
        self.assertFalse([each for each in statements if each.lstrip().startswith(WRITES)])
        self.assertEqual(len(self.get_penalties(late | paid)), 2)

    def test_what_was_settled_late_before_the_addon_is_found(self):
        invoice = self.make_overdue_invoice(90)
        self.pay(invoice, on_date=days_ago(60))
        self.refresh()
        self.assertRecordValues(
            self.get_penalties(invoice), [{"accrued_interest": 9.99, "accrued_fee": 40}]
        )

    def test_a_payment_that_bounces_reopens_it(self):
        invoice = self.make_overdue_invoice(30)
        self.pay(invoice, on_date=days_ago(20))
        penalty = self.accrue(invoice)
        self.assertTrue(penalty.date_paid)
        invoice.line_ids.remove_move_reconcile()
        self.refresh()
        self.assertRecordValues(penalty, [{"date_paid": False, "accrued_interest": 9.99}])

    def test_a_payment_that_was_corrected_is_computed_again(self):
        """Undone and made again between two nights: the date is another."""
        invoice = self.make_overdue_invoice(30)
        self.pay(invoice, on_date=days_ago(20))
        penalty = self.accrue(invoice)
        invoice.line_ids.remove_move_reconcile()
        self.pay(invoice, on_date=days_ago(10))
        self.refresh()
        self.assertEqual(penalty.date_paid, days_ago(10))

    def test_a_judgment_stops_what_is_settled_too(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        self.customer.insolvency_date = days_ago(20)
        self.refresh()
        self.assertEqual(penalty.accrued_interest, 3.0, "nine days until the eve of the judgment")

    def test_a_dispute_that_was_founded_takes_its_part_away(self):
        """S2.34: what was never owed bears nothing."""
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        self.settle(invoice, 300)
        self.refresh()
        self.assertEqual(penalty.accrued_interest, 6.99, "30 days of 700")

    def test_a_dispute_without_ground_counts_from_the_due_date(self):
        """S2.34: as its resolution says."""
        invoice = self.make_overdue_invoice(30)
        dispute = self.contest(invoice, 300, on_date=days_ago(29))
        penalty = self.accrue(invoice)
        self.assertEqual(penalty.accrued_interest, 6.99)
        self.close_dispute(dispute, "unfounded", penalty_policy="from_original_due_date")
        self.refresh()
        self.assertEqual(penalty.accrued_interest, 9.99)

    def test_only_the_first_late_instalment_bears_the_indemnity(self):
        """S4.26: once per invoice."""
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
        penalties = self.accrue(invoice)
        self.assertEqual(penalties.mapped("accrued_fee"), [40.0, 0.0])
        # Each alone too: what is asked for does not change what is owed.
        for line in penalties.move_line_id:
            self.penalties._refresh(self.company, TODAY, line.ids)
        self.assertEqual(penalties.mapped("accrued_fee"), [40.0, 0.0])

    def test_a_consumer_owes_no_indemnity(self):
        consumer = self.make_customer("Jeanne Martin", is_company=False)
        invoice = self.make_overdue_invoice(30, partner=consumer)
        penalty = self.accrue(invoice)
        self.assertRecordValues(penalty, [{"accrued": 0, "state": "none"}])
        self.assertIn("formal notice", penalty._get_obstacle(TODAY))
        self.give_notice(consumer, days_ago(20))
        self.refresh()
        self.assertRecordValues(penalty, [{"accrued_fee": 0, "accrued_interest": 1.44}])

    def test_what_the_company_says_a_payment_settles_first(self):
        invoice = self.make_overdue_invoice(30)
        self.pay(invoice, 500, on_date=days_ago(10))
        penalty = self.accrue(invoice)
        self.assertEqual(penalty.accrued_interest, 8.32)
        self.company.penalty_allocation = "interest_first"
        self.refresh()
        self.assertEqual(penalty.accrued_interest, 8.35, "6.66 of the payment was interest")

    # === Invoices that change ===#

    def test_an_invoice_posted_again_goes_on_with_its_penalty(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        penalty._claim(TODAY)
        invoice.button_draft()
        self.refresh()
        self.assertRecordValues(penalty, [{"accrued": 0, "claimed": 49.99, "open_amount": 0}])
        invoice.invoice_line_ids.price_unit = 2000
        invoice.action_post()
        self.refresh()
        self.assertEqual(self.get_penalties(invoice), penalty)
        self.assertRecordValues(penalty, [{"accrued_interest": 19.97, "claimed": 49.99}])

    def test_new_lines_of_an_invoice_go_on_with_its_penalty(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        penalty._claim(TODAY)
        invoice.button_draft()
        term = self.env["account.payment.term"].create({"name": "At once"})
        invoice.invoice_payment_term_id = term
        due = {"invoice_payment_term_id": False, "invoice_date_due": days_ago(30)}
        invoice.write(due)
        self.env.cr.execute("UPDATE account_penalty SET move_line_id = NULL")
        penalty.invalidate_recordset()
        invoice.action_post()
        self.refresh()
        self.assertEqual(self.get_penalties(invoice), penalty)
        self.assertEqual(penalty.move_line_id, invoice._get_receivable_lines())
        self.assertEqual(penalty.accrued, 49.99)

    def test_what_was_never_claimed_goes_with_its_invoice(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.refresh()
        self.assertFalse(penalty.exists())

    def test_what_was_claimed_outlives_its_invoice(self):
        invoice = self.make_overdue_invoice(30)
        name = invoice.name
        penalty = self.accrue(invoice)
        penalty._claim(TODAY)
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.refresh()
        self.assertRecordValues(
            penalty, [{"move_name": name, "accrued": 0, "claimed": 49.99, "move_id": False}]
        )
        self.assertEqual(self.refresh(), 0)

    def test_a_due_date_moved_by_agreement_takes_the_penalty_back(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        penalty.move_line_id.date_maturity = TODAY + timedelta(days=30)
        self.refresh()
        self.assertFalse(penalty.exists())

    # === Problems ===#

    def test_a_missing_rate_is_said_and_the_amounts_stay(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        next_year = date(2027, 1, 15)
        self.refresh(on_date=next_year)
        self.assertRecordValues(
            penalty,
            [
                {
                    "accrued_interest": 9.99,
                    "as_of": TODAY,
                    "problem_code": "rate_missing",
                    "problem_date": date(2027, 1, 1),
                }
            ],
        )
        self.assertEqual(penalty.problem_series_id.code, "ecb_mro")
        self.assertIn("2027", penalty.problem)
        self.assertEqual(penalty._get_obstacle(next_year), penalty.problem)
        self.refresh()
        self.assertFalse(penalty.problem, "the day before it can be computed")

    def test_another_rulebook_shows_what_it_would_change(self):
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        [(facts, result)] = self.penalties._compute_penalties(
            self.company, TODAY, penalty.move_line_id.ids, rulebook=shipped()
        )
        self.assertEqual(
            (facts.move_line_id, float(result.total)), (penalty.move_line_id.id, 49.99)
        )
        self.assertEqual(penalty.accrued, 49.99)

    def test_a_country_without_regime_says_what_to_do(self):
        self.company.penalty_law = "partner"
        self.customer.country_id = self.env.ref("base.jp")
        penalty = self.accrue(self.make_overdue_invoice(30))
        self.assertRecordValues(penalty, [{"problem_code": "regime_missing", "accrued": 0}])
        self.assertIn("Japan", penalty.problem)
        self.assertIn("Choose a rule on the customer", penalty.problem)

    def test_one_that_breaks_does_not_stop_the_others(self):
        good, bad = self.make_overdue_invoice(30), self.make_overdue_invoice(30)
        compute = account_penalty_computing.compute_all

        def break_one(cases, rulebook):
            cases = list(cases)
            if any(case.invoice == str(bad.id) for case in cases):
                raise ZeroDivisionError
            return compute(cases, rulebook)

        self.accrue(good, days_ago(1))
        self.patch(account_penalty_computing, "compute_all", break_one)
        with mute_logger("odoo.addons.account_dispute_dunning.models.account_penalty_computing"):
            self.refresh()
        self.assertEqual(self.get_penalties(good).as_of, TODAY)
        self.assertIn("tried again every day", self.get_penalties(bad).problem)
        self.patch(account_penalty_computing, "compute_all", compute)
        self.refresh()
        self.assertRecordValues(
            self.get_penalties(bad), [{"accrued": 49.99, "problem": False, "problem_code": False}]
        )

    # === Two workers ===#

    def test_two_workers_make_one_penalty(self):
        """What another worker wrote meanwhile is not written twice, and stops nobody."""
        penalty = self.accrue(self.make_overdue_invoice(30))
        values = penalty.sudo().copy_data()[0] | {"move_line_id": penalty.move_line_id.id}
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.penalties.sudo().create(values)
        error = psycopg2.errors.UniqueViolation()
        self.assertEqual(penalty._note_failure(penalty.move_id.id, error), 0)
        self.assertFalse(penalty.problem)

    # === Bad input ===#

    def test_an_absurd_rate_is_refused(self):
        invoice = self.make_overdue_invoice(30)
        for record in (invoice, self.customer):
            for rate in (-1, 101):
                with self.assertRaisesRegex(ValidationError, "between 0 and 100"):
                    record.penalty_rate = rate

    # === Every day ===#

    def test_the_daily_job_goes_through_the_companies(self):
        self.branch.penalty_since = "2020-01-01"
        invoice = self.make_overdue_invoice(30)
        of_branch = self.make_overdue_invoice(30, company=self.branch)
        commits = []
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda _self, processed=0, **_values: commits.append(processed) or 100,
        )
        self.penalties._cron_refresh()
        self.assertEqual(len(self.get_penalties(invoice | of_branch)), 2)
        self.assertGreaterEqual(sum(commits), 2)

    def test_the_button_computes_as_of_today(self):
        penalty = self.accrue(self.make_overdue_invoice(30), days_ago(10))
        penalty.with_user(self.assistant).action_refresh()
        self.assertEqual(penalty.as_of, TODAY)
