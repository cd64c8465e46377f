# SPDX-License-Identifier: MIT
# `zcbench fleet`, and the Ansible role that makes the runs which it compares.

FLEET_HOME = $(DESTDIR)$(PREFIX)/libexec/zcbench/harness/fleet

all: $(BUILD)/zcbench-fleet

$(BUILD)/zcbench-fleet: harness/fleet/zcbench-fleet
	$(Q)mkdir -p $(@D)
	$(Q)ln -sf $(CURDIR)/$< $@

install: install-fleet
install-fleet: all
	install -d $(FLEET_HOME)/roles/zcbench/defaults $(FLEET_HOME)/roles/zcbench/tasks
	install -m 755 harness/fleet/zcbench-fleet $(FLEET_HOME)/
	install -m 644 harness/fleet/outliers.py harness/fleet/*.yml $(FLEET_HOME)/
	install -m 644 harness/fleet/roles/zcbench/defaults/*.yml $(FLEET_HOME)/roles/zcbench/defaults/
	install -m 644 harness/fleet/roles/zcbench/tasks/*.yml $(FLEET_HOME)/roles/zcbench/tasks/
	ln -sf harness/fleet/zcbench-fleet $(DESTDIR)$(PREFIX)/libexec/zcbench/zcbench-fleet

.PHONY: install-fleet
