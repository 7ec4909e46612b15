import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

describe.current.tags("desktop");

class PaymentRegister extends models.Model {
    _name = "account.payment.register";
    _records = [
        { id: 1, handling: "open", choices: ["open", "contest"] },
        { id: 2, handling: "open", choices: ["open", "reconcile"] },
    ];

    handling = fields.Selection({
        selection: [
            ["open", "Keep open"],
            ["reconcile", "Mark as fully paid"],
            ["contest", "Contest the difference"],
        ],
    });
    choices = fields.Json();
}

defineMailModels();
defineModels([PaymentRegister]);

const arch = `
    <form>
        <field name="choices" invisible="1"/>
        <field name="handling" widget="account_choice_radio"
               options="{'choices_field': 'choices'}"/>
    </form>`;

const mountForm = (resId) =>
    mountView({ resModel: "account.payment.register", resId, type: "form", arch });

test("only the choices that make sense are there", async () => {
    await mountForm(1);
    expect(queryAllTexts(".o_radio_item")).toEqual(["Keep open", "Contest the difference"]);
});

test("another record has other choices", async () => {
    await mountForm(2);
    expect(queryAllTexts(".o_radio_item")).toEqual(["Keep open", "Mark as fully paid"]);
});

test("a choice is saved", async () => {
    onRpc("web_save", ({ args }) => {
        expect.step(args[1].handling);
    });
    await mountForm(1);
    await contains(".o_radio_item:last-child input").click();
    await contains(".o_form_button_save").click();
    expect.verifySteps(["contest"]);
});
