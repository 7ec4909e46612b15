import { registry } from "@web/core/registry";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";
import { ReceivableTieOut } from "./receivable_tie_out";

export class ReceivableListRenderer extends ListRenderer {
    static template = "account_dispute_dunning.ReceivableListRenderer";
    static components = { ...ListRenderer.components, ReceivableTieOut };
}

registry.category("views").add("account_receivable_list", {
    ...listView,
    Renderer: ReceivableListRenderer,
});
