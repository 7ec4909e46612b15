from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import clean_context


class AccountDisputeResolution(models.Model):
    """From a resolution to the ledger: credit notes like their invoices, reconciled with them.

    A credit note is first a plan (which invoice, which day, which lines): the same plan is shown
    before, and posted. Its lines keep the taxes, accounts and analytic distribution of what was
    invoiced; core spreads the amount over them to the cent.
    """

    _inherit = "account.dispute.resolution"

    preview = fields.Html(
        string="What Will Be Booked",
        compute="_compute_preview",
        sanitize=False,
        help="As it is posted when the resolution is executed today.",
    )

    @api.depends(
        "state",
        "outcome",
        "line_ids.amount",
        "analytic_distribution",
        "commitment_date",
        "instalment_ids.amount",
    )
    def _compute_preview(self):
        today = fields.Date.context_today(self)
        for each in self:
            each.preview = each.dispute_id and each._render_preview(today)

    def _render_preview(self, on_date):
        """The plan as a table; what stands in its way, in words."""
        self.ensure_one()
        plans, problem = [], ""
        if self.state not in ("done", "refused"):
            try:
                plans = self._plan_credits(on_date)
            except UserError as error:
                problem = str(error)
        return self.env["ir.qweb"]._render(
            "account_dispute_dunning.dispute_resolution_preview",
            {"resolution": self, "plans": plans, "problem": problem},
        )

    # === Plan ===#

    def _get_accepted(self):
        """``{invoice: amount}`` to credit, tax included, in the invoice's currency."""
        self.ensure_one()
        accepted = {}
        for line in self.line_ids:
            if line.currency_id.compare_amounts(line.amount, 0) > 0:
                move = line.move_id
                self._check_creditable(move, line)
                accepted[move] = accepted.get(move, 0.0) + line.amount
        if self.outcome == "reinvoice":
            return {move: move.amount_total for move in accepted}
        return accepted

    def _check_creditable(self, move, line):
        """:raise UserError: when no credit note can be made of this contested amount."""
        if not move:
            raise UserError(
                self.env._(
                    "%(invoice)s was deleted: there is nothing to credit. Reject the dispute, or "
                    "record its withdrawal.",
                    invoice=line.name,
                )
            )
        if move.state != "posted":
            raise UserError(
                self.env._(
                    "%(invoice)s is not posted any more: correct it and post it again, then "
                    "settle the dispute.",
                    invoice=move.display_name,
                )
            )
        if move.move_type not in ("out_invoice", "out_receipt"):
            raise UserError(
                self.env._(
                    "%(entry)s is not an invoice, so its taxes are not known: no credit note can "
                    "be made of it. Choose another outcome, and correct the entry by hand.",
                    entry=move.display_name,
                )
            )

    def _plan_credits(self, on_date):
        """What is to be credited.

        :return: a list of dicts: ``move``, ``amount`` and ``totals`` in the invoice's currency,
            ``date``, ``base_lines`` of core's tax engine, ``is_copy`` for all of the invoice, and
            ``open``, what the invoice still has to reconcile it with.
        :raise UserError: when it can't be booked; the message says what to do.
        """
        self.ensure_one()
        if not self._is_crediting():
            return []
        return [
            self._plan_credit(move, amount, on_date)
            for move, amount in self._get_accepted().items()
        ]

    def _plan_credit(self, move, amount, on_date):
        currency = move.currency_id
        credited = sum(
            move.reversal_move_ids.filtered(lambda credit: credit.state == "posted").mapped(
                "amount_total"
            )
        )
        if currency.compare_amounts(credited + amount, move.amount_total) > 0:
            raise UserError(
                self.env._(
                    "%(invoice)s: %(credited)s of %(total)s are credited already, so "
                    "%(amount)s more is too much.",
                    invoice=move.display_name,
                    credited=currency.format(credited),
                    total=currency.format(move.amount_total),
                    amount=currency.format(amount),
                )
            )
        is_copy = self.outcome != "gesture" and not currency.compare_amounts(
            amount, move.amount_total
        )
        base_lines = self._get_base_lines(move, amount, is_copy)
        has_tax = any(base_line["tax_ids"] for base_line in base_lines)
        return {
            "move": move,
            "amount": amount,
            "date": self._get_open_day(move, on_date, has_tax),
            "base_lines": base_lines,
            "totals": self._get_totals(base_lines, move),
            "is_copy": is_copy,
            "open": sum(move._get_receivable_lines().mapped("amount_residual_currency")),
        }

    def _get_open_day(self, move, on_date, has_tax):
        """`on_date`, or the first day after the lock dates that forbid it."""
        locks = move.company_id._get_violated_lock_dates(on_date, has_tax, move.journal_id)
        return locks[-1][0] + timedelta(days=1) if locks else on_date

    def _get_base_lines(self, move, amount, is_copy):
        """Lines that make `amount`, tax included, of the items contested or of all the invoice.

        What is contested is credited as it was invoiced when it makes the amount; else it is
        reduced in proportion, and core sees to the cents.
        """
        base_lines = self._get_item_base_lines(move)
        total = self._get_total(base_lines, move)
        if is_copy or move.currency_id.compare_amounts(total, amount) < 0:
            base_lines = self._get_invoice_base_lines(move)
            total = self._get_total(base_lines, move)
        if self.outcome == "gesture" or move.currency_id.compare_amounts(total, amount):
            base_lines = self.env["account.tax"]._prepare_down_payment_lines(
                base_lines,
                move.company_id,
                "fixed",
                amount,
                computation_key=f"dispute_resolution,{self.id}",
                grouping_function=self._get_grouping(move),
            )
        return base_lines

    def _get_grouping(self, move):
        """What core keeps apart when it reduces lines, besides their taxes: a gesture has its own
        account and words; else each line stays what it was.
        """
        if self.outcome == "gesture":
            account = self._get_gesture_account()
            words = self.with_context(lang=move.partner_id.lang).env._("Goodwill gesture")
            product = self.env["product.product"]
            return lambda base_line: {
                "account_id": account,
                "product_id": product,
                "_name": words,
            }
        return lambda base_line: {
            "account_id": base_line["account_id"],
            "product_id": base_line["product_id"],
            "_name": base_line.get("_name"),
            "_line": base_line.get("_line"),
        }

    def _get_gesture_account(self):
        """:raise UserError: while the company has none."""
        account = self.company_id.gesture_account_id
        if not account:
            raise UserError(
                self.env._(
                    "There is no account for goodwill gestures yet: a manager sets it in the "
                    "settings of Invoicing, under Collections, Disputes."
                )
            )
        return account

    def _prepare_base_line(self, source, name, **values):
        """A base line of core's tax engine, like the invoice line `source` but for `values`."""
        move = source.move_id
        base_line = self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            source,
            **{
                "price_unit": source.price_unit,
                "quantity": source.quantity,
                "discount": source.discount,
                "rate": move.invoice_currency_rate,
                "sign": move.direction_sign,
            }
            | values,
        )
        base_line.update(_name=name, _line=source)
        return base_line

    def _get_invoice_base_lines(self, move):
        return self._add_taxes(
            [
                self._prepare_base_line(line, line.name)
                for line in move.invoice_line_ids
                if line.display_type == "product"
            ],
            move,
        )

    def _get_item_base_lines(self, move):
        """The contested items of this invoice, as they were invoiced: 2 × 10.00 is not 20.00."""
        base_lines = []
        for item in self.dispute_id.item_ids:
            source = item.move_line_id
            if item.move_id != move or source.move_id != move:
                continue
            if item.kind == "line":
                base_lines.append(self._prepare_base_line(source, item.name))
            elif item.kind == "quantity":
                base_lines.append(
                    self._prepare_base_line(source, item.name, quantity=item.quantity)
                )
            elif item.kind == "tax":
                base_lines += self._prepare_tax_base_lines(item)
            else:
                base_lines.append(
                    self._prepare_base_line(
                        source,
                        item.name,
                        quantity=item.quantity,
                        price_unit=item.price_unit,
                        discount=0.0,
                    )
                )
        return self._add_taxes(base_lines, move)

    def _prepare_tax_base_lines(self, item):
        """A tax alone: its base is credited with the tax, and charged again without it."""
        source = item.move_line_id
        share = item.amount_total / (source.price_total - source.price_subtotal)
        net = source.price_unit * (1 - source.discount / 100) * source.quantity
        common = {"quantity": 1.0, "discount": 0.0}
        no_tax = self.env["account.tax"]
        return [
            self._prepare_base_line(source, item.name, price_unit=net * share, **common),
            self._prepare_base_line(
                source,
                item.name,
                price_unit=-source.price_subtotal * share,
                tax_ids=no_tax,
                **common,
            ),
        ]

    def _add_taxes(self, base_lines, move):
        taxes = self.env["account.tax"]
        taxes._add_tax_details_in_base_lines(base_lines, move.company_id)
        taxes._round_base_lines_tax_details(base_lines, move.company_id)
        return base_lines

    def _get_totals(self, base_lines, move):
        return self.env["account.tax"]._get_tax_totals_summary(
            base_lines, move.currency_id, move.company_id
        )

    def _get_total(self, base_lines, move):
        return self._get_totals(base_lines, move)["total_amount_currency"] if base_lines else 0.0

    # === Act ===#

    def _book(self, on_date):
        """Post what was agreed; called inside a savepoint, so that nothing is half done.

        :raise UserError: when it can't be booked.
        """
        self.ensure_one()
        # What the dialogue proposes for new records is not meant for these.
        this = self.with_context(clean_context(self.env.context)).with_company(self.company_id)
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
