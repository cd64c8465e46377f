# SPDX-License-Identifier: MIT
# make lab                 every scenario of lab/scenarios on Linux 6.12, under QEMU
# make lab KERNEL=7.3      on another kernel of lab/kernels; SCENARIO=NAME: only that one
# make lab-all             on every kernel
# make lab-check           tests of the lab itself
# The guest's programs are this build's: build/zcbench, and build/zcprobe if it is there.

KERNEL ?= 6.12
SCENARIO ?=
LAB_ARGUMENTS = $(if $(SCENARIO),-s $(SCENARIO))

# Programs of the guests alone.
LAB_PROGRAMS = $(addprefix $(BUILD)/lab/,packet-tap veth-pair xsk-traffic zerocopy-traffic)
$(BUILD)/lab/packet-tap: lab/guest/packet_tap.c
$(BUILD)/lab/veth-pair: lab/guest/veth_pair.c $(LIBRARY)
$(BUILD)/lab/xsk-traffic: lab/guest/xsk_traffic.c
$(BUILD)/lab/zerocopy-traffic: lab/guest/zerocopy_traffic.c
$(LAB_PROGRAMS):
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

lab-programs: all $(LAB_PROGRAMS)

lab: lab-programs
	$(Q)BUILD=$(BUILD) lab/suite $(KERNEL) $(LAB_ARGUMENTS)

lab-all: lab-programs
	$(Q)BUILD=$(BUILD) lab/suite $(LAB_ARGUMENTS)

lab-check: lab-programs
	$(Q)BUILD=$(BUILD) tests/lab/check

.PHONY: lab lab-all lab-check lab-programs
