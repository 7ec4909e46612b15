from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY
from .common_penalty import PenaltyCommon


@tagged("post_install", "-at_install")
class TestPenaltyAccess(PenaltyCommon):
    """Who may do what with the ledger: everybody reads, nobody writes, a collector waives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_overdue_invoice(30)
        cls.penalty = cls.accrue(cls.invoice)
        cls.event = cls.penalty._add_event("claim", TODAY, 9.99, 40)
        cls.readers = (cls.auditor, cls.assistant, cls.collector, cls.manager, cls.invoicing)

    def test_everybody_who_collects_or_invoices_reads(self):
        for user in self.readers:
            with self.subTest(user=user.name):
                penalty = self.penalty.with_user(user)
                self.assertEqual(penalty.accrued, 49.99)
                self.assertEqual(penalty.event_ids.interest, 9.99)

    def test_a_customer_and_a_plain_employee_see_nothing(self):
        employee = self.make_user("employee", "base.group_user")
        for user in (self.portal, employee):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.penalty.with_user(user).read(["accrued"])
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.event.with_user(user).read(["interest"])

    def test_nobody_writes_the_ledger_nor_its_events(self):
        """A manager by a remote call neither: the sums follow from the events."""
        for user in (*self.readers, self.env.user):
            for records, values in (
                (self.penalty.with_user(user), {"accrued": 0}),
                (self.event.with_user(user), {"interest": 0}),
            ):
                with self.subTest(user=user.name, model=records._name):
                    with self.assertRaises(AccessError):
                        records.check_access("write")
                    with self.assertRaises(AccessError):
                        records.check_access("unlink")
                    with self.assertRaises(AccessError):
                        records.create(values | {"currency_id": self.penalty.currency_id.id})

    def test_another_company_is_not_seen(self):
        stranger = self.make_user(
            "stranger",
            "account_dispute_dunning.group_manager",
            company_id=self.branch.id,
            company_ids=[(6, 0, self.branch.ids)],
        )
        as_stranger = self.env(user=stranger, context={})
        self.assertFalse(as_stranger["account.penalty"].search([]))
        for record, name in ((self.penalty, "accrued"), (self.event, "interest")):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_env(as_stranger).read([name])

    def test_who_may_only_look_computes_nothing(self):
        with self.assertRaisesRegex(AccessError, "only who collects"):
            self.penalty.with_user(self.auditor).action_refresh()
        for user in (self.assistant, self.invoicing, self.collector):
            self.penalty.with_user(user).action_refresh()

    def test_public_methods_check_who_calls(self):
        for name in ("action_refresh", "action_waive", "action_reinstate"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(self.penalty.with_user(self.portal), name)()

    def test_only_a_collector_waives(self):
        for user in (self.auditor, self.assistant, self.invoicing):
            penalty = self.penalty.with_user(user)
            with self.subTest(user=user.name):
                with self.assertRaises(AccessError):
                    penalty.action_waive()
                with self.assertRaises(AccessError):
                    penalty._waive(TODAY, {penalty: (1, 0)}, "Please")
        self.assertFalse(self.penalty.waived)

    def test_fields_of_invoices_and_customers_are_for_their_readers(self):
        employee = self.make_user("employee", "base.group_user", "account.group_account_readonly")
        with self.assertRaises(AccessError):
            self.customer.with_user(employee).read(["insolvency_date"])
        with self.assertRaises(AccessError):
            self.invoice.with_user(employee).read(["penalty_rate"])
        self.customer.with_user(self.collector).insolvency_date = TODAY
        self.invoice.with_user(self.invoicing).penalty_rate = 15
