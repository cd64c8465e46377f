/* SPDX-License-Identifier: MIT */
/* What an agent says. */
#include "agent_output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "workload.h"

void agent_say(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static void say_hist(const char *name, const struct hist *hist)
{
	for (unsigned int i = 0; i < HIST_BUCKETS; i++)
		if (hist->buckets[i])
			agent_say("hist %s %" PRIu64 " %" PRIu64, name, hist_bucket_high(i),
				  hist->buckets[i]);
}

void agent_say_sample(struct endpoint *endpoint)
{
	struct sample sample;
	sample_clear(&sample);
	endpoint_report(endpoint, &sample);
	for (size_t i = 0; i < sample_table.count; i++) {
		const struct field *field = &sample_table.rows[i];
		char text[FIELD_ROOM];
		if (!field_known(field, &sample))
			continue;
		field_format(field, &sample, text);
		agent_say("sample %s=%s", field->name, text);
	}
	if (!endpoint->receiver && (endpoint->workload->flags & WORKLOAD_RESPONDS))
		say_hist("latency", &endpoint->threads[0].worker.latency);
	agent_say("done");
}
