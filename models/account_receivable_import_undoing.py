from odoo import models


class AccountReceivableImport(models.Model):
    """Undoing: only what the import created, and only as long as nobody worked on it."""

    _inherit = "account.receivable.import"

    def _why_not_undo(self):
        """The first row that was worked on since it was loaded, in words; else an empty string."""
        lines = self.line_ids.filtered(lambda line: line.state == "loaded")
        claimed = (
            self.env["account.dunning.notice.line"]
            .sudo()
            .search(
                [("move_line_id.move_id", "in", lines.move_id.ids), ("state", "!=", "cancelled")]
            )
            .move_id
        )
        disputed = (
            self.env["account.dispute.line"]
            .sudo()
            .search([("move_line_id.move_id", "in", lines.move_id.ids)])
            .grouped("move_id")
        )
        for line in lines:
            move, disputes = line.move_id, disputed.get(line.move_id)
            if line.is_created and (
                (disputes.dispute_id if disputes else self.env["account.dispute"])
                != line.dispute_id
                or line.dispute_id.state not in (False, "open")
            ):
                reason = self.env._("its disputes have changed")
            elif move in claimed:
                reason = self.env._("a notice claims it")
            elif line.is_created and line._is_payment_changed():
                reason = self.env._("its payments have changed")
            elif move.inalterable_hash:
                reason = self.env._("its entry is secured")
            else:
                continue
            return self.env._(
                "%(invoice)s can't be undone: %(reason)s.", invoice=move.name, reason=reason
            )
        return ""

    def _undo_rows(self, lines):
        """Take back disputes, settlements and invoices. Customers stay: they do no harm.

        Entries are deleted, or cancelled where the company keeps a restrictive audit trail.
        """
        # Rows can be written by who imports: nothing outside of the two journals is ever deleted.
        journal, payment_journal = self._find_journal(), self._get_payment_journal()
        moves = lines.filtered("is_created").move_id.filtered(lambda m: m.journal_id == journal)
        payments = lines.payment_id.filtered(lambda p: p.journal_id == payment_journal)
        disputes = lines.dispute_id.filtered(lambda dispute: dispute.move_ids <= moves)
        disputes._transition("suspicion", date_opened=False)
        disputes.sudo().unlink()  # nobody has worked on them; a collector deletes none otherwise
        (moves | payments.move_id).line_ids.remove_move_reconcile()
        if self.company_id.restrictive_audit_trail:
            payments.action_cancel()
            moves.button_cancel()
        else:
            payments.action_draft()
            payments.with_context(force_delete=True).unlink()
            moves.button_draft()
            moves.with_context(force_delete=True).unlink()
        lines.write({"state": "ready", "move_id": False, "is_created": False})
        lines.write({"payment_id": False, "dispute_id": False})
