// SPDX-License-Identifier: MIT
/*
 * packet-tap DEVICE: does to the kernel what tcpdump does. An AF_PACKET socket that wants all
 * protocols gets a clone of every packet that the device sends, and for whoever gets a clone the
 * kernel copies a zero-copy sender's pages (dev_queue_xmit_nit, skb_orphan_frags_rx). Nobody needs
 * to read it. Ends when the device is no longer in this network namespace.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	if (argc != 2)
		errx(2, "usage: packet-tap DEVICE");
	address.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (!address.sll_ifindex)
		err(1, "%s", argv[1]);
	int tap = socket(AF_PACKET, SOCK_RAW, 0);
	if (tap < 0 || bind(tap, (struct sockaddr *)&address, sizeof(address)))
		err(1, "an AF_PACKET socket on %s", argv[1]);
	while ((int)if_nametoindex(argv[1]) == address.sll_ifindex)
		usleep(100000);
	return 0;
}
