import { registry } from "@web/core/registry";

const FIELD = (name) => `.o_field_widget[name=${name}]`;
const BUTTON = (name) => `.o_form_view button[name=${name}]:visible`;
const STATE = (label) => `.o_form_view .o_arrow_button_current:contains(${label})`;

// A signal is opened from the list, handled, and handled no more.
registry.category("web_tour.tours").add("account_dispute_dunning_signal", {
    steps: () => [
        {
            content: "What was seen, in words",
            trigger: ".o_list_view .o_data_row:contains('is 6 days late') td[name=partner_id]",
            run: "click",
        },
        {
            content: "And what to do about it",
            trigger: `.o_form_view ${FIELD("advice")}:contains('Call before anything is sent')`,
        },
        { trigger: BUTTON("action_handle"), run: "click" },
        { trigger: STATE("Handled") },
        { content: "By mistake", trigger: BUTTON("action_undo"), run: "click" },
        { trigger: STATE("New") },
        { trigger: BUTTON("action_ignore"), run: "click" },
        { trigger: STATE("Ignored") },
    ],
});

// A collector knows better than the figures: another class, why, and until when.
registry.category("web_tour.tours").add("account_dispute_dunning_override", {
    steps: () => [
        { trigger: ".o_form_view a[name=collections]", run: "click" },
        {
            content: "The class that was computed",
            trigger: `.o_form_view ${FIELD("score_class")}:contains('D')`,
        },
        { trigger: BUTTON("action_override_score"), run: "click" },
        { trigger: `.o_form_view ${FIELD("score_class")} .o_select_menu_toggler`, run: "click" },
        { trigger: ".o_select_menu_item:contains('B')", run: "click" },
        {
            trigger: `.o_form_view ${FIELD("date_end")} input`,
            run: "edit 08/31/2026 && press Tab",
        },
        {
            trigger: `.o_form_view ${FIELD("reason")} input`,
            run: "edit The owner guarantees its debts",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: BUTTON("action_end") },
        { trigger: ".o_back_button a, .breadcrumb-item:last a", run: "click" },
        { trigger: ".o_form_view a[name=collections]", run: "click" },
        {
            content: "It counts from now on; the computed one stays visible",
            trigger: `.o_form_view ${FIELD("score_class")}:contains('B')`,
        },
        { trigger: `.o_form_view ${FIELD("computed_score_class")}:contains('D')` },
    ],
});
