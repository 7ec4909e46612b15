from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..engine import payment_term as engine
from .account_move import READERS
from .account_payment_term import FRANCE


class AccountMove(models.Model):
    """Whether an invoice falls due later than the law allows (S4.25)."""

    _inherit = "account.move"

    is_periodic_invoice = fields.Boolean(
        string="Summary Invoice",
        groups=READERS,
        copy=False,
        help="It sums up the deliveries of a period: French law allows 45 days from its date.",
    )
    payment_term_warning = fields.Char(
        compute="_compute_payment_term_warning", compute_sudo=True, groups=READERS
    )
    is_due_too_late = fields.Boolean(
        string="Due Later than the Law Allows",
        compute="_compute_payment_term_warning",
        search="_search_is_due_too_late",
        compute_sudo=True,
        groups=READERS,
    )

    @api.depends(
        *("move_type", "state", "invoice_date", "invoice_date_due", "delivery_date"),
        *("invoice_payment_term_id.derogation", "is_periodic_invoice", "commercial_partner_id"),
    )
    @api.depends_context("lang")
    def _compute_payment_term_warning(self):
        for move in self:
            excess = move._find_payment_term_excess()
            move.is_due_too_late = bool(excess)
            move.payment_term_warning = excess and move._explain_payment_term(excess)

    def _find_payment_term_excess(self):
        """An ``engine.payment_term.Excess``; None when the due date is lawful or not limited."""
        self.ensure_one()
        if (
            self.move_type != "out_invoice"
            or self.state == "cancel"
            or not self.invoice_date
            or not self.invoice_date_due
            or not self.commercial_partner_id
            or not self.commercial_partner_id._is_limited_by_law(self.company_id)
        ):
            return None
        partner = self.commercial_partner_id.with_company(self.company_id)
        term = self.invoice_payment_term_id or partner.property_payment_term_id
        if term.derogation:
            return None
        sale = engine.Sale(
            self.invoice_date,
            # A due date that was typed without terms is what the parties wrote: days.
            agreed=term._get_month_end() if term else engine.MonthEnd.NONE,
            delivery=self.delivery_date or None,
            is_periodic=self.is_periodic_invoice,
            **partner._get_payment_limit(),
        )
        return engine.check(sale, self.invoice_date_due)

    def _explain_payment_term(self, excess):
        """By how much it falls due too late, by which rule, and what to do."""
        params = {
            "due": format_date(self.env, self.invoice_date_due),
            "latest": format_date(self.env, excess.latest),
            "limit": self.env["account.payment.term"]._name_limit(excess.limit),
            "law": excess.limit.law,
        }
        return self.env._(
            "Due on %(due)s, and the law allows %(latest)s at the latest (%(limit)s, %(law)s). "
            "Shorten the payment terms.",
            **params,
        )

    # === Search ===#

    def _search_is_due_too_late(self, operator, value):
        """Posted invoices; the engine decides once per kind of sale and pair of dates."""
        if operator != "in":
            return NotImplemented
        too_late = []
        for ids, due, sale in self._get_sales():
            if engine.check(sale, due):
                too_late += ids
        return [("id", "in", too_late)]

    @api.model
    def _get_sales(self):
        """What may be due too late, in one statement: ``[(invoice ids, due date, sale)]``.

        Of the user's companies that are in France; only what is due later than the shortest limit.
        The ids are a filter on what the user may read, so this may look at all of them.
        """
        companies = self.env.companies.filtered(lambda company: company._is_in_france())
        if not companies:
            return []
        self.env.flush_all()
        shortest = min(limit.days for limit in engine.limits().values())
        rows = self.env.execute_query(
            SQL(
                """
                SELECT array_agg(move.id), move.invoice_date, move.invoice_date_due,
                       move.delivery_date, move.is_periodic_invoice, partner.payment_sector,
                       partner.penalty_debtor = 'public',
                       COALESCE(move.invoice_payment_term_id,
                                (partner.property_payment_term_id->>move.company_id::text)::int)
                       AS term_id
                  FROM account_move move
                  JOIN res_partner partner ON partner.id = move.commercial_partner_id
             LEFT JOIN res_country country ON country.id = partner.country_id
                 WHERE move.company_id IN %(companies)s
                   AND move.move_type = 'out_invoice' AND move.state = 'posted'
                   AND move.invoice_date_due > move.invoice_date + %(shortest)s
                   AND (country.code IS NULL OR country.code IN %(france)s)
                   AND COALESCE(partner.penalty_debtor,
                                CASE WHEN partner.is_company OR LENGTH(partner.vat) > 1
                                     THEN 'professional' ELSE 'consumer' END) != 'consumer'
              GROUP BY 2, 3, 4, 5, 6, 7, 8
                """,
                companies=tuple(companies.ids),
                shortest=shortest,
                france=FRANCE,
            )
        )
        terms = self.env["account.payment.term"].sudo().browse({row[-1] for row in rows if row[-1]})
        agreed = {term.id: term._get_month_end() for term in terms if not term.derogation}
        derogating = terms.filtered("derogation").ids
        return [
            (
                ids,
                due,
                engine.Sale(
                    invoice_date,
                    agreed=agreed.get(term_id, engine.MonthEnd.NONE),
                    delivery=delivery,
                    sector=engine.Sector(sector) if sector else None,
                    is_public=bool(is_public),
                    is_periodic=bool(is_periodic),
                ),
            )
            for ids, invoice_date, due, delivery, is_periodic, sector, is_public, term_id in rows
            if term_id not in derogating
        ]
