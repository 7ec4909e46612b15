{
    "name": "Collections: reminders by text message",
    "summary": "A step of a scenario goes by SMS, through Odoo's SMS queue",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "The account_dispute_dunning authors",
    "license": "LGPL-3",
    "depends": ["account_dispute_dunning", "sms"],
    "data": ["views/account_dunning_scenario_step_views.xml"],
    "auto_install": True,
}
