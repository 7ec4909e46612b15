from odoo import api, models


class IrActionsReport(models.Model):
    """Letters hold all they need: they are printed without styles of the server, and at once."""

    _inherit = "ir.actions.report"

    def _get_layout(self):
        if self.paperformat_id == self._get_letter_format():
            return self.env.ref("account_dispute_dunning.letter_layout")
        return super()._get_layout()

    @api.model
    def _build_wkhtmltopdf_args(self, paperformat_id, *args, **kwargs):
        """Nothing is fetched, so there is nothing to wait for: a second less for each call."""
        arguments = super()._build_wkhtmltopdf_args(paperformat_id, *args, **kwargs)
        if paperformat_id == self._get_letter_format():
            arguments.extend(["--javascript-delay", "0"])
        return arguments

    @api.model
    def _get_letter_format(self):
        return self.env.ref("account_dispute_dunning.paperformat_letter")
