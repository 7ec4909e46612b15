from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import formal

TO_DO = "mail.mail_activity_data_todo"


class AccountDunningNotice(models.Model):
    """The deadline of a formal notice, and what becomes of it when it has passed (S4.20).

    It counts from the day on which a person validates the notice; for a registered letter, from
    its deposit, and never before what the letter says. A daily job finds those that expired with
    something still to claim; they are the list of pre-litigation until they are settled.
    """

    _inherit = "account.dunning.notice"

    deadline_printed = fields.Date(
        string="Deadline on the Letter",
        readonly=True,
        copy=False,
        help="When the deadline counts from a later deposit than the letter was written for.",
    )
    amount_remaining = fields.Monetary(
        string="Remains", compute="_compute_remaining", help="Still open of what it claims."
    )
    amount_remaining_contested = fields.Monetary(
        string="Contested by Now", compute="_compute_remaining"
    )
    days_since_expiry = fields.Integer(
        string="Days Since", compute="_compute_days_since_expiry", help="Since it expired."
    )
    dispute_since_count = fields.Integer(
        string="Disputes Since",
        compute="_compute_remaining",
        help="Opened about its invoices since it was prepared.",
    )
    is_prelitigation = fields.Boolean(
        string="Pre-litigation",
        compute="_compute_remaining",
        search="_search_is_prelitigation",
        help="A formal notice that expired, and of which something is still open.",
    )

    @api.depends("expired_on")
    def _compute_remaining(self):
        """As it is now: read when the list is opened, nothing triggers it."""
        receivables = self._get_live_receivables(self)
        disputed = self.env["account.dispute.line"].sudo()
        disputed = disputed.search(
            [
                ("move_line_id", "in", self.line_ids.move_line_id.ids),
                ("dispute_id.date_opened", "!=", False),
            ]
        ).grouped("move_line_id")
        none = self.env["account.dispute.line"].sudo()
        for notice in self:
            lines = notice._get_claimed_receivables()
            open_lines = [receivables[line.id] for line in lines if line.id in receivables]
            disputes = none.union(*(disputed.get(line.sudo(), none) for line in lines)).dispute_id
            notice.amount_remaining = sum(each.residual_currency for each in open_lines)
            notice.amount_remaining_contested = sum(each.contested_currency for each in open_lines)
            notice.is_prelitigation = bool(notice.expired_on and open_lines)
            notice.dispute_since_count = len(
                disputes.filtered(lambda each, day=notice.date: each.date_opened >= day)
            )

    @api.depends("expired_on")
    def _compute_days_since_expiry(self):
        today = fields.Date.context_today(self)
        for notice in self:
            notice.days_since_expiry = notice.expired_on and (today - notice.deadline).days

    @api.model
    def _search_is_prelitigation(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return Domain("expired_on", "!=", False) & self._get_open_domain()

    @api.model
    def _get_open_domain(self):
        """Something of what it claims is still open."""
        return Domain(
            "line_ids",
            "any",
            [
                ("claimed", ">", 0),
                ("move_line_id.parent_state", "=", "posted"),
                ("move_line_id.reconciled", "=", False),
            ],
        )

    def _get_claimed_receivables(self):
        """The receivables (`account.move.line`) that these notices claim."""
        return self.line_ids.filtered(lambda line: line.claimed > 0).move_line_id

    # === The deadline ===#

    def action_validate(self):
        """Payment is asked for within so many days from the validation: the letter says the day."""
        self.check_access("write")
        formal_notices = self.filtered(lambda notice: notice.tone == "formal")
        ready = formal_notices.filtered(lambda notice: not notice._why_not("validated"))
        ready._set_deadline(fields.Date.context_today(self))
        return super().action_validate()

    def _set_deadline(self, on_date):
        """Count the deadline of these anew from a day; a letter that says another is made again."""
        for notice in self.filtered("deadline"):
            limit = formal.deadline(notice.step_id.deadline_days, on_date)
            if limit != notice.deadline:
                notice._write_frozen(deadline=limit)
                if notice.attachment_id:
                    notice._drop_pdf()

    def write(self, vals):
        result = super().write(vals)
        if {"deposit_date", "is_electronic"} & vals.keys():
            self._follow_deposit()
        return result

    def _follow_deposit(self):
        """The deadline of a registered letter counts from its deposit."""
        for notice in self.filtered(lambda each: each.deadline and each.deposit_date):
            limit = formal.deadline(
                notice.step_id.deadline_days,
                notice.deposit_date,
                printed=notice.deadline_printed or notice.deadline,
                is_electronic=notice.is_electronic,
            )
            if limit != notice.deadline:
                printed = notice.deadline_printed or notice.deadline
                notice._write_frozen(deadline=limit, deadline_printed=printed)

    # === Expiry ===#

    @api.model
    def _cron_expire(self):
        """Find the formal notices whose time is over, every day."""
        self._expire(fields.Date.context_today(self))

    @api.model
    def _expire(self, on_date):
        """Mark the formal notices that expired with something still to claim; tell the collector.

        What is contested in full waits: once its dispute is closed it has expired too.

        :return: those that expired.
        """
        candidates = self.search(
            Domain("tone", "=", "formal")
            & Domain("state", "=", "sent")
            & Domain("expired_on", "=", False)
            & Domain("deadline", "<", on_date)
            & self._get_open_domain()
        )
        receivables = self._get_live_receivables(candidates)
        expired = candidates.filtered(
            lambda notice: formal.has_expired(
                notice.deadline, notice._get_claimable(receivables), on_date
            )
        )
        expired._write_frozen(expired_on=on_date)
        for notice in expired:
            notice._tell_expiry(on_date)
        return expired

    def _get_claimable(self, receivables):
        """What of its claim may still be claimed: neither contested, promised nor on its way."""
        lines = self._get_claimed_receivables()
        amounts = [
            receivables[line.id].dunnable_currency
            for line in lines
            if line.id in receivables and not receivables[line.id].is_on_hold
        ]
        return Decimal(str(sum(amounts)))

    def _tell_expiry(self, on_date):
        """The collector decides what comes next: an arrangement, penalties, a lawyer."""
        if user := self.user_id.filtered("active"):
            localized = self.with_context(lang=user.lang)
            self.activity_schedule(
                TO_DO,
                date_deadline=on_date,
                user_id=user.id,
                summary=localized.env._("Formal notice expired: decide what comes next"),
                note=localized.env._(
                    "%(amount)s remain open.",
                    amount=self.currency_id.format(self.amount_remaining),
                ),
            )
