/* SPDX-License-Identifier: MIT */
/* The registry of modes. A new mode is one struct in modes/ and one line here. */
#include "mode.h"

extern const struct copy_mode tx_null, tx_send, tx_sendmsg, tx_sendfile, tx_splice, tx_msg_zerocopy;
extern const struct copy_mode tx_uring_send, tx_uring_send_zc, tx_uring_send_zc_fixed,
	tx_uring_sendmsg_zc, tx_uring_sendmsg_zc_fixed;
extern const struct copy_mode rx_null, rx_recv, rx_recv_trunc, rx_recvmsg, rx_splice,
	rx_tcp_zerocopy_receive;
extern const struct copy_mode rx_uring_recv, rx_uring_recv_multishot, rx_uring_recv_bundle;

/* One line a mode. */
/* clang-format off */
const struct copy_mode *const modes[] = {
	&tx_null, &tx_send, &tx_sendmsg,    &tx_sendfile, &tx_splice, &tx_msg_zerocopy,
	&tx_uring_send, &tx_uring_send_zc, &tx_uring_send_zc_fixed,
	&tx_uring_sendmsg_zc, &tx_uring_sendmsg_zc_fixed,
	&rx_null, &rx_recv, &rx_recv_trunc, &rx_recvmsg,  &rx_splice, &rx_tcp_zerocopy_receive,
	&rx_uring_recv, &rx_uring_recv_multishot, &rx_uring_recv_bundle,
	NULL,
};
/* clang-format on */

const struct copy_mode *mode_get(enum mode_direction direction, uint64_t index)
{
	for (size_t i = 0; modes[i]; i++)
		if (modes[i]->direction == direction && index-- == 0)
			return modes[i];
	return NULL;
}
