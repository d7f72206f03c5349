# The whole workflow. A second call reinstalls nothing unless pyproject.toml or constraints.txt
# has changed. pip's own settings (PIP_INDEX_URL, PIP_FIND_LINKS, ...) are honoured.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt
# By all cores, where pip would use one; what some package has that is no Python is none of ours.
COMPILE := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
# One thread a test worker: the workers share the cores among them.
PYTEST := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
CODE := src tests bench tools examples docs/conf.py
WORKERS := --numprocesses auto --maxprocesses 8 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test laws test-stories test-seeds test-kills mutants check docs catalogue reference bench bench-study bench-speed bench-quality bench-multi bench-process bench-transfer bench-results bench-trust bench-health bench-stop bench-crowd bench-recording bench-load bench-scale bench-gpu constraints lock audit clean

help:
	@echo "make demo       install, then the bundled example: suggestions, a study, three pictures"
	@echo "make test       install, then every check and every law"
	@echo "make test-stories  what goes through the whole house: servers, browsers, documents"
	@echo "make test-seeds every test that draws random numbers, under twenty other sets of seeds"
	@echo "make test-kills kill -9 at 200 random moments of recording and of imports"
	@echo "make mutants    single faults put into a copy of the program, which the tests must catch"
	@echo "make check      formatting, lint, types, import rules, translations, tables of elements"
	@echo "make docs       run every code block and notebook, follow every link, build the pages"
	@echo "make catalogue  gather new texts for translation, put translations into program and pages"
	@echo "make reference  the reference in both languages, and the schema of spec files"
	@echo "make lock       exact versions with their hashes, for pip install --require-hashes"
	@echo "make audit      whether a fault is known of a version that is used"
	@echo "make bench      the benchmarks behind docs/benchmarks.md"
	@echo "make clean      remove what the other targets made, except $(VENV)"

demo: $(VENV)/.installed
	@$(BIN)/tansaku demo

# The checks have one core for a minute, so they go beside the laws.
test: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory --jobs 2 check laws

laws: $(VENV)/.installed-dev
	@$(PYTEST) $(WORKERS) -m "not story"

# Servers, browsers, processes that are killed, documents and notebooks: longer than all laws. That
# arrays have the shapes that are written at them is seen to by the laws, at twice the time.
test-stories: $(VENV)/.installed-dev
	@$(PYTEST) $(WORKERS) --jaxtyping-packages= -m story

check: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tools/catalogue.py --check
	@$(BIN)/python tools/pages.py --check
	@$(BIN)/python tools/reference.py --check
	@found=$$($(BIN)/python tools/elements.py) || { echo "$$found"; exit 1; }
	@found=$$($(BIN)/python tools/radii.py) || { echo "$$found"; exit 1; }

# Every test that draws random numbers, under twenty other sets of seeds.
SHIFTS ?= $(shell seq 1000 1000 20000)
test-seeds: $(VENV)/.installed-dev
	@failed=; for shift in $(SHIFTS); do echo "seeds shifted by $$shift"; \
	  $(PYTEST) $(WORKERS) --quiet --no-header --seed-shift=$$shift || failed="$$failed $$shift"; \
	done; test -z "$$failed" || { echo "failed under the shifts:$$failed"; exit 1; }

# kill -9 at 200 random moments of recording, on both databases, and of taking in a whole store.
KILLS ?= 200
test-kills: $(VENV)/.installed-dev
	@$(PYTEST) --quiet tests/store/test_kills.py --kills=$(KILLS)

# Single faults, one at a time in a copy of the tree; ONLY=tables for those of one room.
ONLY ?=
mutants: $(VENV)/.installed-dev
	@$(BIN)/python tools/mutants.py --only "$(ONLY)"

docs: $(VENV)/.installed-dev
	@$(PYTEST) tests/project/test_documents.py tests/project/test_course.py
	@echo "The pages are in build/docs/index.html and build/docs/ja/index.html"

# The page of every public name and command, in both languages, and the schema of spec files.
reference: $(VENV)/.installed-dev
	@$(BIN)/python tools/reference.py

# Gather new texts of the program and of the pages into the catalogues of translations, compile
# those of the program, write the Japanese pages.
catalogue: $(VENV)/.installed-dev
	@$(BIN)/python tools/catalogue.py
	@$(BIN)/python tools/pages.py

bench: bench-study bench-speed bench-quality bench-multi bench-process bench-transfer bench-results bench-trust bench-health bench-stop

# How soon the best is found on the articles' tables, over several seeds.
bench-study: $(VENV)/.installed-dev
	@$(BIN)/python -m bench.study

bench-speed: $(VENV)/.installed-dev
	@$(BIN)/python -m bench.speed

bench-quality: $(VENV)/.installed-dev
	@$(BIN)/python -m bench.quality.ours --runs 100 standard
	@$(BIN)/python -m bench.quality.report

# Several goals at once, beside random search: the tables of docs/objectives.md.
bench-multi: $(VENV)/.installed-dev
	@$(BIN)/python -m bench.multi
	@$(BIN)/python -m bench.multi.botorch

# Plans beside the best there is, what sharing a firing costs, and the size of the space.
bench-process: $(VENV)/.installed-dev
	@$(BIN)/python -m bench.process

# What older data is worth; from the start, because its results change with the code.
bench-transfer: $(VENV)/.installed-dev
	@rm -rf build/transfer
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.transfer

# What failed samples and phases teach: the tables of docs/results.md.
bench-results: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.failures
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.phases

# Do intervals hold what they say, and do chances come true? The tables of docs/benchmarks.md.
bench-trust: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.trust

# Verdicts on models of which it is known what to say.
bench-health: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.health

# Does the chance that the best is found come true, and what does stopping by it save?
bench-stop: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.stopping

# 8 processes that read and record at the same time, on SQLite and PostgreSQL.
bench-crowd: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.crowd

# What it costs to record one more result behind 10 to 10,000.
bench-recording: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.recording

# 50 clients of a server for a minute; list, open and record with 100 campaigns of 1,000 results.
bench-load: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.load

# A study of 10,000 searches on a graphics card, where there is one, beside the processor.
bench-gpu: $(VENV)/.installed-dev
	@$(BIN)/python -m bench.speed.gpu

# A study by 1, 2, .. workers of this machine.
bench-scale: $(VENV)/.installed-dev
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.scale

# The tested set: exact versions, without a build's local label (torch's +cpu).
constraints: $(VENV)/.installed-dev
	@$(BIN)/python -m pip list --format=freeze --exclude pip --exclude tansaku \
	  | sed -E 's/\+[a-z0-9.]+$$//' > constraints.new
	@mv constraints.new constraints.txt

# Every package that tansaku with all its doors needs, with the hashes that its files have at the
# package index at hand: pip install --require-hashes -r requirements.lock
lock: $(VENV)/.python
	@$(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet pip-tools
	@build/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --constraint constraints.txt \
	  --extra serve --extra postgres --extra client --extra mcp \
	  --extra cluster --extra parquet --output-file requirements.lock pyproject.toml

# Whether a fault is known of a version that is used; where a package index can be reached.
audit: $(VENV)/.python
	@$(PYTHON) -m venv build/audit && build/audit/bin/python -m pip install --quiet pip-audit
	@build/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("tansaku needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu install python3-venv." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

# hatchling comes first and from constraints.txt, so that the build, too, is a tested one.
$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing tansaku into $(VENV) (some minutes the first time) ..."
	@$(PIP) hatchling
	@$(PIP) --no-build-isolation --editable '.[serve,client]'
	@$(COMPILE)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the test and check tools into $(VENV) ..."
	@$(PIP) --no-build-isolation --editable '.[dev]'
	@$(COMPILE)
	@touch $@

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf tansaku-demo* tansaku.db*
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
