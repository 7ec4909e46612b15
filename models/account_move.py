from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL

# Who sees what is contested: invoices are also read by people without any accounting role.
READERS = "account.group_account_invoice,account_dispute_dunning.group_auditor"


class AccountMove(models.Model):
    _inherit = "account.move"

    contested_amount = fields.Monetary(
        string="Contested",
        compute="_compute_disputes",
        compute_sudo=True,
        groups=READERS,
        help="Held by open disputes: not claimed until they are closed.",
    )
    dispute_count = fields.Integer(
        string="Disputes", compute="_compute_disputes", compute_sudo=True, groups=READERS
    )
    dunning_scenario_id = fields.Many2one(
        "account.dunning.scenario",
        domain=[("origin_id", "=", False)],
        groups=READERS,
        index="btree_not_null",
        copy=False,
        help="Followed instead of the customer's, for this invoice.",
    )
    is_collectable = fields.Boolean(
        compute="_compute_is_collectable",
        groups=READERS,
        help="A posted customer invoice with something left to pay.",
    )

    @api.depends(
        "state",
        "amount_residual",
        "line_ids.dispute_line_ids.amount",
        "line_ids.dispute_line_ids.dispute_id.state",
        "line_ids.dispute_line_ids.dispute_id.hold_policy",
    )
    def _compute_disputes(self):
        """As in `account.receivable`: what is contested is at most what is open, per line."""
        rows = self.env["account.dispute.line"]._read_group(
            [("move_id", "in", self.ids)], ["move_id"], ["dispute_id:count_distinct"]
        )
        counts = dict(rows)
        receivables = self._get_receivable_lines()
        contested = receivables._get_contested()
        amounts = dict.fromkeys(self, 0.0)
        for line in receivables:
            open_amount = max(0.0, line.amount_residual_currency)
            amounts[line.move_id] += min(open_amount, contested.get(line._origin.id, 0.0))
        for move in self:
            move.contested_amount = amounts[move]
            move.dispute_count = counts.get(move._origin, 0)

    @api.depends("state", "move_type", "amount_residual")
    def _compute_is_collectable(self):
        for move in self:
            move.is_collectable = (
                move.state == "posted"
                and move.is_sale_document(include_receipts=True)
                and move.move_type != "out_refund"
                and move.currency_id.compare_amounts(move.amount_residual, 0) > 0
            )

    def _get_receivable_lines(self):
        """The open receivable lines of these invoices."""
        return self.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )

    def _get_open_disputes(self):
        """The disputes that hold amounts of these invoices, whoever asks; with all rights."""
        lines = self.env["account.dispute.line"].sudo().search([("move_id", "in", self.ids)])
        states = lines.dispute_id._get_holding_states()
        return lines.dispute_id.filtered(lambda dispute: dispute.state in states)

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._restore_contests()
        return posted

    def _restore_contests(self):
        """Let disputes hold again what they held before the invoice was reset to draft.

        Its receivable lines may be others than before: then the amounts go to the new ones, the
        oldest due date first. Its total may be smaller: then no more than that is contested. The
        dispute's history says so.
        """
        contested = (
            self.env["account.dispute.line"]
            .sudo()
            .search([("move_id", "in", self.ids), ("dispute_id.state", "!=", "closed")])
        )
        moves = contested.move_id
        amounts = {
            key: sum(lines.mapped("amount"))
            for key, lines in contested.grouped(
                lambda line: (line.dispute_id, line.move_id)
            ).items()
        }
        lost = contested.filtered(lambda line: not line.move_line_id)
        (contested - lost)._fit_to_open()
        for (dispute, move), amount in amounts.items():
            lines = dispute.line_ids.filtered(lambda line, move=move: line.move_id == move)
            kept = lines.filtered("move_line_id")
            commands = dispute._prepare_from_amounts(
                move._get_receivable_lines() - kept.move_line_id,
                amount - sum(kept.mapped("amount")),
            )
            # What was accepted of a contested amount refers to its line: it gets a new receivable.
            free = list(lines - kept)
            for _command, _id, values in commands:
                if free:
                    free.pop(0).write(values)
                else:
                    dispute.line_ids = [Command.create(values)]
            for line in free:
                line.unlink()
        moves._mirror_holds()

    def _is_payment(self):
        """Whether this entry is money that came in, rather than a credit note or a write-off."""
        self.ensure_one()
        return self.journal_id.type in ("bank", "cash", "credit")

    # === What disputes hold ===#

    def _filter_held(self):
        """Those of which nothing can be claimed, because disputes hold all that is open."""
        open_lines = self._get_receivable_lines().filtered(lambda line: line.amount_residual > 0)
        uncontested = open_lines._get_uncontested()
        held_whole = self._get_held_whole()
        held = self.browse()
        for move, lines in open_lines.grouped("move_id").items():
            if move in held_whole or not any(uncontested[line.id] for line in lines):
                held |= move
        return held

    def _get_held_whole(self):
        """Those that a dispute holds whatever its amount: by its policy, or the customer's."""
        disputes = self.env["account.dispute"].sudo()
        holding = Domain("state", "in", disputes._get_holding_states())
        by_invoice = disputes.search(
            holding
            & Domain("hold_policy", "=", "invoice")
            & Domain("line_ids.move_id", "in", self.ids)
        )
        by_customer = disputes.search(
            holding
            & Domain("hold_policy", "=", "customer")
            & Domain("commercial_partner_id", "in", self.commercial_partner_id.ids)
        )
        customers = {(each.company_id, each.commercial_partner_id) for each in by_customer}
        return self.filtered(
            lambda move: (
                move in by_invoice.line_ids.move_id
                or (move.company_id, move.commercial_partner_id) in customers
            )
        )

    def _mirror_holds(self, ticked=None):
        """Tick Odoo's own “no follow-up” of invoices as long as disputes hold all that is open.

        Other follow-up than ours then leaves them alone too. What was ticked before stays ticked:
        the dispute's lines remember what we ticked, and only that is unticked.

        :param ticked: invoices that we ticked, of which the line that said so is gone.
        """
        lines = (
            self.env["account.dispute.line"]
            .sudo()  # an effect of the dispute: its user need not be allowed to edit invoices
            .search([("move_id", "in", self.ids)])
        )
        moves = self.sudo()
        ours = lines.filtered("has_set_no_followup").move_id
        if ticked:
            ours |= ticked.sudo()
        held = moves._filter_held() & lines._filter_holding().move_id
        to_tick = held.filtered(lambda move: not move.no_followup)
        to_tick.no_followup = True
        (ours - held).filtered("no_followup").no_followup = False
        keep = lines._filter_holding().filtered(
            lambda line: line.move_id in held & (ours | to_tick)
        )
        keep.has_set_no_followup = True
        (lines - keep).filtered("has_set_no_followup").has_set_no_followup = False

    # === Actions ===#

    def action_contest(self):
        """Open the dialogue that contests a part of these invoices.

        :raise UserError: when they do not belong together, or nothing is left to contest.
        """
        self.check_access("read")
        return self.env["account.dispute.open"]._get_action(self._get_receivable_lines())

    def action_view_disputes(self):
        """Show the disputes about these invoices, closed ones too."""
        self.check_access("read")
        disputes = self.env["account.dispute"].search([("line_ids.move_id", "in", self.ids)])
        return disputes._get_records_action(name=self.env._("Disputes"), context={})


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    dispute_line_ids = fields.One2many("account.dispute.line", "move_line_id")

    def _get_contested(self):
        """What open disputes hold: ``{line id: amount in the line's currency}``."""
        rows = (
            self.env["account.dispute.line"]
            .sudo()
            ._read_group(
                [
                    ("move_line_id", "in", self.ids),
                    ("dispute_id.state", "in", self.env["account.dispute"]._get_holding_states()),
                    ("dispute_id.hold_policy", "!=", "none"),
                ],
                ["move_line_id"],
                ["amount:sum"],
            )
        )
        return dict.fromkeys(self.ids, 0.0) | {line.id: amount for line, amount in rows}

    def _get_dunning_cycles(self):
        """The present cycle of reminders of each: ``{line id: number}``, 0 for the first."""
        rows = (
            self.env["account.dispute.line"]
            .sudo()
            ._read_group(
                [("move_line_id", "in", self.ids)], ["move_line_id"], ["dunning_cycle:max"]
            )
        )
        return dict.fromkeys(self.ids, 0) | {line.id: number or 0 for line, number in rows}

    def _get_last_dunning_step(self):
        """The furthest step after the due date that was done in the present cycle."""
        self.ensure_one()
        sent = (
            self.env["account.dunning.notice.line"]
            .sudo()
            .search(
                [
                    ("move_line_id", "=", self.id),
                    ("step_id.offset_days", ">", 0),
                    ("state", "=", "sent"),
                    ("cycle", "=", self._get_dunning_cycles()[self.id]),
                ]
            )
        )
        return sent.step_id.sorted("offset_days")[-1:]

    def _get_settling_moves(self):
        """The entries with which these items are reconciled, without exchange differences."""
        partials = self.matched_credit_ids | self.matched_debit_ids
        moves = partials.credit_move_id.move_id | partials.debit_move_id.move_id
        return moves - self.move_id - partials.exchange_move_id

    def _get_uncontested(self):
        """What is open and not contested: ``{line id: amount in the line's currency}``."""
        contested = self._get_contested()
        return {
            line.id: line.currency_id.round(
                max(0.0, line.amount_residual_currency - contested[line.id])
            )
            for line in self
        }

    def _serialise_contests(self):
        """Let one transaction at a time change what is contested of these receivables.

        An update, not a lock: a transaction that only waited for a lock would go on with the
        snapshot it began with, blind to what the other has just contested. After an update
        PostgreSQL refuses it instead, and Odoo runs the request again.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line SET write_date = write_date WHERE id = ANY(%s)",
                sorted(self.ids),
            )
        )
