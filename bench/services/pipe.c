/* SPDX-License-Identifier: MIT */
/* pipe: one pipe a flow, whose reading end the sender passes to the receiver. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../control.h"
#include "../local.h"

#define PIPE_BYTES_PRESET (64UL << 10) /* pipe(7) */
#define PIPE_BYTES_MAX    (1UL << 20)  /* the preset of fs.pipe-max-size */

extern const struct copy_mode tx_pipe_write, rx_pipe_read;

static int join(const struct order *order, struct flow *flow, struct reason *why)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return reason_set(why, errno, "making a pipe: %s; see ulimit -n", strerror(errno));
	flow->fd = ends[1];
	/* As large as a message if the system lets us; a smaller pipe only costs more calls. */
	size_t size = order->cell.size;
	if (size > PIPE_BYTES_PRESET)
		fcntl(flow->fd, F_SETPIPE_SZ, size < PIPE_BYTES_MAX ? size : PIPE_BYTES_MAX);
	int err = local_pass(flow, ends[0], why);
	close(ends[0]);
	return err;
}

static int pipe_dial(const struct order *order, const char *where, struct flow *flows,
		     struct reason *why)
{
	return local_dial(order, where, flows, join, why);
}

static void pipe_half_close(struct flow *flow)
{
	close(flow->fd);
	flow->fd = -1;
}

static uint64_t pipe_finish(struct flow *flow)
{
	control_wait_closed(flow->control);
	return 0;
}

const struct service service_pipe = {
	.name = "pipe",
	.summary = "one pipe a flow",
	.flags = SERVICE_RELIABLE | SERVICE_ORDERED | SERVICE_LOCAL,
	.checksum = CHECKSUM_NOBODY,
	.tx = &tx_pipe_write,
	.rx = &rx_pipe_read,
	.listen = local_listen,
	.accept = local_accept,
	.dial = pipe_dial,
	.half_close = pipe_half_close,
	.finish = pipe_finish,
	.close = local_close,
};
