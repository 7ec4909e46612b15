import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_notices import NoticesCommon

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestDunningRegistered(NoticesCommon):
    """Registered letters (S4.16): number, deposit, receipt, scan; proof that is not changed."""

    def prepare_letter(self, days_since=10):
        """A validated registered letter, prepared so many days ago."""
        self.customer.dunning_scenario_id = self.make_scenario(
            {"offset_days": 1, "channel": "registered", "tone": "firm"}
        )
        self.make_overdue_invoice(days_since + 5)
        notice = self.run_dunning(days_ago(days_since)).notice_ids
        notice.with_user(self.collector).action_validate()
        return notice.with_user(self.assistant)

    def deposit(self, days_since=8):
        notice = self.prepare_letter()
        notice.write({"registered_number": "1A 123", "deposit_date": days_ago(days_since)})
        notice.action_send()
        self.assertEqual(notice.state, "sent", notice.state_reason)
        return notice

    def test_it_is_deposited_with_its_number_and_its_day(self):
        notice = self.prepare_letter()
        self.assertFalse(notice.can_send)
        with self.assertRaisesRegex(UserError, "number of the registered letter"):
            notice.action_send()
        notice.write({"registered_number": "1A 123", "deposit_date": days_ago(8)})
        self.assertTrue(notice.can_send)
        notice.action_send()
        self.assertRecordValues(notice, [{"state": "sent", "done_on": days_ago(8)}])

    def test_the_next_steps_count_from_the_receipt(self):
        notice = self.deposit()
        self.assertEqual(notice.served_on, days_ago(8) + timedelta(days=15))
        notice.receipt_date = days_ago(5)
        self.assertEqual((notice.served_on, notice.done_on), (days_ago(5), days_ago(5)))

    def refuse(self, notice, message, **values):
        with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
            notice.write(values)

    def test_unclaimed_it_came_back_on_a_day(self):
        notice = self.deposit()
        self.refuse(notice, "came back unclaimed", is_unclaimed=True)
        notice.write({"is_unclaimed": True, "receipt_date": days_ago(1)})

    def test_dates_that_are_not_possible(self):
        notice, tomorrow = self.prepare_letter(), TODAY + timedelta(days=1)
        self.refuse(notice, "before it was prepared", deposit_date=days_ago(11))
        self.refuse(notice, "deposit is in the future", deposit_date=tomorrow)
        notice.write({"registered_number": "1A 123", "deposit_date": days_ago(8)})
        notice.action_send()
        self.refuse(notice, "received before it was deposited", receipt_date=days_ago(9))
        self.refuse(notice, "receipt is in the future", receipt_date=tomorrow)

    def test_no_receipt_of_what_was_not_deposited(self):
        with self.assertRaisesRegex(UserError, "mark it as deposited first"):
            self.prepare_letter().receipt_date = TODAY

    def test_other_channels_have_no_number(self):
        with self.assertRaisesRegex(UserError, "not a registered letter"):
            self.prepare("letter").registered_number = "1A 123"

    def test_only_a_manager_corrects_and_says_why(self):
        notice = self.deposit()
        notice.receipt_date = days_ago(5)
        for user in (self.assistant, self.collector):
            with self.assertRaisesRegex(UserError, "this is proof"):
                notice.with_user(user).write(
                    {"receipt_date": days_ago(4), "correction_reason": "Typo"}
                )
        as_manager = notice.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "this is proof"):
            as_manager.registered_number = "1A 124"
        as_manager.write({"receipt_date": days_ago(4), "correction_reason": "Typo"})
        self.assertEqual(notice.done_on, days_ago(4))

    # === Scan ===#

    def test_the_scan_of_the_receipt_is_kept(self):
        notice = self.deposit()
        notice.write({"receipt_scan": base64.b64encode(PNG), "receipt_scan_name": "ar.png"})
        self.assertEqual(notice.receipt_attachment_id.sudo().raw, PNG)
        self.assertEqual(notice.receipt_attachment_id.sudo().name, "ar.png")
        with self.assertRaisesRegex(UserError, "this is proof"):
            notice.write({"receipt_scan": base64.b64encode(PNG), "receipt_scan_name": "x.png"})

    def test_a_scan_is_a_pdf_or_a_picture(self):
        notice = self.deposit()
        with self.assertRaisesRegex(UserError, "neither a PDF nor a picture"):
            notice.write(
                {"receipt_scan": base64.b64encode(b"Hello"), "receipt_scan_name": "ar.docx"}
            )

    def test_nobody_links_any_file(self):
        secret = self.env["ir.attachment"].create({"name": "Secret", "raw": b"secret"})
        with self.assertRaisesRegex(UserError, "frozen"):
            self.deposit().receipt_attachment_id = secret

    def test_an_auditor_types_nothing(self):
        with self.assertRaises(AccessError):
            self.deposit().with_user(self.auditor).receipt_date = TODAY


@tagged("post_install", "-at_install")
class TestDunningProof(NoticesCommon):
    """Files that prove what was sent are neither changed nor deleted, by nobody (design, 6)."""

    def test_the_frozen_letter_is_not_overwritten_nor_deleted(self):
        pdf = self.queue().attachment_id
        for user in (self.manager, self.env.ref("base.user_root"), self.env.ref("base.user_admin")):
            attachment = pdf.with_user(user).sudo()
            for values in ({"raw": b"%PDF other"}, {"res_id": 0}, {"datas": "AAAA"}):
                with self.assertRaisesRegex(UserError, "is the proof of"):
                    attachment.write(values)
            with self.assertRaisesRegex(UserError, "is the proof of"):
                attachment.unlink()

    def test_the_scan_of_a_receipt_is_not_deleted(self):
        notice = self.prepare("registered")
        notice.write({"registered_number": "1", "deposit_date": TODAY})
        notice._action_send(TODAY)
        notice.write({"receipt_scan": base64.b64encode(PNG), "receipt_scan_name": "ar.png"})
        with self.assertRaisesRegex(UserError, "is the proof of"):
            notice.receipt_attachment_id.unlink()

    def test_other_files_are_left_alone(self):
        notice = self.queue()
        note = self.env["ir.attachment"].create(
            {"name": "Note", "raw": b"note", "res_model": notice._name, "res_id": notice.id}
        )
        note.raw = b"other"
        note.unlink()

    def test_an_auditor_verifies_what_was_frozen(self):
        """S0.14."""
        notice = self.queue().with_user(self.auditor)
        self.assertEqual(notice.action_verify()["params"]["type"], "success")
        notice.sudo()._write_frozen(pdf_sha256="0" * 64)
        with self.assertRaisesRegex(UserError, f"{notice.name}: the PDF is not the one"):
            notice.action_verify()
        with self.assertRaises(AccessError):
            notice.with_user(self.portal).action_verify()
