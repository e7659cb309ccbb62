# Builds, tests and packages auscult. `make` alone lists the targets.
PREFIX  ?= /usr/local
DESTDIR ?=

GO       = go
OUT      = build/out
TOOLS    = $(OUT)/tools
PROGRAMS = ./agent/cmd/auscultd ./training/cmd/auscult
# Runs libraries of the system: linked dynamically, and with the loader's name that Debian's armhf has.
DELEGATE = ./tflite/cmd/auscult-delegate
ARMHF    = -I /lib/ld-linux-armhf.so.3
# Packages whose arithmetic must give the same bits on every architecture: their tests run on all of them.
EXACT    = ./dsp/... ./tflite ./tflite/internal/... ./tflite/matrix ./agent/model ./agent/detect ./agent/decide
# Of make test-race, with what trains in packages network, learn and quantise: the detector makes training ten times slower.
RACE     = bench dataset evaluate external falsealarms parallel replay
FUZZTIME = 2000x
# Of make conformance; an empty seed means the clock's. Of make mutation; there it means 1.
MODELS   = 2200
SEED     =
# Of make spool-crash.
STATES   = 20000
# Of make torture; 0 is 80, or 1200 with LONG=1.
N        = 0
# What make mutation changes: packages whose tests take seconds.
PACKAGES = $(shell $(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' ./agent/... ./dsp/... ./hw/... ./systemd ./tflite/... | sed 's|^$(CURDIR)|.|')
MUTANTS  = 4

VERSION := $(shell sh build/package/version)
LDFLAGS  = -s -w -X main.version=$(VERSION)
GOBUILD  = CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'

GOLANGCI = $(TOOLS)/golangci-lint-v2.15.0
RELEASE  = $(TOOLS)/release
DEADCODE = $(TOOLS)/deadcode-v0.52.0
NATS     = $(TOOLS)/nats-server-v2.15.2

.PHONY: help build run test vet lint deadcode fuzz cross test-386 test-arm64 test-armv7 test-race test-kernels mutation \
	encodings bench-dsp bench-runtime bench-runtime-arm bench-training bench-training-arm bench-tensorflow \
	bench-families bench-detect bench-agent bench-memory bench-report tensorflow test-tensorflow conformance count-models spool-crash torture guest guest-soak \
	deb release release-check deb-check deb-lifecycle rpm-lifecycle deb-lifecycle-arm64 image image-check boot-test boot-test-pi3 boot-test-pc \
	smoke first-day delegates delegates-arm page page-full pages install uninstall clean ci

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build auscultd and auscult, static, and auscult-delegate, which is not, into build/out/bin.
	$(GOBUILD) -o $(OUT)/bin/ $(PROGRAMS) $(DELEGATE)

run: build ## Learn a fan's normal sound from real recordings and watch the alerts arrive over MQTT.
	$(OUT)/bin/auscult demo

test: ## Run all tests; needs no hardware, network, root, Python or C compiler.
	$(GO) test ./...

vet: ## Run go vet, also for 32 bit and ARM.
	$(GO) vet ./...
	GOARCH=386 $(GO) vet ./...
	GOARCH=arm64 $(GO) vet ./...

lint: $(GOLANGCI) ## Run golangci-lint at its pinned version.
	$(GOLANGCI) run ./...

deadcode: $(DEADCODE) ## List what no program can reach and build/deadcode.allowed gives no reason for.
	bash build/deadcode $(DEADCODE)

fuzz: ## Run every fuzz target for a fixed count of inputs (FUZZTIME).
	bash build/fuzz $(FUZZTIME)

cross: ## Build both programs for the boards: arm64, armv7, armv6; build and vet the tool for macOS and Windows.
	GOOS=linux GOARCH=arm64 $(GOBUILD) -o $(OUT)/bin/linux-arm64/ $(PROGRAMS) $(DELEGATE)
	GOOS=linux GOARCH=arm GOARM=7 $(GOBUILD) -o $(OUT)/bin/linux-armv7/ $(PROGRAMS)
	GOOS=linux GOARCH=arm GOARM=6 $(GOBUILD) -o $(OUT)/bin/linux-armv6/ $(PROGRAMS)
	GOOS=linux GOARCH=arm GOARM=7 $(GOBUILD) -ldflags '$(LDFLAGS) $(ARMHF)' -o $(OUT)/bin/linux-armv7/ $(DELEGATE)
	GOOS=linux GOARCH=arm GOARM=6 $(GOBUILD) -ldflags '$(LDFLAGS) $(ARMHF)' -o $(OUT)/bin/linux-armv6/ $(DELEGATE)
	for system in darwin/arm64 darwin/amd64 windows/amd64; do \
		export CGO_ENABLED=0 GOOS=$${system%/*} GOARCH=$${system#*/}; \
		$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(OUT)/bin/$$GOOS-$$GOARCH/ ./training/cmd/auscult && \
		$(GO) vet $$($(GO) list -deps ./training/cmd/auscult | grep '^github.com/auscult/auscult') || exit 1; \
	done

test-386: ## Run the bit-exact packages' tests, those of the queue of alerts and of the training engine as 32-bit programs.
	CGO_ENABLED=0 GOARCH=386 $(GO) test $(EXACT) ./tflite/backend ./agent/spool ./training/network/...

test-arm64: ## The same on arm64, under qemu-user.
	CGO_ENABLED=0 GOARCH=arm64 $(GO) test -exec 'qemu-aarch64-static -cpu cortex-a53' $(EXACT) ./training/network/...

test-armv7: ## The same on 32-bit ARM, under qemu-user.
	CGO_ENABLED=0 GOARCH=arm GOARM=7 $(GO) test -exec 'qemu-arm-static -cpu cortex-a7' $(EXACT) ./training/network/...

test-race: ## Run tests of what has goroutines under the race detector; needs cgo and a C compiler.
	CGO_ENABLED=1 $(GO) test -race ./agent/... ./hw/... ./systemd/... ./tflite/... $(addprefix ./training/,$(RACE))
	CGO_ENABLED=1 $(GO) test -race -run 'Crew|LateRouse|AnyThreads/generic' ./training/network
	CGO_ENABLED=1 $(GO) test -race -run 'TestRun$$|Stops|OneClip|FollowsFloat' ./training/learn ./training/quantise

test-kernels: ## Run tflite's tests on arm64 processors with and without dot product, under qemu-user, and say what ran.
	for cpu in max cortex-a76 cortex-a53; do \
		echo "$$cpu"; \
		CGO_ENABLED=0 GOARCH=arm64 $(GO) test -count=1 -v -exec "qemu-aarch64-static -cpu $$cpu" ./tflite ./tflite/internal/kernels >$(OUT)/test-kernels || { cat $(OUT)/test-kernels; exit 1; }; \
		sed -nE 's/.*: (the kernels .* (run|NOT RUN.*))$$/  \1/p' $(OUT)/test-kernels | sort -u; \
	done

mutation: ## Change one thing at a time and say what the tests do not notice (PACKAGES, MUTANTS of each, SEED).
	$(GO) run ./build/mutate -n $(MUTANTS) -seed $(or $(SEED),1) $(PACKAGES)

encodings: ## Check the numbers in arm64 assembly against GNU as; needs Python and binutils-aarch64-linux-gnu.
	build/oracle/dsp/encodings
	python3 build/oracle/tflite/encodings.py tflite/internal/kernels/encode_arm64.h
	python3 build/oracle/tflite/encodings.py tflite/matrix/encode_arm64.h
	python3 build/oracle/tflite/encodings.py training/network/internal/kernels/encode_arm64.h

bench-dsp: ## Time the front end beside scipy, librosa and FFTW, count its instructions on ARM; needs Python, a package index, gcc, qemu-user.
	build/bench/dsp/run

bench-runtime: ## Time the runtime beside LiteRT on this machine, also with AVX2 only (FILES="model.tflite …"); needs Python, a package index and gcc.
	bash build/bench/runtime/run time $(FILES)

bench-runtime-arm: ## Count its instructions on ARM and AVX2 beside LiteRT's (FILES="model.tflite …"); needs Python, a package index, qemu-user, gcc for arm64.
	bash build/bench/runtime/run count $(FILES)

tensorflow: ## Build auscult-tf, for 'auscult train --engine tensorflow'; fetches TensorFlow's wheel. TENSORFLOW=tensorflow==2.21.0 takes the one with CUDA.
	training/tensorflow/setup

test-tensorflow: ## Compare the trainings of both engines.
	training/tensorflow/setup test -vet=off -count=1

bench-tensorflow: tensorflow ## Print loss curves and AUC of both engines side by side.
	bash build/bench/tensorflow/run

bench-families: ## Train every family and print what each tells apart, in int8 and float32 (SETS="NAME=FOLDER,FLAG…", SEEDS, FAMILIES).
	bash build/bench/families/run $(SETS)

bench-detect: ## Print what finds faults on machines (DATA=FOLDER/MACHINE/{train,test}/{normal,abnormal}; SHORT=1: the shipped fan), false alarms, sensitivity, streams.
	DATA="$(DATA)" SHORT="$(SHORT)" bash build/bench/detect/run $(ARGS)

bench-report: ## Time reports about the shipped recordings, with the families that they train, and evaluation.
	bash build/bench/report/run

bench-agent: ## Print how late a node tells what it hears, its memory, what it writes, its instructions on ARM (HOURS of sound played fast); needs mosquitto, gcc, qemu-user.
	bash build/bench/agent/run $(HOURS)

bench-memory: ## Print what memory and time commands take on a day of sound and on 100,000 clips: an hour, 16 GB (SHORT=1: minutes).
	bash build/bench/memory/run $(if $(SHORT),short)

bench-training: ## Time a training epoch beside PyTorch, also with AVX2, and compare memory; needs Python and a package index.
	bash build/bench/training/run time

bench-training-arm: ## Count a training step's instructions on ARM, NEON and generic; needs qemu-user and gcc.
	bash build/bench/training/run count

conformance: ## Compare random models with LiteRT byte by byte (MODELS, SEED); needs Python and a package index.
	bash build/oracle/tflite/conformance $(MODELS) $(SEED)

delegates: ## Run models by LiteRT and TensorFlow Lite 2.17 and 2.21, and by libraries that break; needs Python, Maven, gcc.
	build/delegates/run

delegates-arm: ## The same runtimes for arm64 and 32-bit ARM, under qemu-user; needs apt-get too.
	build/delegates/run arm

spool-crash: ## Cut the power at every step of what the queue of alerts does, in STATES states, and open it.
	$(GO) test ./agent/spool -count=1 -run TestCrashStates -v -timeout 30m -args -crash-states $(STATES)

torture: build $(NATS) ## Kill and cheat nodes at mosquitto, NATS and RabbitMQ, and count what is lost (N kills; LONG=1: hours; ONLY=part of a case's name; JSON=1).
	$(GO) build -o $(TOOLS)/torture ./build/torture
	$(TOOLS)/torture --daemon $(OUT)/bin/auscultd --nats $(NATS) --kills $(N) --only '$(ONLY)' $(if $(LONG),--long) $(if $(JSON),--json)

guest: ## Run the sources on Debian's arm64 kernel in qemu; installs what it needs with apt-get, as root.
	build/guest/run

guest-soak: ## The same with ten minutes of capture.
	build/guest/run --soak

deb: $(RELEASE) ## Build the packages for arm64, armhf and amd64 into build/out/deb.
	RELEASE=$(RELEASE) VERSION=$(VERSION) bash build/package/build arm64 armhf amd64

release: $(RELEASE) ## Build all that is handed out into build/out/release: archives, packages, image, checksums (KEY: a minisign key signs them).
	RELEASE=$(RELEASE) VERSION=$(VERSION) KEY='$(KEY)' bash build/package/release

release-check: $(RELEASE) ## Build it twice, from another folder too, compare all bytes, and install from it.
	RELEASE=$(RELEASE) VERSION=$(VERSION) bash build/package/release-check

deb-check: deb ## Check the packages, install one into a root tree; needs root, lintian, systemd, qemu-user.
	bash build/package/check $(OUT)/deb

deb-lifecycle: deb ## Install, upgrade, cut off, update, remove and purge the package in a layer above this system; needs root, minisign.
	bash build/package/lifecycle $(OUT)/deb/auscult_*_amd64.deb

rpm-lifecycle: $(RELEASE) ## The same by rpm, of the .rpm that release has built; needs root, rpm.
	RELEASE=$(RELEASE) bash build/package/rpm-lifecycle $(OUT)/rpm/auscult-*.x86_64.rpm

deb-lifecycle-arm64: deb ## The same for arm64, emulated, above the card image's base; builds that at first.
	build/image/base $(OUT)/image >$(OUT)/image.base
	rm -rf $(OUT)/image/.lower && mkdir -p $(OUT)/image/.lower
	tar --numeric-owner -xf "$$(cat $(OUT)/image.base)" -C $(OUT)/image/.lower --exclude='./dev/*'
	bash build/package/lifecycle $(OUT)/deb/auscult_*_arm64.deb $(OUT)/image/.lower
	rm -rf $(OUT)/image/.lower

image: deb ## Build the card image for Pi 3, Zero 2 W and 4 into build/out/image; needs root, Debian's packages (LEVEL, MINISIGN_KEY).
	VERSION=$(VERSION) bash build/image/build $(OUT)/deb/auscult_*_arm64.deb

image-check: deb ## Build the card image twice, compare all bytes, its signature, map and lists; needs root, Debian's packages.
	VERSION=$(VERSION) bash build/image/check $(OUT)/deb/auscult_*_arm64.deb

boot-test: build ## Boot the card image in qemu, from a blank card to an alert at a broker and a power cut in the middle of one.
	python3 build/image/boot-test $(OUT)/image/auscult-*.img $(OUT)/image/vmlinuz $(OUT)/image/initrd

boot-test-pi3: build ## Boot it on an emulated Pi 3, until it has read its files and told its status.
	python3 build/image/boot-test --machine raspi3b --dtb $(OUT)/image/raspi3b.dtb --short $(OUT)/image/auscult-*.img $(OUT)/image/vmlinuz $(OUT)/image/initrd

boot-test-pc: build $(RELEASE) ## Build the same image for amd64, where nothing of it is emulated, and boot that in qemu: minutes, so CI does it too.
	RELEASE=$(RELEASE) VERSION=$(VERSION) bash build/package/build amd64
	VERSION=$(VERSION) bash build/image/build $(OUT)/deb/auscult_*_amd64.deb
	python3 build/image/boot-test --machine pc $(OUT)/image-amd64/auscult-*.img $(OUT)/image-amd64/vmlinuz $(OUT)/image-amd64/initrd

count-models: build ## Count what is read, run and equal to LiteRT of the models in FOLDER (LIST: a table of classes and earlier outcomes); needs Python and a package index.
	bash build/oracle/tflite/conformance 8 1 >/dev/null
	$(OUT)/venv-litert-2.3.0/bin/python build/oracle/tflite/count.py $(FOLDER) $(if $(LIST),--list $(LIST)) --auscult $(OUT)/bin/auscult

smoke: build ## Run `make run` against the clock and check that its summary is there.
	bash build/smoke $(OUT)/bin/auscult

first-day: deb ## Follow docs/start.md on a blank Debian until the node guards, and break its pump; needs root, mmdebstrap.
	bash build/first-day $(OUT)/deb/auscult_*_$$(dpkg --print-architecture).deb

page: $(OUT)/demo/report.html ## Open the demo's report in headless Chromium, light and dark, and print it; needs chromium.
	bash build/page $<

page-full: ## Open the full report that bench-report made likewise: it has the models that were trained for it.
	bash build/page $(OUT)/bench-report/full.html models compression

$(OUT)/demo/report.html:
	$(MAKE) smoke

pages: build ## Write docs/cli, docs/json and docs/operators.md from the code.
	rm -rf $(OUT)/cli
	$(OUT)/bin/auscult manual --format markdown $(OUT)/cli
	rm -rf docs/cli && mv $(OUT)/cli docs/cli
	$(GO) test ./training/cmd/auscult -count=1 -run JSONPage -update
	$(GO) test ./tflite -count=1 -run OperatorsPage -update

install: build ## Install programs, unit and default configuration below PREFIX (and DESTDIR).
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' bash build/package/install $(OUT)/bin

uninstall: ## Remove what install installed; configuration and state stay.
	DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' bash build/package/install --remove

clean: ## Remove everything that was built, tools included.
	rm -rf $(OUT)

ci: ## Do what CI does, on this machine; installs what it needs with apt-get.
	.ci/run

$(TOOLS)/golangci-lint-%:
	GOBIN=$(abspath $@.d) CGO_ENABLED=0 $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$*
	mv $@.d/golangci-lint $@ && rmdir $@.d

$(RELEASE): $(wildcard build/release/*.go) build/release/go.mod build/release/go.sum
	cd build/release && CGO_ENABLED=0 $(GO) build -o $(abspath $@) .

$(TOOLS)/nats-server-%:
	GOBIN=$(abspath $@.d) CGO_ENABLED=0 $(GO) install github.com/nats-io/nats-server/v2@$*
	mv $@.d/nats-server $@ && rmdir $@.d

$(TOOLS)/deadcode-%:
	GOBIN=$(abspath $@.d) CGO_ENABLED=0 $(GO) install golang.org/x/tools/cmd/deadcode@$*
	mv $@.d/deadcode $@ && rmdir $@.d
