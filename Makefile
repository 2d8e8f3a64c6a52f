# Everything that a person or CI does here has a name; `make` alone lists them.
# Needs Python 3.11 or newer; pip's index settings come from the environment and are never written down here.

.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
SCHEMA := config/firstbyte.schema.json
PRICES := proxy/watch/prices.json

# The folders whose branches are covered whole, by tests that run inside pytest's own processes.
GATED := proxy/core/*,proxy/wire/*,proxy/codecs/*,proxy/surfaces/*,proxy/route/*,proxy/engine/*
WORKERS ?= auto
MUTANTS ?= 10000
ARGS ?=

# The first of these that runs and is new enough; say `make PYTHON=/path/to/python3` to choose another.
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$name && break; done)

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(RUNTIME) ## Show a failover in a minute, without a key or a network (ARGS=--once: show and exit)
	@$(PY) -m proxy demo $(ARGS)

.PHONY: test
test: system install lint types ## All that CI asks: lint, types, every test, the coverage gate
	@rm -f .coverage .coverage.*
	COVERAGE_PROCESS_START=pyproject.toml $(PY) -m pytest -p tests.support.unmeasured \
		-n $(WORKERS) --dist worksteal $(ARGS)
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report --include='$(GATED)' --fail-under=100

.PHONY: check
check: test ## The same as test

.PHONY: install
install: $(DEV) ## Make .venv: the locked tools, the libraries and the command `firstbyte`

.PHONY: run
run: $(RUNTIME) ## Serve from this checkout (ARGS='--config my.yaml')
	@$(PY) -m proxy serve $(ARGS)

.PHONY: fmt
fmt: $(DEV) ## Format, and mend what ruff can mend
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: lint
lint: $(DEV) ## Ruff: rules and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

.PHONY: types
types: $(DEV) ## Mypy, strict
	@$(PY) -m mypy

.PHONY: arch
arch: $(DEV) ## Floors, doors, cycles, sizes, mirror
	@$(PY) -m pytest -q tests/test_architecture.py

.PHONY: docs
docs: $(DEV) ## Hold the documents to the code
	@$(PY) -m pytest -q tests/test_repo.py $(wildcard tests/test_docs*.py)

.PHONY: map
map: $(DEV) ## Write the code map of docs/architecture.md from what each file says of itself
	@$(PY) -m tests.support.codemap

# What builds the pages is needed for this alone, so it gets an environment of its own, and no lock.
.PHONY: site
site: build/site-tools ## Build docs/ as a site into build/site, every link checked
	@build/site-tools/bin/python -m mkdocs build --quiet --clean

build/site-tools: | $(PY)
	@$(PY) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check "mkdocs>=1.6,<2" || { rm -rf $@; exit 1; }

# Figures against their goals, beside nginx. What would make them better, and is missing, is said in one line.
.PHONY: bench
bench: $(RUNTIME) ## Measure this checkout, ten minutes (ARGS='--only json,relay --rounds 3 --quick')
	@$(PY) -m bench $(ARGS)

.PHONY: bench-peers
bench-peers: $(RUNTIME) ## The same beside LiteLLM and Portkey, where somebody has installed them (bench/peers.py says how)
	@$(PY) -m bench --peers --only json,body,relay $(ARGS)

.PHONY: bench-report
bench-report: $(RUNTIME) ## Write docs/benchmarks.md and its plots from the last result
	@$(PY) -m bench.report $(ARGS)

.PHONY: micro
micro: $(RUNTIME) ## What each framer, codec and encoder costs by itself (ARGS='--save F' and later '--against F')
	@$(PY) -m bench.micro $(ARGS)

# The profiler is needed for this alone, so it gets an environment of its own, and no lock.
WORK ?= json
.PHONY: profile
profile: $(RUNTIME) build/profiler ## Where the time goes under one of the works of bench (WORK=relay)
	@$(PY) -m bench.profile $(WORK) $(ARGS)

.PHONY: steps
steps: $(RUNTIME) ## How many steps of the interpreter a call takes, and where (WORK=relay)
	@$(PY) -m bench.steps $(WORK)

build/profiler: | $(PY)
	@$(PY) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check py-spy || { rm -rf $@; exit 1; }

# Measured beside what only the tests have: the faulty wire and the callers. Not part of `make test`.
SECONDS ?= 600
.PHONY: fuzz
fuzz: $(DEV) ## Ten thousand mutated streams for every codec (MUTANTS=100000 for more)
	FIRSTBYTE_FUZZ=$(MUTANTS) $(PY) -m pytest -q -n $(WORKERS) --dist worksteal -k mutated_bytes tests/codecs/test_contract.py

KILLS ?= 100
.PHONY: kills
kills: $(DEV) ## Kill a hundred processes while they write; nothing may be lost or doubled (KILLS=1000 for more)
	FIRSTBYTE_KILLS=$(KILLS) $(PY) -m pytest -q -k killed_anywhere tests/store/test_processes.py

.PHONY: soak
soak: $(DEV) ## Ten minutes of trouble, and nothing may grow (SECONDS=120 for less)
	@$(PY) -m bench.soak $(SECONDS)

.PHONY: schema
schema: $(RUNTIME) ## Write the configuration's JSON Schema anew
	@$(PY) -m proxy schema > $(SCHEMA).new
	@mv $(SCHEMA).new $(SCHEMA)

# The package that has the prices is needed for this alone, so it gets an environment of its own, and no lock.
.PHONY: prices
prices: | $(PY) ## Take the price table anew from the newest genai-prices
	@rm -rf build/prices
	@$(PY) -m venv build/prices
	@build/prices/bin/python -m pip install --quiet --disable-pip-version-check genai-prices
	@build/prices/bin/python bench/make_prices.py > $(PRICES).new
	@mv $(PRICES).new $(PRICES)

# What pip-compile does not see by itself. It knows extras but no groups, so the development group is read here. pip
# stands in the lock because the first thing an environment does with the lock is to install with it. async-timeout
# is what redis asks for on Python 3.11.0 to 3.11.2, Debian's among them, whichever Python makes the lock.
ALSO := async-timeout>=4.0.3
GROUP := import tomllib; print("pip", *tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --no-config --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-options --newline lf $(ARGS)

.PHONY: lock
lock: $(DEV) ## Resolve pyproject.toml into the two lock files (ARGS=--upgrade for newer versions)
	@echo '$(ALSO)' | $(COMPILE) --output-file requirements.lock pyproject.toml -
	@{ echo '$(ALSO)'; $(PY) -c '$(GROUP)'; } | $(COMPILE) --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml -

# Clients that need a language, or libraries in versions, of their own: each gets an environment under build/clients.
# WISH=write writes the table in docs/clients.md from the run, which is otherwise held to it.
CLIENTS := build/clients
WISH := check
.PHONY: clients
clients: $(DEV) ## Run clients for Node and frameworks for Python against the whole proxy (network; npm)
	@$(MAKE) --no-print-directory -j3 clients-installed
	@FIRSTBYTE_CLIENTS=$(WISH) $(PY) -m pytest -q tests/clients $(ARGS)

# What their installing waits for is the network in turn with the processor, so it goes on at once.
.PHONY: clients-installed
clients-installed: $(CLIENTS)/node/.done $(patsubst tests/clients/%.lock,$(CLIENTS)/%/.done,$(wildcard tests/clients/*.lock))

$(CLIENTS)/node/.done: tests/node/package.json tests/node/package-lock.json
	@.ci/packages clients
	@echo "Installing the locked clients for Node into $(@D)"
	@rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D)
	@cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(CLIENTS)/%/.done: tests/clients/%.lock | $(PY)
	@echo "Installing the locked $* into $(@D)"
	@$(PY) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Tools whose pins agree share an environment: the first has OpenAI's newest SDK, the second an older one, since LlamaIndex
# takes nothing newer.
SHARED := agents:openai-agents,pydantic-ai-slim[openai],pydantic-ai-slim[anthropic] \
	instructor:instructor[anthropic],llama-index-llms-openai,llama-index-llms-openai-like
.PHONY: clients-lock
clients-lock: $(DEV) ## Resolve the clients of `make clients` anew
	@cd tests/node && npm install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error
	@for tool in langchain:langchain-openai litellm:litellm,mcp $(SHARED); do \
		echo "$${tool#*:}" | tr , '\n' | CUSTOM_COMPILE_COMMAND="make clients-lock" $(PY) -m piptools compile --quiet --upgrade \
			--no-config --generate-hashes --allow-unsafe --strip-extras --no-emit-options --no-annotate --newline lf \
			--output-file "tests/clients/$${tool%%:*}.lock" -; \
	done

# What only operators need. Its tools are many and heavy, so they have environments of their own under build/ and no lock.
.PHONY: deploy-check
deploy-check: $(DEV) ## Hold deploy/ and the Dockerfile to every checker that can be had (network; build/deploy-tools)
	@.ci/packages deploy
	@PYTHON=$(PY) deploy/check

.PHONY: image
image: $(RUNTIME) ## Build the image without a container engine, run it read-only as nobody, and measure (root)
	@.ci/packages image
	@root=$$(deploy/image/build) && $(PY) bench/try_image.py "$$root"

.PHONY: sbom
sbom: $(RUNTIME) ## Write dist/firstbyte.cdx.json: what is shipped, from the lock, as CycloneDX
	@mkdir -p dist
	@$(PY) bench/make_sbom.py > dist/firstbyte.cdx.json.new
	@mv dist/firstbyte.cdx.json.new dist/firstbyte.cdx.json

.PHONY: audit
audit: $(DEV) ## Licences, floors of versions, what the wheel holds; says what it cannot ask
	@$(PY) -m pytest -q tests/deploy/test_supply.py
	@echo "Not asked: whether a database of advisories names one of these versions. Where one can be reached:"
	@echo "  pip-audit --require-hashes -r requirements.lock"

.PHONY: clean
clean: ## Remove what the other targets made, except .venv
	rm -rf build dist *.egg-info .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find proxy tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: system
system:
	@.ci/packages

$(PY):
	@test -n "$(PYTHON)" || { echo "Firstbyte needs Python 3.11 or newer, and there is none on PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments: its venv package is missing (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock | $(PY)
	@echo "Installing the locked libraries into $(VENV)"
	@$(PIP) --require-hashes -r requirements.lock
	@touch $@

$(DEV): requirements.lock requirements-dev.lock pyproject.toml proxy/__init__.py | $(PY)
	@echo "Installing the locked libraries and tools into $(VENV)"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@PYTHONWARNINGS=ignore $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(RUNTIME)
