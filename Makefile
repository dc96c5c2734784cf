# Every target sets up what it needs: a fresh machine wants python3 (>= 3.11), make and a package registry.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
OUT    ?= demo-output
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench lock docs clean

help:        ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*##/\t/'

# The lock names every package with its hashes; nothing is resolved anew on your machine.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Zhaiyao needs Python 3.11 or newer; say which with: make PYTHON=python3.12 …"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: $(VENV)/.ready  ## the virtual environment

demo: $(VENV)/.ready   ## the sample day through the embedded model; pages in $(OUT)/
	$(BIN)/zhaiyao demo --out $(OUT)

test: $(VENV)/.ready   ## all tests, side by side
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

check: $(VENV)/.ready  ## lint, format, types, layers, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_docs.py

format: $(VENV)/.ready ## puts the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready  ## every claim's figure, as a ratio to a baseline of the same run
	for script in bench/*.py; do $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.ready   ## the generated pages
	$(BIN)/python docs/generate.py

lock:                  ## the lock file anew, from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --extra local --extra postgres --group dev pyproject.toml -o requirements.lock

clean:                 ## removes what the targets above made
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache
