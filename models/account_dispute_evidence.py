from odoo import fields, models


class AccountDisputeEvidence(models.Model):
    """One row of the evidence matrix: a document that proves something, there or missing."""

    _name = "account.dispute.evidence"
    _description = "Dispute Evidence"
    _order = "is_required desc, sequence, id"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    type_id = fields.Many2one("account.dispute.evidence.type", string="Document", required=True)
    sequence = fields.Integer(related="type_id.sequence", store=True)
    is_required = fields.Boolean(string="Required")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    is_not_applicable = fields.Boolean(string="Does Not Apply")
    note = fields.Char(help="Where it is, or why it does not apply.")
    state = fields.Selection(
        [("missing", "Missing"), ("present", "Present"), ("not_applicable", "Does not apply")],
        compute="_compute_state",
        store=True,
    )

    _type_once = models.UniqueIndex("(dispute_id, type_id)", "A document has one row.")

    def _compute_state(self):
        self.state = "missing"
