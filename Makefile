# make train: everything from a fresh clone to a trained generator.
# make docs:  the site, in build/docs/.
# make test:  everything from a fresh clone to the passed tests, except for the slowest.
# make dist:  the archives of a release, in build/dist/.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: train docs test test-slow check dist lock

train: $(VENV)/train.installed
	$(BIN)/python -m kerasgan.main --epochs=5

docs: $(VENV)/docs.installed
	$(BIN)/python -m sphinx --fail-on-warning --keep-going docs build/docs

test: $(VENV)/test.installed
	$(BIN)/python -m pytest -m "not slow" -n 2

test-slow: $(VENV)/test.installed
	$(BIN)/python -m pytest -m slow -n 2

# What CI runs besides the tests.
check: $(VENV)/dev.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# A test does the same and installs the wheel.
dist: $(VENV)/test.installed
	rm -rf build/dist
	$(BIN)/python -m build --no-isolation --outdir build/dist
	$(BIN)/python -m twine check --strict build/dist/*

# Renews the lock: the newest versions that setup.cfg allows, for every platform.
lock: $(VENV)/train.installed
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile setup.cfg --universal --python-version 3.11 --upgrade --no-header \
	    --no-annotate --extra test --extra dev --extra cuda --output-file requirements.lock

$(VENV)/train.installed: EXTRAS :=
$(VENV)/docs.installed: EXTRAS := [docs]
$(VENV)/test.installed: EXTRAS := [test]
$(VENV)/dev.installed: EXTRAS := [test,dev]
$(VENV)/%.installed: setup.cfg requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable ".$(EXTRAS)"
	touch $@
