import inspect

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common_access import ADDON, AccessCommon

# Odoo's own public methods that we extend.
OF_ODOO = ("create", "write", "unlink", "copy_data", "send", "button_draft", "button_cancel")
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
FORMULA = ("r", "r", "r", "rwcd", "", "")
MANAGER_DIALOGUE = ("", "", "", "rwc", "", "")
MATRIX = {
    "account.customer.score": READ_ONLY,
    "account.customer.score.component": READ_ONLY,
    "account.customer.score.formula": FORMULA,
    "account.customer.score.formula.break": FORMULA,
    "account.customer.score.formula.component": FORMULA,
    "account.customer.score.override": ("r", "r", "rwc", "rwcd", "", ""),
    "account.customer.score.try": MANAGER_DIALOGUE,
    "account.customer.score.try.line": MANAGER_DIALOGUE,
    "account.customer.score.try.row": MANAGER_DIALOGUE,
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
    "account.dunning.scenario.activate": MANAGER_DIALOGUE,
    "account.dunning.scenario.simulate": DIALOGUE,
    "account.dunning.scenario.simulate.line": ("", "", "r", "r", "", ""),
    "account.dunning.scenario.simulate.row": ("", "", "r", "r", "", ""),
    "account.dunning.scenario.step": RULES,
    "account.dunning.treatment": ("r", "r", "rwc", "rwcd", "", ""),
    "account.dunning.why": READ_ONLY,
    "account.legal.text": RULES,
    "account.penalty": READ_ONLY,
    # Who may make an invoice may book penalties.
    "account.penalty.book": ("", "", "rwc", "rwc", "rwc", ""),
    "account.penalty.book.line": ("", "", "rwcd", "rwcd", "rwcd", ""),
    "account.penalty.event": READ_ONLY,
    "account.penalty.preview": MANAGER_DIALOGUE,
    "account.penalty.preview.row": MANAGER_DIALOGUE,
    "account.penalty.preview.total": MANAGER_DIALOGUE,
    "account.penalty.regime": RULES,
    "account.penalty.regime.tier": RULES,
    "account.penalty.simulate": ("rwc", "rwc", "rwc", "rwc", "rwc", ""),
    "account.penalty.tax": READ_ONLY,
    "account.penalty.waive": DIALOGUE,
    "account.receivable": READ_ONLY,
    "account.receivable.forecast": READ_ONLY,
    "account.receivable.export": ("rc", "rc", "rc", "rc", "rc", ""),
    "account.receivable.import": IMPORT,
    "account.receivable.import.column": IMPORT,
    "account.receivable.import.line": IMPORT,
    "account.reference.rate": RULES,
    "account.reference.rate.change": MANAGER_DIALOGUE,
    "account.reference.rate.history": READ_ONLY,
    "account.reference.rate.value": RULES,
}
# Rows without a company of their own: their formula or regime has one.
PARTS_OF_RULES = (
    "account.customer.score.formula.break",
    "account.customer.score.formula.component",
    "account.penalty.regime.tier",
)


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
                has_company = "company_id" in record._fields or name in PARTS_OF_RULES
                if has_company and not record._transient:
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
        # Odoo looks at the rights to write only when there is something to write.
        examples = {"vals_list": [{}], "vals": {"display_name": "Written"}}
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
                self.assertIn(method_name, OF_ODOO, f"{name}: {inherited}")

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
