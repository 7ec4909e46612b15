from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionsCommon


@tagged("post_install", "-at_install")
class TestDisputeConcurrency(CollectionsCommon):
    """Two users contest the same amount at once, in two transactions (rule 2)."""

    def test_two_users_at_once_never_hold_the_same_cent(self):
        """Rule 2 with two transactions: the second, blind to the first, is run again by Odoo."""
        line_id = self.make_committed_line()
        with self.registry.cursor() as first, self.registry.cursor() as second:
            second.execute("SELECT 1")  # its snapshot: before the first contests
            self.serialise(first, line_id)
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.serialise(second, line_id)
            second.rollback()

    def test_the_second_of_two_users_is_told_why(self):
        """Run again by Odoo, it sees what the first contested, and says so in words."""
        line_id = self.make_committed_line()
        with self.registry.cursor() as first, self.registry.cursor() as second:
            second.execute("SELECT 1")
            self.contest_committed(first, line_id)
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.contest_committed(second, line_id)
            second.rollback()
            with self.assertRaisesRegex(ValidationError, "120.00.* contested.* 100.00.* is open"):
                self.contest_committed(second, line_id)
            second.rollback()

    def serialise(self, cr, line_id):
        env = self.env(cr=cr, user=SUPERUSER_ID)
        env["account.move.line"].browse(line_id)._serialise_contests()

    def contest_committed(self, cr, line_id):
        """Open a dispute about 60 of a receivable of 100, in a transaction of its own."""
        env = self.env(cr=cr, user=SUPERUSER_ID, context={})
        line = env["account.move.line"].browse(line_id)
        dispute = env["account.dispute"].create(
            {
                "partner_id": line.partner_id.id,
                "company_id": line.company_id.id,
                "reason_id": self.reason.id,
                "line_ids": [Command.create({"move_line_id": line_id, "amount": 60})],
            }
        )
        dispute._action_open(TODAY)

    def make_committed_line(self):
        """A receivable of 100 that other transactions see; deleted after the test."""
        with self.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID, context={})
            journal = env["account.journal"].search([("type", "=", "general")], limit=1)
            account = env["account.account"].search(
                [
                    ("company_ids", "in", journal.company_id.ids),
                    ("account_type", "=", "asset_receivable"),
                ],
                limit=1,
            )
            if not account:
                self.skipTest("no chart of accounts outside of this transaction")
            partner = env["res.partner"].create({"name": "Seen by all"})
            items = [
                {"account_id": account.id, "partner_id": partner.id, side: 100}
                for side in ("debit", "credit")
            ]
            move = env["account.move"].create(
                {"journal_id": journal.id, "line_ids": [Command.create(item) for item in items]}
            )
            move.action_post()
            line_id = move.line_ids[0].id
        self.addCleanup(self.delete_committed, move.id, partner.id)
        return line_id

    def delete_committed(self, move_id, partner_id):
        with self.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID, context={})
            disputes = env["account.dispute"].search([("partner_id", "=", partner_id)])
            disputes.message_ids.unlink()
            # What was opened is kept, whoever asks: so not by the ORM.
            cr.execute("DELETE FROM account_dispute WHERE id = ANY(%s)", [disputes.ids])
            env.invalidate_all()
            move = env["account.move"].browse(move_id)
            move.button_draft()
            move.unlink()
            env["res.partner"].browse(partner_id).unlink()
