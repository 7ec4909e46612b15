from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY, CollectionsCommon, days_ago
from .common_procedure import ProcedureCommon

FRIDAY, MONDAY, TUESDAY = date(2026, 7, 3), date(2026, 7, 6), date(2026, 7, 7)


# domain.md §4, and the `unpaid` of S0.1.
REASONS = {
    *("late_delivery", "not_delivered", "damaged_goods", "wrong_product"),
    *("non_conform", "product_quality", "service_quality", "service_non_conform"),
    *("price_difference", "double_billing", "invoiced_before_delivery", "invoice_not_received"),
    *("document_error", "missing_document", "payment_mode", "contract"),
    *("commercial", "other", "unpaid"),
}


@tagged("post_install", "-at_install")
class TestCatalogue(CollectionsCommon):
    """What is shipped: families, reasons, causes, departments, codes (domain.md §4)."""

    def get_reasons(self):
        return self.env["account.dispute.reason"].search([("parent_id", "!=", False)])

    def test_the_reasons_of_the_catalogue_belong_to_three_families(self):
        """S0.1, S0.10, S2.12–S2.19, S2.42, S3.5–S3.12"""
        reasons = self.get_reasons()
        self.assertEqual(set(reasons.mapped("code")), REASONS)
        self.assertEqual(
            set(reasons.parent_id.mapped("code")), {"contract", "quality", "invoicing"}
        )

    def test_every_reason_brings_its_whole_procedure(self):
        """S1.9, S2.11: owner, tasks, evidence, questions, advice, e-invoicing codes."""
        for reason in self.get_reasons():
            with self.subTest(reason.code):
                self.assertTrue(reason.department_id)
                self.assertTrue(reason.task_ids)
                self.assertTrue(all(task.days > 0 for task in reason.task_ids))
                self.assertIn("invoice", reason.required_evidence_ids.mapped("code"))
                self.assertFalse(reason.required_evidence_ids & reason.useful_evidence_ids)
                self.assertTrue(reason.question_summary)
                self.assertTrue(reason.playbook)
                self.assertTrue(reason.einvoice_code_ids)
                if reason.code not in ("other", "unpaid"):
                    self.assertTrue(reason.origin_id)

    def test_origins_have_root_causes(self):
        """S2.4–S2.7: quality, contract, admin, delivery; and what is not ours."""
        origins = self.env["account.dispute.cause"].search([("parent_id", "=", False)])
        self.assertEqual(
            origins.mapped("code"), ["quality", "contract", "admin", "delivery", "external"]
        )
        for origin in origins:
            self.assertTrue(origin.child_ids)
            self.assertEqual(
                set(origin.child_ids.mapped("is_internal")), {origin.code != "external"}
            )
            if origin.is_internal:
                self.assertTrue(all(origin.child_ids.mapped("department_id")))

    def test_departments(self):
        """S3.14"""
        self.assertEqual(
            set(self.env["account.dispute.department"].search([]).mapped("code")),
            {
                *("finance", "sales", "logistics", "quality"),
                *("customer_service", "legal", "management"),
            },
        )

    def test_einvoicing_codes_allow_the_statuses_of_the_norm(self):
        """legal.md §5.4: 206 accepts 13 codes, 210 accepts 13, 208 a missing document only."""
        codes = self.env["account.dispute.einvoice.code"].search([])
        self.assertEqual(len(codes), 26)
        self.assertEqual(len(codes.filtered("allows_206")), 13)
        self.assertEqual(len(codes.filtered("allows_210")), 13)
        self.assertEqual(codes.filtered("allows_208").mapped("code"), ["JUSTIF_ABS"])
        self.assertEqual(codes - codes.filtered("allows_207"), codes.filtered("allows_208"))
        self.assertEqual(self.reason.einvoice_code_ids[0].code, "PU_ERR")

    def test_the_form_of_a_reason_opens(self):
        with Form(self.reason.with_user(self.manager)) as form:
            form.resolution_days = 6
        self.assertEqual(self.reason.resolution_days, 6)


@tagged("post_install", "-at_install")
class TestProcedure(ProcedureCommon):
    """A reason brings tasks, deadlines and evidence when its dispute is opened."""

    def test_opening_brings_the_tasks_of_the_reason(self):
        """S1.9: price difference creates its three tasks, in their order."""
        dispute = self.contest(self.invoice, 300)
        self.assertRecordValues(
            dispute.task_ids,
            [
                {"name": task.name, "kind": "procedure", "state": "todo"}
                for task in self.reason.task_ids
            ],
        )
        self.assertEqual(len(dispute.task_ids), 3)

    def test_a_suspicion_asks_nobody(self):
        dispute = self.env["account.dispute"].create(
            {"partner_id": self.customer.id, "reason_id": self.reason.id}
        )
        self.assertFalse(dispute.task_ids or dispute.evidence_ids)

    def test_friday_and_two_working_days_make_tuesday(self):
        """S1.11"""
        self.reason.task_ids[0].days = 2
        dispute = self.contest(self.invoice, 300, on_date=FRIDAY)
        self.assertEqual(dispute.task_ids[0].date_deadline, TUESDAY)

    def test_invoicing_errors_go_to_the_salesperson_of_the_order(self):
        """S2.14: the owner, and the tasks of the sales department."""
        dispute = self.contest(self.invoice, 300)
        self.assertEqual(dispute.user_id, self.salesperson)
        self.assertEqual(dispute.task_ids[0].user_id, self.salesperson)

    def test_an_owner_who_was_chosen_stays(self):
        dispute = self.env["account.dispute"].create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.reason.id,
                "user_id": self.collector.id,
            }
        )
        self.assertEqual(dispute.user_id, self.collector)

    def test_a_department_asks_the_member_with_the_fewest_tasks(self):
        first = self.contest(self.invoice, 100, self.get_reason("late_delivery"))
        second = self.contest(self.invoice, 100, self.get_reason("late_delivery"))
        asked = [
            dispute.task_ids.filtered(lambda task: task.department_id == self.logistics).user_id
            for dispute in (first, second)
        ]
        self.assertEqual(asked, [self.packer, self.driver])

    def test_who_is_asked_when_nobody_was_set(self):
        """The customer's collector, the department's leader, then the dispute's owner."""
        dispute = self.contest(self.invoice, 300)
        finance, legal = self.get_department("finance"), self.get_department("legal")
        self.assertEqual(finance._get_user(dispute), dispute.user_id)
        self.customer.with_company(self.company).collector_id = self.collector
        self.assertEqual(finance._get_user(dispute), self.collector)
        legal.user_id = self.manager
        self.assertEqual(legal._get_user(dispute), self.manager)

    def test_who_left_or_works_elsewhere_is_not_asked(self):
        dispute = self.contest(self.invoice, 300)
        legal = self.get_department("legal")
        for stranger in (
            self.make_user("gone", "base.group_user", active=False),
            self.make_user(
                "lyon",
                "base.group_user",
                company_id=self.branch.id,
                company_ids=[Command.set(self.branch.ids)],
            ),
        ):
            legal.user_id = stranger
            self.assertEqual(legal._get_user(dispute), dispute.user_id)

    def test_informed_leaders_follow_the_dispute(self):
        """S4.3: who is informed."""
        self.get_department("finance").user_id = self.manager
        dispute = self.contest(self.invoice, 300)
        self.assertIn(self.manager.partner_id, dispute.message_partner_ids)

    def test_another_reason_replaces_what_is_untouched(self):
        """S2.11: and keeps what was worked on."""
        dispute = self.contest(self.invoice, 300)
        worked_on, untouched = dispute.task_ids[0], dispute.task_ids[1:]
        worked_on.facts = "70 was agreed in May."
        order = self.get_row(dispute, "order")
        order.note = "Number 4711"
        dispute.with_user(self.collector).reason_id = self.get_reason("damaged_goods")
        self.assertFalse(untouched.exists())
        self.assertEqual(
            dispute.task_ids.template_id - worked_on.template_id,
            self.get_reason("damaged_goods").task_ids,
        )
        self.assertTrue(worked_on.exists())
        self.assertFalse(order.is_required)
        self.assertTrue(self.get_row(dispute, "photos").is_required)
        self.assertFalse(self.get_row(dispute, "price_list"))

    def test_a_task_that_was_talked_about_is_kept(self):
        dispute = self.contest(self.invoice, 300)
        dispute.task_ids[0].message_post(body="I asked the workshop.", message_type="comment")
        dispute.reason_id = self.get_reason("other")
        self.assertEqual(len(dispute.task_ids), 2)

    def test_reopening_adds_nothing_twice(self):
        """S1.9: and what is still to do counts from the new opening."""
        dispute = self.contest(self.invoice, 300, on_date=days_ago(20))
        tasks, rows = dispute.task_ids, dispute.evidence_ids
        tasks[0].facts = "Found."
        tasks[0].action_done()
        self.close_dispute(dispute, on_date=days_ago(10))
        dispute._action_open(FRIDAY)
        self.assertEqual((dispute.task_ids, dispute.evidence_ids), (tasks, rows))
        self.assertEqual(len(dispute.guide_step_ids), 6)
        self.assertEqual(tasks[0].state, "done")
        self.assertEqual(
            tasks[1].date_deadline,
            self.company._add_working_days(FRIDAY, tasks[1].template_id.days),
        )

    def test_a_task_of_the_procedure_comes_once(self):
        dispute = self.contest(self.invoice, 300)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.make_task(dispute, template_id=dispute.task_ids[0].template_id.id)

    # === What is missing ===#

    def test_an_incomplete_dispute_is_not_investigated(self):
        """S0.11: the refusal lists what is missing."""
        dispute = self.contest(self.invoice, 300).with_user(self.collector)
        self.assertFalse(dispute.can_investigate)
        with self.assertRaisesRegex(UserError, "what the customer says, Customer's order"):
            dispute.action_investigate()
        dispute.description = "We agreed on 70."
        files = self.env["ir.attachment"].with_user(self.collector)
        order = files.create({"name": "order.pdf", "raw": b"4711"})
        self.get_row(dispute, "order").attachment_ids = order
        self.assertFalse(dispute.missing_words)
        dispute.action_investigate()
        self.assertEqual(dispute.state, "investigating")

    def test_without_reason_nothing_is_complete(self):
        dispute = self.contest(self.invoice, 300)
        dispute.reason_id = False
        self.assertIn("the reason", dispute._get_missing())

    def test_a_small_dispute_needs_no_evidence(self):
        """S2.35"""
        dispute = self.contest(self.invoice, 50)
        dispute.description = "A box was missing."
        self.assertEqual(dispute._get_missing(), [])
        self.assertEqual(dispute._get_missing_sections(), [])

    def test_the_invoice_itself_is_there(self):
        dispute = self.contest(self.invoice, 300)
        self.assertEqual(self.get_row(dispute, "invoice").state, "present")
        order = self.get_row(dispute, "order")
        self.assertEqual(order.state, "missing")
        order.is_not_applicable = True
        self.assertEqual(order.state, "not_applicable")

    def test_empty_mandatory_sections_are_named(self):
        """S2.29"""
        dispute = self.contest(self.invoice, 300)
        self.assertEqual(
            dispute._get_missing_sections(),
            ["Sales · Find the agreed price", "Finance · Calculate the difference"],
        )
        dispute.task_ids[0].proposal = "Credit 300."
        dispute.task_ids[1].with_user(self.collector).action_cancel()
        self.assertEqual(dispute._get_missing_sections(), [])

    def test_nothing_is_solved_before_listening(self):
        """S2.54, an option of the company."""
        dispute = self.contest(self.invoice, 300)
        values = {"dispute_id": dispute.id, "outcome": "credit"}
        self.env["account.dispute.resolution"].create(values)
        self.company.dispute_listen_first = True
        with self.assertRaisesRegex(UserError, "Listen first"):
            self.env["account.dispute.resolution"].create(values)
        dispute.description = "The lid does not close."
        self.assertTrue(self.env["account.dispute.resolution"].create(values))

    # === The conversation, third parties, recurrence, improvements ===#

    def test_the_conversation_has_six_steps(self):
        """S2.53–S2.60: help, note, date and person of each; progress on the dispute."""
        dispute = self.contest(self.invoice, 300)
        steps = dispute.guide_step_ids
        self.assertEqual(
            steps.mapped("code"), ["listen", "clarify", "empathise", "thank", "evaluate", "propose"]
        )
        self.assertTrue(all(steps.mapped("advice")))
        self.assertEqual(dispute.guide_progress, 0)
        steps[:3].with_user(self.assistant).action_done()
        self.assertEqual(dispute.guide_progress, 50)
        self.assertRecordValues(
            steps[0], [{"done_on": fields.Datetime.now(), "done_by_id": self.assistant.id}]
        )
        steps[0].with_user(self.collector).action_done()
        self.assertEqual(steps[0].done_by_id, self.assistant, "what was done keeps its date")

    def test_third_parties_add_up_on_the_dispute(self):
        """S2.52: and have a thread of their own."""
        dispute = self.contest(self.invoice, 300)
        for claimed, recovered in ((200, 50), (30, 0)):
            party = self.env["account.dispute.third.party"].create(
                {
                    "dispute_id": dispute.id,
                    "partner_id": self.make_customer(f"Carrier {claimed}").id,
                    "claimed_amount": claimed,
                    "recovered_amount": recovered,
                }
            )
        self.assertEqual((dispute.claim_back_amount, dispute.recovered_amount), (230, 50))
        before = dispute.message_ids
        party.message_post(body="Please send the consignment note.")
        self.assertEqual(dispute.message_ids, before)

    def test_the_third_dispute_for_a_reason_is_brought_to_quality_once(self):
        """S0.12"""
        opened = [
            self.contest(self.invoice, 10, on_date=day)
            for day in (days_ago(400), days_ago(90), days_ago(30), TODAY, TODAY)
        ]
        self.contest(self.invoice, 10, self.get_reason("other"))
        self.assertEqual([dispute.recurrence_count for dispute in opened], [1, 2, 2, 3, 4])
        self.assertEqual([dispute.is_recurring for dispute in opened], [False] * 3 + [True] * 2)
        activities = self.env["mail.activity"].search(
            [("user_id", "=", self.quality_manager.id), ("res_model", "=", "account.dispute")]
        )
        self.assertEqual(activities.res_id, opened[3].id)
        self.assertIn("3 disputes", activities.summary)
        self.assertEqual(opened[3].with_user(self.quality_manager).state, "open", "may read it")

    def test_reopening_is_no_recurrence(self):
        dispute = self.contest(self.invoice, 10)
        self.close_dispute(dispute)
        dispute._action_open(TODAY)
        self.assertEqual(dispute.recurrence_count, 1)

    def test_an_improvement_shows_the_disputes_before_and_after(self):
        """S2.9"""
        cause = self.env.ref("account_dispute_dunning.dispute_cause_contract_price")
        in_place = days_ago(100)
        for day in (
            in_place - relativedelta(months=13),
            in_place - relativedelta(months=12),
            in_place - timedelta(days=1),
            in_place,
        ):
            dispute = self.contest(self.invoice, 10, on_date=day)
            self.close_dispute(dispute, "founded", on_date=day, cause_id=cause.id)
        improvement = self.env["account.dispute.improvement"].create(
            {"name": "Check prices before invoicing", "cause_id": cause.id}
        )
        self.assertEqual(improvement.department_id, self.get_department("sales"))
        self.assertEqual((improvement.disputes_before, improvement.disputes_after), (2, 0))
        improvement.date_done = in_place
        self.assertEqual((improvement.disputes_before, improvement.disputes_after), (2, 1))
        improvement.cause_id = cause.parent_id
        self.assertEqual(improvement.disputes_before, 2, "an origin counts its root causes")
