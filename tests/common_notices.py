import io

from pypdf import PdfWriter

from odoo.addons.mail.tests.common import MailCase

from .common import TODAY, CollectionsCommon


class NoticesCommon(CollectionsCommon, MailCase):
    """Notices of a scenario whose steps a test chooses. wkhtmltopdf, which takes seconds, is
    replaced by an empty page: what letters look like is tested elsewhere.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        page = io.BytesIO()
        writer = PdfWriter()
        writer.add_blank_page(width=595, height=842)
        writer.write(page)
        cls.classPatch(
            cls.registry["ir.actions.report"],
            "_run_wkhtmltopdf",
            lambda *_args, **_options: page.getvalue(),
        )
        cls.customer.collector_id = cls.collector
        cls.notices_as_collector = cls.env["account.dunning.notice"].with_user(cls.collector)

    @classmethod
    def prepare(
        cls, channel="email", partner=None, automatic=False, days=10, scenario=None, **step
    ):
        """A notice to a customer who owes 1000, by a scenario of one step.

        :param scenario: values of the scenario.
        """
        partner = partner or cls.customer
        step = {
            "offset_days": 1,
            "channel": channel,
            "is_automatic": automatic,
            "subject": "Payment due",
            "body": "<p>Please pay.</p>",
        } | step
        partner.dunning_scenario_id = cls.make_scenario(step, **(scenario or {}))
        invoice = cls.make_overdue_invoice(days, partner=partner)
        lines = cls.run_dunning().notice_ids.line_ids
        return lines.filtered(lambda line: line.step_id and line.move_id == invoice).notice_id

    def queue(self, automatic=False, **values):
        """A notice whose e-mail is in the queue."""
        notice = self.prepare(automatic=automatic, **values)
        notice._action_send(TODAY)
        self.assertEqual(notice.state, "queued", notice.state_reason)
        return notice

    def get_mails(self, notice):
        return self.env["mail.mail"].search([("mail_message_id", "=", notice.message_id.id)])

    def process(self):
        with self.enter_registry_test_mode():
            self.env.ref("account_dispute_dunning.cron_dunning_notices").method_direct_trigger()
