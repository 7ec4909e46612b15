from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .guard import check_not_typed, recompute

# Only our code can hold this object: a context that comes from outside can not.
SHARING = object()
# What closing and mirroring write: reminders follow from it, so nobody types it.
RESUMPTION_FIELDS = {
    "dunning_cycle",
    "has_set_no_followup",
    "held_all",
    "new_due_date",
    "resume_offset",
    "resume_on",
}


class AccountDisputeLine(models.Model):
    """The contested part of one receivable line, in the line's currency.

    It outlives the receivable: when an invoice is reset to draft and its lines are made anew, or
    when it is deleted, the line keeps the invoice's number, due date and amount.

    Anyone who prepares disputes edits the lines of a suspicion; a collector those of an open
    dispute; nobody those of a closed one.
    """

    _name = "account.dispute.line"
    _description = "Contested Amount"
    _check_company_auto = True

    dispute_id = fields.Many2one("account.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True, index=True)
    dispute_state = fields.Selection(related="dispute_id.state", string="Dispute State")
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Receivable",
        index=True,
        ondelete="set null",
        check_company=True,
        domain="[('account_id.account_type', '=', 'asset_receivable'),"
        " ('parent_state', '=', 'posted'), ('reconciled', '=', False),"
        " ('amount_residual', '>', 0),"
        " ('partner_id', 'child_of', parent.commercial_partner_id)]",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        compute="_compute_from_move_line",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(
        string="Number", compute="_compute_from_move_line", store=True, precompute=True
    )
    date_maturity = fields.Date(
        string="Due Date", compute="_compute_from_move_line", store=True, precompute=True
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_from_move_line", store=True, precompute=True
    )
    residual = fields.Monetary(
        related="move_line_id.amount_residual_currency", string="Open Amount"
    )
    amount = fields.Monetary(
        string="Contested",
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Proposed: all that is open and that no other open dispute holds.",
    )
    company_currency_id = fields.Many2one(
        related="dispute_id.company_currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Contested in Company Currency",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
        help="At the rate of the invoice.",
    )

    # === How the amount was said ===#
    basis = fields.Selection(
        [
            ("whole", "All that is open"),
            ("amount", "An amount"),
            ("percentage", "A percentage"),
            ("items", "Items of the invoice"),
        ],
        required=True,
        default="amount",
    )
    percentage = fields.Float(digits=(5, 2), help="Of the invoice's total.")

    # === What follows from the dispute's closing, for the reminders of this receivable ===#
    held_all = fields.Boolean(
        readonly=True, help="When it was closed, nothing else could be claimed of the receivable."
    )
    resume_on = fields.Date(readonly=True, help="No reminder before this day.")
    new_due_date = fields.Date(readonly=True, help="The reminders count from this day.")
    resume_offset = fields.Integer(
        readonly=True, help="Steps up to this offset count as done in the new dunning cycle."
    )
    dunning_cycle = fields.Integer(
        readonly=True, help="The cycle of reminders that the closing began; 0: none."
    )
    has_set_no_followup = fields.Boolean(
        readonly=True, help="We ticked Odoo's own exclusion from follow-up, and will untick it."
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "A contested amount is more than zero."
    )
    _receivable_once = models.UniqueIndex(
        "(dispute_id, move_line_id)", "A dispute names each receivable once."
    )

    # Of the line itself only: a receivable that disappears leaves these values as they are.
    @api.depends("move_line_id")
    def _compute_from_move_line(self):
        for line in self.filtered("move_line_id"):
            source = line.move_line_id
            line.move_id = source.move_id
            line.name = source.move_id.name
            line.date_maturity = source.date_maturity or source.date
            line.currency_id = source.currency_id

    @api.depends("move_line_id")
    def _compute_amount(self):
        uncontested = self.move_line_id._get_uncontested()
        for line in self:
            line.amount = uncontested.get(line.move_line_id.id, line.amount)

    @api.depends("amount", "move_line_id")
    def _compute_amount_company(self):
        for line in self:
            source = line.move_line_id
            if source or not line.amount_company:
                total = source.amount_currency
                ratio = abs(source.balance / total) if total else 1
                line.amount_company = line.company_currency_id.round(line.amount * ratio)
            else:
                line.amount_company = line.amount_company

    # === Constraints ===#

    @api.constrains("move_line_id", "dispute_id")
    def _check_receivable(self):
        """A dispute is about receivables of its own customer."""
        for line in self.filtered("move_line_id"):
            source = line.move_line_id
            if source.account_id.account_type != "asset_receivable":
                raise ValidationError(
                    self.env._(
                        "%(item)s is not on a receivable account: choose an item that the "
                        "customer owes.",
                        item=source.display_name,
                    )
                )
            if source.partner_id.commercial_partner_id != line.dispute_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(invoice)s is not an invoice of %(customer)s: open one dispute per "
                        "customer.",
                        invoice=source.move_id.display_name,
                        customer=line.dispute_id.partner_id.display_name,
                    )
                )

    @api.constrains("amount", "move_line_id")
    def _check_amount(self):
        """Two open disputes can't hold the same cent, nor more than what is open."""
        holding = self._filter_holding().filtered("move_line_id")
        if not holding or self.env.context.get("account_dispute_sharing") is SHARING:
            return
        holding.move_line_id._serialise_contests()
        contested = holding.move_line_id._get_contested()
        for line in holding:
            total, residual = contested[line.move_line_id.id], line.residual
            if line.currency_id.compare_amounts(total, residual) > 0:
                raise ValidationError(
                    self.env._(
                        "%(invoice)s: %(total)s would be contested, and only %(residual)s is "
                        "open. Lower the amount, or look at its other disputes.",
                        invoice=line.name,
                        total=line.currency_id.format(total),
                        residual=line.currency_id.format(residual),
                    )
                )

    # === Low level ===#

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            nothing = dict.fromkeys(RESUMPTION_FIELDS, False)
            vals_list = [vals | nothing for vals in vals_list]
        lines = super().create(vals_list)
        recompute(lines)
        lines.dispute_id._check_lines_editable()
        lines._log_amounts(dict.fromkeys(lines, 0.0))
        lines._filter_holding().move_id._mirror_holds()
        return lines

    def write(self, vals):
        check_not_typed(self, vals)
        if vals.keys() & RESUMPTION_FIELDS and not self.env.su:
            raise UserError(
                self.env._("How the reminders go on follows from how the dispute is settled.")
            )
        if not vals.keys() & {"amount", "dispute_id", "move_line_id"}:
            return super().write(vals)
        self.dispute_id._check_lines_editable()
        before = {line: line.amount for line in self}
        moves = self._filter_holding().move_id
        result = super().write(vals)
        self.dispute_id._check_lines_editable()
        self._log_amounts(before)
        (moves | self._filter_holding().move_id)._mirror_holds()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_editable(self):
        self.dispute_id._check_lines_editable()

    def unlink(self):
        self._log_amounts({line: line.amount for line in self}, removed=True)
        moves = self._filter_holding().move_id
        ticked = self.filtered("has_set_no_followup").move_id
        result = super().unlink()
        moves._mirror_holds(ticked)
        return result

    # === Business ===#

    def _prepare_dunning_cycle(self, policy):
        """The values with which reminders of this receivable resume, by a resume policy.

        `step_down` and `restart` begin another cycle, in which each step can be done again; steps
        up to `resume_offset` count as done in it, and so do those before the due date.
        """
        self.ensure_one()
        done = self.move_line_id._get_last_dunning_step()
        if policy == "same" or (policy == "step_down" and not done):
            return {}
        below = done.scenario_id.step_ids.mapped("offset_days") if policy == "step_down" else []
        return {
            "dunning_cycle": self.move_line_id._get_dunning_cycles()[self.move_line_id.id] + 1,
            "resume_offset": max([0, *(offset for offset in below if offset < done.offset_days)]),
        }

    def _filter_holding(self):
        """Those that hold their amount: of an open dispute whose policy is not to hold nothing."""
        return self.filtered(lambda line: line.dispute_id._is_holding())

    def _fit_to_open(self):
        """Lower what is contested to what is still open, where that became less; it is logged.

        For an invoice that changed meanwhile: posted again with a smaller total, or credited while
        its dispute was closed. Payments lower nothing: `account.receivable` counts at most what is
        open, and a payment may bounce. Several disputes about one receivable yield in proportion.
        """
        holding = self._filter_holding().filtered("move_line_id")
        for source, lines in holding.grouped("move_line_id").items():
            total = sum(lines.mapped("amount"))
            others = source._get_contested()[source.id] - total
            available = source.currency_id.round(source.amount_residual_currency - others)
            if 0 < available < total:
                lines._share(available, total)

    def _share(self, available, total):
        """Lower amounts that make `total` to `available`, in proportion and to the cent.

        One after the other, so the check of their sum waits until all are lowered.
        """
        before = shared = 0.0
        for line in self.with_context(account_dispute_sharing=SHARING):
            before += line.amount
            part = line.currency_id.round(available * before / total - shared)
            shared += part
            if line.currency_id.is_zero(part):
                line.unlink()
            else:
                line.amount = part
        self.exists()._check_amount()

    def _log_amounts(self, before, removed=False):
        """Write in the history of open disputes what changed: the claim changes with it."""
        for dispute, lines in self.grouped("dispute_id").items():
            if dispute.state not in dispute._get_holding_states():
                continue
            changes = [
                line._describe_change(before[line], 0.0 if removed else line.amount)
                for line in lines
                if removed or line.currency_id.compare_amounts(line.amount, before[line])
            ]
            if changes:
                dispute._message_log(body=Markup("<br/>").join(changes))

    def _describe_change(self, before, after):
        """What became of the contested amount, in words; `before` is 0 for a new line."""
        self.ensure_one()
        values = {
            "invoice": self.name,
            "before": self.currency_id.format(before),
            "after": self.currency_id.format(after),
            "open": self.currency_id.format(self.residual),
        }
        if not before:
            return self.env._("%(invoice)s: %(after)s of %(open)s contested", **values)
        if not after:
            return self.env._("%(invoice)s: %(before)s no longer contested", **values)
        return self.env._("%(invoice)s: contested amount %(before)s → %(after)s", **values)
