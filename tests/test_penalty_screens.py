from datetime import date

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import TODAY, days_ago
from .common_penalty import PenaltyCommon


@tagged("post_install", "-at_install")
class TestPenaltyScreens(PenaltyCommon):
    """What a user sees of penalties, and may do about them."""

    def get_action(self, name):
        return self.env["ir.actions.act_window"]._for_xml_id(f"account_dispute_dunning.{name}")

    # === The ledger ===#

    def test_the_working_is_readable(self):
        """S4.24: each segment is a sum for a pocket calculator, each payment in its place."""
        invoice = self.make_invoice(amount=10000, due=date(2026, 5, 1))
        self.pay(invoice, 4000, on_date=date(2026, 5, 31))
        shown = " ".join(self.accrue(invoice).working_html.split())
        interest = 10000 * 0.1215 * 30 / 365 + 6000 * 0.1215 * 30 / 365
        for expected in ("12.15", f"{interest:.4f}", f"{interest:.2f}", "payment of"):
            self.assertIn(expected, shown)
        self.assertLess(shown.index("10,000.00"), shown.index("payment of"))
        self.assertLess(shown.index("payment of"), shown.rindex("6,000.00"))
        self.assertIn("European Central Bank", shown)

    def test_a_penalty_without_working_shows_none(self):
        """A rate that is missing: the form says so, and its manager adds it."""
        regime = self.env["account.penalty.regime"].search([("code", "=", "at")])
        penalty = self.accrue(self.make_overdue_invoice(30, penalty_regime_id=regime.id))
        self.assertFalse(penalty.working_html)
        self.assertEqual(penalty.problem_code, "rate_missing")
        with self.assertRaises(AccessError):
            penalty.with_user(self.collector).action_add_rate()
        action = penalty.with_user(self.manager).action_add_rate()
        dialogue = Form(
            self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        )
        self.assertEqual(dialogue.series_id.code, "at_base")

    def test_what_a_collector_may_do(self):
        """Claimed by hand once; then waived, reinstated: each button says when."""
        penalty = self.accrue(self.make_overdue_invoice(30)).with_user(self.collector)
        self.assertRecordValues(
            penalty, [{"can_claim": True, "can_waive": True, "can_reinstate": False}]
        )
        self.assertFalse(penalty.obstacle)
        penalty.action_claim()
        self.assertEqual((penalty.state, penalty.claimed), ("claimed", 49.99))
        penalty.action_claim()
        self.assertEqual(penalty.claimed, 49.99, "claimed once")
        penalty._waive(TODAY, {penalty: (9.99, 40.0)}, "First late payment")
        penalty.invalidate_recordset()
        self.assertRecordValues(
            penalty, [{"can_claim": False, "can_waive": False, "can_reinstate": True}]
        )

    def test_what_may_not_be_claimed_says_why(self):
        """Below the smallest claim: the form says it, and the button refuses in the same words."""
        self.company.penalty_min_claim = 100
        penalty = self.accrue(self.make_overdue_invoice(30)).with_user(self.collector)
        self.assertFalse(penalty.can_claim)
        self.assertIn("smallest claim", penalty.obstacle)
        with self.assertRaisesRegex(UserError, "smallest claim"):
            penalty.action_claim()

    def test_who_may_claim(self):
        penalty = self.accrue(self.make_overdue_invoice(30))
        for user in (self.auditor, self.assistant, self.invoicing, self.portal):
            with self.assertRaises(AccessError):
                penalty.with_user(user).action_claim()
        for user in (self.auditor, self.assistant, self.invoicing):
            self.assertTrue(penalty.with_user(user).working_html)

    def test_filters_and_groups(self):
        """Every filter and every group of the search view works."""
        self.accrue(self.make_overdue_invoice(30))
        penalties = self.penalties.with_user(self.auditor)
        view = self.env.ref("account_dispute_dunning.account_penalty_view_search")
        found = {}
        for node in etree.fromstring(view.arch).iter("filter"):
            if node.get("domain"):
                found[node.get("name")] = penalties.search_count(safe_eval(node.get("domain")))
            elif node.get("context"):
                group = safe_eval(node.get("context"))["group_by"]
                self.assertTrue(penalties._read_group([], [group], ["accrued:sum_currency"]))
        self.assertTrue(found["accruing"] and found["open"] and found["not_paid"])
        self.assertFalse(found["waived"] or found["collected"])

    def test_paid_late_and_never_claimed(self):
        """It is still claimable once the principal is paid."""
        invoice = self.make_overdue_invoice(30)
        penalty = self.accrue(invoice)
        domain = self.get_filter("still_to_claim")
        self.assertNotIn(penalty, self.penalties.search(domain))
        self.pay(invoice, on_date=days_ago(5))
        self.refresh()
        self.assertIn(penalty, self.penalties.search(domain))
        penalty.with_user(self.collector).action_claim()
        self.assertNotIn(penalty, self.penalties.search(domain))

    def get_filter(self, name):
        view = self.env.ref("account_dispute_dunning.account_penalty_view_search")
        (node,) = etree.fromstring(view.arch).xpath(f"//filter[@name='{name}']")
        return safe_eval(node.get("domain"))

    # === Invoice and customer ===#

    def test_the_invoice_and_the_customer_lead_to_it(self):
        first, second = self.make_overdue_invoice(30), self.make_overdue_invoice(60)
        penalties = self.accrue(first | second)
        self.assertEqual(first.with_user(self.invoicing).penalty_accrued, 49.99)
        self.assertEqual(
            first.action_view_penalties()["res_id"],
            penalties.filtered(lambda penalty: penalty.move_id == first).id,
        )
        customer = self.customer.with_user(self.auditor)
        self.assertEqual(customer.penalty_count, 2)
        self.assertAlmostEqual(customer.penalty_open, sum(penalties.mapped("open_amount")))
        action = customer.action_view_penalties()
        self.assertEqual(self.penalties.search(action["domain"]), penalties.sorted())

    def test_an_agreed_rate_below_the_legal_minimum(self):
        """L441-10 II: never below three times the legal rate, 7.86 % in this half-year."""
        with Form(self.customer.with_user(self.collector)) as form:
            form.penalty_rate = 5
            self.assertIn("7.86", form.penalty_rate_warning)
            form.penalty_rate = 12
            self.assertFalse(form.penalty_rate_warning)
        invoice = self.make_invoice()
        invoice.penalty_rate = 5
        self.assertIn("7.86", invoice.with_user(self.invoicing).penalty_rate_warning)

    def test_a_consumer_can_t_agree_on_a_rate(self):
        person = self.make_customer("Jeanne Lambert", is_company=False, penalty_rate=5)
        self.assertIn("allows no agreed rate", person.penalty_rate_warning)

    # === Settings ===#

    def make_example(self, **values):
        """The worked example of the settings, as a user types it."""
        form = Form(self.env["res.config.settings"].sudo())
        values = {
            "penalty_example_amount": 10000,
            "penalty_example_due": date(2026, 5, 1),
            "penalty_example_part": 0,
            "penalty_example_paid_on": date(2026, 9, 1),
        } | values
        for name, value in values.items():
            form[name] = value
        return form.penalty_example_html

    def test_the_example_recomputes_as_one_types(self):
        """legal.md FR04, FR09, FR15b: the engine that counts the penalties counts the example."""
        self.assertIn("413.75", self.make_example())
        agreed = self.make_example(
            penalty_example_amount=15000,
            penalty_example_rate=15,
            penalty_example_due=date(2026, 3, 31),
            penalty_example_paid_on=date(2026, 4, 30),
        )
        self.assertIn("184.93", agreed)
        part = {
            "penalty_example_paid_on": date(2026, 9, 3),
            "penalty_example_part_date": date(2026, 7, 1),
            "penalty_example_part": 4000,
        }
        self.assertIn("333.58", self.make_example(**part))
        interest_first = self.make_example(**part, penalty_allocation="interest_first")
        self.assertIn("203.12", interest_first)

    def test_an_example_that_can_t_be(self):
        """It says what to do: a rate that is missing, an amount that is none."""
        self.assertIn("2027-S1", self.make_example(penalty_example_paid_on=date(2027, 2, 1)))
        self.assertIn("more than zero", self.make_example(penalty_example_amount=0))

    def test_the_example_is_not_saved(self):
        settings = (
            self.env["res.config.settings"]
            .sudo()
            .create({"penalty_example_amount": 1, "penalty_min_claim": 15})
        )
        settings.execute()
        self.assertEqual(self.company.penalty_min_claim, 15)
        self.assertEqual(self.env["res.config.settings"].sudo().new().penalty_example_amount, 10000)

    # === Menus ===#

    def test_menus_by_role(self):
        """Legal texts are for those who edit them; none of it is for who has no role here."""

        def sees(user, name):
            menu = self.env.ref(f"account_dispute_dunning.{name}")
            return menu.id in self.env["ir.ui.menu"].with_user(user).load_menus(False)

        for user in (self.auditor, self.assistant, self.collector, self.manager):
            for name in ("menu_penalties", "menu_penalties_analysis", "menu_penalty_regimes"):
                self.assertTrue(sees(user, name), name)
            self.assertEqual(sees(user, "menu_legal_texts"), user == self.manager)
        self.assertFalse(sees(self.invoicing, "menu_penalties"), "no role in Collections")
