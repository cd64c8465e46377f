/* SPDX-License-Identifier: MIT */
#include "arrival.h"

#include <errno.h>

void arrival_open(struct arrival *arrival, const struct queue_device *device, unsigned int first,
		  unsigned int count)
{
	*arrival = (struct arrival){ .device = device, .first = first, .count = count };
	for (unsigned int i = 0; device->index && i < count; i++)
		arrival->napis[i] = queue_napi(device, first + i);
}

unsigned int arrival_of(struct arrival *arrival, int fd)
{
	unsigned int i = 0, napi = queue_napi_of(fd);
	while (i < arrival->count && !(napi && arrival->napis[i] == napi))
		i++;
	/* Without NAPI ids nobody knows. */
	arrival->strays += i == arrival->count && arrival->napis[0];
	return i;
}

void arrival_note(const struct arrival *arrival, struct worker *worker)
{
	const char *name = arrival->device->name;
	if (arrival->strays)
		reason_set(&worker->note, EIO,
			   "%u of %u flows do not arrive at queue %u of %s, so they are copied; "
			   "ethtool -N %s flow-type tcp4 dst-ip ... action %u steers them",
			   arrival->strays, worker->flow_count, arrival->first, name, name,
			   arrival->first);
}
