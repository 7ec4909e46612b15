from odoo import api, fields, models


class AccountDunningScenarioStep(models.Model):
    """One step of a scenario: when, by which channel, in which tone, with which words."""

    _name = "account.dunning.scenario.step"
    _description = "Dunning Step"
    _order = "scenario_id, offset_days, id"

    scenario_id = fields.Many2one(
        "account.dunning.scenario", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(required=True, translate=True)
    offset_days = fields.Integer(
        string="Days from Due Date",
        required=True,
        help="-15: fifteen days before the due date. 21: from the twenty-first day late.",
    )
    min_gap_days = fields.Integer(
        string="Minimum Days after Previous Step",
        help="For the same invoice, whatever its age. Leaves the customer time to answer.",
    )
    channel = fields.Selection(
        [("call", "Call"), ("email", "E-mail"), ("letter", "Letter")],
        required=True,
        default="email",
    )
    tone = fields.Selection(
        [("courteous", "Courteous"), ("firm", "Firm"), ("formal", "Formal notice")],
        required=True,
        default="courteous",
    )
    is_automatic = fields.Boolean(
        string="Send without review",
        help="Only e-mails leave by themselves, and never a formal notice.",
    )
    deadline_days = fields.Integer(
        string="Days to Pay",
        help="The letter asks for payment within this many days. 0: at once.",
    )
    subject = fields.Char(translate=True, help="Of the letter and of the e-mail.")
    body = fields.Html(string="Text", translate=True, help="Before the table of the amounts due.")

    _offset_once = models.UniqueIndex(
        "(scenario_id, offset_days)", "Two steps of a scenario can't fall on the same day."
    )
    _days_not_negative = models.Constraint(
        "CHECK(min_gap_days >= 0 AND deadline_days >= 0)", "Days can't be negative."
    )

    @api.depends("name", "offset_days")
    def _compute_display_name(self):
        for step in self:
            day = self.env._("D%(days)+d", days=step.offset_days)
            step.display_name = f"{day} {step.name}" if step.name else day

    def _is_sent_without_review(self):
        self.ensure_one()
        return self.is_automatic and self.channel == "email" and self.tone != "formal"
