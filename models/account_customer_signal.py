from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.misc import formatLang

TO_DO = "mail.mail_activity_data_todo"
# What a signal was seen on, by its kind: the model of ``params["source_id"]``.
SOURCES = {
    "first_late": "account.move",
    "silence": "account.dunning.notice",
    "rejected": "account.payment",
    "cold": "account.dunning.notice",
    "promise_broken": "account.dunning.notice",
    "unreachable": "res.partner",
}
# From the best to the worst: a class that moves right is a warning.
RANKS = ("A", "B", "C", "D", "E")


class AccountCustomerSignal(models.Model):
    """An early warning about a customer: what was seen, on what, and what to do about it.

    One record per occurrence, however often it is looked for: `key` says which it is. It advises,
    and changes nothing by itself; who has handled it, or judges that it means nothing, says so.

    An auditor reads; an assistant handles and ignores. Nobody creates or deletes one by hand.
    """

    _name = "account.customer.signal"
    _description = "Customer Signal"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [
            ("first_late", "First late payment of a good payer"),
            ("silence", "No answer to reminders"),
            ("worsening", "Pays later and later"),
            ("rejected", "Payment rejected"),
            ("cold", "Cold tone"),
            ("promise_broken", "Promise broken"),
            ("unreachable", "Contact unreachable"),
            ("class_change", "Class changed"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    key = fields.Char(required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="The commercial entity.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    params = fields.Json(readonly=True)
    state = fields.Selection(
        [("new", "New"), ("done", "Handled"), ("ignored", "Ignored")],
        required=True,
        readonly=True,
        default="new",
        index=True,
        tracking=True,
    )
    name = fields.Char(string="What Was Seen", compute="_compute_words")
    advice = fields.Char(string="What to Do", compute="_compute_words")
    collector_id = fields.Many2one(
        "res.users", compute="_compute_collector_id", search="_search_collector_id"
    )

    _key_unique = models.UniqueIndex(
        "(company_id, partner_id, kind, key)", "This signal is known already."
    )

    @api.depends("partner_id", "company_id")
    def _compute_collector_id(self):
        for signal in self:
            partner = signal.partner_id.with_company(signal.company_id)
            signal.collector_id = partner.collector_id

    def _search_collector_id(self, operator, value):
        return [("partner_id.collector_id", operator, value)]

    # === Words ===#

    @api.depends("kind", "params", "date")
    @api.depends_context("lang")
    def _compute_words(self):
        sentences, advice = self._get_sentences(), self._get_advice()
        for signal in self:
            params = {"name": "", "date": ""} | (signal.params or {})
            for name, value in params.items():
                if isinstance(value, float):
                    params[name] = formatLang(self.env, value, digits=1)
            if params["date"]:
                params["date"] = format_date(self.env, params["date"])
            signal.name = sentences[signal.kind](params) if signal.kind else ""
            signal.advice = advice.get(signal._get_advice_key(), "")

    def _get_advice_key(self):
        """A class that improves calls for something else than one that gets worse."""
        if self.kind == "class_change" and not self._is_warning():
            return "class_better"
        return self.kind

    def _is_warning(self):
        """Whether it says something bad: only a class that improves does not."""
        self.ensure_one()
        if self.kind != "class_change":
            return True
        before, after = self.params["before"], self.params["after"]
        return RANKS.index(after) > RANKS.index(before)

    @api.model
    def _get_sentences(self):
        """``{kind: function of the params}``; an addon with kinds of its own adds to it."""
        say = self.env._
        return {
            "first_late": lambda params: say(
                "%(invoice)s is %(days)s days late, after %(count)s invoices paid on time.",
                **params,
            ),
            "silence": lambda params: say(
                "%(count)s reminders without any answer, payment or dispute.", **params
            ),
            "worsening": lambda params: say(
                "Paid %(recent)s days late on average in the last three months; %(past)s in the "
                "year before.",
                **params,
            ),
            "rejected": lambda params: say(
                "The payment %(name)s of %(date)s was rejected.", **params
            ),
            "cold": lambda params: say("Cold tone on the call %(name)s.", **params),
            "promise_broken": lambda params: say(
                "Nothing was paid by %(date)s of what was promised in %(name)s.", **params
            ),
            "unreachable": lambda params: say("%(name)s can't be reached.", **params),
            "class_change": lambda params: say("Class %(before)s → %(after)s.", **params),
        }

    @api.model
    def _get_advice(self):
        """``{kind: what to do}``."""
        say = self.env._
        return {
            "first_late": say(
                "Call before anything is sent: a good payer who is late often did not get the "
                "invoice, or contests it without saying so."
            ),
            "silence": say("Change the way: call instead of writing, or write to another contact."),
            "worsening": say(
                "Ask what has changed, and look at what it still orders before it owes more."
            ),
            "rejected": say("Call today: agree on another way and day of payment."),
            "cold": say(
                "Have somebody else call, such as the salesperson: there may be a complaint that "
                "nobody has heard."
            ),
            "promise_broken": say(
                "Call today, and ask for a date in writing: give no further time for a word."
            ),
            "unreachable": say("Find another contact, or correct the address."),
            "class_change": say(
                "Look at what made the score fall. A rule for scenarios may already send firmer "
                "reminders from the next run on."
            ),
            "class_better": say(
                "It pays better than before: gentler reminders may do. A rule for scenarios may "
                "already see to it."
            ),
        }

    # === Handling ===#

    def action_handle(self):
        """Somebody did what it calls for.

        :raise AccessError: for a user who may not handle signals.
        :raise UserError: when it is handled or ignored already.
        """
        self._set_state("done")

    def action_ignore(self):
        """It means nothing here. See :meth:`action_handle`."""
        self._set_state("ignored")

    def action_undo(self):
        """It was handled or ignored by mistake: it is to be looked at again."""
        self._set_state("new")

    def _set_state(self, state):
        self.check_access("write")
        for signal in self:
            if (signal.state == "new") == (state == "new"):
                raise UserError(
                    self.env._(
                        "%(signal)s It is in that state already: reload the page.",
                        signal=signal.name,
                    )
                )
        self._write_state(state)

    def _write_state(self, state):
        self.sudo().write({"state": state})
        if state != "new":
            self.activity_unlink([TO_DO])

    def write(self, vals):
        """Nobody types what was seen; the state changes through the actions."""
        typed = {"kind", "key", "partner_id", "company_id", "date", "params", "state"} & vals.keys()
        if typed and not self.env.su:
            raise UserError(
                self.env._("A signal says what was seen: handle it or ignore it, don't edit it.")
            )
        return super().write(vals)

    # === Looking ===#

    def action_open_source(self):
        """What it was seen on: the invoice, the call, the payment, the contact or the score.

        :raise UserError: when that is gone.
        """
        self.ensure_one()
        self.check_access("read")
        source = self.env[SOURCES.get(self.kind, "res.partner")]
        source = source.browse((self.params or {}).get("source_id") or self.partner_id.id)
        if not source.exists():
            raise UserError(self.env._("It does not exist any more. Look at the customer instead."))
        return source._get_records_action()

    @api.model
    def _get_action(self, partners):
        """A window with the signals of these customers, the new ones first."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_customer_signal_action"
        )
        return action | {
            "domain": [("partner_id", "in", partners.ids)],
            "context": {"search_default_new": 1},
        }
