/* SPDX-License-Identifier: MIT */
/*
 * hygiene: what in the state of this host spoils a measurement, and what would put it right.
 * Nothing is changed. A check that cannot see what it needs says UNKNOWN and why: that nobody
 * looked is not good news.
 */
#ifndef ZCBENCH_HYGIENE_H
#define ZCBENCH_HYGIENE_H

#include <jansson.h>

#include "reason.h"

enum hygiene_status { HYGIENE_GOOD, HYGIENE_WARNING, HYGIENE_UNKNOWN };

struct hygiene_finding {
	enum hygiene_status status;
	struct reason finding; /* what was seen and what it does to the numbers; a sentence */
	struct reason remedy;  /* the command, sysctl, boot or firmware option; "": none */
};

struct hygiene_check {
	const char *name;
	const char *summary; /* what it looks at */
	/* Fills in the finding. 0, or -errno (-ENOMEM) when it could not even look. */
	int (*run)(struct hygiene_finding *finding);
};

/* The registry, in the order of printing; NULL ends it. */
extern const struct hygiene_check *const hygiene_checks[];

const char *hygiene_status_name(enum hygiene_status status); /* good, warning, unknown */

/* All checks: [{check, status, finding, remedy}], the last only where there is one. */
json_t *hygiene_findings(void);

/* ---- for the checks; each returns 0, so that a check can end with it ---- */

int hygiene_good(struct hygiene_finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int hygiene_warning(struct hygiene_finding *finding, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int hygiene_unknown(struct hygiene_finding *finding, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

extern const struct hygiene_check hygiene_governor, hygiene_turbo, hygiene_smt, hygiene_cstates,
	hygiene_mitigations, hygiene_thermal, hygiene_clocksource, hygiene_virtual_machine,
	hygiene_irq_placement, hygiene_numa, hygiene_iommu, hygiene_memlock, hygiene_optmem_max,
	hygiene_thp, hygiene_qdisc, hygiene_congestion, hygiene_offloads, hygiene_lending,
	hygiene_load, hygiene_io_uring, hygiene_pmu;

/* ---- seams for the tests (and host_root, see host.h) ---- */

/* The checks of devices, on what host_nics() says. */
int hygiene_irqs_judge(const json_t *nics, struct hygiene_finding *finding);
int hygiene_numa_judge(const json_t *nics, struct hygiene_finding *finding);
int hygiene_qdisc_judge(const json_t *nics, struct hygiene_finding *finding);
int hygiene_offloads_judge(const json_t *nics, struct hygiene_finding *finding);
int hygiene_lending_judge(const json_t *nics, struct hygiene_finding *finding);

/* Called between the two readings of /proc/stat; sleeps for 200 ms. */
extern void (*hygiene_pause)(void);

#endif
