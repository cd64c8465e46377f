/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *host_root = "";

bool host_real(void)
{
	return host_root[0] == '\0';
}

static int path_make(char path[PATH_MAX], const char *format, va_list args)
{
	size_t length = strlen(host_root);
	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path, host_root, length);
	int n = vsnprintf(path + length, PATH_MAX - length, format, args);
	return n < 0 || (size_t)n >= PATH_MAX - length ? -ENAMETOOLONG : 0;
}

/* Files of /sys and /proc come whole in one read when the buffer is large enough. */
static ssize_t file_read(const char *path, char *text, size_t room)
{
	/* O_NONBLOCK: a path that is a FIFO or a device must not make us wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	size_t length = 0;
	ssize_t n = 0;
	while (length < room - 1) {
		n = read(fd, text + length, room - 1 - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	int err = n < 0 ? -errno : 0;
	close(fd);
	text[length] = '\0';
	return err ? err : (ssize_t)length;
}

/* Cuts blanks off both ends and turns the control characters inside into blanks. */
static ssize_t text_trim(char *text)
{
	char *start = text;
	while (isspace((unsigned char)*start))
		start++;
	size_t length = strlen(start);
	while (length && isspace((unsigned char)start[length - 1]))
		length--;
	memmove(text, start, length);
	text[length] = '\0';
	for (char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	return length ? (ssize_t)length : -ENODATA;
}

static ssize_t read_va(char *text, size_t room, const char *format, va_list args)
{
	char path[PATH_MAX];
	text[0] = '\0';
	int err = path_make(path, format, args);
	if (err)
		return err;
	ssize_t n = file_read(path, text, room);
	return n < 0 ? n : text_trim(text);
}

ssize_t host_read(char *text, size_t room, const char *path, ...)
{
	va_list args;
	va_start(args, path);
	ssize_t n = read_va(text, room, path, args);
	va_end(args);
	return n;
}

int host_read_number(int64_t *value, const char *path, ...)
{
	char text[64], *end;
	va_list args;
	va_start(args, path);
	ssize_t n = read_va(text, sizeof(text), path, args);
	va_end(args);
	if (n < 0)
		return (int)n;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (errno || *end)
		return -EINVAL;
	*value = number;
	return 0;
}

ssize_t host_read_key(const char *path, const char *key, char *text, size_t room)
{
	char full[PATH_MAX];
	text[0] = '\0';
	if ((size_t)snprintf(full, sizeof(full), "%s%s", host_root, path) >= sizeof(full))
		return -ENAMETOOLONG;
	FILE *file = fopen(full, "re");
	if (!file)
		return -errno;

	char *line = NULL;
	size_t line_room = 0, key_length = strlen(key);
	ssize_t n = -ENOENT;
	while (n == -ENOENT && getline(&line, &line_room, file) > 0) {
		if (strncmp(line, key, key_length))
			continue;
		char *rest = line + key_length;
		rest += strspn(rest, " \t");
		if (*rest != ':')
			continue;
		snprintf(text, room, "%s", rest + 1);
		n = text_trim(text);
	}
	free(line);
	fclose(file);
	return n;
}

static int name_visible(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

json_t *host_names(const char *path, ...)
{
	char full[PATH_MAX];
	va_list args;
	va_start(args, path);
	int err = path_make(full, path, args);
	va_end(args);
	struct dirent **entries;
	int count = err ? -1 : scandir(full, &entries, name_visible, versionsort);
	if (count < 0)
		return NULL;
	json_t *names = json_array();
	for (int i = 0; i < count; i++) {
		if (i < HOST_NAMES)
			json_array_append_new(names, json_string(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return names;
}
