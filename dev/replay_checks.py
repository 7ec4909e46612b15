"""What a replay checks each day, against the file and not against the addon's own facts."""

from collections import Counter

from .demo_day import say

CLAIMING = ("preventive", "reminder", "formal")


class Checks:
    """Violations, and a table of the months."""

    def __init__(self, env, company, ledger):
        self.env = env
        self.company = company
        self.ledger = ledger
        self.days = 0
        self.violations = []
        self.sent = {}  # (receivable's number, step, cycle): the notice that did it
        self.notices = env["account.dunning.notice"].browse()
        self.refused = Counter()
        self.months = []
        self.month = Counter()

    # === Each day ===#

    def check_decisions(self, day):
        """Every open receivable has exactly one decision, which is explained."""
        self.days += 1
        receivables = self.env["account.receivable"].search([("company_id", "=", self.company.id)])
        numbers = Counter(receivables.mapped("move_id.name"))
        expected = Counter(row.number for row in self.ledger.open(day))
        for number in (numbers - expected) | (expected - numbers):
            self._violate(day, f"{number} is open on one side only, the file or the ledger")
        decisions = self.env["account.dunning.decision"].search(
            [("company_id", "=", self.company.id), ("is_current", "=", True)]
        )
        decided = Counter(decisions.mapped("move_line_id").ids)
        for receivable in receivables:
            if decided.pop(receivable.id, 0) != 1:
                self._violate(day, f"{receivable.name} has not exactly one decision")
        for line_id in decided:
            self._violate(day, f"a decision about what is not open: line {line_id}")
        for decision in decisions.filtered(lambda each: each.date == day):
            if not decision.explanation:
                self._violate(day, f"{decision.move_id.name}: {decision.reason} unexplained")

    def check_sent(self, day):
        """What left on the day was neither settled nor contested, and was not said before."""
        notices = (
            self.env["account.dunning.notice"].search(
                [
                    ("company_id", "=", self.company.id),
                    ("done_on", "=", day),
                    ("state", "in", ("queued", "sent")),
                ]
            )
            - self.notices
        )
        self.notices |= notices
        for notice in notices:
            step = notice.step_id.with_context(lang="en_US").display_name
            channel = dict(notice._fields["channel"]._description_selection(self.env))
            self.month[f"  {step or notice.kind} · {channel[notice.channel]}"] += 1
            if notice.kind in CLAIMING:
                self._check_lines(day, notice)
            elif notice.kind == "thanks":
                self.month["Thank-yous"] += 1

    def _check_lines(self, day, notice):
        for line in notice.line_ids.filtered(lambda line: line.claimed > 0):
            row = self.ledger.by_number[line.move_id.name or line.name]
            if row.is_settled(day):
                self._violate(day, f"{notice.name} reminds of {row.number}, settled {row.settled}")
            if row.is_contested(day):
                self._violate(day, f"{notice.name} claims {row.number}, contested")
            if line.step_id:
                key = (row.number, line.root_step_id.id, line.cycle)
                if key in self.sent:
                    self._violate(
                        day, f"{notice.name} repeats the step of {self.sent[key]} for {row.number}"
                    )
                self.sent[key] = notice.name

    def refuse(self, notice, words):
        """A person was not allowed to send: no violation, and worth knowing."""
        self.refused[f"{notice.step_id.name}: {words.splitlines()[0]}"] += 1
        self.month["Refused by a check"] += 1

    def _violate(self, day, words):
        self.violations.append(f"{day}: {words}")
        say(f"VIOLATION {self.violations[-1]}")

    # === Each month ===#

    def close_month(self, day):
        """The column of the month that ends."""
        receivables = self.env["account.receivable"].search([("company_id", "=", self.company.id)])
        tie_out = self.env["account.receivable"]._tie_out(self.company)[self.company]
        if tie_out["gap"]:
            self._violate(day, f"the receivables differ from the ledger by {tie_out['gap']}")
        rows = {
            "Open receivables": len(receivables),
            "  amount": round(sum(receivables.mapped("residual"))),
            "Overdue": len(receivables.filtered(lambda each: each.date_maturity < day)),
            "  of which to claim": round(sum(receivables.mapped("overdue"))),
            "Contested": len(receivables.filtered("contested")),
            "Decisions on the last day": len(receivables),
        }
        decisions = self.env["account.dunning.decision"]._read_group(
            [("company_id", "=", self.company.id), ("is_current", "=", True)],
            ["reason"],
            ["__count"],
        )
        reasons = dict(self.env["account.dunning.decision"]._fields["reason"].selection)
        rows |= {f"  {reasons[reason]}": count for reason, count in decisions}
        steps = {label: count for label, count in self.month.items() if label.startswith("  ")}
        rows["Notices that left"] = sum(steps.values())
        rows |= dict(sorted(steps.items()))
        for label in ("Thank-yous", "Refused by a check"):
            rows[label] = self.month[label]
        self.months.append({"month": f"{day:%Y-%m}", "rows": rows})
        self.month = Counter()

    def _add_coverage(self):
        """Contacted of eligible, once all notices of a month have left."""
        coverage = self.env["account.dunning.coverage"]._read_group(
            [("company_id", "=", self.company.id)],
            ["month:month"],
            ["contacted:sum", "eligible:sum"],
        )
        shares = {
            f"{month:%Y-%m}": (contacted, eligible) for month, contacted, eligible in coverage
        }
        for column in self.months:
            contacted, eligible = shares.get(column["month"], (0, 0))
            column["rows"]["Receivables to contact"] = eligible
            column["rows"]["  contacted, %"] = round(100 * contacted / eligible) if eligible else 0

    def result(self):
        self._add_coverage()
        return {
            "customers": len({row.customer for row in self.ledger.rows}),
            "days": self.days,
            "notices": len(self.notices),
            "reminded": len(self.notices.line_ids.filtered("step_id").move_line_id),
            "months": self.months,
            "refused": dict(self.refused.most_common()),
            "violations": self.violations,
        }
