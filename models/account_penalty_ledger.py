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
        changes = defaultdict(dict)
        for key in wanted.keys() | recorded.keys():
            penalty, move, measure, day = key
            for kind, sign in zip(MEASURES[measure], (1, -1), strict=True):
                parts = tuple(
                    max(0.0, penalty.currency_id.round(sign * (wanted[key][p] - recorded[key][p])))
                    for p in PARTS
                )
                if any(parts):
                    changes[kind, move, day][penalty] = parts
        order = [kind for kinds in MEASURES.values() for kind in kinds]
        for kind, move, day in sorted(changes, key=lambda change: order.index(change[0])):
            penalties._follow(kind, move, day, changes[kind, move, day])

    def _follow(self, kind, move, day, amounts):
        """Add the events of what one entry did to ``{penalty: (interest, fee)}``.

        :param day: of a payment; False: of the entry, or today when it is not posted any more.
        """
        day = day or (move.date if move.state == "posted" else fields.Date.context_today(self))
        if kind != "invoice":
            reason = kind == "waive" and (move.ref or move.name)
            self._add_events(amounts, kind, day, move_id=move.id, reason=reason)
            return
        booked = self.browse(penalty.id for penalty in amounts)
        booked._claim(day, amounts=amounts, reason=move.name)
        proofs = booked._prove(move.penalty_as_of)
        for penalty, parts in amounts.items():
            values = {"move_id": move.id} | proofs.get(penalty, {})
            self._add_events({penalty: parts}, kind, day, **values)

    def _prove(self, as_of):
        """The day and the working of what was booked as of a day before that of the ledger:
        ``{penalty: values of its event}``.
        """
        earlier = self.filtered(lambda penalty: as_of and penalty.as_of and penalty.as_of > as_of)
        if not earlier:
            return {}
        company = earlier.company_id
        proofs = {penalty: {"as_of": as_of, "working": False} for penalty in earlier}
        by_line = earlier.grouped("move_line_id")
        for facts, outcome in self._compute_penalties(company, as_of, earlier.move_line_id.ids):
            if not isinstance(outcome, PenaltyError):
                row = self._prepare_row(company, facts, outcome, {})
                penalty = by_line[self.env["account.move.line"].browse(facts.move_line_id)]
                proofs[penalty] = {"as_of": row["as_of"], "working": row["working"]}
        return proofs

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
