# SPDX-License-Identifier: MIT
# make lab                 every scenario of lab/scenarios on Linux 6.12, under QEMU
# make lab KERNEL=7.3      on another kernel of lab/kernels; SCENARIO=NAME: only that one
# make lab-all             on every kernel
# make lab-check           tests of the lab itself
# The guest's programs are this build's: build/zcbench, and build/zcprobe if it is there.

KERNEL ?= 6.12
SCENARIO ?=
LAB_ARGUMENTS = $(if $(SCENARIO),-s $(SCENARIO))

lab: all
	$(Q)BUILD=$(BUILD) lab/suite $(KERNEL) $(LAB_ARGUMENTS)

lab-all: all
	$(Q)BUILD=$(BUILD) lab/suite $(LAB_ARGUMENTS)

lab-check: all
	$(Q)BUILD=$(BUILD) tests/lab/check

.PHONY: lab lab-all lab-check
