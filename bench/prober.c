/* SPDX-License-Identifier: MIT */
#include "prober.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper.h"
#include "self.h"
#include "worker.h"

#define ATTACH_NS (60ULL * 1000000000)
#define READ_NS   (5ULL * 1000000000)

uint64_t prober_netns(int fd)
{
	struct stat status;
	int err = fd >= 0 ? fstat(fd, &status) : stat("/proc/self/ns/net", &status);
	return err ? 0 : status.st_ino;
}

static bool find(char *program, size_t room)
{
	return self_beside("zcprobe", program, room);
}

int prober_find(struct reason *why)
{
	char program[PATH_MAX + 16];
	return find(program, sizeof(program))
		       ? 0
		       : reason_set(
				 why, ENOENT,
				 "zcprobe is neither beside zcbench nor in %s: build it with clang, "
				 "bpftool and libbpf-dev, or use --probes off",
				 self_libexec());
}

void prober_exec(const void *numbers)
{
	const uint64_t *netns = numbers;
	char program[PATH_MAX + 16], one[24], other[24];
	snprintf(one, sizeof(one), "%" PRIu64, netns[0]);
	snprintf(other, sizeof(other), "%" PRIu64, netns[1] ? netns[1] : netns[0]);
	char *argv[] = { program, "count", "--port-later", "--netns", one, "--netns", other, NULL };
	if (find(program, sizeof(program)))
		execv(program, argv);
	dprintf(STDOUT_FILENO, "fail starting zcprobe: %s\n", strerror(errno));
	_exit(1);
}

int prober_start(struct peer *peer, const uint64_t netns[PROBER_NETNS])
{
	char *value;
	*peer = (struct peer){ .role = "probing" };
	int err = keeper_prober(netns, &peer->child, &peer->why);
	if (!err) {
		peer->running = true;
		peer->input.fd = peer->child.from;
		err = peer_expect(peer, "ready", &value, worker_now_ns() + ATTACH_NS);
	}
	if (err)
		peer->failed = true;
	return err;
}

int prober_port(struct peer *peer, const char *port)
{
	char *value;
	int err = peer_say(peer, "port %s", port);
	if (!err)
		err = peer_expect(peer, "ready", &value, worker_now_ns() + READ_NS);
	if (err)
		peer->failed = true;
	return err;
}

int prober_stop(struct peer *peer, struct sample *sample)
{
	int err = peer_say(peer, "stop");
	return err ? err : peer_collect(peer, sample, NULL, worker_now_ns() + READ_NS);
}

int prober_check(struct sample *sample, struct reason *why)
{
	const uint64_t netns[PROBER_NETNS] = { prober_netns(-1) };
	struct peer peer;
	sample_clear(sample);
	int err = prober_start(&peer, netns);
	if (!err)
		err = prober_stop(&peer, sample);
	if (err)
		*why = peer.why;
	peer_end(&peer);
	return err;
}
