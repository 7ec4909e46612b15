from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .account_dunning_notice import SENT_STATES


class AccountDunningNoticeLine(models.Model):
    """One receivable on a notice, with its amounts frozen in the document's currency.

    A line with a step is a reminder of that receivable; one without is there for information:
    an invoice reminded before, a credit.

    It outlives the receivable: when an invoice is reset to draft and its lines are made anew, the
    line keeps the invoice's number, dates and amounts.
    """

    _name = "account.dunning.notice.line"
    _description = "Dunning Notice Line"
    _order = "date_maturity, id"

    notice_id = fields.Many2one(
        "account.dunning.notice", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="notice_id.company_id", store=True, index=True)
    state = fields.Selection(related="notice_id.state", store=True)
    move_line_id = fields.Many2one(
        "account.move.line", string="Receivable", ondelete="set null", index=True
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    step_id = fields.Many2one(
        "account.dunning.scenario.step",
        ondelete="restrict",
        index="btree_not_null",
        help="The step that this receivable reaches. Empty: listed for information.",
    )
    root_step_id = fields.Many2one(
        "account.dunning.scenario.step",
        compute="_compute_root_step_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The step in the first version that has it: it is done once, whatever the version.",
    )
    cycle = fields.Integer(
        required=True,
        readonly=True,
        default=0,
        help="Of reminders of this receivable: a dispute whose reminders resume lower begins "
        "another one.",
    )
    name = fields.Char(string="Number")
    invoice_date = fields.Date()
    date_maturity = fields.Date(string="Due Date")
    currency_id = fields.Many2one(related="notice_id.currency_id")
    residual = fields.Monetary(string="Open Amount")
    contested = fields.Monetary()
    claimed = fields.Monetary(help="Negative for a credit, which reduces the claim.")
    penalty_id = fields.Many2one(
        "account.penalty", readonly=True, index="btree_not_null", ondelete="set null"
    )
    penalty_interest = fields.Monetary(string="Interest", readonly=True)
    penalty_fee = fields.Monetary(string="Indemnity", readonly=True)
    days_overdue = fields.Integer(
        compute="_compute_days_overdue", help="On the date of the notice."
    )

    # A receivable is dunned at most once per step and cycle: two workers or two clicks can't
    # double it.
    _step_once = models.UniqueIndex(
        "(move_line_id, root_step_id, cycle) "
        "WHERE root_step_id IS NOT NULL AND state != 'cancelled'",
        "A notice for this step of this invoice exists already.",
    )

    @api.depends("step_id")
    def _compute_root_step_id(self):
        for line in self:
            line.root_step_id = line.step_id.origin_id or line.step_id

    @api.depends("date_maturity", "notice_id.date")
    def _compute_days_overdue(self):
        for line in self:
            late = line.notice_id.date and line.date_maturity
            line.days_overdue = (
                max(0, (line.notice_id.date - line.date_maturity).days) if late else 0
            )

    @api.model
    def _insert(self, vals_list):
        """Insert lines in one statement: a run makes them by the ten thousand.

        What other fields derive from these is computed as after a `create`.

        :param vals_list: dictionaries with the same keys, columns of the table; ids, not records.
        """
        if not vals_list:
            return
        names = list(vals_list[0])
        log = (self.env.uid, self.env.uid, self.env.cr.now(), self.env.cr.now())
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO account_dunning_notice_line
                       (%s, create_uid, write_uid, create_date, write_date)
                VALUES %s RETURNING id
                """,
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(
                    (*(self._to_column(name, vals[name]) for name in names), *log)
                    for vals in vals_list
                ),
            )
        )
        lines = self.browse(id_ for (id_,) in rows)
        with self.env.protecting([self._fields[name] for name in names], lines):
            lines.modified(self._fields, create=True)

    @api.model
    def _to_column(self, name, value):
        """A value as the database takes it: amounts have been rounded, and 0 is one."""
        return None if value is False and self._fields[name].type != "boolean" else value

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_not_sent()
        return lines

    def write(self, vals):
        self._check_not_sent()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        self._check_not_sent()

    def _check_not_sent(self):
        if self.filtered(lambda line: line.state in SENT_STATES):
            raise UserError(self.env._("A notice that was sent is proof: it can't be changed."))

    # === Letters ===#

    def _get_original(self):
        """What was to be paid at first, tax included, in the currency of the document.

        As frozen where the receivable is there no more.
        """
        self.ensure_one()
        return self.move_line_id.sudo().amount_currency or self.residual

    def _get_basis(self):
        """What the claim rests on: the customer's order, else ours; empty when none is known."""
        self.ensure_one()
        move = self.move_id.sudo()
        return move.ref or move.invoice_origin or ""
