import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    onRpc,
    toggleMenuItem,
    toggleSearchBarMenu,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

describe.current.tags("desktop");

class AccountReceivable extends models.Model {
    _name = "account.receivable";
    _records = [{ id: 1, name: "FAC/2026/00001" }];

    name = fields.Char();
}

defineMailModels();
defineModels([AccountReceivable]);

const COMPANY = {
    company_id: 1,
    company: "Ateliers Vauquelin SAS",
    currency_id: 1,
    count: 1,
    receivables: 1000,
    contested: 300,
    dunnable: 700,
    overdue: 700,
    ledger: 1000,
    gap: 0,
};

async function mountReceivables(...companies) {
    onRpc("account.receivable", "get_tie_out", () => {
        expect.step("get_tie_out");
        return companies;
    });
    await mountView({
        type: "list",
        resModel: "account.receivable",
        arch: `<list js_class="account_receivable_list"><field name="name"/></list>`,
        searchViewArch: `<search><filter name="all" string="All" domain="[]"/></search>`,
    });
    await animationFrame();
}

test("the figures of one company, and no gap", async () => {
    await mountReceivables(COMPANY);
    expect.verifySteps(["get_tie_out"]);
    expect(".o_tie_out_company").toHaveCount(1);
    expect(".o_tie_out_company [name=receivables]").toHaveText(/1,000\.00/);
    expect(".o_tie_out_company [name=contested]").toHaveText(/300\.00/);
    expect(".o_tie_out_company [name=overdue]").toHaveText(/700\.00/);
    expect(".o_tie_out_company [name=ledger]").toHaveText(/1,000\.00/);
    expect(".o_tie_out_company [name=gap] .text-success").toHaveText(/0\.00/);
    expect(".o_tie_out_company .text-danger").toHaveCount(0);
    expect(".o_tie_out_company").not.toHaveText(/Vauquelin/, { inline: true });
});

test("a gap is red, and opens the receivable accounts", async () => {
    mockService("action", {
        doAction(action) {
            expect.step(action.res_model);
            expect(action.domain).toInclude(["company_id", "=", 1]);
        },
    });
    await mountReceivables({ ...COMPANY, ledger: 950, gap: -50 });
    expect(".o_tie_out_company [name=gap] .text-success").toHaveCount(0);
    expect(".o_tie_out_company [name=gap] .text-danger").toHaveText(/-.*50\.00/);
    await contains(".o_tie_out_company [name=gap] button").click();
    expect.verifySteps(["get_tie_out", "account.move.line"]);
});

test("each company has its line, with its name", async () => {
    await mountReceivables(COMPANY, { ...COMPANY, company_id: 2, company: "Filiale Nord" });
    expect.verifySteps(["get_tie_out"]);
    expect(".o_tie_out_company").toHaveCount(2);
    expect(".o_tie_out_company:last").toHaveText(/Filiale Nord/);
});

test("the figures are read again with the list", async () => {
    await mountReceivables(COMPANY);
    expect.verifySteps(["get_tie_out"]);
    await toggleSearchBarMenu();
    await toggleMenuItem("All");
    expect.verifySteps(["get_tie_out"]);
});
