from datetime import timedelta
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class AccountLegalText(models.Model):
    """A text of the law that a letter or a screen quotes, in the version of a day (S4.25).

    When the law changes, a new version is added and the one before it ends: a letter quotes what
    held on its day. Versions with the same code never overlap. Amounts that a law fixes are in
    these texts only.

    Everybody in Collections reads; a manager writes.
    """

    _name = "account.legal.text"
    _description = "Legal Text"
    _order = "code, date_start desc"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, index=True, help="By which letters and screens quote it: keep it."
    )
    country_id = fields.Many2one("res.country")
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="Until", help="Empty: it still holds.")
    body = fields.Text(string="Text", required=True, translate=True)
    source = fields.Char(required=True, help="The articles, and where they can be read.")
    verified_on = fields.Date(string="Checked On")

    @api.constrains("code", "date_start", "date_end")
    def _check_dates(self):
        """:raise ValidationError: when two versions hold on one day, or one ends too early."""
        versions = self.search([("code", "in", self.mapped("code"))], order="code, date_start")
        for texts in versions.grouped("code").values():
            for text in texts:
                if text.date_end and text.date_end < text.date_start:
                    raise ValidationError(
                        self.env._(
                            "“%(text)s” ends before it begins: correct its dates.", text=text.name
                        )
                    )
            for first, second in pairwise(texts):
                if not first.date_end or first.date_end >= second.date_start:
                    raise ValidationError(
                        self.env._(
                            "Two versions of “%(text)s” hold on %(day)s: end the first one on the "
                            "day before.",
                            text=second.name,
                            day=format_date(self.env, second.date_start),
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        """A new version ends the one that had no end, on the day before it begins."""
        for values in vals_list:
            self._end_version_before(values.get("code"), values.get("date_start"))
        return super().create(vals_list)

    @api.model
    def _end_version_before(self, code, date_start):
        start = fields.Date.to_date(date_start)
        if not start:
            return
        self.search(
            [("code", "=", code), ("date_end", "=", False), ("date_start", "<", start)]
        ).date_end = start - timedelta(days=1)

    def copy_data(self, default=None):
        """A copy is the next version: it begins today, or the day after the text began."""
        copies = super().copy_data(default)
        today = fields.Date.context_today(self)
        for text, values in zip(self, copies, strict=True):
            start = max(today, text.date_start + timedelta(days=1))
            values.update({"date_start": start, "date_end": False, "verified_on": False})
            values.update(default or {})
        return copies

    @api.model
    def _get_text(self, code, on_date, lang=None):
        """The text that held on a day, in a language; "" when there is none.

        :param lang: a code as ``fr_FR``; by default the user's.
        """
        text = self._get_version(code, on_date)
        return (text.with_context(lang=lang) if lang else text).body or ""

    @api.model
    def _get_version(self, code, on_date):
        """The version that held on a day; empty when there is none."""
        # The law is nobody's secret: whoever prepares a letter may quote it.
        return self.sudo().search(
            [
                ("code", "=", code),
                ("date_start", "<=", on_date),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", on_date),
            ],
            limit=1,
        )
