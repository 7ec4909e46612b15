"""The aged balance as a workbook: a sheet per company, a block per currency, a row per customer."""

from odoo.tools import format_date, groupby

from .workbook import Block, Column, Sheet, Tie, Workbook

AGES = ("0_not_due", "1_30", "31_60", "61_90", "over_90")
PARTS = ("contested", "promised", "planned", "in_payment", "dunnable")


def render_aged_balance(env, balances, on_date):
    """:param balances: ``[(company, rows, ledger figures)]`` as
        `account.receivable._get_aged_balances` returns them.
    :return: the bytes of the workbook.
    """
    book = Workbook(env)
    for company, rows, ledger in balances:
        book.add(_get_sheet(env, company, rows, ledger, on_date))
    return book.close()


def _get_sheet(env, company, rows, ledger, on_date):
    # The company's own currency comes first.
    rows = sorted(rows, key=lambda row: (row[0] != company.currency_id, row[0].name))
    blocks = [
        Block(currency.name, currency, _get_rows(env, group))
        for currency, group in groupby(rows, lambda row: row[0])
    ]
    return Sheet(
        name=company.name,
        company=company,
        title=env._("Aged balance of customers"),
        heading=[env._("As of %(date)s", date=format_date(env, on_date, date_format="long"))],
        columns=_get_columns(env, company),
        blocks=blocks
        or [Block(company.currency_id.name, company.currency_id, (), env._("Nothing is open."))],
        tie=Tie(
            env._("Open on this sheet"),
            ledger["others"],
            (env._("Balance of the receivable accounts"), ledger["balance"]),
            env._("Gap"),
        ),
    )


def _get_columns(env, company):
    ages = dict(env["account.receivable"]._fields["bucket"]._description_selection(env))
    return [
        Column(env._("Customer"), 34),
        Column(env._("Open"), 16, "amount"),
        *(Column(ages[age], 14, "amount") for age in AGES),
        Column(env._("Contested"), 14, "amount"),
        Column(env._("Promised"), 14, "amount"),
        Column(env._("In payment plan"), 14, "amount"),
        Column(env._("Payment on its way"), 14, "amount"),
        Column(env._("To claim"), 16, "amount"),
        Column(env._("Open in %(currency)s", currency=company.currency_id.name), 16, "company"),
    ]


def _get_rows(env, rows):
    """One row per customer, from one per customer and age.

    :param rows: ``(currency, customer, age, open in its currency, open, *PARTS)``.
    """
    for partner, group in groupby(rows, lambda row: row[1]):
        ages, parts, company_amount = dict.fromkeys(AGES, 0.0), [0.0] * len(PARTS), 0.0
        for currency, _partner, age, amount, residual, *others in group:
            ages[age] = currency.round(ages[age] + amount)
            parts = [currency.round(sum(pair)) for pair in zip(parts, others, strict=True)]
            company_amount += residual
        total = currency.round(sum(ages.values()))
        name = partner.display_name or env._("Without customer")
        yield (name, total, *ages.values(), *parts, company_amount)
