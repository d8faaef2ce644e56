# make install | run | test | bench | lint | messages | clean

# The system's own first, where it can make an environment: distributions build it with profile-guided optimization,
# which makes it a quarter to a third faster than one that was compiled by hand.
PYTHON ?= $(shell /usr/bin/python3.11 -c 'import ensurepip' 2>/dev/null && echo /usr/bin/python3.11 \
	|| command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
POSTGRES := $${GIAITRINH_TEST_POSTGRES:-postgres://postgres@127.0.0.1:5432/postgres}

.PHONY: install run test bench lint messages clean
.DELETE_ON_ERROR:

install: $(VENV)/base.stamp

run: install
	@exec $(BIN)/python -m config.run

# Checks first, then the suite on SQLite, then again on PostgreSQL where one is reachable.
test: lint
	@$(BIN)/python -m tests.services
	env -u DATABASE_URL $(BIN)/python -m pytest -n 2
	@if $(BIN)/python -m tests.services postgres; then \
		echo 'Again, on PostgreSQL:'; \
		DATABASE_URL="$(POSTGRES)" $(BIN)/python -m pytest -n 2; \
	fi

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/bench.stamp
	@DATABASE_URL="$(POSTGRES)" $(BIN)/python -m tests.benchmarks

# Needs GNU gettext, for xgettext. The compiled files are committed, so that running needs none.
messages: $(VENV)/test.stamp
	$(BIN)/python manage.py makemessages --locale vi --ignore '$(VENV)/*' --ignore 'var/*' --ignore 'tests/*'
	$(BIN)/python -m tests.messages

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var/test
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: requirements/base.txt | $(BIN)/python
	$(PIP) -r $<
	@touch $@

$(VENV)/test.stamp: requirements/test.txt requirements/base.txt | $(BIN)/python
	$(PIP) -r $<
	@touch $@ $(VENV)/base.stamp

$(VENV)/bench.stamp: requirements/bench.txt requirements/test.txt requirements/base.txt | $(BIN)/python
	$(PIP) -r $<
	@touch $@ $(VENV)/test.stamp $(VENV)/base.stamp
