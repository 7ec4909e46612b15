"""What the lifecycle test does inside Odoo; called in an Odoo shell."""

from datetime import date

from odoo import Command, fields

ADDON = "account_dispute_dunning"


# === Before the addon is there: years of receivables of every kind ===#


def make_history(env):
    customers = env["res.partner"].create(
        [
            {"name": f"Customer {number}", "email": f"customer{number}@example.com"}
            for number in range(1, 6)
        ]
    )
    env["res.currency"].search([("name", "=", "USD")]).active = True
    env["res.currency.rate"].create(
        {"name": "2015-01-01", "currency_id": env.ref("base.USD").id, "rate": 1.25}
    )
    for year in range(2016, fields.Date.today().year + 1):
        for number, customer in enumerate(customers, start=1):
            invoice = _invoice(env, customer, 100 * number, date(year, number, 28))
            if number == 1:
                _pay(env, invoice, invoice.amount_total)
            elif number == 2:
                _pay(env, invoice, 50)
            elif number == 3:
                invoice.action_toggle_block_payment()
            elif number == 4:
                invoice.no_followup = True
    last = _invoice(env, customers[4], 800, fields.Date.today())
    credit = last._reverse_moves([{"invoice_date": last.invoice_date}])
    credit.action_post()
    _invoice(env, customers[4], 300, date(2020, 5, 5), currency_id=env.ref("base.USD").id)
    terms = env["account.payment.term"].create(
        {
            "name": "Half now, half in 30 days",
            "line_ids": [
                Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                for days in (0, 30)
            ],
        }
    )
    _invoice(env, customers[0], 900, date(2021, 1, 1), invoice_payment_term_id=terms.id)


def _invoice(env, customer, amount, day, **values):
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": customer.id,
            "invoice_date": day,
            "invoice_date_due": day,
            "invoice_line_ids": [Command.create({"name": "Work done", "price_unit": amount})],
        }
        | values
    )
    invoice.action_post()
    return invoice


def _pay(env, invoice, amount):
    wizard = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=invoice.ids
    )
    wizard.create({"amount": amount, "payment_date": invoice.invoice_date})._create_payments()


# === With the addon ===#


def work_with_the_addon(env):
    """A dispute, runs, notices in several states, one with a PDF; scores, expected payments."""
    scenario = env.ref(f"{ADDON}.dunning_scenario_standard")
    scenario.working_days_only = False  # whatever the day on which this runs
    env.company.dunning_scenario_id = scenario
    contested = env["account.move"].search(
        [("payment_state", "=", "partial"), ("move_type", "=", "out_invoice")], limit=1
    )
    action = contested.action_contest()
    dialogue = env["account.dispute.open"].with_context(**action["context"])
    dialogue.create(
        {"amount": 20, "reason_id": env.ref(f"{ADDON}.dispute_reason_other").id}
    ).action_confirm()
    env["account.dunning.run"].action_dry_run()
    env["account.dunning.run"].action_run()
    letters = env["account.dunning.notice"].search([("channel", "!=", "call")])
    letters.write({"user_id": env.user.id})
    letters[:1].attachment_id = env["ir.attachment"].create(
        {
            "name": "letter.pdf",
            "raw": b"%PDF-1.4",
            "res_model": letters._name,
            "res_id": letters[:1].id,
        }
    )
    letters[-1:]._transition("cancelled", "Out of date")
    env["account.dunning.notice"].search([], limit=1).activity_schedule(
        f"{ADDON}.mail_activity_type_dunning_call", user_id=env.user.id
    )
    env["account.customer.score"].action_refresh()
    _penalize(env)


def _penalize(env):
    """Penalties by a regime of the company's own, one claimed and one waived; and a new version of
    a scenario: users' records that name shipped ones.
    """
    customers = env["res.partner"].search([("name", "like", "Customer ")])
    customers.penalty_debtor = "professional"
    customers[0].penalty_regime_id = env["account.penalty.regime"].create(
        {
            "name": "Agreed with this customer",
            "code": "agreed",
            "series_id": env.ref(f"{ADDON}.reference_rate_ecb_mro").id,
            "margin": 12,
            "fee_currency_id": env.company.currency_id.id,
        }
    )
    today = fields.Date.today()
    env["account.penalty"]._refresh(env.company, today)
    first, second = env["account.penalty"].search([("accrued_interest", ">", 0)], limit=2)
    first._claim(today, reason="By phone")
    second._waive(today, {second: (second.accrued_interest, 0)}, "Goodwill")
    env.ref(f"{ADDON}.dunning_scenario_standard").action_new_version()


# === After it ===#


def uninstall(env):
    module = env["ir.module.module"].search([("name", "=", ADDON)])
    module.button_immediate_uninstall()


def post_an_invoice(env):
    """The registry loads without the addon, and invoicing works."""
    customer = env["res.partner"].search([("name", "=", "Customer 1")])
    invoice = _invoice(env, customer, 10, fields.Date.today())
    _pay(env, invoice, invoice.amount_total)
    assert invoice.payment_state in ("paid", "in_payment"), invoice.payment_state
