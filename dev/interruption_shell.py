"""The work that `interruption` kills, and what must be true afterwards; runs in ``odoo shell``."""

import email
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from odoo.fields import Command

ROWS = 240
DAY = date(2026, 6, 30)
# Half of the forty customers owe something; of these some pay, before a later day.
CUSTOMERS, PAYING, LIMIT = 20, 5, 10
LATER = DAY + timedelta(days=27)
# Both days are working days; what is overdue on the first reaches the second step by the later.
STEPS = (
    {"name": "First reminder", "offset_days": 1, "is_automatic": True},
    {"name": "Second reminder", "offset_days": 30, "is_automatic": True},
    {"name": "Thank-you", "trigger": "event", "event": "settled", "is_automatic": True},
)


def load(env):
    """Import a ledger, or go on with the import that is there."""
    imports = env["account.receivable.import"]
    if imports.search([("state", "=", "loading")]):
        imports._cron_load()
        _say("a batch is loaded")  # it was the last
        return
    company = _company(env)
    imports._import_file(
        company, "ledger.csv", _ledger(), progress=lambda *_done: _say("a batch is loaded")
    )


def check_import(env):
    imports = env["account.receivable.import"]
    imports._cron_load()
    moves = env["account.move"].search([("move_type", "=", "out_invoice")])
    payments = env["account.payment"].search([])
    gap = env["account.receivable"]._tie_out(_company(env))[_company(env)]["gap"]
    _report(
        {
            "the import is done": imports.search([]).mapped("state") == ["done"],
            "each row is one invoice": len(moves) == len(set(moves.mapped("name"))) == ROWS,
            "each settled row is one payment": len(payments) == ROWS // 2,
            "settled invoices are paid": set(moves.grouped("payment_state"))
            == {"not_paid", "paid"},
            "the gap is zero": gap == 0,
        }
    )


def plan(env):
    company = _company(env)
    company.dunning_scenario_id = company.dunning_scenario_id or _create_scenario(env)
    company.email = "collections@company.example"
    env["res.partner"].search([("name", "like", "Customer ")]).email = "someone@customer.example"
    env.cr.commit()
    _say("the run starts")
    env["account.dunning.run"]._run(company, DAY)
    env.cr.commit()


def check_run(env):
    company = _company(env)
    env["account.dunning.run"]._run(company, DAY)
    env.cr.commit()
    lines = env["account.dunning.notice.line"].search([("step_id", "!=", False)])
    counts = Counter((line.move_line_id, line.step_id) for line in lines)
    receivables = env["account.receivable"].search([])
    decisions = env["account.dunning.decision"].search([("is_current", "=", True)])
    _report(
        {
            "each step is prepared once": set(counts.values()) == {1},
            "every receivable is prepared": len(lines) == len(receivables) == ROWS // 2,
            "every receivable has one decision": sorted(decisions.move_line_id.ids)
            == sorted(receivables.ids),
        }
    )


def send(env):
    notices = env["account.dunning.notice"]
    while notices.search_count(notices._get_domain_to_process()):
        # As the scheduled action would, were its time over after each batch.
        notices.search(notices._get_domain_to_process(), limit=10)._process(DAY)
        env.cr.commit()
        _say("a batch is sent")


def check_sent(env):
    notices = env["account.dunning.notice"]
    notices._cron_process(on_date=DAY)
    emails = notices.search([("channel", "=", "email")])
    mails = env["mail.mail"].search([("model", "=", notices._name)])
    per_message = Counter(mails.mail_message_id.mapped("res_id"))
    _report(
        {
            "every e-mail is queued": set(emails.mapped("state")) == {"queued"},
            "each notice is one e-mail": set(per_message.values()) == {1}
            and set(per_message) == set(emails.ids),
            "each notice has its PDF": all(notice.attachment_id for notice in emails),
        }
    )


def deliver(env, port):
    """Send what is in the mail queue, as the scheduled action does, by a slow mail server."""
    servers = env["ir.mail_server"]
    if not servers.search_count([]):
        servers.create({"name": "Slow", "smtp_host": "127.0.0.1", "smtp_port": port})
        env.cr.commit()
    mails = env["mail.mail"].search([("state", "=", "outgoing")])
    mails.send(auto_commit=True, post_send_callback=lambda _ids: _say("an e-mail is sent"))
    env.cr.commit()


def check_delivered(env, port, outbox, kills):
    deliver(env, port)
    emails = env["account.dunning.notice"].search([("channel", "=", "email")])
    sent = emails.filtered(lambda notice: notice.state == "sent")
    doubtful = emails.filtered(lambda notice: notice.state == "failed" and notice.is_ambiguous)
    messages = [email.message_from_bytes(path.read_bytes()) for path in Path(outbox).iterdir()]
    received = Counter(message["X-Odoo-Objects"] for message in messages)
    names = {notice: f"{notice._name}-{notice.id}" for notice in emails}
    _report(
        {
            "each is sent, or in doubt": sent | doubtful == emails,
            "what was cut is in doubt": 0 < len(doubtful) <= kills,
            "what is sent was received": all(received[names[notice]] for notice in sent),
            "nothing was received twice": set(received.values()) == {1},
            "nothing waits in the queue": not env["mail.mail"].search([("state", "=", "outgoing")]),
        }
    )


def settle(env):
    """All customers have their e-mail, also those in doubt, and some pay all that they owe."""
    notices = env["account.dunning.notice"].search([("channel", "=", "email")])
    notices.filtered("is_ambiguous").action_received()
    customers = notices.partner_id.sorted("id")[:PAYING]
    moves = notices.line_ids.move_id.filtered(lambda move: move.partner_id in customers)
    payments = env["account.payment.register"].with_context(
        active_model="account.move", active_ids=moves.ids
    )
    payments.create({"payment_date": LATER, "group_payment": True})._create_payments()
    _company(env).dunning_run_limit = LIMIT
    env.cr.commit()
    _report({"customers pay": len(customers) == PAYING})


def work(env, day=None):
    """The daily job of a later day: those who paid are thanked, some of the others reminded."""
    company = _company(env)
    for _part in env["account.dunning.run"].with_company(company)._run_day(company, day or LATER):
        env.cr.commit()
        _say("a part of the day is done")
    env.cr.commit()


def check_work(env):
    work(env)
    runs = env["account.dunning.run"].search([("date", "=", LATER)])
    prepared = (runs.notice_count, runs.is_limited)
    next_day = LATER + timedelta(days=1)
    work(env, next_day)
    notices = env["account.dunning.notice"].search([("date", ">=", LATER)])
    reminders = notices.filtered(lambda notice: notice.kind == "reminder")
    thanks = notices.filtered(lambda notice: notice.kind == "thanks")
    steps = [(line.move_line_id, line.root_step_id) for line in notices.line_ids if line.step_id]
    _report(
        {
            "the day has one run": len(runs) == 1,
            "it keeps its limit": prepared == (LIMIT, True),
            "the next day goes on": len(reminders) == CUSTOMERS - PAYING
            and len(reminders.partner_id) == CUSTOMERS - PAYING,
            "each step is prepared once": len(steps) == len(set(steps)),
            "each customer that paid is thanked once": len(thanks)
            == len(thanks.partner_id)
            == PAYING,
        }
    )


def _create_scenario(env):
    return env["account.dunning.scenario"].create(
        {
            "name": "Two e-mails and thanks",
            "state": "active",
            "quiet_days": 0,
            "step_ids": [Command.create(step) for step in STEPS],
        }
    )


def _company(env):
    return env.ref("base.main_company")


def _ledger() -> bytes:
    """Forty customers; every second invoice is settled, the others are overdue on `DAY`."""
    rows = ["customer,number,invoice_date,due_date,amount,settled_date"]
    for number in range(ROWS):
        invoiced = DAY - timedelta(days=40 + number % 20)
        due = invoiced + timedelta(days=30)
        settled = due if number % 2 else ""
        rows.append(
            f"Customer {number % 40},F{number:04},{invoiced},{due},{100 + number},{settled}"
        )
    return "\n".join(rows).encode()


def _say(text: str) -> None:
    print(text, flush=True)


def _report(facts: dict[str, bool]) -> None:
    problems = [f"not true: {fact}" for fact, true in facts.items() if not true]
    print("RESULT " + json.dumps({"problems": problems}), flush=True)
