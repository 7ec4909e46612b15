from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .account_penalty_event import SUMS


class AccountPenalty(models.Model):
    """What happens to what accrued: claimed, waived, reinstated, invoiced, collected.

    Only events change these sums, and the state follows from them:

    * *none*: nothing accrued, nothing happened; *accruing*: something did, and nobody said so;
    * *claimed*: a letter or a statement showed it; *invoiced*: some of it is in the books;
    * *collected*: all that is owed was paid; *waived*: nothing is left to claim.
    """

    _inherit = "account.penalty"

    # === Events ===#

    def _add_event(self, kind, date, interest, fee, **values):
        """Write down what happened to one penalty, with the working that proves the amounts.

        :param kind: a key of `SUMS`.
        :param interest: and `fee`: positive, in the penalty's currency.
        :param values: of `account.penalty.event`: reason, notice, entry.
        :return: the event; empty when there is no amount.
        """
        self.ensure_one()
        return self._add_events({self: (interest, fee)}, kind, date, **values)

    @api.model
    def _add_events(self, amounts, kind, date, **values):
        """One event for each penalty of ``{penalty: (interest, fee)}``; see :meth:`_add_event`."""
        events = self.env["account.penalty.event"].sudo()
        penalties = self.browse(
            penalty.id
            for penalty, (interest, fee) in amounts.items()
            if not (penalty.currency_id.is_zero(interest) and penalty.currency_id.is_zero(fee))
        )
        created = events.create(
            [
                {
                    "penalty_id": penalty.id,
                    "kind": kind,
                    "date": date,
                    "as_of": penalty.as_of,
                    "interest": amounts[penalty][0],
                    "fee": amounts[penalty][1],
                    "user_id": self.env.uid,
                    "working": penalty.working,
                }
                | values
                for penalty in penalties
            ]
        )
        penalties._sum_events()
        return created.with_env(self.env)

    def _sum_events(self):
        """Write the sums of the events, and what follows from them."""
        rows = (
            self.env["account.penalty.event"]
            .sudo()
            ._read_group(
                [("penalty_id", "in", self.ids)],
                ["penalty_id", "kind"],
                ["interest:sum", "fee:sum"],
            )
        )
        sums = {penalty.id: {} for penalty in self}
        for penalty, kind, interest, fee in rows:
            name, sign = SUMS[kind]
            total = sums[penalty.id]
            total[name] = total.get(name, 0) + sign * (interest + fee)
            total[f"{name}_fee"] = total.get(f"{name}_fee", 0) + sign * fee
        for penalty in self.sudo().with_context(tracking_disable=True):
            round_ = penalty.currency_id.round
            values = {name: round_(total) for name, total in sums[penalty.id].items()}
            penalty.write(values | penalty._get_status(values))

    def _get_status(self, values):
        """The state and the amounts that follow from the others of one penalty, or of a new one.

        :param values: of its amounts, those that are about to be written.
        """
        accrued, waived, claimed, invoiced, collected = (
            values.get(name, self[name])
            for name in ("accrued", "waived", "claimed", "invoiced", "collected")
        )
        currency = self.currency_id or self.env["res.currency"].browse(values["currency_id"])
        owed = currency.round(accrued - waived)
        left = max(0.0, currency.round(owed - collected))
        if collected > 0 and not left:
            state = "collected"
        elif invoiced > 0:
            state = "invoiced"
        elif waived > 0 and owed <= 0:
            state = "waived"
        elif claimed > 0 and owed > 0:
            state = "claimed"
        else:
            state = "accruing" if accrued > 0 else "none"
        excess = max(0.0, currency.round(invoiced - max(0.0, owed)))
        return {"state": state, "open_amount": left, "excess": excess}

    # === Claim ===#

    def _get_claimable(self):
        """What may be put into a letter or into the books: ``{penalty: (interest, fee)}``.

        What accrued, less what was waived and what is in the books already. The indemnity of an
        invoice is claimed once, with whichever of its instalments did it first (S4.26).
        """
        elsewhere = self._get_fees_elsewhere()
        amounts = {}
        for penalty in self.sudo():
            interest, fee = penalty._get_rest(penalty.accrued_interest, penalty.accrued_fee)
            has_fee = penalty.id not in elsewhere
            amounts[self.browse(penalty.id)] = interest, fee if has_fee else 0.0
        return amounts

    def _get_rest(self, interest, fee):
        """What is left of these two, less what was waived and what is in the books already."""
        off_fee = self.waived_fee + self.invoiced_fee
        off_interest = self.waived + self.invoiced - off_fee
        round_ = self.currency_id.round
        return max(0.0, round_(interest - off_interest)), max(0.0, round_(fee - off_fee))

    def _get_fees_elsewhere(self):
        """The ids of those whose invoice's indemnity was claimed or waived with another
        instalment: it is one, whichever of them is late first when dates or payments change.
        """
        by_invoice = self.sudo().filtered(
            lambda each: each.accrued_fee and each.regime_id.fee_scope == "invoice"
        )
        others = (
            self.sudo()
            .search(
                [
                    ("move_id", "in", by_invoice.move_id.ids),
                    *("|", ("claimed_fee", ">", 0), ("waived_fee", ">", 0)),
                ]
            )
            .grouped("move_id")
        )
        return {each.id for each in by_invoice if others.get(each.move_id, each) - each}

    def _get_obstacle(self, on_date):
        """Why this penalty may not be claimed on a day, in words; "" when it may."""
        self.ensure_one()
        return self._get_obstacles(on_date)[self]

    def _get_obstacles(self, on_date):
        """Why each may not be claimed on a day: ``{penalty: sentence, or ""}``.

        The smallest claim is for what these penalties have of one customer together.
        """
        claimable = self._get_claimable()
        unkept = self._get_unkept(on_date)
        totals = {}
        for penalty, (interest, fee) in claimable.items():
            key = penalty.partner_id, penalty.company_id
            totals[key] = totals.get(key, 0) + penalty._to_company(interest + fee, on_date)
        obstacles = {}
        for penalty, amounts in claimable.items():
            company = penalty.company_id.sudo()
            total = totals[penalty.partner_id, penalty.company_id]
            if penalty.problem:
                obstacle = penalty.problem
            elif penalty.move_id in unkept:
                obstacle = self.env._(
                    "%(invoice)s: we have not kept what we promised in its dispute. Keep it first.",
                    invoice=penalty.move_name,
                )
            elif not any(amounts):
                obstacle = penalty._say_nothing_due()
            elif company.currency_id.compare_amounts(total, company.penalty_min_claim) < 0:
                obstacle = self.env._(
                    "%(total)s is less than the smallest claim (%(smallest)s): wait, or claim it "
                    "with the customer's others.",
                    total=company.currency_id.format(total),
                    smallest=company.currency_id.format(company.penalty_min_claim),
                )
            else:
                obstacle = ""
            obstacles[penalty] = obstacle
        return obstacles

    def _get_unkept(self, on_date):
        """The invoices about whose disputes we owe something that is overdue (S2.61)."""
        lines = (
            self.env["account.dispute.line"].sudo().search([("move_id", "in", self.move_id.ids)])
        )
        unkept = lines.filtered(lambda line: line.dispute_id._has_overdue_commitment(on_date))
        return unkept.move_id.with_env(self.env)

    def _say_nothing_due(self):
        """Why there is nothing to claim of one penalty."""
        notes = ((self.working or {}).get("result") or {}).get("notes", ())
        if "no_notice" in notes:
            return self.env._(
                "%(invoice)s: a consumer owes interest from a formal notice on: send one first.",
                invoice=self.move_name,
            )
        if self.state == "waived":
            return self.env._(
                "%(invoice)s: it was waived. Reinstate it first.", invoice=self.move_name
            )
        if self.invoiced:
            return self.env._("%(invoice)s: it is invoiced already.", invoice=self.move_name)
        return self.env._("%(invoice)s: nothing is due.", invoice=self.move_name)

    def _claim(self, date, notice=None, amounts=None, reason=None):
        """Note that these penalties were claimed: once, however many letters show them (S4.26).

        :param notice: the letter that showed them.
        :param amounts: what it showed, ``{penalty: (interest, fee)}``; otherwise all that may be
            claimed. What was shown before is not claimed again, and never more than accrued.
        :return: the events, of those whose claim was raised.
        """
        shown = self._get_claimable()
        if amounts:
            shown = {
                penalty: tuple(map(min, most, amounts.get(penalty, (0.0, 0.0))))
                for penalty, most in shown.items()
            }
        raised = {}
        for penalty, (interest, fee) in shown.items():
            before_fee = penalty.claimed_fee - penalty.invoiced_fee
            before = penalty.claimed - penalty.invoiced - before_fee
            round_ = penalty.currency_id.round
            raised[penalty] = (
                max(0.0, round_(interest - before)),
                max(0.0, round_(fee - before_fee)),
            )
        return self._add_events(
            raised, "claim", date, notice_id=notice and notice.id, reason=reason or False
        )

    # === Waive and reinstate ===#

    def _waive(self, date, amounts, reason):
        """Give up ``{penalty: (interest, fee)}`` for a reason.

        :raise AccessError: for who may not waive at all.
        :raise UserError: without a reason, beyond what may still be claimed, or the user's limit.
        """
        self._check_waiver(reason)
        claimable = self._get_claimable()
        for penalty, parts in amounts.items():
            penalty._check_parts(parts, claimable[penalty])
        self._check_limit(date, amounts)
        return self._add_events(amounts, "waive", date, reason=reason.strip())

    def _reinstate(self, date, amounts, reason):
        """Take back a waiver, or a part of it; raises as :meth:`_waive` does."""
        self._check_waiver(reason)
        for penalty, parts in amounts.items():
            waived = penalty.waived - penalty.waived_fee, penalty.waived_fee
            penalty._check_parts(parts, waived)
        return self._add_events(amounts, "reinstate", date, reason=reason.strip())

    def _check_waiver(self, reason):
        self.check_access("read")
        if not self._may_waive():
            raise AccessError(
                self.env._("Only a collector waives or reinstates penalties: ask one.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept with the amounts."))

    @api.model
    def _may_waive(self):
        return self.env.su or self.env.user.has_group("account_dispute_dunning.group_collector")

    def _check_parts(self, parts, most):
        """:raise UserError: when `parts` (interest, fee) are more than there is, or negative."""
        self.ensure_one()
        compare = self.currency_id.compare_amounts
        for amount, limit in zip(parts, most, strict=True):
            if compare(amount, limit) > 0 or compare(amount, 0) < 0:
                raise UserError(
                    self.env._(
                        "%(invoice)s: choose between nothing and %(most)s. What is in the books is "
                        "reversed there.",
                        invoice=self.move_name,
                        most=self.currency_id.format(limit),
                    )
                )

    def _check_limit(self, date, amounts):
        """What one user waives for one customer within a year stays within the user's limit.

        :raise UserError: beyond it.
        """
        by_customer = {}
        for penalty, (interest, fee) in amounts.items():
            key = penalty.company_id, penalty.partner_id
            by_customer.setdefault(key, []).append(penalty._to_company(interest + fee, date))
        for (company, customer), waived in by_customer.items():
            limit = self._get_waiver_limit(company)
            if limit is None:
                continue
            total = sum(waived) + self._get_waived_by_me(company, customer, date)
            if company.currency_id.compare_amounts(total, limit) > 0:
                raise UserError(
                    self.env._(
                        "%(customer)s: with this you would have waived %(total)s within a year, "
                        "and your limit is %(limit)s. Waive less, or ask a manager.",
                        customer=customer.display_name,
                        total=company.currency_id.format(total),
                        limit=company.currency_id.format(limit),
                    )
                )

    @api.model
    def _get_waiver_limit(self, company):
        """What this user may waive for one customer within a year; None: without limit."""
        company = company.sudo()
        if self.env.su:
            return None
        if self.env.user.has_group("account_dispute_dunning.group_manager"):
            return company.penalty_waive_manager or None
        return company.penalty_waive_collector

    @api.model
    def _get_waived_by_me(self, company, customer, date):
        """What this user waived for a customer in the year before a day, in company currency."""
        events = (
            self.env["account.penalty.event"]
            .sudo()
            .search(
                [
                    ("kind", "=", "waive"),
                    ("user_id", "=", self.env.uid),
                    ("company_id", "=", company.id),
                    ("penalty_id.partner_id", "=", customer.id),
                    ("date", ">", fields.Date.subtract(date, years=1)),
                ]
            )
        )
        return sum(
            event.penalty_id._to_company(event.interest + event.fee, event.date) for event in events
        )

    def _to_company(self, amount, on_date):
        """An amount of one penalty in company currency, at the rate of a day."""
        company = self.company_id.sudo()
        return self.currency_id._convert(amount, company.currency_id, company, on_date)

    # === Actions ===#

    def action_waive(self):
        """Open the dialogue that waives these penalties."""
        return self._get_waiver_action("waive", self.env._("Waive penalties"))

    def action_reinstate(self):
        """Open the dialogue that takes back the waiver of these penalties."""
        return self._get_waiver_action("reinstate", self.env._("Reinstate penalties"))

    def _get_waiver_action(self, kind, name):
        self.check_access("read")
        wizard = self.env["account.penalty.waive"]
        wizard.check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": wizard._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_kind": kind, "default_penalty_ids": self.ids},
        }
