/* SPDX-License-Identifier: MIT */
/* What an agent says. */
#include "agent_output.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent.h"
#include "host.h"
#include "prober.h"
#include "version.h"
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

void agent_say_field(const struct field *field, const struct sample *sample)
{
	char text[FIELD_ROOM];
	if (!field_known(field, sample))
		return;
	field_format(field, sample, text);
	agent_say("sample %s=%s", field->name, text);
}

void agent_say_sample(struct endpoint *endpoint)
{
	struct sample sample;
	sample_clear(&sample);
	endpoint_report(endpoint, &sample);
	for (size_t i = 0; i < sample_table.count; i++)
		agent_say_field(&sample_table.rows[i], &sample);
	if (!endpoint->receiver && (endpoint->workload->flags & WORKLOAD_RESPONDS))
		say_hist("latency", &endpoint->threads[0].worker.latency);
	agent_say("done");
}

void agent_greet(void)
{
	struct utsname name;
	char capabilities[64] = "-", boot[64];
	if (host_read(boot, sizeof(boot), "/proc/sys/kernel/random/boot_id") <= 0)
		strcpy(boot, "-");
	host_read_key("/proc/self/status", "CapEff", capabilities, sizeof(capabilities));
	agent_say("hello %d %s %s %s %s %" PRIu64, AGENT_PROTOCOL, ZCBENCH_VERSION,
		  uname(&name) ? "-" : name.release, capabilities, boot, prober_netns(-1));
}
