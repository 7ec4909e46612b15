import { registry } from "@web/core/registry";

// FAC of 1,000.00, overdue: 300.00 is contested, and only 700.00 is left to claim.
registry.category("web_tour.tours").add("account_dispute_dunning_contest", {
    url: "/odoo/receivables",
    steps: () => [
        {
            content: "The receivables agree with the ledger",
            trigger: ".o_account_receivable_tie_out [name=gap] .text-success",
        },
        {
            content: "Contest a part of the receivable",
            trigger: ".o_data_row:contains('Contesting Customer') button[name=action_contest]",
            run: "click",
        },
        {
            content: "What is contested",
            trigger: ".modal .o_field_widget[name=amount] input",
            run: "edit 300",
        },
        {
            content: "Why",
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit Price",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Price difference')",
            run: "click",
        },
        {
            content: "Open the dispute",
            trigger: ".modal footer button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "The dispute holds its amount",
            trigger: ".o_form_view .o_field_widget[name=contested_amount]:contains('300.00')",
        },
        {
            content: "Back to the receivables",
            trigger: ".o_back_button a, .breadcrumb-item a:contains('Receivables')",
            run: "click",
        },
        {
            content: "What is contested is shown",
            trigger: ".o_data_row:contains('Contesting Customer') td[name=contested]:contains('300.00')",
        },
        {
            content: "And left out of what is to claim",
            trigger: ".o_data_row:contains('Contesting Customer') td[name=overdue]:contains('700.00')",
        },
        {
            content: "The total above the list follows",
            trigger: ".o_account_receivable_tie_out [name=contested]:contains('300.00')",
        },
    ],
});
