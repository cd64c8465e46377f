/* SPDX-License-Identifier: MIT */
/* object: the BPF objects that are built into zcprobe, of which one suits this kernel. */
#ifndef ZCPROBE_OBJECT_H
#define ZCPROBE_OBJECT_H

#include "probe.h"

/* Sets probe->object, none of whose programs is to be loaded yet. 0, or -errno and a sentence. */
int object_open(struct probe *probe, struct reason *why);

#endif
