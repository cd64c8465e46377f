/* SPDX-License-Identifier: MIT */
/*
 * host_config: whether two runs had the same kernel configuration. The file is digested as it
 * lies there; /proc/config.gz and /boot/config-* of one kernel differ, so the source is kept.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/if_alg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONFIG_MAX (4UL << 20)

/* The whole file, NUL-terminated; NULL when it cannot be read or is too large. */
static char *config_read(const char *path, size_t *length)
{
	char full[PATH_MAX];
	if ((size_t)snprintf(full, sizeof(full), "%s%s", host_root, path) >= sizeof(full))
		return NULL;
	FILE *file = fopen(full, "re");
	char *data = file ? malloc(CONFIG_MAX + 1) : NULL;
	*length = data ? fread(data, 1, CONFIG_MAX + 1, file) : 0;
	if (data && (*length == 0 || *length > CONFIG_MAX || ferror(file))) {
		free(data);
		data = NULL;
	}
	if (data)
		data[*length] = '\0';
	if (file)
		fclose(file);
	return data;
}

/* The kernel's own SHA-256: Documentation/crypto/userspace-if.rst. 0 or -errno. */
static int digest_ask(const char *data, size_t length, unsigned char digest[32])
{
	struct sockaddr_alg address = { .salg_family = AF_ALG,
					.salg_type = "hash",
					.salg_name = "sha256" };
	int err = 0, hash = -1;
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    (hash = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) < 0)
		err = -errno;
	while (!err && length) {
		ssize_t n = send(hash, data, length < 32768 ? length : 32768, MSG_MORE);
		if (n < 0)
			err = -errno;
		else
			data += n, length -= (size_t)n;
	}
	if (!err && read(hash, digest, 32) != 32)
		err = errno ? -errno : -EIO;
	if (hash >= 0)
		close(hash);
	if (fd >= 0)
		close(fd);
	return err;
}

static void sha256_add(json_t *config, const char *data, size_t length)
{
	unsigned char digest[32];
	char hex[65], reason[160];
	int err = digest_ask(data, length, digest);
	if (err) {
		snprintf(reason, sizeof(reason),
			 "The kernel's SHA-256 is not available (%s); it needs "
			 "CONFIG_CRYPTO_USER_API_HASH.",
			 strerror(-err));
		json_object_set_new(config, "sha256", json_null());
		json_object_set_new(config, "sha256_reason", json_string(reason));
		return;
	}
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	json_object_set_new(config, "sha256", json_string(hex));
	json_object_set_new(config, "sha256_reason", json_null());
}

/* FNV-1a of 64 bits: no proof against malice, but it needs nothing of the kernel. */
static json_t *fnv1a64(const char *data, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	char hex[17];
	snprintf(hex, sizeof(hex), "%016" PRIx64, hash);
	return json_string(hex);
}

/* Only a plain-text configuration can be searched: zcbench links no inflate. */
static json_t *option_json(const char *text, const char *option)
{
	char line[64];
	if (!text)
		return json_null();
	snprintf(line, sizeof(line), "\n%s=y", option);
	return json_boolean(strstr(text, line) != NULL);
}

json_t *host_config(void)
{
	char release[256] = "", boot[PATH_MAX];
	host_read(release, sizeof(release), "/proc/sys/kernel/osrelease");
	snprintf(boot, sizeof(boot), "/boot/config-%s", release);

	size_t length, text_length;
	const char *source = "/proc/config.gz";
	char *text = config_read(boot, &text_length);
	char *data = config_read(source, &length);
	json_t *config = json_object();
	if (!data && text) {
		source = boot;
		length = text_length;
	}
	if (data || text) {
		json_object_set_new(config, "source", json_string(source));
		sha256_add(config, data ? data : text, length);
		json_object_set_new(config, "fnv1a64", fnv1a64(data ? data : text, length));
	} else {
		json_object_set_new(config, "source", json_null());
		json_object_set_new(config, "sha256", json_null());
		json_object_set_new(
			config, "sha256_reason",
			json_string("Neither /proc/config.gz (CONFIG_IKCONFIG_PROC) nor "
				    "/boot/config-RELEASE can be read."));
		json_object_set_new(config, "fnv1a64", json_null());
	}
	/* Says who is charged for softirq work: its interrupted task, or nobody but softirq. */
	json_object_set_new(config, "irq_time_accounting",
			    option_json(text, "CONFIG_IRQ_TIME_ACCOUNTING"));
	json_object_set_new(config, "virt_cpu_accounting_gen",
			    option_json(text, "CONFIG_VIRT_CPU_ACCOUNTING_GEN"));
	free(data);
	free(text);
	return config;
}
