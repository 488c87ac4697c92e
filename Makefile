# Everything sets itself up: only make and Python 3.11 or later are needed.
#
#   make demo       the worked example
#   make test       all tests
#   make check      style, types, import directions, tests and every example
#   make bench      surplus beside its peers, about 15 minutes (BENCH_ARGS="--quick": two)
#   make pictures   the README's pictures (needs Chromium, LibreOffice, poppler)
#   make coverage   which lines and branches no test runs; fails below what docs/proofs.md promises
#   make fuzz       throw bytes at the readers (SECONDS=120)
#   make mutants    which small changes of the core no test notices (SAMPLE=40 of each module)
#   make clean      remove the environment and all caches

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint examples check bench pictures coverage fuzz mutants clean

help:
	@sed -n 's/^#   //p' Makefile

# A stamp is younger than what it was made from, so the second call is quick.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "surplus needs Python 3.11 or later; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[test]'
	@touch $@

$(VENV)/.check: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[test,check]'
	@touch $@ $(VENV)/.test

$(VENV)/.bench: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[bench]'
	@touch $@

demo: $(VENV)/.test
	$(BIN)/python examples/01_seed_county.py

# On all cores; `make test PYTEST_ARGS=...` replaces it.
PYTEST_ARGS ?= -n auto
test: $(VENV)/.test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

examples: $(VENV)/.test
	@set -e; set -- examples/*.py; \
	if [ ! -e "$$1" ]; then echo "examples: there are none yet"; exit 0; fi; \
	for example; do \
	  echo "== $$example"; \
	  $(BIN)/python "$$example" > $(VENV)/example.log 2>&1 || { cat $(VENV)/example.log; echo "$$example failed" >&2; exit 1; }; \
	done; echo "examples: all $$# ran"

# The tests come last, so that their summary is the last thing to read.
check: lint examples
	$(MAKE) test

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

pictures: $(VENV)/.test
	$(BIN)/python tools/pictures.py

coverage: $(VENV)/.check
	$(BIN)/coverage run -m pytest $(COVERAGE_ARGS)
	$(BIN)/coverage report
	$(BIN)/python tools/covered.py

# atheris has no wheels for every platform; without it the tests' own mutations do the work.
SECONDS ?= 120
fuzz: $(VENV)/.test
	$(PIP) -e '.[fuzz]' || echo "atheris cannot be installed here" >&2
	$(BIN)/python tools/fuzz.py --seconds $(SECONDS)

SAMPLE ?= 40
mutants: $(VENV)/.test
	$(BIN)/python tools/mutate.py --sample $(SAMPLE) $(MUTANTS_ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
