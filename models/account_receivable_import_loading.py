import logging
from datetime import timedelta

from psycopg2 import IntegrityError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCH = 200  # rows per transaction
JOURNAL_CODE = "RPC"  # « reprise de créances »
# Any number of an old ledger: what looks like a year or a month in it means nothing here.
ANY_NUMBER = r"^(?P<prefix1>.*?)(?P<seq>\d{0,9})(?P<suffix>\D*?)$"
# Old documents: nobody is told of them, and nothing about them is tracked. Their entries come with
# both of their lines, so that Odoo has no taxes nor payment terms to work out (half of the time).
AS_THEY_ARE = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "skip_invoice_sync": True,
}


class ConcurrentImport(UserError):
    """Another import is loading the same journal right now."""


class AccountReceivableImport(models.Model):
    """Loading, in batches; each batch is all there or not at all."""

    _inherit = "account.receivable.import"

    # === Work ===#

    def _start_loading(self):
        self.journal_id = self._find_journal() or self._create_journal()
        self.payment_journal_id = self._get_payment_journal()
        self.write({"state": "loading", "error_message": False})

    def _get_remaining(self):
        """The number of rows still to load or to undo."""
        return self.ready_count if self.state == "loading" else self.loaded_count

    def _trigger_cron(self, minutes=0):
        cron = self.env.ref("account_dispute_dunning.cron_receivable_import")
        at = fields.Datetime.now() + timedelta(minutes=minutes)
        cron.sudo()._trigger(at)  # a collector may not touch scheduled actions otherwise

    def _work_to_the_end(self):
        """Load or undo in the caller's transaction: it is all there or not at all."""
        while self.state in ("loading", "undoing"):
            self._work_once()

    def _work_in_batches(self, progress=None):
        """Load or undo, committing each batch, as long as the scheduled action has time.

        :param progress: called with the number of rows done, and of all rows.
        :return: False when there was no time to finish.
        """
        total = self.ready_count + self.loaded_count
        while self.state in ("loading", "undoing"):
            try:
                done = self._work_once()
            except ConcurrentImport:
                # Seen by the next transaction; until then the others go first.
                self.env["ir.cron"]._commit_progress()
                return False
            in_time = self.env["ir.cron"]._commit_progress(done)
            if progress:
                progress(self.loaded_count, total)
            if not in_time:
                return False
        return True

    def _work_once(self):
        """Load or undo one batch.

        :return: the number of rows done; the state changes when none is left.
        :raise ConcurrentImport: when another import is loading; nothing was done.
        """
        if not self.journal_id.sudo().try_lock_for_update(allow_referencing=True):
            raise ConcurrentImport(
                self.env._("Another import is loading: press Continue in a moment.")
            )
        loading = self.state == "loading"
        lines = self.env["account.receivable.import.line"].search(
            [("import_id", "=", self.id), ("state", "=", "ready" if loading else "loaded")],
            limit=BATCH,
        )
        work = self.with_company(self.company_id).with_context(
            lang=self.create_uid.lang, **AS_THEY_ARE
        )
        if not lines:
            self._finish()
        elif loading:
            work._load_batch(lines.with_env(work.env))
        else:
            work._undo_rows(lines.with_env(work.env))
        return len(lines)

    def _finish(self):
        if self.state == "loading":
            self.state = "done"
        else:
            self.state = "failed" if self.error_message else "undone"
        _logger.info("Import %s of receivables: %s", self.id, self.state)

    @api.model
    def _cron_load(self):
        """Go on with every import that is loading or undoing, also after a crash.

        Each with the rights of the person who started it: what a file says is no reason for more.
        """
        imports = self.search([("state", "in", ("loading", "undoing"))], order="id")
        remaining = sum(import_._get_remaining() for import_ in imports)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for import_ in imports:
            if not import_.with_user(import_.create_uid)._work_in_batches():
                self._trigger_cron(minutes=1)
                return

    @api.model
    def _import_file(self, company, name, content, as_of_date=None, mode="all", progress=None):
        """Check and load a file, committing after each batch: for scripts and the demo.

        :param bytes content: of a CSV or XLSX file.
        :param as_of_date: see the field.
        :param progress: called with the number of rows done, and of all rows.
        :return: the import; in state ``failed`` when it was given up and undone, and ``loading``
            when another import came in between: the scheduled action then goes on with it.
        :raise UserError: when the file can't be read, or (in mode ``all``) has bad rows.
        """
        import_ = self.with_company(company)._prepare_import(company, name, content)
        import_.write({"as_of_date": as_of_date, "mode": mode})
        import_.action_check()
        if import_.error_message:
            raise UserError(import_.error_message)
        if not import_.ready_count and not import_.error_count:
            import_.state = "done"  # everything is there already
            return import_
        if message := import_._why_not_load():
            raise UserError(message)
        import_._start_loading()
        self.env["ir.cron"]._commit_progress()
        if not import_._work_in_batches(progress):
            import_._trigger_cron(minutes=1)
            self.env["ir.cron"]._commit_progress()
        return import_

    # === Load ===#

    def _load_batch(self, lines):
        """Load the rows; those that fail are marked, or in mode ``all`` the import is given up."""
        lines = self._refresh(lines)
        try:
            with self.env.cr.savepoint():
                self._load_rows(lines)
            return
        except UniqueViolation as error:
            raise ConcurrentImport(
                self.env._("Another import has just loaded the same invoices: check again.")
            ) from error
        except (UserError, IntegrityError) as error:
            _logger.info("Import %s: a batch is loaded row by row: %s", self.id, error)
        for line in lines:
            try:
                with self.env.cr.savepoint():
                    self._load_rows(line)
            except (UserError, IntegrityError) as error:
                line.write({"state": "error", "message": str(error)})
                if self.mode == "all":
                    self._give_up(line)
                    return

    def _give_up(self, line):
        reason = self.env._(
            "Line %(line)s, invoice %(number)s: %(reason)s Nothing was loaded.",
            line=line.line_number,
            number=line.number,
            reason=line.message,
        )
        self.write({"state": "undoing", "error_message": reason})

    def _refresh(self, lines):
        """The rows that are still to be loaded, should others have come since the check."""
        self._assign_customers(lines)
        there = self._find_existing(lines.mapped("number"))
        for line in lines.filtered(lambda line: line.number in there):
            values = {
                "currency_id": line.currency_id.id,
                "amount": line.amount,
                "partner_id": line.partner_id.id,
                "customer": line.customer,
                "settled_date": line.settled_date,
            }
            line.write(self._compare(there[line.number], values))
        return lines.filtered(lambda line: line.state == "ready")

    def _load_rows(self, lines):
        """Create what the rows say: invoices, settlements, disputes."""
        new = lines.filtered(lambda line: not line.move_id)
        moves = self.env["account.move"].create([self._prepare_invoice(line) for line in new])
        moves._post(soft=False)
        for line, move in zip(new, moves, strict=True):
            line.write({"move_id": move.id, "is_created": True})
        self._settle(lines.filtered("settled_date"))
        self._contest(new.filtered(lambda l: l.contested_amount and not l.settled_date))
        lines.write({"state": "loaded", "message": False})

    def _prepare_invoice(self, line):
        return {
            "move_type": "out_invoice" if line.amount > 0 else "out_refund",
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "name": line.number,
            "ref": line.number,
            "partner_id": line.partner_id.id,
            "invoice_user_id": line.partner_id.user_id.id,
            "currency_id": line.currency_id.id,
            "invoice_date": line.invoice_date,
            "date": line.invoice_date,
            "invoice_payment_term_id": False,
            "invoice_date_due": line.due_date,
            "invoice_origin": self.name,
            "is_move_sent": True,
            "line_ids": self._prepare_invoice_lines(line),
        }

    def _prepare_invoice_lines(self, line):
        """The transit line, and the receivable at the rate of the invoice's day."""
        balance = line.currency_id._convert(
            line.amount, self.company_id.currency_id, self.company_id, line.invoice_date
        )
        common = {"currency_id": line.currency_id.id, "analytic_distribution": False}
        return [
            Command.create(
                common
                | {
                    "display_type": "product",
                    "name": self.env._("Taken over: %(number)s", number=line.number),
                    "account_id": self.account_id.id,
                    "quantity": 1,
                    "price_unit": abs(line.amount),
                    "tax_ids": [Command.clear()],
                    "amount_currency": -line.amount,
                    "balance": -balance,
                }
            ),
            Command.create(
                common
                | {
                    "display_type": "payment_term",
                    "name": line.number,
                    "account_id": line.partner_id.property_account_receivable_id.id,
                    "date_maturity": line.due_date,
                    "amount_currency": line.amount,
                    "balance": balance,
                }
            ),
        ]

    def _settle(self, lines):
        """Pay the open part of the rows' invoices, and reconcile both sides.

        In another currency the payment is worth what the invoice was: the exchange difference
        was booked in the old ledger.
        """
        lines = lines.filtered(lambda line: line.move_id.amount_residual)
        payments = self.env["account.payment"].create(
            [self._prepare_settlement(line) for line in lines]
        )
        moves = self.env["account.move"].create(
            [
                self._prepare_settlement_entry(line, payment)
                for line, payment in zip(lines, payments, strict=True)
            ]
        )
        self._link_entries(payments, moves)
        payments.action_post()
        plan = []
        for line, payment in zip(lines, payments, strict=True):
            line.payment_id = payment
            both = (line.move_id + payment.move_id).line_ids
            for account in both.account_id.filtered(
                lambda a: a.reconcile or a.account_type == "asset_receivable"
            ):
                plan.append(both.filtered(lambda item, a=account: item.account_id == a))
        self.env["account.move.line"]._reconcile_plan(plan)

    def _link_entries(self, payments, moves):
        """Each payment's entry, in one statement: by the ORM each link would take nine."""
        payments.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_payment
                   SET move_id = link.move_id
                  FROM UNNEST(%s::int[], %s::int[]) AS link(payment_id, move_id)
                 WHERE account_payment.id = link.payment_id
                """,
                payments.ids,
                moves.ids,
            )
        )
        moves.invalidate_recordset(["payment_ids"])
        payments.invalidate_recordset(["move_id"])
        payments.modified(["move_id"])

    def _prepare_settlement(self, line):
        receivable = line._get_receivable_line()
        residual = sum(receivable.mapped("amount_residual_currency"))
        inbound = residual > 0
        return {
            "payment_type": "inbound" if inbound else "outbound",
            "partner_type": "customer",
            "partner_id": line.partner_id.id,
            "company_id": self.company_id.id,
            "journal_id": self.payment_journal_id.id,
            "payment_method_line_id": self._get_method_line(inbound).id,
            "currency_id": line.currency_id.id,
            "amount": abs(residual),
            "date": line.settled_date,
            "destination_account_id": receivable.account_id[:1].id,
            "memo": line.number,
        }

    def _prepare_settlement_entry(self, line, payment):
        """The payment's own entry, made here so that all of a batch are created at once."""
        balance = sum(line._get_receivable_line().mapped("amount_residual"))
        values = payment._generate_move_vals(force_balance=abs(balance))
        for _create, _id, item in values["line_ids"]:
            item["analytic_distribution"] = False
        return values | {"name": f"{self.payment_journal_id.code}/{line.number}"}

    def _get_method_line(self, inbound):
        journal = self.payment_journal_id
        lines = (
            journal.inbound_payment_method_line_ids
            if inbound
            else journal.outbound_payment_method_line_ids
        )
        return lines[:1]

    def _contest(self, lines):
        """Open a dispute for each row: its amount is not claimed.

        Opened on the day that the file shows: when the customer contested is not known.
        """
        reasons = self._get_reasons()
        Dispute = disputes = self.env["account.dispute"]
        for line in lines:
            reason = reasons.get((line.contest_reason or "").strip().lower())
            line.dispute_id = Dispute.create(
                {
                    "company_id": self.company_id.id,
                    "partner_id": line.partner_id.id,
                    "user_id": self.create_uid.id,
                    "reason_id": (reason or reasons["other"]).id,
                    "description": line.contest_reason,
                    "line_ids": Dispute._prepare_from_amounts(
                        line._get_receivable_line(), line.contested_amount
                    ),
                }
            )
            disputes |= line.dispute_id
        disputes._action_open(self.as_of_date or fields.Date.context_today(self))

    def _get_reasons(self):
        """``{code or name in any language, in small letters: reason}``."""
        reasons = self.env["account.dispute.reason"].search([("active", "=", True)])
        found = {}
        for lang, _name in self.env["res.lang"].get_installed():
            for reason in reasons.with_context(lang=lang):
                found.setdefault(reason.name.lower(), reason)
        return found | {reason.code.lower(): reason for reason in reasons}

    # === Journals ===#

    def _find_journal(self):
        return self.env["account.journal"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("type", "=", "sale"),
                ("code", "=", JOURNAL_CODE),
            ],
            limit=1,
        )

    def _create_journal(self):
        # A collector may not configure journals; what this one is like is ours to say.
        return (
            self.env["account.journal"]
            .sudo()
            .create(
                {
                    "name": self.env._("Receivables taken over"),
                    "code": JOURNAL_CODE,
                    "type": "sale",
                    "company_id": self.company_id.id,
                    "default_account_id": self.account_id.id,
                    "sequence_override_regex": ANY_NUMBER,
                    "refund_sequence": False,
                    "show_on_dashboard": False,
                    "alias_name": False,
                }
            )
            .sudo(False)
        )

    def _get_payment_journal(self):
        """The journal of settlements that posts on the transit account, and on no bank account."""
        Journal = self.env["account.journal"]
        journal = Journal.search(
            [
                ("company_id", "=", self.company_id.id),
                ("type", "=", "bank"),
                ("default_account_id", "=", self.account_id.id),
                ("sequence_override_regex", "=", ANY_NUMBER),
            ],
            limit=1,
        )
        if journal:
            return journal
        journal_sudo = Journal.sudo().create(
            {
                "name": self.env._("Settlements taken over"),
                "type": "bank",
                "company_id": self.company_id.id,
                "default_account_id": self.account_id.id,
                "sequence_override_regex": ANY_NUMBER,
                "show_on_dashboard": False,
            }
        )
        method_lines = (
            journal_sudo.inbound_payment_method_line_ids
            | journal_sudo.outbound_payment_method_line_ids
        )
        method_lines.payment_account_id = self.account_id
        return journal_sudo.sudo(False)
