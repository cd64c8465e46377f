/* SPDX-License-Identifier: MIT */
#include "agent_probe.h"

#include <string.h>

#include "agent_output.h"
#include "prober.h"

void agent_probe_start(struct peer *prober, const struct order *order)
{
	if (!prober_start(prober, order->probe_netns)) {
		agent_say("probing");
		return;
	}
	agent_say("unprobed %s", prober->why.text);
	peer_end(prober);
}

int agent_probe_count(struct peer *prober, const char *port, struct reason *why)
{
	int err = prober_port(prober, port);
	if (err)
		*why = prober->why;
	else
		agent_say("counting");
	return err;
}

/* Columns of the kernel's counts, at the sender's or the receiver's end. */
static bool told_by(const struct field *field, const struct order *order)
{
	bool of_receiver = !strncmp(field->name, "kern_rx_", 8);
	if (strncmp(field->name, "kern_", 5) != 0)
		return false;
	return order->probe_netns[1] || !strcmp(field->name, "kern_layer") ||
	       of_receiver == order->receiver;
}

int agent_probe_say(struct peer *prober, const struct order *order, struct reason *why)
{
	struct sample sample;
	sample_clear(&sample);
	int err = prober_stop(prober, &sample);
	if (err)
		*why = prober->why;
	for (size_t i = 0; !err && i < sample_table.count; i++)
		if (told_by(&sample_table.rows[i], order))
			agent_say_field(&sample_table.rows[i], &sample);
	return err;
}
