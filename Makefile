# cp_teach: everything from `make`. On a bare machine Python 3.11, make and git are enough.

PYTHON ?= python3
VENV ?= .venv
# An interpreter that has cp-teach[test] already: `make test READY=/path/to/python` then builds nothing.
READY ?=
PYTEST_ARGS ?=
MUTANTS_ARGS ?=

BIN := $(if $(READY),$(dir $(READY)),$(VENV)/bin/)
LAB := $(if $(READY),,$(VENV)/.lab)
TEST := $(if $(READY),,$(VENV)/.test)
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Container images often forbid Python to write bytecode. Tests and proofs start hundreds of processes, and each would
# compile the package again.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help lab fresh doctor test prove mutants lint format bench clean
.DELETE_ON_ERROR:

help: ## say what each target does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# Order-only: the environment is made once; pyproject.toml alone decides when it is filled again.
$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cp_teach needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). With a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments yet. Install its package: sudo apt-get install python3-venv"; exit 1; }
	@echo "Making the environment $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.lab: pyproject.toml | $(VENV)/bin/python
	@echo "Installing cp_teach: some minutes the first time, not again …"
	@$(VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	@echo "Installing cp_teach with what its tests need: some minutes the first time, not again …"
	@$(VENV)/bin/python -m pip install --quiet --editable '.[test]'
	@touch $(VENV)/.lab $@

lab: $(LAB) ## open JupyterLab on a working copy of the notebooks (cp-teach-notebooks/)
	@$(BIN)cp-teach lab

fresh: $(LAB) ## restore the working copy; what you changed is kept aside in it
	@$(BIN)cp-teach lab --fresh --copy-only

doctor: $(LAB) ## check this machine and say what to do for each thing that is missing
	@$(BIN)cp-teach doctor

test: $(TEST) ## run every test (one of them: make test PYTEST_ARGS="tests/cli -k lab")
	@$(BIN)pytest -n 3 --no-loadscope-reorder --durations=25 $(PYTEST_ARGS)

prove: $(TEST) ## run the long proofs: every state, every page, long attacks, all planted faults (an hour or more)
	@$(BIN)python tools/prove.py

mutants: $(TEST) ## plant small faults and see whether the tests notice (MUTANTS_ARGS="--room engine --count 50")
	@$(BIN)python tools/mutate.py $(MUTANTS_ARGS)

lint: $(TEST) ## check the style (ruff), the types (mypy), the arrows (import-linter), and the structure
	@$(BIN)ruff check
	@$(BIN)ruff format --check
	@$(BIN)mypy
	@$(BIN)lint-imports --no-cache
	@$(BIN)python tools/lint_structure.py

format: $(TEST) ## put the code in shape
	@$(BIN)ruff check --fix
	@$(BIN)ruff format

bench: $(TEST) ## run the benchmarks
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)python $$script || exit 1; done

clean: ## remove the environment and every cache; the working copy of the notebooks stays
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
