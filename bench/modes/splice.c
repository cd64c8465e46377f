/* SPDX-License-Identifier: MIT */
/*
 * splice, sending: vmsplice(2) puts references to the pages of a buffer into a pipe, splice(2)
 * moves them from the pipe to the socket. Receiving: splice from the socket to a pipe and on to
 * /dev/null, so that the payload reaches no user at all.
 *
 * There is no notice of when the kernel has let go of the pages, and an acknowledgement is none:
 * on loopback the receiver's queue refers to the very same pages until its program has read them.
 * So a buffer can never be written again. A sender that rewrites its buffers must give the pages
 * away and take new ones, see pages.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pages.h"
#include "socket.h"

#define PIPE_BYTES_MAX (1UL << 20) /* the preset of fs.pipe-max-size */

struct channel {
	int out, in;  /* as pipe(2) orders them */
	size_t bytes; /* tx: of the current message, in the pipe */
};

struct splice_state {
	struct socket_set set;    /* first: socket_step's */
	struct channel *channels; /* tx: one a flow, for a full socket leaves some in it; rx: one */
	unsigned int count;
	unsigned int flags; /* of each splice to or from a socket */
	int sink;           /* rx: /dev/null */
};

/* As large as a transfer if the system lets us; a smaller pipe only costs more calls. */
static int channel_open(struct channel *channel, size_t bytes, struct reason *why)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return reason_set(why, errno, "making a pipe for each flow: %s; see ulimit -n",
				  strerror(errno));
	*channel = (struct channel){ .out = ends[0], .in = ends[1] };
	/* One page more, for a buffer that does not start with its page. */
	bytes += 4096;
	fcntl(channel->in, F_SETPIPE_SZ, bytes < PIPE_BYTES_MAX ? bytes : PIPE_BYTES_MAX);
	return 0;
}

static int channels_open(struct worker *worker, unsigned int count)
{
	struct splice_state *state = worker->state;
	state->channels = calloc(count, sizeof(*state->channels));
	if (!state->channels)
		return reason_set(&worker->why, ENOMEM, "no memory for %u pipes", count);
	for (; state->count < count; state->count++) {
		int err = channel_open(&state->channels[state->count], worker->pool.size,
				       &worker->why);
		if (err)
			return err;
	}
	state->flags = SPLICE_F_MOVE | (worker->flow_count > 1 ? SPLICE_F_NONBLOCK : 0);
	return socket_open(worker);
}

static void close_mode(struct worker *worker)
{
	struct splice_state *state = worker->state;
	for (unsigned int i = 0; i < state->count; i++) {
		close(state->channels[i].out);
		close(state->channels[i].in);
	}
	free(state->channels);
	if (state->sink > 0)
		close(state->sink);
	socket_close(worker);
}

static int put_pages(struct worker *worker, struct channel *channel, const struct slice *slice)
{
	struct iovec part = { .iov_base = slice->data, .iov_len = slice->length };
	count_add(&worker->count.syscalls, 1);
	/* The pipe is empty, so it takes some at once; it may take less than all. */
	ssize_t n = vmsplice(channel->in, &part, 1, SPLICE_F_NONBLOCK);
	if (n <= 0)
		return reason_set(&worker->why, n ? errno : EIO, "vmsplice: %s",
				  n ? strerror(errno) : "nothing taken");
	channel->bytes = (size_t)n;
	return 0;
}

static int send_one(struct worker *worker, struct flow *flow)
{
	struct splice_state *state = worker->state;
	struct channel *channel = &state->channels[flow->index];
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	int err = channel->bytes ? 0 : put_pages(worker, channel, &slice);
	if (err)
		return err;
	/* More of this message follows: let the last segment of this piece wait for it. */
	unsigned int more = channel->bytes < slice.length ? SPLICE_F_MORE : 0;
	ssize_t n = socket_result(worker, splice(channel->out, NULL, flow->fd, NULL, channel->bytes,
						 state->flags | more));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n <= 0)
		return reason_set(&worker->why, n ? (int)-n : EIO, "splice to the socket: %s",
				  n ? strerror((int)-n) : "nothing moved");
	channel->bytes -= (size_t)n;
	tx_sent(worker, flow, (size_t)n);
	return 1;
}

static int tx_step(struct worker *worker)
{
	return socket_step(worker, send_one);
}

static int tx_open(struct worker *worker)
{
	int err = pages_open(worker);
	return err ? err : channels_open(worker, worker->flow_count);
}

static int forward(struct worker *worker, struct splice_state *state, size_t length)
{
	while (length) {
		count_add(&worker->count.syscalls, 1);
		ssize_t n = splice(state->channels[0].out, NULL, state->sink, NULL, length,
				   SPLICE_F_MOVE);
		if (n <= 0 && errno != EINTR)
			return reason_set(&worker->why, n ? errno : EIO, "splice to /dev/null: %s",
					  n ? strerror(errno) : "nothing moved");
		length -= n > 0 ? (size_t)n : 0;
	}
	return 1;
}

static int receive_one(struct worker *worker, struct flow *flow)
{
	struct splice_state *state = worker->state;
	ssize_t n = splice(flow->fd, NULL, state->channels[0].in, NULL, worker->pool.size,
			   state->flags);
	int done = socket_got(worker, flow, "splice from the socket", n, NULL);
	return done > 0 ? forward(worker, state, (size_t)n) : done;
}

static int rx_step(struct worker *worker)
{
	return socket_step(worker, receive_one);
}

static int rx_open(struct worker *worker)
{
	struct splice_state *state = worker->state;
	state->sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (state->sink < 0)
		return reason_set(&worker->why, errno, "opening /dev/null: %s", strerror(errno));
	return channels_open(worker, 1);
}

const struct copy_mode tx_splice = {
	.name = "splice",
	.summary = "vmsplice(2) to a pipe, splice(2) to the socket: pages by reference, no notice",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS,
	.state_size = sizeof(struct splice_state),
	.probe = pages_probe,
	.open = tx_open,
	.step = tx_step,
	.renew = pages_renew,
	.close = close_mode,
};

const struct copy_mode rx_splice = {
	.name = "splice",
	.summary = "splice(2) from the socket through a pipe to /dev/null",
	.direction = MODE_RX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS | MODE_BLIND,
	.state_size = sizeof(struct splice_state),
	.open = rx_open,
	.step = rx_step,
	.close = close_mode,
};

const struct copy_mode tx_unix_splice = {
	.name = "unix-splice",
	.summary = "vmsplice(2) to a pipe, splice(2) to a socket of AF_UNIX: pages by reference",
	.direction = MODE_TX,
	.service = &service_unix,
	.flags = MODE_CLAIMS,
	.state_size = sizeof(struct splice_state),
	.probe = pages_probe,
	.open = tx_open,
	.step = tx_step,
	.renew = pages_renew,
	.close = close_mode,
};

const struct copy_mode rx_unix_splice = {
	.name = "unix-splice",
	.summary = "splice(2) from a socket of AF_UNIX through a pipe to /dev/null",
	.direction = MODE_RX,
	.service = &service_unix,
	.flags = MODE_CLAIMS | MODE_BLIND,
	.state_size = sizeof(struct splice_state),
	.open = rx_open,
	.step = rx_step,
	.close = close_mode,
};
