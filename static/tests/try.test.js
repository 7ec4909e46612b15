import { expect, test } from "@odoo/hoot";

test("something", () => {
    expect(1 + 1).toBe(2);
});
