from odoo import fields, models


class AccountDisputeExchange(models.Model):
    """One e-mail, letter, call or portal message about a dispute, in or out (S0.13, S0.14).

    What was sent is frozen: text, recipient, amounts, PDF and its SHA-256. Nobody edits or deletes
    it; a correction is another exchange.
    """

    _name = "account.dispute.exchange"
    _description = "Exchange about a Dispute"
    _order = "date desc, id desc"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    channel = fields.Selection(
        [
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("call", "Call"),
            ("portal", "Portal"),
            ("meeting", "Meeting"),
        ],
        required=True,
        default="call",
    )
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, default="in")
    kind = fields.Selection(
        [
            ("acknowledgement", "Acknowledgement"),
            ("restatement", "Restated problem"),
            ("answer", "Answer"),
            ("proposal", "Proposal"),
            ("apology", "Apology"),
            ("rejection", "Reasoned rejection"),
            ("resumption", "Resumption of obligations"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    author_id = fields.Many2one("res.partner", string="From")
    recipient_id = fields.Many2one("res.partner", string="To")
    subject = fields.Char()
    body = fields.Html()
    contested_amount = fields.Monetary(currency_field="company_currency_id", readonly=True)
    company_currency_id = fields.Many2one(related="dispute_id.company_currency_id")
    message_id = fields.Many2one("mail.message", readonly=True, index="btree_not_null")
    attachment_id = fields.Many2one("ir.attachment", string="PDF", readonly=True)
    pdf_sha256 = fields.Char(string="SHA-256 of the PDF", readonly=True)
    is_automatic = fields.Boolean(
        readonly=True, help="Written by a machine: it is not a first answer."
    )
