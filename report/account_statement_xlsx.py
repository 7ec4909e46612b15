"""The statement of account of customers as a workbook: a sheet each, in the customer's language."""

from odoo.tools import format_date

from .workbook import Ages, Block, Column, Sheet, Tie, Workbook


def render_statements(statements, company, on_date):
    """:param statements: ``[(customer, its receivables, ledger figures)]`` as
        `account.receivable._get_statements` returns them.
    :return: the bytes of the workbook.
    """
    first, *_others = statements
    book = Workbook(first[0].env)
    penalties = _summarise_penalties(statements, company, on_date)
    for partner, receivables, ledger in statements:
        book.env = partner.env  # page numbers and totals speak the customer's language too
        sheet = _get_sheet(partner, receivables, ledger, company.with_env(partner.env), on_date)
        sheet.remarks = _get_penalties(partner, penalties[partner], on_date)
        book.add(sheet)
    return book.close()


def _summarise_penalties(statements, company, on_date):
    """Of all customers at once; the branches of the company are included."""
    partners = company.env["res.partner"].union(*(partner for partner, *_others in statements))
    companies = company.env["res.company"].search([("id", "child_of", company.id)])
    return company.env["account.penalty"]._summarise(partners, companies, on_date)


def _get_sheet(partner, receivables, ledger, company, on_date):
    env = partner.env
    currencies = receivables.currency_id or company.currency_id
    return Sheet(
        name=partner.name or "",
        company=company,
        title=env._("Statement of account"),
        heading=_get_heading(partner, company, on_date),
        columns=_get_columns(env, company),
        blocks=[
            Block(
                _get_payment_line(company, currency),
                currency,
                _get_rows(receivables.filtered(lambda r, c=currency: r.currency_id == c), on_date),
                env._("Nothing is open."),
            )
            for currency in currencies.sorted(lambda each: each != company.currency_id)
        ],
        ages=Ages(
            amounts=5,
            days=3,
            ranges=(
                (env._("Not due"), 0, 0),
                (env._("1 to 30 days"), 1, 30),
                (env._("31 to 60 days"), 31, 60),
                (env._("61 to 90 days"), 61, 90),
                (env._("Over 90 days"), 91, None),
            ),
        ),
        tie=Tie(
            env._("Open on this statement"),
            ledger["others"],
            (env._("Balance of the receivable account"), ledger["balance"]),
            env._("Gap"),
        ),
    )


def _get_penalties(partner, summary, on_date):
    """What the customer owes besides, and the ledger does not know of."""
    env = partner.env
    return [
        (label, part[name], part["currency"])
        for part in env["account.penalty"]._label_summary(summary, on_date)
        for name, label in (
            ("interest", env._("Late-payment interest (%(which)s)", which=part["label"])),
            ("fee", env._("Fixed indemnities (%(which)s)", which=part["label"])),
        )
        if part[name]
    ]


def _get_heading(partner, company, on_date):
    env = partner.env
    reference = partner.ref and env._("Customer number %(reference)s", reference=partner.ref)
    address = partner._display_address(without_company=True).splitlines()
    return [
        *filter(None, (partner.name, *(line.strip() for line in address), reference)),
        env._("As of %(date)s", date=format_date(env, on_date, date_format="long")),
    ]


def _get_payment_line(company, currency):
    account = company._get_bank_account(currency)
    if not account:
        return currency.name
    return company.env._(
        "%(currency)s – please pay to %(account)s",
        currency=currency.name,
        account=account.acc_number,
    )


def _get_columns(env, company):
    return [
        Column(env._("Document"), 24),
        Column(env._("Date"), 12, "date"),
        Column(env._("Due date"), 12, "date"),
        Column(env._("Days late"), 9, "days"),
        Column(env._("Original amount"), 16, "amount"),
        Column(env._("Open"), 16, "amount"),
        Column(env._("Contested"), 14, "amount"),
        Column(env._("Promised"), 14, "amount"),
        Column(env._("In payment plan"), 14, "amount"),
        Column(env._("Payment on its way"), 14, "amount"),
        Column(env._("To claim"), 16, "amount"),
        Column(env._("Open in %(currency)s", currency=company.currency_id.name), 16, "company"),
    ]


def _get_rows(receivables, on_date):
    for receivable in receivables:
        yield (
            receivable.name,
            receivable.invoice_date or receivable.move_line_id.date,
            receivable.date_maturity,
            max(0, (on_date - receivable.date_maturity).days),
            receivable.move_line_id.amount_currency,
            receivable.residual_currency,
            receivable.contested_currency,
            receivable.promised_currency,
            receivable.planned_currency,
            receivable.in_payment_currency,
            receivable.dunnable_currency,
            receivable.residual,
        )
