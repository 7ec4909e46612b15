from odoo import api, fields, models

DEBTORS = [
    ("professional", "Professional"),
    ("public", "Public purchaser"),
    ("consumer", "Consumer"),
]


class AccountPenaltyRegime(models.Model):
    """What a law, or a contract, says about late payment by a kind of debtor.

    Its fields are those of ``engine.penalty_regime.Regime``, which computes. Shared by all
    companies unless it has one.
    """

    _name = "account.penalty.regime"
    _description = "Penalty Regime"
    _inherit = ["mail.thread"]
    _order = "sequence, code"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    country_id = fields.Many2one("res.country")
    debtor = fields.Selection(DEBTORS, required=True, default="professional")
    law = fields.Char(translate=True, help="The articles, as a letter cites them.")

    @api.model
    def _get_rulebook(self):
        """All series and regimes, as an ``engine.penalty_regime.Rulebook``."""
        raise NotImplementedError
