/* SPDX-License-Identifier: MIT */
/*
 * sendfile: sendfile(2) from a memfd to the socket: page-cache pages go into socket buffers by
 * reference. The kernel never says whether somebody copied them afterwards.
 *
 * Nobody can rewrite a message between two sends, for earlier ones still refer to the pages of the
 * file (the receive queue on loopback, the retransmit queue elsewhere). So the file holds what is
 * to be sent, once and for all:
 *  - with --verify it holds the payload, periodically, and a message starts at the place where the
 *    payload of its stream offset is;
 *  - else it mirrors the buffers of other modes, so that it has the same footprint in the caches.
 * --align shifts the content within the file, so that messages start at that byte of a page.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "../payload.h"
#include "socket.h"

struct sendfile_state {
	struct socket_set set; /* first: socket_step's */
	int file;
	uint64_t period; /* the payload repeats in the file every so many bytes */
	socket_op *send;
};

static int send_from(struct worker *worker, struct flow *flow, off_t position, size_t length)
{
	struct sendfile_state *state = worker->state;
	ssize_t n = socket_result(worker, sendfile(flow->fd, state->file, &position, length));
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n <= 0)
		return reason_set(&worker->why, n ? (int)-n : EIO, "sendfile: %s",
				  n ? strerror((int)-n) : "the file is too short");
	tx_sent(worker, flow, (size_t)n);
	return 1;
}

static int send_mirror(struct worker *worker, struct flow *flow)
{
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	const unsigned char *start = worker->pool.buffers[0].data - worker->cell->align;
	return send_from(worker, flow, slice.data - start, slice.length);
}

static int send_payload(struct worker *worker, struct flow *flow)
{
	const struct sendfile_state *state = worker->state;
	struct slice slice;
	if (!tx_next(worker, flow, &slice))
		return 0;
	/* Where its message starts, and not where the offset is: a message lies in one piece. */
	uint64_t done = worker->cell->size - slice.length;
	uint64_t start = flow->offset - done;
	uint64_t at = (payload_position(flow->seed, 0) + start % state->period) % state->period;
	return send_from(worker, flow, (off_t)(worker->cell->align + at + done), slice.length);
}

static int step(struct worker *worker)
{
	const struct sendfile_state *state = worker->state;
	return socket_step(worker, state->send);
}

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* Allocates before it maps: a full tmpfs must be an error, not a SIGBUS. */
static void *map_file(int file, size_t length, struct reason *why)
{
	void *map = MAP_FAILED;
	if (!fallocate(file, 0, 0, (off_t)length))
		map = mmap(NULL, length, PROT_WRITE, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		reason_set(why, errno, "a memfd of %zu bytes: %s; lower --size or --buffers",
			   length, strerror(errno));
	return map;
}

static int fill_file(struct worker *worker, struct sendfile_state *state)
{
	const struct cell *cell = worker->cell;
	const struct pool *pool = &worker->pool;
	uint64_t footprint = cell->size * pool->count;
	state->period = round_up(footprint, PAYLOAD_PERIOD);
	state->send = cell->verify ? send_payload : send_mirror;
	size_t content = cell->verify ? state->period + cell->size : pool->stride * pool->count;
	size_t length = cell->align + content;
	unsigned char *map = map_file(state->file, length, &worker->why);
	if (map == MAP_FAILED)
		return -ENOMEM;
	payload_fill(map + cell->align, content, 0, 0);
	munmap(map, length);
	return 0;
}

static int open_mode(struct worker *worker)
{
	struct sendfile_state *state = worker->state;
	state->file = memfd_create("zcbench", MFD_CLOEXEC);
	if (state->file < 0)
		return reason_set(&worker->why, errno, "memfd_create: %s", strerror(errno));
	int err = fill_file(worker, state);
	return err ? err : socket_open(worker);
}

static void close_mode(struct worker *worker)
{
	struct sendfile_state *state = worker->state;
	if (state->file > 0)
		close(state->file);
	socket_close(worker);
}

static int probe(const struct cell *cell, struct reason *why)
{
	if (cell->pages != PAGES_4K)
		return reason_set(
			why, ENOTSUP,
			"sendfile sends the pages of a memfd, which are of 4 KiB here; use "
			"--pages 4k");
	return 0;
}

const struct copy_mode tx_sendfile = {
	.name = "sendfile",
	.summary = "sendfile(2) from a memfd: page-cache pages by reference, no notice",
	.direction = MODE_TX,
	.service = &service_tcp,
	.flags = MODE_CLAIMS | MODE_STATIC,
	.state_size = sizeof(struct sendfile_state),
	.probe = probe,
	.open = open_mode,
	.step = step,
	.close = close_mode,
};
