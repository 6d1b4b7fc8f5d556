# Everything a newcomer or CI needs: `make demo` shows the main job, `make test` is all that CI runs.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test setup browser lint types contract unit clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

# For the tests of pages; without one they are skipped.
browser:
	apt-get update --quiet=2 && apt-get install --quiet=2 --yes --no-install-recommends chromium

demo: setup
	$(BIN)/tombola find --model digits-mlp --data digits --density 0.5 --epochs 60 --compare --out runs/demo

test: lint types contract unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

contract: setup
	$(BIN)/lint-imports

unit: setup
	$(BIN)/pytest -n auto

clean:
	rm -rf .venv runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
