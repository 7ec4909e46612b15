import csv
import io

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY, days_ago
from .common_exchanges import ExchangesCommon


@tagged("post_install", "-at_install")
class TestDisputeInvoiceAgain(ExchangesCommon, MailCase):
    """An invoice that was not received is sent again, and the dispute remembers it (S0.1)."""

    def open_dialogue(self):
        action = self.dispute_as_collector.action_send_invoice_again()
        model = self.env[action["res_model"]].with_user(self.collector)
        return model.with_context(**action["context"]).create({"sending_methods": ["email"]})

    def send(self, wizard):
        with self.mock_mail_gateway():
            wizard.action_send_and_print(allow_fallback_pdf=True)

    def test_the_new_sending_date_is_kept(self):
        self.send(self.open_dialogue())
        exchange = self.get_exchanges()
        self.assertRecordValues(
            exchange,
            [
                {
                    "channel": "email",
                    "direction": "out",
                    "recipient_id": self.customer.id,
                    "subject": f"Sent again: {self.invoice.name}",
                }
            ],
        )
        self.assertFalse(self.dispute.line_ids.new_due_date, "no new deadline unless given")

    def test_a_new_deadline_has_letter_and_restarts_the_clock(self):
        wizard = self.open_dialogue()
        self.assertTrue(wizard.is_contested)
        wizard.dispute_new_deadline = "2026-07-31"
        self.send(wizard)
        self.assertIn("July 31, 2026", self.get_exchanges().body)
        self.assertEqual(str(self.dispute.line_ids.new_due_date), "2026-07-31")
        self.assertEqual(self.invoice.invoice_date_due, days_ago(10), "the due date stays")

    def test_what_is_not_contested_leaves_no_trace(self):
        self.close_dispute(self.dispute)
        self.send(self.open_dialogue())
        self.assertFalse(self.get_exchanges())


@tagged("post_install", "-at_install")
class TestDisputeHistory(ExchangesCommon, HttpCase):
    """All that is known of a dispute, in one PDF and in one CSV file (S2.29, S2.70, S3.32)."""

    def get_log(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open(f"/account_dispute_dunning/dispute/{self.dispute.id}/log.csv")

    def test_the_history_says_who_what_when_before_and_after(self):
        self.flush_tracking()
        tracking = {"tracking_disable": False, "mail_notrack": False}
        tracked = self.dispute.with_user(self.manager).with_context(**tracking)
        tracked.user_id = self.manager
        self.dispute.line_ids.with_user(self.collector).amount = 250
        self.flush_tracking()
        rows = self.dispute.with_user(self.auditor)._get_log()
        change = [row for row in rows if row["what"] == "Owner"][-1]
        self.assertEqual(
            [change["who"], change["before"], change["after"]], ["Manager", "Collector", "Manager"]
        )
        self.assertTrue(any("300.00" in row["what"] and "250.00" in row["what"] for row in rows))
        dates = [row["date"] for row in rows]
        self.assertEqual(dates, sorted(dates))

    def flush_tracking(self):
        """Write what is tracked, as a commit does."""
        self.env.flush_all()
        self.cr.flush()

    def test_the_csv_is_text_that_no_spreadsheet_runs(self):
        self.env["account.dispute.exchange"].with_user(self.collector).create(
            {"dispute_id": self.dispute.id, "subject": "Call"}
        )
        self.dispute.message_post(body="=HYPERLINK(1)")
        answer = self.get_log(self.auditor)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        self.assertEqual(rows[0], ["Date", "Who", "About", "What", "Before", "After"])
        self.assertTrue(any("Call" in row[3] for row in rows))
        self.assertTrue(any(row[3] == "'=HYPERLINK(1)" for row in rows))

    def test_who_may_not_read_gets_no_file(self):
        """A dispute that is not there and one that is not for the user answer the same."""
        colleague = self.make_user("colleague", "base.group_user")
        for user in (colleague, self.portal):
            self.assertEqual(self.get_log(user).status_code, 404)
        missing = self.url_open("/account_dispute_dunning/dispute/999999999/log.csv")
        self.assertEqual(missing.status_code, 404)
        with self.assertRaises(AccessError):
            self.dispute.with_user(colleague).action_print_report()

    def test_the_report_has_everything(self):
        """S2.29: each department's section; S2.70: the whole file in one click."""
        department = self.env["account.dispute.department"].create(
            {"name": "Shipping department", "code": "test"}
        )
        self.dispute.write({"description": "You billed 70.", "problem": "70 instead of 60."})
        self.env["account.dispute.task"].create(
            {
                "dispute_id": self.dispute.id,
                "name": "Check the order",
                "department_id": department.id,
                "facts": "The order says 60.",
                "cause": "Old price list.",
                "proposal": "Credit 300.",
            }
        )
        self.env["account.dispute.exchange"].with_user(self.collector).create(
            {"dispute_id": self.dispute.id, "subject": "She called", "body": "<p>Angry.</p>"}
        )
        resolution = self.make_resolution()
        self.dispute._action_decide(resolution, TODAY)
        self.flush_tracking()
        action = self.dispute.with_user(self.auditor).action_print_report()
        reports = self.env["ir.actions.report"].with_user(self.auditor)
        html = reports._render_qweb_html(action["report_name"], self.dispute.ids)[0].decode()
        for words in (
            *(self.dispute.name, "You billed 70.", "70 instead of 60.", self.invoice.name),
            *("Shipping department", "The order says 60.", "Old price list.", "Credit 300."),
            *("She called", "Angry.", "Partial credit note", "The price list of January applies."),
        ):
            self.assertIn(words, html)
