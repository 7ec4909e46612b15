from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .account_customer_score import CLASSES

# Decided once: another class is another decision.
SETTLED = {"partner_id", "company_id", "score_class", "user_id", "date_start"}


class AccountCustomerScoreOverride(models.Model):
    """A person knows better than the figures: another class, why, and until when.

    While it holds, its class is the customer's class everywhere: in lists, filters and rules. The
    computed one goes on being computed, and is shown beside it. After its last day it ends by
    itself. At most one holds for a customer: a new one ends the former.

    Everybody in Collections reads; a collector sets and ends; nobody deletes one that has held.
    """

    _name = "account.customer.score.override"
    _description = "Score Set by Hand"
    _inherit = ["mail.thread"]
    _order = "date_end desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain=[("parent_id", "=", False)],
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    score_class = fields.Selection(CLASSES[:-1], string="Class", required=True, tracking=True)
    computed_class = fields.Selection(
        CLASSES,
        compute="_compute_computed_class",
        help="What the customer would have without it.",
    )
    reason = fields.Char(
        required=True, tracking=True, help="The customer may ask for it: say facts."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Set by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_start = fields.Date(
        string="Since", required=True, readonly=True, default=fields.Date.context_today
    )
    date_end = fields.Date(
        string="Until",
        required=True,
        tracking=True,
        help="The last day. Then the computed class counts again.",
    )
    active = fields.Boolean(default=True, readonly=True)

    _standing_unique = models.UniqueIndex(
        "(partner_id, company_id) WHERE active", "This customer has a class set by hand already."
    )

    @api.depends("partner_id", "company_id")
    def _compute_computed_class(self):
        for company, overrides in self.grouped("company_id").items():
            classes = self._get_computed_classes(company, overrides.partner_id)
            for override in overrides:
                override.computed_class = classes.get(override.partner_id._origin.id, False)

    @api.model
    def _get_computed_classes(self, company, partners):
        """``{partner id: class}`` of the current scores of these customers in a company."""
        rows = (
            self.env["account.customer.score"]
            .sudo()
            .search_fetch(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "=", company.id),
                    ("superseded_on", "=", False),
                ],
                ["partner_id", "score_class"],
            )
        )
        return {score.partner_id.id: score.score_class for score in rows}

    # === Checks ===#

    @api.constrains("partner_id")
    def _check_partner(self):
        for override in self:
            if override.partner_id != override.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s has no score of its own: choose %(customer)s.",
                        contact=override.partner_id.display_name,
                        customer=override.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for override in self:
            if override.date_end < override.date_start:
                raise ValidationError(self.env._("Until when? Today or later."))

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        today = fields.Date.context_today(self)
        for vals in vals_list:
            if not self.env.su:
                vals |= {"user_id": self.env.uid, "date_start": today, "active": True}
            self._get_standing_of(vals)._end()
        overrides = super().create(vals_list)
        for override in overrides:
            override._log(override._describe())
        overrides._apply()
        return overrides

    def _get_standing_of(self, vals):
        """The one that a new one, of these values, takes the place of."""
        company = vals.get("company_id") or self.env.company.id
        return self.search(
            [("partner_id", "=", vals.get("partner_id")), ("company_id", "=", company)]
        )

    def write(self, vals):
        if (SETTLED | {"active"}) & vals.keys() and not self.env.su:
            raise UserError(
                self.env._("This was decided: end it, and set another class with its own reason.")
            )
        if "date_end" in vals and self.filtered(lambda override: not override.active):
            raise UserError(self.env._("It is over already: set a class anew."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        if self.env.su:
            return  # the vacuum, when the company keeps it no longer
        today = fields.Date.context_today(self)
        if self.filtered(lambda override: override.date_start < today):
            raise UserError(
                self.env._("It says why the class was as it was: end it instead of deleting it.")
            )

    def unlink(self):
        self.filtered("active")._end()
        return super().unlink()

    def _log(self, body):
        """Say it where people look: on the customer."""
        # A collector need not be allowed to write on customers.
        self.sudo().partner_id._message_log(body=body, author_id=self.env.user.partner_id.id)

    def _describe(self):
        self.ensure_one()
        return self.env._(
            "%(user)s set the class to %(class)s until %(date)s (computed: %(computed)s): "
            "%(reason)s",
            **{"class": self.score_class},
            user=self.user_id.name,
            date=format_date(self.env, self.date_end),
            computed=dict(self._fields["computed_class"]._description_selection(self.env)).get(
                self.computed_class, "–"
            ),
            reason=self.reason,
        )

    # === While it holds, and when it ends ===#

    def action_end(self):
        """The computed class counts again from now on.

        :raise UserError: when it is over already.
        """
        self.check_access("write")
        if self.filtered(lambda override: not override.active):
            raise UserError(self.env._("It is over already."))
        for override in self:
            override._log(
                self.env._(
                    "%(user)s ended the class set by hand: %(class)s.",
                    **{"class": override.score_class},
                    user=self.env.user.name,
                )
            )
        self._end()

    def _end(self):
        """They no longer hold: their customers have the computed class again."""
        today = fields.Date.context_today(self)
        for override in self.sudo().filtered("active"):
            date_end = min(override.date_end, today)
            override.write({"active": False, "date_end": max(date_end, override.date_start)})
        self.flush_recordset()  # a new one may be inserted next
        for company, overrides in self.grouped("company_id").items():
            partners = overrides.partner_id
            computed = self._get_computed_classes(company, partners)
            for partner in partners.sudo().with_company(company):
                partner._set_score_class(computed.get(partner.id, False))

    def _apply(self):
        """Their class is that of their customers."""
        for override in self:
            partner = override.partner_id.sudo().with_company(override.company_id)
            partner._set_score_class(override.score_class)

    @api.model
    def _expire(self, company, on_date):
        """End those of a company whose last day is over. Called before scoring."""
        expired = self.sudo().search([("company_id", "=", company.id), ("date_end", "<", on_date)])
        for override in expired:
            override._log(
                self.env._(
                    "The class set by hand (%(class)s) has expired: the computed one counts again.",
                    **{"class": override.score_class},
                )
            )
        expired._end()
