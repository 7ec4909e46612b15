import { registry } from "@web/core/registry";

const FIELD = (name) => `.o_field_widget[name=${name}]`;
const BUTTON = (name) => `.o_form_view button[name=${name}]:visible`;
const CONFIRM = ".modal footer button[name=action_confirm]";
// A day that is set is a button until it is clicked.
const changeDay = (name, day) => [
    { trigger: `.modal ${FIELD(name)} button`, run: "click" },
    { trigger: `.modal ${FIELD(name)} input`, run: `edit ${day} && press Tab` },
];
const CLOSED = "body:not(:has(.modal))";

// From the invoice: what it would cost on a day to come, and after a payment.
registry.category("web_tour.tours").add("account_dispute_dunning_penalty_simulate", {
    steps: () => [
        { trigger: ".o_notebook a[name=other_info]", run: "click" },
        { trigger: BUTTON("action_simulate_penalties"), run: "click" },
        {
            content: "As of today: 60 days at 12.15 %",
            trigger: `.modal ${FIELD("result_html")}:contains('199.73')`,
        },
        ...changeDay("date", "09/01/2026"),
        {
            content: "The second half-year has another rate: two segments",
            trigger: `.modal ${FIELD("result_html")}:contains('214.0274'):contains('413.75')`,
        },
        ...changeDay("payment_date", "07/01/2026"),
        { trigger: `.modal ${FIELD("payment_amount")} input`, run: "edit 4000 && press Tab" },
        {
            content: "What would be left, by both orders of settlement",
            trigger: `.modal ${FIELD("result_html")}:contains('6,000.00'):contains('6,203.12')`,
        },
        ...changeDay("date", "03/01/2027"),
        {
            content: "A rate that nobody knows yet is never guessed",
            trigger: ".modal .alert-warning:contains('No rate is ever guessed')",
        },
        { trigger: ".modal footer button:contains('Close')", run: "click" },
        { trigger: CLOSED },
    ],
});

// Given up, and why.
registry.category("web_tour.tours").add("account_dispute_dunning_penalty_waive", {
    steps: () => [
        {
            content: "The working is a sum for a pocket calculator",
            trigger: `.o_form_view ${FIELD("working_html")}:contains('9.9863')`,
        },
        { trigger: BUTTON("action_waive"), run: "click" },
        {
            trigger: `.modal ${FIELD("reason")} input, .modal ${FIELD("reason")} textarea`,
            run: "edit First late payment in three years",
        },
        { trigger: CONFIRM, run: "click" },
        { trigger: `${CLOSED} .o_form_view .o_arrow_button_current:contains(Waived)` },
        { trigger: ".o_notebook a[name=history]", run: "click" },
        {
            trigger: `.o_form_view ${FIELD("event_ids")} .o_data_row:contains('First late payment')`,
        },
        { trigger: BUTTON("action_reinstate") },
    ],
});

// Into the books: what will be booked is shown before, and then the debit note.
registry.category("web_tour.tours").add("account_dispute_dunning_penalty_book", {
    steps: () => [
        { trigger: BUTTON("action_book"), run: "click" },
        {
            content: "What would be booked",
            trigger: `.modal ${FIELD("line_ids")} .o_data_row:contains('49.99')`,
        },
        { trigger: CONFIRM, run: "click" },
        {
            content: "The debit note",
            trigger: `${CLOSED} .o_form_view:contains('49.99')`,
        },
    ],
});

// A rate is missing: added from the penalty, after seeing what that changes.
registry.category("web_tour.tours").add("account_dispute_dunning_penalty_rate", {
    steps: () => [
        {
            content: "Why it can't be computed",
            trigger: ".o_form_view .alert-danger:contains('No rate of')",
        },
        { trigger: BUTTON("action_add_rate"), run: "click" },
        { trigger: `.modal ${FIELD("percent")} input`, run: "edit 1.53 && press Tab" },
        {
            trigger: `.modal ${FIELD("source")} input`,
            run: "edit Official rate of the first half-year, read for this test",
        },
        { trigger: ".modal footer button[name=action_preview]", run: "click" },
        {
            content: "What it changes, before it does",
            trigger: `.modal ${FIELD("changed_count")}:contains('1')`,
        },
        { trigger: ".modal footer button[name=action_apply]", run: "click" },
        { trigger: `${CLOSED} .o_form_view ${FIELD("accrued")}` },
    ],
});
