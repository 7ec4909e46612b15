from odoo import api, fields, models

from .res_partner import READERS


class ResPartner(models.Model):
    """Penalties on the customer's form: what they come to, and whether the agreed rate is legal."""

    _inherit = "res.partner"

    penalty_open = fields.Monetary(
        string="Open Penalties",
        compute="_compute_penalties",
        currency_field="currency_id",
        groups=READERS,
        help="Interest and indemnities that are neither waived nor collected, in the company's "
        "currency.",
    )
    penalty_count = fields.Integer(compute="_compute_penalties", groups=READERS)
    penalty_rate_warning = fields.Char(compute="_compute_penalty_rate_warning", groups=READERS)

    @api.depends_context("company", "allowed_company_ids", "uid")
    def _compute_penalties(self):
        """In the companies of the user; read when the form is opened, like the amounts."""
        rows = self.env["account.penalty"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "in", self.env.companies.ids),
            ],
            ["partner_id"],
            ["open_amount:sum_currency", "__count"],
        )
        found = {partner: (amount, count) for partner, amount, count in rows}
        for partner in self:
            amount, count = found.get(partner.commercial_partner_id._origin, (0.0, 0))
            partner.penalty_open = amount
            partner.penalty_count = count

    @api.depends(
        "penalty_rate", "penalty_regime_id", "penalty_debtor", "is_company", "vat", "country_id"
    )
    @api.depends_context("company", "lang")
    def _compute_penalty_rate_warning(self):
        today = fields.Date.context_today(self)
        agreed = self.filtered("penalty_rate")
        (self - agreed).penalty_rate_warning = ""
        for partner in agreed:
            regime = partner._get_penalty_regime(today)
            partner.penalty_rate_warning = regime._get_rate_warning(partner.penalty_rate, today)

    def _get_penalty_regime(self, invoice_date):
        """The regime of a customer's invoices of a day, in the user's company; may be empty."""
        self.ensure_one()
        customer = self.commercial_partner_id.sudo()  # what its invoices follow is no secret
        regimes = self.env["account.penalty.regime"]
        find = self.env["account.penalty"]._get_regime_finder(self.env.company)
        chosen = (None, None, customer.penalty_regime_id.id)
        debtor = customer._get_penalty_debtor()
        found = find(chosen, customer.country_id.id, debtor, invoice_date)
        return regimes.browse(found[0]) if found else regimes

    def action_view_penalties(self):
        """Show what late payment of these customers costs."""
        self.check_access("read")
        self.env["account.penalty"].check_access("read")
        return self._get_customer_action("account_penalty_action", "partner_id")

    def action_simulate_penalties(self):
        """What the open invoices of these customers would cost on another day."""
        self.check_access("read")
        lines = self.env["account.penalty.simulate"]._get_open_lines(self.commercial_partner_id)
        return self.env["account.penalty.simulate"]._get_action(lines)
