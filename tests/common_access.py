import base64

from odoo.fields import Command

from .common import TODAY, CollectionsCommon

ADDON = "account_dispute_dunning"


class AccessCommon(CollectionsCommon):
    """One record of each of our models, and of those that we extend, in each company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setup_other_company_data()
        # The portal user is a contact of the very customer: it may read its own invoices.
        cls.portal.partner_id.parent_id = cls.customer
        cls.records = {
            company: cls._make_records(company)
            for company in (cls.company, cls.branch, cls.other_company)
        }

    @classmethod
    def _make_records(cls, company):
        """``{model name: record}``, all of one company."""
        customer = cls.customer.with_company(company)
        customer.property_account_receivable_id = cls.env["account.account"].search(
            [
                *cls.env["account.account"]._check_company_domain(company),
                ("account_type", "=", "asset_receivable"),
            ],
            limit=1,
        )
        scenario = cls.make_scenario(1, company_id=company.id)
        company.dunning_scenario_id = scenario
        invoice = cls.make_overdue_invoice(40, company=company, partner=customer)
        dispute = cls.contest(invoice, 100)
        run = cls.run_dunning(company=company)
        notice = run.notice_ids[0]
        load = cls.env["account.receivable.import"].with_company(company)
        load = load.create({"name": "ledger.csv", "file": base64.b64encode(b"Customer;Amount")})
        part = {"import_id": load.id}
        contested = {"move_line_ids": invoice._get_receivable_lines().ids, "amount": 10}
        dialogue = cls.env["account.dispute.open"].create(contested | {"reason_id": cls.reason.id})
        records = (
            cls.reason,
            dispute,
            dispute.line_ids,
            dispute.stage_id,
            run,
            notice,
            notice.line_ids[0],
            scenario,
            scenario.step_ids,
            load,
            cls.env["account.receivable.import.column"].create(part | {"name": "Customer"}),
            cls.env["account.receivable.import.line"].create(part | {"state": "ready"}),
            cls.get_receivables(invoice),
            cls.get_decisions(invoice),
            dialogue,
            *cls._make_dialogue_rows(dialogue, invoice),
            cls.env["account.dunning.notice.cancel"].create(
                {"notice_ids": notice.ids, "reason": "Paid by phone"}
            ),
            cls.env["account.dunning.notice.postpone"].create(
                {"notice_ids": notice.ids, "date": TODAY, "reason": "Back on Monday"}
            ),
            *cls._make_call_and_formal_records(notice),
            invoice,
            invoice.line_ids[0],
            customer,
            company,
            cls.env["mail.mail"].sudo().create({"subject": "In the queue"}),
            cls.env["account.move.send.wizard"].create({"move_id": invoice.id}),
            *cls._make_dispute_records(dispute),
            cls._make_effect(company, customer.property_account_receivable_id),
            cls._make_forecast(invoice),
            *cls._make_penalty_records(invoice),
            *cls._make_rules_of_penalties(company),
            *cls._make_score_records(customer, company),
        )
        return {record._name: record for record in records}

    @classmethod
    def _make_effect(cls, company, account):
        """That of a reminder that was sent."""
        customer = cls.make_customer("Reminded").with_company(company)
        customer.property_account_receivable_id = account
        invoice = cls.make_overdue_invoice(40, company=company, partner=customer)
        cls.run_dunning(company=company).notice_ids._transition("sent")
        cls.env.flush_all()
        return cls.env["account.dunning.effect"].search([("move_id", "=", invoice.id)])

    @classmethod
    def _make_forecast(cls, invoice):
        days = dict.fromkeys(("date", "expected_date", "date_low", "date_high"), TODAY)
        line = invoice._get_receivable_lines()
        values = {"move_line_id": line.id, "company_id": invoice.company_id.id}
        return cls.env["account.receivable.forecast"].sudo().create(values | days)

    @classmethod
    def _make_penalty_records(cls, invoice):
        """A penalty of which something was collected."""
        penalty = (
            cls.env["account.penalty"]
            .sudo()
            .create(
                {
                    "move_line_id": invoice._get_receivable_lines().id,
                    "partner_id": invoice.commercial_partner_id.id,
                    "company_id": invoice.company_id.id,
                    "currency_id": invoice.currency_id.id,
                }
            )
        )
        penalty._add_event("collect", TODAY, 1, 0)
        cls.env.flush_all()
        tax = cls.env["account.penalty.tax"].search([("penalty_id", "=", penalty.id)], limit=1)
        return penalty, penalty.event_ids, tax

    @classmethod
    def _make_rules_of_penalties(cls, company):
        """What a company knows of the law, and a regime of its own."""
        rate = cls.env.ref(f"{ADDON}.reference_rate_ecb_mro")
        regime = cls.env["account.penalty.regime"].create(
            {
                "name": "Agreed",
                "code": f"agreed_{company.id}",
                "company_id": company.id,
                "formula": "fixed",
                "fixed": 12,
                "fee_currency_id": company.currency_id.id,
                "fee_tier_ids": [Command.create({"amount": 40})],
            }
        )
        return (
            rate,
            rate.value_ids[0],
            cls.env["account.reference.rate.history"].search([], limit=1),
            cls.env.ref(f"{ADDON}.legal_text_fr_penalties"),
            regime,
            regime.fee_tier_ids,
        )

    @classmethod
    def _make_score_records(cls, customer, company):
        """A score by the formula of the company, a draft as it is its first."""
        formula = cls.env["account.customer.score.formula"].create(
            {
                "name": "Ours",
                "company_id": company.id,
                "component_ids": [
                    Command.create(
                        {
                            "code": "delay",
                            "weight": 100,
                            "break_ids": [Command.create({"value": 0, "points": 100})],
                        }
                    )
                ],
            }
        )
        score = (
            cls.env["account.customer.score"]
            .sudo()
            .create(
                {
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "date": TODAY,
                    "score_class": "A",
                    "component_ids": [Command.create({"code": "delay"})],
                }
            )
        )
        components = formula.component_ids
        return formula, components, components.break_ids, score, score.component_ids

    @classmethod
    def _make_call_and_formal_records(cls, notice):
        part = {"notice_id": notice.id}
        coverage = cls.env["account.dunning.coverage"]
        return (
            cls.env["account.dunning.notice.call"].create(part | {"outcome": "no_answer"}),
            cls.env["account.dunning.notice.override"].create(part | {"reason": "They agreed"}),
            coverage.search([("company_id", "=", notice.company_id.id)], limit=1),
        )

    @classmethod
    def _make_dialogue_rows(cls, dialogue, invoice):
        part = {"wizard_id": dialogue.id}
        item = {"move_line_id": invoice.invoice_line_ids.id}
        line = {"move_line_id": invoice._get_receivable_lines().id}
        return (
            cls.env["account.dispute.open.item"].create(part | item),
            cls.env["account.dispute.open.line"].create(part | line),
        )

    @classmethod
    def _make_dispute_records(cls, dispute):
        """What belongs to an open dispute, and the rules behind it."""
        part = {"dispute_id": dispute.id}
        customer = {"partner_id": dispute.partner_id.id}
        resolution = cls.env["account.dispute.resolution"].create(
            part
            | {
                "line_ids": [Command.create({"dispute_line_id": dispute.line_ids.id})],
                "instalment_ids": [Command.create({"date": TODAY, "amount": 1})],
            }
        )
        template = cls.env["mail.template"].create(
            {"name": "Proposal", "model_id": cls.env["ir.model"]._get_id("account.dispute")}
        )
        department = dispute.reason_id.department_id
        created = {
            "account.dispute.escalation": part
            | {"cycle": 1, "kind": "task", "date": TODAY, "reason": "Late"},
            "account.dispute.exchange": part,
            "account.dispute.item": part
            | {"name": "Box", "move_id": dispute.move_ids.id, "kind": "tax", "price_unit": 1},
            "account.dispute.letter": {
                "name": "Proposal",
                "kind": "proposal",
                "template_id": template.id,
            },
            "account.dispute.resolution.instalment": {
                "resolution_id": resolution.id,
                "date": TODAY,
                "amount": 10,
            },
            "account.dispute.third.party": part | customer,
            "account.dispute.wait": {"dispute_ids": dispute.ids, "awaited": "A photo"},
            "account.dispute.write": part | {"kind": "other", "subject": "Box", "body": "Hello"},
            "account.dispute.improvement": {
                "name": "Check prices",
                "cause_id": dispute.origin_id.id,
                "company_id": dispute.company_id.id,
            },
            **cls._make_scenario_values(dispute.company_id, customer),
            "account.dunning.veto": customer
            | {"reason": "Talks", "date_end": TODAY, "company_id": dispute.company_id.id},
        }
        return (
            *(cls.env[model].sudo().create(values) for model, values in created.items()),
            resolution,
            resolution.line_ids,
            resolution.instalment_ids,
            department,
            dispute.origin_id,
            dispute.cycle_ids,
            dispute.task_ids[0],
            dispute.task_ids.template_id[0],
            dispute.evidence_ids[0],
            dispute.evidence_ids.type_id[0],
            dispute.guide_step_ids[0],
            dispute.reason_id.einvoice_code_ids[0],
        )

    @classmethod
    def _make_scenario_values(cls, company, customer):
        """What gives a customer another scenario."""
        scenario = {"scenario_id": company.dunning_scenario_id.id}
        ours = {"company_id": company.id}
        return {
            "account.dunning.rule": scenario | ours | {"name": "All"},
            "account.dunning.scenario.activate": scenario,
            "account.dunning.scenario.simulate": scenario | ours,
            "account.dunning.treatment": scenario | ours | customer | {"reason": "Talks"},
            "account.customer.score.override": ours
            | customer
            | {"score_class": "B", "reason": "Talks", "date_end": TODAY},
            "account.customer.signal": ours
            | customer
            | {"kind": "cold", "key": "1", "date": TODAY},
        }
