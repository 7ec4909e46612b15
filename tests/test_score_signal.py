from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TODAY, days_ago
from .common_notices import NoticesCommon
from .common_score import ScoreCommon

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestScoreSignal(NoticesCommon, ScoreCommon):
    """S0.18: each signal is one record, with what was seen and what to do about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+33 4 67 00 00 00"  # a call needs one
        cls.company.signal_since = days_ago(300)

    def detect(self, on_date=TODAY):
        return self.env["account.customer.signal"]._detect(self.company, on_date)

    def make_settled(self, due, delay, amount=100.0, partner=None):
        invoice = self.make_invoice(partner=partner, amount=amount, due=due)
        self.pay(invoice, on_date=due + delay * DAY)
        return invoice

    def make_good_payer(self):
        for days in (200, 170, 140):
            self.make_settled(days_ago(days), 0)

    def remind(self, *days):
        """Reminders of the step at D+1 that were sent so many days ago."""
        notices = self.env["account.dunning.notice"]
        for number in days:
            notice = self.prepare(days=number + 2)
            notice._action_send(TODAY)
            notice._set_outcome("")
            notice._write_frozen(done_on=days_ago(number))
            notices |= notice
        return notices

    # === Each kind ===#

    def test_the_first_late_payment_of_a_good_payer(self):
        self.make_good_payer()
        invoice = self.make_overdue_invoice(6)
        signal = self.detect()
        self.assertEqual((signal.kind, signal.partner_id), ("first_late", self.customer))
        self.assertEqual(
            signal.name, f"{invoice.name} is 6 days late, after 3 invoices paid on time."
        )
        self.assertIn("Call before anything is sent", signal.advice)
        self.assertEqual(signal.action_open_source()["res_id"], invoice.id)

    def test_a_payer_who_was_late_before_is_no_good_one(self):
        self.make_good_payer()
        self.make_settled(days_ago(100), 20)
        self.make_overdue_invoice(6)
        self.assertFalse(self.detect())

    def test_what_is_contested_is_no_late_payment(self):
        """A dispute never counts against the customer."""
        self.make_good_payer()
        contested = self.make_settled(days_ago(100), -1)
        self.assertFalse(self.detect())
        invoice = self.make_overdue_invoice(6)
        self.contest(invoice)
        self.assertTrue(contested)
        self.assertFalse(self.detect())

    def test_a_delay_that_a_dispute_explains_spoils_no_good_payer(self):
        self.make_good_payer()
        invoice = self.make_invoice(amount=100, due=days_ago(100))
        dispute = self.contest(invoice)
        self.close_dispute(dispute)
        self.pay(invoice, on_date=days_ago(60))
        self.make_overdue_invoice(6)
        self.assertEqual(self.detect().kind, "first_late")

    def test_no_answer_to_reminders(self):
        notices = self.remind(20, 12)
        self.assertFalse(self.detect(), "Two reminders are not three")
        notices |= self.remind(4)
        signal = self.detect()
        self.assertEqual((signal.kind, signal.key), ("silence", str(min(notices.ids))))
        self.assertEqual(signal.name, "3 reminders without any answer, payment or dispute.")

    def test_an_answer_a_payment_or_a_dispute_ends_the_silence(self):
        notices = self.remind(20, 12, 4)
        invoice = notices[0].line_ids.move_id[:1]
        for react in (
            lambda: notices[2]._write_frozen(replied_on=f"{days_ago(3)} 10:00:00"),
            lambda: self.pay(invoice, amount=10, on_date=days_ago(3)),
            lambda: self.contest(invoice, 10, on_date=days_ago(3)),
        ):
            with self.env.cr.savepoint() as savepoint:
                react()
                self.assertFalse(self.detect())
                savepoint.close(rollback=True)
        self.assertEqual(self.detect().kind, "silence")

    def test_the_limit_of_reminders_is_the_companys(self):
        self.remind(20, 12)
        self.company.signal_silence_count = 2
        self.assertEqual(self.detect().kind, "silence")
        self.company.signal_silence_count = 0
        self.assertFalse(self.detect(TODAY + DAY))

    def test_it_pays_later_and_later(self):
        for days in (300, 250, 200):
            self.make_settled(days_ago(days), 10)
        for days in (80, 70, 60):
            self.make_settled(days_ago(days), 25)
        signal = self.detect()
        self.assertEqual(signal.kind, "worsening")
        self.assertIn("Paid 25.0 days late on average", signal.name)
        self.assertFalse(self.detect(TODAY + 5 * DAY), "Once in three months")

    def test_a_rejected_payment(self):
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.customer.id,
                "payment_type": "inbound",
                "amount": 100,
                "date": days_ago(3),
                "memo": "Direct debit",
            }
        )
        payment.action_post()
        self.assertFalse(self.detect())
        payment.action_reject()
        signal = self.detect()
        self.assertEqual((signal.kind, signal.key), ("rejected", str(payment.id)))
        self.assertIn("was rejected", signal.name)

    def test_a_cold_tone_noted_on_a_call(self):
        notice = self.prepare("call").with_user(self.assistant)
        action = notice.action_done()
        dialogue = self.env["account.dunning.notice.call"].with_user(self.assistant)
        dialogue = dialogue.with_context(**action["context"])
        dialogue.create({"outcome": "cash_problem", "is_cold": True}).action_confirm()
        signal = self.env["account.customer.signal"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((signal.kind, signal.state), ("cold", "new"))
        self.assertEqual(signal.name, f"Cold tone on the call {notice.name}.")
        self.assertEqual(signal.action_open_source()["res_id"], notice.id)

    def test_a_promise_of_a_call_that_nothing_followed(self):
        notice = self.make_promise()
        pause = self.env["account.dunning.treatment"].search([("notice_id", "=", notice.id)])
        self.assertFalse(self.detect(pause.date_end), "Its payment may still arrive")
        signal = self.detect(pause.date_end + DAY)
        self.assertEqual((signal.kind, signal.key), ("promise_broken", str(notice.id)))

    def test_a_promise_that_was_kept_in_part_is_not_called_broken(self):
        """How much was promised is not kept apart from the words: a payment is an answer."""
        notice = self.make_promise()
        self.pay(notice.line_ids.move_id, amount=100)
        self.assertFalse(self.detect(TODAY + 20 * DAY))

    def make_promise(self):
        notice = self.prepare("call")
        dialogue = self.env["account.dunning.notice.call"].with_user(self.collector)
        dialogue.with_context(default_notice_id=notice.id).create(
            {"outcome": "promise", "date": TODAY + 3 * DAY}
        ).action_confirm()
        return notice

    def test_a_contact_that_nobody_reaches(self):
        notice = self.prepare("call")
        self.assertFalse(self.detect())
        dialogue = self.env["account.dunning.notice.call"].with_user(self.collector)
        dialogue.with_context(default_notice_id=notice.id).create(
            {"outcome": "wrong_contact"}
        ).action_confirm()
        signal = self.detect()
        self.assertEqual(signal.kind, "unreachable")
        self.assertEqual(signal.key, f"{self.customer.id}-{notice.id}")

    # === One record each ===#

    def test_looking_again_finds_nothing_new(self):
        self.make_good_payer()
        self.make_overdue_invoice(6)
        self.assertEqual(len(self.detect()), 1)
        self.make_overdue_invoice(6)
        for day in (TODAY, TODAY + DAY, TODAY + 20 * DAY):
            self.assertFalse(self.detect(day))

    def test_facts_are_one_statement_whatever_the_number_of_customers(self):
        signals = self.env["account.customer.signal"]
        signals._get_signal_facts(self.company, TODAY)
        with self.assertQueryCount(3):  # the accounts twice: to see, and to settle
            signals._get_signal_facts(self.company, TODAY)
        for number in range(5):
            self.make_overdue_invoice(6, partner=self.make_customer(f"Customer {number}"))
        self.env.flush_all()
        with self.assertQueryCount(3):
            signals._get_signal_facts(self.company, TODAY)

    def test_another_company_is_not_looked_at(self):
        self.make_good_payer()
        self.make_overdue_invoice(6)
        self.assertFalse(self.env["account.customer.signal"]._detect(self.branch, TODAY))

    # === Handling ===#

    def make_signal(self):
        self.make_good_payer()
        self.make_overdue_invoice(6)
        return self.detect().with_user(self.assistant)

    def test_the_collector_is_asked_once(self):
        signal = self.make_signal()
        activity = signal.sudo().activity_ids
        self.assertEqual(activity.user_id, self.collector)
        self.assertIn("is 6 days late", activity.summary)
        self.assertIn("Call before anything is sent", activity.note)
        signal.action_handle()
        self.assertFalse(signal.sudo().activity_ids)
        signal.action_undo()
        self.detect()
        self.assertFalse(signal.sudo().activity_ids)

    def test_the_first_night_asks_nobody(self):
        """What was there before is recorded: an activity for each would be a flood."""
        self.company.signal_since = False
        self.customer.collector_id = self.collector
        self.make_good_payer()
        self.make_overdue_invoice(20)
        known = self.detect()
        self.assertEqual((known.kind, known.state), ("first_late", "new"))
        self.assertFalse(known.activity_ids)
        self.assertEqual(self.company.signal_since, TODAY)
        other = self.make_customer("Other", collector_id=self.collector.id)
        for days in (200, 170, 140):
            self.make_settled(days_ago(days), 0, partner=other)
        self.make_overdue_invoice(6, partner=other)
        self.assertTrue(self.detect(TODAY + DAY).activity_ids)

    def test_handling_and_ignoring_can_be_undone(self):
        signal = self.make_signal()
        for act, state in ((signal.action_handle, "done"), (signal.action_ignore, "ignored")):
            act()
            self.assertEqual(signal.state, state)
            signal.action_undo()
            self.assertEqual(signal.state, "new")
        with self.assertRaisesRegex(UserError, "reload the page"):
            signal.action_undo()

    def test_nobody_types_a_signal(self):
        signal = self.make_signal()
        with self.assertRaises(AccessError):
            signal.create(
                {
                    "kind": "cold",
                    "key": "1",
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "date": TODAY,
                }
            )
        for vals in ({"kind": "cold"}, {"state": "done"}, {"date": TODAY}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "don't edit it"):
                signal.write(vals)
        for action in ("action_handle", "action_ignore"):
            with self.assertRaises(AccessError):
                getattr(signal.with_user(self.auditor), action)()
        with self.assertRaises(AccessError):
            signal.with_user(self.invoicing).read(["name"])

    def test_it_is_seen_on_the_customer_and_on_its_disputes(self):
        """S2.71: who works on a dispute is attentive to the customer's signals."""
        dispute = self.contest(self.make_invoice(), 100)
        signal = self.make_signal()
        for record in (self.customer, dispute):
            record = record.with_user(self.auditor)
            record.invalidate_recordset()
            self.assertEqual(record.customer_signal_count, 1)
            self.assertEqual(record.customer_signal_words, signal.name)
            self.assertEqual(signal.search(record.action_view_signals()["domain"]), signal)
        signal.action_ignore()
        self.assertFalse(dispute.customer_signal_count)
