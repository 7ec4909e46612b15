from datetime import datetime, time, timedelta

from pytz import timezone

from odoo import fields, models

from .account_dispute_reason import PENALTY_POLICIES


class ResCompany(models.Model):
    _inherit = "res.company"

    dunning_scenario_id = fields.Many2one(
        "account.dunning.scenario",
        string="Default Scenario",
        help="Followed by every customer without a scenario of its own. Empty: nobody is "
        "reminded, so that installing writes to nobody.",
    )

    # === Dunning: limits that hold for every scenario and channel ===#
    dunning_cap_count = fields.Integer(
        string="Contacts at Most",
        default=4,
        help="Of one customer, by any channel; a call and the letter that follows it are one. "
        "0: no limit.",
    )
    dunning_cap_days = fields.Integer(string="Contacts at Most in (days)", default=30)
    dunning_reply_days = fields.Integer(
        string="Wait after a Reply (days)",
        default=5,
        help="When a customer answers, nothing leaves by itself for so many days.",
    )
    dunning_bank_days = fields.Integer(
        string="Bank up to date within (days)",
        help="When the last bank statement line is older, nobody is reminded: the payment may be "
        "there. 0: not checked.",
    )
    dunning_sent_from = fields.Date(
        string="Check Sending from",
        default=fields.Date.context_today,
        help="An invoice dated from this day on that was never sent to the customer is not "
        "reminded of. Empty: not checked.",
    )
    dunning_unsent_days = fields.Integer(
        string="Alert When Not Sent after (days)", default=3, help="Of a posted invoice."
    )
    dunning_run_limit = fields.Integer(
        string="Notices at Most per Run", help="The rest is prepared by the next run. 0: no limit."
    )
    dunning_hours = fields.Char(
        string="Phone Hours", translate=True, help="On letters, beside the phone number."
    )

    # === Legal mentions of letters (R123-237 of the French Commercial Code) ===#
    legal_form = fields.Char(help="e.g. SAS, SARL, EI.")
    share_capital = fields.Monetary()
    register_city = fields.Char(
        string="Trade Register", help="The city of the register: “RCS Lyon”."
    )
    legal_notes = fields.Char(help="e.g. en liquidation, locataire-gérant.")

    # === Disputes: limits (S2.2, S2.35, S2.74), in company currency ===#
    dispute_small_amount = fields.Monetary(
        string="Small Disputes",
        default=50.0,
        help="Up to this amount a dispute is settled in one click, where its reason allows it.",
    )
    dispute_collector_limit = fields.Monetary(
        string="Limit of a Collector",
        default=500.0,
        help="What a collector may give up without asking.",
    )
    dispute_manager_limit = fields.Monetary(
        string="Limit of a Manager",
        default=5000.0,
        help="What a manager may give up, or approve, alone. Beyond it another manager approves.",
    )
    gesture_collector_limit = fields.Monetary(
        string="Goodwill of a Collector", default=50.0, help="Per dispute."
    )
    gesture_manager_limit = fields.Monetary(
        string="Goodwill of a Manager", default=500.0, help="Per dispute."
    )
    gesture_account_id = fields.Many2one(
        "account.account",
        string="Goodwill Account",
        check_company=True,
        domain=[("account_type", "in", ("income", "income_other", "expense"))],
        help="Goodwill gestures are posted here; in French charts usually 709.",
    )

    # === Disputes: clocks ===#
    dispute_first_answer_hours = fields.Integer(
        string="First Answer (hours)", default=24, help="The customer hears from a person by then."
    )
    dispute_answer_in_working_hours = fields.Boolean(
        string="Count Working Hours Only", help="For the first answer; unticked: around the clock."
    )
    dispute_idle_days = fields.Integer(
        string="Idle After (days)", default=7, help="Without any activity; the owner is told."
    )
    dispute_review_days = fields.Integer(
        string="Suspension at Most (days)",
        default=60,
        help="Then somebody reviews whether the invoice should still be held. It is never claimed "
        "again by itself.",
    )
    dispute_tacit_days = fields.Integer(
        string="Tacit Agreement After (days)",
        default=15,
        help="Without an answer to a proposal or a rejection that was sent.",
    )
    dispute_recurrence_count = fields.Integer(
        string="Recurring From",
        default=3,
        help="Disputes of a customer for a reason, in 12 months.",
    )
    dispute_penalty_policy = fields.Selection(
        PENALTY_POLICIES,
        string="Late-Payment Penalties of Disputes",
        required=True,
        default="from_resolution",
        help="On the contested part. What is not contested always counts from its due date.",
    )
    dispute_listen_first = fields.Boolean(
        string="Listen First",
        help="No solution is written before the customer's own words are.",
    )
    dispute_acknowledge = fields.Boolean(
        string="Acknowledge Disputes",
        default=True,
        help="Proposed when a dispute is opened: the customer is told its number and its owner.",
    )

    def _get_dunning_scenario(self):
        """The company's default scenario, or that of the nearest parent company."""
        self.ensure_one()
        for company in self.sudo().parent_ids[::-1]:
            if company.dunning_scenario_id:
                return company.dunning_scenario_id
        return self.env["account.dunning.scenario"]

    def _get_bank_account(self, currency):
        """The bank account that letters ask to pay to, in a currency; empty if there is none."""
        self.ensure_one()
        return self.sudo().partner_id.bank_ids.filtered(
            lambda account: not account.currency_id or account.currency_id == currency
        )[:1]

    # === Working time: by the company's calendar and its time zone ===#

    def _add_working_days(self, day, days):
        """The day that comes `days` working days after `day`, or before it if negative (S1.11).

        Friday and two working days make Tuesday; leaves of the whole company do not count.
        Without a calendar that says when the company works, every day counts.
        """
        self.ensure_one()
        if not days:
            return day
        calendar = self.sudo().resource_calendar_id
        start = self._localise(day + timedelta(days=1) if days > 0 else day)
        end = calendar and calendar.plan_days(days, start, compute_leaves=True)
        return end.date() if end else day + timedelta(days=days)

    def _count_working_days(self, start, end):
        """The working days after the day `start`, up to the day `end`.

        Monday to Wednesday are two: what has to be added to a deadline that stood still meanwhile.
        """
        self.ensure_one()
        calendar = self.sudo().resource_calendar_id
        if not calendar:
            return max(0, (end - start).days)
        first, last = start + timedelta(days=1), end + timedelta(days=1)
        intervals = calendar._work_intervals_batch(self._localise(first), self._localise(last))
        return len({begin.date() for begin, _stop, _record in intervals[False]})

    def _add_answer_hours(self, moment, hours):
        """The moment that comes `hours` after `moment`, both in UTC (S2.46).

        Around the clock, or in working hours where the company says so.
        """
        self.ensure_one()
        calendar = self.sudo().resource_calendar_id
        end = (
            self.dispute_answer_in_working_hours
            and calendar
            and calendar.plan_hours(hours, moment, compute_leaves=True)
        )
        return end or moment + timedelta(hours=hours)

    def _count_answer_hours(self, start, end):
        """The hours from `start` to `end` that :meth:`_add_answer_hours` counts."""
        self.ensure_one()
        calendar = self.sudo().resource_calendar_id
        if self.dispute_answer_in_working_hours and calendar:
            return calendar.get_work_hours_count(start, end)
        return (end - start).total_seconds() / 3600

    def _localise(self, day):
        """The beginning of a day where the company works, with its time zone."""
        zone = timezone(self.sudo().resource_calendar_id.tz or "UTC")
        return zone.localize(datetime.combine(day, time.min))
