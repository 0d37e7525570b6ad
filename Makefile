# Everything a newcomer types. `make demo` and `make test` do their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODES := tests/nodes

.PHONY: install demo test test-setup check soak guards bench lock matrices messages
install: $(VENV)/.installed

# The stamp is rebuilt when what is to be installed changes. Compiled once here: where Python may not
# write its bytecode, every command would else compile a thousand modules again, a second's work.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.13"
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q recovery cli.py
	touch $@

# The main job on a small exchange of its own, from bundled answers; no network needed.
demo: install
	rm -f recovery-demo.db recovery-demo.db-wal recovery-demo.db-shm
	$(BIN)/recovery demo

# Real nodes the tests drive. What can't be installed is said loudly; in CI it fails the run.
test-setup: install
	sh tests/setup.sh

test: test-setup
	$(BIN)/pytest -n 3 --dist worksteal

# Lint, strict types, import rules, documentation.
check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Long and random torture: kills at every step, many seeds.
soak: test-setup
	RECOVERY_SOAK=1 $(BIN)/pytest -n 3 --dist worksteal

# Takes every guard of docs/security.md out of a copy and runs its attack: each test must go red.
guards: test-setup
	cd tests && ../$(BIN)/python -m hostile.breaking

bench: test-setup
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group dev \
	  --generate-hashes --quiet --output-file requirements.lock

# Every catalogue with the English texts of today; what changed must be translated anew.
messages: install
	$(BIN)/python -m recovery.messages

matrices: install
	$(BIN)/python -m recovery.networks.matrix docs
