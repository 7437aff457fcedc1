# Everything here works on a fresh clone: what is missing is set up first (tools/bootstrap.py).

PYTHON ?= python3
# Locked by whoever uses the embedded database.
USERS := var/postgres/users.lock
.DEFAULT_GOAL := help
.PHONY: help run test check format clean bootstrap

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bootstrap ## start the whole system; Ctrl-C stops it
	@trap : INT; .venv/bin/returndesk up || [ $$? -eq 130 ]

test: bootstrap ## run the checks and every test
	@.venv/bin/python tools/run_tests.py

check: bootstrap ## lint, formatting, types, imports, house rules
	@.venv/bin/python tools/run_tests.py --only check

format: bootstrap ## bring the code into its usual form
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --quiet --fix .

clean: ## remove all data: database, models, logs
	@test ! -e $(USERS) || $(PYTHON) -c 'import fcntl; fcntl.flock(open("$(USERS)"), fcntl.LOCK_EX | fcntl.LOCK_NB)' \
		2>/dev/null || { echo "returndesk is running. Stop it with Ctrl-C first."; exit 1; }
	@rm -rf var

bootstrap: ## set up both Python environments
	@$(PYTHON) tools/bootstrap.py
