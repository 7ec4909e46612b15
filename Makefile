# Two commands: `make demo` shows the addon in a real Odoo 19, `make test` proves it.
# Everything they need is fetched once into a cache outside this checkout (see dev/settings.py).

PYTHON ?= python3
RUN = $(PYTHON) -m dev

.PHONY: help demo test bench replay backtest screenshots i18n stop clean

help: ## list the commands
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: ## a running demo in the browser; RECEIVABLES=file.csv DATE=yyyy-mm-dd plays your own ledger
	@$(RUN) demo RECEIVABLES="$(RECEIVABLES)" DATE="$(DATE)"

test: ## all checks and tests; TEST=test_import or TEST=TestImport for one file or class
	@$(RUN) test TEST="$(TEST)"

bench: ## planning, notices and letters on a synthetic portfolio, next to OCA account_credit_control
	@$(RUN) bench CUSTOMERS="$(CUSTOMERS)" INVOICES="$(INVOICES)"

replay: ## months of a ledger, day by day, checked: RECEIVABLES=file.csv FROM=yyyy-mm-dd UNTIL=yyyy-mm-dd
	@$(RUN) replay RECEIVABLES="$(RECEIVABLES)" FROM="$(FROM)" UNTIL="$(UNTIL)"

backtest: ## do scores predict? DATA=file.csv of settled invoices; SENSITIVITY=1 varies each constant
	@$(RUN) backtest DATA="$(DATA)" SENSITIVITY="$(SENSITIVITY)"

screenshots: ## the pictures of the README, from the running demo
	@$(RUN) screenshots OUT="$(OUT)"

i18n: ## export the .pot and merge it into i18n/fr.po
	@$(RUN) i18n

stop: ## stop the demo's server
	@$(RUN) stop

clean: ## stop, and remove what this checkout's commands created (the download cache stays)
	@$(RUN) clean
