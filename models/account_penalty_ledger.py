from collections import defaultdict

from odoo import fields, models

from ..engine.penalty_error import PenaltyError

# What is followed in the books: the kind of event that adds to it, and the one that takes off.
MEASURES = {
    "invoiced": ("invoice", "reverse"),
    "waived": ("waive", "reinstate"),
    "collected": ("collect", "uncollect"),
}
PARTS = ("interest", "fee")


class AccountPenalty(models.Model):
    """From the books to the ledger of penalties: its events follow the posted entries.

    The entries are the truth. Whatever happens to them (posted, reset to draft, reversed, paid,
    unreconciled), `_sync_books` compares them with the events and adds events for the difference;
    doing it again adds nothing.
    """

    _inherit = "account.penalty"

    def _sync_books(self):
        """Add the events that the posted entries call for; see the class."""
        if not self:
            return
        penalties = self.sudo()
        wanted, recorded = penalties._get_in_books(), penalties._get_in_events()
        order = list(MEASURES)
        for key in sorted(wanted.keys() | recorded.keys(), key=lambda key: order.index(key[2])):
            penalty, move, measure, date = key
            difference = {
                part: penalty.currency_id.round(wanted[key][part] - recorded[key][part])
                for part in PARTS
            }
            more, less = MEASURES[measure]
            penalty._follow(more, move, date, {p: max(0, v) for p, v in difference.items()})
            penalty._follow(less, move, date, {p: max(0, -v) for p, v in difference.items()})

    def _follow(self, kind, move, date, amounts):
        """Add one event of what an entry did; `date` is given for what depends on it."""
        if not any(amounts.values()):
            return
        parts = (amounts["interest"], amounts["fee"])
        day = date or (move.date if move.state == "posted" else fields.Date.context_today(self))
        values = {"move_id": move.id}
        if kind == "invoice":
            self._claim(day, amounts={self: parts}, reason=move.name)
            values |= self._prove(move.penalty_as_of)
        elif kind == "waive":
            values["reason"] = move.ref or move.name
        self._add_event(kind, day, *parts, **values)

    def _prove(self, as_of):
        """The values of an event whose amounts are those of a day: the last one, or one before."""
        if not as_of or not self.as_of or as_of >= self.as_of:
            return {}
        company = self.company_id
        for facts, outcome in self._compute_penalties(company, as_of, self.move_line_id.ids):
            if not isinstance(outcome, PenaltyError):
                row = self._prepare_row(company, facts, outcome, {})
                return {"as_of": row["as_of"], "working": row["working"]}
        return {"as_of": as_of, "working": False}

    def _get_in_books(self):
        """What the posted entries say: ``{(penalty, entry, measure, day): {part: amount}}``.

        Amounts are positive but for what a reversal takes off. The day is that of the payment, for
        what is collected, else False.
        """
        amounts = defaultdict(lambda: dict.fromkeys(PARTS, 0.0))
        lines = self.env["account.move.line"].search(
            [("penalty_id", "in", self.ids), ("parent_state", "=", "posted")]
        )
        for line in lines:
            move = line.move_id
            key = (line.penalty_id, move, "invoiced", False)
            amounts[key][line.penalty_part] -= line.amount_currency
            if move.penalty_after == "waive":
                key = (line.penalty_id, move, "waived", False)
                amounts[key][line.penalty_part] += line.amount_currency
        for move in lines.move_id:
            for line, day, amount in move._get_collected_penalties():
                if line.penalty_id in self:
                    key = (line.penalty_id, move, "collected", day)
                    amounts[key][line.penalty_part] += amount
        return amounts

    def _get_in_events(self):
        """The same of the events so far."""
        amounts = defaultdict(lambda: dict.fromkeys(PARTS, 0.0))
        for event in self.event_ids:
            for measure, kinds in MEASURES.items():
                # What a person waived is no matter of the books.
                if event.kind not in kinds or (measure == "waived" and not event.move_id):
                    continue
                day = event.date if measure == "collected" else False
                sign = 1 if event.kind == kinds[0] else -1
                for part in PARTS:
                    key = (event.penalty_id, event.move_id, measure, day)
                    amounts[key][part] += sign * event[part]
        return amounts
