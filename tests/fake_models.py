"""What another addon would bring: a channel, and a reason to hold.

Imported by one test class only, for `odoo-test-helper` to load it; see `common_fake_models`.
"""

from odoo import api, fields, models


class FakeStep(models.Model):
    _inherit = "account.dunning.scenario.step"

    channel = fields.Selection(
        selection_add=[("pigeon", "Carrier pigeon")], ondelete={"pigeon": "cascade"}
    )


class FakeNotice(models.Model):
    _inherit = "account.dunning.notice"

    def _why_no_pigeon(self):
        return "" if self.contact_id.city else "A pigeon needs a city to fly to."

    def _send_by_pigeon(self, on_date):
        self._transition("sent", sent_on=fields.Datetime.now(), done_on=on_date)


class FakeRun(models.Model):
    _inherit = "account.dunning.run"

    @api.model
    def _held_by_others(self, company, on_date):
        lines = self.env["account.move.line"].search(
            [("company_id", "=", company.id), ("partner_id.name", "=like", "On holiday%")]
        )
        held = super()._held_by_others(company, on_date)
        return held | dict.fromkeys(lines.ids, "on_holiday")


class FakeDecision(models.Model):
    _inherit = "account.dunning.decision"

    reason = fields.Selection(
        selection_add=[("on_holiday", "On holiday")], ondelete={"on_holiday": "cascade"}
    )

    def _get_explanations(self):
        return super()._get_explanations() | {"on_holiday": "The customer is on holiday."}
