/* SPDX-License-Identifier: MIT */
#include "hygiene.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

const struct hygiene_check *const hygiene_checks[] = {
	&hygiene_load,
	&hygiene_virtual_machine,
	&hygiene_clocksource,
	/* The CPU. */
	&hygiene_governor,
	&hygiene_turbo,
	&hygiene_smt,
	&hygiene_cstates,
	&hygiene_thermal,
	&hygiene_mitigations,
	/* Memory. */
	&hygiene_numa,
	&hygiene_iommu,
	&hygiene_thp,
	&hygiene_memlock,
	&hygiene_optmem_max,
	/* The network. */
	&hygiene_irq_placement,
	&hygiene_qdisc,
	&hygiene_congestion,
	&hygiene_offloads,
	&hygiene_lending,
	/* What the kernel lets us use. */
	&hygiene_io_uring,
	&hygiene_pmu,
	NULL,
};

const char *hygiene_status_name(enum hygiene_status status)
{
	static const char *const names[] = {
		[HYGIENE_GOOD] = "good",
		[HYGIENE_WARNING] = "warning",
		[HYGIENE_UNKNOWN] = "unknown",
	};
	return names[status];
}

__attribute__((format(printf, 4, 0))) static int finding_set(struct hygiene_finding *finding,
							     enum hygiene_status status,
							     const char *remedy, const char *format,
							     va_list args)
{
	char text[REASON_ROOM];
	vsnprintf(text, sizeof(text), format, args);
	finding->status = status;
	/* reason_set keeps newlines out. */
	reason_set(&finding->finding, 0, "%s", text);
	reason_set(&finding->remedy, 0, "%s", remedy ? remedy : "");
	return 0;
}

int hygiene_good(struct hygiene_finding *finding, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	finding_set(finding, HYGIENE_GOOD, NULL, format, args);
	va_end(args);
	return 0;
}

int hygiene_warning(struct hygiene_finding *finding, const char *remedy, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	finding_set(finding, HYGIENE_WARNING, remedy, format, args);
	va_end(args);
	return 0;
}

int hygiene_unknown(struct hygiene_finding *finding, const char *remedy, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	finding_set(finding, HYGIENE_UNKNOWN, remedy, format, args);
	va_end(args);
	return 0;
}

json_t *hygiene_findings(void)
{
	json_t *list = json_array();
	for (size_t i = 0; hygiene_checks[i]; i++) {
		struct hygiene_finding found = { 0 };
		hygiene_checks[i]->run(&found);
		const char *remedy = *found.remedy.text ? found.remedy.text : NULL;
		json_array_append_new(list,
				      json_pack("{ss ss ss ss*}", "check", hygiene_checks[i]->name,
						"status", hygiene_status_name(found.status),
						"finding", found.finding.text, "remedy", remedy));
	}
	return list;
}
