# `make run` does the main job, `make test` proves everything; both make their own .venv.
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
SHELL := /bin/bash

.PHONY: run test lint unit bench conformance torture audit screenshots clean

run: $(READY)
	$(VENV)/bin/loopmail demo

test: lint unit

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

unit: $(READY)
	QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -q -n 2 --dist loadgroup

bench: $(READY)
	@for script in tests/benchmarks/bench_*.py; do echo "== $$script"; QT_QPA_PLATFORM=offscreen $(PYTHON) $$script || exit 1; done

# Records the answers of real LoopBack again (npm) and compares loopmail with every one of them.
conformance: $(READY)
	$(PYTHON) tests/conformance/effective/record.py
	$(PYTHON) tests/conformance/models/record.py
	$(PYTHON) tests/conformance/urls/record.py
	$(PYTHON) tests/conformance/run.py --record
	$(PYTHON) -m pytest -q -n 2 tests/conformance

# The fault-injection suites in full; `make test` runs a selection of them.
torture: $(READY)
	LOOPMAIL_TORTURE=full QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -q -m torture --timeout 1800

# Every page, panel and dialog in every look, into build/screenshots; the best into the README.
screenshots: $(READY)
	$(PYTHON) packaging/screenshots/make.py

# Known holes in the dependencies: pip-audit where it can be had, else the floors in pyproject.toml.
audit: $(READY)
	-$(PYTHON) -I -m pip install -q pip-audit
	$(PYTHON) -I packaging/audit.py

$(READY): pyproject.toml packaging/setup-venv.sh
	bash packaging/setup-venv.sh $(VENV)
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
