# `make demo` and `make test` are all that a newcomer needs: each makes what it stands on, once.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# The first interpreter that is new enough; `make PYTHON=/path/to/python3.12 test` chooses another.
PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$each"; break; }; done)

# The rooms that decide about money and words: no line and no branch of them goes untested.
PURE := bot/collectors/wire/* bot/domain/* bot/dialogue/* bot/gateway/wire/* bot/i18n/* bot/languages.py bot/notices/* bot/repositories/* \
	bot/payer_page.py bot/shop.py bot/spelling.py bot/transactions/* $(patsubst %,bot/engine/%.py,event_result events inquiries) \
	bot/outbox/messages.py bot/settlement/claims.py bot/settlement/provider_facts.py \
	$(patsubst %,bot/channels/%.py,abilities files markup) $(patsubst %,bot/monitoring/%.py,checks concerns daily_jobs) \
	$(patsubst %,bot/channels/*/%.py,abilities answers webhook parse render) bot/channels/telegram/secret.py \
	bot/channels/whatsapp/parse/* $(patsubst %,bot/channels/whatsapp/%.py,pace people signature style templates window)

# Those that time or count what SQLite does are not of use for that.
TWINS := $(filter-out $(patsubst %,tests/test_%.py,growth great_customers packaging queue retention simulation statement_plans),\
	$(shell grep -lE "Store|town|talk|world|day" tests/test_*.py))

# Tests start the program hundreds of times: what was compiled is kept, whatever the machine says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo run test twins simulate mutants check format format-check lint types floors catalogs dockerfile deployment pages \
	coverage bench growth load lock clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.installed
	$(BIN)/python -m bot demo

run: $(VENV)/.installed
	$(BIN)/python -m bot

# Many tests wait for a process that was killed or for a clock: several at once share that wait.
# `make test WORKERS=0` runs them one after another.
WORKERS ?= 6
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

test: $(VENV)/.installed-dev
	$(PYTEST)

# Whatever these tests' scripts ask SQLite is asked of PostgreSQL too, and must be answered alike. How long a step takes is
# another question.
twins: $(VENV)/.installed-dev
	$(PYTEST) --twins --deselect tests/test_dialogue.py::test_a_step_is_quick $(TWINS)

# The whole program in as many worlds, each with faults of its own, in all processors: what is broken is printed with how
# to play it again.
SEEDS ?= 1000
simulate: $(VENV)/.installed-dev
	$(BIN)/python -m tests.simulation --seeds $(SEEDS)

# One planted bug after another, each in a copy of its own: whoever has to find it does, or this fails. `ONLY="name name"`
# plants these alone, `WRITE=1` writes the figures into docs/mutants.md.
mutants: $(VENV)/.installed-dev
	$(BIN)/python -m tests.mutants$(if $(WRITE), --write)$(if $(ONLY), $(ONLY))

check: format-check lint types floors catalogs dockerfile deployment pages coverage

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

format-check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

floors: $(VENV)/.installed-dev
	$(BIN)/lint-imports

# Both languages say everything, with the same arguments.
catalogs: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q tests/test_i18n.py

# No wheel of the linter for this machine: the tests know the rules that matter most.
dockerfile: $(VENV)/.installed-dev
	@if [ -x $(BIN)/hadolint ]; then set -x; $(BIN)/hadolint Dockerfile; else echo "hadolint is not to be had here"; fi

# What operators run it with, each by the validator of its kind. Where the balancer has no wheel and systemd is not there,
# the tests look at the text alone; elsewhere they run all of these too, over what is broken as well.
deployment: $(VENV)/.installed-dev
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/kubernetes-validate --strict --quiet $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml))
	@if [ -x $(BIN)/caddy ]; then set -x; PUBLIC_URL=:80 $(BIN)/caddy adapt --config deploy/caddy/Caddyfile --validate >/dev/null; \
		else echo "the balancer is not to be had here"; fi
	$(PYTEST) $(patsubst %,tests/test_%.py,compose balancer kubernetes systemd alert_rules)

# The pages that payers open, in a real browser as wide as a small telephone (the package chromium, or Chrome). Where this
# machine has none, that is said.
pages: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -rs tests/test_browser.py

coverage: $(VENV)/.installed-dev
	$(PYTEST) --thorough --cov --cov-report=
	$(BIN)/coverage report --skip-covered
	$(BIN)/coverage report --include="$$(echo '$(PURE)' | tr ' ' ',')" --fail-under=100

# `make bench BASE=<commit>` compares this checkout with another commit, by turns.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench$(if $(BASE),.compare $(BASE))

# A year of past: how long everything holds the database over a million orders, beside an empty one. `STORE=postgres`
# measures it over PostgreSQL.
growth: $(VENV)/.installed-dev
	$(BIN)/python -m bench.growth$(if $(STORE), --store $(STORE))

# Replicas over PostgreSQL are killed while people buy and webhooks are lost: nothing may be. `STORES=1` compares SQLite
# and PostgreSQL instead.
load: $(VENV)/.installed-dev
	$(BIN)/python -m bench.load$(if $(STORES), --stores)

# Pins keep their versions unless `make lock UPGRADE=--upgrade` says otherwise. Each carries the hashes of its files, so
# that what is installed is what was locked, wherever it comes from; what builds the project is locked likewise.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-config --generate-hashes --no-strip-extras \
	--custom-compile-command "make lock" $(UPGRADE)
lock: $(VENV)/.installed-dev
	$(PIP) install --quiet uv==0.13.9
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --constraint requirements.txt --extra dev --output-file requirements-dev.txt pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(COMPILE) --constraint requirements-dev.txt --output-file requirements-build.txt -

clean:
	rm -rf $(VENV) dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# pip is the last thing that a new environment gets: one that was cut short is made again.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say PYTHON=/path/to/it" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

# The pins first, then the project itself beside them, editable, so that a change of code needs no new install.
$(VENV)/.installed: requirements.txt requirements-build.txt pyproject.toml | $(BIN)/pip
	$(PIP) install --quiet --require-hashes --requirement requirements.txt --requirement requirements-build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt requirements-build.txt pyproject.toml | $(BIN)/pip
	$(PIP) install --quiet --require-hashes --requirement requirements-dev.txt --requirement requirements-build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.installed $@
