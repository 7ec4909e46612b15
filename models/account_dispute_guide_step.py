from odoo import api, fields, models


class AccountDisputeGuideStep(models.Model):
    """One of the six steps of a difficult conversation, T.E.C.R.E.P. (S2.53–S2.60).

    They come when a dispute is opened. Each has its advice, a note, and who did it when. The
    roles that prepare disputes edit them.
    """

    _name = "account.dispute.guide.step"
    _description = "Step of the Conversation"
    _order = "dispute_id, sequence"
    _rec_name = "code"

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    sequence = fields.Integer(required=True)
    code = fields.Selection(
        [
            ("listen", "T · Listen"),
            ("clarify", "E · Restate the problem"),
            ("empathise", "C · Show understanding"),
            ("thank", "R · Thank"),
            ("evaluate", "E · Weigh the solutions"),
            ("propose", "P · Propose"),
        ],
        string="Step",
        required=True,
        readonly=True,
    )
    advice = fields.Text(compute="_compute_advice")
    note = fields.Text()
    done_on = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True)

    _code_once = models.UniqueIndex("(dispute_id, code)", "Each step comes once.")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_advice(self):
        advice = self._get_advice()
        for step in self:
            step.advice = advice.get(step.code)

    @api.model
    def _get_advice(self):
        """``{code: what to do in this step}``, in the user's language."""
        return {
            "listen": self.env._(
                "Let the customer speak to the end. Write it down word for word under “What the "
                "Customer Says”. Do not explain, do not promise anything yet."
            ),
            "clarify": self.env._(
                "Say in your own words what you understood, and what is expected: a credit note, "
                "a replacement, time, an apology. Send the restated problem to be confirmed."
            ),
            "empathise": self.env._(
                "Say that you understand what it means for the customer: a stopped line, an angry "
                "client, lost time. No warning and no deadline belongs in this message."
            ),
            "thank": self.env._(
                "Thank the customer for telling you instead of just not paying. It is information "
                "that we did not have."
            ),
            "evaluate": self.env._(
                "Write at least two solutions under “Solutions”: what each costs us, what the "
                "customer gains, when the cash comes. Choose what suits both."
            ),
            "propose": self.env._(
                "Propose one solution in writing: amount, date, conditions, and until when it is "
                "valid. Promise only what you can keep, and note it as a commitment."
            ),
        }

    @api.model
    def _prepare_steps_values(self, dispute):
        """Values of the six steps of a dispute, in their order."""
        codes = [code for code, _label in self._fields["code"].selection]
        return [
            {"dispute_id": dispute.id, "code": code, "sequence": number}
            for number, code in enumerate(codes, start=1)
        ]

    def action_done(self):
        """Note that these steps are done, by the user, now; what was done keeps its date."""
        self.check_access("write")
        self.filtered(lambda step: not step.done_on).write(
            {"done_on": fields.Datetime.now(), "done_by_id": self.env.uid}
        )
