from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .account_move import READERS

LIQUIDITY_JOURNALS = ("bank", "cash", "credit")
# What only booking and reversing write: mails enclose the file, and the ledger follows the rest.
WRITTEN_BY_BOOKING = {"penalty_as_of", "penalty_statement_id", "penalty_after"}


class AccountMove(models.Model):
    """A debit note or entry of penalties: what becomes of it is told to their ledger.

    Other entries pay one indexed query for it.
    """

    _inherit = "account.move"

    penalty_as_of = fields.Date(
        string="Penalties Up To",
        readonly=True,
        copy=False,
        groups=READERS,
        help="The last day that is counted in the interest booked here.",
    )
    penalty_statement_id = fields.Many2one(
        "ir.attachment",
        string="Statement of Penalties",
        readonly=True,
        copy=False,
        groups=READERS,
        index="btree_not_null",
        help="It says how the amounts are computed; sent with the debit note.",
    )
    penalty_after = fields.Selection(
        [("claim", "They stay claimable"), ("waive", "They are waived")],
        string="Reversed Penalties",
        readonly=True,
        copy=False,
        groups=READERS,
    )

    # === Who writes what ===#

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: see `_check_not_typed`; a reversal may say what its penalties become.
        :raise UserError: when it waives penalties beyond the user's limit.
        """
        defaults = {f"default_{name}" for name in WRITTEN_BY_BOOKING} & self.env.context.keys()
        typed = set().union(*vals_list) & WRITTEN_BY_BOOKING
        if defaults or typed:
            self._check_not_typed(defaults or typed - {"penalty_after"})
        if "penalty_after" in typed:
            self._check_reversals(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """:raise AccessError: see `_check_not_typed`."""
        self._check_not_typed(WRITTEN_BY_BOOKING & vals.keys())
        return super().write(vals)

    def _check_not_typed(self, names):
        """:raise AccessError: when a remote call writes what only booking writes."""
        if names and not self.env.su:
            raise AccessError(
                self.env._("This is written when penalties are booked or reversed, and not typed.")
            )

    def _check_reversals(self, vals_list):
        """:raise AccessError: when it is no reversal; raises as `_check_penalty_waiver` does."""
        for values in vals_list:
            if after := values.get("penalty_after"):
                origin = self.browse(values.get("reversed_entry_id") or ())
                if not origin:
                    self._check_not_typed({"penalty_after"})
                elif after == "waive" and not self.env.su:
                    origin._check_penalty_waiver(
                        fields.Date.to_date(values.get("date")) or fields.Date.context_today(self)
                    )

    # === Actions ===#

    def action_book_penalties(self):
        """Open the dialogue that books the penalties of these invoices."""
        self.check_access("read")
        penalties = self.env["account.penalty"].search([("move_id", "in", self.ids)])
        return penalties.action_book()

    # === From the entry to the ledger of penalties ===#

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._get_booked_penalties()._sync_books()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._get_booked_penalties()._sync_books()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._get_booked_penalties()._sync_books()
        return result

    def _get_booked_penalties(self):
        """The penalties of which these entries, in whatever state, book or reverse something."""
        lines = self.env["account.move.line"].sudo()
        return lines.search([("move_id", "in", self.ids), ("penalty_id", "!=", False)]).penalty_id

    def _check_penalty_waiver(self, date):
        """Waiving what these entries book is a waiver like any other.

        :raise AccessError: for who may not waive; :raise UserError: beyond the user's limit.
        """
        amounts = defaultdict(lambda: [0.0, 0.0])
        for line in self.line_ids.filtered("penalty_id"):
            amounts[line.penalty_id][line.penalty_part == "fee"] -= line.amount_currency
        penalties = self.env["account.penalty"]
        penalties._check_waiver(self.env._("Reversal"))
        penalties._check_limit(date, amounts)

    def _get_collected_penalties(self):
        """What payments collected of the penalties that this posted entry books.

        A payment settles its lines in their order; what a reversal takes off counts as never
        booked.

        :return: ``[(line, day of the payment, amount)]``, positive, in the entry's currency.
        """
        self.ensure_one()
        rest = self._get_collectable_penalties()
        collected = []
        for day, paid in self._get_penalty_payments():
            for line, amount in rest.items():
                settled = self.currency_id.round(min(paid, amount))
                if settled > 0:
                    collected.append((line, day, settled))
                    rest[line] -= settled
                    paid -= settled
        return collected

    def _get_collectable_penalties(self):
        """``{line: what is left of it after reversals}`` of the lines that book a penalty."""
        reversed_amounts = defaultdict(float)
        reversals = self.reversal_move_ids.filtered(lambda move: move.state == "posted")
        for line in reversals.line_ids.filtered("penalty_id"):
            reversed_amounts[line.penalty_id, line.penalty_part] += line.amount_currency
        rest = {}
        for line in self.line_ids.filtered("penalty_id").sorted(lambda l: (l.sequence, l.id)):
            key = (line.penalty_id, line.penalty_part)
            booked = max(0.0, -line.amount_currency)
            taken = min(booked, max(0.0, reversed_amounts[key]))
            reversed_amounts[key] -= taken
            rest[line] = booked - taken
        return rest

    def _get_penalty_payments(self):
        """``[(day, amount in this entry's currency)]`` of what paid it, the oldest first.

        Payments, bank and cash entries, and credit notes that are set off against it; neither its
        own reversal, nor an entry that writes it off.
        """
        receivables = self.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        payments = [
            (partial.credit_move_id.date, partial.debit_amount_currency)
            for partial in receivables.matched_credit_ids
            if self._is_paid_by(partial.credit_move_id.move_id)
        ]
        return sorted(payments)

    def _is_paid_by(self, other):
        """Whether an entry that this one is reconciled with is money, or set off against it."""
        if other.origin_payment_id or other.journal_id.type in LIQUIDITY_JOURNALS:
            return True
        return other.move_type == "out_refund" and other.reversed_entry_id != self
