from datetime import date, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import STEPS, TODAY, CollectionsCommon, days_ago

TOMORROW = TODAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestDunningScenarioVersion(CollectionsCommon):
    """Versions, dated activation, checks before it, simulation (S1.16, S0.26)."""

    def new_version(self, **step_values):
        """A draft after `scenario`, whose first reminder has these values."""
        draft = self.scenario._create_version()
        draft.step_ids.filtered(lambda step: step.offset_days == 1).write(step_values)
        return draft

    def version_on(self, day):
        return self.scenario._get_versions_on(day)[self.scenario]

    # === Which version holds ===#

    def test_a_new_version_is_a_draft_with_the_same_steps(self):
        draft = self.scenario.browse(self.scenario.action_new_version()["res_id"])
        self.assertEqual((draft.origin_id, draft.version, draft.state), (self.scenario, 2, "draft"))
        self.assertEqual(draft.name, self.scenario.name)
        self.assertEqual(draft.step_ids.origin_id, self.scenario.step_ids)
        self.assertEqual(draft.step_ids.mapped("body"), self.scenario.step_ids.mapped("body"))
        self.assertEqual(self.version_on(TODAY), self.scenario)

    def test_a_new_version_speaks_the_same_languages(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.scenario.with_context(lang="fr_FR").name = "Processus d'essai"
        step = self.scenario.step_ids[0]
        step.with_context(lang="fr_FR").name = "Étape d'essai"
        draft = self.scenario.with_context(lang="fr_FR")._create_version()
        copied = draft.step_ids.filtered(lambda each: each.origin_id == step)
        for lang in ("en_US", "fr_FR"):
            for new, old in ((draft, self.scenario), (copied, step)):
                with self.subTest(lang=lang, of=old):
                    self.assertEqual(
                        new.with_context(lang=lang).name, old.with_context(lang=lang).name
                    )

    def test_a_third_version_keeps_the_root_steps(self):
        third = self.scenario._create_version()._create_version()
        self.assertEqual((third.origin_id, third.version), (self.scenario, 3))
        self.assertEqual(third.step_ids.origin_id, self.scenario.step_ids)

    def test_a_version_holds_from_its_day_and_ends_the_one_before(self):
        draft = self.new_version()
        draft._activate(TOMORROW, TODAY)
        self.assertEqual(self.scenario.date_end, TOMORROW)
        self.assertEqual(self.version_on(TODAY), self.scenario)
        self.assertEqual(self.version_on(TOMORROW), draft)
        self.assertTrue(draft.is_planned and self.scenario.is_current)

    def test_a_version_between_two_ends_on_the_day_of_the_next(self):
        later, sooner = self.new_version(), self.new_version()
        later._activate(TODAY + timedelta(days=20), TODAY)
        sooner._activate(TODAY + timedelta(days=10), TODAY)
        self.assertEqual(sooner.date_end, later.date_start)
        self.assertEqual(self.scenario.date_end, sooner.date_start)

    def test_a_version_is_not_activated_in_the_past(self):
        with self.assertRaisesRegex(UserError, "is over"):
            self.new_version()._activate(days_ago(1), TODAY)

    def test_two_versions_do_not_begin_on_the_same_day(self):
        self.new_version()._activate(TOMORROW, TODAY)
        with self.assertRaisesRegex(UserError, "begins on that day"):
            self.new_version()._activate(TOMORROW, TODAY)

    def test_a_planned_version_is_taken_back_until_its_day(self):
        draft = self.new_version()
        draft._activate(TOMORROW, TODAY)
        draft.action_take_back()
        self.assertEqual((draft.state, self.scenario.date_end), ("draft", False))
        draft._activate(TODAY, TODAY)
        with self.assertRaisesRegex(UserError, "has not begun"):
            draft.action_take_back()

    def test_the_dialogue_activates_and_names_what_it_replaces(self):
        draft = self.new_version()
        action = draft.with_user(self.manager).action_activate()
        dialogue = Form(
            self.env["account.dunning.scenario.activate"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        dialogue.date_start = TOMORROW
        self.assertEqual(dialogue.replaced_id, self.scenario)
        dialogue.save().action_confirm()
        self.assertEqual(self.version_on(TOMORROW), draft)

    def test_the_versions_in_force_are_found(self):
        draft = self.new_version()
        draft._activate(TODAY, TODAY)
        versions = self.scenario | draft
        found = versions.search([("id", "in", versions.ids), ("is_current", "=", True)])
        self.assertEqual(found, draft)
        others = versions.search([("id", "in", versions.ids), ("is_current", "=", False)])
        self.assertEqual(others, self.scenario)

    def test_archiving_a_version_archives_its_scenario(self):
        draft = self.new_version()
        draft._activate(TODAY, TODAY)
        draft.active = False
        self.assertFalse(self.scenario.active)
        self.assertFalse(self.version_on(TODAY))
        self.scenario.active = True
        self.assertEqual(self.version_on(TODAY), draft)

    def test_the_default_is_the_scenario_not_one_of_its_versions(self):
        other = self.make_scenario(5)
        draft = other._create_version()
        draft.action_set_default()
        self.assertEqual(self.company.dunning_scenario_id, other)
        self.assertTrue(draft.is_default)

    def test_a_draft_is_not_made_the_default(self):
        draft = self.make_scenario(5, state="draft")
        with self.assertRaisesRegex(UserError, "activate it first"):
            draft.action_set_default()

    # === What has decided stays ===#

    def test_a_version_that_decided_is_not_edited(self):
        self.make_overdue_invoice(10)
        self.run_dunning()
        for change in (
            lambda: self.scenario.write({"quiet_days": 3}),
            lambda: self.steps[21].write({"subject": "Other words"}),
            lambda: self.steps[21].unlink(),
            lambda: self.steps[21].copy({"offset_days": 40}),
        ):
            with self.assertRaisesRegex(UserError, "Make a new version"), self.env.cr.savepoint():
                change()
        self.scenario.write({"name": "Another name", "sequence": 3})
        self.assertTrue(self.scenario.is_frozen)

    def test_an_active_version_that_never_decided_is_edited(self):
        unused = self.make_scenario(5)
        unused.quiet_days = 3
        unused.step_ids.tone = "neutral"
        self.assertFalse(unused.is_frozen)

    def test_a_dry_run_uses_nothing_up(self):
        self.make_overdue_invoice(10)
        self.run_dunning(dry=True)
        self.scenario.quiet_days = 3

    def test_the_state_has_letter_by_the_buttons_only(self):
        with self.assertRaisesRegex(UserError, "by “Activate”"):
            self.scenario.with_user(self.manager).write({"state": "draft"})
        with self.assertRaisesRegex(UserError, "by “Activate”"):
            self.scenario.with_context(account_dunning_activation=True).date_end = TODAY

    def test_a_scenario_with_later_versions_is_archived_not_deleted(self):
        self.new_version()
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self.scenario.unlink()

    def test_a_copy_is_a_scenario_of_its_own(self):
        copied = self.new_version().copy()
        self.assertFalse(copied.origin_id or copied.step_ids.origin_id)
        self.assertEqual((copied.version, copied.state), (1, "draft"))
        self.assertIn("copy", copied.name)

    # === A step is done once, whatever the version ===#

    def test_a_new_version_does_not_remind_again_of_what_is_done(self):
        """Design, rule 3: the run after the change decides by the new version, and goes on."""
        invoice = self.make_overdue_invoice(10)
        notice = self.run_dunning().notice_ids
        notice._action_send(TODAY)
        notice._transition("sent")
        draft = self.new_version()
        draft._activate(TOMORROW, TODAY)
        run = self.run_dunning(on_date=TOMORROW)
        self.assertFalse(run.notice_ids)
        decision = self.get_decisions(invoice)
        self.assertEqual(decision.scenario_id, draft)
        self.assertEqual(decision.step_id.origin_id, self.steps[21])
        self.assertEqual(notice.scenario_id, self.scenario)

    def test_what_a_person_cancelled_waits_for_a_person_in_a_new_version_too(self):
        """S2.48: a new version does not send by itself what somebody did not want sent."""
        self.make_overdue_invoice(5)
        notice = self.run_dunning().notice_ids
        self.assertTrue(notice.is_automatic)
        notice._cancel_by_person("Talks")
        self.new_version()._activate(TOMORROW, TODAY)
        again = self.run_dunning(TOMORROW).notice_ids
        self.assertEqual(again.step_id.origin_id, notice.step_id)
        self.assertRecordValues(again, [{"state": "draft", "is_automatic": False}])

    def test_an_update_from_before_versions_keeps_what_was_there(self):
        """19.0.2.0.0 → 19.0.3.0.0: active scenarios, steps done once, kinds and levels.

        What waits to leave by itself still does; a formal notice that expired long ago is in the
        list of those, and its collector is not told of it now.
        """
        self.make_overdue_invoice(10)
        line = self.run_dunning().notice_ids.line_ids
        self.assertEqual(line.notice_id.state, "validated")
        long_ago = date(2020, 1, 15)
        old = line.notice_id.sudo().copy({"tone": "formal"})
        old._write_frozen(state="sent", deadline=long_ago)
        self.env.flush_all()
        cr = self.env.cr
        for table, column in (
            ("account_dunning_scenario", "state"),
            ("account_dunning_scenario_step", "level"),
            ("account_dunning_notice_line", "root_step_id"),
            ("account_dunning_notice", "kind"),
            ("account_dunning_notice", "is_automatic"),
            ("account_dunning_notice", "expired_on"),
        ):
            cr.execute(
                SQL("ALTER TABLE %s DROP COLUMN %s", SQL.identifier(table), SQL.identifier(column))
            )
        script = Path(__file__).parents[1] / "migrations/19.0.3.0.0/pre-migrate.py"
        spec = spec_from_file_location("pre_migrate", script)
        migration = module_from_spec(spec)
        spec.loader.exec_module(migration)
        migration.migrate(cr, "19.0.2.0.0")
        self.env.invalidate_all()
        self.assertEqual(self.version_on(TODAY), self.scenario)
        self.assertEqual(self.scenario.step_ids.mapped("level"), [0, 1, 2, 3])
        self.assertEqual(line.root_step_id, self.steps[1])
        self.assertRecordValues(
            line.notice_id, [{"kind": "reminder", "is_automatic": True, "expired_on": False}]
        )
        self.assertRecordValues(
            old, [{"is_automatic": False, "expired_on": long_ago + timedelta(days=1)}]
        )

    # === Checks before activation ===#

    def assert_problem(self, message, *steps, **values):
        draft = self.make_scenario(*steps, state="draft", **values)
        self.assertRegex(draft.problems, message)
        with self.assertRaisesRegex(UserError, message):
            draft._activate(TODAY, TODAY)
        self.assertEqual(draft.state, "draft")

    def test_a_scenario_that_can_t_work_is_not_activated(self):
        """S0.26 and bad input: each problem is told, with what to do."""
        reminder = STEPS[1]
        self.assert_problem("no step")
        self.assert_problem("never leave", reminder, send_from=9, send_until=9)
        self.assert_problem("its subject and its text", reminder | {"body": "<p><br></p>"})
        self.assert_problem("its subject and its text", reminder | {"subject": False})
        self.assert_problem("what to ask on the phone", STEPS[0] | {"body": False})
        self.assert_problem("days to pay to 0", STEPS[0] | {"deadline_days": 8})
        self.assert_problem("nobody is late", STEPS[0] | {"tone": "firm"})
        self.assert_problem("choose who signs", reminder | {"signatory": "user"})
        self.assert_problem("choose the event", reminder | {"trigger": "event"})
        self.assert_problem("firmer than its tone: tribunal", reminder | {"body": "Tribunal !"})
        self.assert_problem("no step comes before", reminder | {"trigger": "previous"})
        after = STEPS[2] | {"trigger": "previous", "delay_days": 3}
        self.assert_problem("set its day to 4", reminder, after)
        self.assert_problem("softer than", STEPS[2], reminder | {"offset_days": 30})

    def test_a_formal_notice_has_its_form(self):
        formal = STEPS[3]
        self.assert_problem("gives a time to pay", formal | {"deadline_days": 0})
        self.assert_problem("never sent without review", formal | {"is_automatic": True})
        self.assert_problem("is written", formal | {"channel": "call"})
        event = {"trigger": "event", "event": "settled"}
        self.assert_problem("does not follow an event", STEPS[1], formal | event)

    def test_all_problems_are_told_at_once(self):
        draft = self.make_scenario(
            STEPS[1] | {"subject": False}, STEPS[3] | {"deadline_days": 0}, state="draft"
        )
        self.assertEqual(len(draft.problems.splitlines()), 2)

    def test_bad_values_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "not a valid filter"):
            self.make_scenario({"offset_days": 1, "customer_domain": "[('nonsense', '=', 1)]"})
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(IntegrityError, "share_is_percentage"),
            self.env.cr.savepoint(),
        ):
            self.make_scenario({"offset_days": 1, "minimum_share": 101}).flush_recordset()

    # === Shipped ===#

    def test_the_shipped_scenarios_can_be_activated(self):
        """S1.6, S0.32, S1.25: each has a step before the due date."""
        for code in ("courteous", "standard", "firm"):
            scenario = self.env.ref(f"account_dispute_dunning.dunning_scenario_{code}")
            self.assertFalse(scenario._get_problems())
            path = scenario.step_ids.filtered(lambda step: step.trigger != "event")
            self.assertLess(path.sorted("offset_days")[0].offset_days, 0)
            self.assertEqual(scenario._get_versions_on(TODAY)[scenario], scenario)

    def test_the_standard_process_begins_softly_and_asks_what_is_wrong(self):
        """S2.24: from D-15 to D+3 nothing is firm, and each message invites to tell a problem."""
        scenario = self.env.ref("account_dispute_dunning.dunning_scenario_standard")
        early = scenario.step_ids.filtered(
            lambda step: step.trigger != "event" and -15 <= step.offset_days <= 3
        )
        self.assertEqual(early.mapped("offset_days"), [-15, 0, 1, 2])
        self.assertLessEqual(set(early.mapped("tone")), {"courteous", "neutral"})
        for message in early.filtered(lambda step: step.channel == "email"):
            self.assertRegex(message.body, "tell us|report")

    def test_the_courteous_one_writes_no_reminder_before_the_tenth_day(self):
        """S1.25; and never a formal notice."""
        scenario = self.env.ref("account_dispute_dunning.dunning_scenario_courteous")
        claims = scenario.step_ids.filtered(lambda step: step.level > 0)
        self.assertGreaterEqual(min(claims.mapped("offset_days")), 10)
        self.assertNotIn("formal", claims.mapped("tone"))

    def test_the_standard_process_is_the_one_of_french_collections(self):
        """S4.5 to S4.18."""
        scenario = self.env.ref("account_dispute_dunning.dunning_scenario_standard")
        path = scenario.step_ids.filtered(lambda step: step.trigger != "event")
        self.assertEqual(
            [(step.offset_days, step.channel, step.tone) for step in path.sorted("offset_days")],
            [
                (-15, "call", "courteous"),
                (0, "email", "courteous"),
                (1, "call", "courteous"),
                (2, "email", "neutral"),
                (21, "call", "firm"),
                (22, "registered", "firm"),
                (25, "call", "firm"),
                (35, "registered", "formal"),
            ],
        )
        formal = path.filtered(lambda step: step.tone == "formal")
        self.assertEqual(formal.deadline_days, 8)
        self.assertFalse(path.filtered(lambda step: step.tone == "formal" and step.is_automatic))
        thanks = scenario.step_ids - path
        self.assertEqual(thanks.event, "settled")

    def test_the_standard_process_day_by_day(self):
        """S4.5 to S4.18, on one invoice that nobody pays: each step on its day, once."""
        scenario = self.env.ref("account_dispute_dunning.dunning_scenario_standard")
        scenario.working_days_only = False
        self.company.dunning_scenario_id = scenario
        self.company.write(self.company.default_get(["dunning_cap_count", "dunning_cap_days"]))
        due = TODAY + timedelta(days=20)
        self.make_invoice(due=due)
        done = []
        for late in range(-20, 60):
            day = due + timedelta(days=late)
            with freeze_time(day):
                posted = self.env["account.dunning.notice"].search(
                    [("deposit_date", "=", day - timedelta(days=2))]
                )
                posted.receipt_date = day
                for notice in self.run_dunning(on_date=day).notice_ids:
                    done.append((late, notice.step_id.name))
                    if notice.channel == "registered":
                        notice.write({"registered_number": "1A 234", "deposit_date": day})
                    notice._transition("sent", done_on=day)
        self.assertEqual(
            done,
            [
                (-15, "Preventive call"),
                (0, "Due today"),
                (1, "First call"),
                (2, "Letter after the call"),
                (21, "Firm call"),
                (22, "Registered letter"),
                (27, "Call after the letter's receipt"),
                (35, "Formal notice"),
            ],
        )

    # === Simulation ===#

    def simulate(self, scenario, date=TODAY, user=None):
        simulations = self.env["account.dunning.scenario.simulate"].with_user(
            user or self.collector
        )
        simulation = simulations.create({"scenario_id": scenario.id, "date": date})
        simulation.action_simulate()
        return simulation

    def test_a_simulation_compares_and_writes_nothing(self):
        """S1.16: a draft that reminds from the fifth day instead of the first."""
        due = self.make_overdue_invoice(3)
        self.make_overdue_invoice(10, partner=self.make_customer("Later"))
        draft = self.new_version(offset_days=5)
        simulation = self.simulate(draft)
        rows = {row.reason: row for row in simulation.row_ids}
        self.assertEqual((rows["step"].now_count, rows["step"].simulated_count), (2, 1))
        self.assertEqual(rows["step"].simulated_amount, 1000)
        self.assertEqual(rows["step"].root_step_id, self.steps[1])
        self.assertEqual(rows["awaiting_step"].simulated_count, 1)
        self.assertEqual(simulation.difference_count, 1)
        lines = self.env["account.dunning.scenario.simulate.line"].search(
            simulation.action_view_differences()["domain"]
        )
        self.assertEqual(lines.move_id, due)
        self.assertNotEqual(lines.now_explanation, lines.explanation)
        self.assertFalse(self.get_decisions(due))
        self.assertFalse(
            self.env["account.dunning.notice"].search([("partner_id", "=", self.customer.id)])
        )

    def test_a_simulation_of_a_coming_day_takes_the_facts_of_now(self):
        self.make_overdue_invoice(3)
        simulation = self.simulate(self.new_version(offset_days=5), TODAY + timedelta(days=2))
        self.assertFalse(simulation.difference_count)

    def test_a_simulation_is_not_about_the_past(self):
        with self.assertRaisesRegex(UserError, "is over"):
            self.simulate(self.new_version(), days_ago(1))

    # === Access ===#

    def test_only_a_manager_changes_scenarios(self):
        draft = self.new_version()
        for user in (self.auditor, self.assistant, self.collector):
            for action in ("action_new_version", "action_activate", "action_take_back"):
                with self.assertRaises(AccessError):
                    getattr(draft.with_user(user), action)()
            self.assertIn("domain", draft.with_user(user).action_view_versions())
        with self.assertRaises(AccessError):
            self.simulate(draft, user=self.assistant)

    def test_a_manager_writes_a_scenario_on_its_screen(self):
        form = Form(self.env["account.dunning.scenario"].with_user(self.manager))
        form.name = "By hand"
        with form.step_ids.new() as step:
            step.name = "Ask the salesperson"
            step.offset_days = 5
            step.channel = "task"
        scenario = form.save()
        self.assertEqual((scenario.state, scenario.version), ("draft", 1))
        self.assertFalse(scenario.problems)
        scenario._activate(TODAY, TODAY)
        self.assertEqual(scenario._get_versions_on(TODAY)[scenario], scenario)
