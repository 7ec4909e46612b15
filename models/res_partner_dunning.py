from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..report.workbook import MIMETYPE


class ResPartner(models.Model):
    """How a customer is reminded: contacts, validation process, what is due, promised, late."""

    _inherit = "res.partner"

    # === Statement of account ===#

    @api.model
    def _get_statement_xlsx(self, partner, company, on_date):
        """The statement of account of one or several customers, as a workbook in their language.

        :param company: its branches are included, as far as the reader may see them.
        :return: ``(file name, bytes)``.
        :raise AccessError: for a user who may not read receivables or these customers.
        """
        return self.env["account.receivable"]._get_statement_xlsx(partner, company, on_date)

    def action_download_statement(self):
        """Download the statement of account of these customers, of today.

        :raise AccessError: for a user who may not read receivables.
        """
        self.check_access("read")
        self.env["account.receivable"].check_access("read")
        export = self.env["account.receivable.export"].create(
            {"kind": "statement", "partner_ids": self.commercial_partner_id.ids}
        )
        return export._get_download_action()

    def action_send_statement(self):
        """Open an e-mail to the customer, with its statement of account of today attached.

        :raise AccessError: for a user who is not a collector.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("account_dispute_dunning.group_collector"):
            raise AccessError(self.env._("Your role in Collections does not allow this."))
        company, today = self.env.company, fields.Date.context_today(self)
        customer = self.commercial_partner_id
        name, content = self._get_statement_xlsx(customer, company, today)
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": MIMETYPE,
                "res_model": "mail.compose.message",
                "res_id": 0,
            }
        )
        contact = self.env["account.dunning.notice"]._get_contact(customer)
        localized = self.with_context(
            lang=self.env["account.receivable"]._get_language(customer, company)
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send the statement of account"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": "res.partner",
                "default_res_ids": customer.ids,
                "default_composition_mode": "comment",
                "default_partner_ids": contact.ids,
                "default_attachment_ids": attachment.ids,
                "default_subject": localized.env._(
                    "%(company)s: statement of account", company=company.name
                ),
                "default_body": localized._get_statement_message(company, today),
            },
        }

    def _get_statement_message(self, company, on_date):
        paragraphs = (
            self.env._("Hello,"),
            self.env._(
                "Please find attached your account with %(company)s as of %(date)s.",
                company=company.name,
                date=format_date(self.env, on_date, date_format="long"),
            ),
            self.env._("Does it agree with your books? Please tell us about any difference."),
        )
        return Markup().join(Markup("<p>%s</p>") % text for text in paragraphs)
