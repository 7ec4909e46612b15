from odoo import fields, models


class AccountDunningScenarioStep(models.Model):
    """What the letters of a step say besides the principal.

    Interest and indemnity are due without a reminder, but they change the tone of a letter: a
    courteous one claims the invoice only. Of the steps that are shipped, the firm letters and the
    formal notices show them. A step without a letter of its own, such as a call, shows nothing.
    """

    _inherit = "account.dunning.scenario.step"

    shows_penalties = fields.Boolean(
        string="Claim Penalties",
        help="Interest up to the day of the letter, the fixed indemnities, and the rule. Sending "
        "the letter claims them. A formal notice encloses their statement.",
    )
    shows_fines = fields.Boolean(
        string="Mention Fines",
        help="A paragraph about the administrative fines for paying late; professionals only.",
    )
    shows_financing = fields.Boolean(
        string="Mention Our Financing Cost",
        help="What the delay costs us, at the financing rate of the settings. It is not claimed.",
    )
