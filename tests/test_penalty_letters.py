from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import convert_file, html2plaintext

from .common import TODAY, days_ago
from .common_penalty_letters import PenaltyLettersCommon

MODULE = "account_dispute_dunning"


@tagged("post_install", "-at_install")
class TestPenaltyLetters(PenaltyLettersCommon):
    """What letters claim besides the principal: as their step says, frozen, once."""

    # === Which letters ===#

    def test_a_formal_notice_claims_interest_and_indemnity(self):
        """S4.24, S4.26: dated, with the number of indemnities, the rule and the total."""
        invoice = self.make_late_invoice()
        notice = self.prepare()
        self.assertRecordValues(
            notice,
            [
                {
                    "penalty_as_of": TODAY,
                    "penalty_interest": 13.32,
                    "penalty_fee": 40.0,
                    "amount_claimed": 1000.0,
                    "amount_asked": 1053.32,
                }
            ],
        )
        self.assertEqual(notice.line_ids.penalty_id, self.get_penalty(invoice))
        text = self.read_letter(notice)
        for words in (
            "Late-payment interest up to 30 June 2026",
            "13.32",
            "Fixed indemnity for recovery costs: 1 × 40.00",
            "Total with the principal of 1,000.00",
            "We require you to pay 1,053.32",
            "L441-10",
            "12.15",
            "European Central Bank, main refinancing operations, 2.15",
            "+ 10 points",
            "bear no VAT",
        ):
            self.assertIn(words, text.replace("\N{NO-BREAK SPACE}", " "))

    def test_a_courteous_letter_claims_the_invoice_only(self):
        invoice = self.make_late_invoice(10)
        notice = self.prepare()
        self.assertFalse(notice.penalty_as_of)
        self.assertEqual(notice.amount_asked, 1000.0)
        text = self.read_letter(notice)
        self.assertIn("Amount to pay", text)
        for words in ("interest", "ndemnity", "fine"):
            self.assertNotIn(words, text)
        self.post(notice)
        self.assertFalse(self.get_penalty(invoice).filtered("claimed"))

    def test_each_late_invoice_owes_an_indemnity(self):
        """S4.26: two invoices, 2 × 40."""
        self.make_late_invoice()
        self.make_late_invoice(50, amount=2500.0)
        notice = self.prepare()
        self.assertEqual(notice.penalty_fee, 80.0)
        self.assertIn("2 × 40.00", self.read_letter(notice).replace("\N{NO-BREAK SPACE}", " "))

    def test_the_instalments_of_an_invoice_owe_one_indemnity(self):
        """S4.26: whichever of them a letter is about."""
        invoice = self._make_two_instalments()
        first, second = invoice._get_receivable_lines().sorted("date_maturity")
        dues = self.env["account.penalty"]
        dues._refresh(self.company, TODAY, invoice.line_ids.ids)
        due = dues._get_dues(self.company, TODAY, TODAY, second.ids)
        self.assertEqual([each.fee for each in due.values()], [0.0])
        due = dues._get_dues(self.company, TODAY, TODAY, first.ids)
        self.assertEqual([each.fee for each in due.values()], [40.0])
        notice = self.prepare()
        self.assertEqual(notice.line_ids.mapped("penalty_fee"), [40.0, 0.0])

    def _make_two_instalments(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Twice",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 2)
                ],
            }
        )
        return self.make_late_invoice(40, invoice_payment_term_id=terms.id)

    def test_a_softened_letter_claims_no_penalties(self):
        """Its words are those of a softer step, and so is what it shows (S0.3)."""
        self.customer.dunning_tone = "neutral"
        self.make_late_invoice(25)
        notice = self.prepare()
        self.assertTrue(notice.is_softened)
        self.assertFalse(notice.penalty_as_of)

    def test_a_foreign_currency_has_its_indemnity_exchanged(self):
        """40 € at two dollars each."""
        self.make_late_invoice(currency_id=self.foreign_currency.id)
        notice = self.prepare()
        self.assertEqual((notice.penalty_interest, notice.penalty_fee), (13.32, 80.0))
        self.assertIn("40.00 EUR", notice.penalty_rule)

    def test_the_e_mail_says_the_same(self):
        self.steps[35].channel = "email"
        self.make_late_invoice()
        notice = self.prepare()
        html = self.env["ir.qweb"]._render(
            f"{MODULE}.dunning_notice_mail", {"notice": notice}, lang="en_US"
        )
        for words in ("Late-payment interest up to", "1 × ", "1,053.32", "Principal"):
            self.assertIn(words, html)

    def test_in_the_language_of_the_notice(self):
        """Figures and dates as they are written there."""
        self.customer.lang = "fr_FR"
        self.make_late_invoice()
        text = self.read_letter(self.prepare())
        self.assertIn("30 juin 2026", text)
        self.assertRegex(text, r"1\s053,32")
        self.assertRegex(text, r"12,15\s%")

    # === Who owes less ===#

    def test_a_consumer_is_never_asked_for_an_indemnity(self):
        """It is an offence (Code de la consommation L121-21): whatever regime somebody chose."""
        regime = self.env.ref(f"{MODULE}.penalty_regime_fr_private")
        person = self.make_customer("Anne Martin", is_company=False)
        person.penalty_regime_id = regime
        for days in (25, 40):
            self.make_late_invoice(days, partner=person)
        for notice in self.run_dunning().notice_ids:
            self.assertEqual((notice.penalty_fee, notice.fines_text), (0.0, False))
            text = self.read_letter(notice)
            for words in ("ndemnity", "40.00", "L441", "fine"):
                self.assertNotIn(words, text)
            self.post(notice)
        self.assertFalse(self.env["account.penalty.event"].search([("fee", ">", 0)]))

    def test_no_word_asks_a_consumer_for_what_professionals_owe(self):
        """L441-10 is for professionals: the words of a scenario are for both."""
        shipped = self.env.ref(f"{MODULE}.dunning_step_standard_formal_notice")
        self.steps[35].body = shipped.with_context(lang="fr_FR").body
        self.steps[20].body = shipped.with_context(lang="en_US").body
        self.steps[5].body = "<p>Pay, and the fixed indemnity.</p>"
        for days, kept in ((40, "mettons en demeure"), (25, "give you formal notice")):
            self.assertIn("L441-10", self.get_step_body(days))
            text = self.read_body(days, partner=self.make_customer("Anne", is_company=False))
            self.assertIn(kept, text)
            self.assertNotIn("441", text)
            self.assertNotIn("ndemni", text)
        alone = self.read_body(10, partner=self.make_customer("Paul", is_company=False))
        self.assertNotIn("indemnity", alone)
        self.assertIn("fixed indemnity", self.read_body(10))

    def get_step_body(self, days):
        return self.steps[max(offset for offset in self.steps if offset <= days)].body

    def read_body(self, days, **values):
        """The words of the letter about a new invoice."""
        self.make_late_invoice(days, **values)
        return html2plaintext(self.prepare()._get_body())

    def test_nobody_types_a_claim_that_a_consumer_does_not_owe(self):
        self.make_late_invoice(partner=self.make_customer("Anne Martin", is_company=False))
        notice = self.prepare()
        with self.assertRaisesRegex(UserError, "is a consumer"):
            notice.custom_body = "<p>You owe 40 € by article L. 441-10.</p>"
        notice.custom_body = "<p>You owe 1,000 €.</p>"

    def test_what_is_contested_bears_nothing_on_paper(self):
        """Design, rule 7: while the dispute is open, whatever its reason says of the time after."""
        self.reason.penalty_policy = "from_original_due_date"
        self.steps[35].tone = "neutral"  # no formal notice while something is contested
        invoice = self.make_late_invoice()
        self.contest(invoice, 300, on_date=days_ago(20))
        notice = self.prepare()
        self.assertEqual(notice.amount_claimed, 700.0)
        self.assertEqual((notice.penalty_interest, notice.penalty_fee), (9.32, 40.0))

    def test_what_is_contested_whole_is_in_no_letter(self):
        invoice = self.make_late_invoice()
        self.contest(invoice)
        self.assertFalse(self.run_dunning().notice_ids.filtered("penalty_as_of"))

    def test_what_was_unfounded_bears_interest_from_the_due_date(self):
        """S2.34: the resolution says so."""
        invoice = self.make_late_invoice()
        dispute = self.contest(invoice, 300, on_date=days_ago(20))
        self.close_dispute(
            dispute, "unfounded", days_ago(2), penalty_policy="from_original_due_date"
        )
        self.assertEqual(self.prepare().penalty_interest, 13.32)

    def test_what_was_waived_is_not_claimed(self):
        invoice = self.make_late_invoice()
        self.env["account.penalty"]._refresh(self.company, TODAY, invoice.line_ids.ids)
        self._waive(invoice, 0.0, 40.0)
        notice = self.prepare()
        self.assertEqual((notice.penalty_interest, notice.penalty_fee), (13.32, 0.0))
        self.assertNotIn("ndemnity for", self.read_letter(notice))

    def _waive(self, invoice, interest, fee):
        penalty = self.get_penalty(invoice)
        penalty._waive(TODAY, {penalty: (interest, fee)}, "A good customer")

    def test_what_we_have_not_kept_our_word_on_is_not_claimed(self):
        """S2.61: our commitments are kept first."""
        invoice, other = self.make_late_invoice(), self.make_late_invoice()
        self._promise(invoice)
        notice = self.prepare()
        claimed = notice.line_ids.filtered("penalty_id").move_line_id.move_id
        self.assertEqual(claimed, other)
        self.assertEqual(notice.penalty_fee, 40.0)

    def _promise(self, invoice):
        """Something that we promised in a dispute, and have not done on its day."""
        dispute = self.contest(invoice, 100, on_date=days_ago(20))
        self.close_dispute(dispute, "unfounded", days_ago(10))
        self.env["account.dispute.task"].create(
            {
                "dispute_id": dispute.id,
                "name": "Deliver the manual",
                "kind": "commitment",
                "date_deadline": days_ago(1),
            }
        )

    def test_less_than_the_smallest_claim_is_left_out(self):
        self.company.penalty_min_claim = 100.0
        self.make_late_invoice()
        self.assertFalse(self.prepare().penalty_as_of)

    def test_the_smallest_claim_is_for_the_whole_letter(self):
        self.company.penalty_min_claim = 100.0
        self.make_late_invoice()
        self.make_late_invoice()
        notice = self.prepare()
        self.assertEqual(notice.penalty_fee, 80.0)
        self.assertFalse(notice._get_changes(TODAY))

    # === Frozen, and checked again ===#

    def test_what_was_frozen_is_what_is_posted(self):
        """A rate that changes later changes no letter; its PDF is proof (S0.14)."""
        self.make_late_invoice()
        notice = self.prepare()
        self.read_letter(notice)
        self.post(notice)
        self.customer.penalty_rate = 20.0
        self.assertEqual((notice.state, notice.penalty_interest), ("sent", 13.32))
        self.assertTrue(notice._verify())
        with self.assertRaises(UserError):
            notice.sudo().write({"penalty_interest": 1.0})
        with self.assertRaises(UserError):
            notice.line_ids.sudo().write({"penalty_fee": 0.0})

    def test_interest_counts_up_to_the_day_of_the_letter(self):
        """It leaves a week later: what it says is still true."""
        self.make_late_invoice()
        notice = self.prepare()
        later = TODAY + timedelta(days=7)
        self.env["account.penalty"]._refresh(self.company, later)
        self.post(notice, later)
        self.assertEqual((notice.state, notice.penalty_as_of), ("sent", TODAY))
        self.assertEqual(notice.line_ids.penalty_id.claimed, 53.32)

    def test_a_payment_since_cancels_it(self):
        invoice = self.make_late_invoice()
        notice = self.prepare()
        self.pay(invoice, 400)
        self.post(notice)
        self._assert_not_claimed(notice)

    def test_a_waiver_since_cancels_it(self):
        invoice = self.make_late_invoice()
        notice = self.prepare()
        self._waive(invoice, 0.0, 40.0)
        self.post(notice)
        self._assert_not_claimed(notice)
        self.assertIn("the penalties that it claims changed", notice.state_reason)

    def test_a_commitment_that_we_miss_since_cancels_it(self):
        """S2.61."""
        invoice = self.make_late_invoice()
        notice = self.prepare()
        self._promise(invoice)
        self.post(notice)
        self._assert_not_claimed(notice)

    def _assert_not_claimed(self, notice):
        self.assertEqual(notice.state, "cancelled")
        self.assertFalse(notice.line_ids.penalty_id.filtered("claimed"))
        self.assertFalse(self.env["account.penalty.event"].search([("kind", "=", "claim")]))

    # === Claimed once ===#

    def test_two_letters_claim_one_indemnity(self):
        """S4.26: a firm letter, then a formal notice: 40 €, and the interest of the second one."""
        invoice = self.make_late_invoice(20)
        self.post(self.prepare())
        penalty = self.get_penalty(invoice)
        self.assertEqual((penalty.claimed, penalty.claimed_fee), (46.66, 40.0))
        later = TODAY + timedelta(days=20)
        notice = self.prepare(later)
        self.assertEqual((notice.tone, notice.penalty_fee), ("formal", 40.0))
        self.post(notice, later)
        # 20 days at 12.15 %, 20 days at 12.40 %.
        self.assertEqual((notice.penalty_interest, penalty.claimed_fee), (13.45, 40.0))
        self.assertEqual(penalty.claimed, 53.45)
        events = penalty.event_ids.filtered(lambda event: event.kind == "claim")
        events = events.sorted("id")
        self.assertEqual(events.mapped("fee"), [40.0, 0.0])
        self.assertEqual(events.notice_id.mapped("tone"), ["firm", "formal"])

    def test_a_letter_that_is_not_sent_claims_nothing(self):
        invoice = self.make_late_invoice()
        notice = self.prepare()
        self.assertFalse(self.get_penalty(invoice).claimed)
        notice._cancel_by_person("Not now")
        self._assert_not_claimed(notice)

    def test_sent_twice_claimed_once(self):
        """An e-mail that bounced leaves by letter: the customer owes no more."""
        self.make_late_invoice()
        notice = self.prepare()
        self.post(notice)
        notice._transition("failed", "Returned")
        notice._transition("sent", done_on=TODAY)
        self.assertEqual(len(notice.line_ids.penalty_id.event_ids), 1)

    # === Enclosed ===#

    def test_a_formal_notice_encloses_the_statement(self):
        """S4.24: how the claim is worked out, kept with the letter."""
        self.make_late_invoice()
        notice = self.prepare()
        text = self.read_letter(notice)
        self.assertIn("Statement of penalties", notice.attachment_ids.name)
        self.assertIn(notice.attachment_ids.name, text)
        self.assertTrue(notice.attachment_ids.raw.startswith(b"%PDF"))

    # === Fines, financing ===#

    def test_the_paragraph_about_fines_is_the_law_s_of_the_day(self):
        """S4.25: no amount is ours; who changes the text changes the next letters."""
        texts = self.env["account.legal.text"]
        self.make_late_invoice()
        notice = self.prepare()
        self.assertEqual(notice.fines_text, texts._get_text("fr_fines", TODAY, "en_US"))
        self.assertIn("L441-16", self.read_letter(notice))
        texts.create(
            {
                "name": "New fines",
                "code": "fr_fines",
                "date_start": TODAY + timedelta(days=1),
                "body": "Up to one percent of the turnover.",
                "source": "A later law",
            }
        )
        self.assertIn("L441-16", notice.fines_text)
        self.make_late_invoice(partner=self.make_customer("Another"))
        later = self.run_dunning(TODAY + timedelta(days=1)).notice_ids
        self.assertEqual(later.fines_text, "Up to one percent of the turnover.")

    def test_what_waiting_costs_is_mentioned_and_not_claimed(self):
        """S4.19: 1,000 × 9 % × 40 / 365, only where the step says so."""
        self.company.financing_rate = 9.0
        self.steps[35].shows_financing = True
        invoice = self.make_late_invoice()
        self.assertEqual(self.get_receivables(invoice).financing_cost, 9.86)
        notice = self.prepare()
        self.assertEqual((notice.financing_cost, notice.amount_asked), (9.86, 1053.32))
        self.assertIn("costs us", self.read_letter(notice))

    def test_what_is_not_late_costs_nothing_to_finance(self):
        """S4.19."""
        self.company.financing_rate = 9.0
        invoices = self.make_invoice(due=TODAY + timedelta(days=5)) | self.make_invoice(
            amount=-100, due=date(2026, 5, 1)
        )
        self.assertEqual(self.get_receivables(invoices).mapped("financing_cost"), [0.0, 0.0])

    # === Shipped ===#

    def test_shipped_firm_letters_claim_and_courteous_ones_do_not(self):
        steps = self.env["account.dunning.scenario.step"]
        scenarios = [
            self.env.ref(f"{MODULE}.dunning_scenario_{name}").id
            for name in ("courteous", "standard", "firm")
        ]
        for step in steps.search([("scenario_id", "in", scenarios)]):
            is_firm_letter = step.tone in ("firm", "formal") and step.channel != "call"
            self.assertEqual(step.shows_penalties, is_firm_letter, step.display_name)
            self.assertEqual(step.shows_fines, step.tone == "formal", step.display_name)

    def test_an_update_leaves_a_user_s_steps_alone(self):
        step = self.env.ref(f"{MODULE}.dunning_step_standard_formal_notice")
        step.write({"shows_penalties": False, "shows_fines": False})
        filename = "data/account_dunning_scenario_data.xml"
        convert_file(self.env, MODULE, filename, {}, mode="update", noupdate=True)
        self.assertFalse(step.shows_penalties or step.shows_fines)
