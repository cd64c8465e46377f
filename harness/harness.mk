# SPDX-License-Identifier: MIT
# The verbs in Python: build/zcbench-VERB are links, and zcbench hands over to them.

HARNESS_VERBS := summary crossover compare history nightly export plot report
HARNESS_LINKS := $(HARNESS_VERBS:%=$(BUILD)/zcbench-%)
HARNESS_HOME = $(DESTDIR)$(PREFIX)/libexec/zcbench

all: $(HARNESS_LINKS) $(BUILD)/zcbench-slow.so

$(HARNESS_LINKS): harness/bin/zcbench-harness
	$(Q)mkdir -p $(@D)
	$(Q)ln -sf $(CURDIR)/$< $@

# Makes senders slower by a known share: the positive control of the nightly gate.
$(BUILD)/zcbench-slow.so: harness/slow/slow_send.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -fPIC -shared -o $@ $<

install: install-harness
install-harness: all
	install -d $(HARNESS_HOME)/harness/bin $(HARNESS_HOME)/harness/zcbench $(HARNESS_HOME)/harness/nightly
	install -d $(HARNESS_HOME)/plots
	install -m 755 harness/bin/zcbench-harness $(HARNESS_HOME)/harness/bin/
	install -m 644 harness/zcbench/*.py $(HARNESS_HOME)/harness/zcbench/
	install -m 644 harness/nightly/* $(HARNESS_HOME)/harness/nightly/
	install -m 644 plots/*.py plots/*.gp $(HARNESS_HOME)/plots/
	install -m 755 $(BUILD)/zcbench-slow.so $(HARNESS_HOME)/zcbench-slow.so
	for verb in $(HARNESS_VERBS); do \
		ln -sf harness/bin/zcbench-harness $(HARNESS_HOME)/zcbench-$$verb; done

HARNESS_PYTHON := PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3

check-harness: $(HARNESS_LINKS)
	$(Q)$(HARNESS_PYTHON) -m unittest discover -s tests/harness

# Many more simulated nights, comparisons and crossovers: rates to a digit more, about ten minutes.
check-long: $(HARNESS_LINKS)
	$(Q)ZCBENCH_LONG=1 $(HARNESS_PYTHON) -m unittest discover -s tests/harness -p 'test_[cs]*.py' -v

# 365 nights of 600 cells and 10 repeats: indexing and judging, with time and memory.
bench-history: $(HARNESS_LINKS)
	$(Q)$(HARNESS_PYTHON) tests/harness/bench_history.py

# A report of every cell of experiments/full.yaml, with planted speeds.
bench-report: all
	$(Q)$(HARNESS_PYTHON) tests/harness/bench_report.py $(BUILD)/zcbench

# The reports of the committed runs, made again.
reference-report: $(HARNESS_LINKS)
	$(Q)for run in results/reference/*/; do $(BUILD)/zcbench-report $$run --redact -o $${run}report || exit 1; done

# Real runs on this machine, 40 minutes of them: A/A must find nothing, a sender slowed by 5 % must be
# found. A second call goes on where the first was stopped; CONTROL_ARGS="--judge" only judges again
# what build/control holds, "--runs 3" makes fewer.
check-control: all
	$(Q)ZCBENCH=$(BUILD)/zcbench $(HARNESS_PYTHON) tests/harness/control.py $(BUILD)/control $(CONTROL_ARGS)

.PHONY: install-harness check-harness check-long bench-history bench-report reference-report check-control
