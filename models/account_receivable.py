from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

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
        "account.dispute": ["state"],
        "account.dispute.line": ["amount", "dispute_id", "move_line_id"],
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
        string="No Follow-up", readonly=True, help="Odoo's own exclusion from follow-up."
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

    @api.model
    def _selection_move_type(self):
        return self.env["account.move"]._fields["move_type"]._description_selection(self.env)

    @api.model
    def _selection_decision_reason(self):
        reason = self.env["account.dunning.decision"]._fields["reason"]
        return reason._description_selection(self.env)

    # === SQL ===#

    @api.model
    def _search(self, domain, *args, **kwargs):
        """A search reads the truth again: a view has no triggers that would refresh the cache."""
        self.invalidate_model(flush=False)
        return super()._search(domain, *args, **kwargs)

    @property
    def _table_query(self):
        on_date = fields.Date.context_today(self)
        return SQL("SELECT open.*, %s FROM (%s) AS open", self._dated(on_date), self._open_lines())

    def _dated(self, on_date):
        """The columns that depend on the day on which the receivables are looked at."""
        return SQL(
            """
            GREATEST(0, %(on_date)s::date - open.date_maturity) AS days_overdue,
            CASE WHEN open.date_maturity < %(on_date)s AND NOT open.is_blocked
                      AND NOT open.is_excluded THEN open.dunnable ELSE 0 END AS overdue,
            CASE
                WHEN open.date_maturity >= %(on_date)s THEN '0_not_due'
                WHEN open.date_maturity >= %(on_date)s::date - 30 THEN '1_30'
                WHEN open.date_maturity >= %(on_date)s::date - 60 THEN '31_60'
                WHEN open.date_maturity >= %(on_date)s::date - 90 THEN '61_90'
                ELSE 'over_90'
            END AS bucket
            """,
            on_date=on_date,
        )

    def _open_lines(self):
        """One row per open line on a receivable account.

        Served by account's partial index on unreconciled lines, which is why the accounts are
        passed as ids: the planner then starts from the open lines, not from the ledger. It takes
        them for many more than they are, so the entries are looked up one by one (LATERAL with a
        LIMIT): it would read all that were ever posted otherwise.
        """
        # An archived account may still hold open lines: they tie out too.
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            ._search([("account_type", "=", "asset_receivable")])
        )
        account_ids = [id_ for (id_,) in self.env.execute_query(accounts.select())]
        return SQL(
            """
            SELECT line.id,
                   line.id AS move_line_id,
                   line.move_id,
                   move.name,
                   move.move_type,
                   COALESCE(partner.commercial_partner_id, line.partner_id) AS partner_id,
                   line.company_id,
                   line.account_id,
                   move.invoice_user_id,
                   (customer.collector_id->>line.company_id::text)::int AS collector_id,
                   move.invoice_date,
                   COALESCE(line.date_maturity, line.date) AS date_maturity,
                   line.company_currency_id,
                   line.currency_id,
                   move.payment_state = 'blocked' AS is_blocked,
                   COALESCE(line.no_followup, FALSE) AS is_excluded,
                   line.currency_id != line.company_currency_id AS is_foreign,
                   decision.id AS decision_id,
                   decision.reason AS decision_reason,
                   line.amount_residual AS residual,
                   line.amount_residual_currency AS residual_currency,
                   held.*,
                   own.*,
                   GREATEST(0, line.amount_residual - own.contested - own.promised
                               - own.planned - own.in_payment) AS dunnable
              FROM account_move_line line
        CROSS JOIN LATERAL (
                    SELECT name, move_type, invoice_date, invoice_user_id, payment_state
                      FROM account_move
                     WHERE account_move.id = line.move_id
                     LIMIT 1
                   ) move
              JOIN res_currency cc ON cc.id = line.company_currency_id
         LEFT JOIN res_partner partner ON partner.id = line.partner_id
         LEFT JOIN res_partner customer ON customer.id = partner.commercial_partner_id
         LEFT JOIN account_dunning_decision decision
                ON decision.move_line_id = line.id
               AND decision.superseded_by_id IS NULL
               AND decision.is_dry IS NOT TRUE
         LEFT JOIN (%(contested)s) dispute ON dispute.move_line_id = line.id
         LEFT JOIN (%(in_payment)s) payment ON payment.move_line_id = line.id
        CROSS JOIN LATERAL (%(held)s) held
        CROSS JOIN LATERAL (%(own)s) own
             WHERE line.account_id = ANY(%(account_ids)s)
               AND line.reconciled IS NOT TRUE
               AND line.parent_state = 'posted'
            """,
            account_ids=account_ids,
            contested=self._contested(),
            in_payment=self._in_payment(account_ids),
            held=self._held(),
            own=self._held_in_company_currency(),
        )

    def _held(self):
        """The parts of one line's residual, in its currency; each within what the others leave.

        Promises and payment plans hold nothing yet: their models come with their own issue.
        """
        return SQL(
            """
            SELECT part.contested AS contested_currency,
                   0::numeric AS promised_currency,
                   0::numeric AS planned_currency,
                   part.in_payment AS in_payment_currency,
                   part.base - part.contested - part.in_payment AS dunnable_currency
              FROM (
                    SELECT base.value AS base,
                           LEAST(base.value, COALESCE(dispute.amount, 0)) AS contested,
                           LEAST(
                               base.value - LEAST(base.value, COALESCE(dispute.amount, 0)),
                               COALESCE(payment.amount, 0)
                           ) AS in_payment
                      FROM (SELECT GREATEST(0, line.amount_residual_currency) AS value) base
                   ) part
            """
        )

    def _held_in_company_currency(self):
        """The same parts at the line's own rate, rounded like the company's currency."""
        return SQL(
            """
            SELECT ROUND(held.contested_currency * rate.up / rate.down) * cc.rounding AS contested,
                   ROUND(held.promised_currency * rate.up / rate.down) * cc.rounding AS promised,
                   ROUND(held.planned_currency * rate.up / rate.down) * cc.rounding AS planned,
                   ROUND(held.in_payment_currency * rate.up / rate.down) * cc.rounding
                       AS in_payment
              FROM (
                    SELECT line.amount_residual AS up,
                           COALESCE(NULLIF(line.amount_residual_currency, 0), 1) * cc.rounding
                               AS down
                   ) rate
            """
        )

    def _contested(self):
        """What open disputes hold, per line, in the line's currency."""
        return SQL(
            """
            SELECT dispute_line.move_line_id, SUM(dispute_line.amount) AS amount
              FROM account_dispute_line dispute_line
              JOIN account_dispute dispute ON dispute.id = dispute_line.dispute_id
             WHERE dispute.state = ANY(%s)
             GROUP BY dispute_line.move_line_id
            """,
            list(self.env["account.dispute"]._get_holding_states()),
        )

    def _in_payment(self, account_ids):
        """What payments without journal entry yet cover, per line, in the line's currency.

        Such a payment may pay several invoices, and an invoice several lines: the oldest due date
        comes first, so that no cent covers two receivables. It counts while it is on its way; once
        the bank's line is reconciled with a part of the invoice, that part is paid instead.
        """
        return SQL(
            """
            SELECT line.id AS move_line_id,
                   LEAST(
                       line.amount_residual_currency,
                       GREATEST(
                           0,
                           paid.amount - SUM(line.amount_residual_currency) OVER (
                               PARTITION BY line.move_id ORDER BY line.date_maturity, line.id
                           ) + line.amount_residual_currency
                       )
                   ) AS amount
              FROM (
                    SELECT share.move_id,
                           SUM(GREATEST(0, LEAST(share.open, share.amount - share.before)))
                               AS amount
                      FROM (%s) share
                     GROUP BY share.move_id
                   ) paid
              JOIN account_move_line line
                ON line.move_id = paid.move_id
               AND line.account_id = ANY(%s)
               AND line.display_type = 'payment_term'
               AND line.reconciled IS NOT TRUE
            """,
            self._payments_on_their_way(account_ids),
            account_ids,
        )

    def _payments_on_their_way(self, account_ids):
        """One row per payment and invoice it pays: its amount, what the invoice has open, and what
        the payment's earlier invoices have open; all in the currency of the invoice.
        """
        return SQL(
            """
            SELECT move.id AS move_id, due.open,
                   CASE WHEN payment.currency_id = move.currency_id
                        THEN payment.amount
                        ELSE ROUND(ABS(payment.amount_company_currency_signed * move.amount_total
                                       / NULLIF(move.amount_total_signed, 0))
                                   / currency.rounding) * currency.rounding
                   END AS amount,
                   SUM(due.open) OVER (
                       PARTITION BY payment.id ORDER BY move.invoice_date_due, move.id
                   ) - due.open AS before
              FROM account_payment payment
              JOIN account_move__account_payment link ON link.payment_id = payment.id
              JOIN account_move move ON move.id = link.invoice_id
              JOIN res_currency currency ON currency.id = move.currency_id
              JOIN (
                    SELECT line.move_id, SUM(line.amount_residual_currency) AS open
                      FROM account_move_line line
                     WHERE line.account_id = ANY(%s)
                       AND line.display_type = 'payment_term'
                       AND line.reconciled IS NOT TRUE
                     GROUP BY line.move_id
                   ) due ON due.move_id = move.id
             WHERE payment.move_id IS NULL
               AND (payment.state = 'in_process'
                    OR payment.state = 'paid' AND move.payment_state IN ('in_payment', 'paid'))
               AND due.open > 0
            """,
            account_ids,
        )

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
        """Show the decision that stands for each of these receivables.

        :raise UserError: when no run has looked at them yet.
        """
        self.check_access("read")
        return self._get_why_action(self.decision_id)

    @api.model
    def _get_why_action(self, decisions):
        """:raise UserError: when there is no decision yet."""
        if not decisions:
            raise UserError(
                self.env._(
                    "No run has looked at this receivable yet. The daily run will; or start one "
                    "from the Collections menu."
                )
            )
        target = "new" if len(decisions) == 1 else "current"
        return decisions._get_records_action(name=self.env._("Why?"), target=target, context={})
