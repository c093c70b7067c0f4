# AnomalyGuard: `make help` says what there is.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup pages run test cluster-test chaos bench accuracy browser check format docs manifests images deploy undeploy load clean distclean

# The Node that npm has put there: the machine's own may be older.
NODE := node_modules/.bin/node --disable-warning=TimeoutNegativeWarning
STAMP := node_modules/.installed
# The pages are built where their sources are newer.
PAGES := web/dist/.built
VERSION = $(shell sed -n 's/^  "version": "\(.*\)",$$/\1/p' package.json)

help: ## says what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## installs what is needed into node_modules (once)

$(STAMP): package-lock.json
	@local/setup.sh
	@touch $@

pages: $(PAGES) ## builds the console and the analytics page into web/dist (where their sources have changed)

$(PAGES): $(STAMP) web/build.ts web/apps.ts $(shell find web/kit web/console web/view -type f)
	@$(NODE) web/build.ts
	@touch $@

run: $(PAGES) ## everything on this machine: http://127.0.0.1:8080 (PORT, DATA_DIR, KAFKA_BROKERS, DATABASE_URL, …)
	@exec $(NODE) local/main.ts

test: $(PAGES) ## all tests; ARGS="unit" or a file for some
	@exec $(NODE) test/run.ts $(ARGS)

chaos: $(STAMP) ## faults of all kinds under full load (SECONDS, SEED, RATE, FAULTS="kill,term,…")
	@exec $(NODE) test/chaos/run.ts --seconds=$(SECONDS) --seed=$(SEED) --rate=$(RATE) --faults=$(FAULTS)

bench: $(STAMP) ## side by side with others: tables and ratios (ARGS="submit process", ROUNDS, OUT; QUICK=1: a guard against regressions)
	@QUICK='$(QUICK)' ROUNDS='$(ROUNDS)' OUT='$(OUT)' $(NODE) test/bench/main.ts $(ARGS)

accuracy: $(STAMP) ## how well the detectors find anomalies that are known (ARGS="--help", "speed": time and memory)
	@exec $(NODE) test/accuracy/main.ts $(ARGS)

cluster-test: $(PAGES) ## the product on a cluster with KEDA: KUBECONFIG's (IMAGE=…), or one of ../shared/cluster
	@exec $(NODE) test/run.ts $(or $(ARGS),cluster)

browser: $(PAGES) ## the pages in a real browser (chromium)
	@exec $(NODE) test/run.ts browser

check: $(STAMP) ## types, lint, format
	@$(NODE) node_modules/.bin/tsc && $(NODE) node_modules/.bin/tsc -p web && $(NODE) node_modules/.bin/biome check .

format: $(STAMP) ## formats the code, and mends what lint can mend
	@$(NODE) node_modules/.bin/biome check --write .

docs: $(STAMP) ## writes README's table of configuration anew
	@$(NODE) test/support/config-table.ts

manifests: $(STAMP) ## writes the manifests anew that are made from the settings (manifests/base/settings.env)
	@$(NODE) scaler/manifest/main.ts

images: ## the container image, by Docker or Podman: REGISTRY=… TAG=… (PUSH=yes)
	@REGISTRY='$(REGISTRY)' TAG='$(or $(TAG),$(VERSION))' PUSH='$(PUSH)' manifests/image/build.sh

deploy: ## onto the cluster of KUBECONFIG: OVERLAY=trial, or production, or a folder (REGISTRY, TAG of the image)
	@REGISTRY='$(REGISTRY)' TAG='$(TAG)' manifests/deploy.sh $(or $(OVERLAY),trial)

undeploy: ## takes it away again: OVERLAY=…; volumes and their password stay unless VOLUMES=delete
	@VOLUMES='$(or $(VOLUMES),keep)' manifests/undeploy.sh $(or $(OVERLAY),trial)

load: $(STAMP) ## load test against a running `make run`; ARGS="--help" says how
	@exec $(NODE) producer/load/main.ts $(ARGS)

clean: ## removes test leftovers, the built pages, and what the build of Kafka's jars left (data stays)
	@rm -rf coverage local/kafka/target web/dist

distclean: clean ## removes node_modules and the data of `make run`, too
	@rm -rf node_modules .data
