from odoo import api, fields, models


class AccountReceivableImportLine(models.Model):
    """One row of the file: what was read, what is wrong with it, and what became of it.

    Amounts are in the row's currency; a credit note is negative.
    """

    _name = "account.receivable.import.line"
    _description = "Receivable Import Row"
    _order = "line_number, id"
    _rec_name = "number"
    _check_company_auto = True

    import_id = fields.Many2one(
        "account.receivable.import", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("ready", "Ready"),
            ("error", "To Correct"),
            ("there", "Already There"),
            ("left_out", "Left Out"),
            ("loaded", "Loaded"),
        ],
        readonly=True,
        required=True,
    )
    line_number = fields.Integer(string="Line", readonly=True)
    column_name = fields.Char(string="Column", readonly=True)
    message = fields.Char(string="Reason", readonly=True)

    # === What was read ===#
    customer = fields.Char(string="Customer in the File", readonly=True)
    customer_code = fields.Char(readonly=True)
    vat = fields.Char(string="VAT or SIRET", readonly=True)
    number = fields.Char(readonly=True)
    invoice_date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    settled_date = fields.Date(string="Settled On", readonly=True)
    contested_amount = fields.Monetary(string="Contested", readonly=True)
    contest_reason = fields.Char(readonly=True)

    # === What became of it ===#
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, index="btree_not_null"
    )
    is_created = fields.Boolean(
        string="Created Here", readonly=True, help="This import created the invoice."
    )
    payment_id = fields.Many2one(
        "account.payment", string="Settlement", readonly=True, index="btree_not_null"
    )
    dispute_id = fields.Many2one("account.dispute", readonly=True, index="btree_not_null")

    def action_open_invoice(self):
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action()

    def _get_receivable_line(self):
        """The receivable lines of the invoices of these rows."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _is_payment_changed(self):
        """Whether the invoice was paid, or its settlement taken back, by somebody else."""
        self.ensure_one()
        residual = 0.0 if self.payment_id else self.move_id.amount_total
        matched = self.move_id._get_reconciled_payments()
        return self.move_id.state != "posted" or (
            matched != self.payment_id
            or self.currency_id.compare_amounts(self.move_id.amount_residual, residual) != 0
        )

    @api.model
    def _group_by_state(self, imports):
        """``{(import, state): rows}``."""
        groups = self._read_group(
            [("import_id", "in", imports.ids)], ["import_id", "state"], ["__count"]
        )
        return {(import_, state): count for import_, state, count in groups}
