# A clean clone needs Python >= 3.11, pip and make. The first target that needs .venv builds it; it is built
# again only when pyproject.toml changes. Another interpreter: make test PYTHON=python3.13
SUITABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
CANDIDATES := python3 python3.13 python3.12 python3.11 python
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c '$(SUITABLE)' 2>/dev/null && echo $(p))))
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint format docs corpus bench truth fuzz clean

demo: .venv/runtime  ## the main job: scan examples/, then show the fixes as a diff
	$(BIN)/accumlint scan examples/right
	$(call finds,$(BIN)/accumlint scan examples/wrong)
	$(call finds,$(BIN)/accumlint fix --diff examples/wrong)

# Exit status 1 says "findings", and findings are what examples/wrong is for: 0 and 2 are failures here.
finds = $(1); test $$? -eq 1

test: lint  ## everything that CI runs
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -m "not corpus" $(ARGS)

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/accumlint scan accumlint reference_trainer examples/right

format: .venv/dev
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

docs: .venv/dev  ## regenerate what is generated: rule pages, tables, the outputs in README.md
	$(BIN)/python docs/generate.py

corpus: .venv/dev  ## scan 74 pinned wheels and compare with the labels read by hand
	$(BIN)/python -m tests.corpus

bench: .venv/dev
	$(BIN)/python -m benchmarks

truth: .venv/dev  ## run 20,000 generated loops and compare what they report with what we predict
	$(BIN)/python -m tests.executed.truth --count 20000

fuzz: .venv/dev
	$(BIN)/python -m tests.fuzz

clean:
	rm -rf .venv

.venv/runtime: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ .venv/runtime

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "accumlint needs Python >= 3.11 with venv and pip: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv .venv
