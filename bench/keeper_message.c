/* SPDX-License-Identifier: MIT */
#include "keeper_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(KEEPER_FDS * sizeof(int))];
};

int keeper_cell_say(const struct cell *cell, char text[KEEPER_TEXT], struct reason *why)
{
	size_t length = 0;
	for (size_t i = 0; i < cell_table.count; i++) {
		char value[FIELD_ROOM];
		field_format(&cell_table.rows[i], cell, value);
		length += (size_t)snprintf(text + length, KEEPER_TEXT - length, "%s=%s\n",
					   cell_table.rows[i].name, value);
		if (length >= KEEPER_TEXT)
			return reason_set(why, EMSGSIZE, "the cell is too long for the keeper");
	}
	return 0;
}

int keeper_cell_hear(struct cell *cell, char *text, struct reason *why)
{
	char *rest, *line = strtok_r(text, "\n", &rest);
	field_presets(&cell_table, cell);
	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strchr(line, '=');
		if (value)
			*value++ = '\0';
		const struct field *field = value ? field_find(&cell_table, line) : NULL;
		if (!field)
			return reason_set(why, EINVAL, "the keeper was told no cell");
		int err = field_parse(field, cell, value, why);
		if (err)
			return err;
	}
	return 0;
}

bool keeper_send(int to, const void *message, size_t length, const int fds[KEEPER_FDS])
{
	union room room = { 0 };
	struct iovec part = { (void *)message, length };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	size_t count = 0, size;
	while (fds && count < KEEPER_FDS && fds[count] >= 0)
		count++;
	if (count) {
		size = count * sizeof(*fds);
		head.msg_control = &room;
		head.msg_controllen = CMSG_SPACE(size);
		struct cmsghdr *along = CMSG_FIRSTHDR(&head);
		*along = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					   .cmsg_type = SCM_RIGHTS,
					   .cmsg_len = CMSG_LEN(size) };
		memcpy(CMSG_DATA(along), fds, size);
	}
	ssize_t sent;
	do
		sent = sendmsg(to, &head, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)length;
}

static void take_fds(struct msghdr *head, int fds[KEEPER_FDS])
{
	for (int i = 0; i < KEEPER_FDS; i++)
		fds[i] = -1;
	struct cmsghdr *along = CMSG_FIRSTHDR(head);
	if (along && along->cmsg_level == SOL_SOCKET && along->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(along), along->cmsg_len - CMSG_LEN(0));
}

bool keeper_receive(int from, void *message, size_t length, int fds[KEEPER_FDS])
{
	union room room;
	struct iovec part = { message, length };
	struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t got;
	/* Nobody may send fds to who does not ask for any: the kernel drops them. */
	if (fds) {
		head.msg_control = &room;
		head.msg_controllen = sizeof(room);
	}
	do
		got = recvmsg(from, &head, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (fds && got >= 0)
		take_fds(&head, fds);
	return got == (ssize_t)length && !(head.msg_flags & MSG_TRUNC);
}
