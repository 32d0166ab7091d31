# Two commands matter: `make demo` and `make test`. Both install what they need into .venv from hash-locked files.
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
HOME_DIR ?= var
PORT ?= 8000
SERVE ?= 1
WORKERS ?= auto
STORE ?=
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

.PHONY: help install install-test browser demo test bench torture lint types lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo          install, run the demo season, print the report, then serve it (Ctrl-C ends)"
	@echo "make demo SERVE=0  the same, ending after the report"
	@echo "make test          install what the tests need, then ruff, mypy and all tests"
	@echo "make bench         what appending, verifying and assessing cost, as ratios to one Ed25519 verification (BENCH=append: one part; BENCH_SIZE=1000000, BENCH_LOTS=100000: the long run)"
	@echo "make torture       kills, failing disks, cut logs, flipped bytes: counts of what was tried (TORTURE=flips: one case)"
	@echo "make lock          write the lock files again (needs uv and a package index)"

# The first interpreter of 3.11 or later that can make a virtual environment.
$(BIN)/python:
	@set -e; found=""; \
	for candidate in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  [ -n "$$candidate" ] || continue; \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    found="$$candidate"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or later with the venv module was found." >&2; \
	  echo "Install one (on Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3 ..." >&2; \
	  exit 2; fi; \
	echo "Using $$found ($$("$$found" --version))"; \
	"$$found" -m venv "$(VENV)"

$(VENV)/.installed: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-test: requirements-test.lock $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test

demo: install
ifeq ($(SERVE),0)
	$(BIN)/ecarbon demo --home $(HOME_DIR) $(if $(STORE),--store "$(STORE)") --no-serve
else
	$(BIN)/ecarbon demo --home $(HOME_DIR) $(if $(STORE),--store "$(STORE)") --serve --port $(PORT)
endif

# A browser and a font with Chinese characters, for the tests of the pages. Only root may install them.
browser:
	@have=yes; command -v chromium >/dev/null 2>&1 || have=no; \
	fc-list :lang=zh 2>/dev/null | grep -q . || have=no; \
	if [ $$have = yes ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  if apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >/dev/null; then exit 0; fi; \
	fi; \
	echo "****************************************************************************" >&2; \
	echo "** SKIPPING BROWSER TESTS where Chromium or a Chinese font is missing.     **" >&2; \
	echo "** As root on Debian: apt-get install chromium fonts-noto-cjk              **" >&2; \
	echo "****************************************************************************" >&2

lint: install-test
	$(BIN)/ruff check .

types: install-test
	$(BIN)/mypy

# Files go to the workers in the order of their folders: the long ones first, the unit tests last.
test: install-test browser lint types
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q

bench: install-test
	$(BIN)/python -m tests.benchmark $(BENCH)

torture: install-test
	$(BIN)/python -m tests.torture $(TORTURE)

lock:
	uv pip compile pyproject.toml $(LOCK_FLAGS) -o requirements.lock
	echo 'hatchling>=1.27' | uv pip compile - $(LOCK_FLAGS) -o requirements-build.lock
	uv pip compile pyproject.toml --extra test -c requirements.lock -c requirements-build.lock $(LOCK_FLAGS) -o requirements-test.lock

clean:
	rm -rf dist build .mypy_cache .pytest_cache .ruff_cache
