/* SPDX-License-Identifier: MIT */
/* iovec: one piece of memory as several parts, for sendmsg and recvmsg modes. */
#ifndef ZCBENCH_MODES_IOVEC_H
#define ZCBENCH_MODES_IOVEC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define IOVEC_MAX 1024 /* UIO_MAXIOV, and the bound of the dimension `parts` */

/*
 * Splits length bytes into at most `parts` equal parts (the last one takes the rest), never
 * empty ones. Returns their number.
 */
static inline size_t iovec_split(struct iovec *iov, unsigned char *data, size_t length,
				 uint64_t parts)
{
	size_t each = (length + parts - 1) / parts, n = 0;
	for (; length; n++) {
		size_t part = length < each ? length : each;
		iov[n] = (struct iovec){ .iov_base = data, .iov_len = part };
		data += part;
		length -= part;
	}
	return n;
}

#endif
