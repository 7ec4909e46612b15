"""What another addon would bring: a channel, a reason to hold, a component of the score.

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


class FakeScore(models.Model):
    _inherit = "account.customer.score"

    @api.model
    def _get_extra_components(self, company, on_date, partner_ids):
        """Customers that live in a lighthouse are measured by the height of it."""
        found = super()._get_extra_components(company, on_date, partner_ids)
        partners = self.env["res.partner"].browse(partner_ids)
        for partner in partners.filtered(lambda partner: partner.ref and "m" in partner.ref):
            height = float(partner.ref.rstrip("m"))
            found.setdefault(partner.id, {})["lighthouse"] = (height, None, {"height": height})
        return found

    @api.model
    def _get_component_names(self):
        return super()._get_component_names() | {"lighthouse": "Lighthouse"}

    @api.model
    def _get_sentences(self):
        return super()._get_sentences() | {
            "lighthouse": lambda params: f"It lives {params['height']} metres high."
        }

    def _get_records_behind(self, code):
        if code == "lighthouse":
            return {"type": "ir.actions.act_url", "url": "https://lighthouse.example"}
        return super()._get_records_behind(code)


class FakeSignal(models.Model):
    _inherit = "account.customer.signal"

    kind = fields.Selection(selection_add=[("fog", "Fog")], ondelete={"fog": "cascade"})

    @api.model
    def _get_sentences(self):
        return super()._get_sentences() | {
            "fog": lambda params: f"Fog at {params['height']} metres."
        }

    @api.model
    def _get_advice(self):
        return super()._get_advice() | {"fog": "Sound the horn."}
