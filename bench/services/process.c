/* SPDX-License-Identifier: MIT */
/*
 * process: no transfer at all. The sender copies within itself, and the receiver only follows how
 * far it is: what a copy costs where nothing else is done, the bound of every path that copies.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../control.h"
#include "../follow.h"
#include "../local.h"

extern const struct copy_mode tx_memcpy, rx_memcpy;

static int map_page(struct flow *flow, struct reason *why)
{
	struct stat status;
	flow->held = NULL;
	if (fstat(flow->fd, &status) || status.st_size != sizeof(struct follow))
		return reason_set(why, EPROTO, "the other end passed no page to follow");
	void *page =
		mmap(NULL, sizeof(struct follow), PROT_READ | PROT_WRITE, MAP_SHARED, flow->fd, 0);
	if (page == MAP_FAILED)
		return reason_set(why, errno, "mapping a page: %s; lower --flows", strerror(errno));
	flow->held = page;
	return 0;
}

static int process_accept(const struct order *order, int listener, int hangup_fd,
			  struct flow *flows, uint64_t *strangers, struct reason *why)
{
	int err = local_accept(order, listener, hangup_fd, flows, strangers, why);
	for (uint64_t i = 0; !err && i < order->cell.flows; i++)
		err = map_page(&flows[i], why);
	return err;
}

static int join(const struct order *order, struct flow *flow, struct reason *why)
{
	(void)order;
	flow->fd = memfd_create("zcbench", MFD_CLOEXEC);
	if (flow->fd < 0 || ftruncate(flow->fd, sizeof(struct follow)))
		return reason_set(why, errno, "memfd_create: %s", strerror(errno));
	int err = map_page(flow, why);
	return err ? err : local_pass(flow, flow->fd, why);
}

static int process_dial(const struct order *order, const char *where, struct flow *flows,
			struct reason *why)
{
	return local_dial(order, where, flows, join, why);
}

static void process_half_close(struct flow *flow)
{
	struct follow *page = flow->held;
	atomic_store(&page->ended_ns, worker_now_ns());
}

static uint64_t process_finish(struct flow *flow)
{
	control_wait_closed(flow->control);
	return 0;
}

static void process_close(struct flow *flow)
{
	if (flow->held)
		munmap(flow->held, sizeof(struct follow));
	flow->held = NULL;
	local_close(flow);
}

const struct service service_process = {
	.name = "process",
	.summary = "no transfer: the sender copies within its own memory, and the receiver is told",
	.flags = SERVICE_RELIABLE | SERVICE_ORDERED | SERVICE_LOCAL,
	.checksum = CHECKSUM_NOBODY,
	.tx = &tx_memcpy,
	.rx = &rx_memcpy,
	.listen = local_listen,
	.accept = process_accept,
	.dial = process_dial,
	.half_close = process_half_close,
	.finish = process_finish,
	.close = process_close,
};
