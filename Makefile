# Everything a developer or the continuous integration runs. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

CACHE ?= $(HOME)/.cache/ferropik
export CARGO_TARGET_DIR ?= $(CACHE)/target
export FERROPIK_VENVS ?= $(CACHE)/venvs
export PIP_CACHE_DIR ?= $(CACHE)/pip
export npm_config_cache ?= $(CACHE)/npm
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A newer node than the system's may have been put here by tests/tools/ensure_tools.sh.
export PATH := $(FERROPIK_VENVS)/node/bin:$(PATH)

FERROPIK_BIN ?= $(CARGO_TARGET_DIR)/debug/ferropik
export FERROPIK_BIN

# Where `make run` listens and keeps its data.
LISTEN ?= 127.0.0.1:5173
DATA_DIR ?= $(HOME)/.local/share/ferropik

SDK_VERSIONS := 2.2.122 2.1.24 1.9.104
NEWEST_SDK := $(firstword $(SDK_VERSIONS))
HTTP_TESTS := $(wildcard tests/python/test_http_*.py)
SDK_TESTS := $(wildcard tests/python/test_sdk_*.py)

step := tests/tools/step
pytest = $(FERROPIK_VENVS)/$(1)/bin/python -m pytest -c tests/python/pytest.ini --rootdir tests/python --durations=10 -q
npm_tests := npm --prefix tests/typescript
npm_web := npm --prefix web
npm_browser := npm --prefix tests/browser
NEXTEST := $(shell cargo nextest --version > /dev/null 2>&1 && echo yes)

# What the web interface is built from. Its output, and what npm writes last, stand for everything that they come with.
WEB_SOURCES := $(shell find web -type d \( -name node_modules -o -name dist \) -prune -o -type f -print)
WEB_PACKAGES := web/node_modules/.package-lock.json
WEB_BUILT := web/dist/index.html
API_DOCUMENT := $(CARGO_TARGET_DIR)/openapi.json
API_TYPES := $(CARGO_TARGET_DIR)/openapi.d.ts

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# Running

.PHONY: run
run: ui ## build and start the server on port 5173 (LISTEN, DATA_DIR)
	cargo run --release --package ferropik -- serve --listen $(LISTEN) --data-dir $(DATA_DIR)

.PHONY: build
build: ui ## build the web interface and the debug binary that the tests drive
	@$(step) "build the server" cargo build --locked --package ferropik

.PHONY: release
release: ui ## build the optimised binary
	cargo build --locked --release --package ferropik

.PHONY: ui
ui: $(WEB_BUILT) ## build the web interface, when its sources have changed

$(WEB_PACKAGES): web/package.json web/package-lock.json
	@tests/tools/ensure_tools.sh node
	@$(step) "web packages" $(npm_web) ci --no-audit --no-fund
	@touch $@

$(WEB_BUILT): $(WEB_PACKAGES) $(WEB_SOURCES)
	@$(step) "build the web interface" $(npm_web) run build

.PHONY: dev
dev: $(WEB_PACKAGES) ## serve the web interface from its sources on port 5174, against a server on 5173 (FERROPIK_URL)
	$(npm_web) run dev

.PHONY: api-types
api-types: build $(WEB_PACKAGES) ## write the API's types of the web interface anew
	$(FERROPIK_BIN) openapi > $(API_DOCUMENT)
	OPENAPI=$(API_DOCUMENT) $(npm_web) run api-types

.PHONY: bench
bench: ## load a million traces and measure (see bench/run.sh for its settings)
	bench/run.sh

# Checking

.PHONY: test
test: tools lint web-lint rust-tests build web-api-types python-tests typescript-tests browser-tests ## everything the continuous integration runs
	@echo
	@echo "===== all checks passed"

.PHONY: check
check: lint rust-tests ## formatting, lints and Rust tests

.PHONY: lint
lint: fmt-check clippy ## formatting and lints

.PHONY: fmt
fmt: venvs ## format the Rust code and the Python tests
	cargo fmt --all
	$(FERROPIK_VENVS)/http/bin/ruff format --no-cache tests/python tests/browser/seed

.PHONY: fmt-check
fmt-check: ## fail when code is not formatted
	@$(step) "formatting" cargo fmt --all --check

.PHONY: clippy
clippy: ## fail on any lint
	@$(step) "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings

.PHONY: rust-tests
rust-tests: ## unit, integration and documentation tests
ifeq ($(NEXTEST),yes)
	@$(step) "rust tests" cargo nextest run --locked --workspace
else
	@$(step) "rust tests" cargo test --locked --workspace --all-targets
endif
	@$(step) "documentation tests" cargo test --locked --workspace --doc

.PHONY: web-lint
web-lint: $(WEB_PACKAGES) ## types, lints and unit tests of the web interface
	@$(step) "web types" $(npm_web) run typecheck
	@$(step) "web lint" $(npm_web) run lint
	@$(step) "web tests" $(npm_web) run test

.PHONY: web-api-types
web-api-types: build $(WEB_PACKAGES) ## fail when the API's types of the web interface are out of date
	@$(FERROPIK_BIN) openapi > $(API_DOCUMENT)
	@web/node_modules/.bin/openapi-typescript $(API_DOCUMENT) --output $(API_TYPES) > /dev/null
	@$(step) "API types (make api-types writes them)" diff --unified=1 web/src/api/schema.d.ts $(API_TYPES)

.PHONY: tools
tools: ## check for, and where possible install, the tools the tests need
	@$(step) "tools" tests/tools/ensure_tools.sh

.PHONY: venvs
venvs: ## create the Python environments of the tests
	@$(step) "python environments" tests/python/setup_venvs.sh

.PHONY: python-lint
python-lint: venvs ## lints and formatting of the Python tests
	@$(step) "Python lint" $(FERROPIK_VENVS)/http/bin/ruff check --no-cache tests/python tests/browser/seed
	@$(step) "Python formatting" $(FERROPIK_VENVS)/http/bin/ruff format --no-cache --check tests/python tests/browser/seed

.PHONY: python-tests
python-tests: python-lint http-tests sdk-tests litellm-tests robust-tests durability-tests ## all tests in tests/python

.PHONY: http-tests
http-tests: build venvs ## the wire contract over plain HTTP
	@$(step) "HTTP tests" $(call pytest,http) $(HTTP_TESTS)

.PHONY: sdk-tests
sdk-tests: $(addprefix sdk-tests-,$(SDK_VERSIONS)) ## the official Python SDK, three versions

.PHONY: $(addprefix sdk-tests-,$(SDK_VERSIONS))
$(addprefix sdk-tests-,$(SDK_VERSIONS)): sdk-tests-%: build venvs
	@$(step) "Python SDK $*" $(call pytest,$*) $(SDK_TESTS)

.PHONY: litellm-tests
litellm-tests: build venvs ## LiteLLM's logger and the OpenAI integration against a local provider
	@$(step) "LiteLLM and OpenAI" $(call pytest,$(NEWEST_SDK)) tests/python/test_litellm.py

.PHONY: robust-tests
robust-tests: build venvs ## hostile and oversized input
	@$(step) "hostile input" $(call pytest,http) tests/python/test_robust_input.py

.PHONY: durability-tests
durability-tests: build venvs ## kills, full disks, damaged files
	@$(step) "durability" $(call pytest,http) tests/python/test_durability.py

.PHONY: typescript-deps
typescript-deps:
	@$(step) "TypeScript packages" $(npm_tests) ci --no-audit --no-fund

.PHONY: typescript-tests
typescript-tests: build typescript-deps ## the official TypeScript SDK
	@$(step) "TypeScript types" $(npm_tests) run typecheck
	@$(step) "TypeScript lint" $(npm_tests) run lint
	@$(step) "TypeScript SDK" $(npm_tests) run test

.PHONY: browser-tests
browser-tests: build venvs ## the web interface in a browser
	@$(step) "browser packages" env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 $(npm_browser) ci --no-audit --no-fund
	@$(step) "browser test types" $(npm_browser) run typecheck
	@$(step) "browser test lint" $(npm_browser) run lint
	@$(step) "browser tests" env FERROPIK_PYTHON=$(FERROPIK_VENVS)/$(NEWEST_SDK)/bin/python $(npm_browser) test
