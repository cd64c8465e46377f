/* SPDX-License-Identifier: MIT */
/*
 * Frames from anybody: refused, or a payload that lies within them.
 * Built with clang -fsanitize=fuzzer,address,undefined.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_payload payload;
	int err = packet_parse(data, size, &payload);
	if (err)
		return err == -ENOMSG || err == -EBADMSG ? 0 : (abort(), 0);
	if (payload.data < data + packet_headers_bytes(false) || payload.data > data + size ||
	    payload.length > (size_t)(data + size - payload.data))
		abort();
	return 0;
}
