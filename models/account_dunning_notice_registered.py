from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.mimetypes import guess_mimetype

from ..engine.dunning_facts import RECEIPT_DAYS

# What is proof once it is there.
PROOF = (
    "registered_number",
    "deposit_date",
    "is_electronic",
    "receipt_date",
    "is_unclaimed",
    "receipt_scan",
)
SCAN_TYPES = ("application/pdf", "image/png", "image/jpeg")
SCAN_MEGABYTES = 10


class AccountDunningNotice(models.Model):
    """Registered letters: number, deposit, receipt; the next step waits for them (S4.16).

    An assistant types what the post office says. Once it is there and the letter was deposited it
    is proof: a manager corrects it, and says why.
    """

    _inherit = "account.dunning.notice"

    served_on = fields.Date(
        string="Counts from",
        compute="_compute_served_on",
        help="The next step counts from this day: that of the receipt; without one, 15 days after "
        "the deposit.",
    )
    receipt_scan = fields.Binary(
        string="Receipt",
        compute="_compute_receipt_scan",
        inverse="_inverse_receipt_scan",
        help="A scan of the acknowledgement of receipt, or of the envelope that came back: PDF, "
        "PNG or JPEG.",
    )
    receipt_scan_name = fields.Char(
        string="Receipt File", compute="_compute_receipt_scan", inverse="_inverse_receipt_scan"
    )
    correction_reason = fields.Char(
        string="Why Corrected",
        copy=False,
        tracking=True,
        help="A manager who corrects a number, a date or a scan says why.",
    )

    @api.depends("channel", "deposit_date", "receipt_date")
    def _compute_served_on(self):
        for notice in self:
            assumed = notice.deposit_date and fields.Date.add(
                notice.deposit_date, days=RECEIPT_DAYS
            )
            notice.served_on = notice.receipt_date or assumed

    @api.depends("receipt_attachment_id")
    def _compute_receipt_scan(self):
        for notice in self:
            scan = notice.receipt_attachment_id.sudo()  # who reads the notice reads its scan
            notice.receipt_scan = scan.datas
            notice.receipt_scan_name = scan.name

    def _inverse_receipt_scan(self):
        for notice in self.filtered("receipt_scan"):
            scan = notice.receipt_scan
            notice._keep_scan(scan, notice.receipt_scan_name)

    # === What the post office says ===#

    def _why_not(self, state):
        why_not = super()._why_not(state)
        is_deposited = self.registered_number and self.deposit_date
        if not why_not and state == "sent" and self.channel == "registered" and not is_deposited:
            return self.env._(
                "%(notice)s: type the number of the registered letter and the day of its deposit "
                "first.",
                notice=self.name,
            )
        return why_not

    def write(self, vals):
        written = vals.keys() & set(PROOF)
        for notice in self if written else ():
            notice._check_proof_written(vals, written)
        result = super().write(vals)
        if "receipt_date" in vals:
            for notice in self.filtered(lambda each: each.state == "sent"):
                notice._write_frozen(done_on=notice.receipt_date or notice.deposit_date)
        return result

    def _check_proof_written(self, vals, names):
        """:raise UserError: in words, when this is not written by this user, or not now."""
        if self.channel != "registered":
            raise UserError(self.env._("%(notice)s is not a registered letter.", notice=self.name))
        if self.state == "sent":
            changed = [name for name in names if self[name] and name != "receipt_scan_name"]
            if changed and not (vals.get("correction_reason") and self._has_role("manager")):
                raise UserError(
                    self.env._(
                        "%(notice)s: this is proof. A manager corrects it, and says why in "
                        "“%(field)s”.",
                        notice=self.name,
                        field=self._fields["correction_reason"]._description_string(self.env),
                    )
                )
        elif names & {"receipt_date", "is_unclaimed", "receipt_scan"}:
            raise UserError(
                self.env._(
                    "%(notice)s was not deposited yet: mark it as deposited first.",
                    notice=self.name,
                )
            )

    @api.constrains("deposit_date", "receipt_date", "is_unclaimed")
    def _check_dates(self):
        today = fields.Date.context_today(self)
        for notice in self:
            deposit, receipt = notice.deposit_date, notice.receipt_date
            if deposit and deposit < notice.date:
                message = self.env._("It can't have been deposited before it was prepared.")
            elif deposit and deposit > today:
                message = self.env._("The deposit is in the future: type it when it is done.")
            elif receipt and (not deposit or receipt < deposit):
                message = self.env._("It can't have been received before it was deposited.")
            elif receipt and receipt > today:
                message = self.env._("The receipt is in the future: type it when it is there.")
            elif notice.is_unclaimed and not receipt:
                message = self.env._("Type on which day it came back unclaimed.")
            else:
                continue
            raise ValidationError(
                self.env._("%(notice)s: %(problem)s", notice=notice.name, problem=message)
            )

    # === Scan ===#

    def _keep_scan(self, scan, name):
        """Keep the scan of a receipt; one that is replaced stays among the files.

        :param scan: base64.
        :raise UserError: when it is no PDF and no picture, or too big.
        """
        attachment = (
            self.env["ir.attachment"]
            .sudo()  # who may write the notice may add its receipt
            .create(
                {
                    "name": name or self.env._("Receipt of %(notice)s", notice=self.name),
                    "datas": scan,
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )
        if guess_mimetype(attachment.raw) not in SCAN_TYPES:
            raise UserError(
                self.env._("%(file)s is neither a PDF nor a picture (PNG, JPEG).", file=name)
            )
        if attachment.file_size > SCAN_MEGABYTES * 1024 * 1024:
            raise UserError(
                self.env._(
                    "%(file)s is too big: scan it with fewer colours or dots, up to %(size)s MB.",
                    file=name,
                    size=SCAN_MEGABYTES,
                )
            )
        self._write_frozen(receipt_attachment_id=attachment.id)
        self._message_log(
            body=self.env._("Receipt added: %(file)s", file=attachment.name),
            attachment_ids=attachment.ids,
        )
