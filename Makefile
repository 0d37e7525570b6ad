# Everything a newcomer types. `make demo` and `make test` do their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODES := tests/nodes

.PHONY: install demo test test-setup check soak guards mutation fuzz bench lock matrices messages
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
	rm -rf recovery-demo.db*
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

# Which wrong changes of the code no test notices (docs/mutation.md). One room: make mutation ROOMS=fees
# A run that was cut goes on: make mutation ROOMS=fees RESUME=1
mutation: install
	PYTHONPATH=tests $(BIN)/python -m mutation.run --jobs 2 --out build/mutation $(if $(RESUME),--resume) $(ROOMS)

# Hostile input for as long as you like: the suite's seeds by the ten thousand, then coverage-guided.
# atheris is no dependency of the house: it is laid beside it. FUZZ_SECONDS for each of the two targets.
FUZZ_SECONDS ?= 600
FUZZ := .fuzz
fuzz: install
	RECOVERY_SOAK=1 $(BIN)/pytest tests/fuzz -n 2
	$(BIN)/uv pip install --quiet --no-deps --target $(FUZZ)/lib atheris==3.0.0
	mkdir -p $(FUZZ)/crashes
	for target in parsers decoders; do PYTHONPATH=tests:$(FUZZ)/lib $(BIN)/python -m fuzz.guided $$target $(FUZZ)/$$target \
	  -max_total_time=$(FUZZ_SECONDS) -timeout=30 -rss_limit_mb=3000 -artifact_prefix=$(FUZZ)/crashes/ || exit 1; done

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
