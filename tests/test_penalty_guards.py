from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_penalty_books import PenaltyBooksCommon


@tagged("post_install", "-at_install")
class TestPenaltyGuards(PenaltyBooksCommon):
    """Each public method is an endpoint: what the books say of penalties is not forged (S4.28)."""

    def test_a_remote_call_forges_nothing(self):
        """Limits of waivers, enclosures of mails and sums of the ledger follow from these."""
        penalty = self.make_penalty()
        move = self.book(penalty, mode="debit_note", is_posted=False)
        secret = self.env["ir.attachment"].create({"name": "Salaries", "raw": b"100"})
        moves = self.env["account.move"].with_user(self.invoicing)
        for forge in (
            lambda: moves.browse(move.id).write({"penalty_statement_id": secret.id}),
            lambda: moves.browse(move.id).write({"penalty_after": "waive"}),
            lambda: moves.create({"move_type": "out_invoice", "penalty_statement_id": secret.id}),
            lambda: moves.create({"move_type": "out_refund", "penalty_after": "waive"}),
            lambda: moves.with_context(default_penalty_after="waive").create(
                {"move_type": "out_refund"}
            ),
            lambda: moves.create(
                {
                    "move_type": "out_refund",
                    "penalty_after": "waive",
                    "reversed_entry_id": move.id,
                }
            ),
            lambda: move.with_user(self.invoicing).invoice_line_ids.write({"penalty_id": False}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                forge()
        self.assertRecordValues(penalty, [{"waived": 0, "invoiced": 0}])

    def test_a_penalty_is_booked_in_its_company(self):
        penalty = self.make_penalty()
        line = {"name": "40", "price_unit": 40, "penalty_id": penalty.id, "penalty_part": "fee"}
        with self.assertRaisesRegex(ValidationError, "book it there"):
            self.env["account.move"].with_company(self.branch).create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [Command.create(line)],
                }
            )

    def test_what_is_no_longer_late_is_not_booked(self):
        """It was paid in time, as a late entry says: a sentence, and no missing record."""
        penalty = self.make_penalty(paid=None)
        self.pay(penalty.move_id, on_date=penalty.date_maturity)
        with self.assertRaisesRegex(UserError, "no penalty to book"):
            penalty.action_book()
