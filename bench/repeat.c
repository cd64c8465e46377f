/* SPDX-License-Identifier: MIT */
#include "repeat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "keeper.h"
#include "ledger.h"
#include "path.h"
#include "peer.h"
#include "prober.h"
#include "service.h"
#include "transport.h"
#include "witness.h"
#include "worker.h"

#define SETUP_NS (30ULL * 1000000000)

struct repeat {
	const struct cell *cell;
	const struct path_ends *ends;
	struct keeper_path path;
	struct order order;
	struct peer tx, rx;
	uint64_t limit_ns;
	bool probed, far;       /* far: the ends may be on other hosts, whose probes count then */
	struct peer prober;     /* that of this host */
	struct witness witness; /* those of the ends' hosts */
	char tx_layer[sizeof(((struct sample *)0)->kern_layer)];
};

static void stamp(struct sample *sample)
{
	struct timespec now;
	struct tm utc;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size_t n = strftime(sample->started_at, sizeof(sample->started_at), "%FT%T", &utc);
	snprintf(sample->started_at + n, sizeof(sample->started_at) - n, ".%03ldZ",
		 now.tv_nsec / 1000000);
}

static void end_as(struct sample *sample, const char *verdict, const char *reason)
{
	snprintf(sample->verdict, sizeof(sample->verdict), "%s", verdict);
	snprintf(sample->reason, sizeof(sample->reason), "%.*s", (int)sizeof(sample->reason) - 1,
		 reason);
}

/*
 * What both ends are told. An agent that nobody can reach any more ends by itself, long after it
 * would have been killed.
 */
static int make_order(struct repeat *repeat, struct reason *why)
{
	struct order *order = &repeat->order;
	const struct cell *cell = repeat->cell;
	uint64_t window_ns = cell->bytes == FIELD_AUTO ? cell->warmup_ns + cell->duration_ns : 0;
	order->cell = *cell;
	snprintf(order->address, sizeof(order->address), "%s", repeat->path.rx_address);
	snprintf(order->source, sizeof(order->source), "%s", repeat->path.tx_address);
	if (repeat->ends && repeat->ends->agent_user)
		snprintf(order->user, sizeof(order->user), "%s", repeat->ends->agent_user);
	order->limit_s = (window_ns + 2 * repeat->limit_ns + 3 * SETUP_NS) / 1000000000 + 1;
	if (getrandom(order->token, sizeof(order->token), 0) != sizeof(order->token))
		return reason_set(why, errno, "drawing a token: %s", strerror(errno));
	return 0;
}

static int greet_ends(struct repeat *repeat)
{
	repeat->rx = (struct peer){ .role = "rx", .transport = repeat->path.rx_transport };
	repeat->tx = (struct peer){ .role = "tx", .transport = repeat->path.tx_transport };
	return peer_greet_both(&repeat->rx, &repeat->tx);
}

/* Here before the agents, at theirs after: in any case before there is a flow, for it takes long.
 */
static int start_ends(struct repeat *repeat)
{
	int err = repeat->probed && !repeat->far ? prober_start(&repeat->prober, repeat->path.netns)
						 : 0;
	if (!err)
		err = greet_ends(repeat);
	return err || !repeat->far ? err
				   : witness_start(&repeat->witness, &repeat->tx, &repeat->rx);
}

static int connect_ends(struct repeat *repeat)
{
	uint64_t deadline = worker_now_ns() + SETUP_NS;
	char where[SERVICE_WHERE], *value;
	int err = peer_order(&repeat->rx, &repeat->order);
	if (!err)
		err = peer_expect(&repeat->rx, "port", &value, deadline);
	if (err)
		return err;
	snprintf(where, sizeof(where), "%s", value);
	err = peer_order(&repeat->tx, &repeat->order);
	if (!err)
		err = peer_say(&repeat->tx, "connect %s", where);
	if (!err)
		err = peer_expect(&repeat->tx, "ready", &value, deadline);
	if (!err)
		err = peer_expect(&repeat->rx, "ready", &value, deadline);
	/* From here on nothing but payload is sent: the token has been said and read. */
	if (!err && repeat->probed)
		err = repeat->far ? witness_count(&repeat->witness, where)
				  : prober_port(&repeat->prober, where);
	return err;
}

/*
 * The receiver starts first and the sender goes on until both windows are over, so the
 * receiver's window is full of traffic whatever the delay between the two.
 */
static int run_window(struct repeat *repeat)
{
	const struct cell *cell = repeat->cell;
	uint64_t deadline = worker_now_ns() + repeat->limit_ns;
	if (cell->bytes == FIELD_AUTO)
		deadline += cell->warmup_ns + cell->duration_ns;
	char *value;
	int err = peer_say(&repeat->rx, "go");
	if (!err)
		err = peer_say(&repeat->tx, "go");
	if (!err)
		err = peer_expect(&repeat->tx, "window", &value, deadline);
	if (!err)
		err = peer_expect(&repeat->rx, "window", &value, deadline);
	/* A bounded sender is through and may be gone: then there is nobody to stop. */
	return err || cell->bytes != FIELD_AUTO ? err : peer_say(&repeat->tx, "stop");
}

static int collect(struct repeat *repeat, struct sample *sample, struct hist *latency)
{
	uint64_t deadline = worker_now_ns() + repeat->limit_ns;
	int err = peer_collect(&repeat->tx, sample, latency, deadline);
	snprintf(repeat->tx_layer, sizeof(repeat->tx_layer), "%s", sample->kern_layer);
	return err ? err : peer_collect(&repeat->rx, sample, NULL, deadline);
}

/* The end that knows the cause, rather than the one that saw the other end go away. */
static void blame(struct repeat *repeat, struct sample *sample)
{
	if (repeat->prober.failed) {
		end_as(sample, "fail", repeat->prober.why.text);
		return;
	}
	struct peer *peer = repeat->rx.failed || repeat->rx.skipped ? &repeat->rx : &repeat->tx;
	struct peer *other = peer == &repeat->rx ? &repeat->tx : &repeat->rx;
	char *value, both[2 * REASON_ROOM];
	uint64_t soon = worker_now_ns() + 500000000;
	int err = 0;
	/* One that cannot run knows the cause; the other would wait for it in vain. */
	while (!err && !peer->skipped && other->running && !other->through) {
		err = peer_expect(other, "", &value, soon);
		other->through = !err && line_after(value, "done"); /* it has nothing to blame */
	}
	if (peer->failed && other->skipped)
		peer = other;
	snprintf(both, sizeof(both), "%s", peer->why.text);
	/* Of two that failed, one may only have seen the other go away: nobody can say which. */
	if (peer->failed && other->failed && err != -ETIMEDOUT)
		snprintf(both, sizeof(both), "%.126s; %.126s", peer->why.text, other->why.text);
	end_as(sample, peer->skipped ? "skip" : "fail", both);
}

static void run_agents(struct repeat *repeat, struct sample *sample, struct hist *latency)
{
	int err = start_ends(repeat);
	if (!err)
		err = connect_ends(repeat);
	if (!err)
		err = run_window(repeat);
	if (!err)
		err = collect(repeat, sample, latency);
	if (!err && repeat->probed && !repeat->far)
		err = prober_stop(&repeat->prober, sample);
	if (err)
		blame(repeat, sample);
	peer_end(&repeat->tx);
	peer_end(&repeat->rx);
	peer_end(&repeat->prober);
	if (err)
		return;
	sample_derive(sample);
	ledger_judge(repeat->cell, sample);
	if (repeat->far)
		witness_merge(&repeat->witness, repeat->tx_layer, sample);
}

/* An agent that never greeted, on a host that is not this one. */
static bool unreached(const struct repeat *repeat, struct reason *why)
{
	const struct peer *peers[] = { &repeat->rx, &repeat->tx };
	for (int i = 0; i < 2; i++)
		if (peers[i]->failed && !peers[i]->reached && transport_far(peers[i]->transport)) {
			*why = peers[i]->why;
			return true;
		}
	return false;
}

static int run_opened(struct repeat *repeat, struct sample *sample, struct hist *latency,
		      struct reason *why)
{
	if (make_order(repeat, why)) {
		end_as(sample, "fail", why->text);
		return 0;
	}
	run_agents(repeat, sample, latency);
	return unreached(repeat, why) ? -EHOSTUNREACH : 0;
}

int repeat_run(const struct cell *cell, const struct path_ends *ends, uint64_t limit_ns,
	       struct sample *sample, struct hist *latency, struct reason *why)
{
	struct repeat repeat = {
		.cell = cell, .ends = ends, .limit_ns = limit_ns, .probed = sample->probed == 1
	};
	repeat.far = repeat.probed && cell_path(cell)->elsewhere;
	stamp(sample);
	service_describe(cell, sample);
	if (cell_check(cell, why)) {
		end_as(sample, "skip", why->text);
		return 0;
	}
	int err = keeper_path_open(cell, ends, &repeat.path, why);
	if (err == -ECONNRESET)
		return err;
	if (err) {
		bool broken = err == -ENOMEM || err == -EMFILE || err == -ENFILE;
		end_as(sample, broken ? "fail" : "skip", why->text);
		return 0;
	}
	err = run_opened(&repeat, sample, latency, why);
	/* Without its keeper the path may have changed while it was measured. */
	struct reason gone;
	if (!keeper_path_close(&gone))
		return err;
	*why = gone;
	return -ECONNRESET;
}
