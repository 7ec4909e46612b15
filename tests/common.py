from datetime import date, datetime, time, timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

# Every test lives on this day unless it says otherwise.
TODAY = date(2026, 6, 30)
# Of every customer: a letter needs one.
ADDRESS = {"street": "1 rue de la Paix", "zip": "34000", "city": "Montpellier"}

# The scenario of the tests: what it shows does not change when a shipped scenario does.
STEPS = (
    {
        "name": "Preventive call",
        "offset_days": -15,
        "channel": "call",
        "subject": "Your next payment",
        "body": "<p>Check that the invoice was received and its payment scheduled.</p>",
    },
    {
        "name": "First reminder",
        "offset_days": 1,
        "level": 1,
        "min_gap_days": 1,
        "is_automatic": True,
        "deadline_days": 8,
        "subject": "Reminder: payment due",
        "body": "<p>We have not yet received your payment of the amounts below.</p>",
    },
    {
        "name": "Firm reminder",
        "offset_days": 21,
        "level": 2,
        "min_gap_days": 14,
        "tone": "firm",
        "subject": "Second reminder: overdue payment",
        "body": "<p>In spite of our previous reminder, your account is still overdue.</p>",
    },
    {
        "name": "Formal notice",
        "offset_days": 35,
        "level": 3,
        "min_gap_days": 10,
        "channel": "letter",
        "tone": "formal",
        "deadline_days": 8,
        "subject": "Formal notice to pay",
        "body": "<p>By this letter we give you formal notice to pay the sum below.</p>",
    },
)


def days_ago(days):
    return TODAY - timedelta(days=days)


class CollectionsCommon(AccountTestInvoicingCommon):
    """A French company with collections set up, one user per role, and short words to make things.

    The clock stands still at noon of `TODAY`. `cls.env` is an accounting and collections manager.
    Amounts are without tax: an invoice of 1000 is a receivable of 1000.

    Companies: `company` (French chart, euro, the scenario of `STEPS`); its branch `branch`;
    and, after `setup_other_company_data()`, a stranger `other_company`. `steps` are those of the
    scenario, by their day: ``steps[21]`` is the firm reminder.
    Users: `auditor`, `assistant`, `collector`, `manager`; `invoicing` (an invoicing user without a
    role in collections); `portal` (a customer).
    """

    @classmethod
    @AccountTestInvoicingCommon.setup_country("fr")
    @AccountTestInvoicingCommon.setup_chart_template("fr")
    def setUpClass(cls):
        cls.startClassPatcher(freeze_time(datetime.combine(TODAY, time(12))))
        super().setUpClass()
        cls.branch = cls._create_company(name="Lyon branch", parent_id=cls.company.id)
        cls.foreign_currency = cls.setup_other_currency("USD", rates=[("1900-01-01", 2.0)])
        cls.scenario = cls.make_scenario(
            *STEPS, name="Four steps", minimum_amount=20, quiet_days=7, minimum_percent=1
        )
        cls.steps = {step.offset_days: step for step in cls.scenario.step_ids}
        cls.company.dunning_scenario_id = cls.scenario
        # A letter takes seconds: tests ask for it where it matters.
        cls.company.dispute_acknowledge = False
        # So is an invoice that was never sent.
        cls.company.dunning_sent_from = False
        cls.reason = cls.env.ref("account_dispute_dunning.dispute_reason_price_difference")
        cls.customer = cls.make_customer("Papeterie du Midi")
        for role in ("auditor", "assistant", "collector", "manager"):
            setattr(cls, role, cls.make_user(role, f"account_dispute_dunning.group_{role}"))
        cls.invoicing = cls.make_user("invoicing", "account.group_account_invoice")
        cls.portal = cls.make_user("portal", "base.group_portal")

    @classmethod
    def setup_independent_company(cls, **kwargs):
        """A French company without entries: loading a chart takes seconds, so one that is there."""
        companies = cls.env["res.company"].sudo().search([("chart_template", "=", "fr")])
        unused = companies.filtered(
            lambda company: not company.parent_id and not company._existing_accounting()
        )
        return unused[:1] or super().setup_independent_company(**kwargs)

    @classmethod
    def setup_other_company_data(cls):
        """Create `other_company`, a company of its own with a French chart (takes seconds)."""
        cls.other_company = cls.setup_other_company(name="Ateliers voisins")["company"]
        cls.other_company.dunning_scenario_id = cls.scenario

    # === Make ===#

    @classmethod
    def make_user(cls, login, *groups, **values):
        """A user of `company` and of its branch; login and password are ``collections_<login>``."""
        values = {
            "company_id": cls.company.id,
            "company_ids": [Command.set((cls.company | cls.branch).ids)],
        } | values
        return new_test_user(
            cls.env,
            login=f"collections_{login}",
            name=login.capitalize(),
            password=f"collections_{login}",
            groups=",".join(groups),
            **values,
        )

    @classmethod
    def make_customer(cls, name, **values):
        email = f"{name.lower().replace(' ', '.')}@example.com"
        return cls.env["res.partner"].create(
            {"name": name, "email": email, "is_company": True, "lang": "en_US"} | ADDRESS | values
        )

    @classmethod
    def make_invoice(cls, partner=None, amount=1000.0, due=TODAY, company=None, **values):
        """A posted customer invoice, dated 30 days before it is due; a credit note if negative.

        :param amount: without tax, in the currency of the invoice (euro unless `currency_id`).
        :param values: of `account.move`; with `invoice_payment_term_id`, its terms set the due
            dates, and the invoice is dated `due`.
        """
        terms = "invoice_payment_term_id" in values
        line = {"name": "Work done", "price_unit": abs(amount), "tax_ids": [Command.clear()]}
        invoice = (
            cls.env["account.move"]
            .with_company(company or cls.company)
            .create(
                {
                    "move_type": "out_refund" if amount < 0 else "out_invoice",
                    "partner_id": (partner or cls.customer).id,
                    "invoice_date": due if terms else due - timedelta(days=30),
                    "invoice_date_due": due,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [Command.create(line)],
                }
                | values
            )
        )
        invoice.action_post()
        return invoice

    @classmethod
    def make_overdue_invoice(cls, days=30, **values):
        """An invoice that became due so many days before `TODAY`."""
        return cls.make_invoice(due=days_ago(days), **values)

    @classmethod
    def make_scenario(cls, *steps, **values):
        """A scenario without minimum nor quiet days; each step is a dict or an offset in days."""
        steps = [step if isinstance(step, dict) else {"offset_days": step} for step in steps]
        return cls.env["account.dunning.scenario"].create(
            {
                "name": "Test scenario",
                "state": "active",
                "quiet_days": 0,
                "minimum_percent": 0,
                "working_days_only": False,
                "send_from": 0,
                "send_until": 24,
                "step_ids": [
                    Command.create({"name": f"Step {step['offset_days']}"} | step) for step in steps
                ],
            }
            | values
        )

    # === Act ===#

    @classmethod
    def pay(cls, invoices, amount=None, on_date=TODAY, **values):
        """Register a payment, of all that is open unless `amount`; returns it."""
        if amount is not None:
            values |= {"amount": amount, "payment_difference_handling": "open"}
        return cls._register_payment(invoices, payment_date=on_date, **values)

    @classmethod
    def contest(cls, invoices, amount=None, reason=None, on_date=TODAY):
        """An open dispute about `amount` of these invoices, all that is open unless given."""
        lines = invoices._get_receivable_lines()
        if amount is None:
            amount = sum(lines.mapped("amount_residual_currency"))
        disputes = cls.env["account.dispute"].with_company(invoices.company_id)
        dispute = disputes.create(
            {
                "partner_id": invoices.commercial_partner_id.id,
                "company_id": invoices.company_id.id,
                "reason_id": (reason or cls.reason).id,
                "line_ids": disputes._prepare_from_amounts(lines, amount),
            }
        )
        dispute._check_transition("open")
        dispute._action_open(on_date)
        return dispute

    @classmethod
    def complete(cls, dispute):
        """Fill in what an open dispute lacks to be investigated: words and evidence (S0.11)."""
        dispute.description = dispute.description or "Not what we agreed."
        missing = dispute.evidence_ids.filtered(lambda row: row.state == "missing")
        missing.write({"is_not_applicable": True, "note": "Agreed by phone"})

    @classmethod
    def close_dispute(cls, dispute, validity="withdrawn", on_date=TODAY, **values):
        """Decide and close an open dispute, past all checks; returns its resolution.

        :param values: of `account.dispute.resolution`, such as `resume_policy` or `grace_days`.
        """
        outcomes = {
            "founded": "credit",
            "partly": "partial_credit",
            "unfounded": "rejection",
            "withdrawn": "withdrawal",
        }
        resolution = cls.env["account.dispute.resolution"].create(
            {
                "dispute_id": dispute.id,
                "outcome": outcomes[validity],
                "validity": validity,
                "resume_policy": "same",
                "grace_days": 0,
            }
            | values
        )
        dispute._action_decide(resolution, on_date)
        dispute._action_close(on_date)
        return resolution

    @classmethod
    def run_dunning(cls, on_date=TODAY, dry=False, company=None):
        """Run the dunning of one company; returns the run."""
        company = company or cls.company
        runs = cls.env["account.dunning.run"].with_company(company)
        return runs._run(company, on_date, dry=dry)

    # === Look ===#

    @classmethod
    def get_receivables(cls, invoices):
        """The open receivables of these invoices, the oldest due date first."""
        return cls.env["account.receivable"].search([("move_id", "in", invoices.ids)])

    @classmethod
    def get_decisions(cls, invoices):
        """The decisions that stand for these invoices."""
        return cls.env["account.dunning.decision"].search(
            [("move_line_id.move_id", "in", invoices.ids), ("is_current", "=", True)]
        )

    def assert_ties_out(self, company=None):
        """The receivables equal the ledger to the cent (design, rule 1)."""
        company = company or self.company
        figures = self.env["account.receivable"]._tie_out(company)[company]
        self.assertEqual(figures["gap"], 0.0, figures)
