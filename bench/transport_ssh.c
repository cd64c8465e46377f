/* SPDX-License-Identifier: MIT */
#include "transport_ssh.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * For the login shell of the other host, whichever that is: one sh, which is replaced by the agent.
 * A constant: nothing that anybody typed is read by a shell.
 */
#define REMOTE \
	"exec sh -c 'PATH=\"$HOME/" TRANSPORT_SSH_HOME ":$PATH\"; export PATH; exec zcbench agent'"

struct destination {
	char host[256]; /* with USER@ */
	char port[8];   /* "": ssh's own */
};

/* What ssh takes for a host is also what a ProxyCommand may hand to a shell: so nothing special. */
static bool plain(const char *text)
{
	if (!*text || *text == '-' || *text == '@' || text[strlen(text) - 1] == '@')
		return false;
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-@:%", *c))
			return false;
	return true;
}

static bool port_read(const char *text, char port[8])
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	snprintf(port, 8, "%lu", number % 100000);
	return isdigit((unsigned char)*text) && !*end && number > 0 && number < 65536;
}

/* "[USER@][ADDRESS]:PORT" or "[USER@]HOST:PORT"; a host with several colons has no port. */
static bool destination_read(const char *text, struct destination *to)
{
	const char *open = strchr(text, '['), *shut = strchr(text, ']');
	const char *colon = strchr(text, ':');
	size_t length = strlen(text);
	*to = (struct destination){ 0 };
	if (length >= sizeof(to->host))
		return false;
	if (open && shut > open && (open == text || open[-1] == '@')) {
		snprintf(to->host, sizeof(to->host), "%.*s%.*s", (int)(open - text), text,
			 (int)(shut - open - 1), open + 1);
		if (shut[1] && (shut[1] != ':' || !port_read(shut + 2, to->port)))
			return false;
		return plain(to->host);
	}
	if (colon && colon == strrchr(text, ':')) {
		length = (size_t)(colon - text);
		if (!port_read(colon + 1, to->port))
			return false;
	}
	snprintf(to->host, sizeof(to->host), "%.*s", (int)length, text);
	return plain(to->host);
}

int transport_ssh_words(const char *destination, struct words *words, struct reason *why)
{
	struct destination to;
	const char *ssh = getenv("ZCBENCH_SSH");
	char options[640];
	if (!destination_read(destination, &to))
		return reason_set(
			why, EINVAL,
			"ssh:%.80s is not ssh:[USER@]HOST[:PORT]; put more into ~/.ssh/config",
			destination);
	int err = words_add(words, ssh && *ssh ? ssh : "ssh", why);
	if (err)
		return err;
	/* Options before the destination, and no terminal whatever the config says. */
	snprintf(options, sizeof(options), "-T -oBatchMode=yes -oConnectTimeout=15 %s %s -- %s",
		 *to.port ? "-p" : "", to.port, to.host);
	err = words_add(words, options, why);
	return err ? err : words_add_whole(words, REMOTE, why);
}
