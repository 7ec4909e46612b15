from odoo import fields, models

STATES = [
    ("accruing", "Accruing"),
    ("claimed", "Claimed"),
    ("invoiced", "Invoiced"),
    ("collected", "Collected"),
    ("waived", "Waived"),
    ("none", "Nothing Due"),
]


class AccountPenalty(models.Model):
    """What late payment of one receivable costs: its ledger, from the first late day on.

    One per receivable, for ever. Interest and fixed indemnity *accrue* up to `as_of`, also after
    the principal is paid; are *claimed* by a letter or statement, once however many show them;
    *waived* and reinstated; *invoiced* by a debit note or an entry; and *collected*. What happened
    is in the events, which nobody edits; the amounts here are their sums.

    Amounts are positive, in the currency of the receivable.

    Everybody in Collections and in Invoicing reads. Nobody writes: the computation does, and the
    events. A collector claims, waives up to a limit and reinstates; a manager has another limit.

    This file has what a penalty is; `_facts.py` what is known of a receivable, `_computing.py` the
    daily computation, `_claiming.py` what happens to what accrued, `_books.py` its entries.
    `working` is ``{"case": …, "result": …}``, as ``docs/penalty-cases.md`` describes both.
    """

    _name = "account.penalty"
    _description = "Late-Payment Penalty"
    _inherit = ["mail.thread"]
    _order = "date_maturity desc, id desc"
    _check_company_auto = True
    _rec_name = "move_name"
    _mail_post_access = "read"  # nobody writes a penalty, and everybody may comment on it

    # === What it is about ===#
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Receivable",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, ondelete="set null", index="btree_not_null"
    )
    move_name = fields.Char(string="Number", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        help="The commercial entity.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date_maturity = fields.Date(string="Due Date", readonly=True)
    principal = fields.Monetary(string="Invoiced Amount", readonly=True)

    # === How it is computed ===#
    regime_id = fields.Many2one(
        "account.penalty.regime", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    regime_reason = fields.Selection(
        [
            ("move", "Set on the invoice"),
            ("term", "Set on its payment terms"),
            ("partner", "Set on the customer"),
            ("country", "Country and kind of debtor"),
        ],
        string="Regime Comes From",
        readonly=True,
    )
    contract_rate = fields.Float(string="Agreed Rate (%)", digits=(8, 4), readonly=True)
    as_of = fields.Date(readonly=True, help="The last day that is counted.")
    date_late = fields.Date(string="Late From", readonly=True)
    date_paid = fields.Date(string="Paid On", readonly=True, help="When nothing was open any more.")
    working = fields.Json(
        readonly=True, help="The segments, the payments and the notes, as the engine gave them."
    )
    computed_at = fields.Datetime(
        readonly=True, help="When it changed, or when it was last found to be right."
    )
    problem = fields.Char(readonly=True, help="Why it can't be computed, and what to do.")
    problem_code = fields.Char(readonly=True)
    problem_series_id = fields.Many2one("account.reference.rate", readonly=True)
    problem_date = fields.Date(readonly=True, help="The day of which the rate is missing.")

    # === Amounts ===#
    accrued_interest = fields.Monetary(readonly=True)
    accrued_fee = fields.Monetary(string="Accrued Indemnity", readonly=True)
    accrued = fields.Monetary(readonly=True, help="Interest and indemnity, up to the date.")
    claimed = fields.Monetary(readonly=True, help="The most that was ever shown as claimed.")
    claimed_fee = fields.Monetary(string="Claimed Indemnity", readonly=True)
    waived = fields.Monetary(readonly=True)
    waived_fee = fields.Monetary(string="Waived Indemnity", readonly=True)
    invoiced = fields.Monetary(readonly=True)
    invoiced_fee = fields.Monetary(string="Invoiced Indemnity", readonly=True)
    collected = fields.Monetary(readonly=True)
    collected_fee = fields.Monetary(string="Collected Indemnity", readonly=True)
    open_amount = fields.Monetary(
        string="Open", readonly=True, help="Accrued, less waived and collected: never negative."
    )
    excess = fields.Monetary(
        string="Invoiced in Excess",
        readonly=True,
        help="More is in the books than is due, as a dispute was founded or a payment corrected: "
        "reverse the debit note.",
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="accruing", index=True)
    event_ids = fields.One2many("account.penalty.event", "penalty_id", string="History")

    _move_line_unique = models.UniqueIndex(
        "(move_line_id) WHERE move_line_id IS NOT NULL", "This receivable has its penalty already."
    )
