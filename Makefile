# SPDX-License-Identifier: MIT
# make            build/zcbench, its man page and completion
# make bench      install what is missing, build, characterise this host (2-3 minutes)
# make check      install what is missing, build, run all tests
# V=1 shows the commands. CC, CFLAGS, BUILD, PREFIX and DESTDIR mean what they always do.

BUILD ?= build
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
COMMIT := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
LIBRARIES := liburing jansson yaml-0.1 libmnl

Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(2)")

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Ibench $(WARNINGS) $(CFLAGS) $(EXTRA_CFLAGS) -MMD -MP
LDLIBS = -luring -ljansson -lyaml -lmnl -lpthread -lm
INSTALLED = -DZCBENCH_DATA='"$(PREFIX)/share/zcbench"' \
	-DZCBENCH_LIBEXEC='"$(PREFIX)/libexec/zcbench"'

SOURCES := $(sort $(wildcard bench/*.c bench/modes/*.c bench/paths/*.c bench/services/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIBRARY := $(filter-out $(BUILD)/bench/main.o,$(OBJECTS))
UNIT_TESTS := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BINARIES := $(UNIT_TESTS:%.c=$(BUILD)/%)
FUZZ_TARGETS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

all: $(BUILD)/zcbench $(BUILD)/zcbench.1 $(BUILD)/zcbench.bash $(BUILD)/zcbench-push

$(BUILD)/zcbench: $(OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/bench/%.o: bench/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(INSTALLED) -c -o $@ $<

# Only these know the commit and the flags, so that a new commit rebuilds one file.
$(BUILD)/bench/host_build.o: ALL_CFLAGS += -DZCBENCH_COMMIT='"$(COMMIT)"' -DZCBENCH_CFLAGS='"$(CFLAGS) $(EXTRA_CFLAGS)"'
$(BUILD)/bench/host_build.o: $(BUILD)/commit
$(BUILD)/commit: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(COMMIT) $(CFLAGS) $(EXTRA_CFLAGS)' | cmp -s - $@ || echo '$(COMMIT) $(CFLAGS) $(EXTRA_CFLAGS)' > $@

$(BUILD)/zcbench.1: $(BUILD)/zcbench
	$(call say,MAN,$@)
	$(Q)$< help --man > $@
$(BUILD)/zcbench.bash: $(BUILD)/zcbench
	$(call say,GEN,$@)
	$(Q)$< help --completion > $@

$(BUILD)/zcbench-push: bench/zcbench-push
	$(Q)install -D -m 755 $< $@

$(BUILD)/tests/unit/%: tests/unit/%.c $(LIBRARY)
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) -lcmocka $(LDLIBS)

# With CC=clang and the sanitizers of tests/runner/fuzz.py in EXTRA_CFLAGS.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(LIBRARY)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(LIBRARY) $(LDLIBS)

results/COLUMNS.md: $(BUILD)/zcbench
	$(Q)$< list fields > $@

# Without clang and bpftool all but the kernel probes is there, and says so.
deps:
	$(Q)tests/deps build
	$(Q)tests/deps probes || true

bench: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)$(BUILD)/zcbench run experiments/quick.yaml

check: deps
	$(Q)tests/deps test
	$(Q)$(MAKE) --no-print-directory all unit-tests
	$(Q)BUILD=$(BUILD) tests/run

# Breaks runs at hundreds of random moments (tests/e2e/test_chaos.py); about ten minutes.
check-faults: all
	$(Q)FAULT_KILLS=$${FAULT_KILLS:-300} E2E_LIMIT=1800 BUILD=$(BUILD) tests/run e2e -k random_kills -k nothing_grows

# Speed against iperf3, in interleaved repeats; prints ratios with their intervals.
bench-peers:
	$(Q)tests/deps build peers
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/peers $(BUILD)/zcbench $(PEERS_ARGS)

# What the kernel probes cost, on and off in turn; prints ratios with their intervals.
bench-probes:
	$(Q)tests/deps build probes
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/probe-cost $(BUILD)/zcbench $(PROBES_ARGS)

unit-tests: $(UNIT_BINARIES)
fuzz-targets: $(FUZZ_TARGETS)

install: all
	install -D -m 755 $(BUILD)/zcbench $(DESTDIR)$(PREFIX)/bin/zcbench
	install -D -m 755 $(BUILD)/zcbench-push $(DESTDIR)$(PREFIX)/libexec/zcbench/zcbench-push
	install -D -m 644 $(BUILD)/zcbench.1 $(DESTDIR)$(PREFIX)/share/man/man1/zcbench.1
	install -D -m 644 $(BUILD)/zcbench.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/zcbench
	install -d $(DESTDIR)$(PREFIX)/share/zcbench/experiments
	install -m 644 experiments/*.yaml $(DESTDIR)$(PREFIX)/share/zcbench/experiments/

clean:
	rm -rf $(BUILD)

-include harness/harness.mk
-include harness/fleet/fleet.mk
-include lab/lab.mk

-include kernel-probes/probes.mk

-include $(OBJECTS:.o=.d) $(UNIT_BINARIES:%=%.d) $(FUZZ_TARGETS:%=%.d)

.PHONY: all deps bench check check-faults bench-peers bench-probes unit-tests fuzz-targets install clean FORCE
.DELETE_ON_ERROR:
