"""What a collector does with the notices of a day, through the buttons; in ``odoo shell``."""

from datetime import timedelta

from odoo.exceptions import UserError

# What customers answer on the phone, in turn.
OUTCOMES = ("validated_not_scheduled", "scheduled", "no_answer", "not_validated", "scheduled")


class Collector:
    """A user who works through what waits for a person.

    :param refused: called with a notice and the words of a check that does not let it leave.
    :param post_days: from the deposit of a registered letter to its receipt.
    """

    def __init__(self, env, company, user, refused=lambda notice, words: None, post_days=3):
        self.env = env
        self.company = company
        self.user = user
        self.refused = refused
        self.post_days = post_days

    def act(self, model):
        """A model, as this user sees it, in the user's language."""
        records = self.env[model].with_user(self.user).with_company(self.company)
        return records.with_context(lang=self.user.lang)

    def fill(self, action, **values):
        """Confirm the dialogue that an action opens; returns what it answers."""
        dialogue = self.act(action["res_model"]).with_context(**action["context"])
        return dialogue.create(values).action_confirm()

    def get_waiting(self, day):
        """The notices that wait for a person on a day."""
        return self.act("account.dunning.notice").search(
            [
                ("company_id", "=", self.company.id),
                ("state", "in", ("draft", "validated")),
                "|",
                ("postponed_until", "=", False),
                ("postponed_until", "<=", day),
            ],
            order="id",
        )

    def work(self, day, notices):
        """Log the calls, post the letters, confirm what must be confirmed."""
        for notice in notices:
            try:
                with self.env.cr.savepoint():
                    getattr(self, f"_do_{notice.channel}", self._send)(notice, day)
            except UserError as error:
                self.refused(notice, str(error))

    def receive(self, day):
        """The post brings back the receipts of registered letters."""
        self.act("account.dunning.notice").search(
            [
                ("company_id", "=", self.company.id),
                ("channel", "=", "registered"),
                ("state", "=", "sent"),
                ("receipt_date", "=", False),
                ("deposit_date", "<=", day - timedelta(days=self.post_days)),
            ]
        ).receipt_date = day

    # === By channel ===#

    def _do_call(self, notice, day):
        if any(activity.date_deadline > day for activity in notice.activity_ids):
            return  # nobody answered: again on another day
        outcome = OUTCOMES[notice.id % len(OUTCOMES)]
        values = {"outcome": outcome, "note": "Réponse au téléphone"}
        values["is_cold"] = outcome == "not_validated" and notice.id % 3 == 0
        if outcome == "scheduled":
            values["date"] = max(day, *notice.line_ids.mapped("date_maturity"))
        self.fill(notice.action_done(), **values)

    def _do_registered(self, notice, day):
        self._validate(notice)
        notice.write({"registered_number": f"1A {notice.id:011d}", "deposit_date": day})
        notice.action_send()

    def _send(self, notice, _day):
        self._validate(notice)
        if notice.state == "validated":
            notice.action_send()

    def _validate(self, notice):
        if notice.state != "draft":
            return
        if notice.checklist_light == "orange":
            self.fill(notice.action_override(), reason="Bons de livraison signés au dossier papier")
        else:
            notice.action_validate()
