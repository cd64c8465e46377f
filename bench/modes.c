/* SPDX-License-Identifier: MIT */
/* The registry of modes. A new mode is one struct in modes/ and one line here. */
#include "mode.h"

extern const struct copy_mode tx_null, tx_send, tx_sendmsg, tx_sendfile, tx_splice, tx_msg_zerocopy;
extern const struct copy_mode tx_uring_send, tx_uring_send_zc, tx_uring_send_zc_fixed,
	tx_uring_sendmsg_zc, tx_uring_sendmsg_zc_fixed;
extern const struct copy_mode rx_null, rx_recv, rx_recv_trunc, rx_recvmsg, rx_splice,
	rx_tcp_zerocopy_receive;
extern const struct copy_mode tx_unix_send, tx_unix_splice, rx_unix_recv, rx_unix_splice;
extern const struct copy_mode tx_udp_send, tx_udp_sendmmsg, tx_udp_gso, tx_udp_msg_zerocopy,
	tx_udp_gso_zerocopy, tx_udp_uring_send_zc, tx_udp_uring_gso_zc;
extern const struct copy_mode rx_udp_recv, rx_udp_recvmmsg, rx_udp_gro, tx_packet_mmap,
	rx_packet_mmap;
extern const struct copy_mode tx_xdp_copy, tx_xdp_zerocopy, rx_xdp_copy, rx_xdp_zerocopy;
extern const struct copy_mode tx_pipe_write, tx_pipe_vmsplice, rx_pipe_read, rx_pipe_splice;
extern const struct copy_mode tx_shm_copy, rx_shm_copy, rx_shm_map;
extern const struct copy_mode tx_memcpy, tx_memcpy_nt, rx_memcpy;
extern const struct copy_mode rx_uring_recv, rx_uring_recv_multishot, rx_uring_recv_bundle;
extern const struct copy_mode rx_uring_zcrx, rx_uring_zcrx_nodev, rx_devmem, tx_devmem_send;

/* One line a mode. */
/* clang-format off */
const struct copy_mode *const modes[] = {
	&tx_null, &tx_send, &tx_sendmsg,    &tx_sendfile, &tx_splice, &tx_msg_zerocopy,
	&tx_uring_send, &tx_uring_send_zc, &tx_uring_send_zc_fixed,
	&tx_uring_sendmsg_zc, &tx_uring_sendmsg_zc_fixed, &tx_devmem_send,
	&tx_unix_send, &tx_unix_splice, &tx_pipe_write, &tx_pipe_vmsplice,
	&tx_shm_copy, &tx_memcpy, &tx_memcpy_nt,
	&tx_udp_send, &tx_udp_sendmmsg, &tx_udp_gso, &tx_udp_msg_zerocopy, &tx_udp_gso_zerocopy,
	&tx_udp_uring_send_zc, &tx_udp_uring_gso_zc, &tx_packet_mmap,
	&rx_null, &rx_recv, &rx_recv_trunc, &rx_recvmsg,  &rx_splice, &rx_tcp_zerocopy_receive,
	&rx_uring_recv, &rx_uring_recv_multishot, &rx_uring_recv_bundle,
	&rx_uring_zcrx, &rx_uring_zcrx_nodev, &rx_devmem,
	&rx_unix_recv, &rx_unix_splice, &rx_pipe_read, &rx_pipe_splice,
	&rx_shm_copy, &rx_shm_map, &rx_memcpy,
	&rx_udp_recv, &rx_udp_recvmmsg, &rx_udp_gro, &rx_packet_mmap,
	&tx_xdp_copy, &tx_xdp_zerocopy, &rx_xdp_copy, &rx_xdp_zerocopy,
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
