SHELL := /bin/bash
# A check that is shortened by another program fails all the same.
.SHELLFLAGS := -o pipefail -c
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
MEMBERS := shared services/connector-registry services/executor services/field-mapper clients/python deploy/local
STAMP := $(VENV)/.installed
PYTEST := $(BIN)/pytest
# Whole files go to workers, in their order: those that need servers and wait much come first, unit tests fill in at the end.
WORKERS ?= auto
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# A home that is missing or cannot be written to has no room for a cache of packages.
UV_OPTIONS = $(shell cache="$${UV_CACHE_DIR:-$${XDG_CACHE_HOME:-$$HOME/.cache}/uv}"; mkdir -p "$$cache" 2>/dev/null && test -w "$$cache" || echo --no-cache)

# Many processes start here, one for each service of a test: none should compile all that it imports once more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup lock demo demo-limits up down status console console-lib test test-unit test-integration test-e2e screenshots vitals check format bench soak specs

help: ## List every command
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install everything into .venv (needs python3 with pip, and make)

$(STAMP): requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS))
	@echo "installing Python packages into $(VENV): this is done once, and may take some minutes"
# One that was cut off half way is begun again.
	@{ $(BIN)/uv --version || $(BIN)/python -m pip --version; } > /dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@awk '/^uv==/{p=1} p{print} p&&!/\\$$/{exit}' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/uv --version > /dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt
# What it has come to is told, without the list of all packages.
	@$(BIN)/uv $(UV_OPTIONS) --no-progress pip sync --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock 2>&1 | { grep -v "^ [+~-] " || true; }
	@$(BIN)/uv $(UV_OPTIONS) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@$(BIN)/python -m compileall -q $(addsuffix /src,$(MEMBERS))
	@touch $@

lock: ## Resolve the dependencies again into requirements.lock
	$(BIN)/uv lock
	$(BIN)/uv export --quiet --frozen --all-packages --all-groups --no-emit-workspace --no-header --format requirements-txt -o requirements.lock

demo: setup ## Run the whole path on a hundred contacts and watch it (ONCE=1 exits by itself)
	@$(BIN)/connectors demo $(if $(ONCE),--once)

demo-limits: setup ## Watch a limited, a hanging and a failing connector not delay others (ONCE=1 exits by itself)
	@$(BIN)/connectors demo-limits $(if $(ONCE),--once)

console: setup ## Build the console, which the registry serves (also done by `make demo` and `make up`)
	@$(BIN)/connectors console

console-lib: setup ## Build the console's parts for pages of others, into console/built-lib
	@$(BIN)/connectors npm run build:lib

up: setup ## Start the servers and services in the background
	@$(BIN)/connectors up

down: setup ## Stop what `make up` or `make demo` started
	@$(BIN)/connectors down

status: setup ## Show what is running, and where
	@$(BIN)/connectors status

test: setup ## Run every test: unit, contract, integration, end-to-end
	@$(PYTEST) $(PARALLEL) tests

test-unit: setup ## Run the tests that need no server (seconds)
	@$(PYTEST) $(PARALLEL) tests/unit tests/contract

test-integration: setup ## Run the tests on real Postgres, Valkey and Kafka
	@$(PYTEST) $(PARALLEL) tests/integration

test-e2e: setup ## Run one user story per file through the whole system
	@$(PYTEST) tests/e2e

screenshots: setup ## Take every page of the console, both themes and widths, into console/screenshots (needs a stack that runs)
	@$(BIN)/connectors console --screenshots

vitals: setup ## Measure how fast pages of the console are shown and answer (needs a stack that runs)
	@$(BIN)/connectors console --vitals

format: setup ## Format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/connectors console --format

check: setup ## Format, lint, types, import contracts, dependencies, dead code, generated documents
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy $(addsuffix /src,$(MEMBERS))
	@$(BIN)/lint-imports --no-cache | tail -n 3
	@for member in $(MEMBERS); do (cd $$member && "$(CURDIR)/$(BIN)/deptry" src) || exit 1; done
	@$(BIN)/vulture
	@$(BIN)/python -m connectors_local.specs --check
	@$(BIN)/connectors console --check

specs: setup ## Write the AsyncAPI and OpenAPI documents again
	@$(BIN)/python -m connectors_local.specs

bench: setup ## Measure every figure of the speed promise (an hour; BENCH="hot --quick" for a part)
	@$(BIN)/python -m bench $(BENCH)

soak: setup ## Break everything for ten minutes under load and account for it (SOAK="--seed 7 --faults kill,flushall")
	@$(BIN)/python -m tests.soak $(SOAK)
