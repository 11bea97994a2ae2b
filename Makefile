# Everything a fresh machine needs is Python 3.11 or later with venv; these targets do the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml
.DEFAULT_GOAL := help
.PHONY: help demo run test lint format bench lock clean docs-pictures

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements/runtime.lock
	$(PIP) --no-build-isolation -e .
	@touch $@

$(VENV)/.development: requirements/development.lock $(VENV)/.runtime
	$(PIP) --require-hashes -r requirements/development.lock
	@touch $@

$(VENV)/.peers: tests/peers/package-lock.json | $(BIN)/python
	@# Not `npm ci`: it refuses a lock in which a package for another platform is not listed. Where npm cannot reach
	@# its registry, it would try for five minutes, which only who requires the programs waits for.
	@if npm install --prefix tests/peers --no-save --loglevel=error \
	  $(if $(filter 1,$(REQUIRE_PEERS)),,--fetch-retries=1 --fetch-retry-mintimeout=1000) >/dev/null; then touch $@; else \
	  echo "npm could not install tests/peers: the tests that need it are skipped, unless REQUIRE_PEERS=1." >&2; \
	  [ "$$REQUIRE_PEERS" != 1 ]; fi

demo: $(VENV)/.runtime ## Run the main job on sample posts and open the app
	SOCIAL_TUI_HOME=$${SOCIAL_TUI_HOME:-.} $(BIN)/social-tui demo

run: $(VENV)/.runtime ## Open the app on the library of this checkout (media in ./cache)
	SOCIAL_TUI_HOME=$${SOCIAL_TUI_HOME:-.} $(BIN)/social-tui

test: $(VENV)/.development $(VENV)/.peers ## Run the whole test suite
	@# Where Python is told to write no bytecode, every program that a test starts would compile it anew.
	$(BIN)/python -m compileall -q social_tui
	@# The same with the tests, which every process of pytest would compile for itself.
	for half in 'tests/[a-l]*' 'tests/[m-z]*'; do \
	  PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --collect-only -qq $$half >/dev/null & done; wait
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: $(VENV)/.development ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.development ## Rewrite the sources in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.development ## Measure, beside the peers, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

docs-pictures: $(VENV)/.runtime ## Take the pictures of the app that README and docs show
	$(BIN)/python docs/make_pictures.py

lock: ## Resolve the dependencies again, with hashes (needs uv)
	$(LOCK) --group build -o requirements/runtime.lock
	$(LOCK) --group build --group dev -c requirements/runtime.lock -o requirements/development.lock

clean: ## Remove the virtual environment and the checkout's library
	rm -rf $(VENV) tests/peers/node_modules build dist
