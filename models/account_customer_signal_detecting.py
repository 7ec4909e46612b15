from psycopg2.extras import Json

from odoo import api, models
from odoo.tools import SQL, split_every

from ..engine import signal as engine
from .account_customer_signal import RANKS, TO_DO

BATCH = 1000


class AccountCustomerSignal(models.Model):
    """Signals, from their facts to one record each."""

    _inherit = "account.customer.signal"

    @api.model
    def _detect(self, company, on_date, partner_ids=None):
        """Look for the signals of a company's customers, and record those that are new.

        The first time nobody is asked to look at them: it would be all customers at once.

        :return: the new ones.
        """
        rules = engine.Rules(
            company.signal_late_days,
            company.signal_silence_count,
            company.signal_worsening_days,
        )
        found = [
            signal
            for facts in self._get_signal_facts(company, on_date, partner_ids)
            for signal in engine.detect(facts, rules, on_date)
        ]
        is_first = not company.signal_since
        if is_first and partner_ids is None:
            company.sudo().signal_since = on_date
        return self._record(company, on_date, found, asks=not is_first)

    @api.model
    def _record(self, company, on_date, signals, asks=True):
        """Record what is not known yet; two workers can't double it.

        :param signals: of :class:`engine.signal.Signal`.
        :param asks: whether collectors are asked to look at them.
        :return: the new ones.
        """
        self.flush_model()
        created = []
        for batch in split_every(BATCH, signals):
            rows = [
                SQL(
                    "(%s, %s, %s, %s, %s, %s, 'new', %s, %s, NOW() AT TIME ZONE 'UTC')",
                    company.id,
                    each.customer,
                    each.kind,
                    each.key,
                    on_date,
                    Json(dict(each.params)),
                    self.env.uid,
                    self.env.uid,
                )
                for each in batch
            ]
            created += self.env.execute_query(
                SQL(
                    """
                    INSERT INTO account_customer_signal (company_id, partner_id, kind, key, date,
                           params, state, create_uid, write_uid, create_date)
                    VALUES %s
                    ON CONFLICT DO NOTHING RETURNING id
                    """,
                    SQL(", ").join(rows),
                )
            )
        signals = self.browse(id_ for (id_,) in created)
        if asks:
            signals._plan_activities(on_date)
        return signals

    @api.model
    def _record_cold_tone(self, notice, on_date):
        """Somebody noted a cold tone on a call, once per call (S0.18)."""
        params = {"source_id": notice.id, "name": notice.name}
        cold = engine.Signal(notice.partner_id.id, "cold", str(notice.id), params)
        # An assistant who logs the call may not create signals otherwise.
        return self.sudo()._record(notice.company_id, on_date, [cold]).sudo(False)

    @api.model
    def _record_class_changes(self, company, on_date, changes):
        """Say which customers are in another class than before; a first rating is no change.

        :param changes: ``{partner id: (class before, class now)}``.
        """
        found = [
            engine.Signal(
                partner_id,
                "class_change",
                f"{on_date}-{before}-{after}",
                {"before": before, "after": after},
            )
            for partner_id, (before, after) in changes.items()
            if before in RANKS and after in RANKS and before != after
        ]
        return self._record(company, on_date, found)

    def _plan_activities(self, on_date):
        """Ask the collector of each customer to look at what warns; without e-mail, once."""
        signals = self.sudo().with_context(mail_activity_quick_update=True)
        for signal in signals.filtered("collector_id"):
            user = signal.collector_id
            words = signal.with_context(lang=user.lang)
            if signal._is_warning():
                words.activity_schedule(
                    TO_DO,
                    date_deadline=on_date,
                    user_id=user.id,
                    summary=f"{signal.partner_id.display_name}: {words.name}",
                    note=words.advice,
                )
