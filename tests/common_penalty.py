from .common import TODAY
from .common_resolution import SettlingCommon


class PenaltyCommon(SettlingCommon):
    """A company that counts penalties since 2020, under French law, and words to look at them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.penalty_since = "2020-01-01"
        cls.penalties = cls.env["account.penalty"].with_company(cls.company)
        cls.company.gesture_account_id = cls.company_data["default_account_revenue"]

    # === Act ===#

    @classmethod
    def refresh(cls, invoices=None, on_date=TODAY, company=None):
        """Bring the ledger of these invoices, or of all that may have changed, up to a day.

        :return: how many penalties were written.
        """
        ids = None if invoices is None else invoices.line_ids.ids
        return cls.penalties._refresh(company or cls.company, on_date, ids)

    @classmethod
    def accrue(cls, invoices, on_date=TODAY):
        """The penalties of these invoices, brought up to a day; in the order of their due dates."""
        cls.refresh(invoices, on_date)
        return cls.get_penalties(invoices)

    def settle(self, invoice, amount, **values):
        """Contest a part of an invoice, and settle it today; returns the dispute."""
        dispute = self.make_dispute(invoice, amount)
        self.make_option(dispute, **values).action_settle()
        return dispute

    @classmethod
    def give_notice(cls, partner, on_date=TODAY):
        """A formal notice about all that a customer owes, sent on a day."""
        partner.dunning_scenario_id = cls.make_scenario(
            {
                "offset_days": 1,
                "channel": "letter",
                "tone": "formal",
                "subject": "Formal notice",
                "body": "<p>We give you formal notice to pay.</p>",
            }
        )
        run = cls.run_dunning()
        notice = run.notice_ids.filtered(lambda each: each.partner_id == partner)
        notice._transition("validated")
        notice._transition("sent", done_on=on_date)
        return notice

    # === Look ===#

    @classmethod
    def get_penalties(cls, invoices):
        return cls.penalties.sudo().search(
            [("move_id", "in", invoices.ids)], order="date_maturity, move_line_id"
        )

    @classmethod
    def get_facts(cls, invoices, on_date=TODAY, company=None):
        """What the engine is told of the late receivables of these invoices."""
        return cls.penalties._get_cases(company or cls.company, on_date, move_ids=invoices.ids)

    @classmethod
    def get_case(cls, invoice, on_date=TODAY):
        """What the engine is told of an invoice that is paid at once."""
        [facts] = cls.get_facts(invoice, on_date)
        return facts.case
