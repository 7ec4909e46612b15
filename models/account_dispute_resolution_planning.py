from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_dispute_resolution import CREDITING


class AccountDisputeResolution(models.Model):
    """What a resolution would book: which invoices are credited, on which day, by which lines.

    The same plan is shown before and posted by `_books.py`. Its lines keep the taxes, accounts
    and analytic distribution of what was invoiced; core spreads the amount over them to the cent.
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

    def _is_crediting(self):
        """Whether it takes something off what the customer owes."""
        return self.outcome in CREDITING

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

    def _get_reinvoiced(self):
        """What is credited until somebody posts the new invoice, in company currency: all of it."""
        if self.outcome != "reinvoice":
            return 0.0
        return sum(
            abs(move.amount_total_signed) for move in self.line_ids.filtered("amount").move_id
        )

    def _check_creditable(self, move, line):
        """:raise UserError: when no credit note can be made of this contested amount."""
        if line.currency_id.compare_amounts(line.amount, line.contested) > 0:
            raise UserError(
                self.env._(
                    "%(invoice)s: %(amount)s were accepted, and only %(contested)s are contested "
                    "now. Press “Change”, and accept less.",
                    invoice=line.name,
                    amount=line.currency_id.format(line.amount),
                    contested=line.currency_id.format(line.contested),
                )
            )
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
            base_lines = self._reduce_base_lines(base_lines, move, amount)
        return base_lines

    def _reduce_base_lines(self, base_lines, move, amount):
        """These lines, each reduced in proportion, so that they make `amount`, tax included."""
        taxes = self.env["account.tax"]
        reduced = taxes._prepare_down_payment_lines(
            base_lines,
            move.company_id,
            "fixed",
            amount,
            computation_key=f"dispute_resolution,{self.id}",
            grouping_function=self._get_grouping(move),
        )
        for base_line in reduced:
            if not any(base_line["tax_ids"].flatten_taxes_hierarchy().mapped("price_include")):
                details = base_line["tax_details"]
                base_line["price_unit"] = (
                    details["total_excluded_currency"] + details["delta_total_excluded_currency"]
                )
        return reduced

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
