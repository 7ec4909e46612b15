from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# An invoice of the same amount so shortly before may be the same one.
SIMILAR_DAYS = timedelta(days=30)


class AccountDisputeOpen(models.TransientModel):
    """Contest a part of one or several receivables of a customer.

    What is contested is said in one of four ways (`mode`) and spread over the receivables, the
    oldest due date first; the rows may be changed by hand, and what stands there is contested.
    """

    _name = "account.dispute.open"
    _description = "Contest an Amount"

    # === What ===#
    move_line_ids = fields.Many2many("account.move.line", string="Receivables", required=True)
    line_ids = fields.One2many(
        "account.dispute.open.line",
        "wizard_id",
        string="Contested Amounts",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_from_receivables"
    )
    company_id = fields.Many2one("res.company", compute="_compute_from_receivables")
    currency_id = fields.Many2one("res.currency", compute="_compute_from_receivables")
    move_ids = fields.Many2many("account.move", compute="_compute_from_receivables")
    has_several = fields.Boolean(
        compute="_compute_from_receivables", help="The amounts of several receivables are shown."
    )
    uncontested = fields.Monetary(
        string="Open and Not Contested", compute="_compute_from_receivables"
    )
    mode = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute.line"]._fields["basis"]._description_selection(self.env)
        ),
        string="Contested",
        required=True,
        default="amount",
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="Several invoices: the oldest due date first, unless you change the table.",
    )
    percentage = fields.Float(digits=(5, 2), help="Of each invoice's total.")
    item_ids = fields.One2many("account.dispute.open.item", "wizard_id", string="Items")
    wanted_amount = fields.Monetary(
        compute="_compute_contested_amount", help="What the percentage or the items come to."
    )
    contested_amount = fields.Monetary(
        string="Total Contested", compute="_compute_contested_amount"
    )

    similar_move_ids = fields.Many2many(
        "account.move",
        "account_dispute_open_similar_rel",
        string="Invoices of the Same Amount",
        compute="_compute_similar_move_ids",
        help="Of the same customer, a month before at most: perhaps it was billed twice.",
    )

    # === Why ===#
    reason_id = fields.Many2one(
        "account.dispute.reason", required=True, domain=[("parent_id", "!=", False)]
    )
    description = fields.Text(string="What the Customer Says", help="In the customer's words.")
    expectation = fields.Selection(
        selection=lambda self: (
            self.env["account.dispute"]._fields["expectation"]._description_selection(self.env)
        ),
        string="What the Customer Expects",
    )
    contact_id = fields.Many2one(
        "res.partner", help="Who contests, and whom we answer. Empty: the invoice contact."
    )
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Files", help="What proves it: photos, the order, an e-mail…"
    )
    evidence_type_id = fields.Many2one(
        "account.dispute.evidence.type",
        string="The Files Are",
        help="They are noted as this evidence; empty: they are only attached.",
    )

    # === How it is treated ===#
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        domain=[("share", "=", False)],
        help="Who settles it. Empty: whom the reason's department designates.",
    )
    is_suspicion = fields.Boolean(
        string="Only a suspicion",
        help="Noted, with a call to the customer; everything is still claimed.",
    )
    is_internal = fields.Boolean(
        string="Internal",
        help="We found it ourselves: the customer is told nothing, and need not agree.",
    )
    tell_customer = fields.Boolean(
        string="Acknowledge to the customer",
        compute="_compute_tell_customer",
        store=True,
        readonly=False,
        help="The customer is told its number, its owner and its deadline.",
    )

    @api.depends("move_line_ids")
    def _compute_line_ids(self):
        for wizard in self:
            lines = wizard.move_line_ids._origin
            uncontested = lines._get_uncontested()
            oldest_first = lines.sorted(lambda line: (line.date_maturity or line.date, line.id))
            wizard.line_ids = [Command.clear()] + [
                Command.create({"move_line_id": line.id})
                for line in oldest_first
                if uncontested[line.id] > 0
            ]

    @api.depends("move_line_ids")
    def _compute_from_receivables(self):
        for wizard in self:
            lines = wizard.move_line_ids._origin
            wizard.partner_id = lines.partner_id.commercial_partner_id[:1]
            wizard.company_id = lines.company_id[:1]
            wizard.currency_id = lines.currency_id[:1]
            wizard.move_ids = lines.move_id
            wizard.has_several = len(lines) > 1
            wizard.uncontested = sum(lines._get_uncontested().values())

    @api.depends("move_line_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.uncontested

    @api.depends("mode", "percentage", "item_ids.amount_total", "line_ids.amount")
    def _compute_contested_amount(self):
        for wizard in self:
            wizard.contested_amount = sum(wizard.line_ids.mapped("amount"))
            wizard.wanted_amount = sum(wanted for _rows, wanted in wizard._get_wanted())

    @api.depends("move_line_ids")
    def _compute_similar_move_ids(self):
        """Invoices that one of these may have billed already, whatever their dates (S2.13).

        Odoo itself warns of the same amount on the same day only.
        """
        for wizard in self:
            moves = wizard.move_ids._origin.filtered("invoice_date")
            similar = moves.browse()
            if moves:
                similar = moves.search(
                    [
                        ("commercial_partner_id", "=", wizard.partner_id.id),
                        ("company_id", "=", wizard.company_id.id),
                        ("currency_id", "=", wizard.currency_id.id),
                        ("move_type", "=", "out_invoice"),
                        ("state", "=", "posted"),
                        ("payment_state", "!=", "reversed"),
                        ("amount_total", "in", moves.mapped("amount_total")),
                        ("invoice_date", ">=", min(moves.mapped("invoice_date")) - SIMILAR_DAYS),
                        ("invoice_date", "<=", max(moves.mapped("invoice_date"))),
                        ("id", "not in", moves.ids),
                    ]
                )
            wizard.similar_move_ids = similar

    @api.depends("company_id")
    def _compute_tell_customer(self):
        for wizard in self:
            wizard.tell_customer = (wizard.company_id or self.env.company).dispute_acknowledge

    # === Spreading ===#

    def _get_wanted(self):
        """What is to be contested by `mode`: a list of (rows, the amount that these rows share)."""
        if self.mode == "amount":
            return [(self.line_ids, self.amount)]
        if self.mode == "whole":
            return [(row, row.uncontested) for row in self.line_ids]
        wanted = []
        for move, rows in self.line_ids.grouped("move_id").items():
            if self.mode == "percentage":
                amount = move.currency_id.round(rows._get_invoiced() * self.percentage / 100)
            else:
                items = self.item_ids.filtered(lambda item, move=move: item.move_id == move)
                amount = sum(items.mapped("amount_total"))
            wanted.append((rows, amount))
        return wanted

    def _spread(self):
        """What each row contests by `mode`, the oldest due date first: ``{row: amount}``.

        A row takes at most what is open and no other open dispute holds.
        """
        amounts = dict.fromkeys(self.line_ids, 0.0)
        for rows, wanted in self._get_wanted():
            for row in rows:
                amounts[row] = max(0.0, min(row.currency_id.round(wanted), row.uncontested))
                wanted -= amounts[row]
        return amounts

    # === Opening the dialogue ===#

    @api.model
    def _get_action(self, move_lines, **values):
        """The dialogue for these receivable lines.

        :param values: of this model, proposed to the user.
        :raise AccessError: for a user who may not open disputes.
        :raise UserError: when they do not belong together, or nothing is left to contest.
        """
        self.check_access("create")
        self._check_receivables(move_lines)
        values["move_line_ids"] = move_lines.ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contest an amount"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items()},
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

    # === Confirming ===#

    def action_confirm(self):
        """Create the dispute, and open it unless it is only a suspicion.

        :return: an action that shows the dispute.
        :raise UserError: when the amounts are not within what is open and uncontested.
        """
        self.ensure_one()
        self._check_confirm()
        dispute = self.env["account.dispute"].create(self._prepare_dispute_values())
        if self.is_suspicion:
            dispute._schedule_suspicion_call()
        else:
            dispute.action_open()
        self._attach_files(dispute)
        return dispute._get_records_action(context={})

    def _check_confirm(self):
        """:raise UserError: with what the user should change."""
        self.move_line_ids.check_access("read")
        self._check_receivables(self.move_line_ids)
        if self.mode == "items" and not self.item_ids:
            raise UserError(self.env._("Add the items of the invoice that are contested."))
        currency = self.currency_id
        asked = self.amount if self.mode == "amount" else self.contested_amount
        if (
            currency.compare_amounts(max(asked, self.contested_amount), self.uncontested) > 0
            or currency.compare_amounts(min(asked, self.contested_amount), 0) <= 0
        ):
            raise UserError(
                self.env._(
                    "The contested amount is more than zero and at most %(uncontested)s.",
                    uncontested=currency.format(self.uncontested),
                )
            )
        for row in self.line_ids:
            if currency.compare_amounts(row.amount, row.uncontested) > 0 or row.amount < 0:
                raise UserError(
                    self.env._(
                        "%(invoice)s: contest at most %(uncontested)s, or nothing of it.",
                        invoice=row.name,
                        uncontested=currency.format(row.uncontested),
                    )
                )

    def _prepare_dispute_values(self):
        values = {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "contact_id": self.contact_id.id,
            "reason_id": self.reason_id.id,
            "description": self.description,
            "expectation": self.expectation,
            "is_internal": self.is_internal,
            "tell_customer": self.tell_customer and not self.is_internal,
            "line_ids": [
                Command.create(row._prepare_dispute_line_values())
                for row in self.line_ids
                if not row.currency_id.is_zero(row.amount)
            ],
            "item_ids": [
                Command.create(item._prepare_item_values())
                for item in self.item_ids
                if self.mode == "items" and item.move_id in self.move_ids
            ],
        }
        return values | ({"user_id": self.user_id.id} if self.user_id else {})

    def _attach_files(self, dispute):
        """Give the files to the dispute, as evidence when it was said of which kind."""
        kind = self.evidence_type_id
        if not self.attachment_ids:
            return
        if not kind:
            self.attachment_ids.write({"res_model": dispute._name, "res_id": dispute.id})
            return
        rows = dispute.evidence_ids
        evidence = rows.filtered(lambda row: row.type_id == kind) or rows.create(
            {"dispute_id": dispute.id, "type_id": kind.id}
        )
        evidence.attachment_ids |= self.attachment_ids
