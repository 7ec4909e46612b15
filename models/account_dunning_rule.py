from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain


def read_customer_domain(env, text):
    """A stored filter on customers as a `Domain`; empty text: all customers.

    :return: None when it is not a valid one: a field may have gone with the addon that had it.
    """
    try:
        domain = Domain(literal_eval(text or "[]"))
        env["res.partner"]._search(domain)
    except AccessError:
        raise
    except Exception:  # noqa: BLE001 - whatever was typed, it is not a filter
        return None
    return domain


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
    _check_company_domain = models.check_company_domain_parent_of

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
    customer_count = fields.Integer(string="Customers It Fits", compute="_compute_customer_count")
    warning = fields.Char(compute="_compute_customer_count")

    @api.depends("customer_domain", "scenario_id")
    @api.depends_context("company")
    def _compute_customer_count(self):
        """How many customers it fits; rules before it may take some of them."""
        for rule in self:
            domain = rule._get_customer_domain()
            rule.customer_count = (
                0 if domain is None else rule.env["res.partner"].search_count(domain)
            )
            rule.warning = rule._get_warning(domain)

    def _get_warning(self, domain):
        if domain is None:
            return self.env._(
                "Its customers are not a valid filter any more: nobody is taken by this rule. "
                "Choose them again."
            )
        scenario = self.scenario_id
        versions = scenario._get_versions_on(fields.Date.context_today(self))
        if scenario and not versions[scenario]:
            return self.env._(
                "No version of “%(scenario)s” is in force: its customers are not reminded.",
                scenario=scenario.name,
            )
        return False

    @api.constrains("customer_domain")
    def _check_customer_domain(self):
        for rule in self:
            if rule._get_customer_domain() is None:
                raise ValidationError(
                    self.env._(
                        "The customers of “%(rule)s” are not a valid filter: choose fields and "
                        "fixed values.",
                        rule=rule.name,
                    )
                )

    @api.constrains("scenario_id")
    def _check_scenario(self):
        for rule in self.filtered("scenario_id.origin_id"):
            raise ValidationError(
                self.env._(
                    "“%(rule)s”: choose the scenario, not one of its later versions.",
                    rule=rule.name,
                )
            )

    def _get_customer_domain(self):
        """Its customers, as commercial entities; None when the filter is not valid any more."""
        self.ensure_one()
        domain = read_customer_domain(self.env, self.customer_domain)
        if domain is None:
            return None
        return domain & Domain(["|", ("is_company", "=", True), ("parent_id", "=", False)])

    @api.model
    def _get_first_fits(self, partners, company):
        """The first rule that fits each of these customers in a company, by precedence.

        :return: ``{customer: rule, empty when none fits}``.
        """
        rules = self.with_company(company).search(
            ["|", ("company_id", "=", False), ("company_id", "parent_of", company.ids)]
        )
        left, fits = partners.with_company(company), {}
        for rule in rules:
            domain = rule._get_customer_domain()
            if domain is None or not left:
                continue
            found = left.search(domain & Domain("id", "in", left.ids))
            fits |= dict.fromkeys(found, rule)
            left -= found
        return fits | dict.fromkeys(left, self.browse())

    def action_view_customers(self):
        """The customers that it fits."""
        self.ensure_one()
        self.check_access("read")
        domain = self._get_customer_domain()
        if domain is None:
            raise UserError(self.warning)
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": list(domain),
        }
