# Everything here runs on Debian or Ubuntu with Swift 6.2 or later, git and make; system packages are installed as needed.

SWIFT_SOURCES := $(wildcard Sources Tests Examples Benchmarks Fuzz Package.swift)
EXAMPLES := $(patsubst %/Package.swift,%,$(wildcard Examples/*/Package.swift))

.PHONY: help build demo test test-unit test-pcsc examples bench lint format clean build-deps test-deps

help:
	@echo 'make demo       build and show: a simulated citizen card is read and verified'
	@echo 'make test       build and run every test, those over PC/SC included'
	@echo 'make test-unit  run the tests that need no smart-card service'
	@echo 'make test-pcsc  run the tests over PC/SC with a private pcscd and virtual reader'
	@echo 'make build      build for debugging'
	@echo 'make examples   build the programs in Examples/'
	@echo 'make bench      measure speed against the limits of docs/performance.md'
	@echo 'make lint       check the formatting; make format corrects it'
	@echo 'make clean      remove what was built'

build: build-deps
	swift build --explicit-target-dependency-import-check=error

demo: build-deps
	@swift build --quiet --configuration release --product emrtd
	@"$$(swift build --configuration release --show-bin-path)/emrtd" demo

test: test-deps
	@Scripts/test

test-unit: test-deps
	@Scripts/test unit

test-pcsc: test-deps
	@Scripts/test pcsc

examples: build-deps
	@set -e; for example in $(EXAMPLES); do echo "$$example"; swift build --package-path "$$example"; done

bench: build-deps
	@Scripts/bench

lint:
	@Scripts/require-swift
	@swift format lint --strict --recursive $(SWIFT_SOURCES)

format:
	@Scripts/require-swift
	@swift format --in-place --recursive $(SWIFT_SOURCES)

clean:
	rm -rf .build $(addsuffix /.build,$(EXAMPLES) Benchmarks)

build-deps:
	@Scripts/require-swift
	@Scripts/install-build-deps

test-deps: build-deps
	@Scripts/install-test-deps
