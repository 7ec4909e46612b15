from odoo import api, fields, models
from odoo.exceptions import ValidationError

# What happens is told to a person, who decides what to answer.
TOLD_EVENTS = ("reply", "bounce")


class AccountDunningScenarioStep(models.Model):
    """Steps on an event: a thank-you when all is settled, a task when something comes back."""

    _inherit = "account.dunning.scenario.step"

    event = fields.Selection(
        help="Settled: thanks the customer, once. A reply or a bounce: a task for the collector. "
        "A broken promise: nothing happens yet, until promises are recorded.",
    )
    thanks_always = fields.Boolean(
        string="Thank without Reminder too",
        help="Also who paid before any reminder. Otherwise only who was reminded.",
    )

    @api.constrains("trigger", "event", "channel")
    def _check_event(self):
        for step in self.filtered(lambda each: each.trigger == "event"):
            if step.event in TOLD_EVENTS and step.channel != "task":
                raise ValidationError(
                    self.env._(
                        "%(step)s: a person decides what to answer. Choose the channel “Internal "
                        "task”.",
                        step=step.name,
                    )
                )

    def _get_on_event(self, event):
        """The first of these steps that an event calls for; empty when none does."""
        return self.filtered(lambda step: step.trigger == "event" and step.event == event)[:1]
