from odoo import api, fields, models
from odoo.fields import Domain

# The values sort as the ages do: groups and columns of a pivot come in the order of the values.
BUCKETS = [
    ("0_not_due", "Not due"),
    ("1_30", "1 to 30 days"),
    ("31_60", "31 to 60 days"),
    ("61_90", "61 to 90 days"),
    ("over_90", "Over 90 days"),
]


class AccountReceivable(models.Model):
    """What each customer owes, and what of it may be claimed: one row per open receivable line.

    The only place where these amounts are defined; the run, the letters, the lists and the
    analyses all read them here::

        dunnable = max(0, residual − contested − promised − planned − in_payment)

    What may be claimed and is blocked, excluded or held whole by a dispute is not `overdue`. The
    statement behind the view is in `account_receivable_sql.py`.

    Amounts without suffix are in company currency and may be summed; those ending in
    ``_currency`` are in the document's currency. A credit note or an unallocated payment has a
    negative residual. Read-only: nobody writes here, whatever the role.
    """

    _name = "account.receivable"
    _description = "Receivable"
    _auto = False
    _order = "date_maturity, id"
    _rec_names_search = ["name", "partner_id"]
    # What the ORM writes to the database before the view is read.
    _depends = {
        "account.account": ["account_type"],
        "account.dispute": ["commercial_partner_id", "company_id", "hold_policy", "state"],
        "account.dispute.line": [
            "amount",
            "dispute_id",
            "has_set_no_followup",
            "move_id",
            "move_line_id",
        ],
        "account.dunning.decision": ["is_dry", "move_line_id", "reason", "superseded_by_id"],
        "account.move": [
            "amount_total",
            "amount_total_signed",
            "currency_id",
            "invoice_date",
            "invoice_date_due",
            "invoice_user_id",
            "matched_payment_ids",
            "move_type",
            "name",
            "payment_state",
        ],
        "account.move.line": [
            "account_id",
            "amount_residual",
            "amount_residual_currency",
            "company_id",
            "currency_id",
            "date_maturity",
            "no_followup",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "account.payment": [
            "amount",
            "amount_company_currency_signed",
            "currency_id",
            "move_id",
            "state",
        ],
        "res.partner": ["collector_id", "commercial_partner_id"],
    }

    # === Identity ===#
    move_line_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    name = fields.Char(string="Number", readonly=True)
    move_type = fields.Selection(selection="_selection_move_type", string="Type", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    invoice_user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)

    # === Dates ===#
    invoice_date = fields.Date(readonly=True)
    date_maturity = fields.Date(
        string="Due Date",
        readonly=True,
        help="The contractual due date. A dispute or a promise never changes it.",
    )
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    bucket = fields.Selection(BUCKETS, string="Age", readonly=True)

    # === Amounts in company currency ===#
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    residual = fields.Monetary(
        string="Open Amount", currency_field="company_currency_id", readonly=True
    )
    contested = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Held by open disputes: not claimed until they are closed.",
    )
    promised = fields.Monetary(currency_field="company_currency_id", readonly=True)
    planned = fields.Monetary(
        string="In Payment Plan", currency_field="company_currency_id", readonly=True
    )
    in_payment = fields.Monetary(
        currency_field="company_currency_id",
        readonly=True,
        help="Covered by a payment that is on its way.",
    )
    dunnable = fields.Monetary(
        string="To Claim",
        currency_field="company_currency_id",
        readonly=True,
        help="Open amount, less what is contested, promised, planned or on its way.",
    )
    overdue = fields.Monetary(
        string="Overdue to Claim", currency_field="company_currency_id", readonly=True
    )

    # === Amounts in document currency ===#
    currency_id = fields.Many2one("res.currency", readonly=True)
    residual_currency = fields.Monetary(string="Open Amount in Currency", readonly=True)
    contested_currency = fields.Monetary(string="Contested in Currency", readonly=True)
    promised_currency = fields.Monetary(string="Promised in Currency", readonly=True)
    planned_currency = fields.Monetary(string="In Payment Plan in Currency", readonly=True)
    in_payment_currency = fields.Monetary(string="In Payment in Currency", readonly=True)
    dunnable_currency = fields.Monetary(string="To Claim in Currency", readonly=True)

    # === State ===#
    is_blocked = fields.Boolean(
        string="Payment Blocked", readonly=True, help="A user blocked the payment of the invoice."
    )
    is_excluded = fields.Boolean(
        string="No Follow-up",
        readonly=True,
        help="Odoo's own exclusion from follow-up, unless a dispute has set it.",
    )
    is_on_hold = fields.Boolean(
        string="Held by a Dispute",
        readonly=True,
        help="An open dispute holds the whole invoice, or all that the customer owes.",
    )
    is_foreign = fields.Boolean(string="Foreign Currency", readonly=True)
    decision_id = fields.Many2one(
        "account.dunning.decision", string="Dunning Decision", readonly=True
    )
    decision_reason = fields.Selection(
        selection="_selection_decision_reason",
        string="Decision",
        readonly=True,
        help="What the last run decided: the step reached, or why nothing is sent.",
    )

    decision_scenario_id = fields.Many2one(related="decision_id.scenario_id", string="Scenario")
    decision_step_id = fields.Many2one(
        related="decision_id.step_id", string="Step", help="Reached, pending, or next."
    )
    decision_next_date = fields.Date(
        related="decision_id.next_date",
        string="Next Date",
        help="The day on which the decision may change.",
    )

    @api.model
    def _selection_move_type(self):
        return self.env["account.move"]._fields["move_type"]._description_selection(self.env)

    @api.model
    def _selection_decision_reason(self):
        reason = self.env["account.dunning.decision"]._fields["reason"]
        return reason._description_selection(self.env)

    @api.model
    def _search(self, domain, *args, **kwargs):
        """A search reads the truth again: a view has no triggers that would refresh the cache."""
        self.invalidate_model(flush=False)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _get_domain_of(self, partners, domain):
        """What these commercial entities owe, for a search of receivables.

        The view is asked for its ids: asked for customers, it would read all that is open.

        :param domain: on journal items, such as their company.
        """
        lines = self.env["account.move.line"].search(
            Domain("partner_id.commercial_partner_id", "in", partners.ids)
            & Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & domain
        )
        return Domain("id", "in", lines.ids)

    # === Tie-out ===#

    @api.model
    def _tie_out(self, companies):
        """Compare the receivables with the ledger, per company, in company currency.

        :param companies: a recordset of `res.company`.
        :return: ``{company: {"count", "receivables", "contested", "dunnable", "overdue",
            "ledger", "gap"}}``. ``ledger`` is the balance of the receivable accounts over all
            posted entries; ``gap`` = ledger − receivables, and it is 0.00.
        """
        self.flush_model()
        # The company is asked for explicitly, so the rules of the reader do not apply twice.
        sums = {
            company: values
            for company, *values in self.sudo()._read_group(
                [("company_id", "in", companies.ids)],
                ["company_id"],
                ["__count", "residual:sum", "contested:sum", "dunnable:sum", "overdue:sum"],
            )
        }
        ledger = dict(
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", companies.ids),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                ],
                ["company_id"],
                ["balance:sum"],
            )
        )
        result = {}
        for company in companies:
            count, *amounts = sums.get(company.sudo(), (0, 0.0, 0.0, 0.0, 0.0))
            rounded = [company.currency_id.round(amount) for amount in amounts]
            balance = company.currency_id.round(ledger.get(company.sudo(), 0.0))
            result[company] = {
                "count": count,
                **dict(
                    zip(
                        ("receivables", "contested", "dunnable", "overdue"),
                        rounded,
                        strict=True,
                    )
                ),
                "ledger": balance,
                "gap": company.currency_id.round(balance - rounded[0]),
            }
        return result

    @api.model
    @api.readonly
    def get_tie_out(self):
        """The tie-out of the chosen companies, for the banner above the list.

        :return: a list of dicts as in :meth:`_tie_out`, with ``company_id``, ``company`` (name)
            and ``currency_id``, in the order of the company switcher.
        :raise AccessError: for a user who may not read receivables.
        """
        self.check_access("read")
        return [
            {
                "company_id": company.id,
                "company": company.name,
                "currency_id": company.currency_id.id,
                **figures,
            }
            for company, figures in self._tie_out(self.env.companies).items()
        ]

    # === Actions ===#

    def action_open_invoice(self):
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action()

    def action_contest(self):
        """Open the dialogue that contests a part of these receivables.

        :raise UserError: when they do not belong together, or nothing is left to contest.
        """
        self.check_access("read")
        return self.env["account.dispute.open"]._get_action(self.move_line_id)

    def action_why(self):
        """Show why each of these receivables is, or is not, reminded of: as of now.

        :raise AccessError: for a user who may not read them.
        """
        self.check_access("read")
        return self.env["account.dunning.why"]._ask(self, fields.Date.context_today(self))

    def action_view_notices(self):
        """Show the reminders of these receivables, the latest first.

        :raise AccessError: for a user without a role in Collections.
        """
        self.check_access("read")
        return self.move_id.action_view_notices()
