from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import consteq, hmac

from .account_dunning_notice import SENT_STATES

SCOPE = "account_dispute_dunning.notice.problem"


class AccountDunningNotice(models.Model):
    """The customer reports a problem from a notice: its link opens a form (S0.27).

    The link is signed: who has it needs no account, and sees nothing but what the notice says.
    """

    _inherit = "account.dunning.notice"

    def _get_problem_token(self):
        self.ensure_one()
        return hmac(self.env(su=True), SCOPE, (self.id, self.name))

    def _get_problem_path(self):
        """The address of the form, within the site."""
        return f"/my/notices/{self.id}/problem?access_token={self._get_problem_token()}"

    def _is_open_to(self, access_token):
        """Whether a link's token opens the form of this notice; only what left can be answered."""
        self.ensure_one()
        return (
            bool(access_token)
            and self.state in SENT_STATES
            and consteq(self._get_problem_token(), access_token)
        )

    def _get_problem_amounts(self):
        """``{line: the most that can be contested of it now}``; what is settled is left out."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.residual > 0 and line.move_line_id)
        uncontested = lines.move_line_id._get_uncontested()
        return {
            line: uncontested[line.move_line_id.id]
            for line in lines
            if uncontested.get(line.move_line_id.id, 0) > 0
        }

    def _report_problem(self, amounts, reason, description, files, key):
        """What the customer contests becomes an open dispute, once; its collector is told.

        :param amounts: ``{line of this notice: amount contested, in its currency}``.
        :param reason: of `account.dispute.reason`.
        :param files: ``[(name, content, type)]``, already checked.
        :param key: of the form that was filled in: sent twice, it gives the same dispute.
        :return: the dispute.
        :raise UserError: when an amount is not within what is open; the message says which.
        """
        self.ensure_one()
        # Of two clicks the second one waits here, and is run again.
        self.line_ids.move_line_id._serialise_contests()
        disputes = self.env["account.dispute"]
        if sent := disputes.search([("report_key", "=", key), ("notice_id", "=", self.id)]):
            return sent
        self._check_problem(amounts)
        dispute = disputes.with_company(self.company_id).create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "contact_id": self.contact_id.id,
                "reason_id": reason.id,
                "description": description,
                "notice_id": self.id,
                "reported_from": "pre_due" if self.kind == "preventive" else "reminder",
                "report_key": key,
                "line_ids": [
                    Command.create({"move_line_id": line.move_line_id.id, "amount": amount})
                    for line, amount in amounts.items()
                ],
            }
        )
        dispute.action_open()
        self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": dispute._name,
                    "res_id": dispute.id,
                }
                for name, content, mimetype in files
            ]
        )
        self._tell_of_problem(dispute)
        return dispute

    def _check_problem(self, amounts):
        """:raise UserError: with what the customer should change."""
        if not amounts:
            raise UserError(
                self.env._("Please enter the amount that you contest of at least one invoice.")
            )
        possible = self._get_problem_amounts()
        currency = self.currency_id
        for line, amount in amounts.items():
            if line not in possible:
                raise UserError(
                    self.env._(
                        "%(invoice)s is settled or contested already: please write to us instead.",
                        invoice=line.name,
                    )
                )
            if (
                currency.compare_amounts(amount, 0) <= 0
                or currency.compare_amounts(amount, possible[line]) > 0
            ):
                raise UserError(
                    self.env._(
                        "%(invoice)s: please enter an amount between zero and %(open)s.",
                        invoice=line.name,
                        open=currency.format(possible[line]),
                    )
                )

    def _tell_of_problem(self, dispute):
        """The collector has something to do, and sees it on the notice too: it is an answer."""
        self._write_frozen(replied_on=fields.Datetime.now())
        self.message_post(
            body=self.env._(
                "The customer reports a problem: %(dispute)s.", dispute=dispute._get_html_link()
            ),
            subtype_xmlid="mail.mt_note",
        )
        collector = self.user_id or dispute.user_id
        if collector:
            dispute.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "%(customer)s reports a problem: answer it",
                    customer=self.partner_id.display_name,
                ),
                user_id=collector.id,
            )
