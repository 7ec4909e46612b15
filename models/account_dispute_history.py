import csv
import io

from odoo import models
from odoo.tools import html2plaintext

REPORT = "account_dispute_dunning.action_report_dispute"


class AccountDispute(models.Model):
    """The history of a dispute: who did what, when, before and after (S2.70, S3.32).

    It is read from the chatter, from the exchanges and from the escalations; nothing is kept
    twice.
    """

    _inherit = "account.dispute"

    def action_print_report(self):
        """Print all that is known of these disputes, with their history (S2.29, S2.70)."""
        self._check_history_access()
        return self.env.ref(REPORT).report_action(self, config=False)

    def action_export_log(self):
        """Download the history of a dispute as a CSV file (S3.32)."""
        self.ensure_one()
        self._check_history_access()
        return {
            "type": "ir.actions.act_url",
            "url": f"/account_dispute_dunning/dispute/{self.id}/log.csv",
            "target": "self",
        }

    def _check_history_access(self):
        """:raise AccessError: unless the user reads these disputes and what was said about them."""
        self.check_access("read")
        self.env["account.dispute.exchange"].check_access("read")
        self.env["account.dispute.resolution"].check_access("read")

    def _get_log(self):
        """Each change and each exchange, the oldest first.

        :return: a list of ``{"date": datetime, "who", "about", "what", "before", "after"}``; all
            but the date are words, in the language of the user.
        """
        rows = self._get_changes() + self._get_exchange_rows() + self._get_escalation_rows()
        return sorted(rows, key=lambda row: row["date"])

    def _get_changes(self):
        """The part of :meth:`_get_log` that is neither an exchange nor an escalation."""
        self.ensure_one()
        records = [self, *self.resolution_ids, *self.task_ids]
        rows = [row for record in records for row in self._get_message_rows(record)]
        return sorted(rows, key=lambda row: row["date"])

    def _get_message_rows(self, record):
        """What a record's chatter says, without what is an exchange."""
        messages = record.message_ids - self.exchange_ids.message_id
        rows = []
        for message in messages:
            row = {
                "date": message.date,
                "who": message.author_id.display_name or message.email_from or "",
                "about": record.display_name,
                "before": "",
                "after": "",
            }
            # Tracked values belong to nobody's role: those of fields that the user may read.
            changes = message.sudo().tracking_value_ids._filter_has_field_access(self.env)
            for change in changes._tracking_value_format():
                rows.append(
                    row
                    | {
                        "what": change["fieldInfo"]["changedField"],
                        "before": self._format_change(change, "oldValue"),
                        "after": self._format_change(change, "newValue"),
                    }
                )
            words = " ".join(html2plaintext(message.body or "").split())
            if words or not changes:
                rows.append(row | {"what": words or message.subtype_id.name or ""})
        return [row for row in rows if row["what"]]

    def _format_change(self, change, side):
        value, kind = change[side], change["fieldInfo"]["fieldType"]
        if kind == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if kind == "monetary" and change["fieldInfo"]["currencyId"]:
            currency = self.env["res.currency"].browse(change["fieldInfo"]["currencyId"])
            return currency.format(value or 0.0)
        return str(value) if value not in (False, None) else ""

    def _get_exchange_rows(self):
        labels = {
            name: dict(field._description_selection(self.env))
            for name, field in self.env["account.dispute.exchange"]._fields.items()
            if name in ("channel", "direction", "kind")
        }
        return [
            {
                "date": exchange.date,
                "who": exchange.author_id.display_name or "",
                "about": self.env._("Exchange"),
                "what": " · ".join(
                    filter(
                        None,
                        (
                            labels["direction"][exchange.direction],
                            labels["channel"][exchange.channel],
                            labels["kind"][exchange.kind],
                            exchange.subject,
                        ),
                    )
                ),
                "before": "",
                "after": exchange.pdf_sha256 and f"SHA-256 {exchange.pdf_sha256}" or "",
            }
            for exchange in self.exchange_ids
        ]

    def _get_escalation_rows(self):
        return [
            {
                "date": escalation.create_date,
                "who": escalation.create_uid.name,
                "about": self.env._("Escalation"),
                "what": escalation.reason,
                "before": "",
                "after": escalation.user_id.name or "",
            }
            for escalation in self.escalation_ids
        ]

    def _render_log_csv(self):
        """The history as the bytes of a CSV file that spreadsheets open as text, never run."""
        output = io.StringIO()
        writer = csv.writer(output, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(
            [
                self.env._("Date"),
                self.env._("Who"),
                self.env._("About"),
                self.env._("What"),
                self.env._("Before"),
                self.env._("After"),
            ]
        )
        for row in self._get_log():
            words = (row[name] for name in ("who", "about", "what", "before", "after"))
            writer.writerow([row["date"].isoformat(sep=" "), *map(_as_text, words)])
        # Spreadsheets read UTF-8 by its mark.
        return output.getvalue().encode("utf-8-sig")


def _as_text(words):
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words.lstrip()[:1] in ("=", "+", "-", "@") else words
