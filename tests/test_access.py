import base64
import inspect

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import TODAY, CollectionsCommon

ADDON = "account_dispute_dunning"
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
ROLES = ("auditor", "assistant", "collector", "manager", "invoicing", "portal")

# What each role may do with each of our models, in the order of ROLES.
READ_ONLY = ("r", "r", "r", "r", "r", "")
RULES = ("r", "r", "r", "rwcd", "r", "")
DIALOGUE = ("", "", "rwc", "rwc", "", "")
DIALOGUE_ROWS = ("", "", "rwcd", "rwcd", "", "")
IMPORT = ("r", "r", "rwcd", "rwcd", "", "")
PREPARED = ("r", "rwcd", "rwcd", "rwcd", "r", "")
DECIDED = ("r", "r", "rwcd", "rwcd", "r", "")
KEPT = ("r", "rwc", "rwc", "rwcd", "", "")
MATRIX = {
    "account.customer.score.override": ("r", "r", "rwc", "rwcd", "", ""),
    "account.customer.signal": ("r", "rw", "rw", "rw", "", ""),
    "account.dispute": ("r", "rwc", "rwc", "rwcd", "r", ""),
    "account.dispute.cause": RULES,
    "account.dispute.cycle": READ_ONLY,
    "account.dispute.department": RULES,
    "account.dispute.einvoice.code": RULES,
    "account.dispute.escalation": READ_ONLY,
    "account.dispute.evidence": PREPARED,
    "account.dispute.evidence.type": RULES,
    "account.dispute.exchange": ("r", "rc", "rc", "rc", "r", ""),
    "account.dispute.guide.step": PREPARED,
    "account.dispute.improvement": KEPT,
    "account.dispute.item": PREPARED,
    "account.dispute.letter": RULES,
    "account.dispute.line": PREPARED,
    "account.dispute.open": DIALOGUE,
    "account.dispute.open.item": DIALOGUE_ROWS,
    "account.dispute.open.line": DIALOGUE_ROWS,
    "account.dispute.reason": RULES,
    "account.dispute.reason.task": RULES,
    "account.dispute.resolution": DECIDED,
    "account.dispute.resolution.instalment": DECIDED,
    "account.dispute.resolution.line": DECIDED,
    "account.dispute.stage": RULES,
    "account.dispute.task": PREPARED,
    "account.dispute.third.party": PREPARED,
    "account.dispute.wait": DIALOGUE,
    "account.dispute.write": DIALOGUE,
    "account.dunning.veto": KEPT,
    "account.dunning.decision": READ_ONLY,
    "account.dunning.notice": ("r", "rw", "rw", "rwd", "", ""),
    "account.dunning.coverage": ("r", "r", "r", "r", "", ""),
    "account.dunning.notice.call": ("", "rwc", "rwc", "rwc", "", ""),
    "account.dunning.notice.cancel": DIALOGUE,
    "account.dunning.notice.override": DIALOGUE,
    "account.dunning.notice.postpone": DIALOGUE,
    "account.dunning.notice.line": ("r", "r", "r", "r", "", ""),
    "account.dunning.effect": ("r", "r", "r", "r", "", ""),
    "account.dunning.rule": RULES,
    "account.dunning.run": ("r", "r", "r", "r", "", ""),
    "account.dunning.scenario": RULES,
    "account.dunning.scenario.activate": ("", "", "", "rwc", "", ""),
    "account.dunning.scenario.simulate": DIALOGUE,
    "account.dunning.scenario.simulate.line": ("", "", "r", "r", "", ""),
    "account.dunning.scenario.simulate.row": ("", "", "r", "r", "", ""),
    "account.dunning.scenario.step": RULES,
    "account.dunning.treatment": ("r", "r", "rwc", "rwcd", "", ""),
    "account.dunning.why": READ_ONLY,
    "account.receivable": READ_ONLY,
    "account.receivable.forecast": READ_ONLY,
    "account.receivable.export": ("rc", "rc", "rc", "rc", "rc", ""),
    "account.receivable.import": IMPORT,
    "account.receivable.import.column": IMPORT,
    "account.receivable.import.line": IMPORT,
}


class AccessCommon(CollectionsCommon):
    """One record of each of our models, and of those that we extend, in each company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setup_other_company_data()
        # The portal user is a contact of the very customer: it may read its own invoices.
        cls.portal.partner_id.parent_id = cls.customer
        cls.records = {
            company: cls._make_records(company)
            for company in (cls.company, cls.branch, cls.other_company)
        }

    @classmethod
    def _make_records(cls, company):
        """``{model name: record}``, all of one company."""
        customer = cls.customer.with_company(company)
        customer.property_account_receivable_id = cls.env["account.account"].search(
            [
                *cls.env["account.account"]._check_company_domain(company),
                ("account_type", "=", "asset_receivable"),
            ],
            limit=1,
        )
        scenario = cls.make_scenario(1, company_id=company.id)
        company.dunning_scenario_id = scenario
        invoice = cls.make_overdue_invoice(40, company=company, partner=customer)
        dispute = cls.contest(invoice, 100)
        run = cls.run_dunning(company=company)
        notice = run.notice_ids[0]
        load = cls.env["account.receivable.import"].with_company(company)
        load = load.create({"name": "ledger.csv", "file": base64.b64encode(b"Customer;Amount")})
        part = {"import_id": load.id}
        contested = {"move_line_ids": invoice._get_receivable_lines().ids, "amount": 10}
        dialogue = cls.env["account.dispute.open"].create(contested | {"reason_id": cls.reason.id})
        records = (
            cls.reason,
            dispute,
            dispute.line_ids,
            dispute.stage_id,
            run,
            notice,
            notice.line_ids[0],
            scenario,
            scenario.step_ids,
            load,
            cls.env["account.receivable.import.column"].create(part | {"name": "Customer"}),
            cls.env["account.receivable.import.line"].create(part | {"state": "ready"}),
            cls.get_receivables(invoice),
            cls.get_decisions(invoice),
            dialogue,
            *cls._make_dialogue_rows(dialogue, invoice),
            cls.env["account.dunning.notice.cancel"].create(
                {"notice_ids": notice.ids, "reason": "Paid by phone"}
            ),
            cls.env["account.dunning.notice.postpone"].create(
                {"notice_ids": notice.ids, "date": TODAY, "reason": "Back on Monday"}
            ),
            *cls._make_call_and_formal_records(notice),
            invoice,
            invoice.line_ids[0],
            customer,
            company,
            cls.env["mail.mail"].sudo().create({"subject": "In the queue"}),
            cls.env["account.move.send.wizard"].create({"move_id": invoice.id}),
            *cls._make_dispute_records(dispute),
            cls._make_effect(company, customer.property_account_receivable_id),
            cls._make_forecast(invoice),
        )
        return {record._name: record for record in records}

    @classmethod
    def _make_effect(cls, company, account):
        """That of a reminder that was sent."""
        customer = cls.make_customer("Reminded").with_company(company)
        customer.property_account_receivable_id = account
        invoice = cls.make_overdue_invoice(40, company=company, partner=customer)
        cls.run_dunning(company=company).notice_ids._transition("sent")
        cls.env.flush_all()
        return cls.env["account.dunning.effect"].search([("move_id", "=", invoice.id)])

    @classmethod
    def _make_forecast(cls, invoice):
        days = dict.fromkeys(("date", "expected_date", "date_low", "date_high"), TODAY)
        line = invoice._get_receivable_lines()
        values = {"move_line_id": line.id, "company_id": invoice.company_id.id}
        return cls.env["account.receivable.forecast"].sudo().create(values | days)

    @classmethod
    def _make_call_and_formal_records(cls, notice):
        part = {"notice_id": notice.id}
        coverage = cls.env["account.dunning.coverage"]
        return (
            cls.env["account.dunning.notice.call"].create(part | {"outcome": "no_answer"}),
            cls.env["account.dunning.notice.override"].create(part | {"reason": "They agreed"}),
            coverage.search([("company_id", "=", notice.company_id.id)], limit=1),
        )

    @classmethod
    def _make_dialogue_rows(cls, dialogue, invoice):
        part = {"wizard_id": dialogue.id}
        item = {"move_line_id": invoice.invoice_line_ids.id}
        line = {"move_line_id": invoice._get_receivable_lines().id}
        return (
            cls.env["account.dispute.open.item"].create(part | item),
            cls.env["account.dispute.open.line"].create(part | line),
        )

    @classmethod
    def _make_dispute_records(cls, dispute):
        """What belongs to an open dispute, and the rules behind it."""
        part = {"dispute_id": dispute.id}
        customer = {"partner_id": dispute.partner_id.id}
        resolution = cls.env["account.dispute.resolution"].create(
            part
            | {
                "line_ids": [Command.create({"dispute_line_id": dispute.line_ids.id})],
                "instalment_ids": [Command.create({"date": TODAY, "amount": 1})],
            }
        )
        template = cls.env["mail.template"].create(
            {"name": "Proposal", "model_id": cls.env["ir.model"]._get_id("account.dispute")}
        )
        department = dispute.reason_id.department_id
        created = {
            "account.dispute.escalation": part
            | {"cycle": 1, "kind": "task", "date": TODAY, "reason": "Late"},
            "account.dispute.exchange": part,
            "account.dispute.item": part
            | {"name": "Box", "move_id": dispute.move_ids.id, "kind": "tax", "price_unit": 1},
            "account.dispute.letter": {
                "name": "Proposal",
                "kind": "proposal",
                "template_id": template.id,
            },
            "account.dispute.resolution.instalment": {
                "resolution_id": resolution.id,
                "date": TODAY,
                "amount": 10,
            },
            "account.dispute.third.party": part | customer,
            "account.dispute.wait": {"dispute_ids": dispute.ids, "awaited": "A photo"},
            "account.dispute.write": part | {"kind": "other", "subject": "Box", "body": "Hello"},
            "account.dispute.improvement": {
                "name": "Check prices",
                "cause_id": dispute.origin_id.id,
                "company_id": dispute.company_id.id,
            },
            **cls._make_scenario_values(dispute.company_id, customer),
            "account.dunning.veto": customer
            | {"reason": "Talks", "date_end": TODAY, "company_id": dispute.company_id.id},
        }
        return (
            *(cls.env[model].sudo().create(values) for model, values in created.items()),
            resolution,
            resolution.line_ids,
            resolution.instalment_ids,
            department,
            dispute.origin_id,
            dispute.cycle_ids,
            dispute.task_ids[0],
            dispute.task_ids.template_id[0],
            dispute.evidence_ids[0],
            dispute.evidence_ids.type_id[0],
            dispute.guide_step_ids[0],
            dispute.reason_id.einvoice_code_ids[0],
        )

    @classmethod
    def _make_scenario_values(cls, company, customer):
        """What gives a customer another scenario."""
        scenario = {"scenario_id": company.dunning_scenario_id.id}
        ours = {"company_id": company.id}
        return {
            "account.dunning.rule": scenario | ours | {"name": "All"},
            "account.dunning.scenario.activate": scenario,
            "account.dunning.scenario.simulate": scenario | ours,
            "account.dunning.treatment": scenario | ours | customer | {"reason": "Talks"},
            "account.customer.score.override": ours
            | customer
            | {"score_class": "B", "reason": "Talks", "date_end": TODAY},
            "account.customer.signal": ours
            | customer
            | {"kind": "cold", "key": "1", "date": TODAY},
        }


@tagged("post_install", "-at_install")
class TestAccessRights(AccessCommon):
    """Who may do what (security/ir.model.access.csv), to records of which company (the rules)."""

    def test_every_model_is_in_the_matrix(self):
        ours = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == ADDON and not model._abstract
        }
        self.assertEqual(set(MATRIX), ours)

    def test_roles_in_their_company(self):
        for role in ROLES:
            self._check_role(role, self.company)

    def test_roles_in_their_branch(self):
        for role in ROLES:
            self._check_role(role, self.branch)

    def test_nothing_of_another_company(self):
        for role in ROLES:
            for name in MATRIX:
                record = self.records[self.other_company].get(name, self.env[name])
                if not record._transient and "company_id" in record._fields:
                    self.assertEqual(self._allowed(role, record), "", f"{role}: {name}")

    def test_branch_reads_the_rules_of_its_company_and_not_its_receivables(self):
        """Configuration is shared down to branches; transactions belong to one company."""
        at_branch = self.manager.with_context(allowed_company_ids=self.branch.ids)
        records = self.records[self.company]
        for name in (
            "account.dunning.rule",
            "account.dunning.scenario",
            "account.dunning.scenario.step",
        ):
            self.assertTrue(self._as(at_branch, records[name]).has_access("read"), name)
        for name in ("account.receivable", "account.dispute", "account.dunning.notice"):
            self.assertFalse(self._as(at_branch, records[name]).has_access("read"), name)

    def _check_role(self, role, company):
        for name, allowed in MATRIX.items():
            record = self.records[company].get(name, self.env[name])
            self.assertEqual(
                self._allowed(role, record), allowed[ROLES.index(role)], f"{role}: {name}"
            )

    def _allowed(self, role, record):
        """The letters of what this role may do with a record, in all its companies."""
        user = getattr(self, role)
        user = user.with_context(allowed_company_ids=user.company_ids.ids)
        record = self._as(user, record)
        if record._transient:
            record = record.browse()
        return "".join(
            letter for letter, operation in OPERATIONS.items() if record.has_access(operation)
        )

    def _as(self, user, record):
        record.invalidate_recordset()
        return record.with_env(user.env(user=user.id))


class PublicMethodsCommon(AccessCommon):
    """Every method without underscore can be called by anybody who can log in (design, rule 11)."""

    def _our_methods(self):
        """``(model name, method name, method)`` of each public method that we define.

        Without those of Odoo's dialogues that we extend: they begin with Odoo's own checks; and
        without `default_get`, by which everybody may ask for what a new record would be.
        """
        records = self.records[self.company]
        for name, model in self.env.registry.items():
            if model._original_module != ADDON and name not in records:
                continue
            for class_ in model.mro():
                if not class_.__module__.startswith(f"odoo.addons.{ADDON}."):
                    continue
                for method_name, method in vars(class_).items():
                    if method_name.startswith("_") or method_name == "default_get":
                        continue
                    if inspect.isfunction(method):
                        yield name, method_name, method

    def _required_arguments(self, method):
        parameters = list(inspect.signature(method).parameters.values())[1:]
        required = [part.name for part in parameters if part.default is inspect.Parameter.empty]
        examples = {"vals_list": [{}], "vals": {}}
        return [examples[name] for name in required]

    def _call(self, record, method_name, method):
        """Call a public method as a remote client would."""
        arguments = [] if getattr(method, "_api_model", False) else [record.ids]
        arguments += self._required_arguments(method)
        return call_kw(record.browse(), method_name, arguments, {})


@tagged("post_install", "-at_install")
class TestPublicMethods(PublicMethodsCommon):
    def test_public_methods_have_the_names_of_endpoints(self):
        """What is public is an action, the read API of a page, or Odoo's own method."""
        for name, method_name, _method in self._our_methods():
            if not method_name.startswith(("action_", "get_")):
                inherited = getattr(self.env.registry[name], method_name)
                self.assertIn(
                    method_name,
                    ("create", "write", "unlink", "copy_data", "send"),
                    f"{name}: {inherited}",
                )

    def test_a_customer_may_call_none(self):
        """A portal user is refused, even on its own invoice and its own company's contact."""
        records = self.records[self.company]
        for name, method_name, method in self._our_methods():
            with self.subTest(model=name, method=method_name):
                record = records.get(name, self.env[name])
                record = record.with_user(self.portal).with_context(allowed_company_ids=[])
                with self.assertRaises(UserError):  # AccessError is one
                    self._call(record, method_name, method)

    def test_an_invoicing_user_without_role_changes_nothing(self):
        """It sees what is contested and decided; collections are for those who have a role."""
        records = self.records[self.company]
        refused = {
            "account.dispute": ("action_open", "action_investigate", "action_dismiss"),
            "account.dunning.notice": (
                *("action_validate", "action_send", "action_done", "action_cancel"),
                *("action_postpone", "action_send_by_letter", "action_received"),
                *("action_not_received", "action_print", "action_verify"),
            ),
            "account.dunning.run": ("action_run", "action_dry_run", "action_view_notices"),
            "account.dispute.open": ("action_confirm",),
            "account.dunning.notice.cancel": ("action_confirm",),
        }
        for name, methods in refused.items():
            for method in methods:
                with self.subTest(model=name, method=method), self.assertRaises(AccessError):
                    getattr(records[name].with_user(self.invoicing), method)()
        invoice = records["account.move"].with_user(self.invoicing)
        self.assertEqual(invoice.contested_amount, 100)
        self.assertEqual(invoice.action_view_disputes()["res_id"], records["account.dispute"].id)
