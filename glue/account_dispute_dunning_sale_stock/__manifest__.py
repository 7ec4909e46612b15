{
    "name": "Collections: disputes, orders and deliveries",
    "summary": "Compare a contested invoice with its order and its deliveries",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "The account_dispute_dunning authors",
    "license": "LGPL-3",
    "depends": ["account_dispute_dunning", "sale_stock"],
    "data": [
        "security/ir.model.access.csv",
        "security/account_dispute_comparison_rules.xml",
        "views/account_dispute_comparison_views.xml",
        "views/account_dispute_views.xml",
        "wizards/account_dispute_open_views.xml",
    ],
    "auto_install": True,
}
