from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command

# What a colleague who is asked in a dispute may change of its evidence.
COLLEAGUE_FIELDS = {"attachment_ids", "note"}


class AccountDisputeEvidence(models.Model):
    """One row of the evidence matrix: a document that proves something, there or missing.

    Rows come with the reason. Roles in Collections edit them; a colleague who has a task in the
    dispute adds files and notes. Who may read the row may read its files.
    """

    _name = "account.dispute.evidence"
    _description = "Dispute Evidence"
    _order = "is_required desc, sequence, id"
    _rec_name = "type_id"

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

    @api.depends(
        "attachment_ids", "is_not_applicable", "type_id.code", "dispute_id.line_ids.move_id"
    )
    def _compute_state(self):
        for evidence in self:
            if evidence.attachment_ids or evidence._is_in_books():
                evidence.state = "present"
            else:
                evidence.state = "not_applicable" if evidence.is_not_applicable else "missing"

    def _is_in_books(self):
        """Whether Odoo has the document anyway, without a file: the contested invoice itself.

        To be extended where orders and deliveries are known.
        """
        self.ensure_one()
        return self.type_id.code == "invoice" and bool(self.dispute_id.line_ids.move_id)

    def _is_untouched(self):
        """Whether nobody has said or added anything."""
        self.ensure_one()
        return not (self.attachment_ids or self.note or self.is_not_applicable)

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._share_files()
        return rows

    def write(self, vals):
        if vals.keys() - COLLEAGUE_FIELDS and not self.env["account.dispute"]._is_assistant():
            raise AccessError(self.env._("Add your files or a note; the rest is for Collections."))
        before = {row: row.attachment_ids for row in self}
        result = super().write(vals)
        if "attachment_ids" in vals:
            if not self.env["account.dispute"]._is_assistant() and any(
                files - row.attachment_ids for row, files in before.items()
            ):
                raise AccessError(self.env._("Add your files; only Collections takes some away."))
            self._share_files()
        return result

    def _share_files(self):
        """Give the files to their row, so that who reads the row reads them.

        Only files that the user may read get here: Odoo checks it. A file of another document is
        copied: it stays as confidential there as it was.
        """
        for evidence in self:
            own = (evidence._name, evidence.id)
            for file in evidence.attachment_ids:
                if (file.sudo().res_model, file.sudo().res_id) != own:
                    evidence._share_file(file.sudo())

    def _share_file(self, file):
        """Give one file, in superuser mode, to this row; one of another document is copied."""
        values = {"res_model": self._name, "res_id": self.id}
        if file.res_id:
            commands = [Command.unlink(file.id), Command.link(file.copy(values).id)]
            self.sudo().write({"attachment_ids": commands})
        else:
            file.write(values)
