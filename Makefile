# Needs make and Python 3.11 or newer; everything else goes into .venv, from whatever package index pip is set up for.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := releases/demo/1.0.0
DEMO_LLM := releases/demo-llm/1.0.0
# Only for the chat templates inside it, which tests render; what it depends on is PyTorch and more.
TEMPLATES := trl==1.16.0
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo demo-llm test test-all test-llm test-trainers test-dataflow lint bench truth samples lock

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

demo-llm: $(VENV)/.offline $(VENV)/.local ## the demo with a small language model on this CPU (fetches 1.1 GB once)
	@began=$$(date +%s); $(BIN)/frametrail build demo-llm || exit 1; \
		printf '\nThat took %s s.\n' $$(( $$(date +%s) - began ))
	@printf '\n\n=== one accepted trajectory\n'
	@$(BIN)/frametrail view $(DEMO_LLM) --sample 1 || true
	@printf '\n\n=== one reject, with its reason\n'
	@$(BIN)/frametrail view $(DEMO_LLM) --reject 1 || true

test: $(VENV)/.dev ## run the tests
	$(BIN)/python -m pytest -m "not heavy and not llm and not trainers" -n auto --dist loadfile --no-loadscope-reorder

test-all: $(VENV)/.dev ## run the tests, those that take minutes too
	$(BIN)/python -m pytest -m "not llm and not trainers"

test-llm: $(VENV)/.dev $(VENV)/.local ## run the tests that use a real language model on this machine (minutes)
	$(BIN)/python -m pytest -m llm -n 0

test-trainers: $(VENV)/.dev ## load a release (RELEASE=path, else a new one) with four trainers (fetches up to 8 GB once)
	$(BIN)/python -m tests.trainers.environments
	RELEASE=$(RELEASE) $(BIN)/python -m pytest -m trainers -n 0 tests/trainers

test-dataflow: ## submit jobs to a double of Dataflow, in an environment of its own (a few minutes)
	test -x .venv-dataflow/bin/pip || $(PYTHON) -m venv .venv-dataflow
	.venv-dataflow/bin/pip --disable-pip-version-check install --quiet -c constraints.txt -e '.[offline,dev,dataflow]'
	.venv-dataflow/bin/python -m pytest -n 0 tests/runners/test_dataflow.py

lint: $(VENV)/.dev ## check style, types and which room imports which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy schemas prompts transforms pipelines runners samples tests
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measure speed and memory on a video (VIDEO=path, else the samples), of calls and of verifying
	$(BIN)/python -m tests.bench $(VIDEO)
	$(BIN)/python -m tests.bench_calls
	$(BIN)/python -m tests.bench_verify

truth: $(VENV)/.dev ## hold what comes out against what is true, and write the tables of docs/truth (many minutes)
	$(BIN)/python -m tests.exactness
	$(BIN)/python -m tests.faults
	$(BIN)/python -m tests.planted

samples: $(VENV)/.dev ## draw the sample videos anew (needs espeak-ng)
	$(BIN)/python -m samples.make_samples

lock: ## pin all dependencies anew in constraints.txt (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv, anywhere on the PATH"; exit 1; }
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra offline --extra dev --extra cloud --extra dataflow \
		--fork-strategy fewest --no-emit-index-url --no-header --quiet --upgrade --output-file constraints.txt

# A stamp is newer than what it was installed from, so nothing is installed twice.
$(VENV)/.offline: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --quiet -c constraints.txt -e '.[offline]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --quiet -c constraints.txt -e '.[offline,dev]'
	$(PIP) install --quiet --no-deps $(TEMPLATES)
	@touch $@ $(VENV)/.offline

$(VENV)/.local: pyproject.toml | $(VENV)/.offline
	$(PIP) install --quiet -c constraints.txt -e '.[offline,local]'
	@touch $@

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "frametrail needs Python 3.11 or newer; '$(PYTHON)' is missing or older."; \
		echo "Name another one:  make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
