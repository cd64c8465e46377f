/* SPDX-License-Identifier: MIT */
/* Whether devices that could fill memory lent to them (uring-zcrx) are set up for it. */
#include "hygiene.h"

#include <errno.h>
#include <stdio.h>

#include "host.h"

int hygiene_lending_judge(const json_t *nics, struct hygiene_finding *finding)
{
	char remedy[REASON_ROOM];
	size_t i, ready = 0;
	json_t *nic;
	json_array_foreach(nics, i, nic)
	{
		const json_t *split = json_object_get(nic, "data_split");
		const char *name = json_string_value(json_object_get(nic, "name"));
		if (!json_is_object(split) || !name)
			continue;
		if (json_is_true(json_object_get(split, "on")) &&
		    !json_integer_value(json_object_get(split, "threshold"))) {
			ready++;
			continue;
		}
		snprintf(remedy, sizeof(remedy),
			 "ethtool -G %s tcp-data-split on hds-thresh 0 (--path nics does it by "
			 "itself)",
			 name);
		return hygiene_warning(finding, remedy,
				       "%s does not split headers from all payload: uring-zcrx "
				       "cannot lend memory to its queues.",
				       name);
	}
	if (!ready)
		return hygiene_good(finding, "No device here says that it splits headers from "
					     "payload: uring-zcrx has none to lend memory to.");
	return hygiene_good(finding, "%zu devices split headers from all payload.", ready);
}

static int lending_run(struct hygiene_finding *finding)
{
	json_t *nics = host_nics();
	if (!nics)
		return -ENOMEM;
	hygiene_lending_judge(nics, finding);
	json_decref(nics);
	return 0;
}

const struct hygiene_check hygiene_lending = {
	.name = "lending",
	.summary = "header/data split of devices that can receive into lent memory",
	.run = lending_run,
};
