/* SPDX-License-Identifier: MIT */
#include "dmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* A memfd that cannot shrink, which is what udmabuf asks for. */
static int memory_open(struct dmabuf *dmabuf, struct reason *why)
{
	int fd = memfd_create("zcbench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return reason_set(why, errno, "memfd_create: %s", strerror(errno));
	void *bytes = MAP_FAILED;
	if (!ftruncate(fd, (off_t)dmabuf->size) && !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))
		bytes = mmap(NULL, dmabuf->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			     fd, 0);
	if (bytes == MAP_FAILED) {
		int err = errno;
		close(fd);
		return reason_set(why, err, "no memory for a dma-buf of %zu bytes: %s",
				  dmabuf->size, strerror(err));
	}
	dmabuf->bytes = bytes;
	return fd;
}

static int device_open(int memory, size_t size, struct reason *why)
{
	struct udmabuf_create create = { .memfd = (unsigned int)memory,
					 .flags = UDMABUF_FLAGS_CLOEXEC,
					 .size = size };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return reason_set(why, EOPNOTSUPP,
				  "/dev/udmabuf: %s; a dma-buf of our own needs root and "
				  "CONFIG_UDMABUF (modprobe udmabuf)",
				  strerror(errno));
	int fd = ioctl(device, UDMABUF_CREATE, &create), err = errno;
	close(device);
	if (fd < 0)
		return reason_set(why, err,
				  "UDMABUF_CREATE of %zu bytes: %s; lower --buffers or raise "
				  "/sys/module/udmabuf/parameters/size_limit_mb",
				  size, strerror(err));
	return fd;
}

int dmabuf_open(struct dmabuf *dmabuf, size_t size, struct reason *why)
{
	*dmabuf = (struct dmabuf){ .fd = -1, .size = size };
	int memory = memory_open(dmabuf, why);
	if (memory < 0)
		return memory;
	dmabuf->fd = device_open(memory, size, why);
	close(memory);
	if (dmabuf->fd >= 0)
		return 0;
	int err = dmabuf->fd;
	dmabuf_close(dmabuf);
	return err;
}

void dmabuf_close(struct dmabuf *dmabuf)
{
	if (dmabuf->bytes)
		munmap(dmabuf->bytes, dmabuf->size);
	if (dmabuf->fd >= 0)
		close(dmabuf->fd);
	*dmabuf = (struct dmabuf){ .fd = -1 };
}
