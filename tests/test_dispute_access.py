from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_access import ADDON, MATRIX, OPERATIONS, PublicMethodsCommon

# What somebody without any role may do with the records of a dispute in which the user is asked,
# and of another one. What a dispute is made of, and everybody may read:
SHARED = {
    "account.dispute.cause": "r",
    "account.dispute.department": "r",
    "account.dispute.evidence.type": "r",
    "account.dispute.reason": "r",
    "account.dispute.stage": "r",
}
ASKED = SHARED | {
    "account.dispute": "r",
    "account.dispute.evidence": "rw",
    "account.dispute.task": "rwc",
}


@tagged("post_install", "-at_install")
class TestColleagueRights(PublicMethodsCommon):
    """A logistics colleague, without accounting rights, who is asked in one dispute (S1.23)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.make_user("colleague", "base.group_user")
        own = cls.records[cls.company]
        own["account.dispute.task"] = cls.env["account.dispute.task"].create(
            {
                "dispute_id": own["account.dispute"].id,
                "name": "Was it complete?",
                "user_id": cls.colleague.id,
            }
        )

    def as_colleague(self, record):
        record.invalidate_recordset()
        companies = self.colleague.company_ids.ids
        return record.with_user(self.colleague).with_context(allowed_company_ids=companies)

    def check(self, company, matrix):
        for name in MATRIX:
            record = self.as_colleague(self.records[company].get(name, self.env[name]))
            record = record.browse() if record._transient else record
            allowed = "".join(
                letter for letter, operation in OPERATIONS.items() if record.has_access(operation)
            )
            self.assertEqual(allowed, matrix.get(name, ""), name)

    def test_the_dispute_in_which_the_colleague_is_asked(self):
        self.check(self.company, ASKED)

    def test_a_dispute_in_which_nobody_asked_the_colleague(self):
        self.check(self.branch, SHARED)

    def test_nothing_of_another_company(self):
        self.check(self.other_company, SHARED)

    def test_who_is_not_asked_may_call_nothing(self):
        """Every public method of the models of disputes, on a dispute of others."""
        records = self.records[self.branch]
        called = 0
        for name, method_name, method in self._our_methods():
            if not name.startswith("account.dispute"):
                continue
            with self.subTest(model=name, method=method_name):
                record = self.as_colleague(records.get(name, self.env[name]))
                with self.assertRaises(AccessError):
                    self._call(record, method_name, method)
                called += 1
        self.assertGreater(called, 20, f"the public methods of {ADDON}")

    def test_who_is_asked_decides_nothing(self):
        """Reading a dispute is no right to work on it."""
        dispute = self.as_colleague(self.records[self.company]["account.dispute"])
        for method in (
            *("action_open", "action_investigate", "action_dismiss", "action_add_commitment"),
            *("write", "unlink"),
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(dispute, method)(*([{}] if method == "write" else []))
        for name in ("account.dispute.guide.step", "account.dispute.improvement"):
            for method in ("action_done", "action_view_disputes"):
                record = self.as_colleague(self.records[self.company][name])
                if hasattr(record, method):
                    with self.assertRaises(AccessError):
                        getattr(record, method)()
