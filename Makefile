# Every target sets up what it needs: a fresh machine wants Python >= 3.11 with venv, make and a package registry.
# One environment for all targets: the demo needs less than the tests, but two locks would be two things to trust.
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
endif
VENV   ?= .venv
BIN    := $(VENV)/bin
OUT    ?= demo-output
BENCHES := startup import quarter search prompts pipeline kill local engine
COMPILE := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
  --no-header --group dev pyproject.toml
.DEFAULT_GOAL := help

.PHONY: help setup demo test check format bench lock docs clean

help:        ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*##/\t/'

# The lock names every package with its hashes; nothing is resolved anew on your machine.
$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Zhaiyao needs Python 3.11 or newer; say which with: make PYTHON=python3.12 …" >&2; exit 1; }
	@test -x $(BIN)/python || { test -e $(VENV) || fresh=yes; $(PYTHON) -m venv $(VENV) || \
	  { test -z "$$fresh" || rm -rf $(VENV); \
	  echo "No virtual environment could be made in $(VENV). On Debian: apt install python3-venv" >&2; exit 1; }; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
	  { echo "$(VENV) has no pip. Remove it (make clean) and try again." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: $(VENV)/.ready  ## the virtual environment

demo: $(VENV)/.ready   ## the sample day through the embedded model; pages in $(OUT)/
	$(BIN)/zhaiyao demo --out $(OUT)

test: $(VENV)/.ready   ## all tests, side by side
	$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

check: $(VENV)/.ready  ## lint, format, types, layers, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_docs.py

format: $(VENV)/.ready ## puts the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready  ## every claim's figure, as a ratio to a baseline of the same run
	for name in $(BENCHES); do $(BIN)/python bench/$$name.py || exit 1; done

docs: $(VENV)/.ready   ## the generated pages
	$(BIN)/python docs/generate.py

lock:                  ## the lock files anew, from pyproject.toml (needs uv)
	$(COMPILE) --extra local --extra postgres --extra export --extra evaluation -o requirements.lock
	$(COMPILE) --extra all -o requirements-all.lock

clean:                 ## removes what the targets above made
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache
