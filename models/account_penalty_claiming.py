from odoo import models


class AccountPenalty(models.Model):
    _inherit = "account.penalty"

    def _add_event(self, kind, date, interest, fee, **values):
        self.env["account.penalty.event"].sudo().create(
            {"penalty_id": self.id, "kind": kind, "date": date, "interest": interest, "fee": fee,
             "user_id": self.env.uid, **values}
        )
        penalty = self.sudo()
        sums = {}
        for event in penalty.event_ids:
            for part in ("interest", "fee"):
                sums[event.kind, part] = sums.get((event.kind, part), 0) + event[part]
        def get(kind, *parts):
            return sum(sums.get((kind, part), 0) for part in parts)
        both = ("interest", "fee")
        penalty.write({
            "invoiced": get("invoice", *both) - get("reverse", *both),
            "invoiced_fee": get("invoice", "fee") - get("reverse", "fee"),
            "waived": get("waive", *both) - get("reinstate", *both),
            "waived_fee": get("waive", "fee") - get("reinstate", "fee"),
            "collected": get("collect", *both) - get("uncollect", *both),
        })

    def _get_obstacle(self, on_date):
        return self.problem or ""
