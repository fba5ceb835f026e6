# Postroom. `make help` lists what there is.

GO        ?= go
PACKAGES  := ./...
# The scripts of the command line start a process a command; what they ask has its own tests with -race.
PROCESSES := postroom/cmd/postroom
# SQLite is C made into Go and has its own tests: watching each of its loads makes it seven times slower. Its driver, which
# shares memory between goroutines, is watched. Only a package without generic code may be left out: the linker would take its copies for all.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false
# Tables of rights, and sequences of changes to them: thousands of acts one after another, in which there is nothing to race.
# What they call is watched in the other tests. All of them are tests of store and imapserver.
TABLES := ^(TestAbilities|TestDirectoryMatrix|TestMatrix|TestRights|TestRightsHoldHowever|TestEverySequenceOfChanges|TestThePastIsWhatWas|TestSimulationIsWhatHappens|TestFollowersOfEmails)$$
# What takes longest begins first, so that nothing long is left over at the end.
LONG   := postroom/internal/store/storetest postroom/internal/imapserver postroom/internal/store postroom/internal/jmapserver postroom/internal/smtpserver
WATCHED = $(LONG) $$($(GO) list $(PACKAGES) | grep -vxF $(patsubst %,-e %,$(LONG) $(PROCESSES)))
# Tests wait for the disk and for one another: more of them at a time than there are processors keeps these busy.
GOTEST := POSTROOM_REQUIRE_POSTGRES=1 $(GO) test -p 3
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
DEMO_DIR  ?= demo-data
FUZZTIME  ?= 60s
VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.DEFAULT_GOAL := help
.PHONY: help build web demo test check bench fuzz rfc packages clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: web ## Build bin/postroom, with the web client in it
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/postroom ./cmd/postroom

web: web/dist/index.html ## Build the web client

# npm leaves this file when it has installed what the lock file says.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json web/index.html web/vite.config.ts web/tsconfig.json $(shell find web/src web/build web/public -type f 2>/dev/null)
	cd web && npm run --silent build

demo: build ## Build and run the demo (data in DEMO_DIR, ports from 10000)
	bin/postroom demo --dir $(DEMO_DIR)

# Packages that failed run once more (what passed is remembered), with nothing beside them; what fails twice fails.
define twice
$(1) || { echo "SHAKY, or broken: once more, what failed"; $(1); }
endef

test: packages build check ## Everything: static checks, unit, contract (SQLite and PostgreSQL), e2e, the web client in a browser
	cd web && npm run --silent test && npm run --silent e2e
	@$(call twice,$(GOTEST) $(RACE) -timeout 40m -skip '$(TABLES)' $(WATCHED))
	@$(call twice,$(GOTEST) -timeout 20m -run '$(TABLES)' ./internal/store ./internal/store/storetest ./internal/imapserver)
	@$(call twice,$(GOTEST) -timeout 20m $(PROCESSES))

check: web/node_modules/.package-lock.json ## Format, vet, lint, architecture
	cd web && npm run --silent check
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; }
	$(GO) vet $(PACKAGES)
	$(GO) run $(STATICCHECK) $(PACKAGES)
	$(GO) test -count=1 ./internal/archtest

bench: packages build ## Compare with Dovecot and Cyrus on this machine, in one run
	$(GO) run ./bench -write bench/RESULTS.md

fuzz: ## Each fuzz target for FUZZTIME; rights computed twice, IMAP judged by a model and by Dovecot, at length
	@for pkg in $$($(GO) list $(PACKAGES)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done
	$(GO) test -count=1 -v -run TestRandomOrganisationsAgree ./internal/rights/naive -rapid.checks=20000
	$(GO) test -count=1 -timeout 60m -run 'TestScripts|Dovecots' ./internal/imapserver/judge -judge.rounds=30 -judge.seed=$$(date +%s)

rfc: ## Write docs/rfc.md from docs/rfc/*.toml
	$(GO) test -count=1 ./internal/archtest -run TestStandards -update

packages: ## Install the Debian packages the tests need
	@.ci/packages

clean: ## Remove what was built
	rm -rf bin web/node_modules web/dist/assets web/dist/*.*
