from odoo import models


class IrAttachment(models.Model):
    """The frozen PDF of a notice or of a letter is never overwritten."""

    _inherit = "ir.attachment"
