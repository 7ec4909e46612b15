from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..report.account_aged_balance_xlsx import PARTS, render_aged_balance
from ..report.account_statement_xlsx import render_statements
from ..report.workbook import clean_name


class AccountReceivable(models.Model):
    """Receivables on a spreadsheet: the statement of a customer, and the aged balance."""

    _inherit = "account.receivable"

    # === Statement of account ===#

    @api.model
    def _get_statement_xlsx(self, partners, company, on_date):
        """The statement of account of customers, in their languages: a sheet each.

        :param company: its branches are included, as far as the reader may see them.
        :return: ``(file name, bytes)``.
        :raise AccessError: for a user who may not read receivables or these customers.
        """
        partners = partners.commercial_partner_id
        partners.check_access("read")
        self.check_access("read")
        statements = self._get_statements(partners, company)
        env = statements[0][0].env if len(statements) == 1 else self.env
        name = env._(
            "Statement of account %(customer)s %(date)s",
            customer=partners.name if len(partners) == 1 else company.name,
            date=fields.Date.to_string(on_date),
        )
        return f"{clean_name(name)}.xlsx", render_statements(statements, company, on_date)

    @api.model
    def _get_statements(self, partners, company):
        """``[(customer, its receivables, ledger figures)]``, each speaking the customer's language;
        the oldest due date first.
        """
        companies = self.env["res.company"].search([("id", "child_of", company.id)])
        domain = self._get_domain_of(partners, Domain("company_id", "in", companies.ids))
        open_lines = self.search(domain).grouped("partner_id")
        statements = []
        for partner in partners:
            partner = partner.with_context(lang=self._get_language(partner, company))
            receivables = open_lines.get(partner, self.browse()).with_env(partner.env)
            ledger = receivables._get_ledger(companies, partner)
            statements.append((partner, receivables, ledger))
        return statements

    @api.model
    def _get_language(self, partner, company):
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        wanted = (partner.lang, company.sudo().partner_id.lang, self.env.lang)
        return next((lang for lang in wanted if lang in installed), None)

    # === Aged balance ===#

    @api.model
    def _get_aged_balance_xlsx(self, domain, companies):
        """The aged balance of today: a sheet per company, with a row per customer.

        :param domain: which receivables; the rest is one line above the ledger's balance.
        :return: ``(file name, bytes)``.
        :raise AccessError: for a user who may not read receivables.
        """
        self.check_access("read")
        on_date = fields.Date.context_today(self)
        balances = [self._get_aged_balance(domain, company) for company in companies]
        name = self.env._(
            "Aged balance %(company)s %(date)s",
            company=companies[:1].name,
            date=fields.Date.to_string(on_date),
        )
        return f"{clean_name(name)}.xlsx", render_aged_balance(self.env, balances, on_date)

    @api.model
    def _get_aged_balance(self, domain, company):
        """``(company, rows, ledger figures)``; a row per currency, customer and age."""
        rows = self._read_group(
            Domain(domain) & Domain("company_id", "=", company.id),
            ["currency_id", "partner_id", "bucket"],
            [
                "residual_currency:sum",
                "residual:sum",
                *(f"{part}_currency:sum" for part in PARTS),
            ],
        )
        ledger = self._get_ledger(company)
        shown = sum(residual for _currency, _partner, _age, _amount, residual, *_parts in rows)
        figures = self._tie_out(company)[company]
        rest = company.currency_id.round(figures["receivables"] - shown)
        if rest:
            ledger["others"].insert(0, (self.env._("Open, not on this sheet"), rest))
        return company, rows, ledger

    # === Actions ===#

    def action_statement(self):
        """Download the statements of account of the customers of these receivables.

        :raise AccessError: for a user who may not read receivables.
        :raise UserError: when they have no customer.
        """
        self.check_access("read")
        if not self.partner_id:
            raise UserError(self.env._("Tick the receivables of a customer first."))
        return self.partner_id.action_download_statement()

    def action_aged_balance(self):
        """Download the aged balance of these receivables; without any, of what the list shows.

        :raise AccessError: for a user who may not read receivables.
        """
        self.check_access("read")
        domain = [("id", "in", self.ids)] if self else self.env.context.get("active_domain")
        export = self.env["account.receivable.export"].create(
            {"kind": "aged_balance", "domain": list(domain or [])}
        )
        return export._get_download_action()

    # === The ledger ===#

    @api.model
    def _get_ledger(self, companies, partner=None):
        """What the receivable accounts say, in company currency, to compare a workbook with.

        Entries may be settled by entries of somebody else: a payment of the parent company, or of
        a branch. Both balances keep their part of it although nothing is open, so this is shown.

        :return: ``{"balance": float, "others": [(label, amount)]}``, of all posted entries.
        """
        self.flush_model()
        self.env["account.partial.reconcile"].flush_model()
        within = {
            alias: self._ledger_domain(alias, companies, partner) for alias in ("line", "other")
        }
        query = """
            SELECT SUM(part.amount)
              FROM account_move_line line
              JOIN account_partial_reconcile part ON part.%s = line.id
              JOIN account_move_line other ON other.id = part.%s
             WHERE %s AND (%s) IS NOT TRUE
        """
        sides = ("debit_move_id", "credit_move_id")
        [(balance, debit, credit)] = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT SUM(line.balance) FROM account_move_line line WHERE %s), (%s), (%s)
                """,
                within["line"],
                *(
                    SQL(query, *map(SQL.identifier, pair), within["line"], within["other"])
                    for pair in (sides, sides[::-1])
                ),
            )
        )
        currency = companies[:1].currency_id
        elsewhere = currency.round((debit or 0.0) - (credit or 0.0))
        label = self.env._("Settled with entries of other customers or companies")
        return {
            "balance": currency.round(balance or 0.0),
            "others": [(label, elsewhere)] if elsewhere else [],
        }

    @api.model
    def _ledger_domain(self, alias, companies, partner):
        """Whether the journal item `alias` is a posted one of these receivable accounts."""
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            ._search([("account_type", "=", "asset_receivable")])
        )
        customer = SQL(
            "%s IN (SELECT id FROM res_partner WHERE commercial_partner_id = %s)",
            SQL.identifier(alias, "partner_id"),
            partner.id if partner else None,
        )
        return SQL(
            "%s = ANY(%s) AND %s IN (%s) AND %s = 'posted' AND %s",
            SQL.identifier(alias, "company_id"),
            companies.ids,
            SQL.identifier(alias, "account_id"),
            accounts.select(),
            SQL.identifier(alias, "parent_state"),
            customer if partner else SQL("TRUE"),
        )
