/* SPDX-License-Identifier: MIT */
/* Whether devices that could fill memory lent to them (uring-zcrx, devmem) are set up for it. */
#include "hygiene.h"

#include <errno.h>
#include <stdio.h>

#include "host.h"

/* What a device that can split has yet to be told. */
struct lack {
	bool split; /* headers from payload */
	bool all;   /* from that of short packets too: older ethtools do not know that word */
	bool apart; /* its last queue from what is spread by hash */
	bool rule;  /* the flows to its last queue */
	int queue;  /* that one, which modes with an area take */
};

static struct lack lack_of(const json_t *nic, const json_t *split)
{
	const json_t *steering = json_object_get(nic, "steering");
	int queues = (int)json_integer_value(json_object_get(steering, "queues"));
	int last = (int)json_integer_value(json_object_get(steering, "hashed_last"));
	const json_t *rules = json_object_get(steering, "rules");
	bool several = queues > 1;
	return (struct lack){ .split = !json_is_true(json_object_get(split, "on")),
			      .all = json_integer_value(json_object_get(split, "threshold")),
			      .apart = several && last == queues - 1,
			      .rule = several && json_is_integer(rules) &&
				      !json_integer_value(rules),
			      .queue = queues - 1 };
}

static void lack_mend(const struct lack *lack, const char *name, char *text, size_t room)
{
	int n = 0;
	if (lack->split || lack->all)
		n += snprintf(text + n, room - n, "ethtool -G %.16s tcp-data-split on%s; ", name,
			      lack->all ? " hds-thresh 0" : "");
	if (lack->apart)
		n += snprintf(text + n, room - n, "ethtool -X %.16s equal %d; ", name, lack->queue);
	if (lack->rule)
		n += snprintf(text + n, room - n,
			      "ethtool -K %.16s ntuple on; ethtool -N %.16s flow-type tcp4 dst-ip "
			      "ADDRESS action %d; ",
			      name, name, lack->queue);
	/* In place of the last blank and semicolon. */
	snprintf(text + n - 2, room - n + 2, " (--path nics does it by itself)");
}

static int lack_say(const struct lack *lack, const char *name, struct hygiene_finding *finding)
{
	char remedy[REASON_ROOM];
	lack_mend(lack, name, remedy, sizeof(remedy));
	if (lack->split || lack->all)
		return hygiene_warning(finding, remedy,
				       "%s does not split headers from all payload: uring-zcrx "
				       "cannot lend memory to its queues.",
				       name);
	if (lack->apart)
		return hygiene_warning(finding, remedy,
				       "%s spreads packets over all of its queues: queue %d, which "
				       "uring-zcrx takes, would get those of others, and its own "
				       "would be copied where they come by another.",
				       name, lack->queue);
	return hygiene_warning(
		finding, remedy,
		"No rule of %s sends flows to queue %d, which uring-zcrx takes: they "
		"would come by another, and be copied.",
		name, lack->queue);
}

int hygiene_lending_judge(const json_t *nics, struct hygiene_finding *finding)
{
	size_t i, ready = 0;
	json_t *nic;
	json_array_foreach(nics, i, nic)
	{
		const json_t *split = json_object_get(nic, "data_split");
		const char *name = json_string_value(json_object_get(nic, "name"));
		if (!json_is_object(split) || !name)
			continue;
		struct lack lack = lack_of(nic, split);
		if (lack.split || lack.all || lack.apart || lack.rule)
			return lack_say(&lack, name, finding);
		ready++;
	}
	if (!ready)
		return hygiene_good(finding, "No device here says that it splits headers from "
					     "payload: uring-zcrx has none to lend memory to.");
	return hygiene_good(finding,
			    "%zu devices split headers from all payload, and are set up to steer "
			    "flows to a queue that is lent.",
			    ready);
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
	.summary = "header/data split and steering of devices that can receive into lent memory",
	.run = lending_run,
};
