/* SPDX-License-Identifier: MIT */
#include "uring.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_TRIES   20
#define MEMORY_WAIT_NS 50000000

/*
 * Best first. DEFER_TASKRUN (6.1) runs completions only when this thread asks for them, in
 * batches; COOP_TASKRUN (5.19) at least sends no interrupt for them. SUBMIT_ALL (5.18) keeps a
 * request that is refused from holding up those queued behind it.
 */
static const unsigned int setups[] = {
	IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SUBMIT_ALL,
	0,
};

static int refused(int err, struct reason *why)
{
	switch (-err) {
	case EPERM:
		return reason_set(why, EPERM,
				  "io_uring is forbidden here; set kernel.io_uring_disabled to 0, "
				  "or let the container's seccomp profile pass io_uring_setup");
	case ENOSYS:
		return reason_set(why, ENOSYS,
				  "this kernel has no io_uring; boot one with CONFIG_IO_URING");
	case ENOMEM:
		return reason_set(why, ENOMEM,
				  "no memory for a ring; raise RLIMIT_MEMLOCK (ulimit -l)");
	default:
		return reason_set(why, -err, "io_uring_setup: %s", strerror(-err));
	}
}

static unsigned int clamp_entries(unsigned int entries)
{
	return entries < 64 ? 64 : entries > URING_ENTRIES_MAX ? URING_ENTRIES_MAX : entries;
}

/*
 * Locked memory is counted by user, and a ring that ended gives its own back a while after its
 * process (io_ring_exit_work): the repeat before must not be the want of this one. Is it worth
 * another try?
 */
static bool wait_for_memory(int err, unsigned int *tries)
{
	struct timespec wait = { .tv_nsec = MEMORY_WAIT_NS };
	if (err != -ENOMEM || (*tries)++ == MEMORY_TRIES)
		return false;
	nanosleep(&wait, NULL);
	return true;
}

/* The first of `count` setups that the kernel takes, with `also` in addition. */
static int set_up(struct uring *uring, size_t count, unsigned int also, unsigned int requests,
		  unsigned int completions)
{
	int err = -EINVAL;
	for (size_t i = 0; err == -EINVAL && i < count; i++) {
		struct io_uring_params params = { .flags = setups[i] | also | IORING_SETUP_CQSIZE,
						  .cq_entries = completions };
		err = io_uring_queue_init_params(requests, &uring->ring, &params);
	}
	return err;
}

static int open_first(struct uring *uring, size_t count, unsigned int also, unsigned int requests,
		      unsigned int completions)
{
	unsigned int tries = 0;
	int err;
	requests = clamp_entries(requests);
	completions = clamp_entries(completions);
	if (completions < requests)
		completions = requests;
	do
		err = set_up(uring, count, also, requests, completions);
	while (wait_for_memory(err, &tries));
	uring->ready = !err;
	return err;
}

int uring_register(struct uring *uring, const struct iovec *buffers, unsigned int count)
{
	unsigned int tries = 0;
	int err;
	do
		err = io_uring_register_buffers(&uring->ring, buffers, count);
	while (wait_for_memory(err, &tries));
	return err;
}

static int finish_open(struct uring *uring, struct reason *why)
{
	if (!(uring->ring.features & IORING_FEAT_EXT_ARG))
		return reason_set(why, EOPNOTSUPP,
				  "io_uring cannot wait with a timeout here; needs kernel 5.11");
	/* 5.18: spares each enter the look-up of the ring's fd. Without it all works as well. */
	io_uring_register_ring_fd(&uring->ring);
	return 0;
}

int uring_open(struct uring *uring, unsigned int requests, unsigned int completions,
	       struct reason *why)
{
	size_t count = sizeof(setups) / sizeof(setups[0]);
	int err = open_first(uring, count, 0, requests, completions);
	return err ? refused(err, why) : finish_open(uring, why);
}

int uring_open_wide(struct uring *uring, unsigned int requests, unsigned int completions,
		    struct reason *why)
{
	int err = open_first(uring, 1, IORING_SETUP_CQE32, requests, completions);
	if (err == -EINVAL)
		return reason_set(why, EOPNOTSUPP,
				  "this kernel refuses a ring with DEFER_TASKRUN and CQE32; needs "
				  "kernel 6.1");
	return err ? refused(err, why) : finish_open(uring, why);
}

void uring_close(struct uring *uring)
{
	if (uring->ready)
		io_uring_queue_exit(&uring->ring);
	uring->ready = false;
}

struct io_uring_sqe *uring_request(struct worker *worker, struct uring *uring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
	while (!sqe) {
		count_add(&worker->count.syscalls, 1);
		io_uring_submit(&uring->ring);
		sqe = io_uring_get_sqe(&uring->ring);
	}
	return sqe;
}

int uring_enter(struct worker *worker, struct uring *uring, unsigned int wait)
{
	struct __kernel_timespec patience = { .tv_nsec = WORKER_PATIENCE_MS * 1000000LL };
	struct io_uring_cqe *cqe;
	bool submits = io_uring_sq_ready(&uring->ring) > 0;
	if (!submits && io_uring_cq_ready(&uring->ring) >= wait)
		return 0;
	count_add(&worker->count.syscalls, 1);
	if (!submits)
		count_add(&worker->count.waits, 1);
	int err = io_uring_submit_and_wait_timeout(&uring->ring, &cqe, wait, &patience, NULL);
	/* EAGAIN: short of memory for requests; EBUSY: completions to be seen first. Try again. */
	if (err >= 0 || err == -ETIME || err == -EINTR || err == -EAGAIN || err == -EBUSY)
		return 0;
	return reason_set(&worker->why, -err, "io_uring_enter: %s", strerror(-err));
}

int uring_probe(int operation, const char *release, struct reason *why)
{
	struct uring uring = { .ready = false };
	int err = uring_open(&uring, 1, 1, why);
	if (!err)
		err = uring_knows(&uring, operation, release, why);
	uring_close(&uring);
	return err;
}

int uring_knows(struct uring *uring, int operation, const char *release, struct reason *why)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(&uring->ring);
	bool known = probe && io_uring_opcode_supported(probe, operation);
	io_uring_free_probe(probe);
	return known ? 0
		     : reason_set(why, EOPNOTSUPP,
				  "this kernel's io_uring lacks the operation; needs kernel %s",
				  release);
}

int uring_try(struct uring *uring, struct io_uring_sqe *sqe, int *result, struct reason *why)
{
	struct __kernel_timespec patience = { .tv_sec = 1 };
	struct io_uring_cqe *cqe;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return reason_set(why, errno, "a TCP socket: %s", strerror(errno));
	sqe->fd = fd;
	int err = io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1, &patience, NULL);
	if (err >= 0)
		err = io_uring_peek_cqe(&uring->ring, &cqe);
	close(fd);
	if (err)
		return reason_set(why, -err, "trying io_uring: %s", strerror(-err));
	*result = cqe->res;
	return 0;
}
