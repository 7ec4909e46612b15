from odoo import fields, models


class AccountDispute(models.Model):
    """Where the customer reported it: on a notice before the due date, or on a reminder (S0.27)."""

    _inherit = "account.dispute"

    notice_id = fields.Many2one(
        "account.dunning.notice",
        string="Reported on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The notice whose link the customer followed.",
    )
    reported_from = fields.Selection(
        [("pre_due", "A notice before the due date"), ("reminder", "A reminder")],
        string="Reported from",
        readonly=True,
        copy=False,
    )
    report_key = fields.Char(readonly=True, copy=False)

    _report_once = models.UniqueIndex(
        "(report_key) WHERE report_key IS NOT NULL", "This problem was reported already."
    )
