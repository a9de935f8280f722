# `make demo` and `make test` need only Python >= 3.11 with pip and venv; they make .venv and install into it.
# Another interpreter: `PYTHON=python3.12 make test` (after `make clean` where .venv exists already).

VENV := .venv
BIN := $(VENV)/bin
CANDIDATES := python3 python python3.12 python3.13 python3.11 python3.14
PYTEST_ARGS ?= -n auto

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint bench clean

help:
	@echo "make demo       install and run the main job: examples/quickstart.py and a classic script"
	@echo "make test       install and run the tests, the slow ones left out"
	@echo "make test-slow  run the slow tests"
	@echo "make lint       ruff and pyright"
	@echo "make bench      compare with Keras and hand-written JAX"
	@echo "make clean      remove .venv and caches"

demo: $(VENV)/.installed-demo
	$(BIN)/python examples/quickstart.py
	$(BIN)/kerajax run examples/classic.py

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

test-slow: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -not -path "./.git/*" -prune -exec rm -rf {} +

# One stamp for each extra: installed again only when pyproject.toml changes.
$(VENV)/.installed-%: pyproject.toml | $(VENV)/.created
	$(BIN)/python -m pip install --quiet -e ".[$*]"
	@touch $@

# The first candidate that runs, is new enough and can make virtual environments.
$(VENV)/.created:
	@for python in $(if $(PYTHON),"$(PYTHON)",$(CANDIDATES)); do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1; then \
			echo "creating $(VENV) with $$("$$python" --version)"; \
			rm -rf $(VENV); \
			"$$python" -m venv $(VENV) && touch $@; \
			exit $$?; \
		fi; \
	done; \
	echo "kerajax needs Python >= 3.11 with the venv module; tried: $(or $(PYTHON),$(CANDIDATES))." >&2; \
	echo "Install one (Debian: apt-get install python3 python3-venv) or name it: PYTHON=/path/to/python make" >&2; \
	exit 1
