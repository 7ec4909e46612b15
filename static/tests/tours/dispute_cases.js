import { registry } from "@web/core/registry";

// Three disputes in the browser, from the invoice to the books: see tests/test_tours.py.

const FIELD = (name) => `.o_field_widget[name=${name}]`;
const WORDS = "They say it is not what was agreed.";

function choose(scope, name, label) {
    return [
        {
            content: `${name}: ${label}`,
            trigger: `${scope} ${FIELD(name)} input`,
            run: `edit ${label}`,
        },
        {
            trigger: `.o-autocomplete--dropdown-item:contains("${label}")`,
            run: "click",
        },
    ];
}

function select(scope, name, label) {
    return [
        { trigger: `${scope} ${FIELD(name)} .o_select_menu_toggler`, run: "click" },
        { trigger: `.o_select_menu_item:contains("${label}")`, run: "click" },
    ];
}

/** From the invoice to the open dispute. */
function contest(amount, reason) {
    return [
        {
            content: "Contest a part of the invoice",
            trigger: ".o_form_view button[name=action_contest]",
            run: "click",
        },
        { trigger: `.modal ${FIELD("amount")} input`, run: `edit ${amount}` },
        ...choose(".modal", "reason_id", reason),
        { trigger: `.modal ${FIELD("description")} textarea`, run: `edit ${WORDS}` },
        {
            content: "Open the dispute",
            trigger: ".modal footer button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "The dispute holds its amount",
            trigger: `.o_form_view ${FIELD("contested_amount")}:contains("${amount}.00")`,
        },
    ];
}

/** Everything is there: investigate, then write the sections of `tasks`. */
function investigate(...tasks) {
    return [
        {
            trigger: ".o_form_view button[name=action_investigate]:visible",
            run: "click",
        },
        {
            content: "It is investigated",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Investigation)",
        },
        ...tasks.flatMap((task) => [
            {
                trigger: "button[name=action_view_tasks]:visible",
                run: "click",
            },
            { trigger: `.o_list_view .o_data_row td:contains("${task}")`, run: "click" },
            { trigger: `${FIELD("facts")} textarea`, run: "edit Checked with the order." },
            { trigger: "button[name=action_done]", run: "click" },
            { trigger: ".o_arrow_button_current:contains(Done)" },
            { trigger: ".breadcrumb-item a:contains(DIS/)", run: "click" },
            { trigger: ".o_form_view button[name=action_resolve]:visible" },
        ]),
    ];
}

/** The customer agreed on the phone; our letter confirms it; book and close. */
function settle(outcome, validity, ...terms) {
    return [
        {
            trigger: ".o_form_view button[name=action_resolve]:visible",
            run: "click",
        },
        ...select(".modal", "outcome", outcome),
        { trigger: `.modal ${FIELD("validity")} input:value("${validity}")` },
        ...terms,
        ...choose(".modal", "cause_id", "Agreed price not entered"),
        ...select(".modal", "agreement_mode", "By phone"),
        {
            trigger: `.modal ${FIELD("agreement_note")} input`,
            run: "edit Ms Martin: agreed",
        },
        // The server's day, which is not the browser's.
        {
            trigger: `.modal ${FIELD("agreement_date")} input`,
            run: "edit 06/30/2026 && press Tab",
        },
        {
            content: "Nothing is missing any more",
            trigger: ".modal:not(:has(.alert-info:visible)) footer button[name=action_settle]",
            run: "click",
        },
        {
            content: "It is booked, written to the customer and closed",
            trigger: "body:not(:has(.modal)) .o_form_view .ribbon:contains(Closed)",
            timeout: 60000,
        },
    ];
}

const viewCredit = (amount) => [
    { trigger: "button[name=action_view_credit_notes]", run: "click" },
    {
        content: "The credit note is reconciled with the invoice",
        trigger: ".o_form_view .ribbon:contains(Paid)",
    },
    { trigger: `.o_field_account_tax_totals, ${FIELD("tax_totals")}:contains("${amount}.00")` },
];

registry.category("web_tour.tours").add("account_dispute_dunning_founded", {
    steps: () => [
        ...contest(300, "Error on a document"),
        ...investigate("Check what is wrong", "Issue the corrected document"),
        ...settle("Credit note", "Founded"),
        ...viewCredit(300),
    ],
});

registry.category("web_tour.tours").add("account_dispute_dunning_partly", {
    steps: () => [
        ...contest(400, "Other"),
        ...investigate("Find out what it is about"),
        ...settle(
            "Partial credit note",
            "Partly founded",
            {
                content: "Only a part is accepted",
                trigger: `.modal ${FIELD("line_ids")} .o_data_row td[name=amount]`,
                run: "click",
            },
            {
                trigger: `.modal ${FIELD("line_ids")} td[name=amount] input`,
                run: "edit 150",
            }
        ),
        ...viewCredit(150),
    ],
});

registry.category("web_tour.tours").add("account_dispute_dunning_unfounded", {
    steps: () => [
        ...contest(500, "Invoice not received"),
        ...investigate("Send the invoice again"),
        ...settle("Reasoned rejection", "Unfounded"),
        {
            content: "Nothing was credited",
            trigger: ".o_form_view:not(:has(button[name=action_view_credit_notes]))",
        },
    ],
});

registry.category("web_tour.tours").add("account_dispute_dunning_resumed", {
    steps: () => [
        {
            content: "The reminder claims all of the invoice again",
            trigger: `.o_form_view ${FIELD("amount_claimed")}:contains("1,000.00")`,
        },
    ],
});

registry.category("web_tour.tours").add("account_dispute_dunning_colleague", {
    steps: () => [
        {
            content: "The activities of a colleague without any accounting right",
            trigger: ".o_menu_systray i[aria-label=Activities]",
            run: "click",
        },
        {
            trigger: ".o-mail-ActivityGroup[data-model_name='account.dispute.task']",
            run: "click",
        },
        { trigger: ".o_data_row td:contains('Say where it broke')", run: "click" },
        {
            content: "What the customer says is there",
            trigger: `${FIELD("customer_words")}:contains("Two boards came split")`,
        },
        {
            trigger: `${FIELD("facts")} textarea`,
            run: "edit Packed whole; the pallet was stacked by the carrier.",
        },
        { trigger: `${FIELD("proposal")} textarea`, run: "edit Credit two boards." },
        { trigger: "button[name=action_done]", run: "click" },
        { trigger: ".o_arrow_button_current:contains(Done)" },
    ],
});
