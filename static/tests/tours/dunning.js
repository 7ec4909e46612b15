import { registry } from "@web/core/registry";

const FIELD = (name) => `.o_field_widget[name=${name}]`;
const BUTTON = (name) => `.o_form_view button[name=${name}]:visible`;

// A draft version, simulated beside what is done now, then active from today on.
registry.category("web_tour.tours").add("account_dispute_dunning_scenario", {
    steps: () => [
        {
            content: "What has decided is not edited: make another version",
            trigger: BUTTON("action_new_version"),
            run: "click",
        },
        {
            content: "The draft can be simulated",
            trigger: ".o_form_view button:contains('Simulate…')",
            run: "click",
        },
        { trigger: ".modal footer button[name=action_simulate]", run: "click" },
        {
            content: "Decided twice: as things are, and by the draft",
            trigger: `.o_form_view ${FIELD("row_ids")} .o_data_row:contains('Step reached')`,
        },
        { trigger: ".o_back_button a, .breadcrumb-item:last a", run: "click" },
        { content: "It holds from today on", trigger: BUTTON("action_activate"), run: "click" },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        {
            trigger: "body:not(:has(.modal)) .o_form_view .o_arrow_button_current:contains(Active)",
        },
    ],
});

// The run of today, and its notice: looked at, validated, sent.
registry.category("web_tour.tours").add("account_dispute_dunning_send", {
    steps: () => [
        { trigger: ".o_list_view button[name=action_run]", run: "click" },
        {
            content: "What was decided",
            trigger: `.o_form_view ${FIELD("summary_html")}:contains('Step reached')`,
        },
        { trigger: BUTTON("action_view_notices"), run: "click" },
        {
            trigger: ".o_kanban_record:contains('Answering Customer'), .o_data_row td:contains('Answering Customer')",
            run: "click",
        },
        {
            content: "One notice, with what it claims",
            trigger: `.o_form_view ${FIELD("amount_claimed")}:contains('1,000.00')`,
        },
        { trigger: BUTTON("action_validate"), run: "click" },
        { trigger: BUTTON("action_send"), run: "click" },
        { trigger: ".o_form_view .o_arrow_button_current:contains(Queued)" },
    ],
});

// The answer is on the notice; the next step waits, and the invoice says why.
registry.category("web_tour.tours").add("account_dispute_dunning_answered", {
    steps: () => [
        {
            content: "The answer is below",
            trigger: ".o-mail-Message .o-mail-Message-author:contains('Answering Customer')",
        },
        { trigger: ".o_form_view .alert-info:contains('The customer answered on')" },
    ],
});

registry.category("web_tour.tours").add("account_dispute_dunning_why", {
    steps: () => [
        { trigger: "button[name=action_why]:visible", run: "click" },
        {
            content: "The next step waits for a person to read the answer",
            trigger: ".modal:contains('The customer has answered')",
        },
    ],
});

// A call, and what follows from its outcome.
registry.category("web_tour.tours").add("account_dispute_dunning_call", {
    steps: () => [
        { trigger: BUTTON("action_done"), run: "click" },
        {
            content: "What came out of it",
            trigger: `.modal ${FIELD("outcome")} .o_select_menu_toggler`,
            run: "click",
        },
        { trigger: ".o_select_menu_item:contains('Promises to pay')", run: "click" },
        // The server's day, which is not the browser's.
        { trigger: `.modal ${FIELD("date")} input`, run: "edit 07/03/2026 && press Tab" },
        {
            content: "What follows is said before",
            trigger: `.modal ${FIELD("next_action")}:contains('No reminder until')`,
        },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view .o_arrow_button_current:contains(Sent)" },
    ],
});

// A formal notice: its checklist is orange, and a person decides.
registry.category("web_tour.tours").add("account_dispute_dunning_formal", {
    steps: () => [
        { trigger: ".o_form_view a[name=checklist]", run: "click" },
        {
            content: "Certain: is there a proof of delivery?",
            trigger: `.o_form_view ${FIELD("checklist_html")}:contains('proof of delivery')`,
        },
        { trigger: BUTTON("action_override"), run: "click" },
        {
            trigger: `.modal ${FIELD("reason")} input`,
            run: "edit The signed delivery note is in the paper file",
        },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_form_view .o_arrow_button_current:contains('To send')" },
    ],
});
