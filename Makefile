SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell python3.11 -c 'import sys; print(sys.executable)' 2>/dev/null || command -v python3)
PROFILE ?= paper
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The networks are tiny: threads inside a matrix product cost more than they give.
export OMP_NUM_THREADS := 1

.PHONY: help env test lint results book book-test clean lock

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 11
	@echo "options:  PROFILE=paper|quick|reference  STRICT=1 (warnings of the book are errors)  JOBS=2 (processes)"

env: $(STAMP)  ## create .venv from requirements.lock, and compile the training

$(STAMP): requirements.lock pyproject.toml book/pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --no-compile -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps -e . -e ./book
	$(BIN)/python -m ildl.methods
	touch $(STAMP)

lint: env  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint  ## ruff, mypy, all tests that need no built book, all notebooks (outputs compared where no training enters)
	$(BIN)/companion reproduce --profile quick --jobs $(JOBS)
	$(BIN)/python -m pytest tests notebooks --ignore=tests/browser --nbval-lax --nbval-current-env \
		--nbval-sanitize-with=tests/nbval_sanitize.cfg --nbval-cell-timeout=900 -n 2 --dist loadfile --no-loadscope-reorder

results: env  ## train what the tables and figures of PROFILE need and results/ lacks
	$(if $(filter-out reference,$(PROFILE)),$(BIN)/companion reproduce --profile $(PROFILE) --jobs $(JOBS))

book: results  ## execute the notebooks (PROFILE) and build the book into _build/html
	$(if $(STRICT),rm -rf _build/html _build/.doctrees)
	$(BIN)/companion notebooks --profile $(PROFILE) --jobs $(JOBS)
	$(BIN)/jupyter-book build book/ $(if $(STRICT),-W -n --keep-going)

book-test: env  ## after `make book`: every page in a browser (skipped by name without Chromium)
	$(BIN)/python -m pytest tests/browser -n 2 --dist worksteal

clean:  ## remove what was built (neither .venv nor results)
	rm -rf _build book/notebooks dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

lock:  ## resolve the newest versions that pyproject.toml allows into requirements.lock
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --disable-pip-version-check '.[book,tests,dask]'
	{ sed '/^#/!d' requirements.lock; .venv-lock/bin/python -m pip freeze --exclude ildl \
		| sed -E 's/\+cpu$$//' | grep -vE '^(nvidia|cuda|triton)'; } > .venv-lock/requirements.lock
	mv .venv-lock/requirements.lock requirements.lock
	rm -rf .venv-lock
