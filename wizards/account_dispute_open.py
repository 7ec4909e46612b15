from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountDisputeOpen(models.TransientModel):
    """Contest a part of one or several receivables of a customer."""

    _name = "account.dispute.open"
    _description = "Contest an Amount"

    move_line_ids = fields.Many2many("account.move.line", string="Receivables", required=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_from_receivables"
    )
    company_id = fields.Many2one("res.company", compute="_compute_from_receivables")
    currency_id = fields.Many2one("res.currency", compute="_compute_from_receivables")
    uncontested = fields.Monetary(
        string="Open and Not Contested", compute="_compute_from_receivables"
    )
    amount = fields.Monetary(
        string="Contested Amount",
        compute="_compute_amount",
        store=True,
        readonly=False,
        required=True,
        help="Several receivables: the oldest due date first.",
    )
    reason_id = fields.Many2one("account.dispute.reason", required=True)
    description = fields.Text(
        string="What the Customer Says", help="What the customer says, in the customer's words."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        domain=[("share", "=", False)],
        default=lambda self: self.env.user,
        help="Who settles it.",
    )
    is_suspicion = fields.Boolean(
        string="Only a suspicion",
        help="Noted, with a call to the customer; everything is still claimed.",
    )

    @api.depends("move_line_ids")
    def _compute_from_receivables(self):
        for wizard in self:
            lines = wizard.move_line_ids._origin
            wizard.partner_id = lines.partner_id.commercial_partner_id[:1]
            wizard.company_id = lines.company_id[:1]
            wizard.currency_id = lines.currency_id[:1]
            wizard.uncontested = sum(lines._get_uncontested().values())

    @api.depends("move_line_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.uncontested

    @api.model
    def _get_action(self, move_lines):
        """The dialogue for these receivable lines.

        :raise AccessError: for a user who may not open disputes.
        :raise UserError: when they do not belong together, or nothing is left to contest.
        """
        self.check_access("create")
        self._check_receivables(move_lines)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contest an amount"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_move_line_ids": move_lines.ids},
        }

    @api.model
    def _check_receivables(self, move_lines):
        groups = {
            (line.partner_id.commercial_partner_id, line.currency_id, line.company_id)
            for line in move_lines
        }
        if len(groups) > 1:
            raise UserError(
                self.env._("Choose invoices of one customer, in one currency, of one company.")
            )
        if groups and not next(iter(groups))[0]:
            raise UserError(self.env._("This entry has no customer: set one before contesting it."))
        if not any(move_lines._get_uncontested().values()):
            raise UserError(
                self.env._(
                    "Nothing is open and uncontested here. To change what is contested, open the "
                    "dispute of the invoice."
                )
            )

    def action_confirm(self):
        """Create the dispute, and open it unless it is only a suspicion.

        :return: an action that shows the dispute.
        :raise UserError: when the amount is not within what is open and uncontested.
        """
        self.ensure_one()
        self.move_line_ids.check_access("read")
        self._check_receivables(self.move_line_ids)
        if (
            self.currency_id.compare_amounts(self.amount, 0) <= 0
            or self.currency_id.compare_amounts(self.amount, self.uncontested) > 0
        ):
            raise UserError(
                self.env._(
                    "The contested amount is more than zero and at most %(uncontested)s.",
                    uncontested=self.currency_id.format(self.uncontested),
                )
            )
        dispute = self.env["account.dispute"].create(self._prepare_dispute_values())
        if self.is_suspicion:
            dispute._schedule_suspicion_call()
        else:
            dispute.action_open()
        return dispute._get_records_action(context={})

    def _prepare_dispute_values(self):
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "reason_id": self.reason_id.id,
            "description": self.description,
            "user_id": self.user_id.id,
            "line_ids": self.env["account.dispute"]._prepare_from_amounts(
                self.move_line_ids, self.amount
            ),
        }
