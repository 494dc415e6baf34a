# Everything is set up by these targets: they need make, and Python 3.11 or newer with venv.
# JavaScript comes through npm; where Node is missing, it is installed from PyPI.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
TOOLS := .tools
UV := $(TOOLS)/bin/uv
VENDOR := packages/strideiq/src/strideiq/platform/static/vendor
FRONTEND := packages/strideiq/frontend
LOCALE := src/strideiq/platform/locale
JOBS ?= 2
# These wait for disks and for servers that start often enough for one more than there are cores.
TEST_JOBS ?= 3
FUZZ_SECONDS ?= 600

# Tests copy whole clusters. Where there is room for them in memory, that is twice as fast.
MEMORY := $(shell [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $$4}')" -gt 8000000 ] && echo /dev/shm/pt-$$(id -u))
PYTEST := $(if $(MEMORY),mkdir -p $(MEMORY) && TMPDIR=$(MEMORY) )$(CURDIR)/.venv/bin/pytest

# One Python for everything: the one that is here. uv must not fetch another.
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)
export UV_NO_PROGRESS := 1

# Tests start hundreds of processes. Where modules are compiled anew in each of them, that is half
# of all their work; so whoever forbids Python to keep what it compiled does not forbid it here.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## Show what there is to make
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/run.stamp $(VENDOR)/.stamp  ## Set everything up and run StrideIQ (a demo athlete on a first run)
	@.venv/bin/strideiq init --demo --if-none
	@exec .venv/bin/strideiq up

.PHONY: setup
setup: .venv/dev.stamp $(VENDOR)/.stamp  ## Install both packages with the tools that develop them

.PHONY: test
test: setup  ## Run the tests of both packages in parallel, on real PostgreSQL servers
	$(PYTEST) -n $(TEST_JOBS) --dist=worksteal $(PYTEST_ARGS)

.PHONY: e2e
e2e: setup  ## Run both packages together: real processes, a real browser, kills and damage
	$(PYTEST) tests/end_to_end -n $(TEST_JOBS) --dist=loadfile $(PYTEST_ARGS)

.PHONY: incident
incident: setup  ## Replay public incidents: first without the defence, then with it
	$(PYTEST) tests/incident -n $(JOBS) --dist=loadfile $(PYTEST_ARGS)

.PHONY: faults
faults: setup  ## Let every call and step of every act go wrong once; FAULT_SEED=n replays one run
	$(PYTEST) tests/faults$(if $(FAULT_SEED),/test_faults.py)$(if $(UPLOAD_SEED),/test_upload_faults.py) -n $(JOBS) --dist=worksteal $(PYTEST_ARGS)

.PHONY: storms
storms: setup  ## Two thousand seeded faults and many flipped bytes (FAULT_RUNS, FAULT_FIRST)
	export STRONGROOM_SOAK=1; $(PYTEST) tests/faults -n $(JOBS) --dist=worksteal $(PYTEST_ARGS)

.PHONY: soak
soak: mutations histories whole storms fuzz  ## Run the long suites (a part of each also runs in CI)

.PHONY: fuzz
fuzz: setup  ## Fuzz the parsers of shell, SQL, compose files and pg_control (FUZZ_SECONDS each: 600)
	$(UV) sync --frozen --quiet --inexact --group fuzz
	for target in shell sql compose control; do \
	  .venv/bin/python tests/fuzzing/fuzz.py $$target -max_total_time=$(FUZZ_SECONDS) $(FUZZ_ARGS); done

.PHONY: whole
whole: setup  ## Run strongroom's tests with every case of which others play a slice
	export STRONGROOM_SOAK=1; $(PYTEST) packages/strongroom/tests -n $(JOBS) --dist=worksteal $(PYTEST_ARGS)

.PHONY: kills
kills: setup  ## Kill backup, drill, restore, init, refresh, migrate and prune at every step
	export STRONGROOM_SOAK=1; $(PYTEST) packages/strongroom/tests -k kill -n $(JOBS) $(PYTEST_ARGS)

.PHONY: flips
flips: setup  ## Flip thousands of bits in the store, and play an emptied database through many years
	export STRONGROOM_SOAK=1; $(PYTEST) packages/strongroom/tests/backups -k "flipped_bit or emptied" -n $(JOBS) $(PYTEST_ARGS)

.PHONY: histories
histories: setup  ## Play made-up histories through the model of identity, and some on real servers
	export HISTORIES=20000 REPLAYS=60; $(PYTEST) packages/strongroom/tests/identity/world -n $(JOBS) $(PYTEST_ARGS)

.PHONY: mutations
mutations: setup  ## Break identity, backups and drills on purpose; each break must turn a test red
	.venv/bin/python tests/mutations/run.py $(MUTATION_ARGS)

.PHONY: check
check: setup  ## Lint, format, types, the arrows between modules, and mutations that fit no more
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python tests/mutations/run.py --check

.PHONY: translations
translations: setup  ## Bring the catalogues up to date with the sentences in code and templates
	template=$$(mktemp) && trap 'rm -f "$$template"' EXIT && cd packages/strideiq && \
	$(CURDIR)/.venv/bin/pybabel -q extract -F babel.cfg -k marked -k OutsideModelError --add-location=file --no-wrap -o "$$template" src/strideiq && \
	for catalogue in $(LOCALE)/*.po; do \
	  $(CURDIR)/.venv/bin/pybabel -q update -i "$$template" -o "$$catalogue" -l "$$(basename "$$catalogue" .po)" \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap; done

.PHONY: image-files
image-files: $(UV) $(VENDOR)/.stamp  ## Put what the image of deploy/ is made of into deploy/build
	rm -rf deploy/build && mkdir deploy/build
	$(UV) build --quiet --wheel --all-packages --out-dir deploy/build/wheels
	$(UV) export --quiet --frozen --no-dev --no-emit-workspace --package strideiq --output-file deploy/build/requirements.txt >/dev/null
	$(UV) pip install --quiet --target deploy/build/application --python-version 3.11 --require-hashes -r deploy/build/requirements.txt
	$(UV) pip install --quiet --target deploy/build/application --python-version 3.11 --no-deps deploy/build/wheels/*.whl

.PHONY: image
image: image-files  ## Make the image of deploy/ (BASE: what it is built on)
	docker build --tag strideiq:1 $(if $(BASE),--build-arg BASE=$(BASE)) deploy

.PHONY: bench
bench: setup  ## Measure against the named rivals; prints medians and ratios
	.venv/bin/python benchmarks/run.py $(BENCH_ARGS)

.PHONY: format
format: setup  ## Format the code and mend what lint can mend by itself
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

.PHONY: clean
clean:  ## Remove what these targets installed here; never any data
	rm -rf .venv $(TOOLS) $(VENDOR) $(FRONTEND)/node_modules

$(UV):
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), sys.exit("Python 3.11 or newer is needed, and this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# --inexact: what is only needed to run must not throw out what is needed to develop.
.venv/run.stamp: $(UV) uv.lock pyproject.toml packages/strongroom/pyproject.toml packages/strideiq/pyproject.toml
	$(UV) sync --frozen --quiet --no-dev --inexact
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	$(UV) sync --frozen --quiet --inexact
	@touch $@

# Where Node is missing, the group "node" of the lock file brings it.
$(VENDOR)/.stamp: .venv/run.stamp $(FRONTEND)/package-lock.json $(FRONTEND)/build.py
	@command -v npm >/dev/null || $(UV) sync --frozen --quiet --no-dev --inexact --group node
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/python $(FRONTEND)/build.py
	@touch $@
