# Two commands on a fresh machine (Linux or macOS, with python3 and its venv, and make):
#   make demo    make test
# Both make the environment first, once; again when a requirement has changed.

PYTHON ?= python3
VENV ?= .venv
DEMO_ARGS ?=
PYTEST_ARGS ?=
# Each worker of the tests takes about a gigabyte.
TEST_WORKERS ?= 2

BIN := $(VENV)/bin
STAMP := $(VENV)/.spidepth_mm_installed
REQUIREMENTS := setup.py $(wildcard requirements/*.txt)

.DEFAULT_GOAL := help
.PHONY: help install demo test lint docs coverage clean

help: ## say what can be made
	@echo 'usage: make TARGET [VARIABLE=value ...]'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1|\2/p' $(firstword $(MAKEFILE_LIST)) \
	    | while IFS='|' read -r name what; do printf '  %-10s %s\n' "$$name" "$$what"; done
	@echo
	@echo '  PYTHON=$(PYTHON)  the Python to start from (3.9 to 3.13)'
	@echo '  VENV=$(VENV)  the virtual environment, made where there is none'
	@echo '  DEMO_ARGS=  for tools/demo.py (--help lists them)    PYTEST_ARGS=  for pytest'

install: $(STAMP) ## make the environment only

$(STAMP): $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 9) <= v <= (3, 13) or sys.exit( \
	    "make: $(PYTHON) is Python %d.%d, but 3.9 to 3.13 is supported; " \
	    "name another one: make PYTHON=python3.12" % v)'
	@if test -x $(BIN)/python; then echo 'Bringing $(VENV) up to date with the requirements'; else \
	    echo 'Making the virtual environment $(VENV), once: PyTorch with its CUDA libraries and'; \
	    echo 'the rest, about 3 GB to download and 6 GB on disk, 1-3 minutes on a fast line'; \
	    $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'make: $(PYTHON) could not make it (on' \
	    'Debian and Ubuntu: apt install python3-venv)' >&2; exit 1; }; fi
	@quiet=-q; if [ -t 1 ]; then quiet=; fi; \
	    $(BIN)/python -m pip install $$quiet --disable-pip-version-check \
	    -c requirements/constraints.txt -e '.[lite,tests,docs]'
	@touch $@

demo: $(STAMP) ## make a world, train on it, test, draw: ends with a metric table and a picture
	@$(BIN)/python tools/demo.py $(DEMO_ARGS)

test: $(STAMP) ## run the whole test suite
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

coverage: $(STAMP) ## run the tests and say which lines none of them reached
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

docs: $(STAMP) ## build the documentation to docs/_build/html; warnings are errors
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo 'docs/_build/html/index.html'

lint: $(STAMP) ## check style, the import rules and types
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

clean: ## remove the environment and what tools left behind (work_dirs/ and data/ stay)
	rm -rf .venv build dist docs/_build *.egg-info spidepth_mm/.mim
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
