from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """A debit note of penalties is sent with the statement that its amounts come from."""

    _inherit = "account.move.send"

    @api.model
    def _get_default_mail_attachments_widget(
        self, move, mail_template, invoice_edi_format=None, extra_edis=None, pdf_report=None
    ):
        attachments = super()._get_default_mail_attachments_widget(
            move, mail_template, invoice_edi_format, extra_edis, pdf_report
        )
        statement = move.sudo().penalty_statement_id
        if not statement:
            return attachments
        return attachments + [
            {
                "id": statement.id,
                "name": statement.name,
                "mimetype": statement.mimetype,
                "placeholder": False,
                "mail_template_id": False,
            }
        ]
