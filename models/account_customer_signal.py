from odoo import fields, models


class AccountCustomerSignal(models.Model):
    """An early warning about a customer: what was seen, on what, and what to do about it.

    One record per occurrence, however often it is looked for: `key` says which it is.
    """

    _name = "account.customer.signal"
    _description = "Customer Signal"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [
            ("first_late", "First late payment of a good payer"),
            ("silence", "No answer to reminders"),
            ("worsening", "Pays later and later"),
            ("rejected", "Payment rejected"),
            ("cold", "Cold tone"),
            ("promise_broken", "Promise broken"),
            ("unreachable", "Contact unreachable"),
            ("class_change", "Class changed"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    key = fields.Char(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The commercial entity.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    params = fields.Json(readonly=True)
    state = fields.Selection(
        [("new", "New"), ("done", "Handled"), ("ignored", "Ignored")],
        required=True,
        default="new",
        index=True,
    )

    _key_unique = models.UniqueIndex(
        "(company_id, partner_id, kind, key)", "This signal is known already."
    )
