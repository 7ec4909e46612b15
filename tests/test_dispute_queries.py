from lxml import etree

from odoo.tests import tagged
from odoo.tools import SQL

from .common import TODAY, CollectionsCommon, days_ago

FEW, MANY = 10, 1000


@tagged("post_install", "-at_install")
class TestDisputeQueries(CollectionsCommon):
    """Opening the screens and deciding the day's alerts take as many statements for 1,000 open
    disputes as for 10 (design, section 6).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.disputes = cls.env["account.dispute"]
        for number in range(FEW):
            invoice = cls.make_overdue_invoice(number, partner=cls.make_customer(f"Buyer {number}"))
            dispute = cls.contest(invoice, 10, on_date=days_ago(number))
            if number % 2:
                dispute._action_investigate(TODAY)
            if number % 3 == 0:
                dispute._action_wait("Photos", days_ago(number), dispute.clocks_started_on)
            cls.disputes |= dispute

    def multiply(self):
        """Copy the rows of the few disputes until there are many; with what they contest."""
        self.env.flush_all()
        values = SQL(
            "SELECT dispute.id, copy FROM account_dispute dispute, generate_series(2, %s) copy"
            " WHERE dispute.id = ANY(%s)",
            MANY // FEW,
            self.disputes.ids,
        )
        columns = self.get_columns("account.dispute", "id")
        self.cr.execute(
            SQL(
                """
                WITH copied AS (
                    INSERT INTO account_dispute (%(columns)s)
                         SELECT %(values)s FROM account_dispute dispute
                           JOIN (%(copies)s) copy ON copy.id = dispute.id
                      RETURNING id, partner_id
                )
                INSERT INTO account_dispute_line (%(line_columns)s, dispute_id)
                     SELECT %(line_values)s, copied.id
                       FROM copied
                       JOIN account_dispute dispute ON dispute.partner_id = copied.partner_id
                       JOIN account_dispute_line line ON line.dispute_id = dispute.id
                """,
                columns=self.join_columns(columns),
                values=self.join_columns(columns, "dispute"),
                copies=values,
                line_columns=self.join_columns(self.get_line_columns()),
                line_values=self.join_columns(self.get_line_columns(), "line"),
            )
        )
        self.env.invalidate_all()

    def get_columns(self, model, *without):
        fields = self.env[model]._fields.values()
        return [
            field.name
            for field in fields
            if field.store and field.column_type and field.name not in without
        ]

    def get_line_columns(self):
        return self.get_columns("account.dispute.line", "id", "dispute_id")

    def join_columns(self, names, table=None):
        return SQL(", ").join(
            SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
        )

    def count(self, action):
        """The statements of an action, with cold records and warm caches, and what it returns."""
        counts = []
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            result = action()
            counts.append(self.cr.sql_log_count - before)
        return counts[-1], result

    def get_specification(self, view_type):
        """What the web client reads to show the view: its fields, and names of what they link."""
        model = self.env["account.dispute"].with_user(self.collector)
        arch = etree.fromstring(model.get_view(view_type=view_type)["arch"])
        names = arch.xpath("//field[not(ancestor::field)]/@name")
        return {
            name: {"fields": {"display_name": {}}} if model._fields[name].relational else {}
            for name in names
        }

    # === Screens, as a collector opens them ===#

    def open_board(self):
        model = self.env["account.dispute"].with_user(self.collector)
        groups = model.web_read_group(
            [("state", "!=", "closed")],
            ["stage_id"],
            ["contested_amount:sum"],
            auto_unfold=True,
            unfold_read_specification=self.get_specification("kanban"),
        )["groups"]
        return sum(group["__count"] for group in groups)

    def open_list(self, domain=()):
        """Without the limit of a page: each of them is read."""
        model = self.env["account.dispute"].with_user(self.collector)
        return model.web_search_read(
            [("state", "!=", "closed"), *domain], self.get_specification("list")
        )["length"]

    def open_late_list(self):
        return self.open_list([("is_late", "=", True)])

    def decide(self):
        """What the daily job does before it acts: the alerts of the day."""
        alerts = self.env["account.dispute.escalation"]._decide(self.company, TODAY)
        return len({alert.dispute for alert in alerts})

    def prioritise(self):
        """The priorities of the day, of which none changed."""
        return sum(self.env["account.dispute"]._refresh_all_priorities(self.company, TODAY))

    def test_statements_do_not_grow_with_the_disputes(self):
        actions = (
            self.open_board,
            self.open_list,
            self.open_late_list,
            self.decide,
            self.prioritise,
        )
        self.prioritise()
        few = {action.__name__: self.count(action) for action in actions}
        self.multiply()
        self.prioritise()
        many = {action.__name__: self.count(action) for action in actions}
        for name, (statements, rows) in few.items():
            self.assertTrue(rows, name)
            self.assertEqual(many[name][1], rows * (MANY // FEW), name)
            self.assertEqual(many[name][0], statements, name)

    def test_alerts_are_told_in_batches(self):
        """Far fewer statements than alerts: what is left is Odoo's own, per person told."""
        self.multiply()
        before = self.cr.sql_log_count
        told = self.env["account.dispute.escalation"]._escalate(self.company, TODAY)
        self.env.flush_all()
        self.assertGreater(len(told), MANY)
        self.assertLess(self.cr.sql_log_count - before, len(told) / 4)
