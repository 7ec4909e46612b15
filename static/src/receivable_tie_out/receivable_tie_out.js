import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";

/**
 * What the receivables come to and what the ledger says, per company, above the list.
 *
 * Reads again each time the list does, and never holds the list up.
 */
export class ReceivableTieOut extends Component {
    static template = "account_dispute_dunning.ReceivableTieOut";
    static props = { list: Object };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ companies: [] });
        this.load();
        onWillUpdateProps(() => {
            this.load();
        });
    }

    async load() {
        this.state.companies = await this.keepLast.add(
            this.orm.silent.call("account.receivable", "get_tie_out", [])
        );
    }

    format(amount, company) {
        return formatMonetary(amount, { currencyId: company.currency_id });
    }

    figures(company) {
        return [
            { name: "receivables", label: _t("Receivables"), value: company.receivables },
            { name: "contested", label: _t("Contested"), value: company.contested },
            { name: "overdue", label: _t("Overdue to claim"), value: company.overdue },
            { name: "ledger", label: _t("Receivable accounts"), value: company.ledger },
        ];
    }

    openLedger(company) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Receivable accounts: %(company)s", { company: company.company }),
            res_model: "account.move.line",
            views: [[false, "list"]],
            domain: [
                ["company_id", "=", company.company_id],
                ["account_id.account_type", "=", "asset_receivable"],
                ["parent_state", "=", "posted"],
            ],
            context: { group_by: ["account_id", "partner_id"] },
        });
    }
}
