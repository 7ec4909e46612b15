from odoo import api, fields, models


class AccountCustomerScoreComponent(models.Model):
    """One part of a score: its value, its points, its weight, and why in one sentence.

    Frozen with its score. The sentence is not stored but what completes it, so that each reader
    has it in his language.
    """

    _name = "account.customer.score.component"
    _description = "Component of a Customer Score"
    _order = "score_id, sequence, id"
    _rec_name = "code"
    # They are written with their score, by the ten thousand.
    _log_access = False

    score_id = fields.Many2one(
        "account.customer.score", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # Not stored: a night inserts them by the ten thousand, and each would be checked.
    company_id = fields.Many2one(related="score_id.company_id")
    sequence = fields.Integer(readonly=True)
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(string="Component", compute="_compute_words")
    value = fields.Float(digits=(12, 1), readonly=True, aggregator=None)
    points = fields.Float(
        digits=(5, 1), readonly=True, aggregator=None, help="Of 100; they follow from the value."
    )
    weight = fields.Float(
        string="Weight (%)", readonly=True, digits=(5, 2), help="As the formula says."
    )
    share = fields.Float(
        string="Counts for (%)",
        readonly=True,
        digits=(5, 1),
        help="Its weight, once those of the components without data are spread over the others.",
    )
    contribution = fields.Float(
        digits=(5, 1),
        compute="_compute_contribution",
        help="Points of the total that come from it.",
    )
    has_data = fields.Boolean(readonly=True)
    reason = fields.Char(readonly=True)
    params = fields.Json(readonly=True, help="What the sentence is made of.")
    sentence = fields.Char(string="Why", compute="_compute_words")

    @api.depends("points", "share")
    def _compute_contribution(self):
        for component in self:
            component.contribution = component.points * component.share / 100

    @api.depends("code", "reason", "params")
    @api.depends_context("lang")
    def _compute_words(self):
        scores = self.env["account.customer.score"]
        names, sentences = scores._get_component_names(), scores._get_sentences()
        for component in self:
            component.name = names.get(component.code, component.code)
            say = sentences.get(component.reason, sentences["not_measured"])
            component.sentence = say(component.score_id._write_params(component.params or {}))

    def action_view_records(self):
        """Show the records that this component was computed from.

        :raise AccessError: for a user who may not read scores.
        """
        self.ensure_one()
        self.check_access("read")
        return self.score_id._get_records_behind(self.code)
