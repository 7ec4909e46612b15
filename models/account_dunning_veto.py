from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from .account_dunning_notice import UNSENT_STATES


class AccountDunningVeto(models.Model):
    """A salesperson asks for no formal notice to a customer: why, and until when (S1.24).

    It stops formal notices only, and ends by itself; archived, it ends at once.

    An auditor reads. An assistant asks, changes and ends; a manager also deletes. A salesperson
    without a role asks from a dispute about an own invoice, and reads the own vetoes.
    """

    _name = "account.dunning.veto"
    _description = "Veto on Formal Notices"
    _order = "date_end desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Commercial Entity",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    dispute_id = fields.Many2one(
        "account.dispute",
        string="Asked from",
        readonly=True,
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    reason = fields.Char(required=True)
    date_end = fields.Date(
        string="Until", required=True, help="The last day without formal notice."
    )
    active = fields.Boolean(default=True)

    @api.constrains("dispute_id", "partner_id")
    def _check_partner(self):
        for veto in self.filtered("dispute_id"):
            dispute = veto.dispute_id.sudo()  # a salesperson may read no more than the own veto
            if dispute.commercial_partner_id != veto.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(dispute)s is not about %(customer)s: ask from a dispute of this "
                        "customer.",
                        dispute=dispute.name,
                        customer=veto.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        vetoes = super().create(vals_list)
        for veto in vetoes:
            veto._check_lasts()
            veto._stop_notices()
            # A salesperson without a role writes nothing else on the dispute.
            for dispute in veto.sudo().dispute_id:
                dispute._message_log(body=veto._describe(), author_id=self.env.user.partner_id.id)
        return vetoes

    def _check_lasts(self):
        if self.date_end < fields.Date.context_today(self):
            raise ValidationError(
                self.env._("This day is over: choose until when no formal notice is sent.")
            )

    def _stop_notices(self):
        """Cancel the formal notices to the customer that did not leave yet."""
        # A salesperson without a role may not read notices.
        notices = self.env["account.dunning.notice"].sudo()
        notices.search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("tone", "=", "formal"),
                ("state", "in", UNSENT_STATES),
            ]
        )._cancel_unsent(self._describe())

    def _describe(self):
        """The veto in a sentence."""
        self.ensure_one()
        return self.env._(
            "%(user)s asks for no formal notice to %(customer)s until %(date)s: %(reason)s",
            user=self.user_id.name,
            customer=self.partner_id.display_name,
            date=format_date(self.env, self.date_end),
            reason=self.reason,
        )

    @api.model
    def _get_standing(self, partners, companies, on_date):
        """The vetoes that hold on a day: ``{(customer, company): veto}``."""
        vetoes = self.search(
            [
                ("commercial_partner_id", "in", partners.ids),
                ("company_id", "in", companies.ids),
                ("date_end", ">=", on_date),
            ],
            order="date_end",
        )
        return {(veto.commercial_partner_id, veto.company_id): veto for veto in vetoes}
