"""What happens around the reminders of the demo; runs in ``odoo shell``.

Every story is played through the buttons, on its own days: see `Clock`.
"""

from datetime import timedelta
from email.message import EmailMessage

from odoo import fields

from .demo_collector import Collector
from .demo_day import play_day
from .demo_disputes import Scene
from .demo_people import People

REMINDED_DAYS = 63  # since when the customers are reminded, before today
LEFT_DAYS = 2  # what the collector has not found the time for


class Reminders(People):
    """The daily job and a collector, and what customers make of their letters."""

    def __init__(self, story):
        super().__init__(story)
        self.collector = Collector(self.env, self.company, story.collector, post_days=8)

    def scenes(self):
        """All scenes; of one day, the events come before the job of the day."""
        events = (
            (REMINDED_DAYS, self.strategic),
            (REMINDED_DAYS, self.firm),
            (30, self.treatment),
            (6, self.settled),
            (4, self.bounced),
            (3, self.replied),
            (1, self.new_version),
        )
        days = range(REMINDED_DAYS, 0, -1)
        return [
            *(Scene(days_ago, play) for days_ago, play in events),
            *(Scene(days_ago, self.collect) for days_ago in days if self._is_worked(days_ago)),
        ]

    def _is_worked(self, days_ago):
        """Monday to Friday, like the scenario's steps."""
        return (self.story.today - timedelta(days=days_ago)).weekday() < 5

    def collect(self):
        """A past day of reminders: the job, and what the collector did with it."""
        today = fields.Date.today()
        play_day(self.env, self.company, today, quiet=True)
        self.collector.receive(today)
        if (self.story.today - today).days > LEFT_DAYS:
            self.collector.work(today, self._get_waiting(today))
            self.env["mail.mail"].process_email_queue()

    def _get_waiting(self, today):
        """What waits for a person; the formal notices to one customer are left to the manager."""
        waiting = self.collector.get_waiting(today)
        left = self.story.partners["C013"]
        return waiting.filtered(lambda each: each.kind != "formal" or each.partner_id != left)

    # === Who is treated otherwise ===#

    def strategic(self):
        """The largest customer: a person reviews what it gets from level 2 on."""
        self._as("helene", self.story.partners["C016"]).is_strategic = True

    def firm(self):
        """Who has paid nothing for months follows a firmer scenario, another one as well."""
        firm = self.env.ref("account_dispute_dunning.dunning_scenario_firm")
        for ref in ("C004", "C019"):
            self._as("helene", self.story.partners[ref]).dunning_scenario_id = firm

    def treatment(self):
        """No firm words for a while, and why."""
        self._as("helene", self.env["account.dunning.treatment"]).create(
            {
                "partner_id": self.story.partners["C020"].id,
                "company_id": self.company.id,
                "date_end": fields.Date.today() + timedelta(days=60),
                "tone": "neutral",
                "reason": "Nouveau contrat-cadre en négociation : rien de ferme d'ici là.",
            }
        )

    def new_version(self):
        """A draft of a firmer process, to be simulated."""
        scenario = self._as("helene", self.company.dunning_scenario_id)
        draft = self.env["account.dunning.scenario"].browse(scenario.action_new_version()["res_id"])
        call = draft.step_ids.filtered(lambda step: step.offset_days == 21)
        call.offset_days = 15

    # === What customers answer ===#

    def _get_sent(self, **wanted):
        """The latest e-mail that left, to a customer who still owes something."""
        return self.env["account.dunning.notice"].search(
            [
                ("company_id", "=", self.company.id),
                ("channel", "=", "email"),
                ("state", "=", "sent"),
                ("kind", "=", "reminder"),
                ("replied_on", "=", False),
                *((name, "=", value) for name, value in wanted.items()),
            ],
            limit=1,
        )

    def settled(self):
        """A customer who was reminded pays all that it was reminded of."""
        notice = self._get_sent()
        for invoice in notice.line_ids.filtered("step_id").move_id:
            self.story._pay(invoice, fields.Date.today())

    def bounced(self):
        """An address does not exist any more."""
        notice = self._get_sent(partner_id=self.story.partners["C014"].id) or self._get_sent()
        notice._message_receive_bounce(notice.contact_id.email_normalized, notice.contact_id)

    def replied(self):
        """A customer answers the e-mail: it goes through the mail gateway, as any answer."""
        notice = self._get_sent()
        answer = EmailMessage()
        answer["From"] = notice.contact_id.email_formatted
        answer["To"] = notice.message_id.reply_to or self.company.email
        answer["Subject"] = f"Re: {notice.message_id.subject}"
        answer["Message-Id"] = f"<answer-{notice.id}@{notice.contact_id.email.split('@')[1]}>"
        answer["In-Reply-To"] = notice.message_id.message_id
        answer.set_content(
            "Bonjour,\n\nLe règlement part avec notre prochain virement, jeudi.\n\nCordialement\n"
        )
        self.env["mail.thread"].message_process("account.dunning.notice", answer.as_string())
