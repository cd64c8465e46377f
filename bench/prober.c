/* SPDX-License-Identifier: MIT */
#include "prober.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker.h"

#ifndef ZCBENCH_LIBEXEC
#define ZCBENCH_LIBEXEC "/usr/local/libexec/zcbench"
#endif

#define ATTACH_NS (60ULL * 1000000000)
#define READ_NS   (5ULL * 1000000000)

static int find_program(char *program, size_t room, struct reason *why)
{
	char self[PATH_MAX] = "";
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0) {
		snprintf(program, room, "%s/zcprobe", dirname(self));
		if (!access(program, X_OK))
			return 0;
	}
	snprintf(program, room, ZCBENCH_LIBEXEC "/zcprobe");
	if (!access(program, X_OK))
		return 0;
	return reason_set(why, ENOENT,
			  "zcprobe is neither beside zcbench nor in " ZCBENCH_LIBEXEC
			  ": build it with clang, bpftool and libbpf-dev, or use --probes off");
}

static int start(struct peer *peer, char *const *argv)
{
	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC))
		return reason_set(&peer->why, errno, "making a pipe: %s", strerror(errno));
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return reason_set(&peer->why, errno, "making a pipe: %s", strerror(errno));
	}
	pid_t pid = fork();
	if (!pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execv(argv[0], argv);
		dprintf(STDOUT_FILENO, "fail starting %.100s: %s\n", argv[0], strerror(errno));
		_exit(1);
	}
	close(in[0]);
	close(out[1]);
	peer->child = (struct transport_child){ .pid = pid, .to = in[1], .from = out[0] };
	peer->input.fd = out[0];
	peer->running = pid > 0;
	if (pid > 0)
		return 0;
	close(in[1]);
	close(out[0]);
	return reason_set(&peer->why, errno, "starting zcprobe: %s", strerror(errno));
}

static void name_netns(int netns, char text[24])
{
	struct stat status;
	int err = netns >= 0 ? fstat(netns, &status) : stat("/proc/self/ns/net", &status);
	snprintf(text, 24, "%lu", err ? 0UL : (unsigned long)status.st_ino);
}

int prober_start(struct peer *peer, const struct path_link *link)
{
	char program[PATH_MAX + 16], tx[24], rx[24], *value;
	*peer = (struct peer){ .role = "probing" };
	int err = find_program(program, sizeof(program), &peer->why);
	name_netns(link->tx_netns, tx);
	name_netns(link->rx_netns, rx);
	char *argv[] = { program, "count", "--port-later", "--netns", tx, "--netns", rx, NULL };
	if (!err)
		err = start(peer, argv);
	if (!err)
		err = peer_expect(peer, "ready", &value, worker_now_ns() + ATTACH_NS);
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

int prober_check(struct reason *why)
{
	struct path_link link = { .tx_netns = -1, .rx_netns = -1 };
	struct peer peer;
	struct sample sample;
	sample_clear(&sample);
	int err = prober_start(&peer, &link);
	if (!err)
		err = prober_stop(&peer, &sample);
	if (err)
		*why = peer.why;
	peer_end(&peer);
	return err;
}
