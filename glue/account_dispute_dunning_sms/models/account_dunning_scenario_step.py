from odoo import fields, models


class AccountDunningScenarioStep(models.Model):
    _inherit = "account.dunning.scenario.step"

    channel = fields.Selection(
        selection_add=[("sms", "Text message"), ("task",)],
        ondelete={"sms": lambda steps: steps.write({"channel": "email", "is_automatic": False})},
    )
    sms_text = fields.Text(
        string="Text Message",
        translate=True,
        help="Before what is claimed and the name of the company. Empty: a polite reminder.",
    )

    def _is_sent_without_review(self):
        """A text message may leave by itself as an e-mail does."""
        by_itself = self.is_automatic and self.channel == "sms" and self.tone != "formal"
        return by_itself or super()._is_sent_without_review()
