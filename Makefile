# `make` alone prints this file's targets. Everything runs from .venv; nothing else of the machine is changed.
#   make setup PYTHON=python3.12      another interpreter; 3.11 or newer

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-bench
# Two at a time, a file stays together: its servers start once. One file alone: .venv/bin/python -m pytest FILE
PYTEST ?= $(BIN)/python -m pytest -n 2 --dist loadfile

SHELL         := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup system promtool demo up test check format lint types contracts replay mutants goldens bench \
        bench-large lock screenshot clean

help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) system promtool ## create .venv and install the locked dependencies; done once

demo: setup ## the whole story on this machine: two servers, a worker, real reports; ends by itself
	$(BIN)/python starter.py demo

up: setup ## keep the whole service running on this machine and print its addresses
	$(BIN)/python standalone.py up

test: setup ## run all tests, on two cores
	$(PYTEST)

check: lint types contracts replay mutants test ## everything that CI runs: format, lint, types, imports, replays, mutants, tests

format: setup ## bring the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup ## form and habits
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup ## mypy, strict
	$(BIN)/mypy

contracts: setup ## the direction of imports
	$(BIN)/lint-imports --no-logo

mutants: setup ## take each guarded rule away and see its property fail
	$(BIN)/python -m tests.mutants

replay: setup ## every recorded life lived again by today's code, contents compared; needs no server
	$(BIN)/python -m ops replay --file tests/histories/goldens/*.json

goldens: setup ## live and record the lives that have no golden yet; every change is replayed against all of them
	$(BIN)/python -m tests.histories.record

bench: $(BENCH_STAMP) ## measure against a bare workflow and the peers, then draw the table; under 20 minutes
	$(BIN)/python -m bench

bench-large: $(BENCH_STAMP) ## the same at 50,000 open cases, in a storm, over a million facts; takes hours
	$(BIN)/python -m bench --large

# Hashes only, no index and no path: the same file installs from any mirror, on any platform.
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet
lock: setup ## resolve the dependencies anew: one lock for this machine, one for the image, one for the bench
	$(LOCK) --extra machine --extra dev --output-file requirements.lock
	$(LOCK) --constraints requirements.lock --output-file requirements-runtime.lock
	$(LOCK) --extra bench --constraints requirements.lock --output-file requirements-bench.lock

screenshot: setup ## draw the picture of the Web UI for the README
	$(BIN)/python -m docs.screenshot

clean: ## remove .venv, caches and what a running service left in var/
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What Debian must give for printing. Root installs what is missing; anybody else is told in one line, and all
# but printing works without. Looked at each time: it costs a few milliseconds.
system:
	@command -v dpkg-query >/dev/null || exit 0; missing=; \
	for package in $$(grep -v '^#' apt-packages.txt); do \
	  dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	by_hand="For printing, install by hand: apt-get install$$missing"; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then echo "$$by_hand" >&2; exit 0; fi; \
	echo "Installing what printing needs:$$missing …"; \
	export DEBIAN_FRONTEND=noninteractive; get="apt-get install -qq -y --no-install-recommends$$missing"; \
	$$get >/dev/null 2>&1 || { apt-get update -qq && $$get; } >/dev/null 2>&1 || echo "$$by_hand" >&2

# What tries the alert rules: one program out of Debian's package `prometheus`; nothing of it is installed.
promtool: $(STAMP)
	@[ -x $(BIN)/promtool ] || command -v promtool >/dev/null || ! command -v dpkg-deb >/dev/null || { \
	  echo "Unpacking promtool, which tries the alert rules …"; folder=$$(mktemp -d) && chmod 755 $$folder && cd $$folder && \
	  get="apt-get download -qq prometheus" && { $$get >/dev/null 2>&1 || { apt-get update -qq && $$get; } >/dev/null 2>&1; } && \
	  dpkg-deb --extract prometheus_*.deb . && install usr/bin/promtool $(abspath $(BIN)) || \
	  echo "promtool could not be fetched: the tests of the alert rules will be skipped." >&2; rm -rf $$folder; }

INSTALL = if $(BIN)/python -c 'import pip' 2>/dev/null; \
	  then pip="$(BIN)/python -m pip"; \
	  else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	  $$pip install --quiet --disable-pip-version-check --require-hashes --requirement

# The stamp is written last, so an interrupted installation is begun again. A Python without ensurepip (Debian
# without python3-venv) lends its own pip to the new environment.
$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This project needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; \
	then $(PYTHON) -m venv $(VENV); \
	else $(PYTHON) -m venv --without-pip $(VENV); fi
	@echo "Installing the locked dependencies into $(VENV) …"; $(INSTALL) requirements.lock
	@touch $@

# What only the bench needs comes beside the rest, at the versions that the rest is locked to.
$(BENCH_STAMP): requirements-bench.lock $(STAMP)
	@echo "Installing what the bench needs into $(VENV) …"; $(INSTALL) requirements-bench.lock
	@touch $@
