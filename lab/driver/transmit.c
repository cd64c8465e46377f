// SPDX-License-Identifier: GPL-2.0
/* What is sent waits at the peer's queue, as it is, until the peer has room for it. */
#include <linux/io.h>
#include <net/netdev_queues.h>

#include "zclab.h"

/* Of a dma-buf there is no page, but the address that a device would read. */
static const void *fragment(const skb_frag_t *frag)
{
	if (!skb_frag_is_net_iov(frag))
		return skb_frag_address(frag);
	return phys_to_virt(page_pool_get_dma_addr_netmem(skb_frag_netmem(frag))) +
	       skb_frag_off(frag);
}

int zclab_read(const struct sk_buff *skb, unsigned int offset, void *to, unsigned int n)
{
	unsigned int start = skb_headlen(skb);

	if (skb_frags_readable(skb))
		return skb_copy_bits(skb, offset, to, n);
	if (offset < start) {
		unsigned int part = min(n, start - offset);

		memcpy(to, skb->data + offset, part);
		to += part;
		offset += part;
		n -= part;
	}
	for (int i = 0; n && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		unsigned int size = skb_frag_size(frag);

		if (offset < start + size) {
			unsigned int part = min(n, start + size - offset);

			memcpy(to, fragment(frag) + (offset - start), part);
			to += part;
			offset += part;
			n -= part;
		}
		start += size;
	}
	return n ? -EFAULT : 0;
}

netdev_tx_t zclab_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct zclab *nic = netdev_priv(dev), *peer = netdev_priv(nic->peer);
	struct zclab_queue *queue = &peer->queues[zclab_steer(peer, skb)];

	if (!netif_running(nic->peer) || skb_queue_len(&queue->wire) >= ZCLAB_RING) {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	skb_queue_tail(&queue->wire, skb);
	napi_schedule(&queue->napi);
	return NETDEV_TX_OK;
}
