from odoo import api, fields, models
from odoo.tools import html2plaintext

from ..engine.tone import find_threats

# What is usually said to the customer in a state, for :meth:`_compute_kind`.
USUAL_KINDS = {
    "proposal": "answer",
    "agreed": "apology",
    "rejected": "rejection",
    "closed": "resumption",
}


class AccountDisputeWrite(models.TransientModel):
    """Write to the customer of a dispute: the suggested words, edited, previewed, sent (S2.39)."""

    _name = "account.dispute.write"
    _description = "Write to the Customer"

    dispute_id = fields.Many2one("account.dispute", required=True, readonly=True)
    company_id = fields.Many2one(related="dispute_id.company_id")
    kind = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute.exchange"]._fields["kind"]._description_selection(self.env)
        ),
        required=True,
        compute="_compute_kind",
        store=True,
        readonly=False,
        precompute=True,
    )
    letter_id = fields.Many2one(
        "account.dispute.letter",
        compute="_compute_letter",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('kind', '=', kind)]",
        help="Suggested by the reason, the outcome and the state of the dispute.",
    )
    resolution_id = fields.Many2one(
        "account.dispute.resolution",
        string="About the Solution",
        compute="_compute_resolution",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('dispute_id', '=', dispute_id)]",
    )
    recipient_id = fields.Many2one("res.partner", string="To", compute="_compute_recipient")
    email = fields.Char(related="recipient_id.email")
    lang = fields.Char(string="Language", compute="_compute_recipient")
    date = fields.Datetime(default=fields.Datetime.now, readonly=True)
    channel = fields.Selection(
        [("email", "By e-mail"), ("letter", "Printed and posted")],
        required=True,
        compute="_compute_channel",
        store=True,
        readonly=False,
        precompute=True,
    )
    subject = fields.Char(
        required=True, compute="_compute_words", store=True, readonly=False, precompute=True
    )
    body = fields.Html(
        required=True,
        compute="_compute_words",
        store=True,
        readonly=False,
        precompute=True,
        sanitize_style=True,
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    warning = fields.Text(compute="_compute_warning")

    @api.depends("dispute_id")
    def _compute_kind(self):
        """What is usually written in the dispute's state; a founded one ends with an apology."""
        for wizard in self:
            dispute = wizard.dispute_id
            kind = USUAL_KINDS.get(dispute.state, "answer")
            if kind == "resumption" and dispute.validity in ("founded", "partly"):
                kind = "apology"
            wizard.kind = kind

    @api.depends("dispute_id")
    def _compute_resolution(self):
        for wizard in self:
            wizard.resolution_id = wizard.dispute_id.resolution_id

    @api.depends("kind", "resolution_id")
    def _compute_letter(self):
        for wizard in self:
            wizard.letter_id = wizard.letter_id._choose(
                wizard.dispute_id, wizard.kind, wizard.resolution_id.outcome
            )

    @api.depends("dispute_id")
    def _compute_recipient(self):
        for wizard in self:
            wizard.recipient_id = wizard.dispute_id._get_contact()
            wizard.lang = wizard.dispute_id._get_letter_lang()

    @api.depends("recipient_id")
    def _compute_channel(self):
        for wizard in self:
            wizard.channel = "email" if wizard.recipient_id.email else "letter"

    @api.depends("letter_id", "resolution_id")
    def _compute_words(self):
        for wizard in self.filtered("letter_id"):
            wizard.subject, wizard.body = wizard.letter_id._render(
                wizard.dispute_id, wizard.lang, wizard.resolution_id
            )

    @api.depends("subject", "body", "letter_id")
    def _compute_warning(self):
        """Threats while the dispute is open, and letters that are too firm (S2.57, S2.76)."""
        for wizard in self:
            dispute = wizard.dispute_id
            warnings = []
            if wizard.letter_id and (message := wizard.letter_id._why_not(dispute)):
                warnings.append(message)
            if dispute.state in dispute._get_holding_states():
                text = f"{wizard.subject or ''} {html2plaintext(wizard.body or '')}"
                if threats := find_threats(text):
                    warnings.append(
                        self.env._(
                            "The dispute is open: this reads like a threat: %(words)s. Stay calm, "
                            "and say what happens next instead.",
                            words=", ".join(f"“{word}”" for word in threats),
                        )
                    )
            wizard.warning = "\n".join(warnings)

    def action_preview(self):
        """Show the letter as a PDF; nothing is sent nor kept."""
        self.ensure_one()
        self.dispute_id.check_access("write")
        return self.env.ref("account_dispute_dunning.action_report_dispute_write").report_action(
            self, config=False
        )

    def action_send(self):
        """Send it: the e-mail goes to the queue, a letter is printed and posted by a person.

        :raise UserError: when the letter is too firm, or the contact has no address.
        """
        self.ensure_one()
        self.dispute_id.check_access("write")
        exchange = self.dispute_id._send_letter(
            self.kind,
            channel=self.channel,
            resolution=self.resolution_id,
            subject=self.subject,
            body=self.body,
            letter=self.letter_id,
            attachments=self.attachment_ids,
        )
        if self.channel == "letter":
            return exchange.action_print() | {"close": True}
        return {"type": "ir.actions.act_window_close"}
