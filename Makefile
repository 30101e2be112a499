# Two commands on an empty machine:  make run  (the program with a demo)   make test  (what CI runs)
# `make help` lists the others. All they do is in tools/, in Python's standard library.

PYTHON ?= python3
IN_VENV = .venv/bin/python -m

# make hands what stands behind it to the tools: make run PORT=8080 DATA_DIR=/srv/demo, make test JOBS=4

.PHONY: help demo-breach run setup setup-test test lint format test-sqlite test-postgres test-long test-one bench bench-quick screenshots constraints

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: ## build, migrate, load a demo, start everything on localhost; PORT=8000, DATA_DIR=var
	@$(PYTHON) -m tools.run

setup: ## build .venv with what the program needs, nothing else
	@$(PYTHON) -m tools.build run

setup-test: ## the same with what the tests need
	@$(PYTHON) -m tools.build test

test: setup-test ## everything CI runs: checkers, then all tests on SQLite and on PostgreSQL with Redis
	@$(IN_VENV) tools.test all

demo-breach: ## print one breach of the demo, from report to retraction, as its rows tell it
	@$(PYTHON) -m tools.build run
	@$(IN_VENV) tools.story

lint: setup-test ## only the checkers
	@$(IN_VENV) tools.test lint

test-sqlite: setup-test ## all tests on SQLite
	@$(IN_VENV) tools.test sqlite

test-postgres: setup-test ## all tests on PostgreSQL with Redis
	@$(IN_VENV) tools.test postgres

test-long: setup-test ## all tests on both, with the full figures: hours, not minutes
	@$(IN_VENV) tools.test long

bench: setup-test ## measure everything against floors at 10,000, 100,000 and 1,000,000 obligations: long
	@$(IN_VENV) bench full

bench-quick: setup-test ## the same at 10,000, in about two minutes
	@$(IN_VENV) bench quick

test-one: setup-test ## make test-one T=obligations/tests/test_clock.py [DB=postgres]
	@$(IN_VENV) tools.test one $(T)

screenshots: setup-test ## pictures of every page of the demo, light and dark, wide and narrow, into var/pictures
	@$(IN_VENV) tools.pictures var/pictures

format: setup-test ## let ruff sort imports and format
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

constraints: ## write constraints.txt anew after a change of the requirement files
	@$(PYTHON) -m tools.build constraints
