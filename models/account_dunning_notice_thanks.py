from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..engine import settlement

TO_DO = "mail.mail_activity_data_todo"
# Nobody is thanked later than that: it would sound odd, and an old ledger would thank everybody.
THANKS_DAYS = 15


class AccountDunningNotice(models.Model):
    """Thank-yous on settlement, and the tasks that other events call for (S0.33).

    A thank-you is a notice of kind *thanks*, prepared by the daily run from the step of the
    scenario for the event *settled*; no step, no thanks. It is sent once per settlement.
    """

    _inherit = "account.dunning.notice"

    # === Thanks ===#

    @api.model
    def _thank(self, company, on_date):
        """Prepare the thank-yous for what was settled in the last days.

        :return: the notices.
        """
        settled = self._get_settlement_facts(company, on_date)
        rules = self._get_thanks_rules({facts.scenario for facts in settled}, on_date)
        steps, partners = self.env["account.dunning.scenario.step"], self.env["res.partner"]
        lines = self.env["account.move.line"].sudo()
        values = [
            self._prepare_thanks_values(
                company,
                on_date,
                partners.browse(customer),
                steps.browse(step),
                lines.browse(receivables),
            )
            for (customer, _currency, step), receivables in settlement.thanks(
                settled, rules
            ).items()
        ]
        # Nobody makes notices by hand, so no role may create them.
        return self.sudo().with_context(tracking_disable=True).create(values).sudo(False)

    @api.model
    def _get_settlement_facts(self, company, on_date):
        """What money settled in the last days.

        One statement. It starts from the payments of these days, by the index on dates of journal
        items; what is known of each receivable comes from the indexes of notices and their lines.

        :return: a list of :class:`engine.settlement.SettlementFacts`.
        """
        self.env.flush_all()
        query = SQL(
            """
            SELECT settled.id, settled.customer_id, settled.currency_id,
                   settled.original::text, settled.paid::text,
                   COALESCE(
                       reminder.scenario_id,
                       (customer.dunning_scenario_id->>%(company_key)s)::int,
                       %(default)s
                   ),
                   reminder.scenario_id IS NOT NULL,
                   COALESCE(remaining.count, 0),
                   EXISTS (%(thanked)s)
              FROM (%(settled)s) settled
              JOIN res_partner customer ON customer.id = settled.customer_id
         LEFT JOIN LATERAL (%(reminder)s) reminder ON TRUE
         LEFT JOIN LATERAL (%(remaining)s) remaining ON TRUE
             ORDER BY settled.id
            """,
            company_key=str(company.id),
            default=company._get_dunning_scenario().id or None,
            settled=self._settled_by_money(company, on_date),
            reminder=self._last_reminder(),
            remaining=self._reminded_and_open(company),
            thanked=self._thanked(),
        )
        return [
            settlement.SettlementFacts(*row[:3], *map(Decimal, row[3:5]), *row[5:])
            for row in self.env.execute_query(query)
        ]

    def _settled_by_money(self, company, on_date):
        """The receivables of customers that payments of the last days helped to settle."""
        return SQL(
            """
            SELECT line.id, partner.commercial_partner_id AS customer_id, line.currency_id,
                   ABS(line.amount_currency) AS original, money.paid
              FROM (
                    SELECT DISTINCT partial.debit_move_id AS line_id
                      FROM account_move_line payment
                      JOIN account_journal journal ON journal.id = payment.journal_id
                       AND journal.type IN ('bank', 'cash', 'credit')
                      JOIN account_account account ON account.id = payment.account_id
                       AND account.account_type = 'asset_receivable'
                      JOIN account_partial_reconcile partial ON partial.credit_move_id = payment.id
                     WHERE payment.date BETWEEN %(since)s AND %(on_date)s
                       AND payment.company_id = %(company)s
                       AND payment.parent_state = 'posted'
                   ) recent
              JOIN account_move_line line ON line.id = recent.line_id
              JOIN account_move move ON move.id = line.move_id
              JOIN res_partner partner ON partner.id = line.partner_id
        CROSS JOIN LATERAL (
                    SELECT SUM(partial.debit_amount_currency) AS paid
                      FROM account_partial_reconcile partial
                      JOIN account_move_line payment ON payment.id = partial.credit_move_id
                      JOIN account_journal journal ON journal.id = payment.journal_id
                     WHERE partial.debit_move_id = line.id
                       AND journal.type IN ('bank', 'cash', 'credit')
                   ) money
             WHERE line.company_id = %(company)s
               AND line.parent_state = 'posted'
               AND line.reconciled
               AND move.move_type IN ('out_invoice', 'out_receipt', 'entry')
            """,
            company=company.id,
            since=on_date - timedelta(days=THANKS_DAYS),
            on_date=on_date,
        )

    def _last_reminder(self):
        """The scenario of the last reminder of one `settled` receivable."""
        return SQL(
            """
            SELECT COALESCE(version.origin_id, version.id) AS scenario_id
              FROM account_dunning_notice_line claim
              JOIN account_dunning_notice notice ON notice.id = claim.notice_id
              JOIN account_dunning_scenario version ON version.id = notice.scenario_id
             WHERE claim.move_line_id = settled.id
               AND claim.claimed > 0
               AND notice.state = 'sent'
               AND notice.kind IN ('reminder', 'formal')
             ORDER BY notice.date DESC, notice.id DESC
             LIMIT 1
            """
        )

    def _reminded_and_open(self, company):
        """How many receivables of one `settled` customer were reminded of and are still open."""
        return SQL(
            """
            SELECT COUNT(DISTINCT line.id)
              FROM account_dunning_notice notice
              JOIN account_dunning_notice_line claim ON claim.notice_id = notice.id
              JOIN account_move_line line ON line.id = claim.move_line_id
             WHERE notice.partner_id = settled.customer_id
               AND notice.company_id = %(company)s
               AND notice.currency_id = settled.currency_id
               AND notice.state = 'sent'
               AND notice.kind IN ('reminder', 'formal')
               AND claim.claimed > 0
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
            """,
            company=company.id,
        )

    def _thanked(self):
        """A thank-you for one `settled` receivable, or a person who wanted none."""
        return SQL(
            """
            SELECT FROM account_dunning_notice_line line
              JOIN account_dunning_notice notice ON notice.id = line.notice_id
             WHERE line.move_line_id = settled.id
               AND notice.kind = 'thanks'
               AND (notice.state != 'cancelled' OR notice.is_refused OR notice.is_skipped)
            """
        )

    @api.model
    def _get_thanks_rules(self, origin_ids, on_date):
        """``{scenario's id: how its version of the day thanks}``, of those that do."""
        origins = self.env["account.dunning.scenario"].browse(filter(None, origin_ids))
        rules = {}
        for origin, version in origins._get_versions_on(on_date).items():
            if step := version.step_ids._get_on_event("settled"):
                rules[origin.id] = settlement.ThanksRule(
                    step.id, version.mode == "account", step.thanks_always
                )
        return rules

    @api.model
    def _prepare_thanks_values(self, company, on_date, customer, step, receivables):
        """The values of one thank-you; it claims nothing."""
        customer = customer.with_company(company)
        contact = self._get_contact(customer)
        channel, channel_reason = self._choose_channel(step, contact)
        is_automatic = step._is_sent_without_review() and channel == step.channel
        cycles = receivables._get_dunning_cycles()
        collector = customer.collector_id or receivables.move_id[:1].invoice_user_id
        return {
            "company_id": company.id,
            "scenario_id": step.scenario_id.id,
            "step_id": step.id,
            "kind": "thanks",
            "channel": channel,
            "channel_reason": channel_reason,
            "tone": step.tone,
            "date": on_date,
            "user_id": collector.filtered("active").id,
            "partner_id": customer.id,
            "contact_id": contact.id,
            "lang": contact.lang or customer.lang or company.partner_id.lang,
            "currency_id": receivables.currency_id.id,
            "state": "validated" if is_automatic else "draft",
            "line_ids": [
                Command.create(
                    {
                        "move_line_id": line.id,
                        "step_id": step.id,
                        "cycle": cycles.get(line.id, 0),
                        "name": line.move_id.name,
                        "invoice_date": line.move_id.invoice_date,
                        "date_maturity": line.date_maturity or line.date,
                    }
                )
                for line in receivables
            ],
        }

    def _get_changes(self, on_date=None):
        """Nobody is thanked for a payment that came back."""
        thanks = self.filtered(lambda notice: notice.kind == "thanks")
        changes = super(AccountDunningNotice, self - thanks)._get_changes(on_date)
        for notice in thanks:
            for line in notice.line_ids:
                if not line.move_line_id.sudo().reconciled:
                    changes[notice] = self.env._(
                        "%(invoice)s: its payment was cancelled since.", invoice=line.name
                    )
        return changes

    # === Other events ===#

    def _set_replied(self):
        result = super()._set_replied()
        self._play_event("reply", fields.Date.context_today(self))
        return result

    def _set_bounced(self, reason):
        result = super()._set_bounced(reason)
        self._play_event("bounce", fields.Date.context_today(self))
        return result

    def _play_event(self, event, on_date):
        """What the scenario asks for when something comes back: a task for the collector, once."""
        for notice in self.filtered("scenario_id"):
            scenario = notice.scenario_id.sudo()
            origin = scenario.origin_id or scenario
            version = origin._get_versions_on(on_date)[origin]
            step = version.step_ids._get_on_event(event)
            user = notice.user_id.filtered("active")
            if not step or not user:
                continue
            step = step.with_context(lang=user.lang)
            if step.name not in notice.activity_ids.mapped("summary"):
                notice._plan(TO_DO, on_date, step.name, step.script or step.body or "", user)
