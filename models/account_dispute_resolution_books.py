from markupsafe import Markup

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import clean_context


class AccountDisputeResolution(models.Model):
    """From a resolution to the ledger: what was planned is posted, reconciled and told."""

    _inherit = "account.dispute.resolution"

    def _book(self, on_date):
        """Post what was agreed; called inside a savepoint, so that nothing is half done.

        :raise UserError: when it can't be booked.
        """
        self.ensure_one()
        # What the dialogue proposes for new records is not meant for these.
        this = self.with_env(self.env(context=clean_context(self.env.context)))
        this = this.with_company(self.company_id)
        credits = this.env["account.move"]
        for plan in this._plan_credits(on_date):
            credits |= this._create_credit(plan)
        if credits:
            this._write_guarded(credit_move_ids=[Command.link(credit.id) for credit in credits])
        if this.outcome == "reinvoice":
            this._create_corrected_invoices()
        elif this.outcome == "replacement":
            this._create_commitment()
        elif this.outcome == "instalments":
            this._schedule_instalments()

    def _create_credit(self, plan):
        """Post one credit note and reconcile it with its invoice; what the invoice has no open
        amount for stays open, as a credit of the customer.
        """
        move = plan["move"]
        credit = move._reverse_moves([self._prepare_credit_values(plan)])
        if move.currency_id.compare_amounts(credit.amount_total, plan["amount"]):
            raise UserError(
                self.env._(
                    "The credit note of %(invoice)s would be %(total)s and not %(amount)s: adjust "
                    "the accepted amount by the difference.",
                    invoice=move.display_name,
                    total=move.currency_id.format(credit.amount_total),
                    amount=move.currency_id.format(plan["amount"]),
                )
            )
        credit._post(soft=False)
        self._reconcile_credit(credit, move)
        credit._message_log(
            body=self.env._("Made by %(dispute)s.", dispute=self.dispute_id._get_html_link())
        )
        self.dispute_id._message_log(
            body=self.env._(
                "%(credit)s posted: %(amount)s of %(invoice)s.",
                credit=credit._get_html_link(),
                amount=move.currency_id.format(credit.amount_total),
                invoice=move._get_html_link(),
            )
        )
        return credit

    def _prepare_credit_values(self, plan):
        move = plan["move"]
        words = self.with_context(lang=move.partner_id.lang).env
        values = {
            "ref": words._(
                "Reversal of: %(invoice)s, dispute %(dispute)s",
                invoice=move.name,
                dispute=self.dispute_id.name,
            ),
            "date": plan["date"],
            "invoice_date": plan["date"],
            "invoice_date_due": plan["date"],
            "invoice_payment_term_id": False,
            "invoice_user_id": move.invoice_user_id.id,
            "invoice_origin": move.name,
            "invoice_currency_rate": move.invoice_currency_rate,
            "auto_post": "no",
        }
        if not plan["is_copy"]:
            values["invoice_cash_rounding_id"] = False
            values["line_ids"] = [
                Command.create(self._prepare_credit_line_values(base_line))
                for base_line in plan["base_lines"]
            ]
        return values

    def _prepare_credit_line_values(self, base_line):
        is_gesture = self.outcome == "gesture"
        taxes = self.env["account.tax"]
        return {
            "display_type": "product",
            "name": base_line["_name"] or base_line["account_id"].name,
            "product_id": base_line["product_id"].id,
            "product_uom_id": base_line["product_uom_id"].id,
            "account_id": base_line["account_id"].id,
            "quantity": base_line["quantity"],
            "price_unit": base_line["price_unit"],
            "discount": base_line["discount"],
            "tax_ids": [Command.set(base_line["tax_ids"].ids)],
            "analytic_distribution": (is_gesture and self.analytic_distribution)
            or base_line["analytic_distribution"],
            "extra_tax_data": taxes._export_base_line_extra_tax_data(base_line),
        }

    def _reconcile_credit(self, credit, move):
        """Core matches a credit note with the oldest instalment; it is for those contested."""
        contested = self.line_ids.filtered("amount").dispute_line_id.move_line_id & move.line_ids
        receivable = credit.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        instalments = move.line_ids.filtered(
            lambda line: line.account_id == receivable.account_id and line.debit
        )
        if instalments - contested:
            receivable.remove_move_reconcile()
            for lines in (contested, instalments - contested):
                lines = lines.filtered(lambda line: not line.reconciled)
                if lines and not receivable.reconciled:
                    (receivable + lines).reconcile()

    def _get_credited(self):
        """``{contested line: amount in its currency}`` that credit notes have just taken off."""
        if not self.credit_move_ids:
            return {}
        return {line.dispute_line_id: line.amount for line in self.line_ids}

    def _create_corrected_invoices(self):
        """A draft like each credited invoice, without what the contested items say was wrong."""
        invoices = self.env["account.move"]
        for move in self.line_ids.filtered("amount").move_id:
            invoice = move.with_context(include_business_fields=True).copy(
                {"invoice_origin": move.name}
            )
            lines = dict(
                zip(
                    move.invoice_line_ids.sorted(lambda line: (line.sequence, line.id)),
                    invoice.invoice_line_ids.sorted(lambda line: (line.sequence, line.id)),
                    strict=False,
                )
            )
            for item in self.dispute_id.item_ids:
                if item.move_line_id in lines:
                    self._correct_line(lines[item.move_line_id], item)
            invoices |= invoice
        self._write_guarded(invoice_move_ids=[Command.link(invoice.id) for invoice in invoices])
        self.dispute_id._message_log(
            body=Markup("%s %s")
            % (
                self.env._("To check and post:"),
                Markup(", ").join(invoice._get_html_link() for invoice in invoices),
            )
        )

    def _correct_line(self, line, item):
        """Take off what was contested; what has no plain correction is left to the user."""
        if item.kind == "line":
            line.quantity = 0.0
        elif item.kind == "quantity":
            line.quantity -= item.quantity
        elif item.kind == "price" and item.quantity == line.quantity:
            line.write(
                {
                    "price_unit": line.price_unit * (1 - line.discount / 100) - item.price_unit,
                    "discount": 0.0,
                }
            )

    def _create_commitment(self):
        """Logistics replaces the goods until the agreed day; nothing is booked for it."""
        department = self.env["account.dispute.department"].search([("code", "=", "logistics")])
        self.env["account.dispute.task"].create(
            {
                "name": self.env._("Replace the goods"),
                "kind": "commitment",
                "dispute_id": self.dispute_id.id,
                "department_id": department.id,
                "date_deadline": self.commitment_date,
                "instructions": self.internal_note,
            }
        )

    def _schedule_instalments(self):
        """One activity per agreed date, for who follows the dispute."""
        for instalment in self.instalment_ids:
            self.dispute_id.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=instalment.date,
                summary=self.env._(
                    "Instalment of %(amount)s expected",
                    amount=self.company_currency_id.format(instalment.amount),
                ),
                user_id=(self.dispute_id.user_id or self.env.user).id,
            )
