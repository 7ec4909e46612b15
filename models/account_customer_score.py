from odoo import fields, models

CLASSES = [("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("E", "E"), ("NR", "Not rated")]


class AccountCustomerScore(models.Model):
    """How a customer pays, as of a day: a snapshot, made when something changed, and explained.

    Advice only: nothing is blocked or sent because of it alone. Kept with the version of the
    formula and the components, from which the total can be computed again by hand.
    """

    _name = "account.customer.score"
    _description = "Customer Score"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The commercial entity.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    superseded_on = fields.Date(readonly=True, help="Empty: it is the current one.")
    previous_id = fields.Many2one("account.customer.score", readonly=True, ondelete="set null")
    formula_id = fields.Many2one(
        "account.customer.score.formula", readonly=True, ondelete="restrict"
    )
    score = fields.Float(digits=(5, 1), readonly=True, aggregator="avg")
    score_class = fields.Selection(CLASSES, string="Class", required=True, readonly=True)
    confidence = fields.Float(readonly=True, aggregator="avg", help="Of 100: the weight with data.")
    dispute_propensity = fields.Float(
        readonly=True, aggregator="avg", help="Contested, of 100 invoiced in 12 months."
    )
    trend = fields.Selection(
        [("up", "Better"), ("flat", "Stable"), ("down", "Worse")], readonly=True
    )
    component_ids = fields.One2many("account.customer.score.component", "score_id", readonly=True)

    _current_unique = models.UniqueIndex(
        "(partner_id, company_id) WHERE superseded_on IS NULL",
        "This customer has a current score already.",
    )
