{
    "name": "Collections: reminders as jobs",
    "summary": "Decide on, prepare and render reminders in OCA's job queue, on several hosts",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "The account_dispute_dunning authors",
    "license": "LGPL-3",
    "depends": ["account_dispute_dunning", "queue_job"],
    "data": ["data/queue_job_function_data.xml"],
    "auto_install": True,
}
