from datetime import date

from .common import TODAY
from .common_letters import LettersCommon


class PenaltyLettersCommon(LettersCommon):
    """Penalties are counted since 1 January 2026, by French law; of a scenario with four letters,
    the firm one and the formal notice claim them.

    1,000 due 40 days ago bears 12.15 % × 40 / 365 = 13.32 up to `TODAY`, and the indemnity of 40.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.penalty_since = date(2026, 1, 1)
        cls.scenario = cls.make_scenario(
            {"offset_days": 5, "level": 1, "subject": "Friendly", "body": "<p>Please.</p>"},
            cls._letter(20, "firm", 2),
            cls._letter(35, "formal", 3, deadline_days=8, shows_fines=True),
            entry="age",
        )
        cls.steps = {step.offset_days: step for step in cls.scenario.step_ids}
        cls.company.write({"dunning_scenario_id": cls.scenario.id, "dunning_cap_count": 0})

    @classmethod
    def _letter(cls, offset, tone, level, **values):
        step = {"offset_days": offset, "channel": "letter", "tone": tone, "level": level}
        words = {"subject": f"A {tone} letter", "body": "<p>Pay.</p>", "shows_penalties": True}
        return step | words | values

    @classmethod
    def make_late_invoice(cls, days=40, **values):
        """Nothing is missing for a formal notice: order, delivery, sent."""
        values = {"ref": "PO 4711", "delivery_date": date(2026, 1, 1)} | values
        invoice = cls.make_overdue_invoice(days, **values)
        invoice.is_move_sent = True
        return invoice

    @classmethod
    def prepare(cls, on_date=TODAY):
        """The one notice of a run."""
        notice = cls.run_dunning(on_date).notice_ids
        notice.ensure_one()
        return notice

    @classmethod
    def post(cls, notice, on_date=TODAY):
        """The letter leaves, as when a person posts it."""
        cls.env.flush_all()
        return notice._action_send(on_date)

    @classmethod
    def get_penalty(cls, invoice):
        return cls.env["account.penalty"].search([("move_id", "=", invoice.id)])
