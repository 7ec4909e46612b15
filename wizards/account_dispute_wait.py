from odoo import fields, models

ASK_AGAIN_DAYS = 5


class AccountDisputeWait(models.TransientModel):
    """Wait for the customer: what is awaited, and when we ask again."""

    _name = "account.dispute.wait"
    _description = "Wait for the Customer"

    dispute_ids = fields.Many2many("account.dispute", required=True)
    awaited = fields.Char(string="What Is Awaited", required=True)
    ask_again_on = fields.Date(
        required=True,
        default=lambda self: self.env.company._add_working_days(
            fields.Date.context_today(self), ASK_AGAIN_DAYS
        ),
        help="The next action of the dispute, when the customer has not answered by then.",
    )

    def action_confirm(self):
        """:raise UserError: when one of the disputes can't wait; the message says why."""
        self.ensure_one()
        self.dispute_ids.check_access("write")
        self.dispute_ids._check_can_wait()
        self.dispute_ids._action_wait(self.awaited, self.ask_again_on, fields.Datetime.now())
