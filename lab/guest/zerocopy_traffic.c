// SPDX-License-Identifier: MIT
/*
 * zerocopy-traffic msg|refused|uring|uring-fixed CALLS SIZE: so many zero-copy sends of that size
 * over a connection to itself, each awaited with its notice before the next, so that what the
 * kernel does for them is known. Prints `calls N bytes N notices N copied N refused N`. msg
 * MSG_ZEROCOPY refused       the same with less locked memory than a send needs, and without
 * CAP_IPC_LOCK uring         IORING_OP_SEND_ZC; uring-fixed: out of two registered buffers
 */
#include <err.h>
#include <errno.h>
#include <liburing.h>
#include <linux/capability.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef IORING_RECVSEND_FIXED_BUF /* 6.0 */
#define IORING_RECVSEND_FIXED_BUF (1U << 2)
#endif
#ifndef IORING_SEND_ZC_REPORT_USAGE /* 6.2 */
#define IORING_SEND_ZC_REPORT_USAGE (1U << 3)
#endif
#ifndef IORING_NOTIF_USAGE_ZC_COPIED
#define IORING_NOTIF_USAGE_ZC_COPIED (1U << 31)
#endif

#define ROOM (64 * 1024)

static struct {
	unsigned long calls, bytes, notices, copied, refused;
} sums;

static char buffers[2][ROOM] __attribute__((aligned(4096)));
static int sender, receiver;

static void connect_to_self(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t room = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	if (bind(listener, (struct sockaddr *)&address, room) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &room))
		err(1, "listening");
	sender = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sender, (struct sockaddr *)&address, room))
		err(1, "connecting");
	receiver = accept(listener, NULL, NULL);
	if (receiver < 0 || setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		err(1, "the connection");
	close(listener);
}

static void receive(size_t bytes)
{
	static char room[ROOM];
	if (recv(receiver, room, bytes, MSG_WAITALL) != (ssize_t)bytes)
		err(1, "receiving");
	sums.bytes += bytes;
}

static void notice_take(void)
{
	struct pollfd ready = { .fd = sender };
	char control[128];
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
	if (poll(&ready, 1, 20000) != 1 || recvmsg(sender, &message, MSG_ERRQUEUE) < 0)
		err(1, "the notice");
	struct sock_extended_err *told = (void *)CMSG_DATA(CMSG_FIRSTHDR(&message));
	unsigned long calls = told->ee_data - told->ee_info + 1;
	sums.notices += calls;
	if (told->ee_code & SO_EE_CODE_ZEROCOPY_COPIED)
		sums.copied += calls;
}

static void send_msg(size_t size)
{
	if (send(sender, buffers[0], size, MSG_ZEROCOPY) != (ssize_t)size) {
		if (errno != ENOBUFS)
			err(1, "sending");
		sums.refused++;
		return;
	}
	sums.calls++;
	receive(size);
	notice_take();
}

static void lock_little(void)
{
	struct rlimit limit = { 4096, 4096 };
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];
	if (setrlimit(RLIMIT_MEMLOCK, &limit) || syscall(SYS_capget, &head, caps))
		err(1, "limiting locked memory");
	caps[0].effective &= ~(1U << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &head, caps))
		err(1, "giving up CAP_IPC_LOCK");
}

static void send_all_msg(const char *mode, int calls, size_t size)
{
	int one = 1;
	if (setsockopt(sender, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		err(1, "SO_ZEROCOPY");
	if (!strcmp(mode, "refused"))
		lock_little();
	for (int i = 0; i < calls; i++)
		send_msg(size);
}

/* The request's own completion, and the notice after it. */
static void completions_take(struct io_uring *ring, size_t size)
{
	struct io_uring_cqe *cqe;
	bool notice = false;
	while (!notice) {
		if (io_uring_wait_cqe(ring, &cqe))
			errx(1, "waiting for a completion");
		notice = cqe->flags & IORING_CQE_F_NOTIF;
		if (!notice && cqe->res != (int)size)
			errx(77, "SEND_ZC: %s", strerror(-cqe->res));
		if (notice)
			sums.copied += !!((unsigned int)cqe->res & IORING_NOTIF_USAGE_ZC_COPIED);
		else
			receive(size);
		io_uring_cqe_seen(ring, cqe);
	}
	sums.notices++;
}

static void send_all_uring(bool fixed, unsigned int report, int calls, size_t size)
{
	struct iovec registered[2] = { { buffers[0], ROOM }, { buffers[1], ROOM } };
	struct io_uring ring;
	if (io_uring_queue_init(8, &ring, 0))
		errx(77, "io_uring");
	if (fixed && io_uring_register_buffers(&ring, registered, 2))
		errx(1, "registering buffers");
	for (int i = 0; i < calls; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
		io_uring_prep_send_zc(sqe, sender, buffers[i % 2], size, 0,
				      report | (fixed ? IORING_RECVSEND_FIXED_BUF : 0));
		sqe->buf_index = fixed ? (unsigned short)(i % 2) : 0;
		io_uring_submit(&ring);
		completions_take(&ring, size);
		sums.calls++;
	}
	io_uring_queue_exit(&ring);
}

int main(int argc, char **argv)
{
	int calls = argc == 4 ? atoi(argv[2]) : 0;
	size_t size = argc == 4 ? (size_t)atoi(argv[3]) : 0;
	if (!calls || !size || size > ROOM)
		errx(2,
		     "usage: zerocopy-traffic msg|refused|uring|uring-fixed CALLS SIZE (to 64K)");
	connect_to_self();
	/* 6.1 has no report of usage. */
	unsigned int report = getenv("NO_REPORT") ? 0 : IORING_SEND_ZC_REPORT_USAGE;
	if (!strncmp(argv[1], "uring", 5))
		send_all_uring(!strcmp(argv[1], "uring-fixed"), report, calls, size);
	else
		send_all_msg(argv[1], calls, size);
	printf("calls %lu bytes %lu notices %lu copied %lu refused %lu\n", sums.calls, sums.bytes,
	       sums.notices, sums.copied, sums.refused);
	return 0;
}
