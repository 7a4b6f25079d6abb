VENV ?= .venv
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK = 1
.PHONY: lab test
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
$(VENV)/.lab: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable .
	@touch $@
$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.lab
lab: $(VENV)/.lab
	$(VENV)/bin/cp-teach lab
test: $(VENV)/.test
	$(VENV)/bin/python -m pytest
