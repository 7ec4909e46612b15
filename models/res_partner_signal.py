from odoo import api, fields, models

from .account_customer_score import CLASSES
from .res_partner import READERS

# Odoo's own field for how far a debtor is trusted, by class.
TRUST = {"A": "good", "B": "good", "C": "normal", "NR": "normal", "D": "bad", "E": "bad"}


class ResPartner(models.Model):
    """What follows from how a customer pays: the class set by hand, the signals, the trust."""

    _inherit = "res.partner"

    score_override_id = fields.Many2one(
        "account.customer.score.override",
        string="Class Set by Hand",
        compute="_compute_score_override_id",
        groups=READERS,
    )
    computed_score_class = fields.Selection(
        CLASSES,
        string="Computed Class",
        compute="_compute_score_override_id",
        groups=READERS,
    )
    customer_signal_ids = fields.One2many(
        "account.customer.signal", "partner_id", string="Signals", groups=READERS
    )
    customer_signal_count = fields.Integer(
        string="New Signals", compute="_compute_customer_signals", groups=READERS
    )
    customer_signal_words = fields.Text(
        string="What Warns", compute="_compute_customer_signals", groups=READERS
    )

    @api.depends_context("company")
    def _compute_score_override_id(self):
        company = self.env.company
        customers = self.commercial_partner_id
        overrides = self.env["account.customer.score.override"]
        standing = overrides.search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        ).grouped("partner_id")
        computed = overrides._get_computed_classes(company, customers)
        for partner in self:
            customer = partner.commercial_partner_id._origin
            partner.score_override_id = standing.get(customer, overrides)
            partner.computed_score_class = computed.get(customer.id, False)

    @api.depends("customer_signal_ids.state")
    @api.depends_context("company", "allowed_company_ids", "uid", "lang")
    def _compute_customer_signals(self):
        """The new ones of the whole commercial entity, in the user's companies."""
        signals = self.env["account.customer.signal"]
        customers = self.commercial_partner_id
        new = signals.search([("partner_id", "in", customers.ids), ("state", "=", "new")])
        found = new.grouped("partner_id")
        for partner in self:
            mine = found.get(partner.commercial_partner_id._origin, signals)
            partner.customer_signal_count = len(mine)
            partner.customer_signal_words = "\n".join(mine.mapped("name"))

    # === Class and trust ===#

    def _set_score_class(self, score_class):
        """Give this customer the class that counts, in the company of the environment."""
        self.ensure_one()
        if self.score_class != (score_class or False):
            self.score_class = score_class
        self._copy_trust()

    def _copy_trust(self):
        """Copy the class of these customers to Odoo's degree of trust, where the company wants it.

        In the company of the environment. What differs is written, and said on the customer.
        """
        if not self.env.company.score_copies_trust:
            return
        labels = dict(self._fields["trust"]._description_selection(self.env))
        bodies = {}
        for partner in self:
            before, after = partner.trust, TRUST.get(partner.score_class)
            if after and after != before:
                partner.trust = after
                bodies[partner.id] = self.env._(
                    "Degree of trust: %(before)s → %(after)s, as the class is %(class)s.",
                    **{"class": partner.score_class},
                    before=labels.get(before, "–"),
                    after=labels[after],
                )
        self.browse(bodies)._message_log_batch(bodies)

    @api.model
    def _copy_all_trust(self):
        """Of all customers with a class, in the company of the environment."""
        if not self.env.company.score_copies_trust:
            return
        for trust in ("good", "normal", "bad"):
            classes = [letter for letter, value in TRUST.items() if value == trust]
            self.search([("score_class", "in", classes), ("trust", "!=", trust)])._copy_trust()

    # === Actions ===#

    def action_view_signals(self):
        """Show what warns about these customers, the new signals first.

        :raise AccessError: for a user who may not read signals.
        """
        self.check_access("read")
        signals = self.env["account.customer.signal"]
        signals.check_access("read")
        return signals._get_action(self.commercial_partner_id)

    def action_override_score(self):
        """Open the class set by hand of this customer, or a form that sets one.

        :raise AccessError: for a user who may not set one.
        """
        self.ensure_one()
        self.check_access("read")
        self.env["account.customer.score.override"].check_access("create")
        override = self.score_override_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Class Set by Hand"),
            "res_model": "account.customer.score.override",
            "res_id": override.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }
