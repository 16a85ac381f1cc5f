# Needs make and Python 3.11 or newer; everything else goes into .venv, from whatever package index pip is set up for.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := releases/demo/1.0.0
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint bench samples lock

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.offline ## build the demo dataset from the sample videos, and show what came out
	@$(BIN)/frametrail build demo || { test $$? -eq 2 && test -d $(DEMO) || exit 1; \
		rm -rf $(DEMO).old && mv $(DEMO) $(DEMO).old; \
		printf '\n%s was built by another state of this checkout; it is now %s.old, and the demo is built anew.\n\n' \
			$(DEMO) $(DEMO); \
		$(BIN)/frametrail build demo; }
	@printf '\n\n=== one accepted trajectory\n'
	@$(BIN)/frametrail view $(DEMO) --sample 1
	@printf '\n\n=== one reject, with its reason\n'
	@$(BIN)/frametrail view $(DEMO) --reject 1
	@printf '\n\nThe release lies in %s; its README.md says how to load it.\n' $(DEMO)

test: $(VENV)/.dev ## run the tests
	$(BIN)/python -m pytest -m "not heavy" -n auto --dist loadfile

test-all: $(VENV)/.dev ## run the tests, those that take minutes too
	$(BIN)/python -m pytest

lint: $(VENV)/.dev ## check style, types and which room imports which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy schemas prompts transforms pipelines runners samples tests
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measure speed and memory on a video (VIDEO=path, else a sample)
	$(BIN)/python -m tests.bench $(VIDEO)

samples: $(VENV)/.dev ## draw the sample videos anew (needs espeak-ng)
	$(BIN)/python -m samples.make_samples

lock: ## pin all dependencies anew in constraints.txt (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv, anywhere on the PATH"; exit 1; }
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra offline --extra dev \
		--no-emit-index-url --no-header --quiet --upgrade --output-file constraints.txt

# A stamp is newer than what it was installed from, so nothing is installed twice.
$(VENV)/.offline: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --quiet -c constraints.txt -e '.[offline]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --quiet -c constraints.txt -e '.[offline,dev]'
	@touch $@ $(VENV)/.offline

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "frametrail needs Python 3.11 or newer; '$(PYTHON)' is missing or older."; \
		echo "Name another one:  make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
