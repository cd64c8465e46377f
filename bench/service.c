/* SPDX-License-Identifier: MIT */
/* What is asked of any service: does it fit a cell, and what does it give? */
#include "service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path.h"
#include "workload.h"

/* The dimensions of sockets and devices, which not every service has. */
static const char *const dimensions[] = {
	"sndbuf", "rcvbuf", "rcvlowat", "nodelay", "cork",   "congestion", "mtu",   "mss", "sg",
	"gso",    "tso",    "gro",      "family",  "queues", "busy_poll",  "force", NULL,
};

const struct service *service_of(const struct cell *cell)
{
	const struct service *service = cell_tx(cell)->service;
	return service == cell_rx(cell)->service ? service : NULL;
}

bool service_fits(const struct cell *cell)
{
	const struct service *service = service_of(cell);
	return service && (!(service->flags & SERVICE_LOCAL) || cell_path(cell)->here);
}

static bool obeys(const struct service *service, const char *name)
{
	for (size_t i = 0; service->dimensions && service->dimensions[i]; i++)
		if (!strcmp(service->dimensions[i], name))
			return true;
	return false;
}

static int check_dimensions(const struct service *service, const struct cell *cell,
			    struct reason *why)
{
	struct cell preset;
	field_presets(&cell_table, &preset);
	for (size_t i = 0; dimensions[i]; i++) {
		const struct field *field = field_find(&cell_table, dimensions[i]);
		char set[FIELD_ROOM], plain[FIELD_ROOM];
		field_format(field, cell, set);
		field_format(field, &preset, plain);
		if (strcmp(set, plain) && !obeys(service, dimensions[i]))
			return reason_set(why, EINVAL, "service %s has no %s; leave --%s at %s",
					  service->name, field->name, field->name, plain);
	}
	return 0;
}

int service_check(const struct cell *cell, struct reason *why)
{
	const struct copy_mode *tx = cell_tx(cell), *rx = cell_rx(cell);
	const struct service *service = tx->service;
	if (service != rx->service)
		return reason_set(
			why, EINVAL,
			"tx %s sends by %s and rx %s receives by %s; use --rx %s, or --tx "
			"%s",
			tx->name, service->name, rx->name, rx->service->name, service->rx->name,
			rx->service->tx->name);
	if ((service->flags & SERVICE_LOCAL) && !cell_path(cell)->here)
		return reason_set(
			why, EINVAL,
			"service %s joins two processes of one host, with no path between "
			"them; use --path lo",
			service->name);
	if (!(service->flags & SERVICE_ANSWERS) && (cell_workload(cell)->flags & WORKLOAD_RESPONDS))
		return reason_set(why, EINVAL,
				  "service %s carries no responses; use --workload stream",
				  service->name);
	return check_dimensions(service, cell, why);
}

const char *service_checksum_by(const struct service *service)
{
	static const char *const names[] = {
		[CHECKSUM_NOBODY] = "nobody",
		[CHECKSUM_KERNEL] = "kernel",
		[CHECKSUM_DEVICE] = "device",
		[CHECKSUM_PROGRAM] = "program",
	};
	return names[service->checksum];
}

static const char *delivery(const struct service *service)
{
	return service->flags & SERVICE_DATAGRAMS ? "datagrams" : "stream";
}

void service_describe(const struct cell *cell, struct sample *sample)
{
	const struct service *service = service_of(cell);
	if (!service)
		return;
	snprintf(sample->service, sizeof(sample->service), "%s", service->name);
	snprintf(sample->delivery, sizeof(sample->delivery), "%s", delivery(service));
	snprintf(sample->checksum_by, sizeof(sample->checksum_by), "%s",
		 service_checksum_by(service));
	sample->reliable = !!(service->flags & SERVICE_RELIABLE);
	sample->ordered = !!(service->flags & SERVICE_ORDERED);
	sample->encrypted = !!(service->flags & SERVICE_ENCRYPTED);
}

void service_gives(const struct service *service, char *text, size_t room)
{
	snprintf(text, room, "%s, %s, %s, %s, checksums by %s%s", delivery(service),
		 service->flags & SERVICE_RELIABLE ? "reliable" : "unreliable",
		 service->flags & SERVICE_ORDERED ? "ordered" : "unordered",
		 service->flags & SERVICE_ENCRYPTED ? "encrypted" : "not encrypted",
		 service->checksum == CHECKSUM_NOBODY ? "" : "the ", service_checksum_by(service));
}

json_t *services_json(void)
{
	json_t *all = json_object();
	for (size_t i = 0; services[i]; i++) {
		char gives[128];
		service_gives(services[i], gives, sizeof(gives));
		json_object_set_new(all, services[i]->name,
				    json_pack("{ss ss ss}", "tx", services[i]->tx->name, "rx",
					      services[i]->rx->name, "gives", gives));
	}
	return all;
}
