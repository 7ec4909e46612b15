from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

# What may be written on a version that has decided: it changes no decision and no letter.
ALWAYS_EDITABLE = {"active", "description", "name", "sequence"}
LIFECYCLE = {"date_end", "date_start", "origin_id", "state", "version"}
# Only code of this file can hold this object: a context that comes from outside can not.
ACTIVATION = object()


class AccountDunningScenario(models.Model):
    """Versions: drafts, dated activation; a version that has decided is not edited any more.

    The versions of a scenario follow each other: each holds from its first day until the day
    before the next one's. A version that is planned and has not begun may be taken back.
    """

    _inherit = "account.dunning.scenario"

    is_current = fields.Boolean(
        string="In Force", compute="_compute_is_current", search="_search_is_current"
    )
    is_planned = fields.Boolean(compute="_compute_is_current", help="Activated, not begun yet.")
    is_used = fields.Boolean(
        compute="_compute_is_used", help="It decided on an invoice: it is not edited any more."
    )
    is_frozen = fields.Boolean(compute="_compute_is_used", help="Active, and used.")
    version_count = fields.Integer(string="Versions", compute="_compute_version_count")

    # === Computes ===#

    @api.depends("state", "date_start", "date_end")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for version in self:
            begun = not version.date_start or version.date_start <= today
            ended = bool(version.date_end) and version.date_end <= today
            version.is_current = version.state == "active" and begun and not ended
            version.is_planned = version.state == "active" and not begun

    def _search_is_current(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return self._get_holding_domain(fields.Date.context_today(self))

    def _compute_is_used(self):
        used = self._get_used()
        for version in self:
            version.is_used = version._origin in used
            version.is_frozen = version.is_used and version.state == "active"

    @api.depends("version_ids", "origin_id")
    def _compute_version_count(self):
        for version in self:
            version.version_count = len(version._get_versions())

    @api.depends("name", "version", "version_count")
    @api.depends_context("dunning_version")
    def _compute_display_name(self):
        """With its version where that matters: the context key `dunning_version`."""
        res = super()._compute_display_name()
        if self.env.context.get("dunning_version"):
            for version in self:
                version.display_name = self.env._(
                    "%(scenario)s, version %(number)s",
                    scenario=version.name,
                    number=version.version,
                )
        return res

    # === Which version ===#

    @api.model
    def _get_holding_domain(self, on_date):
        """The versions that hold on a day: from their first day until the next one's."""
        return [
            ("state", "=", "active"),
            "|",
            ("date_start", "=", False),
            ("date_start", "<=", on_date),
            "|",
            ("date_end", "=", False),
            ("date_end", ">", on_date),
        ]

    def _get_versions_on(self, on_date):
        """The version of each of these scenarios that holds on a day.

        :param on_date: a date.
        :return: ``{origin: version, empty when none holds}``, a key for each scenario of `self`,
            which are origins. An archived scenario reminds nobody: it has none.
        """
        versions = self.search(
            [
                "|",
                ("id", "in", self.ids),
                ("origin_id", "in", self.ids),
                *self._get_holding_domain(on_date),
            ],
            order="version",
        )
        holding = {version.origin_id or version: version for version in versions}
        return {origin: holding.get(origin, self.browse()) for origin in self}

    def _get_versions(self):
        """All versions of this scenario, archived ones too, the first one first."""
        origins = (self.origin_id | self.filtered(lambda each: not each.origin_id))._origin
        return (origins | origins.with_context(active_test=False).version_ids).sorted("version")

    def _get_used(self):
        """Those of these versions that decided on an invoice: a notice or a decision names it."""
        used = self.browse()
        for model in ("account.dunning.notice", "account.dunning.decision"):
            # Of all companies: who edits need not see them.
            records = self.env[model].sudo()
            for version in self._origin - used:
                domain = [("scenario_id", "=", version.id)]
                if "is_dry" in records._fields:
                    domain.append(("is_dry", "=", False))
                used |= version if records.search_count(domain, limit=1) else self.browse()
        return used

    # === Low level ===#

    def copy_data(self, default=None):
        default = dict(default or {})
        keeps_name = "name" in default or self.env.context.get("account_dunning_new_version")
        return [
            vals
            if keeps_name
            else vals | {"name": self.env._("%(scenario)s (copy)", scenario=vals["name"])}
            for vals in super().copy_data(default)
        ]

    def write(self, vals):
        if self.env.context.get("account_dunning_activation") is not ACTIVATION:
            if LIFECYCLE & vals.keys():
                raise UserError(
                    self.env._(
                        "The version and its dates change by “Activate” and “Take back” only."
                    )
                )
            if vals.keys() - ALWAYS_EDITABLE:
                self._check_editable()
        if "active" in vals:
            return super(AccountDunningScenario, self._get_versions() | self).write(vals)
        return super().write(vals)

    def _write_lifecycle(self, **values):
        """The only writes on the dates and the state of a version."""
        self.with_context(account_dunning_activation=ACTIVATION).write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_editable()
        if later := self.version_ids - self:
            raise UserError(
                self.env._(
                    "“%(scenario)s” has later versions: archive it instead.",
                    scenario=later[0].name,
                )
            )

    def _check_editable(self):
        """:raise UserError: when one of these versions is active and has decided."""
        for version in self.filtered(lambda each: each.state == "active")._get_used():
            raise UserError(
                self.env._(
                    "Version %(number)s of “%(scenario)s” has decided on invoices: it stays as it "
                    "was. Make a new version, change it, and choose the day from which it holds.",
                    number=version.version,
                    scenario=version.name,
                )
            )

    # === Actions ===#

    def action_new_version(self):
        """Copy this version as a draft, to be changed and activated; returns its form."""
        self.ensure_one()
        self.check_access("write")
        draft = self._create_version()
        return draft._get_records_action(name=draft.name)

    def _create_version(self):
        """A draft that begins as a copy of this version, with the same steps (see `origin_id`)."""
        versions = self._get_versions()
        # Without a name among the values given, its translations are copied too.
        named_alike = self.with_context(account_dunning_new_version=True)
        draft = named_alike.copy({"step_ids": []}).with_env(self.env)
        draft._write_lifecycle(origin_id=versions[0].id, version=versions[-1].version + 1)
        for step in self.step_ids:
            copied = step.copy({"scenario_id": draft.id})
            copied.origin_id = step.origin_id or step
        return draft

    def action_view_versions(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_dunning_scenario_action"
        )
        return action | {
            "name": self.env._("Versions of %(scenario)s", scenario=self.name),
            "domain": [("id", "in", self._get_versions().ids)],
            "context": {"active_test": False, "create": False},
        }

    def action_activate(self):
        """Ask from which day this version holds."""
        self.ensure_one()
        self.check_access("write")
        self._check_ready()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Activate"),
            "res_model": "account.dunning.scenario.activate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_scenario_id": self.id},
        }

    def action_take_back(self):
        """A version that was planned, and has not begun, is a draft again."""
        self.check_access("write")
        for version in self:
            version._take_back(fields.Date.context_today(self))

    # === Dated activation ===#

    def _activate(self, date_start, today):
        """This draft holds from `date_start`, and the version before it until the day before.

        :param today: the day on which this is decided.
        :raise UserError: with all that is wrong, when it can't.
        """
        self.ensure_one()
        self._check_ready()
        if date_start < today:
            raise UserError(
                self.env._(
                    "%(date)s is over: what was decided then stays. Choose today or a later day.",
                    date=format_date(self.env, date_start),
                )
            )
        same_day = self._get_versions().filtered(lambda each: each.date_start == date_start)
        if same_day:
            raise UserError(
                self.env._(
                    "Version %(number)s begins on that day: choose another one, or take that "
                    "version back first.",
                    number=same_day.version,
                )
            )
        self._write_lifecycle(state="active", date_start=date_start)
        self._chain_versions()

    def _take_back(self, today):
        """:raise UserError: when it has begun."""
        self.ensure_one()
        if self.state != "active" or not self.date_start or self.date_start <= today:
            raise UserError(
                self.env._(
                    "Only a planned version that has not begun can be taken back. To replace this "
                    "one, activate another version."
                )
            )
        self._write_lifecycle(state="draft", date_start=False, date_end=False)
        self._chain_versions()

    def _chain_versions(self):
        """Each active version ends on the day on which the next one begins."""
        active = self._get_versions().filtered(lambda each: each.state == "active")
        following = False
        for version in active.sorted(lambda each: each.date_start or date.min)[::-1]:
            if version.date_end != following:
                version._write_lifecycle(date_end=following)
            following = version.date_start
