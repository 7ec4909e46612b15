from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from .common import TODAY
from .common_procedure import ProcedureCommon


class ColleagueCommon(ProcedureCommon):
    """A late delivery: the packer of the logistics department is asked, the driver is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispute = cls.contest(cls.invoice, 300, cls.get_reason("late_delivery"))
        cls.dispute.description = "It came three weeks late."
        cls.task = cls.dispute.task_ids[0]
        cls.stranger = cls.make_user("stranger", "base.group_user")
        cls.other_dispute = cls.contest(cls.invoice, 100)


@tagged("post_install", "-at_install")
class TestColleagues(ColleagueCommon):
    """Who has no right in accounting is asked, and answers (S1.23, S3.16)."""

    def as_colleague(self, record, user=None):
        record.invalidate_recordset()
        return record.with_user(user or self.packer)

    def test_a_colleague_answers_from_the_activity(self):
        activity = self.env["mail.activity"].search(
            [("user_id", "=", self.packer.id), ("res_model", "=", "account.dispute.task")], limit=1
        )
        task = self.env[activity.res_model].browse(activity.res_id)
        self.assertEqual(task, self.task)
        with Form(self.as_colleague(task)) as form:
            form.facts = "It left on 3 June instead of 12 May."
            self.assertEqual(form.customer_id, self.customer)
            self.assertEqual(form.reason_id, self.dispute.reason_id)
            self.assertEqual(form.customer_words, "It came three weeks late.")
            self.assertEqual(form.invoice_numbers, self.invoice.name)
            self.assertEqual(form.contested_amount, 300)
        form.record.action_done()
        self.assertRecordValues(task, [{"state": "done", "done_by_id": self.packer.id}])
        self.assertFalse(activity.active and activity.exists())

    def test_any_member_of_the_department_answers(self):
        task = self.as_colleague(self.task, self.driver)
        task.facts = "The lorry broke down."
        task.action_done()
        self.assertEqual(self.task.done_by_id, self.driver)

    def test_a_colleague_attaches_a_document_that_the_others_read(self):
        row = self.as_colleague(self.get_row(self.dispute, "delivery_proof"))
        file = row.env["ir.attachment"].create({"name": "cmr.pdf", "raw": b"signed"})
        self.as_colleague(self.task).evidence_ids = [
            (1, row.id, {"attachment_ids": [(4, file.id)], "note": "signed by the guard"})
        ]
        self.assertEqual(row.state, "present")
        for user in (self.driver, self.collector, self.auditor):
            self.assertEqual(file.with_user(user).raw, b"signed")
        with self.assertRaises(AccessError):
            file.with_user(self.stranger).check_access("read")
        with self.assertRaisesRegex(AccessError, "the rest is for Collections"):
            row.is_not_applicable = True

    def test_a_file_of_another_document_is_copied(self):
        private = self.env["ir.attachment"].create(
            {"name": "margin.txt", "raw": b"40", "res_model": "res.partner", "res_id": 1}
        )
        row = self.get_row(self.dispute, "order")
        row.attachment_ids = private
        self.assertEqual(private.res_model, "res.partner")
        self.assertEqual(row.attachment_ids.res_id, row.id)
        self.assertEqual(row.attachment_ids.raw, b"40")

    def test_a_colleague_takes_no_file_that_is_not_the_own(self):
        secret = self.env["ir.attachment"].create({"name": "salaries.txt", "raw": b"secret"})
        row = self.as_colleague(self.get_row(self.dispute, "order"))
        with self.assertRaises(AccessError):
            row.attachment_ids = [(4, secret.id)]

    def test_a_colleague_takes_no_evidence_away(self):
        row = self.get_row(self.dispute, "order")
        row.attachment_ids = self.env["ir.attachment"].create({"name": "order.txt", "raw": b"1"})
        for commands in ([(5,)], [(3, row.attachment_ids.id)]):
            with self.assertRaisesRegex(AccessError, "takes some away"), self.cr.savepoint():
                self.as_colleague(row).attachment_ids = commands
        self.assertEqual(len(row.attachment_ids), 1)

    def test_a_colleague_reads_the_dispute_and_no_accounting(self):
        """S3.16: figures limited to need."""
        dispute = self.as_colleague(self.dispute)
        with Form(dispute) as form:
            self.assertEqual(form.contested_amount, 300)
        self.assertNotIn("line_ids", dispute.fields_get())
        values = dispute.web_read(
            {
                name: {"fields": {"display_name": {}}}
                for name, field in dispute._fields.items()
                if name in dispute.fields_get() and field.type == "many2one"
            }
        )
        self.assertEqual(values[0]["reason_id"]["display_name"], "Late delivery")
        for name in ("line_ids", "resolution_ids", "exchange_ids", "claim_back_amount"):
            with self.assertRaises(AccessError):
                dispute.read([name])
        for record in (
            *(self.invoice, self.invoice.line_ids, self.dispute.line_ids, self.other_dispute),
            *(self.other_dispute.task_ids[0], self.other_dispute.evidence_ids[0]),
        ):
            with self.assertRaises(AccessError):
                self.as_colleague(record).read(["display_name"])
        for model in ("account.dispute.resolution", "account.dispute.exchange"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.packer).search([])

    def test_a_stranger_reads_nothing(self):
        for record in (self.dispute, self.task, self.dispute.evidence_ids):
            with self.assertRaises(AccessError):
                self.as_colleague(record, self.stranger).read(["display_name"])

    def test_a_colleague_writes_the_own_section_only(self):
        task = self.as_colleague(self.task)
        for values in (
            {"user_id": self.driver.id},
            {"date_deadline": TODAY},
            {"department_id": self.quality.id},
            {"is_mandatory": False},
        ):
            with self.assertRaisesRegex(AccessError, "the rest is for Collections"):
                task.write(values)
        with self.assertRaisesRegex(UserError, "stays in its dispute"):
            task.dispute_id = self.other_dispute.id
        self.assertFalse(task.can_edit or task.can_cancel)
        with self.assertRaisesRegex(UserError, "Only who asked"):
            task.action_cancel()
        with self.assertRaises(AccessError):
            self.as_colleague(self.dispute).description = "Nothing was late."

    def test_a_colleague_asks_for_help_in_turn(self):
        """S2.25: any participant."""
        action = self.as_colleague(self.task).action_request_help()
        tasks = self.env["account.dispute.task"].with_user(self.packer)
        with Form(tasks.with_context(**action["context"]), view=action["views"][0][0]) as form:
            form.name = "Was the machine down in May?"
            form.user_id = self.stranger
            form.date_deadline = TODAY
        question = form.record
        self.assertEqual(question.requested_by_id, self.packer)
        asked = self.as_colleague(question, self.stranger)
        asked.answer = "Yes, for a week."
        asked.action_done()
        self.assertEqual(self.as_colleague(self.dispute, self.stranger).name, self.dispute.name)

    def test_nobody_asks_the_way_into_a_dispute(self):
        tasks = self.env["account.dispute.task"]
        values = {"dispute_id": self.dispute.id, "name": "Let me in"}
        with self.assertRaises(AccessError):
            tasks.with_user(self.stranger).create(values | {"kind": "help"})
        with self.assertRaises(AccessError):
            tasks.with_user(self.stranger).with_context(
                default_dispute_id=self.dispute.id, default_kind="help"
            ).create({"name": "Let me in"})
        with self.assertRaisesRegex(AccessError, "You can ask for help"):
            tasks.with_user(self.packer).create(values | {"kind": "commitment"})

    def test_an_owner_without_role_reads_the_own_dispute(self):
        """S2.14: the salesperson who owns it need not be an accountant."""
        dispute = self.as_colleague(self.other_dispute, self.salesperson)
        self.assertEqual(dispute.user_id, self.salesperson)
        self.assertTrue(dispute.evidence_ids)


@tagged("post_install", "-at_install")
class TestColleaguesInTheBrowser(HttpCase, ColleagueCommon):
    def call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.make_jsonrpc_request("/web/dataset/call_kw", params)

    def test_the_web_client_opens_the_task_and_answers(self):
        """S1.23: what the browser asks the server when the activity is clicked."""
        self.authenticate(self.packer.login, self.packer.login)
        for record in (self.task, self.dispute):
            views = self.call(record._name, "get_views", [[False, "form"], [False, "search"]])
            arch = etree.fromstring(views["views"]["form"]["arch"])
            # Those of the form itself, not of the lists inside.
            shown = arch.xpath("//field[not(ancestor::field)]/@name")
            spec = {name: {} for name in shown}
            values = self.call(record._name, "web_read", record.ids, specification=spec)
            self.assertEqual(values[0]["contested_amount"], 300)
        self.call(self.task._name, "web_save", self.task.ids, {"facts": "Stock."}, specification={})
        self.call(self.task._name, "action_done", self.task.ids)
        self.task.invalidate_recordset()
        self.assertEqual(self.task.state, "done")
