from odoo import fields, models


class AccountDunningRule(models.Model):
    """Which scenario a segment of customers follows: the first rule that fits decides (S1.25).

    Precedence: the invoice's scenario, the customer's, the first rule that fits, the company's
    default. Rules work in companies that have a default scenario: without one, nobody is reminded
    unless somebody says so on the customer or on the invoice.

    Everybody in Collections reads; a manager writes.
    """

    _name = "account.dunning.rule"
    _description = "Dunning Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index="btree_not_null")
    customer_domain = fields.Char(
        string="Customers", required=True, default="[]", help="The customers it is for."
    )
    scenario_id = fields.Many2one(
        "account.dunning.scenario",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain=[("origin_id", "=", False)],
    )
