import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .account_customer_score import CLASSES, TRENDS

# Who sees how a customer pays: Collections, and Invoicing.
SCORE_READERS = "account_dispute_dunning.group_auditor,account.group_account_invoice"
# What the daily job writes on a customer.
SHOWN = ("score_class", "score_value", "score_trend", "dispute_propensity")


class ResPartner(models.Model):
    """How a customer pays, as its current score says; written by the daily job, when it changes.

    Company-dependent, so that a list sorts, filters and groups by them; the snapshot has the rest.
    No index: nearly every customer has a value.
    """

    _inherit = "res.partner"

    score_class = fields.Selection(
        CLASSES,
        string="Class",
        company_dependent=True,
        readonly=True,
        index=False,
        groups=SCORE_READERS,
        help="How it pays, from A to E. Advice: nothing is blocked because of it. A class set by "
        "hand prevails while it holds.",
    )
    score_value = fields.Float(
        string="Score",
        digits=(5, 1),
        company_dependent=True,
        readonly=True,
        index=False,
        groups=SCORE_READERS,
        aggregator="avg",
        help="Of 100, the best payer.",
    )
    score_trend = fields.Selection(
        TRENDS,
        string="Trend",
        company_dependent=True,
        readonly=True,
        index=False,
        groups=SCORE_READERS,
        help="Of the score, beside three months before.",
    )
    dispute_propensity = fields.Float(
        digits=(5, 1),
        company_dependent=True,
        readonly=True,
        index=False,
        groups=SCORE_READERS,
        aggregator="avg",
        help="Contested, of 100 invoiced in 12 months. It is in no part of the score.",
    )

    # === What somebody else says, for the component “solvency” (S0.23) ===#
    solvency_value = fields.Float(
        digits=(5, 1),
        groups=SCORE_READERS,
        help="From 0, insolvent, to 100: convert the rating of your information provider.",
    )
    solvency_date = fields.Date(
        string="Solvency as of",
        groups=SCORE_READERS,
        help="After 12 months it counts no more. Without a date it does not count.",
    )
    solvency_source = fields.Char(
        groups=SCORE_READERS, help="Who says so: the customer may ask for it."
    )

    @api.constrains("solvency_value")
    def _check_solvency_value(self):
        for partner in self:
            if not 0 <= partner.solvency_value <= 100:
                raise ValidationError(
                    self.env._("The solvency value is between 0, insolvent, and 100.")
                )

    @api.model
    def _write_scores(self, company, rows):
        """Write what the daily job found, in one statement.

        It writes no log and recomputes nothing: nothing depends on these fields.

        :param rows: dictionaries with `id` and the four fields; None empties one.
        """
        if not rows:
            return
        assignments = SQL(", ").join(
            SQL(
                "%(name)s = NULLIF(jsonb_strip_nulls(COALESCE(partner.%(name)s, '{}')"
                " || jsonb_build_object(%(company)s, row.%(name)s)), '{}')",
                name=SQL.identifier(name),
                company=str(company.id),
            )
            for name in SHOWN
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner partner SET %s
                  FROM jsonb_to_recordset(%s) AS row(
                       id int, score_class varchar, score_value numeric, score_trend varchar,
                       dispute_propensity numeric)
                 WHERE partner.id = row.id
                """,
                assignments,
                json.dumps(rows),
            )
        )
        self.invalidate_model(SHOWN)

    # === Actions ===#

    def action_view_score(self):
        """Open the current score of this customer, explained; all of them when there is none.

        :raise AccessError: for a user who may not read scores.
        """
        self.ensure_one()
        self.check_access("read")
        scores = self.env["account.customer.score"]
        scores.check_access("read")
        current = scores.search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", self.env.company.id),
                ("superseded_on", "=", False),
            ]
        )
        return current._get_records_action() if current else self._get_score_history_action()

    def _get_score_history_action(self):
        """A window with all scores of these customers, as a curve and as a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_dispute_dunning.account_customer_score_action"
        )
        return action | {
            "domain": [("partner_id", "in", self.commercial_partner_id.ids)],
            "context": {"fill_temporal": False},  # a day without a score is no score of zero
            "views": [[False, "graph"], [False, "list"], [False, "form"]],
            "display_name": self.env._("Scores over Time"),
        }
