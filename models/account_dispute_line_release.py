from odoo import api, fields, models
from odoo.exceptions import UserError

RELEASE_FIELDS = {"is_released", "release_reason", "release_user_id"}


class AccountDisputeLine(models.Model):
    """A person lets the uncontested part of a receivable go into a formal notice.

    While a dispute is open nothing of its receivable is certain, so no formal notice claims it. A
    collector may decide otherwise about the part that nobody contests, and says why; the contested
    part stays out of the claim.
    """

    _inherit = "account.dispute.line"

    is_released = fields.Boolean(
        string="Formal Notice Allowed",
        readonly=True,
        copy=False,
        help="A person decided that the part which is not contested may be under formal notice.",
    )
    release_reason = fields.Char(string="Allowed Because", readonly=True, copy=False)
    release_user_id = fields.Many2one(
        "res.users", string="Allowed by", readonly=True, copy=False, index="btree_not_null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_released({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_released(vals.keys())
        return super().write(vals)

    def _check_released(self, names):
        if RELEASE_FIELDS & names and not self.env.su:
            raise UserError(
                self.env._("Choose “Send the formal notice in spite of it” on the decision.")
            )

    def _release(self, reason):
        """Let formal notices claim what these lines do not contest, and write down who decided.

        :raise UserError: for who may not decide.
        """
        if not self.env.user.has_group("account_dispute_dunning.group_collector"):
            raise UserError(self.env._("Your role in Collections does not allow this."))
        self.sudo().write(
            {"is_released": True, "release_reason": reason, "release_user_id": self.env.uid}
        )
        for line in self:
            line.dispute_id._message_log(
                body=self.env._(
                    "%(invoice)s: %(user)s lets the part that is not contested go into a formal "
                    "notice: %(reason)s",
                    invoice=line.name,
                    user=self.env.user.name,
                    reason=reason,
                )
            )


class AccountDispute(models.Model):
    _inherit = "account.dispute"

    def _action_open(self, on_date):
        """What a person allowed in one cycle does not hold for the next."""
        self.line_ids.filtered("is_released").sudo().write(
            {"is_released": False, "release_reason": False, "release_user_id": False}
        )
        return super()._action_open(on_date)
