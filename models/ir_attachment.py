from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .account_dunning_notice import SENT_STATES

# What makes an attachment another file, or one of another record.
CONTENT = {
    "checksum",
    "datas",
    "db_datas",
    "mimetype",
    "raw",
    "res_id",
    "res_model",
    "store_fname",
    "type",
    "url",
}


class IrAttachment(models.Model):
    """The frozen PDF of a notice, the scan of its receipt, and what was enclosed when it was sent
    are proof: nobody, whatever the role, overwrites or deletes them.
    """

    _inherit = "ir.attachment"

    def write(self, vals):
        if CONTENT & vals.keys():
            self._check_no_proof()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_proof(self):
        self._check_no_proof()

    def _check_no_proof(self):
        """:raise UserError: naming the notice of which one of these is the proof."""
        files = self.sudo().filtered(lambda each: each.res_model == "account.dunning.notice")
        if not files:
            return
        proven = (
            self.env["account.dunning.notice"]
            .sudo()
            .search(
                Domain("attachment_id", "in", files.ids)
                | Domain("receipt_attachment_id", "in", files.ids)
                | (Domain("attachment_ids", "in", files.ids) & Domain("state", "in", SENT_STATES)),
                limit=1,
            )
        )
        if proven:
            raise UserError(
                self.env._(
                    "This file is the proof of %(notice)s: it can't be changed nor deleted.",
                    notice=proven.name,
                )
            )
