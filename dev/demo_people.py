"""The people of the demo, their calendar, and what they do in a dispute; runs in ``odoo shell``."""

import base64
import io
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from freezegun import freeze_time
from PIL import Image, ImageDraw

from odoo import fields

Command = fields.Command

PEOPLE = {
    # login: name, group, departments, those of which it is the leader
    "camille": ("Camille Bernard", "account_dispute_dunning.group_collector", "finance"),
    "helene": ("Hélène Vasseur", "account_dispute_dunning.group_manager", "management legal"),
    "louis": ("Louis Marchand", "base.group_user", "logistics quality"),
    "nadia": ("Nadia Rahmani", "base.group_user", "sales customer_service"),
}


class Clock:
    """The calendar of the stories: Odoo takes the day of each scene for today."""

    def __init__(self, env, today):
        self.env = env
        self.today = today
        self.freezer = None

    @contextmanager
    def running(self):
        with freeze_time(datetime.combine(self.today, time(9))) as self.freezer:
            yield self

    def move_to(self, days_ago, hour=9):
        moment = datetime.combine(self.today - timedelta(days=days_ago), time(hour))
        self.freezer.move_to(moment)
        # The moment of a transaction is PostgreSQL's: what is created bears it.
        self.env.cr._now = moment


def hire(env, company):
    """The people who work on disputes, and their departments."""
    departments = env["account.dispute.department"].with_company(company)
    for login, (name, group, codes) in PEOPLE.items():
        user = env["res.users"].search([("login", "=", login)]) or env["res.users"].with_context(
            no_reset_password=True
        ).create(
            {
                "name": name,
                "login": login,
                "password": login,
                "lang": "fr_FR",
                "tz": "Europe/Paris",
                "email": f"{name.split()[0].lower()}@ateliers-vauquelin.example",
                "group_ids": [Command.link(env.ref(group).id)],
            }
        )
        for department in departments.search([("code", "in", codes.split())]):
            department.write({"user_id": user.id, "member_ids": [Command.link(user.id)]})
    company.gesture_account_id = env["account.account"].search(
        [("code", "=like", "7097%")], limit=1
    )


class People:
    """What people do in a dispute: through the buttons, each as the user that they are."""

    def __init__(self, story):
        self.story = story
        self.env = story.env(context={})
        self.company = story.company

    def _case(self):
        return type("Case", (), {})()

    def _as(self, login, records):
        """The same records, for a user."""
        user = self.env["res.users"].search([("login", "=", login)])
        return records.with_user(user).with_company(self.company)

    def _invoice(self, ref, days_ago, *lines, term=30):
        """An invoice of lines ``(label, quantity, price)``, known to nobody before its day."""
        tax = [Command.set(self.company.account_sale_tax_id.ids)]
        commands = [
            Command.create(
                {"name": label, "quantity": quantity, "price_unit": price, "tax_ids": tax}
            )
            for label, quantity, price in lines
        ]
        seller = self.env["res.users"].search([("login", "=", "nadia")])
        return self.story._add_invoice(
            *(ref, 0, days_ago), term=term, invoice_line_ids=commands, invoice_user_id=seller.id
        )

    def _contest(self, invoice, reason, words, amount=None, percentage=None, items=(), **values):
        """*Contest…* on the invoice; `items` are (line number, kind, quantity, unit amount)."""
        lines = invoice.invoice_line_ids
        how = (
            {"mode": "items"}
            if items
            else {"mode": "percentage", "percentage": percentage}
            if percentage
            else {"mode": "amount", "amount": amount}
            if amount
            else {"mode": "whole"}
        )
        action = self._as("camille", invoice).action_contest()
        wizard = (
            self._as("camille", self.env[action["res_model"]])
            .with_context(**action["context"])
            .create(
                {
                    "reason_id": self.env.ref(
                        f"account_dispute_dunning.dispute_reason_{reason}"
                    ).id,
                    "description": words,
                    "user_id": self.story.collector.id,
                    "item_ids": [
                        Command.create(
                            {
                                "move_line_id": lines[number].id,
                                "kind": kind,
                                "quantity": quantity,
                                "price_unit": price,
                            }
                        )
                        for number, kind, quantity, price in items
                    ],
                    **how,
                    **values,
                }
            )
        )
        dispute = self.env["account.dispute"].browse(wizard.action_confirm()["res_id"])
        if not values.get("is_suspicion"):
            self._plan(dispute, "Réunir les pièces", 5)
        return dispute

    def _call(self, dispute, words):
        """The collector calls the customer: the first answer of a person."""
        self._as("camille", self.env["account.dispute.exchange"]).create(
            {
                "dispute_id": dispute.id,
                "channel": "call",
                "direction": "out",
                "kind": "answer",
                "recipient_id": dispute.partner_id.id,
                "subject": words,
                "body": words,
            }
        )

    def _hear(self, dispute, words):
        """The customer writes an e-mail."""
        dispute.message_post(
            body=words,
            author_id=dispute.partner_id.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            subject="Re: " + dispute.name,
        )

    def _prove(self, dispute):
        """Add a file to each document that is required and missing."""
        for row in dispute.evidence_ids.filtered(
            lambda row: row.is_required and row.state == "missing"
        ):
            file = self._as("camille", self.env["ir.attachment"]).create(
                {
                    "name": f"{row.type_id.name}.png",
                    "datas": base64.b64encode(_picture(row.type_id.name)),
                    "res_model": row._name,
                    "res_id": row.id,
                }
            )
            self._as("camille", row).attachment_ids = file

    def _answer(self, dispute, **sections):
        """Departments write their sections ``(facts, cause, proposal)``, and are done."""
        for task in dispute.task_ids.filtered(lambda task: task.state == "todo"):
            section = sections.get(task.department_id.code)
            if not section:
                continue
            own = task.with_user(task.user_id)
            own.write(dict(zip(("facts", "cause", "proposal"), section, strict=True)))
            own.action_done()

    def _ask(self, dispute, kind, name, days, login):
        """Ask a colleague for help, or note what we promised and who keeps it."""
        user = self.env["res.users"].search([("login", "=", login)])
        self._as("camille", self.env["account.dispute.task"]).create(
            {
                "dispute_id": dispute.id,
                "kind": kind,
                "name": name,
                "user_id": user.id,
                "date_deadline": fields.Date.today() + timedelta(days=days),
            }
        )

    def _plan(self, dispute, action, days):
        self._as("camille", dispute).write(
            {
                "next_action": action,
                "next_action_date": fields.Date.today() + timedelta(days=days),
            }
        )

    def _wait(self, dispute, awaited, days):
        action = self._as("camille", dispute).action_wait()
        self._as("camille", self.env[action["res_model"]]).with_context(**action["context"]).create(
            {"awaited": awaited, "ask_again_on": fields.Date.today() + timedelta(days=days)}
        ).action_confirm()

    def _option(self, dispute, outcome, cause, accepted=None, **values):
        """A solution with its root cause, a code; `accepted` of the first contested amount."""
        root = self.env["account.dispute.cause"].search([("code", "=", cause)])
        option = self._as("camille", self.env["account.dispute.resolution"]).create(
            {"dispute_id": dispute.id, "outcome": outcome, "cause_id": root.id, **values}
        )
        if accepted:
            option.line_ids[0].amount = accepted
        return option

    def _propose(self, dispute, *terms, **values):
        option = self._option(dispute, *terms, **values)
        self._approve(option)
        option.action_propose()

    def _approve(self, option):
        """What is beyond the collector's limit is approved by the manager."""
        option.action_submit()
        if option.state == "to_approve":
            self._as("helene", option).action_approve()

    def _settle(self, dispute, *terms, **values):
        """Agree and execute: what was proposed, or a new option of these terms."""
        option = self._as("camille", dispute.resolution_id)
        if not option:
            option = self._option(dispute, *terms)
            self._approve(option)
        option.write(values | {"agreement_date": fields.Date.today()})
        option.action_settle()

    def _carrier(self):
        return self.env["res.partner"].create(
            {
                "name": "Alpes Fret Express",
                "is_company": True,
                "email": "sinistres@alpesfret.example",
                "lang": "fr_FR",
            }
        )


def _picture(words):
    """A file that looks like a document: a PNG with a title."""
    image = Image.new("RGB", (420, 300), "#f4f1ea")
    draw = ImageDraw.Draw(image)
    draw.rectangle((12, 12, 408, 288), outline="#8a7f6d", width=2)
    draw.text((30, 30), words, fill="#3d372d")
    for row in range(70, 270, 22):
        draw.line((30, row, 390, row), fill="#cbc3b4")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
