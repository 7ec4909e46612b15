from odoo import fields, models


class AccountDisputeGuideStep(models.Model):
    """One of the six steps of a difficult conversation, T.E.C.R.E.P. (S2.53–S2.60)."""

    _name = "account.dispute.guide.step"
    _description = "Step of the Conversation"
    _order = "dispute_id, sequence"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    sequence = fields.Integer(required=True)
    code = fields.Selection(
        [
            ("listen", "T · Listen"),
            ("clarify", "E · Restate the problem"),
            ("empathise", "C · Show understanding"),
            ("thank", "R · Thank"),
            ("evaluate", "E · Weigh the solutions"),
            ("propose", "P · Propose"),
        ],
        string="Step",
        required=True,
        readonly=True,
    )
    note = fields.Text()
    done_on = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True)

    _code_once = models.UniqueIndex("(dispute_id, code)", "Each step comes once.")
