"""One day of collections in the demo database; runs inside ``odoo shell``."""

from pathlib import Path

from odoo import fields

STATES = {
    "draft": "to do",
    "validated": "to send",
    "queued": "queued",
    "sent": "sent",
    "failed": "failed",
    "cancelled": "cancelled",
}
# Sums of the ledger of penalties.
PENALTIES = ("accrued", "claimed", "waived", "invoiced", "collected")
# What a collector finds in the notices of all days.
IN_HAND = {
    "calls to log": [("channel", "=", "call"), ("state", "=", "draft")],
    "letters and e-mails to review": [("channel", "!=", "call"), ("state", "=", "draft")],
    "registered letters without receipt": [
        ("channel", "=", "registered"),
        ("state", "=", "sent"),
        ("receipt_date", "=", False),
    ],
    "formal notices to decide": [("tone", "=", "formal"), ("state", "=", "draft")],
    "formal notices expired": [("expired_on", "!=", False)],
    "bounced e-mails": [("is_bounced", "=", True)],
    "answers": [("replied_on", "!=", False)],
    "thank-yous": [("kind", "=", "thanks")],
}


def say(text: str) -> None:
    print("· " + text, flush=True)


def set_up(env, smtp_port: int):
    """Mail to the local sink, our scenario as default, a collector; returns the company."""
    company = env.ref("base.main_company")
    company.write(
        {
            "street": "12 rue des Tanneurs",
            "zip": "69003",
            "city": "Lyon",
            "phone": "+33 4 00 00 00 10",
            "email": "compta@ateliers-vauquelin.example",
            "vat": "FR40303265045",
            "logo": False,
            "company_registry": "30326504500012",
            "external_report_layout_id": env.ref("web.external_layout_standard").id,
            "report_footer": False,
            "legal_form": "SAS",
            "share_capital": 120000,
            "register_city": "Lyon",
            "dunning_hours": "lun.-ven. 9-12, 14-17",
            "dunning_scenario_id": env.ref("account_dispute_dunning.dunning_scenario_standard").id,
        }
    )
    company.partner_id.lang = "fr_FR"
    env["res.partner.bank"].create(
        {
            "acc_number": "FR7630006000011234567890189",
            "partner_id": company.partner_id.id,
            "allow_out_payment": True,
        }
    )
    env["mail.alias.domain"].create({"name": "ateliers-vauquelin.example"})
    env["ir.mail_server"].create(
        {"name": "Local sink", "smtp_host": "127.0.0.1", "smtp_port": smtp_port}
    )
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Camille Bernard",
            "login": "camille",
            "password": "camille",
            "lang": "fr_FR",
            "tz": "Europe/Paris",
            "email": "camille.bernard@ateliers-vauquelin.example",
            "phone": "+33 4 00 00 00 11",
            "group_ids": [
                fields.Command.link(env.ref("account_dispute_dunning.group_collector").id)
            ],
        }
    )
    env.cr.commit()
    return company


def play_file(env, path: str, date: str | None, smtp_port: int) -> None:
    """Import a ledger as it was on a day, and run that day."""
    company = set_up(env, smtp_port)
    # The books are taken over by a person, who then owns the invoices and the disputes.
    env = env(user=env.ref("base.user_admin"))
    on_date = fields.Date.to_date(date) or fields.Date.context_today(company)
    say(f"Importing {Path(path).name}, as it was on {on_date}")
    env["account.receivable.import"]._import_file(
        company,
        Path(path).name,
        Path(path).read_bytes(),
        as_of_date=on_date,
        progress=lambda done, total: say(f"  {done} of {total} rows"),
    )
    play_day(env, company, on_date)


def play_day(env, company, on_date, quiet=False):
    """What the scheduled actions do on one day; returns the run."""
    if not quiet:
        say(f"Running the daily job of {on_date}")
    runs = env["account.dunning.run"].with_company(company)
    for _part in runs._run_day(company, on_date):
        env.cr.commit()
    notices = env["account.dunning.notice"]
    notices._expire(on_date)
    notices._cron_process(on_date=on_date)
    env["mail.mail"].process_email_queue()
    env.cr.commit()
    return runs._get_run_of_day(company, on_date)


def figures(env) -> dict:
    """What the last run did, for the table and the JSON line."""
    company = env.ref("base.main_company")
    run = env["account.dunning.run"].search([("is_dry", "=", False)], limit=1)
    receivables = env["account.receivable"]
    tie_out = receivables._tie_out(company)[company]
    notices = run.notice_ids
    states = notices.grouped("state")
    reasons = dict(env["account.dunning.decision"]._fields["reason"].selection)
    summary = run._get_summary()
    ledger = [("company_id", "=", company.id)]
    sums = env["account.penalty"]._read_group(ledger, [], [f"{n}:sum_currency" for n in PENALTIES])
    overdue = receivables.search(
        [
            ("date_maturity", "<", run.date),
            ("dunnable", ">", 0),
            ("is_blocked", "=", False),
            ("is_excluded", "=", False),
        ]
    )
    return {
        "company": company.name,
        "date": str(run.date),
        "imported": env["account.move"].search_count(
            [("move_type", "in", ("out_invoice", "out_refund")), ("state", "=", "posted")]
        ),
        "receivables": tie_out["count"],
        "receivables_amount": tie_out["receivables"],
        "contested": receivables.search_count([("contested", ">", 0)]),
        "contested_amount": tie_out["contested"],
        "overdue": len(overdue),
        "overdue_amount": round(sum(overdue.mapped("dunnable")), 2),
        "decided": run.step_count,
        "notices": len(notices),
        "notices_amount": round(sum(notices.mapped("amount_claimed")), 2),
        "notices_by_state": {
            label: len(states[state]) for state, label in STATES.items() if state in states
        },
        "sent": len(states.get("sent", ())),
        "pdfs": len(notices.attachment_id),
        "held": run.held_count,
        "held_by_reason": {
            reasons[reason]: count
            for reason, (count, _amount) in sorted(summary.items(), key=lambda row: -row[1][0])
            if reason != "step"
        },
        "in_hand": {
            label: env["account.dunning.notice"].search_count(domain)
            for label, domain in IN_HAND.items()
        },
        "penalties": env["account.penalty"].search_count([*ledger, ("accrued", ">", 0)]),
        "penalties_amounts": {
            name: round(total, 2) for name, total in zip(PENALTIES, sums[0], strict=True)
        },
        "ledger_gap": tie_out["gap"],
    }
