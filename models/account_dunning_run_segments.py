from odoo import models
from odoo.tools import SQL, format_date


class AccountDunningRun(models.Model):
    """A customer that follows another scenario than at the run before is told apart (S0.24)."""

    _inherit = "account.dunning.run"

    def _plan(self):
        result = super()._plan()
        if not self.is_dry:
            self._log_scenario_changes()
        return result

    def _log_scenario_changes(self):
        """Say on the customer, and in the log of the run, that its scenario changed, and why.

        A new version of the same scenario is no change.
        """
        changes = self._get_scenario_changes()
        partners = self.env["res.partner"].browse(changes)
        scenarios = {
            partner: self.env["account.dunning.scenario"].browse(changes[partner.id][1])
            for partner in partners
        }
        reasons = self._why_scenarios(scenarios)
        bodies = {}
        for partner in partners:
            before, after = self.env["account.dunning.scenario"].browse(changes[partner.id])
            bodies[partner.id] = self.env._(
                "From %(date)s on, reminders follow “%(after)s” instead of “%(before)s”: %(why)s.",
                date=format_date(self.env, self.date),
                after=after.name,
                before=before.name,
                why=reasons[partner],
            )
        partners._message_log_batch(bodies)
        lines = [f"{partner.display_name}: {bodies[partner.id]}" for partner in partners]
        if lines:
            self.log = "\n".join([*filter(None, [self.log]), *lines])

    def _get_scenario_changes(self):
        """``{customer id: (scenario id before, scenario id now)}``, first versions, in one
        statement: the decisions of this run and those that it superseded."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (partner.commercial_partner_id)
                       partner.commercial_partner_id, COALESCE(was.origin_id, was.id),
                       COALESCE(is_now.origin_id, is_now.id)
                  FROM account_dunning_decision decision
                  JOIN account_dunning_decision standing
                    ON standing.move_line_id = decision.move_line_id
                   AND standing.superseded_by_id = decision.run_id
                  JOIN account_dunning_scenario was ON was.id = standing.scenario_id
                  JOIN account_dunning_scenario is_now ON is_now.id = decision.scenario_id
                  JOIN account_move_line line ON line.id = decision.move_line_id
                  JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE decision.run_id = %(run)s
                   AND COALESCE(was.origin_id, was.id) != COALESCE(is_now.origin_id, is_now.id)
              ORDER BY partner.commercial_partner_id, decision.move_line_id
                """,
                run=self.id,
            )
        )
        return {partner: (before, after) for partner, before, after in rows}

    def _why_scenarios(self, scenarios):
        """Who or what chose its scenario for each customer, for a sentence.

        :param scenarios: ``{customer: scenario}``.
        :return: ``{customer: words}``.
        """
        partners = self.env["res.partner"].union(*scenarios)
        rules = self.env["account.dunning.rule"]._get_first_fits(partners, self.company_id)
        treatments = self.env["account.dunning.treatment"]._get_standing(
            partners, self.company_id, self.date
        )
        classes = self._describe_classes(partners)
        reasons = {}
        for partner, scenario in scenarios.items():
            reasons[partner] = self._why_somebody(partner, scenario, treatments[partner])
            if not reasons[partner]:
                why = self._why_segment(scenario, rules[partner])
                words = classes.get(partner)
                reasons[partner] = f"{why} ({words})" if words else why
        return reasons

    def _why_somebody(self, partner, scenario, treatment):
        """Who chose a scenario for this customer; nothing if nobody did."""
        if treatment.scenario_id == scenario:
            return self.env._("it is treated differently (%(reason)s)", reason=treatment.reason)
        if partner.with_company(self.company_id).dunning_scenario_id == scenario:
            return self.env._("it was chosen on the customer")
        return ""

    def _why_segment(self, scenario, rule):
        """Which rule or default chose a scenario. `rule`: the one that fits, empty if none."""
        if rule.scenario_id == scenario:
            return self.env._("the rule “%(rule)s” fits", rule=rule.name)
        if self.company_id._get_dunning_scenario() == scenario:
            return self.env._("it is the company's default, and no rule fits")
        return self.env._("it was chosen on an invoice")
