# SPDX-License-Identifier: MIT
# build/zcprobe, for which clang (to BPF), bpftool and libbpf are needed; without them the rest is
# built all the same.

BPF_CLANG ?= clang
BPFTOOL ?= $(or $(shell command -v bpftool 2>/dev/null),$(wildcard /usr/sbin/bpftool))
BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Wno-unused-parameter -Werror
BPF_HEADERS := $(wildcard kernel-probes/*.bpf.h) kernel-probes/vmlinux.h kernel-probes/count.h
PROBE_SKELETONS := $(BUILD)/kernel-probes/cast.skel.h $(BUILD)/kernel-probes/read.skel.h
PROBE_SOURCES := $(sort $(filter-out %.bpf.c,$(wildcard kernel-probes/*.c)))
PROBE_OBJECTS := $(PROBE_SOURCES:%.c=$(BUILD)/%.o)
PROBE_LIBRARY := $(filter-out %/main.o,$(PROBE_OBJECTS))
PROBE_LDLIBS = -lbpf -lelf -lz -ljansson

PROBE_MISSING := $(strip \
	$(if $(shell command -v $(BPF_CLANG) 2>/dev/null),,clang) \
	$(if $(BPFTOOL),,bpftool) \
	$(if $(wildcard /usr/include/bpf/libbpf.h),,libbpf-dev) \
	$(if $(wildcard /usr/include/libelf.h),,libelf-dev))

ifeq ($(PROBE_MISSING),)
all: probes
else
all: probes-missing
endif

probes: $(BUILD)/zcprobe $(BUILD)/zcbench-audit $(BUILD)/kernel-probes/idle.bpf.o

probes-missing:
	@echo "zcprobe (kernel probes, zcbench audit) is not built; it needs: $(PROBE_MISSING)" >&2

$(BUILD)/kernel-probes/%.bpf.o: kernel-probes/%.bpf.c $(BPF_HEADERS)
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_$(BPF_ARCH) -c -o $@ $<

$(BUILD)/kernel-probes/%.skel.h: $(BUILD)/kernel-probes/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@

# The generated header is not ours to keep free of warnings.
$(BUILD)/kernel-probes/%.o: kernel-probes/%.c $(PROBE_SKELETONS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -isystem $(BUILD)/kernel-probes -c -o $@ $<

$(BUILD)/zcprobe: $(PROBE_OBJECTS) $(BUILD)/bench/reason.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PROBE_LDLIBS)

$(BUILD)/zcbench-audit: $(BUILD)/zcprobe
	$(Q)ln -sf zcprobe $@

# What is missing for the probes is no reason to stop: the rest is built without them.
deps check: probe-deps
probe-deps:
	-$(Q)tests/deps probes

# Both architectures compile, whatever this machine is.
probes-arches: $(BPF_HEADERS)
	$(Q)mkdir -p $(BUILD)/kernel-probes
	$(Q)for arch in x86 arm64; do for object in cast read; do \
		$(BPF_CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_$$arch \
			-c -o $(BUILD)/kernel-probes/$$object.$$arch.o kernel-probes/$$object.bpf.c || exit 1; \
	done; done

ifeq ($(PROBE_MISSING),)
install: install-probes
endif
install-probes: probes
	install -D -m 755 $(BUILD)/zcprobe $(DESTDIR)$(PREFIX)/libexec/zcbench/zcprobe
	ln -sf zcprobe $(DESTDIR)$(PREFIX)/libexec/zcbench/zcbench-audit

-include $(PROBE_OBJECTS:.o=.d)

.SECONDARY: $(PROBE_SKELETONS) $(PROBE_SKELETONS:.skel.h=.bpf.o)
.PHONY: probes probe-deps probes-missing probes-arches install-probes
