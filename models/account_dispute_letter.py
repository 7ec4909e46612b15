from odoo import api, fields, models
from odoo.exceptions import UserError

TONES = [("warm", "Warm"), ("neutral", "Neutral"), ("firm", "Firm")]
TONE_RANK = {tone: rank for rank, (tone, _label) in enumerate(TONES)}


class AccountDisputeLetter(models.Model):
    """Which words to use: a mail template for a kind of letter, a reason and an outcome (S2.39).

    Among those that fit a dispute the most specific one is chosen: by its state first, because
    what fits an examination does not fit a proposal; then by its reason, its outcome, and the
    family of its reason. No letter is firmer than its customer bears, and none is firm while the
    dispute is open (S2.76).

    A manager writes them; everybody in Collections reads them.
    """

    _name = "account.dispute.letter"
    _description = "Dispute Letter"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute.exchange"]._fields["kind"]._description_selection(self.env)
        ),
        required=True,
    )
    reason_ids = fields.Many2many(
        "account.dispute.reason",
        string="Reasons",
        help="Or families of them. Empty: for all of them.",
    )
    outcome = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute.resolution"]
            ._fields["outcome"]
            ._description_selection(self.env)
        ),
        help="Empty: for all of them.",
    )
    state = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute"]._fields["state"]._description_selection(self.env)
        ),
        string="State of the Dispute",
        help="Empty: in all of them.",
    )
    tone = fields.Selection(
        TONES,
        required=True,
        default="neutral",
        help="A firm letter is refused while the dispute is open.",
    )
    is_attached = fields.Boolean(
        string="Attach the PDF",
        default=True,
        help="The e-mail brings the letter as a PDF; it is kept as proof in any case.",
    )
    template_id = fields.Many2one(
        "mail.template",
        required=True,
        ondelete="restrict",
        domain=[("model", "=", "account.dispute")],
    )

    @api.model
    def _choose(self, dispute, kind, outcome=False):
        """The letter of a kind for a dispute, the most specific one; empty when none fits.

        :param outcome: of the resolution that it is about, if any.
        """
        wanted = TONE_RANK[dispute._get_tone()]
        letters = self.search([("kind", "=", kind)]).filtered(
            lambda letter: letter._fits(dispute, outcome) and not letter._why_not(dispute)
        )
        return letters.sorted(
            lambda letter: (
                not letter.state,
                dispute.reason_id not in letter.reason_ids,
                not letter.outcome,
                not letter.reason_ids,
                abs(TONE_RANK[letter.tone] - wanted),
                letter.sequence,
                letter.id,
            )
        )[:1]

    def _fits(self, dispute, outcome):
        self.ensure_one()
        return (
            (not self.reason_ids or bool(self.reason_ids & (dispute.reason_id | dispute.family_id)))
            and self.outcome in (False, outcome)
            and self.state in (False, dispute.state)
        )

    def _why_not(self, dispute):
        """Why this letter may not be sent now, in words; an empty string if it may (S2.76)."""
        self.ensure_one()
        limit = dispute._get_tone_limit()
        if TONE_RANK[self.tone] <= TONE_RANK[limit]:
            return ""
        tones = dict(self._fields["tone"]._description_selection(self.env))
        return self.env._(
            "“%(letter)s” is %(tone)s: to %(customer)s, about this dispute, a letter may be "
            "%(limit)s at most. Choose another letter.",
            letter=self.name,
            tone=tones[self.tone],
            customer=dispute.partner_id.display_name,
            limit=tones[limit],
        )

    def _check_tone(self, dispute):
        """:raise UserError: when this letter is too firm for a dispute; the message says why."""
        if message := self._why_not(dispute):
            raise UserError(message)

    def _render(self, dispute, lang, resolution):
        """The words of this letter for a dispute: ``(subject, body)``.

        :param lang: the code of the language to write in.
        :param resolution: what it is about, or an empty recordset.
        """
        self.ensure_one()
        template = self.template_id.with_context(lang=lang)
        subject = template._render_field("subject", dispute.ids, set_lang=lang)
        body = template._render_field(
            "body_html", dispute.ids, set_lang=lang, add_context={"resolution": resolution}
        )
        return subject[dispute.id], body[dispute.id]
