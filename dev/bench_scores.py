"""The customer scores of the benchmark's portfolio: the facts alone, and the whole daily job.

Imported by a script of Odoo's shell; `env` is its environment.
"""

from datetime import timedelta

from .bench_documents import ON_DATE


class Scores:
    def __init__(self, env):
        self.scores = env["account.customer.score"]
        self.company = env.company

    def facts(self):
        """One statement over the invoices of 24 months; returns the number of customers."""
        return len(self.scores._get_facts(self.company, ON_DATE))

    def job(self):
        """Every snapshot is new, as on the first night; returns their number."""
        return self.scores._refresh(self.company, ON_DATE)

    def next_day(self, _snapshots):
        """As on every other night; returns the number of new snapshots."""
        return self.scores._refresh(self.company, ON_DATE + timedelta(days=1))
