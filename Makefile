# `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PORT ?= 8000
INSTANCE ?= instance
BIN := .venv/bin
MO := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))

export PYTHONDONTWRITEBYTECODE ?= 1

##@ Use

.PHONY: run demo-dns
run: .state/run $(MO) ## the whole product on this machine: PORT=8000 INSTANCE=instance
	@exec $(BIN)/youju run --port $(PORT) --instance $(INSTANCE)

demo-dns: .state/run ## publish a demo domain's right DNS records, as its customer would: DOMAIN=…
	@$(BIN)/youju demo dns "$(DOMAIN)" --port $(PORT) --instance $(INSTANCE)

##@ Work

.PHONY: test lint format messages lock static bench clean help
test: .state/test $(MO) lint ## everything, with the real servers and the browser
	$(BIN)/pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered $(ARGS)

lint: .state/test ## style, types, layers
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

format: .state/test ## mend the style
	$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

messages: .state/test ## extract the texts and update the catalogue
	$(BIN)/pybabel -q extract -F pyproject.toml --sort-output --no-location -k _l -k lazy_gettext \
	  --project youju -w 100 -o build/messages.pot panel
	$(BIN)/pybabel -q update -i build/messages.pot -d translations -l zh --no-fuzzy-matching \
	  --ignore-obsolete -w 100
	@sed -i -E -e '/^"(Report-Msgid|POT-Creation|PO-Revision|Last-Tr|Language-T)/d' -e '$${/^$$/d}' \
	  translations/zh/LC_MESSAGES/messages.po # what changes at each run, and no one reads

lock: ## write the lock files anew from pyproject.toml
	python3 -m venv .state/uv && .state/uv/bin/pip install -q uv
	for args in "--group build -o requirements.txt" "--group build --group dev -o requirements-dev.txt"; do \
	  .state/uv/bin/uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links pyproject.toml $$args; done

static: ## fetch htmx and axe anew from their packages
	node tools/static.mjs

bench: .state/test $(MO) ## measure; prints ratios of one run
	$(BIN)/python -m bench

clean: ## remove what was built, not the instance
	rm -rf .venv .state build node_modules $(MO)

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {print "\n" substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

##@ Stamps: what is already there is not installed again

.state/run: requirements.txt debian-packages.txt tools/bootstrap pyproject.toml
	@tools/bootstrap run

.state/test: requirements-dev.txt debian-packages.txt tools/bootstrap pyproject.toml
	@tools/bootstrap test

%.mo: %.po | .state/run
	@$(BIN)/pybabel -q compile -i $< -o $@
