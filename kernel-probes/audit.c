/* SPDX-License-Identifier: MIT */
/* The verb audit: the ledger of any program. */
#include "audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "filter.h"
#include "verbs.h"

static const struct option options[] = {
	{ "pid", required_argument, NULL, 'P' },
	{ "cgroup", required_argument, NULL, 'c' },
	{ "netns", required_argument, NULL, 'n' },
	{ "port", required_argument, NULL, 'p' },
	{ "duration", required_argument, NULL, 'd' },
	{ "layer", required_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "stacks", no_argument, NULL, 's' },
	{ "histograms", no_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char help[] =
	"Usage: zcbench audit [--pid PID | --cgroup PATH | --netns NAME | --port N | -- COMMAND...]\n"
	"Counts in the kernel which of a program's TCP bytes are copied, and why.\n\n"
	"  --pid PID       sockets that this process and its children use\n"
	"  --cgroup PATH   sockets that processes of this cgroup use\n"
	"  --netns NAME    sockets of this network namespace: a name of `ip netns`, or a path\n"
	"  --port N        connections to or from this port, whoever has them\n"
	"  --duration S    end after so many seconds; else with the program, or by Ctrl-C\n"
	"  --json          for programs\n"
	"  --stacks        also the kernel stacks that led to late copies, folded for flame graphs\n"
	"  --histograms    also the sizes of copies, and how long pages were away\n"
	"  --layer LAYER   only fentry, kprobe or tracepoint\n\n"
	"Exit status: 0 fine, 1 tool error, 4 nothing can be counted here; with COMMAND, its own.\n";

struct request {
	unsigned long pid, seconds;
	char **command;
};

static int take_layer(struct probe *probe, const char *text, struct reason *why)
{
	probe->only = counter_layer_find(text);
	return probe->only == LAYER_NONE
		       ? reason_set(why, EINVAL,
				    "--layer is fentry, kprobe or tracepoint, not '%.40s'", text)
		       : 0;
}

static int take(struct audit *audit, struct request *request, int c, struct reason *why)
{
	struct count_config *config = &audit->probe.config;
	switch (c) {
	case 'P':
		return filter_number("--pid", optarg, 1, 1 << 22, &request->pid, why);
	case 'd':
		return filter_number("--duration", optarg, 1, 86400 * 365, &request->seconds, why);
	case 'c':
		return filter_cgroup(config, optarg, why);
	case 'n':
		return filter_netns(config, optarg, why);
	case 'p':
		return filter_port(config, optarg, why);
	case 'l':
		return take_layer(&audit->probe, optarg, why);
	case 'j':
		audit->json = true;
		return 0;
	case 's':
		audit->stacks = config->stacks = true;
		return 0;
	case 'H':
		config->histograms = true;
		return 0;
	default:
		return reason_set(why, EINVAL, "see `zcbench audit --help`");
	}
}

static int parse(struct audit *audit, struct request *request, int argc, char **argv,
		 struct reason *why)
{
	const struct count_config *config = &audit->probe.config;
	int err = 0;
	for (int c; !err && (c = getopt_long(argc, argv, "+", options, NULL)) != -1;)
		err = take(audit, request, c, why);
	if (err)
		return err;
	request->command = argv[optind] ? argv + optind : NULL;
	audit->probe.config.by_task = request->pid || request->command;
	int filters = !!request->pid + !!request->command + config->by_cgroup +
		      !!config->netns_count + !!config->port_count;
	if (filters != 1)
		return reason_set(why, EINVAL,
				  "audit takes exactly one of --pid, --cgroup, --netns, "
				  "--port or a command; see `zcbench audit --help`");
	return 0;
}

static pid_t parent_of(const char *pid)
{
	char path[288], line[512];
	int parent = 0;
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	char *end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	if (end)
		sscanf(end, ") %*c %d", &parent);
	fclose(file);
	return parent;
}

/* Workers that were started before: nginx, pre-forking servers. Their children follow by fork. */
static void add_children(struct probe *probe, pid_t pid, int depth)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		int child = atoi(entry->d_name);
		if (child <= 0 || parent_of(entry->d_name) != pid)
			continue;
		probe_add_task(probe, (__u32)child);
		if (depth < 8)
			add_children(probe, child, depth + 1);
	}
	if (folder)
		closedir(folder);
}

static int watch_pid(struct audit *audit, pid_t pid, int *pidfd, struct reason *why)
{
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (*pidfd < 0)
		return reason_set(why, errno, "--pid %d: %s", pid,
				  errno == ESRCH ? "there is no such process" : strerror(errno));
	probe_add_task(&audit->probe, (__u32)pid);
	add_children(&audit->probe, pid, 0);
	return 0;
}

/* The child waits until it is on the list before it becomes the command. */
static int start_command(struct audit *audit, char **command, pid_t *pid, struct reason *why)
{
	int gate[2];
	char byte = 0;
	if (pipe2(gate, O_CLOEXEC))
		return reason_set(why, errno, "making a pipe: %s", strerror(errno));
	*pid = fork();
	if (!*pid) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(gate[1]);
		if (read(gate[0], &byte, 1) != 1)
			_exit(127);
		execvp(*command, command);
		fprintf(stderr, "zcbench audit: %s: %s\n", *command, strerror(errno));
		_exit(127);
	}
	close(gate[0]);
	int err = *pid < 0 ? reason_set(why, errno, "fork: %s", strerror(errno)) : 0;
	if (!err)
		probe_add_task(&audit->probe, (__u32)*pid);
	if (!err && write(gate[1], &byte, 1) != 1)
		err = reason_set(why, errno, "starting the command: %s", strerror(errno));
	close(gate[1]);
	return err;
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Until the time is over, the process has ended, or somebody says stop. */
static void wait_for_end(struct audit *audit, const struct request *request, int pidfd, int signals)
{
	double start = now();
	for (;;) {
		struct pollfd fds[2] = { { signals, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
		double left = (double)request->seconds - (now() - start);
		if (request->seconds && left <= 0)
			break;
		/* An int has room for 24 days of ms: what is longer is waited for hour by hour. */
		int ms = left < 3600 ? (int)(left * 1000) + 1 : 3600000;
		if (poll(fds, pidfd >= 0 ? 2 : 1, request->seconds ? ms : -1) > 0)
			break;
	}
	audit->seconds = now() - start;
}

static int observe(struct audit *audit, const struct request *request, int signals,
		   struct reason *why)
{
	int pidfd = -1, err = 0;
	pid_t child = 0;
	if (request->command)
		err = start_command(audit, request->command, &child, why);
	if (!err && (child || request->pid))
		err = watch_pid(audit, child ? child : (pid_t)request->pid, &pidfd, why);
	if (err)
		return err;
	wait_for_end(audit, request, pidfd, signals);
	if (child) {
		kill(child, SIGTERM); /* nothing to a process that has ended */
		waitpid(child, &audit->status, 0);
	}
	close(pidfd);
	err = probe_read(&audit->probe, &audit->counts, why);
	if (!err && audit->probe.config.histograms)
		err = histogram_read(&audit->probe, &audit->counts, &audit->histograms, why);
	if (!err)
		audit_devices_read(audit);
	return err;
}

static void show(const struct audit *audit)
{
	/* The command's own output has stdout. */
	FILE *file = audit->status >= 0 && !audit->json ? stderr : stdout;
	if (audit->json) {
		json_t *all = audit_json(audit);
		json_dumpf(all, file, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		fputc('\n', file);
		json_decref(all);
	} else {
		audit_print(audit, file);
	}
	if (audit->stacks)
		audit_stacks_print(audit, audit->json ? stderr : file);
}

static int status_of(const struct audit *audit)
{
	if (audit->status < 0)
		return 0;
	return WIFEXITED(audit->status) ? WEXITSTATUS(audit->status)
					: 128 + WTERMSIG(audit->status);
}

int verb_audit(int argc, char **argv)
{
	static struct audit audit;
	struct request request = { 0 };
	struct reason why;
	sigset_t stops;
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help"))
			return fputs(help, stdout) < 0;
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigprocmask(SIG_BLOCK, &stops, NULL);
	int err = probe_open(&audit.probe, &why);
	audit.status = -1;
	if (!err)
		err = parse(&audit, &request, argc, argv, &why);
	if (!err)
		err = probe_attach(&audit.probe, &why);
	if (!err)
		err = observe(&audit, &request, signalfd(-1, &stops, SFD_CLOEXEC), &why);
	if (err)
		fprintf(stderr, "zcbench audit: %s\n", why.text);
	else
		show(&audit);
	probe_close(&audit.probe);
	if (err)
		return err == -EINVAL || err == -ESRCH || err == -ENOENT ? EXIT_TOOL_ERROR
									 : EXIT_SKIPPED;
	return status_of(&audit);
}
