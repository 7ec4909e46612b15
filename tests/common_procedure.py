from .common import CollectionsCommon


class ProcedureCommon(CollectionsCommon):
    """Departments with people: a salesperson, two logisticians, and the quality manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("salesperson", "packer", "driver", "quality_manager"):
            setattr(cls, name, cls.make_user(name, "base.group_user"))
        cls.logistics = cls.get_department("logistics")
        cls.logistics.member_ids = cls.packer | cls.driver
        cls.quality = cls.get_department("quality")
        cls.quality.user_id = cls.quality_manager
        cls.invoice = cls.make_overdue_invoice(10, invoice_user_id=cls.salesperson.id)

    @classmethod
    def get_department(cls, code):
        return cls.env.ref(f"account_dispute_dunning.dispute_department_{code}")

    @classmethod
    def get_reason(cls, code):
        return cls.env.ref(f"account_dispute_dunning.dispute_reason_{code}")

    @classmethod
    def make_task(cls, dispute, kind="help", **values):
        return cls.env["account.dispute.task"].create(
            {"dispute_id": dispute.id, "kind": kind, "name": "Was it complete?"} | values
        )

    def get_row(self, dispute, code):
        return dispute.evidence_ids.filtered(lambda row: row.type_id.code == code)
