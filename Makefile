# make help lists the targets. Tools and the test control plane are built once into the user's cache folder.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
BINARY      := kube-posture-exporter
CACHE       ?= $(or $(KUBE_POSTURE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kube-posture-exporter)
TOOLS       := $(CACHE)/tools
LINT        := v2.15.0
PROMETHEUS  := v0.316.0
ALERTMANAGER := v0.31.1
FUZZTIME    ?= 20s

VERSION  ?= $(shell cat VERSION)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
BRANCH   ?= $(shell git rev-parse --abbrev-ref HEAD 2>/dev/null || echo unknown)
# The commit's, not the clock's: the same commit makes the same binary.
DATE     ?= $(shell TZ=UTC0 git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)
INFO     := github.com/prometheus/common/version
LDFLAGS   = -s -w -X $(INFO).Version=$(VERSION) -X $(INFO).Revision=$(REVISION) -X $(INFO).Branch=$(BRANCH) -X $(INFO).BuildDate=$(DATE)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the binary into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/$(BINARY) ./cmd/$(BINARY)

# A branch's name is no part of an image: the same commit makes the same digest.
.PHONY: image
image: BRANCH :=
image: ## build the image for amd64 and arm64 and its SBOMs into bin/image, without a container engine
	for arch in amd64 arm64; do CGO_ENABLED=0 GOOS=linux GOARCH=$$arch \
		go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/linux-$$arch/$(BINARY) ./cmd/$(BINARY); done
	cd tools/image && go run . -version='$(VERSION)' -revision='$(REVISION)' -created='$(DATE)' -out=../../bin/image \
		-binary=amd64=../../bin/linux-amd64/$(BINARY) -binary=arm64=../../bin/linux-arm64/$(BINARY)

.PHONY: run
run: build ## serve the built-in recording of a real cluster on http://localhost:9911
	./bin/$(BINARY) --demo

# Modules of their own, so that what they need is no dependency of the exporter.
MODULES := test/deploy test/rulescost tools/image tools/benchcompare

# They run programs beside the test, and want the machine to themselves.
ALONE := test/faults test/hostile test/leaks test/scale

.PHONY: test
test: lint controlplane promtool $(TOOLS)/amtool $(TOOLS)/kubectl ## everything: lint, unit tests with the race detector, tests on a real control plane
	PROMTOOL=$(TOOLS)/promtool AMTOOL=$(TOOLS)/amtool KUBECTL=$(TOOLS)/kubectl go test -race -timeout 40m $$(go list ./... | grep -v $(ALONE:%=-e /%$$))
	go test -race -timeout 40m -p 1 $(ALONE:%=./%)
	$(MAKE) oracle
	for module in $(MODULES); do (cd $$module && PROMTOOL=$(TOOLS)/promtool go test -timeout 20m ./...); done

.PHONY: test-unit
test-unit: ## the tests that need nothing but Go; under a minute when warm
	go test -short ./...

.PHONY: e2e
e2e: controlplane $(TOOLS)/prometheus $(TOOLS)/alertmanager ## from a change in a real cluster to the notification, through a real Prometheus and Alertmanager
	PROMETHEUS=$(TOOLS)/prometheus ALERTMANAGER=$(TOOLS)/alertmanager go test -count 1 -timeout 20m -v ./test/e2e

.PHONY: screenshots
screenshots: ## pictures of the dashboards into bin/screenshots, from the Prometheus of make e2e; needs Node.js and Chromium
	cd test/preview && npm ci --no-progress && npm run build
	SHOOT='cd ../preview && node shoot.mjs --prometheus "$$PROMETHEUS_URL" --from now-5m --scrape 1s --out ../../bin/screenshots && \
		node shoot.mjs --prometheus "$$PROMETHEUS_URL" --from now-5m --scrape 1s --only kube-posture-namespace --var namespace=tools --out ../../bin/screenshots' \
		$(MAKE) e2e

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (default 20s) each
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {f[n++]=$$1} /^ok/ {for (i=0;i<n;i++) print $$2, f[i]; n=0}' | while read -r pkg target; do \
		echo "== $$pkg $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$pkg"; done

.PHONY: bench
bench: ## the benchmarks behind docs/performance.md
	go test -run '^$$' -bench . -benchmem -count 5 ./informers ./internal/posture ./internal/network ./internal/rbac ./collector

# Built and not run by go run, which would not pass a signal on.
bin/benchcompare: $(wildcard tools/benchcompare/*.go) tools/benchcompare/go.mod tools/benchcompare/go.sum
	cd tools/benchcompare && go build -o ../../bin/benchcompare .

.PHONY: bench-compare
bench-compare: bin/benchcompare ## BASE (default: where the branch began, or the last commit) against the working tree, in turns; fails on a significant loss
	./bin/benchcompare compare -base='$(BASE)' -count='$(or $(COUNT),8)' -only='$(ONLY)'

.PHONY: bench-check
bench-check: bin/benchcompare ## what the benchmarks allocate and keep, against docs/benchmarks/baseline.txt
	./bin/benchcompare check

.PHONY: bench-baseline
bench-baseline: bin/benchcompare ## write docs/benchmarks/baseline.txt anew
	./bin/benchcompare baseline

.PHONY: generate
generate: ## write the generated documents and golden files anew
	go run ./internal/docs/generate
	go run ./internal/rules/generate
	go run ./internal/dashboards/generate
	go run ./internal/manifests/generate
	go test ./collector ./internal/review -run TestGolden -update

.PHONY: lint
lint: $(TOOLS)/golangci-lint-$(LINT) ## formatting, vet, import directions and size budgets
	$(TOOLS)/golangci-lint-$(LINT) run ./...
	for module in $(MODULES) test/kubectl; do (cd $$module && $(TOOLS)/golangci-lint-$(LINT) run ./...); done

.PHONY: controlplane
controlplane: ## build the control plane that the tests use, unless it is in the cache
	go run ./test/testcluster/cmd/build-controlplane

.PHONY: promtool
promtool: $(TOOLS)/promtool ## build promtool, unless it is in the cache

$(TOOLS)/golangci-lint-$(LINT):
	mkdir -p $(TOOLS)
	GOFLAGS= GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT)
	mv $(TOOLS)/golangci-lint $@

$(TOOLS)/promtool:
	mkdir -p $(TOOLS)
	GOFLAGS= GOBIN=$(TOOLS) go install -tags remove_all_sd github.com/prometheus/prometheus/cmd/promtool@$(PROMETHEUS)

$(TOOLS)/prometheus:
	mkdir -p $(TOOLS)
	GOFLAGS= GOBIN=$(TOOLS) go install -tags remove_all_sd github.com/prometheus/prometheus/cmd/prometheus@$(PROMETHEUS)

$(TOOLS)/alertmanager $(TOOLS)/amtool: $(TOOLS)/%:
	mkdir -p $(TOOLS)
	GOFLAGS= GOBIN=$(TOOLS) go install github.com/prometheus/alertmanager/cmd/$*@$(ALERTMANAGER)

$(TOOLS)/kubectl: test/kubectl/go.mod test/kubectl/go.sum test/kubectl/main.go
	mkdir -p $(TOOLS)
	cd test/kubectl && GOFLAGS= CGO_ENABLED=0 GOWORK=off go build -trimpath -o $@ .

PODS ?= 10000

.PHONY: scale
scale: controlplane ## measure the exporter beside a real API server with PODS (default 10000) pods: a table, and bin/scale-PODS.json; minutes for 10000
	SCALE_PODS=$(PODS) SCALE_JSON='$(or $(SCALE_JSON),$(CURDIR)/bin/scale-$(PODS).json)' SCALE_PROFILES='$(if $(SCALE_PROFILES),$(abspath $(SCALE_PROFILES)))' go test -count 1 -timeout 2h -v -run 'TestScale$$' ./test/scale

SCRAPES ?= 10000

.PHONY: faults
faults: controlplane ## hold every one of SCRAPES (default 10000) scrapes against etcd's own history while everything fails; make test does 1,500
	FAULTS_SCRAPES=$(SCRAPES) go test -count 1 -timeout 4h -v -run 'TestFaults$$' ./test/faults

WORLDS ?= 12000

.PHONY: oracle
oracle: ## hold the RBAC model against its naive oracle in WORLDS (default 12000) random worlds, without the race detector
	RBAC_WORLDS=$(WORLDS) go test -count 1 -timeout 2h -run 'TestAgainstOracle$$' ./internal/rbac

.PHONY: hostile
hostile: ## measure what one tenant can make it cost the others: a table; minutes, and make test does a twentieth of it
	HOSTILE=full go test -count 1 -timeout 1h -v -run 'TestHostile$$' ./test/hostile

EVENTS ?= 20000000

.PHONY: leaks
leaks: ## 24 hours of churn through the exporter (EVENTS, default 20000000): nothing may grow, and what is deleted must be gone; half an hour
	LEAK_EVENTS=$(EVENTS) LEAK_JSON=../../bin/leaks.json go test -count 1 -timeout 4h -v -run 'TestLeaks$$' ./test/leaks

.PHONY: rules-cost
rules-cost: ## what the rules cost Prometheus over a synthetic year of 500 namespaces and 5,000 workloads; 5 minutes, 2 GB of memory
	cd test/rulescost && go run . -namespaces 500 -workloads 5000 -days 365

.PHONY: clean
clean: ## remove what was built here; the cache stays
	rm -rf bin
