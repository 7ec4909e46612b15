from odoo import fields, models
from odoo.tools import SQL


class AccountPenaltyTax(models.Model):
    """Penalties booked and penalties collected, for a tax return on a cash basis (CGI 237 sexies).

    Late-payment penalties are income of the year that books them, and are taxed in the year that
    collects them. What a year books without collecting it is deducted (form 2058-A, line XG);
    what it collects of another year's booking is added back (line WQ). A reversal of another
    year's booking is added back too: it undoes that year's deduction.

    One row per journal item that books or reverses a penalty, and per part of an event that says
    that it was collected. In company currency, at the rate of the booking. Summed by fiscal year
    of the company, in any pivot, the rows are the figures of the form.
    """

    _name = "account.penalty.tax"
    _description = "Penalties for the Tax Return"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    penalty_id = fields.Many2one("account.penalty", readonly=True)
    move_id = fields.Many2one("account.move", string="Entry", readonly=True)
    part = fields.Selection([("interest", "Interest"), ("fee", "Indemnity")], readonly=True)
    date = fields.Date(readonly=True, help="Of the entry, or of the payment.")
    fiscal_year = fields.Char(readonly=True)
    booked_year = fields.Char(
        string="Booked in", readonly=True, help="The fiscal year that first booked it."
    )
    booked = fields.Monetary(readonly=True, currency_field="company_currency_id")
    collected = fields.Monetary(readonly=True, currency_field="company_currency_id")
    to_deduct = fields.Monetary(
        string="To Deduct (XG)",
        readonly=True,
        currency_field="company_currency_id",
        help="Booked in the fiscal year, and not collected in it.",
    )
    to_add_back = fields.Monetary(
        string="To Add Back (WQ)",
        readonly=True,
        currency_field="company_currency_id",
        help="Collected in the fiscal year, and booked in another one.",
    )

    _depends = {
        "account.move": ["reversed_entry_id"],
        "account.move.line": ["balance", "date", "parent_state", "penalty_id", "penalty_part"],
        "account.penalty": ["partner_id"],
        "account.penalty.event": [
            "company_id",
            "date",
            "fee",
            "interest",
            "kind",
            "move_id",
            "penalty_id",
        ],
        "res.company": ["fiscalyear_last_day", "fiscalyear_last_month"],
    }

    def action_open_entry(self):
        """The action that shows the entry behind a row."""
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action(name=self.env._("Entry"))

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row.id, row.company_id, row.partner_id, row.penalty_id, row.move_id, row.part,
                   row.date, %(label)s AS fiscal_year, %(booked_label)s AS booked_year,
                   row.booked, row.collected,
                   CASE WHEN year.closing = booked_year.closing
                        THEN row.booked - row.collected ELSE 0 END AS to_deduct,
                   CASE WHEN year.closing = booked_year.closing
                        THEN 0 ELSE row.collected - row.booked END AS to_add_back
              FROM (%(booked)s UNION ALL %(collected)s) row
              JOIN res_company company ON company.id = row.company_id
        CROSS JOIN LATERAL (%(closing)s) year(closing)
        CROSS JOIN LATERAL (%(booked_closing)s) booked_year(closing)
            """,
            label=self._get_label(SQL("year.closing")),
            booked_label=self._get_label(SQL("booked_year.closing")),
            booked=self._get_booked(),
            collected=self._get_collected(),
            closing=self._get_closing(SQL("row.date")),
            booked_closing=self._get_closing(SQL("row.booked_on")),
        )

    def _get_booked(self):
        """One row per posted line; served by the partial index on `penalty_id`."""
        return SQL(
            """
            SELECT line.id::bigint * 4 AS id, line.company_id, line.partner_id, line.penalty_id,
                   line.move_id, line.penalty_part AS part, line.date,
                   COALESCE(origin.date, line.date) AS booked_on,
                   -line.balance AS booked, 0 AS collected
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
         LEFT JOIN account_move origin ON origin.id = move.reversed_entry_id
             WHERE line.penalty_id IS NOT NULL AND line.parent_state = 'posted'
            """
        )

    def _get_collected(self):
        """Two rows per event, at the rate of the lines that booked it."""
        return SQL(
            """
            SELECT event.id::bigint * 4 + part.number AS id, event.company_id, penalty.partner_id,
                   event.penalty_id, event.move_id, part.name AS part, event.date,
                   booking.date AS booked_on, 0 AS booked,
                   ROUND(part.amount * booking.rate
                         * CASE event.kind WHEN 'collect' THEN 1 ELSE -1 END
                         / currency.rounding) * currency.rounding AS collected
              FROM account_penalty_event event
              JOIN account_penalty penalty ON penalty.id = event.penalty_id
              JOIN res_company company ON company.id = event.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
        CROSS JOIN LATERAL (
                    VALUES (1, 'interest', event.interest), (2, 'fee', event.fee)
                   ) part(number, name, amount)
        CROSS JOIN LATERAL (
                    SELECT MAX(line.date) AS date,
                           SUM(line.balance) / NULLIF(SUM(line.amount_currency), 0) AS rate
                      FROM account_move_line line
                     WHERE line.penalty_id = event.penalty_id AND line.move_id = event.move_id
                   ) booking
             WHERE event.kind IN ('collect', 'uncollect') AND part.amount != 0
            """
        )

    def _get_closing(self, date):
        """The last day of the company's fiscal year that a day is in, clamped to its month."""
        return SQL(
            """
            SELECT MIN(end_of.year)
              FROM (VALUES (0), (1)) AS later(years)
        CROSS JOIN LATERAL (
                    SELECT make_date(
                               EXTRACT(YEAR FROM %(date)s)::int + later.years,
                               company.fiscalyear_last_month::int,
                               1
                           )
                   ) month(first)
        CROSS JOIN LATERAL (
                    SELECT LEAST(
                               month.first + company.fiscalyear_last_day - 1,
                               (month.first + INTERVAL '1 month' - INTERVAL '1 day')::date
                           )
                   ) end_of(year)
             WHERE end_of.year >= %(date)s
            """,
            date=date,
        )

    def _get_label(self, closing):
        """``2026``, or ``2025-2026`` where the fiscal year begins in the calendar year before."""
        return SQL(
            """
            CASE WHEN EXTRACT(YEAR FROM %(closing)s - INTERVAL '1 year' + INTERVAL '1 day')
                      = EXTRACT(YEAR FROM %(closing)s)
                 THEN to_char(%(closing)s, 'YYYY')
                 ELSE to_char(%(closing)s - INTERVAL '1 year' + INTERVAL '1 day', 'YYYY')
                      || '-' || to_char(%(closing)s, 'YYYY')
            END
            """,
            closing=closing,
        )
