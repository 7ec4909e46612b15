from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..report.workbook import MIMETYPE
from .res_partner import READERS

# As the filter “Overdue” of the receivables.
LATE = Domain("bucket", "!=", "0_not_due") & Domain("residual", ">", 0)


class ResPartner(models.Model):
    """How a customer is reminded: contacts, validation process, what is due, promised, late."""

    _inherit = "res.partner"

    # === What is owed, of the whole commercial entity, in company currency (S0.30) ===#
    due_amount = fields.Monetary(
        string="Total Owed",
        compute="_compute_receivable_amounts",
        groups=READERS,
        help="All that is open, less credits: the balance of the receivable account.",
    )
    late_amount = fields.Monetary(
        string="Late",
        compute="_compute_receivable_amounts",
        search="_search_late_amount",
        groups=READERS,
        help="What is past its due date, contested or not; credits do not reduce it.",
    )
    promised_amount = fields.Monetary(
        string="Promised", compute="_compute_receivable_amounts", groups=READERS
    )
    contested_amount = fields.Monetary(
        string="Contested",
        compute="_compute_receivable_amounts",
        groups=READERS,
        help="Held by open disputes: not claimed until they are closed.",
    )
    dunnable_amount = fields.Monetary(
        string="Overdue to Claim", compute="_compute_receivable_amounts", groups=READERS
    )

    # === How it is reminded ===#
    dunning_notice_count = fields.Integer(
        string="Reminders", compute="_compute_dunning_counts", groups=READERS
    )
    dunning_treatment_count = fields.Integer(
        string="Treatments", compute="_compute_dunning_counts", groups=READERS
    )
    dunning_warning = fields.Char(
        string="To Complete",
        compute="_compute_dunning_warning",
        groups=READERS,
        help="What would keep a reminder of this customer from arriving, or from being paid.",
    )

    def write(self, vals):
        """A new e-mail address may reach whom the former one did not (S4.11)."""
        corrected = self.browse()
        if "email" in vals and "is_unreachable" not in vals:
            corrected = self.filtered(
                lambda partner: partner.is_unreachable and partner.email != vals["email"]
            )
        result = super().write(vals)
        if corrected:
            corrected.is_unreachable = False
        return result

    @api.depends_context("company", "allowed_company_ids", "uid")
    def _compute_receivable_amounts(self):
        """Of the whole commercial entity, in the current company and its branches.

        Like the amount due beside it, it is read when the form is opened: nothing triggers it.
        """
        receivables = self.env["account.receivable"]
        company = Domain("company_id", "child_of", self.env.company.root_id.id)
        domain = receivables._get_domain_of(self.commercial_partner_id, company)
        parts = ["residual:sum", "promised:sum", "contested:sum", "overdue:sum"]
        rows = receivables._read_group(domain, ["partner_id"], parts)
        sums = {partner: amounts for partner, *amounts in rows}
        late = dict(
            receivables._read_group(domain & LATE, ["partner_id"], ["residual:sum"]) if rows else ()
        )
        for partner in self:
            customer = partner.commercial_partner_id._origin
            due, promised, contested, overdue = sums.get(customer, (0.0, 0.0, 0.0, 0.0))
            partner.due_amount = due
            partner.late_amount = late.get(customer, 0.0)
            partner.promised_amount = promised
            partner.contested_amount = contested
            partner.dunnable_amount = overdue

    def _search_late_amount(self, operator, value):
        """Only *whether* something is late: an amount would have to be summed per customer."""
        if (operator, value) != (">", 0):
            return NotImplemented
        late = self.env["account.receivable"]._search(
            LATE & Domain("company_id", "child_of", self.env.company.root_id.id)
        )
        return Domain("id", "in", late.subselect(SQL.identifier(late.table, "partner_id")))

    @api.depends_context("company", "allowed_company_ids", "uid")
    def _compute_dunning_counts(self):
        """Read when the form is opened, like the amounts."""
        customers = self.commercial_partner_id
        notices = dict(
            self.env["account.dunning.notice"]._read_group(
                [("partner_id", "in", customers.ids), ("state", "!=", "cancelled")],
                ["partner_id"],
                ["__count"],
            )
        )
        treatments = dict(
            self.env["account.dunning.treatment"]._read_group(
                [("commercial_partner_id", "in", customers.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            customer = partner.commercial_partner_id._origin
            partner.dunning_notice_count = notices.get(customer, 0)
            partner.dunning_treatment_count = treatments.get(customer, 0)

    # === What is missing (S2.41, S4.11) ===#

    @api.depends(
        "email",
        "is_unreachable",
        "customer_rank",
        "child_ids.email",
        "child_ids.is_unreachable",
        "child_ids.dunning_role",
        "property_inbound_payment_method_line_id",
        "property_payment_term_id",
    )
    @api.depends_context("company", "lang")
    def _compute_dunning_warning(self):
        for partner in self:
            is_customer = partner == partner.commercial_partner_id and partner.customer_rank
            warnings = partner._get_dunning_warnings() if is_customer else ()
            partner.dunning_warning = " ".join(warnings)

    def _get_dunning_warnings(self):
        """What a person should complete, in sentences that say what to do."""
        self.ensure_one()
        warnings = []
        contact = self.env["account.dunning.notice"]._get_contact(self)
        unreachable = (self | self.child_ids).filtered("is_unreachable")
        if not self.property_inbound_payment_method_line_id and not self.property_payment_term_id:
            warnings.append(
                self.env._("How it pays is not agreed: set a payment method or payment terms.")
            )
        if not contact.email:
            warnings.append(
                self.env._("No e-mail address: every reminder is a letter. Add one to a contact.")
            )
        if unreachable:
            warnings.append(
                self.env._(
                    "%(contacts)s can't be reached: find another contact, or correct the address.",
                    contacts=", ".join(unreachable.mapped("name")),
                )
            )
        return warnings

    # === When it pays (S4.12) ===#

    @api.constrains("payment_run_days")
    def _check_payment_run_days(self):
        for partner in self:
            partner._get_payment_run_days()

    def _get_payment_run_days(self):
        """The days of the month on which this customer pays, in order; 31 is the last day.

        :raise ValidationError: when the text names no such days.
        """
        self.ensure_one()
        texts = [text.strip() for text in (self.payment_run_days or "").split(",") if text.strip()]
        if not all(text.isdecimal() and 1 <= int(text) <= 31 for text in texts):
            raise ValidationError(
                self.env._(
                    "%(customer)s: “%(text)s” names no days of the month. Write numbers from 1 to "
                    "31 with commas between them, such as “10, 25”; 31 is the last day.",
                    customer=self.display_name,
                    text=self.payment_run_days,
                )
            )
        return sorted(set(map(int, texts)))

    # === Reminders ===#

    def action_why(self):
        """Show why each open receivable of these customers is, or is not, reminded of: as of now.

        :raise AccessError: for a user who may not read receivables.
        :raise UserError: when they owe nothing.
        """
        self.check_access("read")
        receivables = self.env["account.receivable"]
        receivables.check_access("read")
        found = receivables.search(
            receivables._get_domain_of(
                self.commercial_partner_id, Domain("company_id", "in", self.env.companies.ids)
            )
        )
        if not found:
            raise UserError(self.env._("Nothing is open: there is nothing to remind anybody of."))
        return found.action_why()

    def action_view_notices(self):
        """Show the reminders of these customers, the latest first.

        :raise AccessError: for a user without a role in Collections.
        """
        self.check_access("read")
        self.env["account.dunning.notice"].check_access("read")
        return self._get_customer_action("account_dunning_notice_action", "partner_id")

    def action_view_treatments(self):
        """Show how these customers are treated for a while: pauses, softer words, another contact.

        :raise AccessError: for a user without a role in Collections.
        """
        self.check_access("read")
        self.env["account.dunning.treatment"].check_access("read")
        action = self._get_customer_action(
            "account_dunning_treatment_action", "commercial_partner_id"
        )
        return action | {"context": {"default_partner_id": self.commercial_partner_id[:1].id}}

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
